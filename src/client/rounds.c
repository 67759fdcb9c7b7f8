/* SPDX-License-Identifier: MIT */
#include "client/rounds.h"

#include "base/mem.h"
#include "base/nameset.h"
#include "client/route.h"

/* Fills r->domain; *ret_count domains there are. */
static enum sw_err number_domains(struct sw_rounds *r, const char *const *recipients,
				  size_t *ret_count)
{
	struct sw_nameset set = { .count = 0 };
	enum sw_err e = SW_OK;

	for (size_t i = 0; !e && i < r->count; i++) {
		size_t number = 0;

		e = sw_nameset_add(&set, sw_route_domain(recipients[i]), &number);
		r->domain[i] = (uint32_t)number;
	}
	*ret_count = set.count;
	r->work += set.compared;
	sw_nameset_fini(&set);
	return e;
}

/* Places in the order of the domains' numbers, and their own within one. */
static enum sw_err sort(struct sw_rounds *r, const char *const *recipients)
{
	size_t domains = 0;
	enum sw_err e = number_domains(r, recipients, &domains);
	/* Where the places of a domain begin. */
	size_t *at = e ? NULL : sw_calloc(domains + 1, sizeof(*at));

	if (!at)
		return SW_E_NOMEM;
	for (size_t i = 0; i < r->count; i++)
		at[r->domain[i] + 1]++;
	for (size_t d = 1; d < domains; d++)
		at[d] += at[d - 1];
	for (size_t i = 0; i < r->count; i++)
		r->places[at[r->domain[i]]++] = i;
	r->work += 2 * r->count + domains;
	sw_free(at);
	return SW_OK;
}

enum sw_err sw_rounds_init(struct sw_rounds *r, const char *const *recipients, size_t count,
			   size_t *places, bool by_domain, struct sw_error *err)
{
	*r = (struct sw_rounds){ .places = places, .count = count };
	for (size_t i = 0; i < count; i++)
		places[i] = i;
	r->again = sw_calloc(count + 1, sizeof(*r->again));
	if (by_domain)
		r->domain = sw_calloc(count + 1, sizeof(*r->domain));
	if (r->again && (!by_domain || (r->domain && !sort(r, recipients))))
		return SW_OK;
	sw_rounds_fini(r);
	return sw_fail_nomem(err);
}

void sw_rounds_fini(struct sw_rounds *r)
{
	sw_free(r->again);
	sw_free(r->domain);
	r->again = NULL;
	r->domain = NULL;
}

size_t sw_rounds_left(struct sw_rounds *r)
{
	size_t fresh = r->count - r->from;

	memmove(r->places, r->places + r->from, fresh * sizeof(*r->places));
	memcpy(r->places + fresh, r->again, r->again_count * sizeof(*r->places));
	r->count = fresh + r->again_count;
	r->from = r->again_count = 0;
	r->work += r->count;
	return r->count;
}

/* Recipients of one domain stand together, so a new one shows by its neighbour. */
static bool begins_domain(const struct sw_rounds *r, const size_t *at, size_t n)
{
	return n == 0 || r->domain[at[n]] != r->domain[at[n - 1]];
}

size_t sw_rounds_next(struct sw_rounds *r, uint64_t rcpt_max, uint64_t domain_max,
		      size_t **ret)
{
	uint64_t domains = 0;
	size_t n = 0;

	if (r->from == r->count)
		sw_rounds_left(r);
	*ret = r->places + r->from;
	for (; r->from + n < r->count && (!rcpt_max || n < rcpt_max); n++)
		if (domain_max && r->domain && begins_domain(r, *ret, n) &&
		    domains++ == domain_max)
			break;
	r->work += n + 1;
	r->from += n;
	return n;
}

void sw_rounds_again(struct sw_rounds *r, const size_t *places, size_t count)
{
	memcpy(r->again + r->again_count, places, count * sizeof(*places));
	r->again_count += count;
}
