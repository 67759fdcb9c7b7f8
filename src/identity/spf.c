/* SPDX-License-Identifier: MIT */
#include "identity/spf.h"

#include "identity/spf_internal.h"

const char *sw_spf_result_name(enum sw_spf_result r)
{
	static const char *const names[SW_SPF_RESULT_COUNT] = {
		[SW_SPF_NONE] = "none",           [SW_SPF_NEUTRAL] = "neutral",
		[SW_SPF_PASS] = "pass",           [SW_SPF_FAIL] = "fail",
		[SW_SPF_SOFTFAIL] = "softfail",   [SW_SPF_TEMPERROR] = "temperror",
		[SW_SPF_PERMERROR] = "permerror",
	};
	return (unsigned)r < SW_SPF_RESULT_COUNT ? names[r] : "?";
}

/* ---- records */

/* The SPF record of an answer, read once. NULL without memory. */
static struct sw_spf_policy *policy_of(struct sw_spf *x, const struct sw_ask *ask)
{
	struct sw_spf_policy *p = x->policies;
	struct sw_slice text = { NULL, 0 };

	for (; p; p = p->next)
		if (p->ask == ask)
			return p;
	p = sw_arena_alloc(&x->m.arena, sizeof(*p));
	if (!p)
		return NULL;
	p->ask = ask;
	for (size_t i = 0; i < ask->count; i++)
		if (sw_spf_is_record(ask->records[i].txt) && p->records++ == 0)
			text = ask->records[i].txt;
	if (p->records == 1 && sw_spf_record_read(text, &x->m.arena, &p->record))
		return NULL;
	p->next = x->policies;
	x->policies = p;
	return p;
}

static struct sw_spf_frame *top_of(struct sw_spf *x)
{
	return &x->frames[x->depth - 1];
}

static void finish(struct sw_spf *x, enum sw_spf_result result)
{
	x->outcome.result = result;
	x->m.done = true;
}

/* ---- explanations (6.2): whatever is wrong with them, there is none */

static enum sw_spf_state ask_explanation(struct sw_spf *x, const struct sw_spf_frame *f)
{
	const struct sw_spf_record *r = &f->policy->record;
	const char *target;

	if (x->exp_ask)
		return SW_SPF_YES;
	if (r->exp == SW_SPF_NO_TERM)
		return SW_SPF_NO;
	enum sw_spf_state s = sw_spf_find_target(x, f, &r->terms[r->exp], &target);
	if (s != SW_SPF_YES)
		return s;
	if (!*target)
		return SW_SPF_NO;
	x->exp_ask = sw_asks_get(&x->m.asks, target, SW_DNS_TXT);
	return x->exp_ask ? SW_SPF_YES : SW_SPF_NOMEM;
}

static enum sw_spf_state explain(struct sw_spf *x)
{
	const struct sw_spf_frame *f = top_of(x);
	SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = SW_MAX_SPF_EXPLANATION };
	struct sw_spf_use use;
	enum sw_spf_state s = ask_explanation(x, f);

	if (s != SW_SPF_YES)
		return s;
	if (!x->exp_ask->answered)
		return SW_SPF_WAIT;
	if (x->exp_ask->count != 1)
		return SW_SPF_NO;
	struct sw_slice text = x->exp_ask->records[0].txt;
	if (sw_spf_macro_check(text, SW_SPF_TEXT_EXPLANATION, &use))
		return SW_SPF_NO;
	if (use.p) {
		s = sw_spf_find_validated(x, f->domain);
		if (s != SW_SPF_YES)
			return s;
	}
	x->names.domain = sw_slice_str(f->domain);
	enum sw_err e = sw_spf_macro_expand(text, &x->names, &out);
	if (e == SW_E_LIMIT)
		return SW_SPF_NO;
	if (!e && sw_buf_len(&out) > 0)
		x->outcome.explanation = sw_arena_copy(&x->m.arena, sw_buf_slice(&out));
	return e || (sw_buf_len(&out) > 0 && !x->outcome.explanation.ptr) ? SW_SPF_NOMEM
									  : SW_SPF_YES;
}

/* ---- frames */

static void end_term(struct sw_spf_frame *f)
{
	f->term++;
	f->begun = false;
	f->term_ask = NULL;
}

/* The domain's own result; with an explanation when one is wanted. */
static void conclude(struct sw_spf *x, enum sw_spf_result result)
{
	struct sw_spf_frame *f = top_of(x);

	x->outcome.domain = f->domain;
	if (f->policy && f->policy->records == 1)
		x->outcome.record = f->policy->record.text;
	x->outcome.result = result;
	if (result == SW_SPF_FAIL && x->explain)
		x->explaining = true;
	else
		x->m.done = true;
}

static enum sw_spf_state stop(struct sw_spf *x, enum sw_spf_effect effect,
			      const struct sw_ask *ask)
{
	const struct sw_spf_frame *f = top_of(x);

	sw_spf_mark(x, f, effect, ask, false);
	if (effect == SW_SPF_STEP_TEMPERROR)
		x->outcome.domain = f->domain;
	finish(x, effect == SW_SPF_STEP_TEMPERROR ? SW_SPF_TEMPERROR : SW_SPF_PERMERROR);
	return SW_SPF_YES;
}

static enum sw_spf_result result_of(char qualifier)
{
	switch (qualifier) {
	case '-':
		return SW_SPF_FAIL;
	case '~':
		return SW_SPF_SOFTFAIL;
	case '?':
		return SW_SPF_NEUTRAL;
	default:
		return SW_SPF_PASS;
	}
}

/* A record has come to its result: that of the whole, or of an include (5.2). */
static enum sw_spf_state leave(struct sw_spf *x, enum sw_spf_result result);

static enum sw_spf_state matched(struct sw_spf *x, const struct sw_spf_frame *f)
{
	const struct sw_spf_term *t = &f->policy->record.terms[f->term];

	sw_spf_mark(x, f, SW_SPF_STEP_MATCH, f->term_ask,
		    f->begun && t->kind != SW_SPF_INCLUDE);
	if (x->depth == 1)
		x->outcome.mechanism = sw_spf_term_text(&f->policy->record, t);
	return leave(x, result_of(t->qualifier));
}

static enum sw_spf_state leave(struct sw_spf *x, enum sw_spf_result result)
{
	if (x->depth == 1) {
		conclude(x, result);
		return SW_SPF_YES;
	}
	x->depth--;
	struct sw_spf_frame *f = top_of(x);
	const struct sw_spf_term *t = &f->policy->record.terms[f->term];
	if (result == SW_SPF_NONE) {
		sw_spf_perm(x, f, SW_SPF_NO_INCLUDED, sw_spf_term_text(&f->policy->record, t));
		return stop(x, SW_SPF_STEP_PERMERROR, f->term_ask);
	}
	if (result == SW_SPF_PASS)
		return matched(x, f);
	sw_spf_mark(x, f, SW_SPF_STEP_NO_MATCH, f->term_ask, false);
	end_term(f);
	return SW_SPF_YES;
}

/* The record of the frame's domain. */
static enum sw_spf_state take_record(struct sw_spf *x, struct sw_spf_frame *f)
{
	struct sw_slice none = { NULL, 0 };

	if (!f->ask->answered)
		return SW_SPF_WAIT;
	if (sw_ask_failed(f->ask))
		return stop(x, SW_SPF_STEP_TEMPERROR, f->ask);
	f->policy = policy_of(x, f->ask);
	if (!f->policy)
		return SW_SPF_NOMEM;
	sw_spf_mark(x, f, SW_SPF_STEP_RECORD, f->ask, false);
	if (f->policy->records == 0) {
		if (!f->redirected)
			return leave(x, SW_SPF_NONE);
		sw_spf_perm(x, f, SW_SPF_NO_REDIRECTED, none);
		return stop(x, SW_SPF_STEP_PERMERROR, f->ask);
	}
	const struct sw_spf_record *r = &f->policy->record;
	if (f->policy->records > 1)
		sw_spf_perm(x, f, SW_SPF_SEVERAL_RECORDS, none);
	else if (r->flaw)
		sw_spf_perm(x, f, r->flaw, sw_slice(r->text.ptr + r->flaw_at, r->flaw_len));
	else
		return SW_SPF_YES;
	return stop(x, SW_SPF_STEP_PERMERROR, f->ask);
}

/* No mechanism matched: the redirect has its time, or nothing is said (4.7). */
static enum sw_spf_state at_end(struct sw_spf *x, struct sw_spf_frame *f)
{
	const struct sw_spf_record *r = &f->policy->record;
	const char *target;

	f->term = r->redirect != SW_SPF_NO_TERM ? r->redirect : r->count;
	if (r->redirect == SW_SPF_NO_TERM) {
		sw_spf_mark(x, f, SW_SPF_STEP_DEFAULT, NULL, false);
		return leave(x, SW_SPF_NEUTRAL);
	}
	const struct sw_spf_term *t = &r->terms[r->redirect];
	if (x->outcome.lookups == SW_SPF_LOOKUPS) {
		sw_spf_perm(x, f, SW_SPF_MANY_LOOKUPS, sw_spf_term_text(r, t));
		return stop(x, SW_SPF_STEP_PERMERROR, NULL);
	}
	enum sw_spf_state s = sw_spf_find_target(x, f, t, &target);
	if (s != SW_SPF_YES)
		return s;
	x->outcome.lookups++;
	if (!*target) {
		sw_spf_perm(x, f, SW_SPF_NO_REDIRECTED, sw_spf_term_text(r, t));
		return stop(x, SW_SPF_STEP_PERMERROR, NULL);
	}
	struct sw_ask *ask = sw_asks_get(&x->m.asks, target, SW_DNS_TXT);
	if (!ask)
		return SW_SPF_NOMEM;
	sw_spf_mark(x, f, SW_SPF_STEP_ENTER, ask, true);
	*f = (struct sw_spf_frame){ .domain = ask->name,
				    .ask = ask,
				    .redirected = true,
				    .depth = (uint8_t)(f->depth + 1) };
	return SW_SPF_YES;
}

/* One step of the record on top. */
static enum sw_spf_state advance(struct sw_spf *x)
{
	struct sw_spf_frame *f = top_of(x);

	if (!f->policy)
		return take_record(x, f);
	if (f->at_end || f->term >= f->policy->record.count) {
		f->at_end = true;
		return at_end(x, f);
	}
	const struct sw_spf_term *t = &f->policy->record.terms[f->term];
	if (t->kind >= SW_SPF_REDIRECT) {
		end_term(f);
		return SW_SPF_YES;
	}
	enum sw_spf_state s = sw_spf_term_step(x, f);
	switch (s) {
	case SW_SPF_YES:
		return matched(x, f);
	case SW_SPF_NO:
		sw_spf_mark(x, f, SW_SPF_STEP_NO_MATCH, f->term_ask, f->begun);
		end_term(f);
		return SW_SPF_YES;
	case SW_SPF_TEMP:
		return stop(x, SW_SPF_STEP_TEMPERROR, f->term_ask);
	case SW_SPF_PERM:
		return stop(x, SW_SPF_STEP_PERMERROR, f->term_ask);
	case SW_SPF_WAIT:
	case SW_SPF_PUSHED:
	case SW_SPF_NOMEM:
		break;
	}
	return s;
}

static void run(void *machine)
{
	struct sw_spf *x = machine;
	enum sw_spf_state s = SW_SPF_YES;

	while (!x->m.done && !x->explaining && s != SW_SPF_WAIT && s != SW_SPF_NOMEM)
		s = advance(x);
	if (x->explaining && !x->m.done) {
		s = explain(x);
		x->m.done = s != SW_SPF_WAIT && s != SW_SPF_NOMEM;
	}
	x->m.asks.nomem = x->m.asks.nomem || s == SW_SPF_NOMEM;
}

/* ---- beginning and end */

/* More than one label, none empty or too long, nothing that is no name (4.3). */
static bool is_checkable(struct sw_slice domain)
{
	if (domain.len > 0 && domain.ptr[domain.len - 1] == '.')
		domain.len--;
	if (domain.len == 0 || domain.ptr[domain.len - 1] == '.' || domain.ptr[0] == '[' ||
	    sw_slice_has_8bit(domain) || sw_slice_find(domain, '\\') < domain.len ||
	    sw_slice_find(domain, '.') == domain.len)
		return false;
	return domain.len <= 253 && sw_dns_name_valid(domain);
}

static struct sw_slice keep(struct sw_spf *x, struct sw_slice s, size_t most)
{
	struct sw_slice kept = sw_arena_copy(&x->m.arena, sw_slice_head(s, most));

	x->m.asks.nomem = x->m.asks.nomem || !kept.ptr;
	return kept;
}

static void take_names(struct sw_spf *x, const struct sw_spf_request *r)
{
	struct sw_slice from = r->mail_from;
	size_t at = from.len;

	while (at > 0 && from.ptr[at - 1] != '@')
		at--;
	bool helo = r->identity == SW_SPF_HELO || from.len == 0;
	struct sw_slice domain = helo ? r->helo : sw_slice_from(from, at);
	struct sw_slice local =
		helo || at < 2 ? SW_S("postmaster") : sw_slice_head(from, at - 1);

	x->names = (struct sw_spf_names){
		.ip = sw_ip_unmap(r->ip),
		.local = keep(x, local, SW_MAX_LOCAL_PART),
		.sender_domain = keep(x, domain, SW_MAX_DOMAIN),
		.helo = keep(x, r->helo, SW_MAX_DOMAIN),
		.receiver = keep(x, r->receiver.len ? r->receiver : SW_S("unknown"),
				 SW_MAX_DOMAIN),
		.validated = SW_S("unknown"),
		.now_s = r->now_s,
	};
}

static void begin(struct sw_spf *x, const struct sw_spf_request *r)
{
	x->explain = r->explain;
	x->outcome.checked = x->outcome.domain = "";
	take_names(x, r);
	if (x->m.asks.nomem)
		return;
	struct sw_slice domain = x->names.sender_domain;
	bool long_name = r->mail_from.len > 0 && domain.len == SW_MAX_DOMAIN;
	if (x->names.ip.family == 0 || long_name || !is_checkable(domain)) {
		finish(x, SW_SPF_NONE);
		return;
	}
	struct sw_ask *ask = sw_asks_get(&x->m.asks, domain.ptr, SW_DNS_TXT);
	if (!ask)
		return;
	x->outcome.checked = x->outcome.domain = ask->name;
	x->frames[0] = (struct sw_spf_frame){ .domain = ask->name, .ask = ask };
	x->depth = 1;
}

struct sw_spf *sw_spf_new(const struct sw_spf_request *r, struct sw_error *err)
{
	struct sw_spf *x = sw_machine_new(sizeof(*x), err);

	if (x)
		begin(x, r);
	return sw_machine_begun(x, err);
}

enum sw_err sw_spf_restart(struct sw_spf *x, const struct sw_spf_request *r,
			   struct sw_error *err)
{
	*x = (struct sw_spf){ .m = x->m };
	sw_machine_restart(&x->m);
	begin(x, r);
	return x->m.asks.nomem ? sw_fail_nomem(err) : SW_OK;
}

void sw_spf_free(struct sw_spf *x)
{
	sw_machine_free(x);
}

size_t sw_spf_questions(const struct sw_spf *x, const struct sw_dns_question **ret)
{
	return sw_machine_questions(&x->m, ret);
}

enum sw_err sw_spf_answer(struct sw_spf *x, const struct sw_dns_answer *a,
			  struct sw_error *err)
{
	return sw_machine_answer(x, a, run, err);
}

const struct sw_spf_outcome *sw_spf_outcome(const struct sw_spf *x)
{
	return x->m.done ? &x->outcome : NULL;
}
