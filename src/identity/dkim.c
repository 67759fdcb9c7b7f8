/* SPDX-License-Identifier: MIT */
#include "identity/dkim.h"

#include "base/mem.h"
#include "identity/dkim_sig.h"
#include "identity/dkim_warn.h"

enum { SKEW_S = 300, MIN_RSA_BITS = 1024 };

struct one {
	struct sw_dkim_sig sig;
	struct sw_slice records[SW_MAX_DKIM_RECORDS]; /* of the answer, in the arena */
	size_t record_count;
	bool answered;
	enum sw_dns_status dns;
	const char *trace[SW_MAX_DKIM_TRACE];
	size_t trace_count;
};

struct sw_dkim {
	struct sw_dkim_crypto *crypto;
	struct sw_dkim_policy policy;
	struct sw_dkim_message m;
	struct sw_arena arena;
	struct sw_dkim_digest *digest;
	struct sw_buf signed_text;
	struct one sigs[SW_MAX_DKIM_SIGNATURES];
	struct sw_dkim_result results[SW_MAX_DKIM_SIGNATURES];
	size_t count, ignored;
	struct sw_dns_question questions[SW_MAX_DKIM_SIGNATURES];
	size_t question_count;
	bool judged;
};

static const struct {
	const char *name, *text;
	enum sw_dkim_status status;
} reasons[] = {
#define SW_DKIM_REASON(id, name, status, text) { name, text, SW_DKIM_##status },
#include "identity/dkim_reason.def"
#undef SW_DKIM_REASON
};

const char *sw_dkim_reason_name(enum sw_dkim_reason r)
{
	return reasons[r].name;
}

const char *sw_dkim_reason_text(enum sw_dkim_reason r)
{
	return reasons[r].text;
}

enum sw_dkim_status sw_dkim_reason_status(enum sw_dkim_reason r)
{
	return reasons[r].status;
}

const char *sw_dkim_status_name(enum sw_dkim_status s)
{
	static const char *const names[] = {
		[SW_DKIM_PASS] = "pass",           [SW_DKIM_FAIL] = "fail",
		[SW_DKIM_POLICY] = "policy",       [SW_DKIM_TEMPERROR] = "temperror",
		[SW_DKIM_PERMERROR] = "permerror",
	};

	return names[s];
}

struct sw_dkim *sw_dkim_new(struct sw_dkim_crypto *c, const struct sw_dkim_policy *policy)
{
	struct sw_dkim *d = sw_calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	d->crypto = c;
	d->policy = *policy;
	if (!d->policy.min_rsa_bits)
		d->policy.min_rsa_bits = MIN_RSA_BITS;
	if (!d->policy.skew_s)
		d->policy.skew_s = SKEW_S;
	sw_dkim_message_init(&d->m, c);
	sw_buf_init(&d->signed_text, 2 * SW_MAX_HEADER_BLOCK);
	d->digest = sw_dkim_digest_new();
	if (d->digest)
		return d;
	sw_dkim_free(d);
	return NULL;
}

void sw_dkim_free(struct sw_dkim *d)
{
	if (!d)
		return;
	sw_dkim_message_fini(&d->m);
	sw_arena_fini(&d->arena);
	sw_buf_fini(&d->signed_text);
	sw_dkim_digest_free(d->digest);
	sw_free(d);
}

void sw_dkim_reset(struct sw_dkim *d)
{
	sw_dkim_message_reset(&d->m);
	sw_arena_reset(&d->arena);
	d->count = d->ignored = d->question_count = 0;
	d->judged = false;
}

static void note(struct one *o, const char *text)
{
	if (o->trace_count < SW_MAX_DKIM_TRACE)
		o->trace[o->trace_count++] = text;
}

/* ---- the header ---- */

static void ask(struct sw_dkim *d, struct one *o)
{
	for (size_t i = 0; i < d->question_count; i++)
		if (sw_slice_eq_nocase(sw_slice_str(d->questions[i].name),
				       sw_slice_str(o->sig.question)))
			return;
	d->questions[d->question_count++] =
		(struct sw_dns_question){ o->sig.question, SW_DNS_TXT };
}

static enum sw_err take_signature(struct sw_dkim *d, const struct sw_field *f,
				  struct sw_error *err)
{
	if (d->count == SW_MAX_DKIM_SIGNATURES) {
		d->ignored++;
		return SW_OK;
	}
	struct one *o = &d->sigs[d->count++];

	o->record_count = o->trace_count = 0;
	o->answered = false;
	enum sw_err e = sw_dkim_sig_read(&o->sig, SW_DKIM_SIGNATURE_FIELD, f, &d->arena, err);

	if (e || o->sig.reason != SW_DKIM_WHY_VERIFIED)
		return e;
	o->sig.has_hashing = true;
	e = sw_dkim_message_hash(&d->m, o->sig.body_canon, o->sig.hash,
				 o->sig.has_length ? &o->sig.length : NULL, &o->sig.hashing,
				 err);
	if (!e)
		ask(d, o);
	return e;
}

static enum sw_err header_done(struct sw_dkim *d, struct sw_error *err)
{
	enum sw_err e = SW_OK;

	for (size_t i = 0; !e && i < d->m.field_count; i++)
		if (sw_slice_eq_nocase(d->m.fields[i].field.name, SW_S("DKIM-Signature")))
			e = take_signature(d, &d->m.fields[i].field, err);
	return e;
}

enum sw_err sw_dkim_feed(struct sw_dkim *d, struct sw_slice in, struct sw_error *err)
{
	if (d->m.ended)
		return sw_fail(err, SW_E_USAGE, "the message has ended");
	if (!d->m.header_done) {
		enum sw_err e = sw_dkim_message_header(&d->m, &in, err);

		if (!e && d->m.header_done)
			e = header_done(d, err);
		if (e)
			return e;
	}
	if (d->m.header_done && d->m.hashing_count && in.len)
		sw_dkim_message_body(&d->m, in);
	return SW_OK;
}

enum sw_err sw_dkim_end(struct sw_dkim *d, struct sw_error *err)
{
	if (d->m.ended)
		return SW_OK;
	if (!d->m.header_done) {
		enum sw_err e = sw_dkim_message_header_end(&d->m, err);

		if (!e)
			e = header_done(d, err);
		if (e)
			return e;
	}
	return sw_dkim_message_end(&d->m, err);
}

/* ---- keys ---- */

size_t sw_dkim_questions(const struct sw_dkim *d, const struct sw_dns_question **ret)
{
	*ret = d->questions;
	return d->question_count;
}

static enum sw_err take_answer(struct sw_dkim *d, struct one *o, const struct sw_dns_answer *a,
			       struct sw_error *err)
{
	o->answered = true;
	o->dns = a->status;
	for (size_t i = 0; i < a->count && o->record_count < SW_MAX_DKIM_RECORDS; i++) {
		if (a->records[i].type != SW_DNS_TXT)
			continue;
		struct sw_slice copy = sw_arena_copy(
			&d->arena, sw_slice_head(a->records[i].txt, SW_MAX_DKIM_RECORD + 1));

		if (!copy.ptr)
			return sw_fail_nomem(err);
		o->records[o->record_count++] = copy;
	}
	if (a->status == SW_DNS_OK && o->record_count == 0)
		o->dns = SW_DNS_NODATA;
	return SW_OK;
}

enum sw_err sw_dkim_answer(struct sw_dkim *d, const struct sw_dns_answer *a,
			   struct sw_error *err)
{
	struct sw_slice name = sw_slice_str(a->name);
	size_t at = 0;
	enum sw_err e = SW_OK;

	if (name.len && name.ptr[name.len - 1] == '.')
		name.len--;
	while (at < d->question_count &&
	       !sw_slice_eq_nocase(sw_slice_str(d->questions[at].name), name))
		at++;
	if (at == d->question_count || a->type != SW_DNS_TXT)
		return SW_OK;
	d->questions[at] = d->questions[--d->question_count];
	for (size_t i = 0; !e && i < d->count; i++)
		if (!d->sigs[i].answered &&
		    sw_slice_eq_nocase(sw_slice_str(d->sigs[i].sig.question), name))
			e = take_answer(d, &d->sigs[i], a, err);
	return e;
}

/* ---- judging ---- */

static void judge_body(struct sw_dkim *d, struct one *o, struct sw_dkim_result *r)
{
	const struct sw_dkim_hashing *h = &d->m.hashing[o->sig.hashing];
	bool same = memcmp(h->out, o->sig.bh, sw_dkim_hash_size(h->hash)) == 0;

	r->body_length = h->length;
	r->body_hash = same ? SW_DKIM_GOOD : SW_DKIM_BAD;
	note(o, sw_dkim_say(&d->arena, "body: %s, %llu bytes, %s: %s",
			    sw_dkim_canon_name(h->canon), (unsigned long long)h->length,
			    sw_dkim_hash_name(h->hash),
			    same ? "as bh= says" : "not what bh= says"));
	if (!r->has_length)
		return;
	note(o,
	     sw_dkim_say(&d->arena, "l=%llu: %llu bytes of the body are not signed",
			 (unsigned long long)r->length,
			 (unsigned long long)(h->length - sw_min_u64(h->length, r->length))));
	if (r->length > h->length)
		r->body_hash = SW_DKIM_BAD;
}

static enum sw_dkim_reason key_status(struct sw_dkim *d, struct one *o,
				      struct sw_dkim_result *r)
{
	note(o, sw_dkim_say(&d->arena, "key: %s TXT: %s", o->sig.question,
			    sw_dns_status_name(o->dns)));
	r->detail = o->sig.question;
	if (o->dns == SW_DNS_OK)
		return SW_DKIM_WHY_VERIFIED;
	if (o->dns == SW_DNS_NXDOMAIN || o->dns == SW_DNS_NODATA)
		return SW_DKIM_WHY_KEY_MISSING;
	r->detail =
		sw_dkim_say(&d->arena, "%s: %s", o->sig.question, sw_dns_status_name(o->dns));
	return SW_DKIM_WHY_DNS;
}

/* The hash of what was signed. */
static bool header_hash(struct sw_dkim *d, struct one *o, uint8_t hash[SW_DKIM_HASH_MAX])
{
	sw_buf_clear(&d->signed_text);
	if (sw_dkim_sig_signed(&o->sig, &d->m, &d->signed_text) ||
	    sw_dkim_digest_begin(d->digest, d->crypto, o->sig.hash))
		return false;
	struct sw_slice text = sw_buf_slice(&d->signed_text);

	sw_dkim_digest_add(d->digest, text.ptr, text.len);
	return sw_dkim_digest_end(d->digest, hash) == SW_OK;
}

static enum sw_dkim_reason judge_record(struct sw_dkim *d, struct one *o, size_t i,
					const uint8_t hash[SW_DKIM_HASH_MAX],
					struct sw_dkim_result *r)
{
	struct sw_error err = { 0 };
	struct sw_dkim_key_view view;
	enum sw_dkim_reason why = sw_dkim_sig_check(&o->sig, d->crypto, &d->policy,
						    o->records[i], hash, &view, &err);

	if (view.bits)
		note(o, sw_dkim_say(&d->arena, "key record %zu: %s, %u bits%s: %s", i + 1,
				    sw_dkim_key_type_name(o->sig.type), view.bits,
				    view.testing ? ", testing (t=y)" : "",
				    view.signature == SW_DKIM_GOOD
					    ? "the signature over the header is right"
					    : "the signature over the header is wrong"));
	else
		note(o, sw_dkim_say(&d->arena, "key record %zu: %s%s%s", i + 1,
				    sw_dkim_reason_text(why), *view.detail ? ": " : "",
				    view.detail));
	/* What tells most of several records counts: a key that fits before one that does not.
	 */
	if (i == 0 || view.signature > r->signature || view.signature == SW_DKIM_GOOD) {
		r->key_bits = view.bits;
		r->testing = view.testing;
		r->signature = view.signature;
		r->detail = sw_dkim_say(&d->arena, "%s", view.detail);
		r->reason = why;
	}
	return why;
}

static void judge_key(struct sw_dkim *d, struct one *o, struct sw_dkim_result *r)
{
	uint8_t hash[SW_DKIM_HASH_MAX];

	r->reason = key_status(d, o, r);
	if (r->reason != SW_DKIM_WHY_VERIFIED)
		return;
	r->detail = "";
	if (!header_hash(d, o, hash)) {
		r->reason = SW_DKIM_WHY_OURS;
		r->detail = "hashing failed";
		return;
	}
	for (size_t i = 0; i < o->record_count && r->signature != SW_DKIM_GOOD; i++)
		(void)judge_record(d, o, i, hash, r);
}

/* In the order in which a reader wants to know: no key, then what was changed, then policy. */
static void judge_all(struct sw_dkim *d, struct one *o, struct sw_dkim_result *r)
{
	int64_t now = d->policy.now_s, skew = d->policy.skew_s;

	judge_body(d, o, r);
	judge_key(d, o, r);
	if (r->signature == SW_DKIM_UNKNOWN)
		return;
	if (r->body_hash == SW_DKIM_BAD) {
		r->reason = r->has_length && r->length > r->body_length
				    ? SW_DKIM_WHY_LENGTH_BEYOND
				    : SW_DKIM_WHY_BODY;
		if (r->signature == SW_DKIM_BAD)
			r->detail = "and the signature over the header is wrong, too";
		return;
	}
	if (r->reason != SW_DKIM_WHY_VERIFIED || !now)
		return;
	if (o->sig.expires_s >= 0 && now > skew && o->sig.expires_s < now - skew)
		r->reason = SW_DKIM_WHY_EXPIRED;
	else if (o->sig.made_s > now + skew)
		r->reason = SW_DKIM_WHY_FUTURE;
}

static void judge(struct sw_dkim *d, struct one *o, struct sw_dkim_result *r)
{
	const struct sw_dkim_sig *s = &o->sig;

	*r = (struct sw_dkim_result){ .reason = s->reason,
				      .detail = s->detail,
				      .domain = s->domain,
				      .selector = s->selector,
				      .identity = s->identity,
				      .algorithm = s->algorithm,
				      .header_canon = s->header_canon,
				      .body_canon = s->body_canon,
				      .has_length = s->has_length,
				      .length = s->length,
				      .made_s = s->made_s,
				      .expires_s = s->expires_s,
				      .unsigned_fields = "",
				      .addable_fields = "",
				      .field = s->field.whole };
	if (s->reason == SW_DKIM_WHY_VERIFIED) {
		judge_all(d, o, r);
		sw_dkim_warn(&o->sig, &d->m, &d->arena, r);
	}
	r->status = sw_dkim_reason_status(r->reason);
	note(o,
	     sw_dkim_say(&d->arena, "%s: %s%s%s", sw_dkim_status_name(r->status),
			 sw_dkim_reason_text(r->reason), *r->detail ? ": " : "", r->detail));
	r->trace = o->trace;
	r->trace_count = o->trace_count;
}

size_t sw_dkim_results(struct sw_dkim *d, const struct sw_dkim_result **ret)
{
	if (!d->m.ended || d->question_count)
		return 0;
	for (size_t i = 0; !d->judged && i < d->count; i++)
		judge(d, &d->sigs[i], &d->results[i]);
	d->judged = true;
	*ret = d->results;
	return d->count;
}

size_t sw_dkim_ignored(const struct sw_dkim *d)
{
	return d->ignored;
}
