/* SPDX-License-Identifier: MIT */
#include "sandbox/param.h"

#include <jansson.h>
#include <stdio.h>

#include "base/limits.h"
#include "base/text.h"

enum {
	/* RFC 3461 4.4. */
	MAX_ENVID = 100,
	MAX_ORCPT = 500,
	/* RFC 2852 4: nine digits. RFC 4865 4: likewise. */
	MAX_SECONDS = 999999999,
	MAX_PRIORITY = 9,
};

static bool is_size(struct sw_slice v)
{
	uint64_t size;

	return v.len <= 20 && sw_slice_u64(v, &size);
}

static bool is_body(struct sw_slice v)
{
	return sw_slice_eq_nocase(v, SW_S("7BIT")) || sw_slice_eq_nocase(v, SW_S("8BITMIME"));
}

static bool is_binary(struct sw_slice v)
{
	return sw_slice_eq_nocase(v, SW_S("BINARYMIME"));
}

static bool is_empty(struct sw_slice v)
{
	return v.len == 0;
}

static bool is_ret(struct sw_slice v)
{
	return sw_slice_eq_nocase(v, SW_S("FULL")) || sw_slice_eq_nocase(v, SW_S("HDRS"));
}

static int hex(char c)
{
	if (sw_ascii_digit(c))
		return c - '0';
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* RFC 3461 4: printable but '+' and '=', which come as "+HH". */
bool sw_xtext_valid(struct sw_slice v)
{
	for (size_t i = 0; i < v.len; i++) {
		if (v.ptr[i] == '+') {
			if (v.len - i < 3 || hex(v.ptr[i + 1]) < 0 || hex(v.ptr[i + 2]) < 0)
				return false;
			i += 2;
		} else if (v.ptr[i] < '!' || v.ptr[i] > '~' || v.ptr[i] == '=') {
			return false;
		}
	}
	return v.len > 0;
}

enum sw_err sw_xtext_decode(struct sw_slice v, struct sw_buf *out)
{
	enum sw_err e = SW_OK;

	for (size_t i = 0; i < v.len && !e; i++) {
		if (v.ptr[i] == '+' && v.len - i >= 3) {
			int byte = hex(v.ptr[i + 1]) * 16 + hex(v.ptr[i + 2]);

			e = sw_buf_add_char(out, (char)byte);
			i += 2;
		} else {
			e = sw_buf_add_char(out, v.ptr[i]);
		}
	}
	return e;
}

static bool is_envid(struct sw_slice v)
{
	return v.len <= MAX_ENVID && sw_xtext_valid(v);
}

static bool is_auth(struct sw_slice v)
{
	return sw_slice_eq(v, SW_S("<>")) || sw_xtext_valid(v);
}

static bool is_notify(struct sw_slice v)
{
	struct sw_slice word;

	if (sw_slice_eq_nocase(v, SW_S("NEVER")))
		return true;
	if (v.len == 0)
		return false;
	while (sw_slice_split(&v, ',', &word))
		if (!sw_slice_eq_nocase(word, SW_S("SUCCESS")) &&
		    !sw_slice_eq_nocase(word, SW_S("FAILURE")) &&
		    !sw_slice_eq_nocase(word, SW_S("DELAY")))
			return false;
	return true;
}

/* "type;address"; with SMTPUTF8 the address may be UTF-8 (RFC 6533 3). */
static bool is_orcpt(struct sw_slice v)
{
	size_t semicolon = sw_slice_find(v, ';');
	struct sw_slice address = sw_slice_from(v, semicolon + 1);

	return v.len <= MAX_ORCPT && semicolon > 0 && address.len > 0 &&
	       (sw_xtext_valid(address) || sw_slice_starts_nocase(v, SW_S("utf-8;")));
}

/* A whole number with at most one sign. */
static bool is_number(struct sw_slice v, uint64_t most, bool *ret_minus, uint64_t *ret)
{
	bool sign = v.len > 0 && (v.ptr[0] == '-' || v.ptr[0] == '+');

	*ret_minus = sign && v.ptr[0] == '-';
	return sw_slice_u64(sw_slice_from(v, sign ? 1 : 0), ret) && *ret <= most;
}

static bool is_hold_for(struct sw_slice v)
{
	uint64_t n;

	return sw_slice_u64(v, &n) && n > 0 && n <= MAX_SECONDS;
}

/* RFC 3339 date-time by its places; whether there is such a day is for who holds mail. */
static bool is_hold_until(struct sw_slice v)
{
	static const char form[] = "0000-00-00T00:00:00";
	struct sw_slice zone = sw_slice_from(v, sizeof(form) - 1);

	for (size_t i = 0; i < sizeof(form) - 1; i++)
		if (i >= v.len ||
		    (form[i] == '0' ? !sw_ascii_digit(v.ptr[i])
				    : sw_ascii_lower(v.ptr[i]) != sw_ascii_lower(form[i])))
			return false;
	return zone.len > 0 && zone.len <= 16 &&
	       (sw_slice_eq_nocase(zone, SW_S("Z")) || strchr("+-.", zone.ptr[0]) != NULL);
}

/* RFC 2852 4: by-time ";" by-mode [by-trace]. What shall come back needs a time ahead. */
static bool is_by(struct sw_slice v)
{
	size_t semicolon = sw_slice_find(v, ';');
	struct sw_slice mode = sw_slice_from(v, semicolon + 1);
	bool minus, back = mode.len > 0 && sw_ascii_lower(mode.ptr[0]) == 'r';
	uint64_t n;

	if (!is_number(sw_slice_head(v, semicolon), MAX_SECONDS, &minus, &n))
		return false;
	if (mode.len == 0 || mode.len > 2 || (!back && sw_ascii_lower(mode.ptr[0]) != 'n') ||
	    (mode.len == 2 && sw_ascii_lower(mode.ptr[1]) != 't'))
		return false;
	return !back || (!minus && n > 0);
}

static bool is_priority(struct sw_slice v)
{
	bool minus;
	uint64_t n;

	return v.len <= 2 && is_number(v, MAX_PRIORITY, &minus, &n) && v.ptr[0] != '+';
}

/* What they say, for ID.json: valid values only come here. */
static json_t *text_json(struct sw_slice v)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = SW_MAX_SANDBOX_TEXT };

	/* Bytes from a client: escaped as for a terminal, so valid UTF-8. */
	if (sw_text_escape(&out, v, SW_TEXT_LINE))
		return NULL;
	return json_stringn(sw_buf_str(&out), sw_buf_len(&out));
}

static json_t *upper_json(struct sw_slice v)
{
	char text[16];
	size_t len = 0;

	for (; len < v.len && len < sizeof(text); len++) {
		char c = v.ptr[len];

		text[len] = c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
	}
	return json_stringn(text, len);
}

static json_t *xtext_json(struct sw_slice v)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = SW_MAX_SANDBOX_TEXT };

	return sw_xtext_decode(v, &out) ? NULL : text_json(sw_buf_slice(&out));
}

static json_t *number_json(struct sw_slice v)
{
	bool minus;
	uint64_t n = 0;

	(void)is_number(v, INT64_MAX, &minus, &n);
	return json_integer(minus ? -(json_int_t)n : (json_int_t)n);
}

static json_t *true_json(struct sw_slice v SW_UNUSED)
{
	return json_true();
}

static json_t *notify_json(struct sw_slice v)
{
	json_t *list = json_array();
	struct sw_slice word;

	while (list && sw_slice_split(&v, ',', &word))
		if (json_array_append_new(list, upper_json(word)) != 0) {
			json_decref(list);
			return NULL;
		}
	return list;
}

static json_t *orcpt_json(struct sw_slice v)
{
	size_t semicolon = sw_slice_find(v, ';');
	struct sw_slice address = sw_slice_from(v, semicolon + 1);

	return json_pack("{s:o, s:o}", "type", text_json(sw_slice_head(v, semicolon)),
			 "address",
			 sw_xtext_valid(address) ? xtext_json(address) : text_json(address));
}

static json_t *by_json(struct sw_slice v)
{
	size_t semicolon = sw_slice_find(v, ';');
	struct sw_slice mode = sw_slice_from(v, semicolon + 1);

	return json_pack("{s:o, s:s, s:b}", "seconds",
			 number_json(sw_slice_head(v, semicolon)), "mode",
			 sw_ascii_lower(mode.ptr[0]) == 'r' ? "return" : "notify", "trace",
			 mode.len == 2);
}

static const struct sw_param params[] = {
	{ "SIZE", SW_VERB_MAIL, "SIZE", is_size, "size", number_json },
	{ "BODY", SW_VERB_MAIL, "8BITMIME", is_body, "body", upper_json },
	{ "BODY", SW_VERB_MAIL, "BINARYMIME", is_binary, "body", upper_json },
	{ "SMTPUTF8", SW_VERB_MAIL, "SMTPUTF8", is_empty, "smtputf8", true_json },
	{ "AUTH", SW_VERB_MAIL, "AUTH", is_auth, "auth", xtext_json },
	{ "RET", SW_VERB_MAIL, "DSN", is_ret, "ret", upper_json },
	{ "ENVID", SW_VERB_MAIL, "DSN", is_envid, "envid", xtext_json },
	{ "REQUIRETLS", SW_VERB_MAIL, "REQUIRETLS", is_empty, "requiretls", true_json },
	{ "HOLDFOR", SW_VERB_MAIL, "FUTURERELEASE", is_hold_for, "hold_for_s", number_json },
	{ "HOLDUNTIL", SW_VERB_MAIL, "FUTURERELEASE", is_hold_until, "hold_until", text_json },
	{ "BY", SW_VERB_MAIL, "DELIVERBY", is_by, "by", by_json },
	{ "MT-PRIORITY", SW_VERB_MAIL, "MT-PRIORITY", is_priority, "priority", number_json },
	{ "NOTIFY", SW_VERB_RCPT, "DSN", is_notify, "notify", notify_json },
	{ "ORCPT", SW_VERB_RCPT, "DSN", is_orcpt, "orcpt", orcpt_json },
};

const struct sw_param *sw_param_find(enum sw_smtp_verb verb, struct sw_slice name,
				     struct sw_slice value)
{
	const struct sw_param *found = NULL;

	for (size_t i = 0; i < SW_LEN(params); i++) {
		if (params[i].verb != verb ||
		    !sw_slice_eq_nocase(name, sw_slice_str(params[i].name)))
			continue;
		if (!found || params[i].valid(value))
			found = &params[i];
	}
	return found;
}

bool sw_param_next(struct sw_slice *rest, struct sw_slice *name, struct sw_slice *value)
{
	struct sw_slice word;

	while (rest->len > 0 && sw_slice_split(rest, ' ', &word)) {
		size_t equals = sw_slice_find(word, '=');

		if (word.len == 0)
			continue;
		*name = sw_slice_head(word, equals);
		*value = sw_slice_from(word, equals + 1);
		return true;
	}
	return false;
}

bool sw_param_value(struct sw_slice all, const char *name, struct sw_slice *ret)
{
	struct sw_slice word, value;

	while (sw_param_next(&all, &word, &value))
		if (sw_slice_eq_nocase(word, sw_slice_str(name))) {
			*ret = value;
			return true;
		}
	return false;
}

json_t *sw_params_json(enum sw_smtp_verb verb, struct sw_slice all)
{
	json_t *object = json_object();
	struct sw_slice name, value;

	while (object && sw_param_next(&all, &name, &value)) {
		const struct sw_param *p = sw_param_find(verb, name, value);

		/* Faults let anything pass. */
		if (p && p->valid(value) &&
		    json_object_set_new(object, p->json, p->value(value)) != 0) {
			json_decref(object);
			return NULL;
		}
	}
	return object;
}

json_t *sw_attributes_json(struct sw_slice all)
{
	json_t *object = json_object();
	struct sw_slice name, value;

	while (object && sw_param_next(&all, &name, &value)) {
		char key[32];

		(void)snprintf(key, sizeof(key), "%.*s", SW_FMT(name));
		if (json_object_set_new(object, key, xtext_json(value)) != 0) {
			json_decref(object);
			return NULL;
		}
	}
	return object;
}

bool sw_limits_parse(struct sw_slice text, struct sw_limits *ret)
{
	struct sw_limits limits = { 0 };
	const struct {
		const char *name;
		uint64_t *value;
	} known[] = {
		{ "MAILMAX", &limits.mail_max },
		{ "RCPTMAX", &limits.rcpt_max },
		{ "RCPTDOMAINMAX", &limits.domain_max },
	};
	struct sw_slice name, value;

	if (text.len == 0)
		return false;
	while (sw_param_next(&text, &name, &value)) {
		bool fine = false;

		for (size_t i = 0; i < SW_LEN(known); i++)
			fine |= sw_slice_eq_nocase(name, sw_slice_str(known[i].name)) &&
				sw_slice_u64(value, known[i].value) && *known[i].value > 0 &&
				*known[i].value < 1000000;
		if (!fine)
			return false;
	}
	*ret = limits;
	return true;
}
