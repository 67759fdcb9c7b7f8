/* SPDX-License-Identifier: MIT */
/* Every row of the fault table, live: that what it promises comes over the wire. Rows that
 * answer, close, reset, hang or send bytes at a hook are tested here, by what they are;
 * test_sandbox_oddities.c has those that need a story of their own, and a test that no row is
 * left out. */
#include "sw_sandbox_test.h"

#include <signal.h>

#include "sandbox/fault.h"
#include "sw_sandbox_rows.h"

/* The commands that lead to each hook, the last of them the one that meets the fault. */
static const struct {
	enum sw_fault_hook hook;
	const char *verb; /* of the -at faults */
	const char *before[5];
	const char *command; /* "": the greeting */
} ways[] = {
	{ SW_HOOK_CONNECT, "connect", { NULL }, "" },
	{ SW_HOOK_EHLO, NULL, { "" }, "EHLO c\r\n" },
	{ SW_HOOK_HELLO, "ehlo", { "" }, "EHLO c\r\n" },
	{ SW_HOOK_STARTTLS, "starttls", { "", "EHLO c\r\n" }, "STARTTLS\r\n" },
	{ SW_HOOK_AUTH, "auth", { "", "EHLO c\r\n" }, LOGIN_PLAIN },
	{ SW_HOOK_AUTH_STEP, NULL, { "", "EHLO c\r\n" }, LOGIN_PLAIN },
	{ SW_HOOK_AUTH_RESULT, NULL, { "", "EHLO c\r\n" }, LOGIN_PLAIN },
	{ SW_HOOK_MAIL, "mail", { "", "EHLO c\r\n" }, "MAIL FROM:<a@example.org>\r\n" },
	{ SW_HOOK_RCPT,
	  "rcpt",
	  { "", "EHLO c\r\n", "MAIL FROM:<a@example.org>\r\n" },
	  "RCPT TO:<b@example.net>\r\n" },
	{ SW_HOOK_DATA,
	  "data",
	  { "", "EHLO c\r\n", "MAIL FROM:<a@example.org>\r\n", "RCPT TO:<b@example.net>\r\n" },
	  "DATA\r\n" },
	{ SW_HOOK_BDAT,
	  "bdat",
	  { "", "EHLO c\r\n", "MAIL FROM:<a@example.org>\r\n", "RCPT TO:<b@example.net>\r\n" },
	  "BDAT 6\r\nx: y\r\n" },
	{ SW_HOOK_MESSAGE,
	  "message",
	  { "", "EHLO c\r\n", "MAIL FROM:<a@example.org>\r\n", "RCPT TO:<b@example.net>\r\n",
	    "DATA\r\n" },
	  "Subject: x\r\n\r\nx\r\n.\r\n" },
	{ SW_HOOK_RSET, "rset", { "", "EHLO c\r\n" }, "RSET\r\n" },
	{ SW_HOOK_NOOP, "noop", { "", "EHLO c\r\n" }, "NOOP\r\n" },
	{ SW_HOOK_QUIT, "quit", { "", "EHLO c\r\n" }, "QUIT\r\n" },
};

/* Opens and goes as far as to the hook; the command that meets the fault is sent. */
static void go_to(struct client *c, const struct box *b, size_t way)
{
	client_open(c, sw_sandbox_port(b->sandbox));
	for (size_t i = 0; i < SW_LEN(ways[way].before) && ways[way].before[i]; i++) {
		client_send(c, ways[way].before[i]);
		int code = client_reply(c);

		if (code != 220 && code != 250 && code != 354)
			fail_msg("on the way: %s got %d", ways[way].before[i], code);
	}
	client_send(c, ways[way].command);
}

static size_t way_to(enum sw_fault_hook hook)
{
	for (size_t i = 0; i < SW_LEN(ways); i++)
		if (ways[i].hook == hook)
			return i;
	fail_msg("no way to hook %d", (int)hook);
	return 0;
}

/* Whether `text` holds the fixed parts of a template in their order; what stands for
 * {placeholders} may be anything but braces. */
static bool fits(const char *text, struct sw_slice template)
{
	const char *end = text + strlen(text);

	while (template.len > 0) {
		size_t open = sw_slice_find(template, '{');
		struct sw_slice part = sw_slice_head(template, open);
		struct sw_slice rest = sw_slice(text, (size_t)(end - text));
		size_t at = sw_slice_search(rest, part);

		if (at == rest.len && part.len > 0)
			return false;
		text += at + part.len;
		template = sw_slice_from(template, open);
		if (template.len > 0)
			template = sw_slice_from(template, sw_slice_find(template, '}') + 1);
	}
	return !strchr(text, '{');
}

static void check_reply(struct client *c, struct sw_slice expected)
{
	int code = client_reply(c);
	struct sw_slice rest = expected, line;
	char joined[REPLY_SIZE] = "";
	const char *at = c->reply;
	bool first = true;

	assert_int_equal(code, strtol(expected.ptr, NULL, 10));
	/* Code and enhanced code of the first line, then the words of each. */
	while (sw_slice_split(&rest, '\n', &line)) {
		if (first)
			line = sw_slice_from(line, 4);
		first = false;
		(void)snprintf(joined, sizeof(joined), "%.*s", (int)strcspn(at, "\n"), at);
		if (!fits(joined, line))
			fail_msg("expected \"%.*s\", got \"%s\"", SW_FMT(line), joined);
		at += strcspn(at, "\n") + 1;
	}
	assert_string_equal(at, "");
}

/* The bytes as they stand in the row, {name} being localhost. */
static void check_bytes(struct client *c, struct sw_slice expected)
{
	size_t at = 0;
	char got[REPLY_SIZE];
	struct sw_slice name = SW_S("{name}");
	size_t cut = sw_slice_search(expected, name);
	struct sw_buf want = { .max = REPLY_SIZE };

	assert_ok(sw_buf_add(&want, sw_slice_head(expected, cut)));
	if (cut < expected.len) {
		assert_ok(sw_buf_add_str(&want, "localhost"));
		assert_ok(sw_buf_add(&want, sw_slice_from(expected, cut + name.len)));
	}
	while (at < sw_buf_len(&want)) {
		long n = client_read(c, got + at, sw_buf_len(&want) - at, PATIENT_MS);

		assert_true(n > 0);
		at += (size_t)n;
	}
	assert_true(sw_slice_eq(sw_slice(got, at), sw_buf_slice(&want)));
	sw_buf_fini(&want);
}

static void check_endless(struct client *c, bool lines)
{
	enum { ENOUGH = 256 * 1024 };
	static char got[ENOUGH];
	size_t len = 0;

	while (len < sizeof(got)) {
		long n = client_read(c, got + len, sizeof(got) - len, PATIENT_MS);

		assert_true(n > 0);
		len += (size_t)n;
	}
	assert_true(got[3] == '-' && sw_ascii_digit(got[0]));
	const char *lf = memchr(got, '\n', sizeof(got));

	assert_true(lines == (lf != NULL));
	if (lf)
		assert_memory_equal(lf + 1, got, 4);
}

static void check_quiet(struct client *c)
{
	char byte;

	assert_int_equal(client_read(c, &byte, 1, QUIET_MS), -2);
	/* Nor does it answer what comes next; and it is still there. */
	client_send(c, "NOOP\r\n");
	assert_int_equal(client_read(c, &byte, 1, QUIET_MS / 2), -2);
}

static void check_end(struct client *c, bool reset)
{
	char byte;
	long n = client_read(c, &byte, 1, PATIENT_MS);

	assert_int_equal(n, reset ? -1 : 0);
	if (reset)
		assert_int_equal(errno, ECONNRESET);
}

static void check_action(const struct sw_fault_row *row, struct client *c,
			 struct sw_slice text)
{
	switch ((int)row->action) {
	case SW_ACT_REPLY:
		check_reply(c, text);
		break;
	case SW_ACT_RAW:
	case SW_ACT_RAW_GO:
	case SW_ACT_RAW_REFUSE:
	case SW_ACT_RAW_CHALLENGE:
		check_bytes(c, text);
		break;
	case SW_ACT_RAW_CLOSE:
		check_bytes(c, text);
		check_end(c, false);
		break;
	case SW_ACT_CLOSE:
		check_end(c, false);
		break;
	case SW_ACT_RESET:
		check_end(c, true);
		break;
	case SW_ACT_HANG:
		check_quiet(c);
		break;
	case SW_ACT_ENDLESS:
	case SW_ACT_ENDLESS_LINE:
		check_endless(c, row->action == SW_ACT_ENDLESS);
		break;
	default:
		fail_msg("no check for the action of %s", row->name);
	}
}

/* Every row that is told apart by hook and action alone. */
static void each_simple_fault_does_what_it_says(void **state)
{
	size_t tested = 0;

	(void)state;
	for (size_t i = 0; i < sw_fault_row_count(); i++) {
		const struct sw_fault_row *row = sw_fault_row_at(i);
		struct box b;
		struct client c;

		if (!is_simple_row(row))
			continue;
		box_start_fault(&b, row->name);
		go_to(&c, &b, way_to(row->hook));
		check_action(row, &c, row->data);
		client_close(&c);
		box_stop(&b);
		tested++;
	}
	assert_true(tested > 80);
}

/* Every row with a VERB, at every VERB. */
static void each_fault_acts_at_each_verb(void **state)
{
	(void)state;
	for (size_t i = 0; i < sw_fault_row_count(); i++) {
		const struct sw_fault_row *row = sw_fault_row_at(i);

		if (row->arg != SW_ARG_VERB && row->arg != SW_ARG_VERB_REPLY)
			continue;
		if (row->action == SW_ACT_EXTRA)
			continue;
		for (size_t way = 0; way < SW_LEN(ways); way++) {
			bool is_reply = row->arg == SW_ARG_VERB_REPLY;
			struct sw_slice text =
				is_reply ? SW_S("455 4.4.4 odd words") : row->data;
			char spec[128];
			struct box b;
			struct client c;

			if (!ways[way].verb)
				continue;
			(void)snprintf(spec, sizeof(spec), "%s=%s%s", row->name,
				       ways[way].verb, is_reply ? ":455 4.4.4 odd words" : "");
			box_start_fault(&b, spec);
			go_to(&c, &b, way);
			check_action(row, &c, text);
			client_close(&c);
			box_stop(&b);
		}
	}
}

static void a_delay_comes_before_a_healthy_reply(void **state)
{
	static const struct {
		const char *spec;
		enum sw_fault_hook hook;
		int code;
	} rows[] = {
		{ "banner-delay=0.03", SW_HOOK_CONNECT, 220 },
		{ "slow-final=0.03", SW_HOOK_MESSAGE, 250 },
		{ "delay-at=connect:0.03", SW_HOOK_CONNECT, 220 },
		{ "delay-at=ehlo:0.03", SW_HOOK_EHLO, 250 },
		{ "delay-at=starttls:0.03", SW_HOOK_STARTTLS, 220 },
		{ "delay-at=auth:0.03", SW_HOOK_AUTH, 235 },
		{ "delay-at=mail:0.03", SW_HOOK_MAIL, 250 },
		{ "delay-at=rcpt:0.03", SW_HOOK_RCPT, 250 },
		{ "delay-at=data:0.03", SW_HOOK_DATA, 354 },
		{ "delay-at=message:0.03", SW_HOOK_MESSAGE, 250 },
		{ "delay-at=rset:0.03", SW_HOOK_RSET, 250 },
		{ "delay-at=noop:0.03", SW_HOOK_NOOP, 250 },
		{ "delay-at=quit:0.03", SW_HOOK_QUIT, 221 },
		{ "delay=30", SW_HOOK_CONNECT, 220 },
		{ "delay=30", SW_HOOK_RCPT, 250 },
	};

	(void)state;
	for (size_t i = 0; i < SW_LEN(rows); i++) {
		struct box b;
		struct client c;

		box_start_fault(&b, rows[i].spec);
		double started = now_ms();

		go_to(&c, &b, way_to(rows[i].hook));
		assert_code(&c, rows[i].code);
		assert_row(i, now_ms() - started >= 30);
		client_close(&c);
		box_stop(&b);
	}
}

static void a_delay_and_a_refusal_add_up(void **state)
{
	struct box b;
	struct client c;

	(void)state;
	box_start(&b,
		  (const char *const[]){ "fault=sender-not-owned", "fault=delay-at=mail:0.03",
					 "fault=delay=30", NULL });
	double started = now_ms();

	go_to(&c, &b, way_to(SW_HOOK_MAIL));
	assert_code(&c, 553);
	/* Greeting, EHLO, and both for MAIL. */
	assert_true(now_ms() - started >= 30 + 30 + 60);
	client_close(&c);
	box_stop(&b);
}

static void arguments_change_texts_and_codes(void **state)
{
	static const struct {
		const char *spec;
		enum sw_fault_hook hook;
		const char *reply;
	} rows[] = {
		{ "banner-421=Come back later", SW_HOOK_CONNECT, "421 Come back later\r\n" },
		{ "banner-554=521 5.3.2 No mail here", SW_HOOK_CONNECT,
		  "521 5.3.2 No mail here\r\n" },
		{ "banner-preauth=211", SW_HOOK_CONNECT,
		  "211 2.7.0 localhost Authentication successful\r\n" },
		{ "ehlo-refused=500", SW_HOOK_EHLO,
		  "500 5.5.1 Error: command not implemented\r\n" },
		{ "ehlo-name-refused", SW_HOOK_HELLO,
		  "504 5.5.2 <c>: Helo command rejected: need fully-qualified hostname\r\n" },
		{ "starttls-refused=501 No", SW_HOOK_STARTTLS, "501 No\r\n" },
		{ "final-451=4.2.0 Wait {name}", SW_HOOK_MESSAGE,
		  "451 4.2.0 Wait localhost\r\n" },
		{ "dnsbl", SW_HOOK_RCPT,
		  "554 5.7.1 Service unavailable; Client host [127.0.0.1] blocked using "
		  "sbl.spamhaus.org; https://www.spamhaus.org/query/ip/127.0.0.1\r\n" },
		{ "dmarc-reject", SW_HOOK_MESSAGE,
		  "550 5.7.26 Unauthenticated email from example.org is not accepted due to "
		  "domain's "
		  "DMARC policy. Please contact the administrator of example.org domain\r\n" },
		{ "sender-not-owned", SW_HOOK_MAIL,
		  "553 5.7.1 <a@example.org>: Sender address rejected: not owned by user "
		  "nobody\r\n" },
	};

	(void)state;
	for (size_t i = 0; i < SW_LEN(rows); i++) {
		struct box b;
		struct client c;

		box_start_fault(&b, rows[i].spec);
		go_to(&c, &b, way_to(rows[i].hook));
		(void)client_reply(&c);
		assert_string_equal(c.reply, rows[i].reply);
		client_close(&c);
		box_stop(&b);
	}
}

static void a_session_goes_on_after_a_refusal(void **state)
{
	static const struct {
		const char *fault, *command;
		int code;
	} rows[] = {
		{ "reply-at=mail:550 No", "MAIL FROM:<a@example.org>\r\n", 550 },
		{ "garbage-at=noop", "NOOP\r\n", 0 },
		{ "starttls-refused", "STARTTLS\r\n", 454 },
		{ "auth-535", LOGIN_PLAIN, 535 },
		{ "data-250", "DATA\r\n", 503 },
		{ "reply-at=starttls:250 What", "STARTTLS\r\n", 250 },
	};

	(void)state;
	for (size_t i = 0; i < SW_LEN(rows); i++) {
		struct box b;
		struct client c;

		box_start_fault(&b, rows[i].fault);
		go_to(&c, &b, way_to(SW_HOOK_EHLO));
		assert_code(&c, 250);
		assert_says(&c, rows[i].command, rows[i].code);
		assert_says(&c, "RSET\r\n", 250);
		assert_says(&c, "QUIT\r\n", 221);
		client_close(&c);
		box_stop(&b);
	}
}

static void after_a_bad_greeting_only_quit_is_answered_well(void **state)
{
	struct box b;
	struct client c;

	(void)state;
	box_start_fault(&b, "banner-554");
	client_open(&c, sw_sandbox_port(b.sandbox));
	assert_code(&c, 554);
	assert_says(&c, "EHLO c\r\n", 503);
	assert_says(&c, "QUIT\r\n", 221);
	assert_int_equal(client_reply(&c), 0);
	client_close(&c);
	box_stop(&b);
}

static void a_421_ends_the_session(void **state)
{
	static const char *const specs[] = { "banner-421", "ehlo-421", "auth-too-many-421",
					     "yahoo-deferred", "reply-at=noop:421 Bye" };
	static const enum sw_fault_hook hooks[] = { SW_HOOK_CONNECT, SW_HOOK_EHLO,
						    SW_HOOK_AUTH, SW_HOOK_MAIL, SW_HOOK_NOOP };

	(void)state;
	for (size_t i = 0; i < SW_LEN(specs); i++) {
		struct box b;
		struct client c;

		box_start_fault(&b, specs[i]);
		go_to(&c, &b, way_to(hooks[i]));
		assert_code(&c, 421);
		assert_int_equal(client_reply(&c), 0);
		client_close(&c);
		box_stop(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_simple_fault_does_what_it_says),
		cmocka_unit_test(each_fault_acts_at_each_verb),
		cmocka_unit_test(a_delay_comes_before_a_healthy_reply),
		cmocka_unit_test(a_delay_and_a_refusal_add_up),
		cmocka_unit_test(arguments_change_texts_and_codes),
		cmocka_unit_test(a_session_goes_on_after_a_refusal),
		cmocka_unit_test(after_a_bad_greeting_only_quit_is_answered_well),
		cmocka_unit_test(a_421_ends_the_session),
	};

	(void)signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
