/* SPDX-License-Identifier: MIT */
/* Which rows of the fault table one test can check by what they are, and which have a story of
 * their own. */
#ifndef SW_SANDBOX_ROWS_H
#define SW_SANDBOX_ROWS_H

#include "sandbox/fault.h"

/* Acts at once and always in a session in clear without AUTH, instead of a reply, at one fixed
 * moment. */
static inline bool is_simple_row(const struct sw_fault_row *row)
{
	static const enum sw_fault_action actions[] = {
		SW_ACT_REPLY,     SW_ACT_RAW,           SW_ACT_RAW_GO, SW_ACT_RAW_REFUSE,
		SW_ACT_RAW_CLOSE, SW_ACT_RAW_CHALLENGE, SW_ACT_CLOSE,  SW_ACT_RESET,
		SW_ACT_HANG,      SW_ACT_ENDLESS,
	};
	static const enum sw_fault_when whens[] = {
		SW_WHEN_ALWAYS,      SW_WHEN_NOT_TLS,         SW_WHEN_NOT_AUTH,
		SW_WHEN_ARG_MATCHES, SW_WHEN_USER_WITHOUT_AT,
	};
	bool action = false, when = false;

	for (size_t i = 0; i < SW_LEN(actions); i++)
		action |= row->action == actions[i];
	for (size_t i = 0; i < SW_LEN(whens); i++)
		when |= row->when == whens[i];
	return action && when && row->hook <= SW_HOOK_QUIT;
}

/* Is about TLS itself: test_sandbox_tls.c has it. */
static inline bool is_tls_row(const struct sw_fault_row *row)
{
	return row->hook == SW_HOOK_HANDSHAKE || row->hook == SW_HOOK_TLS_SETUP ||
	       row->hook == SW_HOOK_CERT || row->hook == SW_HOOK_PROTOCOL ||
	       row->action == SW_ACT_INJECT;
}

/* Is about what EHLO offers, or about AUTH: test_sandbox_offers.c has it. */
static inline bool is_offer_row(const struct sw_fault_row *row)
{
	return row->hook == SW_HOOK_CAPS || row->hook == SW_HOOK_AUTH ||
	       row->hook == SW_HOOK_AUTH_STEP || row->hook == SW_HOOK_AUTH_RESULT;
}

/* Is about extensions of SMTP and LMTP: test_sandbox_extensions.c has it. */
static inline bool is_extension_row(const struct sw_fault_row *row)
{
	return row->action == SW_ACT_LIMITS || row->action == SW_ACT_NO_BDAT ||
	       row->action == SW_ACT_SOME_REFUSED || row->when == SW_WHEN_CHUNKED;
}

#endif
