/* SPDX-License-Identifier: MIT */
/* What became of many messages: a line of JSON each, the failed ones for people, the sums. */
#include <jansson.h>

#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include <sendwell/file.h>
#include <sendwell/memory.h>

#include "cli/many.h"

enum {
	SHOW_FAILURES = 20, /* to people; the file of --results has all */
	BAR_COLUMNS = 30,
};

static const char *const names[SW_SUMMARY_COUNT] = {
	[SW_SUMMARY_ACCEPTED] = "accepted", [SW_SUMMARY_PARTIAL] = "partial",
	[SW_SUMMARY_REJECTED] = "rejected", [SW_SUMMARY_DEFERRED] = "deferred",
	[SW_SUMMARY_NOT_SENT] = "not_sent", [SW_SUMMARY_UNCERTAIN] = "uncertain",
};

int cli_results_open(struct cli *c, struct cli_results *ret)
{
	const char *path = cli_values_text(&c->values, CLI_OPT_RESULTS);
	/* What earlier runs of the same list wrote stays: their messages are left out now. */
	int kept = cli_values_text(&c->values, CLI_OPT_RESUME) != NULL;
	char why[512];

	*ret = (struct cli_results){ .c = c, .fd = -1 };
	ret->is_stdout = path ? strcmp(path, "-") == 0 : c->out.json;
	if (ret->is_stdout || !path)
		return 0;
	enum sw_err e = sw_file_grow(path, 0600, kept, &ret->fd, why, sizeof(why));

	return e ? cli_fail(&c->out, sw_err_exit_status(e), "--results: %s", why) : 0;
}

void cli_results_close(struct cli_results *r)
{
	if (r->fd >= 0 && close(r->fd))
		(void)cli_fail(&r->c->out, EX_IOERR, "--results: %m");
	r->fd = -1;
}

/* One line with its end; cli_free, NULL without memory. */
static char *text_of(const json_t *line)
{
	const size_t flags = JSON_COMPACT | JSON_REAL_PRECISION(9);
	size_t len = line ? json_dumpb(line, NULL, 0, flags) : 0;
	char *text = len ? cli_grow(NULL, len + 2, 1) : NULL;

	if (!text)
		return NULL;
	if (json_dumpb(line, text, len, flags) != len) {
		cli_free(text);
		return NULL;
	}
	text[len] = '\n';
	text[len + 1] = '\0';
	return text;
}

/* What became of the messages counts, whether it can be written or not. */
static void write_line(struct cli_results *r, json_t *line)
{
	char *text = r->is_stdout ? NULL : text_of(line);
	char why[512] = "out of memory";

	if (r->is_stdout && line) {
		cli_say_json_object(&r->c->out, line);
	} else if (r->is_stdout) {
		r->c->out.result_cut = true;
		(void)cli_fail_nomem(&r->c->out);
	} else if (!r->failed &&
		   (!text || sw_file_write_all(r->fd, text, strlen(text), why, sizeof(why)))) {
		r->failed = true;
		(void)cli_fail(&r->c->out, EX_IOERR, "--results: %s", why);
	}
	cli_free(text);
	json_decref(line);
}

static json_t *reply_of(const struct sw_result_reply *r)
{
	return r->code ? json_pack("{s:i, s:s, s:s}", "code", r->code, "enhanced", r->enhanced,
				   "text", r->text)
		       : json_null();
}

static json_t *recipients_of(const struct sw_pool_account *a)
{
	json_t *list = json_array();

	for (size_t i = 0; list && i < sw_pool_account_recipient_count(a); i++) {
		struct sw_result_recipient r = sw_pool_account_recipient(a, i);

		if (json_array_append_new(
			    list, json_pack("{s:s, s:s, s:s, s:o, s:s}", "address", r.address,
					    "outcome", sw_outcome_name(r.outcome), "stage",
					    sw_stage_name(r.stage), "reply",
					    reply_of(&r.reply), "category", r.category))) {
			json_decref(list);
			return NULL; /* not a list that lacks somebody */
		}
	}
	return list;
}

static json_t *text_or_null(const char *text)
{
	return *text ? json_string(text) : json_null();
}

static json_t *server_of(const struct sw_pool_account *a)
{
	const struct sw_result_server s = sw_pool_account_server(a);

	if (!*s.name)
		return json_null();
	/* clang-format off */
	return json_pack("{s:s, s:o, s:o, s:{s:o, s:o, s:b, s:o, s:o, s:o, s:b}}",
			 "name", s.name,
			 "address", text_or_null(s.address),
			 "port", s.port ? json_integer(s.port) : json_null(),
			 "tls",
			 "version", text_or_null(s.tls_version),
			 "cipher", text_or_null(s.tls_cipher),
			 "verified", s.tls_verified,
			 "policy", text_or_null(s.tls_policy),
			 "mode", text_or_null(s.tls_mode),
			 "report", text_or_null(s.tls_report),
			 "resumed", s.tls_resumed);
	/* clang-format on */
}

static json_t *line_of(const char *name, const struct sw_pool_account *a)
{
	uint64_t session = sw_pool_account_session(a);

	/* clang-format off */
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:s, s:f, s:i, s:o, s:o, s:b, s:i}",
			 "schema", "sendwell/send_message/1",
			 "name", name,
			 "outcome", names[sw_pool_account_summary(a)],
			 "stage", sw_stage_name(sw_pool_account_stage(a)),
			 "message_id", sw_message_id(sw_pool_account_message(a)),
			 "queue_id", sw_pool_account_queue_id(a),
			 "recipients", recipients_of(a),
			 "trouble", sw_pool_account_trouble(a),
			 "ms", sw_pool_account_ms(a),
			 "tries", (int)sw_pool_account_tries(a),
			 "session", session ? json_integer((json_int_t)session) : json_null(),
			 "server", server_of(a),
			 "held_back", sw_pool_account_held_back(a),
			 "exit_status", sw_pool_account_exit_status(a));
	/* clang-format on */
}

/* Tried again once, for memory that lacks may be there in a moment, and the row is all that
 * tells of this message. NULL: it still lacks; half a row is none. */
static json_t *whole_line_of(const char *name, const struct sw_pool_account *a)
{
	for (int tries = 0; tries < 2; tries++) {
		uint64_t refused = sw_memory_refused();
		json_t *line = line_of(name, a);

		if (sw_memory_refused() == refused)
			return line;
		json_decref(line);
	}
	return NULL;
}

static void count(struct cli_tally *t, enum sw_summary summary, int status)
{
	bool first = t->first_status == 0;

	t->of[summary]++;
	if (summary == SW_SUMMARY_ACCEPTED || !status)
		return;
	t->same_status = first || (t->same_status && t->first_status == status);
	t->first_status = first ? status : t->first_status;
}

static bool is_shown(struct cli_results *r, struct cli_tally *t)
{
	if (r->c->out.quiet || r->c->out.json || r->is_stdout || cli_keep_has_stdout(r->c))
		return false;
	return t->failures_shown++ < SHOW_FAILURES;
}

static enum cli_color color_of(enum sw_summary s)
{
	return s == SW_SUMMARY_REJECTED || s == SW_SUMMARY_NOT_SENT ? CLI_BAD : CLI_WARN;
}

/* One line for each recipient that was not accepted. */
static void show(struct cli_results *r, const char *name, const struct sw_pool_account *a)
{
	for (size_t i = 0; i < sw_pool_account_recipient_count(a); i++) {
		struct sw_result_recipient to = sw_pool_account_recipient(a, i);
		const char *trouble = sw_pool_account_trouble(a);

		if (to.outcome == SW_ACCEPTED)
			continue;
		if (to.reply.code)
			cli_say(&r->c->out, color_of(sw_pool_account_summary(a)),
				"%s: %s  %s  %d%s%s %s", name, sw_outcome_name(to.outcome),
				to.address, to.reply.code, *to.reply.enhanced ? " " : "",
				to.reply.enhanced, to.reply.text);
		else
			cli_say(&r->c->out, color_of(sw_pool_account_summary(a)),
				"%s: %s  %s  %s", name, sw_outcome_name(to.outcome),
				to.address, trouble);
	}
}

void cli_many_told(struct cli_results *r, struct cli_tally *t, const char *name,
		   const struct sw_pool_account *a)
{
	enum sw_summary summary = sw_pool_account_summary(a);

	count(t, summary, sw_pool_account_exit_status(a));
	if (sw_pool_account_held_back(a))
		t->held_back++; /* told once, with the sums */
	else if (summary != SW_SUMMARY_ACCEPTED && is_shown(r, t))
		show(r, name, a);
	if (r->is_stdout || r->fd >= 0)
		write_line(r, whole_line_of(name, a));
}

void cli_many_not_begun(struct cli_results *r, struct cli_tally *t, const char *name,
			enum sw_summary summary, int status, const char *why)
{
	count(t, summary, status);
	if (is_shown(r, t))
		/* What names file and line needs no other name. */
		cli_say(&r->c->out, color_of(summary), "%s%s%s: %s",
			strstr(why, name) == why ? "" : name,
			strstr(why, name) == why ? "" : ": ", names[summary], why);
	if (r->is_stdout || r->fd >= 0)
		write_line(
			r,
			json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:[], s:s, s:f, s:i, s:n, "
				  "s:n, s:b, s:i}",
				  "schema", "sendwell/send_message/1", "name", name, "outcome",
				  names[summary], "stage", "local", "message_id", "",
				  "queue_id", "", "recipients", "trouble", why, "ms", 0.0,
				  "tries", 0, "session", "server", "held_back", 0,
				  "exit_status", status));
}

/* Of this run, and of the messages that earlier ones were done with. */
static uint64_t in_all(const struct cli_tally *t, enum sw_summary s)
{
	return t->of[s] + t->earlier[s];
}

static int status_of(const struct cli_tally *t)
{
	uint64_t accepted = in_all(t, SW_SUMMARY_ACCEPTED) + in_all(t, SW_SUMMARY_PARTIAL);
	uint64_t failed = 0;

	for (size_t i = 0; i < SW_SUMMARY_COUNT; i++)
		failed += i == SW_SUMMARY_ACCEPTED ? 0 : in_all(t, (enum sw_summary)i);
	if (in_all(t, SW_SUMMARY_UNCERTAIN))
		return 79;
	if (accepted && (failed || t->stopped))
		return 80;
	if (!failed)
		return t->stopped ? EX_TEMPFAIL : 0;
	/* What exactly refused those of earlier runs, their own status told. */
	if (t->same_status && !t->earlier[SW_SUMMARY_REJECTED])
		return t->first_status;
	/* Some may go when tried again. */
	return t->of[SW_SUMMARY_DEFERRED] || t->of[SW_SUMMARY_NOT_SENT] ? EX_TEMPFAIL
									: EX_UNAVAILABLE;
}

static void say_earlier(struct cli *c, const struct cli_tally *t)
{
	static const char *const words[SW_SUMMARY_COUNT] = {
		[SW_SUMMARY_PARTIAL] = "accepted for some only",
		[SW_SUMMARY_REJECTED] = "rejected, and not sent again",
		[SW_SUMMARY_UNCERTAIN] = "uncertain (may have been delivered), and not sent again",
	};

	if (t->skipped)
		cli_say(&c->out, CLI_PLAIN, "%8llu  done by an earlier run",
			(unsigned long long)t->skipped);
	for (size_t i = 0; i < SW_SUMMARY_COUNT; i++)
		if (t->earlier[i] && words[i])
			cli_say(&c->out, color_of((enum sw_summary)i), "%8llu  of these %s",
				(unsigned long long)t->earlier[i], words[i]);
}

static void say_sums(struct cli *c, const struct cli_tally *t, uint64_t all)
{
	static const char *const words[SW_SUMMARY_COUNT] = {
		[SW_SUMMARY_ACCEPTED] = "accepted",
		[SW_SUMMARY_PARTIAL] = "accepted for some",
		[SW_SUMMARY_REJECTED] = "rejected",
		[SW_SUMMARY_DEFERRED] = "deferred",
		[SW_SUMMARY_NOT_SENT] = "not sent",
		[SW_SUMMARY_UNCERTAIN] = "uncertain (may have been delivered)",
	};

	if (t->failures_shown > SHOW_FAILURES)
		cli_say(&c->out, CLI_DIM, "... and %llu more; --results FILE has them all",
			(unsigned long long)(t->failures_shown - SHOW_FAILURES));
	for (size_t i = 0; i < SW_SUMMARY_COUNT; i++)
		if (t->of[i])
			cli_say(&c->out,
				i == SW_SUMMARY_ACCEPTED ? CLI_GOOD
							 : color_of((enum sw_summary)i),
				"%8llu  %s", (unsigned long long)t->of[i], words[i]);
	if (t->held_back)
		cli_say(&c->out, CLI_WARN, "%8llu  of these kept back by the refusal below",
			(unsigned long long)t->held_back);
	say_earlier(c, t);
	if (t->stopped)
		cli_say(&c->out, CLI_WARN, "stopped before the end");
	cli_say(&c->out, CLI_DIM, "%llu message%s in %.1f s, %.0f/s, %llu session%s",
		(unsigned long long)all, all == 1 ? "" : "s", t->seconds,
		t->seconds > 0 ? (double)all / t->seconds : 0.0,
		(unsigned long long)t->sessions, t->sessions == 1 ? "" : "s");
}

static json_t *earlier_of(const struct cli_tally *t)
{
	return json_pack("{s:I, s:I, s:I, s:I}", "accepted",
			 (json_int_t)t->earlier[SW_SUMMARY_ACCEPTED], "partial",
			 (json_int_t)t->earlier[SW_SUMMARY_PARTIAL], "rejected",
			 (json_int_t)t->earlier[SW_SUMMARY_REJECTED], "uncertain",
			 (json_int_t)t->earlier[SW_SUMMARY_UNCERTAIN]);
}

int cli_many_sums(struct cli_results *r, const struct cli_tally *t)
{
	struct cli *c = r->c;
	int status = status_of(t);
	uint64_t all = 0;
	json_t *sums = json_object();
	int lost = 0;

	for (size_t i = 0; i < SW_SUMMARY_COUNT; i++)
		all += t->of[i];
	if (!c->out.json) {
		if (!c->out.quiet && !r->is_stdout && !cli_keep_has_stdout(c))
			say_sums(c, t, all);
		json_decref(sums);
		return status;
	}
	lost |= json_object_set_new(sums, "schema", json_string("sendwell/send_many/1"));
	lost |= json_object_set_new(sums, "messages", json_integer((json_int_t)all));
	for (size_t i = 0; i < SW_SUMMARY_COUNT; i++)
		lost |= json_object_set_new(sums, names[i],
					    json_integer((json_int_t)t->of[i]));
	lost |= json_object_set_new(sums, "held_back", json_integer((json_int_t)t->held_back));
	lost |= json_object_set_new(sums, "skipped", json_integer((json_int_t)t->skipped));
	lost |= json_object_set_new(sums, "earlier", earlier_of(t));
	lost |= json_object_set_new(sums, "sessions", json_integer((json_int_t)t->sessions));
	lost |= json_object_set_new(sums, "stopped", json_boolean(t->stopped));
	lost |= json_object_set_new(sums, "ms",
				    json_real((double)(json_int_t)(t->seconds * 1e6) / 1000));
	lost |= json_object_set_new(sums, "exit_status", json_integer(status));
	if (lost)
		(void)cli_fail_nomem(&c->out);
	else
		cli_say_json_object(&c->out, sums);
	json_decref(sums);
	return status;
}

void cli_many_progress(struct cli *c, const struct cli_tally *t, unsigned permille,
		       double seconds)
{
	size_t filled = (size_t)permille * BAR_COLUMNS / 1000;
	uint64_t all = 0, accepted = t->of[SW_SUMMARY_ACCEPTED];
	char bar[BAR_COLUMNS + 1], head[2 * BAR_COLUMNS + 16] = "";
	bool russian = cli_is_russian(c);

	for (size_t i = 0; i < SW_SUMMARY_COUNT; i++)
		all += t->of[i];
	memset(bar, '-', BAR_COLUMNS);
	memset(bar, '#', filled < BAR_COLUMNS ? filled : BAR_COLUMNS);
	bar[BAR_COLUMNS] = '\0';
	if (permille)
		(void)snprintf(head, sizeof(head), "[%s] %3u %%  ", bar, permille / 10);
	cli_out_progress(&c->out,
			 russian ? "%sпринято: %llu, не принято: %llu, %.0f/с"
				 : "%saccepted: %llu, not accepted: %llu, %.0f/s",
			 head, (unsigned long long)accepted,
			 (unsigned long long)(all - accepted),
			 seconds > 0 ? (double)all / seconds : 0.0);
}
