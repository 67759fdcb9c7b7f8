/* SPDX-License-Identifier: MIT */
/* Without a server in options, environment or configuration: that of the sender's provider,
 * when it is a known one. */
#include <sendwell/preset.h>
#include <string.h>

#include "cli/mem.h"
#include "cli/session.h"

/* The address of "Name <a@b>" or of a@b, cli_free; NULL: none, or no memory. */
static char *address_of(const char *from)
{
	const char *open = strrchr(from, '<');
	const char *start = open ? open + 1 : from + strspn(from, " \t");
	return cli_printf("%.*s", (int)strcspn(start, "> \t,"), start);
}

int cli_preset_apply(struct cli *c)
{
	struct cli_values *v = &c->values;
	const char *from = cli_values_text(v, CLI_OPT_FROM);
	struct sw_preset preset;
	char *address;

	if (!from || cli_values_text(v, CLI_OPT_SERVER) || cli_values_is_on(v, CLI_OPT_MX))
		return 0;
	address = address_of(from);
	if (!address)
		return cli_fail_nomem(&c->out);
	int known = sw_preset_find(address, &preset);

	cli_free(address);
	if (!known)
		return 0;
	c->preset_server = cli_dup(preset.server);
	c->preset_user = cli_dup(preset.user);
	if (!c->preset_server || !c->preset_user ||
	    !cli_values_set(v, CLI_OPT_SERVER, CLI_LAYER_DEFAULTS, c->preset_server, 0))
		return cli_fail_nomem(&c->out);
	/* Weaker than what anybody has said. */
	if (!cli_values_text(v, CLI_OPT_USER) &&
	    !cli_values_set(v, CLI_OPT_USER, CLI_LAYER_DEFAULTS, c->preset_user, 0))
		return cli_fail_nomem(&c->out);
	if (c->out.verbose || cli_values_is_on(v, CLI_OPT_DRY_RUN)) {
		cli_note(&c->out, CLI_DIM,
			 "provider       server %s, user %s (known; no server is set)",
			 preset.server, cli_values_text(v, CLI_OPT_USER));
		if (*preset.secret)
			cli_note(&c->out, CLI_DIM, "               what works there: %s",
				 preset.secret);
	}
	return 0;
}
