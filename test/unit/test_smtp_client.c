/* SPDX-License-Identifier: MIT */
/* What dialogues (test/dialogue) cannot show: memory, limits, large transactions. */
#include "smtp/client.h"

#include "sw_test.h"

/* What became of a session that a test walks through. */
struct walk {
	struct sw_smtp_client *c;
	unsigned begun, settled;
	bool ready, failed, closed, asked_data;
	bool challenged, auth_wanted;
};

static void poll_events(struct walk *w)
{
	struct sw_smtp_event e;

	while (sw_smtp_client_next_event(w->c, &e)) {
		assert_false(w->failed || w->closed);
		w->settled += e.type == SW_SMTP_MESSAGE_RESULT ? 1 : 0;
		w->ready = e.type == SW_SMTP_READY ? true : w->ready;
		w->failed = w->failed || e.type == SW_SMTP_FAILED;
		w->closed = w->closed || e.type == SW_SMTP_CLOSED;
		w->asked_data = w->asked_data || e.type == SW_SMTP_DATA_GO;
		w->challenged = w->challenged || e.type == SW_SMTP_AUTH_CHALLENGE;
		w->auth_wanted = w->auth_wanted || e.type == SW_SMTP_AUTH_WANTED;
	}
	assert_true(w->settled <= w->begun);
}

/* Takes all output as sent; then the server says `text`. */
static void answer(struct walk *w, const char *text)
{
	sw_smtp_client_sent(w->c, SIZE_MAX, 1);
	poll_events(w);
	sw_smtp_client_feed(w->c, sw_slice_str(text), 1);
	poll_events(w);
}

static const struct sw_smtp_client_settings plain = { .ehlo_name = "me.example",
						      .pipelining = true };

static void begin_session(struct walk *w, const struct sw_smtp_client_settings *s)
{
	*w = (struct walk){ .c = sw_smtp_client_new(s, 1, NULL) };
	assert_non_null(w->c);
	answer(w, "220 mx\r\n");
	answer(w, "250-mx\r\n250-PIPELINING\r\n250-AUTH X\r\n250 SIZE 1000000\r\n");
}

static void refuses_to_begin_with_a_bad_name(void **state SW_UNUSED)
{
	static const char *const names[] = {
		"",           "a b",    "a\r\nMAIL FROM:<x@y>", "a\n",
		"-a.example", "[1.2.3", "m\xc3\xbcller.example"
	};
	struct sw_smtp_client_settings s = { .ehlo_name = NULL };
	struct sw_error err;

	assert_null(sw_smtp_client_new(&s, 0, &err));
	assert_err(err.code, SW_E_CONFIG);
	for (size_t i = 0; i < SW_LEN(names); i++) {
		s.ehlo_name = names[i];
		assert_row(i, sw_smtp_client_new(&s, 0, &err) == NULL);
		assert_err(err.code, SW_E_CONFIG);
		assert_row(i, !sw_slice_has_control(sw_slice_str(err.text)));
	}
}

static enum sw_err note(enum sw_err code, bool *nomem)
{
	assert_true(code == SW_OK || code == SW_E_NOMEM || code == SW_E_USAGE);
	*nomem = *nomem || code == SW_E_NOMEM;
	return code;
}

static void say_auth(struct walk *w, bool *nomem)
{
	const struct sw_slice token = SW_S("token");

	if (note(sw_smtp_client_auth(w->c, "X", &token, 1, NULL), nomem))
		return;
	answer(w, "334 aGVsbG8=\r\n");
	if (w->challenged &&
	    !note(sw_smtp_client_auth_respond(w->c, SW_S("x"), 1, NULL), nomem))
		answer(w, "235 2.7.0 in\r\n");
}

static void say_message(struct walk *w, bool *nomem)
{
	static const char *const to[] = { "a@example", "b@example", "c@example" };
	const struct sw_smtp_mail m = { .sender = "s@example",
					.recipients = to,
					.recipient_count = 3,
					.size_bytes = 100 };

	if (note(sw_smtp_client_begin(w->c, &m, 1, NULL), nomem))
		return;
	w->begun++;
	answer(w, "250 ok\r\n250 ok\r\n550-5.1.1 no such\r\n550 5.1.1 user\r\n250 ok\r\n");
	answer(w, "354 go\r\n");
	if (!w->asked_data ||
	    note(sw_smtp_client_data(w->c, SW_S("hello\n.\n"), 1, NULL), nomem) ||
	    note(sw_smtp_client_data_end(w->c, 1, NULL), nomem))
		return;
	answer(w, "250 2.0.0 queued\r\n");
}

/* A whole session; whether something in it failed for lack of memory. */
static bool whole_session(struct walk *w)
{
	struct sw_smtp_client_settings s = plain;
	bool nomem = false;

	s.auth = true;
	*w = (struct walk){ .c = sw_smtp_client_new(&s, 1, NULL) };
	if (!w->c)
		return true;
	answer(w, "220 mx\r\n");
	answer(w, "250-mx\r\n250-PIPELINING\r\n250-AUTH X\r\n250 SIZE 1000000\r\n");
	if (w->auth_wanted)
		say_auth(w, &nomem);
	if (w->ready)
		say_message(w, &nomem);
	nomem = nomem || sw_smtp_client_failure(w->c)->kind == SW_SMTP_F_NOMEM;
	assert_true(w->failed || nomem || w->settled == 1);
	sw_smtp_client_quit(w->c, 1);
	answer(w, "221 bye\r\n");
	assert_true(w->failed || w->closed);
	assert_int_equal(w->settled, w->begun);
	sw_smtp_client_free(w->c);
	return nomem;
}

static void survives_failing_allocations(void **state SW_UNUSED)
{
	bool done = false;

	for (long n = 1; !done; n++) {
		long live = sw_mem_live();
		struct walk w;

		sw_mem_fail_at(n);
		bool nomem = whole_session(&w);

		done = !sw_mem_failed();
		sw_mem_fail_at(0);
		assert_int_equal(sw_mem_live(), live);
		assert_true(!done || (!nomem && w.settled == 1 && n > 20));
		/* Only the copy of a refusal kept for a later hang-up may be missing. */
		assert_true(done || nomem || w.settled == 1);
		assert_true(n < 1000);
	}
}

static size_t count_lines(struct sw_slice s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.len; i++)
		n += s.ptr[i] == '\n' ? 1 : 0;
	return n;
}

static void make_recipients(struct sw_arena *arena, const char **to, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		char text[40];

		snprintf(text, sizeof(text), "r%zu@example", i);
		to[i] = sw_arena_strdup(arena, text);
		assert_non_null(to[i]);
	}
}

/* A thousand recipients: at no time more than the window is under way, all are asked, in
 * order. */
static void keeps_a_window_of_recipients_under_way(void **state SW_UNUSED)
{
	enum { COUNT = 1000 };
	static const char *to[COUNT];
	SW_CLEANUP(sw_arena_fini) struct sw_arena arena = { 0 };
	struct sw_smtp_mail m = { .sender = "", .recipients = to, .recipient_count = COUNT };
	size_t asked = 0, answered = 0;
	struct walk w;

	make_recipients(&arena, to, COUNT);
	begin_session(&w, &plain);
	assert_ok(sw_smtp_client_begin(w.c, &m, 1, NULL));
	w.begun++;
	while (answered < COUNT + 1) {
		struct sw_slice out = sw_smtp_client_output(w.c, NULL, NULL);

		asked += count_lines(out);
		sw_smtp_client_sent(w.c, out.len, 1);
		assert_true(asked - answered <= SW_MAX_RCPT_IN_FLIGHT + 1);
		assert_true(asked - answered >= 1);
		/* One answer first, then as many as there are questions. */
		for (size_t n = answered ? asked - answered : 1;
		     n > 0 && answered < COUNT + 1; n--, answered++)
			sw_smtp_client_feed(w.c,
					    answered % 7 == 3 ? SW_S("450 later\r\n")
							      : SW_S("250 ok\r\n"),
					    1);
		poll_events(&w);
	}
	assert_int_equal(asked, COUNT + 2); /* MAIL, DATA */
	assert_string_equal(sw_smtp_client_state_name(w.c), "data");
	for (size_t i = 0; i < COUNT; i++) {
		bool later = (i + 1) % 7 == 3;

		assert_int_equal(sw_smtp_client_recipient(w.c, i).outcome,
				 later ? SW_DEFERRED : SW_NOT_SENT);
		assert_int_equal(sw_smtp_client_recipient(w.c, i).rcpt_ok, !later);
	}
	sw_smtp_client_free(w.c);
}

/* Long replies that all differ: what is kept of them is bounded. */
static void bounds_the_replies_that_it_keeps(void **state SW_UNUSED)
{
	enum { COUNT = 400, LEN = 60000, REPLY_MAX = 2 * LEN };
	static const char *to[COUNT];
	SW_CLEANUP(sw_arena_fini) struct sw_arena arena = { 0 };
	SW_CLEANUP(sw_buf_fini) struct sw_buf reply = { .max = REPLY_MAX };
	struct sw_smtp_mail m = { .sender = "", .recipients = to, .recipient_count = COUNT };
	size_t kept = 0, cut = 0;
	struct walk w;

	make_recipients(&arena, to, COUNT);
	begin_session(&w, &plain);
	assert_ok(sw_smtp_client_begin(w.c, &m, 1, NULL));
	w.begun++;
	answer(&w, "250 ok\r\n");
	for (size_t i = 0; i < COUNT; i++) {
		sw_buf_clear(&reply);
		for (size_t k = 0; k < LEN / 1000; k++)
			assert_ok(sw_buf_printf(&reply, "550-%0990zu\r\n", i));
		assert_ok(sw_buf_printf(&reply, "550 %zu\r\n", i));
		answer(&w, sw_buf_str(&reply));
	}
	assert_false(w.failed);
	for (size_t i = 0; i < COUNT; i++) {
		const struct sw_reply *r = sw_smtp_client_recipient(w.c, i).reply;

		assert_int_equal(sw_smtp_client_recipient(w.c, i).outcome, SW_REJECTED);
		kept += r->text_len;
		cut += r->cut ? 1 : 0;
		assert_true(!r->cut || r->text_len == SW_KEPT_REPLY_CUT);
		assert_int_equal(strlen(r->text), r->text_len);
	}
	assert_true(cut > 300 && cut < COUNT);
	assert_true(kept < SW_MAX_KEPT_REPLIES + REPLY_MAX + COUNT * SW_KEPT_REPLY_CUT);
	sw_smtp_client_free(w.c);
}

/* Servers say the same to everyone: that is kept once, and so never cut. */
static void keeps_one_copy_of_replies_that_repeat(void **state SW_UNUSED)
{
	enum { COUNT = 2000, LEN = 4000 };
	static const char *to[COUNT];
	static char reply[LEN + 8];
	SW_CLEANUP(sw_arena_fini) struct sw_arena arena = { 0 };
	struct sw_smtp_mail m = { .sender = "", .recipients = to, .recipient_count = COUNT };
	struct walk w;

	memset(reply, 'x', LEN);
	memcpy(reply, "550 ", 4);
	memcpy(reply + LEN, "\r\n", 3);
	make_recipients(&arena, to, COUNT);
	begin_session(&w, &plain);
	assert_ok(sw_smtp_client_begin(w.c, &m, 1, NULL));
	w.begun++;
	answer(&w, "250 ok\r\n");
	for (size_t i = 0; i < COUNT; i++)
		answer(&w, reply);
	for (size_t i = 0; i < COUNT; i++)
		assert_int_equal(sw_smtp_client_recipient(w.c, i).reply->text_len, LEN - 4);
	sw_smtp_client_free(w.c);
}

static void a_thousand_messages_take_the_memory_of_one(void **state SW_UNUSED)
{
	long live = 0;
	bool nomem = false;
	struct walk w;

	begin_session(&w, &plain);
	for (int i = 0; i < 1000; i++) {
		w.asked_data = false;
		say_message(&w, &nomem);
		assert_int_equal(w.settled, (unsigned)i + 1);
		assert_int_equal(sw_smtp_client_recipient(w.c, 0).outcome, SW_ACCEPTED);
		assert_int_equal(sw_smtp_client_recipient(w.c, 1).outcome, SW_REJECTED);
		for (int k = 0; k < 3; k++) {
			assert_ok(sw_smtp_client_noop(w.c, 1, NULL));
			answer(&w, "250 still here\r\n");
		}
		/* Each place for a transaction keeps a block. */
		if (i == SW_MAX_MAILS_AHEAD + 2)
			live = sw_mem_live();
		assert_true(i <= SW_MAX_MAILS_AHEAD + 2 || sw_mem_live() == live);
	}
	sw_smtp_client_free(w.c);
}

/* Message bytes are counted as they go, in pieces of any size, without the dots that were
 * added and without the end. */
static void counts_message_bytes_in_any_pieces(void **state SW_UNUSED)
{
	static const char text[] = ".a\n..\r\n.\r\nb.c\n\n.\nend";
	static const char *const to[] = { "a@example" };
	/* .a.. etc. with CRLF: 4 + 4 + 3 + 5 + 2 + 3 + 5 */
	const uint64_t all = 26;
	const struct sw_smtp_mail m = { .sender = "", .recipients = to, .recipient_count = 1 };

	for (size_t size = 1; size < 40; size++) {
		struct walk w;
		uint64_t before = 0;

		begin_session(&w, &plain);
		assert_ok(sw_smtp_client_begin(w.c, &m, 1, NULL));
		w.begun++;
		answer(&w, "250 ok\r\n250 ok\r\n");
		answer(&w, "354 go\r\n");
		for (size_t at = 0; at < sizeof(text) - 1; at += size) {
			size_t rest = sizeof(text) - 1 - at;

			assert_ok(sw_smtp_client_data(
				w.c, sw_slice(text + at, size < rest ? size : rest), 1, NULL));
			if (at % 2)
				sw_smtp_client_sent(w.c, size % 3, 1);
		}
		assert_ok(sw_smtp_client_data_end(w.c, 1, NULL));
		while (sw_smtp_client_output(w.c, NULL, NULL).len) {
			assert_int_equal(sw_smtp_client_message(w.c), SW_NOT_SENT);
			sw_smtp_client_sent(w.c, size, 1);
			assert_true(sw_smtp_client_data_bytes(w.c) >= before);
			before = sw_smtp_client_data_bytes(w.c);
		}
		assert_int_equal(before, all);
		assert_int_equal(sw_smtp_client_message(w.c), SW_UNCERTAIN);
		sw_smtp_client_free(w.c);
	}
}

static void takes_pieces_up_to_its_limit(void **state SW_UNUSED)
{
	static const char *const to[] = { "a@example" };
	const struct sw_smtp_mail m = { .sender = "", .recipients = to, .recipient_count = 1 };
	char *text = malloc(SW_MAX_DATA_PIECE + 1);
	struct walk w;

	assert_non_null(text);
	memset(text, '\n', SW_MAX_DATA_PIECE + 1);
	begin_session(&w, &plain);
	assert_ok(sw_smtp_client_begin(w.c, &m, 1, NULL));
	w.begun++;
	answer(&w, "250 ok\r\n250 ok\r\n");
	answer(&w, "354 go\r\n");
	assert_ok(sw_smtp_client_data(w.c, sw_slice(text, SW_OUTPUT_HIGH / 2 - 1), 1, NULL));
	assert_true(sw_smtp_client_output(w.c, NULL, NULL).len < SW_OUTPUT_HIGH);
	assert_err(sw_smtp_client_data(w.c, sw_slice(text, SW_MAX_DATA_PIECE + 1), 1, NULL),
		   SW_E_LIMIT);
	assert_ok(sw_smtp_client_data(w.c, sw_slice(text, SW_MAX_DATA_PIECE), 1, NULL));
	assert_ok(sw_smtp_client_data_end(w.c, 1, NULL));
	answer(&w, "250 ok\r\n");
	assert_int_equal(w.settled, 1);
	free(text);
	sw_smtp_client_free(w.c);
}

/* Events of the last message that nobody took point into memory that begin uses anew. */
static void begin_drops_events_that_nobody_took(void **state SW_UNUSED)
{
	static const char *const to[] = { "a@example" };
	const struct sw_smtp_mail m = { .sender = "", .recipients = to, .recipient_count = 1 };
	struct sw_smtp_event e;
	struct walk w;

	begin_session(&w, &plain);
	assert_ok(sw_smtp_client_begin(w.c, &m, 1, NULL));
	sw_smtp_client_sent(w.c, SIZE_MAX, 1);
	sw_smtp_client_feed(w.c, SW_S("550 no\r\n503 no\r\n503 no\r\n"), 1);
	assert_true(sw_smtp_client_is_ready(w.c));
	assert_ok(sw_smtp_client_begin(w.c, &m, 1, NULL));
	assert_false(sw_smtp_client_next_event(w.c, &e));
	sw_smtp_client_free(w.c);
}

/* Our owner may be late itself; an answer that is there is worth more than the clock. */
static void takes_a_whole_reply_that_comes_late(void **state SW_UNUSED)
{
	struct walk w = { .c = sw_smtp_client_new(&plain, 0, NULL) };

	assert_non_null(w.c);
	sw_smtp_client_feed(w.c, SW_S("220 mx\r\n"), sw_smtp_client_deadline(w.c) + 1);
	poll_events(&w);
	assert_false(w.failed);
	sw_smtp_client_sent(w.c, SIZE_MAX, 0);
	sw_smtp_client_feed(w.c, SW_S("250-mx\r\n"), sw_smtp_client_deadline(w.c));
	poll_events(&w);
	assert_true(w.failed);
	assert_int_equal(sw_smtp_client_failure(w.c)->kind, SW_SMTP_F_TIMEOUT);
	sw_smtp_client_free(w.c);
}

/* Each whole chunk that the network took earns the time of another. */
static void a_whole_chunk_is_progress(void **state SW_UNUSED)
{
	static const char line[] = "0123456789abcdef0123456789abcdef0123456789abcd\r\n";
	static const char *to[] = { "r@example" };
	struct sw_smtp_mail m = { .sender = "", .recipients = to, .recipient_count = 1 };
	struct walk w;

	begin_session(&w, &plain);
	assert_ok(sw_smtp_client_begin(w.c, &m, 1, NULL));
	w.begun++;
	answer(&w, "250 ok\r\n250 ok\r\n");
	answer(&w, "354 go\r\n");
	assert_true(w.asked_data);
	for (size_t n = 0; n < 2 * SW_DATA_CHUNK; n += sizeof(line) - 1)
		assert_ok(sw_smtp_client_data(w.c, sw_slice_str(line), 1, NULL));
	uint64_t end = sw_smtp_client_deadline(w.c);

	sw_smtp_client_sent(w.c, SW_DATA_CHUNK - 1, end - 1);
	assert_int_equal(sw_smtp_client_deadline(w.c), end);
	sw_smtp_client_sent(w.c, 1, end - 1);
	assert_int_equal(sw_smtp_client_deadline(w.c), end - 1 + 180000000);
	sw_smtp_client_free(w.c);
}

static void names_every_failure(void **state SW_UNUSED)
{
	for (int i = 0; i < SW_SMTP_F_COUNT; i++)
		assert_string_not_equal(sw_smtp_failure_name((enum sw_smtp_failure_kind)i),
					"?");
	assert_string_equal(sw_smtp_failure_name(SW_SMTP_F_COUNT), "?");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_to_begin_with_a_bad_name),
		cmocka_unit_test(survives_failing_allocations),
		cmocka_unit_test(keeps_a_window_of_recipients_under_way),
		cmocka_unit_test(bounds_the_replies_that_it_keeps),
		cmocka_unit_test(keeps_one_copy_of_replies_that_repeat),
		cmocka_unit_test(a_thousand_messages_take_the_memory_of_one),
		cmocka_unit_test(counts_message_bytes_in_any_pieces),
		cmocka_unit_test(takes_pieces_up_to_its_limit),
		cmocka_unit_test(begin_drops_events_that_nobody_took),
		cmocka_unit_test(takes_a_whole_reply_that_comes_late),
		cmocka_unit_test(a_whole_chunk_is_progress),
		cmocka_unit_test(names_every_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
