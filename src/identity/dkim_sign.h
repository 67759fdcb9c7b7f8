/* SPDX-License-Identifier: MIT */
/* Signing a message with DKIM (RFC 6376 5): fed the message once, gives the header fields that
 * are to stand before it.  One key or several (RFC 8463 3 wants RSA beside Ed25519).  Never
 * l=. */
#ifndef SW_IDENTITY_DKIM_SIGN_H
#define SW_IDENTITY_DKIM_SIGN_H

#include "identity/dkim_message.h"

/* All zero: relaxed/relaxed, neither i= nor t= nor x=. */
struct sw_dkim_sign_options {
	bool simple_header, simple_body;
	const char *identity; /* i=, "@sub.example.org"; NULL none */
	int64_t made_s;       /* t=; 0 none */
	int64_t expires_s;    /* x=; 0 none */
};
struct sw_dkim_signer;
/* The handle must live longer. */
struct sw_dkim_signer *sw_dkim_signer_new(struct sw_dkim_crypto *c,
					  const struct sw_dkim_sign_options *o) SW_MUST_USE;
void sw_dkim_signer_free(struct sw_dkim_signer *s);
/* The key is borrowed, the names are copied (U-labels become A-labels).  SW_E_USAGE tells what
 * is wrong with them; SW_E_LIMIT beyond SW_MAX_DKIM_SIGNERS. */
enum sw_err sw_dkim_signer_add(struct sw_dkim_signer *s, struct sw_dkim_private *key,
			       const char *domain, const char *selector,
			       struct sw_error *err) SW_MUST_USE;
/* Of the i-th key, in A-labels. */
const char *sw_dkim_signer_domain(const struct sw_dkim_signer *s, size_t i);
/* Ready for the next message. */
void sw_dkim_signer_reset(struct sw_dkim_signer *s);
enum sw_err sw_dkim_signer_feed(struct sw_dkim_signer *s, struct sw_slice in,
				struct sw_error *err) SW_MUST_USE;
/* Appends one field for each key, each with its CRLF.  SW_E_DATA: the message has no From
 * field. */
enum sw_err sw_dkim_signer_end(struct sw_dkim_signer *s, struct sw_buf *out,
			       struct sw_error *err) SW_MUST_USE;

/* ---- for those who write such fields (ARC) ---- */

/* Pieces of a field; a line is folded before the piece that would be beyond 76 columns. */
struct sw_dkim_writer {
	struct sw_buf *out;
	size_t column;
	enum sw_err e;
};
void sw_dkim_write(struct sw_dkim_writer *w, const char *fmt, ...) SW_PRINTF(2, 3);
/* Base64 of the bytes, cut into lines as needed. */
void sw_dkim_write_base64(struct sw_dkim_writer *w, struct sw_slice bytes);
/* The field `own` (appended to out from `start` on, ending in "b=") gets its value and CRLF:
 * the signature over `text` and itself. */
enum sw_err sw_dkim_write_signature(struct sw_dkim_writer *w, size_t start,
				    struct sw_buf *text, enum sw_dkim_canon canon,
				    struct sw_dkim_private *key, struct sw_dkim_crypto *c,
				    struct sw_error *err) SW_MUST_USE;
/* Appends the fields of m that our table signs, in canonical form, to text, and their names to
 * h=. */
enum sw_err sw_dkim_write_names(struct sw_dkim_writer *w, struct sw_dkim_message *m,
				enum sw_dkim_canon canon, bool oversign, struct sw_buf *text,
				struct sw_error *err) SW_MUST_USE;

#endif
