/* SPDX-License-Identifier: MIT */
/* More than one transaction for a message: limits, recipients that are one too many, BDAT that
 * is refused; and what is asked for beyond delivery. */
#include "client_fixture.h"

#include "client/part.h"
#include "client/tester.h"

static unsigned count_lines(struct client_fixture *f, const char *word)
{
	char *log = script_server_log(f->server);
	unsigned n = 0;
	for (const char *at = log; (at = strstr(at, word)); at++)
		n++;
	free(log);
	return n;
}

static void expect_all_taken(struct client_fixture *f)
{
	for (size_t i = 0; i < 3; i++)
		expect_recipient(f, i, SW_ACCEPTED, SW_STAGE_FINAL, SW_END_OK, 250);
}

/* What the server says of its limits before is kept: transactions, sessions. */
static void keeps_what_limits_says(void **state)
{
	static const struct {
		const char *keywords;
		unsigned mails, sessions;
	} rows[] = {
		{ "PIPELINING\nLIMITS RCPTMAX=2", 2, 1 },
		{ "LIMITS RCPTMAX=1", 3, 1 },
		{ "PIPELINING\nLIMITS RCPTMAX=1 MAILMAX=2", 3, 2 },
		{ "LIMITS MAILMAX=1 RCPTMAX=1 FUTURE=x", 3, 3 },
		{ "LIMITS RCPTMAX=0 RCPTMAX=x", 1, 1 },
	};
	(void)state;
	for (size_t i = 0; i < SW_LEN(rows); i++) {
		struct client_fixture *f = client_fixture_new(
			&(struct script_plan){ .keywords = rows[i].keywords });
		assert_row(i, client_fixture_send(f, 3) == SW_OK);
		expect_all_taken(f);
		assert_row(i, count_lines(f, " MAIL") == rows[i].mails);
		assert_row(i, script_server_sessions(f->server) == rows[i].sessions);
		assert_row(i, script_server_messages(f->server) == rows[i].mails);
		client_fixture_free(f);
	}
}

/* RFC 5321 4.5.3.1.10. */
static void one_too_many_goes_into_another_transaction(void **state)
{
	static const struct {
		int code;
		const char *text;
		bool again;
	} rows[] = {
		{ 452, "4.5.3 Too many recipients", true },
		{ 552, "Too many", true },
		{ 452, "4.2.2 Mailbox full", false },
		{ 552, "5.2.2 Mailbox full", false },
		{ 450, "4.5.3 Later", false },
	};
	(void)state;
	for (size_t i = 0; i < SW_LEN(rows); i++) {
		const struct script_rule rules[] = {
			{ SW_VERB_RCPT, 1, 2, SCRIPT_REPLY, rows[i].code, rows[i].text, 0 },
			{ SW_VERB_RCPT, 1, 3, SCRIPT_REPLY, rows[i].code, rows[i].text, 0 },
			{ 0 }
		};
		struct client_fixture *f =
			client_fixture_new(&(struct script_plan){ .rules = rules });
		assert_row(i, client_fixture_send(f, 3) == SW_OK);
		if (rows[i].again)
			expect_all_taken(f);
		else
			assert_row(i, f->d.recipients[1].reply.code == rows[i].code);
		assert_row(i, count_lines(f, " MAIL") == (rows[i].again ? 2 : 1));
		assert_row(i, script_server_sessions(f->server) == 1);
		client_fixture_free(f);
	}
}

/* Nobody is taken: another transaction would end like the first. */
static void does_not_ask_for_ever(void **state)
{
	const struct script_rule rules[] = { { SW_VERB_RCPT, 0, 0, SCRIPT_REPLY, 452,
					       "4.5.3 Too many recipients", 0 },
					     { 0 } };
	struct client_fixture *f = client_fixture_new(&(struct script_plan){ .rules = rules });
	(void)state;
	assert_ok(client_fixture_send(f, 3));
	expect_recipient(f, 0, SW_DEFERRED, SW_STAGE_ENVELOPE, SW_END_OK, 452);
	expect_recipient(f, 2, SW_DEFERRED, SW_STAGE_ENVELOPE, SW_END_OK, 452);
	assert_int_equal(count_lines(f, " MAIL"), 1);
	client_fixture_free(f);
}

/* This server offers CHUNKING and takes BDAT, and what is behind it, for unknown commands. */
static void goes_on_with_data_where_bdat_is_not_known(void **state)
{
	struct client_fixture *f = client_fixture_new(
		&(struct script_plan){ .keywords = "PIPELINING\nCHUNKING\nSIZE" });
	(void)state;
	f->set.chunking = SW_CHUNKING_YES;
	assert_ok(client_fixture_send(f, 3));
	expect_all_taken(f);
	assert_int_equal(script_server_sessions(f->server), 2);
	assert_int_equal(script_server_messages(f->server), 1);
	/* It is remembered: the next one begins with DATA. */
	assert_ok(client_fixture_send(f, 3));
	expect_all_taken(f);
	assert_int_equal(script_server_sessions(f->server), 2);
	assert_int_equal(script_server_messages(f->server), 2);
	client_fixture_free(f);
}

static void wishes_are_read(void **state)
{
	static const struct {
		const char *name, *value;
		bool good;
	} rows[] = {
		{ "dsn", "never", true },
		{ "dsn", "Success,delay", true },
		{ "dsn", "never,failure", false },
		{ "dsn", "", false },
		{ "dsn", "maybe", false },
		{ "dsn-return", "full", true },
		{ "dsn-return", "hdrs", false },
		{ "dsn-envid", "a=b +c", true },
		{ "dsn-envid", "a\nb", false },
		{ "dsn-envid", "", false },
		{ "require-tls", "yes", true },
		{ "require-tls", "perhaps", false },
		{ "deliver-by", "60", true },
		{ "deliver-by", "-60", true },
		{ "deliver-by", "-60;return", false },
		{ "deliver-by", "0", false },
		{ "deliver-by", "9999999999", false },
		{ "priority", "-9", true },
		{ "priority", "10", false },
		{ "hold-until", "2030-01-31T08:00:00Z", true },
		{ "hold-until", "2030-01-31T08:00:00.5+01:00", true },
		{ "hold-until", "2030-01-31 08:00", false },
		{ "hold-until", "2030-01-31T08:00:00Z RSET", false },
		{ "hold-until", "+3600", true },
		{ "hold-until", "+0", false },
		{ "colour", "red", false },
	};
	(void)state;
	for (size_t i = 0; i < SW_LEN(rows); i++) {
		struct sw_wishes w = { 0 };
		enum sw_err e = sw_wishes_set(&w, rows[i].name, rows[i].value, NULL);
		assert_row(i, e == (rows[i].good ? SW_OK : SW_E_USAGE));
		if (rows[i].good)
			assert_row(i, sw_wishes_set(&w, rows[i].name, NULL, NULL) == SW_OK);
		assert_row(i, !w.notify && !w.envid && !w.hold_until && !w.hold_for_s &&
				      !w.deliver_by_s && !w.has_priority && !w.require_tls);
		sw_wishes_fini(&w);
	}
}

/* Sent without what the server does not know, and that is told; or not sent. */
static void tells_what_was_not_asked_for(void **state)
{
	struct client_fixture *f =
		client_fixture_new(&(struct script_plan){ .keywords = "DSN\nPIPELINING" });
	(void)state;
	assert_ok(sw_wishes_set(&f->set.wishes, "dsn", "failure", NULL));
	assert_ok(sw_wishes_set(&f->set.wishes, "priority", "3", NULL));
	assert_ok(client_fixture_send(f, 1));
	expect_recipient(f, 0, SW_ACCEPTED, SW_STAGE_FINAL, SW_END_OK, 250);
	assert_int_equal(f->d.unasked, SW_CAP_MT_PRIORITY);
	assert_true(client_fixture_log_has(
		f, "1 RCPT TO:<one@b.test> NOTIFY=FAILURE ORCPT=rfc822;one@b.test"));
	assert_ok(sw_wishes_set(&f->set.wishes, "require-tls", "yes", NULL));
	assert_ok(client_fixture_send(f, 1));
	expect_recipient(f, 0, SW_NOT_SENT, SW_STAGE_ENVELOPE, SW_END_NEEDS_REQUIRETLS, 0);
	client_fixture_free(f);
}

/* Each recipient its own wishes, wherever it comes to stand. */
static void each_recipient_has_its_own_wishes(void **state)
{
	static const unsigned notify[] = { 0, SW_NOTIFY_NEVER,
					   SW_NOTIFY_SUCCESS | SW_NOTIFY_DELAY };
	static const char *const orcpt[] = { NULL, NULL, "list@b.test" };
	struct client_fixture *f = client_fixture_new(
		&(struct script_plan){ .keywords = "DSN\nLIMITS RCPTMAX=1" });
	struct sw_job job = { .kind = SW_JOB_SEND,
			      .sender = "a@b.test",
			      .recipients = three,
			      .recipient_count = 3,
			      .notify = notify,
			      .orcpt = orcpt,
			      .source = f->source };
	(void)state;
	assert_ok(sw_wishes_set(&f->set.wishes, "dsn", "failure", NULL));
	assert_ok(client_fixture_run(f, &job));
	expect_all_taken(f);
	assert_true(client_fixture_log_has(
		f, "1 RCPT TO:<one@b.test> NOTIFY=FAILURE ORCPT=rfc822;one@b.test"));
	assert_true(client_fixture_log_has(
		f, "1 RCPT TO:<two@b.test> NOTIFY=NEVER ORCPT=rfc822;two@b.test"));
	assert_true(client_fixture_log_has(
		f, "1 RCPT TO:<three@b.test> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;list@b.test"));
	client_fixture_free(f);
}

/* What is encoded for one server is told, and goes to another as it is. */
static void encodes_where_8bitmime_is_missing(void **state)
{
	static const char message[] = "From: a@b.test\r\n\r\nna\xc3\xafve text of mine\r\n";
	static const struct {
		const char *keywords;
		bool wanted, taken, encoded;
	} rows[] = {
		{ "SIZE", true, true, true },
		{ "8BITMIME", true, true, false },
		{ "SIZE", false, false, false },
		/* It grows, and is too large then. */
		{ "SIZE 60", true, false, false },
	};
	(void)state;
	for (size_t i = 0; i < SW_LEN(rows); i++) {
		struct client_fixture *f = client_fixture_new(
			&(struct script_plan){ .keywords = rows[i].keywords });
		sw_source_free(f->source);
		f->source = NULL;
		f->set.downgrade = rows[i].wanted;
		assert_ok(sw_ready_memory(sw_slice_str(message), NULL, &f->source, &f->err));
		assert_ok(client_fixture_send(f, 1));
		assert_row(i, (f->d.recipients[0].outcome == SW_ACCEPTED) == rows[i].taken);
		assert_row(i, f->d.encoded == rows[i].encoded);
		assert_row(i, rows[i].taken || f->d.recipients[0].outcome == SW_NOT_SENT);
		assert_row(i, !rows[i].encoded || f->d.bytes > sizeof(message) + 60);
		client_fixture_free(f);
	}
}

static void makes_proxy_headers(void **state)
{
	struct sw_addr local, peer;
	struct sw_proxy_wish wish;
	struct sw_buf out = { .max = SW_MAX_PROXY_HEADER };
	(void)state;
	assert_true(sw_addr_parse(SW_S("192.0.2.1"), 1000, &local));
	assert_true(sw_addr_parse(SW_S("192.0.2.2"), 25, &peer));
	assert_ok(sw_proxy_wish_parse("v1", &wish, NULL));
	assert_ok(sw_proxy_header_put(&wish, &local, &peer, &out, NULL));
	assert_string_equal(sw_buf_str(&out), "PROXY TCP4 192.0.2.1 192.0.2.2 1000 25\r\n");
	sw_buf_clear(&out);
	assert_ok(sw_proxy_wish_parse("v2,198.51.100.7:4711", &wish, NULL));
	assert_ok(sw_proxy_header_put(&wish, &local, &peer, &out, NULL));
	assert_int_equal(sw_buf_len(&out), 28);
	assert_memory_equal(
		sw_buf_str(&out),
		"\r\n\r\n\0\r\nQUIT\n\x21\x11\x00\x0c\xc6\x33\x64\x07\xc0\x00\x02\x02"
		"\x12\x67\x00\x19",
		28);
	assert_ok(sw_proxy_wish_parse("v1,[2001:db8::1]:4711", &wish, NULL));
	assert_err(sw_proxy_header_put(&wish, &local, &peer, &out, NULL), SW_E_CONFIG);
	assert_err(sw_proxy_wish_parse("v3", &wish, NULL), SW_E_USAGE);
	assert_err(sw_proxy_wish_parse("v1,nowhere", &wish, NULL), SW_E_USAGE);
	assert_err(sw_tester_check_xclient("ADDR=192.0.2.1 COLOUR=red", NULL), SW_E_USAGE);
	assert_err(sw_tester_check_xclient("", NULL), SW_E_USAGE);
	assert_ok(sw_tester_check_xclient("addr=192.0.2.1  NAME=x.test", NULL));
	sw_buf_fini(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_what_limits_says),
		cmocka_unit_test(one_too_many_goes_into_another_transaction),
		cmocka_unit_test(does_not_ask_for_ever),
		cmocka_unit_test(goes_on_with_data_where_bdat_is_not_known),
		cmocka_unit_test(wishes_are_read),
		cmocka_unit_test(tells_what_was_not_asked_for),
		cmocka_unit_test(each_recipient_has_its_own_wishes),
		cmocka_unit_test(encodes_where_8bitmime_is_missing),
		cmocka_unit_test(makes_proxy_headers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
