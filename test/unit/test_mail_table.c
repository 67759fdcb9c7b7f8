/* SPDX-License-Identifier: MIT */
/* Rows out of CSV and NDJSON: the same in pieces of every size, and no row that is not sure.
 */
#include "sw_test.h"

#include "mail/table.h"

/* Rows as "line[name=value|...]", errors as "line!text", "!!" when it goes no further. */
static void read_all(struct sw_slice in, size_t step, char *out, size_t size)
{
	struct sw_table t;
	struct sw_error err;
	enum sw_table_got got = SW_TABLE_WANTS_MORE;
	size_t at = 0, len = 0;

	sw_table_init(&t, SW_TABLE_AUTO);
	out[0] = '\0';
	while (got != SW_TABLE_OVER) {
		enum sw_err e = sw_table_next(&t, &got, &err);

		assert_true(len < size);
		if (e) {
			len += (size_t)snprintf(out + len, size - len, "%u!%.24s%s ",
						(unsigned)t.row_line, err.text,
						t.broken ? "!!" : "");
			got = SW_TABLE_ROW;
		} else if (got == SW_TABLE_ROW) {
			len += (size_t)snprintf(out + len, size - len, "%u[",
						(unsigned)t.row_line);
			for (size_t i = 0; i < t.count; i++)
				len += (size_t)snprintf(out + len, size - len, "%s%s=%s",
							i ? "|" : "", t.row_names[i],
							t.values[i]);
			len += (size_t)snprintf(out + len, size - len, "] ");
		} else if (got == SW_TABLE_WANTS_MORE && at == in.len) {
			sw_table_end(&t);
		} else if (got == SW_TABLE_WANTS_MORE) {
			struct sw_slice piece = sw_slice_head(sw_slice_from(in, at), step);

			assert_ok(sw_table_feed(&t, piece, &err));
			at += piece.len;
		}
	}
	sw_table_fini(&t);
}

static const struct {
	const char *in, *rows;
} cases[] = {
	{ "", "" },
	{ "\n\n", "" },
	{ "a,b\n", "" },
	{ "a,b\n1,2\n3,4", "2[a=1|b=2] 3[a=3|b=4] " },
	{ "\xef\xbb\xbf"
	  "a;b\r\n1;2\r\n",
	  "2[a=1|b=2] " },
	{ "\xef\xbb\xbf"
	  "\n {\"a\":1}\n",
	  "2[a=1] " },
	{ "a\tb\n1,5\t2\n", "2[a=1,5|b=2] " },
	{ "a\n1\n\n2\n", "2[a=1] 4[a=2] " },
	{ " a , b \n 1 , 2 \n", "2[a= 1 |b= 2 ] " },
	{ "a,b\n\"x, \"\"y\"\"\n z\",2\n3,4\n", "2[a=x, \"y\"\n z|b=2] 4[a=3|b=4] " },
	{ "a,b\n5\" pipe,a\"\"b\n", "2[a=5\" pipe|b=a\"\"b] " },
	{ "a,b\n,\n\"\",\"\"\n", "2[a=|b=] 3[a=|b=] " },
	/* Nothing is guessed. */
	{ "a,b\n1\n1,2,3\n4,5\n",
	  "2!1 field, but the first l 3!3 fields, but the first  4[a=4|b=5] " },
	{ "a,b\n\"1\"x,2\n3,4\n", "2!text behind the closing  3[a=3|b=4] " },
	{ "a,b\n\"1,2\n3,4\n", "2!a quote that opens a fie!! " },
	{ "a,a\n1,2\n", "1!two columns are called '!! " },
	{ "a,\n1,2\n", "1!column 2 has no name!! " },
	{ "a\n\xff\nok\n", "2!bytes that are no UTF-8; 3[a=ok] " },
	{ "\xff\xfe"
	  "a\nb",
	  "1!bytes that are no UTF-8;!! " },
	{ "{\"a\":\"x\",\"n\":7,\"r\":1.5,\"t\":true,\"z\":null}\n",
	  "1[a=x|n=7|r=1.5|t=true|z=] " },
	{ "{}\n\n {\"a\":\"\\u00e9\\n\"}", "1[] 3[a=\xc3\xa9\n] " },
	{ "{\"a\":1}\n{\"a\":[1]}\n[1]\n{\"a\":1\n{\"a\":1,\"a\":2}\n{\"a\":2}\n",
	  "1[a=1] 2!field 'a' is no text, nu 3!JSON that is no object 4!no JSON object in one "
	  "li 5!no JSON "
	  "object in one li 6[a=2] " },
	{ "{\"a\":\"\\u0000\"}\n{\"a\":\"b\"} x\n",
	  "1!no JSON object in one li 2!no JSON object in one li " },
};

static void rows_are_the_same_in_all_pieces(void **state)
{
	char out[1024];

	(void)state;
	for (size_t c = 0; c < SW_LEN(cases); c++)
		for (size_t step = 1; step < 40; step++) {
			read_all(sw_slice_str(cases[c].in), step, out, sizeof(out));
			assert_string_equal(out, cases[c].rows);
		}
}

static void a_nul_byte_is_an_error_of_its_row(void **state)
{
	char out[256];

	(void)state;
	read_all(SW_S("a,b\n1\0,2\n3,4\n"), 7, out, sizeof(out));
	assert_string_equal(out, "2!a NUL byte; expected UTF 3[a=3|b=4] ");
	read_all(SW_S("a\0,b\n1,2\n"), 7, out, sizeof(out));
	assert_string_equal(out, "1!a NUL byte; expected UTF!! ");
}

static void what_is_huge_ends_it(void **state)
{
	static const char *const heads[] = { "a\n", "a\n\"", "{\"a\":\"" };
	static char out[512];
	size_t len = SW_MAX_MERGE_ROW + 100;
	char *big = malloc(len);

	(void)state;
	assert_non_null(big);
	for (size_t i = 0; i < SW_LEN(heads); i++) {
		memset(big, 'x', len);
		memcpy(big, heads[i], strlen(heads[i]));
		read_all(sw_slice(big, len), SW_READ_CHUNK, out, sizeof(out));
		assert_string_equal(out, i < 2 ? "2!a row of more than 10485!! "
					       : "1!a row of more than 10485!! ");
	}
	/* A thousand columns are enough for everybody. */
	memset(big, ',', len);
	memcpy(big, "a\n", 2);
	big[2000] = '\n';
	read_all(sw_slice(big, 2001), SW_READ_CHUNK, out, sizeof(out));
	assert_string_equal(out, "2!more than 1000 fields ");
	memset(big, ',', 2001);
	read_all(sw_slice(big, 2001), SW_READ_CHUNK, out, sizeof(out));
	assert_string_equal(out, "1!more than 1000 fields!! ");
	free(big);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_are_the_same_in_all_pieces),
		cmocka_unit_test(a_nul_byte_is_an_error_of_its_row),
		cmocka_unit_test(what_is_huge_ends_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
