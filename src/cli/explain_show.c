/* SPDX-License-Identifier: MIT */
/* Readings for people. */
#include <stdio.h>
#include <string.h>

#include "cli/explain.h"
#include "cli/wrap.h"

static const char *const words[WORD_COUNT][2] = {
	[WORD_WHO] = { "Who acts", "Кто решает" },
	[WORD_RETRY] = { "Retry", "Повтор" },
	[WORD_LIST] = { "Mailing list", "Рассылка" },
	[WORD_WORDS] = { "In its words", "Дословно" },
	[WORD_SAID_BY] = { "Said by", "Чей ответ" },
	[WORD_CATEGORY] = { "Category", "Категория" },
	[WORD_SURE] = { "How sure", "Уверенность" },
	[WORD_BY_CODE] = { "by the code alone", "только по коду" },
	[WORD_CODE] = { "Code", "Код" },
	[WORD_NOTE] = { "Note", "Заметка" },
	[WORD_CAUSES] = { "Likely causes", "Вероятные причины" },
	[WORD_REMEDIES] = { "What to do", "Что делать" },
	[WORD_NEXT] = { "Next", "Дальше" },
	[WORD_SEE] = { "See", "Смотрите" },
	[WORD_WHY] = { "Why", "Почему" },
	[WORD_SEVERAL] = { "This can be read in several ways, the likeliest first.",
			   "Это можно понять по-разному; самое вероятное — первым." },
	[WORD_UNKNOWN] = { "nothing in this text is known: no reply, code or error",
			   "в этом тексте нет ничего знакомого: ни ответа, ни кода, ни "
			   "ошибки" },
	[WORD_NEAREST] = { "nearest:", "похоже на" },
	[WORD_FILE_HINT] = { "there is a file of that name, to read it",
			     "есть файл с таким именем, прочитать его" },
	[WORD_AFTER] = { "after", "после" },
	[WORD_FAILURES] = { "failures", "отказов" },
	[WORD_WITHIN] = { "within", "за" },
	[WORD_DAYS] = { "days", "дней" },
	[WORD_NAMED_WAIT] = { "the text names a wait of", "в тексте названа пауза" },
	[WORD_SECONDS] = { "s", "с" },
	[WORD_RULE] = { "rule", "правило" },
	[WORD_RUNNER_UP] = { "runner-up", "следующее правило" },
	[WORD_NO_RULE] = { "no rule knows the words; decided by",
			   "правила для этих слов нет; решено по признаку" },
	[WORD_OF_100] = { "of 100", "из 100" },
	[WORD_CUT] = { "only the beginning of the text was looked at",
		       "просмотрено только начало текста" },
	[WORD_MORE] = { "all about it: sendwell explain", "подробнее: sendwell explain" },
	[WORD_MEANING] = { "Meaning", "Что значит" },
	[WORD_ORIGINAL] = { "Message", "Письмо" },
	[WORD_HOST] = { "Server", "Сервер" },
	[WORD_FINAL] = { "Went to", "Ушло на" },
};

const char *cli_explain_word(const struct cli *c, enum explain_word word)
{
	return words[word][cli_is_russian(c)];
}

enum { LABEL_COLUMNS = 15 };

/* "  Who acts     somebody", the value wrapped under itself. */
void cli_explain_row(struct cli *c, enum explain_word label, const char *value)
{
	char first[64], rest[LABEL_COLUMNS + 3];
	const char *word = cli_explain_word(c, label);
	size_t columns = cli_wrap_columns(word, strlen(word));
	size_t pad = columns < LABEL_COLUMNS ? LABEL_COLUMNS - columns : 1;

	if (!*value)
		return;
	(void)snprintf(first, sizeof(first), "  %s%*s", word, (int)pad, "");
	(void)snprintf(rest, sizeof(rest), "  %*s", LABEL_COLUMNS, "");
	cli_wrap(&c->out, CLI_PLAIN, first, rest, value);
}

/* Frees `text`, which may be NULL for want of memory. */
static void say_row_free(struct cli *c, enum explain_word label, char *text)
{
	cli_explain_row(c, label, cli_said(&c->out, text));
	cli_free(text);
}

static void say_blank(struct cli *c)
{
	cli_say(&c->out, CLI_PLAIN, "%s", "");
}

static enum cli_color color_of(const struct sw_reading *r)
{
	if (strncmp(r->category, "info.", 5) == 0)
		return CLI_GOOD;
	return r->code >= 500 || strcmp(r->retry, "never") == 0 ? CLI_BAD : CLI_WARN;
}

static void say_title(struct cli *c, const struct sw_reading *r)
{
	char *line;

	if (*r->address)
		line = cli_printf("%s (%s)  %s%s%s", r->address, r->action, r->label,
				  *r->label ? "  " : "", r->title);
	else
		line = cli_printf("%s%s%s", r->label, *r->label ? "  " : "", r->title);
	cli_wrap(&c->out, color_of(r), "", "  ", cli_said(&c->out, line));
	cli_free(line);
}

void cli_explain_retry_row(struct cli *c, const char *text, unsigned wait_s)
{
	if (wait_s)
		say_row_free(c, WORD_RETRY,
			     cli_printf("%s; %s %u %s", text,
					cli_explain_word(c, WORD_NAMED_WAIT), wait_s,
					cli_explain_word(c, WORD_SECONDS)));
	else
		cli_explain_row(c, WORD_RETRY, text);
}

void cli_explain_list_row(struct cli *c, const char *action, const char *text, unsigned count,
			  unsigned count_days)
{
	bool counts = count > 0 && strcmp(action, "keep") != 0;
	char *failures = counts ? cli_printf(" %s %u %s", cli_explain_word(c, WORD_AFTER),
					     count, cli_explain_word(c, WORD_FAILURES))
				: NULL;
	char *days = counts && count_days
			     ? cli_printf(" %s %u %s", cli_explain_word(c, WORD_WITHIN),
					  count_days, cli_explain_word(c, WORD_DAYS))
			     : NULL;

	/* "Remove it" without "after 3 failures" would be another advice. */
	bool lost = counts && (!failures || (count_days && !days));

	say_row_free(c, WORD_LIST,
		     lost ? NULL
			  : cli_printf("%s%s%s", text, failures ? failures : "",
				       days ? days : ""));
	cli_free(days);
	cli_free(failures);
}

static void say_certainty(struct cli *c, const struct sw_reading *r)
{
	const char *by = *r->rule ? cli_explain_word(c, WORD_RULE)
			 : *r->decided_by && strcmp(r->decided_by, "rule") != 0
				 ? cli_explain_word(c, WORD_BY_CODE)
				 : "";

	cli_explain_row(c, WORD_CATEGORY, r->category);
	say_row_free(c, WORD_SURE,
		     cli_printf("%u %s%s%s%s%s", r->confidence,
				cli_explain_word(c, WORD_OF_100), *by ? ", " : "", by,
				*r->rule ? " " : "", r->rule));
}

/* The codes that stand in the text, unless one of them is the title already. */
static void say_codes(struct cli *c, const struct sw_explanation *x, size_t i,
		      const struct sw_reading *r)
{
	for (size_t n = 0; n < r->code_count; n++) {
		struct sw_reading_code code = sw_explanation_code(x, i, n);

		if (strcmp(code.title, r->title) != 0)
			say_row_free(c, WORD_CODE,
				     cli_printf("%s: %s%s%s%s", code.code, code.title,
						*code.source ? " (" : "", code.source,
						*code.source ? ")" : ""));
	}
}

static void say_causes(struct cli *c, const struct sw_explanation *x, size_t i,
		       const struct sw_reading *r)
{
	if (r->cause_count == 0)
		return;
	say_blank(c);
	cli_say(&c->out, CLI_STRONG, "  %s", cli_explain_word(c, WORD_CAUSES));
	for (size_t n = 0; n < r->cause_count; n++)
		cli_wrap(&c->out, CLI_PLAIN, "  - ", "    ",
			 sw_explanation_cause(x, i, n).text);
}

static void say_remedies(struct cli *c, const struct sw_explanation *x, size_t i,
			 const struct sw_reading *r)
{
	/* Whoever waits for the network or for nobody mostly is the administrator. */
	bool nobody = strcmp(r->who, "network") == 0 || strcmp(r->who, "nobody") == 0;
	const char *base = nobody ? "sender-admin" : r->who;

	if (r->remedy_count == 0)
		return;
	say_blank(c);
	cli_say(&c->out, CLI_STRONG, "  %s", cli_explain_word(c, WORD_REMEDIES));
	for (size_t n = 0; n < r->remedy_count; n++) {
		struct sw_reading_remedy remedy = sw_explanation_remedy(x, i, n);
		char number[32];
		bool other =
			strcmp(remedy.who, base) != 0 && strcmp(remedy.who, "nobody") != 0;
		char *text = cli_printf("%s%s%s%s", remedy.text, other ? " (" : "",
					other ? remedy.who_text : "", other ? ")" : "");

		(void)snprintf(number, sizeof(number), "%3zu. ", n + 1);
		cli_wrap(&c->out, CLI_PLAIN, number, "     ", cli_said(&c->out, text));
		if (*remedy.literal)
			cli_say_lines(&c->out, CLI_GOOD, "       ", remedy.literal);
		cli_free(text);
	}
}

static void say_in_full(struct cli *c, const struct sw_explanation *x, size_t i,
			const struct sw_reading *r)
{
	if (*r->category) {
		say_blank(c);
		cli_explain_row(c, WORD_WHO, r->who_text);
		cli_explain_retry_row(c, r->retry_text, r->retry_after_s);
		cli_explain_list_row(c, r->list_action, r->list_action_text, r->count,
				     r->count_days);
	}
	cli_explain_row(c, WORD_WORDS, r->said);
	if (strcmp(r->kind, "vendor") != 0)
		cli_explain_row(c, WORD_SAID_BY, r->vendor_name);
	say_codes(c, x, i, r);
	if (*r->category)
		say_certainty(c, r);
	cli_explain_row(c, WORD_NOTE, r->note);
	say_causes(c, x, i, r);
	say_remedies(c, x, i, r);
	if (*r->next || *r->ref)
		say_blank(c);
	if (*r->next)
		cli_say(&c->out, CLI_STRONG, "  %s: %s", cli_explain_word(c, WORD_NEXT),
			r->next);
	if (*r->ref)
		cli_say(&c->out, CLI_DIM, "  %s: %s", cli_explain_word(c, WORD_SEE), r->ref);
}

/* One line for what is said in full elsewhere or is unlikely. */
static void say_in_short(struct cli *c, const struct sw_reading *r)
{
	if (*r->category)
		say_certainty(c, r);
	if (r->code && strcmp(r->kind, "reply") != 0 && strcmp(r->kind, "bounce") != 0 &&
	    strcmp(r->kind, "dotted") != 0)
		cli_say(&c->out, CLI_DIM, "  %s %s:%lld", cli_explain_word(c, WORD_MORE),
			r->kind, (long long)r->code);
	else if (strcmp(r->kind, "dotted") == 0)
		cli_say(&c->out, CLI_DIM, "  %s %lld", cli_explain_word(c, WORD_MORE),
			(long long)r->code);
}

/* The likeliest, and replies and recipients that bring another category. */
static bool deserves_all(const struct cli *c, const struct sw_explanation *x, size_t i)
{
	struct sw_reading r = sw_explanation_reading(x, i);

	if (i == 0 || c->out.verbose)
		return true;
	if (strcmp(r.kind, "reply") != 0 && strcmp(r.kind, "bounce") != 0)
		return false;
	for (size_t k = 0; k < i; k++)
		if (strcmp(sw_explanation_reading(x, k).category, r.category) == 0)
			return false;
	return true;
}

/* Several recipients or replies are no ambiguity. */
static bool is_ambiguous(const struct sw_explanation *x)
{
	size_t others = 0;

	for (size_t i = 0; i < sw_explanation_count(x); i++) {
		struct sw_reading r = sw_explanation_reading(x, i);

		others += strcmp(r.kind, "reply") != 0 && strcmp(r.kind, "bounce") != 0;
	}
	return others > 0 && sw_explanation_count(x) > 1;
}

void cli_explain_show(struct cli *c, const struct sw_explanation *x, const char *text,
		      size_t len)
{
	size_t count = sw_explanation_count(x);
	bool why = cli_values_is_on(&c->values, CLI_OPT_WHY);

	if (is_ambiguous(x)) {
		cli_say(&c->out, CLI_DIM, "%s", cli_explain_word(c, WORD_SEVERAL));
		say_blank(c);
	}
	for (size_t i = 0; i < count; i++) {
		struct sw_reading r = sw_explanation_reading(x, i);

		if (i > 0)
			say_blank(c);
		say_title(c, &r);
		if (*r.meaning)
			cli_wrap(&c->out, CLI_PLAIN, "  ", "  ", r.meaning);
		if (deserves_all(c, x, i))
			say_in_full(c, x, i, &r);
		else
			say_in_short(c, &r);
		if (why)
			cli_explain_why(c, x, i, text, len);
	}
	if (sw_explanation_is_cut(x))
		cli_note(&c->out, CLI_WARN, "sendwell: %s", cli_explain_word(c, WORD_CUT));
}
