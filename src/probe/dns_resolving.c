/* SPDX-License-Identifier: MIT */
/* Whether the resolver in use can be believed: names that nobody has registered, a name that
 * everybody knows, and a question to addresses where no name server is. */
#include <stdio.h>

#include "base/mem.h"
#include "net/ask.h"
#include "probe/dns_servers.h"
#include "probe/dns_set.h"

enum {
	PATIENCE_US = 1500 * 1000,
	NOWHERE_US = 800 * 1000, /* who answers in another's place is near */
	LABEL = 14,
	NAME = 256,
};

enum what { INVENTED_TOP = 0, INVENTED_COM, INVENTED_BELOW, CONTROL, NOWHERE, WHAT_COUNT };
static const char *const what_names[WHAT_COUNT] = { "invented_top", "invented_com",
						    "invented_below", "control", "nowhere" };
/* Stable for decades, and not a mail provider's. */
static const char *const control_name = "www.iana.org";
/* RFC 5737: for documents only, routed nowhere. */
static const uint8_t documents[][3] = { { 198, 51, 100 }, { 203, 0, 113 } };

struct topic {
	enum what what;
	char name[NAME];
	struct sw_ask *asks[SW_MAX_NAMESERVERS], *second;
	size_t count;
};
struct resolving {
	struct sw_probe_run *run;
	struct sw_timer *timer;
	struct topic topics[WHAT_COUNT];
	size_t count, open;
};

static void stop(struct sw_probe_run *r)
{
	struct resolving *s = r->state;

	if (!s)
		return;
	for (size_t i = 0; i < s->count; i++) {
		for (size_t k = 0; k < s->topics[i].count; k++)
			sw_ask_free(s->topics[i].asks[k]);
		sw_ask_free(s->topics[i].second);
	}
	sw_timer_free(s->timer);
	sw_free(s);
	r->state = NULL;
}

/* The first that said something. */
static const struct sw_ask_account *first_answer(const struct topic *t)
{
	const struct sw_ask_account *ret = NULL;

	for (size_t i = 0; i < t->count; i++) {
		const struct sw_ask_account *a = sw_ask_get_account(t->asks[i]);

		if (a && (!ret || (ret->end != SW_ASK_ANSWERED && a->end == SW_ASK_ANSWERED)))
			ret = a;
	}
	return ret;
}

/* An answer from one address may be chance: a network of documents' addresses in use. All
 * must. */
static const struct sw_ask_account *worst_answer(const struct topic *t)
{
	const struct sw_ask_account *ret = NULL;

	for (size_t i = 0; i < t->count; i++) {
		const struct sw_ask_account *a = sw_ask_get_account(t->asks[i]);

		if (a && (!ret || a->end != SW_ASK_ANSWERED))
			ret = a;
	}
	return ret;
}

static void state_topic(struct sw_probe_run *r, const struct topic *t)
{
	struct sw_arena *arena = &r->x->arena;
	const struct sw_ask_account *a =
		t->what == NOWHERE ? worst_answer(t) : first_answer(t);
	const struct sw_ask_account *second = sw_ask_get_account(t->second);

	if (!a)
		return;
	SW_PROBE_STATE(
		r, SW_FACT_CHECK_RESOLVING, SW_F_STR("what", what_names[t->what]),
		SW_F_STR("name", t->name),
		SW_F_STR("status", sw_dns_status_name(a->answer->status)),
		SW_F_STR("records", sw_dns_set_text(a->answer, arena)),
		SW_F_STR("second", second ? sw_dns_status_name(second->answer->status) : ""),
		SW_F_STR("second_records",
			 second ? sw_dns_set_text(second->answer, arena) : ""));
}

static void on_timer(void *arg)
{
	struct resolving *s = arg;

	if (s->open > 0)
		return;
	for (size_t i = 0; i < s->count; i++)
		state_topic(s->run, &s->topics[i]);
	sw_probe_done(s->run);
}

static void answered(void *arg, struct sw_ask *q SW_UNUSED,
		     const struct sw_ask_account *a SW_UNUSED)
{
	struct resolving *s = arg;

	s->open--;
	sw_timer_set(s->timer, 0);
}

static struct sw_ask *ask(struct resolving *s, const struct sw_addr *server, const char *name,
			  uint64_t patience_us)
{
	struct sw_exam *x = s->run->x;
	struct sw_ask_wish wish = {
		.server = *server,
		.name = name,
		.type = SW_DNS_A,
		.flags = SW_ASK_RECURSE,
		.deadline_us =
			sw_min_u64(sw_exam_patience(x, patience_us), s->run->deadline_us),
	};
	struct sw_ask *q = sw_ask_start(x->c->loop, &wish, answered, s, NULL);

	s->open += q != NULL;
	return q;
}

static struct topic *add_topic(struct resolving *s, enum what what)
{
	struct topic *t = &s->topics[s->count++];

	t->what = what;
	return t;
}

/* Of no meaning, and longer than what people register. */
static void invent(const struct sw_world *world, char out[LABEL + 1])
{
	static const char letters[] = "bcdfghjkmnpqrstvwxz23456789";
	uint8_t bytes[LABEL] = { 0 };

	if (!world->random(world->arg, bytes, sizeof(bytes)))
		memset(bytes, 7, sizeof(bytes));
	for (size_t i = 0; i < LABEL; i++)
		out[i] = letters[bytes[i] % (sizeof(letters) - 1)];
	out[LABEL] = '\0';
}

static void ask_name(struct resolving *s, struct topic *t,
		     const struct sw_dns_servers *servers)
{
	for (size_t i = 0; i < servers->system_count; i++)
		t->asks[t->count++] = ask(s, &servers->system[i], t->name, PATIENCE_US);
	if (servers->has_second)
		t->second = ask(s, &servers->second, t->name, PATIENCE_US);
}

static void ask_invented(struct resolving *s, enum what what, const char *below,
			 const struct sw_dns_servers *servers)
{
	struct topic *t = add_topic(s, what);
	char label[LABEL + 1];

	invent(s->run->x->c->world, label);
	if (snprintf(t->name, sizeof(t->name), "%s.%s", label, below) < (int)sizeof(t->name))
		ask_name(s, t, servers);
}

static const char *top_of(const char *name)
{
	const char *dot = strrchr(name, '.');
	return dot ? dot + 1 : name;
}

/* The domain that a host belongs to, by and large: what stands behind its first label. */
static const char *domain_of(const struct sw_dns_subject *subject)
{
	const char *dot = strchr(subject->name, '.');

	return subject->type == SW_DNS_MX || !dot || !strchr(dot + 1, '.') ? subject->name
									   : dot + 1;
}

/* A name given to compare with, or one that the world knows. NULL: there is none to ask here.
 */
static const char *control_of(const struct sw_exam *x, const struct sw_dns_servers *servers,
			      const char *name, char out[NAME])
{
	struct sw_addr addr;

	for (size_t i = 0; i < x->wish->control_count; i++) {
		struct sw_slice control = sw_slice_str(x->wish->controls[i]);
		struct sw_slice host = sw_slice_head(control, sw_slice_find(control, ':'));

		if (sw_addr_parse(control, 0, &addr) || sw_addr_parse(host, 0, &addr) ||
		    !sw_dns_name_valid(host) || host.len >= NAME)
			continue;
		snprintf(out, NAME, "%.*s", SW_FMT(host));
		return out;
	}
	return !servers->named && sw_dns_name_is_public(sw_slice_str(name)) ? control_name
									    : NULL;
}

static void ask_nowhere(struct resolving *s, const char *name)
{
	const struct sw_world *world = s->run->x->c->world;
	struct topic *t = add_topic(s, NOWHERE);

	snprintf(t->name, sizeof(t->name), "%s", name);
	for (size_t i = 0; i < SW_LEN(documents); i++) {
		uint8_t ip[4] = { documents[i][0], documents[i][1], documents[i][2], 0 };

		if (!world->random(world->arg, &ip[3], 1))
			ip[3] = 77;
		ip[3] = (uint8_t)(1 + ip[3] % 254);
		struct sw_addr addr = sw_addr_v4(ip, 53);
		t->asks[t->count++] = ask(s, &addr, t->name, NOWHERE_US);
	}
}

/* Who asks a server of this very machine would not notice what is done on the way to others.
 */
static bool leaves_machine(const struct sw_exam *x, const struct sw_dns_servers *servers)
{
	return x->target.is_public || !sw_dns_servers_local(servers);
}

static void ask_all(struct resolving *s, const struct sw_dns_subject *subject)
{
	struct sw_exam *x = s->run->x;
	struct sw_dns_servers servers;
	char buf[NAME];

	sw_dns_servers_find(x, subject->name, &servers);
	ask_invented(s, INVENTED_TOP, top_of(subject->name), &servers);
	/* Some tops answer every name themselves; this one does not. */
	if (!servers.named && sw_dns_name_is_public(sw_slice_str(subject->name)))
		ask_invented(s, INVENTED_COM, "com", &servers);
	ask_invented(s, INVENTED_BELOW, domain_of(subject), &servers);
	const char *control = control_of(x, &servers, subject->name, buf);
	if (control) {
		struct topic *t = add_topic(s, CONTROL);

		snprintf(t->name, sizeof(t->name), "%s", control);
		ask_name(s, t, &servers);
	}
	if (leaves_machine(x, &servers))
		ask_nowhere(s, subject->name);
	else
		sw_probe_untested(s->run, "check.resolving what=nowhere",
				  "only a name server of this machine is asked");
}

static enum sw_err start(struct sw_probe_run *r, struct sw_error *err)
{
	struct sw_dns_subject subjects[SW_DNS_SUBJECTS];
	struct resolving *s = sw_calloc(1, sizeof(*s));

	if (!s)
		return sw_fail_nomem(err);
	r->state = s;
	s->run = r;
	s->timer = sw_timer_new(r->x->c->loop, on_timer, s);
	if (!s->timer)
		return sw_fail_nomem(err);
	size_t count = sw_dns_subjects_find(r->x, &r->x->arena, NULL, 0, subjects);
	if (count > 0)
		ask_all(s, &subjects[0]);
	sw_timer_set(s->timer, 0);
	return SW_OK;
}

static bool contacts(struct sw_exam *x, const struct sw_want *wants SW_UNUSED,
		     size_t want_count SW_UNUSED, struct sw_buf *out)
{
	struct sw_dns_subject subjects[SW_DNS_SUBJECTS];
	struct sw_dns_servers servers;
	struct sw_arena arena = { 0 };
	char text[SW_ADDR_TEXT];
	size_t count = sw_dns_subjects_find(x, &arena, NULL, 0, subjects);
	enum sw_err e = SW_OK;

	sw_dns_servers_find(x, count ? subjects[0].name : "", &servers);
	sw_arena_fini(&arena);
	for (size_t i = 0; i < servers.system_count && count && !e; i++)
		e = sw_buf_printf(out, "%s%s", sw_buf_len(out) ? ", " : "",
				  sw_nameserver_text(&servers.system[i], text));
	if (servers.has_second && count && !e)
		e = sw_buf_printf(out, ", %s", sw_nameserver_text(&servers.second, text));
	if (leaves_machine(x, &servers) && !e)
		e = sw_buf_add_str(out, ", two addresses where nobody is (RFC 5737)");
	return !e && count > 0 && servers.system_count > 0;
}

const struct sw_probe sw_probe_resolving = {
	.id = "resolving",
	.source = "probe.p01",
	.kind = SW_PROBE_DNS,
	.stage = SW_STAGE_DNS,
	.states = { SW_FACT_CHECK_RESOLVING, SW_FACT_COUNT, SW_FACT_COUNT, SW_FACT_COUNT },
	.early = SW_STAGE_DNS,
	.title = { "whether the resolver can be believed: names that do not exist, and one "
		   "that does",
		   "можно ли верить серверу DNS: несуществующие имена и одно существующее" },
	.contacts = contacts,
	.start = start,
	.stop = stop,
};
