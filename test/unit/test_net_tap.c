/* SPDX-License-Identifier: MIT */
#include "sw_test.h"

#include <unistd.h>

#include "net/fault.h"
#include "net/tap.h"
#include "net/tcp.h"
#include "wire.h"

/* The whole transcript, "->", "<-", "==", "**" before each line, "T" when inside TLS. */
static const char *shown(struct sw_transcript *t)
{
	static char text[8192];
	static const char *const marks[] = { "->", "<-", "==", "**" };
	size_t len = 0;

	text[0] = '\0';
	for (size_t i = 0; i < sw_transcript_count(t); i++) {
		struct sw_transcript_entry e = sw_transcript_get(t, i);

		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s %.*s\n",
					marks[e.kind], e.tls ? "T" : "", SW_FMT(e.text));
		assert_true(len < sizeof(text));
	}
	return text;
}

static void add(struct sw_transcript *t, enum sw_transcript_kind kind, const char *text)
{
	sw_transcript_add(t, 1, kind, false, sw_slice_str(text));
}

static void pieces_become_lines(void **state)
{
	static const char in[] = "220 mx ESMTP\r\n\r\nbare\nhas \r inside\r\r\nlast";
	static const char expected[] =
		"<- 220 mx ESMTP\n<- \n<- bare\n<- has \r inside\r\n<- last\n";

	(void)state;
	for (size_t piece = 1; piece < sizeof(in); piece++) {
		struct sw_transcript *t = sw_transcript_new(NULL);

		for (size_t at = 0; at < sizeof(in) - 1; at += piece)
			sw_transcript_add(t, 1, SW_TR_RECEIVED, false,
					  sw_slice_head(sw_slice(in + at, sizeof(in) - 1 - at),
							piece));
		sw_transcript_flush(t);
		assert_string_equal(shown(t), expected);
		sw_transcript_free(t);
	}
}

static void the_directions_do_not_mix(void **state)
{
	struct sw_transcript *t = sw_transcript_new(NULL);

	(void)state;
	add(t, SW_TR_SENT, "EHLO ");
	add(t, SW_TR_RECEIVED, "250-");
	add(t, SW_TR_SENT, "me\r\n");
	add(t, SW_TR_RECEIVED, "mx\r\n");
	sw_transcript_note(t, 5, SW_TR_NOTE, "TLS %s", "started");
	sw_transcript_note(t, 6, SW_TR_ERROR, "broken");
	assert_string_equal(shown(t), "-> EHLO me\n<- 250-mx\n== TLS started\n** broken\n");
	assert_int_equal(sw_transcript_get(t, 2).at_us, 5);
	sw_transcript_clear(t);
	assert_int_equal(sw_transcript_count(t), 0);
	add(t, SW_TR_SENT, "again\r\n");
	assert_string_equal(shown(t), "-> again\n");
	sw_transcript_free(t);
}

static void binary_bytes_stay_as_they_are(void **state)
{
	static const char in[] = "\0\x01\xff\x1b[31m\0";
	struct sw_transcript *t = sw_transcript_new(NULL);

	(void)state;
	sw_transcript_add(t, 1, SW_TR_RECEIVED, false, sw_slice(in, sizeof(in)));
	sw_transcript_flush(t);
	assert_int_equal(sw_transcript_count(t), 1);
	assert_true(sw_slice_eq(sw_transcript_get(t, 0).text, sw_slice(in, sizeof(in))));
	sw_transcript_free(t);
}

static void what_is_sent_in_secret_is_not_shown(void **state)
{
	static const struct {
		const char *before;	/* sent openly */
		const char *secret;
		const char *expected;
	} rows[] = {
		{ "", "AGFsaWNlAGh1bnRlcjI=\r\n", "-> ***\n" },
		{ "", "AUTH PLAIN AGFsaWNlAGh1bnRlcjI=\r\n", "-> AUTH PLAIN ***\n" },
		{ "", "auth scram-sha-256 biwsbj0=\r\n", "-> auth scram-sha-256 ***\n" },
		{ "AUTH PLAIN ", "AGFsaWNlAGh1bnRlcjI=\r\n", "-> AUTH PLAIN ***\n" },
		{ "", "AUTH LOGIN\r\n", "-> AUTH LOGIN\n" },
		{ "", "AUTH PLAIN =\r\n", "-> AUTH PLAIN ***\n" },
		{ "", "AUTH hunter2!\r\n", "-> ***\n" },
		{ "", "AUTH hunter2hunter2hunter2hunter2\r\n", "-> ***\n" },
		{ "", "AUTH  x\r\n", "-> ***\n" },
		{ "", "AUTH\r\n", "-> ***\n" },
		{ "", "\r\n", "-> ***\n" },
		{ "", "one\r\ntwo\r\n", "-> ***\n-> ***\n" },
		{ "open then ", "closed\r\n", "-> ***\n" },
	};

	(void)state;
	for (size_t i = 0; i < SW_LEN(rows); i++) {
		size_t len = strlen(rows[i].secret);

		for (size_t piece = 1; piece <= len; piece++) {
			struct sw_transcript *t = sw_transcript_new(NULL);

			add(t, SW_TR_SENT, rows[i].before);
			sw_transcript_secret(t, true);
			for (size_t at = 0; at < len; at += piece)
				sw_transcript_add(t, 1, SW_TR_SENT, false,
						  sw_slice_head(sw_slice(rows[i].secret + at,
									 len - at), piece));
			sw_transcript_secret(t, false);
			add(t, SW_TR_SENT, "NOOP\r\n");
			add(t, SW_TR_RECEIVED, "235 ok\r\n");
			char expected[256];

			snprintf(expected, sizeof(expected), "%s-> NOOP\n<- 235 ok\n",
				 rows[i].expected);
			assert_string_equal(shown(t), expected);
			sw_transcript_free(t);
		}
	}
}

static void an_initial_response_is_hidden_also_when_nobody_said_so(void **state)
{
	struct sw_transcript *t = sw_transcript_new(NULL);

	(void)state;
	add(t, SW_TR_SENT, "AUTH PLAIN AGFsaWNlAGh1bnRlcjI=\r\n");
	add(t, SW_TR_RECEIVED, "AUTH PLAIN AGFsaWNlAGh1bnRlcjI=\r\n");
	add(t, SW_TR_RECEIVED, "250-AUTH PLAIN LOGIN\r\n");
	assert_string_equal(shown(t), "-> AUTH PLAIN ***\n<- AUTH PLAIN ***\n"
				      "<- 250-AUTH PLAIN LOGIN\n");
	sw_transcript_free(t);
}

static void secrets_that_come_back_are_removed_wherever_they_are_split(void **state)
{
	/* Raw, base64 of itself, and as a part of base64 "\0alice\0hunter2pass". */
	static const char *const echoes[] = { "hunter2pass", "aHVudGVyMnBhc3M=",
					      "AGFsaWNlAGh1bnRlcjJwYXNz",
					      "68756e7465723270617373" };
	struct sw_redactor *redactor = sw_redactor_new();

	(void)state;
	assert_ok(sw_redactor_add(redactor, SW_S("hunter2pass")));
	for (size_t i = 0; i < SW_LEN(echoes); i++) {
		char in[128];
		size_t len = (size_t)snprintf(in, sizeof(in), "535 5.7.8 bad <%s> there\r\n",
					      echoes[i]);

		for (size_t cut = 0; cut <= len; cut++) {
			struct sw_transcript *t = sw_transcript_new(redactor);

			sw_transcript_add(t, 1, SW_TR_RECEIVED, false, sw_slice(in, cut));
			sw_transcript_add(t, 1, SW_TR_RECEIVED, false,
					  sw_slice(in + cut, len - cut));
			assert_int_equal(sw_transcript_count(t), 1);
			const char *text = shown(t);

			assert_non_null(strstr(text, "<- 535 5.7.8 bad <"));
			assert_non_null(strstr(text, "***"));
			assert_non_null(strstr(text, "> there"));
			assert_null(strstr(text, "hunter2"));
			assert_null(strstr(text, "h1bnRl"));
			assert_null(strstr(text, "HVudGVy"));
			assert_null(strstr(text, "6874"));
			sw_transcript_free(t);
		}
	}
	struct sw_transcript *t = sw_transcript_new(redactor);

	sw_transcript_note(t, 1, SW_TR_ERROR, "the server said %s", echoes[0]);
	assert_string_equal(shown(t), "** the server said ***\n");
	sw_transcript_free(t);
	sw_redactor_free(redactor);
}

static void message_data_is_counted_only(void **state)
{
	struct sw_transcript *t = sw_transcript_new(NULL);

	(void)state;
	add(t, SW_TR_SENT, "DATA\r\n");
	add(t, SW_TR_RECEIVED, "354 go\r\n");
	for (int i = 0; i < 3; i++) {
		sw_transcript_data(t, true);
		add(t, SW_TR_SENT, "Subject: private\r\n");
		sw_transcript_data(t, false);
	}
	assert_int_equal(sw_transcript_count(t), 2);
	add(t, SW_TR_SENT, ".\r\n");
	add(t, SW_TR_RECEIVED, "250 ok\r\n");
	sw_transcript_data(t, true);
	add(t, SW_TR_SENT, "x");
	add(t, SW_TR_RECEIVED, "421 ");
	sw_transcript_flush(t);
	assert_string_equal(shown(t),
			    "-> DATA\n<- 354 go\n-> (54 bytes of message data)\n"
			    "-> .\n<- 250 ok\n-> (1 bytes of message data)\n<- 421 \n");
	sw_transcript_free(t);
}

static void a_long_line_is_cut_and_says_so(void **state)
{
	enum { LONG = 300000 };
	struct sw_redactor *redactor = sw_redactor_new();
	struct sw_transcript *t = sw_transcript_new(redactor);
	char *line = malloc(LONG);

	(void)state;
	assert_ok(sw_redactor_add(redactor, SW_S("hunter2pass")));
	/* A line of nothing but the secret, so that any cut falls into one; the offset makes
	 * the cut fall everywhere. */
	for (size_t offset = 0; offset < 11; offset++) {
		memset(line, 'x', offset);
		for (size_t i = offset; i < LONG; i++)
			line[i] = "hunter2pass"[(i - offset) % 11];
		sw_transcript_add(t, 1, SW_TR_RECEIVED, false, sw_slice(line, LONG));
		sw_transcript_add(t, 1, SW_TR_RECEIVED, false, SW_S("\n"));
		struct sw_slice text = sw_transcript_get(t, offset).text;

		assert_true(text.len < SW_MAX_TRANSCRIPT_LINE + 100);
		assert_true(sw_slice_search(text, SW_S("hun")) == text.len);
		assert_true(sw_slice_search(text, SW_S("(cut: the line has 300000 bytes)")) <
			    text.len);
	}
	sw_transcript_clear(t);
	memset(line, 'y', LONG);
	sw_transcript_add(t, 1, SW_TR_SENT, false, sw_slice(line, LONG));
	sw_transcript_flush(t);
	struct sw_slice text = sw_transcript_get(t, 0).text;

	assert_true(text.len > SW_MAX_TRANSCRIPT_LINE && text.ptr[0] == 'y');
	free(line);
	sw_transcript_free(t);
	sw_redactor_free(redactor);
}

static void count_entries(void *arg, const struct sw_transcript_entry *e)
{
	size_t *count = arg;

	assert_true(e->text.len <= 80);
	(*count)++;
}

static void a_flood_is_counted_and_not_kept(void **state)
{
	static const char *const lines[] = { "\n",
					     "0123456789012345678901234567890123456789\n" };

	(void)state;
	for (size_t i = 0; i < SW_LEN(lines); i++) {
		struct sw_transcript *t = sw_transcript_new(NULL);
		size_t seen = 0;

		sw_transcript_on_entry(t, count_entries, &seen);
		for (size_t k = 0; k < 100000; k++)
			add(t, SW_TR_RECEIVED, lines[i]);
		size_t kept = sw_transcript_count(t) - 1;

		assert_int_equal(seen, 100000);
		assert_in_range(kept, 1000, SW_MAX_TRANSCRIPT / 32);
		struct sw_transcript_entry last = sw_transcript_get(t, kept);
		char expected[128];

		snprintf(expected, sizeof(expected),
			 "(%zu more lines with %zu bytes are not kept)", 100000 - kept,
			 (100000 - kept) * (strlen(lines[i]) - 1));
		assert_int_equal(last.kind, SW_TR_NOTE);
		assert_true(sw_slice_eq(last.text, sw_slice_str(expected)));
		sw_transcript_free(t);
	}
}

static enum sw_err use_transcript(void *arg)
{
	struct sw_transcript *t = sw_transcript_new(arg);
	size_t seen = 0;

	if (!t)
		return SW_E_NOMEM;
	sw_transcript_on_entry(t, count_entries, &seen);
	add(t, SW_TR_SENT, "EHLO me\r\n");
	add(t, SW_TR_RECEIVED, "250 hunter2pass aHVudGVyMnBhc3M=\r\nhunter2");
	add(t, SW_TR_RECEIVED, "pass 0123456789 0123456789 0123456789 0123456789 012345\r\n");
	sw_transcript_note(t, 1, SW_TR_NOTE, "hunter2pass");
	sw_transcript_flush(t);
	size_t count = sw_transcript_count(t);
	bool lost = count < 4 || sw_transcript_get(t, 3).kind != SW_TR_NOTE ||
		    !sw_slice_eq(sw_transcript_get(t, 3).text, SW_S("***"));

	/* What could not be cleaned is not shown, and what is not shown is counted. */
	for (size_t i = 0; i < count; i++) {
		struct sw_slice text = sw_transcript_get(t, i).text;

		assert_true(sw_slice_search(text, SW_S("hunter2pass")) == text.len);
		assert_true(sw_slice_search(text, SW_S("HVudGVy")) == text.len);
	}
	sw_transcript_free(t);
	return lost ? SW_E_NOMEM : SW_OK;
}

static void without_memory_lines_are_lost_but_secrets_stay_hidden(void **state)
{
	struct sw_redactor *redactor = sw_redactor_new();

	(void)state;
	assert_ok(sw_redactor_add(redactor, SW_S("hunter2pass")));
	sw_test_failing_allocations(use_transcript, redactor);
	sw_redactor_free(redactor);
}

static void a_tap_writes_down_what_passed_and_only_that(void **state)
{
	struct sw_loop *loop = sw_loop_new(NULL);
	struct sw_transcript *t = sw_transcript_new(NULL);
	const struct sw_fault_plan plan = { .max_write = 4 };
	char buf[64];
	size_t n;
	int fds[2];

	(void)state;
	wire_fds(true, fds);
	struct sw_stream *below =
		sw_fault_wrap(sw_tcp_stream(loop, fds[0], NULL), &plan, NULL);
	struct sw_stream *s = sw_tap_wrap(below, t, true, NULL);

	assert_int_equal(sw_stream_handshake(s), SW_IO_OK);
	assert_int_equal(sw_stream_write(s, SW_S("EHLO me\r\n"), &n), SW_IO_OK);
	assert_int_equal(n, 4);
	assert_int_equal(sw_stream_read(s, buf, sizeof(buf), &n), SW_IO_AGAIN);
	assert_int_equal(write(fds[1], "220 hi\r\n", 8), 8);
	assert_int_equal(sw_stream_read(s, buf, sizeof(buf), &n), SW_IO_OK);
	assert_false(sw_stream_pending(s));
	assert_string_equal(shown(t), "<-T 220 hi\n");
	/* The tap goes, what is below stays and works. */
	assert_ptr_equal(sw_tap_unwrap(s), below);
	assert_string_equal(shown(t), "<-T 220 hi\n->T EHLO\n");
	assert_int_equal(sw_stream_write(below, SW_S("x"), &n), SW_IO_OK);
	sw_stream_free(below);
	sw_transcript_free(t);
	close(fds[1]);
	sw_loop_free(loop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces_become_lines),
		cmocka_unit_test(the_directions_do_not_mix),
		cmocka_unit_test(binary_bytes_stay_as_they_are),
		cmocka_unit_test(what_is_sent_in_secret_is_not_shown),
		cmocka_unit_test(an_initial_response_is_hidden_also_when_nobody_said_so),
		cmocka_unit_test(secrets_that_come_back_are_removed_wherever_they_are_split),
		cmocka_unit_test(message_data_is_counted_only),
		cmocka_unit_test(a_long_line_is_cut_and_says_so),
		cmocka_unit_test(a_flood_is_counted_and_not_kept),
		cmocka_unit_test(without_memory_lines_are_lost_but_secrets_stay_hidden),
		cmocka_unit_test(a_tap_writes_down_what_passed_and_only_that),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
