/* SPDX-License-Identifier: MIT */
#include "client/letter.h"

#include <stdio.h>
#include <time.h>

#include "base/mem.h"
#include "client/letter_head.h"
#include "identity/dkim.h"
#include "identity/unsubscribe.h"

enum { CHUNK = 16384, TIME_TEXT = 24 };
/* Bodies are hashed again to see whether they are still what was signed; more than this is not
 * read twice for an explanation. */
#define MOST_BYTES ((uint64_t)64 << 20)

struct letter {
	struct sw_context *c;
	struct sw_source *source;
	struct sw_buf header;
	struct sw_arena arena;
	struct sw_dkim_crypto *crypto;
	struct sw_dkim *dkim;
};

static enum sw_err read_header(struct letter *l, struct sw_error *err)
{
	char chunk[CHUNK];
	size_t len = 1;
	enum sw_err e = sw_source_rewind(l->source, err);

	while (!e && len > 0) {
		e = sw_source_read(l->source, chunk, sizeof(chunk), &len, err);
		if (!e)
			e = sw_buf_add(&l->header, sw_slice(chunk, len));
		if (e)
			break;
		struct sw_slice all = sw_buf_slice(&l->header);
		size_t end = sw_slice_search(all, SW_S("\r\n\r\n"));

		if (end < all.len) {
			sw_buf_truncate(&l->header, end + 2);
			break;
		}
	}
	return e;
}

/* ---- the header */

/* "ok", or the first thing that is wrong. */
static const char *unsubscribe_of(struct sw_slice header)
{
	struct sw_unsubscribe u;

	sw_unsubscribe_check(header, &u);
	for (unsigned i = 0; i < SW_UNSUB_FLAWS; i++)
		if (u.flaws & 1u << i)
			return sw_unsubscribe_flaw_text(i);
	return "ok";
}

/* ---- signatures */

static enum sw_err feed(void *arg, struct sw_slice piece, struct sw_error *err)
{
	return sw_dkim_feed(arg, piece, err);
}

static enum sw_err feed_all(struct letter *l, struct sw_error *err)
{
	enum sw_err e = sw_source_each(l->source, feed, l->dkim, err);

	return e ? e : sw_dkim_end(l->dkim, err);
}

/* Nobody is asked for keys here: what can be said without them is. */
static enum sw_err answer_nothing(struct letter *l, struct sw_error *err)
{
	const struct sw_dns_question *q;
	enum sw_err e = SW_OK;

	while (!e && sw_dkim_questions(l->dkim, &q) > 0) {
		struct sw_dns_answer *a = sw_dns_answer_new(q->name, q->type);

		if (!a)
			return sw_fail_nomem(err);
		a->status = SW_DNS_FAILED;
		e = sw_dkim_answer(l->dkim, a, err);
		sw_dns_answer_free(a);
	}
	return e;
}

static const char *time_text(int64_t at_s, char out[TIME_TEXT])
{
	time_t t = (time_t)at_s;
	struct tm tm;

	out[0] = '\0';
	if (at_s >= 0 && gmtime_r(&t, &tm) && tm.tm_year < 8100)
		strftime(out, TIME_TEXT, "%Y-%m-%dT%H:%M:%SZ", &tm);
	return out;
}

static const char *check_text(enum sw_dkim_check c)
{
	return c == SW_DKIM_GOOD ? "good" : c == SW_DKIM_BAD ? "bad" : "unknown";
}

static void state_signature(struct letter *l, const struct sw_dkim_result *r)
{
	char made[TIME_TEXT], ends[TIME_TEXT];
	/* Its key was not asked for: that is not what is wrong with it. */
	bool open = r->reason == SW_DKIM_WHY_DNS || r->reason == SW_DKIM_WHY_OURS;

	SW_STATE(l->c->facts, SW_FACT_MESSAGE_SIGNATURE, SW_STAGE_LOCAL, "session",
		 sw_context_now(l->c), SW_F_STR("domain", r->domain),
		 SW_F_STR("selector", r->selector), SW_F_STR("algorithm", r->algorithm),
		 SW_F_STR("flaw", open ? "" : sw_dkim_reason_name(r->reason)),
		 SW_F_STR("detail", open ? "" : r->detail),
		 SW_F_STR("body", check_text(r->body_hash)),
		 SW_F_STR("made", time_text(r->made_s, made)),
		 SW_F_STR("expires", time_text(r->expires_s, ends)));
}

static void state_signatures(struct letter *l)
{
	const struct sw_dkim_policy policy = {
		.now_s = l->c->world->wall_us(l->c->world->arg) / 1000000
	};
	const struct sw_dkim_result *r = NULL;
	struct sw_error ignored = { 0 };

	if (l->source->facts.size_bytes > MOST_BYTES)
		return;
	l->crypto = sw_dkim_crypto_new();
	l->dkim = l->crypto ? sw_dkim_new(l->crypto, &policy) : NULL;
	if (!l->dkim || feed_all(l, &ignored) || answer_nothing(l, &ignored))
		return;
	size_t count = sw_dkim_results(l->dkim, &r);

	for (size_t i = 0; i < count; i++)
		state_signature(l, &r[i]);
}

void sw_letter_state(struct sw_context *c, struct sw_source *source)
{
	struct letter l = { .c = c,
			    .source = source,
			    .header = { .max = SW_MAX_HEADER_BLOCK } };
	struct sw_letter_head n;
	struct sw_error ignored = { 0 };

	sw_arena_init(&l.arena);
	if (!read_header(&l, &ignored)) {
		struct sw_slice header = sw_buf_slice(&l.header);

		sw_letter_head_read(header, &l.arena, &n);
		SW_STATE(c->facts, SW_FACT_MESSAGE_IDENTITY, SW_STAGE_LOCAL, "session",
			 sw_context_now(c), SW_F_STR("from_domain", n.domain),
			 SW_F_INT("authors", n.authors), SW_F_INT("from_fields", n.froms),
			 SW_F_INT("signatures", n.signatures), SW_F_BOOL("list", n.list),
			 SW_F_STR("unsubscribe", unsubscribe_of(header)));
		if (n.signatures > 0)
			state_signatures(&l);
	}
	(void)!sw_source_rewind(source, &ignored);
	sw_dkim_free(l.dkim);
	sw_dkim_crypto_free(l.crypto);
	sw_buf_fini(&l.header);
	sw_arena_fini(&l.arena);
}
