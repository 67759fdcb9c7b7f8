/* SPDX-License-Identifier: MIT */
/* --dry-run: the message to standard output, what would be done with it to standard error. */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sysexits.h>
#include <unistd.h>

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

static char *server_text(struct cli *c)
{
	const char *server = cli_values_text(&c->values, CLI_OPT_SERVER);

	return server ? cli_url_without_password(server)
		      : cli_dup("the mail hosts (MX) of the recipients' domains");
}

static int show_json(struct cli *c, struct sw_message *message, const char *server)
{
	const char *tls = cli_values_text(&c->values, CLI_OPT_TLS);
	json_t *recipients = json_array();
	bool mx = cli_values_is_on(&c->values, CLI_OPT_MX);

	for (size_t i = 0; i < sw_message_recipient_count(message); i++)
		if (json_array_append_new(recipients,
					  json_string(sw_message_recipient(message, i)))) {
			json_decref(recipients);
			return cli_fail_nomem(&c->out);
		}
	json_t *object = json_pack(
		"{s:s, s:s?, s:b, s:s, s:s, s:o, s:s, s:I}", "schema", "sendwell/dry_run/1",
		"server", mx ? NULL : server, "mx", mx, "tls", tls ? tls : "auto", "sender",
		sw_message_sender(message), "recipients", recipients, "message_id",
		sw_message_id(message), "bytes", (json_int_t)sw_message_size(message));

	if (!object)
		return cli_fail_nomem(&c->out);
	cli_say_json_object(&c->out, object);
	json_decref(object);
	return EX_OK;
}

static void show_plan(struct cli *c, struct sw_message *message, const char *server)
{
	const char *tls = cli_values_text(&c->values, CLI_OPT_TLS);

	cli_note(&c->out, CLI_STRONG, "nothing is sent (--dry-run)");
	cli_note(&c->out, CLI_PLAIN, "would contact  %s, TLS %s", server, tls ? tls : "auto");
	cli_note(&c->out, CLI_PLAIN, "envelope from  <%s>", sw_message_sender(message));
	for (size_t i = 0; i < sw_message_recipient_count(message); i++)
		cli_note(&c->out, CLI_PLAIN, "envelope to    <%s>",
			 sw_message_recipient(message, i));
	cli_note(&c->out, CLI_PLAIN, "message        %llu bytes",
		 (unsigned long long)sw_message_size(message));
}

int cli_message_show(struct cli *c, struct sw_message *message)
{
	char *server = server_text(c);
	int status;

	if (!server)
		return cli_fail_nomem(&c->out);
	if (c->out.json) {
		status = show_json(c, message, server);
	} else {
		show_plan(c, message, server);
		status = show_message(c, message);
	}
	cli_free(server);
	return status;
}
