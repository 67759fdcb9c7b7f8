/* SPDX-License-Identifier: MIT */
#include "smtp/reply.h"

#include "sw_test.h"

/* Feeds `in` in pieces of `size`; what is left over is not fed. */
static enum sw_reply_result feed(struct sw_reply_parser *p, struct sw_slice in, size_t size,
				 size_t *used)
{
	enum sw_reply_result result = SW_REPLY_MORE;

	*used = 0;
	while (in.len && result == SW_REPLY_MORE) {
		size_t n = 0;

		assert_ok(sw_reply_parser_feed(p, sw_slice_head(in, size), &n, &result));
		assert_true(n <= size &&
			    (n == size || n == in.len || result != SW_REPLY_MORE));
		in = sw_slice_from(in, n);
		*used += n;
	}
	return result;
}

struct good_row {
	struct sw_slice in;
	long code;
	const char *enhanced;
	const char *text;
	size_t lines;
	size_t rest; /* bytes that belong to the next reply */
};

static const struct good_row good[] = {
	{ { "250 ok\r\n", 8 }, 250, "", "ok", 1, 0 },
	{ { "250 ok\n", 7 }, 250, "", "ok", 1, 0 },
	{ { "250 ok\r\r\n", 9 }, 250, "", "ok", 1, 0 },
	{ { "250\r\n", 5 }, 250, "", "", 1, 0 },
	{ { "250 \r\n", 6 }, 250, "", "", 1, 0 },
	{ { "250-\r\n250\r\n", 11 }, 250, "", "\n", 2, 0 },
	{ { "250-a\r\n250 b\r\nNEXT", 18 }, 250, "", "a\nb", 2, 4 },
	{ { "250 a\r\n250 b\r\n", 14 }, 250, "", "a", 1, 7 },
	{ { "\r\n\n250 ok\r\n", 11 }, 250, "", "ok", 1, 0 },
	{ { "550 5.1.1 no\r\n", 14 }, 550, "5.1.1", "no", 1, 0 },
	{ { "550-5.1.1 a\r\n550-5.1.1  b\r\n550 5.1.1\r\n", 38 },
	  550,
	  "5.1.1",
	  "a\n b\n",
	  3,
	  0 },
	/* One that differs stays in the text. */
	{ { "550-5.1.1 a\r\n550 5.7.1 b\r\n", 26 }, 550, "5.1.1", "a\n5.7.1 b", 2, 0 },
	{ { "550-5.1.1 a\r\n550 5.1.2 b\r\n", 26 }, 550, "5.1.1", "a\n5.1.2 b", 2, 0 },
	{ { "550-5.1.1 a\r\n550 4.1.1 b\r\n", 26 }, 550, "5.1.1", "a\n4.1.1 b", 2, 0 },
	{ { "550-a\r\n550 5.7.1 b\r\n", 20 }, 550, "", "a\n5.7.1 b", 2, 0 },
	{ { "334 2.0.0\r\n", 11 }, 334, "", "2.0.0", 1, 0 },
	{ { "220 2.0.0.1 x\r\n", 15 }, 220, "", "2.0.0.1 x", 1, 0 },
	{ { "550 4.2.0 odd\r\n", 15 }, 550, "4.2.0", "odd", 1, 0 },
	{ { "599 x\r\n", 7 }, 599, "", "x", 1, 0 },
	{ { "200 x\r\n", 7 }, 200, "", "x", 1, 0 },
	{ { "250 a\rb\r\n", 9 }, 250, "", "a\rb", 1, 0 },
};

static void reads_replies_in_any_pieces(void **state SW_UNUSED)
{
	for (size_t i = 0; i < SW_LEN(good); i++) {
		const struct good_row *row = &good[i];

		for (size_t size = 1; size <= row->in.len; size++) {
			SW_CLEANUP(sw_reply_parser_fini) struct sw_reply_parser p;
			char enhanced[SW_ENHANCED_TEXT];
			size_t used;

			sw_reply_parser_init(&p);
			assert_row(i, feed(&p, row->in, size, &used) == SW_REPLY_READY);
			const struct sw_reply *r = sw_reply_parser_get(&p);

			assert_row(i, used == row->in.len - row->rest);
			assert_row(i,
				   r->code == row->code && r->lines == row->lines && !r->cut);
			assert_string_equal(r->text, row->text);
			assert_int_equal(r->text_len, strlen(row->text));
			assert_string_equal(sw_enhanced_text(r->enhanced, enhanced),
					    row->enhanced);
			assert_false(sw_reply_parser_partial(&p));
		}
	}
}

static const struct sw_slice bad[] = {
	{ "hello\r\n", 7 },
	{ "25\r\n", 4 },
	{ "2500 x\r\n", 8 },
	{ "250x\r\n", 6 },
	{ "250\tx\r\n", 7 },
	{ "150 x\r\n", 7 },
	{ "600 x\r\n", 7 },
	{ "999 x\r\n", 7 },
	{ " 250 x\r\n", 8 },
	{ "-50 x\r\n", 7 },
	{ "2\0"
	  "0 x\r\n",
	  7 },
	{ "250-a\r\n\r\n", 9 },
	{ "250-a\r\n251 b\r\n", 14 },
	{ "250-a\r\nb\r\n", 10 },
	{ "250-a\r\n25\r\n", 11 },
	{ "+OK\r\n", 5 },
	{ "25\r0 x\r\n", 8 },
	{ "\xb2\xb5\xb0 x\r\n", 7 },
};

static void refuses_what_is_no_reply_in_any_pieces(void **state SW_UNUSED)
{
	for (size_t i = 0; i < SW_LEN(bad); i++) {
		SW_CLEANUP(sw_reply_parser_fini) struct sw_reply_parser whole;
		size_t used;

		sw_reply_parser_init(&whole);
		assert_row(i, feed(&whole, bad[i], bad[i].len, &used) == SW_REPLY_GARBAGE);
		assert_row(i, used == bad[i].len);
		for (size_t size = 1; size < bad[i].len; size++) {
			SW_CLEANUP(sw_reply_parser_fini) struct sw_reply_parser p;

			sw_reply_parser_init(&p);
			assert_row(i, feed(&p, bad[i], size, &used) == SW_REPLY_GARBAGE);
			assert_row(i, sw_slice_eq(sw_reply_parser_garbage(&p),
						  sw_reply_parser_garbage(&whole)));
		}
	}
}

static void tells_early_what_cannot_become_a_reply(void **state SW_UNUSED)
{
	static const struct {
		struct sw_slice in;
		bool hopeless;
	} rows[] = {
		{ { "", 0 }, false },        { { "2", 1 }, false },
		{ { "25", 2 }, false },      { { "250", 3 }, false },
		{ { "250 ", 4 }, false },    { { "250-", 4 }, false },
		{ { "250 \0x", 6 }, false }, { { "\r", 1 }, false },
		{ { "250\r", 4 }, false },   { { "H", 1 }, true },
		{ { "1", 1 }, true },        { { "6", 1 }, true },
		{ { "2x", 2 }, true },       { { "2500", 4 }, true },
		{ { "25\r", 3 }, true },     { { "250\rx", 5 }, true },
		{ { "\rx", 2 }, true },      { { "\n\nx", 3 }, true },
	};

	for (size_t i = 0; i < SW_LEN(rows); i++) {
		SW_CLEANUP(sw_reply_parser_fini) struct sw_reply_parser p;
		size_t used;

		sw_reply_parser_init(&p);
		assert_row(i, feed(&p, rows[i].in, SIZE_MAX / 2, &used) == SW_REPLY_MORE);
		assert_row(i, sw_reply_parser_hopeless(&p) == rows[i].hopeless);
	}
}

static void counts_what_servers_do_wrong(void **state SW_UNUSED)
{
	SW_CLEANUP(sw_reply_parser_fini) struct sw_reply_parser p;
	size_t used;

	sw_reply_parser_init(&p);
	assert_int_equal(feed(&p, SW_S("\r\n\n250-a\n250 b\r\n"), 1, &used), SW_REPLY_READY);
	assert_int_equal(p.blank_lines, 2);
	assert_int_equal(p.bare_lf, 2);
	sw_reply_parser_next(&p);
	assert_int_equal(feed(&p, SW_S("250-a\r\n"), 7, &used), SW_REPLY_MORE);
	assert_true(sw_reply_parser_partial(&p));
	assert_int_equal(feed(&p, SW_S("451 b\r\n"), 7, &used), SW_REPLY_GARBAGE);
	assert_true(p.code_changed);
}

static void cuts_long_lines_and_keeps_their_beginning(void **state SW_UNUSED)
{
	static const struct {
		size_t len; /* of the line, code included */
		bool cut;
	} rows[] = {
		{ SW_MAX_REPLY_LINE - 1, false },
		{ SW_MAX_REPLY_LINE, false },
		{ SW_MAX_REPLY_LINE + 1, true },
		{ SW_MAX_REPLY_LINE + 2, true },
		{ 60000, true },
	};
	static const size_t sizes[] = { 1, 7, 4095, 4096, 4097, 4098, 70000 };
	char *line = malloc(70000);

	assert_non_null(line);
	memset(line, 'x', 70000);
	memcpy(line, "250 ", 4);
	for (size_t i = 0; i < SW_LEN(rows) * SW_LEN(sizes); i++) {
		size_t len = rows[i / SW_LEN(sizes)].len, used;
		bool cut = rows[i / SW_LEN(sizes)].cut;
		SW_CLEANUP(sw_reply_parser_fini) struct sw_reply_parser p;

		sw_reply_parser_init(&p);
		memcpy(line + len, "\r\n", 2);
		assert_row(i, feed(&p, sw_slice(line, len + 2), sizes[i % SW_LEN(sizes)],
				   &used) == SW_REPLY_READY);
		assert_row(i, sw_reply_parser_get(&p)->cut == cut);
		assert_row(i, sw_reply_parser_get(&p)->text_len ==
				      (cut ? SW_MAX_REPLY_LINE : len) - 4);
		memset(line + len, 'x', 2);
	}
	free(line);
}

static void gives_up_replies_without_end_at_the_same_byte(void **state SW_UNUSED)
{
	static const struct {
		const char *unit;
		enum sw_reply_result result;
	} rows[] = {
		{ "250-x\r\n", SW_REPLY_ENDLESS },
		{ "250-0123456789012345678901234567890123456789012345678901234567890123456789"
		  "0123456789012345678901234567890123456789012345678901234567890123456789\r\n",
		  SW_REPLY_ENDLESS },
		{ "2", SW_REPLY_GARBAGE },
		{ "x", SW_REPLY_GARBAGE },
		{ "\r\n", SW_REPLY_ENDLESS },
	};
	const size_t size_of_all = (size_t)SW_MAX_REPLY * 2;
	char *in = malloc(size_of_all);

	assert_non_null(in);
	for (size_t i = 0; i < SW_LEN(rows); i++) {
		size_t unit = strlen(rows[i].unit), first = 0, len = 0;

		for (; len + unit <= size_of_all; len += unit)
			memcpy(in + len, rows[i].unit, unit);
		for (size_t size = 1; size < 100000; size = size * 3 + 1) {
			SW_CLEANUP(sw_reply_parser_fini) struct sw_reply_parser p;
			size_t used;

			sw_reply_parser_init(&p);
			assert_row(i,
				   feed(&p, sw_slice(in, len), size, &used) == rows[i].result);
			assert_row(i, used <= SW_MAX_REPLY + 1);
			assert_row(i, first == 0 || used == first);
			first = used;
			assert_row(i, sw_reply_parser_garbage(&p).len <= SW_MAX_REPLY_LINE);
		}
	}
	free(in);
}

static enum sw_err read_two(void *arg SW_UNUSED)
{
	SW_CLEANUP(sw_reply_parser_fini) struct sw_reply_parser p;
	struct sw_slice in =
		SW_S("250-5.1.1 some words to keep\r\n250 5.1.1 and more\r\nxy\r\n");
	enum sw_reply_result result;
	size_t used;

	sw_reply_parser_init(&p);
	enum sw_err err = sw_reply_parser_feed(&p, sw_slice_head(in, 10), &used, &result);

	if (!err)
		err = sw_reply_parser_feed(&p, sw_slice_from(in, 10), &used, &result);
	if (err)
		return err;
	assert_int_equal(result, SW_REPLY_READY);
	assert_string_equal(sw_reply_parser_get(&p)->text, "some words to keep\nand more");
	sw_reply_parser_next(&p);
	err = sw_reply_parser_feed(&p, sw_slice_from(in, 10 + used), &used, &result);
	if (!err)
		assert_int_equal(result, SW_REPLY_GARBAGE);
	return err;
}

static void survives_failing_allocations(void **state SW_UNUSED)
{
	sw_test_failing_allocations(read_two, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_replies_in_any_pieces),
		cmocka_unit_test(refuses_what_is_no_reply_in_any_pieces),
		cmocka_unit_test(tells_early_what_cannot_become_a_reply),
		cmocka_unit_test(counts_what_servers_do_wrong),
		cmocka_unit_test(cuts_long_lines_and_keeps_their_beginning),
		cmocka_unit_test(gives_up_replies_without_end_at_the_same_byte),
		cmocka_unit_test(survives_failing_allocations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
