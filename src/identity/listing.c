/* SPDX-License-Identifier: MIT */
#include "identity/listing.h"

struct row {
	const struct sw_block_list *list;
	struct sw_ask *own, *reason, *listed, *unlisted;
};

struct sw_listings {
	struct sw_machine m;
	struct row rows[SW_MAX_LISTS];
	size_t count;
};

/* Control entries: what must be listed, what must not (RFC 5782 5). */
static const char *const controls[][2] = {
	{ "2.0.0.127", "1.0.0.127" },
	{ "2.0.0.0.0.0.f.7.f.f.f.f.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0",
	  "1.0.0.0.0.0.f.7.f.f.f.f.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0" },
	{ "test", "invalid" },
};

static void add_row(struct sw_listings *x, const struct sw_block_list *list,
		    const char *subject, const char *const control[2])
{
	struct row *r = &x->rows[x->count++];

	r->list = list;
	r->own = sw_asks_get_below(&x->m.asks, subject, list->zone, SW_DNS_A);
	r->reason = sw_asks_get_below(&x->m.asks, subject, list->zone, SW_DNS_TXT);
	r->listed = sw_asks_get_below(&x->m.asks, control[0], list->zone, SW_DNS_A);
	r->unlisted = sw_asks_get_below(&x->m.asks, control[1], list->zone, SW_DNS_A);
}

/* The domain as the lists hold it, NUL-terminated; NULL when it is none. */
static const char *subject_of(struct sw_listings *x, const struct sw_listing_request *r,
			      const struct sw_ip *ip)
{
	char text[SW_IP_REVERSE];
	struct sw_slice domain = r->domain;

	if (ip->family)
		domain = sw_slice_str(sw_ip_reversed(ip, text));
	else if (domain.len > 0 && domain.ptr[domain.len - 1] == '.')
		domain.len--;
	if (!sw_dns_name_valid(domain) || sw_slice_has_8bit(domain))
		return NULL;
	const char *kept = sw_arena_copy(&x->m.arena, domain).ptr;
	x->m.asks.nomem = x->m.asks.nomem || !kept;
	return kept;
}

static void begin(struct sw_listings *x, const struct sw_listing_request *r)
{
	struct sw_ip ip = sw_ip_unmap(r->ip);
	unsigned kind = ip.family == 4 ? SW_LISTS_V4
			: ip.family    ? SW_LISTS_V6
				       : SW_LISTS_DOMAINS;
	size_t control = ip.family == 4 ? 0 : ip.family ? 1 : 2;
	const char *subject = subject_of(x, r, &ip);

	for (size_t i = 0; subject && i < r->count && x->count < SW_MAX_LISTS; i++)
		if ((r->lists[i]->kinds & kind) &&
		    /* RFC 1035: the name must still fit in front of the zone. */
		    strlen(subject) + strlen(r->lists[i]->zone) < 252)
			add_row(x, r->lists[i], subject, controls[control]);
}

struct sw_listings *sw_listings_new(const struct sw_listing_request *r, struct sw_error *err)
{
	struct sw_listings *x = sw_machine_new(sizeof(*x), err);

	if (x)
		begin(x, r);
	return sw_machine_begun(x, err);
}

void sw_listings_free(struct sw_listings *x)
{
	sw_machine_free(x);
}

size_t sw_listings_questions(const struct sw_listings *x, const struct sw_dns_question **ret)
{
	return sw_machine_questions(&x->m, ret);
}

enum sw_err sw_listings_answer(struct sw_listings *x, const struct sw_dns_answer *a,
			       struct sw_error *err)
{
	return sw_machine_answer(x, a, NULL, err);
}

size_t sw_listings_count(const struct sw_listings *x)
{
	return x->count;
}

static struct sw_dns_answer as_answer(const struct sw_ask *a)
{
	return (struct sw_dns_answer){
		.type = a->type,
		.status = a->status == SW_DNS_OK && a->count == 0 ? SW_DNS_NODATA : a->status,
		.count = a->count,
		.records = (struct sw_dns_record *)(uintptr_t)a->records,
	};
}

/* The strongest of what several codes mean; a refusal among them makes it one. */
static const char *kind_of(const struct sw_block_list *list, const struct sw_ask *a)
{
	static const char *const order[] = { "refused", "spam", "exploited", "policy",
					     "nonsense" };
	size_t best = SW_LEN(order);

	for (size_t i = 0; i < a->count; i++) {
		const char *kind = sw_block_list_meaning(list->zone, a->records[i].a);

		for (size_t k = 0; k < best; k++)
			if (strcmp(kind, order[k]) == 0)
				best = k;
	}
	return best < SW_LEN(order) ? order[best] : "";
}

struct sw_listing sw_listings_at(const struct sw_listings *x, size_t i)
{
	const struct row *r = &x->rows[i];
	struct sw_dns_answer listed = as_answer(r->listed), unlisted = as_answer(r->unlisted);
	struct sw_listing out = {
		.list = r->list,
		.state = sw_block_list_state(r->list->zone, &listed, &unlisted),
		.kind = kind_of(r->list, r->own),
		.answer = r->own,
	};

	if (strcmp(out.kind, "refused") == 0)
		out.state = SW_LIST_REFUSES;
	else if (sw_ask_failed(r->own))
		out.state = SW_LIST_SILENT;
	out.listed =
		out.state == SW_LIST_WORKS && *out.kind && strcmp(out.kind, "nonsense") != 0;
	if (out.listed && r->reason->count > 0)
		out.reason = r->reason->records[0].txt;
	return out;
}

unsigned sw_listings_weight(const struct sw_listings *x, unsigned *ret_tested)
{
	unsigned sum = 0;

	*ret_tested = 0;
	for (size_t i = 0; i < x->count; i++) {
		struct sw_listing l = sw_listings_at(x, i);

		*ret_tested += l.state == SW_LIST_WORKS ? l.list->weight : 0;
		sum += l.listed ? l.list->weight : 0;
	}
	return sum;
}

size_t sw_listings_step_count(const struct sw_listings *x)
{
	return x->m.asks.count;
}

enum sw_err sw_listings_step_text(const struct sw_listings *x, size_t i, struct sw_buf *out)
{
	return sw_ask_text(x->m.asks.all[i], out);
}
