/* SPDX-License-Identifier: MIT */
/* What a sender asks of the servers beyond delivery (RFC 3461, 8689, 2852, 6710, 4865), by the
 * words that people write. */
#ifndef SW_CLIENT_WISHES_H
#define SW_CLIENT_WISHES_H

#include "smtp/client.h"

/* All-zero: none. Strings: sw_free. */
struct sw_wishes {
	unsigned notify; /* sw_smtp_notify bits */
	enum sw_smtp_return ret;
	char *envid;
	bool require_tls;
	int32_t deliver_by_s;
	bool deliver_by_notify;
	bool has_priority;
	int priority;
	uint32_t hold_for_s;
	char *hold_until;
};
void sw_wishes_fini(struct sw_wishes *w);
/* Names: dsn (never, or success, failure, delay with commas between), dsn-return (full,
 * headers), dsn-envid, require-tls (yes, no), deliver-by (SECONDS[;notify|;return]), priority
 * (-9 to 9), hold-until (RFC 3339 date-time, or +SECONDS). NULL: back to none. SW_E_USAGE with
 * what was expected; all is as before then. */
enum sw_err sw_wishes_set(struct sw_wishes *w, const char *name, const char *value,
			  struct sw_error *err) SW_MUST_USE;
/* Fills in the wishes; `m` borrows the strings. */
void sw_wishes_apply(const struct sw_wishes *w, struct sw_smtp_mail *m);

#endif
