/* SPDX-License-Identifier: MIT */
/* What nobody has looked at, and how much hangs on it: what no answer could change is not
 * worth a probe. */
#include "base/mem.h"
#include "verdict/judge_work.h"

enum {
	DECIDED_FROM = 85,
	LEADS_BY = 30,
	SUNK_BELOW = 60, /* likely no more */
	ALTERNATIVES = 8,
};

/* ---- one condition in words that a probe understands */

static enum sw_err put_pair(struct sw_buf *out, struct sw_slice field, struct sw_slice value)
{
	return sw_buf_printf(out, "%s%.*s=%.*s", sw_buf_len(out) ? " " : "", SW_FMT(field),
			     SW_FMT(value));
}

/* The value that is asked for, if it is a single known one; .ptr NULL: it is not. */
static enum sw_err asked_value(struct sw_court *c, const struct sw_condition *condition,
			       const struct sw_comparison *x, const struct sw_bound *b,
			       size_t turn, struct sw_slice *ret)
{
	size_t n = turn < x->count ? turn : x->count - 1u;
	const struct sw_operand *o = &condition->operand[x->first + n];
	const char *text;

	*ret = sw_slice(NULL, 0);
	if (x->how != SW_EQUAL || x->derived || o->prefix || o->kind == SW_OPERAND_NOW)
		return SW_OK;
	if (o->kind == SW_OPERAND_TEXT) {
		*ret = o->text;
		return SW_OK;
	}
	if (b->fact[o->name] == SW_UNBOUND || o->number)
		return SW_OK;
	text = sw_field_text(c, b->fact[o->name], o->text, SW_LANG_EN);
	if (!text)
		return SW_E_NOMEM;
	if (*text)
		*ret = sw_slice_str(text);
	return SW_OK;
}

static bool mentions(const struct sw_condition *condition, const char *field)
{
	for (size_t i = 0; i < condition->comparisons; i++)
		if (sw_slice_eq(condition->comparison[i].field, sw_slice_str(field)))
			return true;
	return false;
}

/* A look beyond the session is about the session's own server unless the rule says otherwise.
 */
static enum sw_err put_usual(struct sw_court *c, const struct sw_condition *condition,
			     struct sw_buf *out)
{
	static const struct {
		const char *field;
		enum sw_placeholder value;
	} rows[] = { { "address", SW_PH_ADDRESS }, { "port", SW_PH_PORT } };
	bool probe = strncmp(sw_fact_name(condition->type), "probe.", 6) == 0;
	enum sw_err e = SW_OK;

	for (size_t i = 0; !e && probe && i < SW_LEN(rows); i++) {
		struct sw_slice field = sw_slice_str(rows[i].field);

		/* Of the ports to look at none is the usual one. */
		if (rows[i].value == SW_PH_PORT && condition->type == SW_FACT_PROBE_PORT)
			continue;
		if (sw_fact_selects(condition->type, field) &&
		    !mentions(condition, rows[i].field) && c->usual[rows[i].value])
			e = put_pair(out, field, sw_slice_str(c->usual[rows[i].value]));
	}
	return e;
}

static enum sw_err put_selection(struct sw_court *c, const struct sw_condition *condition,
				 const struct sw_bound *b, size_t turn, struct sw_buf *out)
{
	enum sw_err e = put_usual(c, condition, out);

	for (size_t i = 0; !e && i < condition->comparisons; i++) {
		const struct sw_comparison *x = &condition->comparison[i];
		struct sw_slice value;

		if (!x->selects || x->count == 0)
			continue;
		e = asked_value(c, condition, x, b, turn, &value);
		if (!e && value.ptr)
			e = put_pair(out, x->field, value);
	}
	return e;
}

/* "port=465|587" is wanted once for each. */
static size_t turns_of(const struct sw_condition *condition)
{
	size_t most = 1;

	for (size_t i = 0; i < condition->comparisons; i++) {
		const struct sw_comparison *x = &condition->comparison[i];

		if (x->selects && x->how == SW_EQUAL && x->count > most)
			most = x->count;
	}
	return most < ALTERNATIVES ? most : ALTERNATIVES;
}

static enum sw_err keep(struct sw_wants *wants, const struct sw_open *open)
{
	if (wants->count == wants->cap) {
		size_t cap = wants->cap ? wants->cap * 2 : 32;
		struct sw_open *more = sw_realloc(wants->at, cap * sizeof(*more));

		if (!more)
			return SW_E_NOMEM;
		wants->at = more;
		wants->cap = cap;
	}
	wants->at[wants->count++] = *open;
	return SW_OK;
}

enum sw_err sw_want_add(struct sw_court *c, const struct sw_condition *condition,
			const struct sw_bound *b, struct sw_open open, struct sw_wants *wants)
{
	enum sw_err e = SW_OK;

	open.type = condition->type;
	for (size_t turn = 0; !e && turn < turns_of(condition); turn++) {
		SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = SW_MAX_EVIDENCE_LINE };

		e = put_selection(c, condition, b, turn, &out);
		/* One that is too long is of no use to anybody. */
		if (e == SW_E_LIMIT)
			return SW_OK;
		if (!e)
			open.selection = sw_arena_copy(c->arena, sw_buf_slice(&out)).ptr;
		if (!e)
			e = open.selection ? keep(wants, &open) : SW_E_NOMEM;
	}
	return e;
}

/* ---- what hangs on them */

static bool stands(const struct sw_finding *f)
{
	return f && f->state <= SW_FINDING_POSSIBLE && !f->explained_by;
}

static const struct sw_finding *find(const struct sw_verdict *v, uint16_t entry)
{
	for (const struct sw_finding *f = v->findings; f; f = f->next)
		if (f->entry == entry)
			return f;
	return NULL;
}

/* Whether `root` would absorb `other`, perhaps through others. */
static bool would_explain(const struct sw_court *c, uint16_t root, uint16_t other,
			  unsigned depth)
{
	struct sw_ids ids = sw_finding_at(c->k, root).explains;

	for (size_t i = 0; i < ids.count; i++)
		if (ids.at[i] == other ||
		    (depth > 0 && would_explain(c, ids.at[i], other, depth - 1)))
			return true;
	return false;
}

enum { EXPLAINS_DEPTH = 2 };

/* The first finding that is no mere remark; the first of all when there are only remarks. */
static const struct sw_finding *leader(const struct sw_verdict *v)
{
	for (const struct sw_finding *f = v->findings; stands(f); f = f->next)
		if (f->level != SW_LEVEL_NOTE)
			return f;
	return stands(v->findings) ? v->findings : NULL;
}

/* Whether an answer could put this finding in the leader's place, or below it where it
 * explains the leader. */
static bool rivals(const struct sw_court *c, const struct sw_finding *f,
		   const struct sw_finding *lead, unsigned reach)
{
	if (f->state == SW_FINDING_POSSIBLE && reach >= SUNK_BELOW &&
	    would_explain(c, f->entry, lead->entry, EXPLAINS_DEPTH))
		return true;
	return reach >= lead->confidence;
}

/* How much hangs on one want; 0 nothing. */
static unsigned gain_of(const struct sw_court *c, const struct sw_open *o,
			const struct sw_verdict *v, const struct sw_finding *lead, bool clear)
{
	const struct sw_finding *f = find(v, o->entry);

	if (!stands(f) || !lead || sw_want_is_untested(c, o))
		return 0;
	if (f->level == SW_LEVEL_NOTE && lead->level != SW_LEVEL_NOTE)
		return 0;
	if (f != lead && !rivals(c, f, lead, o->reach))
		return 0;
	switch (o->kind) {
	case SW_CONDITION_WHEN:
		return o->reach > f->confidence ? o->reach - f->confidence : 1;
	case SW_CONDITION_SUPPORTS:
		/* What is proven and alone needs no more support. */
		return f == lead && clear && f->confidence >= DECIDED_FROM ? 0 : o->amount;
	case SW_CONDITION_CONTRADICTS:
		/* Of a proven one only what would sink it. */
		if (f->confidence < DECIDED_FROM || o->amount + SUNK_BELOW > f->confidence)
			return o->amount;
		return 0;
	case SW_CONDITION_BIND:
	case SW_CONDITION_KINDS:
		break;
	}
	return 0;
}

/* Whether nothing that stands comes near the leader. */
static bool is_clear(const struct sw_verdict *v, const struct sw_finding *lead)
{
	for (const struct sw_finding *f = v->findings; stands(f); f = f->next)
		if (f != lead && f->level != SW_LEVEL_NOTE &&
		    f->confidence + LEADS_BY > lead->confidence)
			return false;
	return true;
}

static bool is_failed(const struct sw_court *c)
{
	const struct sw_fact *result = sw_facts_last(c->facts, SW_FACT_SEND_RESULT);
	const struct sw_fact *end = sw_facts_last(c->facts, SW_FACT_SESSION_END);

	if (result)
		return !sw_slice_eq(sw_fact_text(result, "outcome"), SW_S("accepted"));
	return !end || sw_fact_text(end, "failure").len > 0;
}

static enum sw_err merge(struct sw_court *c, const struct sw_open *o, unsigned gain,
			 size_t room, struct sw_verdict *v)
{
	if (!v->wants)
		v->wants = sw_arena_alloc(c->arena, room * sizeof(*v->wants));
	if (!v->wants)
		return SW_E_NOMEM;
	for (size_t i = 0; i < v->want_count; i++)
		if (v->wants[i].type == o->type &&
		    strcmp(v->wants[i].selection, o->selection) == 0) {
			v->wants[i].gain += gain;
			return SW_OK;
		}
	v->wants[v->want_count++] = (struct sw_want){ o->type, o->selection, gain };
	return SW_OK;
}

enum sw_err sw_wants_weigh(struct sw_court *c, const struct sw_wants *wants,
			   struct sw_verdict *v)
{
	const struct sw_finding *lead = leader(v);
	bool clear = lead && is_clear(v, lead), open = false;
	enum sw_err e = SW_OK;

	for (size_t i = 0; !e && i < wants->count; i++) {
		const struct sw_open *o = &wants->at[i];
		unsigned gain = gain_of(c, o, v, lead, clear);

		/* A rival that an answer would make the cause, and a proof that an answer
		 * would sink, keep the case open. */
		open = open || (gain > 0 && o->kind != SW_CONDITION_SUPPORTS);
		if (gain > 0)
			e = merge(c, o, gain, wants->count, v);
	}
	if (lead && lead->level != SW_LEVEL_NOTE)
		v->decided = lead->confidence >= DECIDED_FROM && clear && !open;
	else
		v->decided =
			!open && (!is_failed(c) || (lead && lead->confidence >= DECIDED_FROM));
	return e;
}
