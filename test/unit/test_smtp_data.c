/* SPDX-License-Identifier: MIT */
#include "smtp/data.h"

#include "sw_test.h"

#define IN(literal)                                                                           \
	{                                                                                     \
		literal, sizeof(literal) - 1                                                  \
	}

/* What the writer must make of `in`, written as plainly as can be: a byte at a time. */
static void plain_writer(struct sw_slice in, struct sw_buf *out)
{
	bool start = true;

	for (size_t i = 0; i < in.len; i++) {
		char c = in.ptr[i];

		if (c == '\n' && i > 0 && in.ptr[i - 1] == '\r')
			continue;
		if (c == '\r' || c == '\n') {
			assert_ok(sw_buf_add_str(out, "\r\n"));
			start = true;
			continue;
		}
		if (start && c == '.')
			assert_ok(sw_buf_add_char(out, '.'));
		assert_ok(sw_buf_add_char(out, c));
		start = false;
	}
	assert_ok(sw_buf_add_str(out, start ? ".\r\n" : "\r\n.\r\n"));
}

static void write_cut(struct sw_slice in, size_t a, size_t b, struct sw_buf *out,
		      uint64_t *bytes)
{
	struct sw_data_writer w;

	sw_data_writer_init(&w);
	assert_ok(sw_data_write(&w, sw_slice_head(in, a), out, NULL));
	assert_ok(sw_data_write(&w, sw_slice_from(sw_slice_head(in, b), a), out, NULL));
	assert_ok(sw_data_write(&w, sw_slice_from(in, b), out, NULL));
	assert_ok(sw_data_end(&w, out));
	*bytes = w.bytes;
}

/* Dots that were added: those at the start of a line. */
static size_t count_stuffed(struct sw_slice wire)
{
	size_t n = 0;

	for (size_t i = 0; i + 3 < wire.len; i++)
		if (wire.ptr[i] == '.' && (i == 0 || wire.ptr[i - 1] == '\n'))
			n++;
	return n;
}

static void check_all_cuts(struct sw_slice in)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf expected = { .max = 100000 };

	plain_writer(in, &expected);
	struct sw_slice wire = sw_buf_slice(&expected);

	for (size_t a = 0; a <= in.len; a++) {
		for (size_t b = a; b <= in.len; b++) {
			SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = 100000 };
			uint64_t bytes;

			write_cut(in, a, b, &out, &bytes);
			assert_true(sw_slice_eq(sw_buf_slice(&out), wire));
			assert_int_equal(bytes, wire.len - 3 - count_stuffed(wire));
		}
	}
}

static const struct sw_slice tricky[] = {
	IN(""),
	IN("."),
	IN(".."),
	IN(".\r\n"),
	IN("\r\n.\r\n"),
	IN("\n.\n"),
	IN("\n.\r\n"),
	IN("\r.\r"),
	IN("\r\n.\r"),
	IN("\r\n.\r\r\n"),
	IN("\r\n.\n"),
	IN("\r\r\n.\r\r\n"),
	IN("a\r\n.b\r\n..c\r\n"),
	IN("a\nb\n.\n.c\n"),
	IN("a\rb\r.\r.c\r"),
	IN("a\r\n\r\n\n\n\r\r."),
	IN("x\r\n.\r\nMAIL FROM:<a@b>\r\n"),
	IN("no end of line"),
	IN("\xff\xfe.\n.\x80"),
};

static void writes_alike_in_any_pieces(void **state SW_UNUSED)
{
	for (size_t i = 0; i < SW_LEN(tricky); i++)
		check_all_cuts(tricky[i]);
}

/* Every string of up to seven bytes over the alphabet that matters. */
static void writes_every_short_text_rightly(void **state SW_UNUSED)
{
	static const char alphabet[] = "\r\n.x";

	for (size_t len = 0; len <= 7; len++) {
		for (size_t n = 0; n < (size_t)1 << (2 * len); n++) {
			SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = 100 };
			SW_CLEANUP(sw_buf_fini) struct sw_buf expected = { .max = 100 };
			char text[8];
			uint64_t bytes;

			for (size_t i = 0; i < len; i++)
				text[i] = alphabet[n >> (2 * i) & 3];
			plain_writer(sw_slice(text, len), &expected);
			write_cut(sw_slice(text, len), len / 2, len - len / 3, &out, &bytes);
			assert_true(sw_slice_eq(sw_buf_slice(&out), sw_buf_slice(&expected)));
		}
	}
}

/* Larger than the writer's blocks, with a line end at every place of their border. */
static void writes_large_pieces_rightly(void **state SW_UNUSED)
{
	enum { SIZE = 70000, WIRE_MAX = 4 * SIZE };
	static const char *const marks[] = { "\r\n.", "\n.", "\r.", "\r\n", ".\r\n" };
	char *text = malloc(SIZE);

	assert_non_null(text);
	for (size_t i = 0; i < SW_LEN(marks) * 6; i++) {
		SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = WIRE_MAX };
		SW_CLEANUP(sw_buf_fini) struct sw_buf expected = { .max = WIRE_MAX };
		const char *mark = marks[i % SW_LEN(marks)];
		uint64_t bytes;

		memset(text, 'x', SIZE);
		memcpy(text + 32768 - 3 + i / SW_LEN(marks), mark, strlen(mark));
		memcpy(text + 65536 - 3 + i / SW_LEN(marks), mark, strlen(mark));
		plain_writer(sw_slice(text, SIZE), &expected);
		write_cut(sw_slice(text, SIZE), SIZE, SIZE, &out, &bytes);
		assert_row(i, sw_slice_eq(sw_buf_slice(&out), sw_buf_slice(&expected)));
	}
	free(text);
}

static void refuses_nul_and_writes_nothing_then(void **state SW_UNUSED)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = 100 };
	struct sw_data_writer w;
	struct sw_error err;

	sw_data_writer_init(&w);
	assert_ok(sw_data_write(&w, SW_S("a\r"), &out, &err));
	assert_err(sw_data_write(&w, SW_S("bcd\0"), &out, &err), SW_E_DATA);
	assert_ok(sw_data_write(&w, SW_S("\n.b"), &out, &err));
	assert_slice(sw_buf_slice(&out), "a\r\n..b");
	assert_int_equal(w.bytes, 5);
}

static void writes_all_of_a_piece_or_nothing(void **state SW_UNUSED)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = 65536 + 10 };
	struct sw_data_writer w, before;
	char *text = malloc(40000);

	assert_non_null(text);
	memset(text, '\n', 40000);
	sw_data_writer_init(&w);
	assert_ok(sw_data_write(&w, SW_S("a.b"), &out, NULL));
	before = w;
	assert_err(sw_data_write(&w, sw_slice(text, 40000), &out, NULL), SW_E_LIMIT);
	assert_slice(sw_buf_slice(&out), "a.b");
	assert_memory_equal(&w, &before, sizeof(w));
	free(text);
}

static void read_all(struct sw_slice in, size_t size, struct sw_buf *out, size_t *used,
		     bool *end, uint64_t *bare)
{
	struct sw_data_reader r;

	sw_data_reader_init(&r);
	*used = 0;
	*end = false;
	while (*used < in.len && !*end) {
		size_t n;

		assert_ok(sw_data_read(&r, sw_slice_head(sw_slice_from(in, *used), size), out,
				       &n, end));
		*used += n;
	}
	*bare = r.bare;
	assert_int_equal(r.bytes, sw_buf_len(out));
}

struct read_row {
	struct sw_slice in, out;
	size_t rest;
	bool end;
	uint64_t bare;
};
static const struct read_row reads[] = {
	{ IN(".\r\n"), IN(""), 0, true, 0 },
	{ IN(".\r\nNEXT"), IN(""), 4, true, 0 },
	{ IN("a\r\n.\r\n"), IN("a\r\n"), 0, true, 0 },
	{ IN("..\r\n.\r\n"), IN(".\r\n"), 0, true, 0 },
	{ IN(".a\r\n...\r\n.\r\n"), IN("a\r\n..\r\n"), 0, true, 0 },
	{ IN("a.\r\n.\r\n"), IN("a.\r\n"), 0, true, 0 },
	{ IN("a\0b\r\n.\r\n"), IN("a\0b\r\n"), 0, true, 0 },
	{ IN("a\n.\n"), IN("a\n.\n"), 0, false, 2 },
	{ IN("a\n.\r\n"), IN("a\n.\r\n"), 0, false, 1 },
	{ IN("a\r.\r"), IN("a\r.\r"), 0, false, 1 },
	{ IN("a\r\n.\n"), IN("a\r\n\n"), 0, false, 1 },
	{ IN("a\r\n.\r"), IN("a\r\n"), 0, false, 0 },
	{ IN("a\r\n.\rb"), IN("a\r\n\rb"), 0, false, 1 },
	{ IN("a\r\n.\r\r\n.\r\n"), IN("a\r\n\r\r\n"), 0, true, 1 },
	{ IN("a\r\r\n.\r\n"), IN("a\r\r\n"), 0, true, 1 },
	{ IN("\n.\r\n"), IN("\n.\r\n"), 0, false, 1 },
	{ IN("\r\n.\r\n"), IN("\r\n"), 0, true, 0 },
};

static void reads_alike_in_any_pieces(void **state SW_UNUSED)
{
	for (size_t i = 0; i < SW_LEN(reads); i++) {
		for (size_t size = 1; size <= reads[i].in.len; size++) {
			SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = 100 };
			uint64_t bare;
			size_t used;
			bool end;

			read_all(reads[i].in, size, &out, &used, &end, &bare);
			assert_row(i, sw_slice_eq(sw_buf_slice(&out), reads[i].out));
			assert_row(i, end == reads[i].end);
			assert_row(i, bare == reads[i].bare);
			assert_row(i, used == reads[i].in.len - reads[i].rest);
		}
	}
}

/* What the writer wrote has one end, the last three bytes, and reads back as CRLF text. */
static void the_reader_undoes_the_writer(void **state SW_UNUSED)
{
	static const char alphabet[] = "\r\n.x";

	for (size_t n = 0; n < (size_t)1 << 14; n++) {
		SW_CLEANUP(sw_buf_fini) struct sw_buf wire = { .max = 100 };
		SW_CLEANUP(sw_buf_fini) struct sw_buf back = { .max = 100 };
		SW_CLEANUP(sw_buf_fini) struct sw_buf again = { .max = 100 };
		uint64_t bytes, bare;
		size_t used;
		bool end;
		char text[7];

		for (size_t i = 0; i < sizeof(text); i++)
			text[i] = alphabet[n >> (2 * i) & 3];
		write_cut(sw_slice(text, sizeof(text)), 3, 5, &wire, &bytes);
		read_all(sw_buf_slice(&wire), 1 + n % 5, &back, &used, &end, &bare);
		assert_true(end && bare == 0 && used == sw_buf_len(&wire));
		assert_int_equal(sw_buf_len(&back), bytes);
		write_cut(sw_buf_slice(&back), 2, 2, &again, &bytes);
		assert_true(sw_slice_eq(sw_buf_slice(&again), sw_buf_slice(&wire)));
	}
}

static enum sw_err write_and_read(void *arg SW_UNUSED)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf wire = { .max = 1000 };
	SW_CLEANUP(sw_buf_fini) struct sw_buf back = { .max = 1000 };
	struct sw_data_writer w;
	struct sw_data_reader r;
	size_t used;
	bool end;

	sw_data_writer_init(&w);
	sw_data_reader_init(&r);
	enum sw_err err = sw_data_write(&w, SW_S("hello\n.\n"), &wire, NULL);

	if (!err)
		err = sw_data_end(&w, &wire);
	if (!err)
		err = sw_data_read(&r, sw_buf_slice(&wire), &back, &used, &end);
	if (!err)
		assert_slice(sw_buf_slice(&back), "hello\r\n.\r\n");
	return err;
}

static void survives_failing_allocations(void **state SW_UNUSED)
{
	sw_test_failing_allocations(write_and_read, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_alike_in_any_pieces),
		cmocka_unit_test(writes_every_short_text_rightly),
		cmocka_unit_test(writes_large_pieces_rightly),
		cmocka_unit_test(refuses_nul_and_writes_nothing_then),
		cmocka_unit_test(writes_all_of_a_piece_or_nothing),
		cmocka_unit_test(reads_alike_in_any_pieces),
		cmocka_unit_test(the_reader_undoes_the_writer),
		cmocka_unit_test(survives_failing_allocations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
