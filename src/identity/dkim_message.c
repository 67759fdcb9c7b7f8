/* SPDX-License-Identifier: MIT */
#include "identity/dkim_message.h"

#include "base/mem.h"

void sw_dkim_message_init(struct sw_dkim_message *m, struct sw_dkim_crypto *c)
{
	memset(m, 0, sizeof(*m));
	m->crypto = c;
	sw_buf_init(&m->header, SW_MAX_HEADER_BLOCK);
}

void sw_dkim_message_fini(struct sw_dkim_message *m)
{
	sw_buf_fini(&m->header);
	sw_free(m->fields);
	for (size_t i = 0; i < SW_MAX_DKIM_SIGNATURES; i++)
		sw_dkim_digest_free(m->hashing[i].digest);
}

void sw_dkim_message_reset(struct sw_dkim_message *m)
{
	sw_buf_clear(&m->header);
	m->line_start = m->field_count = m->hashing_count = 0;
	m->header_done = m->ended = m->line_ends_known = m->bare_lf = false;
	m->last = '\0';
	m->pickers = 0;
}

/* ---- header ---- */

uint32_t sw_dkim_name_hash(struct sw_slice name)
{
	return (uint32_t)sw_slice_hash_nocase(name, 0);
}

static enum sw_err add_field(struct sw_dkim_message *m, const struct sw_field *f,
			     struct sw_error *err)
{
	if (m->field_count == SW_MAX_DKIM_FIELDS)
		return sw_fail(err, SW_E_LIMIT, "the header has more than %d fields",
			       SW_MAX_DKIM_FIELDS);
	if (m->field_count == m->field_room) {
		size_t room = m->field_room ? m->field_room * 2 : 64;
		void *more = sw_realloc(m->fields, room * sizeof(*m->fields));

		if (!more)
			return sw_fail_nomem(err);
		m->fields = more;
		m->field_room = room;
	}
	m->fields[m->field_count++] =
		(struct sw_dkim_field){ .field = *f, .hash = sw_dkim_name_hash(f->name) };
	return SW_OK;
}

static enum sw_err cut_fields(struct sw_dkim_message *m, struct sw_error *err)
{
	struct sw_slice rest = sw_buf_slice(&m->header);
	struct sw_field f;
	enum sw_err e = SW_OK;

	m->header_done = true;
	while (!e && sw_field_next(&rest, &f))
		if (f.name.len)
			e = add_field(m, &f, err);
	return e;
}

static enum sw_err too_long(struct sw_error *err, enum sw_err e)
{
	return e == SW_E_NOMEM ? sw_fail_nomem(err)
			       : sw_fail(err, SW_E_LIMIT, "the header has more than %d bytes",
					 SW_MAX_HEADER_BLOCK);
}

/* The line end that has just come; whether the header is over. */
static enum sw_err end_line(struct sw_dkim_message *m, bool *over)
{
	struct sw_slice all = sw_buf_slice(&m->header);
	bool cr = all.len > m->line_start && all.ptr[all.len - 1] == '\r';
	enum sw_err e = SW_OK;

	if (!m->line_ends_known)
		m->bare_lf = !cr;
	m->line_ends_known = true;
	if (!cr && m->bare_lf)
		e = sw_buf_add_char(&m->header, '\r');
	if (!e)
		e = sw_buf_add_char(&m->header, '\n');
	if (e || (!cr && !m->bare_lf))
		return e; /* a lone LF in a message with CRLF ends nothing */
	*over = sw_buf_len(&m->header) == m->line_start + 2;
	if (*over)
		sw_buf_truncate(&m->header, m->line_start);
	m->line_start = sw_buf_len(&m->header);
	return SW_OK;
}

enum sw_err sw_dkim_message_header(struct sw_dkim_message *m, struct sw_slice *in,
				   struct sw_error *err)
{
	bool over = false;
	enum sw_err e = SW_OK;

	while (!over && in->len > 0) {
		size_t len = sw_slice_find(*in, '\n');

		e = sw_buf_add(&m->header, sw_slice_head(*in, len));
		if (!e && len < in->len)
			e = end_line(m, &over);
		if (e)
			return too_long(err, e);
		*in = sw_slice_from(*in, len + 1);
	}
	return over ? cut_fields(m, err) : SW_OK;
}

enum sw_err sw_dkim_message_header_end(struct sw_dkim_message *m, struct sw_error *err)
{
	enum sw_err e = SW_OK;

	if (m->header_done)
		return SW_OK;
	if (sw_buf_len(&m->header) > m->line_start)
		e = sw_buf_add(&m->header, SW_S("\r\n"));
	return e ? too_long(err, e) : cut_fields(m, err);
}

/* ---- body ---- */

static void hash_bytes(void *arg, const void *bytes, size_t len)
{
	struct sw_dkim_hashing *h = arg;
	uint64_t room = h->has_limit ? h->limit - sw_min_u64(h->limit, h->length) : len;

	h->length += len;
	if (room > 0)
		sw_dkim_digest_add(h->digest, bytes, (size_t)sw_min_u64(room, len));
}

static bool same(const struct sw_dkim_hashing *h, enum sw_dkim_canon canon,
		 enum sw_dkim_hash hash, const uint64_t *limit)
{
	return h->canon == canon && h->hash == hash && h->has_limit == (limit != NULL) &&
	       (!limit || h->limit == *limit);
}

enum sw_err sw_dkim_message_hash(struct sw_dkim_message *m, enum sw_dkim_canon canon,
				 enum sw_dkim_hash hash, const uint64_t *limit, size_t *ret,
				 struct sw_error *err)
{
	for (*ret = 0; *ret < m->hashing_count; (*ret)++)
		if (same(&m->hashing[*ret], canon, hash, limit))
			return SW_OK;
	if (m->hashing_count == SW_MAX_DKIM_SIGNATURES)
		return sw_fail(err, SW_E_LIMIT, "too many ways of hashing one body");
	struct sw_dkim_hashing *h = &m->hashing[m->hashing_count];

	if (!h->digest)
		h->digest = sw_dkim_digest_new();
	if (!h->digest)
		return sw_fail_nomem(err);
	h->canon = canon;
	h->hash = hash;
	h->has_limit = limit != NULL;
	h->limit = limit ? *limit : 0;
	h->length = 0;
	sw_dkim_body_init(&h->body, canon, hash_bytes, h);
	/* Without SHA-1 on this machine such a hash never fits: told as differing would be a
	 * lie, so the end says so. */
	if (sw_dkim_digest_begin(h->digest, m->crypto, hash) && hash == SW_DKIM_SHA256)
		return sw_fail(err, SW_E_INTERNAL, "SHA-256 does not work here");
	m->hashing_count++;
	return SW_OK;
}

static void hash_all(struct sw_dkim_message *m, struct sw_slice in)
{
	for (size_t i = 0; i < m->hashing_count; i++)
		sw_dkim_body_feed(&m->hashing[i].body, in);
}

void sw_dkim_message_body(struct sw_dkim_message *m, struct sw_slice in)
{
	if (!m->bare_lf) {
		hash_all(m, in);
		return;
	}
	char stage[4096];
	size_t n = 0;

	for (size_t i = 0; i < in.len; i++) {
		if (in.ptr[i] == '\n' && m->last != '\r')
			stage[n++] = '\r';
		m->last = stage[n++] = in.ptr[i];
		if (n + 2 > sizeof(stage)) {
			hash_all(m, sw_slice(stage, n));
			n = 0;
		}
	}
	hash_all(m, sw_slice(stage, n));
}

enum sw_err sw_dkim_message_end(struct sw_dkim_message *m, struct sw_error *err)
{
	m->ended = true;
	for (size_t i = 0; i < m->hashing_count; i++) {
		struct sw_dkim_hashing *h = &m->hashing[i];

		sw_dkim_body_end(&h->body);
		if (sw_dkim_digest_end(h->digest, h->out) && h->hash == SW_DKIM_SHA256)
			return sw_fail(err, SW_E_INTERNAL, "hashing failed");
	}
	return SW_OK;
}

/* ---- picking ---- */

unsigned sw_dkim_message_picking(struct sw_dkim_message *m)
{
	return ++m->pickers;
}

struct sw_dkim_field *sw_dkim_message_pick(struct sw_dkim_message *m, unsigned picking,
					   struct sw_slice name)
{
	uint32_t hash = sw_dkim_name_hash(name);

	for (size_t i = m->field_count; i-- > 0;) {
		struct sw_dkim_field *f = &m->fields[i];

		if (f->hash == hash && f->taken != picking &&
		    sw_slice_eq_nocase(f->field.name, name)) {
			f->taken = picking;
			return f;
		}
	}
	return NULL;
}

size_t sw_dkim_message_count(const struct sw_dkim_message *m, struct sw_slice name)
{
	uint32_t hash = sw_dkim_name_hash(name);
	size_t n = 0;

	for (size_t i = 0; i < m->field_count; i++)
		n += m->fields[i].hash == hash &&
		     sw_slice_eq_nocase(m->fields[i].field.name, name);
	return n;
}
