/* SPDX-License-Identifier: MIT */
#include "knowledge/classify.h"

#include "knowledge/decide.h"

/* What a code alone is worth. */
enum { SCORE_EXACT = 45, SCORE_BASIC = 30, SCORE_NEAR = 25, SCORE_CLASS = 10 };
/* `suppress` at once, turned into counting because the refusal is a temporary one. */
enum { COUNT_TEMPORARY = 5, COUNT_TEMPORARY_DAYS = 14 };

/* ---- by codes */

struct by_code {
	uint16_t entry, category;
	enum sw_decided_by by;
	int score;
};

static void offer_code(const struct sw_knowledge *k, uint16_t entry, enum sw_decided_by by,
		       int score, struct by_code *best)
{
	if (entry == SW_NONE)
		return;
	uint16_t category = sw_code_at(k, entry).category;

	/* Codes that say nothing by themselves still have their page. */
	if (category == k->image->unknown) {
		if (best->entry == SW_NONE)
			best->entry = entry;
		return;
	}
	if (score > best->score)
		*best = (struct by_code){ entry, category, by, score };
}

static struct by_code decide_by_codes(const struct sw_knowledge *k, const struct kn_codes *c)
{
	bool class = c->code >= 400 || c->enhanced.class >= 4;
	struct by_code best = {
		.entry = SW_NONE,
		.category = (uint16_t)k->image->unknown,
		.by = class ? SW_BY_CLASS : SW_BY_NOTHING,
		.score = class ? SCORE_CLASS : 0,
	};

	if (c->enhanced.class)
		offer_code(k, sw_code_find_enhanced(k, c->enhanced), SW_BY_ENHANCED,
			   SCORE_EXACT, &best);
	offer_code(k, sw_code_find_basic(k, c->code), SW_BY_REPLY, SCORE_BASIC, &best);
	if (c->enhanced.class)
		offer_code(k, sw_code_find_enhanced_near(k, c->enhanced), SW_BY_ENHANCED,
			   SCORE_NEAR, &best);
	return best;
}

/* ---- the result */

static const struct kn_rule *rule_of(const struct kn_candidate *c)
{
	return (const struct kn_rule *)kn_part(c->image, KN_RULES) + c->own;
}

static const struct kn_rule_text *rule_text_of(const struct kn_candidate *c)
{
	return (const struct kn_rule_text *)kn_part(c->image, KN_RULE_TEXTS) + c->own;
}

static void take_category(const struct sw_knowledge *k, struct sw_class *ret)
{
	size_t own;
	const struct kn_image *image = sw_kn_layer(k, KN_CATEGORIES, ret->category, &own);
	const struct kn_category *c =
		(const struct kn_category *)kn_part(image, KN_CATEGORIES) + own;

	ret->who = (enum sw_who)c->who;
	ret->retry = (enum sw_retry)c->retry;
	ret->list_action = (enum sw_list_action)c->list_action;
	ret->count = c->count;
	ret->count_days = c->count_days;
	ret->scope = (enum sw_scope)c->scope;
	ret->probe = kn_string(image, c->probe);
	ret->sisimai = kn_string(image, c->sisimai);
}

static void take_rule(const struct kn_rule_text *r, const struct kn_image *image,
		      struct sw_class *ret)
{
	if (r->who != KN_ABSENT)
		ret->who = (enum sw_who)r->who;
	if (r->retry != KN_ABSENT)
		ret->retry = (enum sw_retry)r->retry;
	if (r->list_action != KN_ABSENT)
		ret->list_action = (enum sw_list_action)r->list_action;
	if (r->scope != KN_ABSENT)
		ret->scope = (enum sw_scope)r->scope;
	if (r->has_probe)
		ret->probe = kn_string(image, r->probe);
	if (r->sisimai)
		ret->sisimai = kn_string(image, r->sisimai);
}

/* 4xx is nothing final and 5xx is, unless the rule's own words say otherwise. */
static void apply_class(struct sw_class *ret, const struct kn_rule_text *r)
{
	int class = ret->code ? ret->code / 100 : ret->enhanced.class;
	bool own_retry = r && r->retry != KN_ABSENT && r->retry != SW_RETRY_BY_CLASS;
	bool own_action = r && r->list_action != KN_ABSENT;

	if (ret->retry == SW_RETRY_BY_CLASS)
		ret->retry = class == 4 || class == 0 ? SW_RETRY_NORMAL : SW_RETRY_NEVER;
	if (class == 4 && ret->retry == SW_RETRY_NEVER && !own_retry)
		ret->retry = SW_RETRY_NORMAL;
	if (class == 5 && ret->retry == SW_RETRY_NORMAL && ret->by != SW_BY_RULE)
		ret->retry = SW_RETRY_NEVER;
	if (class == 4 && ret->list_action == SW_LIST_SUPPRESS && ret->count == 0 &&
	    !own_action) {
		ret->list_action = SW_LIST_COUNT;
		ret->count = COUNT_TEMPORARY;
		ret->count_days = COUNT_TEMPORARY_DAYS;
	}
}

static bool is_used_by(const struct kn_image *image, uint16_t pattern, size_t rule)
{
	struct kn_users all = kn_users(image, pattern, KN_USE_RULE),
			own = kn_users(image, pattern, KN_USE_VENDOR_RULE);

	/* One behind the other. */
	for (size_t i = 0; i < all.count + own.count; i++)
		if (all.at[i] == rule)
			return true;
	return false;
}

/* Of a group of `with`, counts stand among the patterns. */
static bool is_in_with(const struct kn_image *image, const struct kn_rule *r, uint16_t pattern)
{
	const uint16_t *at = kn_rule_with(image, r);

	for (unsigned g = 0; g < r->with_groups; g++)
		for (unsigned count = *at++; count > 0; count--)
			if (*at++ == pattern)
				return true;
	return false;
}

static struct sw_evidence evidence_of(const struct kn_decision *d, const struct kn_hit *hit)
{
	size_t at = d->word_at[hit->first];
	size_t end = sw_kn_word_end(d->text, d->word_at[hit->last], d->charset);

	return (struct sw_evidence){ (uint32_t)at, (uint32_t)(end - at) };
}

/* By place; what lies within another is not said twice. */
static void add_evidence(struct sw_class *ret, struct sw_evidence e)
{
	size_t i = ret->evidence_count;

	for (size_t j = 0; j < i; j++) {
		struct sw_evidence *o = &ret->evidence[j];

		if (e.at >= o->at && e.at + e.len <= o->at + o->len)
			return;
		if (o->at >= e.at && o->at + o->len <= e.at + e.len) {
			*o = e;
			return;
		}
	}
	if (i == SW_MAX_EVIDENCE)
		return;
	for (; i > 0 && ret->evidence[i - 1].at > e.at; i--)
		ret->evidence[i] = ret->evidence[i - 1];
	ret->evidence[i] = e;
	ret->evidence_count++;
}

static void collect_evidence(const struct kn_decision *d, struct sw_class *ret)
{
	const struct kn_rule *r = rule_of(&d->best);
	const struct kn_layer *l = &d->hits.layers[d->best.layer];
	const struct kn_hit *hits = d->hits.hits;

	for (size_t i = l->used.from; i < l->used.to; i++)
		if (is_used_by(l->image, hits[i].pattern, d->best.own) ||
		    (r->with_groups && is_in_with(l->image, r, hits[i].pattern)))
			add_evidence(ret, evidence_of(d, &hits[i]));
	for (size_t i = l->conditions.from; r->with_groups && i < l->conditions.to; i++) {
		const struct kn_hit *hit = kn_condition_hit(&d->hits, i);

		if (is_in_with(l->image, r, hit->pattern))
			add_evidence(ret, evidence_of(d, hit));
	}
}

/* The rule's own, when it is one of several that were recognised. */
static uint16_t speaker(const struct kn_decision *d, const struct kn_rule *r)
{
	const uint16_t *at = r ? kn_rule_vendors(d->best.image, r) : NULL;

	for (uint32_t i = 0; r && d->speaker_count && i < r->vendors; i++)
		if (d->vendors[at[i] / 64] >> (at[i] % 64) & 1)
			return at[i];
	if (d->host_vendor != SW_NONE)
		return d->host_vendor;
	return d->banner_vendor != SW_NONE ? d->banner_vendor : d->text_vendor;
}

static void find_stage(struct kn_decision *d, const struct sw_reply_context *context)
{
	d->has_stage = context && context->has_stage;
	d->stage = d->has_stage ? context->stage : SW_STAGE_CONFIG;
	for (size_t l = 0; l < d->hits.layer_count && !d->has_stage; l++)
		for (size_t i = 0; i < d->hits.layers[l].marker_count && !d->has_stage; i++) {
			const struct kn_layer *h = &d->hits.layers[l];
			const struct kn_marker *m = kn_marker_at(h->image, &h->markers[i]);

			d->has_stage = m->kind == KN_MARK_STAGE;
			if (d->has_stage)
				d->stage = (enum sw_stage)m->value;
		}
}

static void take_runner_up(const struct kn_decision *d, struct sw_class *ret)
{
	const struct kn_candidate *c = ret->by == SW_BY_RULE ? &d->next : &d->best;

	if (!c->image)
		return;
	ret->runner_up = c->index;
	ret->runner_up_confidence = (uint8_t)c->score;
}

static void fill(struct kn_decision *d, struct sw_class *ret)
{
	struct by_code by_code = { .entry = SW_NONE };
	const struct kn_rule *r = NULL;

	if (d->best.score < SCORE_EXACT)
		by_code = decide_by_codes(d->k, &d->codes);
	if (d->best.image && d->best.score >= by_code.score) {
		r = rule_of(&d->best);
		ret->by = SW_BY_RULE;
		ret->rule = d->best.index;
		ret->category = r->category;
		ret->confidence = (uint8_t)d->best.score;
		collect_evidence(d, ret);
	} else {
		ret->by = by_code.by;
		ret->category = by_code.category;
		ret->code_entry = by_code.entry;
		ret->confidence = (uint8_t)by_code.score;
	}
	take_category(d->k, ret);
	if (ret->code_entry != SW_NONE && ret->by != SW_BY_CLASS)
		ret->retry = sw_code_at(d->k, ret->code_entry).retry;
	if (r)
		take_rule(rule_text_of(&d->best), d->best.image, ret);
	take_runner_up(d, ret);
	ret->vendor = speaker(d, r);
	ret->vetoed = ret->list_action == SW_LIST_SUPPRESS && d->sender_side;
	if (ret->vetoed)
		ret->list_action = SW_LIST_KEEP;
	apply_class(ret, r ? rule_text_of(&d->best) : NULL);
}

void sw_class_set_category(const struct sw_knowledge *k, const char *id, struct sw_class *c)
{
	uint16_t index = sw_category_find(k, sw_slice_str(id));

	if (index == SW_NONE)
		return;
	c->category = index;
	c->by = SW_BY_CLASS;
	c->rule = c->code_entry = c->runner_up = SW_NONE;
	c->confidence = 100;
	c->runner_up_confidence = 0;
	c->vetoed = false;
	c->evidence_count = 0;
	take_category(k, c);
	apply_class(c, NULL);
}

void sw_classify(const struct sw_knowledge *k, struct sw_slice text,
		 const struct sw_reply_context *context, struct sw_class *ret)
{
	static const struct sw_reply_context nothing;
	struct kn_decision d;

	if (!context)
		context = &nothing;
	sw_kn_look(&d, k, text, context->code, context->enhanced);
	find_stage(&d, context);
	sw_kn_vendors(&d, context->host, context->banner);
	sw_kn_rules(&d);
	*ret = (struct sw_class){
		.rule = SW_NONE,
		.code_entry = SW_NONE,
		.runner_up = SW_NONE,
		.code = d.codes.code,
		.enhanced = d.codes.enhanced,
	};
	fill(&d, ret);
	ret->retry_after_s = sw_kn_wait(&d);
}

/* ---- errors of clients */

/* Worth of the words of an error, more for longer ones. */
enum { SCORE_ERROR = 50, SCORE_ERROR_LONGEST = 40 };

static void offer_error(struct sw_error_match *ret, size_t *count, size_t max,
			struct sw_error_match m)
{
	size_t i;

	for (i = 0; i < *count; i++)
		if (ret[i].error == m.error) {
			if (ret[i].confidence >= m.confidence)
				return;
			memmove(&ret[i], &ret[i + 1], (*count - i - 1) * sizeof(*ret));
			(*count)--;
			break;
		}
	for (i = *count < max ? (*count)++ : max;
	     i > 0 && ret[i - 1].confidence < m.confidence; i--)
		if (i < max)
			ret[i] = ret[i - 1];
	if (i < max)
		ret[i] = m;
}

static bool is_excluded(const struct kn_layer *hits, const struct kn_error *e)
{
	const uint16_t *at = kn_list(hits->image, e->without);

	for (uint32_t i = 0; i < e->without.count; i++)
		if (kn_seen(hits, at[i]))
			return true;
	return false;
}

static void offer_errors(const struct kn_decision *d, const struct kn_layer *layer,
			 const struct kn_hit *hit, struct sw_error_match *ret, size_t *count,
			 size_t max)
{
	const struct kn_image *image = layer->image;
	struct kn_users users = kn_users(image, hit->pattern, KN_USE_ERROR);
	const struct kn_error *errors = kn_part(image, KN_ERRORS);
	unsigned letters = kn_pattern_at(image, hit->pattern)->letters;

	if (letters > SCORE_ERROR_LONGEST)
		letters = SCORE_ERROR_LONGEST;
	for (size_t u = 0; u < users.count; u++) {
		struct sw_error_match m = {
			(uint16_t)sw_kn_global(image, KN_ERRORS, users.at[u]),
			(uint8_t)(SCORE_ERROR + letters),
			evidence_of(d, hit),
		};

		if (!is_excluded(layer, &errors[users.at[u]]))
			offer_error(ret, count, max, m);
	}
}

size_t sw_classify_errors(const struct sw_knowledge *k, struct sw_slice text,
			  struct sw_error_match *ret, size_t max)
{
	struct kn_decision d;
	size_t count = 0;

	sw_kn_look(&d, k, text, 0, (struct sw_enhanced){ 0 });
	for (size_t l = 0; l < d.hits.layer_count; l++) {
		const struct kn_layer *layer = &d.hits.layers[l];

		for (size_t i = layer->used.from; i < layer->used.to; i++)
			offer_errors(&d, layer, &d.hits.hits[i], ret, &count, max);
	}
	return count;
}
