/* SPDX-License-Identifier: MIT */
/* The recognisers: what is found in a text, not what is known about it. */
#include "sw_test.h"

#include "knowledge/explain_work.h"

static struct sw_explain_text *clean(struct sw_arena *arena, const char *input)
{
	static struct sw_explain_text t;

	sw_arena_init(arena);
	assert_int_equal(SW_OK, sw_explain_clean(arena, sw_slice_str(input), &t, NULL));
	return &t;
}

static void escapes_of_programs_become_what_they_stand_for(void **state)
{
	static const struct {
		const char *in, *out;
	} rows[] = {
		{ "a\r\nb\rc\nd", "a\nb\nc\nd" },
		{ "5.7.8 no\\n5.7.8 way\\r\\n", "5.7.8 no\n5.7.8 way\n" },
		{ "DOMAIN\\nick", "DOMAIN\\nick" },
		{ "see\\nhttps://x.example", "see\nhttps://x.example" },
		{ "\\\"550\\\"", "\"550\"" },
		{ "&lt;a@b.example&gt;: 550", "<a@b.example>: 550" },
		{ "550<br>5.1.1<BR/>x", "550\n5.1.1\nx" },
		{ "<b>550</b> no", " 550  no" },
		{ "<user@b.example> x", "<user@b.example> x" },
		{ "<** 550 <a>", "<** 550  " },
		{ "\033[31m550\033[0m x", "550 x" },
		{ "550\xc2\xa0no", "550 no" },
		{ "\xef\xbb\xbf"
		  "550",
		  "550" },
		{ "a\tb", "a b" },
	};

	(void)state;
	for (size_t i = 0; i < SW_LEN(rows); i++) {
		struct sw_arena arena;
		struct sw_explain_text *t = clean(&arena, rows[i].in);

		assert_row(i, strcmp(t->bytes, rows[i].out) == 0);
		assert_row(i, t->at[t->len] == strlen(rows[i].in));
		for (size_t p = 0; p < t->len; p++)
			assert_row(i, t->at[p] < t->at[p + 1]);
		sw_arena_fini(&arena);
	}
}

static void codes_are_no_parts_of_other_things(void **state)
{
	static const struct {
		const char *text;
		int code;
	} rows[] = {
		{ "550", 550 },    { "550 x", 550 },     { "550-x", 550 }, { "550.", 550 },
		{ "550,", 550 },   { "250\n", 250 },     { "354)", 354 },  { "199", 0 },
		{ "600", 0 },      { "5501", 0 },        { "550x", 0 },    { "550.1", 0 },
		{ "550,000", 0 },  { "55", 0 },          { "550@b", 0 },   { "550%", 0 },
		{ "571 no", 571 }, { "550_5.1.1", 550 }, { "550/tcp", 0 }, { "550/554", 550 },
	};

	(void)state;
	for (size_t i = 0; i < SW_LEN(rows); i++) {
		struct sw_arena arena;
		struct sw_explain_text *t = clean(&arena, rows[i].text);

		assert_row(i, sw_explain_code_at(t, 0) == rows[i].code);
		sw_arena_fini(&arena);
	}
}

static void a_reply_inside_of_a_line_is_found(void **state)
{
	/* The `^` row says where; none: there is no reply in it. */
	static const struct {
		const char *line, *head;
	} rows[] = {
		{ "host mx.b.example[192.0.2.1] said: 550 5.1.1 <a@b.example> no", "550 5" },
		{ "smtplib.SMTPAuthenticationError: (535, b'5.7.8 no')", "535," },
		{ "Error: Invalid login: 535 Authentication failed", "535 A" },
		{ "The server response was: 554 no", "554 n" },
		{ "Remote Server returned '550 5.1.1 no'", "550 5" },
		{ "Diagnostic-Code: smtp;550 no such user", "550 n" },
		{ "Remote_host_said:_550_5.1.1_no_such_user", "550_5" },
		{ "SMTP Error: data not accepted.SMTP server error: 552 too big", "552 t" },
		{ "Сервер ответил: 550 нет такого ящика", "550 \xd0" },
		{ "H=mx.b.example [192.0.2.1]: SMTP error after RCPT TO:<a@b.example>: 450 "
		  "4.2.0 "
		  "later",
		  "450 4" },
		{ "connect to mx.b.example[192.0.2.1]:587: timed out", NULL },
		{ "wait 300 seconds and try again", NULL },
		{ "the limit is 500 messages per hour", NULL },
		{ "connecting to mail.example:465", NULL },
		{ "2024-05-10 10:20:250 something", NULL },
		{ "delay=450, delays=0.1/0/0.2/0.5", NULL },
		{ "from 250 hosts in 431 networks", NULL },
		{ "message of 550 bytes", NULL },
	};

	(void)state;
	for (size_t i = 0; i < SW_LEN(rows); i++) {
		struct sw_arena arena;
		struct sw_explain_text *t = clean(&arena, rows[i].line);
		size_t at = sw_explain_find_head(t, 0, t->len);

		assert_row(i, (at < t->len) == (rows[i].head != NULL));
		assert_row(i, !rows[i].head ||
				      sw_slice_starts(sw_slice(t->bytes + at, t->len - at),
						      sw_slice_str(rows[i].head)));
		sw_arena_fini(&arena);
	}
}

static void lines_of_transcripts_are_told_apart(void **state)
{
	enum { B = SW_EXPLAIN_LINE_BLANK, C = SW_EXPLAIN_LINE_CLIENT };
	enum { S = SW_EXPLAIN_LINE_SERVER, O = SW_EXPLAIN_LINE_OTHER };
	static const struct {
		const char *line;
		int kind;
		const char *said; /* of a server */
		enum sw_stage stage;
	} rows[] = {
		{ "", B, "", 0 },
		{ "   ", B, "", 0 },
		{ "550 no", S, "550 no", 0 },
		{ "<** 550 no", S, "550 no", 0 },
		{ "<-  250 ok", S, "250 ok", 0 },
		{ "<~* 535 no", S, "535 no", 0 },
		{ " -> RCPT TO:<a@b.example>", C, "", SW_STAGE_ENVELOPE },
		{ " -> .", C, "", SW_STAGE_FINAL },
		{ " ~> AUTH PLAIN AAA", C, "", SW_STAGE_AUTH },
		{ "< 550 no", S, "550 no", 0 },
		{ "> MAIL FROM:<a@b.example>", C, "", SW_STAGE_ENVELOPE },
		{ "<<< 554 5.0.0 Service unavailable", S, "554 5.0.0 Service unavailable", 0 },
		{ ">>> DATA", C, "", SW_STAGE_DATA },
		{ "2024-05-10 10:20:30 SERVER -> CLIENT: 535 5.7.8 no", S, "535 5.7.8 no", 0 },
		{ "2024-05-10 10:20:30 CLIENT -> SERVER: STARTTLS", C, "", SW_STAGE_TLS },
		{ "[2024-05-10 10:20:30] DEBUG [abc] S: 550 no", S, "550 no", 0 },
		{ "[2024-05-10 10:20:30] DEBUG [abc] C: EHLO me", C, "", SW_STAGE_EHLO },
		{ "reply: b'550 5.1.1 no'", S, "550 5.1.1 no'", 0 },
		{ "send: 'rcpt TO:<a@b.example>'", C, "", SW_STAGE_ENVELOPE },
		{ " Out: 554 5.7.1 no", S, "554 5.7.1 no", 0 },
		{ " In:  RCPT TO:<a@b.example>", C, "", SW_STAGE_ENVELOPE },
		{ "RCPT TO:<a@b.example>", C, "", SW_STAGE_ENVELOPE },
		{ "EHLO me.example", C, "", SW_STAGE_EHLO },
		{ "DATA", C, "", SW_STAGE_DATA },
		{ ".", C, "", SW_STAGE_FINAL },
		{ "Data error: something", O, "", 0 },
		{ "> he wrote this", O, "", 0 },
		{ "Server: Apache", O, "", 0 },
		{ "help me please", O, "", 0 },
	};

	(void)state;
	for (size_t i = 0; i < SW_LEN(rows); i++) {
		struct sw_arena arena;
		struct sw_explain_text *t = clean(&arena, rows[i].line);
		struct sw_explain_line line = sw_explain_read_line(t, 0, t->len);

		assert_row(i, (int)line.kind == rows[i].kind);
		assert_row(i,
			   rows[i].kind != S || !strcmp(t->bytes + line.from, rows[i].said));
		assert_row(i, rows[i].kind != C ||
				      (line.has_stage && line.stage == rows[i].stage));
		sw_arena_fini(&arena);
	}
}

static void host_port_and_stage_are_found(void **state)
{
	static const struct {
		const char *text, *host;
		unsigned port;
		int stage; /* -1 none */
	} rows[] = {
		{ "relay=mx.b.example[192.0.2.1]:25, dsn=5.1.1", "mx.b.example", 25, -1 },
		{ "host mx.b.example[192.0.2.1] said: 550 (in reply to RCPT TO command)",
		  "mx.b.example", 0, SW_STAGE_ENVELOPE },
		{ "connect to mx.b.example[2001:db8::1]:25: refused", "mx.b.example", 25, -1 },
		{ "stream_socket_client(): unable to connect to ssl://smtp.b.example:465 (x)",
		  "smtp.b.example", 465, -1 },
		{ "Error: connect ECONNREFUSED 192.0.2.7:587", "192.0.2.7", 587, -1 },
		{ "Failed to connect to smtp.b.example port 587: Connection refused",
		  "smtp.b.example", 587, -1 },
		{ "getaddrinfo ENOTFOUND smtp.b.example", "smtp.b.example", 0, -1 },
		{ "Could not resolve host: smtp.b.example", "smtp.b.example", 0, -1 },
		{ "H=mx.b.example [192.0.2.1]: SMTP error after end of data", "mx.b.example",
		  0, SW_STAGE_FINAL },
		{ "smtp.b.example:587 does not answer", "smtp.b.example", 587, -1 },
		{ "550 5.1.1 <a@b.example>: no such user", "", 0, -1 },
		{ "mail from a@b.example:25 lines", "", 0, -1 },
		{ "version 4.7.1 of 3.5", "", 0, -1 },
		{ "SMTPAuthenticationError", "", 0, SW_STAGE_AUTH },
	};

	(void)state;
	for (size_t i = 0; i < SW_LEN(rows); i++) {
		struct sw_explain_work w = { 0 };
		struct sw_arena arena;

		w.text = *clean(&arena, rows[i].text);
		struct sw_explain_place p = sw_explain_find_place(&w, 0, w.text.len);

		assert_row(i, sw_slice_eq(p.host, sw_slice_str(rows[i].host)));
		assert_row(i, p.port == rows[i].port);
		assert_row(i, p.has_stage == (rows[i].stage >= 0));
		assert_row(i, rows[i].stage < 0 || (int)p.stage == rows[i].stage);
		sw_arena_fini(&arena);
	}
}

static void readings_stand_in_their_order_and_say_things_once(void **state)
{
	static struct sw_explain_result result;
	struct sw_explain_reading r = { .kind = SW_EXPLAIN_NUMBER,
					.basic = SW_NONE,
					.status = SW_NONE };

	(void)state;
	result.count = 0;
	for (unsigned i = 0; i < 3 * SW_MAX_READINGS; i++) {
		r.error = (uint16_t)(i % (2 * SW_MAX_READINGS));
		r.confidence = (uint8_t)(i * 37 % 101);
		sw_explain_add(&result, &r);
	}
	assert_int_equal(SW_MAX_READINGS, result.count);
	for (size_t i = 1; i < result.count; i++) {
		assert_true(result.readings[i - 1].confidence >=
			    result.readings[i].confidence);
		for (size_t k = 0; k < i; k++)
			assert_int_not_equal(result.readings[k].error,
					     result.readings[i].error);
	}
}

/* The first reading of what people paste, and that no other one strikes an address off. */
static void errors_of_programs_are_no_replies(void **state)
{
	static const struct {
		const char *text, *category;
	} rows[] = {
		{ "dial tcp: lookup smtp.corp.example on 127.0.0.53:53: no such host",
		  "network.connect" },
		{ "ValidatorException: PKIX path building failed: unable to find valid "
		  "certification path to requested target",
		  "tls.failure" },
		{ "SSL_connect returned=1 errno=0 state=error: certificate verify failed",
		  "tls.failure" },
		{ "Expected response code 220 but got an empty response", "network.dropped" },
		{ "Expected response code 250 but got code \"550\", with message \"550 5.1.1 "
		  "User unknown\"",
		  "recipient.unknown" },
		{ "The server rejected the sender. Server Response: '550 5.7.1 Client was not "
		  "authenticated', Error Number: 0x800CCC78",
		  "auth.required" },
		{ "SMTP Error: The following recipients failed: jo@corp.example: Relay access "
		  "denied",
		  "policy.relay" },
		{ "GNUTLS_E_FATAL_ALERT_RECEIVED", "tls.failure" },
		{ "SEC_E_ILLEGAL_MESSAGE", "tls.failure" },
	};
	const struct sw_knowledge *k = sw_knowledge_builtin();

	(void)state;
	for (size_t i = 0; i < SW_LEN(rows); i++) {
		const struct sw_explain_context nothing = { 0 };
		struct sw_explain_result found;
		struct sw_arena arena;

		sw_arena_init(&arena);
		assert_int_equal(SW_OK, sw_explain(k, &arena, sw_slice_str(rows[i].text),
						   &nothing, &found, NULL));
		assert_row(i, found.count > 0);
		assert_row(i, strcmp(sw_category_at(k, found.readings[0].class.category).id,
				     rows[i].category) == 0);
		for (size_t n = 1; n < found.count; n++)
			assert_row(i, found.readings[n].class.list_action != SW_LIST_SUPPRESS);
		sw_arena_fini(&arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(escapes_of_programs_become_what_they_stand_for),
		cmocka_unit_test(codes_are_no_parts_of_other_things),
		cmocka_unit_test(a_reply_inside_of_a_line_is_found),
		cmocka_unit_test(lines_of_transcripts_are_told_apart),
		cmocka_unit_test(host_port_and_stage_are_found),
		cmocka_unit_test(errors_of_programs_are_no_replies),
		cmocka_unit_test(readings_stand_in_their_order_and_say_things_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
