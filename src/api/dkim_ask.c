/* SPDX-License-Identifier: MIT */
/* Questions of machines that do no I/O, put to a resolver on a loop of their own. */
#include "api/dkim.h"
#include "base/mem.h"
#include "net/loop.h"
#include "net/resolver.h"

enum { TIMEOUT_S = 10, MOST = 2 * SW_MAX_ARC };

struct asking {
	const struct sw_dns_asked *list;
	size_t count;
	struct sw_loop *loop;
	struct sw_resolver *resolver;
	uint64_t deadline_us;
	size_t open;
	enum sw_err code;
	struct sw_error *err;
};

static void on_answer(void *arg, const struct sw_dns_answer *a)
{
	struct asking *s = arg;

	for (size_t i = 0; !s->code && i < s->count; i++)
		s->code = s->list[i].answer(s->list[i].machine, a, s->err);
	if (--s->open == 0 || s->code)
		sw_loop_stop(s->loop);
}

/* What cannot be asked (a name that the resolver refuses) has no answer: told as failed. */
static enum sw_err no_answer(struct asking *s, const char *name)
{
	struct sw_dns_answer *a = sw_dns_answer_new(name, SW_DNS_TXT);
	enum sw_err e = a ? SW_OK : sw_fail_nomem(s->err);

	if (a)
		a->status = SW_DNS_FAILED;
	for (size_t i = 0; !e && i < s->count; i++)
		e = s->list[i].answer(s->list[i].machine, a, s->err);
	sw_dns_answer_free(a);
	return e;
}

/* Names are copied: an answer that comes changes the machine's list. */
static size_t collect(struct asking *s, char *names[MOST])
{
	size_t n = 0;

	for (size_t i = 0; i < s->count; i++) {
		const struct sw_dns_question *q;
		size_t wanted = s->list[i].questions(s->list[i].machine, &q);

		for (size_t k = 0; k < wanted && n < MOST; k++) {
			bool known = false;

			for (size_t j = 0; j < n; j++)
				known |= sw_slice_eq_nocase(sw_slice_str(names[j]),
							    sw_slice_str(q[k].name));
			if (!known && (names[n] = sw_strdup(q[k].name)))
				n++;
		}
	}
	return n;
}

static enum sw_err one_round(struct asking *s, size_t *asked)
{
	char *names[MOST];
	size_t n = collect(s, names);
	enum sw_err e = SW_OK;

	*asked = n;
	for (size_t i = 0; i < n; i++) {
		struct sw_error ignored;

		if (!e && sw_resolver_ask(s->resolver, names[i], SW_DNS_TXT, s->deadline_us,
					  on_answer, s, &ignored))
			s->open++;
		else if (!e)
			e = no_answer(s, names[i]);
		sw_free(names[i]);
	}
	while (!e && !s->code && s->open > 0)
		e = sw_loop_run(s->loop);
	return e ? e : s->code;
}

enum sw_err sw_dns_ask_all(const struct sw_dns_asked *list, size_t count, const char *resolver,
			   unsigned timeout_s, struct sw_error *err)
{
	struct asking s = { .list = list, .count = count, .err = err };
	const struct sw_dns_question *q;
	size_t asked = 0;
	enum sw_err e = SW_OK;

	for (size_t i = 0; i < count; i++)
		asked += list[i].questions(list[i].machine, &q);
	if (asked == 0)
		return SW_OK;
	s.loop = sw_loop_new(err);
	if (s.loop)
		s.resolver = resolver ? sw_resolver_server(s.loop, resolver, err)
				      : sw_resolver_system(s.loop, err);
	if (!s.resolver)
		e = err->code ? err->code : SW_E_NOMEM;
	if (s.loop)
		s.deadline_us = sw_time_add(sw_loop_now(s.loop),
					    (uint64_t)(timeout_s ? timeout_s : TIMEOUT_S) *
						    1000 * 1000);
	while (!e && asked > 0)
		e = one_round(&s, &asked);
	sw_resolver_free(s.resolver);
	sw_loop_free(s.loop);
	return e;
}
