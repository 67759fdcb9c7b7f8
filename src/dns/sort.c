/* SPDX-License-Identifier: MIT */
#include "base/world.h"
#include "dns/record.h"

/* A number from 0 to below - 1.  Without randomness it is 0: the order is then that of the server,
 * which is no error. */
static uint32_t pick(const struct sw_world *world, uint32_t below)
{
	uint32_t number;

	if (!world || !world->random(world->arg, &number, sizeof(number)))
		return 0;
	return (uint32_t)((uint64_t)number * below >> 32);
}

static void swap(struct sw_dns_record *a, struct sw_dns_record *b)
{
	struct sw_dns_record kept = *a;

	*a = *b;
	*b = kept;
}

static unsigned rank(const struct sw_dns_record *r)
{
	if (r->type == SW_DNS_MX)
		return r->mx.preference;
	if (r->type == SW_DNS_SRV)
		return r->srv.priority;
	return 0;
}

/* By insertion: stable, in place, and at most SW_MAX_DNS_RECORDS long. */
static void sort_by_rank(struct sw_dns_record *r, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		struct sw_dns_record moved = r[i];
		size_t at = i;
		for (; at > 0 && rank(&r[at - 1]) > rank(&moved); at--)
			r[at] = r[at - 1];
		r[at] = moved;
	}
}

static void shuffle(struct sw_dns_record *r, size_t count, const struct sw_world *world)
{
	for (size_t i = count; i > 1; i--)
		swap(&r[i - 1], &r[i - 1 - pick(world, (uint32_t)i)]);
}

/* RFC 2782, "Weight": again and again one of those left is drawn, in proportion to its weight.
 * Those of weight 0 stand first, so that they have a very small chance only. */
static void draw_by_weight(struct sw_dns_record *r, size_t count, const struct sw_world *world)
{
	for (size_t done = 0; done + 1 < count; done++) {
		uint32_t sum = 0;
		size_t zeros = done;
		for (size_t i = done; i < count; i++) {
			sum += r[i].srv.weight;
			if (r[i].srv.weight == 0)
				swap(&r[i], &r[zeros++]);
		}
		uint32_t drawn = pick(world, sum + 1);
		uint32_t running = 0;
		size_t at = done;
		for (; at + 1 < count; at++) {
			running += r[at].srv.weight;
			if (running >= drawn)
				break;
		}
		swap(&r[done], &r[at]);
	}
}

void sw_dns_answer_sort(struct sw_dns_answer *a, const struct sw_world *world)
{
	struct sw_dns_record *r = a->records;

	sort_by_rank(r, a->count);
	for (size_t start = 0, end; start < a->count; start = end) {
		for (end = start + 1; end < a->count && rank(&r[end]) == rank(&r[start]); end++)
			;
		if (a->type == SW_DNS_SRV)
			draw_by_weight(r + start, end - start, world);
		else if (a->type == SW_DNS_MX)
			shuffle(r + start, end - start, world);
	}
}
