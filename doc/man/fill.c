/* SPDX-License-Identifier: MIT */
/* Build tool: copies a manual page in scdoc from standard input to standard output and fills
 * in what the program's tables say.  A line of its own asks for it:
 *   @commands@            the commands
 *   @options COMMAND@     the options of a command, by section
 *   @general@             the options that all commands take
 *   @keys@, @sandbox keys@  the keys of the configuration file */
#include <stdio.h>
#include <string.h>

#include "cli/option.h"

enum { LINE = 4096 };

/* A sentence of the table, which has it without a capital and a full stop. */
static void put_sentence(const char *text)
{
	char first = *text >= 'a' && *text <= 'z' ? (char)(*text - 'a' + 'A') : *text;

	(void)printf("\t%c%s.\n", first, text + 1);
}

static void put_option(const struct cli_option *o)
{
	if (o->letter)
		(void)printf("*-%c*, ", o->letter);
	(void)printf("*--%s*", o->name);
	if (*o->arg)
		(void)printf(" _%s_", o->arg);
	(void)printf("\n");
	put_sentence(o->help);
	if (*o->more)
		(void)printf("\t%s\n", o->more);
	(void)printf("\n");
}

static void put_alias(const struct cli_alias *a)
{
	(void)printf("*-%c*, *--%s*\n", a->letter, a->name);
	put_sentence(a->help);
	(void)printf("\n");
}

static void put_aliases(enum cli_option_id id)
{
	for (size_t i = 0; cli_alias(i); i++)
		if (cli_alias(i)->id == id)
			put_alias(cli_alias(i));
}

static void put_options(unsigned commands)
{
	for (size_t s = 0; s < CLI_SECTION_COUNT; s++) {
		bool headed = false;

		for (size_t i = 0; i < CLI_OPT_COUNT; i++) {
			const struct cli_option *o = cli_option((enum cli_option_id)i);

			if (o->section != (enum cli_section)s || !(o->commands & commands) ||
			    !(o->where & CLI_IN_ARGS))
				continue;
			if (!headed)
				(void)printf("## %s\n\n", cli_section_name(o->section));
			headed = true;
			put_option(o);
			put_aliases((enum cli_option_id)i);
		}
	}
}

static void put_keys(bool sandbox)
{
	for (size_t i = 0; i < CLI_OPT_COUNT; i++) {
		const struct cli_option *o = cli_option((enum cli_option_id)i);
		char env[CLI_ENV_NAME_SIZE];

		if (!(o->where & CLI_IN_CONFIG) ||
		    (o->section == CLI_SECTION_SANDBOX) != sandbox)
			continue;
		cli_option_env_name((enum cli_option_id)i, env);
		(void)printf("*%s* = _%s_\n", o->name,
			     o->kind == CLI_BOOL ? "yes|no" : o->arg);
		put_sentence(o->help);
		(void)printf("\t%sEnvironment: %s\n\n",
			     o->kind == CLI_LIST ? "May be repeated. " : "", env);
		if (!(o->where & CLI_IN_ARGS) && *o->more)
			(void)printf("\t%s\n\n", o->more);
	}
}

static void put_commands(void)
{
	for (size_t i = 0; i < CLI_CMD_COUNT; i++) {
		enum cli_command_id id = (enum cli_command_id)i;

		(void)printf("*%s* %s\n", cli_command_name(id), cli_command_args(id));
		put_sentence(cli_command_help(id));
		(void)printf("\n");
	}
}

/* False for a line that asks for something unknown. */
static bool fill(const char *line)
{
	static const char options[] = "@options ";
	enum cli_command_id id;
	char word[LINE];

	if (strcmp(line, "@commands@\n") == 0)
		put_commands();
	else if (strcmp(line, "@general@\n") == 0)
		put_options(1u << CLI_CMD_version);
	else if (strcmp(line, "@keys@\n") == 0)
		put_keys(false);
	else if (strcmp(line, "@sandbox keys@\n") == 0)
		put_keys(true);
	else if (strncmp(line, options, strlen(options)) == 0) {
		(void)snprintf(word, sizeof(word), "%s", line + strlen(options));
		word[strcspn(word, "@")] = '\0';
		if (!cli_command_find(word, &id))
			return false;
		put_options(1u << id);
	} else if (line[0] == '@') {
		return false;
	} else {
		(void)fputs(line, stdout);
	}
	return true;
}

int main(void)
{
	char line[LINE];

	while (fgets(line, sizeof(line), stdin))
		if (!fill(line)) {
			(void)fprintf(stderr, "fill: unknown line: %s", line);
			return 1;
		}
	return ferror(stdin) || fflush(stdout) ? 1 : 0;
}
