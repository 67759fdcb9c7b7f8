/* SPDX-License-Identifier: MIT */
#include "identity/dkim_record.h"

#include "codec/base64.h"
#include "identity/dkim_der.h"

static bool list_has(struct sw_slice list, struct sw_slice word)
{
	struct sw_slice piece;
	size_t pos = 0;

	while (sw_dkim_list_next(list, &pos, &piece))
		if (sw_slice_eq(piece, word))
			return true;
	return false;
}

static enum sw_dkim_reason read_key(const struct sw_dkim_tags *t, struct sw_dkim_record *r,
				    const char **detail)
{
	const struct sw_dkim_tag *p = sw_dkim_tags_find(t, "p");
	SW_CLEANUP(sw_buf_fini) struct sw_buf packed = { .max = SW_MAX_DKIM_RECORD };

	if (!p) {
		*detail = "it has no p=";
		return SW_DKIM_WHY_KEY_SYNTAX;
	}
	if (p->value.len == 0)
		return SW_DKIM_WHY_KEY_REVOKED;
	/* Blanks may stand anywhere in it (base64string of RFC 6376 2.10). */
	for (size_t i = 0; i < p->value.len; i++)
		if ((unsigned char)p->value.ptr[i] > ' ' &&
		    sw_buf_add_char(&packed, p->value.ptr[i]))
			return SW_DKIM_WHY_OURS; /* no longer than the record: memory */
	sw_buf_clear(&r->key);
	enum sw_err e = sw_base64_decode(sw_buf_slice(&packed), SW_BASE64_STRICT, &r->key);

	if (e == SW_E_NOMEM)
		return SW_DKIM_WHY_OURS;
	if (e) {
		*detail = "p= is not base64";
		return SW_DKIM_WHY_KEY_DATA;
	}
	return SW_DKIM_WHY_VERIFIED;
}

static void read_lists(const struct sw_dkim_tags *t, struct sw_dkim_record *r)
{
	const struct sw_dkim_tag *h = sw_dkim_tags_find(t, "h"),
				 *s = sw_dkim_tags_find(t, "s"),
				 *flags = sw_dkim_tags_find(t, "t");

	r->hashes[SW_DKIM_SHA256] = !h || list_has(h->value, SW_S("sha256"));
	r->hashes[SW_DKIM_SHA1] = !h || list_has(h->value, SW_S("sha1"));
	r->for_mail = !s || list_has(s->value, SW_S("*")) || list_has(s->value, SW_S("email"));
	r->testing = flags && list_has(flags->value, SW_S("y"));
	r->strict = flags && list_has(flags->value, SW_S("s"));
}

enum sw_dkim_reason sw_dkim_record_read(struct sw_slice text, struct sw_dkim_record *r,
					const char **detail)
{
	*detail = "";
	if (text.len > SW_MAX_DKIM_RECORD) {
		*detail = "it is too long";
		return SW_DKIM_WHY_KEY_SYNTAX;
	}
	const char *wrong = sw_dkim_tags_parse(text, &r->tags);

	if (wrong) {
		*detail = wrong;
		return SW_DKIM_WHY_KEY_SYNTAX;
	}
	const struct sw_dkim_tag *v = sw_dkim_tags_find(&r->tags, "v"),
				 *k = sw_dkim_tags_find(&r->tags, "k");

	if (v && !sw_slice_eq(v->value, SW_S("DKIM1")))
		return SW_DKIM_WHY_KEY_VERSION;
	if (v && v != &r->tags.list[0]) {
		*detail = "v= is not its first tag";
		return SW_DKIM_WHY_KEY_SYNTAX;
	}
	r->type = k && sw_slice_eq(k->value, SW_S("ed25519")) ? SW_DKIM_ED25519 : SW_DKIM_RSA;
	read_lists(&r->tags, r);
	if (k && r->type == SW_DKIM_RSA && !sw_slice_eq(k->value, SW_S("rsa"))) {
		*detail = "k= is neither rsa nor ed25519";
		return SW_DKIM_WHY_KEY_TYPE;
	}
	return read_key(&r->tags, r, detail);
}

enum sw_err sw_dkim_record_write(const struct sw_dkim_private *key, struct sw_buf *out)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf raw = { .max = SW_MAX_DKIM_KEY_BYTES };
	enum sw_err e = sw_dkim_private_public(key, &raw);

	if (!e)
		e = sw_buf_printf(out, "v=DKIM1; k=%s; p=",
				  sw_dkim_key_type_name(sw_dkim_private_type(key)));
	return e ? e : sw_base64_encode(sw_buf_slice(&raw), out);
}

enum sw_err sw_dkim_record_zone(const char *domain, const char *selector,
				struct sw_slice record, struct sw_buf *out)
{
	enum { STRING = 255 };
	enum sw_err e = sw_buf_printf(out, "%s._domainkey.%s. IN TXT (", selector, domain);

	while (!e && record.len > 0) {
		e = sw_buf_printf(out, " \"%.*s\"", SW_FMT(sw_slice_head(record, STRING)));
		record = sw_slice_from(record, STRING);
	}
	return e ? e : sw_buf_add(out, SW_S(" )"));
}

bool sw_dkim_record_matches(const struct sw_dkim_record *r, const struct sw_dkim_private *key)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf raw = { .max = SW_MAX_DKIM_KEY_BYTES };
	struct sw_slice n1, e1, n2, e2;

	if (r->type != sw_dkim_private_type(key) || sw_dkim_private_public(key, &raw))
		return false;
	if (r->type == SW_DKIM_ED25519)
		return sw_slice_eq(sw_buf_slice(&raw), sw_buf_slice(&r->key));
	/* One key has two forms. */
	return !sw_dkim_der_rsa(sw_buf_slice(&raw), &n1, &e1) &&
	       !sw_dkim_der_rsa(sw_buf_slice(&r->key), &n2, &e2) && sw_slice_eq(n1, n2) &&
	       sw_slice_eq(e1, e2);
}
