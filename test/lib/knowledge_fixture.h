/* SPDX-License-Identifier: MIT */
/* Small sets of rules for the tests of the knowledge room, and what was complained of. */
#ifndef SW_KNOWLEDGE_FIXTURE_H
#define SW_KNOWLEDGE_FIXTURE_H

#include "sw_test.h"

#include "knowledge/classify.h"
#include "knowledge/load.h"

#define TEXT_OF(key) #key ": {en: English, ru: По-русски}\n"
/* A category with what the tests vary. */
#define CATEGORY(id, retry, action, more)                                                     \
	"  - id: " id "\n    " TEXT_OF(title) "    " TEXT_OF(meaning)                          \
	"    who: recipient\n    retry: " retry "\n    list_action: " action                   \
	"\n    scope: recipient\n" more

#define BASE_CATEGORIES                                                                        \
	"categories:\n" CATEGORY("unknown", "by-class", "count", "")                           \
	CATEGORY("recipient.unknown", "never", "suppress", "    probe: size\n")                \
	CATEGORY("recipient.full", "long", "suppress", "    count: 5\n    count_days: 14\n")   \
	CATEGORY("recipient.unavailable", "by-class", "count", "")                             \
	CATEGORY("policy.dnsbl", "after-fix", "keep", "    causes: [listed]\n")                \
	CATEGORY("policy.other", "by-class", "keep", "")                                       \
	CATEGORY("system.busy", "normal", "keep", "")                                          \
	CATEGORY("network.connect", "normal", "keep", "")                                      \
	"causes:\n  - id: listed\n    " TEXT_OF(text) "  - id: typing\n    " TEXT_OF(text)     \
	"remedies:\n  - id: delist\n    who: sender-admin\n    " TEXT_OF(text)

#define BASE_VENDORS                                                                           \
	"vendors:\n"                                                                           \
	"  - {id: acme, name: Acme Mail, kind: provider, mx: [acme.example], text: [acmegw]}\n" \
	"  - {id: wall, name: The Wall, kind: filter, banner: [the wall esmtp]}\n"             \
	"  - {id: list, name: A List, kind: blocklist, text: [list example net]}\n"

struct complaints {
	char text[4096];
	size_t len;
	unsigned count;
};

static inline void note_complaint(void *arg, const char *file, unsigned line, const char *text)
{
	struct complaints *c = arg;
	int len = snprintf(c->text + c->len, sizeof(c->text) - c->len, "%s:%u: %s\n", file, line,
			   text);

	c->count++;
	if (len > 0 && (size_t)len < sizeof(c->text) - c->len)
		c->len += (size_t)len;
}

/* One file over another set; complaints are failures unless `c`. */
static inline struct sw_knowledge *load_over(const struct sw_knowledge *under, const char *yaml,
					     struct complaints *c)
{
	struct sw_knowledge_source source = { "rules.yaml", sw_slice_str(yaml) };
	struct complaints own = { .count = 0 };
	struct sw_error err;
	struct sw_knowledge *k =
		sw_knowledge_load(under, &source, 1, note_complaint, c ? c : &own, &err);

	if (!k)
		print_error("# %s\n", err.text);
	assert_non_null(k);
	if (own.count)
		print_error("# %s", own.text);
	assert_int_equal(own.count, 0);
	return k;
}

/* The base and some rules. */
static inline struct sw_knowledge *load_rules(const char *rules)
{
	struct sw_buf yaml = { .max = 1 << 20 };

	assert_ok(sw_buf_add_str(&yaml, BASE_CATEGORIES BASE_VENDORS));
	assert_ok(sw_buf_add_str(&yaml, rules));
	struct sw_knowledge *k = load_over(NULL, sw_buf_str(&yaml), NULL);

	sw_buf_fini(&yaml);
	return k;
}

static inline struct sw_class classify(const struct sw_knowledge *k, const char *text)
{
	struct sw_class c;

	sw_classify(k, sw_slice_str(text), NULL, &c);
	return c;
}

/* The id of the winning rule, "" when none won. */
static inline const char *winner(const struct sw_knowledge *k, const char *text)
{
	struct sw_class c = classify(k, text);

	return c.by == SW_BY_RULE ? sw_rule_at(k, c.rule).id : "";
}

static inline const char *category(const struct sw_knowledge *k, const struct sw_class *c)
{
	return sw_category_at(k, c->category).id;
}

#endif
