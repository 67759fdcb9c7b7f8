/* SPDX-License-Identifier: MIT */
/* Ids: each once in its section, and every one that is named is there. */
#include "knowledge/build.h"
#include "knowledge/phrase.h"

uint64_t sw_kn_id_key(enum kn_part section, const char *id)
{
	uint64_t hash = kn_hash(KN_HASH_SEED, (unsigned char)section);

	for (; *id; id++)
		hash = kn_hash(hash, (unsigned char)*id);
	return hash;
}

/* The id of thing i of a section in a file; NULL when there is none. */
static const char *id_in(const struct doc *d, enum kn_part section, size_t i)
{
	switch ((int)section) {
	case KN_CATEGORIES:
		return i < d->categories_count ? d->categories[i].id : NULL;
	case KN_CAUSES:
		return i < d->causes_count ? d->causes[i].id : NULL;
	case KN_REMEDIES:
		return i < d->remedies_count ? d->remedies[i].id : NULL;
	case KN_CODES:
		return i < d->codes_count ? d->codes[i].code : NULL;
	case KN_VENDORS:
		return i < d->vendors_count ? d->vendors[i].id : NULL;
	case KN_RULES:
		return i < d->rules_count ? d->rules[i].id : NULL;
	case KN_ERRORS:
		return i < d->errors_count ? d->errors[i].id : NULL;
	case KN_LAYOUTS:
		return i < d->layouts_count ? d->layouts[i].id : NULL;
	case KN_PHRASES:
		return i < d->phrases_count ? d->phrases[i].id : NULL;
	}
	return NULL;
}

static const char *id_below(const struct sw_knowledge *k, enum kn_part section, size_t i)
{
	switch ((int)section) {
	case KN_CATEGORIES:
		return sw_category_at(k, i).id;
	case KN_CAUSES:
		return sw_cause_at(k, i).id;
	case KN_REMEDIES:
		return sw_remedy_at(k, i).id;
	case KN_CODES:
		return sw_code_at(k, i).code;
	case KN_VENDORS:
		return sw_vendor_at(k, i).id;
	case KN_RULES:
		return sw_rule_at(k, i).id;
	case KN_ERRORS:
		return sw_knowledge_error_at(k, i).id;
	case KN_LAYOUTS:
		return sw_layout_at(k, i).id;
	case KN_PHRASES:
		return sw_kn_phrase_id(k, i);
	}
	return "";
}

static bool may_replace(enum kn_part section)
{
	return section == KN_CODES || section == KN_RULES;
}

/* First the ids of the image below, then those of the files. */
static enum sw_err add_below(struct kn_loading *l, enum kn_part section)
{
	for (size_t i = 0; i < l->base[section]; i++)
		if (sw_kn_map_put(&l->ids,
				  sw_kn_id_key(section, id_below(l->under, section, i)),
				  (uint32_t)i))
			return SW_E_NOMEM;
	return SW_OK;
}

static enum sw_err add_id(const struct kn_place *p, const char *id, struct kn_map *seen)
{
	struct kn_loading *l = p->loading;
	uint64_t key = sw_kn_id_key(p->section, id);
	const char *name = p->section == KN_CODES ? "code" : "id";
	uint32_t index, other;
	bool known = sw_kn_map_get(&l->ids, key, &index);

	if (sw_kn_map_get(seen, key, &other)) {
		sw_kn_complain(p, name, DOC_WHOLE,
			       "%s \"%s\" stands in %s already, expected it "
			       "once",
			       name, id, l->files[other].name);
		return SW_OK;
	}
	if (known && !may_replace(p->section)) {
		sw_kn_complain(p, name, DOC_WHOLE,
			       "%s \"%s\" is built in; only rules and codes "
			       "may be replaced",
			       name, id);
		return SW_OK;
	}
	enum sw_err code = sw_kn_map_put(seen, key, (uint32_t)(p->file - l->files));

	if (!code && !known) {
		code = sw_kn_map_put(&l->ids, key, l->total[p->section]);
		l->total[p->section]++;
	}
	return code;
}

static enum sw_err add_ids(struct kn_loading *l, enum kn_part section)
{
	struct kn_map seen = { 0 };
	enum sw_err code = add_below(l, section);

	for (size_t f = 0; f < l->count && !code; f++) {
		struct kn_place p = { l, &l->files[f], section, 0 };
		const char *id;

		if (!p.file->doc || p.file->broken)
			continue;
		while (!code && (id = id_in(p.file->doc, section, p.item))) {
			code = add_id(&p, id, &seen);
			p.item++;
		}
	}
	sw_kn_map_fini(&seen);
	return code;
}

static void want(const struct kn_place *p, const char *key, size_t entry, enum kn_part section,
		 const char *id)
{
	uint32_t index;

	if (id && !sw_kn_map_get(&p->loading->ids, sw_kn_id_key(section, id), &index))
		sw_kn_complain(p, key, entry, "%s \"%s\" is not among the %s", key, id,
			       sw_kn_section_names[section]);
}

static void want_all(const struct kn_place *p, const char *key, enum kn_part section,
		     char **ids, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		want(p, key, i, section, ids[i]);
}

#define WANT_ADVICE(p, thing)                                                                 \
	do {                                                                                  \
		want_all(p, "causes", KN_CAUSES, (thing)->causes, (thing)->causes_count);     \
		want_all(p, "remedies", KN_REMEDIES, (thing)->remedies,                       \
			 (thing)->remedies_count);                                            \
	} while (0)

/* A category of another image is taken at its word. */
static bool is_a_reason_of(const struct kn_loading *l, const char *category,
			   const char *reason)
{
	for (size_t i = 0; i < l->count; i++) {
		const struct doc *d = l->files[i].doc;

		for (unsigned c = 0; d && c < d->categories_count; c++) {
			const struct doc_category *k = &d->categories[c];

			if (strcmp(k->id, category) != 0)
				continue;
			for (unsigned s = 0; s < k->sisimai_count; s++)
				if (strcmp(k->sisimai[s], reason) == 0)
					return true;
			return false;
		}
	}
	return true;
}

static void check_references(struct kn_loading *l, struct kn_file *f)
{
	struct kn_place p = { .loading = l, .file = f };
	const struct doc *d = f->doc;

	p.section = KN_CATEGORIES;
	for (p.item = 0; p.item < d->categories_count; p.item++)
		WANT_ADVICE(&p, &d->categories[p.item]);
	p.section = KN_CODES;
	for (p.item = 0; p.item < d->codes_count; p.item++) {
		want(&p, "category", DOC_WHOLE, KN_CATEGORIES, d->codes[p.item].category);
		WANT_ADVICE(&p, &d->codes[p.item]);
	}
	p.section = KN_RULES;
	for (p.item = 0; p.item < d->rules_count; p.item++) {
		const struct doc_rule *r = &d->rules[p.item];

		want(&p, "category", DOC_WHOLE, KN_CATEGORIES, r->category);
		want_all(&p, "vendor", KN_VENDORS, r->vendor, r->vendor_count);
		if (r->sisimai && !is_a_reason_of(l, r->category, r->sisimai))
			sw_kn_complain(&p, "sisimai", DOC_WHOLE,
				       "sisimai: \"%s\", expected one that %s has", r->sisimai,
				       r->category);
		WANT_ADVICE(&p, r);
	}
	p.section = KN_PHRASES;
	for (p.item = 0; p.item < d->phrases_count; p.item++)
		want(&p, "layout", DOC_WHOLE, KN_LAYOUTS, d->phrases[p.item].layout);
	p.section = KN_ERRORS;
	for (p.item = 0; p.item < d->errors_count; p.item++) {
		want(&p, "category", DOC_WHOLE, KN_CATEGORIES, d->errors[p.item].category);
		WANT_ADVICE(&p, &d->errors[p.item]);
	}
}

/* There is always an "unknown": the image makes one when no file has it. */
static enum sw_err add_unknown(struct kn_loading *l)
{
	uint64_t key = sw_kn_id_key(KN_CATEGORIES, "unknown");
	uint32_t index;

	if (sw_kn_map_get(&l->ids, key, &index))
		return SW_OK;
	return sw_kn_map_put(&l->ids, key, l->total[KN_CATEGORIES]++);
}

static size_t broken_files(const struct kn_loading *l)
{
	size_t count = 0;

	for (size_t i = 0; i < l->count; i++)
		count += l->files[i].broken;
	return count;
}

enum sw_err sw_kn_resolve(struct kn_loading *l, bool *ret_again)
{
	size_t broken = broken_files(l);

	sw_kn_map_fini(&l->ids);
	memcpy(l->total, l->base, sizeof(l->total));
	for (int section = 0; section < KN_SECTIONS; section++) {
		enum sw_err code = add_ids(l, (enum kn_part)section);

		if (code)
			return code;
	}
	enum sw_err code = add_unknown(l);

	for (size_t i = 0; i < l->count && !code; i++)
		if (l->files[i].doc && !l->files[i].broken)
			check_references(l, &l->files[i]);
	*ret_again = broken_files(l) > broken;
	return code;
}
