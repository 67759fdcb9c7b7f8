/* SPDX-License-Identifier: MIT */
/* A message from options: composed, or ready from a file. */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "cli/session.h"
#include "cli/spec.h"

struct making {
	struct cli *c;
	struct sw_message *message;
};

static bool is_given(const struct cli *c, enum cli_option_id id)
{
	return cli_values_count(&c->values, id) > 0;
}

static bool is_stdin(const struct cli *c, enum cli_option_id id)
{
	const char *text = cli_values_text(&c->values, id);

	return text && strcmp(text, "-") == 0;
}

/* Status of a call that took the i-th value of an option; tells what was wrong. */
static int taken(struct making *m, enum cli_option_id id, size_t i, enum sw_err code)
{
	char origin[CLI_ORIGIN_SIZE];

	if (!code)
		return 0;
	cli_values_origin(&m->c->values, id, i, origin);
	return cli_fail(&m->c->out,
			code == SW_E_USAGE ? cli_values_blame(&m->c->values, id)
					   : sw_err_exit_status(code),
			"%s: %s", origin, sw_message_error_text(m->message));
}

typedef enum sw_err (*text_fn)(struct sw_message *m, const char *text);

/* Calls fn with every value of an option. */
static int take_all(struct making *m, enum cli_option_id id, text_fn fn)
{
	int status = 0;

	for (size_t i = 0; !status && i < cli_values_count(&m->c->values, id); i++)
		status = taken(m, id, i, fn(m->message, cli_values_get(&m->c->values, id, i)));
	return status;
}

static int take_headers(struct making *m)
{
	int status = 0;

	for (size_t i = 0; !status && i < cli_values_count(&m->c->values, CLI_OPT_HEADER);
	     i++) {
		const char *text = cli_values_get(&m->c->values, CLI_OPT_HEADER, i);
		const char *colon = strchr(text, ':');
		char origin[CLI_ORIGIN_SIZE];

		if (!colon) {
			cli_values_origin(&m->c->values, CLI_OPT_HEADER, i, origin);
			return cli_fail(
				&m->c->out, cli_values_blame(&m->c->values, CLI_OPT_HEADER),
				"%s: '%s' has no colon, expected 'NAME: VALUE'", origin, text);
		}
		char *name = cli_printf("%.*s", (int)(colon - text), text);

		if (!name)
			return cli_fail_nomem(&m->c->out);
		status = taken(m, CLI_OPT_HEADER, i,
			       sw_message_header(m->message, name,
						 colon + 1 + strspn(colon + 1, " \t")));
		cli_free(name);
	}
	return status;
}

enum sw_err cli_message_add_rcpt(struct sw_message *m, const char *address, const char *notify,
				 const char *orcpt)
{
	notify = notify && notify[strspn(notify, " \t")] ? notify : NULL;
	orcpt = orcpt && orcpt[strspn(orcpt, " \t")] ? orcpt : NULL;
	/* Without a wish of its own it takes none away that stands somewhere else. */
	return notify || orcpt ? sw_message_add_recipient_dsn(m, address, notify, orcpt)
			       : sw_message_add_recipient(m, address);
}

enum sw_err cli_message_take_rcpt(struct sw_message *m, const char *text)
{
	struct cli_spec_rcpt spec;

	if (!cli_spec_parse_rcpt(text, &spec))
		return SW_E_NOMEM;
	enum sw_err e = cli_message_add_rcpt(m, spec.address, spec.notify, spec.orcpt);

	cli_free(spec.address);
	return e;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static int take_files(struct making *m, enum cli_option_id id)
{
	int status = 0;

	for (size_t i = 0; !status && i < cli_values_count(&m->c->values, id); i++) {
		struct cli_spec spec;

		if (!cli_spec_parse(cli_values_get(&m->c->values, id, i), &spec))
			return cli_fail_nomem(&m->c->out);
		if (id == CLI_OPT_INLINE && !spec.cid)
			spec.cid = base_name(spec.path);
		enum sw_err code =
			id == CLI_OPT_ALTERNATIVE
				? sw_message_alternative_file(m->message, spec.path, spec.type)
				: sw_message_attach_file(m->message, spec.path, spec.type,
							 spec.name,
							 id == CLI_OPT_INLINE ? spec.cid : NULL);

		status = taken(m, id, i, code);
		cli_free(spec.path);
	}
	return status;
}

static int take_lists(struct making *m)
{
	int status = 0;

	for (size_t i = 0;
	     !status && i < cli_values_count(&m->c->values, CLI_OPT_LIST_UNSUBSCRIBE); i++)
		status = taken(m, CLI_OPT_LIST_UNSUBSCRIBE, i,
			       sw_message_list_uri(
				       m->message, "unsubscribe",
				       cli_values_get(&m->c->values, CLI_OPT_LIST_UNSUBSCRIBE,
						      i)));
	if (!status && cli_values_is_on(&m->c->values, CLI_OPT_ONE_CLICK))
		status = taken(m, CLI_OPT_ONE_CLICK, 0, sw_message_one_click(m->message));
	return status;
}

/* Before it: how it is written, and in which character set it comes. */
static int take_form(struct making *m)
{
	const char *charset = cli_values_text(&m->c->values, CLI_OPT_CHARSET);
	int status = 0;

	if (charset)
		status = taken(m, CLI_OPT_CHARSET, 0, sw_message_charset(m->message, charset));
	if (!status && cli_values_is_on(&m->c->values, CLI_OPT_FLOWED))
		status = taken(m, CLI_OPT_FLOWED, 0, sw_message_flowed(m->message));
	return status;
}

static int take_body(struct making *m)
{
	struct cli *c = m->c;
	int status = take_form(m);

	if (!status && is_given(c, CLI_OPT_HTML))
		status = take_all(m, CLI_OPT_HTML, sw_message_html_file);
	if (status || is_given(c, CLI_OPT_TEXT))
		return status ? status : take_all(m, CLI_OPT_TEXT, sw_message_text_file);
	if (is_given(c, CLI_OPT_HTML))
		return 0;
	/* Nothing was said of a text: it comes through a pipe, if there is one. */
	if (!isatty(STDIN_FILENO))
		return taken(m, CLI_OPT_TEXT, 0, sw_message_text_file(m->message, "-"));
	if (is_given(c, CLI_OPT_ATTACH) || is_given(c, CLI_OPT_ALTERNATIVE))
		return taken(m, CLI_OPT_TEXT, 0, sw_message_text(m->message, "", 0));
	return cli_fail(&c->out, EX_USAGE,
			"the message has no text; expected --text FILE, --html "
			"FILE or --message FILE, or --text - to type it here");
}

/* RCPT arguments stand in To. */
static int take_args(struct making *m, text_fn fn)
{
	for (size_t i = 0; i < m->c->arg_count; i++) {
		enum sw_err code = fn(m->message, m->c->args[i]);

		if (code)
			return cli_fail(&m->c->out, sw_err_exit_status(code), "%s: %s",
					m->c->args[i], sw_message_error_text(m->message));
	}
	return 0;
}

static int compose(struct making *m)
{
	static const struct {
		enum cli_option_id id;
		text_fn fn;
	} parts[] = {
		{ CLI_OPT_FROM, sw_message_from },
		{ CLI_OPT_TO, sw_message_to },
		{ CLI_OPT_CC, sw_message_cc },
		{ CLI_OPT_BCC, sw_message_bcc },
		{ CLI_OPT_RCPT, cli_message_take_rcpt },
		{ CLI_OPT_REPLY_TO, sw_message_reply_to },
		{ CLI_OPT_SUBJECT, sw_message_subject },
		{ CLI_OPT_MESSAGE_ID, sw_message_set_id },
		{ CLI_OPT_ENVELOPE_FROM, sw_message_envelope_from },
	};
	struct cli *c = m->c;
	int status = 0;

	if (!is_given(c, CLI_OPT_FROM))
		return cli_fail(&c->out, EX_USAGE,
				"no author is known; expected --from ADDRESS, or "
				"'from = ADDRESS' in a configuration file");
	if (c->arg_count == 0 && !is_given(c, CLI_OPT_TO) && !is_given(c, CLI_OPT_CC) &&
	    !is_given(c, CLI_OPT_BCC) && !is_given(c, CLI_OPT_RCPT))
		return cli_fail(&c->out, EX_USAGE,
				"no recipient is named; expected RCPT, --to, "
				"--cc, --bcc or --rcpt");
	/* The words of a command line are in the locale's character set. */
	if (sw_message_charset(m->message, "locale"))
		return cli_fail(&c->out, EX_SOFTWARE, "%s", sw_message_error_text(m->message));
	for (size_t i = 0; !status && i < CLI_LEN(parts); i++)
		status = take_all(m, parts[i].id, parts[i].fn);
	if (!status)
		status = take_args(m, sw_message_to);
	if (!status)
		status = take_headers(m);
	if (!status)
		status = take_files(m, CLI_OPT_ATTACH);
	if (!status)
		status = take_files(m, CLI_OPT_INLINE);
	if (!status)
		status = take_files(m, CLI_OPT_ALTERNATIVE);
	if (!status)
		status = take_lists(m);
	/* Last, since it may wait for somebody who types. */
	return status ? status : take_body(m);
}

static int load_ready(struct making *m)
{
	struct cli *c = m->c;
	enum cli_option_id sender =
		is_given(c, CLI_OPT_ENVELOPE_FROM) ? CLI_OPT_ENVELOPE_FROM : CLI_OPT_FROM;
	int status = take_all(m, CLI_OPT_MESSAGE, sw_message_load_file);

	if (!status)
		status = take_all(m, sender, sw_message_envelope_from);
	if (!status)
		status = take_all(m, CLI_OPT_TO, sw_message_add_recipient);
	if (!status)
		status = take_args(m, sw_message_add_recipient);
	if (!status)
		status = take_all(m, CLI_OPT_RCPT, cli_message_take_rcpt);
	if (!status && c->arg_count == 0 && !is_given(c, CLI_OPT_TO) &&
	    !is_given(c, CLI_OPT_RCPT))
		status = taken(m, CLI_OPT_MESSAGE, 0,
			       sw_message_recipients_from_header(m->message));
	return status;
}

static int check_stdin(struct cli *c)
{
	const char *fd = cli_values_text(&c->values, CLI_OPT_PASSWORD_FD);
	bool ready = is_given(c, CLI_OPT_MESSAGE);
	int readers = is_stdin(c, CLI_OPT_MESSAGE) + is_stdin(c, CLI_OPT_HTML) +
		      (fd && strcmp(fd, "0") == 0);

	readers += is_stdin(c, CLI_OPT_TEXT) ||
		   (!ready && !is_given(c, CLI_OPT_TEXT) && !is_given(c, CLI_OPT_HTML) &&
		    !isatty(STDIN_FILENO));
	if (readers <= 1)
		return 0;
	return cli_fail(&c->out, EX_USAGE,
			"standard input can be only one of text, HTML, message "
			"and password");
}

static int finish(struct making *m)
{
	enum sw_err code = sw_message_finish(m->message);

	if (code)
		return cli_fail(&m->c->out, sw_err_exit_status(code), "%s",
				sw_message_error_text(m->message));
	for (size_t i = 0; sw_message_warning(m->message, i); i++)
		cli_note(&m->c->out, CLI_WARN, "sendwell: warning: %s",
			 sw_message_warning(m->message, i));
	return 0;
}

/* Asked for, and not only where nobody said anything. */
static bool keeps_8bit(const struct cli *c)
{
	return is_given(c, CLI_OPT_DOWNGRADE) &&
	       !cli_values_is_on(&c->values, CLI_OPT_DOWNGRADE);
}

int cli_message_make(struct cli *c, struct sw_dkim_keys *keys, struct sw_message **ret)
{
	struct making m = { c, NULL };
	int status = check_stdin(c);

	*ret = NULL;
	if (status)
		return status;
	m.message = sw_message_new();
	if (!m.message)
		return cli_fail_nomem(&c->out);
	status = is_given(c, CLI_OPT_MESSAGE) ? load_ready(&m) : compose(&m);
	if (!status && keeps_8bit(c) && sw_message_keep_8bit(m.message))
		status = cli_fail(&c->out, EX_SOFTWARE, "%s",
				  sw_message_error_text(m.message));
	if (!status && sw_message_sign(m.message, keys))
		status = cli_fail(&c->out, EX_SOFTWARE, "%s",
				  sw_message_error_text(m.message));
	if (!status)
		status = finish(&m);
	if (status)
		sw_message_free(m.message);
	else
		*ret = m.message;
	return status;
}
