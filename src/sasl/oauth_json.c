/* SPDX-License-Identifier: MIT */
#include <jansson.h>
#include <stdio.h>

#include "base/mem.h"
#include "base/text.h"
#include "codec/json.h"
#include "sasl/oauth.h"

static json_t *read_object(struct sw_slice text)
{
	if (text.len == 0 || text.len > SW_MAX_FETCH)
		return NULL;
	json_t *root;
	if (sw_json_read(text, &root, NULL))
		return NULL;
	if (!json_is_object(root)) {
		json_decref(root);
		root = NULL;
	}
	return root;
}

/* Texts, and numbers where servers write them (Google's status is a text, others' a number).
 */
static void take(const json_t *root, const char *key, char *out, size_t size)
{
	const json_t *value = json_object_get(root, key);
	char number[32];
	struct sw_slice text = { "", 0 };
	if (json_is_string(value)) {
		text = sw_slice(json_string_value(value), json_string_length(value));
	} else if (json_is_integer(value)) {
		snprintf(number, sizeof(number), "%lld", (long long)json_integer_value(value));
		text = sw_slice_str(number);
	}
	sw_text_escape_into(out, size, text, SW_TEXT_LINE);
}

bool sw_oauth_error_read(struct sw_slice json, struct sw_oauth_error *ret)
{
	json_t *root = read_object(json);
	*ret = (struct sw_oauth_error){ 0 };
	if (!root)
		return false;
	take(root, "status", ret->status, sizeof(ret->status));
	take(root, "schemes", ret->schemes, sizeof(ret->schemes));
	take(root, "scope", ret->scope, sizeof(ret->scope));
	take(root, "openid-configuration", ret->configuration, sizeof(ret->configuration));
	json_decref(root);
	return true;
}

void sw_oauth_answer_fini(struct sw_oauth_answer *a)
{
	sw_secret_fini(&a->token);
	sw_secret_fini(&a->refresh);
}

/* RFC 6750 2.1: b64token; whatever is printable and no blank is let through. */
static bool is_token(struct sw_slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] <= ' ' || s.ptr[i] == 0x7f)
			return false;
	return s.len > 0 && s.len <= SW_MAX_SECRET && !sw_slice_has_8bit(s);
}

static enum sw_err take_secret(const json_t *root, const char *key, struct sw_secret *ret,
			       struct sw_error *err)
{
	const json_t *value = json_object_get(root, key);
	if (!value)
		return SW_OK;
	struct sw_slice text = { "", 0 };
	if (json_is_string(value))
		text = sw_slice(json_string_value(value), json_string_length(value));
	if (!is_token(text))
		return sw_fail(err, SW_E_DATA, "the %s of the answer is no token", key);
	return sw_secret_set(ret, text) ? sw_fail_nomem(err) : SW_OK;
}

/* RFC 6749 5.1 wants a number; some servers write it as a text. */
static enum sw_err take_seconds(const json_t *root, uint64_t *ret, struct sw_error *err)
{
	const json_t *value = json_object_get(root, "expires_in");
	if (!value || json_is_null(value))
		return SW_OK;
	if (json_is_integer(value) && json_integer_value(value) >= 0) {
		*ret = (uint64_t)json_integer_value(value);
		return SW_OK;
	}
	if (json_is_string(value) && sw_slice_u64(sw_slice_str(json_string_value(value)), ret))
		return SW_OK;
	return sw_fail(err, SW_E_DATA, "the expires_in of the answer is no number of seconds");
}

static enum sw_err read_good(const json_t *root, struct sw_oauth_answer *ret,
			     struct sw_error *err)
{
	char type[32];
	take(root, "token_type", type, sizeof(type));
	if (type[0] && !sw_slice_eq_nocase(sw_slice_str(type), SW_S("bearer")))
		return sw_fail(err, SW_E_DATA, "the token is of type \"%s\", expected bearer",
			       type);
	enum sw_err e = take_secret(root, "access_token", &ret->token, err);
	if (!e && !ret->token.ptr)
		e = sw_fail(err, SW_E_DATA, "the answer holds neither a token nor an error");
	if (!e)
		e = take_secret(root, "refresh_token", &ret->refresh, err);
	return e ? e : take_seconds(root, &ret->expires_s, err);
}

enum sw_err sw_oauth_answer_read(struct sw_slice json, struct sw_oauth_answer *ret,
				 struct sw_error *err)
{
	json_t *root = read_object(json);
	enum sw_err e = SW_OK;
	*ret = (struct sw_oauth_answer){ 0 };
	if (!root)
		return sw_fail(err, SW_E_DATA, "the answer is no JSON object");
	take(root, "error", ret->error, sizeof(ret->error));
	take(root, "error_description", ret->description, sizeof(ret->description));
	if (!ret->error[0])
		e = read_good(root, ret, err);
	json_decref(root);
	return e;
}

static const struct {
	const char *error, *meaning;
} meanings[] = {
	{ "invalid_grant",
	  "the refresh token is expired, revoked or belongs to another client: "
	  "log in anew and set a new one" },
	{ "invalid_client",
	  "the server does not know this client id, or its secret is wrong" },
	{ "unauthorized_client", "this client may not refresh tokens" },
	{ "invalid_scope", "the scope is not known, or more than was granted" },
	{ "invalid_request", "the server finds something missing in the request" },
	{ "unsupported_grant_type", "the server does not refresh tokens" },
	{ "interaction_required", "the provider wants a person to log in again" },
	{ "consent_required", "a person or an administrator must consent first" },
	{ "access_denied", "the provider refuses it" },
	{ "temporarily_unavailable", "the token server is busy; try again later" },
	{ "server_error", "the token server failed; try again later" },
};

const char *sw_oauth_meaning(const char *error)
{
	for (size_t i = 0; i < SW_LEN(meanings); i++)
		if (strcmp(meanings[i].error, error) == 0)
			return meanings[i].meaning;
	return "";
}

enum sw_err sw_oauth_form_add(struct sw_buf *out, const char *key, struct sw_slice value)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				    "0123456789-._~";
	enum sw_err e = sw_buf_printf(out, "%s%s=", sw_buf_len(out) ? "&" : "", key);
	for (size_t i = 0; i < value.len && !e; i++)
		e = value.ptr[i] && strchr(plain, value.ptr[i])
			    ? sw_buf_add_char(out, value.ptr[i])
			    : sw_buf_printf(out, "%%%02X", (unsigned)(uint8_t)value.ptr[i]);
	return e;
}
