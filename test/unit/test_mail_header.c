/* SPDX-License-Identifier: MIT */
#include "sw_test.h"

#include "codec/word.h"
#include "mail/header.h"

#define X10 "xxxxxxxxxx"
#define X50 X10 X10 X10 X10 X10
#define X300 X50 X50 X50 X50 X50 X50

static void writes_text_readably(void **state SW_UNUSED)
{
	static const struct {
		const char *name, *value, *want;
	} cases[] = {
		{ "Subject", "hello", "Subject: hello\r\n" },
		{ "Subject", "", "Subject:\r\n" },
		{ "Subject", " \t ", "Subject:\r\n" },
		{ "Subject", "  a  b\tc ", "Subject: a  b\tc\r\n" },
		{ "Subject", "caf\xc3\xa9", "Subject: =?utf-8?B?Y2Fmw6k=?=\r\n" },
		{ "List-Id", "Gr\xc3\xb6\xc3\x9f" "e <list.example.com>",
		  "List-Id: =?utf-8?B?R3LDtsOfZQ==?= <list.example.com>\r\n" },
		{ "Subject", "a  caf\xc3\xa9 b \xc3\xa9  c",
		  "Subject: a =?utf-8?B?IGNhZsOpIGIgw6k=?=  c\r\n" },
		/* What looks encoded is text. */
		{ "Subject", "=?utf-8?Q?a=0D=0ABcc:_x@y?=",
		  "Subject: =?utf-8?B?PT91dGYtOD9RP2E9MEQ9MEFCY2M6X3hAeT89?=\r\n" },
		/* What only resembles it is not touched. */
		{ "List-Unsubscribe", "<https://x/?a=?b>", "List-Unsubscribe: <https://x/?a=?b>\r\n" },
		/* Folding goes before a blank, and keeps it. */
		{ "Subject", X50 " " X10 " " X10 "  y",
		  "Subject: " X50 " " X10 "\r\n " X10 "  y\r\n" },
		{ "Subject", X50 " 123456789 12345678", "Subject: " X50 " 123456789 12345678\r\n" },
		{ "Subject", X50 " 123456789 123456789",
		  "Subject: " X50 " 123456789\r\n 123456789\r\n" },
		/* The first word stays beside the name as long as it may. */
		{ "X-Url", X300, "X-Url: " X300 "\r\n" },
	};

	for (size_t i = 0; i < SW_LEN(cases); i++) {
		SW_CLEANUP(sw_buf_fini) struct sw_buf out;

		sw_buf_init(&out, 1000);
		assert_ok(sw_header_add_text(&out, sw_slice_str(cases[i].name),
					     sw_slice_str(cases[i].value), NULL));
		assert_string_equal(sw_buf_str(&out), cases[i].want);
	}
}

static void a_name_that_is_none_is_refused(void **state SW_UNUSED)
{
	static const struct sw_slice bad[] = {
		SW_S(""), SW_S("a b"), SW_S("a:"), SW_S("a\r\nBcc"), SW_S("a\nb"), SW_S("a\0"),
		SW_S("\ta"), SW_S("caf\xc3\xa9"), SW_S("a\x7f"), SW_S(X50 X10 X10 "1234567"),
	};

	for (size_t i = 0; i < SW_LEN(bad); i++) {
		SW_CLEANUP(sw_buf_fini) struct sw_buf out;

		sw_buf_init(&out, 1000);
		assert_row(i, !sw_header_name_valid(bad[i]));
		assert_err(sw_header_add_text(&out, bad[i], SW_S("x"), NULL), SW_E_DATA);
		assert_err(sw_header_add_mailboxes(&out, bad[i], NULL, NULL), SW_E_DATA);
		assert_int_equal(sw_buf_len(&out), 0);
	}
	assert_true(sw_header_name_valid(SW_S(X50 X10 X10 "123456")));
}

static void a_value_with_line_ends_or_controls_is_refused(void **state SW_UNUSED)
{
	static const struct {
		struct sw_slice value;
		const char *words;
	} cases[] = {
		{ SW_S("a\r\nBcc: x@y"), "X-A field holds a control character or line end at byte 1" },
		{ SW_S("a\nb"), "byte 1" },
		{ SW_S("a\r"), "byte 1" },
		{ SW_S("\r\n a"), "byte 0" },
		{ SW_S("a\0"), "control" },
		{ SW_S("a\x1b[2J"), "control" },
		{ SW_S("a\x7f"), "control" },
		{ SW_S("a\xc2\x85" "b"), "line end" },
		{ SW_S("a\xe2\x80\xa8" "b"), "line end" },
		{ SW_S("a\xe2\x80\xa9" "b"), "line end" },
		{ SW_S("a\xc0\x8d\xc0\x8a"), "invalid UTF-8 at byte 1" },
		{ SW_S("a\xff"), "invalid UTF-8" },
	};

	for (size_t i = 0; i < SW_LEN(cases); i++) {
		SW_CLEANUP(sw_buf_fini) struct sw_buf out;
		struct sw_error err = { 0 };

		sw_buf_init(&out, 1000);
		assert_err(sw_header_add_text(&out, SW_S("X-A"), cases[i].value, &err), SW_E_DATA);
		assert_contains(err.text, cases[i].words);
		assert_int_equal(sw_buf_len(&out), 0);
	}
}

static void writes_names_in_the_form_that_they_need(void **state SW_UNUSED)
{
	static const struct {
		const char *in, *want;
	} cases[] = {
		{ "a@b", "To: a@b\r\n" },
		{ "Bob Example <a@b>", "To: Bob Example <a@b>\r\n" },
		{ "\"Bob, Esq.\" <a@b>, c@d", "To: \"Bob, Esq.\" <a@b>, c@d\r\n" },
		{ "\"a \\\"b\\\" \\\\\" <a@b>", "To: \"a \\\"b\\\" \\\\\" <a@b>\r\n" },
		{ "\"a  b\" <a@b>", "To: \"a  b\" <a@b>\r\n" },
		{ "J\xc3\xb6rg <a@b>", "To: =?utf-8?B?SsO2cmc=?= <a@b>\r\n" },
		{ "\"=?utf-8?Q?a=0D=0AX:?=\" <a@b>",
		  "To: =?utf-8?B?PT91dGYtOD9RP2E9MEQ9MEFYOj89?= <a@b>\r\n" },
		{ "\"a\tb\" <a@b>", "To: =?utf-8?B?YQli?= <a@b>\r\n" },
		{ "a@b\xc3\xbc" "cher.example", "To: a@xn--bcher-kva.example\r\n" },
		{ "X <j\xc3\xb6@b\xc3\xbc" "cher.example>",
		  "To: X <j\xc3\xb6@b\xc3\xbc" "cher.example>\r\n" },
		{ X50 "@x, " X10 "@x.exam, bbb@x",
		  "To: " X50 "@x, " X10 "@x.exam,\r\n bbb@x\r\n" },
	};

	for (size_t i = 0; i < SW_LEN(cases); i++) {
		SW_CLEANUP(sw_arena_fini) struct sw_arena arena = { 0 };
		SW_CLEANUP(sw_buf_fini) struct sw_buf out;
		struct sw_mailbox *first;

		sw_buf_init(&out, 1000);
		assert_ok(sw_mailboxes_parse(&arena, sw_slice_str(cases[i].in), &first, NULL));
		assert_ok(sw_header_add_mailboxes(&out, SW_S("To"), first, NULL));
		assert_string_equal(sw_buf_str(&out), cases[i].want);
	}
}

static const char *pick(unsigned *seed)
{
	static const char *const words[] = {
		"a", "Word", " ", "  ", "\t", "\xc3\xa9", "\xe2\x82\xac", "=?", "?=", "=?utf-8?Q?",
		"\"", "\\", ",", "<x@y>", "=?utf-8?Q?a_b?=", "\xf0\x9f\x98\x80", "=?utf-8?B? ", X50,
	};

	*seed = *seed * 1664525 + 1013904223;
	return words[(*seed >> 16) % SW_LEN(words)];
}

/* No line is too long, and every line but the first begins with a blank and holds more. */
static void check_lines(struct sw_slice field, size_t round)
{
	bool first = true;

	assert_row(round, !sw_slice_has_8bit(field));
	while (field.len) {
		size_t end = sw_slice_search(field, SW_S("\r\n"));
		struct sw_slice line = sw_slice_head(field, end);

		assert_row(round, line.len <= SW_MAX_LINE_HARD);
		assert_row(round, !sw_words_present(line) || line.len <= 76);
		assert_row(round, first == (line.ptr[0] != ' ' && line.ptr[0] != '\t'));
		assert_row(round, sw_slice_trim(line).len > 0);
		assert_row(round, sw_slice_find(line, '\r') == line.len &&
					  sw_slice_find(line, '\n') == line.len);
		field = sw_slice_from(field, end + 2);
		first = false;
	}
}

static void any_text_comes_back_from_one_field(void **state SW_UNUSED)
{
	unsigned seed = 3;

	for (size_t round = 0; round < 2000; round++) {
		SW_CLEANUP(sw_buf_fini) struct sw_buf in, out, flat, back;
		struct sw_field field;

		sw_buf_init(&in, 10000);
		sw_buf_init(&out, 30000);
		sw_buf_init(&flat, 30000);
		sw_buf_init(&back, 30000);
		for (size_t n = 0; n < round % 40; n++)
			assert_ok(sw_buf_add_str(&in, pick(&seed)));
		assert_ok(sw_header_add_text(&out, round & 1 ? SW_S("Subject") : SW_S("X-" X50),
					     sw_buf_slice(&in), NULL));
		check_lines(sw_buf_slice(&out), round);
		struct sw_slice rest = sw_buf_slice(&out);

		assert_true(sw_field_next(&rest, &field));
		assert_int_equal(rest.len, 0);
		assert_ok(sw_field_unfold(field.value, &flat));
		assert_ok(sw_words_decode(sw_buf_slice(&flat), &back));
		if (!sw_slice_eq(sw_buf_slice(&back), sw_slice_trim(sw_buf_slice(&in))))
			print_error("# %s\n# %s\n# %s\n", sw_buf_str(&in), sw_buf_str(&out),
				    sw_buf_str(&back));
		assert_row(round, sw_slice_eq(sw_buf_slice(&back),
					      sw_slice_trim(sw_buf_slice(&in))));
	}
}

static void any_display_name_comes_back(void **state SW_UNUSED)
{
	unsigned seed = 4;

	for (size_t round = 0; round < 1000; round++) {
		SW_CLEANUP(sw_arena_fini) struct sw_arena arena = { 0 };
		SW_CLEANUP(sw_buf_fini) struct sw_buf name, out, flat;
		struct sw_mailbox m, *back;
		struct sw_field field;

		sw_buf_init(&name, 10000);
		sw_buf_init(&out, 30000);
		sw_buf_init(&flat, 30000);
		for (size_t n = 0; n < round % 20; n++)
			assert_ok(sw_buf_add_str(&name, pick(&seed)));
		m = (struct sw_mailbox){ .name = sw_buf_str(&name) };
		assert_ok(sw_address_parse(&arena, SW_S("a@b"), 0, &m.address, NULL));
		assert_ok(sw_header_add_mailboxes(&out, SW_S("From"), &m, NULL));
		check_lines(sw_buf_slice(&out), round);
		struct sw_slice rest = sw_buf_slice(&out);

		assert_true(sw_field_next(&rest, &field));
		assert_ok(sw_field_unfold(field.value, &flat));
		assert_ok(sw_mailboxes_parse(&arena, sw_buf_slice(&flat), &back, NULL));
		assert_null(back->next);
		assert_string_equal(back->address.text, "a@b");
		assert_row(round, sw_slice_eq(sw_slice_str(back->name),
					      sw_slice_trim(sw_buf_slice(&name))));
	}
}

static void reads_fields_in_every_shape(void **state SW_UNUSED)
{
	struct sw_slice rest = SW_S("From: a\r\nBCC \t:\r\n  b,\r\n\tc\r\nodd line\r\n x: y\r\n"
				    "Empty:\r\nlast: no end");
	static const struct {
		struct sw_slice name, value;
	} want[] = {
		{ SW_S("From"), SW_S("a") },
		{ SW_S("BCC"), SW_S("b,\tc") },
		{ SW_S(""), SW_S("odd line x: y") },
		{ SW_S("Empty"), SW_S("") },
		{ SW_S("last"), SW_S("no end") },
	};
	struct sw_field f;

	for (size_t i = 0; i < SW_LEN(want); i++) {
		SW_CLEANUP(sw_buf_fini) struct sw_buf out;

		sw_buf_init(&out, 100);
		assert_row(i, sw_field_next(&rest, &f));
		assert_row(i, sw_slice_eq(f.name, want[i].name));
		assert_ok(sw_field_unfold(f.value, &out));
		assert_row(i, sw_slice_eq(sw_buf_slice(&out), want[i].value));
	}
	assert_false(sw_field_next(&rest, &f));
	rest = SW_S("\r\nBody: x\r\n");
	assert_false(sw_field_next(&rest, &f));
}

static void what_does_not_fit_leaves_no_half_field(void **state SW_UNUSED)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf out;
	struct sw_error err;

	sw_buf_init(&out, 20);
	assert_ok(sw_header_add_text(&out, SW_S("A"), SW_S("b"), NULL));
	assert_err(sw_header_add_text(&out, SW_S("Subject"), SW_S("caf\xc3\xa9 and more"), &err),
		   SW_E_LIMIT);
	assert_contains(err.text, "too large");
	assert_string_equal(sw_buf_str(&out), "A: b\r\n");
}

static enum sw_err write_once(void *arg SW_UNUSED)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = 1000 };

	return sw_header_add_text(&out, SW_S("Subject"), SW_S("caf\xc3\xa9"), NULL);
}

static void says_when_memory_is_out(void **state SW_UNUSED)
{
	sw_test_failing_allocations(write_once, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_text_readably),
		cmocka_unit_test(a_name_that_is_none_is_refused),
		cmocka_unit_test(a_value_with_line_ends_or_controls_is_refused),
		cmocka_unit_test(writes_names_in_the_form_that_they_need),
		cmocka_unit_test(any_text_comes_back_from_one_field),
		cmocka_unit_test(any_display_name_comes_back),
		cmocka_unit_test(reads_fields_in_every_shape),
		cmocka_unit_test(what_does_not_fit_leaves_no_half_field),
		cmocka_unit_test(says_when_memory_is_out),
	};

	return cmocka_run_group_tests_name("mail_header", tests, NULL, NULL);
}
