/* SPDX-License-Identifier: MIT */
#include <jansson.h>
#include <time.h>

#include "codec/json.h"
#include "verdict/facts.h"

/* Jansson does not stop at every failure, and would go on behind a hole. */
struct sink {
	struct sw_buf *out;
	bool failed;
};

static int dump_into(const char *bytes, size_t len, void *arg)
{
	struct sink *sink = arg;

	sink->failed = sink->failed || sw_buf_add(sink->out, sw_slice(bytes, len)) != SW_OK;
	return sink->failed ? -1 : 0;
}

static enum sw_err put_json(struct sw_buf *out, const json_t *value)
{
	struct sink sink = { .out = out };

	if (!value)
		return SW_E_NOMEM;
	/* The buffer refuses as a whole: what is missing is memory, or room below its ceiling.
	 */
	if (json_dump_callback(value, dump_into, &sink, JSON_COMPACT | JSON_ENCODE_ANY) == 0 &&
	    !sink.failed)
		return SW_OK;
	return SW_E_LIMIT;
}

static json_t *json_text(struct sw_slice s)
{
	return json_stringn(s.ptr ? s.ptr : "", s.len);
}

static json_t *json_value(const struct sw_field *field)
{
	switch (field->kind) {
	case SW_VALUE_TEXT:
		return json_text(field->text);
	case SW_VALUE_INT:
		return json_integer(field->number);
	case SW_VALUE_BOOL:
		return json_boolean(field->number != 0);
	}
	return NULL;
}

static enum sw_err put_fact(struct sw_buf *out, const struct sw_fact *fact)
{
	json_t *fields = json_object();
	bool good = fields != NULL;

	for (size_t i = 0; good && i < fact->count; i++)
		good = json_object_set_new(fields, fact->fields[i].key,
					   json_value(&fact->fields[i])) == 0;
	if (!good) {
		json_decref(fields);
		return SW_E_NOMEM;
	}
	json_t *object = json_pack(
		"{s:s, s:s, s:s, s:I, s:o}", "type", sw_fact_name(fact->type), "stage",
		sw_stage_name(fact->stage), "source", fact->source ? fact->source : "",
		"at_us", (json_int_t)fact->at_us, "fields", fields);
	enum sw_err e = put_json(out, object);
	json_decref(object);
	return e;
}

/* RFC 3339, UTC, microseconds. */
static enum sw_err put_time(struct sw_buf *out, int64_t wall_us)
{
	int64_t fraction = wall_us % 1000000;
	time_t seconds = (time_t)(wall_us / 1000000);
	struct tm tm;

	if (fraction < 0) {
		fraction += 1000000;
		seconds--;
	}
	if (!gmtime_r(&seconds, &tm) || tm.tm_year < -1900 || tm.tm_year > 8099)
		return sw_buf_add_str(out, "null");
	return sw_buf_printf(out, "\"%04d-%02d-%02dT%02d:%02d:%02d.%06dZ\"", tm.tm_year + 1900,
			     tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec,
			     (int)fraction);
}

/* What the facts say of the program that stated them. */
static enum sw_err put_program(struct sw_buf *out, const struct sw_facts *f)
{
	struct sw_slice program = sw_fact_text(sw_facts_last(f, SW_FACT_LOCAL_ENV), "program");
	json_t *text = json_text(program.len ? program : SW_S("sendwell"));
	enum sw_err e = put_json(out, text);

	json_decref(text);
	return e;
}

static enum sw_err put_result(struct sw_buf *out, const char *result_json,
			      struct sw_error *err)
{
	json_t *result;

	if (!result_json || !result_json[0])
		return sw_buf_add_str(out, "null");
	struct sw_error why;
	enum sw_err e = sw_json_read(sw_slice_str(result_json), &result, &why);
	if (e == SW_E_NOMEM)
		return sw_fail_nomem(err);
	if (e)
		return sw_fail(err, e, "the result is not JSON: %s", why.text);
	e = put_json(out, result);
	json_decref(result);
	return e;
}

static enum sw_err put_case(const struct sw_facts *f, const char *result_json,
			    struct sw_buf *out, struct sw_error *err)
{
	enum sw_err e = sw_buf_add_str(out, "{\"schema\":\"sendwell/case/1\",\"started\":");

	if (!e)
		e = put_time(out, sw_facts_started(f));
	if (!e)
		e = sw_buf_add_str(out, ",\"program\":");
	if (!e)
		e = put_program(out, f);
	if (!e)
		e = sw_buf_printf(out, ",\"dropped\":%zu,\"result\":", sw_facts_dropped(f));
	if (!e)
		e = put_result(out, result_json, err);
	if (!e)
		e = sw_buf_add_str(out, ",\"facts\":[");
	/* A fact a line: cases are compared with line tools. */
	for (size_t i = 0; !e && i < sw_facts_count(f); i++) {
		e = sw_buf_add_str(out, i ? ",\n" : "\n");
		if (!e)
			e = put_fact(out, sw_facts_get(f, i));
	}
	return e ? e : sw_buf_add_str(out, "\n]}\n");
}

enum sw_err sw_case_write(const struct sw_facts *f, const char *result_json,
			  struct sw_buf *out, struct sw_error *err)
{
	size_t before = sw_buf_len(out);

	sw_error_clear(err);
	enum sw_err e = put_case(f, result_json, out, err);
	if (!e)
		return SW_OK;
	sw_buf_truncate(out, before);
	if (e == SW_E_DATA)
		return e; /* has its text */
	if (e == SW_E_LIMIT)
		return sw_fail(err, e, "the case is larger than %zu bytes", out->max);
	return sw_fail_nomem(err);
}
