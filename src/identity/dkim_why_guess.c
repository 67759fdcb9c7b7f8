/* SPDX-License-Identifier: MIT */
#include "identity/dkim_why_guess.h"

#include "mail/header.h"

enum {
	FOOTER_LINES = 48, /* lists' footers have 3 to 10 lines, legal ones 30 */
	BANNER_LINES = 12,
	PREFIX_WORDS = 8,
};

/* One undoing: `out` gets the message as it may have been. False: nothing to undo. */
struct guess {
	const struct sw_dkim_why_request *q;
	struct sw_dkim_crypto *crypto;
	struct sw_slice header, body, names;
	struct sw_buf out;
	bool body_is_bad;
	bool nomem;
};

static enum sw_err answer_key(struct guess *g, struct sw_dkim *d)
{
	const struct sw_dns_question *open;
	enum sw_err e = SW_OK;

	while (!e && sw_dkim_questions(d, &open) > 0) {
		struct sw_dns_answer *a = sw_dns_answer_new(open->name, SW_DNS_TXT);
		struct sw_dns_record *record;

		if (!a)
			return SW_E_NOMEM;
		record = sw_arena_alloc(&a->arena, sizeof(*record));
		if (record && g->q->key.len > 0) {
			record->type = SW_DNS_TXT;
			record->txt = g->q->key;
			a->records = record;
			a->count = 1;
		} else {
			a->status = SW_DNS_FAILED;
		}
		e = record ? sw_dkim_answer(d, a, NULL) : SW_E_NOMEM;
		sw_dns_answer_free(a);
	}
	return e;
}

/* Whether what was bad is good in the message that stands in `out`. */
static bool proves(struct guess *g)
{
	const struct sw_dkim_policy any = { .min_rsa_bits = 512, .allow_sha1 = true };
	struct sw_dkim *d = g->nomem ? NULL : sw_dkim_new(g->crypto, &any);
	const struct sw_dkim_result *list = NULL;
	bool good = false;

	if (!d) {
		g->nomem = true;
		return false;
	}
	/* A message that cannot be read any more proves nothing. */
	if (!sw_dkim_feed(d, sw_buf_slice(&g->out), NULL) && !sw_dkim_end(d, NULL) &&
	    !answer_key(g, d) && sw_dkim_results(d, &list) > g->q->index) {
		const struct sw_dkim_result *x = &list[g->q->index];

		good = g->body_is_bad ? x->body_hash == SW_DKIM_GOOD
				      : x->signature == SW_DKIM_GOOD;
	}
	sw_dkim_free(d);
	return good;
}

static void add(struct guess *g, struct sw_slice s)
{
	g->nomem = g->nomem || sw_buf_add(&g->out, s);
}

static bool body_proves(struct guess *g, struct sw_slice body)
{
	sw_buf_clear(&g->out);
	add(g, g->header);
	add(g, SW_S("\r\n"));
	add(g, body);
	return proves(g);
}

static enum sw_err say(struct sw_buf *detail, struct sw_slice text)
{
	text = sw_slice_trim(text);
	text = sw_slice_head(sw_slice_trim(sw_slice_head(text, sw_slice_find(text, '\n'))),
			     72);
	return sw_buf_printf(detail, "\"%.*s\"", (int)text.len, text.ptr);
}

/* ---- bodies ---- */

/* The end of the line before the last one of `len` bytes. */
static size_t line_before(struct sw_slice body, size_t len)
{
	if (len >= 2)
		len -= 2;
	while (len > 0 && body.ptr[len - 1] != '\n')
		len--;
	return len;
}

static bool undo_footer(struct guess *g, struct sw_buf *detail)
{
	size_t len = g->body.len;

	for (unsigned i = 0; i < FOOTER_LINES && len > 0 && !g->nomem; i++) {
		len = line_before(g->body, len);
		if (body_proves(g, sw_slice_head(g->body, len)))
			return !say(detail, sw_slice_from(g->body, len));
	}
	return false;
}

static bool undo_banner(struct guess *g, struct sw_buf *detail)
{
	struct sw_slice rest = g->body;

	for (unsigned i = 0; i < BANNER_LINES && rest.len > 0 && !g->nomem; i++) {
		rest = sw_slice_from(rest, sw_slice_find(rest, '\n') + 1);
		if (body_proves(g, rest))
			return !say(detail, g->body);
	}
	return false;
}

/* The body with `from` at the beginning of lines replaced by `to`. */
static bool undo_lines(struct guess *g, struct sw_slice from, struct sw_slice to)
{
	struct sw_slice rest = g->body;
	size_t changed = 0;

	sw_buf_clear(&g->out);
	add(g, g->header);
	add(g, SW_S("\r\n"));
	while (rest.len > 0) {
		size_t len = sw_slice_find(rest, '\n') + 1;
		struct sw_slice line = sw_slice_head(rest, len);

		rest = sw_slice_from(rest, len);
		if (sw_slice_starts(line, from)) {
			add(g, to);
			line = sw_slice_from(line, from.len);
			changed++;
		}
		add(g, line);
	}
	return changed > 0 && proves(g);
}

static bool undo_from(struct guess *g, struct sw_buf *detail SW_UNUSED)
{
	return undo_lines(g, SW_S(">From "), SW_S("From "));
}

static bool undo_dots(struct guess *g, struct sw_buf *detail SW_UNUSED)
{
	return undo_lines(g, SW_S(".."), SW_S(".")) || undo_lines(g, SW_S("."), SW_S(".."));
}

/* Soft line breaks and =XX away: as it was before a gateway made it 7-bit. */
static bool undo_quoted(struct guess *g, struct sw_buf *detail SW_UNUSED)
{
	static const char hex[] = "0123456789ABCDEF";
	struct sw_slice b = g->body;
	size_t changed = 0;

	sw_buf_clear(&g->out);
	add(g, g->header);
	add(g, SW_S("\r\n"));
	for (size_t i = 0; i < b.len && !g->nomem; i++) {
		size_t high = sizeof(hex), low = sizeof(hex);

		if (b.ptr[i] == '=' && i + 2 < b.len) {
			high = sw_slice_find(sw_slice(hex, sizeof(hex) - 1), b.ptr[i + 1]);
			low = sw_slice_find(sw_slice(hex, sizeof(hex) - 1), b.ptr[i + 2]);
		}
		if (high < 16 && low < 16) {
			char c = (char)(high << 4 | low);

			add(g, sw_slice(&c, 1));
			i += 2;
			changed++;
		} else if (b.ptr[i] == '=' && i + 2 < b.len && b.ptr[i + 1] == '\r') {
			i += 2;
			changed++;
		} else {
			add(g, sw_slice(b.ptr + i, 1));
		}
	}
	return changed > 0 && proves(g);
}

/* ---- fields ---- */

/* The header with one field replaced, whole, by other bytes (none: taken out). */
static bool field_proves(struct guess *g, const struct sw_field *f, struct sw_slice first,
			 struct sw_slice second)
{
	size_t at = (size_t)(f->whole.ptr - g->header.ptr);

	sw_buf_clear(&g->out);
	add(g, sw_slice_head(g->header, at));
	add(g, first);
	add(g, second);
	add(g, sw_slice_from(g->header, at + f->whole.len));
	add(g, SW_S("\r\n"));
	add(g, g->body);
	return proves(g);
}

/* "[list] ", "[EXTERNAL] ", "Fwd: ": so many words are taken off. */
static bool undo_subject(struct guess *g, struct sw_buf *detail)
{
	struct sw_slice rest = g->header;
	struct sw_field f;

	while (sw_field_next(&rest, &f)) {
		struct sw_slice value = f.value;

		if (!sw_slice_eq_nocase(f.name, SW_S("Subject")))
			continue;
		while (value.len > 0 && *value.ptr == ' ')
			value = sw_slice_from(value, 1);
		for (unsigned i = 0; i < PREFIX_WORDS && value.len > 0 && !g->nomem; i++) {
			size_t blank = sw_slice_find(value, ' ');
			struct sw_slice prefix = sw_slice_trim(f.value);

			value = sw_slice_from(value, blank + 1);
			prefix.len -= value.len > prefix.len ? 0 : sw_slice_trim(value).len;
			if (value.len > 0 &&
			    field_proves(
				    g, &f, SW_S("Subject: "),
				    sw_slice(value.ptr,
					     (size_t)(f.whole.ptr + f.whole.len - value.ptr))))
				return !say(detail, prefix);
		}
	}
	return false;
}

static bool is_signed(const struct guess *g, struct sw_slice name)
{
	struct sw_slice rest = g->names, one;

	while (sw_slice_split(&rest, ':', &one))
		if (sw_slice_eq_nocase(sw_slice_trim(one), name))
			return true;
	return false;
}

static bool undo_added(struct guess *g, struct sw_buf *detail)
{
	struct sw_slice rest = g->header;
	struct sw_field f;

	while (!g->nomem && sw_field_next(&rest, &f))
		if (is_signed(g, f.name) &&
		    field_proves(g, &f, sw_slice(NULL, 0), sw_slice(NULL, 0)))
			return !sw_buf_printf(detail, "%.*s", (int)f.name.len, f.name.ptr);
	return false;
}

/* All fields on one line each: with c=simple folding counts. */
static bool undo_folding(struct guess *g, struct sw_buf *detail)
{
	struct sw_slice rest = g->header;
	struct sw_field f;

	while (!g->nomem && sw_field_next(&rest, &f)) {
		SW_CLEANUP(sw_buf_fini) struct sw_buf one = { .max = SW_MAX_HEADER_BLOCK };

		if (!is_signed(g, f.name) || sw_slice_find(f.whole, '\n') + 1 == f.whole.len)
			continue;
		if (sw_buf_printf(&one, "%.*s: ", (int)f.name.len, f.name.ptr) ||
		    sw_field_unfold(f.value, &one) || sw_buf_add_str(&one, "\r\n"))
			continue;
		if (field_proves(g, &f, sw_buf_slice(&one), sw_slice(NULL, 0)))
			return !sw_buf_printf(detail, "%.*s", (int)f.name.len, f.name.ptr);
	}
	return false;
}

enum sw_err sw_dkim_why_guess(const struct sw_dkim_why_request *q, struct sw_slice names,
			      struct sw_dkim_crypto *c, enum sw_dkim_change *ret,
			      struct sw_buf *detail)
{
	static const struct {
		bool of_body;
		enum sw_dkim_change change;
		bool (*undo)(struct guess *g, struct sw_buf *detail);
	} rows[] = {
		{ true, SW_DKIM_CHANGE_FROM_LINES, undo_from },
		{ true, SW_DKIM_CHANGE_DOTS, undo_dots },
		{ true, SW_DKIM_CHANGE_REENCODED, undo_quoted },
		{ true, SW_DKIM_CHANGE_FOOTER, undo_footer },
		{ true, SW_DKIM_CHANGE_BANNER, undo_banner },
		{ false, SW_DKIM_CHANGE_SUBJECT, undo_subject },
		{ false, SW_DKIM_CHANGE_ADDED, undo_added },
		{ false, SW_DKIM_CHANGE_FOLDING, undo_folding },
	};
	struct guess g = { .q = q,
			   .crypto = c,
			   .names = names,
			   .out = { .max = 2 * (size_t)SW_MAX_MAIL },
			   .body_is_bad = q->result->body_hash == SW_DKIM_BAD };
	bool found = q->message.len > SW_MAX_DKIM_GUESS;

	sw_dkim_why_cut(q->message, &g.header, &g.body);
	for (size_t i = 0; i < SW_LEN(rows) && !found && !g.nomem; i++) {
		if (rows[i].of_body != g.body_is_bad)
			continue;
		found = rows[i].undo(&g, detail);
		if (found)
			*ret = rows[i].change;
	}
	sw_buf_fini(&g.out);
	return g.nomem ? SW_E_NOMEM : SW_OK;
}
