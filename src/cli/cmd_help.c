/* SPDX-License-Identifier: MIT */
#include <sysexits.h>

#include "cli/cli.h"

int cli_run_help(struct cli *c)
{
	enum cli_command_id command;

	if (c->arg_count == 0) {
		cli_help_program(c);
		return EX_OK;
	}
	if (!cli_command_find(c->args[0], &command)) {
		const char *near = cli_command_nearest(c->args[0]);

		return cli_fail(&c->out, EX_USAGE, "unknown command '%s'%s%s%s", c->args[0],
				near ? "; nearest: '" : "", near ? near : "", near ? "'" : "");
	}
	cli_help_command(c, command);
	return EX_OK;
}
