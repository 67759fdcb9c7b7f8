/* SPDX-License-Identifier: MIT */
/* Enhanced codes without a basic one, and basic codes that were written with dots.  A widely
 * read page prints 550 as "5.5.0", which also is a code of RFC 3463; both are shown, and the
 * likelier first: what the registry does not know was hardly sent by a server. */
#include "knowledge/explain_work.h"
#include "knowledge/advice.h"

enum {
	REGISTERED = 80,   /* an enhanced code that the tables have */
	UNREGISTERED = 35, /* one of a known subject only */
	DOTTED = 55,       /* a basic code known to be written so */
	DOTTED_RARE = 25,  /* another basic code */
	NO_ENHANCED = 25,  /* more when it cannot be an enhanced code */
	ODD_SUCCESS = 15,  /* less for successes that no server reports: "2.2.0" */
	WORDS_AGREE = 25,  /* the words beside it mean that one */
};

/* "5.5.0" of digits, "x.5.0" of any class. */
struct triple {
	size_t from, to;
	struct sw_enhanced enhanced; /* class 0: it is none */
	bool any_class;
	int dotted; /* 550, or 0 */
};

static bool read_triple(const struct sw_explain_text *t, size_t pos, struct triple *ret)
{
	struct triple r = { .from = pos };
	size_t start = t->low[pos] == '#' ? pos + 1 : pos, len = 0;

	if (sw_explain_has_at(t, start, "x.") && start + 2 < t->len) {
		char copy[SW_ENHANCED_TEXT] = "5.";
		size_t to = start + 2;

		while (to < t->len && to - start < sizeof(copy) - 1 &&
		       (sw_ascii_digit(t->low[to]) || t->low[to] == '.'))
			to++;
		memcpy(copy + 2, t->low + start + 2, to - start - 2);
		if (!sw_enhanced_parse(sw_slice(copy, to - start), &r.enhanced, &len) ||
		    (to < t->len && sw_explain_is_word(t->low[to])))
			return false;
		r.any_class = true;
		r.to = to;
		*ret = r;
		return true;
	}
	if (sw_explain_enhanced_at(t, pos, &r.enhanced, &len))
		r.to = pos + len;
	const char *p = t->low + start;

	if (t->len - start >= 5 && sw_ascii_digit(p[0]) && p[1] == '.' &&
	    sw_ascii_digit(p[2]) && p[3] == '.' && sw_ascii_digit(p[4]) &&
	    (t->len - start == 5 ||
	     (!sw_explain_is_word(p[5]) && !(p[5] == '.' && sw_ascii_digit(p[6]))))) {
		r.dotted = (p[0] - '0') * 100 + (p[2] - '0') * 10 + (p[4] - '0');
		r.to = start + 5;
	}
	*ret = r;
	return r.to > 0;
}

/* The first one that begins a word. */
static bool find_triple(const struct sw_explain_text *t, struct triple *ret)
{
	for (size_t pos = 0; pos < t->len; pos++) {
		char before = pos > 0 ? t->low[pos - 1] : ' ';

		if (sw_explain_is_word(before) || strchr(".-/@", before))
			continue;
		if ((sw_ascii_digit(t->low[pos]) || t->low[pos] == '#' ||
		     t->low[pos] == 'x') &&
		    read_triple(t, pos, ret))
			return true;
	}
	return false;
}

/* Words in [from, to) beyond the code and what one calls it. */
static size_t words_beside(const struct sw_explain_text *t, const struct triple *r,
			   size_t from, size_t to)
{
	static const char *const labels[] = { "smtp",     "error",  "code", "status", "esmtp",
					      "enhanced", "ошибка", "код",  "статус" };
	size_t words = 0;

	for (size_t i = from; i < to; i++) {
		if (!sw_explain_is_word(t->low[i]) || (i >= r->from && i < r->to) ||
		    (i > 0 && sw_explain_is_word(t->low[i - 1])))
			continue;
		bool label = false;

		for (size_t k = 0; k < SW_LEN(labels); k++)
			label |= sw_explain_has_at(t, i, labels[k]);
		words += !label;
	}
	return words;
}

static bool same_family(const struct sw_knowledge *k, uint16_t a, uint16_t b)
{
	struct sw_slice x = sw_slice_str(sw_category_at(k, a).id);
	struct sw_slice y = sw_slice_str(sw_category_at(k, b).id);

	return sw_slice_eq(sw_slice_head(x, sw_slice_find(x, '.')),
			   sw_slice_head(y, sw_slice_find(y, '.')));
}

/* Whether the words beside a code mean its category: 1, or surely another one: 0. */
static int agreement(const struct sw_explain_work *w, size_t words, uint16_t code)
{
	struct sw_reply_context none = { 0 };
	struct sw_class class;

	if (words == 0 || code == SW_NONE)
		return 0;
	sw_classify_reply(w->k, sw_slice(w->text.bytes, w->text.len), &none, &class);
	return class.by == SW_BY_RULE &&
	       same_family(w->k, class.category, sw_code_at(w->k, code).category);
}

/* 2.x.y of most subjects is registered and never sent, but pages print 220, 221, 235 so. */
static bool is_odd_success(const struct sw_explain_work *w, const struct triple *t)
{
	return t->enhanced.class == 2 && t->dotted != 250 &&
	       sw_code_find_basic(w->k, t->dotted) != SW_NONE;
}

static void classify_code(const struct sw_explain_work *w, int code,
			  struct sw_enhanced enhanced, struct sw_explain_reading *r)
{
	struct sw_reply_context context = { .code = code, .enhanced = enhanced };

	sw_classify_reply(w->k, sw_slice(NULL, 0), &context, &r->class);
	r->evidence[r->evidence_count++] = r->about;
}

static void add_enhanced(struct sw_explain_work *w, const struct triple *t)
{
	struct sw_explain_reading r = sw_explain_new(w, SW_EXPLAIN_ENHANCED, t->from, t->to);
	uint16_t exact = sw_code_find_enhanced(w->k, t->enhanced);

	r.status = exact != SW_NONE ? exact : sw_code_find_enhanced_near(w->k, t->enhanced);
	r.confidence = exact != SW_NONE ? REGISTERED : UNREGISTERED;
	if (is_odd_success(w, t))
		r.confidence = (uint8_t)(r.confidence - ODD_SUCCESS);
	if (t->any_class && r.status != SW_NONE) {
		struct sw_code_view view = sw_code_at(w->k, r.status);

		r.class = sw_explain_class_of(w->k, view.category);
		r.class.retry = view.retry;
		r.evidence[r.evidence_count++] = r.about;
	} else {
		classify_code(w, 0, t->enhanced, &r);
	}
	if (r.status != SW_NONE)
		sw_explain_add(w->ret, &r);
}

static void add_dotted(struct sw_explain_work *w, const struct triple *t, size_t words)
{
	struct sw_explain_reading r = sw_explain_new(w, SW_EXPLAIN_DOTTED, t->from, t->to);
	struct sw_enhanced none = { 0 };

	r.basic = sw_code_find_basic(w->k, t->dotted);
	if (r.basic == SW_NONE)
		return;
	uint16_t enhanced =
		t->enhanced.class ? sw_code_find_enhanced(w->k, t->enhanced) : SW_NONE;
	int confidence = sw_code_at(w->k, r.basic).dotted ? DOTTED : DOTTED_RARE;

	classify_code(w, t->dotted, none, &r);
	if (enhanced == SW_NONE || is_odd_success(w, t))
		confidence += NO_ENHANCED;
	if (agreement(w, words, r.basic) && !agreement(w, words, enhanced))
		confidence += WORDS_AGREE;
	r.confidence = (uint8_t)(confidence > 95 ? 95 : confidence);
	sw_explain_add(w->ret, &r);
}

void sw_explain_codes(struct sw_explain_work *w)
{
	struct triple t;

	/* Beside a basic code it is what it says: "550 5.5.0" leaves no doubt. */
	if (w->replies > 0 || !find_triple(&w->text, &t))
		return;
	size_t words = words_beside(&w->text, &t, 0, w->text.len);
	/* "dsn=4.4.1" of a log is no code that somebody wrote with dots. */
	bool leads = words_beside(&w->text, &t, 0, t.from) == 0;

	/* With words it is a reply, and read as one. */
	if (t.enhanced.class && words == 0)
		add_enhanced(w, &t);
	if (t.dotted && !t.any_class && leads)
		add_dotted(w, &t, words);
}
