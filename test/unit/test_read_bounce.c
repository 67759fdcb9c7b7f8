/* SPDX-License-Identifier: MIT */
/* The parts of the bounce reader, failures and floods.  What it makes of whole messages is in
 * test/conformance/test_bounces.py. */
#include "sw_test.h"

#include <time.h>

#include "base/limits.h"
#include "read/bounce_private.h"

static void prefers_the_code_that_says_more(void **state SW_UNUSED)
{
	static const struct {
		struct sw_enhanced status, words, want;
	} rows[] = {
		{ { 5, 0, 0 }, { 5, 1, 1 }, { 5, 1, 1 } },
		{ { 5, 1, 1 }, { 5, 0, 0 }, { 5, 1, 1 } },
		{ { 5, 1, 0 }, { 5, 1, 1 }, { 5, 1, 1 } },
		{ { 5, 2, 2 }, { 5, 2, 0 }, { 5, 2, 2 } },
		{ { 5, 1, 1 }, { 5, 7, 1 }, { 5, 7, 1 } },
		{ { 0, 0, 0 }, { 5, 7, 1 }, { 5, 7, 1 } },
		{ { 4, 4, 1 }, { 0, 0, 0 }, { 4, 4, 1 } },
		{ { 0, 0, 0 }, { 0, 0, 0 }, { 0, 0, 0 } },
	};

	for (size_t i = 0; i < SW_LEN(rows); i++) {
		struct sw_enhanced got = bounce_better_code(rows[i].status, rows[i].words);

		assert_row(i, got.class == rows[i].want.class &&
				      got.subject == rows[i].want.subject &&
				      got.detail == rows[i].want.detail);
	}
}

static void finds_the_stage_in_words(void **state SW_UNUSED)
{
	static const struct {
		const char *text;
		int want; /* -1: none */
	} rows[] = {
		{ "said: 550 no (in reply to RCPT TO command)", SW_STAGE_ENVELOPE },
		{ "said: 550 no (in reply to MAIL FROM command)", SW_STAGE_ENVELOPE },
		{ "said: 550 no (in reply to end of DATA command)", SW_STAGE_FINAL },
		{ "said: 550 no (in reply to DATA command)", SW_STAGE_DATA },
		{ "(in reply to EHLO command)", SW_STAGE_EHLO },
		{ "SMTP error from remote mail server after RCPT TO:<a@b>:",
		  SW_STAGE_ENVELOPE },
		{ "SMTP error from remote mail server after end of data:", SW_STAGE_FINAL },
		{ "SMTP error from remote mail server after pipelined end of data:",
		  SW_STAGE_FINAL },
		{ "SMTP error from remote mail server after initial connection:",
		  SW_STAGE_GREETING },
		{ "The error was in response to the RCPT TO command", SW_STAGE_ENVELOPE },
		{ "rejected command 'RCPT TO:<a@b>' with code 550", SW_STAGE_ENVELOPE },
		{ "hMailServer sent: RCPT TO:<a@b>", SW_STAGE_ENVELOPE },
		{ "mx.example refused to talk to me: 421 x", SW_STAGE_GREETING },
		{ "----- SMTP command\nDATA\n", SW_STAGE_DATA },
		{ "SMTP command: MAIL FROM:<a@b>", SW_STAGE_ENVELOPE },
		{ "COMMAND >>> RCPT TO:<a@b>", SW_STAGE_ENVELOPE },
		{ "SMTPコマンド：\nRCPT TO:<a@b>", -1 },
		{ "SMTPコマンド:\nRCPT TO:<a@b>", SW_STAGE_ENVELOPE },
		{ "Befehl: DATA", SW_STAGE_DATA },
		{ "SMTP error from remote server in greeting, host: mx", SW_STAGE_GREETING },
		{ "SMTP error from remote server after transfer of mail text, host: mx",
		  SW_STAGE_FINAL },
		{ "SMTP error from remote server for TEXT command, host: mx", SW_STAGE_FINAL },
		{ "mx.example rejected RCPT <a@b>: 550 no", SW_STAGE_ENVELOPE },
		{ "error at DATA: 550 no", SW_STAGE_DATA },
		{ "Failed at MAIL FROM (550)", SW_STAGE_ENVELOPE },
		{ "at DATACENTER 5", -1 },
		{ "at data", -1 },
		{ "RCPT", -1 },
		{ "the command DATA was refused", -1 },
		{ "Command: Data", -1 },
		{ "Remote server sent: 550 x", -1 },
		{ "after sending the message", -1 },
		{ "after mail was sent", -1 },
		{ "nothing of the kind", -1 },
		{ "", -1 },
		{ "in reply to ", -1 },
	};

	for (size_t i = 0; i < SW_LEN(rows); i++) {
		struct bounce_moment moment = { SW_STAGE_CONFIG, false };
		bool found = bounce_stage(sw_slice_str(rows[i].text), &moment);
		bool mail = strstr(rows[i].text, "MAIL") != NULL;

		assert_row(i, found == (rows[i].want >= 0));
		assert_row(i, !found || ((int)moment.stage == rows[i].want &&
					 moment.sender == mail));
	}
}

static void finds_the_stage_in_transcripts(void **state SW_UNUSED)
{
	static const struct {
		const char *text;
		int want;
	} rows[] = {
		{ ">>> RCPT To:<a@b>\n<<< 550 5.1.1 no\n", SW_STAGE_ENVELOPE },
		{ ">>> MAIL From:<a@b>\n<<< 550 5.1.1 no\n", SW_STAGE_ENVELOPE },
		{ ">>> DATA\n<<< 550 5.1.1 no\n", SW_STAGE_DATA },
		/* The recipient was refused, DATA had been sent along. */
		{ ">>> DATA\n<<< 550 5.1.1 no\n550 5.1.1 x\n<<< 503 5.0.0 Need RCPT "
		  "(recipient)\n",
		  SW_STAGE_ENVELOPE },
		{ ">>> DATA\n<<< 550 5.1.1 no\n<<< 554 5.5.1 Error: no valid recipients\n",
		  SW_STAGE_ENVELOPE },
		{ ">>> DATA\n<<< 354 go\n>>> .\n<<< 550 5.7.1 no\n", SW_STAGE_FINAL },
		{ "<<< 550 go away\n", SW_STAGE_GREETING },
		{ ">>> RCPT To:<a@b>\n<<< 450 later\n", -1 },
		{ ">>> QUIT\n<<< 550 x\n", -1 },
		{ "no transcript\n550 x\n", -1 },
	};

	for (size_t i = 0; i < SW_LEN(rows); i++) {
		struct bounce_moment moment = { SW_STAGE_CONFIG, false };
		bool found =
			bounce_wire_stage(sw_slice_str(rows[i].text), 550, SW_S(""), &moment);
		bool mail = strstr(rows[i].text, "MAIL") != NULL;

		assert_row(i, found == (rows[i].want >= 0));
		assert_row(i, !found || ((int)moment.stage == rows[i].want &&
					 moment.sender == mail));
	}
	static const char two[] =
		">>> RCPT To:<a@b>\n<<< 550 no\n>>> RCPT To:<c@d>\n<<< 250 ok\n"
		">>> DATA\n<<< 550 c@d: no\n";
	struct bounce_moment moment;

	assert_false(bounce_wire_stage(SW_S(">>> DATA\n<<< 550 x"), 0, SW_S(""), &moment));
	assert_true(bounce_wire_stage(sw_slice_str(two), 550, SW_S("A@b"), &moment));
	assert_int_equal(moment.stage, SW_STAGE_ENVELOPE);
	assert_true(bounce_wire_stage(sw_slice_str(two), 550, SW_S("c@d"), &moment));
	assert_int_equal(moment.stage, SW_STAGE_DATA);
	assert_false(bounce_wire_stage(sw_slice_str(two), 550, SW_S("e@f"), &moment));
}

static void knows_daemons_and_answers(void **state SW_UNUSED)
{
	static const struct {
		const char *from;
		bool daemon;
	} senders[] = {
		{ "MAILER-DAEMON@example.org", true },
		{ "\"Mail Delivery Subsystem\" <x@example.org>", true },
		{ "Mail Delivery System <Mailer-Daemon@example.org>", true },
		{ "mailer-daemon", true },
		{ "<postmaster@example.org>", true },
		{ "MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@example.org", true },
		{ "Bob Brown <bob@example.org>", false },
		{ "mailer@example.org.invalid <bob@example.org>", false },
		{ "", false },
	};

	for (size_t i = 0; i < SW_LEN(senders); i++) {
		struct bounce_head h = { .from = sw_slice_str(senders[i].from) };

		assert_row(i, bounce_from_daemon(&h) == senders[i].daemon);
	}
	assert_true(bounce_is_answer(SW_S("RE: x")));
	assert_true(bounce_is_answer(SW_S("Fwd: x")));
	assert_true(bounce_is_answer(SW_S("Re[2]: x")));
	assert_false(bounce_is_answer(SW_S("Returned mail: x")));
	assert_false(bounce_is_answer(SW_S("")));
}

static void finds_addresses_in_fields(void **state SW_UNUSED)
{
	assert_slice(bounce_address(SW_S("a@b.example")), "a@b.example");
	assert_slice(bounce_address(SW_S("X <a@b.example>")), "a@b.example");
	assert_slice(bounce_address(SW_S("\"x <y@z>\" <a@b.example> (c)")), "a@b.example");
	assert_slice(bounce_address(SW_S("x, a@b.example, c@d")), "a@b.example");
	assert_slice(bounce_address(SW_S("<>")), "");
	assert_slice(bounce_address(SW_S("nobody")), "");
	assert_slice(bounce_address(SW_S("")), "");
}

/* Messages from pieces that could cost much. */
static const struct {
	const char *head, *piece;
} floods[] = {
	{ "From: MAILER-DAEMON\n", "Subject: x\n" },
	{ "", "Content-Type: multipart/report; boundary=b\n\n--b\n" },
	{ "Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: "
	  "message/delivery-status\n\n",
	  "Final-Recipient: rfc822; a@b\nAction: failed\nStatus: 5.0.0\n\n" },
	{ "From: MAILER-DAEMON@x\nReturn-Path: <>\nContent-Type: multipart/report; "
	  "boundary=b\n\n--b\n\ntext\n--b\nContent-Type: message/delivery-status\n\n"
	  "Final-Recipient: rfc822; a@b\nDiagnostic-Code: smtp; ",
	  "550-5.1.1 " },
	{ "From: MAILER-DAEMON@x\nReturn-Path: <>\n\n", "in reply to " },
	{ "From: MAILER-DAEMON@x\nReturn-Path: <>\n\n", "<<< 550 x\n>>> DATA\n" },
	{ "From: MAILER-DAEMON@x\nReturn-Path: <>\n\n", "<a@b.example>: 550 5.1.1 x\n" },
	{ "From: MAILER-DAEMON@x\nReturn-Path: <>\n\n", "a@b " },
	{ "From: MAILER-DAEMON@x\nReturn-Path: <>\n\n", "\n" },
	{ "From: MAILER-DAEMON@x\nReturn-Path: <>\n\n", "5" },
	{ "From: MAILER-DAEMON@x\nReturn-Path: <>\nContent-Type: text/html\n\n", "<a" },
	{ "Auto-Submitted: auto-replied\nSubject: ", "auto: " },
	{ "Content-Type: multipart/alternative; boundary=b\n\n", "--b\n\ntext\n" },
	{ "", "Content-Type: message/rfc822\nAuto-Submitted: auto-replied\n\n" },
};

static void survives_floods(void **state SW_UNUSED)
{
	for (size_t i = 0; i < SW_LEN(floods); i++) {
		SW_CLEANUP(sw_buf_fini) struct sw_buf in = { .max = 8 << 20 };
		SW_CLEANUP(sw_arena_fini) struct sw_arena arena = { 0 };
		struct sw_bounce b;
		clock_t start = clock();

		assert_ok(sw_buf_add_str(&in, floods[i].head));
		sw_test_fill(&in, floods[i].piece, SW_TEST_MUCH(4 << 20));
		assert_ok(sw_bounce_read(sw_knowledge_builtin(), &arena, sw_buf_slice(&in), &b,
					 NULL));
		assert_row(i, b.recipient_count <= SW_MAX_REPORT_RECIPIENTS);
		/* A second for 4 MiB would be 100 times too slow already. */
		assert_row(i, clock() - start < 5 * CLOCKS_PER_SEC);
		assert_row(i, arena.bytes < 128 << 20);
	}
}

static const char *const messages[] = {
	"Return-Path: <>\nFrom: MAILER-DAEMON@a\nSubject: =?utf-8?q?=C3=A9?=\n"
	"Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n"
	"Content-Type: text/plain; charset=koi8-r\nContent-Transfer-Encoding: "
	"quoted-printable\n\n"
	"=F0=D2=C9\n<a@b.example>: host mx.b.example[192.0.2.1] said: 550 5.1.1 no\n--b\n"
	"Content-Type: message/delivery-status\n\nReporting-MTA: dns; a\n\nFinal-Recipient: "
	"rfc822; a@b.example\nAction: failed\nStatus: 5.0.0\nDiagnostic-Code: smtp; 550-5.0.0 "
	"a\n"
	" 550 5.0.0 b\n\n--b\nContent-Type: message/rfc822\nContent-Transfer-Encoding: "
	"base64\n\n"
	"U3ViamVjdDogeAoKeAo=\n--b--\n",
	"From: fbl@x\nContent-Type: multipart/report; report-type=feedback-report; "
	"boundary=b\n\n"
	"--b\n\nhi\n--b\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\n"
	"Original-Rcpt-To: <a@b>\n--b\nContent-Type: message/rfc822\n\nFrom: X "
	"<a@b>\nSubject: s\n\n"
	"x\n--b--\n",
	"From: a@b\nSubject: Automatic reply: x\nReply-To: c@d\n\nI am away\xff.\n",
	"Return-Path: <>\nFrom: MAILER-DAEMON@a\nX-Failed-Recipients: a@b.example\n"
	"Subject: Mail delivery failed\n\nThis message could not be delivered:\n\n"
	"  a@b.example\n    550 5.1.1 user unknown\n",
};

static enum sw_err run(void *arg)
{
	SW_CLEANUP(sw_arena_fini) struct sw_arena arena = { 0 };
	struct sw_bounce b;

	return sw_bounce_read(sw_knowledge_builtin(), &arena, sw_slice_str(arg), &b, NULL);
}

static void survives_every_failing_allocation(void **state SW_UNUSED)
{
	for (size_t i = 0; i < SW_LEN(messages); i++) {
		union {
			const char *text;
			void *arg;
		} m = { .text = messages[i] };

		sw_test_failing_allocations(run, m.arg);
	}
}

static void names_actions(void **state SW_UNUSED)
{
	for (int a = 0; a < SW_BOUNCE_ACTION_COUNT; a++)
		assert_true(strlen(sw_bounce_action_name((enum sw_bounce_action)a)) > 3);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(prefers_the_code_that_says_more),
		cmocka_unit_test(finds_the_stage_in_words),
		cmocka_unit_test(finds_the_stage_in_transcripts),
		cmocka_unit_test(knows_daemons_and_answers),
		cmocka_unit_test(finds_addresses_in_fields),
		cmocka_unit_test(survives_floods),
		cmocka_unit_test(survives_every_failing_allocation),
		cmocka_unit_test(names_actions),
	};

	return cmocka_run_group_tests_name("read_bounce", tests, NULL, NULL);
}
