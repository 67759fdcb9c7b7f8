/* SPDX-License-Identifier: MIT */
/* Mechanisms, one by one (RFC 7208 5). Each may be looked at again when an answer has come. */
#include "identity/spf_internal.h"

enum sw_spf_state sw_spf_perm(struct sw_spf *x, const struct sw_spf_frame *f,
			      enum sw_spf_flaw flaw, struct sw_slice part)
{
	struct sw_spf_outcome *o = &x->outcome;

	o->flaw = flaw;
	o->domain = f->domain;
	o->record = f->policy ? f->policy->record.text : (struct sw_slice){ NULL, 0 };
	o->flaw_text = part;
	o->flaw_at = part.ptr && o->record.ptr ? (uint32_t)(part.ptr - o->record.ptr) : 0;
	return SW_SPF_PERM;
}

static const struct sw_spf_term *term_of(const struct sw_spf_frame *f)
{
	return &f->policy->record.terms[f->term];
}

static enum sw_spf_state perm_here(struct sw_spf *x, const struct sw_spf_frame *f,
				   enum sw_spf_flaw flaw)
{
	return sw_spf_perm(x, f, flaw, sw_spf_term_text(&f->policy->record, term_of(f)));
}

static enum sw_dns_type address_type(const struct sw_spf *x)
{
	return x->names.ip.family == 4 ? SW_DNS_A : SW_DNS_AAAA;
}

static bool has_address(const struct sw_spf *x, const struct sw_ask *a, unsigned bits)
{
	for (size_t i = 0; i < a->count; i++) {
		struct sw_ip ip = sw_ip_of_record(&a->records[i]);

		if (sw_ip_matches(&ip, &x->names.ip, bits))
			return true;
	}
	return false;
}

/* ---- names of the client (5.5) */

static bool is_same_or_below(struct sw_slice name, struct sw_slice domain)
{
	return name.len >= domain.len &&
	       sw_slice_eq_nocase(sw_slice_from(name, name.len - domain.len), domain) &&
	       (name.len == domain.len || name.ptr[name.len - domain.len - 1] == '.');
}

static struct sw_ask *ask_ptr(struct sw_spf *x)
{
	char name[SW_IP_REVERSE];

	return sw_asks_get(&x->m.asks, sw_ip_ptr_name(&x->names.ip, name), SW_DNS_PTR);
}

/* The answer says the name leads back; WAIT, YES, NO. A failed question is a NO (5.5). */
static enum sw_spf_state is_validated(struct sw_spf *x, const char *name)
{
	struct sw_ask *a = sw_asks_get(&x->m.asks, name, address_type(x));

	if (!a)
		return SW_SPF_NOMEM;
	if (!a->answered)
		return SW_SPF_WAIT;
	return has_address(x, a, x->names.ip.family == 4 ? 32 : 128) ? SW_SPF_YES : SW_SPF_NO;
}

/* How well a name suits %{p}: the domain itself, one below it, any (7.3). */
static unsigned rank_of(const char *name, struct sw_slice domain)
{
	struct sw_slice s = sw_slice_str(name);

	if (sw_slice_eq_nocase(s, domain))
		return 3;
	return is_same_or_below(s, domain) ? 2 : 1;
}

/* A name that may stand in for %{p}: what it holds is not escaped. */
static bool is_plain(const char *name)
{
	return *name && !strchr(name, '\\');
}

enum sw_spf_state sw_spf_find_validated(struct sw_spf *x, const char *domain)
{
	struct sw_ask *ptr = ask_ptr(x);
	unsigned best = 0;
	bool waiting = false;

	if (!ptr)
		return SW_SPF_NOMEM;
	if (!ptr->answered)
		return SW_SPF_WAIT;
	x->names.validated = SW_S("unknown");
	for (size_t i = 0; i < ptr->count && i < SW_SPF_HOSTS; i++) {
		const char *name = ptr->records[i].name;
		unsigned rank = rank_of(name, sw_slice_str(domain));

		if (!is_plain(name))
			continue;
		enum sw_spf_state s = is_validated(x, name);
		if (s == SW_SPF_NOMEM)
			return s;
		waiting = waiting || s == SW_SPF_WAIT;
		if (s == SW_SPF_YES && rank > best) {
			best = rank;
			x->names.validated = sw_slice_str(name);
		}
	}
	return waiting ? SW_SPF_WAIT : SW_SPF_YES;
}

/* ---- targets */

enum sw_spf_state sw_spf_find_target(struct sw_spf *x, const struct sw_spf_frame *f,
				     const struct sw_spf_term *t, const char **ret)
{
	struct sw_slice spec = sw_slice(f->policy->record.text.ptr + t->spec_at, t->spec_len);
	SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = SW_MAX_SPF_EXPANSION };

	*ret = f->domain;
	if (!t->has_spec)
		return SW_SPF_YES;
	if (t->has_p) {
		enum sw_spf_state s = sw_spf_find_validated(x, f->domain);

		if (s != SW_SPF_YES)
			return s;
	}
	x->names.domain = sw_slice_str(f->domain);
	if (t->has_macro) {
		enum sw_err e = sw_spf_macro_expand(spec, &x->names, &out);

		*ret = "";
		if (e == SW_E_LIMIT) /* nobody can ask for such a name */
			return SW_SPF_YES;
		if (e)
			return SW_SPF_NOMEM;
		spec = sw_buf_slice(&out);
	}
	return sw_spf_target(spec, &x->m.arena, ret) ? SW_SPF_NOMEM : SW_SPF_YES;
}

/* ---- mechanisms */

static enum sw_spf_state match_all(struct sw_spf *x SW_UNUSED,
				   struct sw_spf_frame *f SW_UNUSED,
				   const struct sw_spf_term *t SW_UNUSED)
{
	return SW_SPF_YES;
}

static enum sw_spf_state match_ip(struct sw_spf *x, struct sw_spf_frame *f SW_UNUSED,
				  const struct sw_spf_term *t)
{
	struct sw_ip ip = { .family = t->kind == SW_SPF_IP4 ? 4 : 6 };

	if (ip.family != x->names.ip.family)
		return SW_SPF_NO;
	memcpy(ip.bytes, t->ip, sizeof(ip.bytes));
	return sw_ip_matches(&ip, &x->names.ip, ip.family == 4 ? t->bits4 : t->bits6)
		       ? SW_SPF_YES
		       : SW_SPF_NO;
}

static unsigned bits_of(const struct sw_spf *x, const struct sw_spf_term *t)
{
	return x->names.ip.family == 4 ? t->bits4 : t->bits6;
}

static enum sw_spf_state match_a(struct sw_spf *x, struct sw_spf_frame *f,
				 const struct sw_spf_term *t)
{
	return has_address(x, f->term_ask, bits_of(x, t)) ? SW_SPF_YES : SW_SPF_NO;
}

static enum sw_spf_state match_exists(struct sw_spf *x SW_UNUSED, struct sw_spf_frame *f,
				      const struct sw_spf_term *t SW_UNUSED)
{
	return f->term_ask->count > 0 ? SW_SPF_YES : SW_SPF_NO;
}

/* The i-th of the first hosts by preference, equal ones as they came. */
static const char *mx_at(const struct sw_ask *a, size_t i)
{
	for (size_t k = 0; k < a->count; k++) {
		size_t before = 0;
		uint16_t own = a->records[k].mx.preference;

		for (size_t j = 0; j < a->count; j++) {
			uint16_t other = a->records[j].mx.preference;

			before += other < own || (other == own && j < k);
		}
		if (before == i)
			return a->records[k].mx.host;
	}
	return "";
}

static enum sw_spf_state match_mx(struct sw_spf *x, struct sw_spf_frame *f,
				  const struct sw_spf_term *t)
{
	const struct sw_ask *mx = f->term_ask;
	size_t most = mx->count < SW_SPF_HOSTS ? mx->count : SW_SPF_HOSTS;
	struct sw_ask *hosts[SW_SPF_HOSTS];

	/* All at once; looked at in their order, so that what decides is the same each time.
	 */
	for (size_t i = 0; i < most; i++) {
		const char *host = mx_at(mx, i);

		hosts[i] = NULL; /* a null MX (RFC 7505) has no address */
		if (*host && !(hosts[i] = sw_asks_get(&x->m.asks, host, address_type(x))))
			return SW_SPF_NOMEM;
	}
	for (size_t i = 0; i < most; i++) {
		if (!hosts[i])
			continue;
		if (!hosts[i]->answered)
			return SW_SPF_WAIT;
		if (sw_ask_failed(hosts[i])) {
			f->term_ask = hosts[i];
			return SW_SPF_TEMP;
		}
		if (has_address(x, hosts[i], bits_of(x, t)))
			return SW_SPF_YES;
	}
	return mx->count > SW_SPF_HOSTS || mx->cut ? perm_here(x, f, SW_SPF_MANY_MX)
						   : SW_SPF_NO;
}

static enum sw_spf_state match_ptr(struct sw_spf *x, struct sw_spf_frame *f,
				   const struct sw_spf_term *t)
{
	const struct sw_ask *ptr = f->term_ask;
	bool waiting = false;
	const char *target;
	enum sw_spf_state s = sw_spf_find_target(x, f, t, &target);

	if (s != SW_SPF_YES)
		return s;
	for (size_t i = 0; *target && i < ptr->count && i < SW_SPF_HOSTS; i++) {
		const char *name = ptr->records[i].name;

		if (!is_same_or_below(sw_slice_str(name), sw_slice_str(target)))
			continue;
		s = is_validated(x, name);
		if (s == SW_SPF_NOMEM || s == SW_SPF_YES)
			return s;
		waiting = waiting || s == SW_SPF_WAIT;
	}
	return waiting ? SW_SPF_WAIT : SW_SPF_NO;
}

static enum sw_spf_state enter_include(struct sw_spf *x, struct sw_spf_frame *f,
				       const struct sw_spf_term *t SW_UNUSED)
{
	/* There is room: each frame but the first costs one of the 10 lookups. */
	x->frames[x->depth++] = (struct sw_spf_frame){ .domain = f->term_ask->name,
						       .ask = f->term_ask,
						       .depth = (uint8_t)(f->depth + 1) };
	sw_spf_mark(x, f, SW_SPF_STEP_ENTER, f->term_ask, true);
	return SW_SPF_PUSHED;
}

typedef enum sw_spf_state (*match_fn)(struct sw_spf *x, struct sw_spf_frame *f,
				      const struct sw_spf_term *t);

enum what { NOTHING, ADDRESS, ONLY_A, MX_HOSTS, NAMES, POLICY };

static const struct {
	enum what asks;
	match_fn match;
} kinds[SW_SPF_KIND_COUNT] = {
	[SW_SPF_ALL] = { NOTHING, match_all },
	[SW_SPF_IP4] = { NOTHING, match_ip },
	[SW_SPF_IP6] = { NOTHING, match_ip },
	[SW_SPF_A] = { ADDRESS, match_a },
	[SW_SPF_MX] = { MX_HOSTS, match_mx },
	[SW_SPF_PTR] = { NAMES, match_ptr },
	[SW_SPF_EXISTS] = { ONLY_A, match_exists },
	[SW_SPF_INCLUDE] = { POLICY, enter_include },
};

static enum sw_dns_type type_of(const struct sw_spf *x, enum what asks)
{
	switch (asks) {
	case MX_HOSTS:
		return SW_DNS_MX;
	case POLICY:
		return SW_DNS_TXT;
	case ADDRESS:
		return address_type(x);
	case NOTHING:
	case ONLY_A:
	case NAMES:
		break;
	}
	return SW_DNS_A;
}

/* Asks the question of a term; with %{p} in its target there are others before. */
static enum sw_spf_state ask_term(struct sw_spf *x, struct sw_spf_frame *f,
				  const struct sw_spf_term *t)
{
	enum what asks = kinds[t->kind].asks;
	const char *target;

	if (asks == NAMES) {
		f->term_ask = ask_ptr(x);
		return f->term_ask ? SW_SPF_YES : SW_SPF_NOMEM;
	}
	enum sw_spf_state s = sw_spf_find_target(x, f, t, &target);
	if (s != SW_SPF_YES || !*target)
		return s;
	f->term_ask = sw_asks_get(&x->m.asks, target, type_of(x, asks));
	return f->term_ask ? SW_SPF_YES : SW_SPF_NOMEM;
}

static enum sw_spf_state count_void(struct sw_spf *x, struct sw_spf_frame *f)
{
	return ++x->outcome.voids > SW_SPF_VOIDS ? perm_here(x, f, SW_SPF_MANY_VOIDS)
						 : SW_SPF_NO;
}

/* A term that asks: its question, then what the answer means. */
static enum sw_spf_state step_asking(struct sw_spf *x, struct sw_spf_frame *f,
				     const struct sw_spf_term *t)
{
	bool include = t->kind == SW_SPF_INCLUDE;

	if (!f->begun && x->outcome.lookups == SW_SPF_LOOKUPS)
		return perm_here(x, f, SW_SPF_MANY_LOOKUPS);
	x->outcome.lookups += !f->begun;
	f->begun = true;
	if (!f->term_ask) {
		enum sw_spf_state s = ask_term(x, f, t);

		if (s != SW_SPF_YES)
			return s;
		if (!f->term_ask) /* the target is no name that can be asked for (4.8) */
			return include ? perm_here(x, f, SW_SPF_NO_INCLUDED) : SW_SPF_NO;
	}
	if (include)
		return kinds[t->kind].match(x, f, t);
	if (!f->term_ask->answered)
		return SW_SPF_WAIT;
	if (sw_ask_failed(f->term_ask))
		return t->kind == SW_SPF_PTR ? SW_SPF_NO : SW_SPF_TEMP;
	if (sw_ask_is_void(f->term_ask))
		return count_void(x, f);
	return kinds[t->kind].match(x, f, t);
}

enum sw_spf_state sw_spf_term_step(struct sw_spf *x, struct sw_spf_frame *f)
{
	const struct sw_spf_term *t = term_of(f);

	if (!kinds[t->kind].match) /* modifiers have their time after the mechanisms */
		return SW_SPF_NO;
	return kinds[t->kind].asks == NOTHING ? kinds[t->kind].match(x, f, t)
					      : step_asking(x, f, t);
}
