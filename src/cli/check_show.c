/* SPDX-License-Identifier: MIT */
/* A report of `sendwell check` as text: a table of tests, and below what is wrong its remedy.
 */
#include <string.h>

#include "cli/check.h"
#include "cli/session.h"
#include "cli/wrap.h"

enum { STATUS_COLUMNS = 16 };
static const char indent[] = "                  ";

static const char *word(const struct cli *c, enum sw_check_status s)
{
	static const char *const words[SW_CHECK_STATUS_COUNT][2] = {
		[SW_CHECK_OK] = { "ok", "хорошо" },
		[SW_CHECK_WARNING] = { "warning", "замечание" },
		[SW_CHECK_ERROR] = { "ERROR", "ОШИБКА" },
		[SW_CHECK_NOT_TESTED] = { "not tested", "не проверялось" },
		[SW_CHECK_UNTESTED] = { "could not test", "не удалось" },
	};

	return words[s][cli_is_russian(c)];
}

static enum cli_color color(enum sw_check_status s)
{
	static const enum cli_color colors[SW_CHECK_STATUS_COUNT] = {
		[SW_CHECK_OK] = CLI_GOOD,       [SW_CHECK_WARNING] = CLI_WARN,
		[SW_CHECK_ERROR] = CLI_BAD,     [SW_CHECK_NOT_TESTED] = CLI_DIM,
		[SW_CHECK_UNTESTED] = CLI_WARN,
	};

	return colors[s];
}

/* A text with a word before it; its further lines stand below the first. */
static void say_marked(struct cli *c, enum cli_color tint, const char *mark, const char *text)
{
	char *first = cli_printf("%s%s ", indent, mark);
	char *rest =
		cli_printf("%s%*s ", indent, (int)cli_wrap_columns(mark, strlen(mark)), "");

	cli_wrap(&c->out, tint, cli_said(&c->out, first), cli_said(&c->out, rest), text);
	cli_free(first);
	cli_free(rest);
}

static void say_finding(struct cli *c, const struct sw_check_finding *f)
{
	char *title = cli_printf("%s (%s)", f->title, f->code);

	say_marked(c, CLI_PLAIN, "!", cli_said(&c->out, title));
	cli_free(title);
	say_marked(c, CLI_PLAIN, " ", f->remedy);
	/* A record is copied: it is not broken into lines. */
	if (*f->literal)
		cli_say(&c->out, CLI_STRONG, "%s    %s", indent, f->literal);
}

static void say_result(struct cli *c, const struct sw_check_result *x)
{
	bool bad = x->status == SW_CHECK_WARNING || x->status == SW_CHECK_ERROR;
	bool ru = cli_is_russian(c);
	const char *status = word(c, x->status);
	size_t columns = cli_wrap_columns(status, strlen(status));

	cli_say(&c->out, color(x->status), "  %s%*s%s", status,
		(int)(columns < STATUS_COLUMNS ? STATUS_COLUMNS - columns : 1), "", x->title);
	if (*x->found)
		say_marked(c, CLI_DIM, ru ? "найдено:  " : "found:   ", x->found);
	if (bad)
		say_marked(c, CLI_DIM, ru ? "ожидалось:" : "expected:", x->expected);
	for (size_t i = 0; i < x->finding_count; i++)
		say_finding(c, &x->findings[i]);
	for (size_t i = 0; c->out.verbose && x->trace[i]; i++)
		cli_say(&c->out, CLI_DIM, "%s  %s", indent, x->trace[i]);
}

static void say_sum(struct cli *c, const struct sw_check_report *r)
{
	size_t counts[SW_CHECK_STATUS_COUNT] = { 0 };
	const struct sw_check_result *x;

	for (size_t i = 0; (x = sw_check_get(r, i)); i++)
		counts[x->status]++;
	cli_say(&c->out, CLI_STRONG,
		cli_is_russian(c) ? "%s: хорошо %zu, замечаний %zu, ошибок %zu, не удалось "
				    "проверить %zu"
				  : "%s: %zu ok, %zu warnings, %zu errors, %zu could not be "
				    "tested",
		sw_check_domain_name(r), counts[SW_CHECK_OK], counts[SW_CHECK_WARNING],
		counts[SW_CHECK_ERROR], counts[SW_CHECK_UNTESTED]);
}

void cli_check_show(struct cli *c, const struct sw_check_report *r)
{
	const struct sw_check_result *x;
	const char *group = "";

	cli_say(&c->out, CLI_STRONG, "%s", sw_check_domain_name(r));
	for (size_t i = 0; (x = sw_check_get(r, i)); i++) {
		if (strcmp(group, x->group) != 0)
			cli_say(&c->out, CLI_STRONG, " %s", x->group_title);
		group = x->group;
		say_result(c, x);
	}
	say_sum(c, r);
}
