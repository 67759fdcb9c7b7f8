/* SPDX-License-Identifier: MIT */
#include "base/process.h"

#include "sw_test.h"

static void splits_like_a_shell_without_its_magic(void **state SW_UNUSED)
{
	static const struct {
		const char *line;
		const char *joined; /* the words, each with a bar behind it; NULL: refused */
	} rows[] = {
		{ "pass", "pass|" },
		{ " pass\tshow\n mail ", "pass|show|mail|" },
		{ "'a b' \"c d\"", "a b|c d|" },
		{ "a'b'\"c\"d", "abcd|" },
		{ "'' \"\" a", "||a|" },
		{ "a\\ b \\'c", "a b|'c|" },
		{ "\"a\\\"b\" 'c\\d'", "a\"b|c\\d|" },
		{ "\"it's\" '\"'", "it's|\"|" },
		{ "$HOME `id` $(id) *.c a;b |&<>", "$HOME|`id`|$(id)|*.c|a;b||&<>|" },
		{ "# no comment", "#|no|comment|" },
		{ "\xd0\xb4\xd0\xb0", "\xd0\xb4\xd0\xb0|" },
		{ "a b c d e f g h", "a|b|c|d|e|f|g|h|" },
		{ "", NULL },
		{ " \t\r\n", NULL },
		{ "'open", NULL },
		{ "a \"open", NULL },
		{ "a \"open\\\"", NULL },
		{ "end\\", NULL },
		{ "\"end\\", NULL },
	};

	for (size_t i = 0; i < SW_LEN(rows); i++) {
		char **words = NULL;
		size_t count = 0;
		struct sw_error err;
		char joined[100] = "";
		enum sw_err code = sw_words_split(sw_slice_str(rows[i].line), &words, &count,
						  &err);

		assert_row(i, code == (rows[i].joined ? SW_OK : SW_E_USAGE));
		if (!rows[i].joined) {
			assert_null(words);
			continue;
		}
		for (size_t k = 0; k < count; k++) {
			strncat(joined, words[k], 50);
			strncat(joined, "|", 2);
		}
		assert_string_equal(joined, rows[i].joined);
		assert_null(words[count]);
		sw_words_free(words);
	}
	sw_words_free(NULL);
}

static void refuses_a_nul_byte(void **state SW_UNUSED)
{
	char **words;
	size_t count;

	assert_err(sw_words_split(SW_S("a\0b"), &words, &count, NULL), SW_E_USAGE);
}

static enum sw_err split(void *arg SW_UNUSED)
{
	char **words = NULL;
	size_t count;
	enum sw_err code = sw_words_split(SW_S("one 'two three' four\\ five"), &words, &count,
					  NULL);

	sw_words_free(words);
	return code;
}

static void survives_every_failing_allocation(void **state SW_UNUSED)
{
	sw_test_failing_allocations(split, NULL);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(splits_like_a_shell_without_its_magic),
		cmocka_unit_test(refuses_a_nul_byte),
		cmocka_unit_test(survives_every_failing_allocation),
	};

	return cmocka_run_group_tests_name("words", tests, NULL, NULL);
}
