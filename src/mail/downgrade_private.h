/* SPDX-License-Identifier: MIT */
/* What the files of downgrade share: downgrade_walk.c finds the parts of a message that comes
 * in pieces, downgrade_plan.c decides about each, downgrade.c writes the message anew. */
#ifndef SW_MAIL_DOWNGRADE_PRIVATE_H
#define SW_MAIL_DOWNGRADE_PRIVATE_H

#include "base/arena.h"
#include "mail/downgrade.h"
#include "mail/mime.h"

enum sw_downgrade_kind {
	SW_DG_LEAF = 0,
	SW_DG_MULTIPART,
	SW_DG_MESSAGE, /* message/rfc822 and its like, not encoded */
	SW_DG_CLOSED,  /* of parts, but they cannot be told apart, or must not be encoded */
};
/* One part as its header describes it. */
struct sw_downgrade_part {
	size_t index; /* in order of appearance */
	enum sw_downgrade_kind kind;
	enum sw_downgrade closed;  /* CLOSED: why */
	enum sw_downgrade guarded; /* it, or what it stands in, is signed; or DONE */
	enum sw_transfer_encoding encoding;
	bool binary;   /* the encoding is called so */
	bool is_text;  /* text/... */
	bool has_type; /* a Content-Type field */
	bool message;  /* the whole message, or one inside: MIME-Version belongs there */
	bool has_version;
};
/* What is told.  A part: its header with the empty line (if there is one), then, for leaves
 * and CLOSED, pieces of its body and its end.  A piece is a CRLF alone or holds none.  Frames
 * are all bytes between parts; `delimiter` says which are lines of a boundary. */
struct sw_downgrade_user {
	enum sw_err (*header)(void *arg, const struct sw_downgrade_part *p,
			      struct sw_slice header);
	enum sw_err (*body)(void *arg, struct sw_slice piece);
	enum sw_err (*end)(void *arg);
	enum sw_err (*frame)(void *arg, struct sw_slice piece, bool delimiter);
	void *arg;
};

struct sw_downgrade_walk;
struct sw_downgrade_walk *
sw_downgrade_walk_new(const struct sw_downgrade_user *user) SW_MUST_USE;
void sw_downgrade_walk_free(struct sw_downgrade_walk *w);
/* From the first byte again. */
void sw_downgrade_walk_reset(struct sw_downgrade_walk *w);
/* SW_E_LIMIT: a header beyond SW_MAX_HEADER_BLOCK, or more than SW_MAX_MIME_PARTS. */
enum sw_err sw_downgrade_walk_feed(struct sw_downgrade_walk *w,
				   struct sw_slice in) SW_MUST_USE;
enum sw_err sw_downgrade_walk_end(struct sw_downgrade_walk *w) SW_MUST_USE;
/* The parts that are open around the present place, outermost first; false behind the last. */
bool sw_downgrade_walk_around(const struct sw_downgrade_walk *w, size_t i, size_t *ret_index);

/* What becomes of a part. */
enum {
	SW_DG_QP = 1,
	SW_DG_BASE64 = 2,
	SW_DG_MEND_QP = 3,     /* quoted-printable already, with bytes that may not be there */
	SW_DG_MEND_BASE64 = 4, /* base64 likewise */
	SW_DG_BODY = 7,        /* these bits */
	SW_DG_RELABEL = 8,     /* the parts inside are 7bit now, and so is this */
	SW_DG_ADD_VERSION = 16,
	SW_DG_ADD_UTF8 = 32,    /* Content-Type: text/plain; charset=utf-8 */
	SW_DG_ADD_UNKNOWN = 64, /* ... unknown-8bit */
};
struct sw_downgrade_plan {
	uint8_t *parts; /* by index */
	size_t count, room;
};
void sw_downgrade_plan_fini(struct sw_downgrade_plan *p);
enum sw_err sw_downgrade_plan_make(struct sw_source *inner, struct sw_downgrade_plan *ret,
				   enum sw_downgrade *ret_why,
				   struct sw_error *err) SW_MUST_USE;

#endif
