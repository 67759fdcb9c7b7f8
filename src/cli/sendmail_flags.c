/* SPDX-License-Identifier: MIT */
/* The flags of sendmail(8), as Sendmail, Postfix and those who stand in for them take them. */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "cli/cli.h"

enum value { NO, WANTS, MAY_HOLD }; /* a value; only one that is written together */
enum meaning {
	IGNORED,
	HEADER,
	KEEP_DOT,
	VERBOSE,
	SENDER,
	NAME,
	DSN,
	RET,
	ENVID,
	MODE,
	OTHER,
	FLUSH
};

static const struct flag {
	char letter;
	enum value value;
	enum meaning meaning;
} flags[] = {
	{ 't', NO, HEADER },
	{ 'i', NO, KEEP_DOT },
	{ 'v', NO, VERBOSE },
	{ 'f', WANTS, SENDER },
	{ 'r', WANTS, SENDER },
	{ 'F', WANTS, NAME },
	{ 'N', WANTS, DSN },
	{ 'R', WANTS, RET },
	{ 'V', WANTS, ENVID },
	{ 'b', WANTS, MODE },
	{ 'o', WANTS, OTHER },
	{ 'q', MAY_HOLD, FLUSH },
	{ 'I', NO, FLUSH },
	/* Of a mail system that is not here: files, delivery modes, error modes, tags. */
	{ 'A', WANTS, IGNORED },
	{ 'B', WANTS, IGNORED },
	{ 'C', WANTS, IGNORED },
	{ 'D', WANTS, IGNORED },
	{ 'L', WANTS, IGNORED },
	{ 'O', WANTS, IGNORED },
	{ 'X', WANTS, IGNORED },
	{ 'e', WANTS, IGNORED },
	{ 'h', WANTS, IGNORED },
	{ 'p', WANTS, IGNORED },
	{ 'd', MAY_HOLD, IGNORED },
	{ 'G', NO, IGNORED },
	{ 'U', NO, IGNORED },
	{ 'c', NO, IGNORED },
	{ 'm', NO, IGNORED },
	{ 'n', NO, IGNORED },
	{ 's', NO, IGNORED },
	{ 'x', NO, IGNORED },
};

static const struct {
	const char *name;
	enum cli_sendmail_job job;
} names[] = {
	{ "sendmail", CLI_SENDMAIL_SEND },      { "send-mail", CLI_SENDMAIL_SEND },
	{ "mailq", CLI_SENDMAIL_QUEUE },        { "runq", CLI_SENDMAIL_NOTHING },
	{ "newaliases", CLI_SENDMAIL_NOTHING },
};

static enum cli_sendmail_job job_of(const char *argv0)
{
	const char *slash = argv0 ? strrchr(argv0, '/') : NULL;
	const char *name = slash ? slash + 1 : argv0;

	for (size_t i = 0; name && i < CLI_LEN(names); i++)
		if (strcmp(name, names[i].name) == 0)
			return names[i].job;
	return CLI_SENDMAIL_NONE;
}

bool cli_sendmail_called(const char *argv0)
{
	return job_of(argv0) != CLI_SENDMAIL_NONE;
}

static int set(struct cli *c, enum cli_option_id id, const char *text)
{
	return cli_values_set(&c->values, id, CLI_LAYER_ARGS, text, 0)
		       ? 0
		       : cli_fail_nomem(&c->out);
}

static int take_mode(struct cli *c, char mode)
{
	switch (mode) {
	case 'm':
	case 'a':
		return 0;
	case 'p':
		c->sendmail.job = CLI_SENDMAIL_QUEUE;
		return 0;
	case 'i':
	case 'q':
		c->sendmail.job = CLI_SENDMAIL_NOTHING;
		return 0;
	case 'v':
		return cli_fail(&c->out, EX_USAGE,
				"-bv is not known here: 'sendwell verify recipients' asks the "
				"server");
	case 's':
		return cli_fail(
			&c->out, EX_USAGE,
			"-bs (SMTP on standard input) is not known here; give the message "
			"to 'sendmail -t' or name its recipients");
	default:
		return cli_fail(
			&c->out, EX_USAGE,
			"-b%c is not known here: this program sends, and keeps no queue",
			mode);
	}
}

static int take_flag(struct cli *c, const struct flag *f, const char *value)
{
	struct cli_sendmail *s = &c->sendmail;

	switch (f->meaning) {
	case HEADER:
		s->from_header = true;
		return 0;
	case KEEP_DOT:
		s->keep_dot = true;
		return 0;
	case OTHER: /* -oi, and many that are of no account */
		s->keep_dot |= value[0] == 'i' && !value[1];
		return 0;
	case VERBOSE:
		return set(c, CLI_OPT_VERBOSE, "yes");
	case SENDER:
		/* A name without domain is that of a user of this machine, and no address. */
		return strchr(value, '@') ? set(c, CLI_OPT_ENVELOPE_FROM, value)
		       : !*value || strcmp(value, "<>") == 0
			       ? set(c, CLI_OPT_ENVELOPE_FROM, "<>")
			       : 0;
	case NAME:
		s->name = value;
		return 0;
	case DSN:
		return set(c, CLI_OPT_DSN, value);
	case RET:
		return set(c, CLI_OPT_DSN_RETURN,
			   strcmp(value, "hdrs") == 0 ? "headers" : value);
	case ENVID:
		return set(c, CLI_OPT_DSN_ENVID, value);
	case MODE:
		return take_mode(c, value[0]);
	case FLUSH:
		s->job = CLI_SENDMAIL_NOTHING;
		return 0;
	case IGNORED:
		break;
	}
	return 0;
}

/* -oi -t, -tif ADDRESS: letters up to one with a value. */
static int take_letters(struct cli *c, int argc, char **argv, int *at)
{
	for (const char *letter = argv[*at] + 1; *letter; letter++) {
		const struct flag *f = NULL;

		for (size_t i = 0; i < CLI_LEN(flags); i++)
			f = flags[i].letter == *letter ? &flags[i] : f;
		if (!f)
			return cli_fail(&c->out, EX_USAGE, "sendmail knows no flag -%c",
					*letter);
		if (f->value == WANTS && !letter[1] && *at + 1 == argc)
			return cli_fail(&c->out, EX_USAGE, "-%c wants a value", *letter);
		const char *value = f->value == NO         ? NULL
				    : letter[1]            ? letter + 1
				    : f->value == MAY_HOLD ? ""
							   : argv[++*at];
		int status = take_flag(c, f, value);

		if (status || f->value != NO)
			return status;
	}
	return 0;
}

int cli_sendmail_parse(struct cli *c, int argc, char **argv)
{
	bool ended = false;
	int status = 0;

	c->sendmail.job = job_of(argv[0]);
	c->has_command = true;
	c->command = CLI_CMD_send;
	c->args = argv; /* recipients move to its front: never beyond what was read */
	for (int at = 1; !status && at < argc; at++) {
		char *arg = argv[at];

		if (ended || arg[0] != '-' || !arg[1])
			c->args[c->arg_count++] = arg;
		else if (strcmp(arg, "--") == 0)
			ended = true;
		else if (arg[1] == '-')
			status = cli_parse_long(c, arg);
		else
			status = take_letters(c, argc, argv, &at);
	}
	/* Programs read what it prints as a complaint. */
	if (!status && !cli_values_is_on(&c->values, CLI_OPT_VERBOSE))
		status = set(c, CLI_OPT_QUIET, "yes");
	return status;
}
