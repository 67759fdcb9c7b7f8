/* SPDX-License-Identifier: MIT */
#include <jansson.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include <sendwell/file.h>

#include "cli/import.h"

enum { CONFIG_MOST = 1024 * 1024 }; /* as much as is read again */

/* What our file cannot hold is told once, whatever is printed after it. */
static void note_flaws(struct cli *c, const struct sw_imported *i)
{
	const char *path = sw_imported_path(i), *why;
	struct sw_imported_setting s;

	for (size_t a = 0; a < sw_imported_count(i); a++) {
		const char *name = sw_imported_account(i, a);

		why = cli_import_name_flaw(name);
		if (why)
			cli_note(&c->out, CLI_WARN, "%s: account '%s' is left out: %s", path,
				 name, why);
		for (size_t n = 0; !why && sw_imported_get(i, a, n, &s); n++)
			if (cli_import_flaw(&s))
				cli_note(&c->out, CLI_WARN, "%s:%zu: %s is left out: %s", path,
					 s.line, s.key, cli_import_flaw(&s));
	}
}

static void show_notes(struct cli *c, const struct sw_imported *i)
{
	const char *text;
	size_t line = 0;

	for (size_t n = 0; (text = sw_imported_note(i, n, &line)); n++)
		if (line)
			cli_note(&c->out, CLI_WARN, "%s:%zu: %s", sw_imported_path(i), line,
				 text);
		else
			cli_note(&c->out, CLI_WARN, "%s: %s", sw_imported_path(i), text);
	note_flaws(c, i);
}

/* ---- JSON ---- */

/* Nothing is left out: without memory for one of it there is no list. */
static void append(json_t **list, json_t *value)
{
	if (json_array_append_new(*list, value)) {
		json_decref(*list);
		*list = NULL;
	}
}

static json_t *account_json(const struct sw_imported *i, size_t account)
{
	json_t *settings = json_object(), *secrets = json_array();
	struct sw_imported_setting s;
	int lost = 0;

	for (size_t n = 0; sw_imported_get(i, account, n, &s); n++) {
		if (cli_import_flaw(&s))
			continue;
		if (s.secret)
			append(&secrets, json_string(s.key));
		else
			lost |= json_object_set_new(settings, s.key, json_string(s.value));
	}
	if (lost) {
		json_decref(settings);
		settings = NULL;
	}
	return json_pack("{s:s, s:o, s:o}", "name", sw_imported_account(i, account),
			 "settings", settings, "secrets", secrets);
}

static int show_json(struct cli *c, const struct sw_imported *i, const char *written)
{
	json_t *accounts = json_array(), *notes = json_array();
	const char *text;
	size_t line = 0;

	for (size_t n = 0; n < sw_imported_count(i); n++)
		if (!cli_import_name_flaw(sw_imported_account(i, n)))
			append(&accounts, account_json(i, n));
	for (size_t n = 0; (text = sw_imported_note(i, n, &line)); n++)
		append(&notes, json_pack("{s:i, s:o}", "line", (int)line, "text",
					 cli_json_text(text)));
	const char *usual = sw_imported_default(i);
	json_t *o = json_pack("{s:s, s:s, s:o, s:o, s:s?, s:o, s:o}", "schema",
			      "sendwell/import/1", "program", c->args[0], "file",
			      cli_json_text(sw_imported_path(i)), "written",
			      cli_json_text(written), "default",
			      *usual && !cli_import_name_flaw(usual) ? usual : NULL,
			      "accounts", accounts, "notes", notes);

	if (!o)
		return cli_fail_nomem(&c->out);
	cli_say_json_object(&c->out, o);
	json_decref(o);
	return EX_OK;
}

/* ---- writing ---- */

/* Where to, cli_free.  A link stays one: what it points at is replaced. */
static int find_target(struct cli *c, char **ret)
{
	const char *named = cli_values_text(&c->values, CLI_OPT_CONFIG);
	char real[PATH_MAX];

	if (named && strcmp(named, "none") == 0)
		return cli_fail(&c->out, EX_USAGE,
				"--write needs a file, and --config is none");
	char *path = named ? cli_dup(named) : cli_config_own_path();

	if (!path)
		return cli_fail(&c->out, EX_CONFIG,
				"no home to keep a configuration in; use --config FILE");
	if (realpath(path, real)) {
		cli_free(path);
		path = cli_dup(real);
	}
	*ret = path;
	return path ? 0 : cli_fail_nomem(&c->out);
}

/* An account that stands there already is an error, unless it may be replaced. */
static int check_accounts(struct cli *c, const struct sw_imported *i)
{
	for (size_t n = 0; n < c->config.count; n++) {
		const char *name = cli_config_account_name(c->config.entries[n].section);

		for (size_t a = 0; name && a < sw_imported_count(i); a++)
			if (strcmp(name, sw_imported_account(i, a)) == 0)
				return cli_fail(
					&c->out, EX_CANTCREAT,
					"%s has [account %s] already; --force replaces "
					"it, nothing was written",
					c->config.path, name);
	}
	return 0;
}

static bool has_default(struct cli *c, const struct sw_imported *i)
{
	for (size_t n = 0; n < c->config.count; n++)
		if (c->config.entries[n].id == CLI_OPT_ACCOUNT) {
			if (strcmp(c->config.entries[n].text, sw_imported_default(i)) != 0)
				cli_note(&c->out, CLI_DIM,
					 "the account that is used when none is named stays "
					 "'%s'",
					 c->config.entries[n].text);
			return true;
		}
	return false;
}

static bool default_is_written(struct cli *c, const struct sw_imported *i)
{
	const char *name = sw_imported_default(i);

	return *name && !cli_import_name_flaw(name) && !has_default(c, i);
}

static int save(struct cli *c, const char *path, const struct cli_text *t)
{
	char text[512], dir[PATH_MAX];
	const char *slash = strrchr(path, '/');
	enum sw_err code = SW_OK;

	if (t->len > CONFIG_MOST)
		return cli_fail(&c->out, EX_CONFIG, "%s would have more than %d bytes", path,
				CONFIG_MOST);
	if (slash && slash > path && (size_t)(slash - path) < sizeof(dir)) {
		memcpy(dir, path, (size_t)(slash - path));
		dir[slash - path] = '\0';
		code = sw_file_make_dir(dir, text, sizeof(text));
	}
	if (!code)
		code = sw_file_save(path, 0600, t->bytes, t->len, text, sizeof(text));
	return code ? cli_fail(&c->out, sw_err_exit_status(code), "%s", text) : 0;
}

/* The old text, without what is replaced, and the accounts behind it. */
static int compose(struct cli *c, const struct sw_imported *i, const char *path,
		   struct cli_text *t)
{
	struct sw_file old = { .bytes = NULL };
	char text[512];
	bool good = true;

	if (access(path, F_OK) == 0) {
		int status = cli_config_read(&c->config, &c->out, path);
		enum sw_err code = SW_OK;

		if (!status && !cli_values_is_on(&c->values, CLI_OPT_FORCE))
			status = check_accounts(c, i);
		if (!status)
			code = sw_file_load(path, CONFIG_MOST, &old, text, sizeof(text));
		if (code)
			status = cli_fail(&c->out, sw_err_exit_status(code), "%s", text);
		if (status)
			return status;
		good = cli_import_strip(t, i, old.bytes ? old.bytes : "", old.len);
	}
	if (good && t->len && t->bytes[t->len - 1] != '\n')
		good = cli_text_add(t, "\n", 1);
	if (good && t->len)
		good = cli_text_add(t, "\n", 1);
	if (good)
		good = cli_import_render(t, i, true, default_is_written(c, i));
	sw_file_clear(&old);
	return good ? 0 : cli_fail_nomem(&c->out);
}

static int write_accounts(struct cli *c, const struct sw_imported *i)
{
	struct cli_text t = { .bytes = NULL };
	char *path = NULL;
	int status = find_target(c, &path);

	if (!path)
		return status;
	if (!status)
		status = compose(c, i, path, &t);
	if (!status)
		status = save(c, path, &t);
	if (!status && c->out.json)
		status = show_json(c, i, path);
	else if (!status && !c->out.quiet)
		cli_say(&c->out, CLI_GOOD, "%s: %zu account%s taken over from %s", path,
			sw_imported_count(i), sw_imported_count(i) == 1 ? "" : "s",
			sw_imported_path(i));
	cli_text_fini(&t);
	cli_free(path);
	return status;
}

static int print_accounts(struct cli *c, const struct sw_imported *i)
{
	struct cli_text t = { .bytes = NULL };
	bool first = !cli_import_name_flaw(sw_imported_default(i));

	if (c->out.json)
		return show_json(c, i, NULL);
	bool good = cli_import_render(&t, i, false, first);

	if (good)
		cli_say_lines(&c->out, CLI_PLAIN, "", t.bytes);
	cli_text_fini(&t);
	return good ? 0 : cli_fail_nomem(&c->out);
}

int cli_run_import(struct cli *c)
{
	struct sw_imported *i = NULL;
	char text[512];

	if (c->arg_count == 0 || c->arg_count > 2)
		return cli_fail(
			&c->out, EX_USAGE,
			"import what? expected msmtprc, nullmailer, dma or ssmtp, then "
			"its file if it is not in the usual place");
	enum sw_err code = sw_imported_read(c->args[0], c->arg_count > 1 ? c->args[1] : NULL,
					    &i, text, sizeof(text));

	if (code)
		return cli_fail(&c->out, sw_err_exit_status(code), "import: %s", text);
	show_notes(c, i);
	int status = sw_imported_count(i) == 0
			     ? cli_fail(&c->out, EX_DATAERR, "%s: no account of %s is in it",
					sw_imported_path(i), c->args[0])
		     : cli_values_is_on(&c->values, CLI_OPT_WRITE) ? write_accounts(c, i)
								   : print_accounts(c, i);

	sw_imported_free(i);
	return status;
}
