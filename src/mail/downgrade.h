/* SPDX-License-Identifier: MIT */
/* A message with 8-bit bytes for a server without 8BITMIME (RFC 6152 3): the same message with
 * the leaf parts that hold such bytes in quoted-printable or base64, whichever is shorter;
 * what is binary becomes base64.  All else stays byte for byte.  The structure is read in one
 * pass and the message is made anew in another, in pieces: memory does not grow with its size.
 *
 * Never touched is what is signed, since it would not be valid any more, and what cannot be
 * encoded without a guess or a loss: 8-bit bytes in header fields (RFC 6532 wants SMTPUTF8 for
 * those), under an encoding that nobody knows, outside of all parts, in message/partial and
 * its like (RFC 2046 5.2).  A text without MIME fields gets them: charset utf-8 when it is
 * UTF-8, else unknown-8bit (RFC 1428). */
#ifndef SW_MAIL_DOWNGRADE_H
#define SW_MAIL_DOWNGRADE_H

#include "mail/source.h"

/* Why it cannot be done. */
enum sw_downgrade {
	SW_DOWNGRADE_DONE = 0,
	SW_DOWNGRADE_DKIM,     /* DKIM-Signature, ARC-Message-Signature, DomainKey-Signature */
	SW_DOWNGRADE_SIGNED,   /* multipart/signed (RFC 1847) */
	SW_DOWNGRADE_SMIME,    /* application/pkcs7-... */
	SW_DOWNGRADE_HEADER,   /* 8-bit bytes in a header */
	SW_DOWNGRADE_ENCODING, /* a transfer encoding that is none of RFC 2045 */
	SW_DOWNGRADE_MESSAGE,  /* a message type that must not be encoded */
	SW_DOWNGRADE_STRUCTURE, /* bytes outside of all parts, or beyond the limits of mime.h
				 */
	SW_DOWNGRADE_COUNT
};
/* A word for programs, "" for DONE; and the end of "it cannot be encoded: ...". */
const char *sw_downgrade_name(enum sw_downgrade d);
const char *sw_downgrade_text(enum sw_downgrade d);

/* *ret reads `inner`, which is borrowed and must live longer; it is left alone (NULL) when
 * *ret_why is not DONE. */
enum sw_err sw_downgrade_new(struct sw_source *inner, struct sw_source **ret,
			     enum sw_downgrade *ret_why, struct sw_error *err) SW_MUST_USE;

#endif
