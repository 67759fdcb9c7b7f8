/* SPDX-License-Identifier: MIT */
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "cli/dkim.h"
#include "cli/mem.h"
#include "cli/session.h"

static int failed(struct cli *c, const struct sw_message *m, enum sw_err code)
{
	return cli_fail(&c->out, sw_err_exit_status(code), "%s", sw_message_error_text(m));
}

/* One of a list: "a@b", "Name <a@b>", or a user of this machine. */
static int add_one(struct cli *c, struct sw_message *m, const char *text, size_t len)
{
	const char *open = memchr(text, '<', len);
	const char *local = cli_values_text(&c->values, CLI_OPT_LOCAL_TO);

	if (open) {
		len -= (size_t)(open + 1 - text);
		text = open + 1;
		len = memchr(text, '>', len)
			      ? (size_t)((const char *)memchr(text, '>', len) - text)
			      : len;
	}
	for (; len > 0 && (*text == ' ' || *text == '\t'); len--)
		text++;
	while (len > 0 && (text[len - 1] == ' ' || text[len - 1] == '\t'))
		len--;
	if (len == 0)
		return 0;
	if (!memchr(text, '@', len) && !local)
		return cli_fail(
			&c->out, EX_NOUSER,
			"'%.*s' is a user of this machine, and nothing is delivered here; set "
			"'local-to = ADDRESS' in the configuration",
			(int)len, text);
	char *address =
		memchr(text, '@', len) ? cli_printf("%.*s", (int)len, text) : cli_dup(local);
	enum sw_err code = address ? sw_message_add_recipient(m, address) : SW_E_NOMEM;

	cli_free(address);
	return code == SW_E_NOMEM ? cli_fail_nomem(&c->out) : code ? failed(c, m, code) : 0;
}

/* Commas part, but not in quotes. */
static int add_list(struct cli *c, struct sw_message *m, const char *list)
{
	int status = 0;

	while (!status && *list) {
		size_t len = 0;

		for (bool quoted = false; list[len] && (quoted || list[len] != ','); len++) {
			quoted = list[len] == '"' ? !quoted : quoted;
			len += quoted && list[len] == '\\' && list[len + 1];
		}
		status = add_one(c, m, list, len);
		list += len + (list[len] == ',');
	}
	return status;
}

/* Whom nobody named: the one of the configuration, or who logs in. */
static const char *known_sender(const struct cli *c)
{
	static const enum cli_option_id ids[] = { CLI_OPT_FROM, CLI_OPT_ENVELOPE_FROM,
						  CLI_OPT_USER };

	for (size_t i = 0; i < CLI_LEN(ids); i++) {
		const char *text = cli_values_text(&c->values, ids[i]);

		if (text && strchr(text, '@'))
			return text;
	}
	return NULL;
}

static int set_sender(struct cli *c, struct sw_message *m, bool from_stays)
{
	const char *bounces = cli_values_text(&c->values, CLI_OPT_ENVELOPE_FROM);
	const char *from = cli_values_text(&c->values, CLI_OPT_FROM);
	enum sw_err code = SW_OK;

	/* What the configuration says goes before the message's own From: servers refuse
	 * senders that are not those of the login. */
	if (!bounces && from)
		bounces = from;
	else if (!bounces && !from_stays)
		bounces = known_sender(c);
	const char *open = bounces ? strrchr(bounces, '<') : NULL;
	char *address =
		!bounces || strcmp(bounces, "<>") == 0
			? NULL
			: cli_printf("%.*s", (int)strcspn(open ? open + 1 : bounces, ">"),
				     open ? open + 1 : bounces);

	if (bounces && !address && strcmp(bounces, "<>") != 0)
		return cli_fail_nomem(&c->out);
	if (bounces)
		code = sw_message_envelope_from(m, address ? address : "<>");
	cli_free(address);
	return code ? failed(c, m, code) : 0;
}

static int make(struct cli *c, struct sw_dkim_keys *keys, struct sw_message *m)
{
	bool from_stays = false;
	int status = cli_sendmail_load(c, known_sender(c), m, &from_stays);
	enum sw_err code = SW_OK;

	if (!status)
		status = set_sender(c, m, from_stays);
	for (size_t i = 0; !status && i < c->arg_count; i++)
		status = add_list(c, m, c->args[i]);
	if (!status && c->sendmail.from_header)
		code = sw_message_recipients_from_header(m);
	if (!status && !code)
		code = sw_message_sign(m, keys);
	if (!status && !code)
		code = sw_message_finish(m);
	return code ? failed(c, m, code) : status;
}

static int send_it(struct cli *c)
{
	struct cli_session s;
	struct sw_dkim_keys *keys = NULL;
	struct sw_message *m = sw_message_new();
	int status;

	if (!m)
		return cli_fail_nomem(&c->out);
	status = cli_session_start(&s, c);
	if (!status)
		status = cli_keep_check(c);
	if (!status)
		status = cli_dkim_keys(c, &keys);
	if (!status)
		status = make(c, keys, m);
	if (!status)
		status = cli_deliver(&s, m);
	sw_message_free(m);
	sw_dkim_keys_free(keys);
	cli_session_end(&s);
	return status;
}

int cli_run_sendmail(struct cli *c)
{
	if (c->sendmail.job == CLI_SENDMAIL_QUEUE)
		cli_say(&c->out, CLI_PLAIN, "Mail queue is empty");
	if (c->sendmail.job != CLI_SENDMAIL_SEND)
		return EX_OK;
	if (c->arg_count == 0 && !c->sendmail.from_header)
		return cli_fail(
			&c->out, EX_USAGE,
			"no recipient; name some, or give -t to take those of the header");
	/* Whoever calls sendmail looks for complaints in one place. */
	if (dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
		return cli_fail(&c->out, EX_OSERR, "standard output: %m");
	return send_it(c);
}
