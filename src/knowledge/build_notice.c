/* SPDX-License-Identifier: MIT */
/* The records of layouts and phrases, and views of them. */
#include "knowledge/build.h"
#include "knowledge/names.h"
#include "knowledge/phrase.h"

static enum sw_err add_patterns(struct kn_builder *b, char **texts, unsigned count,
				enum kn_use use, size_t user)
{
	enum sw_err code = SW_OK;
	uint16_t number;

	for (unsigned i = 0; i < count && !code; i++)
		code = sw_kn_pattern_add(b, sw_slice_str(texts[i]), use, user, &number);
	return code;
}

static enum sw_err add_layout(struct kn_builder *b, const struct doc_layout *l)
{
	size_t global = b->image.base[KN_LAYOUTS] +
			kn_part_count(b, KN_LAYOUTS, sizeof(struct kn_layout));
	struct kn_layout k;
	enum sw_err code = sw_kn_string_add(b, l->id, &k.id);

	if (!code)
		code = sw_kn_string_add(b, l->name, &k.name);
	if (!code)
		code = add_patterns(b, l->signs, l->signs_count, KN_USE_SIGN, global);
	if (!code)
		code = add_patterns(b, l->hints, l->hints_count, KN_USE_HINT, global);
	return code ? code : sw_kn_part_add(b, KN_LAYOUTS, &k, sizeof(k));
}

static enum sw_err add_phrase(struct kn_builder *b, const struct doc_phrase *p)
{
	size_t own = kn_part_count(b, KN_PHRASES, sizeof(struct kn_phrase));
	uint32_t layout = SW_NONE;
	struct kn_phrase k = { .role = (uint8_t)sw_kn_name_find(&sw_kn_phrase_roles,
								p->role) };
	enum sw_err code = sw_kn_string_add(b, p->id, &k.id);

	if (p->layout)
		sw_kn_map_get(&b->loading->ids, sw_kn_id_key(KN_LAYOUTS, p->layout), &layout);
	if (p->stage)
		k.stage = (uint8_t)sw_kn_name_find(&sw_kn_stage_names, p->stage);
	k.layout = (uint16_t)layout;
	if (!code)
		code = add_patterns(b, p->text, p->text_count, KN_USE_PHRASE, own);
	return code ? code : sw_kn_part_add(b, KN_PHRASES, &k, sizeof(k));
}

enum sw_err sw_kn_build_notices(struct kn_builder *b)
{
	uint32_t ignored;
	enum sw_err code = sw_kn_string_add(b, "", &ignored);

	for (size_t f = 0; f < b->loading->count && !code; f++) {
		const struct doc *d = b->loading->files[f].doc;

		for (size_t i = 0; d && i < d->layouts_count && !code; i++)
			code = add_layout(b, &d->layouts[i]);
		for (size_t i = 0; d && i < d->phrases_count && !code; i++)
			code = add_phrase(b, &d->phrases[i]);
	}
	return code ? code : sw_kn_build_words(b);
}

const struct kn_image *sw_kn_notices(const struct kn_image *image)
{
	return kn_part(image, KN_NOTICES);
}

size_t sw_layout_count(const struct sw_knowledge *k)
{
	return k->image->total[KN_LAYOUTS];
}

struct sw_layout_view sw_layout_at(const struct sw_knowledge *k, size_t i)
{
	size_t own;
	const struct kn_image *image = sw_kn_notices(sw_kn_layer(k, KN_LAYOUTS, i, &own));
	const struct kn_layout *l = (const struct kn_layout *)kn_part(image, KN_LAYOUTS) + own;

	return (struct sw_layout_view){
		.id = kn_string(image, l->id),
		.name = kn_string(image, l->name),
	};
}

const char *sw_kn_phrase_id(const struct sw_knowledge *k, size_t i)
{
	size_t own;
	const struct kn_image *image = sw_kn_notices(sw_kn_layer(k, KN_PHRASES, i, &own));

	return kn_string(image,
			 ((const struct kn_phrase *)kn_part(image, KN_PHRASES))[own].id);
}
