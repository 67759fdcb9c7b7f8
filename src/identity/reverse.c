/* SPDX-License-Identifier: MIT */
#include "identity/reverse.h"

struct sw_reverse {
	struct sw_machine m;
	struct sw_ip ip;
	struct sw_ask *ptr;
	struct sw_ask *back[SW_SPF_HOSTS];
	size_t count;
	struct sw_reverse_outcome outcome;
};

const char *sw_reverse_state_name(enum sw_reverse_state s)
{
	static const char *const names[] = { "confirmed", "no name", "not back", "unknown" };

	return (unsigned)s < SW_LEN(names) ? names[s] : "?";
}

static bool leads_back(const struct sw_reverse *x, const struct sw_ask *a)
{
	for (size_t i = 0; i < a->count; i++) {
		struct sw_ip ip = sw_ip_of_record(&a->records[i]);

		if (sw_ip_matches(&ip, &x->ip, x->ip.family == 4 ? 32 : 128))
			return true;
	}
	return false;
}

/* Follows as many names as receivers do (RFC 7208 4.6.4). */
static void follow(struct sw_reverse *x)
{
	for (size_t i = 0; i < x->ptr->count && x->count < SW_SPF_HOSTS; i++) {
		const char *name = x->ptr->records[i].name;

		if (!sw_dns_name_valid(sw_slice_str(name)))
			continue;
		x->back[x->count++] = sw_asks_get(&x->m.asks, name,
						  x->ip.family == 4 ? SW_DNS_A : SW_DNS_AAAA);
	}
}

static void run(void *machine)
{
	struct sw_reverse *x = machine;
	struct sw_reverse_outcome *o = &x->outcome;
	bool failed = false;

	if (x->m.asks.open_count == 0 && x->count == 0 && x->ptr->count > 0)
		follow(x);
	if (x->m.asks.open_count > 0 || x->m.asks.nomem)
		return;
	o->state = sw_ask_failed(x->ptr) ? SW_REVERSE_UNKNOWN
		   : x->ptr->count == 0  ? SW_REVERSE_NO_NAME
					 : SW_REVERSE_NOT_BACK;
	for (size_t i = 0; i < x->count; i++) {
		failed = failed || sw_ask_failed(x->back[i]);
		if (!*o->name && leads_back(x, x->back[i]))
			o->name = x->back[i]->name;
	}
	if (*o->name)
		o->state = SW_REVERSE_CONFIRMED;
	else if (failed)
		o->state = SW_REVERSE_UNKNOWN;
	o->looked_at = x->count;
	x->m.done = true;
}

struct sw_reverse *sw_reverse_new(struct sw_ip ip, struct sw_error *err)
{
	struct sw_reverse *x = sw_machine_new(sizeof(*x), err);
	char name[SW_IP_REVERSE];

	if (!x)
		return NULL;
	x->ip = sw_ip_unmap(ip);
	x->ptr = sw_asks_get(&x->m.asks, sw_ip_ptr_name(&x->ip, name), SW_DNS_PTR);
	x->outcome = (struct sw_reverse_outcome){ .ptr = x->ptr, .name = "" };
	return sw_machine_begun(x, err);
}

void sw_reverse_free(struct sw_reverse *x)
{
	sw_machine_free(x);
}

size_t sw_reverse_questions(const struct sw_reverse *x, const struct sw_dns_question **ret)
{
	return sw_machine_questions(&x->m, ret);
}

enum sw_err sw_reverse_answer(struct sw_reverse *x, const struct sw_dns_answer *a,
			      struct sw_error *err)
{
	return sw_machine_answer(x, a, run, err);
}

const struct sw_reverse_outcome *sw_reverse_outcome(const struct sw_reverse *x)
{
	return x->m.done ? &x->outcome : NULL;
}

size_t sw_reverse_step_count(const struct sw_reverse *x)
{
	return x->m.asks.count;
}

enum sw_err sw_reverse_step_text(const struct sw_reverse *x, size_t i, struct sw_buf *out)
{
	return sw_ask_text(x->m.asks.all[i], out);
}
