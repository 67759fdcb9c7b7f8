/* SPDX-License-Identifier: MIT */
/* What is legal and yet suspicious: patterns that catch too much, patterns twice, things that
 * nothing refers to. */
#include <stdlib.h>

#include "base/mem.h"
#include "rules.h"

/* A pattern below this many letters says too little by itself. */
enum { BROAD = 6 };

static void check_broad(struct rule_set *s, const struct kn_file *file, size_t item)
{
	const struct doc_rule *r = &file->doc->rules[item];
	struct kn_pattern_text parsed;

	if (r->vendor_count + r->reply_count + r->enhanced_count + r->with_count > 0)
		return;
	for (unsigned i = 0; i < r->text_count; i++) {
		sw_kn_pattern_parse(sw_slice_str(r->text[i]), &parsed);
		if (parsed.letters < BROAD)
			rules_say(s, true, file, KN_RULES, item, "text", i,
				  "%s: \"%s\" is short, and the rule asks for nothing else",
				  r->id, r->text[i]);
	}
}

/* One pattern of a rule, with all else that the rule asks for. */
struct condition {
	char *key;
	const struct kn_file *file;
	size_t item, entry;
};

static void add_list(struct sw_buf *b, char **list, unsigned count, char mark, bool *ok)
{
	for (unsigned i = 0; i < count; i++)
		*ok = *ok && !sw_buf_printf(b, "%c%s", mark, list[i]);
}

static char *condition_key(const struct doc_rule *r, const char *text)
{
	struct sw_buf b = { .max = SW_MAX_KNOWLEDGE_FILE };
	bool ok = !sw_buf_add_str(&b, text);

	add_list(&b, r->vendor, r->vendor_count, '\1', &ok);
	add_list(&b, r->reply, r->reply_count, '\2', &ok);
	add_list(&b, r->enhanced, r->enhanced_count, '\3', &ok);
	add_list(&b, r->stage, r->stage_count, '\4', &ok);
	add_list(&b, r->with, r->with_count, '\5', &ok);
	add_list(&b, r->without, r->without_count, '\6', &ok);
	return sw_buf_take(&b);
}

static int by_key(const void *a, const void *b)
{
	const struct condition *x = a, *y = b;
	int order = strcmp(x->key, y->key);

	if (order)
		return order;
	if (x->file != y->file)
		return x->file < y->file ? -1 : 1;
	return (x->item > y->item) - (x->item < y->item);
}

static size_t count_conditions(const struct rule_set *s)
{
	size_t count = 0;

	for (size_t f = 0; f < s->loading.count; f++)
		for (size_t i = 0; s->loading.files[f].doc &&
				   i < s->loading.files[f].doc->rules_count;
		     i++)
			count += s->loading.files[f].doc->rules[i].text_count;
	return count;
}

static size_t collect_conditions(const struct rule_set *s, struct condition *all)
{
	size_t count = 0;

	for (size_t f = 0; f < s->loading.count; f++) {
		const struct kn_file *file = &s->loading.files[f];

		for (size_t i = 0; file->doc && i < file->doc->rules_count; i++) {
			const struct doc_rule *r = &file->doc->rules[i];

			for (unsigned t = 0; t < r->text_count; t++)
				all[count++] = (struct condition){
					condition_key(r, r->text[t]), file, i, t
				};
		}
	}
	return count;
}

static void check_twice(struct rule_set *s)
{
	size_t count = count_conditions(s);
	struct condition *all = sw_calloc(count + 1, sizeof(*all));

	if (!all)
		return;
	collect_conditions(s, all);
	qsort(all, count, sizeof(*all), by_key);
	for (size_t i = 1; i < count; i++) {
		const struct condition *a = &all[i - 1], *b = &all[i];
		const struct doc_rule *x = &a->file->doc->rules[a->item],
				      *y = &b->file->doc->rules[b->item];

		if (strcmp(a->key, b->key) == 0 && x->score == y->score)
			rules_say(s, true, b->file, KN_RULES, b->item, "text", b->entry,
				  "%s: \"%s\" stands in %s%s already", y->id,
				  y->text[b->entry], x->id,
				  strcmp(x->category, y->category) == 0 ?
					  "" :
					  " (another category)");
	}
	for (size_t i = 0; i < count; i++)
		sw_free(all[i].key);
	sw_free(all);
}

/* Which of a section's things something refers to. */
static void use(const struct rule_set *s, enum kn_part section, char **ids, unsigned count,
		bool *used)
{
	for (unsigned i = 0; i < count; i++) {
		uint32_t index;

		if (sw_kn_map_get(&s->loading.ids, sw_kn_id_key(section, ids[i]), &index))
			used[index] = true;
	}
}

#define USE(thing)                                                                            \
	do {                                                                                  \
		use(s, KN_CAUSES, (thing)->causes, (thing)->causes_count, causes);            \
		use(s, KN_REMEDIES, (thing)->remedies, (thing)->remedies_count, remedies);    \
	} while (0)

static void use_all(const struct rule_set *s, const struct doc *d, bool *categories,
		    bool *causes, bool *remedies)
{
	for (unsigned i = 0; i < d->categories_count; i++)
		USE(&d->categories[i]);
	for (unsigned i = 0; i < d->codes_count; i++) {
		USE(&d->codes[i]);
		use(s, KN_CATEGORIES, &d->codes[i].category, 1, categories);
	}
	for (unsigned i = 0; i < d->rules_count; i++) {
		USE(&d->rules[i]);
		use(s, KN_CATEGORIES, &d->rules[i].category, 1, categories);
	}
	for (unsigned i = 0; i < d->errors_count; i++) {
		USE(&d->errors[i]);
		use(s, KN_CATEGORIES, &d->errors[i].category, 1, categories);
	}
}

static void report_unused(struct rule_set *s, enum kn_part section, const char *const *ids,
			  const bool *used, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!used[i] && strcmp(ids[i], "unknown") != 0)
			rules_say(s, true, NULL, section, 0, NULL, DOC_WHOLE,
				  "%s: nothing refers to %s", sw_kn_section_names[section],
				  ids[i]);
}

enum { MOST = SW_MAX_KNOWLEDGE_ITEMS };

static void check_unused(struct rule_set *s)
{
	bool *used = sw_calloc(3 * MOST, sizeof(*used));
	const char **ids = sw_calloc(MOST, sizeof(*ids));

	if (!used || !ids)
		abort();
	for (size_t f = 0; f < s->loading.count; f++)
		if (s->loading.files[f].doc)
			use_all(s, s->loading.files[f].doc, used, used + MOST, used + 2 * MOST);
	for (size_t i = 0; i < s->image->total[KN_CATEGORIES]; i++)
		ids[i] = sw_category_at(&s->k, i).id;
	report_unused(s, KN_CATEGORIES, ids, used, s->image->total[KN_CATEGORIES]);
	for (size_t i = 0; i < s->image->total[KN_CAUSES]; i++)
		ids[i] = sw_cause_at(&s->k, i).id;
	report_unused(s, KN_CAUSES, ids, used + MOST, s->image->total[KN_CAUSES]);
	for (size_t i = 0; i < s->image->total[KN_REMEDIES]; i++)
		ids[i] = sw_remedy_at(&s->k, i).id;
	report_unused(s, KN_REMEDIES, ids, used + 2 * MOST, s->image->total[KN_REMEDIES]);
	sw_free(used);
	sw_free(ids);
}

void rules_check_style(struct rule_set *s)
{
	for (size_t f = 0; f < s->loading.count; f++)
		for (size_t i = 0; s->loading.files[f].doc &&
				   i < s->loading.files[f].doc->rules_count;
		     i++)
			check_broad(s, &s->loading.files[f], i);
	check_twice(s);
	check_unused(s);
}
