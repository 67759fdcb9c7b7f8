/* SPDX-License-Identifier: MIT */
/* `send` with many messages. */
#include "cli/many.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "cli/dkim.h"
#include "cli/signals.h"

enum {
	BEAT_MS = 200,
	SESSIONS = 4,
	SHOW_BAD = 10, /* rows that are wrong */
	AHEAD = 1,     /* read before the pool asks again */
	SHOW_AFTER_MS = 1000,
};

struct many {
	struct cli *c;
	struct cli_session session;
	struct cli_letters letters;
	struct cli_resume *resume;
	struct cli_results results;
	struct cli_many_keep keep;
	struct cli_tally tally;
	struct sw_pool *pool;
	int status; /* what ended it early, told; 0 nothing */
};
struct ticket {
	char *name;
	uint64_t key;
};

bool cli_many_wanted(const struct cli *c)
{
	return cli_values_count(&c->values, CLI_OPT_MERGE) ||
	       cli_values_count(&c->values, CLI_OPT_MESSAGES);
}

/* ---- numbers ---- */

static int wrong(struct cli *c, enum cli_option_id id, const char *expected)
{
	char origin[CLI_ORIGIN_SIZE];

	cli_values_origin(&c->values, id, 0, origin);
	return cli_fail(&c->out, cli_values_blame(&c->values, id), "%s: expected %s", origin,
			expected);
}

static int read_count(struct cli *c, enum cli_option_id id, unsigned long most,
		      const char *expected, unsigned long *ret)
{
	const char *text = cli_values_text(&c->values, id);
	char *end;

	if (!text)
		return 0;
	unsigned long n = strtoul(text, &end, 10);

	if (*text < '0' || *text > '9' || *end || n < 1 || n > most)
		return wrong(c, id, expected);
	*ret = n;
	return 0;
}

static int read_rate(struct cli *c, double *ret)
{
	static const struct {
		const char *unit;
		double seconds;
	} units[] = { { "", 1 }, { "/s", 1 }, { "/m", 60 }, { "/h", 3600 } };
	const char *text = cli_values_text(&c->values, CLI_OPT_RATE);
	char *end;

	if (!text)
		return 0;
	double n = strtod(text, &end);

	for (size_t i = 0; i < CLI_LEN(units); i++)
		if (*text >= '0' && *text <= '9' && strcmp(end, units[i].unit) == 0 &&
		    isfinite(n) && n / units[i].seconds >= 0.0001 &&
		    n / units[i].seconds <= 1e6) {
			*ret = n / units[i].seconds;
			return 0;
		}
	return wrong(c, CLI_OPT_RATE, "a number of messages as 10, 10/s, 600/m or 1000/h");
}

static int make_pool(struct many *m)
{
	unsigned long sessions = SESSIONS, messages = 0, outage = 60;
	double rate = 0;
	int status =
		read_count(m->c, CLI_OPT_SESSIONS, 1000, "a number from 1 to 1000", &sessions);

	if (!status)
		status = read_count(m->c, CLI_OPT_SESSION_MESSAGES, 1000000000,
				    "a number from 1 on", &messages);
	if (!status)
		status = read_count(m->c, CLI_OPT_OUTAGE, 1000000, "a number of seconds",
				    &outage);
	if (!status)
		status = read_rate(m->c, &rate);
	if (status)
		return status;
	m->pool = sw_pool_new(m->session.mailer, (unsigned)sessions);
	if (!m->pool)
		return cli_fail_nomem(&m->c->out);
	sw_pool_set_session_messages(m->pool, messages);
	sw_pool_set_streaming(m->pool, !cli_values_is_on(&m->c->values, CLI_OPT_ONE_BY_ONE));
	sw_pool_set_outage(m->pool, (unsigned)outage);
	return sw_pool_set_rate(m->pool, rate)
		       ? cli_fail(&m->c->out, EX_USAGE, "%s", sw_pool_error_text(m->pool))
		       : 0;
}

/* ---- one after the other ---- */

static void stop(struct many *m, int status)
{
	m->tally.stopped = true;
	m->status = m->status ? m->status : status;
	sw_pool_stop(m->pool);
}

static int open_letters(struct many *m)
{
	bool merge = cli_values_count(&m->c->values, CLI_OPT_MERGE) > 0;

	m->letters.kind = merge ? &cli_letters_merge : &cli_letters_mail;
	m->letters.c = m->c;
	return m->letters.kind->open(&m->letters);
}

static void close_letters(struct many *m)
{
	if (m->letters.kind)
		m->letters.kind->close(&m->letters);
}

static enum sw_summary summary_of(enum cli_resume_state state)
{
	return state == CLI_RESUME_ACCEPTED    ? SW_SUMMARY_ACCEPTED
	       : state == CLI_RESUME_PARTIAL   ? SW_SUMMARY_PARTIAL
	       : state == CLI_RESUME_UNCERTAIN ? SW_SUMMARY_UNCERTAIN
					       : SW_SUMMARY_REJECTED;
}

/* Whether an earlier run has done with it; false: it is to be sent. */
static bool is_done(struct many *m, struct cli_letter *l, int *ret_status)
{
	enum cli_resume_state state = CLI_RESUME_NEW;

	*ret_status = 0;
	if (!m->resume || !l->message)
		return false;
	if (!cli_resume_look(m->resume, &l->key, &state)) {
		*ret_status = cli_fail_nomem(&m->c->out);
		return true;
	}
	if (state == CLI_RESUME_NEW || state == CLI_RESUME_DEFERRED ||
	    state == CLI_RESUME_NOT_SENT)
		return false;
	if (state == CLI_RESUME_BEGUN) {
		cli_many_not_begun(&m->results, &m->tally, l->name, SW_SUMMARY_UNCERTAIN, 79,
				   "an earlier run ended while it was under way; it is not "
				   "sent again");
		*ret_status =
			cli_resume_note(m->resume, l->key, CLI_RESUME_UNCERTAIN, l->name);
	} else {
		m->tally.skipped++;
		m->tally.earlier[summary_of(state)]++;
	}
	return true;
}

/* Takes the message over. */
static int put_in(struct many *m, struct cli_letter *l)
{
	struct ticket *t = cli_grow(NULL, 1, sizeof(*t));
	int status = 0;

	if (!t)
		return cli_fail_nomem(&m->c->out);
	if (m->resume)
		status = cli_resume_note(m->resume, l->key, CLI_RESUME_BEGUN, l->name);
	if (status) {
		cli_free(t);
		return status;
	}
	*t = (struct ticket){ .name = l->name, .key = l->key };
	if (sw_pool_add(m->pool, l->message, SW_POOL_TAKE, t)) {
		cli_free(t);
		return cli_fail(&m->c->out, EX_OSERR, "%s", sw_pool_error_text(m->pool));
	}
	l->name = NULL;
	l->message = NULL;
	return 0;
}

/* The pool asks for more. */
static int feed(void *arg)
{
	struct many *m = arg;
	struct cli_letter l;
	bool added = false;

	while (!added && !m->tally.stopped) {
		int status = m->letters.kind->next(&m->letters, &l);

		if (!status && l.over)
			return 0;
		m->tally.read += !status;
		if (!status && l.why)
			cli_many_not_begun(&m->results, &m->tally, l.name, SW_SUMMARY_NOT_SENT,
					   l.status, l.why);
		else if (!status && !is_done(m, &l, &status)) {
			status = put_in(m, &l);
			added = !status;
		}
		cli_letter_fini(&l);
		if (status)
			stop(m, status);
	}
	return added;
}

static void told(void *arg, void *tag, const struct sw_pool_account *a)
{
	static const enum cli_resume_state states[SW_SUMMARY_COUNT] = {
		[SW_SUMMARY_ACCEPTED] = CLI_RESUME_ACCEPTED,
		[SW_SUMMARY_PARTIAL] = CLI_RESUME_PARTIAL,
		[SW_SUMMARY_REJECTED] = CLI_RESUME_REJECTED,
		[SW_SUMMARY_DEFERRED] = CLI_RESUME_DEFERRED,
		[SW_SUMMARY_NOT_SENT] = CLI_RESUME_NOT_SENT,
		[SW_SUMMARY_UNCERTAIN] = CLI_RESUME_UNCERTAIN,
	};
	struct many *m = arg;
	struct ticket *t = tag;
	int status = 0;
	enum cli_resume_state state = states[sw_pool_account_summary(a)];

	/* Once the server is asked in another way they may go: none was refused for its own
	 * sake. */
	if (state == CLI_RESUME_REJECTED &&
	    (sw_pool_account_held_back(a) || sw_pool_account_ended_all(a)))
		state = CLI_RESUME_NOT_SENT;

	cli_many_told(&m->results, &m->tally, t->name, a);
	cli_many_keep_case(&m->keep, a);
	if (m->resume)
		status = cli_resume_note(m->resume, t->key, state, t->name);
	if (status)
		stop(m, status);
	cli_free(t->name);
	cli_free(t);
}

/* What is under way is brought to its end; a second signal kills. */
static int on_beat(void *arg)
{
	struct many *m = arg;
	double seconds = sw_pool_ms(m->pool) / 1000;

	cli_many_keep_flush(&m->keep);
	if (cli_signals_got() && !m->tally.stopped) {
		cli_note(&m->c->out, CLI_WARN,
			 "sendwell: stopping; what is under way is brought to its end");
		stop(m, 0);
	}
	if (m->session.show_progress && seconds * 1000 >= SHOW_AFTER_MS)
		cli_many_progress(m->c, &m->tally, m->letters.kind->permille(&m->letters),
				  seconds);
	return 0;
}

/* ---- the whole ---- */

/* Every row is looked at before the first message is sent. What comes through a pipe cannot be
 * read twice. */
static int check_all(struct many *m)
{
	const char *path = cli_values_text(&m->c->values, CLI_OPT_MERGE);
	uint64_t bad = 0;
	int status = 0, worst = 0;

	if (!path || strcmp(path, "-") == 0)
		return 0;
	for (bool over = false; !status && !over;) {
		struct cli_letter l;

		status = m->letters.kind->next(&m->letters, &l);
		over = l.over;
		if (!status && l.why && bad++ < SHOW_BAD)
			worst = cli_fail(&m->c->out, l.status, "%s%s%s",
					 strstr(l.why, l.name) == l.why ? "" : l.name,
					 strstr(l.why, l.name) == l.why ? "" : ": ", l.why);
		cli_letter_fini(&l);
	}
	if (!status && bad > SHOW_BAD)
		(void)cli_fail(&m->c->out, worst, "%s: %llu rows are wrong; nothing was sent",
			       path, (unsigned long long)bad);
	if (status || worst)
		return status ? status : worst;
	close_letters(m);
	return open_letters(m);
}

static int show_first(struct many *m)
{
	struct cli_letter l;
	int status = m->letters.kind->next(&m->letters, &l);

	if (!status && l.over)
		return cli_fail(&m->c->out, EX_NOINPUT, "there is no message");
	if (!status)
		status = l.why ? cli_fail(&m->c->out, l.status, "%s", l.why)
			       : cli_message_show(&m->session, l.message);
	cli_letter_fini(&l);
	return status;
}

/* Who ended it all kept back what was not even read: each has its account, too. */
static enum sw_err tell_rest(struct many *m)
{
	enum sw_err e = SW_OK;

	while (!e && sw_pool_failure(m->pool) && !m->tally.stopped && !cli_signals_got() &&
	       feed(m))
		e = sw_pool_run(m->pool);
	m->tally.stopped = m->tally.stopped || cli_signals_got();
	return e;
}

static int run(struct many *m)
{
	int status = cli_session_secret(&m->session);

	if (!status)
		status = make_pool(m);
	if (status)
		return status;
	sw_mailer_on_heartbeat(m->session.mailer, BEAT_MS, on_beat, m);
	sw_pool_on_feed(m->pool, feed, m);
	sw_pool_on_result(m->pool, told, m);
	if (cli_many_keep_hears(&m->keep))
		sw_pool_on_dialogue(m->pool, cli_many_keep_line, &m->keep);
	cli_session_enter(&m->session);
	enum sw_err e = sw_pool_run(m->pool);

	if (!e)
		e = tell_rest(m);
	cli_session_leave(&m->session);
	m->tally.seconds = sw_pool_ms(m->pool) / 1000;
	m->tally.sessions = sw_pool_counts(m->pool).sessions;
	if (e)
		status = cli_fail(&m->c->out, sw_err_exit_status(e), "%s",
				  sw_pool_error_text(m->pool));
	m->c->out.status_is_final = m->tally.read > 0;
	int sums = cli_many_sums(&m->results, &m->tally);
	struct sw_result *failure = sw_pool_failure(m->pool);

	cli_many_keep_sums(&m->keep);
	if (failure) {
		cli_keep_failure(m->c, failure);
		cli_report_why(m->c, failure);
	}

	/* What became of messages says more than what went wrong with us. */
	return sums == 79 || sums == 80 || (!status && !m->status) ? sums
	       : status                                            ? status
								   : m->status;
}

int cli_run_many(struct cli *c)
{
	struct many m = { .c = c,
			  .results = { .fd = -1 },
			  .keep = { .transcript_fd = -1, .save_fd = -1 } };
	const char *resume = cli_values_text(&c->values, CLI_OPT_RESUME);
	bool dry = cli_values_is_on(&c->values, CLI_OPT_DRY_RUN);
	int status = cli_session_start(&m.session, c);

	if (!status)
		status = cli_keep_check(c);
	if (!status)
		status = cli_dkim_keys(c, &m.letters.keys);
	if (!status)
		status = open_letters(&m);
	if (!status)
		status = check_all(&m);
	if (!status && dry)
		status = show_first(&m);
	if (!status && !dry)
		status = cli_dkim_check(c, m.letters.keys);
	if (!status && !dry && resume)
		status = cli_resume_open(c, resume, &m.resume);
	if (!status && !dry)
		status = cli_results_open(c, &m.results);
	if (!status && !dry)
		status = cli_many_keep_open(c, &m.keep);
	if (!status && !dry)
		status = run(&m);
	sw_pool_free(m.pool); /* says QUIT, which is a line of the transcript */
	cli_many_keep_close(&m.keep);
	cli_results_close(&m.results);
	cli_resume_close(m.resume);
	close_letters(&m);
	sw_dkim_keys_free(m.letters.keys);
	cli_session_end(&m.session);
	return status;
}
