/* SPDX-License-Identifier: MIT */
/* Without a server in options, environment or configuration: that of the sender's provider,
 * when his domain, or where its mail goes, belongs to a known one. */
#include <sendwell/preset.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "cli/mem.h"
#include "cli/session.h"

#define LOOK_S "10" /* nobody waits longer for a guess */

/* The address of "Name <a@b>" or of a@b, cli_free; NULL: none, or no memory. */
static char *address_of(const char *from)
{
	const char *open = strrchr(from, '<');
	const char *start = open ? open + 1 : from + strspn(from, " \t");
	return cli_printf("%.*s", (int)strcspn(start, "> \t,"), start);
}

/* Clear text, or TLS with anybody, is asked for: that is for a server that somebody has named.
 */
static bool is_insecure(const struct cli *c)
{
	const char *tls = cli_values_text(&c->values, CLI_OPT_TLS);

	return tls && (strcmp(tls, "none") == 0 || strcmp(tls, "opportunistic") == 0);
}

/* What the look-up took is taken off the time for everything. */
static int shorten_deadline(struct cli *c, double took_s)
{
	const char *text = cli_values_text(&c->values, CLI_OPT_DEADLINE);
	double all = text ? strtod(text, NULL) : 0;

	if (all <= 0)
		return 0;
	cli_free(c->preset_deadline);
	c->preset_deadline = cli_printf("%.3f", all > took_s + 0.001 ? all - took_s : 0.001);
	return c->preset_deadline && cli_values_set(&c->values, CLI_OPT_DEADLINE,
						    CLI_LAYER_ARGS, c->preset_deadline, 0)
		       ? 0
		       : cli_fail_nomem(&c->out);
}

static int ask(struct cli_session *s, const char *address, struct sw_preset *ret)
{
	static const enum cli_option_id ids[] = { CLI_OPT_RESOLVER, CLI_OPT_TIMEOUT,
						  CLI_OPT_DEADLINE };
	int status = cli_session_make(s, s->c);
	enum sw_err limited = status ? SW_OK : sw_mailer_set(s->mailer, "deadline", LOOK_S);

	if (limited)
		status = cli_session_failed(s, limited);
	for (size_t i = 0; !status && i < CLI_LEN(ids); i++) {
		const char *text = cli_values_text(&s->c->values, ids[i]);
		enum sw_err code = SW_OK;

		if (text)
			code = sw_mailer_set(s->mailer, cli_option(ids[i])->setting, text);
		if (code)
			status = cli_session_failed(s, code);
	}
	if (status)
		return status;
	cli_session_enter(s);
	enum sw_err code = sw_mailer_find_preset(s->mailer, address, ret);

	cli_session_leave(s);
	/* An address that is wrong is told by whoever takes it as one. */
	return code && code != SW_E_DATA ? cli_session_failed(s, code) : 0;
}

static int look_up(struct cli *c, const char *address, struct sw_preset *ret)
{
	struct cli_session s = { .c = c };
	int status = ask(&s, address, ret);

	cli_session_end(&s);
	return status ? status : shorten_deadline(c, cli_session_waited_s(&s));
}

/* A choice that the DNS led to is always told, one by the sender's own domain when somebody
 * looks. */
static void tell(struct cli *c, const struct sw_preset *p, bool looked_up)
{
	const char *user = cli_values_text(&c->values, CLI_OPT_USER);

	if (!looked_up && !c->out.verbose && !cli_values_is_on(&c->values, CLI_OPT_DRY_RUN))
		return;
	cli_note(&c->out, CLI_DIM, "provider       server %s, %s%s (no server is set; %s)",
		 p->server, user ? "user " : "no user", user ? user : "", p->why);
	if (*p->secret)
		cli_note(&c->out, CLI_DIM, "               what works there: %s", p->secret);
}

static int adopt(struct cli *c, const struct sw_preset *p, bool looked_up)
{
	struct cli_values *v = &c->values;

	c->preset_server = cli_dup(p->server);
	c->preset_user = cli_dup(p->user);
	if (!c->preset_server || !c->preset_user ||
	    !cli_values_set(v, CLI_OPT_SERVER, CLI_LAYER_DEFAULTS, c->preset_server, 0))
		return cli_fail_nomem(&c->out);
	/* Weaker than what anybody has said. */
	if (*p->user && !cli_values_text(v, CLI_OPT_USER) &&
	    !cli_values_set(v, CLI_OPT_USER, CLI_LAYER_DEFAULTS, c->preset_user, 0))
		return cli_fail_nomem(&c->out);
	c->preset_secret = p->secret;
	tell(c, p, looked_up);
	return 0;
}

int cli_preset_apply(struct cli *c)
{
	const char *from = cli_values_text(&c->values, CLI_OPT_FROM);
	struct sw_preset preset = { .secret = "" };
	int status = 0;

	if (!from || cli_values_text(&c->values, CLI_OPT_SERVER) ||
	    cli_values_is_on(&c->values, CLI_OPT_MX))
		return 0;
	char *address = address_of(from);

	if (!address)
		return cli_fail_nomem(&c->out);
	bool known = sw_preset_find(address, &preset);

	if (!known && !is_insecure(c))
		status = look_up(c, address, &preset);
	cli_free(address);
	if (status)
		return status;
	if (*preset.server)
		return adopt(c, &preset, !known);
	if (*preset.why)
		return cli_fail(&c->out, EX_USAGE,
				"no server is known (%s); expected --server HOST, --mx, or "
				"'server = HOST' in a configuration file",
				preset.why);
	return 0;
}
