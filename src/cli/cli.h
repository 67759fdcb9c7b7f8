/* SPDX-License-Identifier: MIT */
/* What one run of the program knows: its options, its arguments, where it speaks. */
#ifndef CLI_H
#define CLI_H

#include "cli/config.h"
#include "cli/option.h"
#include "cli/out.h"
#include "cli/sendmail.h"
#include "cli/values.h"

struct cli {
	struct cli_out out;
	struct cli_values values;
	struct cli_config config;
	bool has_command;
	enum cli_command_id command;
	char **args; /* what is left of argv after options and command */
	size_t arg_count;
	/* Of the sender's provider; NULL none. */
	char *preset_server, *preset_user, *preset_deadline;
	const char *preset_secret; /* what works there, "" nothing special is known */
	/* Options of the kind CLI_ACTION that were given. */
	struct cli_sendmail sendmail; /* when called by that name */
	bool want_help, want_version, want_faults, want_list;
};

/* Whether --lang says ru. */
bool cli_is_russian(const struct cli *c);

/* Reads the command line.  0, or the status of what was wrong and told. */
int cli_parse(struct cli *c, int argc, char **argv);
/* One option --NAME=VALUE of the command. */
int cli_parse_long(struct cli *c, char *arg);
/* Reads SENDWELL_... for all options of the command. */
int cli_env_load(struct cli *c);
/* Notes variables whose names nearly are those of options. */
void cli_env_note_slips(struct cli *c);
/* Finds, reads and applies the configuration file. */
int cli_config_load(struct cli *c);
/* Where the user's own configuration file is or would be; cli_free, NULL: no home, or no memory. */
char *cli_config_own_path(void);
/* The server of the sender's provider, where none is named.  0, or the status of what was wrong. */
int cli_preset_apply(struct cli *c);
/* Options that exclude each other: the higher layer wins, the same layer is an error. */
int cli_settle(struct cli *c);

void cli_help_program(struct cli *c);
void cli_help_command(struct cli *c, enum cli_command_id command);

/* One function a command: returns the exit status. */
#define CLI_COMMAND(id, ...) int cli_run_##id(struct cli *c);
#include "cli/command.def"
#undef CLI_COMMAND

#endif
