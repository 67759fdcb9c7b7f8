/* SPDX-License-Identifier: MIT */
/* --dry-run: the message to standard output, what would be done with it to standard error. */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sysexits.h>
#include <unistd.h>

#include <sendwell/memory.h>
#include <sendwell/plan.h>

#include "cli/session.h"
#include "cli/url.h"

static int write_failed(struct cli *c, struct sw_message *message, enum sw_err code)
{
	return cli_fail(&c->out, sw_err_exit_status(code), "%s",
			sw_message_error_text(message));
}

/* A terminal gets no raw bytes: the message takes the way over memory and the printer. */
static int show_on_terminal(struct cli *c, struct sw_message *message, int fd)
{
	enum sw_err code = sw_message_write(message, fd);
	char line[4096];
	size_t held = 0;
	ssize_t got = 1;

	if (code)
		return write_failed(c, message, code);
	if (lseek(fd, 0, SEEK_SET) < 0)
		return cli_fail(&c->out, EX_OSERR, "reading back the message: %m");
	while (got > 0 || held > 0) {
		got = read(fd, line + held, sizeof(line) - held);
		held += got > 0 ? (size_t)got : 0;
		char *nl = memchr(line, '\n', held);
		size_t len = nl ? (size_t)(nl - line) : held;
		size_t shown = len > 0 && nl && line[len - 1] == '\r' ? len - 1 : len;

		/* Half a line only when the buffer is full or nothing follows. */
		if (!nl && got > 0 && held < sizeof(line))
			continue;
		if (held > 0)
			cli_say(&c->out, CLI_PLAIN, "%.*s", (int)shown, line);
		len += nl != NULL;
		held -= len;
		memmove(line, line + len, held);
	}
	return EX_OK;
}

static int show_message(struct cli *c, struct sw_message *message)
{
	if (!isatty(STDOUT_FILENO)) {
		enum sw_err code =
			fflush(stdout) ? SW_E_IO : sw_message_write(message, STDOUT_FILENO);

		c->out.result_said = true;
		return code ? write_failed(c, message, code) : EX_OK;
	}
	int fd = memfd_create("message", MFD_CLOEXEC);

	if (fd < 0)
		return cli_fail(&c->out, EX_OSERR, "memory for the message: %m");
	int status = show_on_terminal(c, message, fd);

	(void)close(fd);
	return status;
}

/* ---- the plan, for people */

static const char *text_of(const json_t *o, const char *key)
{
	const char *text = json_string_value(json_object_get(o, key));

	return text ? text : "";
}

/* "192.0.2.1, 192.0.2.2"; cli_free, NULL without memory. */
static char *joined(const json_t *list)
{
	char *all = cli_dup("");

	for (size_t i = 0; all && i < json_array_size(list); i++) {
		const char *one = json_string_value(json_array_get(list, i));
		char *more = cli_printf("%s%s%s", all, i ? ", " : "", one ? one : "");

		cli_free(all);
		all = more;
	}
	return all;
}

/* Where the addresses come from. */
static char *addresses_text(const json_t *host)
{
	const json_t *a = json_object_get(host, "addresses");
	const char *source = text_of(a, "source"), *where = text_of(a, "where");
	char *known = joined(json_object_get(a, "known")), *text = NULL;

	if (!known)
		return NULL;
	if (strcmp(source, "socket") == 0)
		text = cli_dup("a socket");
	else if (strcmp(source, "literal") == 0)
		text = cli_printf("%s", *known ? known : "itself an address");
	else if (strcmp(source, "hosts") == 0)
		text = cli_printf("%s of %s", known, where);
	else if (strcmp(source, "mx") == 0)
		text = cli_printf("its mail hosts (MX) by %s", where);
	else if (strcmp(source, "srv") == 0)
		text = cli_printf("the servers of its SRV records by %s", where);
	else
		text = cli_printf("addresses by %s", where);
	cli_free(known);
	return text;
}

static const char *const ordinals[] = { "would contact ", "if it cannot  " };

static void show_host(struct cli *c, const json_t *host, size_t i, bool mx)
{
	json_int_t port = json_integer_value(json_object_get(host, "port"));
	const char *name = text_of(host, "certificate_name"), *tls = text_of(host, "tls");
	char *from = addresses_text(host);
	char *where = port ? cli_printf(":%lld", (long long)port) : cli_dup("");
	bool v6 = strchr(text_of(host, "name"), ':') != NULL && port;

	if (from && where)
		cli_note(&c->out, CLI_PLAIN, "%s %s%s%s%s (%s), %s%s%s%s",
			 ordinals[i && !mx ? 1 : 0], v6 ? "[" : "", text_of(host, "name"),
			 v6 ? "]" : "", where, from,
			 strcmp(text_of(host, "protocol"), "lmtp") == 0 ? "LMTP, " : "",
			 strcmp(tls, "none") == 0 ? "no TLS" : "TLS ",
			 strcmp(tls, "none") == 0 ? "" : tls,
			 strcmp(tls, "required") == 0 ? " (STARTTLS)" : "");
	if (*name && strcmp(name, text_of(host, "name")) != 0)
		cli_note(&c->out, CLI_PLAIN, "               its certificate must be for %s",
			 name);
	cli_free(from);
	cli_free(where);
}

static void show_policy(struct cli *c, const json_t *p)
{
	const char *sts = text_of(p, "mta_sts");
	bool kept = strcmp(sts, "kept") == 0;

	cli_note(&c->out, CLI_PLAIN, "policies       %s: DANE %s; MTA-STS %s%s%s",
		 text_of(p, "domain"),
		 strcmp(text_of(p, "dane"), "no") == 0    ? "is left out"
		 : strcmp(text_of(p, "dane"), "yes") == 0 ? "must be known"
							  : "where DNSSEC can be had",
		 kept                     ? "kept: "
		 : strcmp(sts, "no") == 0 ? "is left out"
					  : "will be asked for",
		 kept ? text_of(p, "mode") : "", kept ? " (until it is new, or too old)" : "");
}

static void show_login(struct cli *c, const json_t *login)
{
	const json_t *secret = json_object_get(login, "secret");
	char *mechanisms = joined(json_object_get(login, "mechanisms"));
	const char *place = text_of(secret, "place");

	if (mechanisms) {
		cli_note(&c->out, CLI_PLAIN,
			 "login          %s%swith the first that is offered of %s",
			 text_of(login, "user"), *text_of(login, "user") ? ", " : "",
			 *mechanisms ? mechanisms : "none: no mechanism may be used so");
		cli_note(&c->out, CLI_PLAIN, "secret from    %s%s%s",
			 text_of(secret, "source"), *place ? ": " : "", place);
	}
	cli_free(mechanisms);
}

static void show_need(struct cli *c, const json_t *need)
{
	const char *without = text_of(need, "without");

	cli_note(&c->out, CLI_PLAIN, "needs          %s (%s); without it %s",
		 text_of(need, "extension"), text_of(need, "why"),
		 strcmp(without, "sent") == 0      ? "it goes all the same"
		 : strcmp(without, "encoded") == 0 ? "these parts are encoded"
						   : "it is not sent");
}

static void show_lists(struct cli *c, const json_t *plan)
{
	const json_t *hosts = json_object_get(plan, "hosts"),
		     *proxy = json_object_get(plan, "proxy");
	bool mx = json_is_true(json_object_get(plan, "mx"));

	for (size_t i = 0; i < json_array_size(hosts); i++)
		show_host(c, json_array_get(hosts, i), i, mx);
	if (json_is_object(proxy))
		cli_note(&c->out, CLI_PLAIN, "through        %s proxy %s:%lld (%s)",
			 text_of(proxy, "kind"), text_of(proxy, "host"),
			 (long long)json_integer_value(json_object_get(proxy, "port")),
			 text_of(proxy, "from"));
	const json_t *policies = json_object_get(plan, "policies"),
		     *needs = json_object_get(plan, "needs");

	for (size_t i = 0; i < json_array_size(policies); i++)
		show_policy(c, json_array_get(policies, i));
	if (json_is_object(json_object_get(plan, "login")))
		show_login(c, json_object_get(plan, "login"));
	for (size_t i = 0; i < json_array_size(needs); i++)
		show_need(c, json_array_get(needs, i));
}

static void show_plan(struct cli *c, const json_t *plan)
{
	const json_t *to = json_object_get(plan, "recipients");

	cli_note(&c->out, CLI_STRONG, "nothing is sent (--dry-run)");
	show_lists(c, plan);
	cli_note(&c->out, CLI_PLAIN, "envelope from  <%s>", text_of(plan, "sender"));
	for (size_t i = 0; i < json_array_size(to); i++)
		cli_note(&c->out, CLI_PLAIN, "envelope to    <%s>",
			 json_string_value(json_array_get(to, i)));
	cli_note(&c->out, CLI_PLAIN, "message        %lld bytes",
		 (long long)json_integer_value(json_object_get(plan, "bytes")));
}

/* What the program itself would give, or ask for: the library knows of neither. */
static bool say_secret(struct cli *c, json_t *plan)
{
	json_t *secret = json_object_get(json_object_get(plan, "login"), "secret");
	const char *source = text_of(secret, "source");
	char origin[CLI_ORIGIN_SIZE];
	bool given = cli_values_text(&c->values, CLI_OPT_PASSWORD) != NULL;

	if (!secret || (strcmp(source, "none") != 0 && !given))
		return true;
	if (!given)
		return json_object_set_new(secret, "source", json_string("terminal")) == 0;
	cli_values_origin(&c->values, CLI_OPT_PASSWORD, 0, origin);
	return json_object_set_new(secret, "source", json_string("given")) == 0 &&
	       json_object_set_new(secret, "place", cli_json_text(origin)) == 0;
}

/* As it was given, rather than what it means. */
static bool say_server(struct cli *c, json_t *plan)
{
	const char *server = cli_values_text(&c->values, CLI_OPT_SERVER);
	char *shown = server ? cli_url_without_password(server) : NULL;
	bool ok = !server || json_is_null(json_object_get(plan, "server")) ||
		  (shown && json_object_set_new(plan, "server", cli_json_text(shown)) == 0);

	cli_free(shown);
	return ok;
}

static int make_plan(struct cli_session *s, struct sw_message *message, json_t **ret)
{
	char *text = NULL;
	enum sw_err e = sw_mailer_plan(s->mailer, message, &text);

	if (e)
		return cli_session_failed(s, e);
	uint64_t refused = sw_memory_refused();

	/* Without memory the reader goes on, and leaves bytes out of a text. */
	*ret = json_loads(text, 0, NULL);
	sw_text_free(text);
	return *ret && say_server(s->c, *ret) && say_secret(s->c, *ret) &&
			       sw_memory_refused() == refused
		       ? 0
		       : cli_fail_nomem(&s->c->out);
}

int cli_message_show(struct cli_session *s, struct sw_message *message)
{
	struct cli *c = s->c;
	json_t *plan = NULL;
	int status = make_plan(s, message, &plan);

	if (!status && c->out.json) {
		cli_say_json_object(&c->out, plan);
	} else if (!status) {
		show_plan(c, plan);
		status = show_message(c, message);
	}
	json_decref(plan);
	return status;
}
