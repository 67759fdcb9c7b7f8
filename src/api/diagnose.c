/* SPDX-License-Identifier: MIT */
/* A case, judged. */
#include "api/diagnose.h"

#include "api/mail_log.h"
#include "api/result.h"
#include "base/mem.h"
#include "base/text.h"
#include "client/delivery.h"
#include "verdict/sentence.h"

/* As in the line of stages that `send` prints. */
enum { SLOW_US = 5 * 1000 * 1000 };

/* ---- making one */

static const char *kept(struct sw_diagnosis *d, const struct sw_buf *text)
{
	return sw_arena_copy(&d->arena, sw_buf_slice(text)).ptr;
}

static enum sw_err tell_target(struct sw_diagnosis *d)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = 1024 };
	const struct sw_fact *wish = sw_facts_last(d->facts, SW_FACT_SEND_WISH);
	const struct sw_fact *tcp = sw_facts_last(d->facts, SW_FACT_TCP_ATTEMPT);
	struct sw_slice name = sw_fact_text(wish, "server");
	int64_t port = sw_fact_int(wish, "port", 0);

	if (name.len == 0) {
		name = sw_fact_text(tcp, "address");
		port = sw_fact_int(tcp, "port", 0);
	}
	bool v6 = sw_slice_find(name, ':') < name.len;
	enum sw_err e = v6 ? sw_buf_add_char(&out, '[') : SW_OK;

	if (!e)
		e = sw_text_escape(&out, sw_slice_head(name, SW_MAX_DOMAIN), SW_TEXT_LINE);
	if (!e && v6)
		e = sw_buf_add_char(&out, ']');
	if (!e && port > 0 && name.len)
		e = sw_buf_printf(&out, ":%lld", (long long)port);
	d->target = e ? NULL : kept(d, &out);
	return d->target ? SW_OK : SW_E_NOMEM;
}

static bool is_accepted(const struct sw_fact *result)
{
	struct sw_slice outcome = sw_fact_text(result, "outcome");

	/* "ok" of a verification. */
	return sw_slice_eq(outcome, SW_S("accepted")) || sw_slice_eq(outcome, SW_S("ok"));
}

/* The user, or the time that was given, ended it: that is no fault of anybody. */
static bool was_cut_short(const struct sw_fact *end)
{
	struct sw_slice failure = sw_fact_text(end, "failure");

	return sw_slice_eq(failure, sw_slice_str(sw_ending_name(SW_END_ABORTED))) ||
	       sw_slice_eq(failure, sw_slice_str(sw_ending_name(SW_END_DEADLINE)));
}

static enum sw_err tell_sentence(struct sw_diagnosis *d)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = SW_MAX_REPLY };
	const struct sw_fact *result = sw_facts_last(d->facts, SW_FACT_SEND_RESULT);

	d->sentence = "";
	if (!result || is_accepted(result))
		return SW_OK;
	enum sw_err e = sw_verdict_sentence(d->facts, &out);

	d->sentence = e ? NULL : kept(d, &out);
	return d->sentence ? SW_OK : SW_E_NOMEM;
}

/* What the depth did not allow, and what nobody asked for, did not fail to be reached. */
static const char *unreached(const struct sw_diagnosis *d, enum sw_stage stage)
{
	const struct sw_fact *end = sw_facts_last(d->facts, SW_FACT_SESSION_END);

	if (!d->live)
		return "not_reached";
	if (stage > d->allowed || (stage == SW_STAGE_AUTH && !d->login_allowed))
		return "not_allowed";
	return end && !sw_fact_text(end, "failure").len ? "untested" : "not_reached";
}

static const char *stage_status(const struct sw_diagnosis *d, const struct sw_fact *f,
				enum sw_stage stage)
{
	static const char *const names[] = { "ok", "failed", "slow", "not_reached" };
	struct sw_slice status = sw_fact_text(f, "status");

	if (sw_slice_eq(status, SW_S("ok")) && sw_fact_int(f, "elapsed_us", 0) > SLOW_US)
		return "slow";
	if (sw_slice_eq(status, SW_S("not_reached")))
		return unreached(d, stage);
	for (size_t i = 0; i < SW_LEN(names); i++)
		if (sw_slice_eq(status, sw_slice_str(names[i])))
			return names[i];
	return "untested";
}

static void take_stages(struct sw_diagnosis *d)
{
	for (size_t i = 0; i < sw_facts_count(d->facts); i++) {
		const struct sw_fact *f = sw_facts_get(d->facts, i);
		struct sw_slice name = sw_fact_text(f, "name");

		if (f->type != SW_FACT_STAGE_TIME)
			continue;
		for (unsigned s = 0; s < SW_STAGE_COUNT; s++) {
			const char *known = sw_stage_name((enum sw_stage)s);
			int64_t us = sw_fact_int(f, "elapsed_us", -1);

			if (sw_slice_eq(name, sw_slice_str(known)) &&
			    d->stage_count < SW_STAGE_COUNT)
				d->stages[d->stage_count++] = (struct sw_diagnosis_stage){
					known, stage_status(d, f, (enum sw_stage)s), us < 0 ? -1 : (double)us / 1000
				};
		}
	}
}

static bool stands(const struct sw_finding *f)
{
	return f && f->state <= SW_FINDING_POSSIBLE;
}

static void decide(struct sw_diagnosis *d)
{
	const struct sw_fact *result = sw_facts_last(d->facts, SW_FACT_SEND_RESULT);
	const struct sw_fact *end = sw_facts_last(d->facts, SW_FACT_SESSION_END);
	const struct sw_finding *first = d->verdict.findings;
	bool failed = (result && !is_accepted(result)) ||
		      (!result && sw_fact_text(end, "failure").len > 0);

	if (stands(first) && first->level != SW_LEVEL_NOTE)
		d->outcome = "problem";
	else if (failed)
		d->outcome = was_cut_short(end) ? "untested" : "problem";
	else
		d->outcome = result || end ? "healthy" : "untested";
}

static const struct sw_advice_view *best_remedy(const struct sw_diagnosis *d,
						const struct sw_finding *f,
						struct sw_advice_view *ret)
{
	struct sw_finding_view v = sw_finding_at(d->k, f->entry);

	/* Who must act first has the first word. */
	for (size_t i = 0; i < v.remedy_count; i++) {
		*ret = sw_finding_remedy(d->k, f->entry, i);
		if (ret->who == v.who)
			return ret;
	}
	*ret = sw_finding_remedy(d->k, f->entry, 0);
	return ret;
}

static enum sw_err put_brief(struct sw_diagnosis *d, const struct sw_finding *f,
			     struct sw_buf *out)
{
	static const char *const states[SW_FINDING_STATE_COUNT][SW_LANG_COUNT] = {
		[SW_FINDING_CONFIRMED] = { "confirmed", "подтверждено" },
		[SW_FINDING_LIKELY] = { "likely", "вероятно" },
	};
	static const char *const remedy[SW_LANG_COUNT] = { "Remedy", "Что делать" };
	struct sw_advice_view a;

	best_remedy(d, f, &a);
	const char *literal = *a.literal ? sw_verdict_fill(f, a.literal, &d->arena) : "";

	if (!literal)
		return SW_E_NOMEM;
	/* One of several lines does not fit here. */
	bool shown = *literal && !strchr(literal, '\n');

	return sw_buf_printf(out, "%s %s %u: %s\n%s: %s%s%s", f->code,
			     states[f->state][d->lang], f->confidence, f->title[d->lang],
			     remedy[d->lang], a.text[d->lang], shown ? " " : "",
			     shown ? literal : "");
}

static enum sw_err tell_brief(struct sw_diagnosis *d)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = 4 * SW_MAX_KNOWLEDGE_TEXT };
	const struct sw_finding *f = d->verdict.findings;
	enum sw_err e = SW_OK;

	if (f && f->state <= SW_FINDING_LIKELY && !f->explained_by)
		e = put_brief(d, f, &out);
	d->brief = e ? NULL : kept(d, &out);
	return d->brief ? SW_OK : SW_E_NOMEM;
}

static enum sw_err number_findings(struct sw_diagnosis *d)
{
	size_t n = 0;

	d->findings = sw_arena_alloc(&d->arena, (d->verdict.count + 1) * sizeof(const struct sw_finding *));
	if (!d->findings)
		return SW_E_NOMEM;
	for (const struct sw_finding *f = d->verdict.findings; f; f = f->next)
		d->findings[n++] = f;
	return SW_OK;
}

static struct sw_diagnosis *new_diagnosis(const struct sw_knowledge *k, enum sw_lang lang)
{
	struct sw_diagnosis *d = sw_calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	d->k = k;
	d->lang = lang;
	sw_arena_init(&d->arena);
	return d;
}

struct sw_diagnosis *sw_diagnosis_new(const struct sw_explainer *e)
{
	struct sw_diagnosis *d = new_diagnosis(e->k, e->lang);

	if (d)
		d->mail_log = e->mail_log;
	return d;
}

static enum sw_err diagnose(struct sw_diagnosis *d, struct sw_error *err)
{
	uint64_t refused = sw_mem_refused();
	enum sw_err e = sw_judge(d->k, d->facts, &d->arena, &d->verdict, err);

	if (e)
		return e;
	take_stages(d);
	decide(d);
	e = number_findings(d);
	if (!e)
		e = tell_target(d);
	if (!e)
		e = tell_sentence(d);
	if (!e)
		e = tell_brief(d);
	return e ? sw_fail_nomem(err) : sw_fail_if_refused(err, refused);
}

enum sw_err sw_diagnosis_make(struct sw_diagnosis *d, struct sw_facts *facts,
			      struct sw_error *err)
{
	d->facts = d->owned = facts;
	sw_mail_log_state(d->mail_log, facts);
	d->mail_log = NULL; /* the explainer may go before the diagnosis does */
	return diagnose(d, err);
}

enum sw_err sw_diagnosis_judge(const struct sw_knowledge *k, enum sw_lang lang,
			       const struct sw_facts *facts, struct sw_diagnosis **ret,
			       struct sw_error *err)
{
	struct sw_diagnosis *d = new_diagnosis(k, lang);

	if (!d)
		return sw_fail_nomem(err);
	d->facts = facts;
	enum sw_err e = diagnose(d, err);

	if (e)
		sw_diagnosis_free(d);
	else
		*ret = d;
	return e;
}

enum sw_err sw_diagnose_result(struct sw_explainer *e, const struct sw_result *result,
			       struct sw_diagnosis **ret)
{
	sw_error_clear(&e->err);
	return sw_diagnosis_judge(e->k, e->lang, result->d.facts, ret, &e->err);
}

enum sw_err sw_diagnose_case(struct sw_explainer *e, const void *json, size_t len,
			     struct sw_diagnosis **ret)
{
	struct sw_facts *facts = NULL;
	char *result = NULL;

	sw_error_clear(&e->err);
	if (len > SW_MAX_CASE)
		return sw_fail(&e->err, SW_E_LIMIT,
			       "the case has %zu bytes, at most %d are read", len,
			       SW_MAX_CASE);
	enum sw_err code = sw_case_read(sw_slice(json, len), &facts, &result, &e->err);

	sw_free(result);
	if (code)
		return code;
	struct sw_diagnosis *d = sw_diagnosis_new(e);

	if (!d) {
		sw_facts_free(facts);
		return sw_fail_nomem(&e->err);
	}
	code = sw_diagnosis_make(d, facts, &e->err);
	if (code)
		sw_diagnosis_free(d);
	else
		*ret = d;
	return code;
}

void sw_diagnosis_free(struct sw_diagnosis *d)
{
	if (!d)
		return;
	sw_facts_free(d->owned);
	sw_arena_fini(&d->arena);
	sw_free(d->json);
	sw_free(d->case_json);
	sw_free(d);
}

/* ---- looking at it */

const char *sw_diagnosis_outcome(const struct sw_diagnosis *d)
{
	return d->outcome;
}

int sw_diagnosis_exit_status(const struct sw_diagnosis *d)
{
	return *d->outcome == 'h' ? 0 : *d->outcome == 'p' ? 1 : 2;
}

const char *sw_diagnosis_target(const struct sw_diagnosis *d)
{
	return d->target;
}

const char *sw_diagnosis_sentence(const struct sw_diagnosis *d)
{
	return d->sentence;
}

const char *sw_diagnosis_brief(const struct sw_diagnosis *d)
{
	return d->brief;
}

size_t sw_diagnosis_stage_count(const struct sw_diagnosis *d)
{
	return d->stage_count;
}

struct sw_diagnosis_stage sw_diagnosis_stage(const struct sw_diagnosis *d, size_t i)
{
	return i < d->stage_count ? d->stages[i] : (struct sw_diagnosis_stage){ "", "", -1 };
}

size_t sw_diagnosis_count(const struct sw_diagnosis *d)
{
	return d->verdict.count;
}

static size_t lines_of(const struct sw_evidence_line *l)
{
	size_t n = 0;

	for (; l; l = l->next)
		n++;
	return n;
}

struct sw_diagnosed sw_diagnosis_finding(const struct sw_diagnosis *d, size_t i)
{
	if (i >= d->verdict.count)
		return (struct sw_diagnosed){ "", "", "", "", 0, "", "", "",
					      "", "", "", "", 0, 0,  0,  0 };
	const struct sw_finding *f = d->findings[i];
	struct sw_finding_view v = sw_finding_at(d->k, f->entry);

	return (struct sw_diagnosed){
		.code = f->code,
		.title = f->title[d->lang],
		.level = sw_finding_level_name(f->level),
		.state = sw_finding_state_name(f->state),
		.confidence = f->confidence,
		.stage = sw_stage_name(f->stage),
		.who = sw_who_name(v.who),
		.who_text = sw_who_text(v.who, d->lang),
		.rule = f->rule,
		.explained_by = f->explained_by ? f->explained_by : "",
		.test = v.test[d->lang],
		.recheck = f->recheck,
		.because_count = lines_of(f->because),
		.against_count = lines_of(f->against),
		.explains_count = f->explains_count,
		.remedy_count = v.remedy_count,
	};
}

static const char *line_of(const struct sw_diagnosis *d, const struct sw_evidence_line *l,
			   size_t n)
{
	while (l && n-- > 0)
		l = l->next;
	return l ? l->text[d->lang] : "";
}

const char *sw_diagnosis_because(const struct sw_diagnosis *d, size_t i, size_t n)
{
	return i < d->verdict.count ? line_of(d, d->findings[i]->because, n) : "";
}

const char *sw_diagnosis_against(const struct sw_diagnosis *d, size_t i, size_t n)
{
	return i < d->verdict.count ? line_of(d, d->findings[i]->against, n) : "";
}

const char *sw_diagnosis_explains(const struct sw_diagnosis *d, size_t i, size_t n)
{
	bool there = i < d->verdict.count && n < d->findings[i]->explains_count;

	return there ? d->findings[i]->explains[n] : "";
}

struct sw_diagnosed_remedy sw_diagnosis_remedy(const struct sw_diagnosis *d, size_t i,
					       size_t n)
{
	const struct sw_finding *f = i < d->verdict.count ? d->findings[i] : NULL;

	if (!f || n >= sw_finding_at(d->k, f->entry).remedy_count)
		return (struct sw_diagnosed_remedy){ "", "", "", "", "" };
	struct sw_advice_view a = sw_finding_remedy(d->k, f->entry, n);
	/* The arena only grows by it; without memory the template stands. */
	const char *literal =
		sw_verdict_fill(f, a.literal, (struct sw_arena *)(uintptr_t)&d->arena);

	return (struct sw_diagnosed_remedy){
		.who = sw_who_name(a.who),
		.who_text = sw_who_text(a.who, d->lang),
		.text = a.text[d->lang],
		.literal = literal ? literal : a.literal,
		.applicability = sw_applicability_name(a.applicability),
	};
}
