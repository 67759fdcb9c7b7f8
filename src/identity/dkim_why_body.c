/* SPDX-License-Identifier: MIT */
/* Two bodies compared, as the signature's canonical form shows them: what was done to the one
 * that made the other. */
#include "identity/dkim_why_compare.h"

#include "base/mem.h"
#include "mail/mime.h"

/* ---- the canonical form ---- */

struct sink {
	struct sw_buf *out;
	bool nomem;
};

static void on_bytes(void *arg, const void *bytes, size_t len)
{
	struct sink *s = arg;

	s->nomem = s->nomem || sw_buf_add(s->out, sw_slice(bytes, len));
}

static enum sw_err canonical(enum sw_dkim_canon canon, struct sw_slice body,
			     struct sw_buf *out)
{
	struct sink s = { .out = out };
	struct sw_dkim_body *b = sw_calloc(1, sizeof(*b));

	if (!b)
		return SW_E_NOMEM;
	sw_dkim_body_init(b, canon, on_bytes, &s);
	sw_dkim_body_feed(b, body);
	sw_dkim_body_end(b);
	sw_free(b);
	return s.nomem ? SW_E_NOMEM : SW_OK;
}

/* ---- lines ---- */

static bool next_line(struct sw_slice *rest, struct sw_slice *ret)
{
	if (rest->len == 0)
		return false;
	*ret = sw_slice_head(*rest, sw_slice_find(*rest, '\n') + 1);
	*rest = sw_slice_from(*rest, ret->len);
	return true;
}

/* Whether each line of `now` is that of `then` but for what `same` forgives. */
static bool all_lines(struct sw_slice now, struct sw_slice then,
		      bool (*same)(struct sw_slice a, struct sw_slice b))
{
	struct sw_slice a, b;

	for (;;) {
		bool more = next_line(&now, &a), wanted = next_line(&then, &b);

		if (!more || !wanted)
			return more == wanted;
		if (!sw_slice_eq(a, b) && !same(a, b))
			return false;
	}
}

static bool is_quoted_from(struct sw_slice a, struct sw_slice b)
{
	return a.len == b.len + 1 && *a.ptr == '>' && sw_slice_eq(sw_slice_from(a, 1), b) &&
	       sw_slice_starts(b, SW_S("From "));
}

static bool is_dot_more(struct sw_slice a, struct sw_slice b)
{
	const struct sw_slice *longer = a.len > b.len ? &a : &b;
	const struct sw_slice *shorter = a.len > b.len ? &b : &a;

	return longer->len == shorter->len + 1 && *longer->ptr == '.' &&
	       sw_slice_eq(sw_slice_from(*longer, 1), *shorter);
}

/* Whether `longer` has all lines of `shorter` in their order; *ret_first: what stands there
 * besides, its first block; *ret_end: whether that block, or a later one, is at the end. */
static bool holds_lines(struct sw_slice longer, struct sw_slice shorter,
			struct sw_slice *ret_first, bool *ret_end)
{
	struct sw_slice a, b, first = { NULL, 0 };
	bool open = false, wanted = next_line(&shorter, &b);

	*ret_end = false;
	while (next_line(&longer, &a)) {
		bool same = wanted && sw_slice_eq(a, b);

		if (!same && !first.ptr) {
			first = a;
			open = true;
		} else if (!same && open) {
			first.len += a.len;
		}
		open = open && !same;
		*ret_end = !same;
		if (same)
			wanted = next_line(&shorter, &b);
	}
	*ret_first = first;
	return !wanted && first.ptr;
}

/* ---- content ---- */

bool sw_dkim_why_same_but_blanks(struct sw_slice a, struct sw_slice b)
{
	static const char blanks[] = " \t\r\n";
	size_t i = 0, k = 0;

	for (;;) {
		while (i < a.len && memchr(blanks, a.ptr[i], sizeof(blanks) - 1))
			i++;
		while (k < b.len && memchr(blanks, b.ptr[k], sizeof(blanks) - 1))
			k++;
		if (i == a.len || k == b.len)
			return i == a.len && k == b.len;
		if (a.ptr[i++] != b.ptr[k++])
			return false;
	}
}

static enum sw_err content_of(const struct sw_mime_part *p, struct sw_buf *out)
{
	sw_buf_clear(out);
	return sw_slice_starts(p->type, SW_S("text/plain"))
		       ? sw_mime_text(p, SW_MAX_MAIL, out)
		       : sw_mime_decode(p, SW_MAX_MAIL, out);
}

static const struct sw_mime_part *next_leaf(const struct sw_mime_part *p)
{
	do {
		p = p ? sw_mime_next(p) : NULL;
	} while (p && p->first);
	return p;
}

static bool is_same_part(const struct sw_mime_part *a, const struct sw_mime_part *b,
			 struct sw_buf *x, struct sw_buf *y)
{
	return sw_slice_eq(a->type, b->type) && !content_of(a, x) && !content_of(b, y) &&
	       sw_dkim_why_same_but_blanks(sw_buf_slice(x), sw_buf_slice(y));
}

/* Both say the same once they are decoded, and are encoded otherwise. */
static enum sw_err is_reencoded(const struct sw_dkim_why_request *q, bool *ret)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf x = { .max = 2 * (size_t)SW_MAX_MAIL };
	SW_CLEANUP(sw_buf_fini) struct sw_buf y = { .max = 2 * (size_t)SW_MAX_MAIL };
	struct sw_arena arena = { 0 };
	struct sw_mime now, then;
	enum sw_err e = sw_mime_parse(&arena, q->message, &now, NULL);

	*ret = false;
	if (!e)
		e = sw_mime_parse(&arena, q->original, &then, NULL);
	if (!e) {
		const struct sw_mime_part *a =
			now.root->first ? next_leaf(now.root) : now.root;
		const struct sw_mime_part *b =
			then.root->first ? next_leaf(then.root) : then.root;

		while (a && b && is_same_part(a, b, &x, &y)) {
			a = next_leaf(a);
			b = next_leaf(b);
		}
		*ret = !a && !b;
	}
	sw_arena_fini(&arena);
	return e == SW_E_NOMEM ? e : SW_OK;
}

/* ---- */

/* The first line that differs, from 1. */
static unsigned differing_line(struct sw_slice a, struct sw_slice b)
{
	unsigned line = 1;

	for (size_t i = 0; i < a.len && i < b.len && a.ptr[i] == b.ptr[i]; i++)
		line += a.ptr[i] == '\n';
	return line;
}

/* The bytes that one has more than the other, when they are all in one place. */
static bool one_block(struct sw_slice longer, struct sw_slice shorter, struct sw_slice *ret,
		      bool *ret_end)
{
	size_t before = 0, after = 0, most = shorter.len;

	while (before < most && longer.ptr[before] == shorter.ptr[before])
		before++;
	while (after < most - before &&
	       longer.ptr[longer.len - 1 - after] == shorter.ptr[shorter.len - 1 - after])
		after++;
	*ret = sw_slice(longer.ptr + before, longer.len - before - after);
	*ret_end = after == 0;
	return before + after == shorter.len && longer.len > shorter.len;
}

/* Where the block is tells what it is: what closes a message (boundaries, tags) may follow. */
static enum sw_dkim_change place(struct sw_slice all, struct sw_slice block, bool at_end)
{
	struct sw_slice rest = sw_slice_from(all, (size_t)(block.ptr - all.ptr) + block.len);
	struct sw_slice line;
	bool closing = true;

	if (block.ptr == all.ptr && !at_end)
		return SW_DKIM_CHANGE_BANNER;
	while (closing && next_line(&rest, &line)) {
		line = sw_slice_trim(line);
		closing =
			line.len == 0 || *line.ptr == '<' || sw_slice_starts(line, SW_S("--"));
	}
	return at_end || closing ? SW_DKIM_CHANGE_FOOTER : SW_DKIM_CHANGE_INSERTED;
}

static bool find_block(struct sw_slice a, struct sw_slice b, enum sw_dkim_change *ret,
		       struct sw_slice *ret_block)
{
	bool at_end = false;

	if (a.len > b.len &&
	    (one_block(a, b, ret_block, &at_end) || holds_lines(a, b, ret_block, &at_end))) {
		*ret = place(a, *ret_block, at_end);
		return true;
	}
	if (b.len > a.len && one_block(b, a, ret_block, &at_end)) {
		*ret = at_end ? SW_DKIM_CHANGE_CUT : SW_DKIM_CHANGE_TAKEN_OUT;
		return true;
	}
	if (b.len > a.len && holds_lines(b, a, ret_block, &at_end)) {
		*ret = SW_DKIM_CHANGE_TAKEN_OUT;
		return true;
	}
	return false;
}

static enum sw_err judge(const struct sw_dkim_why_request *q, struct sw_slice a,
			 struct sw_slice b, enum sw_dkim_change *ret, struct sw_buf *detail)
{
	struct sw_slice block;
	bool same = false;
	enum sw_err e = SW_OK;

	if (sw_slice_eq(a, b)) {
		*ret = SW_DKIM_CHANGE_NOT_SINCE;
		return SW_OK;
	}
	if (all_lines(a, b, is_quoted_from))
		*ret = SW_DKIM_CHANGE_FROM_LINES;
	else if (all_lines(a, b, is_dot_more))
		*ret = SW_DKIM_CHANGE_DOTS;
	else if (sw_dkim_why_same_but_blanks(a, b))
		*ret = SW_DKIM_CHANGE_WHITESPACE;
	else if (find_block(a, b, ret, &block))
		return sw_dkim_why_say(detail, "", block);
	else
		e = is_reencoded(q, &same);
	if (!e && !*ret)
		*ret = same ? SW_DKIM_CHANGE_REENCODED : SW_DKIM_CHANGE_BODY;
	return e ? e : sw_buf_printf(detail, "line %u", differing_line(a, b));
}

enum sw_err sw_dkim_why_body(const struct sw_dkim_why_request *q, enum sw_dkim_change *ret,
			     struct sw_buf *detail)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf now = { .max = 2 * (size_t)SW_MAX_MAIL };
	SW_CLEANUP(sw_buf_fini) struct sw_buf then = { .max = 2 * (size_t)SW_MAX_MAIL };
	struct sw_slice header, body, old_header, old_body;

	sw_dkim_why_cut(q->message, &header, &body);
	sw_dkim_why_cut(q->original, &old_header, &old_body);
	if (canonical(q->result->body_canon, body, &now) ||
	    canonical(q->result->body_canon, old_body, &then))
		return SW_E_NOMEM;
	return judge(q, sw_buf_slice(&now), sw_buf_slice(&then), ret, detail);
}
