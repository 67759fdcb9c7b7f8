/* SPDX-License-Identifier: MIT */
#include "sw_test.h"

#include "read/mailbox.h"

#define FROM "From a@b Sat Nov 21 10:00:00 2026\n"
#define LINE "Subject: x\n"
#define HEAD LINE "\n"

/* Messages between bars, each with its From line's sender in front. */
static void add_messages(struct sw_slice bytes, struct sw_buf *out)
{
	struct sw_mailbox_file m;
	struct sw_mailbox_message one;

	sw_mailbox_begin(&m, bytes);
	while (sw_mailbox_next(&m, &one)) {
		assert_ok(sw_buf_add(out, one.message));
		assert_ok(sw_buf_add_str(out, one.quoted ? "|q" : "|"));
	}
}

/* The next message behind *at as somebody finds it whose window grows by `step` bytes. */
static bool next_in_windows(struct sw_mailbox_file *m, struct sw_slice whole, size_t *at,
			    size_t step, struct sw_mailbox_message *ret)
{
	for (size_t len = step;; len += step) {
		struct sw_slice left = sw_slice_from(whole, *at);

		m->more = len < left.len;
		m->rest = sw_slice_head(left, len);
		size_t before = m->rest.len;
		bool found = sw_mailbox_next(m, ret);

		assert_true(!m->wants_more || (m->more && !found));
		if (m->wants_more)
			continue;
		*at += before - m->rest.len;
		return found;
	}
}

static void add_rest(struct sw_mailbox_file *m, struct sw_slice whole, size_t at, size_t step,
		     struct sw_buf *out)
{
	struct sw_mailbox_message one;

	while (next_in_windows(m, whole, &at, step, &one)) {
		assert_ok(sw_buf_add(out, one.message));
		assert_ok(sw_buf_add_str(out, one.quoted ? "|q" : "|"));
	}
}

static void add_in_windows(struct sw_slice bytes, size_t step, struct sw_buf *out)
{
	struct sw_mailbox_file m;

	sw_mailbox_begin(&m, bytes);
	add_rest(&m, bytes, bytes.len - m.rest.len, step, out);
}

/* What stands behind the first bytes, in windows. */
static void add_behind(struct sw_slice bytes, size_t at, size_t step, struct sw_buf *out)
{
	struct sw_mailbox_file m;
	size_t kept = 0;

	sw_mailbox_begin(&m, bytes);
	for (bool found = false; !found;) {
		struct sw_slice left = sw_slice_from(bytes, at);

		m.more = kept + step < left.len;
		m.rest = sw_slice_head(left, kept + step);
		size_t before = m.rest.len;

		found = sw_mailbox_skip(&m);
		if (!found && !m.wants_more)
			return;
		at += before - m.rest.len;
		kept = m.rest.len;
	}
	add_rest(&m, bytes, at, step, out);
}

static void finds_the_next_message_again(void **state SW_UNUSED)
{
	static const struct {
		const char *in;
		size_t skipped;
		const char *want;
	} rows[] = {
		{ FROM HEAD "one\n\n" FROM HEAD "two\n", 40, HEAD "two\n|" },
		/* In the middle of a line that ends like a From line. */
		{ FROM HEAD "x" FROM "\n" FROM HEAD "two\n", sizeof(FROM HEAD "x") - 1,
		  HEAD "two\n|" },
		{ FROM HEAD "one\n", 40, "" },
		{ "\001\001\001\001\n" HEAD "one\n\001\001\001\001\n\001\001\001\001\n" HEAD
		  "two\n",
		  10, HEAD "two\n|" },
		{ HEAD "one\n" FROM HEAD "two\n", 10, "" },
	};

	for (size_t i = 0; i < SW_LEN(rows); i++)
		for (size_t step = 1; step < 70; step++) {
			SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = 1000 };

			add_behind(sw_slice_str(rows[i].in), rows[i].skipped, step, &out);
			assert_row(i, strcmp(sw_buf_str(&out), rows[i].want) == 0);
		}
}

static void cuts_files_into_messages(void **state SW_UNUSED)
{
	static const struct {
		const char *in, *want;
	} rows[] = {
		{ "", "" },
		{ "\n\n", "\n\n|" },
		{ HEAD "one\n", HEAD "one\n|" },
		{ "From: a@b\n" HEAD "one\n", "From: a@b\n" HEAD "one\n|" },
		{ "From nobody\n" HEAD "one\n", "From nobody\n" HEAD "one\n|" },
		{ FROM HEAD "one\n", HEAD "one\n|" },
		{ "\n" FROM HEAD "one\n\n" FROM HEAD "two\n\n", HEAD "one\n|" HEAD "two\n|" },
		{ "From a@b Sat Nov 21 10:00:00 2026\r\nSubject: x\r\n\r\none\r\n\r\n"
		  "From MAILER-DAEMON Sat Nov 21 10:00 +0100 2026 remote from x\r\nA: "
		  "b\r\n\r\ntwo\r\n",
		  "Subject: x\r\n\r\none\r\n|A: b\r\n\r\ntwo\r\n|" },
		{ "From a Sat Nov 21 10:00:00 2026\rA: b\r\rone\r\rFrom a Sat Nov 21 10:00:00 "
		  "2026\rA: b\r\rtwo\r",
		  "A: b\r\rone\r|A: b\r\rtwo\r|" },
		/* not a From line: no date; a quoted one */
		{ FROM HEAD "one\n\nFrom here on it is text\n>From a\n\n" FROM HEAD,
		  HEAD "one\n\nFrom here on it is text\n>From a\n|q" LINE "|" },
		/* without the empty line */
		{ FROM HEAD "one\n" FROM HEAD "two\n", HEAD "one\n|" HEAD "two\n|" },
		{ FROM FROM HEAD, "|" LINE "|" },
		/* lengths: right, wrong, absurd */
		{ FROM "Content-Length: 38\n" HEAD "one\n" FROM "\n" FROM HEAD "two\n",
		  "Content-Length: 38\n" HEAD "one\n" FROM "|" HEAD "two\n|" },
		{ FROM "Content-Length: 3\n" HEAD "one two\n\n" FROM HEAD "two\n",
		  "Content-Length: 3\n" HEAD "one two\n|" HEAD "two\n|" },
		{ FROM "Content-Length: 99999999999999999999\n" HEAD "one\n\n" FROM HEAD,
		  "Content-Length: 99999999999999999999\n" HEAD "one\n|" LINE "|" },
		{ FROM "Content-Length: 4\n" HEAD "one\n",
		  "Content-Length: 4\n" HEAD "one\n|" },
		{ FROM "Content-Length: 0\n" HEAD "\n" FROM HEAD "two\n",
		  "Content-Length: 0\n" LINE "|" HEAD "two\n|" },
		/* MMDF */
		{ "\001\001\001\001\n" HEAD "one\n\001\001\001\001\n\001\001\001\001\n" HEAD
		  "two\n\001\001\001\001\n",
		  HEAD "one\n|" HEAD "two\n|" },
		{ "\001\001\001\001\n" FROM HEAD "x\001\001\001\001\n",
		  HEAD "x\001\001\001\001\n|" },
		{ "\001\001\001\001\n", "" },
	};

	for (size_t i = 0; i < SW_LEN(rows); i++) {
		SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = 1000 };

		add_messages(sw_slice_str(rows[i].in), &out);
		if (strcmp(sw_buf_str(&out), rows[i].want) != 0)
			print_error("# row %zu\n", i);
		assert_string_equal(sw_buf_str(&out), rows[i].want);
		for (size_t step = 1; step < 200; step++) {
			sw_buf_clear(&out);
			add_in_windows(sw_slice_str(rows[i].in), step, &out);
			if (strcmp(sw_buf_str(&out), rows[i].want) != 0)
				print_error("# row %zu, step %zu\n", i, step);
			assert_string_equal(sw_buf_str(&out), rows[i].want);
		}
	}
}

static void tells_the_from_line(void **state SW_UNUSED)
{
	struct sw_mailbox_file m;
	struct sw_mailbox_message one;

	sw_mailbox_begin(&m, SW_S(FROM HEAD));
	assert_int_equal(m.kind, SW_MAILBOX_MBOX);
	assert_true(sw_mailbox_next(&m, &one));
	assert_slice(one.from, "From a@b Sat Nov 21 10:00:00 2026");
	assert_false(sw_mailbox_next(&m, &one));
	assert_false(sw_mailbox_next(&m, &one));
}

static void takes_quotes_off(void **state SW_UNUSED)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = 200 };

	assert_ok(sw_mailbox_unquote(
		SW_S(">From a\r\n>>From b\n> From c\nx>From d\n>From\n>From e"), &out));
	assert_string_equal(sw_buf_str(&out),
			    "From a\r\n>From b\n> From c\nx>From d\n>From\nFrom e");
}

static void reads_much_in_linear_time(void **state SW_UNUSED)
{
	static const char *const pieces[] = {
		"\nFrom a\n", FROM,    FROM "Content-Length: 1\n\n", "\r",
		"\n",         "From ", "\001\001\001\001\n",         FROM "\001\001\001\001"
	};

	for (size_t i = 0; i < SW_LEN(pieces); i++) {
		SW_CLEANUP(sw_buf_fini) struct sw_buf in = { .max = 16 << 20 };
		struct sw_mailbox_file m;
		struct sw_mailbox_message one;
		size_t bytes = 0;

		assert_ok(sw_buf_add_str(&in, i == 6 ? "" : FROM));
		sw_test_fill(&in, pieces[i], SW_TEST_MUCH(8 << 20));
		sw_mailbox_begin(&m, sw_buf_slice(&in));
		while (sw_mailbox_next(&m, &one))
			bytes += one.message.len + one.from.len;
		assert_row(i, bytes <= sw_buf_len(&in));
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(cuts_files_into_messages),
		cmocka_unit_test(finds_the_next_message_again),
		cmocka_unit_test(tells_the_from_line),
		cmocka_unit_test(takes_quotes_off),
		cmocka_unit_test(reads_much_in_linear_time),
	};

	return cmocka_run_group_tests_name("read_mailbox", tests, NULL, NULL);
}
