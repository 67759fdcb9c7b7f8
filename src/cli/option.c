/* SPDX-License-Identifier: MIT */
#include "cli/option.h"

#include <stdio.h>
#include <string.h>

#include "cli/nearest.h"

enum {
	SEND = 1 << CLI_CMD_send,
	VERIFY = 1 << CLI_CMD_verify,
	EXPLAIN = 1 << CLI_CMD_explain,
	DIAGNOSE = 1 << CLI_CMD_diagnose,
	CHECK = 1 << CLI_CMD_check,
	ANALYZE = 1 << CLI_CMD_analyze,
	DKIM = 1 << CLI_CMD_dkim,
	IMPORT = 1 << CLI_CMD_import,
	SANDBOX = 1 << CLI_CMD_sandbox,
	ALL = CLI_MASK_ALL,

	ARGS = CLI_IN_ARGS,
	ENV = CLI_IN_ENV,
	CONFIG = CLI_IN_CONFIG,
	EVERYWHERE = ARGS | ENV | CONFIG,
};

static const struct cli_option options[CLI_OPT_COUNT] = {
#define CLI_OPTION(id, name, letter, kind, arg, commands, where, section, setting, help,      \
		   more)                                                                      \
	[CLI_OPT_##id] = {                                                                    \
		name,    letter, CLI_##kind, arg, commands, where, CLI_SECTION_##section,     \
		setting, help,   more                                                         \
	},
#define CLI_ALIAS(...)
#include "cli/option.def"
#undef CLI_OPTION
#undef CLI_ALIAS
};

static const struct cli_alias aliases[] = {
#define CLI_OPTION(...)
#define CLI_ALIAS(id, name, letter, value, help) { CLI_OPT_##id, name, letter, value, help },
#include "cli/option.def"
#undef CLI_OPTION
#undef CLI_ALIAS
};

static const char *const section_names[CLI_SECTION_COUNT] = {
	[CLI_SECTION_SERVER] = "Server",           [CLI_SECTION_MESSAGE] = "Message",
	[CLI_SECTION_SENDING] = "What else to do", [CLI_SECTION_MANY] = "Many messages",
	[CLI_SECTION_EXPLAIN] = "Explaining",      [CLI_SECTION_DIAGNOSE] = "Diagnosing",
	[CLI_SECTION_CHECK] = "Checking",          [CLI_SECTION_ANALYZE] = "Analyzing",
	[CLI_SECTION_IMPORT] = "Importing",
	[CLI_SECTION_SANDBOX] = "Sandbox",         [CLI_SECTION_GENERAL] = "General",
};

static const struct {
	const char *name;
	const char *args;
	const char *help;
} commands_table[CLI_CMD_COUNT] = {
#define CLI_COMMAND(id, args, help) [CLI_CMD_##id] = { #id, args, help },
#include "cli/command.def"
#undef CLI_COMMAND
};

const struct cli_option *cli_option(enum cli_option_id id)
{
	return &options[id];
}

const struct cli_alias *cli_alias(size_t i)
{
	return i < CLI_LEN(aliases) ? &aliases[i] : NULL;
}

const char *cli_section_name(enum cli_section section)
{
	return section_names[section];
}

const char *cli_command_name(enum cli_command_id id)
{
	return commands_table[id].name;
}

const char *cli_command_args(enum cli_command_id id)
{
	return commands_table[id].args;
}

const char *cli_command_help(enum cli_command_id id)
{
	return commands_table[id].help;
}

bool cli_command_find(const char *word, enum cli_command_id *ret)
{
	for (size_t i = 0; i < CLI_CMD_COUNT; i++)
		if (strcmp(commands_table[i].name, word) == 0) {
			*ret = (enum cli_command_id)i;
			return true;
		}
	return false;
}

static bool is_name(const char *name, const char *in, size_t len)
{
	return strlen(name) == len && memcmp(name, in, len) == 0;
}

bool cli_option_find(const char *name, size_t len, unsigned commands, enum cli_option_id *ret,
		     const char **ret_value)
{
	*ret_value = NULL;
	for (size_t i = 0; i < CLI_OPT_COUNT; i++)
		if ((options[i].commands & commands) && is_name(options[i].name, name, len)) {
			*ret = (enum cli_option_id)i;
			return true;
		}
	for (size_t i = 0; i < CLI_LEN(aliases); i++)
		if ((options[aliases[i].id].commands & commands) &&
		    is_name(aliases[i].name, name, len)) {
			*ret = aliases[i].id;
			*ret_value = aliases[i].value;
			return true;
		}
	return false;
}

bool cli_option_find_letter(char letter, unsigned commands, enum cli_option_id *ret,
			    const char **ret_value)
{
	*ret_value = NULL;
	for (size_t i = 0; i < CLI_OPT_COUNT; i++)
		if (options[i].letter == letter && (options[i].commands & commands)) {
			*ret = (enum cli_option_id)i;
			return true;
		}
	for (size_t i = 0; i < CLI_LEN(aliases); i++)
		if (aliases[i].letter == letter &&
		    (options[aliases[i].id].commands & commands)) {
			*ret = aliases[i].id;
			*ret_value = aliases[i].value;
			return true;
		}
	return false;
}

/* Whether an option may stand in that kind of section of a configuration file. */
static bool is_key(const struct cli_option *o, bool sandbox)
{
	return (o->where & CLI_IN_CONFIG) && (o->section == CLI_SECTION_SANDBOX) == sandbox;
}

bool cli_option_find_key(const char *key, bool sandbox, enum cli_option_id *ret)
{
	for (size_t i = 0; i < CLI_OPT_COUNT; i++)
		if (is_key(&options[i], sandbox) && strcmp(options[i].name, key) == 0) {
			*ret = (enum cli_option_id)i;
			return true;
		}
	return false;
}

void cli_option_env_name(enum cli_option_id id, char out[CLI_ENV_NAME_SIZE])
{
	bool sandbox = options[id].section == CLI_SECTION_SANDBOX;

	(void)snprintf(out, CLI_ENV_NAME_SIZE, "SENDWELL_%s%s", sandbox ? "SANDBOX_" : "",
		       options[id].name);
	for (char *c = out; *c; c++) {
		if (*c == '-')
			*c = '_';
		else if (*c >= 'a' && *c <= 'z')
			*c = (char)(*c - ('a' - 'A'));
	}
}

const char *cli_option_nearest(const char *name, size_t len, unsigned commands)
{
	struct cli_nearest n = cli_nearest_start(name, len);

	for (size_t i = 0; i < CLI_OPT_COUNT; i++)
		if ((options[i].commands & commands) && (options[i].where & CLI_IN_ARGS))
			cli_nearest_try(&n, options[i].name);
	for (size_t i = 0; i < CLI_LEN(aliases); i++)
		if (options[aliases[i].id].commands & commands)
			cli_nearest_try(&n, aliases[i].name);
	return cli_nearest_found(&n);
}

const char *cli_option_nearest_key(const char *key, bool sandbox)
{
	struct cli_nearest n = cli_nearest_start(key, strlen(key));

	for (size_t i = 0; i < CLI_OPT_COUNT; i++)
		if (is_key(&options[i], sandbox))
			cli_nearest_try(&n, options[i].name);
	return cli_nearest_found(&n);
}

const char *cli_command_nearest(const char *word)
{
	struct cli_nearest n = cli_nearest_start(word, strlen(word));

	for (size_t i = 0; i < CLI_CMD_COUNT; i++)
		cli_nearest_try(&n, commands_table[i].name);
	return cli_nearest_found(&n);
}
