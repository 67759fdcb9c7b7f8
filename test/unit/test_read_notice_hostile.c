/* SPDX-License-Identifier: MIT */
/* Texts that were made to take time or memory: the work grows with the text, not with its
 * square, and limits are told. */
#include <time.h>

#include "base/buf.h"
#include "read/notice.h"
#include "sw_test.h"

enum { BIG = 1024 * 1024, QUARTER = BIG / 4 };

static double read_for(struct sw_slice text, struct sw_slice failed, struct sw_bounce *b,
		       struct sw_arena *arena)
{
	const struct sw_notice in = {
		.from = SW_S("Mail Delivery System <mailer-daemon@busy.example>"),
		.subject = SW_S("Undelivered Mail Returned to Sender"),
		.return_path = SW_S("<>"),
		.header = SW_S("From: mailer-daemon@busy.example\n"),
		.text = text,
		.failed_recipients = failed,
	};
	struct sw_error err;
	clock_t start = clock();

	*b = (struct sw_bounce){ 0 };
	assert_int_equal(sw_notice_read(sw_knowledge_builtin(), arena, &in, b, &err), SW_OK);
	return (double)(clock() - start) / CLOCKS_PER_SEC;
}

static void repeat(struct sw_buf *text, const char *unit, size_t len)
{
	sw_buf_clear(text);
	sw_test_fill(text, unit, len);
}

/* A square would make the whole sixteen times a quarter's time; noise of a busy machine is
 * below some tenths of a second. */
static void time_grows_with_the_text(void **state)
{
	static const char *const units[] = {
		"@",
		"a@b.example ",
		"<a@b.example>\n",
		"550 ",
		"could not be delivered ",
		"\n",
		"x",
		"\"",
		"From: a\n",
		"said:\n",
		"(expanded from ",
		"<<< 550 x\n",
		">>> RCPT TO:<a@b.example>\n<<< 550 no\n",
		"5.1.1 ",
		"[192.0.2.1] mx.a.example ",
		"http://",
		"original message\n",
		"\xe3\x80\x82",
		"\xff",
		"{\"a\":\"",
		"Final-Recipient: rfc822;a@b.example\n",
		"--boundary12345\nContent-Type: text/plain\n",
		"a@b.example, ",
		"Reason: Error: ",
		"To: ",
		"* ",
	};
	struct sw_buf text = { .max = 2 * BIG };

	(void)state;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		struct sw_arena arena = { 0 };
		struct sw_bounce b;
		double quarter, whole;

		repeat(&text, units[i], QUARTER);
		quarter = read_for(sw_buf_slice(&text), (struct sw_slice){ 0 }, &b, &arena);
		repeat(&text, units[i], BIG);
		whole = read_for(sw_buf_slice(&text), (struct sw_slice){ 0 }, &b, &arena);
		if (whole > 0.6 && whole > 8 * quarter)
			fail_msg("\"%s\": %.3f s for a quarter, %.3f s for the whole",
				 units[i], quarter, whole);
		sw_arena_fini(&arena);
	}
	sw_buf_fini(&text);
}

/* "before", a number, "middle", the number again, "after"; so many times. */
static void add_people(struct sw_buf *text, size_t count, const char *before,
		       const char *middle, const char *after)
{
	for (unsigned i = 0; i < count; i++)
		assert_int_equal(
			sw_buf_printf(text, "%s%u%s%u%s", before, i, middle, i, after), SW_OK);
}

static void recipients_beyond_the_limit_are_cut(void **state)
{
	struct sw_buf text = { .max = 8 * BIG };
	struct sw_arena arena = { 0 };
	struct sw_bounce b;

	(void)state;
	assert_int_equal(sw_buf_add_str(&text, "The following addresses failed:\n"), SW_OK);
	add_people(&text, 2 * SW_MAX_BOUNCE_RECIPIENTS, "<u",
		   "@many.example>:\n    550 5.1.1 no user u", "\n");
	assert_true(read_for(sw_buf_slice(&text), (struct sw_slice){ 0 }, &b, &arena) < 5);
	assert_true(b.is_bounce && b.cut);
	assert_int_equal(b.recipient_count, SW_MAX_BOUNCE_RECIPIENTS);
	assert_string_equal(b.recipients->address, "u0@many.example");
	assert_string_equal(b.recipients->next->diagnostic, "550 5.1.1 no user u1");
	sw_arena_fini(&arena);
	sw_buf_fini(&text);
}

/* A list of all, then all replies: each finds its own. */
static void replies_far_from_their_recipients_are_found(void **state)
{
	enum { COUNT = 5000 };
	struct sw_buf text = { .max = 8 * BIG };
	struct sw_arena arena = { 0 };
	struct sw_bounce b;
	unsigned i = 0;

	(void)state;
	assert_int_equal(sw_buf_add_str(&text, "The following addresses failed:\n"), SW_OK);
	add_people(&text, COUNT, "<u", "@many.example>\n(", ")\n");
	assert_int_equal(sw_buf_add_str(&text, "\n"), SW_OK);
	add_people(&text, COUNT, "550 5.1.1 <u", "@many.example>... no mailbox number ", "\n");
	assert_true(read_for(sw_buf_slice(&text), (struct sw_slice){ 0 }, &b, &arena) < 5);
	assert_int_equal(b.recipient_count, COUNT);
	for (struct sw_bounce_recipient *r = b.recipients; r; r = r->next, i++) {
		char wanted[80];

		snprintf(wanted, sizeof(wanted),
			 "550 5.1.1 <u%u@many.example>... no mailbox number %u", i, i);
		assert_string_equal(r->diagnostic, wanted);
	}
	sw_arena_fini(&arena);
	sw_buf_fini(&text);
}

static void a_header_may_name_thousands(void **state)
{
	struct sw_buf failed = { .max = 8 * BIG };
	struct sw_arena arena = { 0 };
	struct sw_bounce b;

	(void)state;
	add_people(&failed, 3 * SW_MAX_BOUNCE_RECIPIENTS, "u", "@many.example,\n  u",
		   "@x.example,\n  ");
	assert_true(read_for(SW_S("They could not be delivered: 550 no"),
			     sw_buf_slice(&failed), &b, &arena) < 5);
	assert_true(b.is_bounce && b.cut);
	assert_int_equal(b.recipient_count, SW_MAX_BOUNCE_RECIPIENTS);
	sw_arena_fini(&arena);
	sw_buf_fini(&failed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(time_grows_with_the_text),
		cmocka_unit_test(recipients_beyond_the_limit_are_cut),
		cmocka_unit_test(replies_far_from_their_recipients_are_found),
		cmocka_unit_test(a_header_may_name_thousands),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
