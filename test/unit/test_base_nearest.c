/* SPDX-License-Identifier: MIT */
#include "sw_test.h"

#include "base/nearest.h"

static const char *word_at(size_t i)
{
	static const char *const words[] = { "starttls", "smtp", "smtps", "timeout", "x" };

	return i < SW_LEN(words) ? words[i] : NULL;
}

static void the_nearest_word_is_found_when_it_is_near(void **state SW_UNUSED)
{
	static const struct {
		const char *word, *want;
	} rows[] = {
		{ "starttls", "starttls" },
		{ "STARTTLS", "starttls" },
		{ "startls", "starttls" },
		{ "strattls", "starttls" },
		{ "smpt", "smtp" },
		{ "smtpss", "smtps" },
		{ "timout", "timeout" },
		{ "port", NULL },
		{ "", NULL },
		{ "starttlsstarttls", NULL },
	};

	for (size_t i = 0; i < SW_LEN(rows); i++) {
		const char *found = sw_nearest(sw_slice_str(rows[i].word), word_at);

		assert_row(i,
			   rows[i].want ? found && strcmp(found, rows[i].want) == 0 : !found);
	}
}

static void long_words_are_near_to_nothing(void **state SW_UNUSED)
{
	char word[64];

	memset(word, 'x', sizeof(word));
	assert_null(sw_nearest(sw_slice(word, 64), word_at));
	assert_null(sw_nearest(sw_slice(word, 63), word_at));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_nearest_word_is_found_when_it_is_near),
		cmocka_unit_test(long_words_are_near_to_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
