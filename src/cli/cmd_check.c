/* SPDX-License-Identifier: MIT */
/* Domains as receivers and senders see them. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include <sendwell/check.h>
#include <sendwell/file.h>
#include <sendwell/text.h>

#include "cli/analyze.h"
#include "cli/check.h"
#include "cli/cli.h"
#include "cli/session.h"

enum { LIST_MOST = 64 * 1024 * 1024, READ_CHUNK = 16384 };

struct state {
	struct cli *c;
	char **domains;
	size_t count, room;
	size_t done, wrong, untested;
	int failed; /* status of what was told already */
};

/* ---- what is asked for ---- */

static bool add_domain(struct state *s, const char *name)
{
	if (s->count == s->room) {
		size_t room = s->room ? 2 * s->room : 64;
		char **more = cli_grow(s->domains, room, sizeof(*more));

		if (!more)
			return false;
		s->domains = more;
		s->room = room;
	}
	s->domains[s->count] = cli_dup(name);
	return s->domains[s->count++] != NULL;
}

/* The first word of each line; '#' begins a remark. */
static bool add_lines(struct state *s, char *text)
{
	char *rest = text, *line;

	/* A byte order mark, as editors of Windows put it. */
	if (s->count == 0 && strncmp(rest, "\xef\xbb\xbf", 3) == 0)
		rest += 3;
	while ((line = strsep(&rest, "\n"))) {
		line[strcspn(line, "#\r")] = '\0';
		line += strspn(line, " \t");
		line[strcspn(line, " \t,;")] = '\0';
		if (*line && !add_domain(s, line))
			return false;
	}
	return true;
}

/* Lines as they come: the list may be longer than memory likes, its domains are not. */
static int take_stdin(struct state *s)
{
	char text[READ_CHUNK];
	size_t len = 0, got;
	bool good = true;

	do {
		got = fread(text + len, 1, sizeof(text) - 1 - len, stdin);
		len += got;
		/* A line that fills all the room is no domain, and is cut into several. */
		char *end = got > 0 ? memrchr(text, '\n', len) : NULL;
		size_t take = end ? (size_t)(end + 1 - text) : len;
		char kept = text[take];

		text[take] = '\0';
		good = add_lines(s, text);
		text[take] = kept;
		len -= take;
		memmove(text, text + take, len);
	} while (good && (got > 0 || len > 0));
	if (ferror(stdin))
		return cli_fail(&s->c->out, EX_IOERR, "--bulk: standard input: %m");
	return good ? 0 : cli_fail_nomem(&s->c->out);
}

static int take_list(struct state *s, const char *path)
{
	struct sw_file file = { 0 };
	char error[512];

	if (strcmp(path, "-") == 0)
		return take_stdin(s);
	enum sw_err code = sw_file_load(path, LIST_MOST, &file, error, sizeof(error));

	if (code)
		return cli_fail(&s->c->out, sw_err_exit_status(code), "--bulk: %s", error);
	bool good = !file.bytes || add_lines(s, file.bytes);

	sw_file_clear(&file);
	return good ? 0 : cli_fail_nomem(&s->c->out);
}

static int take_domains(struct state *s)
{
	struct cli *c = s->c;
	const char *list = cli_values_text(&c->values, CLI_OPT_BULK);
	int status = 0;

	for (size_t i = 0; !status && i < c->arg_count; i++)
		if (!add_domain(s, c->args[i]))
			status = cli_fail_nomem(&c->out);
	if (!status && list)
		status = take_list(s, list);
	if (!status && s->count == 0 && !cli_values_text(&c->values, CLI_OPT_MESSAGE))
		status = cli_fail(&c->out, EX_USAGE,
				  "check what? expected DOMAIN..., --bulk FILE or --message "
				  "FILE");
	return status;
}

static bool number(const char *text, unsigned most, unsigned *ret)
{
	char *end = NULL;
	unsigned long n;

	if (!text)
		return true;
	errno = 0;
	n = isdigit((unsigned char)*text) ? strtoul(text, &end, 10) : 0;
	if (!end || *end || errno || n < 1 || n > most)
		return false;
	*ret = (unsigned)n;
	return true;
}

static int take_numbers(struct cli *c, struct sw_check_options *o)
{
	unsigned port = 0;
	const struct {
		enum cli_option_id id;
		unsigned most, *to;
	} rows[] = { { CLI_OPT_DEADLINE, 86400, &o->timeout_s },
		     { CLI_OPT_PARALLEL, 256, &o->parallel },
		     { CLI_OPT_HTTPS_PORT, 65535, &port } };

	for (size_t i = 0; i < CLI_LEN(rows); i++) {
		const char *text = cli_values_text(&c->values, rows[i].id);
		char origin[CLI_ORIGIN_SIZE];

		if (number(text, rows[i].most, rows[i].to))
			continue;
		cli_values_origin(&c->values, rows[i].id, 0, origin);
		return cli_fail(&c->out, cli_values_blame(&c->values, rows[i].id),
				"%s: '%s', expected a number from 1 to %u", origin, text,
				rows[i].most);
	}
	o->https_port = (unsigned short)port;
	return 0;
}

static int take_options(struct cli *c, struct sw_check_options *o, const char ***ret_selectors)
{
	size_t count = cli_values_count(&c->values, CLI_OPT_SELECTOR);
	const char **selectors = cli_grow(NULL, count + 1, sizeof(*selectors));

	if (!selectors)
		return cli_fail_nomem(&c->out);
	*ret_selectors = selectors;
	for (size_t i = 0; i < count; i++)
		selectors[i] = cli_values_get(&c->values, CLI_OPT_SELECTOR, i);
	*o = (struct sw_check_options){
		.resolver = cli_values_text(&c->values, CLI_OPT_RESOLVER),
		.anchor = cli_values_text(&c->values, CLI_OPT_ANCHOR),
		.ip = cli_values_text(&c->values, CLI_OPT_IP),
		.ehlo = cli_values_text(&c->values, CLI_OPT_EHLO),
		.from = cli_values_text(&c->values, CLI_OPT_FROM),
		.selectors = selectors,
		.selector_count = count,
		.language = cli_is_russian(c) ? "ru" : "en",
		.ca = cli_values_text(&c->values, CLI_OPT_CA),
		.message = cli_values_text(&c->values, CLI_OPT_MESSAGE),
		.original = cli_values_text(&c->values, CLI_OPT_ORIGINAL),
		.connect = cli_values_is_on(&c->values, CLI_OPT_CONNECT),
	};
	if (!o->anchor && cli_values_is_on(&c->values, CLI_OPT_DNSSEC))
		o->anchor = "";
	if (o->original && !o->message)
		return cli_fail(&c->out, EX_USAGE, "--original without --message FILE");
	if (o->message && strcmp(o->message, "-") == 0 && o->original &&
	    strcmp(o->original, "-") == 0)
		return cli_fail(&c->out, EX_USAGE,
				"--message and --original cannot both be standard input");
	return take_numbers(c, o);
}

/* ---- what is said ---- */

static void write_html(struct state *s, const struct sw_check_report *r)
{
	char *page =
		cli_values_text(&s->c->values, CLI_OPT_REPORT_HTML) ? sw_check_html(r) : NULL;

	if (page)
		(void)cli_keep_text(s->c, CLI_OPT_REPORT_HTML, page);
	sw_text_free(page);
}

static int on_report(void *arg, const struct sw_check_report *r)
{
	struct state *s = arg;
	struct cli *c = s->c;
	int status = sw_check_exit_status(r);

	s->done++;
	s->wrong += status == 1;
	s->untested += status == 2;
	if (c->out.json) {
		char *json = sw_check_json(r);

		if (!json)
			return s->failed = cli_fail_nomem(&c->out);
		cli_say_json(&c->out, json);
		sw_text_free(json);
	} else if (!c->out.quiet) {
		if (s->done > 1)
			cli_say(&c->out, CLI_PLAIN, "%s", "");
		cli_check_show(c, r);
	}
	write_html(s, r);
	/* Nobody reads on; cli_out_end tells it. Who reads a pipe gets each report at once. */
	if (fflush(stdout) || ferror(stdout))
		return 1;
	if (s->count > 1 && cli_analyze_progress_due())
		cli_analyze_progress_of(c, s->done, s->count,
					cli_is_russian(c) ? "доменов" : "domains");
	return 0;
}

static int run(struct state *s, const struct sw_check_options *o)
{
	char text[512] = "";

	if (s->count > 1 && cli_values_text(&s->c->values, CLI_OPT_REPORT_HTML))
		return cli_fail(&s->c->out, EX_USAGE, "--html holds one domain, not %zu",
				s->count);
	if (s->count > 1)
		cli_analyze_progress_start(s->c);
	enum sw_err code = sw_check_domains((const char *const *)s->domains, s->count, o,
					    on_report, s, text, sizeof(text));

	if (s->count > 1)
		cli_analyze_progress_end(s->c);
	if (ferror(stdout) || s->failed)
		return s->failed;
	if (code)
		return cli_fail(&s->c->out, sw_err_exit_status(code), "%s", text);
	return s->wrong ? 1 : s->untested ? 2 : 0;
}

int cli_run_check(struct cli *c)
{
	struct state s = { .c = c };
	struct sw_check_options o;
	const char **selectors = NULL;
	int status = take_options(c, &o, &selectors);

	if (!status)
		status = take_domains(&s);
	if (!status)
		status = run(&s, &o);
	for (size_t i = 0; i < s.count; i++)
		cli_free(s.domains[i]);
	cli_free(s.domains);
	cli_free(selectors);
	return status;
}
