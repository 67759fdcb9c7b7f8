/* SPDX-License-Identifier: MIT */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include <sendwell/memory.h>
#include <sendwell/version.h>

#include "cli/cli.h"
#include "cli/mem.h"

static int (*const runs[CLI_CMD_COUNT])(struct cli *c) = {
#define CLI_COMMAND(id, ...) [CLI_CMD_##id] = cli_run_##id,
#include "cli/command.def"
#undef CLI_COMMAND
};

/* Commands that need nothing of the configuration work with a broken one too. */
static bool needs_config(enum cli_command_id command)
{
	return command != CLI_CMD_help && command != CLI_CMD_version &&
	       command != CLI_CMD_import;
}

bool cli_is_russian(const struct cli *c)
{
	const char *lang = cli_values_text(&c->values, CLI_OPT_LANG);

	return lang && strcmp(lang, "ru") == 0;
}

static int check_lang(struct cli *c)
{
	const char *lang = cli_values_text(&c->values, CLI_OPT_LANG);
	char origin[CLI_ORIGIN_SIZE];

	if (!lang || strcmp(lang, "en") == 0 || cli_is_russian(c))
		return 0;
	cli_values_origin(&c->values, CLI_OPT_LANG, 0, origin);
	return cli_fail(&c->out, cli_values_blame(&c->values, CLI_OPT_LANG),
			"%s: there are no texts in '%s', expected en or ru", origin, lang);
}

/* Whoever asked for Russian shall know why the answer is English. */
static void note_language(struct cli *c)
{
	if (cli_is_russian(c) && c->command != CLI_CMD_explain &&
	    c->command != CLI_CMD_diagnose && c->command != CLI_CMD_analyze &&
	    c->command != CLI_CMD_check)
		cli_note(&c->out, CLI_DIM,
			 "sendwell: команда %s пока говорит только по-английски "
			 "(по-русски: sendwell explain, diagnose, analyze, check)",
			 cli_command_name(c->command));
}

/* The options of general kind, as far as they are known yet.  Called once for the command line
 * and the environment, so that complaints about the configuration look as wanted, and once for
 * all. */
static int take_general(struct cli *c)
{
	const char *color = cli_values_text(&c->values, CLI_OPT_COLOR);
	char origin[CLI_ORIGIN_SIZE];

	c->out.json = cli_values_is_on(&c->values, CLI_OPT_JSON);
	c->out.quiet = cli_values_is_on(&c->values, CLI_OPT_QUIET);
	c->out.verbose = cli_values_is_on(&c->values, CLI_OPT_VERBOSE) && !c->out.quiet;
	if (!cli_out_color(&c->out, color ? color : "auto")) {
		cli_values_origin(&c->values, CLI_OPT_COLOR, 0, origin);
		return cli_fail(&c->out, cli_values_blame(&c->values, CLI_OPT_COLOR),
				"%s: '%s', expected auto, always or never", origin, color);
	}
	return check_lang(c);
}

static int prepare(struct cli *c)
{
	int status;

	c->out.json = cli_values_is_on(&c->values, CLI_OPT_JSON);
	status = cli_env_load(c);
	if (!status)
		status = take_general(c);
	if (!status)
		cli_env_note_slips(c);
	if (!status && needs_config(c->command))
		status = cli_config_load(c);
	if (!status)
		status = take_general(c);
	return status ? status : cli_settle(c);
}

static int run(struct cli *c, int argc, char **argv)
{
	int status;

	(void)cli_out_color(&c->out, "auto");
	status = cli_sendmail_called(argv[0]) ? cli_sendmail_parse(c, argc, argv)
					      : cli_parse(c, argc, argv);
	if (status)
		return status;
	if (c->want_version && !c->has_command) {
		cli_say(&c->out, CLI_PLAIN, "sendwell %s", sw_version());
		return EX_OK;
	}
	if (c->want_help && !c->has_command) {
		cli_help_program(c);
		return EX_OK;
	}
	c->out.json = cli_values_is_on(&c->values, CLI_OPT_JSON);
	if (!c->has_command)
		return cli_fail(&c->out, EX_USAGE,
				"no command given; 'sendwell --help' lists them");
	if (c->want_help || c->want_version) {
		c->command = c->want_help ? c->command : CLI_CMD_version;
		if (c->want_help)
			cli_help_command(c, c->command);
		return c->want_help ? EX_OK : cli_run_version(c);
	}
	/* No configuration is needed to say that there is no queue. */
	if (c->sendmail.job > CLI_SENDMAIL_SEND)
		return cli_run_sendmail(c);
	status = prepare(c);
	if (status)
		return status;
	if (c->sendmail.job)
		return cli_run_sendmail(c);
	note_language(c);
	return runs[c->command](c);
}

int main(int argc, char **argv)
{
	struct cli c = { .values.config_path = "" };

	/* Before any of them is used; where it is refused, less of a lack of memory is seen. */
	(void)sw_memory_watch();
	cli_out_begin();
	/* Whoever reads our output may stop reading; that is seen when writing. */
	(void)signal(SIGPIPE, SIG_IGN);
	/* A file that may not grow (ulimit -f) is one that cannot be written: no reason to die
	 * while messages are under way. */
	(void)signal(SIGXFSZ, SIG_IGN);
	int status = run(&c, argc, argv);

	status = cli_out_end(&c.out, status);
	cli_values_fini(&c.values);
	cli_config_fini(&c.config);
	cli_free(c.preset_server);
	cli_free(c.preset_user);
	cli_free(c.preset_deadline);
	cli_out_fini(&c.out);
	return status;
}
