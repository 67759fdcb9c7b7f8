/* SPDX-License-Identifier: MIT */
#include <jansson.h>
#include <sysexits.h>

#include <sendwell/version.h>

#include "cli/cli.h"

static int say_json(struct cli *c)
{
	json_t *libraries = json_array();
	json_t *object;

	for (unsigned i = 0; sw_version_of(i); i++)
		if (json_array_append_new(libraries, json_string(sw_version_of(i)))) {
			json_decref(libraries);
			return cli_fail_nomem(&c->out);
		}
	object = json_pack("{s:s, s:s, s:o}", "schema", "sendwell/version/1", "version",
			   sw_version(), "libraries", libraries);
	if (!object)
		return cli_fail_nomem(&c->out);
	cli_say_json_object(&c->out, object);
	json_decref(object);
	return EX_OK;
}

int cli_run_version(struct cli *c)
{
	if (c->arg_count > 0)
		return cli_fail(&c->out, EX_USAGE, "version takes no argument, there is '%s'",
				c->args[0]);
	if (c->out.json)
		return say_json(c);
	cli_say(&c->out, CLI_PLAIN, "sendwell %s", sw_version());
	for (unsigned i = 0; sw_version_of(i); i++)
		cli_say(&c->out, CLI_PLAIN, "%s", sw_version_of(i));
	return EX_OK;
}
