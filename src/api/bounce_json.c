/* SPDX-License-Identifier: MIT */
/* "sendwell/analyze/1" of a bounce.  All keys are always there; what is not known is null. */
#include "api/bounce.h"

#include "base/mem.h"
#include "base/text.h"

static json_t *number_or_null(uint64_t value)
{
	return value ? json_integer((json_int_t)value) : json_null();
}

/* A column of strings of a struct: offset and key. */
struct text_key {
	const char *key;
	size_t at;
};

#define OUTCOME(key, member)                                                                  \
	{                                                                                     \
		key, offsetof(struct sw_bounce_outcome, member)                               \
	}
static const struct text_key outcome_texts[] = {
	OUTCOME("address", address),
	OUTCOME("final_address", final_address),
	OUTCOME("action", action),
	OUTCOME("enhanced", enhanced),
	OUTCOME("diagnostic", diagnostic),
	OUTCOME("remote_host", remote_host),
	OUTCOME("stage", stage),
	OUTCOME("category", category),
	OUTCOME("title", title),
	OUTCOME("meaning", meaning),
	OUTCOME("who", who),
	OUTCOME("retry", retry),
	OUTCOME("list_action", list_action),
	OUTCOME("decided_by", decided_by),
	OUTCOME("rule", rule),
	OUTCOME("vendor", vendor),
	OUTCOME("reason_sisimai", sisimai),
	OUTCOME("kumo_class", kumo),
	OUTCOME("next_command", next),
	OUTCOME("ref", ref),
};

#define ABOUT(key, member)                                                                    \
	{                                                                                     \
		key, offsetof(struct sw_bounce_about, member)                                 \
	}
static const struct text_key about_texts[] = {
	ABOUT("why", why),
	ABOUT("layout", layout),
	ABOUT("reporting_mta", reporting_mta),
	ABOUT("feedback_type", feedback_type),
};
static const struct text_key original_texts[] = {
	ABOUT("message_id", message_id),
	ABOUT("sender", sender),
	ABOUT("date", date),
	ABOUT("date_raw", date_raw),
	ABOUT("subject", subject),
	ABOUT("envelope_id", envelope_id),
};

/* Takes value, also NULL. */
static bool set(json_t *object, const char *key, json_t *value)
{
	return json_object_set_new_nocheck(object, key, value) == 0;
}

static bool set_texts(json_t *object, const void *from, const struct text_key *keys,
		      size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const char *const *text = (const void *)((const char *)from + keys[i].at);

		if (!set(object, keys[i].key, sw_json_text(*text)))
			return false;
	}
	return true;
}

/* An object that is whole, or nothing. */
static json_t *whole(json_t *object, bool ok)
{
	if (ok)
		return object;
	json_decref(object);
	return NULL;
}

static json_t *recipient_json(const struct sw_bounce_outcome *r)
{
	json_t *o = json_object();
	bool ok = o && set_texts(o, r, outcome_texts, SW_LEN(outcome_texts)) &&
		  set(o, "code", number_or_null((uint64_t)r->code)) &&
		  set(o, "retry_after_s", number_or_null(r->retry_after_s)) &&
		  set(o, "list_action_count", number_or_null(r->count)) &&
		  set(o, "list_action_days", number_or_null(r->count_days)) &&
		  set(o, "confidence", json_integer((json_int_t)r->confidence));

	return whole(o, ok);
}

static json_t *original_json(const struct sw_bounce_about *about)
{
	json_t *o = json_object();

	return whole(o, o && set_texts(o, about, original_texts, SW_LEN(original_texts)));
}

static json_t *recipients_json(const struct sw_bounce_report *r)
{
	json_t *list = json_array();
	bool ok = list != NULL;

	for (size_t i = 0; ok && i < r->about.recipient_count; i++)
		ok = json_array_append_new(list, recipient_json(&r->recipients[i])) == 0;
	return whole(list, ok);
}

static json_t *report_json(const struct sw_bounce_report *r, const char *file, size_t index)
{
	const struct sw_bounce_about *about = &r->about;
	json_t *o = json_object();
	bool ok =
		o && set(o, "schema", json_string_nocheck("sendwell/analyze/1")) &&
		set(o, "type", json_string_nocheck("bounce")) &&
		set(o, "file", file ? sw_json_printable(sw_slice_str(file)) : json_null()) &&
		set(o, "index", number_or_null(index)) &&
		set(o, "language", json_string_nocheck(r->lang == SW_LANG_RU ? "ru" : "en")) &&
		set(o, "is_bounce", json_boolean(about->is_bounce)) &&
		set_texts(o, about, about_texts, SW_LEN(about_texts)) &&
		set(o, "cut", json_boolean(about->cut)) &&
		set(o, "recipients", recipients_json(r)) &&
		set(o, "original", original_json(about)) && set(o, "findings", json_array());

	return whole(o, ok);
}

const char *sw_bounce_report_json(struct sw_bounce_report *r, const char *file, size_t index)
{
	sw_free(r->json);
	r->json = sw_json_dump(report_json(r, file, index));
	return r->json;
}
