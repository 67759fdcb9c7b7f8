/* SPDX-License-Identifier: MIT */
#include "cli/rules.h"

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

static void on_complaint(void *arg, const char *file, unsigned line, const char *text)
{
	struct cli *c = arg;

	if (line > 0)
		cli_complain(&c->out, "%s:%u: %s", file, line, text);
	else
		cli_complain(&c->out, "%s: %s", file, text);
}

static int add_rules(struct cli *c, struct sw_explainer *e, const char *dir)
{
	/* What is wrong with somebody's rules is told; what is built in goes on. */
	enum sw_err code = sw_explainer_add_rules(e, dir, on_complaint, c);

	if (code == SW_E_NOMEM)
		return cli_fail_nomem(&c->out);
	if (code)
		cli_complain(&c->out, "%s", sw_explainer_error_text(e));
	return 0;
}

static int add_usual_rules(struct cli *c, struct sw_explainer *e)
{
	const char *xdg = getenv("XDG_CONFIG_HOME");
	const char *home = getenv("HOME");
	bool own = (xdg && *xdg == '/') || (home && *home == '/');
	char *dir = NULL;
	int status = add_rules(c, e, "/etc/sendwell/rules.d");

	if (status || !own)
		return status;
	if (xdg && *xdg == '/')
		dir = cli_printf("%s/sendwell/rules.d", xdg);
	else
		dir = cli_printf("%s/.config/sendwell/rules.d", home);
	if (!dir)
		return cli_fail_nomem(&c->out);
	status = add_rules(c, e, dir);
	cli_free(dir);
	return status;
}

int cli_rules_load(struct cli *c, struct sw_explainer *e)
{
	size_t count = cli_values_count(&c->values, CLI_OPT_RULES);
	int status = 0;

	if (sw_explainer_set(e, "language", cli_is_russian(c) ? "ru" : "en"))
		return cli_fail_nomem(&c->out);
	if (count == 0)
		return add_usual_rules(c, e);
	for (size_t i = 0; !status && i < count; i++) {
		const char *dir = cli_values_get(&c->values, CLI_OPT_RULES, i);

		if (strcmp(dir, "none") == 0)
			continue;
		if (access(dir, R_OK | X_OK) != 0)
			return cli_fail(&c->out, EX_NOINPUT, "--rules: %s: %m", dir);
		status = add_rules(c, e, dir);
	}
	return status;
}
