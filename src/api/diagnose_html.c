/* SPDX-License-Identifier: MIT */
/* A diagnosis as a page. */
#include <inttypes.h>
#include <stdio.h>

#include "api/diagnose.h"
#include "api/html.h"

enum word {
	TITLE,
	OF_100,
	STAGES,
	FINDINGS,
	BECAUSE,
	AGAINST,
	EXPLAINED,
	DECIDES,
	HELP,
	AGAIN,
	MORE,
	RULED_OUT,
	UNTESTED,
	FACTS,
	FACT_HEAD,
	CUT,
	NO_CAUSE,
	WORDS
};
static const char *const words[WORDS][SW_LANG_COUNT] = {
	[TITLE] = { "Diagnosis", "Диагноз" },
	[OF_100] = { "of 100", "из 100" },
	[STAGES] = { "Stages", "Этапы" },
	[FINDINGS] = { "Findings", "Что найдено" },
	[BECAUSE] = { "What speaks for it", "Что за это" },
	[AGAINST] = { "What speaks against it", "Что против" },
	[EXPLAINED] = { "Explained by this", "Этим объясняется" },
	[DECIDES] = { "What would decide", "Что решит вопрос" },
	[HELP] = { "What to do", "Что делать" },
	[AGAIN] = { "Check again", "Проверить снова" },
	[MORE] = { "The whole story", "Подробный рассказ" },
	[RULED_OUT] = { "Ruled out", "Исключено" },
	[UNTESTED] = { "Could not be tested", "Проверить не удалось" },
	[FACTS] = { "Facts", "Факты" },
	[FACT_HEAD] = { "ms|stage|source|fact|what was seen",
			"мс|этап|источник|факт|что видно" },
	[CUT] = { "The other facts stand in the case.", "Остальные факты - в файле случая." },
	[NO_CAUSE] = { "Something is wrong, and no known cause fits what was seen.",
		       "Что-то неисправно, но ни одна известная причина не подходит к "
		       "увиденному." },
};

/* Words of the JSON in the reader's language; the class of the element is the word itself. */
static const char *const states[][3] = {
	{ "healthy", "Nothing wrong was found", "Ничего неисправного не найдено" },
	{ "problem", "Something is wrong", "Есть неисправность" },
	{ "blocking", "error", "ошибка" },
	{ "risk", "warning", "предупреждение" },
	{ "note", "note", "замечание" },
	{ "confirmed", "confirmed", "подтверждено" },
	{ "likely", "likely", "вероятно" },
	{ "possible", "possible", "возможно" },
	{ "ok", "ok", "в порядке" },
	{ "failed", "failed", "отказ" },
	{ "slow", "slow", "медленно" },
	{ "not_reached", "not reached", "не дошло" },
	{ "not_allowed", "not allowed", "не разрешено" },
	{ "untested", "not tested", "не проверено" },
};

static const char style[] =
	":root{color-scheme:light "
	"dark;--ink:#1b1f24;--dim:#59636e;--paper:#fff;--line:#d1d9e0;"
	"--soft:#f6f8fa;--bad:#b3261e;--warn:#8a5a00;--good:#1a7f37}"
	"@media(prefers-color-scheme:dark){:root{--ink:#e6edf3;--dim:#9198a1;--paper:#0d1117;"
	"--line:#3d444d;--soft:#151b23;--bad:#ff7b72;--warn:#d29922;--good:#3fb950}}"
	"*{box-sizing:border-box}"
	"body{margin:0 auto;max-width:62rem;padding:1.5rem;background:var(--paper);"
	"color:var(--ink);font:16px/1.5 system-ui,sans-serif;overflow-wrap:anywhere}"
	"h1{font-size:1.5rem;margin:0}h2{font-size:1.15rem;margin:2rem 0 .5rem}"
	"h3{font-size:1.05rem;margin:0}h4{font-size:.9rem;margin:.8rem 0 .2rem;"
	"color:var(--dim);font-weight:600}"
	"article{border:1px solid var(--line);border-left-width:.35rem;border-radius:.4rem;"
	"padding:1rem;margin:1rem 0}"
	"article.blocking{border-left-color:var(--bad)}article.risk{border-left-color:var(--"
	"warn)}"
	"ul,ol{margin:0;padding-left:1.2rem}"
	"pre{margin:.3rem 0;padding:.6rem .8rem;background:var(--soft);border:1px solid "
	"var(--line);"
	"border-radius:.3rem;font:.875rem/1.45 ui-monospace,monospace;white-space:pre-wrap;"
	"user-select:all}"
	".dim{color:var(--dim)}.failed,.problem{color:var(--bad)}.slow{color:var(--warn)}"
	".ok,.healthy{color:var(--good)}.not_reached,.not_allowed,.untested{color:var(--dim)}"
	"ol.stages{list-style:none;padding:0;display:flex;flex-wrap:wrap;gap:.4rem}"
	"ol.stages li{border:1px solid currentColor;border-radius:.3rem;padding:.15rem .5rem;"
	"font-size:.875rem}"
	"table{border-collapse:collapse;font:.8rem/1.4 ui-monospace,monospace;width:100%}"
	"th,td{text-align:left;vertical-align:top;padding:.2rem .5rem;"
	"border-bottom:1px solid var(--line);white-space:pre-wrap}"
	"td.n{text-align:right}summary{cursor:pointer;font-weight:600;margin-top:2rem}"
	"@media print{pre,article{break-inside:avoid}}";

struct page {
	struct sw_html h;
	const struct sw_diagnosis *d;
};

static const char *word(const struct page *p, enum word w)
{
	return words[w][p->d->lang];
}

static const char *local(const struct page *p, const char *id)
{
	for (size_t i = 0; i < SW_LEN(states); i++)
		if (strcmp(states[i][0], id) == 0)
			return states[i][1 + p->d->lang];
	return id;
}

static void put_head(struct page *p)
{
	struct sw_html *h = &p->h;

	sw_html_put(h, "<!DOCTYPE html>\n<html lang=\"");
	sw_html_put(h, p->d->lang == SW_LANG_RU ? "ru" : "en");
	sw_html_put(
		h,
		"\">\n<head>\n<meta charset=\"utf-8\"/>\n"
		"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
		"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
		"style-src 'unsafe-inline'\"/>\n"
		"<meta name=\"referrer\" content=\"no-referrer\"/>\n<title>");
	sw_html_str(h, word(p, TITLE));
	sw_html_put(h, ": ");
	sw_html_str(h, p->d->target);
	sw_html_put(h, "</title>\n<style>");
	sw_html_put(h, style);
	sw_html_put(h, "</style>\n</head>\n<body>\n<header>\n<h1>");
	sw_html_str(h, word(p, TITLE));
	sw_html_put(h, ": ");
	sw_html_str(h, p->d->target);
	sw_html_put(h, "</h1>\n<p><strong class=\"");
	sw_html_str(h, p->d->outcome);
	sw_html_put(h, "\">");
	sw_html_str(h, local(p, p->d->outcome));
	sw_html_put(h, "</strong></p>\n");
	/* The sentence is English; titles in the reader's language follow anyway. */
	if (*p->d->sentence && p->d->lang == SW_LANG_EN) {
		sw_html_element(h, "p", "", p->d->sentence);
		sw_html_put(h, "\n");
	}
	sw_html_put(h, "</header>\n");
}

static void put_stages(struct page *p)
{
	struct sw_html *h = &p->h;

	if (p->d->stage_count == 0)
		return;
	sw_html_put(h, "<section>\n");
	sw_html_element(h, "h2", "", word(p, STAGES));
	sw_html_put(h, "\n<ol class=\"stages\">\n");
	for (size_t i = 0; i < p->d->stage_count; i++) {
		const struct sw_diagnosis_stage *s = &p->d->stages[i];
		char ms[32] = "";

		if (s->ms > 0)
			snprintf(ms, sizeof(ms), s->ms < 10 ? " %.1f %s" : " %.0f %s", s->ms,
				 p->d->lang == SW_LANG_RU ? "мс" : "ms");
		sw_html_put(h, "<li class=\"");
		sw_html_str(h, s->status);
		sw_html_put(h, "\"><strong>");
		sw_html_str(h, s->name);
		sw_html_put(h, "</strong> ");
		sw_html_str(h, local(p, s->status));
		sw_html_str(h, ms);
		sw_html_put(h, "</li>\n");
	}
	sw_html_put(h, "</ol>\n</section>\n");
}

/* ---- one finding */

typedef const char *(*line_fn)(const struct sw_diagnosis *d, size_t i, size_t n);

static void put_lines(struct page *p, enum word title, size_t i, size_t count, line_fn line)
{
	if (count == 0)
		return;
	sw_html_element(&p->h, "h4", "", word(p, title));
	sw_html_put(&p->h, "\n<ul>\n");
	for (size_t n = 0; n < count; n++) {
		sw_html_element(&p->h, "li", "", line(p->d, i, n));
		sw_html_put(&p->h, "\n");
	}
	sw_html_put(&p->h, "</ul>\n");
}

static void put_explained(struct page *p, const struct sw_diagnosed *f)
{
	bool any = false;

	for (size_t i = 0; i < sw_diagnosis_count(p->d); i++) {
		struct sw_diagnosed other = sw_diagnosis_finding(p->d, i);

		if (strcmp(other.explained_by, f->code) != 0)
			continue;
		if (!any) {
			sw_html_element(&p->h, "h4", "", word(p, EXPLAINED));
			sw_html_put(&p->h, "\n<ul>\n");
		}
		any = true;
		sw_html_put(&p->h, "<li>");
		sw_html_str(&p->h, other.title);
		sw_html_put(&p->h, " <span class=\"dim\">");
		sw_html_str(&p->h, other.code);
		sw_html_put(&p->h, "</span></li>\n");
	}
	if (any)
		sw_html_put(&p->h, "</ul>\n");
}

static void put_block(struct page *p, const char *text)
{
	if (!*text)
		return;
	sw_html_element(&p->h, "pre", "", text);
	sw_html_put(&p->h, "\n");
}

static void put_remedies(struct page *p, size_t i, const struct sw_diagnosed *f)
{
	struct sw_html *h = &p->h;

	sw_html_element(h, "h4", "", word(p, HELP));
	sw_html_put(h, "\n<ul>\n");
	for (size_t n = 0; n < f->remedy_count; n++) {
		struct sw_diagnosed_remedy r = sw_diagnosis_remedy(p->d, i, n);

		sw_html_put(h, "<li><span class=\"dim\">");
		sw_html_str(h, r.who_text);
		sw_html_put(h, ":</span> ");
		sw_html_str(h, r.text);
		put_block(p, r.literal);
		sw_html_put(h, "</li>\n");
	}
	sw_html_put(h, "</ul>\n");
	if (*f->recheck) {
		sw_html_element(h, "h4", "", word(p, AGAIN));
		put_block(p, f->recheck);
	}
}

static void put_finding(struct page *p, size_t i, const struct sw_diagnosed *f)
{
	struct sw_html *h = &p->h;

	sw_html_put(h, "<article class=\"");
	sw_html_str(h, f->level);
	sw_html_put(h, "\" id=\"");
	sw_html_str(h, f->code);
	sw_html_put(h, "\">\n");
	sw_html_element(h, "h3", "", f->title);
	sw_html_put(h, "\n<p class=\"dim\">");
	sw_html_str(h, f->code);
	sw_html_put(h, " · ");
	sw_html_str(h, local(p, f->level));
	sw_html_put(h, " · ");
	sw_html_str(h, local(p, f->state));
	sw_html_put(h, ", ");
	sw_html_number(h, f->confidence);
	sw_html_put(h, " ");
	sw_html_str(h, word(p, OF_100));
	sw_html_put(h, "</p>\n");
	put_lines(p, BECAUSE, i, f->because_count, sw_diagnosis_because);
	put_lines(p, AGAINST, i, f->against_count, sw_diagnosis_against);
	put_explained(p, f);
	if (strcmp(f->state, "confirmed") != 0 && *f->test) {
		sw_html_element(h, "h4", "", word(p, DECIDES));
		sw_html_element(h, "p", "", f->test);
	}
	put_remedies(p, i, f);
	sw_html_element(h, "h4", "", word(p, MORE));
	sw_html_put(h, "<pre>sendwell explain ");
	sw_html_str(h, f->code);
	sw_html_put(h, "</pre>\n</article>\n");
}

static bool stands(const struct sw_diagnosed *f)
{
	return strcmp(f->state, "ruled_out") != 0 && strcmp(f->state, "untested") != 0 &&
	       !*f->explained_by;
}

static void put_findings(struct page *p)
{
	bool any = false;

	sw_html_put(&p->h, "<section>\n");
	sw_html_element(&p->h, "h2", "", word(p, FINDINGS));
	sw_html_put(&p->h, "\n");
	for (size_t i = 0; i < sw_diagnosis_count(p->d); i++) {
		struct sw_diagnosed f = sw_diagnosis_finding(p->d, i);

		if (stands(&f))
			put_finding(p, i, &f);
		any = any || stands(&f);
	}
	if (!any)
		sw_html_element(&p->h, "p", "",
				*p->d->outcome == 'p' ? word(p, NO_CAUSE)
						      : local(p, p->d->outcome));
	sw_html_put(&p->h, "\n</section>\n");
}

/* ---- what is not the cause, and what nobody knows */

static void begin_list(struct page *p, enum word title, bool *any)
{
	if (!*any) {
		sw_html_put(&p->h, "<section>\n");
		sw_html_element(&p->h, "h2", "", word(p, title));
		sw_html_put(&p->h, "\n<ul>\n");
	}
	*any = true;
	sw_html_put(&p->h, "<li>");
}

static void end_list(struct page *p, bool any)
{
	if (any)
		sw_html_put(&p->h, "</ul>\n</section>\n");
}

static void put_state(struct page *p, enum word title, const char *state)
{
	bool any = false;

	for (size_t i = 0; i < sw_diagnosis_count(p->d); i++) {
		struct sw_diagnosed f = sw_diagnosis_finding(p->d, i);
		const char *why = f.against_count   ? sw_diagnosis_against(p->d, i, 0)
				  : f.because_count ? sw_diagnosis_because(p->d, i, 0)
						    : "";

		if (strcmp(f.state, state) != 0)
			continue;
		begin_list(p, title, &any);
		sw_html_str(&p->h, f.title);
		sw_html_put(&p->h, " <span class=\"dim\">");
		sw_html_str(&p->h, f.code);
		sw_html_put(&p->h, *why ? ": " : "");
		sw_html_str(&p->h, why);
		sw_html_put(&p->h, "</span></li>\n");
	}
	end_list(p, any);
}

static void put_untested(struct page *p)
{
	bool any = false;

	for (size_t i = 0; i < sw_diagnosis_untested_count(p->d); i++) {
		struct sw_diagnosis_untested u = sw_diagnosis_untested(p->d, i);

		begin_list(p, UNTESTED, &any);
		sw_html_str(&p->h, u.what);
		sw_html_put(&p->h, " <span class=\"dim\">");
		sw_html_str(&p->h, u.reason);
		sw_html_put(&p->h, "</span></li>\n");
	}
	end_list(p, any);
}

/* ---- the facts */

static void put_fields(struct page *p, const struct sw_fact *f)
{
	for (size_t i = 0; i < f->count; i++) {
		const struct sw_field *field = &f->fields[i];

		if (field->kind == SW_VALUE_TEXT && field->text.len == 0)
			continue;
		sw_html_str(&p->h, field->key);
		sw_html_put(&p->h, "=");
		if (field->kind == SW_VALUE_TEXT)
			sw_html_text(&p->h, field->text);
		else if (field->kind == SW_VALUE_BOOL)
			sw_html_put(&p->h, field->number ? "true" : "false");
		else
			sw_html_number(&p->h, field->number);
		sw_html_put(&p->h, "\n");
	}
}

static void put_fact(struct page *p, const struct sw_fact *f)
{
	char ms[32];

	snprintf(ms, sizeof(ms), "%" PRIu64 ".%01" PRIu64, f->at_us / 1000,
		 f->at_us / 100 % 10);
	sw_html_put(&p->h, "<tr>");
	sw_html_element(&p->h, "td", "class=\"n\"", ms);
	sw_html_element(&p->h, "td", "", sw_stage_name(f->stage));
	sw_html_element(&p->h, "td", "", f->source ? f->source : "");
	sw_html_element(&p->h, "td", "", sw_fact_name(f->type));
	sw_html_put(&p->h, "<td>");
	put_fields(p, f);
	sw_html_put(&p->h, "</td></tr>\n");
}

static void put_facts(struct page *p)
{
	size_t count = sw_facts_count(p->d->facts);
	struct sw_slice heads = sw_slice_str(word(p, FACT_HEAD)), one;

	sw_html_put(&p->h, "<details>\n<summary>");
	sw_html_str(&p->h, word(p, FACTS));
	sw_html_put(&p->h, " (");
	sw_html_number(&p->h, (int64_t)count);
	sw_html_put(&p->h, ")</summary>\n<table>\n<thead><tr>");
	while (sw_slice_split(&heads, '|', &one)) {
		sw_html_put(&p->h, "<th>");
		sw_html_text(&p->h, one);
		sw_html_put(&p->h, "</th>");
	}
	sw_html_put(&p->h, "</tr></thead>\n<tbody>\n");
	for (size_t i = 0; i < count && i < SW_MAX_HTML_FACTS; i++)
		put_fact(p, sw_facts_get(p->d->facts, i));
	sw_html_put(&p->h, "</tbody>\n</table>\n");
	if (count > SW_MAX_HTML_FACTS)
		sw_html_element(&p->h, "p", "", word(p, CUT));
	sw_html_put(&p->h, "</details>\n");
}

char *sw_diagnosis_html(const struct sw_diagnosis *d)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = SW_MAX_CASE };
	struct page p = { .h = { .out = &out }, .d = d };

	put_head(&p);
	put_stages(&p);
	put_findings(&p);
	put_state(&p, RULED_OUT, "ruled_out");
	put_state(&p, UNTESTED, "untested");
	put_untested(&p);
	put_facts(&p);
	sw_html_put(&p.h,
		    "<footer><p class=\"dim\">sendwell</p></footer>\n</body>\n</html>\n");
	return p.h.e ? NULL : sw_buf_take(&out);
}
