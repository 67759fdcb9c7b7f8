/* SPDX-License-Identifier: MIT */
/* Results for people: what happened, where, in whose words. */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "cli/explain.h"
#include "cli/session.h"
#include "cli/wrap.h"

enum { LIST_ACCEPTED_UP_TO = 20 }; /* more recipients that are fine are only counted */

static const char *const headlines[SW_SUMMARY_COUNT] = {
	[SW_SUMMARY_ACCEPTED] = "accepted",
	[SW_SUMMARY_PARTIAL] = "accepted for some recipients only",
	[SW_SUMMARY_REJECTED] = "rejected",
	[SW_SUMMARY_DEFERRED] = "deferred: refused for now",
	[SW_SUMMARY_NOT_SENT] = "not sent",
	[SW_SUMMARY_UNCERTAIN] = "uncertain: may have been delivered",
};

/* Same for a verify, which sends nothing. */
static const char *const verify_headlines[SW_SUMMARY_COUNT] = {
	[SW_SUMMARY_ACCEPTED] = "ok",
	[SW_SUMMARY_PARTIAL] = "accepts some recipients only",
	[SW_SUMMARY_REJECTED] = "refused",
	[SW_SUMMARY_DEFERRED] = "refused for now",
	[SW_SUMMARY_NOT_SENT] = "failed",
	[SW_SUMMARY_UNCERTAIN] = "failed",
};

static enum cli_color summary_color(enum sw_summary s)
{
	return s == SW_SUMMARY_ACCEPTED ? CLI_GOOD
	       : s == SW_SUMMARY_PARTIAL || s == SW_SUMMARY_DEFERRED ||
			       s == SW_SUMMARY_UNCERTAIN
		       ? CLI_WARN
		       : CLI_BAD;
}

static enum cli_color outcome_color(enum sw_outcome o)
{
	return o == SW_ACCEPTED ? CLI_GOOD : o == SW_REJECTED ? CLI_BAD : CLI_WARN;
}

/* "mx.example.org (192.0.2.1:25), TLSv1.3"; free with cli_free, NULL without memory. */
static char *server_text(const struct sw_result_server *s)
{
	const char *tls = !*s->tls_version ? "no TLS" : s->tls_version;
	const char *verified = !*s->tls_version   ? ""
			       : !s->tls_verified ? ", certificate not verified"
			       : strcmp(s->tls_policy, "dane") == 0    ? " (DANE)"
			       : strcmp(s->tls_policy, "mta-sts") == 0 ? " (MTA-STS)"
								       : "";
	bool v6 = strchr(s->address, ':') != NULL;

	if (!*s->address)
		return cli_printf("%s", s->name);
	return cli_printf("%s (%s%s%s:%u), %s%s", s->name, v6 ? "[" : "", s->address,
			  v6 ? "]" : "", s->port, tls, verified);
}

/* Lines in one, `between` them; free with cli_free, NULL without memory. */
static char *joined(const char *lines, const char *between)
{
	size_t len = strlen(between);
	char *out = cli_grow(NULL, strlen(lines) + 1, len + 1);
	char *to = out;

	for (; out && *lines; lines++) {
		if (*lines != '\n') {
			*to++ = *lines;
			continue;
		}
		memcpy(to, between, len);
		to += len;
	}
	if (out)
		*to = '\0';
	return out;
}

/* "535 5.7.8 Authentication failed", lines joined by " / ". */
static char *reply_text(const struct sw_result_reply *r)
{
	const char *enhanced = r->enhanced ? r->enhanced : "";
	char *words = joined(r->text ? r->text : "", " / ");
	char *text = words ? cli_printf("%d%s%s %s", r->code, *enhanced ? " " : "", enhanced,
					words)
			   : NULL;

	cli_free(words);
	return text;
}

/* What was accepted for some went all the way. */
static bool has_stopped(enum sw_summary s)
{
	return s != SW_SUMMARY_ACCEPTED && s != SW_SUMMARY_PARTIAL;
}

/* One line with the stages as far as they were reached: what they took, which one failed. */
static void say_stages(struct cli *c, struct sw_result *result)
{
	char line[512] = "";
	size_t used = 0;
	enum sw_stage stopped = sw_result_stage(result);
	bool failed = has_stopped(sw_result_summary(result));

	for (size_t i = SW_STAGE_DNS; i <= SW_STAGE_FINAL; i++) {
		enum sw_stage stage = (enum sw_stage)i;
		double ms = sw_result_stage_ms(result, stage);
		const char *between = used > 0 ? " | " : "";
		bool here = failed && stage == stopped;
		char time[32] = "FAILED";

		if (ms < 0 && !here)
			continue;
		if (!here)
			(void)snprintf(time, sizeof(time), "%.1f ms", ms);
		int len = snprintf(line + used, sizeof(line) - used, "%s%s %s", between,
				   sw_stage_name(stage), time);

		if (len < 0 || (size_t)len >= sizeof(line) - used)
			break;
		used += (size_t)len;
	}
	if (used > 0)
		cli_say(&c->out, CLI_DIM, "stages  %s", line);
}

/* A reply that was not about this recipient stands above the list, once. */
static void say_recipient(struct cli *c, const struct sw_result_recipient *r)
{
	bool own = r->reply.code && r->stage >= SW_STAGE_ENVELOPE;
	char *reply = own ? reply_text(&r->reply) : NULL;

	cli_say(&c->out, outcome_color(r->outcome), "  %-9s  %s%s%s",
		sw_outcome_name(r->outcome), r->address, own ? "  " : "",
		own ? cli_said(&c->out, reply) : "");
	cli_free(reply);
}

static void say_recipients(struct cli *c, struct sw_result *result)
{
	size_t count = sw_result_recipient_count(result), accepted = 0;

	for (size_t i = 0; i < count; i++) {
		struct sw_result_recipient r = sw_result_recipient(result, i);

		if (r.outcome == SW_ACCEPTED && count > LIST_ACCEPTED_UP_TO)
			accepted++;
		else
			say_recipient(c, &r);
	}
	if (accepted > 0)
		cli_say(&c->out, CLI_GOOD, "  accepted   %zu more", accepted);
}

/* Everything that is known of a call that did not end well; the sentence goes to standard
 * error, so that it is seen when the rest is thrown away. */
static void say_trouble(struct cli *c, struct sw_result *result, const char *headline)
{
	struct sw_result_server server = sw_result_server(result);
	struct sw_result_reply reply = sw_result_reply(result);
	char *where = server_text(&server);
	bool before = sw_result_stage(result) < SW_STAGE_ENVELOPE;
	char *said = reply.code && before ? reply_text(&reply) : NULL;

	enum sw_summary summary = sw_result_summary(result);
	bool stopped = has_stopped(summary);

	cli_say(&c->out, summary_color(summary), "%s%s%s after %.0f ms", headline,
		stopped ? "; stopped at " : "",
		stopped ? sw_stage_name(sw_result_stage(result)) : "",
		sw_result_total_ms(result));
	if (where && *where)
		cli_say(&c->out, CLI_PLAIN, "server  %s", where);
	say_stages(c, result);
	if (said)
		cli_say(&c->out, CLI_STRONG, "said    %s", said);
	if (*sw_result_meaning(result))
		cli_wrap(&c->out, CLI_PLAIN, "meaning ", "        ",
			 sw_result_meaning(result));
	say_recipients(c, result);
	cli_free(said);
	cli_free(where);
}

static void say_accepted(struct cli *c, struct sw_result *result)
{
	struct sw_result_server server = sw_result_server(result);
	size_t count = sw_result_recipient_count(result);
	const char *id = sw_result_queue_id(result);
	char *where = server_text(&server);

	cli_say(&c->out, CLI_GOOD, "accepted by %s%s%s, %zu recipient%s, %.0f ms",
		where ? where : server.name, *id ? " as " : "", id, count,
		count == 1 ? "" : "s", sw_result_total_ms(result));
	cli_free(where);
}

static bool has_human_report(const struct cli *c)
{
	const char *save = cli_values_text(&c->values, CLI_OPT_SAVE);

	/* The case on standard output is for a program to read. */
	return !c->out.json && !c->out.quiet && !(save && strcmp(save, "-") == 0);
}

static void say_json(struct cli *c, struct sw_result *result)
{
	const char *json = sw_result_json(result);

	if (json)
		cli_say_json(&c->out, json);
	else
		(void)cli_fail_nomem(&c->out);
}

/* The sentence, and the cause where there is a likely one. */
static void tell_why(struct cli *c, struct sw_result *result)
{
	cli_complain(&c->out, "%s", sw_result_sentence(result));
	/* Standard error has one line, whatever is known: scripts read it. */
	if (has_human_report(c))
		cli_diagnose_brief(c, result);
}

void cli_report_why(struct cli *c, struct sw_result *result)
{
	tell_why(c, result);
}

void cli_report_send(struct cli *c, struct sw_result *result)
{
	enum sw_summary summary = sw_result_summary(result);

	if (c->out.json)
		say_json(c, result);
	if (has_human_report(c)) {
		if (summary == SW_SUMMARY_ACCEPTED)
			say_accepted(c, result);
		else
			say_trouble(c, result, headlines[summary]);
	}
	if (summary != SW_SUMMARY_ACCEPTED)
		tell_why(c, result);
}

static void say_verified(struct cli *c, struct sw_result *result, const char *what)
{
	struct sw_result_server server = sw_result_server(result);
	char *where = server_text(&server);
	char *offers = joined(server.extensions ? server.extensions : "", ", ");

	cli_say(&c->out, CLI_GOOD, "%s ok: %s, %.0f ms", what, where ? where : server.name,
		sw_result_total_ms(result));
	if (offers && *offers)
		cli_say(&c->out, CLI_PLAIN, "offers  %s", offers);
	say_recipients(c, result);
	cli_free(offers);
	cli_free(where);
}

void cli_report_verify(struct cli *c, struct sw_result *result, const char *what)
{
	enum sw_summary summary = sw_result_summary(result);
	bool ok = summary == SW_SUMMARY_ACCEPTED;

	if (c->out.json)
		say_json(c, result);
	if (has_human_report(c)) {
		if (ok) {
			say_verified(c, result, what);
		} else {
			char *headline = cli_printf("%s %s", what, verify_headlines[summary]);

			say_trouble(c, result, headline ? headline : what);
			cli_free(headline);
		}
	}
	if (!ok)
		tell_why(c, result);
}
