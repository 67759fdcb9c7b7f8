/* SPDX-License-Identifier: MIT */
#include "identity/tags.h"

static bool is_name(struct sw_slice s)
{
	for (size_t i = 0; i < s.len; i++) {
		char l = sw_ascii_lower(s.ptr[i]);

		if (!sw_ascii_digit(l) && l != '_' && (l < 'a' || l > 'z'))
			return false;
	}
	return s.len > 0;
}

bool sw_tag_next(struct sw_slice *rest, struct sw_tag *ret)
{
	struct sw_slice piece;

	while (sw_slice_split(rest, ';', &piece)) {
		piece = sw_slice_trim(piece);
		if (piece.len == 0)
			continue;
		size_t sign = sw_slice_find(piece, '=');

		ret->name = sw_slice_trim(sw_slice_head(piece, sign));
		ret->value = sw_slice_trim(sw_slice_from(piece, sign + 1));
		ret->well_formed = sign < piece.len && is_name(ret->name);
		return true;
	}
	return false;
}

bool sw_tags_are(struct sw_slice text, struct sw_slice version)
{
	struct sw_tag tag;
	size_t end = sw_slice_find(text, ';');
	struct sw_slice first = sw_slice_head(text, end);

	return sw_tag_next(&first, &tag) && tag.well_formed &&
	       sw_slice_eq_nocase(tag.name, SW_S("v")) && sw_slice_eq(tag.value, version);
}
