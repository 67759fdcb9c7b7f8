/* SPDX-License-Identifier: MIT */
/* --list: the reference, for people or as one line of JSON each. */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include <sendwell/text.h>

#include "cli/explain.h"
#include "cli/nearest.h"
#include "cli/wrap.h"

enum { ID_COLUMNS = 24 };

static int list_json(struct cli *c, const struct sw_explainer *e, const char *section)
{
	size_t count = sw_explainer_reference_count(e, section);

	for (size_t i = 0; i < count; i++) {
		char *json = sw_explainer_reference_json(e, section, i);

		if (!json)
			return cli_fail_nomem(&c->out);
		cli_say_json(&c->out, json);
		sw_text_free(json);
	}
	return EX_OK;
}

static void list_text(struct cli *c, const struct sw_explainer *e, const char *section)
{
	size_t count = sw_explainer_reference_count(e, section);

	cli_say(&c->out, CLI_STRONG, "%s (%zu)", section, count);
	for (size_t i = 0; i < count; i++) {
		struct sw_reference r = sw_explainer_reference(e, section, i);
		bool own = !*r.category || strcmp(r.category, r.id) == 0;
		char first[ID_COLUMNS + 64], rest[ID_COLUMNS + 4];
		char *text = cli_printf("%s%s%s%s%s%s", r.title, own ? "" : " [",
					own ? "" : r.category, own ? "" : "]",
					*r.more ? "; " : "", r.more);

		(void)snprintf(first, sizeof(first), "  %-*s ", ID_COLUMNS, r.id);
		(void)snprintf(rest, sizeof(rest), "  %*s ", ID_COLUMNS, "");
		cli_wrap(&c->out, CLI_PLAIN, first, rest, cli_said(&c->out, text));
		cli_free(text);
	}
}

static int list_section(struct cli *c, const struct sw_explainer *e, const char *section)
{
	if (c->out.json)
		return list_json(c, e, section);
	list_text(c, e, section);
	return EX_OK;
}

static int unknown_section(struct cli *c, const char *name)
{
	struct cli_nearest n = cli_nearest_start(name, strlen(name));

	for (size_t i = 0; sw_reference_section(i); i++)
		cli_nearest_try(&n, sw_reference_section(i));
	const char *near = cli_nearest_found(&n);

	return cli_fail(
		&c->out, EX_USAGE,
		"--list: '%s', expected codes, categories, errors, rules, vendors, causes or "
		"remedies%s%s",
		name, near ? "; nearest: " : "", near ? near : "");
}

static bool is_section(const char *name)
{
	for (size_t i = 0; sw_reference_section(i); i++)
		if (strcmp(sw_reference_section(i), name) == 0)
			return true;
	return false;
}

int cli_explain_list(struct cli *c, const struct sw_explainer *e)
{
	int status = EX_OK;

	for (size_t i = 0; i < c->arg_count; i++)
		if (!is_section(c->args[i]))
			return unknown_section(c, c->args[i]);
	for (size_t i = 0; !status && i < c->arg_count; i++)
		status = list_section(c, e, c->args[i]);
	for (size_t i = 0; !status && c->arg_count == 0 && sw_reference_section(i); i++) {
		if (i > 0)
			cli_say(&c->out, CLI_PLAIN, "%s", "");
		status = list_section(c, e, sw_reference_section(i));
	}
	return status;
}
