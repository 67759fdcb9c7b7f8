/* SPDX-License-Identifier: MIT */
#include <sysexits.h>

#include "cli/dkim.h"
#include "cli/many.h"
#include "cli/session.h"

int cli_deliver(struct cli_session *s, struct sw_message *message)
{
	struct sw_result *result = NULL;
	int status = cli_session_secret(s);

	if (status)
		return status;
	cli_session_enter(s);
	enum sw_err code = sw_mailer_send(s->mailer, message, &result);

	cli_session_leave(s);
	if (code)
		return cli_session_failed(s, code);
	status = sw_result_exit_status(result);
	/* From here on the status tells what became of the message, whatever else goes wrong:
	 * a script that tries again because of a full disk would send it twice. */
	s->c->out.status_is_final = true;
	cli_keep(s, result);
	cli_report_send(s->c, result);
	sw_result_free(result);
	return status;
}

int cli_run_send(struct cli *c)
{
	struct cli_session s;
	struct sw_message *message = NULL;
	struct sw_dkim_keys *keys = NULL;
	if (cli_many_wanted(c))
		return cli_run_many(c);
	/* What can be wrong without a server comes first, what waits for people last. */
	int status = cli_session_start(&s, c);

	if (!status)
		status = cli_keep_check(c);
	if (!status)
		status = cli_dkim_keys(c, &keys);
	if (!status)
		status = cli_message_make(c, keys, &message);
	if (!status && !cli_values_is_on(&c->values, CLI_OPT_DRY_RUN))
		status = cli_dkim_check(c, keys);
	if (!status)
		status = cli_values_is_on(&c->values, CLI_OPT_DRY_RUN)
				 ? cli_message_show(&s, message)
				 : cli_deliver(&s, message);
	sw_message_free(message);
	sw_dkim_keys_free(keys);
	cli_session_end(&s);
	return status;
}
