/* SPDX-License-Identifier: MIT */
#include "net/resolver_internal.h"

#include "base/file.h"
#include "base/mem.h"

void sw_resolver_free(struct sw_resolver *r)
{
	if (!r)
		return;
	sw_host_lookups_end(r);
	while (r->queries)
		sw_query_cancel(r->queries);
	sw_free(r->hosts_file);
	r->ops->free(r);
}

enum sw_err sw_resolver_set_hosts(struct sw_resolver *r, const char *path, struct sw_error *err)
{
	char *copy = NULL;

	if (path) {
		SW_CLEANUP(sw_buf_fini) struct sw_buf text = { .max = SW_MAX_HOSTS_FILE };
		enum sw_err e =
			sw_file_read(path, SW_FILE_INPUT, SW_MAX_HOSTS_FILE, &text, err);
		if (e)
			return e;
		copy = sw_strdup(path);
		if (!copy)
			return sw_fail_nomem(err);
	}
	sw_free(r->hosts_file);
	r->hosts_file = copy;
	return SW_OK;
}

enum sw_err sw_resolver_set_anchor(struct sw_resolver *r, const char *path, struct sw_error *err)
{
	return r->ops->set_anchor ? r->ops->set_anchor(r, path, err) : SW_OK;
}

static void unlink_query(struct sw_query *q)
{
	struct sw_resolver *r = q->resolver;

	if (!r)
		return;
	if (q->prev)
		q->prev->next = q->next;
	else
		r->queries = q->next;
	if (q->next)
		q->next->prev = q->prev;
	q->resolver = NULL;
}

static void free_query(struct sw_query *q)
{
	sw_timer_free(q->timer);
	sw_dns_answer_free(q->answer);
	sw_free(q);
}

/* From now on the question is nobody's but ours: the callback may free the resolver. */
static void deliver(struct sw_query *q)
{
	q->answer->elapsed_us = sw_loop_now(q->resolver->loop) - q->started_us;
	q->resolver->ops->cancel(q);
	unlink_query(q);
	q->fn(q->arg, q->answer);
	free_query(q);
}

static void on_timer(void *arg)
{
	struct sw_query *q = arg;
	const struct sw_resolver_ops *ops = q->resolver->ops;

	if (q->answered) {
		deliver(q);
	} else if (!q->nudged && sw_loop_now(q->resolver->loop) < q->deadline_us) {
		q->nudged = true;
		sw_timer_set(q->timer, q->deadline_us);
		ops->nudge(q);
	} else {
		q->answer->status = SW_DNS_TIMEOUT;
		q->answer->rcode = 0;
		q->answer->why_failed = "no answer in time";
		if (ops->timed_out)
			ops->timed_out(q);
		deliver(q);
	}
}

void sw_query_answered(struct sw_query *q)
{
	sw_query_answered_at(q, 0);
}

void sw_query_answered_at(struct sw_query *q, uint64_t at_us)
{
	q->answered = true;
	sw_timer_set(q->timer, at_us);
}

struct sw_dns_answer *sw_query_take_answer(struct sw_query *q)
{
	struct sw_dns_answer *a = q->answer;

	q->answer = NULL;
	return a;
}

static struct sw_query *new_query(struct sw_resolver *r, const char *name, enum sw_dns_type type)
{
	struct sw_query *q = sw_calloc(1, sizeof(*q));

	if (!q)
		return NULL;
	q->answer = sw_dns_answer_new(name, type);
	q->timer = sw_timer_new(r->loop, on_timer, q);
	if (q->answer && q->timer)
		return q;
	free_query(q);
	return NULL;
}

struct sw_query *sw_resolver_ask(struct sw_resolver *r, const char *name, enum sw_dns_type type,
				 uint64_t deadline_us, sw_query_fn fn, void *arg,
				 struct sw_error *err)
{
	if (!sw_dns_name_valid(sw_slice_str(name))) {
		sw_fail(err, SW_E_DATA, "not a domain name that can be asked for: '%s'", name);
		return NULL;
	}
	struct sw_query *q = new_query(r, name, type);
	if (!q) {
		sw_fail_nomem(err);
		return NULL;
	}
	q->resolver = r;
	q->next = r->queries;
	if (q->next)
		q->next->prev = q;
	r->queries = q;
	q->fn = fn;
	q->arg = arg;
	q->started_us = sw_loop_now(r->loop);
	q->deadline_us = deadline_us;
	q->nudged = r->ops->patience_us == 0;
	uint64_t nudge_us = q->nudged ? SW_NEVER : sw_time_add(q->started_us, r->ops->patience_us);
	sw_timer_set(q->timer, sw_min_u64(deadline_us, nudge_us));
	if (r->ops->ask(q, err)) {
		unlink_query(q);
		free_query(q);
		return NULL;
	}
	return q;
}

void sw_query_cancel(struct sw_query *q)
{
	/* Without a resolver it is being delivered: its end is near anyway. */
	if (!q || !q->resolver)
		return;
	q->resolver->ops->cancel(q);
	unlink_query(q);
	free_query(q);
}
