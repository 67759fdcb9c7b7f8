/* SPDX-License-Identifier: MIT */
/* Writing signature fields. */
#include <stdio.h>

#include "codec/base64.h"
#include "identity/dkim_sign.h"

enum { COLUMNS = 76 };

static const struct {
	struct sw_slice name, joined, first;
	bool sign, oversign;
} fields[] = {
#define SW_DKIM_FIELD(name, sign, oversign, shown)                                            \
	{ SW_S(name), SW_S(":" name), SW_S(" h=" name), sign, oversign },
#include "identity/dkim_field.def"
#undef SW_DKIM_FIELD
};

static void put(struct sw_dkim_writer *w, struct sw_slice s)
{
	/* A blank at a piece's front is what folding stands in for. */
	if (!w->e && w->column + s.len > COLUMNS) {
		if (s.len && s.ptr[0] == ' ')
			s = sw_slice_from(s, 1);
		w->e = sw_buf_add(w->out, SW_S("\r\n\t"));
		w->column = 1;
	}
	if (!w->e)
		w->e = sw_buf_add(w->out, s);
	w->column += s.len;
}

void sw_dkim_write(struct sw_dkim_writer *w, const char *fmt, ...)
{
	/* The longest piece is a domain or an identity. */
	char piece[SW_MAX_COMMAND];
	va_list args;

	va_start(args, fmt);
	int len = vsnprintf(piece, sizeof(piece), fmt, args);

	va_end(args);
	if (!w->e && (len < 0 || (size_t)len >= sizeof(piece)))
		w->e = SW_E_LIMIT;
	if (!w->e)
		put(w, sw_slice(piece, (size_t)len));
}

void sw_dkim_write_base64(struct sw_dkim_writer *w, struct sw_slice bytes)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf text = { .max = SW_MAX_DKIM_FIELD };

	if (!w->e)
		w->e = sw_base64_encode(bytes, &text);
	for (struct sw_slice s = sw_buf_slice(&text); !w->e && s.len > 0;) {
		size_t room = w->column < COLUMNS ? COLUMNS - w->column : COLUMNS - 1;
		struct sw_slice piece = sw_slice_head(s, room);

		put(w, piece);
		s = sw_slice_from(s, piece.len);
	}
}

static enum sw_err name_field(struct sw_dkim_writer *w, struct sw_dkim_message *m,
			      unsigned picking, size_t i, enum sw_dkim_canon canon,
			      bool oversign, size_t *count, struct sw_buf *text)
{
	struct sw_dkim_field *f;
	enum sw_err e = SW_OK;
	size_t here = 0;

	while (!e && (f = sw_dkim_message_pick(m, picking, fields[i].name))) {
		here++;
		e = sw_dkim_canon_field(canon, f->field.whole, text);
	}
	if (fields[i].oversign && oversign)
		here++;
	for (; here > 0; here--, ++*count)
		put(w, *count ? fields[i].joined : fields[i].first);
	return e ? e : w->e;
}

enum sw_err sw_dkim_write_names(struct sw_dkim_writer *w, struct sw_dkim_message *m,
				enum sw_dkim_canon canon, bool oversign, struct sw_buf *text,
				struct sw_error *err)
{
	unsigned picking = sw_dkim_message_picking(m);
	size_t count = 0;
	enum sw_err e = SW_OK;

	for (size_t i = 0; !e && i < SW_LEN(fields); i++)
		if (fields[i].sign)
			e = name_field(w, m, picking, i, canon, oversign, &count, text);
	if (e == SW_E_LIMIT || count > SW_MAX_DKIM_NAMES)
		return sw_fail(err, SW_E_LIMIT, "the header has too many fields to be signed");
	sw_dkim_write(w, ";");
	return e ? sw_fail_nomem(err) : SW_OK;
}

static enum sw_err hash_text(struct sw_dkim_crypto *c, struct sw_slice text,
			     uint8_t hash[SW_DKIM_HASH_MAX])
{
	struct sw_dkim_digest *d = sw_dkim_digest_new();
	enum sw_err e = d ? sw_dkim_digest_begin(d, c, SW_DKIM_SHA256) : SW_E_NOMEM;

	if (!e) {
		sw_dkim_digest_add(d, text.ptr, text.len);
		e = sw_dkim_digest_end(d, hash);
	}
	sw_dkim_digest_free(d);
	return e;
}

enum sw_err sw_dkim_write_signature(struct sw_dkim_writer *w, size_t start,
				    struct sw_buf *text, enum sw_dkim_canon canon,
				    struct sw_dkim_private *key, struct sw_dkim_crypto *c,
				    struct sw_error *err)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf b = { .max = SW_MAX_DKIM_KEY_BYTES };
	uint8_t hash[SW_DKIM_HASH_MAX];
	struct sw_slice own = sw_slice_from(sw_buf_slice(w->out), start);
	enum sw_err e = w->e;

	if (!e)
		e = sw_dkim_canon_own(canon, own, sw_slice(own.ptr + own.len, 0), text);
	if (!e)
		e = hash_text(c, sw_buf_slice(text), hash);
	if (e == SW_E_LIMIT)
		return sw_fail(err, e, "the signature's field is too long");
	if (e)
		return e == SW_E_NOMEM ? sw_fail_nomem(err)
				       : sw_fail(err, e, "hashing failed");
	e = sw_dkim_private_sign(key, hash, &b, err);
	if (e)
		return e;
	sw_dkim_write_base64(w, sw_buf_slice(&b));
	if (!w->e)
		w->e = sw_buf_add(w->out, SW_S("\r\n"));
	return w->e ? sw_fail_nomem(err) : SW_OK;
}
