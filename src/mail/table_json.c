/* SPDX-License-Identifier: MIT */
#include <jansson.h>

#include "codec/json.h"
#include "mail/table.h"

/* A value as it is put into a text; NULL without memory. */
static const char *text_of(struct sw_table *t, const json_t *value)
{
	char number[32];
	switch (json_typeof(value)) {
	case JSON_STRING:
		return sw_arena_strdup(&t->arena, json_string_value(value));
	case JSON_INTEGER:
		snprintf(number, sizeof(number), "%lld", (long long)json_integer_value(value));
		return sw_arena_strdup(&t->arena, number);
	case JSON_REAL:
		snprintf(number, sizeof(number), "%.15g", json_real_value(value));
		return sw_arena_strdup(&t->arena, number);
	case JSON_TRUE:
		return "true";
	case JSON_FALSE:
		return "false";
	case JSON_NULL:
	case JSON_OBJECT:
	case JSON_ARRAY:
		break;
	}
	return "";
}

static enum sw_err take_members(struct sw_table *t, json_t *object, struct sw_error *err)
{
	const char *name;
	json_t *value;
	size_t most = json_object_size(object);
	if (most > SW_MAX_MERGE_COLUMNS)
		return sw_fail(err, SW_E_LIMIT, "more than %d fields",
			       (int)SW_MAX_MERGE_COLUMNS);
	t->row_names = sw_arena_alloc(&t->arena, (most + 1) * sizeof(*t->row_names));
	t->values = sw_arena_alloc(&t->arena, (most + 1) * sizeof(*t->values));
	if (!t->row_names || !t->values)
		return sw_fail_nomem(err);
	json_object_foreach(object, name, value)
	{
		if (json_is_object(value) || json_is_array(value))
			return sw_fail(err, SW_E_DATA,
				       "field '%s' is no text, number, true, false or null",
				       name);
		const char *copy = sw_arena_strdup(&t->arena, name);
		const char *text = text_of(t, value);
		if (!copy || !text)
			return sw_fail_nomem(err);
		t->row_names[t->count] = copy;
		t->values[t->count++] = text;
	}
	return SW_OK;
}

enum sw_err sw_table_json(struct sw_table *t, struct sw_slice line, struct sw_error *err)
{
	struct sw_error why;
	json_t *object;
	enum sw_err e = sw_json_read(line, &object, &why);
	if (e == SW_E_NOMEM)
		return sw_fail_nomem(err);
	if (e)
		return sw_fail(err, e, "no JSON object in one line: %s", why.text);
	e = json_is_object(object) ? take_members(t, object, err)
				   : sw_fail(err, SW_E_DATA, "JSON that is no object");
	json_decref(object);
	if (e)
		t->count = 0;
	return e;
}
