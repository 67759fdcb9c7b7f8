/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "cli/cli.h"

struct parse {
	struct cli *c;
	int argc, next;
	char **argv;
};

/* Options that may stand here: before the command only those that all commands take. `version`
 * has no other ones. */
static unsigned commands_here(const struct cli *c)
{
	return 1u << (c->has_command ? c->command : CLI_CMD_version);
}

/* What other programs call it (swaks, msmtp, curl, mail), where no name of ours is near. */
static const char *known_elsewhere(const char *name, size_t len)
{
	static const char *const rows[][2] = {
		{ "port", "--server HOST:PORT" },
		{ "host", "--server HOST" },
		{ "url", "--server URL" },
		{ "body", "--text FILE" },
		{ "data", "--message FILE" },
		{ "upload-file", "--message FILE" },
		{ "mail-from", "--envelope-from ADDRESS" },
		{ "mail-rcpt", "--to ADDRESS" },
		{ "auth-user", "--user NAME" },
		{ "auth-password", "--password-file FILE" },
		{ "auth-hide-password", "nothing: no password is ever shown" },
		{ "insecure", "--ca FILE, or --tls-pin, for a certificate of your own" },
		{ "ssl", "--tls implicit" },
		{ "tls-on-connect", "--tls implicit" },
		{ "starttls", "--tls starttls" },
		{ "ehlo-name", "--ehlo NAME" },
		{ "helo", "--ehlo NAME" },
		{ "interface", "--source ADDRESS" },
		{ "cacert", "--ca FILE" },
		{ "pretend", "--dry-run" },
		{ "quit-after", "'sendwell verify'" },
	};

	for (size_t i = 0; i < CLI_LEN(rows); i++)
		if (strlen(rows[i][0]) == len && strncasecmp(rows[i][0], name, len) == 0)
			return rows[i][1];
	return NULL;
}

static int unknown_option(struct cli *c, const char *name, size_t len)
{
	enum cli_option_id id;
	const char *value;
	/* Before the command it may be meant for any of them. */
	const char *near = cli_option_nearest(
		name, len, c->has_command ? commands_here(c) : CLI_MASK_ALL);

	if (!c->has_command && cli_option_find(name, len, CLI_MASK_ALL, &id, &value))
		return cli_fail(&c->out, EX_USAGE, "--%.*s must stand after the command",
				(int)len, name);
	const char *ours =
		c->has_command && (c->command == CLI_CMD_send || c->command == CLI_CMD_verify)
			? known_elsewhere(name, len)
			: NULL;

	if (ours)
		return cli_fail(&c->out, EX_USAGE, "unknown option --%.*s; here it is %s",
				(int)len, name, ours);
	if (near)
		return cli_fail(&c->out, EX_USAGE, "unknown option --%.*s; nearest: --%s",
				(int)len, name, near);
	return cli_fail(&c->out, EX_USAGE,
			"unknown option --%.*s; 'sendwell %s%s--help' lists them", (int)len,
			name, c->has_command ? cli_command_name(c->command) : "",
			c->has_command ? " " : "");
}

/* Passwords never pass through the command line: `ps` shows it to everybody. */
static int check_secret(struct cli *c, const struct cli_option *o)
{
	if (o->where & CLI_IN_ARGS)
		return 0;
	return cli_fail(
		&c->out, EX_USAGE,
		"--%s is not an option, because every user of this "
		"machine can read command lines; use --password-file, --password-command, "
		"--password-fd or SENDWELL_PASSWORD",
		o->name);
}

static int do_action(struct cli *c, enum cli_option_id id)
{
	c->want_help |= id == CLI_OPT_HELP;
	c->want_version |= id == CLI_OPT_VERSION;
	c->want_faults |= id == CLI_OPT_SANDBOX_LIST_FAULTS;
	c->want_list |= id == CLI_OPT_LIST;
	return 0;
}

static int set_value(struct cli *c, enum cli_option_id id, const char *text)
{
	return cli_values_set(&c->values, id, CLI_LAYER_ARGS, text, 0)
		       ? 0
		       : cli_fail_nomem(&c->out);
}

static int set_bool(struct cli *c, enum cli_option_id id, const char *text)
{
	const char *word = text ? cli_bool_word(text) : "yes";

	if (!word)
		return cli_fail(&c->out, EX_USAGE, "--%s is '%s', expected yes or no",
				cli_option(id)->name, text);
	return set_value(c, id, word);
}

/* An option of a kind that wants no separate argument, or one whose value is at hand. */
static int take_option(struct parse *p, enum cli_option_id id, const char *shown,
		       const char *value)
{
	const struct cli_option *o = cli_option(id);
	int status = check_secret(p->c, o);

	if (status)
		return status;
	if (o->kind == CLI_BOOL)
		return set_bool(p->c, id, value);
	if (o->kind == CLI_ACTION && value)
		return cli_fail(&p->c->out, EX_USAGE, "%s takes no value", shown);
	if (o->kind == CLI_ACTION)
		return do_action(p->c, id);
	if (!value && p->next == p->argc)
		return cli_fail(&p->c->out, EX_USAGE, "%s wants a value: %s", shown, o->arg);
	return set_value(p->c, id, value ? value : p->argv[p->next++]);
}

/* --no-x: a yes-or-no option is no, any other one is as if it had never been set. */
static bool is_negated(const struct cli *c, const char *name, size_t len,
		       enum cli_option_id *ret)
{
	const char *value;

	return len > 3 && strncmp(name, "no-", 3) == 0 &&
	       cli_option_find(name + 3, len - 3, commands_here(c), ret, &value) && !value &&
	       cli_option(*ret)->kind != CLI_ACTION;
}

static int take_long(struct parse *p, const char *arg)
{
	const char *name = arg + 2;
	size_t len = strcspn(name, "=");
	const char *value = name[len] ? name + len + 1 : NULL;
	const char *alias_value;
	enum cli_option_id id;

	if (cli_option_find(name, len, commands_here(p->c), &id, &alias_value)) {
		if (alias_value && value)
			return cli_fail(&p->c->out, EX_USAGE, "--%.*s takes no value",
					(int)len, name);
		char shown[64];

		(void)snprintf(shown, sizeof(shown), "--%.*s", (int)len, name);
		return take_option(p, id, shown, alias_value ? alias_value : value);
	}
	if (is_negated(p->c, name, len, &id)) {
		if (value)
			return cli_fail(&p->c->out, EX_USAGE, "--%.*s takes no value",
					(int)len, name);
		return set_value(p->c, id, cli_option(id)->kind == CLI_BOOL ? "no" : NULL);
	}
	return unknown_option(p->c, name, len);
}

/* -qv, -a NAME, -aNAME. */
static int take_letters(struct parse *p, const char *arg)
{
	for (const char *letter = arg + 1; *letter; letter++) {
		enum cli_option_id id;
		const char *value;
		char shown[] = { '-', *letter, '\0' };
		int status;

		if (!cli_option_find_letter(*letter, commands_here(p->c), &id, &value))
			return cli_fail(&p->c->out, EX_USAGE, "unknown option -%c in '%s'",
					*letter, arg);
		bool wants_value = !value && (cli_option(id)->kind == CLI_TEXT ||
					      cli_option(id)->kind == CLI_LIST);

		if (wants_value && letter[1])
			return take_option(p, id, shown, letter + 1);
		status = take_option(p, id, shown, value);
		if (status)
			return status;
	}
	return 0;
}

static int take_word(struct parse *p, char *word)
{
	struct cli *c = p->c;

	if (c->has_command) {
		c->args[c->arg_count++] = word;
		return 0;
	}
	c->has_command = cli_command_find(word, &c->command);
	if (c->has_command)
		return 0;
	const char *near = cli_command_nearest(word);

	if (near)
		return cli_fail(&c->out, EX_USAGE, "unknown command '%s'; nearest: '%s'", word,
				near);
	return cli_fail(&c->out, EX_USAGE,
			"unknown command '%s'; 'sendwell --help' lists them", word);
}

/* -2147220973 is an error of Windows, and explain has no options that are digits. */
static bool is_number_to_explain(const struct cli *c, const char *arg)
{
	return c->has_command && c->command == CLI_CMD_explain && arg[1] >= '0' &&
	       arg[1] <= '9' && arg[1 + strspn(arg + 1, "0123456789")] == '\0';
}

static int take(struct parse *p, char *arg, bool *ended)
{
	if (*ended || arg[0] != '-' || !arg[1] || is_number_to_explain(p->c, arg))
		return take_word(p, arg);
	if (strcmp(arg, "--") == 0) {
		*ended = true;
		return 0;
	}
	return arg[1] == '-' ? take_long(p, arg) : take_letters(p, arg);
}

int cli_parse_long(struct cli *c, char *arg)
{
	struct parse p = { .c = c };

	return take_long(&p, arg);
}

int cli_parse(struct cli *c, int argc, char **argv)
{
	struct parse p = { c, argc, 1, argv };
	bool ended = false;
	int status = 0;

	/* What is left over is never more than what was read, so argv has room for it. */
	c->args = argv;
	while (!status && p.next < argc)
		status = take(&p, argv[p.next++], &ended);
	/* A program that asked for JSON gets its answer in JSON, whatever else was wrong. */
	for (int i = 1; status && i < argc; i++)
		c->out.json |= argv[i] && strcmp(argv[i], "--json") == 0;
	return status;
}
