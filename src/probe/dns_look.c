/* SPDX-License-Identifier: MIT */
/* From answers to facts. */
#include <stdio.h>

#include "probe/dns_names.h"
#include "probe/dns_set.h"

/* What one side says of the name, all its servers taken together. */
struct side {
	const char *status; /* "": not asked; "differ" */
	const char *records;
	const struct sw_ask_account *first; /* that said something */
	size_t alive, dead, answers;
};

/* The servers of a domain need not know what another domain's alias leads to. */
static const char *status_of(const struct sw_ask_account *a)
{
	bool alias = a->authoritative && a->answer->status == SW_DNS_NODATA &&
		     strcmp(a->answer->canonical, a->answer->name) != 0;

	return alias ? "alias" : sw_dns_status_name(a->answer->status);
}

static void state_answer(struct sw_probe_run *r, const struct sw_dns_subject *subject,
			 const char *role, const char *asked, const struct sw_addr *server,
			 const struct sw_ask_account *a)
{
	char text[SW_ADDR_TEXT];
	const char *why = a->answer->why_failed ? a->answer->why_failed : "";

	SW_PROBE_STATE(
		r, SW_FACT_PROBE_RESOLVER,
		SW_F_STR("server", sw_nameserver_text(server, text)),
		SW_F_STR("name", subject->name),
		SW_F_STR("type", sw_dns_type_name(subject->type)), SW_F_STR("role", role),
		SW_F_STR("asked", asked), SW_F_STR("status", status_of(a)),
		SW_F_INT("rcode", a->answer->rcode), SW_F_INT("elapsed_us", a->elapsed_us),
		SW_F_STR("records", sw_dns_set_text(a->answer, &r->x->arena)),
		SW_F_INT("ttl_s", a->ttl_s), SW_F_BOOL("authoritative", a->authoritative),
		SW_F_BOOL("truncated", a->truncated), SW_F_STR("tcp", sw_ask_end_name(a->tcp)),
		SW_F_INT("extended_error", a->extended_error), SW_F_STR("why", why));
}

static void add_to_side(struct side *s, const struct sw_ask_account *a, struct sw_arena *arena)
{
	if (a->end != SW_ASK_ANSWERED) {
		s->dead++;
		if (!*s->status)
			s->status = status_of(a);
		return;
	}
	const char *records = sw_dns_set_text(a->answer, arena);
	if (s->alive++ == 0) {
		s->first = a;
		s->status = status_of(a);
		s->records = records;
		s->answers = 1;
	} else if (strcmp(s->status, status_of(a)) != 0 || strcmp(s->records, records) != 0) {
		s->answers++;
		if (strcmp(s->status, status_of(a)) != 0)
			s->status = "differ";
	}
}

static struct side look_at_resolvers(struct sw_probe_run *r, const struct sw_dns_look *l,
				     const char *role, bool unchecked, struct sw_buf *dead)
{
	struct side s = { .status = "", .records = "" };
	char text[SW_ADDR_TEXT];

	for (size_t i = 0; i < l->server_count; i++) {
		const struct sw_dns_asked *asked = &l->servers[i];
		const struct sw_ask_account *a =
			sw_ask_get_account(unchecked ? asked->unchecked : asked->usual);

		if (!a || strcmp(asked->role, role) != 0)
			continue;
		state_answer(r, &l->subject, role, unchecked ? "unchecked" : "usual",
			     &asked->addr, a);
		add_to_side(&s, a, &r->x->arena);
		if (a->end != SW_ASK_ANSWERED && dead &&
		    sw_buf_printf(dead, "%s%s (%s)", sw_buf_len(dead) ? ", " : "",
				  sw_nameserver_text(&asked->addr, text),
				  a->answer->why_failed))
			continue;
	}
	return s;
}

/* ---- the servers of the domain */

struct sum {
	size_t kinds[SW_WALK_KINDS], answers, serials;
	uint32_t serial;
	struct side side;
	struct sw_buf detail; /* "ns1.example.net (192.0.2.1) lame: refused, ..." */
};

static void describe(struct sum *sum, const struct sw_walk_server *s, enum sw_walk_kind kind)
{
	const struct sw_ask_account *a = sw_ask_get_account(s->answer);
	char text[SW_ADDR_TEXT] = "-";

	if (s->addr.len)
		sw_nameserver_text(&s->addr, text);
	bool says = a && a->end == SW_ASK_ANSWERED;
	if (sw_buf_printf(&sum->detail, "%s%s (%s) %s%s%s",
			  sw_buf_len(&sum->detail) ? ", " : "", s->name, text,
			  sw_walk_kind_name(kind), says ? ": " : "", says ? status_of(a) : ""))
		return;
}

static void count_serial(struct sum *sum, const struct sw_walk_server *s)
{
	const struct sw_ask_account *a = sw_ask_get_account(s->soa);

	if (!a || !a->has_soa || !a->authoritative)
		return;
	if (sum->serials == 0 || a->serial != sum->serial)
		sum->serials++;
	sum->serial = a->serial;
}

static void look_at_server(struct sw_probe_run *r, const struct sw_dns_look *l,
			   const struct sw_walk_zone *z, const struct sw_walk_server *s,
			   struct sum *sum)
{
	const struct sw_ask_account *a = sw_ask_get_account(s->answer);
	enum sw_walk_kind kind = sw_walk_kind_of(s, z->name);

	sum->kinds[kind]++;
	describe(sum, s, kind);
	if (a)
		state_answer(r, &l->subject, "authority", "usual", &s->addr, a);
	if (kind != SW_WALK_SERVES)
		return;
	count_serial(sum, s);
	/* A server that serves the zone may yet lose one question. */
	if (a && a->end == SW_ASK_ANSWERED && a->authoritative)
		add_to_side(&sum->side, a, &r->x->arena);
}

static void state_zone(struct sw_probe_run *r, const struct sw_dns_look *l,
		       const struct sw_walk_zone *z, const struct sum *s)
{
	SW_PROBE_STATE(r, SW_FACT_CHECK_ZONE, SW_F_STR("name", l->subject.name),
		       SW_F_STR("zone", z->name), SW_F_INT("servers", z->count),
		       SW_F_INT("serving", s->kinds[SW_WALK_SERVES]),
		       SW_F_INT("lame", s->kinds[SW_WALK_LAME]),
		       SW_F_INT("relayed", s->kinds[SW_WALK_RELAYED]),
		       SW_F_INT("silent", s->kinds[SW_WALK_SILENT]),
		       SW_F_INT("nowhere", s->kinds[SW_WALK_NOWHERE]),
		       SW_F_INT("unreachable", s->kinds[SW_WALK_UNREACHABLE]),
		       SW_F_INT("answers", s->side.answers), SW_F_INT("serials", s->serials),
		       SW_F_BOOL("direct", sw_walk_is_direct(l->walk)),
		       SW_F_STR("status", s->side.status),
		       SW_F_STR("detail", sw_buf_str(&s->detail)));
}

static void look_at_zone(struct sw_probe_run *r, const struct sw_dns_look *l, struct sum *sum)
{
	const struct sw_walk_zone *z = l->walk ? sw_walk_get_zone(l->walk) : NULL;

	*sum = (struct sum){ .side = { .status = "", .records = "" },
			     .detail = { .max = SW_MAX_REPLY } };
	if (!z) {
		char what[SW_ERROR_TEXT];

		snprintf(what, sizeof(what), "check.zone name=%s", l->subject.name);
		sw_probe_untested(r, what, "%s",
				  l->walk ? "no resolver knows which name servers the domain has"
					  : "no resolver answers that could name the name servers");
		return;
	}
	for (size_t i = 0; i < z->count; i++)
		look_at_server(r, l, z, &z->servers[i], sum);
	state_zone(r, l, z, sum);
}

/* ---- the name */

static int64_t ttl_of(const struct side *s)
{
	return s->first ? (int64_t)s->first->ttl_s : -1;
}

void sw_dns_look_state(struct sw_probe_run *r, const struct sw_dns_look *l)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf dead = { .max = SW_MAX_REPLY };
	struct side system = look_at_resolvers(r, l, "system", false, &dead);
	struct side unchecked = look_at_resolvers(r, l, "system", true, NULL);
	struct side second = look_at_resolvers(r, l, "second", false, NULL);
	struct sum sum;

	look_at_zone(r, l, &sum);
	struct side *authority = &sum.side;
	SW_PROBE_STATE(
		r, SW_FACT_CHECK_NAME, SW_F_STR("name", l->subject.name),
		SW_F_STR("type", sw_dns_type_name(l->subject.type)),
		SW_F_STR("system", system.status), SW_F_STR("unchecked", unchecked.status),
		SW_F_STR("second", second.status), SW_F_STR("authority", authority->status),
		SW_F_STR("relation_second",
			 sw_dns_set_relation(system.records, second.records)),
		SW_F_STR("relation_authority",
			 sw_dns_set_relation(system.records, authority->records)),
		SW_F_STR("records", system.records),
		SW_F_STR("second_records", second.records),
		SW_F_STR("authority_records", authority->records),
		SW_F_INT("ttl_s", ttl_of(&system)),
		SW_F_INT("authority_ttl_s", ttl_of(authority)),
		SW_F_BOOL("system_authoritative", system.first && system.first->authoritative),
		SW_F_INT("alive", system.alive), SW_F_INT("dead", system.dead),
		SW_F_STR("dead_servers", sw_buf_str(&dead)),
		SW_F_STR("kind", sw_dns_set_kind(system.records)),
		SW_F_STR("second_kind", sw_dns_set_kind(second.records)));
	sw_buf_fini(&sum.detail);
}
