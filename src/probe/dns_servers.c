/* SPDX-License-Identifier: MIT */
#include "probe/dns_servers.h"

#include "base/file.h"
#include "probe/dns_set.h"

/* Resolvers that anybody may ask; one is enough. */
static const char *const public_resolver = "9.9.9.9";

static void read_system(struct sw_dns_servers *s)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf text = { .max = SW_MAX_CONFIG };

	if (sw_file_read(SW_RESOLV_CONF, SW_FILE_INPUT, SW_MAX_CONFIG, &text, &s->trouble))
		return;
	s->system_count = sw_nameservers_read(sw_buf_slice(&text), s->system, NULL);
}

static bool is_system(const struct sw_dns_servers *s, const struct sw_addr *a)
{
	for (size_t i = 0; i < s->system_count; i++)
		if (a->len == s->system[i].len &&
		    memcmp(&a->ss, &s->system[i].ss, a->len) == 0)
			return true;
	return false;
}

void sw_dns_servers_find(const struct sw_exam *x, const char *name, struct sw_dns_servers *ret)
{
	const char *given = x->c->settings->resolver, *second = x->wish->second_resolver;

	*ret = (struct sw_dns_servers){ .named = given != NULL };
	if (!given)
		read_system(ret);
	else if (sw_nameserver_parse(sw_slice_str(given), &ret->system[0]))
		ret->system_count = 1;
	if (!second && !given && sw_dns_name_is_public(sw_slice_str(name)) &&
	    (x->target.is_public || x->target.addr_count == 0))
		second = public_resolver;
	ret->has_second = second && sw_nameserver_parse(sw_slice_str(second), &ret->second) &&
			  !is_system(ret, &ret->second);
}

bool sw_dns_servers_local(const struct sw_dns_servers *s)
{
	for (size_t i = 0; i < s->system_count; i++)
		if (!sw_addr_is_loopback(&s->system[i]))
			return false;
	return true;
}

static size_t add(struct sw_dns_subject *out, size_t count, struct sw_arena *arena,
		  struct sw_slice name, enum sw_dns_type type)
{
	struct sw_addr addr;

	if (name.len > 0 && name.ptr[name.len - 1] == '.')
		name.len--;
	if (count == SW_DNS_SUBJECTS || !sw_dns_name_valid(name) ||
	    sw_addr_parse(name, 0, &addr))
		return count;
	for (size_t i = 0; i < count; i++)
		if (out[i].type == type && sw_slice_eq_nocase(sw_slice_str(out[i].name), name))
			return count;
	const char *copy = sw_arena_copy(arena, name).ptr;
	if (!copy)
		return count;
	out[count] = (struct sw_dns_subject){ copy, type };
	return count + 1;
}

/* The type that the session asked for under this name; A stands for both kinds of address. */
static enum sw_dns_type type_of(const struct sw_exam *x, struct sw_slice name)
{
	const struct sw_facts *facts = x->c->facts;

	for (size_t i = 0; i < sw_facts_count(facts); i++) {
		const struct sw_fact *f = sw_facts_get(facts, i);
		enum sw_dns_type type;

		if (f->type == SW_FACT_DNS_ANSWER &&
		    sw_slice_eq_nocase(sw_fact_text(f, "name"), name) &&
		    sw_dns_type_from_name(sw_fact_text(f, "type"), &type) &&
		    type != SW_DNS_AAAA)
			return type;
	}
	return SW_DNS_A;
}

static size_t add_wanted(const struct sw_exam *x, struct sw_arena *arena,
			 const struct sw_want *wants, size_t want_count,
			 struct sw_dns_subject *out)
{
	size_t count = 0;

	for (size_t i = 0; i < want_count; i++) {
		struct sw_slice name = sw_want_value(&wants[i], "name");
		enum sw_dns_type type;

		if (!sw_dns_type_from_name(sw_want_value(&wants[i], "type"), &type))
			type = type_of(x, name);
		if (name.len > 0)
			count = add(out, count, arena, name, type);
	}
	return count;
}

/* The session's questions. An AAAA that is not there is no more than that. */
static size_t add_asked(const struct sw_exam *x, struct sw_arena *arena, bool failed,
			struct sw_dns_subject *out, size_t count)
{
	const struct sw_facts *facts = x->c->facts;

	for (size_t i = 0; i < sw_facts_count(facts); i++) {
		const struct sw_fact *f = sw_facts_get(facts, i);
		enum sw_dns_type type;

		if (f->type != SW_FACT_DNS_ANSWER ||
		    !sw_dns_type_from_name(sw_fact_text(f, "type"), &type))
			continue;
		bool ok = sw_slice_eq(sw_fact_text(f, "status"), SW_S("ok"));
		if (ok != failed && (type != SW_DNS_AAAA || ok))
			count = add(out, count, arena, sw_fact_text(f, "name"), type);
	}
	return count;
}

size_t sw_dns_subjects_find(const struct sw_exam *x, struct sw_arena *arena,
			    const struct sw_want *wants, size_t want_count,
			    struct sw_dns_subject out[SW_DNS_SUBJECTS])
{
	size_t count = add_wanted(x, arena, wants, want_count, out);

	if (count > 0)
		return count;
	count = add_asked(x, arena, true, out, count);
	count = add_asked(x, arena, false, out, count);
	if (count == 0 && *x->target.domain)
		count = add(out, count, arena, sw_slice_str(x->target.domain), SW_DNS_MX);
	if (count == 0)
		count = add(out, count, arena, sw_slice_str(x->target.host), SW_DNS_A);
	return count;
}
