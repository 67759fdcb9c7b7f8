/* SPDX-License-Identifier: MIT */
#include "zone.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/text.h"

enum { NAME = 1100, STRING = 255 };

static void die(const char *what)
{
	fprintf(stderr, "zone: %s\n", what);
	exit(2);
}

char *zone_bytes(const json_t *text, size_t *ret_len)
{
	struct sw_slice in = sw_slice(json_string_value(text), json_string_length(text));
	char *out = sw_malloc(in.len + 1);
	size_t used = 0;

	if (!out || !json_is_string(text))
		die("no string");
	for (size_t pos = 0; pos < in.len;) {
		int32_t c = sw_utf8_next(in, &pos);
		if (c < 0 || c > 255)
			die("a code point above 255");
		out[used++] = (char)c;
	}
	out[used] = '\0';
	*ret_len = used;
	return out;
}

static void add_txt(struct sw_dns_answer *a, const json_t *data)
{
	size_t len;
	char *bytes = zone_bytes(data, &len);
	uint8_t *wire = sw_malloc(len + len / STRING + 1);
	size_t used = 0;

	if (!wire)
		die("no memory");
	for (size_t at = 0; at < len || used == 0;) {
		size_t piece = len - at < STRING ? len - at : STRING;

		wire[used++] = (uint8_t)piece;
		memcpy(wire + used, bytes + at, piece);
		used += piece;
		at += piece;
	}
	if (sw_dns_answer_add_wire(a, SW_DNS_TXT, 60, wire, used))
		die("a text record that does not fit");
	sw_free(wire);
	sw_free(bytes);
}

static const json_t *lookup(const json_t *zone, const char *name)
{
	char low[NAME];
	size_t i = 0;

	for (; name[i] && i < NAME - 1; i++)
		low[i] = sw_ascii_lower(name[i]);
	if (i > 0 && low[i - 1] == '.')
		i--;
	low[i] = '\0';
	return json_object_get(zone, low);
}

static void set_status(struct sw_dns_answer *a, const char *word)
{
	for (int i = 0; i < SW_DNS_STATUS_COUNT; i++)
		if (strcmp(sw_dns_status_name((enum sw_dns_status)i), word) == 0) {
			a->status = (enum sw_dns_status)i;
			return;
		}
	die(word);
}

static void add_records(struct sw_dns_answer *a, const json_t *list)
{
	const json_t *data;
	size_t i;

	json_array_foreach(list, i, data)
	{
		if (a->type == SW_DNS_TXT)
			add_txt(a, data);
		else if (sw_dns_answer_add_text(a, a->type, 60,
						sw_slice_str(json_string_value(data)), NULL))
			die(json_string_value(data));
	}
}

static void fill(struct sw_dns_answer *a, const json_t *zone, const char *name)
{
	for (int links = 0; links < 10; links++) {
		const json_t *node = lookup(zone, name);
		const json_t *found = json_object_get(node, sw_dns_type_name(a->type));
		const json_t *alias = json_array_get(json_object_get(node, "CNAME"), 0);

		a->secure = json_is_true(json_object_get(node, "secure"));
		if (!found)
			found = json_object_get(node, "*");
		if (json_is_string(found))
			set_status(a, json_string_value(found));
		else if (json_array_size(found) > 0)
			add_records(a, found);
		else if (!alias)
			a->status = node ? SW_DNS_NODATA : SW_DNS_NXDOMAIN;
		if (found || !alias)
			return;
		name = json_string_value(alias);
		a->canonical = sw_dns_answer_keep(a, name);
	}
	a->status = SW_DNS_SERVFAIL;
}

struct sw_dns_answer *zone_answer(const json_t *zone, const struct sw_dns_question *q)
{
	struct sw_dns_answer *a = sw_dns_answer_new(q->name, q->type);

	if (!a)
		die("no memory");
	fill(a, zone, q->name);
	return a;
}
