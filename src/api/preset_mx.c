/* SPDX-License-Identifier: MIT */
/* The provider of somebody's own domain, by its MX records. The DNS only chooses among servers
 * that are known here: a forged answer can name another provider, never a server of its own,
 * and the certificate of the one that was chosen is verified. */
#include "api/preset.h"

#include <stdio.h>

#include "api/mailer.h"
#include "api/step.h"
#include "client/route.h"

static const struct sw_preset_row rows[] = {
#define SW_MX(domain, host, port, implicit, whole) { domain, host, port, implicit, whole },
#include "api/preset_mx.def"
#undef SW_MX
};

static bool is_below(struct sw_slice name, struct sw_slice domain)
{
	if (name.len < domain.len ||
	    !sw_slice_eq_nocase(sw_slice_from(name, name.len - domain.len), domain))
		return false;
	return name.len == domain.len || name.ptr[name.len - domain.len - 1] == '.';
}

/* Ours first, then what the providers' own domains say, the longest first; there the user's
 * name must be the address: a local part alone means another one in somebody's own domain. */
const struct sw_preset_row *sw_preset_of_mx(const char *host)
{
	struct sw_slice name = sw_slice_str(host);
	if (name.len && name.ptr[name.len - 1] == '.')
		name.len--;
	for (size_t i = 0; i < SW_LEN(rows); i++)
		if (is_below(name, sw_slice_str(rows[i].domain)))
			return &rows[i];
	while (sw_slice_find(name, '.') < name.len) {
		const struct sw_preset_row *r = sw_preset_row(name);
		if (r)
			return r->whole_address ? r : NULL;
		name = sw_slice_from(name, sw_slice_find(name, '.') + 1);
	}
	return NULL;
}

static void say(struct sw_preset *p, const char *domain, const char *text, const char *host)
{
	snprintf(p->why, sizeof(p->why), "%.253s %s%.253s", domain, text, host);
}

/* All hosts, or nobody knows through whom the domain sends. */
static void judge(const struct sw_route *route, const char *domain, const char *address,
		  struct sw_preset *p)
{
	const struct sw_preset_row *found = NULL;
	for (size_t i = 0; i < route->count; i++) {
		const struct sw_preset_row *r = sw_preset_of_mx(route->hosts[i]);
		if (!r) {
			say(p, domain, "has its mail at a host of no provider that is known: ",
			    route->hosts[i]);
			return;
		}
		if (found && strcmp(r->host, found->host) != 0) {
			say(p, domain, "has its mail at more than one provider, also at ",
			    route->hosts[i]);
			return;
		}
		found = r;
	}
	if (!found)
		return;
	sw_preset_fill(found, sw_slice_str(found->whole_address ? address : ""), p);
	say(p, domain, "has its mail at ", route->hosts[0]);
}

static void say_none(const struct sw_route *route, const char *domain, struct sw_preset *p)
{
	say(p, domain,
	    route->ending == SW_END_NULL_MX   ? "takes no mail (null MX)"
	    : route->ending == SW_END_NO_HOST ? "does not exist in the DNS"
					      : "could not be looked up in the DNS",
	    "");
}

static enum sw_err look_up(struct sw_mailer *m, const char *address, struct sw_preset *p)
{
	struct sw_route route;
	enum sw_err e = sw_context_begin_call(m->client, &m->error);
	if (e)
		return e;
	const char *domain = strrchr(address, '@') + 1;
	e = sw_route_mx(m->client, domain, &route, &m->error);
	if (!e && route.ending == SW_END_ABORTED)
		e = sw_fail(&m->error, SW_E_ABORTED, "given up while the DNS was asked");
	else if (!e && route.ending != SW_END_OK)
		say_none(&route, domain, p);
	else if (!e)
		judge(&route, domain, address, p);
	if (!e || e == SW_E_ABORTED)
		sw_route_fini(&route);
	sw_facts_free(sw_context_end_call(m->client));
	return e;
}

enum sw_err sw_mailer_find_preset(struct sw_mailer *m, const char *address,
				  struct sw_preset *ret)
{
	SW_CLEANUP(sw_arena_fini) struct sw_arena arena;
	struct sw_address parsed;
	struct sw_preset p = { .secret = "" };
	sw_arena_init(&arena);
	sw_error_clear(&m->error);
	enum sw_err e = sw_step_busy(m);
	if (!e)
		e = sw_address_parse(&arena, sw_slice_str(address), 0, &parsed, &m->error);
	if (!e && !sw_preset_find(parsed.text, &p)) {
		e = sw_mailer_ready_client(m);
		/* A domain that is an address has no provider. */
		if (!e && parsed.text[strlen(parsed.text) - 1] != ']')
			e = look_up(m, parsed.text, &p);
	}
	if (!e)
		*ret = p;
	return e;
}
