/* SPDX-License-Identifier: MIT */
/* A message with its signatures in front. */
#include "api/dkim.h"
#include "base/mem.h"

struct signed_source {
	struct sw_source s;
	struct sw_source *inner;
	struct sw_buf fields;
	size_t given; /* of fields */
};

static enum sw_err signed_rewind(struct sw_source *s, struct sw_error *err)
{
	struct signed_source *x = (struct signed_source *)s;

	x->given = 0;
	return sw_source_rewind(x->inner, err);
}

static enum sw_err signed_read(struct sw_source *s, char *out, size_t size, size_t *ret_len,
			       struct sw_error *err)
{
	struct signed_source *x = (struct signed_source *)s;
	struct sw_slice rest = sw_slice_from(sw_buf_slice(&x->fields), x->given);

	if (rest.len == 0)
		return sw_source_read(x->inner, out, size, ret_len, err);
	*ret_len = (size_t)sw_min_u64(rest.len, size);
	memcpy(out, rest.ptr, *ret_len);
	x->given += *ret_len;
	return SW_OK;
}

static void signed_free(struct sw_source *s)
{
	struct signed_source *x = (struct signed_source *)s;

	sw_source_free(x->inner);
	sw_buf_fini(&x->fields);
	sw_free(x);
}

static const struct sw_source_ops signed_ops = { signed_rewind, signed_read, signed_free };

static enum sw_err feed(void *arg, struct sw_slice piece, struct sw_error *err)
{
	return sw_dkim_signer_feed(arg, piece, err);
}

static enum sw_err sign(struct sw_dkim_keys *k, struct sw_source *inner, struct sw_buf *fields,
			struct sw_error *err)
{
	sw_dkim_signer_reset(k->signer);
	enum sw_err e = sw_source_each(inner, feed, k->signer, err);

	if (!e)
		e = sw_dkim_signer_end(k->signer, fields, err);
	return e ? e : sw_source_rewind(inner, err);
}

enum sw_err sw_dkim_signed_source(struct sw_dkim_keys *k, struct sw_source *inner,
				  struct sw_source **ret, struct sw_error *err)
{
	struct signed_source *x = sw_calloc(1, sizeof(*x));

	if (!x)
		return sw_fail_nomem(err);
	sw_buf_init(&x->fields, (size_t)SW_MAX_DKIM_SIGNERS * SW_MAX_DKIM_FIELD);
	enum sw_err e = sign(k, inner, &x->fields, err);

	if (e) {
		sw_buf_fini(&x->fields);
		sw_free(x);
		return e;
	}
	x->inner = inner;
	x->s.ops = &signed_ops;
	x->s.facts = inner->facts;
	x->s.facts.size_bytes += sw_buf_len(&x->fields);
	*ret = &x->s;
	return SW_OK;
}
