/* SPDX-License-Identifier: MIT */
/* Whose names stand in the facts, and the facts without them. */
#include "verdict/share.h"

#include <stdlib.h>

#include "base/mem.h"
#include "verdict/derive.h"
#include "verdict/share_work.h"
#include "verdict/store.h"

/* Replaced where they stand alone they would take a server's words apart, and they name
 * nobody. */
static const char *const common[] = {
	"account",   "address", "admin",      "alert",   "alerts",  "billing",   "bounce",
	"bounces",   "contact", "delivery",   "domain",  "error",   "from",      "hello",
	"help",      "host",    "hostmaster", "info",    "invalid", "limit",     "list",
	"lists",     "mail",    "mailbox",    "mailer",  "message", "news",      "newsletter",
	"nobody",    "noreply", "no-reply",   "office",  "orders",  "policy",    "quota",
	"recipient", "relay",   "reply",      "root",    "sales",   "security",  "sender",
	"server",    "service", "shop",       "smtp",    "spam",    "staff",     "support",
	"system",    "team",    "test",       "unknown", "user",    "webmaster", "welcome",
};

enum { SHORTEST = 3 }; /* "me", "a": words of any sentence */

/* ---- lists of words */

enum sw_err sw_share_put(struct sw_share_words *w, struct sw_slice from, struct sw_slice to)
{
	if (w->count == w->cap) {
		size_t cap = w->cap ? w->cap * 2 : 32;
		struct sw_share_word *more = sw_realloc(w->at, cap * sizeof(*more));

		if (!more)
			return SW_E_NOMEM;
		w->at = more;
		w->cap = cap;
	}
	w->at[w->count++] = (struct sw_share_word){ from, to };
	return SW_OK;
}

static int compare(struct sw_slice a, struct sw_slice b)
{
	size_t len = a.len < b.len ? a.len : b.len;

	for (size_t i = 0; i < len; i++) {
		int x = (uint8_t)sw_ascii_lower(a.ptr[i]),
		    y = (uint8_t)sw_ascii_lower(b.ptr[i]);

		if (x != y)
			return x - y;
	}
	return a.len < b.len ? -1 : a.len > b.len;
}

static int by_word(const void *a, const void *b)
{
	const struct sw_share_word *x = a, *y = b;

	return compare(x->from, y->from);
}

void sw_share_sort(struct sw_share_words *w)
{
	size_t kept = 0;

	if (w->count)
		qsort(w->at, w->count, sizeof(*w->at), by_word);
	for (size_t i = 0; i < w->count; i++)
		if (kept == 0 || compare(w->at[kept - 1].from, w->at[i].from) != 0)
			w->at[kept++] = w->at[i];
	w->count = kept;
}

const struct sw_share_word *sw_share_find(const struct sw_share_words *w, struct sw_slice from)
{
	struct sw_share_word key = { .from = from };

	return w->count ? bsearch(&key, w->at, w->count, sizeof(*w->at), by_word) : NULL;
}

/* ---- whose names */

static enum sw_err note_labels(struct sw_share *s, struct sw_slice domain)
{
	struct sw_slice label;
	enum sw_err e = sw_share_put(&s->labels, domain, domain);

	while (!e && domain.len && sw_slice_split(&domain, '.', &label))
		if (label.len)
			e = sw_share_put(&s->labels, label, label);
	return e;
}

static bool is_common(struct sw_slice word)
{
	for (size_t i = 0; i < SW_LEN(common); i++)
		if (sw_slice_eq_nocase(word, sw_slice_str(common[i])))
			return true;
	return word.len < SHORTEST || sw_share_is_role(word);
}

static struct sw_slice kept(struct sw_share *s, const struct sw_buf *out)
{
	return sw_arena_copy(&s->arena, sw_buf_slice(out));
}

static enum sw_err note_local(struct sw_share *s, struct sw_slice local)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = 64 * 1024 };

	if (is_common(local) || sw_share_find(&s->words, local))
		return SW_OK;
	enum sw_err e = sw_share_local(s, local, &out);

	/* Longer than any local part: no word that stands alone. */
	if (e)
		return e == SW_E_LIMIT ? SW_OK : e;
	struct sw_slice to = kept(s, &out);

	return to.ptr ? sw_share_put(&s->words, local, to) : SW_E_NOMEM;
}

static enum sw_err note_text(struct sw_share *s, struct sw_slice text, bool labels)
{
	struct sw_slice local, domain;
	enum sw_err e = SW_OK;
	size_t pos = 0;

	while (!e && sw_share_next_address(text, &pos, &local, &domain))
		e = labels ? note_labels(s, domain) : note_local(s, local);
	return e;
}

static enum sw_err note_all(struct sw_share *s, const struct sw_facts *f, bool labels)
{
	enum sw_err e = SW_OK;

	for (size_t i = 0; !e && i < sw_facts_count(f); i++) {
		const struct sw_fact *fact = sw_facts_get(f, i);

		for (size_t n = 0; !e && n < fact->count; n++)
			if (fact->fields[n].kind == SW_VALUE_TEXT)
				e = note_text(s, fact->fields[n].text, labels);
		if (!e && labels && fact->type == SW_FACT_SEND_WISH)
			e = note_labels(s, sw_fact_text(fact, "server"));
	}
	return e;
}

/* ---- our own machine */

static bool is_public_name(const struct sw_share *s, struct sw_slice name)
{
	return name.len == 0 || sw_slice_starts_nocase(name, SW_S("localhost")) ||
	       sw_share_find(&s->labels, name) != NULL;
}

/* Another name of the same form (name.form). */
static enum sw_err other_name(struct sw_share *s, struct sw_slice name, struct sw_buf *out)
{
	const char *form = sw_name_form(name);
	size_t dot = sw_slice_find(name, '.');
	struct sw_slice first = sw_slice_head(name, dot), rest = sw_slice_from(name, dot);
	const char *start = strcmp(form, "underscore") == 0  ? "host_"
			    : strcmp(form, "bad") == 0       ? "-host-"
			    : strcmp(form, "non_ascii") == 0 ? "hôst-"
							     : "host-";
	enum sw_err e = sw_buf_add_str(out, start);

	if (!e)
		e = sw_share_hash(s, first, out);
	if (e || rest.len < 2)
		return e;
	/* A domain that stands in the facts anyway may stay. */
	if (sw_share_find(&s->labels, sw_slice_from(rest, 1)))
		return sw_buf_add(out, rest);
	e = sw_buf_add_char(out, '.');
	if (!e)
		e = sw_share_hash(s, rest, out);
	return e ? e : sw_buf_add_str(out, ".example");
}

static enum sw_err note_name(struct sw_share *s, struct sw_slice name)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = 64 * 1024 };
	struct sw_slice first = sw_slice_head(name, sw_slice_find(name, '.'));

	if (is_public_name(s, name) || strcmp(sw_name_form(name), "address") == 0)
		return SW_OK;
	enum sw_err e = other_name(s, name, &out);
	struct sw_slice to = kept(s, &out);

	if (e)
		return e == SW_E_LIMIT ? SW_OK : e;
	e = to.ptr ? sw_share_put(&s->words, name, to) : SW_E_NOMEM;
	/* The server may greet the first label alone. */
	if (!e && first.len < name.len && !is_common(first) && !is_public_name(s, first)) {
		to = sw_slice_head(to, sw_slice_find(to, '.'));
		e = sw_share_put(&s->words, first, to);
	}
	return e;
}

static enum sw_err note_names(struct sw_share *s, const struct sw_facts *f)
{
	enum sw_err e = SW_OK;

	for (size_t i = 0; !e && i < sw_facts_count(f); i++) {
		const struct sw_fact *fact = sw_facts_get(f, i);

		if (fact->type == SW_FACT_LOCAL_ENV)
			e = note_name(s, sw_fact_text(fact, "hostname"));
		if (!e && fact->type == SW_FACT_SEND_WISH)
			e = note_name(s, sw_fact_text(fact, "ehlo"));
	}
	return e;
}

/* Labels of public names are no secret, whoever has them for a local part, too. */
static void forget_public(struct sw_share *s)
{
	size_t left = 0;

	for (size_t i = 0; i < s->words.count; i++)
		if (!sw_share_find(&s->labels, s->words.at[i].from))
			s->words.at[left++] = s->words.at[i];
	s->words.count = left;
}

static enum sw_err learn(struct sw_share *s, const struct sw_facts *f)
{
	enum sw_err e = note_all(s, f, true);

	sw_share_sort(&s->labels);
	if (!e)
		e = note_names(s, f);
	if (!e) {
		sw_share_sort(&s->words);
		e = note_all(s, f, false);
	}
	sw_share_sort(&s->words);
	forget_public(s);
	return e;
}

/* ---- the facts */

static enum sw_err copy_fact(struct sw_share *s, const struct sw_fact *fact,
			     struct sw_facts *to)
{
	struct sw_field *fields =
		sw_arena_alloc(&s->arena, (fact->count + 1) * sizeof(*fields));
	struct sw_fact copy = *fact;
	bool changed = false;

	if (!fields)
		return SW_E_NOMEM;
	copy.fields = fields;
	copy.count = 0;
	for (size_t i = 0; i < fact->count; i++) {
		SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = 16 * SW_MAX_FACT_TEXT };
		struct sw_field *field = &fields[copy.count++];

		*field = fact->fields[i];
		if (field->kind != SW_VALUE_TEXT)
			continue;
		enum sw_err e = sw_share_text(s, field->text, &out);

		if (e)
			return e;
		changed = changed || !sw_slice_eq(field->text, sw_buf_slice(&out));
		field->text = kept(s, &out);
		if (!field->text.ptr)
			return SW_E_NOMEM;
	}
	/* The same text once more, in digits that nobody looks through. */
	for (size_t i = 0; changed && i < copy.count; i++)
		if (strcmp(fields[i].key, "hex") == 0)
			fields[i].text = sw_slice("", 0);
	return sw_facts_add(to, &copy) ? SW_OK : SW_E_NOMEM;
}

struct sw_facts *sw_facts_share(const struct sw_facts *f, const uint8_t salt[SW_SHARE_SALT])
{
	struct sw_facts *to = sw_facts_new(NULL, 0, sw_facts_started(f));
	struct sw_share s = { .salt = salt };

	sw_arena_init(&s.arena);
	enum sw_err e = to ? learn(&s, f) : SW_E_NOMEM;

	for (size_t i = 0; !e && i < sw_facts_count(f); i++)
		e = copy_fact(&s, sw_facts_get(f, i), to);
	sw_arena_fini(&s.arena);
	sw_free(s.words.at);
	sw_free(s.labels.at);
	sw_free(s.addresses.at);
	if (!e)
		return to;
	sw_facts_free(to);
	return NULL;
}
