/* SPDX-License-Identifier: MIT */
/* Signatures of the message: verified when it is at hand, else their keys alone. */
#include "base/mem.h"
#include "mail/source.h"
#include "probe/id_mail.h"

SW_EVALUATOR(dkim_evaluator, struct sw_dkim, sw_dkim_questions, sw_dkim_answer);

static size_t keys_open(const struct sw_mail_keys *k, const struct sw_dns_question **ret)
{
	return sw_asks_open(&k->asks, ret);
}

static enum sw_err keys_take(struct sw_mail_keys *k, const struct sw_dns_answer *a,
			     struct sw_error *err)
{
	struct sw_ask *ask;

	return sw_asks_take(&k->asks, a, &ask) ? sw_fail_nomem(err) : SW_OK;
}
SW_EVALUATOR(keys_evaluator, struct sw_mail_keys, keys_open, keys_take);

/* ---- the message */

static enum sw_err feed_piece(void *arg, struct sw_slice piece, struct sw_error *err)
{
	return sw_dkim_feed(arg, piece, err);
}

static enum sw_err feed(struct sw_mail_identity *m, struct sw_source *from,
			struct sw_error *err)
{
	enum sw_err e = sw_source_each(from, feed_piece, m->dkim, err);

	return e ? e : sw_dkim_end(m->dkim, err);
}

static enum sw_err start_message(struct sw_mail_identity *m, struct sw_source *from,
				 struct sw_error *err)
{
	const struct sw_world *world = m->run->x->c->world;
	const struct sw_dkim_policy policy = { .now_s = world->wall_us(world->arg) / 1000000 };

	m->dkim = sw_dkim_new(m->crypto, &policy);
	if (!m->dkim)
		return sw_fail_nomem(err);
	enum sw_err e = feed(m, from, err);

	return e ? e : sw_mail_identity_ask(m, &dkim_evaluator, m->dkim, err);
}

/* ---- keys */

static void add_key(struct sw_mail_identity *m, const struct sw_fact *f)
{
	struct sw_mail_keys *k = &m->keys;
	struct sw_arena *arena = &m->run->x->arena;
	const char *domain = sw_arena_copy(arena, sw_fact_text(f, "domain")).ptr;
	const char *selector = sw_arena_copy(arena, sw_fact_text(f, "selector")).ptr;
	const char *algorithm = sw_arena_copy(arena, sw_fact_text(f, "algorithm")).ptr;
	SW_CLEANUP(sw_buf_fini) struct sw_buf name = { .max = 1024 };

	if (!domain || !selector || !algorithm || !*domain || !*selector ||
	    k->count == SW_MAX_DKIM_SIGNATURES ||
	    sw_buf_printf(&name, "%s._domainkey.%s", selector, domain) ||
	    !sw_dns_name_valid(sw_buf_slice(&name)))
		return;
	struct sw_ask *ask = sw_asks_get(&k->asks, sw_buf_str(&name), SW_DNS_TXT);

	if (!ask)
		return;
	k->list[k->count++] = (struct sw_mail_key){
		.domain = domain,
		.selector = selector,
		.algorithm = algorithm,
		.doubtful = sw_slice_eq(sw_fact_text(f, "body"), SW_S("bad")) ||
			    sw_fact_text(f, "flaw").len > 0,
		.ask = ask,
	};
}

static enum sw_err start_keys(struct sw_mail_identity *m, struct sw_error *err)
{
	const struct sw_facts *facts = m->run->x->c->facts;

	sw_asks_init(&m->keys.asks, &m->run->x->arena);
	for (size_t i = 0; i < sw_facts_count(facts); i++)
		if (sw_facts_get(facts, i)->type == SW_FACT_MESSAGE_SIGNATURE)
			add_key(m, sw_facts_get(facts, i));
	return m->keys.count ? sw_mail_identity_ask(m, &keys_evaluator, &m->keys, err) : SW_OK;
}

enum sw_err sw_mail_dkim_start(struct sw_mail_identity *m, struct sw_error *err)
{
	m->crypto = sw_dkim_crypto_new();
	if (!m->crypto)
		return sw_fail_nomem(err);
	if (m->run->x->wish->message)
		return start_message(m, m->run->x->wish->message, err);
	return start_keys(m, err);
}

void sw_mail_dkim_stop(struct sw_mail_identity *m)
{
	sw_dkim_free(m->dkim);
	sw_dkim_crypto_free(m->crypto);
}

/* ---- what came of it */

static const char *check_text(enum sw_dkim_check c)
{
	return c == SW_DKIM_GOOD ? "good" : c == SW_DKIM_BAD ? "bad" : "unknown";
}

static void state_result(struct sw_mail_identity *m, const struct sw_dkim_result *r)
{
	SW_PROBE_STATE(
		m->run, SW_FACT_CHECK_DKIM, SW_F_STR("domain", r->domain),
		SW_F_STR("selector", r->selector),
		SW_F_STR("status", sw_dkim_status_name(r->status)),
		SW_F_STR("reason", sw_dkim_reason_name(r->reason)),
		SW_F_STR("text", sw_dkim_reason_text(r->reason)),
		SW_F_STR("detail", r->detail), SW_F_STR("algorithm", r->algorithm),
		SW_F_INT("key_bits", r->key_bits), SW_F_STR("body", check_text(r->body_hash)),
		SW_F_STR("header", check_text(r->signature)), SW_F_STR("how", "message"));
	const char *domain = sw_arena_strdup(&m->run->x->arena, r->domain);

	if (domain && (r->status == SW_DKIM_PASS || r->status == SW_DKIM_TEMPERROR))
		sw_mail_identity_add_pass(m, domain, false, r->status == SW_DKIM_PASS);
}

/* What one record of the name is worth to a signature; *ret_bits 0 unknown. */
static enum sw_dkim_reason judge_record(struct sw_mail_identity *m,
					const struct sw_mail_key *k, struct sw_slice text,
					unsigned *ret_bits)
{
	enum { LEAST_BITS = 1024 }; /* RFC 8301 3.2 */
	struct sw_dkim_record r = { 0 };
	const struct sw_dkim_public *key;
	struct sw_error ignored = { 0 };
	const char *detail;
	bool ed25519 = sw_slice_starts_nocase(sw_slice_str(k->algorithm), SW_S("ed25519"));

	sw_buf_init(&r.key, SW_MAX_DKIM_KEY_BYTES);
	enum sw_dkim_reason why = sw_dkim_record_read(text, &r, &detail);

	if (why == SW_DKIM_WHY_VERIFIED && !r.for_mail)
		why = SW_DKIM_WHY_KEY_SERVICE;
	if (why == SW_DKIM_WHY_VERIFIED && *k->algorithm &&
	    ed25519 != (r.type == SW_DKIM_ED25519))
		why = SW_DKIM_WHY_KEY_TYPE;
	if (why == SW_DKIM_WHY_VERIFIED &&
	    sw_dkim_public_read(m->crypto, r.type, sw_buf_slice(&r.key), &key, &ignored))
		why = ignored.code == SW_E_NOMEM ? SW_DKIM_WHY_OURS : SW_DKIM_WHY_KEY_DATA;
	if (why == SW_DKIM_WHY_VERIFIED) {
		*ret_bits = key->bits;
		if (key->type == SW_DKIM_RSA && key->bits < LEAST_BITS)
			why = SW_DKIM_WHY_KEY_SHORT;
	}
	sw_buf_fini(&r.key);
	return why;
}

static void state_key(struct sw_mail_identity *m, struct sw_mail_key *k)
{
	unsigned bits = 0;

	k->reason = sw_ask_failed(k->ask) ? SW_DKIM_WHY_DNS : SW_DKIM_WHY_KEY_MISSING;
	/* One good record among several is enough. */
	for (size_t i = 0; i < k->ask->count && k->reason != SW_DKIM_WHY_VERIFIED; i++)
		k->reason = judge_record(m, k, k->ask->records[i].txt, &bits);
	bool good = k->reason == SW_DKIM_WHY_VERIFIED;

	SW_PROBE_STATE(
		m->run, SW_FACT_CHECK_DKIM, SW_F_STR("domain", k->domain),
		SW_F_STR("selector", k->selector),
		SW_F_STR("status",
			 good ? "unknown"
			      : sw_dkim_status_name(sw_dkim_reason_status(k->reason))),
		SW_F_STR("reason", good ? "" : sw_dkim_reason_name(k->reason)),
		SW_F_STR("text", good ? "" : sw_dkim_reason_text(k->reason)),
		SW_F_STR("detail", k->ask->count ? "" : sw_dns_status_name(k->ask->status)),
		SW_F_STR("algorithm", k->algorithm), SW_F_INT("key_bits", bits),
		SW_F_STR("how", "key"));
	if ((good || k->reason == SW_DKIM_WHY_DNS) && !k->doubtful)
		sw_mail_identity_add_pass(m, k->domain, false, false);
}

static bool no_question_is_open(const struct sw_dkim *d)
{
	const struct sw_dns_question *q;

	return sw_dkim_questions(d, &q) == 0;
}

void sw_mail_dkim_state(struct sw_mail_identity *m)
{
	const struct sw_dkim_result *r = NULL;

	if (m->dkim && no_question_is_open(m->dkim)) {
		size_t count = sw_dkim_results(m->dkim, &r);

		for (size_t i = 0; i < count; i++)
			state_result(m, &r[i]);
	}
	for (size_t i = 0; i < m->keys.count; i++)
		if (m->keys.list[i].ask->answered)
			state_key(m, &m->keys.list[i]);
	/* Nobody knows what the message is signed with. */
	if (!m->message_known)
		sw_mail_identity_add_pass(m, m->author, false, false);
}
