/* SPDX-License-Identifier: MIT */
#include "sw_test.h"

#include "api/json.h"
#include "base/mem.h"

/* One of everything, and what has to be escaped. */
static json_t *everything(void)
{
	return json_pack(
		"{s:s, s:s%, s:[], s:{}, s:[i, f, f, f], s:I, s:[b, b, n], s:[[{s:[i]}]]}",
		"plain", "Привет, мир \xf0\x9f\x93\xa8 / \x7f", "a \"key\"\\\n",
		"\x01\x02\b\t\n\f\r\x1f\"\\ \0 ends", (size_t)17, "list", "object", "numbers",
		-12, 0.5, 1e300, 3.0, "large", (json_int_t)INT64_MIN, "words", 1, 0, "deep",
		"x", 7);
}

static void json_is_written_as_the_library_of_json_writes_it(void **state SW_UNUSED)
{
	json_t *all[] = { everything(), json_array(),    json_object(),
			  json_null(),  json_string(""), json_integer(0) };

	for (size_t i = 0; i < SW_LEN(all); i++) {
		char *want = json_dumps(all[i], JSON_COMPACT | JSON_ENCODE_ANY |
							JSON_REAL_PRECISION(9));
		char *have = sw_json_dump(all[i]);

		assert_non_null(want);
		assert_non_null(have);
		assert_string_equal(have, want);
		sw_free(have);
		free(want);
	}
	assert_null(sw_json_dump(NULL));
}

static void what_was_written_can_be_read_again(void **state SW_UNUSED)
{
	json_t *from = everything();
	char *text = sw_json_dump(json_incref(from));
	json_t *back = text ? json_loads(text, JSON_ALLOW_NUL, NULL) : NULL;

	assert_non_null(back);
	assert_true(json_equal(from, back));
	assert_null(strchr(text, '\n'));
	json_decref(back);
	json_decref(from);
	sw_free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(json_is_written_as_the_library_of_json_writes_it),
		cmocka_unit_test(what_was_written_can_be_read_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
