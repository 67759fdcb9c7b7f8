/* SPDX-License-Identifier: MIT */
/* Facts for strangers. */
#include "sw_test.h"

#include "verdict/judge_condition.h"
#include "verdict/share.h"

static const uint8_t salt[SW_SHARE_SALT] = { 1, 2, 3 };

static struct sw_facts *stage(const char *const *lines, size_t count)
{
	struct sw_facts *f = sw_facts_new(NULL, 0, 0);
	struct sw_error err;

	assert_non_null(f);
	for (size_t i = 0; i < count; i++)
		if (sw_fact_line(f, sw_slice_str(lines[i]), &err))
			fail_msg("%s: %s", lines[i], err.text);
	return f;
}

/* What becomes of a server's words beside a wish; copied, sw_free. */
static char *shared_with(const char *wish, const char *text, const uint8_t *key)
{
	struct sw_facts *f = stage(&wish, 1);

	SW_STATE(f, SW_FACT_REPLY, SW_STAGE_ENVELOPE, "session", 0, SW_F_STR("text", text));
	struct sw_facts *s = sw_facts_share(f, key);

	assert_non_null(s);
	assert_int_equal(sw_facts_count(s), 2);
	struct sw_slice out = sw_fact_text(sw_facts_last(s, SW_FACT_REPLY), "text");
	char *copy = strndup(out.ptr, out.len);

	sw_facts_free(s);
	sw_facts_free(f);
	return copy;
}

#define WISH "send.wish server=mx.example.org sender=jane.doe@example.net ehlo=box7.corp.test"

static void names_go_and_words_stay(void **state)
{
	static const struct {
		const char *text, *gone, *kept;
	} rows[] = {
		{ "<jane.doe@example.net>: no", "jane", "@example.net>: no" },
		{ "JANE.DOE@example.net", "JANE", "@example.net" },
		{ "user jane.doe is unknown", "jane", " is unknown" },
		{ "user=jane.doe, spam", "jane", "user=" },
		{ "\"jane roe\"@example.net no", "jane", "@example.net no" },
		{ "SRS0=hash=tt=example.net=jane@fw.example", "jane", "@fw.example" },
		{ "josé@example.net", "jos", "@example.net" },
		{ "550 postmaster@example.net", NULL, "postmaster@example.net" },
		{ "see https://example.net/faq", NULL, "see https://example.net/faq" },
		{ "Hello box7.corp.test [10.20.30.40]", "box7", "Hello host-" },
		{ "Hello box7, pleased", "box7", "pleased" },
		{ "Hello box7.corp.test [10.20.30.40]", "10.20.30.40", "[10.0.0.1]" },
		{ "from 192.168.7.8:25 to 203.0.113.9.", "192.168",
		  "10.0.0.1:25 to 203.0.113.9." },
		{ "IPv6:fd12:3456::7 and 2001:db8::7", "fd12",
		  "IPv6:fd00::1 and 2001:db8::7" },
		{ "40.30.20.10.in-addr.arpa", "40.30", "1.0.0.10.in-addr.arpa" },
		{ "9.113.0.203.in-addr.arpa", NULL, "9.113.0.203.in-addr.arpa" },
		{ "100.70.1.1 169.254.3.4 127.0.0.1", "100.70",
		  "100.64.0.1 169.254.0.1 127.0.0.1" },
		{ "cannot read /home/jane/ca.pem", "jane", "/home/USER/ca.pem" },
		{ "version 10.2.3 of 2026-11-21", NULL, "version 10.2.3 of 2026-11-21" },
	};

	(void)state;
	for (size_t i = 0; i < SW_LEN(rows); i++) {
		char *out = shared_with(WISH, rows[i].text, salt);

		if ((rows[i].gone && strstr(out, rows[i].gone)) || !strstr(out, rows[i].kept))
			print_error("# %s -> %s\n", rows[i].text, out);
		if (rows[i].gone)
			assert_null(strstr(out, rows[i].gone));
		assert_non_null(strstr(out, rows[i].kept));
		free(out);
	}
}

static void equal_ones_stay_equal_within_one_text_only(void **state)
{
	static const uint8_t other[SW_SHARE_SALT] = { 9 };
	char *a = shared_with(WISH, "jane@a.example jane@b.example kate@a.example", salt);
	char *b = shared_with(WISH, "jane@a.example jane@b.example kate@a.example", other);
	char one[32], two[32], three[32], foreign[32];

	(void)state;
	assert_int_equal(
		sscanf(a, "%31[^@]@a.example %31[^@]@b.example %31[^@]", one, two, three), 3);
	assert_int_equal(sscanf(b, "%31[^@]", foreign), 1);
	assert_string_equal(one, two);
	assert_string_not_equal(one, three);
	assert_string_not_equal(one, foreign);
	free(a);
	free(b);
}

/* Rules look at the form of these. */
static void forms_stay(void **state)
{
	static const struct {
		const char *wish, *field, *form; /* of scanf, with %n at the end */
	} rows[] = {
		{ "send.wish ehlo=my_box", "ehlo", "host_x%*8[0-9a-f]%n" },
		{ "send.wish ehlo=box", "ehlo", "host-x%*8[0-9a-f]%n" },
		{ "send.wish ehlo=localhost", "ehlo", "localhost%n" },
		{ "send.wish ehlo=box.example.net sender=me@example.net", "ehlo",
		  "host-x%*8[0-9a-f].example.net%n" },
		{ "send.wish sender=a+b=c.org@example.net", "sender",
		  "x%*8[0-9a-f]+x%*8[0-9a-f]=x%*8[0-9a-f].x%*8[0-9a-f]@example.net%n" },
		/* The domain is known to all: the EHLO name hides nothing. */
		{ "send.wish ehlo=example.net sender=me@example.net", "ehlo",
		  "example.net%n" },
	};

	(void)state;
	for (size_t i = 0; i < SW_LEN(rows); i++) {
		struct sw_facts *f = stage(&rows[i].wish, 1), *s = sw_facts_share(f, salt);
		struct sw_slice out = sw_fact_text(sw_facts_get(s, 0), rows[i].field);
		char text[200];
		int len = -1;

		snprintf(text, sizeof(text), "%.*s", SW_FMT(out));
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		sscanf(text, rows[i].form, &len);
#pragma GCC diagnostic pop
		if (len != (int)strlen(text))
			print_error("# %s: %s\n", rows[i].wish, text);
		assert_int_equal(len, strlen(text));
		sw_facts_free(s);
		sw_facts_free(f);
	}
}

/* A local part that is a word of every other sentence, or a label of the server's name. */
static void words_of_rules_are_left_alone(void **state)
{
	char *a = shared_with("send.wish sender=spam@example.net", "this is spam", salt);
	char *b = shared_with("send.wish server=mx.gmail.example sender=gmail@gmail.example",
			      "gmail.example says no to gmail", salt);

	(void)state;
	assert_string_equal(a, "this is spam");
	assert_string_equal(b, "gmail.example says no to gmail");
	free(a);
	free(b);
}

static void what_is_no_text_stays_as_it_is(void **state)
{
	static const char *const lines[] = {
		"first.bytes speaks=smtp hex=3232302061 text=\"220 hi jane@example.org\"",
		"first.bytes speaks=smtp hex=323230 text=220",
		"tcp.attempt address=192.0.2.1 port=25 state=connected origin_known=false",
	};
	struct sw_facts *f = stage(lines, SW_LEN(lines)), *s = sw_facts_share(f, salt);

	(void)state;
	assert_int_equal(sw_facts_count(s), 3);
	/* The same words in hex go with them. */
	assert_int_equal(sw_fact_text(sw_facts_get(s, 0), "hex").len, 0);
	assert_int_equal(sw_fact_int(sw_facts_get(s, 2), "port", 0), 25);
	assert_int_equal(sw_facts_get(s, 2)->count, sw_facts_get(f, 2)->count);
	sw_facts_free(s);
	sw_facts_free(f);
}

static enum sw_err share_once(void *arg)
{
	struct sw_facts *s = sw_facts_share(arg, salt);

	if (!s)
		return SW_E_NOMEM;
	assert_int_equal(sw_facts_count(s), 2);
	sw_facts_free(s);
	return SW_OK;
}

static void every_want_of_memory_is_told(void **state)
{
	static const char *const lines[] = {
		WISH, "smtp.reply text=\"jane.doe@x.example 10.1.1.1\""
	};
	struct sw_facts *f = stage(lines, SW_LEN(lines));

	(void)state;
	sw_test_failing_allocations(share_once, f);
	sw_facts_free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_go_and_words_stay),
		cmocka_unit_test(equal_ones_stay_equal_within_one_text_only),
		cmocka_unit_test(forms_stay),
		cmocka_unit_test(words_of_rules_are_left_alone),
		cmocka_unit_test(what_is_no_text_stays_as_it_is),
		cmocka_unit_test(every_want_of_memory_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
