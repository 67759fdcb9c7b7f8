/* SPDX-License-Identifier: MIT */
#include "scene.h"

#include "verdict/sentence.h"
#include "verdict/tale.h"

#define WISH "send.wish server=mx.example.org|port:=25|sender=a@example.net|recipients:=1"
#define WISH3 "send.wish server=mx.example.org|port:=25|sender=a@example.net|recipients:=3"
#define CHECK "send.wish server=mx.example.org|port:=25|sender=|recipients:=0"
#define SOURCE WISH "|source_address=192.0.2.99"
#define LINT "message.lint size_bytes:=4000"
#define ENV "local.env resolv_conf=/etc/resolv.conf"
#define PEER "tcp.attempt address=192.0.2.1|port:=25|state=connected"
#define TRY(ip, rest) "tcp.attempt address=" ip "|port:=25|state=failed|" rest
#define SLOW(ip) "tcp.attempt address=" ip "|port:=25|state=timed_out|errno_name="
#define FIRST(speaks, hex, text) "first.bytes speaks=" speaks "|hex=" hex "|text=" text
#define NOTHING FIRST("nothing", "", "")
#define SMTP_FIRST FIRST("smtp", "323230", "220 mx.example.org ESMTP\r\n")
#define END(failure, stage) "session.end failure=" failure "|stage=" stage
#define RESULT(outcome, failure, stage) \
	"send.result outcome=" outcome "|failure=" failure "|stage=" stage
#define UNSENT(failure, stage) END(failure, stage), RESULT("not_sent", failure, stage)
#define WORDS(code, enhanced, text) "|code:=" code "|enhanced=" enhanced "|text=" text
#define DNS(name, type, status) "dns.answer name=" name "|type=" type "|status=" status
#define TLS "tls.handshake ok:=0|verify_policy=full|alert_received:=-1"
#define CERT_BAD(code) TLS "|verified:=0|trusted_certificates:=140|verify_code:=" code
#define LEAF "tls.certificate depth:=0|subject=CN=mx|issuer=CN=Example CA|key=RSA 1024"
#define RCPT(who, outcome) "recipient.outcome recipient=" who "|outcome=" outcome
#define TIME(stage, us) "stage.time name=" stage "|status=failed|elapsed_us:=" us
#define LATER "Trying again later may work"
#define CHANGE "change what its words name"

static const struct {
	const char *row;
	const char *facts[MOST_FACTS];
	const char *tells[6];
} cases[] = {
#include "verdict_sentence_stopped.def"
#include "verdict_sentence_net.def"
#include "verdict_sentence_tls.def"
#include "verdict_sentence_mail.def"
};

/* Apart, or gcc under the sanitizers takes the text for a null pointer. */
static __attribute__((noinline)) void says(const char *text, const char *words)
{
	assert_contains(text, words);
}

static void play(struct scene *s, size_t row)
{
	begin(s);
	for (size_t i = 0; i < MOST_FACTS && cases[row].facts[i]; i++)
		state(s, cases[row].facts[i]);
}

static void each_case_is_told_in_its_words(void **state_)
{
	(void)state_;
	for (size_t i = 0; i < SW_LEN(cases); i++) {
		struct scene s;
		play(&s, i);
		char *text = tell(&s);
		if (strcmp(sw_verdict_sentence_row(s.facts), cases[i].row) != 0)
			print_error("# row %zu: got %s: %s\n", i,
				    sw_verdict_sentence_row(s.facts), text);
		assert_string_equal(sw_verdict_sentence_row(s.facts), cases[i].row);
		for (size_t k = 0; k < SW_LEN(cases[i].tells) && cases[i].tells[k]; k++)
			says(text, cases[i].tells[k]);
		sw_free(text);
		finish(&s);
	}
}

#define SW_SENTENCE(id, outcome, failure, stage, when, what, advice) { #id, what " " advice },
static const struct {
	const char *id, *text;
} rows[] = {
#include "verdict/sentence.def"
};
#undef SW_SENTENCE

static void every_row_is_told_by_some_case(void **state_)
{
	(void)state_;
	for (size_t i = 0; i < SW_LEN(rows); i++) {
		bool found = false;
		for (size_t k = 0; k < SW_LEN(cases); k++)
			found = found || strcmp(cases[k].row, rows[i].id) == 0;
		if (!found)
			print_error("# no case for %s\n", rows[i].id);
		assert_true(found);
	}
}

static void every_placeholder_is_known_also_without_facts(void **state_)
{
	struct scene s;
	struct sw_tale t;

	(void)state_;
	begin(&s);
	sw_tale_gather(s.facts, &t);
	for (size_t i = 0; i < SW_LEN(rows); i++) {
		struct sw_slice rest = sw_slice_str(rows[i].text), piece;
		while (sw_slice_split(&rest, '{', &piece) && rest.len) {
			SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = 1024 };
			struct sw_slice name = sw_slice_head(rest, sw_slice_find(rest, '}'));
			assert_row(i, name.len < rest.len);
			assert_ok(sw_tale_fill(&t, name, &out));
		}
	}
	finish(&s);
}

/* Words of which one must stand in every sentence about a stage. */
static const struct {
	const char *stage;
	const char *words[8];
} stages[] = {
	{ "config", { "config" } },
	{ "local", { "stage local" } },
	{ "dns", { "DNS" } },
	{ "tcp", { "connect" } },
	{ "greeting", { "greeting" } },
	{ "ehlo", { "EHLO" } },
	{ "tls", { "TLS" } },
	{ "auth", { "AUTH", "login" } },
	{ "envelope", { "MAIL", "recipient", "sender", "takes", "take them", "not take" } },
	{ "data", { "DATA" } },
	{ "final", { "final dot" } },
};

static void check_stage_words(size_t stage, const char *failure, const char *text)
{
	for (size_t i = 0; i < SW_LEN(stages[stage].words) && stages[stage].words[i]; i++)
		if (strstr(text, stages[stage].words[i]))
			return;
	print_error("# %s at %s: \"%s\"\n", failure, stages[stage].stage, text);
	fail();
}

static void one_failure(const char *failure, size_t stage, const char *outcome, bool words)
{
	char end[200], result[200];
	struct scene s;

	snprintf(end, sizeof(end), "session.end failure=%s|stage=%s", failure,
		 stages[stage].stage);
	snprintf(result, sizeof(result), "send.result outcome=%s|failure=%s|stage=%s%s",
		 outcome, failure, stages[stage].stage,
		 words ? WORDS("451", "4.0.0", "some words") : WORDS("0", "", ""));
	begin(&s);
	state(&s, WISH);
	state(&s, LINT);
	state(&s, end);
	state(&s, result);
	char *text = tell(&s);
	check_stage_words(stage, failure, text);
	says(text,
	     failure[0] && strcmp(failure, "local") != 0 && strcmp(failure, "aborted") != 0 &&
			     strcmp(failure, "deadline") != 0 &&
			     (strcmp(failure, "dns") != 0 && strcmp(failure, "no_host") != 0 &&
			      strcmp(failure, "null_mx") != 0)
		     ? "mx.example.org"
		     : "");
	sw_free(text);
	finish(&s);
}

static void every_failure_at_every_stage_is_told(void **state_)
{
	static const char *const failures[] = {
#define SW_ENDING(id, name, status, text) name,
#include "client/ending.def"
#undef SW_ENDING
		"a_failure_of_tomorrow",
	};
	static const char *const outcomes[] = { "not_sent", "rejected", "deferred", "failed",
						"untested" };

	(void)state_;
	for (size_t i = 0; i < SW_LEN(failures); i++)
		for (size_t k = 0; k < SW_LEN(stages); k++)
			for (size_t o = 0; o < SW_LEN(outcomes); o++) {
				one_failure(failures[i], k, outcomes[o], false);
				one_failure(failures[i], k, outcomes[o], true);
			}
}

static void an_uncertain_message_is_never_called_undelivered(void **state_)
{
	static const char *const failures[] = { "timeout",  "closed",  "io",      "aborted",
						"deadline", "garbage", "endless", "unexpected",
						"shutdown", "new" };

	(void)state_;
	for (size_t i = 0; i < SW_LEN(failures); i++) {
		char result[200];
		struct scene s;
		begin(&s);
		state(&s, WISH);
		state(&s, LINT);
		snprintf(result, sizeof(result),
			 "send.result outcome=uncertain|failure=%s|stage=final", failures[i]);
		state(&s, result);
		char *text = tell(&s);
		says(text, "may or may not have been delivered");
		assert_null(strstr(text, "safe"));
		assert_null(strstr(text, "was not sent"));
		sw_free(text);
		finish(&s);
	}
}

static void words_of_the_server_cannot_act_or_run_on(void **state_)
{
	char *fact = malloc(5000);
	struct scene s;

	(void)state_;
	assert_non_null(fact);
	begin(&s);
	state(&s, WISH);
	size_t len = (size_t)snprintf(
		fact, 5000,
		"send.result outcome=rejected|failure=|stage=final"
		"|code:=554|enhanced=|text=\x1b[2J\xe2\x80\xae{server}\n\nnext ");
	/* each 2 bytes: the cut must not fall between them */
	for (; len < 4000; len += 2)
		memcpy(fact + len, "\xc3\xa4", 3);
	state(&s, fact);
	SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = 8192 };
	assert_ok(sw_verdict_sentence(s.facts, &out));
	const char *text = sw_buf_str(&out);
	assert_false(sw_slice_has_control(sw_buf_slice(&out)));
	assert_true(sw_utf8_valid(sw_buf_slice(&out)));
	says(text, "\"554 \\x1b[2J\\xe2\\x80\\xae{server} / next \xc3\xa4");
	says(text, "\xc3\xa4...\"");
	assert_true(sw_buf_len(&out) < 600);
	free(fact);
	finish(&s);
}

static void the_session_that_decided_is_told(void **state_)
{
	struct scene s;

	(void)state_;
	begin(&s);
	state(&s, "send.wish server=|port:=25|mx:=1|recipients:=1");
	state(&s,
	      DNS("example.org", "MX", "ok") "|records=1 mx1.example.org, 2 mx2.example.org");
	state(&s, DNS("mx1.example.org", "A", "ok"));
	state(&s, "tcp.attempt address=192.0.2.1|port:=25|state=connected");
	state(&s, "@envelope smtp.reply command=RCPT|code:=550|text=no");
	state(&s, END("", "envelope"));
	state(&s, DNS("mx2.example.org", "A", "ok"));
	state(&s, "tcp.attempt address=192.0.2.2|port:=25|state=connected");
	state(&s, "@envelope smtp.reply command=RCPT|code:=451|text=later");
	state(&s, END("", "envelope"));
	state(&s, RCPT("b@example.org", "rejected") WORDS("550", "", "no"));
	state(&s, RESULT("rejected", "", "envelope") WORDS("550", "", "no"));
	char *text = tell(&s);
	says(text, "mx1.example.org:25 (192.0.2.1)");
	assert_null(strstr(text, "mx2"));
	sw_free(text);
	finish(&s);
}

static void a_case_without_the_failure_in_its_result_is_told_by_its_end(void **state_)
{
	struct scene s;

	(void)state_;
	begin(&s);
	state(&s, "send.wish server=2001:db8::5|port:=587");
	state(&s, NOTHING);
	state(&s, END("closed", "greeting"));
	state(&s, "send.result outcome=not_sent|stage=greeting");
	char *text = tell(&s);
	says(text, "[2001:db8::5]:587 closed the connection without a greeting.");
	sw_free(text);
	finish(&s);
}

static enum sw_err tell_only(void *arg)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = 8192 };
	return sw_verdict_sentence(arg, &out);
}

static void without_memory_nothing_breaks(void **state_)
{
	struct scene s;

	(void)state_;
	play(&s, 0);
	sw_test_failing_allocations(tell_only, s.facts);
	finish(&s);
}

static void too_little_room_leaves_the_buffer_alone(void **state_)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = 20 };
	struct scene s;

	(void)state_;
	play(&s, 0);
	assert_err(sw_verdict_sentence(s.facts, &out), SW_E_LIMIT);
	assert_int_equal(sw_buf_len(&out), 0);
	finish(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_case_is_told_in_its_words),
		cmocka_unit_test(every_row_is_told_by_some_case),
		cmocka_unit_test(every_placeholder_is_known_also_without_facts),
		cmocka_unit_test(every_failure_at_every_stage_is_told),
		cmocka_unit_test(an_uncertain_message_is_never_called_undelivered),
		cmocka_unit_test(words_of_the_server_cannot_act_or_run_on),
		cmocka_unit_test(the_session_that_decided_is_told),
		cmocka_unit_test(a_case_without_the_failure_in_its_result_is_told_by_its_end),
		cmocka_unit_test(without_memory_nothing_breaks),
		cmocka_unit_test(too_little_room_leaves_the_buffer_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
