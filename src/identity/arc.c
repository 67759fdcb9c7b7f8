/* SPDX-License-Identifier: MIT */
#include "identity/arc.h"

#include "base/mem.h"
#include "identity/arc_private.h"

enum { MIN_RSA_BITS = 1024 };

const char *sw_arc_status_name(enum sw_arc_status s)
{
	return s == SW_ARC_PASS ? "pass" : s == SW_ARC_FAIL ? "fail" : "none";
}

struct sw_arc *sw_arc_new(struct sw_dkim_crypto *c, const struct sw_dkim_policy *policy)
{
	struct sw_arc *a = sw_calloc(1, sizeof(*a));

	if (!a)
		return NULL;
	a->crypto = c;
	a->policy = *policy;
	if (!a->policy.min_rsa_bits)
		a->policy.min_rsa_bits = MIN_RSA_BITS;
	sw_dkim_message_init(&a->m, c);
	/* All sets, each once relaxed, and one that is being made. */
	sw_buf_init(&a->text, 2 * SW_MAX_HEADER_BLOCK);
	a->digest = sw_dkim_digest_new();
	a->result = (struct sw_arc_result){ .why = "", .detail = "" };
	if (a->digest)
		return a;
	sw_arc_free(a);
	return NULL;
}

void sw_arc_free(struct sw_arc *a)
{
	if (!a)
		return;
	sw_dkim_message_fini(&a->m);
	sw_arena_fini(&a->arena);
	sw_buf_fini(&a->text);
	sw_dkim_digest_free(a->digest);
	sw_free(a);
}

void sw_arc_reset(struct sw_arc *a)
{
	sw_dkim_message_reset(&a->m);
	sw_arena_reset(&a->arena);
	memset(a->sets, 0, sizeof(a->sets));
	a->key_count = a->question_count = 0;
	a->decided = a->judged = false;
	a->result = (struct sw_arc_result){ .why = "", .detail = "" };
}

static void fail(struct sw_arc *a, unsigned culprit, const char *why, const char *detail)
{
	if (a->decided)
		return;
	a->decided = true;
	a->result.status = SW_ARC_FAIL;
	a->result.culprit = culprit;
	a->result.why = why;
	a->result.detail = detail;
}

/* ---- collecting ---- */

/* "i=N;" at the front of ARC-Authentication-Results (RFC 8617 4.1.1); 0 none. */
static unsigned results_instance(struct sw_slice value)
{
	struct sw_slice first = sw_slice_head(value, sw_slice_find(value, ';'));
	size_t eq = sw_slice_find(first, '=');
	uint64_t n;

	if (first.len == value.len || eq == first.len ||
	    !sw_slice_eq(sw_dkim_trim(sw_slice_head(first, eq)), SW_S("i")) ||
	    !sw_slice_u64(sw_dkim_trim(sw_slice_from(first, eq + 1)), &n) || n > SW_MAX_ARC)
		return 0;
	return (unsigned)n;
}

static void grow(struct sw_arc *a, unsigned instance)
{
	if (instance > a->result.instances)
		a->result.instances = instance;
}

static void take_results(struct sw_arc *a, const struct sw_field *f)
{
	unsigned i = results_instance(f->value);

	if (!i)
		fail(a, 0, "an ARC-Authentication-Results field has no instance from 1 to 50",
		     "");
	else if (a->sets[i].results)
		fail(a, i, "an instance has two ARC-Authentication-Results fields", "");
	else
		a->sets[i].results = f;
	grow(a, i);
}

static enum sw_err take_sig(struct sw_arc *a, enum sw_dkim_kind kind, const struct sw_field *f,
			    struct sw_error *err)
{
	bool is_seal = kind == SW_ARC_SEAL_FIELD;
	struct sw_dkim_sig *s = sw_arena_alloc(&a->arena, sizeof(*s));
	enum sw_err e = s ? sw_dkim_sig_read(s, kind, f, &a->arena, err) : sw_fail_nomem(err);

	if (e)
		return e;
	unsigned i = s->instance;

	grow(a, i);
	if (!i) {
		fail(a, 0,
		     is_seal ? "an ARC-Seal field cannot be read"
			     : "an ARC-Message-Signature field cannot be read",
		     *s->detail ? s->detail : sw_dkim_reason_text(s->reason));
		return SW_OK;
	}
	struct sw_dkim_sig **place = is_seal ? &a->sets[i].seal : &a->sets[i].message;

	if (*place)
		fail(a, i,
		     is_seal ? "an instance has two ARC-Seal fields"
			     : "an instance has two ARC-Message-Signature fields",
		     "");
	else
		*place = s;
	return SW_OK;
}

static enum sw_err collect(struct sw_arc *a, struct sw_error *err)
{
	enum sw_err e = SW_OK;
	size_t seen = 0;

	for (size_t n = 0; !e && n < a->m.field_count; n++) {
		const struct sw_field *f = &a->m.fields[n].field;

		if (!sw_slice_starts_nocase(f->name, SW_S("ARC-")))
			continue;
		/* A header full of them is no chain, and costs nothing more. */
		if (++seen > 3 * SW_MAX_ARC) {
			fail(a, 0, "there are more ARC fields than 50 sets have", "");
			break;
		}
		if (sw_slice_eq_nocase(f->name, SW_S("ARC-Authentication-Results")))
			take_results(a, f);
		else if (sw_slice_eq_nocase(f->name, SW_S("ARC-Message-Signature")))
			e = take_sig(a, SW_ARC_MESSAGE_FIELD, f, err);
		else if (sw_slice_eq_nocase(f->name, SW_S("ARC-Seal")))
			e = take_sig(a, SW_ARC_SEAL_FIELD, f, err);
	}
	return e;
}

/* ---- structure (RFC 8617 5.2, steps 1 to 3) ---- */

static struct sw_slice cv_of(const struct sw_dkim_sig *seal)
{
	const struct sw_dkim_tag *cv = sw_dkim_tags_find(&seal->tags, "cv");

	return cv ? cv->value : SW_S("");
}

static void check_set(struct sw_arc *a, unsigned i)
{
	const struct sw_arc_set *s = &a->sets[i];
	struct sw_slice wanted = i == 1 ? SW_S("none") : SW_S("pass");

	if (!s->results)
		fail(a, i, "an instance lacks its ARC-Authentication-Results field", "");
	else if (!s->message)
		fail(a, i, "an instance lacks its ARC-Message-Signature field", "");
	else if (!s->seal)
		fail(a, i, "an instance lacks its ARC-Seal field", "");
	else if (s->seal->reason != SW_DKIM_WHY_VERIFIED)
		fail(a, i, "a seal cannot be verified",
		     *s->seal->detail ? s->seal->detail
				      : sw_dkim_reason_text(s->seal->reason));
	else if (s->seal->hash != SW_DKIM_SHA256)
		fail(a, i, "a seal is made with SHA-1", "");
	else if (!sw_slice_eq(cv_of(s->seal), wanted))
		fail(a, i,
		     i == 1 ? "the first seal does not say cv=none"
			    : "a seal does not say cv=pass",
		     "");
}

static void check_structure(struct sw_arc *a)
{
	unsigned last = a->result.instances;

	if (last == 0)
		return;
	const struct sw_dkim_sig *newest = a->sets[last].seal;

	if (newest && sw_slice_eq(cv_of(newest), SW_S("fail")))
		fail(a, last, "its last sealer found the chain broken (cv=fail)", "");
	for (unsigned i = 1; i <= last && !a->decided; i++)
		check_set(a, i);
	const struct sw_dkim_sig *m = a->sets[last].message;

	if (!a->decided && m->reason != SW_DKIM_WHY_VERIFIED)
		fail(a, last, "the newest message signature cannot be verified",
		     *m->detail ? m->detail : sw_dkim_reason_text(m->reason));
}

static void ask(struct sw_arc *a, const char *name)
{
	for (size_t i = 0; i < a->key_count; i++)
		if (sw_slice_eq_nocase(sw_slice_str(a->keys[i].name), sw_slice_str(name)))
			return;
	if (a->key_count == SW_LEN(a->keys))
		return;
	a->keys[a->key_count++] = (struct sw_arc_key){ .name = name };
	a->questions[a->question_count++] = (struct sw_dns_question){ name, SW_DNS_TXT };
}

static enum sw_err prepare(struct sw_arc *a, struct sw_error *err)
{
	unsigned last = a->result.instances;

	for (unsigned i = 1; i <= last; i++)
		a->domains[i - 1] = a->sets[i].seal ? a->sets[i].seal->domain : "";
	a->result.domains = last ? a->domains : NULL;
	enum sw_err e = sw_dkim_message_hash(&a->m, SW_DKIM_RELAXED, SW_DKIM_SHA256, NULL,
					     &a->seal_hashing, err);

	if (e || a->decided || last == 0)
		return e;
	struct sw_dkim_sig *m = a->sets[last].message;

	e = sw_dkim_message_hash(&a->m, m->body_canon, m->hash,
				 m->has_length ? &m->length : NULL, &m->hashing, err);
	if (e)
		return e;
	ask(a, m->question);
	for (unsigned i = last; i > 0; i--)
		ask(a, a->sets[i].seal->question);
	return SW_OK;
}

static enum sw_err header_done(struct sw_arc *a, struct sw_error *err)
{
	enum sw_err e = collect(a, err);

	if (e)
		return e;
	check_structure(a);
	return prepare(a, err);
}

enum sw_err sw_arc_feed(struct sw_arc *a, struct sw_slice in, struct sw_error *err)
{
	if (!a->m.header_done) {
		enum sw_err e = sw_dkim_message_header(&a->m, &in, err);

		if (!e && a->m.header_done)
			e = header_done(a, err);
		if (e)
			return e;
	}
	if (a->m.header_done && in.len)
		sw_dkim_message_body(&a->m, in);
	return SW_OK;
}

enum sw_err sw_arc_end(struct sw_arc *a, struct sw_error *err)
{
	enum sw_err e = SW_OK;

	if (a->m.ended)
		return SW_OK;
	if (!a->m.header_done) {
		e = sw_dkim_message_header_end(&a->m, err);
		if (!e)
			e = header_done(a, err);
	}
	return e ? e : sw_dkim_message_end(&a->m, err);
}

/* ---- keys ---- */

size_t sw_arc_questions(const struct sw_arc *a, const struct sw_dns_question **ret)
{
	*ret = a->questions;
	return a->question_count;
}

enum sw_err sw_arc_answer(struct sw_arc *a, const struct sw_dns_answer *answer,
			  struct sw_error *err)
{
	struct sw_slice name = sw_slice_str(answer->name);
	struct sw_arc_key *k = NULL;

	if (name.len && name.ptr[name.len - 1] == '.')
		name.len--;
	for (size_t i = 0; i < a->key_count; i++)
		if (sw_slice_eq_nocase(sw_slice_str(a->keys[i].name), name))
			k = &a->keys[i];
	if (!k || k->answered || answer->type != SW_DNS_TXT)
		return SW_OK;
	k->answered = true;
	k->dns = answer->status;
	for (size_t i = 0; i < a->question_count; i++)
		if (a->questions[i].name == k->name) {
			a->questions[i] = a->questions[--a->question_count];
			break;
		}
	for (size_t i = 0; i < answer->count && k->count < SW_MAX_DKIM_RECORDS; i++) {
		if (answer->records[i].type != SW_DNS_TXT)
			continue;
		struct sw_slice text =
			sw_slice_head(answer->records[i].txt, SW_MAX_DKIM_RECORD + 1);

		k->records[k->count] = sw_arena_copy(&a->arena, text);
		if (!k->records[k->count++].ptr)
			return sw_fail_nomem(err);
	}
	if (k->dns == SW_DNS_OK && k->count == 0)
		k->dns = SW_DNS_NODATA;
	return SW_OK;
}

/* ---- arithmetic (steps 4 to 6) ---- */

enum sw_err sw_arc_sealed_text(struct sw_arc *a, unsigned first, unsigned last,
			       struct sw_buf *out)
{
	enum sw_err e = SW_OK;

	for (unsigned i = first; !e && i <= last; i++) {
		const struct sw_arc_set *s = &a->sets[i];

		e = sw_dkim_canon_field(SW_DKIM_RELAXED, s->results->whole, out);
		if (!e)
			e = sw_dkim_canon_field(SW_DKIM_RELAXED, s->message->field.whole, out);
		if (!e && i < last)
			e = sw_dkim_canon_field(SW_DKIM_RELAXED, s->seal->field.whole, out);
	}
	return e;
}

static const char *verify(struct sw_arc *a, const struct sw_dkim_sig *s, const char **detail)
{
	const struct sw_arc_key *k = a->keys;
	uint8_t hash[SW_DKIM_HASH_MAX];
	struct sw_slice text = sw_buf_slice(&a->text);

	while (!sw_slice_eq_nocase(sw_slice_str(k->name), sw_slice_str(s->question)))
		k++;
	*detail = sw_dkim_say(&a->arena, "%s: %s", k->name, sw_dns_status_name(k->dns));
	if (k->dns != SW_DNS_OK) {
		a->result.temporary = k->dns != SW_DNS_NXDOMAIN && k->dns != SW_DNS_NODATA;
		return a->result.temporary ? "a key could not be looked up now"
					   : "a key is missing";
	}
	if (sw_dkim_digest_begin(a->digest, a->crypto, s->hash))
		return "hashing failed";
	sw_dkim_digest_add(a->digest, text.ptr, text.len);
	if (sw_dkim_digest_end(a->digest, hash))
		return "hashing failed";
	enum sw_dkim_reason why = SW_DKIM_WHY_KEY_MISSING;

	for (size_t i = 0; i < k->count; i++) {
		struct sw_error err = { 0 };
		struct sw_dkim_key_view view;

		why = sw_dkim_sig_check(s, a->crypto, &a->policy, k->records[i], hash, &view,
					&err);
		*detail = sw_dkim_say(&a->arena, "%s", view.detail);
		if (why == SW_DKIM_WHY_VERIFIED)
			return NULL;
	}
	return sw_dkim_reason_text(why);
}

static void judge_message(struct sw_arc *a, unsigned last)
{
	const struct sw_dkim_sig *s = a->sets[last].message;
	const struct sw_dkim_hashing *h = &a->m.hashing[s->hashing];
	const char *detail = "", *wrong;

	if (memcmp(h->out, s->bh, sw_dkim_hash_size(s->hash)) != 0 ||
	    (s->has_length && s->length > h->length)) {
		fail(a, last, "the body was changed after the newest set was added", "");
		return;
	}
	sw_buf_clear(&a->text);
	if (sw_dkim_sig_signed(s, &a->m, &a->text)) {
		fail(a, last, "the signed text is too long", "");
		return;
	}
	wrong = verify(a, s, &detail);
	if (wrong)
		fail(a, last, wrong, detail);
}

static void judge_seal(struct sw_arc *a, unsigned i)
{
	const struct sw_dkim_sig *s = a->sets[i].seal;
	const char *detail = "", *wrong;

	sw_buf_clear(&a->text);
	if (sw_arc_sealed_text(a, 1, i, &a->text) ||
	    sw_dkim_canon_own(SW_DKIM_RELAXED, s->field.whole, s->b_raw, &a->text)) {
		fail(a, i, "the sealed text is too long", "");
		return;
	}
	wrong = verify(a, s, &detail);
	if (wrong)
		fail(a, i, wrong, detail);
}

const struct sw_arc_result *sw_arc_result(struct sw_arc *a)
{
	unsigned last = a->result.instances;

	if (!a->m.ended || a->question_count)
		return NULL;
	if (a->judged)
		return &a->result;
	a->judged = true;
	if (!a->decided && last)
		judge_message(a, last);
	for (unsigned i = last; i > 0 && !a->decided; i--)
		judge_seal(a, i);
	if (!a->decided)
		a->result.status = last ? SW_ARC_PASS : SW_ARC_NONE;
	return &a->result;
}
