/* SPDX-License-Identifier: MIT */
#include "cli/dkim.h"

#include <sysexits.h>

const char *cli_dkim_value(struct cli *c, enum cli_option_id id, size_t i)
{
	return cli_values_get(&c->values, id, cli_values_count(&c->values, id) == 1 ? 0 : i);
}

int cli_dkim_counts(struct cli *c, size_t *ret_count)
{
	static const struct {
		enum cli_option_id id;
		const char *name;
	} parts[] = { { CLI_OPT_DKIM_DOMAIN, "--dkim-domain" },
		      { CLI_OPT_DKIM_SELECTOR, "--dkim-selector" } };
	size_t keys = cli_values_count(&c->values, CLI_OPT_DKIM_KEY);

	for (size_t i = 0; i < CLI_LEN(parts); i++) {
		size_t n = cli_values_count(&c->values, parts[i].id);

		if (keys == 0 && n > 0)
			return cli_fail(&c->out, EX_USAGE, "%s without --dkim-key FILE",
					parts[i].name);
		if (keys > 0 && n == 0)
			return cli_fail(&c->out, EX_USAGE, "--dkim-key needs %s",
					parts[i].name);
		if (n > 1 && n != keys)
			return cli_fail(
				&c->out, EX_USAGE,
				"%s is given %zu times for %zu keys: expected once for "
				"all, or once for each",
				parts[i].name, n, keys);
	}
	*ret_count = keys;
	return 0;
}

int cli_dkim_keys(struct cli *c, struct sw_dkim_keys **ret)
{
	size_t count = 0;
	int status = cli_dkim_counts(c, &count);

	*ret = NULL;
	if (status)
		return status;
	if (count == 0)
		return cli_values_is_on(&c->values, CLI_OPT_DKIM_CHECK)
			       ? cli_fail(&c->out, EX_USAGE,
					  "--dkim-check without --dkim-key FILE")
			       : 0;
	struct sw_dkim_keys *k = sw_dkim_keys_new();

	if (!k)
		return cli_fail_nomem(&c->out);
	for (size_t i = 0; !status && i < count; i++) {
		enum sw_err code = sw_dkim_keys_add_file(
			k, cli_values_get(&c->values, CLI_OPT_DKIM_KEY, i),
			cli_dkim_value(c, CLI_OPT_DKIM_DOMAIN, i),
			cli_dkim_value(c, CLI_OPT_DKIM_SELECTOR, i));
		char origin[CLI_ORIGIN_SIZE];

		if (!code)
			continue;
		cli_values_origin(&c->values, CLI_OPT_DKIM_KEY, i, origin);
		status = cli_fail(&c->out, sw_err_exit_status(code), "%s: %s", origin,
				  sw_dkim_keys_error_text(k));
	}
	if (status)
		sw_dkim_keys_free(k);
	else
		*ret = k;
	return status;
}

static int check_one(struct cli *c, struct sw_dkim_keys *k, size_t i)
{
	enum sw_dkim_published found;
	const char *detail = "";
	enum sw_err code = sw_dkim_keys_look_up(
		k, i, cli_values_text(&c->values, CLI_OPT_RESOLVER), 0, &found, &detail);

	if (code)
		return cli_fail(&c->out, sw_err_exit_status(code), "--dkim-check: %s",
				sw_dkim_keys_error_text(k));
	if (found == SW_DKIM_PUBLISHED)
		return 0;
	if (found == SW_DKIM_PUBLISHED_UNKNOWN)
		return cli_fail(
			&c->out, EX_TEMPFAIL,
			"--dkim-check: %s could not be looked up (%s); nothing was sent",
			sw_dkim_keys_name(k, i), detail);
	return cli_fail(&c->out, EX_CONFIG,
			"--dkim-check: receivers would not accept the signature: %s %s%s%s; "
			"nothing was sent. Publish this record: %s",
			sw_dkim_keys_name(k, i),
			found == SW_DKIM_PUBLISHED_NOT ? "has no record"
						       : "has another record",
			*detail ? ": " : "", detail, sw_dkim_keys_zone(k, i));
}

int cli_dkim_check(struct cli *c, struct sw_dkim_keys *keys)
{
	int status = 0;

	if (!keys || !cli_values_is_on(&c->values, CLI_OPT_DKIM_CHECK))
		return 0;
	for (size_t i = 0; !status && i < sw_dkim_keys_count(keys); i++)
		status = check_one(c, keys, i);
	return status;
}
