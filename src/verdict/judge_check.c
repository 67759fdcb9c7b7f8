/* SPDX-License-Identifier: MIT */
/* Whether a rule can be understood at all: for those who write rules. */
#include "base/mem.h"
#include "verdict/judge_work.h"

static const char *const kinds[SW_CONDITION_KINDS] = { "when", "supports", "contradicts",
						       "bind" };

/* {name.field} of a text. */
static enum sw_err check_text(const struct sw_rule *r, const struct sw_names *names,
			      const struct sw_condition *own, const char *text,
			      struct sw_error *err)
{
	struct sw_slice rest = sw_slice_str(text);

	while (sw_slice_find(rest, '{') < rest.len) {
		rest = sw_slice_from(rest, sw_slice_find(rest, '{') + 1);
		struct sw_slice what = sw_slice_head(rest, sw_slice_find(rest, '}')), name,
				whole = what;
		const struct sw_condition *of = NULL;

		if (sw_slice_eq(what, SW_S("now")))
			continue;
		int n = sw_slice_split(&what, '.', &name) ? sw_names_find(names, name) : -1;

		for (size_t i = 0; n >= 0 && i < r->view.counts[SW_CONDITION_WHEN]; i++)
			if (r->when[i].named && r->when[i].name == n)
				of = &r->when[i];
		if (n >= 0 && own && own->named && own->name == n)
			of = own;
		if (!of)
			return sw_fail(err, SW_E_DATA, "{%.*s}: no condition has that name",
				       SW_FMT(whole));
		if (!sw_fact_has_field(of->type, what) &&
		    !sw_slice_eq(what, SW_S("category")) && !sw_slice_eq(what, SW_S("@stage")))
			return sw_fail(err, SW_E_DATA, "{%.*s}: %s has no such field",
				       SW_FMT(whole), sw_fact_name(of->type));
	}
	return SW_OK;
}

static enum sw_err check_texts(const struct sw_rule *r, const struct sw_names *names,
			       const struct sw_condition *own,
			       const char *const text[SW_LANG_COUNT], struct sw_error *err)
{
	enum sw_err e = SW_OK;

	for (size_t i = 0; i < SW_LANG_COUNT && !e; i++)
		e = check_text(r, names, own, text[i], err);
	return e;
}

static enum sw_err check_bind(const struct sw_rule *r, const char *text, struct sw_error *err)
{
	struct sw_operand o;

	if (*text != '$')
		return check_text(r, &r->names, NULL, text, err);
	enum sw_err e = sw_operand_parse(sw_slice_str(text), &r->names, &o, err);

	if (e || o.kind == SW_OPERAND_NOW)
		return e;
	for (size_t i = 0; i < r->view.counts[SW_CONDITION_WHEN]; i++)
		if (r->when[i].named && r->when[i].name == o.name &&
		    !sw_fact_has_field(r->when[i].type, o.text))
			return sw_fail(err, SW_E_DATA, "%s: %s has no such field", text,
				       sw_fact_name(r->when[i].type));
	return SW_OK;
}

static enum sw_err check_one(const struct sw_knowledge *k, struct sw_rule *r,
			     enum sw_condition_kind kind, size_t n, struct sw_error *err)
{
	struct sw_condition_view v = sw_judgement_condition(k, r->number, kind, n);
	struct sw_names names = r->names;
	enum sw_err e;

	if (kind == SW_CONDITION_BIND)
		return check_bind(r, v.text, err);
	if (kind == SW_CONDITION_WHEN) {
		e = check_texts(r, &names, NULL, v.because, err);
		return e ? e : check_texts(r, &names, NULL, v.otherwise, err);
	}
	e = sw_condition_parse(sw_slice_str(v.text), &names, &r->turn, err);
	return e ? e : check_texts(r, &names, &r->turn, v.because, err);
}

static enum sw_err check(const struct sw_knowledge *k, struct sw_rule *r, struct sw_error *err,
			 int *ret_kind, size_t *ret_n)
{
	enum sw_err e = SW_OK;

	*ret_kind = SW_CONDITION_WHEN;
	for (*ret_n = 0; *ret_n < r->view.counts[SW_CONDITION_WHEN] && !e; (*ret_n)++) {
		struct sw_condition_view v =
			sw_judgement_condition(k, r->number, SW_CONDITION_WHEN, *ret_n);

		e = sw_condition_parse(sw_slice_str(v.text), &r->names, &r->when[*ret_n], err);
	}
	for (*ret_kind = 0; !e && *ret_kind < SW_CONDITION_KINDS; (*ret_kind)++)
		for (*ret_n = 0; !e && *ret_n < r->view.counts[*ret_kind]; (*ret_n)++)
			e = check_one(k, r, (enum sw_condition_kind) * ret_kind, *ret_n, err);
	*ret_kind -= e && *ret_kind > 0;
	return e;
}

enum sw_err sw_judgement_check(const struct sw_knowledge *k, size_t judgement,
			       struct sw_error *err)
{
	struct sw_rule *r = sw_calloc(1, sizeof(*r));
	struct sw_error inner;
	int kind = 0;
	size_t n = 0;

	if (!r)
		return sw_fail_nomem(err);
	r->number = judgement;
	r->view = sw_judgement_at(k, judgement);
	enum sw_err e = check(k, r, &inner, &kind, &n);

	sw_free(r);
	return e ? sw_fail(err, e, "%s %zu: %s", kinds[kind], n, inner.text) : SW_OK;
}
