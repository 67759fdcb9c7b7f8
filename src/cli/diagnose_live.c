/* SPDX-License-Identifier: MIT */
/* A diagnosis that looks: what will be contacted is said first, then what is waited for. */
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include <sendwell/file.h>

#include "cli/diagnose.h"
#include "cli/session.h"
#include "cli/url.h"

enum {
	DEPTH_USUAL = 3,
	DEPTH_LOGIN = 4,
	WAIT_SHOWN_MS = 2000, /* before waiting is shown at all */
	WAIT_LINE_MS = 10000, /* between lines where none can replace another */
};

struct live {
	struct cli_session session;
	struct cli *c;
	bool terminal;
	double told_ms, last_ms;    /* of the present wait */
	struct sw_message *message; /* --message; NULL none */
};

/* By depth: what is done with the server. */
static const char *const doing[][2] = {
	{ "nothing is contacted", "ни с чем не соединяемся" },
	{ "DNS", "DNS" },
	{ "DNS, connections, TLS", "DNS, соединения, TLS" },
	{ "SMTP without credentials", "SMTP без входа" },
	{ "SMTP with a login", "SMTP с входом" },
	{ "a test message", "пробное письмо" },
};

static unsigned depth_of(const struct cli *c)
{
	const char *text = cli_values_text(&c->values, CLI_OPT_DEPTH);
	long depth = text ? strtol(text, NULL, 10) : DEPTH_USUAL;

	/* What is no depth has been refused by the library. */
	return depth >= 0 && depth < (long)CLI_LEN(doing) ? (unsigned)depth : DEPTH_USUAL;
}

static void on_probe(void *arg, const char *id, const char *title, const char *contacts)
{
	struct live *l = arg;

	(void)id;
	cli_note(&l->c->out, CLI_DIM, "%-8s %s%s%s", cli_is_russian(l->c) ? "проба" : "probe",
		 title, *contacts ? ": " : "", contacts);
}

static void say_wait(struct live *l, const char *what, unsigned since_s, unsigned limit_s)
{
	bool ru = cli_is_russian(l->c);
	char *limit =
		limit_s ? cli_printf(ru ? " из %u с" : " of %u s", limit_s) : cli_dup("");
	char *line =
		cli_printf(ru ? "всё ещё ждём: %s, %u с%s" : "still waiting for %s, %u s%s",
			   what, since_s, limit ? limit : "");

	if (line && l->terminal)
		cli_out_progress(&l->c->out, "%s", line);
	else if (line)
		cli_note(&l->c->out, CLI_DIM, "%s", line);
	cli_free(line);
	cli_free(limit);
}

static void on_wait(void *arg, const char *what, double since_ms, double limit_ms)
{
	struct live *l = arg;
	double step = l->terminal ? 1000 : WAIT_LINE_MS;

	/* Another wait has begun. */
	if (since_ms < l->last_ms)
		l->told_ms = 0;
	l->last_ms = since_ms;
	if (since_ms < WAIT_SHOWN_MS || (l->told_ms > 0 && since_ms < l->told_ms + step) ||
	    l->c->out.quiet || !(l->terminal || l->c->out.verbose))
		return;
	l->told_ms = since_ms;
	say_wait(l, what, (unsigned)(since_ms / 1000), (unsigned)(limit_ms / 1000));
}

static int give_controls(struct live *l)
{
	const struct cli_values *v = &l->c->values;
	size_t count = cli_values_count(v, CLI_OPT_CONTROL);
	char *all = NULL;

	for (size_t i = 0; i < count; i++) {
		const char *one = cli_values_get(v, CLI_OPT_CONTROL, i);
		char *more = all ? cli_printf("%s,%s", all, one) : cli_dup(one);

		cli_free(all);
		all = more;
		if (!all)
			return cli_fail_nomem(&l->c->out);
	}
	enum sw_err code = all ? sw_mailer_set(l->session.mailer, "control", all) : SW_OK;

	cli_free(all);
	if (code)
		return cli_fail(&l->c->out, code == SW_E_USAGE ? EX_USAGE : EX_CONFIG,
				"--control: %s", sw_mailer_last_error_text(l->session.mailer));
	return 0;
}

static bool is_recipient(const char *target)
{
	return target && strchr(target, '@') && !strstr(target, "://");
}

static int set_up(struct live *l, const char *target, bool kept)
{
	const struct cli_values *v = &l->c->values;
	bool own_server = cli_values_text(v, CLI_OPT_SERVER) &&
			  v->slots[CLI_OPT_SERVER].layer == CLI_LAYER_ARGS;
	int status = 0;

	if (target && cli_url_has_password(target))
		return cli_fail(&l->c->out, EX_USAGE,
				"a password stands in the URL, and every user of this machine "
				"can read command lines; use --password-file, "
				"--password-command, --password-fd or SENDWELL_PASSWORD");
	if (!target && !kept)
		status = cli_session_server_given(l->c);
	if (!status)
		status = cli_session_make(&l->session, l->c);
	/* The way to a recipient goes by MX, unless the command line names a server. */
	bool other = target && !(is_recipient(target) && own_server);

	if (!status)
		status = cli_session_settings(&l->session, !other                 ? NULL
							   : is_recipient(target) ? ""
										  : target);
	if (!status)
		status = give_controls(l);
	/* Our own lines are shown instead. */
	l->session.show_progress = false;
	return status;
}

static void say_target(const struct live *l, const char *what)
{
	unsigned depth = depth_of(l->c);
	bool ru = cli_is_russian(l->c);

	cli_note(&l->c->out, CLI_DIM, "%-8s %s (%s)", ru ? "контакт" : "contact", what,
		 doing[depth][ru]);
}

/* The password in the environment would be meant for the configured server; a target of its
 * own gets it only when asked for on the command line. */
static int give_secret(struct live *l)
{
	if (depth_of(l->c) < DEPTH_LOGIN)
		return 0;
	return cli_session_secret(&l->session);
}

static int load_message(struct live *l, const struct sw_file *file, const char *target)
{
	const struct cli_values *v = &l->c->values;
	const char *path = cli_values_text(v, CLI_OPT_MESSAGE);
	const char *envelope = cli_values_text(v, CLI_OPT_ENVELOPE_FROM);
	const char *sender = envelope ? envelope : cli_values_text(v, CLI_OPT_FROM);
	size_t named = cli_values_count(v, CLI_OPT_TO);

	if (!path)
		return 0;
	if (file)
		return cli_fail(&l->c->out, EX_USAGE,
				"--message cannot stand beside --last or --case");
	struct sw_message *msg = l->message = sw_message_new();

	if (!msg)
		return cli_fail_nomem(&l->c->out);
	enum sw_err code = sw_message_load_file(msg, path);

	if (!code && sender)
		code = sw_message_envelope_from(msg, sender);
	if (!code && is_recipient(target))
		code = sw_message_add_recipient(msg, target);
	for (size_t i = 0; !code && i < named; i++)
		code = sw_message_add_recipient(msg, cli_values_get(v, CLI_OPT_TO, i));
	if (!code && !is_recipient(target) && named == 0)
		code = sw_message_recipients_from_header(msg);
	return code ? cli_fail(&l->c->out, sw_err_exit_status(code), "%s",
			       sw_message_error_text(msg))
		    : 0;
}

/* The target, when it is one, and everybody of --to. */
static enum sw_err to_recipients(struct live *l, struct sw_explainer *e, const char *sender,
				 const char *target, struct sw_diagnosis **ret)
{
	const struct cli_values *v = &l->c->values;
	size_t named = cli_values_count(v, CLI_OPT_TO), count = 0;
	const char **all = cli_grow(NULL, named + 1, sizeof(*all));

	if (!all)
		return SW_E_NOMEM;
	if (is_recipient(target))
		all[count++] = target;
	for (size_t i = 0; i < named; i++)
		all[count++] = cli_values_get(v, CLI_OPT_TO, i);
	enum sw_err code =
		sw_diagnose_recipients(l->session.mailer, e, sender, all, count, ret);

	cli_free((void *)all);
	return code;
}

static enum sw_err run(struct live *l, struct sw_explainer *e, const struct sw_file *file,
		       const char *target, struct sw_diagnosis **ret)
{
	const struct cli_values *v = &l->c->values;
	const char *envelope = cli_values_text(v, CLI_OPT_ENVELOPE_FROM);
	const char *sender = envelope ? envelope : cli_values_text(v, CLI_OPT_FROM);
	struct sw_mailer *m = l->session.mailer;

	if (l->message)
		return sw_diagnose_message(m, e, l->message, ret);
	if (file)
		return sw_diagnose_from(m, e, file->bytes ? file->bytes : "", file->len, ret);
	if (is_recipient(target) || cli_values_count(v, CLI_OPT_TO))
		return to_recipients(l, e, sender, target, ret);
	return sw_diagnose(m, e, ret);
}

static const char *name_of_target(const struct cli *c, const struct sw_file *file,
				  const char *target)
{
	const char *server = cli_values_text(&c->values, CLI_OPT_SERVER);
	const char *to = cli_values_get(&c->values, CLI_OPT_TO, 0);

	if (file)
		return cli_is_russian(c) ? "сервер этого случая" : "the server of the case";
	return target ? target : server ? server : to ? to : "";
}

int cli_diagnose_live(struct cli *c, struct sw_explainer *e, const struct sw_file *file,
		      const char *target, struct sw_diagnosis **ret)
{
	struct live l = { .c = c, .terminal = isatty(STDERR_FILENO) };
	int status = set_up(&l, target, file != NULL);

	if (!status)
		status = give_secret(&l);
	if (!status)
		status = load_message(&l, file, target);
	if (!status) {
		sw_diagnose_on_probe(l.session.mailer, on_probe, &l);
		sw_diagnose_on_wait(l.session.mailer, on_wait, &l);
		say_target(&l, name_of_target(c, file, target));
		cli_session_enter(&l.session);
		enum sw_err code = run(&l, e, file, target, ret);

		cli_session_leave(&l.session);
		if (code)
			status = cli_session_failed(&l.session, code);
	}
	if (!status && cli_values_text(&c->values, CLI_OPT_TRANSCRIPT))
		(void)cli_keep_text(c, CLI_OPT_TRANSCRIPT,
				    sw_mailer_transcript(l.session.mailer));
	cli_session_end(&l.session);
	sw_message_free(l.message);
	return status;
}
