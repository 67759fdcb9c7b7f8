/* SPDX-License-Identifier: MIT */
/* Counters for TLS reports (RFC 8460): how TLS went with the hosts of a domain, by day. They
 * are kept in the state folder, one line a session, added up when there are many; nothing is
 * sent. Only where a state folder is set. */
#ifndef SW_CLIENT_TLSRPT_H
#define SW_CLIENT_TLSRPT_H

#include "base/buf.h"
#include "base/error.h"

#define SW_TLSRPT_RESULT(id, name) SW_TLSRPT_##id,
enum sw_tlsrpt_result {
#include "client/tlsrpt_result.def"
	SW_TLSRPT_RESULT_COUNT
};
#undef SW_TLSRPT_RESULT
/* "success", or the result-type of RFC 8460 4.3. */
const char *sw_tlsrpt_result_name(enum sw_tlsrpt_result r);
/* What an X509_V_ code of a handshake that failed is called there. */
enum sw_tlsrpt_result sw_tlsrpt_of_verify(int verify_code);

struct sw_tlsrpt_note {
	int64_t wall_us;    /* of the session */
	const char *domain; /* of the recipients */
	const char *policy; /* "tlsa", "sts", "no-policy-found" (RFC 8460 4.4) */
	const char *host;   /* "" none */
	enum sw_tlsrpt_result result;
};
/* "2026-11-21 example.net tlsa mx.example.net success 1". SW_E_DATA for a text that does not
 * fit a line. */
enum sw_err sw_tlsrpt_line(const struct sw_tlsrpt_note *n, struct sw_buf *out) SW_MUST_USE;
/* Adds up lines that differ in nothing but their number; what is no such line is left out. Of
 * more than `most` bytes the older days go. */
enum sw_err sw_tlsrpt_sum(struct sw_slice lines, size_t most, struct sw_buf *out) SW_MUST_USE;
/* Into the file "tlsrpt" of the folder, mode 0600. What cannot be written is lost: what became
 * of the message counts. */
void sw_tlsrpt_note(const char *folder, const struct sw_tlsrpt_note *n);

#endif
