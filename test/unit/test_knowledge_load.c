/* SPDX-License-Identifier: MIT */
/* From YAML to an image: what is refused and how it is said, and sets over each other. */
#include "knowledge_fixture.h"

#include "knowledge/image.h"

#define YES "    yes: [x]\n"
#define RULE(id) "  - id: " id "\n    text: [some words]\n    category: policy.other\n" YES

static const struct {
	const char *yaml;
	unsigned line;
	const char *words;
} flaw_rows[] = {
	/* YAML itself. */
	{ "rules: [", 2, "not YAML" },
	{ "rules:\n\t- id: x\n", 2, "not YAML" },
	{ "rules:\n  - id: \xff\n", 1, "not YAML" },
	{ "- id: x\n", 1, "expected a mapping" },
	{ "word\n", 1, "expected a mapping" },
	{ "a: &x [1]\nb: *x\n", 1, "anchor" },
	{ "rules:\n  - id: !t x\n", 2, "a tag" },
	{ "rules: []\n---\nrules: []\n", 2, "a second document" },
	{ "rules: [[[[[[[[[[]]]]]]]]]]\n", 1, "inside each other" },
	{ "rules:\n" RULE("a") "    score: 1\n    score: 2\n", 7, "twice" },
	{ "rules:\n" RULE("a") "rules:\n" RULE("b"), 6, "twice" },
	{ "? [a]\n: b\n", 1, "as the key" },
	/* The schema. */
	{ "rule:\n" RULE("a"), 1, "rule" },
	{ "rules:\n" RULE("a") "    colour: red\n", 6, "colour" },
	{ "rules:\n  - id: a\n    text: [b]\n" YES, 2, "category" },
	{ "rules:\n  - id: a\n    text: [b]\n    category: policy.other\n", 2, "yes" },
	{ "rules:\n" RULE("a") "    score: high\n", 6, "high" },
	{ "rules:\n" RULE("a") "    score: -1\n", 6, "-1" },
	{ "rules:\n" RULE("a") "    with: {a: b}\n", 6, "" },
	{ "rules:\n" RULE("a") "    ref: [a]\n", 6, "" },
	{ "rules: {id: a}\n", 1, "" },
	{ "causes:\n  - id: a\n    text: {en: x}\n", 3, "ru" },
	/* Words and texts. */
	{ "rules:\n" RULE("Not-Lower"), 2, "expected lower case" },
	{ "rules:\n" RULE("a--b"), 2, "expected lower case" },
	{ "rules:\n" RULE("a.b"), 2, "expected lower case" },
	{ "rules:\n" RULE("a") "    who: me\n", 6, "expected one of: sender-admin" },
	{ "rules:\n" RULE("a") "    retry: soon\n", 6, "expected one of: never" },
	{ "rules:\n" RULE("a") "    list_action: drop\n", 6, "expected one of: keep" },
	{ "rules:\n" RULE("a") "    scope: world\n", 6, "expected one of: message" },
	{ "rules:\n" RULE("a") "    stage: [final, rcpt]\n", 6, "expected one of: config" },
	{ "rules:\n" RULE("a") "    score: 101\n", 6, "expected 1 to 100" },
	{ "rules:\n" RULE("a") "    meaning: {en: x, ru: x}\n", 6, "Cyrillic" },
	{ "rules:\n" RULE("a") "    meaning: {en: \"\", ru: ж}\n", 6, "no English" },
	{ "causes:\n  - id: a\n    text:\n      en: x\n      ru: \"\"\n", 3, "no Russian" },
	/* Codes and patterns. */
	{ "rules:\n" RULE("a") "    reply:\n    - \"550\"\n    - 5.5.0\n", 8, "expected \"550\"" },
	{ "rules:\n" RULE("a") "    enhanced: [x.7.1, 5.7]\n", 6, "expected \"x.7.26\"" },
	{ "rules:\n" RULE("a") "    with:\n      - a | b\n      - \"* a\"\n", 8,
	  "without a word before it" },
	{ "rules:\n" RULE("a") "    without: [a | b]\n", 6, "stands in `with` only" },
	{ "rules:\n" RULE("a") "    without: [\"\"]\n", 6, "empty pattern" },
	{ "rules:\n  - {id: a, category: policy.other, yes: [x]}\n", 2,
	  "expected `text`, `reply` or `enhanced`" },
	{ "rules:\n  - {id: a, text: [b c], category: policy.other, yes: []}\n", 2,
	  "no line in `yes`" },
	{ "codes:\n  - {code: \"55\", title: {en: a, ru: б}, meaning: {en: a, ru: б}, category: "
	  "policy.other}\n",
	  2, "expected \"450\"" },
	{ "vendors:\n  - {id: a, name: A, kind: shop, mx: [a.example]}\n", 2,
	  "expected one of: provider" },
	{ "vendors:\n  - {id: a, name: A, kind: filter}\n", 2, "no sign" },
	{ "vendors:\n  - {id: a, name: A, kind: filter, mx: [\"*.a\"]}\n", 2, "suffix" },
	{ "errors:\n  - id: e\n    numbers: [errno]\n    title: {en: a, ru: б}\n    meaning: "
	  "{en: a, ru: б}\n    category: policy.other\n    stage: tcp\n" YES,
	  3, "expected \"kind:1\"" },
	/* Ids. */
	{ "rules:\n" RULE("a") RULE("b") RULE("a"), 10, "stands in rules.yaml already" },
	{ "rules:\n" RULE("a") "    causes: [typing, ghost]\n", 6, "\"ghost\" is not among the causes" },
	{ "rules:\n" RULE("a") "    remedies: [ghost]\n", 6, "not among the remedies" },
	{ "rules:\n" RULE("a") "    vendor: [ghost]\n", 6, "not among the vendors" },
	{ "rules:\n  - id: a\n    text: [b c]\n    category: no.such\n" YES, 4,
	  "not among the categories" },
	{ "causes:\n  - id: typing\n    text: {en: a, ru: б}\n", 2, "is built in" },
};

static void flaws_are_told_with_their_lines(void **state SW_UNUSED)
{
	struct sw_knowledge *base = load_over(NULL, BASE_CATEGORIES, NULL);

	for (size_t i = 0; i < SW_LEN(flaw_rows); i++) {
		struct sw_knowledge_source source = { "rules.yaml", sw_slice_str(flaw_rows[i].yaml) };
		struct complaints c = { .count = 0 };
		struct sw_knowledge *k =
			sw_knowledge_load(base, &source, 1, note_complaint, &c, NULL);
		char place[32];

		snprintf(place, sizeof(place), "rules.yaml:%u: ", flaw_rows[i].line);
		if (!strstr(c.text, place) || !strstr(c.text, flaw_rows[i].words))
			print_error("# row %zu wants %u %s: %s\n", i, flaw_rows[i].line, flaw_rows[i].words,
				    c.text);
		assert_row(i, strstr(c.text, place) != NULL);
		assert_row(i, strstr(c.text, flaw_rows[i].words) != NULL);
		/* What it held does not count, what is below does. */
		assert_non_null(k);
		assert_int_equal(sw_rule_count(k), 0);
		assert_int_equal(sw_category_count(k), sw_category_count(base));
		sw_knowledge_free(k);
		/* And silence is allowed. */
		sw_knowledge_free(sw_knowledge_load(base, &source, 1, NULL, NULL, NULL));
	}
	sw_knowledge_free(base);
}

static void a_broken_file_takes_only_what_needs_it_along(void **state SW_UNUSED)
{
	static const struct sw_knowledge_source sources[] = {
		{ "base", SW_S(BASE_CATEGORIES) },
		{ "bad", SW_S("causes:\n  - {id: odd, text: {en: a, ru: б}}\nrules:\n  - id: x\n") },
		{ "good", SW_S("rules:\n" RULE("good")) },
		{ "needs-bad", SW_S("rules:\n" RULE("lost") "    causes: [odd]\n") },
		{ "needs-that",
		  SW_S("vendors:\n  - {id: v, name: V, kind: filter, mx: [v.example]}\nrules:\n" RULE(
			  "other") "    causes: [odd]\n") },
		{ "needs-v", SW_S("rules:\n" RULE("late") "    vendor: [v]\n") },
		{ "empty", SW_S("") },
		{ "comments", SW_S("# nothing\n\n# here\n") },
		{ "last", SW_S("rules:\n" RULE("last")) },
	};
	struct complaints c = { .count = 0 };
	struct sw_knowledge *k =
		sw_knowledge_load(NULL, sources, SW_LEN(sources), note_complaint, &c, NULL);

	assert_non_null(k);
	assert_int_equal(c.count, 4);
	assert_int_equal(sw_rule_count(k), 2);
	assert_string_equal(sw_rule_at(k, 0).id, "good");
	assert_string_equal(sw_rule_at(k, 1).id, "last");
	assert_int_equal(sw_vendor_count(k), 0);
	sw_knowledge_free(k);
}

static void views_give_back_what_the_files_said(void **state SW_UNUSED)
{
	struct sw_knowledge *k = load_over(NULL,
		BASE_CATEGORIES BASE_VENDORS
		"codes:\n  - code: \"550\"\n    title: {en: T, ru: Т}\n    meaning: {en: M, ru: М}\n"
		"    category: recipient.unknown\n    source: [RFC 5321, seen]\n    dotted: true\n"
		"    note: {en: N, ru: Н}\n    causes: [typing]\n"
		"  - code: x.1.1\n    title: {en: T2, ru: Т}\n    meaning: {en: M, ru: М}\n"
		"    category: recipient.unknown\n    retry: slow\n    replies: [\"550\", \"551\"]\n"
		"rules:\n  - id: r\n    vendor: [wall, acme]\n    text: [some words]\n    category: recipient.full\n"
		"    ref: https://x.example/\n    meaning: {en: MR, ru: МР}\n    causes: [typing]\n" YES,
		NULL);
	struct sw_category_view c = sw_category_at(k, sw_category_find(k, SW_S("policy.dnsbl")));
	struct sw_code_view code = sw_code_at(k, sw_code_find_basic(k, 550));
	struct sw_rule_view r = sw_rule_at(k, 0);
	struct sw_enhanced e = { 5, 1, 1 };

	assert_string_equal(c.title[SW_LANG_EN], "English");
	assert_string_equal(c.meaning[SW_LANG_RU], "По-русски");
	assert_int_equal(c.causes.count, 1);
	assert_string_equal(sw_cause_at(k, c.causes.at[0]).id, "listed");
	assert_int_equal(c.retry, SW_RETRY_AFTER_FIX);
	assert_string_equal(c.sisimai, "");
	assert_int_equal(sw_category_find(k, SW_S("policy")), SW_NONE);
	assert_string_equal(sw_remedy_at(k, 0).applicability, "advice");
	assert_string_equal(code.code, "550");
	assert_string_equal(code.source, "RFC 5321, seen");
	assert_string_equal(code.note[SW_LANG_RU], "Н");
	assert_true(code.dotted);
	assert_int_equal(code.retry, SW_RETRY_NEVER); /* its category's */
	assert_int_equal(sw_code_find_basic(k, 551), SW_NONE);
	code = sw_code_at(k, sw_code_find_enhanced(k, e));
	assert_string_equal(code.title[SW_LANG_EN], "T2");
	assert_string_equal(code.replies, "550, 551");
	assert_string_equal(code.note[SW_LANG_EN], "");
	assert_int_equal(code.retry, SW_RETRY_SLOW);
	e.detail = 9;
	assert_int_equal(sw_code_find_enhanced(k, e), SW_NONE);
	assert_int_equal(sw_code_find_enhanced_near(k, e), SW_NONE);
	assert_string_equal(r.id, "r");
	assert_string_equal(r.ref, "https://x.example/");
	assert_string_equal(r.meaning[SW_LANG_RU], "МР");
	assert_string_equal(sw_vendor_at(k, r.vendor).name, "The Wall");
	assert_string_equal(sw_cause_at(k, r.causes.at[0]).id, "typing");
	assert_string_equal(sw_vendor_at(k, 0).kind, "provider");
	sw_knowledge_free(k);
}

static void near_codes_are_subject_and_class(void **state SW_UNUSED)
{
#define CODE(code) "  - {code: " code ", title: {en: a, ru: б}, meaning: {en: a, ru: б}, category: unknown}\n"
	struct sw_knowledge *k = load_over(
		NULL, BASE_CATEGORIES "codes:\n" CODE("x.1.1") CODE("5.1.1") CODE("x.1.0") CODE("x.0.0"),
		NULL);
	static const struct {
		struct sw_enhanced e;
		const char *want;
	} cases[] = {
		{ { 5, 1, 1 }, "5.1.1" }, { { 4, 1, 1 }, "x.1.1" },   { { 5, 1, 9 }, "x.1.0" },
		{ { 5, 2, 9 }, "x.0.0" }, { { 5, 999, 999 }, "x.0.0" },
	};

	for (size_t i = 0; i < SW_LEN(cases); i++)
		assert_string_equal(sw_code_at(k, sw_code_find_enhanced_near(k, cases[i].e)).code,
				    cases[i].want);
	assert_int_equal(sw_code_find_enhanced_near(k, (struct sw_enhanced){ 0 }), SW_NONE);
	sw_knowledge_free(k);
}

static void a_users_rules_go_over_the_others(void **state SW_UNUSED)
{
	struct sw_knowledge *below = load_rules(
		"rules:\n"
		"  - {id: one, text: [first words], category: policy.other, yes: [x]}\n"
		"  - {id: two, text: [second words], category: policy.other, yes: [x]}\n"
		"  - {id: three, text: [third words of many], category: policy.other, yes: [x]}\n"
		"codes:\n" CODE("\"550\"") CODE("x.1.1"));
	struct sw_knowledge *k = load_over(
		below,
		"rules:\n"
		"  - {id: mine, text: [third words], category: recipient.full, causes: [typing], yes: [x]}\n"
		"  - {id: two, text: [zweite worte], category: system.busy, yes: [x]}\n"
		"  - {id: four, vendor: [acme, mart], text: [at the mart], category: my.own, yes: [x]}\n"
		"codes:\n  - {code: x.1.1, title: {en: Mine, ru: Мой}, meaning: {en: a, ru: б}, category: "
		"recipient.full}\n" CODE("x.2.2")
		"vendors:\n  - {id: mart, name: M, kind: filter, text: [martgw]}\n"
		"categories:\n" CATEGORY("my.own", "never", "keep", ""),
		NULL);
	struct sw_class c;

	assert_string_equal(winner(k, "550 first words"), "one");
	/* Replaced: the old words are dead, the place is the same. */
	assert_string_equal(winner(k, "550 second words"), "");
	assert_string_equal(winner(k, "550 zweite Worte"), "two");
	assert_int_equal(sw_rule_count(k), 5);
	assert_string_equal(sw_rule_at(k, 1).id, "two");
	assert_string_equal(sw_category_at(k, sw_rule_at(k, 1).category).id, "system.busy");
	assert_string_equal(winner(below, "550 second words"), "two");
	/* Between equals the upper one wins, however short. */
	assert_string_equal(winner(k, "550 third words of many"), "mine");
	c = classify(k, "550 third words");
	assert_string_equal(sw_cause_at(k, sw_rule_at(k, c.rule).causes.at[0]).id, "typing");
	/* Vendors of both. */
	assert_string_equal(winner(k, "550 at the mart - acmegw"), "four");
	c = classify(k, "550 at the mart - martgw");
	assert_string_equal(category(k, &c), "my.own");
	assert_string_equal(sw_vendor_at(k, c.vendor).id, "mart");
	assert_int_equal(sw_vendor_count(k), 4);
	/* Codes. */
	assert_int_equal(sw_code_count(k), 3);
	assert_string_equal(
		sw_code_at(k, sw_code_find_enhanced(k, (struct sw_enhanced){ 5, 1, 1 })).title[0], "Mine");
	assert_string_equal(sw_code_at(k, 1).title[0], "Mine");
	assert_string_equal(sw_code_at(k, sw_code_find_basic(k, 550)).title[0], "a");
	/* A third set over both. */
	struct sw_knowledge *top = load_over(
		k, "rules:\n  - {id: two, text: [troisieme], category: my.own, yes: [x]}\n"
		   "  - {id: one, text: [premier], category: my.own, yes: [x]}\n", NULL);

	assert_string_equal(winner(top, "troisième"), "two");
	assert_string_equal(winner(top, "zweite Worte"), "");
	assert_string_equal(winner(top, "first words"), "");
	assert_string_equal(winner(top, "third words"), "mine");
	assert_int_equal(sw_rule_count(top), 5);
	sw_knowledge_free(top);
	sw_knowledge_free(k);
	sw_knowledge_free(below);
}

static void there_is_always_an_unknown(void **state SW_UNUSED)
{
	struct sw_knowledge *k = sw_knowledge_load(NULL, NULL, 0, NULL, NULL, NULL);
	struct sw_class c = classify(k, "550 5.1.1 x");

	assert_string_equal(category(k, &c), "unknown");
	assert_int_equal(c.by, SW_BY_CLASS);
	assert_int_equal(c.retry, SW_RETRY_NEVER);
	assert_int_equal(sw_classify_errors(k, SW_S("x"), NULL, 0), 0);
	/* A set above uses that one. */
	struct sw_knowledge *over = load_over(k, "codes:\n" CODE("\"550\""), NULL);

	assert_int_equal(sw_category_count(over), 1);
	sw_knowledge_free(over);
	sw_knowledge_free(k);
}

static void limits_hold(void **state SW_UNUSED)
{
	struct sw_knowledge *layers[SW_MAX_KNOWLEDGE_LAYERS];
	const struct sw_knowledge *under = NULL;
	struct sw_error err;
	size_t size = SW_MAX_KNOWLEDGE_FILE + 1;
	char *big = malloc(size);
	struct complaints c = { .count = 0 };

	assert_non_null(big);
	for (size_t i = 0; i < SW_LEN(layers); i++) {
		layers[i] = sw_knowledge_load(under, NULL, 0, NULL, NULL, &err);
		assert_non_null(layers[i]);
		under = layers[i];
	}
	assert_null(sw_knowledge_load(under, NULL, 0, NULL, NULL, &err));
	assert_err(err.code, SW_E_LIMIT);
	for (size_t i = SW_LEN(layers); i > 0; i--)
		sw_knowledge_free(layers[i - 1]);
	memset(big, '#', size);
	struct sw_knowledge_source source = { "big", sw_slice(big, size) };
	struct sw_knowledge *k = sw_knowledge_load(NULL, &source, 1, note_complaint, &c, &err);

	assert_non_null(k);
	assert_contains(c.text, "big:0: 4194305 bytes, expected up to 4194304");
	sw_knowledge_free(k);
	assert_null(sw_knowledge_load(NULL, &source, SW_MAX_KNOWLEDGE_FILES + 1, NULL, NULL, &err));
	assert_err(err.code, SW_E_LIMIT);
	free(big);
}

/* A list longer than allowed, a text longer than allowed. */
static void endless_lists_and_texts_are_refused(void **state SW_UNUSED)
{
	struct sw_buf yaml = { .max = 1 << 24 };
	struct complaints c = { .count = 0 };

	assert_ok(sw_buf_add_str(&yaml, "rules:\n" RULE("a") "    no:\n"));
	for (int i = 0; i <= SW_MAX_KNOWLEDGE_LIST; i++)
		assert_ok(sw_buf_add_str(&yaml, "      - y\n"));
	struct sw_knowledge_source source = { "long", sw_buf_slice(&yaml) };

	sw_knowledge_free(sw_knowledge_load(NULL, &source, 1, note_complaint, &c, NULL));
	assert_int_equal(c.count, 1);
	sw_buf_clear(&yaml);
	assert_ok(sw_buf_add_str(&yaml, "causes:\n  - id: a\n    text:\n      ru: ж\n      en: "));
	for (int i = 0; i <= SW_MAX_KNOWLEDGE_TEXT; i++)
		assert_ok(sw_buf_add_char(&yaml, 'x'));
	source.yaml = sw_buf_slice(&yaml);
	sw_knowledge_free(sw_knowledge_load(NULL, &source, 1, note_complaint, &c, NULL));
	assert_int_equal(c.count, 2);
	assert_contains(c.text, "long:5: ");
	sw_buf_fini(&yaml);
}

/* Nothing that counts may be counted too often. */
static void hosts_of_patterns_and_flaws_do_no_harm(void **state SW_UNUSED)
{
	struct sw_buf yaml = { .max = 1 << 24 };
	struct complaints c = { .count = 0 };

	assert_ok(sw_buf_add_str(&yaml, BASE_CATEGORIES "rules:\n"));
	for (int i = 0; i < 70; i++) {
		assert_ok(sw_buf_printf(&yaml, "  - id: r%d\n    category: policy.other\n" YES
					"    text:\n", i));
		for (int t = 0; t < SW_MAX_KNOWLEDGE_LIST; t++)
			assert_ok(sw_buf_add_str(&yaml, "    - same words\n"));
	}
	struct sw_knowledge_source source = { "host", sw_buf_slice(&yaml) };
	struct sw_knowledge *k = sw_knowledge_load(NULL, &source, 1, note_complaint, &c, NULL);

	assert_non_null(k);
	assert_int_equal(c.count, 0);
	assert_string_equal(winner(k, "550 same words"), "r0");
	sw_knowledge_free(k);
	/* Alternatives are counted, not lines. */
	sw_buf_clear(&yaml);
	assert_ok(sw_buf_add_str(&yaml, BASE_CATEGORIES "rules:\n" RULE("a") "    with:\n"));
	for (int i = 0; i < 11; i++) {
		assert_ok(sw_buf_add_str(&yaml, "    - a"));
		for (int t = 1; t < 100; t++)
			assert_ok(sw_buf_add_str(&yaml, " | a"));
		assert_ok(sw_buf_add_str(&yaml, "\n"));
	}
	source.yaml = sw_buf_slice(&yaml);
	sw_knowledge_free(sw_knowledge_load(NULL, &source, 1, note_complaint, &c, NULL));
	assert_contains(c.text, "with: 1100 patterns, expected up to 1000");
	/* A file of nothing but flaws. */
	sw_buf_clear(&yaml);
	assert_ok(sw_buf_add_str(&yaml, "rules:\n" RULE("a") "    without:\n"));
	for (int t = 0; t < 500; t++)
		assert_ok(sw_buf_add_str(&yaml, "    - \"*\"\n"));
	source.yaml = sw_buf_slice(&yaml);
	c = (struct complaints){ .count = 0 };
	sw_knowledge_free(sw_knowledge_load(NULL, &source, 1, note_complaint, &c, NULL));
	assert_int_equal(c.count, SW_MAX_COMPLAINTS + 1);
	sw_buf_fini(&yaml);
}

static enum sw_err load_once(void *arg SW_UNUSED)
{
	static const struct sw_knowledge_source sources[] = {
		{ "a", SW_S(BASE_CATEGORIES BASE_VENDORS) },
		{ "b", SW_S("rules:\n" RULE("a") "    with: [a | b]\n" RULE("b") "codes:\n" CODE("\"550\"")
			    "errors:\n  - {id: e, numbers: [\"x:10061\"], names: [E], title: {en: a, ru: б}, "
			    "meaning: {en: a, ru: б}, category: policy.other, stage: tcp, yes: [x]}\n") },
		{ "c", SW_S("rules: [") },
		{ "d", SW_S("rules:\n" RULE("d") "    causes: [ghost]\n") },
	};
	struct sw_error err = { .code = SW_OK };
	struct sw_knowledge *k =
		sw_knowledge_load(NULL, sources, SW_LEN(sources), NULL, NULL, &err);

	/* Either all of it, or nothing and the reason. */
	assert_true((k != NULL) == (err.code == SW_OK));
	if (k)
		assert_int_equal(sw_rule_count(k), 2);
	sw_knowledge_free(k);
	return err.code;
}

static void no_memory_is_told_and_nothing_leaks(void **state SW_UNUSED)
{
	sw_test_failing_allocations(load_once, NULL);
}

/* Everything in the image can be looked at. */
static void check_texts(const char *const texts[SW_LANG_COUNT])
{
	for (int i = 0; i < SW_LANG_COUNT; i++)
		assert_true(*texts[i]);
}

static void check_ids(struct sw_ids ids, size_t count)
{
	for (size_t i = 0; i < ids.count; i++)
		assert_true(ids.at[i] < count);
}

static void the_built_in_set_is_sound(void **state SW_UNUSED)
{
	const struct sw_knowledge *k = sw_knowledge_builtin();
	size_t causes = k->image->total[KN_CAUSES], remedies = k->image->total[KN_REMEDIES];

	for (size_t i = 0; i < causes; i++)
		check_texts(sw_cause_at(k, i).text);
	for (size_t i = 0; i < remedies; i++)
		check_texts(sw_remedy_at(k, i).text);
	for (size_t i = 0; i < sw_category_count(k); i++) {
		struct sw_category_view c = sw_category_at(k, i);

		check_texts(c.title);
		check_texts(c.meaning);
		check_ids(c.causes, causes);
		check_ids(c.remedies, remedies);
		assert_int_equal(sw_category_find(k, sw_slice_str(c.id)), i);
	}
	for (size_t i = 0; i < sw_code_count(k); i++) {
		struct sw_code_view c = sw_code_at(k, i);

		check_texts(c.title);
		check_ids(c.causes, causes);
		assert_true(c.category < sw_category_count(k));
	}
	for (size_t i = 0; i < sw_rule_count(k); i++) {
		struct sw_rule_view r = sw_rule_at(k, i);

		assert_true(r.category < sw_category_count(k));
		assert_true(r.vendor == SW_NONE || r.vendor < sw_vendor_count(k));
		check_ids(r.causes, causes);
		check_ids(r.remedies, remedies);
	}
	for (size_t i = 0; i < sw_knowledge_error_count(k); i++) {
		struct sw_error_view e = sw_knowledge_error_at(k, i);

		check_texts(e.title);
		assert_true(e.category < sw_category_count(k));
	}
	assert_int_not_equal(sw_category_find(k, SW_S("unknown")), SW_NONE);
}

static void words_of_the_data_have_texts_for_people(void **state SW_UNUSED)
{
	for (int lang = 0; lang < SW_LANG_COUNT; lang++) {
		for (int i = 0; i < SW_WHO_COUNT; i++)
			assert_true(strlen(sw_who_text((enum sw_who)i, (enum sw_lang)lang)) > 3);
		for (int i = 0; i < SW_RETRY_COUNT; i++)
			assert_true(strlen(sw_retry_text((enum sw_retry)i, (enum sw_lang)lang)) > 3);
	}
	assert_string_equal(sw_who_name(SW_WHO_RECEIVING_ADMIN), "receiving-admin");
	assert_string_equal(sw_retry_name(SW_RETRY_NEXT_WINDOW), "next-window");
	assert_string_equal(sw_list_action_name(SW_LIST_UNSUBSCRIBE), "unsubscribe");
	assert_string_equal(sw_scope_name(SW_SCOPE_PROVIDER), "provider");
	assert_string_equal(sw_scope_name(SW_SCOPE_COUNT), "?");
	assert_string_equal(sw_retry_text(SW_RETRY_COUNT, SW_LANG_EN), "?");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(flaws_are_told_with_their_lines),
		cmocka_unit_test(a_broken_file_takes_only_what_needs_it_along),
		cmocka_unit_test(views_give_back_what_the_files_said),
		cmocka_unit_test(near_codes_are_subject_and_class),
		cmocka_unit_test(a_users_rules_go_over_the_others),
		cmocka_unit_test(there_is_always_an_unknown),
		cmocka_unit_test(limits_hold),
		cmocka_unit_test(endless_lists_and_texts_are_refused),
		cmocka_unit_test(hosts_of_patterns_and_flaws_do_no_harm),
		cmocka_unit_test(no_memory_is_told_and_nothing_leaks),
		cmocka_unit_test(the_built_in_set_is_sound),
		cmocka_unit_test(words_of_the_data_have_texts_for_people),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
