/* SPDX-License-Identifier: MIT */
/* The cause of a failed delivery: of a server, or of a case that was kept. */
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include <sendwell/file.h>
#include <sendwell/text.h>

#include "cli/diagnose.h"
#include "cli/rules.h"
#include "cli/session.h"

enum {
	CASE_MOST = 64 * 1024 * 1024,
};

static int check_arguments(struct cli *c)
{
	bool last = cli_values_is_on(&c->values, CLI_OPT_LAST);
	const char *path = cli_values_text(&c->values, CLI_OPT_CASE);

	if (last && path)
		return cli_fail(&c->out, EX_USAGE, "--last and --case exclude each other");
	if (c->arg_count > 0 && (last || path))
		return cli_fail(&c->out, EX_USAGE,
				"diagnose: '%s', expected nothing beside --last or --case",
				c->args[0]);
	if (c->arg_count > 1)
		return cli_fail(&c->out, EX_USAGE, "diagnose: '%s', expected one target",
				c->args[1]);
	if (!last && !path && c->arg_count == 0 &&
	    !cli_values_text(&c->values, CLI_OPT_SERVER) &&
	    !cli_values_count(&c->values, CLI_OPT_TO))
		return cli_fail(&c->out, EX_USAGE,
				"diagnose what? expected HOST[:PORT], a URL, USER@DOMAIN, "
				"--last or --case FILE");
	return 0;
}

static bool depth_is(const struct cli *c, const char *text)
{
	const char *depth = cli_values_text(&c->values, CLI_OPT_DEPTH);

	return depth && strcmp(depth, text) == 0;
}

/* A case is judged as it is, unless the command line itself wants to look further. */
static bool is_offline(const struct cli *c)
{
	bool told = cli_values_text(&c->values, CLI_OPT_DEPTH) &&
		    c->values.slots[CLI_OPT_DEPTH].layer == CLI_LAYER_ARGS;

	return (cli_values_text(&c->values, CLI_OPT_CASE) && !told) || depth_is(c, "0");
}

/* A case of a file that `send` wrote for many messages. */
struct one_case {
	const char *from;
	size_t len;
	bool failed;
};

/* Each begins a line with its schema; in none of the others can that stand. */
static bool next_case(const struct sw_file *file, const char **at, struct one_case *ret)
{
	static const char head[] = "{\"schema\":\"sendwell/case/";
	static const char accepted[] = "\"outcome\":\"accepted\"";
	const char *end = file->bytes + file->len, *next = *at + 1;

	if (*at >= end || strncmp(*at, head, sizeof(head) - 1) != 0)
		return false;
	for (; next < end; next++)
		if (next[-1] == '\n' && strncmp(next, head, sizeof(head) - 1) == 0)
			break;
	const char *line = memchr(*at, '\n', (size_t)(next - *at));
	size_t first = line ? (size_t)(line - *at) : (size_t)(next - *at);

	*ret = (struct one_case){ *at, (size_t)(next - *at),
				  !memmem(*at, first, accepted, sizeof(accepted) - 1) };
	*at = next;
	return true;
}

/* FILE:3 is the third case of FILE; cli_free, NULL: it is no such path, or no memory. */
static char *split_number(const char *path, unsigned long *ret)
{
	const char *colon = strrchr(path, ':');
	char *end;

	if (!colon || colon[1] < '1' || colon[1] > '9' || access(path, F_OK) == 0)
		return NULL;
	*ret = strtoul(colon + 1, &end, 10);
	return *end ? NULL : cli_printf("%.*s", (int)(colon - path), path);
}

/* Leaves the one that was asked for in the file; of several one must be. */
static int choose_case(struct cli *c, const char *path, unsigned long wanted,
		       struct sw_file *file)
{
	const char *at = file->bytes;
	struct one_case one, chosen = { NULL, 0, false };
	unsigned long count = 0, failed = 0, first = 0;

	while (at && next_case(file, &at, &one)) {
		count++;
		failed += one.failed;
		first = one.failed && !first ? count : first;
		if (count == wanted || (!wanted && count == 1))
			chosen = one;
	}
	if (wanted > count)
		return cli_fail(&c->out, EX_NOINPUT, "%s has %lu case%s, and there is no %lu",
				path, count, count == 1 ? "" : "s", wanted);
	if (!wanted && count > 1)
		return cli_fail(
			&c->out, EX_USAGE,
			"%s has %lu cases, %lu of them failed; expected --case %s:N%s%.0lu",
			path, count, failed, path, first ? ", the first that failed is " : "",
			first);
	if (wanted) {
		memmove(file->bytes, chosen.from, chosen.len);
		file->bytes[chosen.len] = '\0';
		file->len = chosen.len;
	}
	return 0;
}

static int load_case(struct cli *c, struct sw_file *ret)
{
	const char *path = cli_values_text(&c->values, CLI_OPT_CASE);
	unsigned long number = 0;
	char *last = path ? split_number(path, &number) : cli_keep_path("last.json");
	char error[512];
	int status = 0;

	path = path && last ? last : path;

	if (!path && !last)
		return cli_fail(&c->out, EX_NOINPUT,
				"there is no home directory in which a last case could be");
	if (!path && access(last, F_OK) != 0)
		status = cli_fail(&c->out, EX_NOINPUT,
				  "no failed send or verify is kept: there is no %s", last);
	if (!status) {
		enum sw_err code =
			sw_file_load(path ? path : last, CASE_MOST, ret, error, sizeof(error));

		if (code)
			status = cli_fail(&c->out, sw_err_exit_status(code), "%s", error);
		else
			status = choose_case(c, path ? path : last, number, ret);
	}
	cli_free(last);
	return status;
}

static int judge_case(struct cli *c, struct sw_explainer *e, const struct sw_file *file,
		      struct sw_diagnosis **ret)
{
	enum sw_err code = sw_diagnose_case(e, file->bytes ? file->bytes : "", file->len, ret);

	if (code)
		return cli_fail(&c->out, sw_err_exit_status(code), "%s: %s",
				cli_values_text(&c->values, CLI_OPT_CASE)
					? cli_values_text(&c->values, CLI_OPT_CASE)
					: "the last case",
				sw_explainer_error_text(e));
	return 0;
}

static int show(struct cli *c, struct sw_diagnosis *d)
{
	int status = sw_diagnosis_exit_status(d);

	c->out.status_is_final = true;
	if (c->out.json) {
		const char *json = sw_diagnosis_json(d);

		if (json)
			cli_say_json(&c->out, json);
		else
			status = cli_fail_nomem(&c->out);
	} else if (!c->out.quiet && !cli_keep_has_stdout(c)) {
		cli_diagnose_show(c, d);
	}
	return status;
}

/* What cannot be written is told; the verdict counts. */
static void write_reports(struct cli *c, const struct sw_diagnosis *d)
{
	static const struct {
		enum cli_option_id id;
		char *(*make)(const struct sw_diagnosis *d);
	} rows[] = { { CLI_OPT_REPORT_HTML, sw_diagnosis_html },
		     { CLI_OPT_SHARE, sw_diagnosis_share } };

	for (size_t i = 0; i < CLI_LEN(rows); i++) {
		if (!cli_values_text(&c->values, rows[i].id))
			continue;
		char *text = rows[i].make(d);

		if (text)
			(void)cli_keep_text(c, rows[i].id, text);
		else
			(void)cli_fail_nomem(&c->out);
		sw_text_free(text);
	}
}

static int diagnose(struct cli *c, struct sw_explainer *e)
{
	bool kept = cli_values_is_on(&c->values, CLI_OPT_LAST) ||
		    cli_values_text(&c->values, CLI_OPT_CASE);
	struct sw_file file = { 0 };
	struct sw_diagnosis *d = NULL;
	int status = kept ? load_case(c, &file) : 0;

	if (!status)
		status = kept && is_offline(c)
				 ? judge_case(c, e, &file, &d)
				 : cli_diagnose_live(c, e, kept ? &file : NULL,
						     c->arg_count ? c->args[0] : NULL, &d);
	if (!status) {
		(void)cli_keep_text(c, CLI_OPT_SAVE, sw_diagnosis_case_json(d));
		write_reports(c, d);
		status = show(c, d);
	}
	sw_diagnosis_free(d);
	sw_file_clear(&file);
	return status;
}

static int start(struct cli *c, struct sw_explainer *e)
{
	if (sw_explainer_set(e, "language", cli_is_russian(c) ? "ru" : "en"))
		return cli_fail_nomem(&c->out);
	const char *log = cli_values_text(&c->values, CLI_OPT_MAIL_LOG);

	if (log && strcmp(log, "none") == 0)
		log = NULL;
	else if (!log)
		log = "auto";
	enum sw_err code = sw_explainer_set(e, "mail-log", log);

	if (code)
		return cli_fail(&c->out, sw_err_exit_status(code), "--mail-log: %s",
				sw_explainer_error_text(e));
	return cli_rules_load(c, e);
}

int cli_run_diagnose(struct cli *c)
{
	struct sw_explainer *e = NULL;
	int status = check_arguments(c);

	if (!status)
		status = cli_keep_check(c);
	if (status)
		return status;
	e = sw_explainer_new();
	if (!e)
		return cli_fail_nomem(&c->out);
	status = start(c, e);
	if (!status)
		status = diagnose(c, e);
	sw_explainer_free(e);
	return status;
}

void cli_diagnose_brief(struct cli *c, const struct sw_result *result)
{
	struct sw_explainer *e = sw_explainer_new();
	struct sw_diagnosis *d = NULL;

	/* The result was told; what else can be said of it is a gift. Rules of the user's own
	 * are asked by `diagnose`: here nobody wants complaints about them. */
	if (e && !sw_explainer_set(e, "language", cli_is_russian(c) ? "ru" : "en") &&
	    !sw_diagnose_result(e, result, &d) && *sw_diagnosis_brief(d)) {
		const char *brief = sw_diagnosis_brief(d);
		size_t first = strcspn(brief, "\n");

		cli_say(&c->out, CLI_STRONG, "%s %.*s",
			cli_is_russian(c) ? "причина" : "cause  ", (int)first, brief);
		if (brief[first])
			cli_say(&c->out, CLI_PLAIN, "        %s", brief + first + 1);
	}
	sw_diagnosis_free(d);
	sw_explainer_free(e);
}
