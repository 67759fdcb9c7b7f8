/* SPDX-License-Identifier: MIT */
#include "api/json.h"

#include "base/mem.h"
#include "base/text.h"

json_t *sw_json_text(const char *text)
{
	return text && *text ? json_string(text) : json_null();
}

json_t *sw_json_printable(struct sw_slice raw)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf out;

	sw_buf_init(&out, raw.len * 4 + 1);
	if (sw_text_escape(&out, raw, SW_TEXT_KEEP_LF | SW_TEXT_KEEP_TAB))
		return NULL;
	return json_string(sw_buf_str(&out));
}

/* ---- writing.  Compact, as json_dumps does, in a fifth of its time: a report of many bounces
 * spends most of its time here otherwise. */

static enum sw_err write_value(struct sw_buf *out, json_t *value);

static enum sw_err write_escape(struct sw_buf *out, unsigned char c)
{
	static const char letters[32] = {
		['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r'
	};

	if (c >= sizeof(letters) || letters[c])
		return sw_buf_printf(out, "\\%c", c < sizeof(letters) ? letters[c] : c);
	return sw_buf_printf(out, "\\u%04X", c);
}

/* Jansson holds nothing but UTF-8: only control bytes, '"' and '\' are special. */
static enum sw_err write_string(struct sw_buf *out, struct sw_slice s)
{
	enum sw_err code = sw_buf_add_char(out, '"');

	while (s.len > 0 && !code) {
		size_t plain = 0;

		while (plain < s.len && (unsigned char)s.ptr[plain] >= ' ' &&
		       s.ptr[plain] != '"' && s.ptr[plain] != '\\')
			plain++;
		code = sw_buf_add(out, sw_slice_head(s, plain));
		if (!code && plain < s.len)
			code = write_escape(out, (unsigned char)s.ptr[plain]);
		s = sw_slice_from(s, plain + 1);
	}
	return code ? code : sw_buf_add_char(out, '"');
}

static enum sw_err write_object(struct sw_buf *out, json_t *object)
{
	enum sw_err code = sw_buf_add_char(out, '{');
	bool first = true;

	for (void *i = json_object_iter(object); i && !code;
	     i = json_object_iter_next(object, i), first = false) {
		if (!first)
			code = sw_buf_add_char(out, ',');
		if (!code)
			code = write_string(out, sw_slice_str(json_object_iter_key(i)));
		if (!code)
			code = sw_buf_add_char(out, ':');
		if (!code)
			code = write_value(out, json_object_iter_value(i));
	}
	return code ? code : sw_buf_add_char(out, '}');
}

static enum sw_err write_array(struct sw_buf *out, const json_t *array)
{
	enum sw_err code = sw_buf_add_char(out, '[');

	for (size_t i = 0; i < json_array_size(array) && !code; i++) {
		if (i > 0)
			code = sw_buf_add_char(out, ',');
		if (!code)
			code = write_value(out, json_array_get(array, i));
	}
	return code ? code : sw_buf_add_char(out, ']');
}

/* Jansson knows how a number is cut so that it is one when it is read again. */
static enum sw_err write_real(struct sw_buf *out, const json_t *value)
{
	char text[64];
	size_t len = json_dumpb(value, text, sizeof(text),
				JSON_ENCODE_ANY | JSON_REAL_PRECISION(9));

	return len > 0 && len <= sizeof(text) ? sw_buf_add(out, sw_slice(text, len))
					      : SW_E_NOMEM;
}

static enum sw_err write_value(struct sw_buf *out, json_t *value)
{
	switch (json_typeof(value)) {
	case JSON_OBJECT:
		return write_object(out, value);
	case JSON_ARRAY:
		return write_array(out, value);
	case JSON_STRING:
		return write_string(
			out, sw_slice(json_string_value(value), json_string_length(value)));
	case JSON_INTEGER:
		return sw_buf_printf(out, "%lld", (long long)json_integer_value(value));
	case JSON_REAL:
		return write_real(out, value);
	case JSON_TRUE:
		return sw_buf_add_str(out, "true");
	case JSON_FALSE:
		return sw_buf_add_str(out, "false");
	case JSON_NULL:
		break;
	}
	return sw_buf_add_str(out, "null");
}

char *sw_json_dump(json_t *object)
{
	struct sw_buf out;
	char *text = NULL;

	sw_buf_init(&out, SIZE_MAX / 4);
	if (object && !write_value(&out, object))
		text = sw_buf_take(&out);
	sw_buf_fini(&out);
	json_decref(object);
	return text;
}
