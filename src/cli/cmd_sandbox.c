/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <jansson.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include <sendwell/sandbox.h>

#include "cli/cli.h"

struct box {
	struct cli *c;
	struct sw_sandbox *sandbox;
	sigset_t signals; /* those that stop it */
};

static int list_faults_json(struct cli *c)
{
	const struct sw_fault_info *f;

	for (size_t i = 0; (f = sw_sandbox_fault(i)) && f->name; i++) {
		json_t *row = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "schema",
					"sendwell/fault/1", "name", f->name, "argument",
					f->argument, "cause", f->cause, "stage",
					sw_stage_name(f->stage), "help", f->help);

		if (!row)
			return cli_fail_nomem(&c->out);
		cli_say_json_object(&c->out, row);
		json_decref(row);
	}
	return EX_OK;
}

static int list_faults(struct cli *c)
{
	if (c->out.json)
		return list_faults_json(c);
	cli_say(&c->out, CLI_STRONG, "%-34s %-9s %-8s %s", "fault", "stage", "cause",
		"what it does");
	const struct sw_fault_info *f;

	for (size_t i = 0; (f = sw_sandbox_fault(i)) && f->name; i++) {
		char name[96];

		(void)snprintf(name, sizeof(name), "%s%s%s", f->name, *f->argument ? "=" : "",
			       f->argument);
		cli_say(&c->out, CLI_PLAIN, "%-34s %-9s %-8s %s", name,
			sw_stage_name(f->stage), f->cause, f->help);
	}
	return EX_OK;
}

static int apply(struct box *b)
{
	struct cli *c = b->c;

	for (size_t i = 0; i < CLI_OPT_COUNT; i++) {
		enum cli_option_id id = (enum cli_option_id)i;
		const struct cli_option *o = cli_option(id);

		if (o->section != CLI_SECTION_SANDBOX || !o->setting)
			continue;
		for (size_t k = 0; k < cli_values_count(&c->values, id); k++) {
			enum sw_err code = sw_sandbox_set(b->sandbox, o->setting,
							  cli_values_get(&c->values, id, k));
			char origin[CLI_ORIGIN_SIZE];

			if (!code)
				continue;
			cli_values_origin(&c->values, id, k, origin);
			return cli_fail(&c->out,
					code == SW_E_USAGE ? cli_values_blame(&c->values, id)
							   : sw_err_exit_status(code),
					"%s: %s", origin, sw_sandbox_error_text(b->sandbox));
		}
	}
	return 0;
}

static const char *or_default(struct cli *c, enum cli_option_id id, const char *otherwise)
{
	const char *text = cli_values_text(&c->values, id);

	return text ? text : otherwise;
}

static int show_json(struct box *b)
{
	struct cli *c = b->c;
	unsigned tls_port = sw_sandbox_tls_port(b->sandbox);
	json_t *object = json_pack(
		"{s:s, s:s, s:o, s:i, s:o, s:o, s:o, s:o, s:b}", "schema",
		"sendwell/sandbox_settings/1", "address", sw_sandbox_address(b->sandbox),
		"name", cli_json_text(or_default(c, CLI_OPT_SANDBOX_NAME, "localhost")),
		"port", (int)sw_sandbox_port(b->sandbox), "tls_port",
		tls_port ? json_integer(tls_port) : json_null(), "ca_file",
		cli_json_text(sw_sandbox_ca_file(b->sandbox)), "user",
		cli_json_text(or_default(c, CLI_OPT_SANDBOX_USER, "sandbox")), "password",
		cli_json_text(or_default(c, CLI_OPT_SANDBOX_PASSWORD, "not-secret")), "lmtp",
		cli_values_is_on(&c->values, CLI_OPT_SANDBOX_LMTP));

	if (!object)
		return cli_fail_nomem(&c->out);
	cli_say_json_object(&c->out, object);
	json_decref(object);
	/* Nobody could find a server that does not say where it is. */
	return c->out.result_said ? 0 : c->out.status;
}

static void show(struct box *b)
{
	struct cli *c = b->c;
	const char *user = or_default(c, CLI_OPT_SANDBOX_USER, "sandbox");
	const char *password = or_default(c, CLI_OPT_SANDBOX_PASSWORD, "not-secret");
	const char *address = sw_sandbox_address(b->sandbox);
	const char *name = or_default(c, CLI_OPT_SANDBOX_NAME, "localhost");
	bool lmtp = cli_values_is_on(&c->values, CLI_OPT_SANDBOX_LMTP);
	bool v6 = strchr(address, ':') != NULL;
	unsigned port = sw_sandbox_port(b->sandbox),
		 tls_port = sw_sandbox_tls_port(b->sandbox);

	cli_say(&c->out, CLI_STRONG, "sandbox at %s, port %u (STARTTLS)", address, port);
	if (tls_port)
		cli_say(&c->out, CLI_PLAIN, "TLS from the start on port %u", tls_port);
	if (*user)
		cli_say(&c->out, CLI_PLAIN, "user %s, password %s", user, password);
	cli_say(&c->out, CLI_PLAIN, "certificate for %s, CA in %s", name,
		sw_sandbox_ca_file(b->sandbox));
	cli_say(&c->out, CLI_PLAIN,
		"try: echo hello | %s%s%ssendwell send --server %s://%s%s%s:%u "
		"--ca %s --tls-name %s%s%s --from me@example.org --subject hello "
		"you@example.org",
		*user ? "SENDWELL_PASSWORD=" : "", *user ? password : "", *user ? " " : "",
		lmtp ? "lmtp" : "smtp", v6 ? "[" : "", address, v6 ? "]" : "", port,
		sw_sandbox_ca_file(b->sandbox), name, *user ? " --user " : "", user);
	cli_note(&c->out, CLI_DIM, "stop it with Ctrl-C");
}

static void on_log(void *arg, const char *line)
{
	struct box *b = arg;

	cli_note(&b->c->out, CLI_DIM, "%s", line);
}

/* Waits for a signal in a thread of its own: no handler, so nothing global. */
static void *wait_for_signal(void *arg)
{
	struct box *b = arg;
	int number;

	if (sigwait(&b->signals, &number) == 0)
		sw_sandbox_stop(b->sandbox);
	return NULL;
}

static int serve(struct box *b)
{
	struct cli *c = b->c;
	pthread_t watcher;
	int os_errno = pthread_create(&watcher, NULL, wait_for_signal, b);

	if (os_errno) {
		errno = os_errno;
		return cli_fail(&c->out, EX_OSERR, "starting a thread: %m");
	}
	enum sw_err code = sw_sandbox_run(b->sandbox);

	/* The watcher may still wait: a signal of its own wakes it. */
	(void)pthread_kill(watcher, SIGHUP);
	(void)pthread_join(watcher, NULL);
	return code ? cli_fail(&c->out, sw_err_exit_status(code), "%s",
			       sw_sandbox_error_text(b->sandbox))
		    : EX_OK;
}

static int start(struct box *b)
{
	struct cli *c = b->c;
	int status = apply(b);

	if (status)
		return status;
	/* Before anything starts a thread: all of them inherit it. */
	(void)sigemptyset(&b->signals);
	(void)sigaddset(&b->signals, SIGINT);
	(void)sigaddset(&b->signals, SIGTERM);
	(void)sigaddset(&b->signals, SIGHUP);
	(void)pthread_sigmask(SIG_BLOCK, &b->signals, NULL);
	sw_sandbox_on_log(b->sandbox, on_log, b);
	enum sw_err code = sw_sandbox_start(b->sandbox);

	if (code)
		return cli_fail(&c->out, sw_err_exit_status(code), "%s",
				sw_sandbox_error_text(b->sandbox));
	if (c->out.json)
		status = show_json(b);
	else if (!c->out.quiet)
		show(b);
	/* Whoever started us waits for these lines. */
	(void)fflush(stdout);
	return status ? status : serve(b);
}

int cli_run_sandbox(struct cli *c)
{
	struct box b = { .c = c };

	if (c->arg_count > 0)
		return cli_fail(&c->out, EX_USAGE, "sandbox takes no argument, there is '%s'",
				c->args[0]);
	if (c->want_faults)
		return list_faults(c);
	b.sandbox = sw_sandbox_new();
	if (!b.sandbox)
		return cli_fail_nomem(&c->out);
	int status = start(&b);

	sw_sandbox_free(b.sandbox);
	return status;
}
