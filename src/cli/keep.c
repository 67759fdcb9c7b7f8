/* SPDX-License-Identifier: MIT */
/* What is kept of a call: the transcript, the case, the last failed case. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include <sendwell/file.h>

#include "cli/session.h"

static bool is_stdout(const char *path)
{
	return path && strcmp(path, "-") == 0;
}

/* The directory is looked at now, so that a slip in the path is told before a message is sent.
 * Writing may still fail later. */
static int check_path(struct cli *c, enum cli_option_id id)
{
	const char *path = cli_values_text(&c->values, id);
	char origin[CLI_ORIGIN_SIZE];
	struct stat st;

	if (!path || is_stdout(path))
		return 0;
	cli_values_origin(&c->values, id, 0, origin);
	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
		return cli_fail(&c->out, EX_CANTCREAT, "%s: %s is no regular file", origin,
				path);
	const char *slash = strrchr(path, '/');
	char *dir = slash ? cli_printf("%.*s/", (int)(slash - path), path) : cli_dup(".");

	if (!dir)
		return cli_fail_nomem(&c->out);
	int status = access(dir, W_OK | X_OK) == 0
			     ? 0
			     : cli_fail(&c->out, EX_CANTCREAT,
					"%s: a file cannot be made in %s: %m", origin, dir);

	cli_free(dir);
	return status;
}

bool cli_keep_has_stdout(const struct cli *c)
{
	static const enum cli_option_id ids[] = { CLI_OPT_SAVE, CLI_OPT_REPORT_HTML,
						  CLI_OPT_SHARE };

	for (size_t i = 0; i < CLI_LEN(ids); i++)
		if (is_stdout(cli_values_text(&c->values, ids[i])))
			return true;
	return false;
}

int cli_keep_check(struct cli *c)
{
	const char *transcript = cli_values_text(&c->values, CLI_OPT_TRANSCRIPT);
	const char *save = cli_values_text(&c->values, CLI_OPT_SAVE);

	const char *html = cli_values_text(&c->values, CLI_OPT_REPORT_HTML);
	const char *share = cli_values_text(&c->values, CLI_OPT_SHARE);

	bool results = c->out.json || is_stdout(cli_values_text(&c->values, CLI_OPT_RESULTS));

	if (is_stdout(transcript) + is_stdout(save) + is_stdout(html) + is_stdout(share) +
		    results >
	    1)
		return cli_fail(&c->out, EX_USAGE,
				"only one of --json and of the files to write that are - "
				"can have standard output");
	static const enum cli_option_id files[] = { CLI_OPT_TRANSCRIPT, CLI_OPT_SAVE,
						    CLI_OPT_REPORT_HTML, CLI_OPT_SHARE };
	int status = 0;

	for (size_t i = 0; !status && i < CLI_LEN(files); i++)
		status = check_path(c, files[i]);
	return status;
}

/* Results are for their owner: addresses and subjects stand in them. True: there is a file. */
bool cli_keep_text(struct cli *c, enum cli_option_id id, const char *text)
{
	const char *path = cli_values_text(&c->values, id);
	char error[512];

	if (!path)
		return false;
	if (!text) {
		c->out.file_lost = true;
		cli_complain(&c->out, "%s: %s", path, sw_err_text(SW_E_NOMEM));
		return false;
	}
	if (is_stdout(path)) {
		cli_say_lines(&c->out, CLI_PLAIN, "", text);
		return false;
	}
	if (!sw_file_save(path, 0600, text, strlen(text), error, sizeof(error)))
		return true;
	c->out.file_lost = true;
	cli_complain(&c->out, "%s", error);
	return false;
}

/* $XDG_STATE_HOME/sendwell, NULL when there is no home or no memory. A home that is not there
 * is not made: Debian gives services /nonexistent, and means it. */
static char *state_dir(void)
{
	const char *xdg = getenv("XDG_STATE_HOME");
	const char *home = getenv("HOME");

	if (xdg && *xdg == '/')
		return cli_printf("%s/sendwell", xdg);
	if (home && *home == '/' && access(home, F_OK) == 0)
		return cli_printf("%s/.local/state/sendwell", home);
	return NULL;
}

char *cli_keep_path(const char *name)
{
	char *dir = state_dir();
	char *path = dir ? cli_printf("%s/%s", dir, name) : NULL;

	cli_free(dir);
	return path;
}

/* The path that is told, cli_free; NULL: not kept. */
static char *keep_last(struct cli *c, const char *text)
{
	char *dir = state_dir();
	char *path = dir ? cli_printf("%s/last.json", dir) : NULL;
	char error[512];

	if (!text || !path || sw_file_make_dir(dir, error, sizeof(error)) ||
	    sw_file_save(path, 0600, text, strlen(text), error, sizeof(error))) {
		if (text && path && c->out.verbose)
			cli_note(&c->out, CLI_WARN, "sendwell: the case was not kept: %s",
				 error);
		cli_free(path);
		path = NULL;
	}
	cli_free(dir);
	return path;
}

void cli_keep_failure(struct cli *c, struct sw_result *result)
{
	(void)!sw_result_set_language(result, cli_is_russian(c) ? "ru" : "en");
	char *last = keep_last(c, sw_result_case_json(result));

	if (last)
		(void)!sw_result_set_case_path(result, last);
	cli_free(last);
}

void cli_keep(struct cli_session *s, struct sw_result *result)
{
	struct cli *c = s->c;
	bool failed = sw_result_exit_status(result) != EX_OK;
	const char *path = NULL;
	char *last = NULL;

	/* Best effort both: the JSON without a path, or in English, is right, too. */
	(void)!sw_result_set_language(result, cli_is_russian(c) ? "ru" : "en");
	if (cli_values_text(&c->values, CLI_OPT_TRANSCRIPT))
		(void)cli_keep_text(c, CLI_OPT_TRANSCRIPT, sw_mailer_transcript(s->mailer));
	if (cli_values_text(&c->values, CLI_OPT_SAVE) &&
	    cli_keep_text(c, CLI_OPT_SAVE, sw_result_case_json(result)))
		path = cli_values_text(&c->values, CLI_OPT_SAVE);
	if (failed)
		last = keep_last(c, sw_result_case_json(result));
	if (path || last)
		(void)!sw_result_set_case_path(result, path ? path : last);
	cli_free(last);
}
