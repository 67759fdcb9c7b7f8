/* SPDX-License-Identifier: MIT */
#include "identity/dkim_why.h"

#include "base/mem.h"
#include "identity/dkim_sig.h"
#include "identity/dkim_why_guess.h"

static const char *const texts[SW_DKIM_CHANGES][2] = {
	[SW_DKIM_CHANGE_UNKNOWN] = { "what exactly cannot be told without the original",
				     "что именно, без исходного письма не узнать" },
#define SW_DKIM_CHANGE(name, en, ru) [SW_DKIM_CHANGE_##name] = { en, ru },
#include "identity/dkim_change.def"
#undef SW_DKIM_CHANGE
};

const char *sw_dkim_change_text(enum sw_dkim_change c, bool russian)
{
	return (unsigned)c < SW_DKIM_CHANGES ? texts[c][russian] : "";
}

void sw_dkim_why_cut(struct sw_slice message, struct sw_slice *ret_header,
		     struct sw_slice *ret_body)
{
	size_t at = sw_slice_search(message, SW_S("\r\n\r\n"));

	*ret_header = sw_slice_head(message, at + 2);
	*ret_body = sw_slice_from(message, at + 4);
}

/* ---- comparing bodies ---- */

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

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool same_but_blanks(struct sw_slice a, struct sw_slice b)
{
	size_t i = 0, k = 0;

	for (;;) {
		while (i < a.len && is_space(a.ptr[i]))
			i++;
		while (k < b.len && is_space(b.ptr[k]))
			k++;
		if (i == a.len || k == b.len)
			return i == a.len && k == b.len;
		if (a.ptr[i++] != b.ptr[k++])
			return false;
	}
}

/* The encodings that a message names, one behind the other, in its header and in its parts. */
static size_t next_encoding(struct sw_slice *rest, struct sw_slice *ret)
{
	static const char name[] = "\nContent-Transfer-Encoding:";
	size_t at = sw_slice_search_nocase(*rest, sw_slice(name, sizeof(name) - 1));

	if (at == rest->len)
		return 0;
	*rest = sw_slice_from(*rest, at + sizeof(name) - 1);
	*ret = sw_slice_trim(sw_slice_head(*rest, sw_slice_find(*rest, '\n')));
	return 1;
}

static bool reencoded(struct sw_slice a, struct sw_slice b)
{
	struct sw_slice x, y;
	size_t more_a, more_b;

	do {
		more_a = next_encoding(&a, &x);
		more_b = next_encoding(&b, &y);
		if (more_a != more_b || (more_a && !sw_slice_eq_nocase(x, y)))
			return true;
	} while (more_a);
	return false;
}

static struct sw_slice first_line(struct sw_slice text)
{
	text = sw_slice_trim(text);
	return sw_slice_head(sw_slice_trim(sw_slice_head(text, sw_slice_find(text, '\n'))),
			     72);
}

static bool ends_with(struct sw_slice s, struct sw_slice end)
{
	return s.len >= end.len && sw_slice_eq(sw_slice_from(s, s.len - end.len), end);
}

/* The first line that differs, from 1. */
static unsigned differing_line(struct sw_slice a, struct sw_slice b)
{
	unsigned line = 1;

	for (size_t i = 0; i < a.len && i < b.len && a.ptr[i] == b.ptr[i]; i++)
		line += a.ptr[i] == '\n';
	return line;
}

static enum sw_err say_line(struct sw_buf *detail, const char *before, struct sw_slice text)
{
	struct sw_slice line = first_line(text);

	return sw_buf_printf(detail, "%s\"%.*s\"", before, (int)line.len, line.ptr);
}

static enum sw_err compare_bodies(const struct sw_dkim_why_request *q,
				  enum sw_dkim_change *ret, struct sw_buf *detail)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf now = { .max = 2 * (size_t)SW_MAX_MAIL };
	SW_CLEANUP(sw_buf_fini) struct sw_buf then = { .max = 2 * (size_t)SW_MAX_MAIL };
	struct sw_slice header, body, old_header, old_body;

	sw_dkim_why_cut(q->message, &header, &body);
	sw_dkim_why_cut(q->original, &old_header, &old_body);
	if (canonical(q->result->body_canon, body, &now) ||
	    canonical(q->result->body_canon, old_body, &then))
		return SW_E_NOMEM;
	struct sw_slice a = sw_buf_slice(&now), b = sw_buf_slice(&then);

	if (sw_slice_eq(a, b))
		return SW_OK;
	if (sw_slice_starts(a, b)) {
		*ret = SW_DKIM_CHANGE_FOOTER;
		return say_line(detail, "", sw_slice_from(a, b.len));
	}
	if (sw_slice_starts(b, a)) {
		*ret = SW_DKIM_CHANGE_CUT;
		return say_line(detail, "", sw_slice_from(b, a.len));
	}
	if (ends_with(a, b)) {
		*ret = SW_DKIM_CHANGE_BANNER;
		return say_line(detail, "", a);
	}
	if (same_but_blanks(a, b))
		*ret = SW_DKIM_CHANGE_WHITESPACE;
	else
		*ret = reencoded(q->message, q->original) ? SW_DKIM_CHANGE_REENCODED
							  : SW_DKIM_CHANGE_BODY;
	return sw_buf_printf(detail, "line %u", differing_line(a, b));
}

/* ---- comparing fields ---- */

/* The n-th field of that name from below; false when there is none. */
static bool field_at(struct sw_slice header, struct sw_slice name, size_t n,
		     struct sw_field *ret)
{
	struct sw_slice rest = header;
	struct sw_field f;
	size_t count = 0, seen = 0;

	while (sw_field_next(&rest, &f))
		count += sw_slice_eq_nocase(f.name, name);
	if (n >= count)
		return false;
	for (rest = header; sw_field_next(&rest, &f);)
		if (sw_slice_eq_nocase(f.name, name) && ++seen == count - n) {
			*ret = f;
			return true;
		}
	return false;
}

/* Whether this field of the two is alike; else *ret and detail say what is not. */
static enum sw_err compare_field(const struct sw_dkim_why_request *q, struct sw_slice name,
				 size_t n, enum sw_dkim_change *ret, struct sw_buf *detail)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf now = { .max = 2 * (size_t)SW_MAX_HEADER_BLOCK };
	SW_CLEANUP(sw_buf_fini)
	struct sw_buf then = { .max = 2 * (size_t)SW_MAX_HEADER_BLOCK };
	struct sw_slice header, old_header, body;
	struct sw_field f, old;

	sw_dkim_why_cut(q->message, &header, &body);
	sw_dkim_why_cut(q->original, &old_header, &body);
	bool is = field_at(header, name, n, &f), was = field_at(old_header, name, n, &old);

	if (!is && !was)
		return SW_OK;
	if (is != was) {
		*ret = is ? SW_DKIM_CHANGE_ADDED : SW_DKIM_CHANGE_REMOVED;
		return sw_buf_printf(detail, "%.*s", (int)name.len, name.ptr);
	}
	if (sw_dkim_canon_field(q->result->header_canon, f.whole, &now) ||
	    sw_dkim_canon_field(q->result->header_canon, old.whole, &then))
		return SW_E_NOMEM;
	if (sw_slice_eq(sw_buf_slice(&now), sw_buf_slice(&then)))
		return SW_OK;
	if (same_but_blanks(f.whole, old.whole))
		*ret = SW_DKIM_CHANGE_FOLDING;
	else if (sw_slice_eq_nocase(name, SW_S("Subject")))
		*ret = SW_DKIM_CHANGE_SUBJECT;
	else
		*ret = SW_DKIM_CHANGE_FIELD;
	enum sw_err e = sw_buf_printf(detail, "%.*s: ", (int)name.len, name.ptr);

	if (!e)
		e = say_line(detail, "", old.value);
	return e ? e : say_line(detail, " -> ", f.value);
}

static enum sw_err compare_fields(const struct sw_dkim_why_request *q, struct sw_slice names,
				  enum sw_dkim_change *ret, struct sw_buf *detail)
{
	struct sw_slice rest = names, name;
	enum sw_err e = SW_OK;

	while (!e && !*ret && sw_slice_split(&rest, ':', &name)) {
		struct sw_slice before = sw_slice_head(names, (size_t)(name.ptr - names.ptr));
		struct sw_slice other;
		size_t n = 0;

		name = sw_slice_trim(name);
		/* Named again: the next one above, or that there is none. */
		while (sw_slice_split(&before, ':', &other))
			n += sw_slice_eq_nocase(sw_slice_trim(other), name);
		e = compare_field(q, name, n, ret, detail);
	}
	return e;
}

/* ---- */

static enum sw_err names_of(const struct sw_dkim_why_request *q, struct sw_arena *arena,
			    struct sw_slice *ret)
{
	struct sw_slice rest = q->result->field;
	struct sw_dkim_sig sig = { 0 };
	struct sw_field f;

	if (!sw_field_next(&rest, &f))
		return SW_OK;
	enum sw_err e = sw_dkim_sig_read(&sig, SW_DKIM_SIGNATURE_FIELD, &f, arena, NULL);

	*ret = sig.names;
	return e;
}

enum sw_err sw_dkim_why(const struct sw_dkim_why_request *q, struct sw_dkim_crypto *c,
			enum sw_dkim_change *ret, struct sw_buf *detail)
{
	struct sw_arena arena = { 0 };
	struct sw_slice names = { NULL, 0 };
	bool body = q->result->body_hash == SW_DKIM_BAD;
	enum sw_err e = names_of(q, &arena, &names);

	*ret = SW_DKIM_CHANGE_UNKNOWN;
	if (!e && q->original.len > 0 && body)
		e = compare_bodies(q, ret, detail);
	else if (!e && q->original.len > 0)
		e = compare_fields(q, names, ret, detail);
	else if (!e)
		e = sw_dkim_why_guess(q, names, c, ret, detail);
	sw_arena_fini(&arena);
	/* A detail that is too long for its room is left out; what it is about stands. */
	return e == SW_E_LIMIT ? SW_OK : e;
}
