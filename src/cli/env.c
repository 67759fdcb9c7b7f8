/* SPDX-License-Identifier: MIT */
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "cli/cli.h"

/* Options that the command takes; all of [sandbox] are the sandbox's alone. */
static bool is_used(const struct cli *c, enum cli_option_id id)
{
	return (cli_option(id)->where & CLI_IN_ENV) &&
	       (cli_option(id)->commands & (1u << c->command));
}

static int set_bool(struct cli *c, enum cli_option_id id, const char *name, const char *text)
{
	const char *word = cli_bool_word(text);

	if (!word)
		return cli_fail(&c->out, EX_USAGE, "%s is '%s', expected yes or no", name,
				text);
	return cli_values_set(&c->values, id, CLI_LAYER_ENV, word, 0)
		       ? 0
		       : cli_fail_nomem(&c->out);
}

/* Several values of a list stand on lines of their own.  The text is cut up in place: the
 * environment belongs to this program. */
static int set_list(struct cli *c, enum cli_option_id id, char *text)
{
	for (char *next = text; next; text = next) {
		next = strchr(text, '\n');
		if (next)
			*next++ = '\0';
		if (*text && !cli_values_set(&c->values, id, CLI_LAYER_ENV, text, 0))
			return cli_fail_nomem(&c->out);
	}
	return 0;
}

static int load_one(struct cli *c, enum cli_option_id id, const char *name, char *text)
{
	if (cli_option(id)->kind == CLI_BOOL)
		return set_bool(c, id, name, text);
	if (cli_option(id)->kind == CLI_LIST)
		return set_list(c, id, text);
	return cli_values_set(&c->values, id, CLI_LAYER_ENV, text, 0)
		       ? 0
		       : cli_fail_nomem(&c->out);
}

/* An option by the name of its variable, whatever command it belongs to. */
static bool find_env(const char *name, size_t len, enum cli_option_id *ret)
{
	char known[CLI_ENV_NAME_SIZE];

	for (size_t i = 0; i < CLI_OPT_COUNT; i++) {
		cli_option_env_name((enum cli_option_id)i, known);
		if ((cli_option((enum cli_option_id)i)->where & CLI_IN_ENV) &&
		    strlen(known) == len && memcmp(known, name, len) == 0) {
			*ret = (enum cli_option_id)i;
			return true;
		}
	}
	return false;
}

/* The option whose variable somebody may have meant with SENDWELL_<tail>. */
static bool nearest_env(const char *tail, size_t len, enum cli_option_id *ret)
{
	static const char prefix[] = "sandbox-";
	char word[CLI_ENV_NAME_SIZE];
	const char *ignored;

	if (len == 0 || len >= sizeof(word))
		return false;
	for (size_t i = 0; i < len; i++)
		word[i] = tail[i] == '_'                     ? '-'
			  : tail[i] >= 'A' && tail[i] <= 'Z' ? (char)(tail[i] + ('a' - 'A'))
							     : tail[i];
	word[len] = '\0';
	bool sandbox = strncmp(word, prefix, strlen(prefix)) == 0;
	unsigned commands = sandbox ? 1u << CLI_CMD_sandbox : ~(1u << CLI_CMD_sandbox);
	const char *name = word + (sandbox ? strlen(prefix) : 0);
	const char *near = cli_option_nearest_key(name, sandbox);

	if (near)
		return cli_option_find_key(near, sandbox, ret);
	near = cli_option_nearest(name, strlen(name), commands);
	return near && cli_option_find(near, strlen(near), commands, ret, &ignored) &&
	       (cli_option(*ret)->where & CLI_IN_ENV);
}

/* A variable that nearly has the name of an option is a slip that nobody would notice. */
static void note_near_miss(struct cli *c, const char *name, size_t len)
{
	static const char prefix[] = "SENDWELL_";
	const char *meant = cli_values_text(&c->values, CLI_OPT_PASSWORD_ENV);
	char known[CLI_ENV_NAME_SIZE];
	enum cli_option_id id;

	if (meant && strlen(meant) == len && memcmp(meant, name, len) == 0)
		return;
	if (!nearest_env(name + strlen(prefix), len - strlen(prefix), &id))
		return;
	cli_option_env_name(id, known);
	cli_note(&c->out, CLI_WARN,
		 "sendwell: %.*s in the environment means nothing; nearest: %s", (int)len,
		 name, known);
}

int cli_env_load(struct cli *c)
{
	int status = 0;

	for (char **e = environ; *e && !status; e++) {
		enum cli_option_id id;
		size_t len = strcspn(*e, "=");

		if (strncmp(*e, "SENDWELL_", strlen("SENDWELL_")) != 0 || (*e)[len] != '=')
			continue;
		/* An empty variable is as good as none. */
		if (find_env(*e, len, &id) && is_used(c, id) && (*e)[len + 1]) {
			char name[CLI_ENV_NAME_SIZE];

			cli_option_env_name(id, name);
			status = load_one(c, id, name, *e + len + 1);
		}
	}
	return status;
}

void cli_env_note_slips(struct cli *c)
{
	for (char **e = environ; *e; e++) {
		enum cli_option_id id;
		size_t len = strcspn(*e, "=");

		if (strncmp(*e, "SENDWELL_", strlen("SENDWELL_")) == 0 &&
		    !find_env(*e, len, &id))
			note_near_miss(c, *e, len);
	}
}
