/* SPDX-License-Identifier: MIT */
#include "sw_test.h"

#include "base/limits.h"
#include "mail/report.h"

/* "original|final|action|status|remote|type|diagnostic;" for each recipient. */
static void add_recipients(const struct sw_dsn *d, struct sw_buf *out)
{
	char status[SW_ENHANCED_TEXT];

	for (const struct sw_dsn_recipient *r = d->recipients; r; r = r->next)
		assert_ok(sw_buf_printf(out, "%.*s|%.*s|%d|%s|%.*s|%.*s|%.*s;",
					SW_FMT(r->original), SW_FMT(r->final), (int)r->action,
					sw_enhanced_text(r->status, status),
					SW_FMT(r->remote_mta), SW_FMT(r->diagnostic_type),
					SW_FMT(r->diagnostic)));
}

static const struct {
	const char *text, *want;
} recipient_rows[] = {
	/* as the standard has it */
	{ "Reporting-MTA: dns; a.example.org\nArrival-Date: Sat, 21 Nov 2026 10:00:00 "
	  "+0000\n\nOriginal-Recipient: rfc822;a@example.net\nFinal-Recipient: "
	  "rfc822; "
	  "b@example.net\nAction: failed\nStatus: 5.1.1\nRemote-MTA: dns; "
	  "mx.example.net\nDiagnostic-Code: smtp; 550 5.1.1 No such user\n",
	  "a@example.net|b@example.net|1|5.1.1|mx.example.net|smtp|550 5.1.1 No such "
	  "user;" },
	{ "Reporting-MTA: dns; a\r\n\r\nFinal-Recipient: rfc822; a@b\r\nAction: "
	  "delayed\r\nStatus: 4.4.1\r\n\r\nFinal-Recipient: rfc822; c@d\r\nAction: "
	  "delivered\r\nStatus: 2.0.0\r\n",
	  "|a@b|2|4.4.1|||;|c@d|3|2.0.0|||;" },
	/* no empty lines, too many, and those of blanks */
	{ "Reporting-MTA: dns; a\nFinal-Recipient: rfc822; a@b\nAction: "
	  "failed\nFinal-Recipient: rfc822; c@d\nAction: relayed\n",
	  "|a@b|1||||;|c@d|4||||;" },
	{ "Reporting-MTA: dns; a\n \t\n\n\nFinal-Recipient: rfc822; a@b\n\nAction: "
	  "failed\n \nStatus: 5.0.0\n  \nFinal-Recipient: "
	  "rfc822;c@d\nAction:expanded\n",
	  "|a@b|1|5.0.0|||;|c@d|5||||;" },
	{ "Final-Recipient: rfc822; a@b\nOriginal-Recipient: rfc822;x@y\nAction: "
	  "failed\n\nOriginal-Recipient: rfc822;z@y\nFinal-Recipient: "
	  "rfc822;c@d\nAction: failed\n",
	  "x@y|a@b|1||||;z@y|c@d|1||||;" },
	{ "Action: failed\nStatus: 5.1.1\n\nFinal-Recipient: rfc822;c@d\nStatus: "
	  "5.1.2\n",
	  "||1|5.1.1|||;|c@d|0|5.1.2|||;" },
	/* any case, comments, missing types and brackets */
	{ "FINAL-RECIPIENT: RFC822;<A@b>\naction: Failed (user unknown)\nSTATUS: "
	  "5.1.1 "
	  "(Remote SMTP server has rejected address)\n",
	  "|A@b|1|5.1.1|||;" },
	{ "Final-Recipient : a@b\nAction: FAILURE\nStatus: #5.1.1\n",
	  "|a@b|1|5.1.1|||;" },
	{ "Final-Recipient: rfc822; Name <a@b> (Name)\nAction: unknown\nStatus: 550 "
	  "5.7.1;x\n",
	  "|a@b|0|5.7.1|||;" },
	{ "Final-Recipient: rfc822; \"a b\"@c\nRemote-MTA: dns; mx.example.org. "
	  "(192.0.2.1, the server)\n",
	  "|\"a b\"@c|0||mx.example.org||;" },
	{ "Final-Recipient: LOCAL;<>\nRemote-MTA: [192.0.2.1]\nStatus: 5.=\n",
	  "||0||[192.0.2.1]||;" },
	{ "Final-Recipient: rfc822;a@b\nStatus: 5.1.1.\nRemote-MTA: mx,other\n",
	  "|a@b|0|5.1.1|mx||;" },
	{ "Final-Recipient: rfc822;a@b\nStatus: 15.1.1\n", "|a@b|0||||;" },
	/* RFC 6533 and xtext */
	{ "Final-Recipient: utf-8; \\x{e4}\\x{4F60}@example.org\nOriginal-Recipient: "
	  "rfc822;a+2Bb+3Dc@d\n",
	  "a+b=c@d|\xc3\xa4\xe4\xbd\xa0@example.org|0||||;" },
	{ "Final-Recipient: rfc822;a+2Bb@d\nOriginal-Recipient: rfc822;a+1F@d\n",
	  "a+1F@d|a+2Bb@d|0||||;" },
	{ "Final-Recipient: utf-8; \\x{0}\\x{d800}\\x{110000}\\x{}\\x{zz}a@b\n",
	  "|\\x{0}\\x{d800}\\x{110000}\\x{}\\x{zz}a@b|0||||;" },
	/* diagnostics: folded, with the code again, without blanks before the fold */
	{ "Final-Recipient: rfc822;a@b\nDiagnostic-Code: smtp; 550-5.1.1 The "
	  "account\n "
	  "550-5.1.1 does not\n 550 5.1.1 exist\n",
	  "|a@b|0|||smtp|550-5.1.1 The account does not exist;" },
	{ "Final-Recipient: rfc822;a@b\nDiagnostic-Code: X-Postfix; host said: "
	  "550\nno "
	  "such user at https://example.org/help\nhttps://example.org\nStatus: "
	  "5.1.1\n",
	  "|a@b|0|5.1.1||X-Postfix|host said: 550 no such user at "
	  "https://example.org/help https://example.org;" },
	{ "Final-Recipient: rfc822;a@b\nDiagnostic-Code: 550 5.1.1 a; b\n",
	  "|a@b|0||||550 5.1.1 a; b;" },
	{ "Final-Recipient: rfc822;a@b\nDiagnostic-Code: smtp 550 5.1.1 a; b\n",
	  "|a@b|0|||smtp|550 5.1.1 a; b;" },
	{ "Final-Recipient: rfc822;a@b\nDiagnostic-Code: "
	  "=?utf-8?q?smtp;_550_caf=C3=A9?=\n",
	  "|a@b|0|||smtp|550 caf\xc3\xa9;" },
	{ "Final-Recipient: rfc822;a@b\nDiagnostic-Code: smtp;\n\t550 x\n",
	  "|a@b|0|||smtp|550 x;" },
	{ "Final-Recipient: rfc822;a@b\nDiagnostic-Code:\n", "|a@b|0||||;" },
	/* what is said twice counts once */
	{ "Final-Recipient: rfc822;a@b\nStatus: 5.1.1\nStatus: 5.2.2\nAction: "
	  "failed\nAction: delayed\n",
	  "|a@b|1|5.1.1|||;" },
	{ "no field at all\n", "" },
	{ "", "" },
};

static void reads_recipients(void **state SW_UNUSED)
{
	for (size_t i = 0; i < SW_LEN(recipient_rows); i++) {
		SW_CLEANUP(sw_arena_fini) struct sw_arena arena = { 0 };
		SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = 1000 };
		struct sw_dsn d;

		assert_ok(sw_dsn_read(&arena, sw_slice_str(recipient_rows[i].text), &d));
		add_recipients(&d, &out);
		if (strcmp(sw_buf_str(&out), recipient_rows[i].want) != 0)
			print_error("# row %zu\n", i);
		assert_string_equal(sw_buf_str(&out), recipient_rows[i].want);
	}
}

static void reads_fields_of_the_message(void **state SW_UNUSED)
{
	SW_CLEANUP(sw_arena_fini) struct sw_arena arena = { 0 };
	struct sw_dsn d;

	assert_ok(sw_dsn_read(&arena,
			      SW_S("Reporting-MTA: dns;a.example.org (tcp-daemon)\n"
				   "Original-Envelope-Id: 0ABC\n"
				   "X-Postfix-Sender: rfc822; s@example.org\n"
				   "Received-From-MTA: DNS; [192.0.2.9]\n"
				   "X-Original-Message-ID: <1@a>\n\n"
				   "Final-Recipient: rfc822; a@b\n"
				   "X-Actual-Recipient: RFC822; c@d\n"
				   "Status: 4.2.2 (over quota)\n"
				   "Will-Retry-Until: tomorrow\nFinal-Log-Id: 7\n"),
			      &d));
	assert_slice(d.reporting_mta, "a.example.org");
	assert_slice(d.envelope_id, "0ABC");
	assert_slice(d.sender, "s@example.org");
	assert_slice(d.received_from, "[192.0.2.9]");
	assert_slice(d.message_id, "<1@a>");
	assert_slice(d.recipients->actual, "c@d");
	assert_slice(d.recipients->status_comment, "over quota");
	assert_slice(d.recipients->retry_until, "tomorrow");
	assert_slice(d.recipients->log_id, "7");
	assert_int_equal(d.fields, 10);
	assert_int_equal(d.count, 1);
}

static void reads_dispositions(void **state SW_UNUSED)
{
	static const struct {
		const char *text;
		enum sw_disposition disposition;
		bool automatic;
		const char *modifiers;
	} rows[] = {
		{ "Disposition: manual-action/MDN-sent-manually; displayed\n",
		  SW_MDN_DISPLAYED, false, "" },
		{ "disposition: automatic-action/MDN-sent-automatically;\n deleted/error\n",
		  SW_MDN_DELETED, true, "error" },
		{ "Disposition: manual-action/MDN-sent-automatically; Processed/failed\n",
		  SW_MDN_PROCESSED, true, "failed" },
		{ "Disposition: denied\n", SW_MDN_DENIED, false, "" },
		{ "Disposition: dispatched\n", SW_MDN_DISPATCHED, false, "" },
		{ "Disposition: x; failed\n", SW_MDN_FAILED, false, "" },
		{ "Disposition: x; gone\n", SW_MDN_NONE, false, "" },
	};

	for (size_t i = 0; i < SW_LEN(rows); i++) {
		SW_CLEANUP(sw_arena_fini) struct sw_arena arena = { 0 };
		struct sw_mdn m;

		assert_ok(sw_mdn_read(&arena, sw_slice_str(rows[i].text), &m));
		assert_row(i, m.disposition == rows[i].disposition);
		assert_row(i, m.automatic == rows[i].automatic);
		assert_row(i, sw_slice_eq(m.modifiers, sw_slice_str(rows[i].modifiers)));
	}
	SW_CLEANUP(sw_arena_fini) struct sw_arena arena = { 0 };
	struct sw_mdn m;

	assert_ok(sw_mdn_read(&arena,
			      SW_S("Reporting-UA: mua.example.org; Mailer 1\n"
				   "Original-Recipient: rfc822;a+2Bb@c\n"
				   "Final-Recipient: rfc822;d@c\n"
				   "Original-Message-ID: <1@a>\nError: it went wrong\n"),
			      &m));
	assert_slice(m.reporting_ua, "mua.example.org; Mailer 1");
	assert_slice(m.original, "a+b@c");
	assert_slice(m.final, "d@c");
	assert_slice(m.message_id, "<1@a>");
	assert_slice(m.error, "it went wrong");
	assert_int_equal(m.fields, 5);
}

static void reads_feedback(void **state SW_UNUSED)
{
	SW_CLEANUP(sw_arena_fini) struct sw_arena arena = { 0 };
	struct sw_feedback f;

	assert_ok(
		sw_feedback_read(&arena,
				 SW_S("Feedback-Type: abuse\nUser-Agent: X/1\nVersion: 1\n"
				      "Original-Mail-From: <s@example.org>\n"
				      "Original-Rcpt-To: <a@example.net>\n"
				      "Original-Rcpt-To: b@example.net\n"
				      "Received-Date: Sat, 21 Nov 2026\nSource-IP: 192.0.2.1\n"
				      "Reported-Domain: example.org\n"
				      "Removal-Recipient: c@example.net\n\n"
				      "Reporting-MTA: dns; mx.example.net\n"),
				 &f));
	assert_slice(f.type, "abuse");
	assert_slice(f.mail_from, "s@example.org");
	assert_slice(f.rcpt_to->text, "a@example.net");
	assert_slice(f.rcpt_to->next->text, "b@example.net");
	assert_slice(f.rcpt_to->next->next->text, "c@example.net");
	assert_null(f.rcpt_to->next->next->next);
	assert_slice(f.arrival, "Sat, 21 Nov 2026");
	assert_slice(f.source_ip, "192.0.2.1");
	assert_slice(f.domains->text, "example.org");
	assert_slice(f.reporting_mta, "mx.example.net");
}

static void is_bounded(void **state SW_UNUSED)
{
	static const char *const pieces[] = {
		"Final-Recipient: rfc822; a@b\n",
		"Action: failed\n\n",
		"x\n",
		"\n",
		" \n",
		"Final-Recipient: rfc822; a@b",
		"Diagnostic-Code: smtp; 550 x\n 550 x\n",
		"Original-Rcpt-To: a@b\n",
		"=?utf-8?q?x?=",
		"\\x{e9}",
		"Original-Recipient:+2B",
	};

	for (size_t i = 0; i < SW_LEN(pieces); i++) {
		SW_CLEANUP(sw_arena_fini) struct sw_arena arena = { 0 };
		SW_CLEANUP(sw_buf_fini) struct sw_buf in = { .max = 20 << 20 };
		struct sw_dsn d;
		struct sw_mdn m;
		struct sw_feedback f;

		sw_test_fill(&in, pieces[i], SW_MAX_REPORT + SW_TEST_MUCH(1 << 20));
		assert_ok(sw_dsn_read(&arena, sw_buf_slice(&in), &d));
		assert_row(i, d.cut && d.count <= SW_MAX_REPORT_RECIPIENTS);
		assert_ok(sw_mdn_read(&arena, sw_buf_slice(&in), &m));
		assert_ok(sw_feedback_read(&arena, sw_buf_slice(&in), &f));
		assert_row(i, arena.bytes < 64 << 20);
	}
}

static enum sw_err run(void *arg SW_UNUSED)
{
	SW_CLEANUP(sw_arena_fini) struct sw_arena arena = { 0 };
	const struct sw_slice text =
		SW_S("Final-Recipient: utf-8; \\x{e9}@b\n"
		     "Diagnostic-Code: =?utf-8?q?=C3=A9?=\n x\n"
		     "Original-Rcpt-To: a@b\nDisposition: a;\n b\n");
	struct sw_dsn d;
	struct sw_mdn m;
	struct sw_feedback f;
	enum sw_err code = sw_dsn_read(&arena, text, &d);

	if (!code)
		code = sw_mdn_read(&arena, text, &m);
	return code ? code : sw_feedback_read(&arena, text, &f);
}

static void survives_every_failing_allocation(void **state SW_UNUSED)
{
	sw_test_failing_allocations(run, NULL);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_recipients),
		cmocka_unit_test(reads_fields_of_the_message),
		cmocka_unit_test(reads_dispositions),
		cmocka_unit_test(reads_feedback),
		cmocka_unit_test(is_bounded),
		cmocka_unit_test(survives_every_failing_allocation),
	};

	return cmocka_run_group_tests_name("mail_report", tests, NULL, NULL);
}
