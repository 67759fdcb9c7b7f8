/* SPDX-License-Identifier: MIT */
#include "probe/dns_walk.h"

#include <errno.h>

#include "base/mem.h"

/* All questions of a round are side by side. */
enum { QUESTIONS = 2 * SW_WALK_SERVERS };

enum round {
	ROUND_ABOVE = 0, /* the resolver: which of the names above have name servers */
	ROUND_HOSTS,     /* the resolver: addresses of the servers of the next zone */
	ROUND_ZONE,      /* its servers */
};

struct sw_walk {
	struct sw_loop *loop;
	struct sw_arena *arena;
	struct sw_walk_wish wish;
	struct sw_timer *timer;
	enum round round;
	unsigned depth;
	const char *above[SW_WALK_ANCESTORS]; /* the name itself, then upwards */
	size_t above_count;
	struct sw_ask *asked[QUESTIONS]; /* of this round but for ZONE */
	size_t asked_count;
	size_t open; /* questions of this round that are not over */
	struct sw_walk_zone zone;
	bool asked_zone;
	bool direct;
	sw_walk_fn fn;
	void *arg;
};

static const char *const kind_names[SW_WALK_KINDS] = {
	[SW_WALK_SERVES] = "serves",   [SW_WALK_LAME] = "lame",
	[SW_WALK_RELAYED] = "relayed", [SW_WALK_SILENT] = "silent",
	[SW_WALK_NOWHERE] = "nowhere", [SW_WALK_UNREACHABLE] = "unreachable",
};

const char *sw_walk_kind_name(enum sw_walk_kind k)
{
	return (size_t)k < SW_LEN(kind_names) ? kind_names[k] : "?";
}

static bool is_below(const char *name, const char *zone)
{
	struct sw_slice n = sw_slice_str(name), z = sw_slice_str(zone);

	if (n.len < z.len || !sw_slice_eq_nocase(sw_slice_from(n, n.len - z.len), z))
		return false;
	return n.len == z.len || z.len == 0 || n.ptr[n.len - z.len - 1] == '.';
}

/* The zone that this answer delegates to, on the way to the name; NULL none. */
static const char *delegates(const struct sw_ask_account *a, const char *zone,
			     const char *name)
{
	bool on_the_way = a && a->end == SW_ASK_ANSWERED && !a->authoritative && a->cut &&
			  a->answer->count == 0 && strlen(a->cut) > strlen(zone);

	return on_the_way && is_below(a->cut, zone) && is_below(name, a->cut) ? a->cut : NULL;
}

static enum sw_walk_kind kind_by(const struct sw_ask_account *a, const char *zone)
{
	if (!a || a->end == SW_ASK_SILENT || a->end == SW_ASK_NONSENSE ||
	    a->end == SW_ASK_LOCAL)
		return SW_WALK_SILENT;
	/* A refusal is the host's own word; no way there is not. */
	if (a->end != SW_ASK_ANSWERED)
		return a->os_errno == ECONNREFUSED ? SW_WALK_SILENT : SW_WALK_UNREACHABLE;
	enum sw_dns_status s = a->answer->status;
	bool clean = s == SW_DNS_OK || s == SW_DNS_NODATA || s == SW_DNS_NXDOMAIN;
	if (clean && (a->authoritative || delegates(a, zone, a->answer->name)))
		return SW_WALK_SERVES;
	return clean && a->recursion_offered ? SW_WALK_RELAYED : SW_WALK_LAME;
}

enum sw_walk_kind sw_walk_kind_of(const struct sw_walk_server *s, const char *zone)
{
	if (s->addr.len == 0)
		return SW_WALK_NOWHERE;
	enum sw_walk_kind by_answer = kind_by(sw_ask_get_account(s->answer), zone);
	enum sw_walk_kind by_soa = kind_by(sw_ask_get_account(s->soa), zone);
	/* One of two questions may be lost. */
	return by_answer < by_soa ? by_answer : by_soa;
}

const struct sw_walk_zone *sw_walk_get_zone(const struct sw_walk *w)
{
	return w->asked_zone ? &w->zone : NULL;
}

bool sw_walk_is_direct(const struct sw_walk *w)
{
	return w->direct;
}

static void free_zone(struct sw_walk_zone *z)
{
	for (size_t i = 0; i < z->count; i++) {
		sw_ask_free(z->servers[i].soa);
		sw_ask_free(z->servers[i].answer);
		z->servers[i].soa = z->servers[i].answer = NULL;
	}
	z->count = 0;
}

void sw_walk_free(struct sw_walk *w)
{
	if (!w)
		return;
	for (size_t i = 0; i < w->asked_count; i++)
		sw_ask_free(w->asked[i]);
	free_zone(&w->zone);
	sw_timer_free(w->timer);
	sw_free(w);
}

/* The round is over: the timer goes on, so that no question is freed inside its own call. */
static void on_answer(void *arg, struct sw_ask *q SW_UNUSED,
		      const struct sw_ask_account *a SW_UNUSED)
{
	struct sw_walk *w = arg;

	if (--w->open == 0)
		sw_timer_set(w->timer, 0);
}

static struct sw_ask *ask(struct sw_walk *w, const struct sw_addr *server, const char *name,
			  enum sw_dns_type type, unsigned flags)
{
	struct sw_ask_wish wish = {
		.server = *server, .name = name, .type = type, .flags = flags
	};
	uint64_t until = sw_time_add(sw_loop_now(w->loop), w->wish.patience_us);

	wish.deadline_us = sw_min_u64(until, w->wish.deadline_us);
	struct sw_ask *q = sw_ask_start(w->loop, &wish, on_answer, w, NULL);
	w->open += q != NULL;
	return q;
}

static void ask_resolver(struct sw_walk *w, const char *name, enum sw_dns_type type)
{
	if (w->asked_count == QUESTIONS)
		return;
	struct sw_ask *q = ask(w, &w->wish.resolver, name, type, SW_ASK_RECURSE);
	if (q)
		w->asked[w->asked_count++] = q;
}

static void finish(struct sw_walk *w)
{
	w->fn(w->arg, w);
}

static void end_round(struct sw_walk *w)
{
	for (size_t i = 0; i < w->asked_count; i++)
		sw_ask_free(w->asked[i]);
	w->asked_count = 0;
}

/* A zone and its servers, from NS records of an answer; glue counts. */
static bool take_zone(struct sw_walk *w, const char *name, const struct sw_ask_account *a)
{
	struct sw_walk_zone z = { .name = sw_arena_strdup(w->arena, name) };

	for (size_t i = 0; i < a->server_count && z.count < SW_WALK_SERVERS; i++) {
		const struct sw_ask_server *s = &a->servers[i];
		struct sw_walk_server *new = &z.servers[z.count];

		new->name = sw_arena_strdup(w->arena, s->name);
		if (!new->name)
			return false;
		if (s->addr_count > 0)
			new->addr = s->addrs[0];
		z.count++;
	}
	if (!z.name)
		return false;
	free_zone(&w->zone);
	w->zone = z;
	return true;
}

static void ask_hosts(struct sw_walk *w)
{
	w->round = ROUND_HOSTS;
	for (size_t i = 0; i < w->zone.count; i++) {
		if (w->zone.servers[i].addr.len > 0)
			continue;
		ask_resolver(w, w->zone.servers[i].name, SW_DNS_A);
		ask_resolver(w, w->zone.servers[i].name, SW_DNS_AAAA);
	}
	if (w->open == 0)
		sw_timer_set(w->timer, 0);
}

static void ask_zone(struct sw_walk *w)
{
	w->round = ROUND_ZONE;
	w->depth++;
	for (size_t i = 0; i < w->zone.count; i++) {
		struct sw_walk_server *s = &w->zone.servers[i];

		if (s->addr.len == 0)
			continue;
		sw_addr_set_port(&s->addr, w->wish.port ? w->wish.port : 53);
		s->answer = ask(w, &s->addr, w->wish.name, w->wish.type, 0);
		s->soa = ask(w, &s->addr, w->zone.name, SW_DNS_SOA, 0);
	}
	w->asked_zone = true;
	if (w->open == 0)
		sw_timer_set(w->timer, 0);
}

/* Which of the names above have name servers of their own, the deepest first. */
static const struct sw_ask_account *zone_at(const struct sw_walk *w, size_t i)
{
	const struct sw_ask_account *a =
		i < w->asked_count ? sw_ask_get_account(w->asked[i]) : NULL;
	bool good = a && a->end == SW_ASK_ANSWERED && a->answer->status == SW_DNS_OK &&
		    a->cut &&
		    sw_slice_eq_nocase(sw_slice_str(a->cut), sw_slice_str(w->above[i]));

	return good ? a : NULL;
}

/* The parent of the zone that the resolver knows says where the name is served now; only where
 * it knows no parent the zone itself is begun with. */
static void choose_start(struct sw_walk *w)
{
	const struct sw_ask_account *first = NULL, *second = NULL;
	size_t at = 0;

	for (size_t i = 0; i < w->asked_count; i++) {
		const struct sw_ask_account *a = zone_at(w, i);

		if (a && first && !second) {
			second = a;
			at = i;
		}
		if (a && !first) {
			first = a;
			at = i;
		}
	}
	const struct sw_ask_account *start = second ? second : first;
	bool found = start && take_zone(w, w->above[at], start);
	end_round(w);
	if (found)
		ask_hosts(w);
	else
		finish(w);
}

static void take_hosts(struct sw_walk *w)
{
	for (size_t i = 0; i < w->asked_count; i++) {
		const struct sw_ask_account *a = sw_ask_get_account(w->asked[i]);
		const struct sw_dns_record *r = a ? a->answer->records : NULL;

		if (!a || a->answer->status != SW_DNS_OK)
			continue;
		for (size_t k = 0; k < w->zone.count; k++) {
			struct sw_walk_server *s = &w->zone.servers[k];

			if (s->addr.len > 0 || strcmp(s->name, a->answer->name) != 0)
				continue;
			s->addr = r->type == SW_DNS_A ? sw_addr_v4(r->a, 53)
						      : sw_addr_v6(r->aaaa, 53);
		}
	}
	end_round(w);
	ask_zone(w);
}

static void take_answers(struct sw_walk *w)
{
	for (size_t i = 0; i < w->zone.count; i++) {
		const struct sw_walk_server *s = &w->zone.servers[i];
		const struct sw_ask_account *a = sw_ask_get_account(s->answer);
		const char *cut = delegates(a, w->zone.name, w->wish.name);

		w->direct = w->direct || sw_walk_kind_of(s, w->zone.name) == SW_WALK_SERVES;
		if (!cut || w->depth > SW_WALK_DEPTH)
			continue;
		if (take_zone(w, cut, a))
			ask_hosts(w);
		else
			finish(w);
		return;
	}
	finish(w);
}

static void on_timer(void *arg)
{
	struct sw_walk *w = arg;

	switch (w->round) {
	case ROUND_ABOVE:
		choose_start(w);
		break;
	case ROUND_HOSTS:
		take_hosts(w);
		break;
	case ROUND_ZONE:
		take_answers(w);
		break;
	}
}

static void begin(struct sw_walk *w)
{
	const char *at = w->wish.name;

	while (at && *at && w->above_count < SW_WALK_ANCESTORS) {
		w->above[w->above_count++] = at;
		at = strchr(at, '.');
		at = at ? at + 1 : NULL;
	}
	for (size_t i = 0; i < w->above_count; i++)
		ask_resolver(w, w->above[i], SW_DNS_NS);
	if (w->open == 0)
		sw_timer_set(w->timer, 0);
}

struct sw_walk *sw_walk_start(struct sw_loop *loop, struct sw_arena *arena,
			      const struct sw_walk_wish *wish, sw_walk_fn fn, void *arg,
			      struct sw_error *err)
{
	struct sw_walk *w = sw_calloc(1, sizeof(*w));

	if (!w) {
		sw_fail_nomem(err);
		return NULL;
	}
	*w = (struct sw_walk){
		.loop = loop, .arena = arena, .wish = *wish, .fn = fn, .arg = arg
	};
	w->timer = sw_timer_new(loop, on_timer, w);
	w->wish.name = sw_arena_strdup(arena, wish->name);
	if (w->timer && w->wish.name) {
		begin(w);
		return w;
	}
	sw_walk_free(w);
	sw_fail_nomem(err);
	return NULL;
}
