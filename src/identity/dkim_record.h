/* SPDX-License-Identifier: MIT */
/* Key records (RFC 6376 3.6.1): "v=DKIM1; k=rsa; p=...". */
#ifndef SW_IDENTITY_DKIM_RECORD_H
#define SW_IDENTITY_DKIM_RECORD_H

#include "identity/dkim.h"
#include "identity/dkim_tag.h"

struct sw_dkim_record {
	struct sw_dkim_tags tags;
	enum sw_dkim_key_type type;
	bool hashes[SW_DKIM_HASH_COUNT]; /* allowed by h= */
	bool for_mail;                   /* s= allows email */
	bool testing, strict;            /* t=y, t=s */
	struct sw_buf key; /* p= decoded; the caller inits (SW_MAX_DKIM_KEY_BYTES) and frees */
};
/* VERIFIED when the record can be used, else what is wrong; *ret_detail is a static text.
 * Borrows the text. */
enum sw_dkim_reason sw_dkim_record_read(struct sw_slice text, struct sw_dkim_record *ret,
					const char **ret_detail);
/* Appends the record for a key: "v=DKIM1; k=rsa; p=...". */
enum sw_err sw_dkim_record_write(const struct sw_dkim_private *key,
				 struct sw_buf *out) SW_MUST_USE;
/* Appends it as a line of a zone file, in strings of 255 bytes at most (RFC 1035 3.3.14). */
enum sw_err sw_dkim_record_zone(const char *domain, const char *selector,
				struct sw_slice record, struct sw_buf *out) SW_MUST_USE;
/* Whether a published record stands for this key. */
bool sw_dkim_record_matches(const struct sw_dkim_record *r, const struct sw_dkim_private *key);

#endif
