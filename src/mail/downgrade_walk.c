/* SPDX-License-Identifier: MIT */
/* The parts of a message in one pass over pieces.  mime.c reads messages that are in memory
 * and forgives what is broken; here a message is taken at its word, since it is to be changed.
 */
#include "base/limits.h"
#include "base/mem.h"
#include "mail/downgrade_private.h"
#include "mail/header.h"
#include "mail/mime_private.h"

/* A line that begins with "--" is held up to here to be compared with boundaries, with room
 * for the dashes and blanks; others are cut into pieces of it at most. */
enum { LINE_ROOM = 4096 };

/* A part that others stand in. */
struct around {
	size_t index;
	enum sw_downgrade guarded;
	bool digest;
	size_t boundary_len; /* 0: a message, which has none */
	char boundary[SW_MAX_MIME_BOUNDARY];
};

struct sw_downgrade_walk {
	struct sw_downgrade_user user;
	struct sw_arena arena;
	struct around *stack;
	size_t depth, parts;
	enum { IN_HEADER, IN_BODY, IN_FRAME } state;
	struct sw_buf header, line;
	bool mid_line; /* a piece of the present line is gone already */
	bool crlf;     /* a line end that belongs to the delimiter when one follows */
};

struct sw_downgrade_walk *sw_downgrade_walk_new(const struct sw_downgrade_user *user)
{
	struct sw_downgrade_walk *w = sw_calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	w->user = *user;
	sw_arena_init(&w->arena);
	sw_buf_init(&w->header, SW_MAX_HEADER_BLOCK);
	sw_buf_init(&w->line, LINE_ROOM);
	w->stack = sw_calloc(SW_MAX_MIME_DEPTH, sizeof(*w->stack));
	if (!w->stack) {
		sw_downgrade_walk_free(w);
		return NULL;
	}
	return w;
}

void sw_downgrade_walk_free(struct sw_downgrade_walk *w)
{
	if (!w)
		return;
	sw_arena_fini(&w->arena);
	sw_buf_fini(&w->header);
	sw_buf_fini(&w->line);
	sw_free(w->stack);
	sw_free(w);
}

void sw_downgrade_walk_reset(struct sw_downgrade_walk *w)
{
	w->depth = w->parts = 0;
	w->state = IN_HEADER;
	w->mid_line = w->crlf = false;
	sw_buf_clear(&w->header);
	sw_buf_clear(&w->line);
}

bool sw_downgrade_walk_around(const struct sw_downgrade_walk *w, size_t i, size_t *ret_index)
{
	if (i >= w->depth)
		return false;
	*ret_index = w->stack[i].index;
	return true;
}

/* The fields that matter, each the first of its name. */
struct fields {
	struct sw_mime_fields mime;
	bool version, signature;
};

static struct fields read_fields(struct sw_slice header)
{
	static const char *const signatures[] = { "DKIM-Signature", "ARC-Message-Signature",
						  "DomainKey-Signature" };
	struct fields out = { 0 };
	struct sw_field f;

	while (sw_field_next(&header, &f)) {
		if (sw_slice_eq_nocase(f.name, SW_S("Content-Type")) && !out.mime.type.ptr)
			out.mime.type = f.value;
		if (sw_slice_eq_nocase(f.name, SW_S("Content-Transfer-Encoding")) &&
		    !out.mime.encoding.ptr)
			out.mime.encoding = f.value;
		out.version |= sw_slice_eq_nocase(f.name, SW_S("MIME-Version"));
		for (size_t i = 0; i < SW_LEN(signatures); i++)
			out.signature |=
				sw_slice_eq_nocase(f.name, sw_slice_str(signatures[i]));
	}
	return out;
}

/* Types of messages, whether they can be opened, and what hinders where they cannot be encoded
 * as a leaf is (RFC 2046 5.2, RFC 6532 3.7). */
static void judge_message(struct sw_downgrade_part *p, struct sw_slice type)
{
	bool plain = p->encoding == SW_TE_IDENTITY;

	if (!sw_slice_starts(type, SW_S("message/")))
		return;
	if (sw_slice_eq(type, SW_S("message/rfc822")) ||
	    sw_slice_eq(type, SW_S("message/news"))) {
		p->kind = plain ? SW_DG_MESSAGE : SW_DG_LEAF;
	} else if (plain && !sw_slice_starts(type, SW_S("message/global"))) {
		p->kind = SW_DG_CLOSED;
		p->closed = SW_DOWNGRADE_MESSAGE;
	}
}

static enum sw_err describe(struct sw_downgrade_walk *w, struct sw_slice header,
			    struct sw_downgrade_part *p, struct sw_slice *ret_boundary)
{
	const struct around *parent = w->depth ? &w->stack[w->depth - 1] : NULL;
	struct fields f = read_fields(header);
	struct sw_mime_part m = { .type = parent && parent->digest ? SW_S("message/rfc822")
								   : SW_S("text/plain") };
	enum sw_err code = sw_mime_describe(&w->arena, &m, &f.mime, ret_boundary);

	if (code)
		return code;
	struct sw_slice label =
		f.mime.encoding.ptr ? sw_mime_unfold(&w->arena, f.mime.encoding) : SW_S("");

	*p = (struct sw_downgrade_part){
		.index = w->parts,
		.encoding = m.encoding,
		.binary = sw_slice_eq_nocase(sw_slice_trim(label), SW_S("binary")),
		.is_text = sw_slice_starts(m.type, SW_S("text/")),
		.has_type = f.mime.type.ptr != NULL,
		.message = !parent || parent->boundary_len == 0,
		.has_version = f.version,
	};
	if (parent)
		p->guarded = parent->guarded;
	if (!p->guarded && p->message && f.signature)
		p->guarded = SW_DOWNGRADE_DKIM;
	if (!p->guarded && sw_slice_eq(m.type, SW_S("multipart/signed")))
		p->guarded = SW_DOWNGRADE_SIGNED;
	if (!p->guarded && (sw_slice_starts(m.type, SW_S("application/pkcs7-")) ||
			    sw_slice_starts(m.type, SW_S("application/x-pkcs7-"))))
		p->guarded = SW_DOWNGRADE_SMIME;
	judge_message(p, m.type);
	*ret_boundary = sw_slice_trim(*ret_boundary);
	if (sw_slice_starts(m.type, SW_S("multipart/")))
		p->kind = SW_DG_MULTIPART;
	return SW_OK;
}

/* What cannot be opened is closed: its bytes are nobody's. */
static void check_room(const struct sw_downgrade_walk *w, struct sw_downgrade_part *p,
		       struct sw_slice boundary)
{
	bool multipart = p->kind == SW_DG_MULTIPART;

	if (!multipart && p->kind != SW_DG_MESSAGE)
		return;
	if (w->depth < SW_MAX_MIME_DEPTH &&
	    (!multipart || (boundary.len && boundary.len <= SW_MAX_MIME_BOUNDARY)))
		return;
	p->kind = SW_DG_CLOSED;
	p->closed = SW_DOWNGRADE_STRUCTURE;
}

static void push(struct sw_downgrade_walk *w, const struct sw_downgrade_part *p,
		 struct sw_slice boundary, bool digest)
{
	struct around *a = &w->stack[w->depth++];

	a->index = p->index;
	a->guarded = p->guarded;
	a->digest = digest;
	a->boundary_len = p->kind == SW_DG_MULTIPART ? boundary.len : 0;
	if (a->boundary_len)
		memcpy(a->boundary, boundary.ptr, boundary.len);
}

static bool is_digest(struct sw_downgrade_walk *w, struct sw_slice header)
{
	struct sw_slice type = sw_mime_field(&w->arena, header, "Content-Type", false);

	return sw_slice_starts_nocase(sw_slice_trim(type), SW_S("multipart/digest"));
}

/* `empty`: nothing can follow, be it parts or a body. */
static enum sw_err end_header(struct sw_downgrade_walk *w, bool empty)
{
	struct sw_slice header = sw_buf_slice(&w->header), boundary = { NULL, 0 };
	struct sw_downgrade_part p;

	if (w->parts >= SW_MAX_MIME_PARTS)
		return SW_E_LIMIT;
	enum sw_err code = describe(w, header, &p, &boundary);

	if (!code)
		check_room(w, &p, boundary);
	if (!code && empty)
		p.kind = SW_DG_LEAF;
	if (!code)
		code = w->user.header(w->user.arg, &p, header);
	w->parts++;
	w->state = IN_BODY;
	if (!code && (p.kind == SW_DG_MULTIPART || p.kind == SW_DG_MESSAGE)) {
		push(w, &p, boundary, is_digest(w, header));
		w->state = p.kind == SW_DG_MESSAGE ? IN_HEADER : IN_FRAME;
	}
	sw_arena_reset(&w->arena);
	sw_buf_clear(&w->header);
	return code;
}

/* The innermost part whose boundary the line is. */
static bool is_delimiter(const struct sw_downgrade_walk *w, struct sw_slice line,
			 size_t *ret_level, bool *ret_closing)
{
	if (!sw_slice_starts(line, SW_S("--")))
		return false;
	struct sw_slice text = sw_slice_from(line, 2);

	while (text.len && (text.ptr[text.len - 1] == ' ' || text.ptr[text.len - 1] == '\t'))
		text.len--;
	for (size_t i = w->depth; i > 0; i--) {
		const struct around *a = &w->stack[i - 1];
		struct sw_slice boundary = sw_slice(a->boundary, a->boundary_len);

		if (!boundary.len || !sw_slice_starts(text, boundary))
			continue;
		struct sw_slice rest = sw_slice_from(text, boundary.len);

		*ret_closing = sw_slice_eq(rest, SW_S("--"));
		*ret_level = i - 1;
		if (rest.len == 0 || *ret_closing)
			return true;
	}
	return false;
}

static enum sw_err give(struct sw_downgrade_walk *w, struct sw_slice piece, bool delimiter)
{
	if (piece.len == 0)
		return SW_OK;
	return w->state == IN_BODY && !delimiter
		       ? w->user.body(w->user.arg, piece)
		       : w->user.frame(w->user.arg, piece, delimiter);
}

/* The part under way is over. */
static enum sw_err end_part(struct sw_downgrade_walk *w)
{
	enum sw_err code = w->state == IN_HEADER ? end_header(w, true) : SW_OK;

	return !code && w->state == IN_BODY ? w->user.end(w->user.arg) : code;
}

static enum sw_err take_delimiter(struct sw_downgrade_walk *w, struct sw_slice line,
				  size_t level, bool closing)
{
	enum sw_err code = end_part(w);

	w->depth = level + !closing;
	w->state = IN_FRAME;
	if (!code && w->crlf)
		code = give(w, SW_S("\r\n"), true);
	if (!code)
		code = give(w, line, true);
	w->crlf = closing;
	if (!code && !closing)
		code = give(w, SW_S("\r\n"), true);
	if (!closing)
		w->state = IN_HEADER;
	return code;
}

static enum sw_err add_header(struct sw_downgrade_walk *w, struct sw_slice piece, bool whole,
			      bool ends)
{
	enum sw_err code = sw_buf_add(&w->header, piece);

	if (!code && ends)
		code = sw_buf_add(&w->header, SW_S("\r\n"));
	return !code && whole && piece.len == 0 ? end_header(w, false) : code;
}

/* A line, or a piece of one. */
static enum sw_err take(struct sw_downgrade_walk *w, struct sw_slice piece, bool ends)
{
	bool whole = ends && !w->mid_line, closing;
	size_t level;

	w->mid_line = !ends;
	if (whole && is_delimiter(w, piece, &level, &closing))
		return take_delimiter(w, piece, level, closing);
	if (w->state == IN_HEADER)
		return add_header(w, piece, whole, ends);
	enum sw_err code = w->crlf ? give(w, SW_S("\r\n"), false) : SW_OK;

	w->crlf = ends;
	return code ? code : give(w, piece, false);
}

static struct sw_slice without_cr(struct sw_slice line)
{
	return line.len && line.ptr[line.len - 1] == '\r' ? sw_slice_head(line, line.len - 1)
							  : line;
}

/* The rest of a line whose begin is held, or of one that is too long. */
static enum sw_err take_held(struct sw_downgrade_walk *w, struct sw_slice *in)
{
	size_t room = LINE_ROOM - sw_buf_len(&w->line);
	struct sw_slice part = sw_slice_head(*in, room);
	size_t lf = sw_slice_find(part, '\n');
	bool ends = lf < part.len;
	enum sw_err code = sw_buf_add(&w->line, sw_slice_head(part, lf));
	struct sw_slice line = sw_buf_slice(&w->line);

	*in = sw_slice_from(*in, lf + ends);
	if (code)
		return code;
	if (ends) {
		code = take(w, without_cr(line), true);
		sw_buf_clear(&w->line);
	} else if (line.len == LINE_ROOM) {
		/* A CR may be half of the line's end. */
		line = without_cr(line);
		code = take(w, line, false);
		sw_buf_consume(&w->line, line.len);
	}
	return code;
}

enum sw_err sw_downgrade_walk_feed(struct sw_downgrade_walk *w, struct sw_slice in)
{
	enum sw_err code = SW_OK;

	while (!code && in.len) {
		size_t lf = sw_buf_len(&w->line) ? in.len : sw_slice_find(in, '\n');

		if (lf == in.len || lf > LINE_ROOM) {
			code = take_held(w, &in);
			continue;
		}
		code = take(w, without_cr(sw_slice_head(in, lf)), true);
		in = sw_slice_from(in, lf + 1);
	}
	return code;
}

enum sw_err sw_downgrade_walk_end(struct sw_downgrade_walk *w)
{
	enum sw_err code = SW_OK;

	if (sw_buf_len(&w->line))
		code = take(w, sw_buf_slice(&w->line), true);
	if (!code && w->state == IN_HEADER)
		code = end_header(w, true);
	if (!code && w->crlf)
		code = give(w, SW_S("\r\n"), false);
	w->crlf = false;
	return !code && w->state == IN_BODY ? w->user.end(w->user.arg) : code;
}
