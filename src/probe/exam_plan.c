/* SPDX-License-Identifier: MIT */
/* Which probes are run, and their lives. */
#include <stdio.h>

#include "base/mem.h"
#include "probe/exam_private.h"

const struct sw_probe *const sw_probes[] = {
#define SW_PROBE(name) &sw_probe_##name,
#include "probe/probe.def"
#undef SW_PROBE
};
const size_t sw_probe_count = SW_LEN(sw_probes);

/* ---- for probes */

void sw_probe_done(struct sw_probe_run *r)
{
	r->done = true;
	/* The session's waits are not ours to end. */
	if (r->x->beside)
		sw_timer_set(r->x->timer, 0);
	else
		sw_context_wake(r->x->c);
}

/* `types`: what stays unknown for want of it. */
static void state_untested(struct sw_exam *x, const struct sw_probe *p, const char *what,
			   const char *reason)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf types = { .max = 256 };
	enum sw_err e = SW_OK;

	for (size_t i = 0; !e && i < SW_PROBE_STATES; i++)
		if (p->states[i] < SW_FACT_COUNT)
			e = sw_buf_printf(&types, "%s%s", i ? " " : "",
					  sw_fact_name(p->states[i]));
	SW_STATE(x->c->facts, SW_FACT_PROBE_UNTESTED, p->stage, p->source,
		 sw_context_now(x->c), SW_F_STR("what", what), SW_F_STR("reason", reason),
		 SW_F_STR("probe", p->id), SW_F_STR("types", sw_buf_str(&types)));
}

void sw_probe_untested(struct sw_probe_run *r, const char *what, const char *fmt, ...)
{
	char reason[SW_ERROR_TEXT];
	va_list args;

	va_start(args, fmt);
	vsnprintf(reason, sizeof(reason), fmt, args);
	va_end(args);
	state_untested(r->x, r->probe, what, reason);
}

/* Where " key=" of the type begins, from `from` on; the length when there is none. */
static size_t next_key(struct sw_slice text, size_t from, enum sw_fact_type type)
{
	for (size_t i = from; i < text.len; i++) {
		struct sw_slice rest = sw_slice_from(text, i + 1);
		size_t key = sw_slice_find(rest, '=');

		if (text.ptr[i] == ' ' && key < rest.len &&
		    sw_fact_has_field(type, sw_slice_head(rest, key)))
			return i;
	}
	return text.len;
}

struct sw_slice sw_want_value(const struct sw_want *w, const char *key)
{
	struct sw_slice text = sw_slice_str(w->selection ? w->selection : "");

	while (text.len) {
		size_t end = next_key(text, 0, w->type);
		struct sw_slice pair = sw_slice_head(text, end);
		size_t is = sw_slice_find(pair, '=');

		if (sw_slice_eq(sw_slice_head(pair, is), sw_slice_str(key)))
			return sw_slice_from(pair, is + 1);
		text = sw_slice_from(text, end + 1);
	}
	return SW_S("");
}

const struct sw_want *sw_probe_next_want(const struct sw_probe_run *r, enum sw_fact_type type,
					 const struct sw_want *after)
{
	for (size_t i = after ? (size_t)(after - r->wants) + 1 : 0; i < r->want_count; i++)
		if (r->wants[i].type == type)
			return &r->wants[i];
	return NULL;
}

/* ---- what was asked */

static bool states(const struct sw_probe *p, enum sw_fact_type type)
{
	for (size_t i = 0; i < SW_PROBE_STATES; i++)
		if (p->states[i] == type && type < SW_FACT_COUNT)
			return true;
	return false;
}

static bool was_tried(const struct sw_exam *x, const struct sw_probe *p,
		      const struct sw_want *w)
{
	for (const struct sw_exam_tried *t = x->tried; t; t = t->next)
		if (t->probe == p && t->type == w->type &&
		    strcmp(t->selection, w->selection) == 0)
			return true;
	return false;
}

static enum sw_err note_tried(struct sw_exam *x, const struct sw_probe *p,
			      const struct sw_want *w)
{
	struct sw_exam_tried *t = sw_arena_alloc(&x->arena, sizeof(*t));

	if (!t)
		return SW_E_NOMEM;
	*t = (struct sw_exam_tried){ p, w->type, w->selection, x->tried };
	x->tried = t;
	return SW_OK;
}

static bool was_refused(const struct sw_exam *x, const struct sw_probe *p)
{
	for (size_t i = 0; i < sw_facts_count(x->c->facts); i++) {
		const struct sw_fact *f = sw_facts_get(x->c->facts, i);

		if (f->type == SW_FACT_PROBE_UNTESTED &&
		    sw_slice_eq(sw_fact_text(f, "probe"), sw_slice_str(p->id)))
			return true;
	}
	return false;
}

/* ---- runs */

static void stop(struct sw_probe_run *r)
{
	if (r->probe->stop)
		r->probe->stop(r);
}

static void not_allowed(struct sw_exam *x, const struct sw_probe *p)
{
	char reason[64];

	if (was_refused(x, p))
		return;
	snprintf(reason, sizeof(reason), "not allowed at --depth %d", (int)x->wish->depth);
	state_untested(x, p, p->title[SW_LANG_EN], reason);
}

static struct sw_probe_run *new_run(struct sw_exam *x, const struct sw_probe *p,
				    const struct sw_want *wants, size_t count)
{
	struct sw_probe_run *r = sw_arena_alloc(&x->arena, sizeof(*r));
	struct sw_want *copy =
		r ? sw_arena_alloc(&x->arena, (count + 1) * sizeof(*copy)) : NULL;
	uint64_t now = sw_context_now(x->c);

	if (!copy)
		return NULL;
	if (count)
		memcpy(copy, wants, count * sizeof(*copy));
	*r = (struct sw_probe_run){
		.x = x,
		.probe = p,
		.wants = copy,
		.want_count = count,
		.started_us = now,
		.deadline_us = sw_min_u64(x->c->deadline_us, sw_time_add(now, SW_PROBE_RUN_US))
	};
	return r;
}

/* What a probe could not even begin is no reason to give up the others. */
static enum sw_err begin(struct sw_probe_run *r, struct sw_error *err)
{
	struct sw_error mine = { 0 };
	struct sw_exam *x = r->x;

	r->next = x->runs;
	x->runs = r;
	x->run_count++;
	enum sw_err e = r->probe->start(r, &mine);

	if (!e)
		return SW_OK;
	r->done = true;
	if (e == SW_E_NOMEM)
		return sw_fail_nomem(err);
	sw_probe_untested(r, r->probe->title[SW_LANG_EN], "%s", mine.text);
	return SW_OK;
}

static enum sw_err launch(struct sw_exam *x, const struct sw_probe *p,
			  const struct sw_want *wants, size_t count, struct sw_error *err)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf contacts = { .max = SW_MAX_EVIDENCE_LINE };

	if (x->run_count >= SW_MAX_PROBE_RUNS)
		return SW_OK;
	if (p->contacts && !p->contacts(x, wants, count, &contacts))
		return SW_OK;
	if (p->kind > x->wish->depth) {
		if (!x->guessing)
			not_allowed(x, p);
		return SW_OK;
	}
	struct sw_probe_run *r = new_run(x, p, wants, count);

	if (!r)
		return sw_fail_nomem(err);
	if (x->wish->announce)
		x->wish->announce(x->wish->arg, p, sw_buf_slice(&contacts));
	return begin(r, err);
}

/* One that was started beside the session and may answer it yet. */
static bool is_under_way(const struct sw_exam *x, const struct sw_probe *p)
{
	for (const struct sw_probe_run *r = x->runs; r; r = r->next)
		if (r->probe == p && r->want_count == 0)
			return true;
	return false;
}

/* All that this probe can answer and was not asked yet, from the i-th want on. */
static enum sw_err start_group(struct sw_exam *x, const struct sw_probe *p, size_t i,
			       struct sw_error *err)
{
	const struct sw_verdict *v = &x->verdict;
	struct sw_want *group = sw_malloc((v->want_count - i) * sizeof(*group));
	struct sw_exam_tried *tried = x->tried;
	size_t n = 0, runs = x->run_count;
	enum sw_err e = group ? SW_OK : SW_E_NOMEM;

	for (; !e && i < v->want_count; i++) {
		const struct sw_want *w = &v->wants[i];

		if (!states(p, w->type) || was_tried(x, p, w))
			continue;
		group[n++] = *w;
		e = note_tried(x, p, w);
	}
	if (e)
		e = sw_fail_nomem(err);
	else
		e = launch(x, p, group, n, err);
	/* What could not be looked at on a guess may be looked at later. */
	if (x->guessing && x->run_count == runs)
		x->tried = tried;
	sw_free(group);
	return e;
}

enum sw_err sw_exam_start_wanted(struct sw_exam *x, struct sw_error *err)
{
	enum sw_err e = SW_OK;

	/* The weightiest first: connections to one address wait for each other. */
	for (size_t i = 0; i < x->verdict.want_count; i++)
		for (size_t k = 0; !e && k < sw_probe_count; k++) {
			const struct sw_probe *p = sw_probes[k];
			const struct sw_want *w = &x->verdict.wants[i];

			if (states(p, w->type) && !was_tried(x, p, w) && !is_under_way(x, p))
				e = start_group(x, p, i, err);
		}
	return e;
}

enum sw_err sw_exam_start_early(struct sw_exam *x, enum sw_stage stage, struct sw_error *err)
{
	enum sw_err e = SW_OK;

	for (size_t k = 0; !e && k < sw_probe_count; k++)
		if (sw_probes[k]->early == stage && sw_probes[k]->kind <= x->wish->depth)
			e = launch(x, sw_probes[k], NULL, 0, err);
	return e;
}

bool sw_exam_reap(struct sw_exam *x)
{
	uint64_t now = sw_context_now(x->c);
	bool any = false;

	for (struct sw_probe_run **at = &x->runs; *at;) {
		struct sw_probe_run *r = *at;

		if (!r->done && now < r->deadline_us) {
			at = &r->next;
			continue;
		}
		if (!r->done)
			sw_probe_untested(r, r->probe->title[SW_LANG_EN],
					  "it took longer than %u s",
					  (unsigned)((now - r->started_us) / 1000000));
		*at = r->next;
		stop(r);
		any = true;
	}
	return any;
}

static bool is_wanted(const struct sw_exam *x, const struct sw_probe *p)
{
	for (size_t i = 0; i < x->verdict.want_count; i++)
		if (states(p, x->verdict.wants[i].type))
			return true;
	return false;
}

void sw_exam_stop_unwanted(struct sw_exam *x)
{
	for (struct sw_probe_run **at = &x->runs; *at;) {
		struct sw_probe_run *r = *at;

		if (is_wanted(x, r->probe)) {
			at = &r->next;
			continue;
		}
		*at = r->next;
		stop(r);
	}
}

void sw_exam_stop_all(struct sw_exam *x, const char *why)
{
	while (x->runs) {
		struct sw_probe_run *r = x->runs;

		if (why && !r->done)
			sw_probe_untested(r, r->probe->title[SW_LANG_EN], "%s", why);
		x->runs = r->next;
		stop(r);
	}
}
