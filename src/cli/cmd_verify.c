/* SPDX-License-Identifier: MIT */
#include <string.h>
#include <sysexits.h>

#include "cli/session.h"

enum what { CONNECTION, LOGIN, RECIPIENTS };

static const char *const what_names[] = {
	[CONNECTION] = "connection",
	[LOGIN] = "login",
	[RECIPIENTS] = "recipients",
};

static int find_what(struct cli *c, enum what *ret)
{
	if (c->arg_count == 0)
		return cli_fail(&c->out, EX_USAGE,
				"verify what? expected connection, login or "
				"recipients");
	for (size_t i = 0; i < CLI_LEN(what_names); i++)
		if (strcmp(c->args[0], what_names[i]) == 0) {
			*ret = (enum what)i;
			return 0;
		}
	return cli_fail(&c->out, EX_USAGE,
			"verify: '%s', expected connection, login or recipients", c->args[0]);
}

/* Recipients: arguments after the word, then --to.  Their number is known from both. */
static int verify_recipients(struct cli_session *s, struct sw_result **ret)
{
	struct cli *c = s->c;
	const char *envelope = cli_values_text(&c->values, CLI_OPT_ENVELOPE_FROM);
	const char *sender = envelope ? envelope : cli_values_text(&c->values, CLI_OPT_FROM);
	size_t args = c->arg_count - 1, more = cli_values_count(&c->values, CLI_OPT_TO);
	const char **list = cli_grow(NULL, args + more, sizeof(*list));

	if (!list)
		return cli_fail_nomem(&c->out);
	for (size_t i = 0; i < args; i++)
		list[i] = c->args[i + 1];
	for (size_t i = 0; i < more; i++)
		list[args + i] = cli_values_get(&c->values, CLI_OPT_TO, i);
	cli_session_enter(s);
	enum sw_err code =
		sw_mailer_verify_recipients(s->mailer, sender, list, args + more, ret);

	cli_session_leave(s);
	cli_free(list);
	return code ? cli_session_failed(s, code) : 0;
}

static int verify_session(struct cli_session *s, enum what what, struct sw_result **ret)
{
	cli_session_enter(s);
	enum sw_err code = what == LOGIN ? sw_mailer_verify_login(s->mailer, ret)
					 : sw_mailer_verify_connection(s->mailer, ret);

	cli_session_leave(s);
	return code ? cli_session_failed(s, code) : 0;
}

static int check_arguments(struct cli *c, enum what what)
{
	size_t recipients = c->arg_count - 1 + cli_values_count(&c->values, CLI_OPT_TO);

	if (what == RECIPIENTS && recipients == 0)
		return cli_fail(&c->out, EX_USAGE,
				"no recipient is named; expected RCPT or --to");
	if (what != RECIPIENTS && c->arg_count > 1)
		return cli_fail(&c->out, EX_USAGE,
				"verify %s takes no recipients, there is '%s'",
				what_names[what], c->args[1]);
	return 0;
}

static int verify(struct cli_session *s, enum what what)
{
	struct sw_result *result = NULL;
	/* To look at the connection no login is needed. */
	int status = what == CONNECTION ? 0 : cli_session_secret(s);

	if (!status)
		status = what == RECIPIENTS ? verify_recipients(s, &result)
					    : verify_session(s, what, &result);
	if (status)
		return status;
	status = sw_result_exit_status(result);
	cli_keep(s, result);
	cli_report_verify(s->c, result, what_names[what]);
	sw_result_free(result);
	return status;
}

int cli_run_verify(struct cli *c)
{
	struct cli_session s = { .c = c };
	enum what what = CONNECTION;
	int status = find_what(c, &what);

	if (!status)
		status = check_arguments(c, what);
	if (!status)
		status = cli_session_start(&s, c);
	if (!status)
		status = cli_keep_check(c);
	if (!status)
		status = verify(&s, what);
	cli_session_end(&s);
	return status;
}
