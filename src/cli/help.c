/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"

enum {
	HELP_COLUMN = 30, /* where explanations begin */
	HELP_WIDTH = 80,
};

/* `text` from HELP_COLUMN on, broken at blanks; `left` begins the first line. */
static void say_columns(struct cli *c, const char *left, const char *text)
{
	bool fits = strlen(left) < HELP_COLUMN - 1;

	if (!fits)
		cli_say(&c->out, CLI_PLAIN, "%s", left);
	for (const char *rest = text; *rest; left = "", fits = true) {
		size_t len = strlen(rest);

		if (len > HELP_WIDTH - HELP_COLUMN)
			for (len = HELP_WIDTH - HELP_COLUMN; len > 1 && rest[len] != ' ';
			     len--)
				;
		cli_say(&c->out, CLI_PLAIN, "%-*s%.*s", HELP_COLUMN, fits ? left : "",
			(int)len, rest);
		rest += len;
		rest += strspn(rest, " ");
	}
}

static void say_option(struct cli *c, char letter, const char *name, const char *arg,
		       const char *help)
{
	char left[128];

	(void)snprintf(left, sizeof(left), "  %c%c%s--%s%s%s", letter ? '-' : ' ',
		       letter ? letter : ' ', letter ? ", " : "  ", name, *arg ? " " : "",
		       arg);
	say_columns(c, left, help);
}

static void say_section(struct cli *c, unsigned commands, enum cli_section section)
{
	bool said = false;

	for (size_t i = 0; i < CLI_OPT_COUNT; i++) {
		const struct cli_option *o = cli_option((enum cli_option_id)i);

		if (o->section != section || !(o->commands & commands) ||
		    !(o->where & CLI_IN_ARGS))
			continue;
		if (!said)
			cli_say(&c->out, CLI_STRONG, "%s", cli_section_name(section));
		said = true;
		say_option(c, o->letter, o->name, o->arg, o->help);
		for (size_t k = 0; cli_alias(k); k++)
			if (cli_alias(k)->id == (enum cli_option_id)i)
				say_option(c, cli_alias(k)->letter, cli_alias(k)->name, "",
					   cli_alias(k)->help);
	}
	if (said)
		cli_say(&c->out, CLI_PLAIN, "%s", "");
}

void cli_help_program(struct cli *c)
{
	c->out.json = false;
	cli_say(&c->out, CLI_PLAIN, "sendwell sends mail, and says what became of it.");
	cli_say(&c->out, CLI_PLAIN, "%s", "");
	cli_say(&c->out, CLI_PLAIN, "Usage: sendwell [OPTIONS] COMMAND [OPTIONS] [ARGUMENTS]");
	cli_say(&c->out, CLI_PLAIN, "%s", "");
	cli_say(&c->out, CLI_STRONG, "Commands");
	for (size_t i = 0; i < CLI_CMD_COUNT; i++) {
		char left[64];

		(void)snprintf(left, sizeof(left), "  %s",
			       cli_command_name((enum cli_command_id)i));
		say_columns(c, left, cli_command_help((enum cli_command_id)i));
	}
	cli_say(&c->out, CLI_PLAIN, "%s", "");
	say_section(c, 1u << CLI_CMD_version, CLI_SECTION_GENERAL);
	cli_say(&c->out, CLI_PLAIN,
		"'sendwell COMMAND --help' explains a command; so does "
		"sendwell-COMMAND(1).");
}

void cli_help_command(struct cli *c, enum cli_command_id command)
{
	c->out.json = false;
	cli_say(&c->out, CLI_PLAIN, "Usage: sendwell %s %s", cli_command_name(command),
		cli_command_args(command));
	cli_say(&c->out, CLI_PLAIN, "To %s.", cli_command_help(command));
	cli_say(&c->out, CLI_PLAIN, "%s", "");
	for (size_t s = 0; s < CLI_SECTION_COUNT; s++)
		say_section(c, 1u << command, (enum cli_section)s);
	cli_say(&c->out, CLI_PLAIN,
		"Most options have an environment form (SENDWELL_JSON=yes) "
		"and a key of the");
	cli_say(&c->out, CLI_PLAIN,
		"configuration file (json = yes), see sendwell.conf(5). "
		"--no-OPTION unsets one.");
}
