/* SPDX-License-Identifier: MIT */
/* How often, and how many at a time, an examination may connect to one address. */
#include "net/addr.h"
#include "probe/exam_private.h"

static struct sw_exam_host *find(struct sw_exam *x, const struct sw_addr *addr)
{
	char ip[SW_ADDR_TEXT];

	sw_addr_ip(addr, ip);
	for (struct sw_exam_host *h = x->hosts; h; h = h->next)
		if (strcmp(h->ip, ip) == 0)
			return h;
	struct sw_exam_host *h = x->host_count < SW_MAX_EXAM_HOSTS
					 ? sw_arena_alloc(&x->arena, sizeof(*h))
					 : NULL;

	if (!h)
		return NULL;
	memcpy(h->ip, ip, sizeof(h->ip));
	h->next = x->hosts;
	x->hosts = h;
	x->host_count++;
	return h;
}

static unsigned budget(const struct sw_exam *x)
{
	return x->wish->connections ? x->wish->connections : SW_PROBE_CONNECTIONS;
}

enum sw_exam_leave sw_exam_may_connect(struct sw_exam *x, const struct sw_addr *addr,
				       bool place)
{
	struct sw_exam_host *h = find(x, addr);

	if (!h || h->away || h->used >= budget(x))
		return SW_EXAM_NEVER;
	if (place && h->open >= SW_PROBE_AT_ONCE)
		return SW_EXAM_LATER;
	h->used++;
	h->open += place ? 1 : 0;
	return SW_EXAM_GO;
}

bool sw_exam_may_knock(struct sw_exam *x, const struct sw_addr *addr)
{
	struct sw_exam_host *h = find(x, addr);
	uint16_t port = sw_addr_port(addr);
	struct sw_exam_door *d = h ? h->doors : NULL;

	if (!h || h->away)
		return false;
	while (d && d->port != port)
		d = d->next;
	if (!d) {
		d = sw_arena_alloc(&x->arena, sizeof(*d));
		if (!d)
			return false;
		d->port = port;
		d->next = h->doors;
		h->doors = d;
	}
	return d->knocks < SW_PROBE_KNOCKS && ++d->knocks;
}

void sw_exam_connected(struct sw_exam *x, const struct sw_addr *addr, bool stood)
{
	struct sw_exam_host *h = find(x, addr);

	if (h && !stood && h->used)
		h->used--;
}

static void call_first(struct sw_exam_host *h)
{
	struct sw_exam_waiter *w = h->waiters;

	if (!w)
		return;
	sw_exam_wait_no_more(w);
	w->ask_again(w->arg);
}

void sw_exam_leave_place(struct sw_exam *x, const struct sw_addr *addr)
{
	struct sw_exam_host *h = find(x, addr);

	if (!h)
		return;
	if (h->open)
		h->open--;
	call_first(h);
}

void sw_exam_take_place(struct sw_exam *x, const struct sw_addr *addr)
{
	struct sw_exam_host *h = find(x, addr);

	if (h)
		h->open++;
}

void sw_exam_wait_place(struct sw_exam *x, const struct sw_addr *addr,
			struct sw_exam_waiter *w)
{
	struct sw_exam_host *h = find(x, addr);
	struct sw_exam_waiter **last = h ? &h->waiters : NULL;

	sw_exam_wait_no_more(w);
	if (!h)
		return;
	while (*last)
		last = &(*last)->next;
	*last = w;
	w->host = h;
}

void sw_exam_wait_no_more(struct sw_exam_waiter *w)
{
	if (!w->host)
		return;
	for (struct sw_exam_waiter **at = &w->host->waiters; *at; at = &(*at)->next)
		if (*at == w) {
			*at = w->next;
			break;
		}
	w->next = NULL;
	w->host = NULL;
}

void sw_exam_turned_away(struct sw_exam *x, const struct sw_addr *addr)
{
	struct sw_exam_host *h = find(x, addr);

	if (!h)
		return;
	h->away = true;
	while (h->waiters)
		call_first(h);
}

void sw_exam_forget_waiters(struct sw_exam *x)
{
	for (struct sw_exam_host *h = x->hosts; h; h = h->next)
		while (h->waiters)
			sw_exam_wait_no_more(h->waiters);
}
