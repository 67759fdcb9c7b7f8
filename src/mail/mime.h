/* SPDX-License-Identifier: MIT */
/* Reading MIME (RFC 2045-2049, 5322) as it is found in the wild: any bytes, CRLF, LF or CR
 * line ends in any mixture, broken on purpose or by age.  One pass, bounded by limits.h
 * (parts, depth, header bytes); what is beyond a limit is not read and `cut` says so.  Nothing
 * is decoded before it is asked for.  The tree borrows from the message. */
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
 * with their header), unless they are encoded: whoever wants those decodes and parses anew. */
enum sw_err sw_mime_parse(struct sw_arena *arena, struct sw_slice message, struct sw_mime *ret,
			  struct sw_error *err) SW_MUST_USE;
/* In document order; NULL after the last. */
struct sw_mime_part *sw_mime_next(const struct sw_mime_part *p);

/* The first field of that name in a raw header, unfolded into the arena, RFC 2047 words
 * decoded to UTF-8 when `decode`; an empty slice when there is none (ptr NULL) or no memory.
 */
struct sw_slice sw_mime_field(struct sw_arena *arena, struct sw_slice header, const char *name,
			      bool decode);
/* The next field of a raw header with any line ends; false at its end or at an empty line.  A
 * line that is no field comes with an empty name. */
struct sw_field;
bool sw_mime_field_next(struct sw_slice *rest, struct sw_field *ret);
/* A value without its folds and without blanks around it: borrowed when nothing is folded,
 * else in the arena; ptr NULL without memory. */
struct sw_slice sw_mime_unfold(struct sw_arena *arena, struct sw_slice value);
/* Cuts the next line off *rest, its end (CRLF, CR CR LF, LF, CR) dropped; false when there is
 * none. */
bool sw_mime_line_next(struct sw_slice *rest, struct sw_slice *ret_line);
/* The length of a field's name when the line begins with one and a colon (blanks before the
 * colon are not counted), else 0. */
size_t sw_mime_name_length(struct sw_slice line);
/* A field's raw value unfolded, encoded words decoded to UTF-8. */
enum sw_err sw_mime_field_value(struct sw_arena *arena, struct sw_slice raw,
				struct sw_slice *ret_value) SW_MUST_USE;
/* As sw_mime_field, but says when memory was out; *ret_value with ptr NULL when there is none.
 */
enum sw_err sw_mime_field_find(struct sw_arena *arena, struct sw_slice header,
			       const char *name, bool decode,
			       struct sw_slice *ret_value) SW_MUST_USE;
/* The first parameter of that name (lower case) in what follows the first word of a field's
 * unfolded value, in UTF-8; ptr NULL when there is none.  What it lacks (quotes, the semicolon
 * before it) is forgiven. */
enum sw_err sw_mime_param(struct sw_arena *arena, struct sw_slice value, const char *name,
			  struct sw_slice *ret_value) SW_MUST_USE;
/* Types whose body is a message, or the header of one. */
bool sw_mime_is_message(struct sw_slice type);

/* The body without its transfer encoding; flaws are passed over (decoders are lenient). At
 * most `max` bytes. */
enum sw_err sw_mime_decode(const struct sw_mime_part *p, size_t max,
			   struct sw_buf *out) SW_MUST_USE;
/* A text part as UTF-8 with LF line ends: decoded, charset converted (guessed among UTF-8,
 * ISO-2022-JP, and the declared one), HTML turned into plain lines when the type is text/html.
 */
enum sw_err sw_mime_text(const struct sw_mime_part *p, size_t max,
			 struct sw_buf *out) SW_MUST_USE;
/* The same without a copy where nothing has to be done, which is mostly so, else in the arena.
 */
enum sw_err sw_mime_text_view(struct sw_arena *arena, const struct sw_mime_part *p, size_t max,
			      struct sw_slice *ret) SW_MUST_USE;

#endif
