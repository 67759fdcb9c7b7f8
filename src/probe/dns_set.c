/* SPDX-License-Identifier: MIT */
#include "probe/dns_set.h"

#include <stdlib.h>

#include "verdict/derive.h"

static int compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Addresses bare, as everywhere in facts; the rest as zone files have it. */
static const char *record_text(const struct sw_dns_record *r, struct sw_arena *arena)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf text = { .max = SW_MAX_REPLY };

	if (sw_dns_record_text(r, &text))
		return NULL;
	char *copy = sw_arena_strdup(arena, sw_buf_str(&text));
	for (char *c = copy; c && *c && r->type != SW_DNS_TXT; c++)
		*c = sw_ascii_lower(*c);
	return copy;
}

const char *sw_dns_set_text(const struct sw_dns_answer *a, struct sw_arena *arena)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = SW_MAX_REPLY };
	const char **texts = sw_arena_alloc(arena, (a->count + 1) * sizeof(*texts));
	size_t count = 0;

	for (size_t i = 0; texts && i < a->count; i++) {
		texts[count] = record_text(&a->records[i], arena);
		count += texts[count] != NULL;
	}
	if (count > 1)
		qsort(texts, count, sizeof(*texts), compare);
	for (size_t i = 0; i < count; i++)
		if (sw_buf_printf(&out, "%s%s", i ? ", " : "", texts[i]))
			break;
	const char *ret = sw_buf_len(&out) ? sw_arena_strdup(arena, sw_buf_str(&out)) : "";
	return ret ? ret : "";
}

static bool next_item(struct sw_slice *rest, struct sw_slice *ret)
{
	size_t end = sw_slice_search(*rest, SW_S(", "));

	if (rest->len == 0)
		return false;
	*ret = sw_slice_head(*rest, end);
	*rest = sw_slice_from(*rest, end + 2);
	return true;
}

static bool contains(const char *set, struct sw_slice wanted)
{
	struct sw_slice rest = sw_slice_str(set), item;

	while (next_item(&rest, &item))
		if (sw_slice_eq(item, wanted))
			return true;
	return false;
}

const char *sw_dns_set_relation(const char *a, const char *b)
{
	struct sw_slice rest = sw_slice_str(a), item;
	bool some = false;

	if (!*a || !*b)
		return "";
	if (strcmp(a, b) == 0)
		return "same";
	while (next_item(&rest, &item))
		some = some || contains(b, item);
	return some ? "part" : "other";
}

const char *sw_dns_set_kind(const char *set)
{
	struct sw_slice rest = sw_slice_str(set), item;
	const char *kind = "";
	int family;

	while (next_item(&rest, &item)) {
		const char *one = sw_address_kind(item, &family);

		if (!one)
			return "";
		if (*kind && strcmp(kind, one) != 0)
			return "mixed";
		kind = one;
	}
	return kind;
}

bool sw_dns_name_is_public(struct sw_slice name)
{
	static const char *const tops[] = { "test",     "example",     "invalid",  "localhost",
					    "local",    "internal",    "onion",    "alt",
					    "lan",      "home",        "corp",     "private",
					    "intranet", "localdomain", "home.arpa" };

	if (name.len > 0 && name.ptr[name.len - 1] == '.')
		name.len--;
	if (sw_slice_find(name, '.') == name.len)
		return false;
	for (size_t i = 0; i < SW_LEN(tops); i++) {
		struct sw_slice top = sw_slice_str(tops[i]);

		if (name.len > top.len && name.ptr[name.len - top.len - 1] == '.' &&
		    sw_slice_eq_nocase(sw_slice_from(name, name.len - top.len), top))
			return false;
	}
	return true;
}
