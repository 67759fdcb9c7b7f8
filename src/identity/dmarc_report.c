/* SPDX-License-Identifier: MIT */
#include "identity/dmarc_report.h"

struct sw_dmarc_report {
	struct sw_machine m;
	const struct sw_dmarc_uris *uris;
	struct sw_ask *asked[SW_MAX_REPORT_URIS];
	bool own[SW_MAX_REPORT_URIS];
};

const char *sw_report_state_name(enum sw_report_state s)
{
	static const char *const names[] = { "own", "agreed", "not agreed", "unknown" };

	return (unsigned)s < SW_LEN(names) ? names[s] : "?";
}

static bool is_same_or_below(struct sw_slice name, struct sw_slice domain)
{
	return name.len >= domain.len &&
	       sw_slice_eq_nocase(sw_slice_from(name, name.len - domain.len), domain) &&
	       (name.len == domain.len || name.ptr[name.len - domain.len - 1] == '.');
}

static bool is_own(struct sw_slice domain, struct sw_slice host,
		   const struct sw_suffixes *suffixes)
{
	if (!suffixes)
		return is_same_or_below(host, domain) || is_same_or_below(domain, host);
	struct sw_slice org = sw_suffixes_org(suffixes, domain);
	return sw_slice_eq_nocase(domain, host) ||
	       (org.len > 0 && sw_slice_eq_nocase(org, sw_suffixes_org(suffixes, host)));
}

static void begin(struct sw_dmarc_report *x, const char *domain,
		  const struct sw_suffixes *suffixes)
{
	static const char between[] = "._report._dmarc";
	struct sw_slice name = sw_slice_str(domain);
	char *head = sw_arena_alloc(&x->m.arena, name.len + sizeof(between));

	x->m.asks.nomem = !head;
	if (!head)
		return;
	memcpy(head, domain, name.len);
	memcpy(head + name.len, between, sizeof(between));
	for (size_t i = 0; i < x->uris->count; i++) {
		struct sw_slice host = x->uris->list[i].host;

		if (host.len > 0 && host.ptr[host.len - 1] == '.')
			host.len--;
		x->own[i] = is_own(name, host, suffixes);
		/* A host that no question can be asked for has agreed to nothing. */
		if (x->own[i] || !sw_dns_name_valid(host) ||
		    name.len + host.len + sizeof(between) > 253)
			continue;
		struct sw_slice kept = sw_arena_copy(&x->m.arena, host);
		x->m.asks.nomem = x->m.asks.nomem || !kept.ptr;
		if (kept.ptr)
			x->asked[i] =
				sw_asks_get_below(&x->m.asks, head, kept.ptr, SW_DNS_TXT);
	}
}

struct sw_dmarc_report *sw_dmarc_report_new(const char *domain,
					    const struct sw_dmarc_uris *uris,
					    const struct sw_suffixes *suffixes,
					    struct sw_error *err)
{
	struct sw_dmarc_report *x = sw_machine_new(sizeof(*x), err);

	if (!x)
		return NULL;
	x->uris = uris;
	begin(x, domain, suffixes);
	return sw_machine_begun(x, err);
}

void sw_dmarc_report_free(struct sw_dmarc_report *x)
{
	sw_machine_free(x);
}

size_t sw_dmarc_report_questions(const struct sw_dmarc_report *x,
				 const struct sw_dns_question **ret)
{
	return sw_machine_questions(&x->m, ret);
}

enum sw_err sw_dmarc_report_answer(struct sw_dmarc_report *x, const struct sw_dns_answer *a,
				   struct sw_error *err)
{
	return sw_machine_answer(x, a, NULL, err);
}

enum sw_report_state sw_dmarc_report_state(const struct sw_dmarc_report *x, size_t i)
{
	const struct sw_ask *a = x->asked[i];

	if (x->own[i])
		return SW_REPORT_OWN;
	for (size_t k = 0; a && k < a->count; k++)
		if (sw_dmarc_is_record(a->records[k].txt))
			return SW_REPORT_AGREED;
	return a && sw_ask_failed(a) ? SW_REPORT_UNKNOWN : SW_REPORT_NOT_AGREED;
}

const struct sw_ask *sw_dmarc_report_asked(const struct sw_dmarc_report *x, size_t i)
{
	return x->asked[i];
}
