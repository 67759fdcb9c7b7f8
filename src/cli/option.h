/* SPDX-License-Identifier: MIT */
/* The tables of options and commands, and looking things up in them. */
#ifndef CLI_OPTION_H
#define CLI_OPTION_H

#include <stdbool.h>
#include <stddef.h>

#define CLI_LEN(array) (sizeof(array) / sizeof((array)[0]))

enum cli_option_id {
#define CLI_OPTION(id, ...) CLI_OPT_##id,
#define CLI_ALIAS(...)
#include "cli/option.def"
#undef CLI_OPTION
#undef CLI_ALIAS
	CLI_OPT_COUNT
};

enum cli_command_id {
#define CLI_COMMAND(id, ...) CLI_CMD_##id,
#include "cli/command.def"
#undef CLI_COMMAND
	CLI_CMD_COUNT
};

enum cli_kind {
	CLI_BOOL,   /* --x, --no-x, --x=yes */
	CLI_TEXT,   /* one value, the last one counts */
	CLI_LIST,   /* values add up */
	CLI_ACTION, /* done instead of the command */
};

enum cli_where {
	CLI_IN_ARGS = 1,
	CLI_IN_ENV = 2,
	CLI_IN_CONFIG = 4,
};

enum cli_section {
	CLI_SECTION_SERVER,
	CLI_SECTION_MESSAGE,
	CLI_SECTION_SENDING,
	CLI_SECTION_MANY,
	CLI_SECTION_EXPLAIN,
	CLI_SECTION_DIAGNOSE,
	CLI_SECTION_CHECK,
	CLI_SECTION_ANALYZE,
	CLI_SECTION_IMPORT,
	CLI_SECTION_SANDBOX,
	CLI_SECTION_GENERAL,
	CLI_SECTION_COUNT
};

struct cli_option {
	const char *name;
	char letter; /* 0: none */
	enum cli_kind kind;
	const char *arg;   /* what its value is called */
	unsigned commands; /* bits by cli_command_id */
	unsigned where;    /* enum cli_where */
	enum cli_section section;
	const char *setting; /* of the mailer or the sandbox, NULL none */
	const char *help;
	const char *more;
};

/* Another way to write an option with a certain value. */
struct cli_alias {
	enum cli_option_id id;
	const char *name;
	char letter;
	const char *value;
	const char *help;
};

enum {
	CLI_ENV_NAME_SIZE = 64, /* the longest environment name, with its NUL */
	CLI_MASK_ALL = (1 << CLI_CMD_COUNT) - 1,
};

const struct cli_option *cli_option(enum cli_option_id id);
/* i-th alias, NULL beyond the last. */
const struct cli_alias *cli_alias(size_t i);
const char *cli_section_name(enum cli_section section);
const char *cli_command_name(enum cli_command_id id);
const char *cli_command_args(enum cli_command_id id);
const char *cli_command_help(enum cli_command_id id);
/* False for an unknown word. */
bool cli_command_find(const char *word, enum cli_command_id *ret);

/* An option by its name (len bytes) that any of the commands takes.  Name and letter of an
 * alias give the option that it means, and *ret_value its value (else NULL). */
bool cli_option_find(const char *name, size_t len, unsigned commands, enum cli_option_id *ret,
		     const char **ret_value);
bool cli_option_find_letter(char letter, unsigned commands, enum cli_option_id *ret,
			    const char **ret_value);
/* By its key in a section of the configuration file: [sandbox] or one of the others. */
bool cli_option_find_key(const char *key, bool sandbox, enum cli_option_id *ret);
/* "SENDWELL_TIMEOUT", "SENDWELL_SANDBOX_PORT". */
void cli_option_env_name(enum cli_option_id id, char out[CLI_ENV_NAME_SIZE]);

/* The nearest names, NULL when nothing is near. */
const char *cli_option_nearest(const char *name, size_t len, unsigned commands);
const char *cli_option_nearest_key(const char *key, bool sandbox);
const char *cli_command_nearest(const char *word);

#endif
