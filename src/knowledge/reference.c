/* SPDX-License-Identifier: MIT */
/* What only a list of everything needs. */
#include "knowledge/image.h"

size_t sw_cause_count(const struct sw_knowledge *k)
{
	return k->image->total[KN_CAUSES];
}

size_t sw_remedy_count(const struct sw_knowledge *k)
{
	return k->image->total[KN_REMEDIES];
}

bool sw_knowledge_error_number(const struct sw_knowledge *k, size_t error, size_t n,
			       const char **ret_kind, unsigned long *ret_number)
{
	size_t own, seen = 0;
	const struct kn_image *image = sw_kn_layer(k, KN_ERRORS, error, &own);
	const struct kn_error_number *numbers = kn_part(image, KN_ERROR_NUMBERS);

	for (size_t i = 0; i < image->part[KN_ERROR_NUMBERS].count; i++)
		if (numbers[i].index == own && seen++ == n) {
			*ret_kind = kn_string(image, numbers[i].kind);
			*ret_number = numbers[i].number;
			return true;
		}
	return false;
}

const char *sw_knowledge_error_name(const struct sw_knowledge *k, size_t error, size_t n)
{
	size_t own, seen = 0;
	const struct kn_image *image = sw_kn_layer(k, KN_ERRORS, error, &own);
	const struct kn_error_name *names = kn_part(image, KN_ERROR_NAMES);

	for (size_t i = 0; i < image->part[KN_ERROR_NAMES].count; i++)
		if (names[i].index == own && seen++ == n)
			return kn_string(image, names[i].name);
	return NULL;
}

const char *sw_knowledge_any_error_name(const struct sw_knowledge *k, size_t n)
{
	const struct kn_error_name *names = kn_part(k->image, KN_ERROR_NAMES);

	return n < k->image->part[KN_ERROR_NAMES].count ? kn_string(k->image, names[n].name)
							: NULL;
}
