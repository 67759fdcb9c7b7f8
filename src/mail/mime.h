/* SPDX-License-Identifier: MIT */
/* Reading MIME (RFC 2045-2049, 5322) as it is found in the wild: any bytes, CRLF, LF or CR
 * line ends, broken on purpose or by age.  One pass, bounded by limits.h (parts, depth, header
 * bytes); what is beyond a limit is not read and `cut` says so.  Nothing is decoded before it
 * is asked for.  The tree borrows from the message. */
#ifndef SW_MAIL_MIME_H
#define SW_MAIL_MIME_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"

enum sw_transfer_encoding {
	SW_TE_IDENTITY = 0,
	SW_TE_QP,
	SW_TE_BASE64,
	SW_TE_UUENCODE,
	SW_TE_UNKNOWN,
	SW_TE_COUNT
};

struct sw_mime_part {
	struct sw_slice header; /* raw, without the empty line */
	struct sw_slice body;   /* raw, encoded */
	struct sw_slice
		type; /* "text/plain", lower case; the default when missing or broken */
	struct sw_slice charset;     /* "" none */
	struct sw_slice report_type; /* of multipart/report */
	struct sw_slice name;        /* file name, decoded to UTF-8; "" none */
	enum sw_transfer_encoding encoding;
	bool attachment; /* Content-Disposition: attachment */
	unsigned depth;
	struct sw_mime_part *parent, *first, *next; /* first child, next sibling */
};
struct sw_mime {
	struct sw_mime_part *root; /* never NULL on success */
	size_t parts;
	bool cut;    /* a limit was reached */
	bool broken; /* a boundary missing, a header that ends in the middle of a line ... */
};

/* The parts of message/rfc822, message/global, text/rfc822-headers are children, too (one,
 * with their header). */
enum sw_err sw_mime_parse(struct sw_arena *arena, struct sw_slice message, struct sw_mime *ret,
			  struct sw_error *err) SW_MUST_USE;
/* In document order; NULL after the last. */
struct sw_mime_part *sw_mime_next(const struct sw_mime_part *p);

/* The first field of that name in a raw header, unfolded into the arena, RFC 2047 words
 * decoded to UTF-8 when `decode`; an empty slice when there is none (ptr NULL) or no memory.
 */
struct sw_slice sw_mime_field(struct sw_arena *arena, struct sw_slice header, const char *name,
			      bool decode);
/* The next field of a raw header with any line ends. */
struct sw_field;
bool sw_mime_field_next(struct sw_slice *rest, struct sw_field *ret);

/* The body without its transfer encoding; flaws are passed over (decoders are lenient). At
 * most `max` bytes. */
enum sw_err sw_mime_decode(const struct sw_mime_part *p, size_t max,
			   struct sw_buf *out) SW_MUST_USE;
/* A text part as UTF-8 with LF line ends: decoded, charset converted (guessed among UTF-8,
 * ISO-2022-JP, and the declared one), HTML turned into plain lines when the type is text/html.
 */
enum sw_err sw_mime_text(const struct sw_mime_part *p, size_t max,
			 struct sw_buf *out) SW_MUST_USE;

#endif
