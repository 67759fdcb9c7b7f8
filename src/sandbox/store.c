/* SPDX-License-Identifier: MIT */
#include "sandbox/store.h"

#include <errno.h>
#include <jansson.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "codec/crypto.h"
#include "sandbox/param.h"

enum {
	/* Pieces of a message are gathered to writes of this size. */
	WRITE_SIZE = 64 * 1024,
	MAX_PATH = 4096,
	MAX_ID = 48,
	MAX_TIME = 40,
	FILE_MODE = 0600,
	SECOND_US = 1000 * 1000,
};

struct sw_store {
	const struct sw_world *world;
	char *dir;           /* NULL: nowhere */
	unsigned long count; /* part of each id */
};

struct sw_incoming {
	struct sw_store *store;
	char id[MAX_ID];
	char time[MAX_TIME];
	int fd; /* -1: nowhere */
	bool kept;
	uint64_t bytes;
	EVP_MD_CTX *hash;
	struct sw_buf pending;
};

struct sw_store *sw_store_new(const char *dir, const struct sw_world *world,
			      struct sw_error *err)
{
	struct sw_store *s = sw_calloc(1, sizeof(*s));

	if (!s) {
		sw_fail_nomem(err);
		return NULL;
	}
	s->world = world;
	if (!dir)
		return s;
	s->dir = sw_strdup(dir);
	if (!s->dir)
		sw_fail_nomem(err);
	if (!s->dir || sw_dir_make(dir, err)) {
		sw_store_free(s);
		return NULL;
	}
	return s;
}

void sw_store_free(struct sw_store *s)
{
	if (!s)
		return;
	sw_free(s->dir);
	sw_free(s);
}

static enum sw_err path_of(const struct sw_incoming *m, const char *before, const char *behind,
			   char path[MAX_PATH], struct sw_error *err)
{
	int len = snprintf(path, MAX_PATH, "%s/%s%s%s", m->store->dir, before, m->id, behind);

	return len > 0 && len < MAX_PATH
		       ? SW_OK
		       : sw_fail(err, SW_E_USAGE, "the path of the store is too long");
}

/* The second, the number of the message, and chance: sorts by time, never the same twice. */
static bool make_id(struct sw_incoming *m)
{
	const struct sw_world *world = m->store->world;
	int64_t now_us = world->wall_us(world->arg);
	time_t seconds = (time_t)(now_us / SECOND_US);
	char stamp[24];
	unsigned char chance[4];
	struct tm tm;

	if (!gmtime_r(&seconds, &tm) || !world->random(world->arg, chance, sizeof(chance)))
		return false;
	(void)strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%SZ", &tm);
	(void)snprintf(m->id, sizeof(m->id), "%s-%04lu-%02x%02x%02x%02x", stamp,
		       ++m->store->count, chance[0], chance[1], chance[2], chance[3]);
	(void)strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%S", &tm);
	(void)snprintf(m->time, sizeof(m->time), "%s.%03dZ", stamp,
		       (int)(now_us % SECOND_US / 1000));
	return true;
}

static enum sw_err open_message(struct sw_incoming *m, struct sw_error *err)
{
	char path[MAX_PATH];
	enum sw_err e;

	m->hash = sw_crypto_ready() ? EVP_MD_CTX_new() : NULL;
	if (!m->hash || !EVP_DigestInit_ex(m->hash, EVP_sha256(), NULL))
		return sw_fail_nomem(err);
	if (!make_id(m))
		return sw_fail(err, SW_E_OS,
			       "no time or no randomness for the id of a message");
	if (!m->store->dir)
		return SW_OK;
	e = path_of(m, ".", ".tmp", path, err);
	return e ? e : sw_file_create(path, FILE_MODE, &m->fd, err);
}

struct sw_incoming *sw_store_begin(struct sw_store *s, struct sw_error *err)
{
	struct sw_incoming *m = sw_calloc(1, sizeof(*m));

	if (!m) {
		sw_fail_nomem(err);
		return NULL;
	}
	m->store = s;
	m->fd = -1;
	sw_buf_init(&m->pending, 2 * WRITE_SIZE);
	if (open_message(m, err)) {
		sw_incoming_free(m);
		return NULL;
	}
	return m;
}

static enum sw_err flush(struct sw_incoming *m, struct sw_error *err)
{
	enum sw_err e = sw_fd_write(m->fd, sw_buf_slice(&m->pending), err);

	sw_buf_clear(&m->pending);
	return e;
}

enum sw_err sw_incoming_write(struct sw_incoming *m, struct sw_slice bytes,
			      struct sw_error *err)
{
	if (m->fd >= 0 && !EVP_DigestUpdate(m->hash, bytes.ptr, bytes.len))
		return sw_fail_nomem(err);
	m->bytes += bytes.len;
	while (m->fd >= 0 && bytes.len > 0) {
		struct sw_slice piece = sw_slice_head(bytes, WRITE_SIZE);
		enum sw_err e = sw_buf_add(&m->pending, piece);

		if (e)
			return sw_fail_nomem(err);
		if (sw_buf_len(&m->pending) >= WRITE_SIZE)
			e = flush(m, err);
		if (e)
			return e;
		bytes = sw_slice_from(bytes, piece.len);
	}
	return SW_OK;
}

/* Bytes from a client as a JSON string: escaped as for a terminal, so valid UTF-8. */
static json_t *text(struct sw_slice s)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = SW_MAX_SANDBOX_JSON };

	if (sw_text_escape(&out, s, SW_TEXT_LINE))
		return NULL;
	return json_stringn(sw_buf_str(&out), sw_buf_len(&out));
}

static json_t *texts(const struct sw_slice *list, size_t count)
{
	json_t *array = json_array();

	for (size_t i = 0; array && i < count; i++) {
		if (json_array_append_new(array, text(list[i])) != 0) {
			json_decref(array);
			return NULL;
		}
	}
	return array;
}

/* What was asked for each recipient, read. */
static json_t *asked(const struct sw_envelope *env)
{
	json_t *array = json_array();

	for (size_t i = 0; array && i < env->recipient_count; i++) {
		json_t *one = sw_params_json(SW_VERB_RCPT, env->recipient_params[i]);

		if (json_array_append_new(array, one) != 0) {
			json_decref(array);
			return NULL;
		}
	}
	return array;
}

/* *object is taken over; NULL on failure. */
static json_t *envelope_json(const struct sw_incoming *m, const struct sw_envelope *env,
			     const char *sha256)
{
	json_t *tls = env->tls_version ? json_pack("{s:s, s:s}", "version", env->tls_version,
						   "cipher", env->tls_cipher)
				       : json_null();
	json_t *auth = env->user
			       ? json_pack("{s:o, s:s}", "user", text(sw_slice_str(env->user)),
					   "mechanism", env->mechanism)
			       : json_null();

	json_t *proxy = env->proxy && *env->proxy ? json_string(env->proxy) : json_null();

	return json_pack(
		"{s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:I, s:s,"
		" s:o, s:o, s:s, s:I, s:o, s:o}",
		"schema", "sendwell/sandbox/1", "id", m->id, "time", m->time, "client",
		env->client, "helo", text(env->helo), "tls", tls, "auth", auth, "sender",
		text(env->sender), "params", text(env->sender_params), "recipients",
		texts(env->recipients, env->recipient_count), "recipient_params",
		texts(env->recipient_params, env->recipient_count), "size",
		(json_int_t)m->bytes, "sha256", sha256, "asked",
		sw_params_json(SW_VERB_MAIL, env->sender_params), "recipients_asked",
		asked(env), "transfer", env->chunks > 0 ? "BDAT" : "DATA", "chunks",
		(json_int_t)env->chunks, "proxy", proxy, "xclient",
		env->xclient.len > 0 ? sw_attributes_json(env->xclient) : json_null());
}

/* Jansson does not stop at every failure, and would go on behind a hole. */
struct sink {
	struct sw_buf *out;
	bool failed;
};

static int add_to_buf(const char *bytes, size_t len, void *arg)
{
	struct sink *sink = arg;

	sink->failed = sink->failed || sw_buf_add(sink->out, sw_slice(bytes, len)) != SW_OK;
	return sink->failed ? -1 : 0;
}

static bool finish_hash(struct sw_incoming *m, char hex[2 * EVP_MAX_MD_SIZE + 1])
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned len = 0;

	if (!EVP_DigestFinal_ex(m->hash, digest, &len))
		return false;
	for (unsigned i = 0; i < len; i++)
		(void)snprintf(hex + 2 * i, 3, "%02x", digest[i]);
	return true;
}

static enum sw_err render(struct sw_incoming *m, const struct sw_envelope *env,
			  struct sw_buf *out)
{
	char sha256[2 * EVP_MAX_MD_SIZE + 1] = "";
	struct sink sink = { .out = out };
	json_t *json;
	bool failed;

	if (!finish_hash(m, sha256))
		return SW_E_NOMEM;
	json = envelope_json(m, env, sha256);
	failed = !json || json_dump_callback(json, add_to_buf, &sink, JSON_INDENT(2)) != 0 ||
		 sink.failed;
	json_decref(json);
	return failed ? SW_E_NOMEM : sw_buf_add_char(out, '\n');
}

static enum sw_err move(const char *from, const char *to, struct sw_error *err)
{
	return rename(from, to) == 0 ? SW_OK
				     : sw_fail_errno(err, SW_E_CREATE, errno, "%s", to);
}

/* Written beside, then moved: nobody sees half of it. */
static enum sw_err put_json(struct sw_incoming *m, struct sw_slice json, struct sw_error *err)
{
	char temp[MAX_PATH], path[MAX_PATH];
	enum sw_err e = path_of(m, ".", ".json.tmp", temp, err);
	int fd;

	if (!e)
		e = path_of(m, "", ".json", path, err);
	if (!e)
		e = sw_file_create(temp, FILE_MODE, &fd, err);
	if (e)
		return e;
	e = sw_fd_write(fd, json, err);
	close(fd);
	if (!e)
		e = move(temp, path, err);
	if (e)
		(void)unlink(temp);
	return e;
}

enum sw_err sw_incoming_keep(struct sw_incoming *m, const struct sw_envelope *env,
			     struct sw_error *err)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf json = { .max = SW_MAX_SANDBOX_JSON };
	char temp[MAX_PATH], path[MAX_PATH];
	enum sw_err e;

	if (m->fd < 0)
		return SW_OK;
	if (render(m, env, &json))
		return sw_fail_nomem(err);
	e = flush(m, err);
	if (!e)
		e = path_of(m, ".", ".tmp", temp, err);
	if (!e)
		e = path_of(m, "", ".eml", path, err);
	if (!e)
		e = move(temp, path, err);
	if (e)
		return e;
	m->kept = true;
	e = put_json(m, sw_buf_slice(&json), err);
	if (e)
		(void)unlink(path);
	return e;
}

void sw_incoming_free(struct sw_incoming *m)
{
	char path[MAX_PATH];

	if (!m)
		return;
	if (m->fd >= 0) {
		close(m->fd);
		if (!m->kept && !path_of(m, ".", ".tmp", path, NULL))
			(void)unlink(path);
	}
	EVP_MD_CTX_free(m->hash);
	sw_buf_fini(&m->pending);
	sw_free(m);
}

const char *sw_incoming_id(const struct sw_incoming *m)
{
	return m->id;
}

uint64_t sw_incoming_bytes(const struct sw_incoming *m)
{
	return m->bytes;
}
