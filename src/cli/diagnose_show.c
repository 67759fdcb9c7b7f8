/* SPDX-License-Identifier: MIT */
/* A diagnosis for people: fact before advice, who must act, what was ruled out. */
#include <stdio.h>
#include <string.h>

#include "cli/diagnose.h"
#include "cli/wrap.h"

enum {
	FULL_MOST = 3,      /* findings that are told in full */
	RULED_OUT_MOST = 4, /* losers that are named */
	UNTESTED_MOST = 6,
	NEAR = 10, /* so near to each other that none of two can be called the cause */
};

enum word {
	SAY_CASE,
	SAY_STAGES,
	SAY_OF_100,
	SAY_EXPLAINED,
	SAY_RULED_OUT,
	SAY_DECIDES,
	SAY_HELP,
	SAY_AGAIN,
	SAY_MORE,
	SAY_HEALTHY,
	SAY_UNTESTED,
	SAY_UNDECIDED,
	SAY_ALSO,
	SAY_BETWEEN,
	SAY_AND,
	SAY_COULD_NOT,
	SAY_COUNT
};
static const char *const words[SAY_COUNT][2] = {
	[SAY_CASE] = { "case", "случай" },
	[SAY_STAGES] = { "stages", "этапы" },
	[SAY_OF_100] = { "of 100", "из 100" },
	[SAY_EXPLAINED] = { "explained by this", "этим объясняется" },
	[SAY_RULED_OUT] = { "ruled out", "исключено" },
	[SAY_DECIDES] = { "what would decide", "что решит вопрос" },
	[SAY_HELP] = { "help", "помощь" },
	[SAY_AGAIN] = { "check again", "проверить снова" },
	[SAY_MORE] = { "more", "подробнее" },
	[SAY_HEALTHY] = { "nothing wrong was found", "ничего неисправного не найдено" },
	[SAY_UNTESTED] = { "the case holds too little to say anything",
			   "в этом случае слишком мало данных, чтобы судить" },
	[SAY_UNDECIDED] = { "something is wrong, and no known cause fits what was seen",
			    "что-то неисправно, но ни одна известная причина не подходит к "
			    "увиденному" },
	[SAY_ALSO] = { "also possible", "возможно также" },
	[SAY_BETWEEN] = { "could not decide between", "не удалось выбрать между" },
	[SAY_AND] = { "and", "и" },
	[SAY_COULD_NOT] = { "could not test", "проверить не удалось" },
};

static const char *word(const struct cli *c, enum word w)
{
	return words[w][cli_is_russian(c)];
}

/* Words of the library, in the user's language. */
static const char *local(const struct cli *c, const char *id)
{
	static const char *const rows[][3] = {
		{ "blocking", "error", "ошибка" },
		{ "risk", "warning", "предупреждение" },
		{ "note", "note", "замечание" },
		{ "confirmed", "confirmed", "подтверждено" },
		{ "likely", "likely", "вероятно" },
		{ "possible", "possible", "возможно" },
		{ "ok", "ok", "ok" },
		{ "failed", "FAILED", "ОТКАЗ" },
		{ "slow", "slow", "медленно" },
		{ "not_reached", "not reached", "не дошло" },
		{ "untested", "untested", "не проверено" },
	};

	for (size_t i = 0; i < CLI_LEN(rows); i++)
		if (strcmp(rows[i][0], id) == 0)
			return rows[i][1 + cli_is_russian(c)];
	return id;
}

static void say_blank(struct cli *c)
{
	cli_say(&c->out, CLI_PLAIN, "%s", "");
}

static char *stage_text(const struct cli *c, const struct sw_diagnosis_stage *s)
{
	const char *status = local(c, s->status);
	bool passed = strcmp(s->status, "not_reached") != 0;

	if (!passed || s->ms <= 0)
		return cli_printf("%s %s", s->name, status);
	return cli_printf(s->ms < 10 ? "%s %s %.1f %s" : "%s %s %.0f %s", s->name, status,
			  s->ms, cli_is_russian(c) ? "мс" : "ms");
}

static void say_stages(struct cli *c, const struct sw_diagnosis *d)
{
	char *line = NULL;
	char first[64];

	for (size_t i = 0; i < sw_diagnosis_stage_count(d); i++) {
		struct sw_diagnosis_stage s = sw_diagnosis_stage(d, i);
		char *one = stage_text(c, &s);
		char *longer = cli_printf("%s%s%s", line ? line : "", line ? " | " : "",
					  cli_said(&c->out, one));

		cli_free(one);
		cli_free(line);
		line = longer;
	}
	(void)snprintf(first, sizeof(first), "%s  ", word(c, SAY_STAGES));
	if (line)
		cli_wrap(&c->out, CLI_DIM, first, "        ", line);
	cli_free(line);
}

static void say_evidence(struct cli *c, const struct sw_diagnosis *d, size_t i,
			 const struct sw_diagnosed *f)
{
	for (size_t n = 0; n < f->because_count; n++)
		cli_wrap(&c->out, CLI_PLAIN, "  | ", "  |   ", sw_diagnosis_because(d, i, n));
	for (size_t n = 0; n < f->against_count; n++)
		cli_wrap(&c->out, CLI_PLAIN, "  - ", "    ", sw_diagnosis_against(d, i, n));
}

static void say_wrapped(struct cli *c, enum cli_color color, const char *rest, char *text)
{
	cli_wrap(&c->out, color, "", rest, cli_said(&c->out, text));
	cli_free(text);
}

static void say_explained(struct cli *c, const struct sw_diagnosis *d, const char *code)
{
	for (size_t i = 0; i < sw_diagnosis_count(d); i++) {
		struct sw_diagnosed f = sw_diagnosis_finding(d, i);

		if (strcmp(f.explained_by, code) == 0)
			say_wrapped(c, CLI_DIM, "    ",
				    cli_printf("  = %s: %s [%s]", word(c, SAY_EXPLAINED),
					       f.title, f.code));
	}
}

void cli_diagnose_remedy(struct cli *c, const struct sw_diagnosed_remedy *r)
{
	say_wrapped(c, CLI_PLAIN, "    ",
		    cli_printf("%s (%s): %s", word(c, SAY_HELP), r->who_text, r->text));
	if (*r->literal)
		cli_say_lines(&c->out, CLI_GOOD, "    ", r->literal);
}

static void say_remedies(struct cli *c, const struct sw_diagnosis *d, size_t i,
			 const struct sw_diagnosed *f)
{
	for (size_t n = 0; n < f->remedy_count; n++) {
		struct sw_diagnosed_remedy r = sw_diagnosis_remedy(d, i, n);

		cli_diagnose_remedy(c, &r);
	}
	if (*f->recheck)
		cli_say(&c->out, CLI_PLAIN, "%s: %s", word(c, SAY_AGAIN), f->recheck);
	cli_say(&c->out, CLI_DIM, "%s: sendwell explain %s", word(c, SAY_MORE), f->code);
}

static enum cli_color color_of(const struct sw_diagnosed *f)
{
	if (strcmp(f->level, "note") == 0)
		return CLI_PLAIN;
	return strcmp(f->level, "blocking") == 0 && strcmp(f->state, "possible") != 0
		       ? CLI_BAD
		       : CLI_WARN;
}

static bool stands(const struct sw_diagnosed *f)
{
	return strcmp(f->state, "ruled_out") != 0 && strcmp(f->state, "untested") != 0 &&
	       !*f->explained_by;
}

static void say_finding(struct cli *c, const struct sw_diagnosis *d, size_t i,
			const struct sw_diagnosed *f)
{
	say_blank(c);
	say_wrapped(c, color_of(f), "  ",
		    cli_printf("%s[%s]: %s (%s, %u %s)", local(c, f->level), f->code, f->title,
			       local(c, f->state), f->confidence, word(c, SAY_OF_100)));
	say_evidence(c, d, i, f);
	say_explained(c, d, f->code);
	if (strcmp(f->state, "confirmed") != 0 && *f->test)
		say_wrapped(c, CLI_DIM, "    ",
			    cli_printf("  = %s: %s", word(c, SAY_DECIDES), f->test));
	say_remedies(c, d, i, f);
}

static void say_ruled_out(struct cli *c, const struct sw_diagnosis *d)
{
	size_t said = 0;

	for (size_t i = 0; i < sw_diagnosis_count(d) && said < RULED_OUT_MOST; i++) {
		struct sw_diagnosed f = sw_diagnosis_finding(d, i);

		if (strcmp(f.state, "ruled_out") != 0)
			continue;
		if (said++ == 0)
			say_blank(c);
		say_wrapped(c, CLI_DIM, "    ",
			    cli_printf("%s: %s [%s]%s%s", word(c, SAY_RULED_OUT), f.title,
				       f.code, f.against_count ? ": " : "",
				       sw_diagnosis_against(d, i, 0)));
	}
}

/* What could not be looked at: first the causes that hang on it, then what else. */
static void say_untested(struct cli *c, const struct sw_diagnosis *d)
{
	size_t said = 0;

	for (size_t i = 0; i < sw_diagnosis_count(d) && said < UNTESTED_MOST; i++) {
		struct sw_diagnosed f = sw_diagnosis_finding(d, i);

		if (strcmp(f.state, "untested") != 0)
			continue;
		if (said++ == 0)
			say_blank(c);
		say_wrapped(c, CLI_DIM, "    ",
			    cli_printf("%s: %s [%s]: %s", word(c, SAY_COULD_NOT), f.title,
				       f.code, sw_diagnosis_because(d, i, 0)));
	}
	for (size_t i = 0; i < sw_diagnosis_untested_count(d) && said < UNTESTED_MOST; i++) {
		struct sw_diagnosis_untested u = sw_diagnosis_untested(d, i);

		if (said++ == 0)
			say_blank(c);
		say_wrapped(c, CLI_DIM, "    ",
			    cli_printf("%s: %s: %s", word(c, SAY_COULD_NOT), u.what, u.reason));
	}
}

/* Two that are merely possible and near each other: said before either is told. */
static void say_undecided(struct cli *c, const struct sw_diagnosis *d)
{
	struct sw_diagnosed f[2];
	size_t count = 0;

	for (size_t i = 0; i < sw_diagnosis_count(d) && count < 2; i++) {
		f[count] = sw_diagnosis_finding(d, i);
		count += stands(&f[count]);
	}
	if (count < 2 || strcmp(f[0].state, "possible") != 0 ||
	    f[1].confidence + NEAR < f[0].confidence)
		return;
	say_blank(c);
	say_wrapped(c, CLI_WARN, "    ",
		    cli_printf("%s %s (%s) %s %s (%s)", word(c, SAY_BETWEEN), f[0].code, f[0].title,
			       word(c, SAY_AND), f[1].code, f[1].title));
}

static void say_none(struct cli *c, const struct sw_diagnosis *d)
{
	int status = sw_diagnosis_exit_status(d);

	say_blank(c);
	cli_say(&c->out, status == 0 ? CLI_GOOD : CLI_WARN, "%s",
		word(c, status == 0   ? SAY_HEALTHY
			: status == 1 ? SAY_UNDECIDED
				      : SAY_UNTESTED));
}

void cli_diagnose_show(struct cli *c, const struct sw_diagnosis *d)
{
	const char *proven = NULL; /* where something was proven to be wrong */
	size_t full = 0;

	if (*sw_diagnosis_target(d))
		cli_say(&c->out, CLI_STRONG, "%s  %s", word(c, SAY_CASE),
			sw_diagnosis_target(d));
	say_stages(c, d);
	/* The sentence is English; a title in the user's language follows anyway. */
	if (*sw_diagnosis_sentence(d) && !cli_is_russian(c))
		cli_wrap(&c->out, CLI_PLAIN, "", "", sw_diagnosis_sentence(d));
	say_undecided(c, d);
	for (size_t i = 0; i < sw_diagnosis_count(d); i++) {
		struct sw_diagnosed f = sw_diagnosis_finding(d, i);

		if (!stands(&f))
			continue;
		/* Beside what is proven a guess is worth a line; another guess about the
		 * same place is worth none. */
		bool guess = strcmp(f.state, "possible") == 0;

		if (!proven && strcmp(f.state, "confirmed") == 0)
			proven = f.stage;
		if (proven && guess && strcmp(proven, f.stage) == 0)
			continue;
		if (full++ < FULL_MOST && !(proven && guess))
			say_finding(c, d, i, &f);
		else
			say_wrapped(c, CLI_DIM, "    ",
				    cli_printf("%s: %s [%s], %u %s", word(c, SAY_ALSO),
					       f.title, f.code, f.confidence,
					       word(c, SAY_OF_100)));
	}
	if (full == 0)
		say_none(c, d);
	say_ruled_out(c, d);
	say_untested(c, d);
}
