/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include <sendwell/file.h>

#include "cli/analyze.h"
#include "cli/rules.h"

enum {
	EXIT_WRONG = 1,    /* something is: failed, delayed, a complaint */
	EXIT_UNTESTED = 2, /* something could not be read whole */
};

struct run {
	struct cli *c;
	struct sw_explainer *e;
	struct sw_mail_source *source;
	struct analyze_sum sum;
	size_t at;      /* of the arguments */
	bool list_only; /* --suppress-list - */
	bool wrong;
};

/* 0, or the status of what was wrong and told. */
static int check_arguments(struct cli *c)
{
	const char *type = cli_values_text(&c->values, CLI_OPT_TYPE);
	const char *list = cli_values_text(&c->values, CLI_OPT_SUPPRESS_LIST);
	size_t inputs = 0;

	if (type && strcmp(type, "auto") != 0 && strcmp(type, "bounce") != 0)
		return cli_fail(
			&c->out, EX_USAGE,
			"--type: '%s' is nothing that this version reads, expected auto or "
			"bounce",
			type);
	if (c->arg_count == 0)
		return cli_fail(
			&c->out, EX_USAGE,
			"analyze what? expected files, mailboxes or folders with bounces, or "
			"- to read standard input");
	for (size_t i = 0; i < c->arg_count; i++)
		inputs += strcmp(c->args[i], "-") == 0;
	if (inputs > 1)
		return cli_fail(&c->out, EX_USAGE, "standard input can be read once only");
	if (list && strcmp(list, "-") == 0 && c->out.json)
		return cli_fail(
			&c->out, EX_USAGE,
			"--suppress-list - and --json both go to standard output; name a file "
			"for the list");
	if (list && !*list)
		return cli_fail(&c->out, EX_USAGE, "--suppress-list: expected a file, or -");
	return 0;
}

/* Without memory there is no going on. */
static int show(struct run *r, struct sw_bounce_report *report, const struct sw_mail *mail)
{
	struct cli *c = r->c;

	cli_analyze_add(&r->sum, report, mail);
	if (r->sum.nomem)
		return cli_fail_nomem(&c->out);
	r->wrong |= sw_bounce_report_status(report) == EXIT_WRONG;
	if (c->out.json) {
		const char *json = sw_bounce_report_json(report, mail->file, mail->index);

		if (!json)
			return cli_fail_nomem(&c->out);
		cli_say_json(&c->out, json);
	} else if (!c->out.quiet && !r->list_only) {
		cli_analyze_show(c, report, mail);
	}
	return 0;
}

static int read_mail(struct run *r, const struct sw_mail *mail)
{
	struct sw_bounce_report *report = NULL;
	enum sw_err code = sw_bounce_report_read(r->e, mail->bytes, mail->len, &report);

	if (code)
		return cli_fail(&r->c->out, sw_err_exit_status(code), "%s",
				sw_explainer_error_text(r->e));
	if (mail->cut)
		sw_bounce_report_set_cut(report);
	int status = show(r, report, mail);

	sw_bounce_report_free(report);
	return status;
}

/* What cannot be read is told, and does not stop the others. */
static int tell_unreadable(struct run *r, enum sw_err code)
{
	if (code == SW_E_NOMEM)
		return cli_fail_nomem(&r->c->out);
	(void)cli_fail(&r->c->out, EX_NOINPUT, "%s", sw_mail_source_error_text(r->source));
	r->sum.unreadable++;
	return 0;
}

static enum sw_err open_argument(struct run *r, const char *path)
{
	if (strcmp(path, "-") != 0)
		return sw_mail_source_open(r->source, path);
	if (isatty(STDIN_FILENO))
		cli_note(&r->c->out, CLI_DIM, "paste the message, then press Ctrl-D");
	return sw_mail_source_open_fd(r->source, STDIN_FILENO, "-");
}

static int read_argument(struct run *r, const char *path)
{
	struct cli *c = r->c;
	enum sw_err code = open_argument(r, path);
	struct sw_mail mail;
	int status = 0;

	if (code)
		return tell_unreadable(r, code);
	/* Whoever closed the pipe has seen enough. */
	while (!status && !ferror(stdout)) {
		code = sw_mail_source_next(r->source, &mail);
		if (code)
			status = tell_unreadable(r, code);
		else if (mail.file)
			status = read_mail(r, &mail);
		else
			break;
		if (cli_analyze_progress_due())
			cli_analyze_progress(c, r->at, c->arg_count,
					     sw_mail_source_permille(r->source),
					     r->sum.messages);
	}
	return status;
}

static int write_list(struct run *r)
{
	const char *path = cli_values_text(&r->c->values, CLI_OPT_SUPPRESS_LIST);
	char why[512];

	if (!path)
		return 0;
	for (size_t i = 0; r->list_only && i < r->sum.address_count; i++)
		cli_say(&r->c->out, CLI_PLAIN, "%s", r->sum.addresses[i]);
	if (r->list_only)
		return 0;
	char *text = cli_analyze_addresses(&r->sum);

	if (!text)
		return cli_fail_nomem(&r->c->out);
	/* Addresses of people: for their owner alone. */
	enum sw_err code = sw_file_save(path, 0600, text, strlen(text), why, sizeof(why));

	cli_free(text);
	return code ? cli_fail(&r->c->out, sw_err_exit_status(code), "--suppress-list: %s",
			       why)
		    : 0;
}

static int end(struct run *r)
{
	struct cli *c = r->c;
	int status = write_list(r);

	if (r->sum.too_many)
		cli_complain(&c->out,
			     "more than a million addresses to stop mailing; the others are "
			     "left out of the list");
	if (!c->out.quiet && !r->list_only && !c->out.json && r->sum.messages > 0)
		cli_analyze_show_sum(c, &r->sum);
	if (status)
		return status;
	if (r->sum.messages == 0 && r->sum.unreadable > 0)
		return EX_NOINPUT;
	if (r->sum.messages == 0)
		cli_note(&c->out, CLI_DIM, "sendwell: %s",
			 cli_is_russian(c) ? "здесь нет ни одного письма"
					   : "there is no message");
	if (r->wrong)
		return EXIT_WRONG;
	return r->sum.cut || r->sum.unreadable || r->sum.too_many ? EXIT_UNTESTED : EX_OK;
}

static int run(struct run *r)
{
	struct cli *c = r->c;
	int status = cli_rules_load(c, r->e);

	if (status)
		return status;
	cli_analyze_progress_start(c);
	for (r->at = 0; !status && r->at < c->arg_count && !ferror(stdout); r->at++)
		status = read_argument(r, c->args[r->at]);
	cli_analyze_progress_end(c);
	return status ? status : end(r);
}

int cli_run_analyze(struct cli *c)
{
	const char *list = cli_values_text(&c->values, CLI_OPT_SUPPRESS_LIST);
	struct run r = { .c = c, .list_only = list && strcmp(list, "-") == 0 };
	int status = check_arguments(c);

	if (status)
		return status;
	r.e = sw_explainer_new();
	r.source = sw_mail_source_new();
	status = r.e && r.source ? run(&r) : cli_fail_nomem(&c->out);
	cli_analyze_sum_fini(&r.sum);
	sw_mail_source_free(r.source);
	sw_explainer_free(r.e);
	return status;
}
