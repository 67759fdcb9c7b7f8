/* SPDX-License-Identifier: MIT */
/* What the files of compose share: compose.c takes what the caller gives, compose_body.c
 * chooses encodings, compose_attach.c takes attachments, compose_build.c lays the message out
 * as segments, compose_source.c reads them. */
#ifndef SW_MAIL_COMPOSE_PRIVATE_H
#define SW_MAIL_COMPOSE_PRIVATE_H

#include "mail/compose.h"
#include "mail/input.h"

enum {
	SW_COMPOSE_LISTS = SW_REPLY_TO + 1,
	SW_COMPOSE_BOUNDARY = 48,
	/* Part headers and boundaries, beside the header of the message. */
	SW_COMPOSE_FRAME_MAX = SW_MAX_HEADER_BLOCK + SW_MAX_ATTACHMENTS * 8 * 1024,
};

/* A text body, encoded when it is given. */
struct sw_compose_text {
	bool set;
	struct sw_buf body;	/* empty, or ends in CRLF */
	const char *charset, *encoding;
	bool is_lines; /* its last line end is part of the text, not of the encoding */
	bool flowed;
};

struct sw_compose_part {
	struct sw_input input;		/* sent as base64 */
	struct sw_source *message;	/* or: a message, sent as it is; NULL */
	struct sw_slice type;		/* with its parameters as they are written */
	struct sw_slice name;		/* "" none */
	struct sw_slice content_id;	/* "" none */
	bool is_inline, is_alternative;
	struct sw_compose_part *next;
};

enum { SW_COMPOSE_LIST_FIELDS = 6 };
/* URIs of one field, in order. */
struct sw_compose_uri {
	struct sw_slice text;
	struct sw_compose_uri *next;
};

/* The message is a row of these. */
struct sw_compose_segment {
	enum { SW_SEGMENT_FRAME, SW_SEGMENT_TEXT, SW_SEGMENT_PART } kind;
	size_t from, len;			/* FRAME: a part of sw_compose.frame */
	const struct sw_compose_text *text;
	const struct sw_compose_part *part;
};

struct sw_compose {
	const struct sw_world *world;
	struct sw_arena arena;
	struct sw_mailbox *from;
	struct sw_mailbox *lists[SW_COMPOSE_LISTS];
	struct sw_mailbox **tails[SW_COMPOSE_LISTS];
	struct sw_buf subject;		/* the field as it is written */
	struct sw_buf extra;		/* further fields likewise */
	bool has_date;
	const char *message_id;		/* without <> */
	struct sw_compose_text text, html;
	struct sw_compose_part *parts, **parts_tail;
	size_t part_count;
	bool flowed;				/* the text that comes */
	struct sw_compose_uri *uris[SW_COMPOSE_LIST_FIELDS];
	size_t uri_count;
	bool one_click, post_field;		/* List-Unsubscribe-Post: ours, a further field */
	bool list_field[SW_COMPOSE_LIST_FIELDS]; /* was given as a further field */

	/* Made by finish. */
	bool finished;
	struct sw_buf frame;
	struct sw_compose_segment *segments;	/* arena */
	size_t segment_count;
	char boundary[SW_COMPOSE_BOUNDARY];	/* the part that all boundaries share */
	const struct sw_address **recipients;	/* arena */
	size_t recipient_count;
};

/* SW_E_USAGE after finish. */
enum sw_err sw_compose_check_open(const struct sw_compose *c,
				  struct sw_error *err) SW_MUST_USE;
/* Chooses the encoding of a text and keeps it encoded. `what` names it in errors. */
enum sw_err sw_compose_encode(struct sw_compose_text *t, struct sw_slice utf8,
			      const char *what, struct sw_error *err) SW_MUST_USE;
/* compose_list.c: notes that a further field is one of lists; checks what was given; writes. */
void sw_compose_note_list(struct sw_compose *c, struct sw_slice name);
enum sw_err sw_compose_check_lists(const struct sw_compose *c, struct sw_error *err) SW_MUST_USE;
/* SW_E_LIMIT, SW_E_NOMEM. */
enum sw_err sw_compose_add_lists(const struct sw_compose *c, struct sw_buf *out) SW_MUST_USE;
/* Lays out frame and segments. */
enum sw_err sw_compose_build(struct sw_compose *c, struct sw_error *err) SW_MUST_USE;
/* Fills recipients. */
enum sw_err sw_compose_collect(struct sw_compose *c, struct sw_error *err) SW_MUST_USE;
/* Random text of letters and digits: exactly `len` characters and a NUL. */
enum sw_err sw_compose_random(const struct sw_world *world, char *out, size_t len,
			      struct sw_error *err) SW_MUST_USE;
void sw_compose_part_fini(struct sw_compose_part *p);
/* The source over the segments, with its facts. */
enum sw_err sw_compose_source(struct sw_compose *c, struct sw_source **ret,
			      struct sw_error *err) SW_MUST_USE;

#endif
