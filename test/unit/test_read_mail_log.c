/* SPDX-License-Identifier: MIT */
/* Logs of mail servers. */
#include "sw_test.h"

#include "read/mail_log.h"

#define TO "you@b.example"

static const struct row {
	const char *log, *queue_id, *message_id;
	enum sw_mail_log_status status;
	const char *relay, *text;
} rows[] = {
	{ "Jan 17 09:30:12 mx postfix/qmgr[71]: 4TDxyz1Abc: from=<me@a.example>, size=900, "
	  "nrcpt=1 "
	  "(queue active)\n",
	  "4TDxyz1Abc", "", SW_MAIL_LOG_QUEUED, "", "" },
	{ "2026-01-17T09:30:12.5+01:00 mx postfix/smtp[72]: 4TDxyz1Abc: to=<you@b.example>, "
	  "relay=none, delay=30, delays=0.1/0/30/0, dsn=4.4.1, status=deferred (connect to "
	  "mx.b.example[192.0.2.9]:25: Connection timed out)\n",
	  "4TDxyz1Abc", "", SW_MAIL_LOG_DEFERRED, "none",
	  "connect to mx.b.example[192.0.2.9]:25: Connection timed out" },
	{ "x postfix/smtp[72]: 4TDxyz1Abc: to=<you@b.example>, "
	  "relay=mx.b.example[192.0.2.9]:25, "
	  "dsn=5.1.1, status=bounced (host mx.b.example said: 550 5.1.1 status=sent unknown)\n"
	  "x postfix/qmgr[71]: 4TDxyz1Abc: removed\n",
	  "4TDxyz1Abc", "", SW_MAIL_LOG_BOUNCED, "mx.b.example[192.0.2.9]:25",
	  "host mx.b.example said: 550 5.1.1 status=sent unknown" },
	/* A filter gave it back under another id. */
	{ "x postfix/smtp[72]: 4TDxyz1Abc: to=<you@b.example>, "
	  "relay=127.0.0.1[127.0.0.1]:10024, "
	  "status=sent (250 2.0.0 from MTA(smtp:[127.0.0.1]:10025): 250 2.0.0 Ok: queued as "
	  "4TDnext2Xyz)\n"
	  "x postfix/smtp[73]: 4TDnext2Xyz: to=<you@b.example>, relay=mx[192.0.2.9]:25, "
	  "status=deferred (451 busy)\n",
	  "4TDxyz1Abc", "", SW_MAIL_LOG_DEFERRED, "mx[192.0.2.9]:25", "451 busy" },
	/* The same server's words name an id of another: nothing of it here. */
	{ "x postfix/smtp[72]: 4TDxyz1Abc: to=<you@b.example>, relay=mx[192.0.2.9]:25, "
	  "status=sent "
	  "(250 Ok: queued as 99ABCDEF)\n",
	  "4TDxyz1Abc", "", SW_MAIL_LOG_SENT, "mx[192.0.2.9]:25",
	  "250 Ok: queued as 99ABCDEF" },
	/* Another recipient's end is not ours. */
	{ "x postfix/smtp[72]: 4TDxyz1Abc: to=<you@b.example>, relay=m, status=deferred "
	  "(later)\n"
	  "x postfix/smtp[72]: 4TDxyz1Abc: to=<other@c.example>, relay=m, status=sent (ok)\n",
	  "4TDxyz1Abc", "", SW_MAIL_LOG_DEFERRED, "m", "later" },
	{ "x postfix/cleanup[72]: 4TDxyz1Abc: milter-reject: END-OF-MESSAGE from "
	  "a[192.0.2.1]: 5.7.1 "
	  "spam\n",
	  "4TDxyz1Abc", "", SW_MAIL_LOG_FILTERED, "",
	  "END-OF-MESSAGE from a[192.0.2.1]: 5.7.1 spam" },
	/* By the Message-ID. */
	{ "x postfix/cleanup[72]: 4TDxyz1Abc: message-id=<77@a.example>\n"
	  "x postfix/smtp[72]: 4TDxyz1Abc: to=<you@b.example>, relay=m, status=sent (ok)\n",
	  "", "77@a.example", SW_MAIL_LOG_SENT, "m", "ok" },
	{ "2026-01-17 09:30:12 1rPabc-0001Xy-2Z <= me@a.example H=h [192.0.2.1] P=esmtp S=9 "
	  "id=77@a.example\n"
	  "2026-01-17 09:30:13 1rPabc-0001Xy-2Z == you@b.example R=dnslookup T=remote_smtp "
	  "defer "
	  "(110): Connection timed out\n",
	  "", "77@a.example", SW_MAIL_LOG_DEFERRED, "",
	  "you@b.example R=dnslookup T=remote_smtp defer (110): Connection timed out" },
	{ "2026-01-17 09:30:13 1rPabc-0001Xy-2Z => you@b.example R=dnslookup T=remote_smtp "
	  "H=mx.b.example [192.0.2.9] C=\"250 Ok\"\n"
	  "2026-01-17 09:30:13 1rPabc-0001Xy-2Z Completed\n",
	  "1rPabc-0001Xy-2Z", "", SW_MAIL_LOG_SENT, "mx.b.example",
	  "you@b.example R=dnslookup T=remote_smtp H=mx.b.example [192.0.2.9] C=\"250 Ok\"" },
	{ "2026-01-17 09:30:13 1rPabc-0001Xy-2Z ** you@b.example: Unrouteable address\n",
	  "1rPabc-0001Xy-2Z", "", SW_MAIL_LOG_BOUNCED, "",
	  "you@b.example: Unrouteable address" },
	{ "x sm-mta[12]: 40H8UCab012345: to=<you@b.example>, delay=00:00:01, mailer=esmtp, "
	  "relay=mx.b.example. [192.0.2.9], dsn=4.0.0, stat=Deferred: Connection refused by "
	  "mx\n",
	  "40H8UCab012345", "", SW_MAIL_LOG_DEFERRED, "mx.b.example.",
	  "Connection refused by mx" },
	{ "x sm-mta[12]: 40H8UCab012345: to=<you@b.example>, relay=mx. [192.0.2.9], "
	  "dsn=5.1.1, "
	  "stat=User unknown\n",
	  "40H8UCab012345", "", SW_MAIL_LOG_BOUNCED, "mx.", "User unknown" },
	{ "x smtpd[9]: 1234abcd5678 mta delivery evpid=ab12cd34ef567890 from=<me@a.example> "
	  "to=<you@b.example> rcpt=<-> source=\"192.0.2.1\" relay=\"192.0.2.9 (mx)\" delay=1s "
	  "result=\"TempFail\" stat=\"451 later\"\n",
	  "ab12cd34", "", SW_MAIL_LOG_DEFERRED, "\"192.0.2.9", "451 later" },
	/* Nothing of it. */
	{ "x postfix/smtp[72]: 4TDxyz1AbcD: to=<you@b.example>, relay=m, status=sent (ok)\n"
	  "x postfix/smtp[72]: Z4TDxyz1Abc: to=<you@b.example>, relay=m, status=sent (ok)\n",
	  "4TDxyz1Abc", "", SW_MAIL_LOG_UNKNOWN, "", "" },
	{ "x postfix/smtp[72]: abc: status=sent (ok)\n", "abc", "", SW_MAIL_LOG_UNKNOWN, "",
	  "" },
	{ "", "4TDxyz1Abc", "", SW_MAIL_LOG_UNKNOWN, "", "" },
	{ "\n\n\n", "", "", SW_MAIL_LOG_UNKNOWN, "", "" },
};

static void logs_are_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < SW_LEN(rows); i++) {
		const struct row *r = &rows[i];
		const struct sw_mail_log_query q = { .queue_id = sw_slice_str(r->queue_id),
						     .message_id = sw_slice_str(r->message_id),
						     .recipient = SW_S(TO) };
		struct sw_mail_log_answer a;

		sw_mail_log_find(sw_slice_str(r->log), &q, &a);
		assert_row(i, a.status == r->status);
		if (r->status == SW_MAIL_LOG_UNKNOWN || r->status == SW_MAIL_LOG_QUEUED)
			continue;
		assert_row(i, sw_slice_eq(a.relay, sw_slice_str(r->relay)));
		assert_row(i, sw_slice_eq(a.text, sw_slice_str(r->text)));
	}
}

static void a_circle_of_ids_ends(void **state)
{
	static const char log[] =
		"x p[1]: AAAAAAAA: to=<t>, relay=f, status=sent (queued as BBBBBBBB)\n"
		"x p[1]: BBBBBBBB: to=<t>, relay=f, status=sent (queued as AAAAAAAA)\n";
	const struct sw_mail_log_query q = { .queue_id = SW_S("AAAAAAAA") };
	struct sw_mail_log_answer a;

	(void)state;
	sw_mail_log_find(sw_slice_str(log), &q, &a);
	assert_string_equal(sw_mail_log_status_name(a.status), "sent");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(logs_are_read),
		cmocka_unit_test(a_circle_of_ids_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
