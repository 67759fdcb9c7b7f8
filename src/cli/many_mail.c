/* SPDX-License-Identifier: MIT */
/* Ready messages from a folder, a Maildir or an mbox; and what all messages share. */
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include <sendwell/mail_source.h>

#include "cli/many.h"

bool cli_letter_spoil(struct cli_letter *letter, int status, const char *why)
{
	letter->why = cli_dup(why);
	letter->status = status;
	sw_message_free(letter->message);
	letter->message = NULL;
	return letter->why != NULL;
}

char *cli_letter_name(const char *file, uint64_t number)
{
	char *shown = sw_text_printable(file, strlen(file));
	char *name = shown ? cli_printf("%s:%llu", shown, (unsigned long long)number) : NULL;

	sw_text_free(shown);
	return name;
}

void cli_letter_fini(struct cli_letter *letter)
{
	sw_message_free(letter->message);
	cli_free(letter->name);
	cli_free(letter->why);
	*letter = (struct cli_letter){ .message = NULL };
}

bool cli_letter_finish(struct cli_letters *l, struct cli_letter *letter)
{
	enum sw_err e = sw_message_sign(letter->message, l->keys);

	if (!e)
		e = sw_message_finish(letter->message);
	/* The options were good: it is what came with them. */
	return !e ||
	       cli_letter_spoil(letter, e == SW_E_USAGE ? EX_DATAERR : sw_err_exit_status(e),
				sw_message_error_text(letter->message));
}

/* FNV-1a. Nobody gains by two messages that have the same one: the second would be left out.
 */
uint64_t cli_key_of(uint64_t key, const char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		key = (key ^ (unsigned char)bytes[i]) * UINT64_C(0x100000001b3);
	return key;
}

static int open_mails(struct cli_letters *l)
{
	const char *path = cli_values_text(&l->c->values, CLI_OPT_MESSAGES);
	struct sw_mail_source *m = sw_mail_source_new();

	l->state = m;
	if (!m)
		return cli_fail_nomem(&l->c->out);
	enum sw_err e = strcmp(path, "-") == 0
				? sw_mail_source_open_fd(m, STDIN_FILENO, "stdin")
				: sw_mail_source_open(m, path);

	return e ? cli_fail(&l->c->out, sw_err_exit_status(e), "%s",
			    sw_mail_source_error_text(m))
		 : 0;
}

/* Its envelope: as for --message. */
static enum sw_err address(struct cli *c, struct sw_message *m)
{
	const struct cli_values *v = &c->values;
	enum cli_option_id from = cli_values_count(v, CLI_OPT_ENVELOPE_FROM)
					  ? CLI_OPT_ENVELOPE_FROM
					  : CLI_OPT_FROM;
	enum sw_err e = SW_OK;

	for (size_t i = 0; !e && i < cli_values_count(v, from); i++)
		e = sw_message_envelope_from(m, cli_values_get(v, from, i));
	for (size_t i = 0; !e && i < cli_values_count(v, CLI_OPT_TO); i++)
		e = sw_message_add_recipient(m, cli_values_get(v, CLI_OPT_TO, i));
	for (size_t i = 0; !e && i < c->arg_count; i++)
		e = sw_message_add_recipient(m, c->args[i]);
	for (size_t i = 0; !e && i < cli_values_count(v, CLI_OPT_RCPT); i++)
		e = cli_message_take_rcpt(m, cli_values_get(v, CLI_OPT_RCPT, i));
	if (!e && c->arg_count == 0 && !cli_values_count(v, CLI_OPT_TO) &&
	    !cli_values_count(v, CLI_OPT_RCPT))
		e = sw_message_recipients_from_header(m);
	return e;
}

static int next_mail(struct cli_letters *l, struct cli_letter *ret)
{
	struct sw_mail mail;
	struct sw_mail_source *source = l->state;
	enum sw_err e = sw_mail_source_next(source, &mail);

	bool over = !e && !mail.file;

	*ret = (struct cli_letter){ .over = over };
	if (over)
		return 0;
	if (e == SW_E_NOMEM)
		return cli_fail_nomem(&l->c->out);
	ret->name = e ? cli_dup("") : cli_letter_name(mail.file, mail.index);
	if (!ret->name)
		return cli_fail_nomem(&l->c->out);
	if (e)
		return cli_letter_spoil(ret, sw_err_exit_status(e),
					sw_mail_source_error_text(source))
			       ? 0
			       : cli_fail_nomem(&l->c->out);
	if (mail.cut)
		return cli_letter_spoil(
			       ret, EX_DATAERR,
			       "longer than 32 MiB; expected --message FILE for it alone")
			       ? 0
			       : cli_fail_nomem(&l->c->out);
	ret->key = cli_key_of(CLI_KEY, mail.bytes, mail.len);
	ret->message = sw_message_new();
	if (!ret->message)
		return cli_fail_nomem(&l->c->out);
	e = sw_message_load_bytes(ret->message, mail.bytes, mail.len);
	if (!e)
		e = address(l->c, ret->message);
	bool ok = e ? cli_letter_spoil(ret, sw_err_exit_status(e),
				       sw_message_error_text(ret->message))
		    : cli_letter_finish(l, ret);
	return ok ? 0 : cli_fail_nomem(&l->c->out);
}

static unsigned permille(struct cli_letters *l)
{
	return sw_mail_source_permille(l->state);
}

static void close_mails(struct cli_letters *l)
{
	sw_mail_source_free(l->state);
	l->state = NULL;
}

const struct cli_letters_kind cli_letters_mail = { open_mails, next_mail, permille,
						   close_mails };
