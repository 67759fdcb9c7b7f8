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

/* Jansson does not stop at every failure of its callback, and says nothing in the end. */
struct sink {
	struct sw_buf out;
	bool failed;
};

static int add_text(const char *text, size_t len, void *arg)
{
	struct sink *sink = arg;

	sink->failed |= sw_buf_add(&sink->out, sw_slice(text, len)) != SW_OK;
	return sink->failed ? -1 : 0;
}

char *sw_json_dump(json_t *object)
{
	struct sink sink = { .failed = false };
	char *text = NULL;

	sw_buf_init(&sink.out, SIZE_MAX / 4);
	if (object &&
	    json_dump_callback(object, add_text, &sink,
			       JSON_COMPACT | JSON_REAL_PRECISION(9)) == 0 &&
	    !sink.failed)
		text = sw_buf_take(&sink.out);
	sw_buf_fini(&sink.out);
	json_decref(object);
	return text;
}
