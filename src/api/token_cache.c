/* SPDX-License-Identifier: MIT */
#include "api/token_cache.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "api/json.h"
#include "base/file.h"
#include "base/mem.h"
#include "codec/crypto.h"
#include "codec/json.h"

void sw_token_entry_fini(struct sw_token_entry *e)
{
	sw_secret_fini(&e->token);
	sw_secret_fini(&e->refresh);
}

void sw_token_hash(struct sw_slice in, char out[65])
{
	uint8_t raw[SW_SHA256_BYTES] = { 0 };
	if (!sw_sha256(in, raw))
		memset(raw, 0, sizeof(raw));
	for (size_t i = 0; i < 32; i++)
		snprintf(out + 2 * i, 3, "%02x", raw[i]);
}

static char *state_folder(void)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf path = { .max = 4096 };
	const char *state = secure_getenv("XDG_STATE_HOME"), *home = secure_getenv("HOME");
	enum sw_err e = SW_E_CONFIG;
	if (state && *state == '/')
		e = sw_buf_printf(&path, "%s/sendwell/tokens", state);
	else if (home && *home == '/' && access(home, F_OK) == 0) /* none is made */
		e = sw_buf_printf(&path, "%s/.local/state/sendwell/tokens", home);
	return e || sw_dir_make(sw_buf_str(&path), NULL) ? NULL : sw_buf_take(&path);
}

char *sw_token_cache_path(struct sw_slice what)
{
	SW_CLEANUP(sw_freep) char *folder = state_folder();
	SW_CLEANUP(sw_buf_fini) struct sw_buf path = { .max = 4096 };
	char hash[65];
	sw_token_hash(what, hash);
	return !folder || sw_buf_printf(&path, "%s/%s.json", folder, hash)
		       ? NULL
		       : sw_buf_take(&path);
}

static bool take(const json_t *root, const char *key, struct sw_secret *ret)
{
	const json_t *value = json_object_get(root, key);
	return json_is_string(value) && json_string_length(value) &&
	       sw_secret_set(ret, sw_slice(json_string_value(value),
					   json_string_length(value))) == SW_OK;
}

bool sw_token_cache_read(const char *path, struct sw_token_entry *ret)
{
	SW_CLEANUP(sw_buf_wipe) struct sw_buf text = { .max = SW_MAX_FETCH, .secret = true };
	*ret = (struct sw_token_entry){ 0 };
	/* As a secret: one that others can read or have written is not used. */
	if (sw_file_read(path, SW_FILE_SECRET, text.max, &text, NULL))
		return false;
	struct sw_slice s = sw_buf_slice(&text);
	json_t *root = NULL;
	if (sw_json_read(s, &root, NULL))
		return false;
	const char *origin = json_string_value(json_object_get(root, "origin"));
	bool ok = take(root, "token", &ret->token);
	(void)take(root, "refresh", &ret->refresh);
	ret->expires_s = json_integer_value(json_object_get(root, "expires"));
	if (ret->expires_s < 0) /* of no file of ours */
		ret->expires_s = 0;
	snprintf(ret->origin, sizeof(ret->origin), "%s", origin ? origin : "");
	json_decref(root);
	return ok;
}

enum sw_err sw_token_cache_write(const char *path, const struct sw_token_entry *e,
				 struct sw_error *err)
{
	json_t *root = json_pack("{s:s%, s:I, s:s}", "token", e->token.ptr, e->token.len,
				 "expires", (json_int_t)e->expires_s, "origin", e->origin);
	if (root && e->refresh.ptr &&
	    json_object_set_new(root, "refresh",
				json_stringn(e->refresh.ptr, e->refresh.len)) != 0) {
		json_decref(root);
		root = NULL;
	}
	char *text = sw_json_dump(root);
	if (!text)
		return sw_fail_nomem(err);
	enum sw_err code = sw_file_replace(path, 0600, sw_slice_str(text), err);
	sw_wipe(text, strlen(text));
	sw_free(text);
	return code;
}
