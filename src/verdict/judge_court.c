/* SPDX-License-Identifier: MIT */
/* The facts of a case in the order in which rules ask for them. */
#include <stdio.h>

#include "base/mem.h"
#include "knowledge/advice.h"
#include "knowledge/classify.h"
#include "verdict/derive.h"
#include "verdict/judge_work.h"

size_t sw_court_count(const struct sw_court *c)
{
	return sw_facts_count(c->facts) + sw_facts_count(c->derived);
}

const struct sw_fact *sw_court_fact(const struct sw_court *c, size_t i)
{
	size_t stated = sw_facts_count(c->facts);

	return i < stated ? sw_facts_get(c->facts, i) : sw_facts_get(c->derived, i - stated);
}

static void sort_facts(struct sw_court *c)
{
	uint32_t next[SW_FACT_COUNT] = { 0 };
	size_t count = sw_court_count(c);

	for (size_t i = 0; i < count; i++)
		c->from[sw_court_fact(c, i)->type + 1]++;
	for (size_t t = 0; t < SW_FACT_COUNT; t++) {
		c->from[t + 1] += c->from[t];
		next[t] = c->from[t];
	}
	for (size_t i = 0; i < count; i++)
		c->order[next[sw_court_fact(c, i)->type]++] = (uint32_t)i;
}

static const struct sw_fact *greeting_of(const struct sw_facts *f)
{
	for (size_t i = 0; i < sw_facts_count(f); i++) {
		const struct sw_fact *fact = sw_facts_get(f, i);

		if (fact->type == SW_FACT_REPLY && sw_fact_text(fact, "command").len == 0)
			return fact;
	}
	return NULL;
}

/* ---- what the case itself says of the server and the people */

static const char *copied(struct sw_court *c, struct sw_slice s)
{
	const char *copy = s.len ? sw_arena_copy(c->arena, s).ptr : NULL;

	c->nomem = c->nomem || (s.len && !copy);
	return copy;
}

static const char *number_text(struct sw_court *c, int64_t n)
{
	char text[24];
	int len = n > 0 ? snprintf(text, sizeof(text), "%lld", (long long)n) : 0;

	return len > 0 ? copied(c, sw_slice(text, (size_t)len)) : NULL;
}

static struct sw_slice host_of(const struct sw_court *c, const struct sw_fact *wish,
			       const struct sw_fact *peer)
{
	struct sw_slice host = sw_fact_text(wish, "server");

	for (size_t i = sw_facts_count(c->facts); host.len == 0 && i > 0; i--) {
		const struct sw_fact *f = sw_facts_get(c->facts, i - 1);

		if (f->type == SW_FACT_DNS_ANSWER &&
		    (sw_slice_eq(sw_fact_text(f, "type"), SW_S("A")) ||
		     sw_slice_eq(sw_fact_text(f, "type"), SW_S("AAAA"))))
			host = sw_fact_text(f, "name");
	}
	return host.len ? host : sw_fact_text(peer, "address");
}

static const struct sw_fact *peer_of(const struct sw_facts *f)
{
	const struct sw_fact *peer = sw_facts_last(f, SW_FACT_TCP_ATTEMPT);

	for (size_t i = sw_facts_count(f); i > 0; i--) {
		const struct sw_fact *fact = sw_facts_get(f, i - 1);

		if (fact->type == SW_FACT_TCP_ATTEMPT &&
		    sw_slice_eq(sw_fact_text(fact, "state"), SW_S("connected")))
			return fact;
	}
	return peer;
}

static const struct sw_fact *first_open_recipient(const struct sw_facts *f)
{
	for (size_t i = 0; i < sw_facts_count(f); i++) {
		const struct sw_fact *fact = sw_facts_get(f, i);

		if (fact->type == SW_FACT_RECIPIENT &&
		    !sw_slice_eq(sw_fact_text(fact, "outcome"), SW_S("accepted")))
			return fact;
	}
	return NULL;
}

/* The words that decided: of the whole, or of the last reply that refused. */
static const struct sw_fact *deciding_reply(const struct sw_facts *f)
{
	const struct sw_fact *result = sw_facts_last(f, SW_FACT_SEND_RESULT);

	if (sw_fact_int(result, "code", 0) >= 400)
		return result;
	for (size_t i = sw_facts_count(f); i > 0; i--) {
		const struct sw_fact *fact = sw_facts_get(f, i - 1);

		if (fact->type == SW_FACT_REPLY && sw_fact_int(fact, "code", 0) >= 400)
			return fact;
	}
	return NULL;
}

static const char *code_text(struct sw_court *c, const struct sw_fact *reply)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = 64 };
	struct sw_slice enhanced = sw_fact_text(reply, "enhanced");

	if (!reply)
		return NULL;
	if (sw_buf_printf(&out, "%lld%s%.*s", (long long)sw_fact_int(reply, "code", 0),
			  enhanced.len ? " " : "", SW_FMT(sw_slice_head(enhanced, 16)))) {
		c->nomem = true;
		return NULL;
	}
	return copied(c, sw_buf_slice(&out));
}

static void find_usual(struct sw_court *c)
{
	const struct sw_fact *wish = sw_facts_last(c->facts, SW_FACT_SEND_WISH);
	const struct sw_fact *peer = peer_of(c->facts);
	const struct sw_fact *reply = deciding_reply(c->facts);

	c->host = host_of(c, wish, peer);
	c->usual[SW_PH_HOST] = copied(c, c->host);
	c->usual[SW_PH_PORT] =
		number_text(c, sw_fact_int(peer, "port", sw_fact_int(wish, "port", 0)));
	c->usual[SW_PH_ADDRESS] = copied(c, sw_fact_text(peer, "address"));
	c->usual[SW_PH_SENDER] = copied(c, sw_fact_text(wish, "sender"));
	c->usual[SW_PH_RECIPIENT] =
		copied(c, sw_fact_text(first_open_recipient(c->facts), "recipient"));
	c->usual[SW_PH_CODE] = code_text(c, reply);
	c->usual[SW_PH_REPLY] = copied(c, sw_fact_text(reply, "text"));
}

enum sw_err sw_court_open(struct sw_court *c, const struct sw_knowledge *k,
			  const struct sw_facts *f, struct sw_arena *arena)
{
	*c = (struct sw_court){ .k = k, .facts = f, .arena = arena };
	c->derived = sw_facts_derive(f);
	if (!c->derived)
		return SW_E_NOMEM;
	size_t count = sw_court_count(c);

	c->order = sw_calloc(count + 1, sizeof(*c->order));
	c->category = sw_calloc(3 * count + 1, sizeof(*c->category));
	if (!c->order || !c->category) {
		sw_court_close(c);
		return SW_E_NOMEM;
	}
	c->vendor = c->category + count;
	c->trust = c->vendor + count;
	for (size_t i = 0; i < 2 * count; i++)
		c->category[i] = SW_NOT_ASKED;
	sort_facts(c);
	sw_court_read_untested(c);
	c->banner = sw_fact_text(greeting_of(f), "text");
	find_usual(c);
	if (c->nomem)
		sw_court_close(c);
	return c->nomem ? SW_E_NOMEM : SW_OK;
}

void sw_court_close(struct sw_court *c)
{
	sw_free(c->order);
	sw_free(c->category);
	sw_facts_free(c->derived);
	c->order = NULL;
	c->category = NULL;
	c->derived = NULL;
}

/* ---- what replies are */

enum {
	/* How sure a cause can be that rests on what the words of a reply mean: on its first
	 * three digits, on an enhanced code that says little, on words that say something else
	 * nearly as well. */
	BY_DIGITS_MOST = 55,
	BY_WEAK_CODE_MOST = 74,
	BY_WORDS_MOST = 84,
	WEAK_CODE = 50,
	WEAK_WORDS = 61,
	NEARLY = 3,
};

static uint16_t trust_in(const struct sw_class *class)
{
	bool torn = class->runner_up != SW_NONE &&
		    class->runner_up_confidence + NEARLY >= class->confidence;

	switch (class->by) {
	case SW_BY_REPLY:
	case SW_BY_CLASS:
		return BY_DIGITS_MOST;
	case SW_BY_ENHANCED:
		return class->confidence < WEAK_CODE ? BY_WEAK_CODE_MOST : 100;
	case SW_BY_RULE:
		return class->vendor == SW_NONE && (torn || class->confidence < WEAK_WORDS)
			       ? BY_WORDS_MOST
			       : 100;
	case SW_BY_NOTHING:
	case SW_DECIDED_BY_COUNT:
		break;
	}
	return 100;
}

static void classify(struct sw_court *c, uint32_t fact)
{
	const struct sw_fact *f = sw_court_fact(c, fact);
	int64_t code = sw_fact_int(f, "code", 0);
	struct sw_slice enhanced = sw_fact_text(f, "enhanced");
	struct sw_reply_context context = {
		.code = code >= 200 && code <= 599 ? (int)code : 0,
		.has_stage = f->stage >= SW_STAGE_GREETING && f->stage <= SW_STAGE_FINAL,
		.stage = f->stage,
		.host = c->host,
		.banner = c->banner,
	};
	struct sw_class class;
	size_t taken;

	c->category[fact] = c->vendor[fact] = SW_NONE;
	c->trust[fact] = 100;
	if (context.code < 400)
		return;
	(void)sw_enhanced_parse(enhanced, &context.enhanced, &taken);
	sw_classify_reply(c->k, sw_fact_text(f, "text"), &context, &class);
	c->category[fact] = class.category;
	c->vendor[fact] = class.vendor;
	c->trust[fact] = trust_in(&class);
}

uint16_t sw_court_category_of(struct sw_court *c, uint32_t fact)
{
	if (c->category[fact] == SW_NOT_ASKED)
		classify(c, fact);
	return c->category[fact];
}

const char *sw_court_category(struct sw_court *c, uint32_t fact, const char **ret_vendor)
{
	uint16_t category = sw_court_category_of(c, fact), vendor = c->vendor[fact];

	*ret_vendor = vendor == SW_NONE ? "" : sw_vendor_at(c->k, vendor).id;
	return category == SW_NONE ? "" : sw_category_at(c->k, category).id;
}
