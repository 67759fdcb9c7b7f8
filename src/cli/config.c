/* SPDX-License-Identifier: MIT */
#include "cli/config.h"

#include <ini.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include <sendwell/file.h>

#include "cli/mem.h"
#include "cli/url.h"
#include "cli/values.h"

enum {
	MAX_CONFIG = 1024 * 1024, /* more is no configuration */
	MAX_LINE = 1024,          /* what the parser may want of one line */
};

struct reading {
	struct cli_config *config;
	struct cli_out *out;
	const char *rest; /* of the file */
	const char *end;
	unsigned line;          /* the one that was handed out last */
	char current[MAX_LINE]; /* that line */
	int status;             /* 0 until something was wrong */
};

const char *cli_config_account_name(const char *section)
{
	static const char word[] = "account";
	const char *name = section + strlen(word);

	if (strncmp(section, word, strlen(word)) != 0 || (*name != ' ' && *name != '\t'))
		return NULL;
	name += strspn(name, " \t");
	return *name ? name : NULL;
}

static bool is_sandbox(const char *section)
{
	return strcmp(section, "sandbox") == 0;
}

static int check_section(struct reading *r, const char *section)
{
	if (!*section || strcmp(section, "defaults") == 0 || is_sandbox(section) ||
	    cli_config_account_name(section))
		return 0;
	return cli_fail(r->out, EX_CONFIG,
			"%s:%u: there is no section [%s]; expected "
			"[defaults], [account NAME] or [sandbox]",
			r->config->path, r->line, section);
}

/* The parser tells of a section with its keys only; one without would pass under any name. */
static int check_header(struct reading *r, const char *line)
{
	char name[sizeof(r->current)];
	const char *open = line + strspn(line, " \t");
	size_t len = *open == '[' ? strcspn(open + 1, "]") : 0;

	/* Indented lines are further values. */
	if (open != line || !len || open[1 + len] != ']')
		return 0;
	memcpy(name, open + 1, len);
	name[len] = '\0';
	return check_section(r, name);
}

/* The parser's source of lines.  It would cut a long line in two and take the rest for another
 * one, so such a line ends the reading. */
static char *next_line(char *place, int size, void *arg)
{
	struct reading *r = arg;

	if (r->status || r->rest == r->end)
		return NULL;
	const char *nl = memchr(r->rest, '\n', (size_t)(r->end - r->rest));
	size_t len = (size_t)((nl ? nl + 1 : r->end) - r->rest);

	r->line++;
	if (len >= (size_t)size || len >= sizeof(r->current)) {
		size_t most =
			(size_t)size < sizeof(r->current) ? (size_t)size : sizeof(r->current);

		r->status = cli_fail(r->out, EX_CONFIG,
				     "%s:%u: the line has %zu bytes, at most "
				     "%zu are read",
				     r->config->path, r->line, len - (nl != NULL), most - 2);
		return NULL;
	}
	if (memchr(r->rest, '\0', len)) {
		r->status = cli_fail(r->out, EX_CONFIG, "%s:%u: a NUL byte, expected text",
				     r->config->path, r->line);
		return NULL;
	}
	memcpy(place, r->rest, len);
	place[len] = '\0';
	memcpy(r->current, place, len + 1);
	r->rest += len;
	r->status = check_header(r, place);
	return r->status ? NULL : place;
}

static int unknown_key(struct reading *r, const char *section, const char *key)
{
	const char *near = cli_option_nearest_key(key, is_sandbox(section));

	if (near)
		return cli_fail(r->out, EX_CONFIG, "%s:%u: unknown key '%s'; nearest: '%s'",
				r->config->path, r->line, key, near);
	return cli_fail(r->out, EX_CONFIG, "%s:%u: unknown key '%s'", r->config->path, r->line,
			key);
}

static int check_twice(struct reading *r, const char *section, enum cli_option_id id)
{
	const struct cli_config *config = r->config;

	if (cli_option(id)->kind == CLI_LIST)
		return 0;
	for (size_t i = 0; i < config->count; i++)
		if (config->entries[i].id == id &&
		    strcmp(config->entries[i].section, section) == 0)
			return cli_fail(r->out, EX_CONFIG,
					"%s:%u: '%s' is set twice in this "
					"section, first in line %u",
					config->path, r->line, cli_option(id)->name,
					config->entries[i].line);
	return 0;
}

static int add_entry(struct reading *r, const char *section, enum cli_option_id id,
		     const char *text)
{
	struct cli_config *config = r->config;

	if (config->count == config->room) {
		size_t room = config->room ? config->room * 2 : 16;
		struct cli_config_entry *entries =
			cli_grow(config->entries, room, sizeof(*entries));

		if (!entries)
			return cli_fail_nomem(r->out);
		config->entries = entries;
		config->room = room;
	}
	struct cli_config_entry *e = &config->entries[config->count++];

	*e = (struct cli_config_entry){ cli_dup(section), cli_dup(text), id, r->line };
	return e->section && e->text ? 0 : cli_fail_nomem(r->out);
}

/* A secret must come through whole; the parser takes what follows a blank and ';' for a
 * comment. */
static int check_secret(struct reading *r, enum cli_option_id id, const char *text)
{
	if (id != CLI_OPT_PASSWORD &&
	    !((id == CLI_OPT_SERVER || id == CLI_OPT_PROXY) && cli_url_has_password(text)))
		return 0;
	if (!r->config->secret_line)
		r->config->secret_line = r->line;
	if (strstr(r->current, " ;") || strstr(r->current, "\t;"))
		return cli_fail(
			r->out, EX_CONFIG,
			"%s:%u: what follows ' ;' is a comment, so this "
			"may be part of a password; use password-file for one that holds "
			"' ;'",
			r->config->path, r->line);
	return 0;
}

static int take_value(struct reading *r, const char *section, const char *key,
		      const char *text)
{
	enum cli_option_id id;
	int status = check_section(r, section);

	if (status)
		return status;
	if (!cli_option_find_key(key, is_sandbox(section), &id))
		return unknown_key(r, section, key);
	if (id == CLI_OPT_ACCOUNT && cli_config_account_name(section))
		return cli_fail(r->out, EX_CONFIG,
				"%s:%u: 'account' names the account to use; "
				"expected it in [defaults]",
				r->config->path, r->line);
	status = check_twice(r, section, id);
	if (!status)
		status = check_secret(r, id, text);
	if (!status && cli_option(id)->kind == CLI_BOOL) {
		const char *word = cli_bool_word(text);

		if (!word)
			return cli_fail(r->out, EX_CONFIG,
					"%s:%u: %s is '%s', expected yes or no",
					r->config->path, r->line, key, text);
		text = word;
	}
	return status ? status : add_entry(r, section, id, text);
}

/* For the parser: 1 goes on.  After the first error the source of lines ends the reading. */
static int on_value(void *arg, const char *section, const char *key, const char *text)
{
	struct reading *r = arg;

	if (!r->status)
		r->status = take_value(r, section, key, text);
	return r->status == 0;
}

static int parse_bytes(struct cli_config *config, struct cli_out *out,
		       const struct sw_file *file)
{
	struct reading r = {
		.config = config,
		.out = out,
		.rest = file->bytes,
		.end = file->bytes + file->len,
	};
	int line = ini_parse_stream(next_line, &r, on_value, &r);

	explicit_bzero(r.current, sizeof(r.current));
	if (!r.status && line < 0)
		return cli_fail_nomem(out);
	if (!r.status && line > 0)
		return cli_fail(out, EX_CONFIG,
				"%s:%d: expected [SECTION], KEY = VALUE or a "
				"comment",
				config->path, line);
	return r.status;
}

int cli_config_read(struct cli_config *config, struct cli_out *out, const char *path)
{
	struct sw_file file = { .bytes = NULL };
	char text[512];
	enum sw_err code = sw_file_load(path, MAX_CONFIG, &file, text, sizeof(text));

	if (code)
		return cli_fail(out, code == SW_E_LIMIT ? EX_CONFIG : sw_err_exit_status(code),
				"%s", text);
	config->path = cli_dup(path);
	int status = config->path ? parse_bytes(config, out, &file) : cli_fail_nomem(out);

	if (!status && config->secret_line && file.exposed)
		status = cli_fail(out, EX_CONFIG,
				  "%s:%u: a password stands here and others can "
				  "read the file; make it private (chmod 600 %s) or use "
				  "password-file or password-command",
				  path, config->secret_line, path);
	sw_file_clear(&file);
	return status;
}

void cli_config_fini(struct cli_config *config)
{
	for (size_t i = 0; i < config->count; i++) {
		char *text = config->entries[i].text;

		if (text)
			explicit_bzero(text, strlen(text));
		cli_free(text);
		cli_free(config->entries[i].section);
	}
	cli_free(config->entries);
	cli_free(config->path);
	memset(config, 0, sizeof(*config));
}
