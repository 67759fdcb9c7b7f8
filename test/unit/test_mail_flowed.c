/* SPDX-License-Identifier: MIT */
#include "mail/flowed.h"

#include "base/text.h"

#include "sw_test.h"

#define W20 "word word word word "
#define W60 W20 W20 W20

static void lines_are_written_to_the_byte(void **state SW_UNUSED)
{
	static const struct {
		const char *in, *out;
	} rows[] = {
		{ "", "" },
		{ "\r\n", "\r\n" },
		{ "short\r\n", "short\r\n" },
		/* A blank at the end would mean that the line goes on. */
		{ "one  \r\ntwo\r\n", "one\r\ntwo\r\n" },
		{ "   \r\n", "\r\n" },
		/* The signature's line keeps its own. */
		{ "-- \r\nAnn\r\n", "-- \r\nAnn\r\n" },
		{ "--  \r\n", "--\r\n" },
		/* Stuffing. */
		{ " code\r\n", "  code\r\n" },
		{ "From here\r\n", " From here\r\n" },
		{ "Fromage\r\n", "Fromage\r\n" },
		/* Quotes. */
		{ ">quoted\r\n", "> quoted\r\n" },
		{ "> quoted\r\n", "> quoted\r\n" },
		{ ">>  twice, indented\r\n", ">>  twice, indented\r\n" },
		{ ">\r\n> \r\n", ">\r\n>\r\n" },
		{ "> > other marks\r\n", "> > other marks\r\n" },
		{ "> -- \r\n", "> -- \r\n" },
		/* 72 characters, the blank included; up to 78 a line stays. */
		{ W60 "word word word word\r\n", W60 "word word \r\nword word\r\n" },
		{ W60 "word word word abc\r\n", W60 "word word word abc\r\n" },
		{ "> " W60 "word word word word\r\n",
		  "> " W60 "word word \r\n> word word\r\n" },
		/* What begins a line of ours must not change it. */
		{ W60 "word word From word word\r\n",
		  W60 "word word \r\n From word word\r\n" },
		{ W60 "word word > word word w\r\n", W60 "word word \r\n > word word w\r\n" },
		/* Several blanks stay together. */
		{ W60 "word wor  word word word\r\n", W60 "word wor  \r\nword word word\r\n" },
	};

	for (size_t i = 0; i < SW_LEN(rows); i++) {
		SW_CLEANUP(sw_buf_fini)
		struct sw_buf out = { .max = sw_flowed_most(strlen(rows[i].in)) };

		assert_row(i, !sw_flowed_add(sw_slice_str(rows[i].in), &out));
		if (strcmp(sw_buf_str(&out), rows[i].out) != 0)
			print_error("# %zu\n%s\n", i, sw_buf_str(&out));
		assert_string_equal(sw_buf_str(&out), rows[i].out);
	}
}

static void a_word_without_end_is_not_broken(void **state SW_UNUSED)
{
	char in[600], *at = in;
	SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = 10000 };

	memset(in, 'x', 300);
	at += 300;
	memcpy(at, " b\r\n", 5);
	assert_ok(sw_flowed_add(sw_slice_str(in), &out));
	memcpy(at, " \r\nb\r\n", 7);
	assert_string_equal(sw_buf_str(&out), in);
	/* Characters are counted, not bytes. */
	sw_buf_clear(&out);
	at = in;
	for (int i = 0; i < 39; i++, at += 3)
		memcpy(at, "\xd0\x9f ", 4);
	memcpy(at - 1, "\r\n", 3);
	assert_ok(sw_flowed_add(sw_slice_str(in), &out));
	assert_string_equal(sw_buf_str(&out), in);
}

/* A reader, after RFC 3676 4.1 to 4.5: paragraphs with their depth in front. */
static void read_flowed(struct sw_slice in, struct sw_buf *out)
{
	struct sw_slice line;
	size_t last = 0;
	bool open = false;

	while (in.len && sw_slice_split(&in, '\n', &line)) {
		size_t depth = 0;

		line.len--;
		while (depth < line.len && line.ptr[depth] == '>')
			depth++;
		line = sw_slice_from(line, depth);
		if (line.len && line.ptr[0] == ' ')
			line = sw_slice_from(line, 1);
		assert_true(!open || depth == last);
		if (!open)
			assert_ok(sw_buf_printf(out, "%zu:", depth));
		assert_ok(sw_buf_add(out, line));
		open = line.len && line.ptr[line.len - 1] == ' ' &&
		       !sw_slice_eq(line, SW_S("-- "));
		if (!open)
			assert_ok(sw_buf_add_char(out, '\n'));
		last = depth;
	}
	assert_false(open);
}

/* The same of the text itself: a line a paragraph, blanks at its end gone. */
static void read_lines(struct sw_slice in, struct sw_buf *out)
{
	struct sw_slice line;

	while (in.len && sw_slice_split(&in, '\n', &line)) {
		size_t depth = 0;

		line.len--;
		while (depth < line.len && line.ptr[depth] == '>')
			depth++;
		line = sw_slice_from(line, depth);
		if (depth && line.len && line.ptr[0] == ' ')
			line = sw_slice_from(line, 1);
		bool signature = sw_slice_eq(line, SW_S("-- "));
		while (!signature && line.len && line.ptr[line.len - 1] == ' ')
			line.len--;
		assert_ok(sw_buf_printf(out, "%zu:%.*s\n", depth, SW_FMT(line)));
	}
}

static void a_reader_gets_the_paragraphs_back(void **state SW_UNUSED)
{
	/* Bytes that mean something here, drawn by a fixed generator. */
	static const char letters[] = "aab  >-F \xd0";
	uint64_t seed = 4711;

	for (size_t i = 0; i < 3000; i++) {
		SW_CLEANUP(sw_buf_fini) struct sw_buf text = { .max = 1 << 16 };
		SW_CLEANUP(sw_buf_fini) struct sw_buf out = { 0 };
		SW_CLEANUP(sw_buf_fini) struct sw_buf got = { .max = 1 << 20 };
		SW_CLEANUP(sw_buf_fini) struct sw_buf wanted = { .max = 1 << 20 };

		for (size_t k = 0; k < 3; k++) {
			seed = seed * 6364136223846793005U + 1442695040888963407U;
			for (size_t n = (seed >> 33) % 260; n > 0; n--) {
				seed = seed * 6364136223846793005U + 1442695040888963407U;
				char c = letters[(seed >> 33) % (sizeof(letters) - 1)];

				assert_ok(c == 'F'   ? sw_buf_add_str(&text, "From ")
					  : c == '-' ? sw_buf_add_str(&text, "-- ")
						     : sw_buf_add_char(&text, c));
			}
			assert_ok(sw_buf_add_str(&text, "\r\n"));
		}
		out.max = sw_flowed_most(sw_buf_len(&text));
		assert_row(i, !sw_flowed_add(sw_buf_slice(&text), &out));
		read_flowed(sw_buf_slice(&out), &got);
		read_lines(sw_buf_slice(&text), &wanted);
		if (strcmp(sw_buf_str(&got), sw_buf_str(&wanted)) != 0)
			print_error("# %zu\n%s", i, sw_buf_str(&out));
		assert_string_equal(sw_buf_str(&got), sw_buf_str(&wanted));
	}
}

static void growth_has_its_bound(void **state SW_UNUSED)
{
	static const char *const units[] = { ">",
					     "> ",
					     " ",
					     "a ",
					     ">>>>>>>>>>>>>>>>>>>>>>>> a ",
					     "\r\n",
					     " \r\n",
					     ">a\r\n",
					     "abcdefghijklmnopqrstuvwxyz " };

	for (size_t i = 0; i < SW_LEN(units); i++) {
		SW_CLEANUP(sw_buf_fini) struct sw_buf text = { .max = 1 << 20 };
		SW_CLEANUP(sw_buf_fini) struct sw_buf out = { 0 };

		for (int k = 0; k < 2000; k++)
			assert_ok(sw_buf_add_str(&text, units[i]));
		assert_ok(sw_buf_add_str(&text, "\r\n"));
		out.max = sw_flowed_most(sw_buf_len(&text));
		assert_row(i, sw_flowed_add(sw_buf_slice(&text), &out) == SW_OK);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_written_to_the_byte),
		cmocka_unit_test(a_word_without_end_is_not_broken),
		cmocka_unit_test(a_reader_gets_the_paragraphs_back),
		cmocka_unit_test(growth_has_its_bound),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
