/* SPDX-License-Identifier: MIT */
/* How the layers come together: command line over environment over configuration file. */
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/nearest.h"

static bool section_counts(const struct cli *c, const char *section, const char *account,
			   enum cli_layer *ret)
{
	const char *name = cli_config_account_name(section);

	if (!*section || strcmp(section, "defaults") == 0) {
		*ret = CLI_LAYER_DEFAULTS;
		return true;
	}
	*ret = CLI_LAYER_ACCOUNT;
	if (strcmp(section, "sandbox") == 0)
		return c->command == CLI_CMD_sandbox;
	return name && account && strcmp(name, account) == 0;
}

static int apply_entries(struct cli *c, enum cli_layer wanted, const char *account)
{
	for (size_t i = 0; i < c->config.count; i++) {
		const struct cli_config_entry *e = &c->config.entries[i];
		enum cli_layer layer;

		if (!section_counts(c, e->section, account, &layer) || layer != wanted)
			continue;
		if (!(cli_option(e->id)->commands & (1u << c->command)))
			continue;
		if (!cli_values_set(&c->values, e->id, layer, e->text, e->line))
			return cli_fail_nomem(&c->out);
	}
	return 0;
}

static int unknown_account(struct cli *c, const char *account)
{
	struct cli_nearest n = cli_nearest_start(account, strlen(account));
	char origin[CLI_ORIGIN_SIZE];

	cli_values_origin(&c->values, CLI_OPT_ACCOUNT, 0, origin);
	for (size_t i = 0; i < c->config.count; i++) {
		const char *name = cli_config_account_name(c->config.entries[i].section);

		if (name && strcmp(name, account) == 0)
			return 0;
		if (name)
			cli_nearest_try(&n, name);
	}
	const char *near = cli_nearest_found(&n);

	if (!c->config.path)
		return cli_fail(&c->out, EX_CONFIG,
				"%s: there is no account '%s' because there "
				"is no configuration file",
				origin, account);
	return cli_fail(&c->out, EX_CONFIG, "%s: %s has no [account %s]%s%s%s", origin,
			c->config.path, account, near ? "; nearest: [account " : "",
			near ? near : "", near ? "]" : "");
}

/* A file that may be there: 0 and *ret_found false when it is not. */
static int read_optional(struct cli *c, char *path, bool *ret_found)
{
	int status = 0;

	if (!path)
		return cli_fail_nomem(&c->out);
	*ret_found = access(path, F_OK) == 0;
	if (*ret_found)
		status = cli_config_read(&c->config, &c->out, path);
	cli_free(path);
	return status;
}

char *cli_config_own_path(void)
{
	const char *xdg = getenv("XDG_CONFIG_HOME");
	const char *home = getenv("HOME");

	/* The base directory specification: a path that is not absolute is to be ignored. */
	if (xdg && *xdg == '/')
		return cli_printf("%s/sendwell/config", xdg);
	return home && *home == '/' ? cli_printf("%s/.config/sendwell/config", home) : NULL;
}

static bool has_home(void)
{
	const char *xdg = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");

	return (xdg && *xdg == '/') || (home && *home == '/');
}

static int read_file(struct cli *c)
{
	const char *named = cli_values_text(&c->values, CLI_OPT_CONFIG);
	bool found = false;
	int status = 0;

	if (named)
		return strcmp(named, "none") == 0
			       ? 0
			       : cli_config_read(&c->config, &c->out, named);
	if (has_home())
		status = read_optional(c, cli_config_own_path(), &found);
	if (!status && !found)
		status = read_optional(c, cli_printf("/etc/sendwell/config"), &found);
	return status;
}

int cli_config_load(struct cli *c)
{
	int status = read_file(c);

	if (status)
		return status;
	c->values.config_path = c->config.path ? c->config.path : "";
	status = apply_entries(c, CLI_LAYER_DEFAULTS, NULL);
	const char *account = cli_values_text(&c->values, CLI_OPT_ACCOUNT);

	if (!status && account)
		status = unknown_account(c, account);
	return status ? status : apply_entries(c, CLI_LAYER_ACCOUNT, account);
}

/* Options of which one is meant: the first of a row excludes its others, or each
 * excludes each other. */
enum { GROUP_MOST = 17 };

static const struct {
	bool each_other;
	size_t count;
	enum cli_option_id ids[GROUP_MOST];
} groups[] = {
	{ true,
	  8,
	  { CLI_OPT_PASSWORD, CLI_OPT_PASSWORD_FILE, CLI_OPT_PASSWORD_FD,
	    CLI_OPT_PASSWORD_COMMAND, CLI_OPT_PASSWORD_ENV, CLI_OPT_PASSWORD_FROM,
	    CLI_OPT_OAUTH_TOKEN_COMMAND, CLI_OPT_OAUTH_TOKEN_URL } },
	{ true, 2, { CLI_OPT_SERVER, CLI_OPT_MX } },
	/* A ready message takes no parts.  From and To are good for its envelope. */
	{ false,
	  16,
	  { CLI_OPT_MESSAGE, CLI_OPT_CC, CLI_OPT_BCC, CLI_OPT_REPLY_TO, CLI_OPT_SUBJECT,
	    CLI_OPT_TEXT, CLI_OPT_HTML, CLI_OPT_ATTACH, CLI_OPT_INLINE, CLI_OPT_HEADER,
	    CLI_OPT_MESSAGE_ID, CLI_OPT_ALTERNATIVE, CLI_OPT_CHARSET, CLI_OPT_FLOWED,
	    CLI_OPT_LIST_UNSUBSCRIBE, CLI_OPT_ONE_CLICK } },
	{ false,
	  17,
	  { CLI_OPT_MESSAGES, CLI_OPT_MERGE, CLI_OPT_CC, CLI_OPT_BCC, CLI_OPT_REPLY_TO,
	    CLI_OPT_SUBJECT, CLI_OPT_TEXT, CLI_OPT_HTML, CLI_OPT_ATTACH, CLI_OPT_INLINE,
	    CLI_OPT_HEADER, CLI_OPT_MESSAGE_ID, CLI_OPT_ALTERNATIVE, CLI_OPT_CHARSET,
	    CLI_OPT_FLOWED, CLI_OPT_LIST_UNSUBSCRIBE, CLI_OPT_ONE_CLICK } },
	{ true, 3, { CLI_OPT_MESSAGE, CLI_OPT_MESSAGES, CLI_OPT_MERGE } },
};

static bool takes_part(const struct cli *c, enum cli_option_id id)
{
	if (cli_values_count(&c->values, id) == 0)
		return false;
	return cli_option(id)->kind != CLI_BOOL || cli_values_is_on(&c->values, id);
}

static int settle_pair(struct cli *c, enum cli_option_id a, enum cli_option_id b)
{
	char first[CLI_ORIGIN_SIZE], second[CLI_ORIGIN_SIZE];
	enum cli_layer layer_a = c->values.slots[a].layer, layer_b = c->values.slots[b].layer;

	if (!takes_part(c, a) || !takes_part(c, b))
		return 0;
	if (layer_a != layer_b) {
		cli_values_drop(&c->values, layer_a < layer_b ? a : b);
		return 0;
	}
	cli_values_origin(&c->values, a, 0, first);
	cli_values_origin(&c->values, b, 0, second);
	return cli_fail(&c->out, cli_values_blame(&c->values, a),
			"%s and %s exclude each other", first, second);
}

static int settle_with_rest(struct cli *c, size_t group, size_t first)
{
	int status = 0;

	for (size_t i = first + 1; !status && i < groups[group].count; i++)
		status = settle_pair(c, groups[group].ids[first], groups[group].ids[i]);
	return status;
}

int cli_settle(struct cli *c)
{
	int status = 0;

	for (size_t g = 0; g < CLI_LEN(groups); g++)
		for (size_t i = 0; !status && i < (groups[g].each_other ? groups[g].count : 1);
		     i++)
			status = settle_with_rest(c, g, i);
	return status;
}
