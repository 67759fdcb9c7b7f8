/* SPDX-License-Identifier: MIT */
#include "dkim_test.h"

#include "identity/dkim_why.h"

static const char letter[] = "From: Ann <ann@example.org>\r\n"
			     "To: bob@example.net\r\n"
			     "Subject: lunch on\r\n friday\r\n"
			     "MIME-Version: 1.0\r\n"
			     "Content-Type: multipart/mixed; boundary=b\r\n"
			     "\r\n"
			     "--b\r\n"
			     "Content-Type: text/plain\r\n"
			     "\r\n"
			     "Hello,\r\n"
			     "From here it is far.\r\n"
			     ".dot\r\n"
			     "--b\r\n"
			     "Content-Type: text/plain; name=x\r\n"
			     "\r\n"
			     "attached\r\n"
			     "--b--\r\n";

static void replace(struct sw_buf *mail, const char *old, const char *new)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf copy = { .max = 65536 };
	size_t at = sw_slice_search(sw_buf_slice(mail), sw_slice_str(old));

	if (!*old)
		at = sw_buf_len(mail);
	assert_true(at < sw_buf_len(mail) || !*old);
	assert_ok(sw_buf_add(&copy, sw_slice_head(sw_buf_slice(mail), at)));
	assert_ok(sw_buf_add_str(&copy, new));
	assert_ok(sw_buf_add(&copy, sw_slice_from(sw_buf_slice(mail), at + strlen(old))));
	sw_buf_clear(mail);
	assert_ok(sw_buf_add(mail, sw_buf_slice(&copy)));
}

struct row {
	bool simple;
	const char *old, *new; /* old "": appended */
	enum sw_dkim_change with, without;
	const char *detail; /* a part of it, with the original */
};

static enum sw_err ask(struct sw_dkim_crypto *c, struct sw_slice mail,
		       struct sw_slice original, enum sw_dkim_change *ret,
		       struct sw_buf *detail)
{
	const struct sw_dkim_policy policy = { 0 };
	const struct sw_dkim_result *r = NULL;
	struct sw_dkim *d = sw_dkim_new(c, &policy);
	enum sw_err e =
		d ? dkim_test_verify(d, mail, 4096, SW_DNS_OK, DKIM_TEST_RECORD) : SW_E_NOMEM;

	if (!e && sw_dkim_results(d, &r) == 1 && r[0].reason != SW_DKIM_WHY_OURS) {
		const struct sw_dkim_why_request q = {
			.message = mail,
			.original = original,
			.result = r,
			.of_header = r[0].body_hash != SW_DKIM_BAD,
			.key = SW_S(DKIM_TEST_RECORD),
		};

		e = sw_dkim_why(&q, c, ret, detail);
	}
	sw_dkim_free(d);
	return e;
}

static const struct row rows[] = {
#define CHANGES(a, b) SW_DKIM_CHANGE_##a, SW_DKIM_CHANGE_##b
	{ false, "", "-- \r\nThe list\r\n", CHANGES(FOOTER, FOOTER), "\"The list\"" },
	{ false, ".dot\r\n", ".dot\r\nlist\r\n", CHANGES(INSERTED, FOOTER), "\"list\"" },
	{ false, "attached\r\n", "attached\r\nlist\r\n", CHANGES(FOOTER, FOOTER), "\"list\"" },
	{ false, "--b--\r\n", "--b\r\n\r\nlist\r\n--b--\r\n", CHANGES(FOOTER, FOOTER),
	  "list" },
	{ false, "\r\n\r\n--b\r\n", "\r\n\r\nWARNING\r\n\r\n--b\r\n", CHANGES(BANNER, BANNER),
	  "\"WARNING\"" },
	{ false, "Hello,", "[EXTERNAL]\r\nHello,", CHANGES(INSERTED, UNKNOWN), "[EXTERNAL]" },
	{ false, "\r\nFrom here", "\r\n>From here", CHANGES(FROM_LINES, FROM_LINES),
	  "line 5" },
	{ false, ".dot", "..dot", CHANGES(DOTS, DOTS), "line 6" },
	{ false, ".dot", "dot", CHANGES(DOTS, UNKNOWN), "line 6" },
	{ false, "it is far", "it isfar", CHANGES(WHITESPACE, UNKNOWN), "line 5" },
	{ true, "Hello,", "Hello,  ", CHANGES(WHITESPACE, WHITESPACE), "line 4" },
	{ false, "Hello,\r\nFrom", "Hello, From", CHANGES(WHITESPACE, UNKNOWN), "line 4" },
	{ false, "--b--\r\n", "", CHANGES(CUT, UNKNOWN), "" },
	{ false, "attached\r\n", "", CHANGES(TAKEN_OUT, UNKNOWN), "attached" },
	{ false, "Hello", "Howdy", CHANGES(BODY, UNKNOWN), "line 4" },
	{ false, "Content-Type: text/plain\r\n\r\nHello,",
	  "Content-Type: text/plain\r\nContent-Transfer-Encoding: "
	  "quoted-printable\r\n\r\n=48ello,",
	  CHANGES(REENCODED, UNKNOWN), "line 3" },
	{ false, "Subject: lunch", "Subject: [list] lunch", CHANGES(SUBJECT, SUBJECT),
	  "[list]" },
	{ false, "Subject: lunch on\r\n friday", "Subject: dinner", CHANGES(SUBJECT, UNKNOWN),
	  "dinner" },
	{ true, "Subject: lunch on\r\n friday", "Subject: lunch on friday",
	  CHANGES(FOLDING, UNKNOWN), "Subject" },
	{ true, "To: bob@", "To:\r\n bob@", CHANGES(FOLDING, FOLDING), "To" },
	{ false, "To: bob@", "To: rob@", CHANGES(FIELD, UNKNOWN), "rob@" },
	{ false, "To: bob@example.net\r\n", "", CHANGES(REMOVED, UNKNOWN), "To" },
	{ false, "To: bob", "Cc: eve@example.net\r\nTo: bob", CHANGES(ADDED, ADDED), "Cc" },
	{ false, "To: bob", "Subject: spam\r\nTo: bob", CHANGES(ADDED, ADDED), "Subject" },
	{ false, "From: Ann <ann@example.org>", "From: Ann via list <l@example.com>",
	  CHANGES(FROM, UNKNOWN), "via list" },
	{ false, "From: Ann <ann@example.org>",
	  "From: l@example.com\r\nX-Original-From: Ann <ann@example.org>", CHANGES(FROM, FROM),
	  "l@example.com" },
	{ false, "d=example.org", "d=example.net", CHANGES(SIGNER, UNKNOWN), "" },
};

static void judge(struct sw_dkim_crypto *c, const struct row *row, size_t i, bool compare)
{
	const struct sw_dkim_sign_options o = { .simple_header = row->simple,
						.simple_body = row->simple };
	SW_CLEANUP(sw_buf_fini)
	struct sw_buf mail = { .max = 65536 }, original = { .max = 65536 };
	SW_CLEANUP(sw_buf_fini) struct sw_buf detail = { .max = 4096 };
	enum sw_dkim_change change = SW_DKIM_CHANGE_UNKNOWN;
	enum sw_dkim_change wanted = compare ? row->with : row->without;

	assert_ok(dkim_test_sign(c, &o, sw_slice_str(letter), &original));
	assert_ok(sw_buf_add(&mail, sw_buf_slice(&original)));
	replace(&mail, row->old, row->new);
	assert_ok(ask(c, sw_buf_slice(&mail),
		      compare ? sw_buf_slice(&original) : sw_slice(NULL, 0), &change,
		      &detail));
	if (change != wanted)
		print_error("# %s: %s\n", sw_dkim_change_name(change), sw_buf_str(&detail));
	assert_row(i, change == wanted);
	assert_row(i, !compare || strstr(sw_buf_str(&detail), row->detail) != NULL);
}

static void is_told_from_the_original(void **state)
{
	for (size_t i = 0; i < SW_LEN(rows); i++)
		judge(*state, &rows[i], i, true);
}

static void is_proved_without_it(void **state)
{
	for (size_t i = 0; i < SW_LEN(rows); i++)
		judge(*state, &rows[i], i, false);
}

/* Each change of one byte gives some answer and none is out of bounds (the sanitizers look).
 */
static void any_byte_may_change(void **state)
{
	const struct sw_dkim_sign_options o = { 0 };
	SW_CLEANUP(sw_buf_fini) struct sw_buf original = { .max = 65536 };

	assert_ok(dkim_test_sign(*state, &o, sw_slice_str(letter), &original));
	for (size_t at = 0; at < sw_buf_len(&original); at += 3) {
		SW_CLEANUP(sw_buf_fini) struct sw_buf mail = { .max = 65536 };
		SW_CLEANUP(sw_buf_fini) struct sw_buf detail = { .max = 4096 };
		enum sw_dkim_change change = SW_DKIM_CHANGE_UNKNOWN;
		struct sw_slice all = sw_buf_slice(&original);

		assert_ok(sw_buf_add(&mail, sw_slice_head(all, at)));
		assert_ok(sw_buf_add_char(&mail, (char)(all.ptr[at] ^ 0x84)));
		assert_ok(sw_buf_add(&mail, sw_slice_from(all, at + 1)));
		assert_ok(ask(*state, sw_buf_slice(&mail), all, &change, &detail));
		assert_in_range(change, 0, SW_DKIM_CHANGES - 1);
	}
}

static void has_words_in_both_languages(void **state SW_UNUSED)
{
	for (unsigned c = 0; c < SW_DKIM_CHANGES; c++) {
		assert_true(*sw_dkim_change_text((enum sw_dkim_change)c, false));
		assert_string_not_equal(sw_dkim_change_text((enum sw_dkim_change)c, false),
					sw_dkim_change_text((enum sw_dkim_change)c, true));
	}
}

static void says_when_memory_is_out(void **state)
{
	const struct sw_dkim_sign_options o = { 0 };
	SW_CLEANUP(sw_buf_fini)
	struct sw_buf mail = { .max = 65536 }, original = { .max = 65536 };

	assert_ok(dkim_test_sign(*state, &o, sw_slice_str(letter), &original));
	assert_ok(sw_buf_add(&mail, sw_buf_slice(&original)));
	replace(&mail, "", "footer\r\n");
	for (unsigned compare = 0; compare < 2; compare++)
		for (long n = 1;; n++) {
			SW_CLEANUP(sw_buf_fini) struct sw_buf detail = { .max = 4096 };
			enum sw_dkim_change change = SW_DKIM_CHANGE_UNKNOWN;

			sw_mem_fail_at(n);
			enum sw_err e =
				ask(*state, sw_buf_slice(&mail),
				    compare ? sw_buf_slice(&original) : sw_slice(NULL, 0),
				    &change, &detail);
			sw_mem_fail_at(0);
			assert_true(!e || e == SW_E_NOMEM);
			assert_true(n < 20000);
			if (!e && change == SW_DKIM_CHANGE_FOOTER)
				break;
		}
}

static int setup(void **state)
{
	*state = sw_dkim_crypto_new();
	return *state ? 0 : -1;
}

static int teardown(void **state)
{
	sw_dkim_crypto_free(*state);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_told_from_the_original),
		cmocka_unit_test(is_proved_without_it),
		cmocka_unit_test(any_byte_may_change),
		cmocka_unit_test(has_words_in_both_languages),
		cmocka_unit_test(says_when_memory_is_out),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
