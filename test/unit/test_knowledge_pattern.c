/* SPDX-License-Identifier: MIT */
/* What a pattern of the data finds, and what it does not. */
#include "knowledge_fixture.h"

#include "knowledge/pattern.h"

static void malformed_patterns_are_told_from_good_ones(void **state SW_UNUSED)
{
	static const struct {
		const char *pattern;
		const char *flaw; /* NULL: none */
	} cases[] = {
		{ "user unknown", NULL },
		{ "user", NULL },
		{ "no such user*", NULL },
		{ "blocked * spamhaus", NULL },
		{ "limit of # messages", NULL },
		{ "con t*", NULL },
		{ "350", NULL },
		{ "554", NULL },
		{ "ящик переполнен", NULL },
		{ "満杯", NULL },
		{ "ж*", NULL },
		{ "", "no word" },
		{ " . ", "no word" },
		{ "*", "* without a word before it" },
		{ "* user", "* without a word before it" },
		{ "user *", "* without a word behind it" },
		{ "user * * unknown", "* without a word before it" },
		{ "us*er", "* inside a word" },
		{ "-*", "* without letters" },
		{ "é*", "single letter" },
		{ "joe@example.com", "@ in a pattern" },
		{ "550 user unknown", "a code at its head" },
		{ "5.1.1 user unknown", "a code at its head" },
		{ "abcdefghijklmnopqrstuvwxyzabcdefghijklmn*", "more than 31" },
		{ "a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a "
		  "a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a",
		  "too many words" },
	};

	for (size_t i = 0; i < SW_LEN(cases); i++) {
		struct kn_pattern_text p;
		const char *flaw = sw_kn_pattern_parse(sw_slice_str(cases[i].pattern), &p);

		assert_row(i, (flaw != NULL) == (cases[i].flaw != NULL));
		if (flaw)
			assert_contains(flaw, cases[i].flaw);
	}
}

static void replies_and_ranges_are_read(void **state SW_UNUSED)
{
	static const char *const bad_replies[] = { "", "55", "5500", "x50", "650", "5x0x", "5-0" };
	static const char *const bad_ranges[] = { "",	    "5.7",     "5.7.",	  "3.1.1",
						  "5.7.9-2", "5.7.1-",	"5.7.1 ", "x.x.x",
						  "5.7.1000", "5.7.1-1000", "y.1.1" };
	struct kn_enhanced_range r;
	uint16_t from, to;

	assert_true(sw_kn_reply_parse(SW_S("550"), &from, &to) && from == 550 && to == 550);
	assert_true(sw_kn_reply_parse(SW_S("4xx"), &from, &to) && from == 400 && to == 499);
	assert_true(sw_kn_reply_parse(SW_S("55x"), &from, &to) && from == 550 && to == 559);
	for (size_t i = 0; i < SW_LEN(bad_replies); i++)
		assert_row(i, !sw_kn_reply_parse(sw_slice_str(bad_replies[i]), &from, &to));
	assert_true(sw_kn_range_parse(SW_S("x.7.26"), &r));
	assert_true(r.class == 0 && r.subject == 7 && r.from == 26 && r.to == 26);
	assert_true(sw_kn_range_parse(SW_S("5.7.606-649"), &r));
	assert_true(r.class == 5 && r.from == 606 && r.to == 649);
	assert_true(sw_kn_range_parse(SW_S("4.2.*"), &r));
	assert_true(r.class == 4 && r.subject == 2 && r.from == 0 && r.to == 999);
	for (size_t i = 0; i < SW_LEN(bad_ranges); i++)
		assert_row(i, !sw_kn_range_parse(sw_slice_str(bad_ranges[i]), &r));
}

/* Whether a rule with this pattern alone wins. */
static bool finds(const char *pattern, const char *text)
{
	char rules[2048];

	snprintf(rules, sizeof(rules),
		 "rules:\n"
		 "  - id: noise-a\n    text: [zzz, user, \"user * gone\", \"us*\", \"#\", unknown]\n"
		 "    category: policy.other\n    score: 1\n    yes: [x]\n"
		 "  - id: looked-for\n    text: [\"%s\"]\n"
		 "    category: recipient.unknown\n    yes: [x]\n",
		 pattern);
	struct sw_knowledge *k = load_rules(rules);
	bool found = strcmp(winner(k, text), "looked-for") == 0;

	sw_knowledge_free(k);
	return found;
}

static void patterns_find_their_words_in_a_row(void **state SW_UNUSED)
{
	static const struct {
		const char *pattern, *text;
		bool found;
	} cases[] = {
		{ "user unknown", "550 User unknown", true },
		{ "user unknown", "550 5.1.1 USER_UNKNOWN.", true },
		{ "user unknown", "550-5.1.1 The user\r\n550 5.1.1 unknown", true },
		{ "user unknown", "550 <a@b.example>... User unknown", true },
		{ "user unknown", "550 User <a@b.example> unknown", true },
		{ "user unknown", "550 unknown user", false },
		{ "user unknown", "550 user is unknown", false },
		{ "user unknown", "550 users unknown", false },
		{ "user user unknown", "user user user unknown", true },
		{ "spam", "listed at spamhaus", false },
		{ "zen spamhaus org", "see http://zen.spamhaus.org/query", true },
		/* word* */
		{ "mailbox* full", "mailbox full", true },
		{ "mailbox* full", "Mailboxes full", true },
		{ "mailbox* full", "mail box full", false },
		{ "con t*", "(CON:T1) x", true },
		{ "con t*", "(CON:T) x", true },
		{ "con t*", "(CON:B1) x", false },
		{ "переполнен*", "Ящик ПЕРЕПОЛНЕННЫЙ", true },
		{ "us*", "user", true },
		{ "55*", "code 5512 there", true },
		{ "55*", "code 4512 there", false },
		/* # */
		{ "limit of # messages", "limit of 100 messages", true },
		{ "limit of # messages", "limit of many messages", false },
		{ "limit of # messages", "limit of 100a messages", false },
		{ "# #", "on 12 34", true },
		{ "s3150 #", "S3150 17", true },
		{ "100 messages", "100 messages", true },
		/* * */
		{ "blocked * spamhaus", "blocked spamhaus", true },
		{ "blocked * spamhaus", "blocked by our friend spamhaus", true },
		{ "blocked * spamhaus", "blocked 1 2 3 4 5 6 7 8 spamhaus", true },
		{ "blocked * spamhaus", "blocked 1 2 3 4 5 6 7 8 9 spamhaus", false },
		{ "blocked * spamhaus", "blocked 1 2 3 4 blocked 6 7 8 9 10 11 spamhaus", true },
		{ "blocked * spamhaus", "spamhaus blocked", false },
		{ "blocked * blocked", "blocked", false },
		{ "blocked * blocked", "blocked blocked", true },
		{ "user * not * here", "the user joe is not known any more here", true },
		{ "user * not * here", "not here user", false },
		{ "us* * be* found", "user cannot be found", true },
		{ "user * gone fishing", "user has gone fishing", true },
		{ "user * gone fishing", "user has gone", false },
		/* characters that are words */
		{ "宛先不明", "エラー：宛先不明です", true },
		{ "宛先不明", "宛先が不明", false },
		{ "ไม่พบ", "ผู้ใช้ไม่พบครับ", true },
		/* accents and case */
		{ "boîte pleine", "Boite PLEINE", true },
		{ "boite pleine", "bo\xeete pleine", true },
		{ "переполнен*", "\xdf\xf9\xe8\xea \xef\xe5\xf0\xe5\xef\xee\xeb\xed\xe5\xed\xed\xfb\xe9", true },
		{ "переполнен*", "\xf1\xdd\xc9\xcb \xd0\xc5\xd2\xc5\xd0\xcf\xcc\xce\xc5\xce", true },
	};

	for (size_t i = 0; i < SW_LEN(cases); i++)
		assert_row(i, finds(cases[i].pattern, cases[i].text) == cases[i].found);
}

/* A word may be meant by several patterns in several ways at once. */
static void ways_to_mean_a_word_do_not_hide_each_other(void **state SW_UNUSED)
{
	static const char *const patterns[] = { "mail*",  "mailbox*", "mailbox", "mailboxes",
						"mail* full", "mailbox* full", "mailboxes full",
						"1*", "12*", "#", "# full", "12 full" };
	char rules[8192];
	size_t len = (size_t)snprintf(rules, sizeof(rules), "rules:\n");

	for (size_t i = 0; i < SW_LEN(patterns); i++)
		len += (size_t)snprintf(rules + len, sizeof(rules) - len,
					"  - id: r%zu\n    text: [\"%s\"]\n    with: [\"w%zu\"]\n"
					"    category: policy.other\n    yes: [x]\n",
					i, patterns[i], i);
	struct sw_knowledge *k = load_rules(rules);
	static const struct {
		const char *text;
		const char *found; /* a letter for each pattern */
	} cases[] = {
		{ "mailboxes full", "yynyyyynnnnn" }, { "mailbox full", "yyynyynnnnnn" },
		{ "mailing full", "ynnnynnnnnnn" },   { "12 full", "nnnnnnnyyyyy" },
		{ "13 full", "nnnnnnnynyyn" },	      { "12a full", "nnnnnnnyynnn" },
		{ "7 full", "nnnnnnnnnyyn" },
	};

	for (size_t c = 0; c < SW_LEN(cases); c++)
		for (size_t i = 0; i < SW_LEN(patterns); i++) {
			char text[64], id[16];

			snprintf(text, sizeof(text), "%s w%zu", cases[c].text, i);
			snprintf(id, sizeof(id), "r%zu", i);
			assert_row(c * 100 + i,
				   (strcmp(winner(k, text), id) == 0) ==
					   (cases[c].found[i] == 'y'));
		}
	sw_knowledge_free(k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(malformed_patterns_are_told_from_good_ones),
		cmocka_unit_test(replies_and_ranges_are_read),
		cmocka_unit_test(patterns_find_their_words_in_a_row),
		cmocka_unit_test(ways_to_mean_a_word_do_not_hide_each_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
