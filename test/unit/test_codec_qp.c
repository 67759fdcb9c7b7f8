/* SPDX-License-Identifier: MIT */
#include "sw_test.h"

#include "codec/qp.h"

#define X10 "xxxxxxxxxx"
#define X70 X10 X10 X10 X10 X10 X10 X10

static void encodes_what_the_standard_asks_for(void **state SW_UNUSED)
{
	static const struct {
		struct sw_slice in, want;
	} cases[] = {
		{ { NULL, 0 }, SW_S("") },
		{ SW_S("a=b"), SW_S("a=3Db") },
		{ SW_S("caf\xc3\xa9"), SW_S("caf=C3=A9") },
		{ SW_S("one\ntwo\r\nthree\rfour"), SW_S("one\r\ntwo\r\nthree\r\nfour") },
		{ SW_S("\n\r\n\r\r"), SW_S("\r\n\r\n\r\n\r\n") },
		{ SW_S("blank \ntab\t\nend "), SW_S("blank=20\r\ntab=09\r\nend=20") },
		{ SW_S("a b\tc"), SW_S("a b\tc") },
		{ SW_S(".\n..\na.b"), SW_S("=2E\r\n=2E.\r\na.b") },
		{ SW_S("From me\nFrom: me\nX From me"),
		  SW_S("=46rom me\r\nFrom: me\r\nX From me") },
		{ SW_S("a\0b\x7f\x1b"), SW_S("a=00b=7F=1B") },
		{ SW_S(X70 "123456"), SW_S(X70 "123456") },
		{ SW_S(X70 "1234567"), SW_S(X70 "12345=\r\n67") },
		{ SW_S(X70 "123\xe9"), SW_S(X70 "123=E9") },
		{ SW_S(X70 "1234\xe9"), SW_S(X70 "1234=\r\n=E9") },
		{ SW_S(X70 "12345.6"), SW_S(X70 "12345=\r\n=2E6") },
		{ SW_S(X70 "12345From x"), SW_S(X70 "12345=\r\n=46rom x") },
		{ SW_S(X70 "1234  \nx"), SW_S(X70 "1234 =\r\n=20\r\nx") },
	};

	for (size_t i = 0; i < SW_LEN(cases); i++) {
		SW_CLEANUP(sw_buf_fini) struct sw_buf out;

		sw_buf_init(&out, 1000);
		assert_ok(sw_qp_encode(cases[i].in, &out));
		assert_row(i, sw_slice_eq(sw_buf_slice(&out), cases[i].want));
		assert_row(i, sw_qp_size(cases[i].in) == cases[i].want.len);
	}
}

static void decodes_what_mailers_write(void **state SW_UNUSED)
{
	static const struct {
		struct sw_slice in, want;
	} cases[] = {
		{ SW_S("caf=C3=a9"), SW_S("caf\xc3\xa9") },
		{ SW_S("a=\r\nb=\nc= \t\r\nd"), SW_S("abcd") },
		{ SW_S("a  \r\nb\t\nc "), SW_S("a\r\nb\nc") },
		{ SW_S("1=2 =XY =4"), SW_S("1=2 =XY =4") },
		{ SW_S("50=3D50=\n"), SW_S("50=50") },
		{ SW_S("="), SW_S("") },
		{ SW_S("=\r\n"), SW_S("") },
		{ SW_S("a=0D=0Ab"), SW_S("a\r\nb") },
		{ SW_S("=00"), SW_S("\0") },
	};

	for (size_t i = 0; i < SW_LEN(cases); i++) {
		SW_CLEANUP(sw_buf_fini) struct sw_buf out;

		sw_buf_init(&out, 100);
		assert_ok(sw_qp_decode(cases[i].in, &out));
		assert_row(i, sw_slice_eq(sw_buf_slice(&out), cases[i].want));
	}
}

static char pick(unsigned *seed)
{
	static const char often[] = " \t.=\nFrom aZ\xc3\xa9\r";

	*seed = *seed * 1664525 + 1013904223;
	unsigned n = *seed >> 20;

	return n & 1 ? often[(n >> 1) % (sizeof(often) - 1)] : (char)(unsigned char)(n >> 1);
}

/* What encoding is allowed to change: the kind of line ends. */
static size_t with_crlf(char *out, const char *in, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		if (in[i] != '\r' && in[i] != '\n') {
			out[n++] = in[i];
			continue;
		}
		if (in[i] == '\r' && i + 1 < len && in[i + 1] == '\n')
			i++;
		out[n++] = '\r';
		out[n++] = '\n';
	}
	return n;
}

static void check_lines(struct sw_slice encoded)
{
	while (encoded.len) {
		size_t end = sw_slice_search(encoded, SW_S("\r\n"));
		struct sw_slice line = sw_slice_head(encoded, end);

		assert_true(line.len <= SW_QP_LINE);
		assert_false(sw_slice_has_8bit(line));
		assert_false(sw_slice_starts(line, SW_S(".")));
		assert_false(sw_slice_starts(line, SW_S("From ")));
		assert_true(line.len == 0 || (line.ptr[line.len - 1] != ' ' &&
					      line.ptr[line.len - 1] != '\t'));
		for (size_t i = 0; i < line.len; i++)
			assert_true(line.ptr[i] == '\t' ||
				    (line.ptr[i] >= ' ' && line.ptr[i] <= '~'));
		encoded = sw_slice_from(encoded, end + 2);
	}
}

static void any_bytes_come_back_and_every_line_is_safe(void **state SW_UNUSED)
{
	unsigned seed = 42;

	for (int round = 0; round < 500; round++) {
		SW_CLEANUP(sw_buf_fini) struct sw_buf out, back;
		char in[400], want[800];
		size_t len = (size_t)round % sizeof(in);

		for (size_t i = 0; i < len; i++)
			in[i] = pick(&seed);
		sw_buf_init(&out, 4000);
		sw_buf_init(&back, 4000);
		assert_ok(sw_qp_encode(sw_slice(in, len), &out));
		assert_int_equal(sw_buf_len(&out), sw_qp_size(sw_slice(in, len)));
		check_lines(sw_buf_slice(&out));
		assert_ok(sw_qp_decode(sw_buf_slice(&out), &back));
		assert_true(sw_slice_eq(sw_buf_slice(&back),
					sw_slice(want, with_crlf(want, in, len))));
	}
}

static void a_full_buffer_is_refused(void **state SW_UNUSED)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf out;

	sw_buf_init(&out, 4);
	assert_err(sw_qp_encode(SW_S("abcde"), &out), SW_E_LIMIT);
	assert_err(sw_qp_decode(SW_S("abcde"), &out), SW_E_LIMIT);
	sw_mem_fail_at(1);
	assert_err(sw_qp_encode(SW_S("a"), &out), SW_E_NOMEM);
	sw_mem_fail_at(1);
	assert_err(sw_qp_decode(SW_S("a"), &out), SW_E_NOMEM);
	sw_mem_fail_at(0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(encodes_what_the_standard_asks_for),
		cmocka_unit_test(decodes_what_mailers_write),
		cmocka_unit_test(any_bytes_come_back_and_every_line_is_safe),
		cmocka_unit_test(a_full_buffer_is_refused),
	};

	return cmocka_run_group_tests_name("codec_qp", tests, NULL, NULL);
}
