/* SPDX-License-Identifier: MIT */
#include "identity/dkim_sig.h"

#include "codec/base64.h"
#include "mail/domain.h"

const char *sw_dkim_say(struct sw_arena *arena, const char *fmt, ...)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf b = { .max = SW_MAX_HEADER_BLOCK };
	va_list args;

	va_start(args, fmt);
	enum sw_err e = sw_buf_vprintf(&b, fmt, args);

	va_end(args);
	struct sw_slice s = sw_arena_copy(arena, e ? SW_S("") : sw_buf_slice(&b));

	return s.ptr ? s.ptr : "";
}

struct reading {
	struct sw_dkim_sig *s;
	struct sw_arena *arena;
	bool nomem;
};

static bool bad(struct reading *r, enum sw_dkim_reason why, const char *detail)
{
	r->s->reason = why;
	r->s->detail = detail;
	return false;
}

static const struct sw_dkim_tag *tag(const struct reading *r, const char *name)
{
	return sw_dkim_tags_find(&r->s->tags, name);
}

static const char *keep(struct reading *r, struct sw_slice s)
{
	struct sw_slice copy = sw_arena_copy(r->arena, s);

	r->nomem |= !copy.ptr;
	return copy.ptr ? copy.ptr : "";
}

/* Labels of letters, digits, '-' and '_' (which selectors and domains of the world have), or
 * beyond ASCII (RFC 8616); at least `least` of them. */
static bool labels_valid(struct sw_slice s, size_t least)
{
	struct sw_slice label;
	size_t count = 0;

	if (s.len == 0 || s.len > SW_MAX_DOMAIN)
		return false;
	for (bool more = true; more; count++) {
		size_t dot = sw_slice_find(s, '.');

		label = sw_slice_head(s, dot);
		more = dot < s.len;
		s = sw_slice_from(s, dot + 1);
		if (label.len == 0 || label.len > 63)
			return false;
		for (size_t i = 0; i < label.len; i++) {
			unsigned char c = (unsigned char)label.ptr[i], low = c | 0x20;

			if (c < 0x80 && !(low >= 'a' && low <= 'z') &&
			    !sw_ascii_digit((char)c) && c != '-' && c != '_')
				return false;
		}
	}
	return count >= least;
}

static bool read_algorithm(struct reading *r)
{
	static const struct {
		struct sw_slice name;
		enum sw_dkim_key_type type;
		enum sw_dkim_hash hash;
	} known[] = {
		{ SW_S("rsa-sha256"), SW_DKIM_RSA, SW_DKIM_SHA256 },
		{ SW_S("ed25519-sha256"), SW_DKIM_ED25519, SW_DKIM_SHA256 },
		{ SW_S("rsa-sha1"), SW_DKIM_RSA, SW_DKIM_SHA1 },
	};
	const struct sw_dkim_tag *a = tag(r, "a");

	if (!a)
		return bad(r, SW_DKIM_WHY_TAG_MISSING, "a=");
	r->s->algorithm = keep(r, a->value);
	for (size_t i = 0; i < SW_LEN(known); i++)
		if (sw_slice_eq(a->value, known[i].name)) {
			r->s->type = known[i].type;
			r->s->hash = known[i].hash;
			return true;
		}
	return bad(r, SW_DKIM_WHY_ALGORITHM, r->s->algorithm);
}

static bool read_domain(struct reading *r)
{
	const struct sw_dkim_tag *d = tag(r, "d"), *s = tag(r, "s");
	struct sw_domain domain;

	if (!d || !s)
		return bad(r, SW_DKIM_WHY_TAG_MISSING, d ? "s=" : "d=");
	r->s->domain = keep(r, d->value);
	r->s->selector = keep(r, s->value);
	if (!labels_valid(d->value, 2))
		return bad(r, SW_DKIM_WHY_DOMAIN, "d=");
	if (!labels_valid(s->value, 1))
		return bad(r, SW_DKIM_WHY_DOMAIN, "s=");
	const char *ascii = r->s->domain;

	/* Labels beyond ASCII are asked for as A-labels (RFC 8616 5). */
	if (sw_slice_has_8bit(d->value)) {
		enum sw_err e = sw_domain_parse(r->arena, d->value, &domain, NULL);

		r->nomem = r->nomem || e == SW_E_NOMEM;
		if (e)
			return bad(r, SW_DKIM_WHY_DOMAIN, "d=");
		ascii = domain.ascii;
	}
	r->s->question = sw_dkim_say(r->arena, "%s._domainkey.%s", r->s->selector, ascii);
	r->nomem = r->nomem || !*r->s->question;
	if (!sw_dns_name_valid(sw_slice_str(r->s->question)))
		return bad(r, SW_DKIM_WHY_DOMAIN, "d= and s= make a name beyond 253 bytes");
	return true;
}

static bool read_canon(struct reading *r)
{
	const struct sw_dkim_tag *c = tag(r, "c");
	struct sw_slice part[2] = { SW_S("simple"), SW_S("simple") };
	enum sw_dkim_canon *to[2] = { &r->s->header_canon, &r->s->body_canon };

	if (c) {
		size_t slash = sw_slice_find(c->value, '/');

		part[0] = sw_slice_head(c->value, slash);
		if (slash < c->value.len)
			part[1] = sw_slice_from(c->value, slash + 1);
	}
	for (size_t i = 0; i < 2; i++) {
		if (sw_slice_eq(part[i], SW_S("relaxed")))
			*to[i] = SW_DKIM_RELAXED;
		else if (sw_slice_eq(part[i], SW_S("simple")))
			*to[i] = SW_DKIM_SIMPLE;
		else
			return bad(r, SW_DKIM_WHY_CANON, c ? keep(r, c->value) : "");
	}
	return true;
}

/* base64 with blanks and folding anywhere (RFC 6376 2.10). */
static bool read_base64(struct reading *r, const char *name, size_t max, struct sw_slice *ret)
{
	const struct sw_dkim_tag *t = tag(r, name);
	SW_CLEANUP(sw_buf_fini) struct sw_buf packed = { .max = max * 2 };
	SW_CLEANUP(sw_buf_fini) struct sw_buf raw = { .max = max };
	enum sw_err e = SW_OK;

	if (!t)
		return bad(r, SW_DKIM_WHY_TAG_MISSING, sw_dkim_say(r->arena, "%s=", name));
	for (size_t i = 0; !e && i < t->value.len; i++)
		if (!strchr(" \t\r\n", t->value.ptr[i]))
			e = sw_buf_add_char(&packed, t->value.ptr[i]);
	if (!e)
		e = sw_base64_decode(sw_buf_slice(&packed), SW_BASE64_STRICT, &raw);
	if (e == SW_E_NOMEM)
		r->nomem = true;
	if (e || sw_buf_len(&raw) == 0)
		return bad(r, SW_DKIM_WHY_VALUE,
			   sw_dkim_say(r->arena, "%s= is not base64", name));
	*ret = sw_arena_copy(r->arena, sw_buf_slice(&raw));
	r->nomem |= !ret->ptr;
	return ret->ptr != NULL;
}

static bool read_hashes(struct reading *r)
{
	struct sw_slice bh;

	if (!read_base64(r, "b", SW_MAX_DKIM_KEY_BYTES, &r->s->b))
		return false;
	r->s->b_raw = tag(r, "b")->raw;
	if (r->s->kind == SW_ARC_SEAL_FIELD)
		return true;
	if (!read_base64(r, "bh", SW_MAX_DKIM_KEY_BYTES, &bh))
		return false;
	if (bh.len != sw_dkim_hash_size(r->s->hash))
		return bad(r, SW_DKIM_WHY_VALUE, "bh= is not as long as the hash");
	memcpy(r->s->bh, bh.ptr, bh.len);
	return true;
}

static bool name_valid(struct sw_slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] <= ' ' || s.ptr[i] > '~' || s.ptr[i] == ';')
			return false;
	return s.len > 0;
}

static bool read_names(struct reading *r)
{
	const struct sw_dkim_tag *h = tag(r, "h");
	struct sw_slice name;
	size_t pos = 0, count = 0;
	bool from = r->s->kind != SW_DKIM_SIGNATURE_FIELD;

	if (!h)
		return bad(r, SW_DKIM_WHY_TAG_MISSING, "h=");
	r->s->names = h->value;
	while (sw_dkim_list_next(h->value, &pos, &name)) {
		if (!name_valid(name))
			return bad(r, SW_DKIM_WHY_NAMES, "a name is missing or holds blanks");
		if (++count > SW_MAX_DKIM_NAMES)
			return bad(r, SW_DKIM_WHY_NAMES, "there are too many");
		from |= sw_slice_eq_nocase(name, SW_S("From"));
		/* RFC 8617 4.1.2: seals sign, they are not signed. */
		if (r->s->kind == SW_ARC_MESSAGE_FIELD &&
		    sw_slice_eq_nocase(name, SW_S("ARC-Seal")))
			return bad(r, SW_DKIM_WHY_NAMES, "ARC-Seal may not be signed");
	}
	return from || bad(r, SW_DKIM_WHY_FROM_UNSIGNED, "");
}

/* Decimal digits; times have up to 12 (RFC 6376 3.5), lengths up to 76, which no message has.
 */
static bool read_number(struct reading *r, const char *name, bool *present, uint64_t *ret)
{
	const struct sw_dkim_tag *t = tag(r, name);

	*present = t != NULL;
	if (!t)
		return true;
	if (sw_slice_u64(t->value, ret))
		return true;
	for (size_t i = 0; i < t->value.len; i++)
		if (!sw_ascii_digit(t->value.ptr[i]))
			return bad(r, SW_DKIM_WHY_VALUE,
				   sw_dkim_say(r->arena, "%s= is no number", name));
	*ret = UINT64_MAX;
	return (t->value.len > 0 && t->value.len <= 76) ||
	       bad(r, SW_DKIM_WHY_VALUE, sw_dkim_say(r->arena, "%s= is no number", name));
}

static int64_t as_time(bool present, uint64_t value)
{
	return !present ? -1 : value > INT64_MAX ? INT64_MAX : (int64_t)value;
}

static bool read_times(struct reading *r)
{
	bool has_t, has_x;
	uint64_t t = 0, x = 0;

	if (!read_number(r, "t", &has_t, &t) || !read_number(r, "x", &has_x, &x) ||
	    !read_number(r, "l", &r->s->has_length, &r->s->length))
		return false;
	r->s->made_s = as_time(has_t, t);
	r->s->expires_s = as_time(has_x, x);
	if (has_t && has_x && x <= t)
		return bad(r, SW_DKIM_WHY_VALUE, "x= is not after t=");
	return true;
}

static int hex(char c)
{
	return sw_ascii_digit(c) ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* dkim-quoted-printable (RFC 6376 2.11): "=2E" is a dot; what is no code stays. */
static const char *unquote(struct reading *r, struct sw_slice in)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = SW_MAX_HEADER_BLOCK };

	for (size_t i = 0; i < in.len; i++) {
		int high = in.len - i > 2 ? hex(in.ptr[i + 1]) : -1;
		int low = high >= 0 ? hex(in.ptr[i + 2]) : -1;
		bool code = in.ptr[i] == '=' && low >= 0;

		if (sw_buf_add_char(&out, code ? (char)(high << 4 | low) : in.ptr[i]))
			r->nomem = true;
		i += code ? 2 : 0;
	}
	return keep(r, sw_buf_slice(&out));
}

/* i= of DKIM: the signing domain or one below it. */
static bool read_identity(struct reading *r)
{
	const struct sw_dkim_tag *i = tag(r, "i");
	struct sw_slice d = sw_slice_str(r->s->domain), domain;
	size_t at;

	if (!i) {
		r->s->identity = sw_dkim_say(r->arena, "@%s", r->s->domain);
		return true;
	}
	r->s->identity = unquote(r, i->value);
	struct sw_slice id = sw_slice_str(r->s->identity);

	for (at = id.len; at > 0 && id.ptr[at - 1] != '@';)
		at--;
	domain = sw_slice_from(id, at);
	if (at == 0 || domain.len < d.len ||
	    !sw_slice_eq_nocase(sw_slice_from(domain, domain.len - d.len), d) ||
	    (domain.len > d.len && domain.ptr[domain.len - d.len - 1] != '.'))
		return bad(r, SW_DKIM_WHY_IDENTITY, r->s->identity);
	return true;
}

static bool read_dkim_own(struct reading *r)
{
	const struct sw_dkim_tag *v = tag(r, "v"), *q = tag(r, "q");
	struct sw_slice way;
	size_t pos = 0;

	if (!v)
		return bad(r, SW_DKIM_WHY_TAG_MISSING, "v=");
	if (!sw_slice_eq(v->value, SW_S("1")))
		return bad(r, SW_DKIM_WHY_VERSION, keep(r, v->value));
	if (!read_identity(r))
		return false;
	while (q && sw_dkim_list_next(q->value, &pos, &way))
		if (sw_slice_eq_nocase(way, SW_S("dns/txt")) ||
		    sw_slice_eq_nocase(way, SW_S("dns")))
			return true;
	return !q || bad(r, SW_DKIM_WHY_QUERY, keep(r, q->value));
}

static bool read_instance(struct reading *r)
{
	const struct sw_dkim_tag *i = tag(r, "i");
	uint64_t n;

	if (!i || !sw_slice_u64(i->value, &n) || n < 1 || n > SW_MAX_ARC)
		return bad(r, SW_DKIM_WHY_VALUE, "i= is no number from 1 to 50");
	r->s->instance = (unsigned)n;
	if (r->s->kind == SW_ARC_SEAL_FIELD && (tag(r, "h") || tag(r, "bh")))
		return bad(r, SW_DKIM_WHY_VALUE, "a seal has no h= and no bh=");
	return true;
}

static bool read_all(struct reading *r)
{
	struct sw_dkim_sig *s = r->s;
	const char *wrong = sw_dkim_tags_parse(s->field.value, &s->tags);

	if (wrong)
		return bad(r, SW_DKIM_WHY_SYNTAX, wrong);
	/* The domain first: whose signature it is should be known of broken ones, too. */
	if (!read_domain(r) ||
	    !(s->kind == SW_DKIM_SIGNATURE_FIELD ? read_dkim_own(r) : read_instance(r)) ||
	    !read_algorithm(r) || !read_hashes(r) || !read_times(r))
		return false;
	if (s->kind == SW_ARC_SEAL_FIELD) {
		s->header_canon = SW_DKIM_RELAXED;
		return true;
	}
	return read_canon(r) && read_names(r);
}

enum sw_err sw_dkim_sig_read(struct sw_dkim_sig *s, enum sw_dkim_kind kind,
			     const struct sw_field *f, struct sw_arena *arena,
			     struct sw_error *err)
{
	struct reading r = { s, arena, false };

	memset(s, 0, offsetof(struct sw_dkim_sig, tags));
	memset((char *)s + offsetof(struct sw_dkim_sig, reason), 0,
	       sizeof(*s) - offsetof(struct sw_dkim_sig, reason));
	s->kind = kind;
	s->field = *f;
	s->made_s = s->expires_s = -1;
	s->detail = s->domain = s->selector = s->identity = s->algorithm = s->question = "";
	(void)read_all(&r);
	return r.nomem ? sw_fail_nomem(err) : SW_OK;
}

enum sw_err sw_dkim_sig_signed(const struct sw_dkim_sig *s, struct sw_dkim_message *m,
			       struct sw_buf *out)
{
	unsigned picking = sw_dkim_message_picking(m);
	struct sw_slice name;
	size_t pos = 0;
	enum sw_err e = SW_OK;

	while (!e && sw_dkim_list_next(s->names, &pos, &name)) {
		struct sw_dkim_field *f = sw_dkim_message_pick(m, picking, name);

		if (f)
			e = sw_dkim_canon_field(s->header_canon, f->field.whole, out);
	}
	return e ? e : sw_dkim_canon_own(s->header_canon, s->field.whole, s->b_raw, out);
}
