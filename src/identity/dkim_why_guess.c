/* SPDX-License-Identifier: MIT */
#include "identity/dkim_why_guess.h"

#include "identity/dkim_why_compare.h"
#include "mail/header.h"

enum { PREFIX_WORDS = 8 };

static enum sw_err answer_key(struct sw_dkim_guess *g, struct sw_dkim *d)
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
bool sw_dkim_guess_proves(struct sw_dkim_guess *g)
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

		good = !g->q->of_header ? x->body_hash == SW_DKIM_GOOD
					: x->signature == SW_DKIM_GOOD;
	}
	sw_dkim_free(d);
	return good;
}

void sw_dkim_guess_add(struct sw_dkim_guess *g, struct sw_slice s)
{
	g->nomem = g->nomem || sw_buf_add(&g->out, s);
}

/* ---- fields ---- */

/* The header with one field replaced, whole, by other bytes (none: taken out). */
static bool field_proves(struct sw_dkim_guess *g, const struct sw_field *f,
			 struct sw_slice first, struct sw_slice second)
{
	size_t at = (size_t)(f->whole.ptr - g->header.ptr);

	sw_buf_clear(&g->out);
	sw_dkim_guess_add(g, sw_slice_head(g->header, at));
	sw_dkim_guess_add(g, first);
	sw_dkim_guess_add(g, second);
	sw_dkim_guess_add(g, sw_slice_from(g->header, at + f->whole.len));
	sw_dkim_guess_add(g, SW_S("\r\n"));
	sw_dkim_guess_add(g, g->body);
	return sw_dkim_guess_proves(g);
}

/* "[list] ", "[EXTERNAL] ", "Fwd: ": so many words are taken off. */
static bool undo_subject(struct sw_dkim_guess *g, struct sw_buf *detail)
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
				return !sw_dkim_why_say(detail, "", prefix);
		}
	}
	return false;
}

static bool is_signed(const struct sw_dkim_guess *g, struct sw_slice name)
{
	struct sw_slice rest = g->names, one;

	while (sw_slice_split(&rest, ':', &one))
		if (sw_slice_eq_nocase(sw_slice_trim(one), name))
			return true;
	return false;
}

static bool undo_added(struct sw_dkim_guess *g, struct sw_buf *detail)
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
/* Lists put their own address there and keep the author's elsewhere. */
static bool undo_from(struct sw_dkim_guess *g, struct sw_buf *detail)
{
	static const char *const keepers[] = { "X-Original-From", "Original-From",
					       "Reply-To",        "X-Original-Sender",
					       "Mail-Reply-To",   "Cc" };
	struct sw_slice rest = g->header, all;
	struct sw_field from, f;

	while (sw_field_next(&rest, &from) && !sw_slice_eq_nocase(from.name, SW_S("From")))
		;
	if (!sw_slice_eq_nocase(from.name, SW_S("From")))
		return false;
	for (all = g->header; !g->nomem && sw_field_next(&all, &f);) {
		size_t after = (size_t)(f.value.ptr - f.whole.ptr);

		for (size_t i = 0; i < SW_LEN(keepers); i++)
			if (sw_slice_eq_nocase(f.name, sw_slice_str(keepers[i])) &&
			    field_proves(g, &from, SW_S("From:"),
					 sw_slice_from(f.whole, after)))
				return !sw_dkim_why_say(detail, "", from.value);
	}
	return false;
}

/* As it stands on one line. */
static bool unfolded(const struct sw_field *f, struct sw_buf *out)
{
	return !sw_buf_printf(out, "%.*s: ", SW_FMT(f->name)) &&
	       !sw_field_unfold(f->value, out) && !sw_buf_add_str(out, "\r\n");
}

/* All of them at once. */
static bool undo_all_folding(struct sw_dkim_guess *g)
{
	struct sw_slice rest = g->header;
	struct sw_field f;

	sw_buf_clear(&g->out);
	while (!g->nomem && sw_field_next(&rest, &f)) {
		SW_CLEANUP(sw_buf_fini) struct sw_buf one = { .max = SW_MAX_HEADER_BLOCK };
		bool plain = is_signed(g, f.name) && unfolded(&f, &one);

		sw_dkim_guess_add(g, plain ? sw_buf_slice(&one) : f.whole);
	}
	sw_dkim_guess_add(g, SW_S("\r\n"));
	sw_dkim_guess_add(g, g->body);
	return sw_dkim_guess_proves(g);
}

static bool undo_folding(struct sw_dkim_guess *g, struct sw_buf *detail)
{
	struct sw_slice rest = g->header;
	struct sw_field f;

	while (!g->nomem && sw_field_next(&rest, &f)) {
		SW_CLEANUP(sw_buf_fini) struct sw_buf one = { .max = SW_MAX_HEADER_BLOCK };

		if (!is_signed(g, f.name) || sw_slice_find(f.whole, '\n') + 1 == f.whole.len)
			continue;
		if (unfolded(&f, &one) &&
		    field_proves(g, &f, sw_buf_slice(&one), sw_slice(NULL, 0)))
			return !sw_buf_printf(detail, "%.*s", (int)f.name.len, f.name.ptr);
	}
	return undo_all_folding(g);
}

enum sw_err sw_dkim_why_guess(const struct sw_dkim_why_request *q, struct sw_slice names,
			      struct sw_dkim_crypto *c, enum sw_dkim_change *ret,
			      struct sw_buf *detail)
{
	static const struct {
		enum sw_dkim_change change;
		bool (*undo)(struct sw_dkim_guess *g, struct sw_buf *detail);
	} rows[] = {
		{ SW_DKIM_CHANGE_SUBJECT, undo_subject },
		{ SW_DKIM_CHANGE_FROM, undo_from },
		{ SW_DKIM_CHANGE_ADDED, undo_added },
		{ SW_DKIM_CHANGE_FOLDING, undo_folding },
	};
	struct sw_dkim_guess g = {
		.q = q, .crypto = c, .names = names, .out = { .max = 2 * (size_t)SW_MAX_MAIL }
	};
	bool found = q->message.len > SW_MAX_DKIM_GUESS;

	sw_dkim_why_cut(q->message, &g.header, &g.body);
	if (!found && !q->of_header)
		sw_dkim_guess_body(&g, ret, detail);
	for (size_t i = 0; q->of_header && i < SW_LEN(rows) && !found && !g.nomem; i++) {
		found = rows[i].undo(&g, detail);
		if (found)
			*ret = rows[i].change;
	}
	sw_buf_fini(&g.out);
	return g.nomem ? SW_E_NOMEM : SW_OK;
}
