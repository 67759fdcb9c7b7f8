/* SPDX-License-Identifier: MIT */
#include "identity/dkim_why.h"

#include "identity/dkim_sig.h"
#include "identity/dkim_why_compare.h"
#include "identity/dkim_why_guess.h"

enum { SHOWN = 72 }; /* bytes of a line: as much as stands in one of a terminal */

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

const char *sw_dkim_change_name(enum sw_dkim_change c)
{
	static const char *const names[SW_DKIM_CHANGES] = {
		[SW_DKIM_CHANGE_UNKNOWN] = "UNKNOWN",
#define SW_DKIM_CHANGE(name, en, ru) [SW_DKIM_CHANGE_##name] = #name,
#include "identity/dkim_change.def"
#undef SW_DKIM_CHANGE
	};

	return (unsigned)c < SW_DKIM_CHANGES ? names[c] : "?";
}

void sw_dkim_why_cut(struct sw_slice message, struct sw_slice *ret_header,
		     struct sw_slice *ret_body)
{
	size_t at = sw_slice_search(message, SW_S("\r\n\r\n"));

	*ret_header = sw_slice_head(message, at + 2);
	*ret_body = sw_slice_from(message, at + 4);
}

/* A line that says something: "-- " and "____" do not. */
static bool has_words(struct sw_slice line)
{
	for (size_t i = 0; i < line.len; i++)
		if (sw_ascii_digit(line.ptr[i]) || (unsigned char)line.ptr[i] >= 0x80 ||
		    (sw_ascii_lower(line.ptr[i]) >= 'a' && sw_ascii_lower(line.ptr[i]) <= 'z'))
			return true;
	return false;
}

enum sw_err sw_dkim_why_say(struct sw_buf *detail, const char *before, struct sw_slice text)
{
	struct sw_slice rest = text, line = { NULL, 0 };

	while (!has_words(line) && sw_slice_split(&rest, '\n', &line))
		;
	line = sw_slice_trim(line);

	struct sw_slice head = sw_slice_head(line, SHOWN);

	/* Not in the middle of a character. */
	while (head.len > 0 && head.len < line.len && (line.ptr[head.len] & 0xc0) == 0x80)
		head.len--;
	return sw_buf_printf(detail, "%s\"%.*s\"%s", before, SW_FMT(head),
			     line.len > head.len ? "..." : "");
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

static enum sw_err name_field(struct sw_slice name, struct sw_buf *detail)
{
	return sw_buf_printf(detail, "%.*s", SW_FMT(name));
}

static enum sw_err judge_changed(struct sw_slice name, const struct sw_field *f,
				 const struct sw_field *old, enum sw_dkim_change *ret,
				 struct sw_buf *detail)
{
	if (sw_dkim_why_same_but_blanks(f->whole, old->whole))
		*ret = SW_DKIM_CHANGE_FOLDING;
	else if (sw_slice_eq_nocase(name, SW_S("Subject")))
		*ret = SW_DKIM_CHANGE_SUBJECT;
	else if (sw_slice_eq_nocase(name, SW_S("From")))
		*ret = SW_DKIM_CHANGE_FROM;
	else
		*ret = SW_DKIM_CHANGE_FIELD;

	enum sw_err e = sw_buf_printf(detail, "%.*s: ", SW_FMT(name));

	if (!e)
		e = sw_dkim_why_say(detail, "", old->value);
	return e ? e : sw_dkim_why_say(detail, " -> ", f->value);
}

struct headers {
	const struct sw_dkim_why_request *q;
	struct sw_slice now, then;
	/* Fields that the original has not at all count: else a server may have put them there
	 * before it signed (RFC 6409 8). */
	bool all;
};

/* Whether this field of the two is alike; else *ret and detail say what is not. */
static enum sw_err compare_field(const struct headers *h, struct sw_slice name, size_t n,
				 enum sw_dkim_change *ret, struct sw_buf *detail)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf now = { .max = 2 * (size_t)SW_MAX_HEADER_BLOCK };
	SW_CLEANUP(sw_buf_fini)
	struct sw_buf then = { .max = 2 * (size_t)SW_MAX_HEADER_BLOCK };
	enum sw_dkim_canon canon = h->q->result->header_canon;
	struct sw_field f, old;
	bool is = field_at(h->now, name, n, &f), was = field_at(h->then, name, n, &old);

	if ((!is && !was) || (is && !was && n == 0 && !h->all))
		return SW_OK;
	if (is != was) {
		*ret = is ? SW_DKIM_CHANGE_ADDED : SW_DKIM_CHANGE_REMOVED;
		return name_field(name, detail);
	}
	if (sw_dkim_canon_field(canon, f.whole, &now) ||
	    sw_dkim_canon_field(canon, old.whole, &then))
		return SW_E_NOMEM;
	if (sw_slice_eq(sw_buf_slice(&now), sw_buf_slice(&then)))
		return SW_OK;
	return judge_changed(name, &f, &old, ret, detail);
}

static enum sw_err compare_fields(const struct headers *h, struct sw_slice names,
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
		e = compare_field(h, name, n, ret, detail);
	}
	return e;
}

static enum sw_err compare_headers(const struct sw_dkim_why_request *q, struct sw_slice names,
				   enum sw_dkim_change *ret, struct sw_buf *detail)
{
	struct headers h = { .q = q };
	struct sw_slice body;

	sw_dkim_why_cut(q->message, &h.now, &body);
	sw_dkim_why_cut(q->original, &h.then, &body);

	enum sw_err e = compare_fields(&h, names, ret, detail);

	h.all = true;
	if (!e && !*ret)
		e = compare_fields(&h, names, ret, detail);
	if (!e && !*ret)
		*ret = SW_DKIM_CHANGE_SIGNER;
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
	enum sw_err e = names_of(q, &arena, &names);

	*ret = SW_DKIM_CHANGE_UNKNOWN;
	if (!e && q->original.len == 0)
		e = sw_dkim_why_guess(q, names, c, ret, detail);
	else if (!e && q->of_header)
		e = compare_headers(q, names, ret, detail);
	else if (!e)
		e = sw_dkim_why_body(q, ret, detail);
	sw_arena_fini(&arena);
	/* A detail that is too long for its room is left out; what it is about stands. */
	return e == SW_E_LIMIT ? SW_OK : e;
}
