/* SPDX-License-Identifier: MIT */
#include "cli/session.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sysexits.h>
#include <unistd.h>

#include "cli/prompt.h"
#include "cli/signals.h"
#include "cli/url.h"

enum {
	BEAT_MS = 100,
	SHOW_TRANSFER_AFTER = 1000 / BEAT_MS, /* beats until a transfer is shown */
	SHOW_WAIT_AFTER = 2000 / BEAT_MS,     /* beats until waiting is shown */
	MAX_SECRET = 16 * 1024,
};

static void on_progress(void *arg, enum sw_stage stage, uint64_t done, uint64_t total)
{
	struct cli_session *s = arg;

	if (stage != s->stage)
		s->stage_beat = s->beats;
	s->stage = stage;
	s->done = done;
	s->total = total;
}

/* What is waited for in each stage. */
static const char *const waits[SW_STAGE_COUNT] = {
	[SW_STAGE_CONFIG] = "working",
	[SW_STAGE_LOCAL] = "working",
	[SW_STAGE_DNS] = "waiting for the DNS",
	[SW_STAGE_TCP] = "waiting for a connection",
	[SW_STAGE_GREETING] = "waiting for the greeting; some servers delay it on purpose",
	[SW_STAGE_EHLO] = "waiting for the answer to EHLO",
	[SW_STAGE_TLS] = "waiting for TLS",
	[SW_STAGE_AUTH] = "logging in",
	[SW_STAGE_ENVELOPE] = "waiting for the answers to sender and recipients",
	[SW_STAGE_DATA] = "sending",
	[SW_STAGE_FINAL] = "message sent, waiting for the final answer",
	[SW_STAGE_RELAY] = "working",
	[SW_STAGE_INBOX] = "working",
};

static void show_progress(struct cli_session *s)
{
	unsigned waited = s->beats - s->stage_beat;

	if (s->stage == SW_STAGE_DATA && s->total > 0 && s->beats > SHOW_TRANSFER_AFTER)
		cli_out_progress(&s->c->out, "sending: %3u %%, %.1f of %.1f MB",
				 (unsigned)(s->done * 100 / s->total), (double)s->done / 1e6,
				 (double)s->total / 1e6);
	else if (waited >= SHOW_WAIT_AFTER && waited % (1000 / BEAT_MS) == 0)
		cli_out_progress(&s->c->out, "%s (%u s)", waits[s->stage],
				 waited * BEAT_MS / 1000);
}

static int on_heartbeat(void *arg)
{
	struct cli_session *s = arg;

	s->beats++;
	if (s->show_progress && s->stage < SW_STAGE_COUNT)
		show_progress(s);
	return cli_signals_got() != 0;
}

static void on_dialogue(void *arg, double ms, const char *mark, const char *text)
{
	struct cli_session *s = arg;
	enum cli_color color = mark[0] == '*'   ? CLI_WARN
			       : mark[0] == '<' ? CLI_STRONG
			       : mark[0] == '=' ? CLI_DIM
						: CLI_PLAIN;

	cli_note(&s->c->out, color, "%10.3f %s %s", ms, mark, text);
}

static int set_failed(struct cli_session *s, enum cli_option_id id, enum sw_err code)
{
	char origin[CLI_ORIGIN_SIZE];
	int status = code == SW_E_USAGE ? cli_values_blame(&s->c->values, id)
					: sw_err_exit_status(code);

	cli_values_origin(&s->c->values, id, 0, origin);
	return cli_fail(&s->c->out, status, "%s: %s", origin,
			sw_mailer_last_error_text(s->mailer));
}

/* Of a route or a login: in a configuration file it belongs to the server that stands there. */
static bool is_of_server(enum cli_option_id id)
{
	static const enum cli_option_id ids[] = {
		CLI_OPT_SERVER,	CLI_OPT_MX,	       CLI_OPT_TLS,	    CLI_OPT_TLS_NAME,
		CLI_OPT_CERT,	CLI_OPT_KEY,	       CLI_OPT_AUTH,	    CLI_OPT_USER,
		CLI_OPT_PASSWORD_FILE, CLI_OPT_PASSWORD_FD, CLI_OPT_PASSWORD_COMMAND,
		CLI_OPT_PASSWORD_ENV, CLI_OPT_PASSWORD_FROM, CLI_OPT_OAUTH_TOKEN_COMMAND,
		CLI_OPT_OAUTH_TOKEN_URL, CLI_OPT_OAUTH_CLIENT_ID,
		CLI_OPT_OAUTH_CLIENT_SECRET_FILE, CLI_OPT_OAUTH_CLIENT_SECRET_COMMAND,
		CLI_OPT_OAUTH_REFRESH_TOKEN_FILE, CLI_OPT_OAUTH_REFRESH_TOKEN_COMMAND,
		CLI_OPT_OAUTH_SCOPE,
	};

	for (size_t i = 0; i < CLI_LEN(ids); i++)
		if (ids[i] == id)
			return true;
	return false;
}

static bool is_left_out(const struct cli_session *s, enum cli_option_id id)
{
	const struct cli_values *v = &s->c->values;

	if (!s->other_server || !is_of_server(id))
		return false;
	return id == CLI_OPT_SERVER || v->slots[id].layer <= CLI_LAYER_ACCOUNT;
}

/* Of the command line. */
static int check_proxy(struct cli *c)
{
	const char *proxy = cli_values_text(&c->values, CLI_OPT_PROXY);

	if (!proxy || c->values.slots[CLI_OPT_PROXY].layer != CLI_LAYER_ARGS ||
	    !cli_url_has_password(proxy))
		return 0;
	return cli_fail(&c->out, EX_USAGE,
			"--proxy: a password stands in the URL, and every user of this machine "
			"can read command lines; use SENDWELL_PROXY or a configuration file");
}

/* What is remembered is a gift: without a home nothing is. */
static int give_history(struct cli_session *s)
{
	const char *given = cli_values_text(&s->c->values, CLI_OPT_HISTORY);
	char *path = given ? cli_dup(given) : cli_keep_path("history");
	enum sw_err code = path && strcmp(path, "none") != 0
				   ? sw_mailer_set(s->mailer, "history", path)
				   : SW_OK;

	cli_free(path);
	return code ? set_failed(s, CLI_OPT_HISTORY, code) : 0;
}

/* Policies of domains and counters for TLS reports go beside it. */
static int give_state(struct cli_session *s)
{
	char *path = cli_keep_path("");
	enum sw_err code = path ? sw_mailer_set(s->mailer, "state-dir", path) : SW_OK;

	cli_free(path);
	return code ? set_failed(s, CLI_OPT_HISTORY, code) : 0;
}

static int apply_settings(struct cli_session *s)
{
	for (size_t i = 0; i < CLI_OPT_COUNT; i++) {
		enum cli_option_id id = (enum cli_option_id)i;
		const char *name = cli_option(id)->setting;
		const char *text = cli_values_text(&s->c->values, id);

		if (!name || !text || cli_option(id)->section == CLI_SECTION_SANDBOX ||
		    is_left_out(s, id))
			continue;
		enum sw_err code = sw_mailer_set(s->mailer, name, text);

		if (code)
			return set_failed(s, id, code);
	}
	int status = give_history(s);

	return status ? status : give_state(s);
}

int cli_session_server_given(struct cli *c)
{
	const char *server = cli_values_text(&c->values, CLI_OPT_SERVER);

	if (!server && !cli_values_is_on(&c->values, CLI_OPT_MX))
		return cli_fail(&c->out, EX_USAGE,
				"no server is known; expected --server HOST, "
				"--mx, or 'server = HOST' in a configuration file");
	if (server && c->values.slots[CLI_OPT_SERVER].layer == CLI_LAYER_ARGS &&
	    cli_url_has_password(server))
		return cli_fail(&c->out, EX_USAGE,
				"--server: a password stands in the URL, and "
				"every user of this machine can read command lines; use "
				"--password-file, --password-command, --password-fd or "
				"SENDWELL_PASSWORD");
	return 0;
}

int cli_session_make(struct cli_session *s, struct cli *c)
{
	int status = check_proxy(c);

	*s = (struct cli_session){ .c = c };
	if (status)
		return status;
	s->mailer = sw_mailer_new();
	if (!s->mailer)
		return cli_fail_nomem(&c->out);
	s->show_progress = !c->out.quiet && isatty(STDERR_FILENO);
	sw_mailer_on_heartbeat(s->mailer, BEAT_MS, on_heartbeat, s);
	sw_mailer_on_progress(s->mailer, on_progress, s);
	if (c->out.verbose)
		sw_mailer_on_dialogue(s->mailer, on_dialogue, s);
	return 0;
}

int cli_session_settings(struct cli_session *s, const char *server)
{
	s->other_server = server != NULL;
	if (server && *server) {
		enum sw_err code = sw_mailer_set(s->mailer, "server", server);

		if (code)
			return cli_fail(&s->c->out,
					code == SW_E_USAGE ? EX_USAGE : sw_err_exit_status(code),
					"%s: %s", server, sw_mailer_last_error_text(s->mailer));
	}
	return apply_settings(s);
}

int cli_session_start(struct cli_session *s, struct cli *c)
{
	int status = cli_preset_apply(c);

	if (!status)
		status = cli_session_server_given(c);
	*s = (struct cli_session){ .c = c };
	if (!status)
		status = cli_session_make(s, c);
	return status ? status : apply_settings(s);
}

static int take_secret(struct cli_session *s, const char *secret, size_t len)
{
	/* A core file would hold it. */
	const struct rlimit none = { 0, 0 };

	(void)setrlimit(RLIMIT_CORE, &none);
	enum sw_err code = sw_mailer_set_secret(s->mailer, secret, len);

	return code ? set_failed(s, CLI_OPT_PASSWORD, code) : 0;
}

static int ask_secret(struct cli_session *s)
{
	const char *user = cli_values_text(&s->c->values, CLI_OPT_USER);
	char question[256], secret[MAX_SECRET];
	char *shown = sw_text_printable(user ? user : "", user ? strlen(user) : 0);
	size_t len = 0;
	int status = 0;

	(void)snprintf(question, sizeof(question), "Password%s%s: ", user ? " of " : "",
		       shown ? shown : "");
	sw_text_free(shown);
	if (s->c->preset_secret && *s->c->preset_secret)
		cli_note(&s->c->out, CLI_DIM, "what works at %s: %s", s->c->preset_server,
			 s->c->preset_secret);
	switch (cli_prompt_secret(question, secret, sizeof(secret), &len)) {
	case CLI_PROMPT_OK:
		status = take_secret(s, secret, len);
		break;
	case CLI_PROMPT_NO_TERMINAL:
		status = cli_fail(&s->c->out, EX_CONFIG,
				  "a user is set but no password, and there "
				  "is no terminal to ask on; expected --password-file, "
				  "--password-command, --password-fd, SENDWELL_PASSWORD, or "
				  "--auth none");
		break;
	case CLI_PROMPT_NOTHING:
		status = cli_fail(&s->c->out, EX_NOPERM, "no password was given");
		break;
	}
	explicit_bzero(secret, sizeof(secret));
	return status;
}

int cli_session_secret(struct cli_session *s)
{
	const char *given = cli_values_text(&s->c->values, CLI_OPT_PASSWORD);

	/* A password of the configuration is for the server that stands there. */
	if (given && !(s->other_server &&
		       s->c->values.slots[CLI_OPT_PASSWORD].layer <= CLI_LAYER_ACCOUNT)) {
		int status = take_secret(s, given, strlen(given));

		/* Environment and configuration are our own memory; commands that are started
		 * later need not inherit it. */
		explicit_bzero((char *)given, strlen(given));
		return status;
	}
	return sw_mailer_needs_secret(s->mailer) ? ask_secret(s) : 0;
}

void cli_session_enter(struct cli_session *s)
{
	s->beats = s->stage_beat = 0;
	s->stage = SW_STAGE_CONFIG;
	cli_signals_catch();
}

void cli_session_leave(struct cli_session *s)
{
	cli_signals_release();
	cli_out_progress(&s->c->out, "%s", "");
}

double cli_session_waited_s(const struct cli_session *s)
{
	return s->beats * BEAT_MS / 1000.0;
}

int cli_session_failed(struct cli_session *s, enum sw_err code)
{
	return cli_fail(&s->c->out, sw_err_exit_status(code), "%s",
			sw_mailer_last_error_text(s->mailer));
}

void cli_session_end(struct cli_session *s)
{
	sw_mailer_free(s->mailer);
	s->mailer = NULL;
}
