/* SPDX-License-Identifier: MIT */
/* --transcript and --save of many messages: one file each, that grows while messages go. */
#include <fcntl.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include <sendwell/file.h>

#include "cli/many.h"

enum {
	/* Some 10 KB each; who has more failures than that has the same one many times. */
	MOST_CASES = 1000,
	/* Lines of the dialogue are gathered; flushed with each heartbeat, too. */
	BUFFER = 64 * 1024,
};

static int open_file(struct cli *c, enum cli_option_id id, int *ret_fd, bool *ret_stdout)
{
	const char *path = cli_values_text(&c->values, id);
	char why[512], origin[CLI_ORIGIN_SIZE];

	*ret_fd = -1;
	*ret_stdout = path && strcmp(path, "-") == 0;
	if (!path || *ret_stdout)
		return 0;
	enum sw_err e = sw_file_grow(path, 0600, 0, ret_fd, why, sizeof(why));

	cli_values_origin(&c->values, id, 0, origin);
	return e ? cli_fail(&c->out, sw_err_exit_status(e), "%s: %s", origin, why) : 0;
}

int cli_many_keep_open(struct cli *c, struct cli_many_keep *k)
{
	*k = (struct cli_many_keep){ .c = c, .transcript_fd = -1, .save_fd = -1 };
	int status =
		open_file(c, CLI_OPT_TRANSCRIPT, &k->transcript_fd, &k->transcript_stdout);

	if (!status)
		status = open_file(c, CLI_OPT_SAVE, &k->save_fd, &k->save_stdout);
	if (!status && k->transcript_fd >= 0) {
		k->lines = cli_grow(NULL, BUFFER, 1);
		status = k->lines ? 0 : cli_fail_nomem(&c->out);
	}
	return status;
}

/* What became of the messages counts, whether it can be written or not: told once. */
static void write_to(struct cli_many_keep *k, enum cli_option_id id, int *fd,
		     const char *bytes, size_t len)
{
	char why[512];

	if (*fd < 0 || !sw_file_write_all(*fd, bytes, len, why, sizeof(why)))
		return;
	cli_complain(&k->c->out, "--%s: %s", cli_option(id)->name, why);
	close(*fd);
	*fd = -1;
}

void cli_many_keep_flush(struct cli_many_keep *k)
{
	if (k->held)
		write_to(k, CLI_OPT_TRANSCRIPT, &k->transcript_fd, k->lines, k->held);
	k->held = 0;
}

void cli_many_keep_close(struct cli_many_keep *k)
{
	if (k->c)
		cli_many_keep_flush(k);
	if (k->transcript_fd >= 0 && k->c)
		close(k->transcript_fd);
	if (k->save_fd >= 0 && k->c)
		close(k->save_fd);
	cli_free(k->lines);
	*k = (struct cli_many_keep){ .transcript_fd = -1, .save_fd = -1 };
}

bool cli_many_keep_hears(const struct cli_many_keep *k)
{
	return k->transcript_fd >= 0 || k->transcript_stdout;
}

/* "     3      12.345 -> MAIL FROM:<...>": the number of the session goes before. */
void cli_many_keep_line(void *arg, uint64_t session, double ms, const char *mark,
			const char *text)
{
	struct cli_many_keep *k = arg;
	char *line = cli_printf("%6llu %10.3f %s %s\n", (unsigned long long)session, ms, mark,
				text);
	size_t len = line ? strlen(line) : 0;

	if (k->transcript_stdout && line)
		cli_say(&k->c->out, CLI_PLAIN, "%.*s", (int)len - 1, line);
	if (k->transcript_fd >= 0 && len) {
		if (k->held + len > BUFFER)
			cli_many_keep_flush(k);
		if (len > BUFFER) {
			write_to(k, CLI_OPT_TRANSCRIPT, &k->transcript_fd, line, len);
		} else {
			memcpy(k->lines + k->held, line, len);
			k->held += len;
		}
	}
	cli_free(line);
}

/* The message with which a session began tells of the session, each that was not accepted of
 * itself. Those that another's refusal kept back have nothing of their own to tell. */
static bool is_kept(const struct sw_pool_account *a)
{
	return sw_pool_account_opened(a) ||
	       (sw_pool_account_summary(a) != SW_SUMMARY_ACCEPTED &&
		!sw_pool_account_held_back(a));
}

void cli_many_keep_case(struct cli_many_keep *k, const struct sw_pool_account *a)
{
	if ((k->save_fd < 0 && !k->save_stdout) || !is_kept(a))
		return;
	if (k->cases >= MOST_CASES) {
		k->cases_left_out++;
		return;
	}
	struct sw_result *r = sw_pool_account_result(a);

	/* Best effort: in English it is right, too. */
	if (r)
		(void)!sw_result_set_language(r, cli_is_russian(k->c) ? "ru" : "en");
	const char *json = r ? sw_result_case_json(r) : NULL;

	if (!json)
		k->cases_left_out++;
	else if (k->save_stdout)
		cli_say_lines(&k->c->out, CLI_PLAIN, "", json);
	else
		write_to(k, CLI_OPT_SAVE, &k->save_fd, json, strlen(json));
	k->cases += json != NULL;
	sw_result_free(r);
}

void cli_many_keep_sums(const struct cli_many_keep *k)
{
	if (k->cases_left_out)
		cli_note(&k->c->out, CLI_WARN,
			 "sendwell: --save: %llu cases are kept, %llu more were left out",
			 (unsigned long long)k->cases, (unsigned long long)k->cases_left_out);
}
