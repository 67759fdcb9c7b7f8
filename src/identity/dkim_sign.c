/* SPDX-License-Identifier: MIT */
#include "identity/dkim_sign.h"

#include "base/mem.h"
#include "dns/record.h"
#include "mail/domain.h"

struct sw_dkim_signer {
	struct sw_dkim_crypto *crypto;
	struct sw_dkim_sign_options o;
	struct sw_arena arena;
	struct sw_dkim_message m;
	struct sw_buf text; /* what is signed */
	struct {
		struct sw_dkim_private *key;
		const char *domain, *selector;
	} keys[SW_MAX_DKIM_SIGNERS];
	size_t count, hashing;
};

struct sw_dkim_signer *sw_dkim_signer_new(struct sw_dkim_crypto *c,
					  const struct sw_dkim_sign_options *o)
{
	struct sw_dkim_signer *s = sw_calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->crypto = c;
	s->o = *o;
	sw_dkim_message_init(&s->m, c);
	sw_buf_init(&s->text, 2 * SW_MAX_HEADER_BLOCK);
	if (!o->identity)
		return s;
	s->o.identity = sw_arena_strdup(&s->arena, o->identity);
	if (s->o.identity)
		return s;
	sw_dkim_signer_free(s);
	return NULL;
}

void sw_dkim_signer_free(struct sw_dkim_signer *s)
{
	if (!s)
		return;
	sw_dkim_message_fini(&s->m);
	sw_buf_fini(&s->text);
	sw_arena_fini(&s->arena);
	sw_free(s);
}

enum sw_err sw_dkim_signer_add(struct sw_dkim_signer *s, struct sw_dkim_private *key,
			       const char *domain, const char *selector, struct sw_error *err)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf name = { .max = SW_MAX_COMMAND };
	struct sw_domain d;

	if (s->count == SW_MAX_DKIM_SIGNERS)
		return sw_fail(err, SW_E_LIMIT, "at most %d keys sign one message",
			       SW_MAX_DKIM_SIGNERS);
	enum sw_err e = !*domain || *domain == '['
				? SW_E_DATA
				: sw_domain_parse(&s->arena, sw_slice_str(domain), &d, NULL);
	if (e == SW_E_NOMEM)
		return sw_fail_nomem(err);
	if (e)
		return sw_fail(err, SW_E_USAGE, "\"%.64s\" is no domain to sign for", domain);
	e = sw_buf_printf(&name, "%s._domainkey.%s", selector, d.ascii);
	if (e == SW_E_NOMEM)
		return sw_fail_nomem(err);
	if (e || !*selector || strpbrk(selector, " \t;:=\"\\@") ||
	    !sw_dns_name_valid(sw_buf_slice(&name)))
		return sw_fail(err, SW_E_USAGE,
			       "\"%.64s\" is no selector (letters, digits, '-', dots between)",
			       selector);
	selector = sw_arena_strdup(&s->arena, selector);
	if (!selector)
		return sw_fail_nomem(err);
	s->keys[s->count].key = key;
	s->keys[s->count].domain = d.ascii;
	s->keys[s->count++].selector = selector;
	return SW_OK;
}

const char *sw_dkim_signer_domain(const struct sw_dkim_signer *s, size_t i)
{
	return s->keys[i].domain;
}

void sw_dkim_signer_reset(struct sw_dkim_signer *s)
{
	sw_dkim_message_reset(&s->m);
}

static enum sw_err header_done(struct sw_dkim_signer *s, struct sw_error *err)
{
	return sw_dkim_message_hash(&s->m, s->o.simple_body ? SW_DKIM_SIMPLE : SW_DKIM_RELAXED,
				    SW_DKIM_SHA256, NULL, &s->hashing, err);
}

enum sw_err sw_dkim_signer_feed(struct sw_dkim_signer *s, struct sw_slice in,
				struct sw_error *err)
{
	if (!s->m.header_done) {
		enum sw_err e = sw_dkim_message_header(&s->m, &in, err);

		if (!e && s->m.header_done)
			e = header_done(s, err);
		if (e)
			return e;
	}
	if (s->m.header_done && in.len)
		sw_dkim_message_body(&s->m, in);
	return SW_OK;
}

static enum sw_err sign_with(struct sw_dkim_signer *s, size_t i, struct sw_buf *out,
			     struct sw_error *err)
{
	enum sw_dkim_canon canon = s->o.simple_header ? SW_DKIM_SIMPLE : SW_DKIM_RELAXED;
	const struct sw_dkim_hashing *h = &s->m.hashing[s->hashing];
	struct sw_dkim_writer w = { .out = out };
	size_t start = sw_buf_len(out);

	sw_buf_clear(&s->text);
	sw_dkim_write(&w, "DKIM-Signature: v=1; a=%s-sha256; c=%s/%s;",
		      sw_dkim_key_type_name(sw_dkim_private_type(s->keys[i].key)),
		      sw_dkim_canon_name(canon), sw_dkim_canon_name(h->canon));
	sw_dkim_write(&w, " d=%s;", s->keys[i].domain);
	sw_dkim_write(&w, " s=%s;", s->keys[i].selector);
	if (s->o.identity)
		sw_dkim_write(&w, " i=%s;", s->o.identity);
	if (s->o.made_s)
		sw_dkim_write(&w, " t=%lld;", (long long)s->o.made_s);
	if (s->o.expires_s)
		sw_dkim_write(&w, " x=%lld;", (long long)s->o.expires_s);
	enum sw_err e = sw_dkim_write_names(&w, &s->m, canon, true, &s->text, err);

	if (e)
		return e;
	sw_dkim_write(&w, " bh=");
	sw_dkim_write_base64(&w, sw_slice(h->out, SW_DKIM_HASH_MAX));
	sw_dkim_write(&w, "; b=");
	return sw_dkim_write_signature(&w, start, &s->text, canon, s->keys[i].key, s->crypto,
				       err);
}

enum sw_err sw_dkim_signer_end(struct sw_dkim_signer *s, struct sw_buf *out,
			       struct sw_error *err)
{
	enum sw_err e = SW_OK;

	if (s->count == 0)
		return sw_fail(err, SW_E_USAGE, "there is no key to sign with");
	if (!s->m.header_done) {
		e = sw_dkim_message_header_end(&s->m, err);
		if (!e)
			e = header_done(s, err);
	}
	if (!e && sw_dkim_message_count(&s->m, SW_S("From")) == 0)
		e = sw_fail(
			err, SW_E_DATA,
			"the message has no From field, which DKIM must sign (RFC 6376 5.4)");
	if (!e)
		e = sw_dkim_message_end(&s->m, err);
	for (size_t i = 0; !e && i < s->count; i++)
		e = sign_with(s, i, out, err);
	return e;
}
