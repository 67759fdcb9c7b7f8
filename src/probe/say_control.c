/* SPDX-License-Identifier: MIT */
/* Handshakes with servers elsewhere, to compare: a certificate that is not trusted may be the
 * server's fault, that of the store of this machine (then nobody's is trusted), or of
 * something in between that signs for everybody (then all have one issuer). And greetings of
 * servers elsewhere: who greets with one name for all of them stands in between. */
#include "net/resolver.h"
#include "probe/say.h"

enum { CONTROLS = 3, LOOKUP_US = 10 * 1000 * 1000 };

struct control;
struct control_host {
	struct control *control;
	const char *name;
	uint16_t port;
	struct sw_host_lookup *lookup;
};
struct control {
	struct sw_say say;
	bool greeting; /* that is all that is wanted */
	struct control_host hosts[CONTROLS];
	size_t count, open;
};

static bool same_issuer(const struct sw_exam *x, const char *issuer)
{
	const struct sw_facts *f = x->c->facts;

	for (size_t i = 0; i < sw_facts_count(f); i++) {
		const struct sw_fact *fact = sw_facts_get(f, i);

		if (fact->type == SW_FACT_TLS_CERTIFICATE &&
		    sw_fact_int(fact, "depth", 1) == 0 && *issuer &&
		    sw_slice_eq(sw_fact_text(fact, "issuer"), sw_slice_str(issuer)))
			return true;
	}
	return false;
}

static void heard(struct sw_say *s, const struct sw_say_step *step,
		  const struct sw_talk_account *a)
{
	const struct control_host *h = &((struct control *)(void *)s)->hosts[step->tag];
	const struct sw_tls_cert *c =
		a->tls_begun && a->tls.chain_len ? &a->tls.chain[0] : NULL;

	if (!a->tls_begun) {
		sw_probe_untested(s->r, "control_tls", "%s port %u: no handshake (%s)",
				  h->name, h->port, sw_talk_end_name(a->end));
		return;
	}
	SW_PROBE_STATE(s->r, SW_FACT_PROBE_CONTROL_TLS, SW_F_STR("host", h->name),
		       SW_F_INT("port", h->port),
		       SW_F_BOOL("given", s->r->x->wish->control_count > 0),
		       SW_F_BOOL("ok", a->tls.done),
		       SW_F_INT("verify_code", a->tls.verify_code),
		       SW_F_STR("issuer", c ? c->issuer : ""),
		       SW_F_BOOL("same_issuer", c && same_issuer(s->r->x, c->issuer)),
		       SW_F_STR("subject", c ? c->subject : ""),
		       SW_F_STR("state", sw_talk_end_name(a->end)));
}

/* "220 mail.example.com ESMTP": the name, which has a dot; empty without one. */
static struct sw_slice greeted_as(struct sw_slice text)
{
	size_t end = 0;

	while (end < text.len && text.ptr[end] > ' ')
		end++;
	struct sw_slice name = sw_slice_head(text, end);

	return sw_slice_find(name, '.') < name.len ? name : SW_S("");
}

static struct sw_slice session_greeting(const struct sw_exam *x)
{
	const struct sw_facts *f = x->c->facts;

	for (size_t i = 0; i < sw_facts_count(f); i++) {
		const struct sw_fact *fact = sw_facts_get(f, i);

		if (fact->type == SW_FACT_REPLY && sw_fact_text(fact, "command").len == 0)
			return greeted_as(sw_fact_text(fact, "text"));
	}
	return SW_S("");
}

static void heard_greeting(struct sw_say *s, const struct sw_say_step *step,
			   const struct sw_talk_account *a)
{
	const struct control_host *h = &((struct control *)(void *)s)->hosts[step->tag];
	struct sw_slice first = sw_slice(a->first, a->first_len);
	struct sw_slice ours = session_greeting(s->r->x), name;

	if (a->speaks != SW_SPEAKS_SMTP || first.len < 5) {
		sw_probe_untested(s->r, "probe.control_greeting",
				  "%s port %u: no greeting (%s)", h->name, h->port,
				  sw_talk_end_name(a->end));
		return;
	}
	name = greeted_as(sw_slice_from(first, 4));
	SW_PROBE_STATE(s->r, SW_FACT_PROBE_CONTROL_GREETING, SW_F_STR("host", h->name),
		       SW_F_INT("port", h->port),
		       SW_F_BOOL("given", s->r->x->wish->control_count > 0),
		       SW_F_TEXT("name", name),
		       SW_F_BOOL("same", name.len && sw_slice_eq_nocase(name, ours)));
}

static void go_when_all_are_there(struct control *c)
{
	struct sw_error err = { 0 };

	if (c->open == 0 && sw_say_go(&c->say, &err))
		sw_probe_done(c->say.r);
}

static void resolved(void *arg, const struct sw_addr *addrs, size_t count,
		     const struct sw_dns_answer *const *answers, size_t answer_count,
		     enum sw_dns_status worst)
{
	struct control_host *h = arg;
	struct control *c = h->control;
	struct sw_talk_plan p = { .until = c->greeting ? SW_TALK_LISTEN : SW_TALK_HANDSHAKE,
				  .tls_name = h->name };

	(void)answers;
	(void)answer_count;
	h->lookup = NULL;
	c->open--;
	if (count == 0) {
		sw_probe_untested(
			c->say.r, c->greeting ? "probe.control_greeting" : "control_tls",
			"%s has no address here: %s", h->name, sw_dns_status_name(worst));
	} else {
		p.addr = addrs[0];
		if (!c->greeting)
			p.tls = h->port == 465 ? SW_TALK_IMPLICIT : SW_TALK_STARTTLS;
		sw_say_add(&c->say, &p, (unsigned)(h - c->hosts), h->name);
	}
	go_when_all_are_there(c);
}

/* "mail.example.com:587"; the port stands behind the last colon. */
static void look_up(struct control *c, struct sw_resolver *resolver, const char *where)
{
	struct sw_exam *x = c->say.r->x;
	struct control_host *h = &c->hosts[c->count];
	const char *colon = strrchr(where, ':');
	uint64_t port = 0;
	struct sw_error err = { 0 };

	if (!colon || !sw_slice_u64(sw_slice_str(colon + 1), &port) || port > 65535)
		return;
	*h = (struct control_host){
		.control = c,
		.name = sw_arena_copy(&x->arena, sw_slice(where, (size_t)(colon - where))).ptr,
		.port = (uint16_t)port,
	};
	if (!h->name)
		return;
	c->count++;
	h->lookup = sw_resolve_host(resolver, h->name, h->port, x->c->settings->families,
				    sw_exam_patience(x, LOOKUP_US), resolved, h, &err);
	c->open += h->lookup != NULL;
}

/* Which ones do not depend on the port, but not everybody may go to all of them. */
static size_t controls(struct sw_exam *x, const char *out[CONTROLS])
{
	size_t n = sw_exam_controls(x, x->target.port, out, CONTROLS);

	return n ? n : sw_exam_controls(x, 0, out, CONTROLS);
}

static bool contacts(struct sw_exam *x, const struct sw_want *wants, size_t count,
		     struct sw_buf *out)
{
	(void)wants;
	(void)count;
	return (x->wish->control_count || x->target.is_public) &&
	       sw_buf_add_str(out, x->wish->control_count
					   ? "the servers to compare with, handshakes"
					   : "well-known mail servers, handshakes") == SW_OK;
}

static bool contacts_greeting(struct sw_exam *x, const struct sw_want *wants, size_t count,
			      struct sw_buf *out)
{
	(void)wants;
	(void)count;
	return (x->wish->control_count || x->target.is_public) &&
	       sw_buf_add_str(out, x->wish->control_count
					   ? "the servers to compare with, greetings"
					   : "well-known mail servers, greetings") == SW_OK;
}

static enum sw_err look_all_up(struct control *c, const char *const where[], size_t n,
			       struct sw_error *err)
{
	struct sw_resolver *resolver;
	enum sw_err e = sw_context_get_resolver(c->say.r->x->c, &resolver, err);

	for (size_t i = 0; !e && i < n; i++)
		look_up(c, resolver, where[i]);
	if (!e)
		go_when_all_are_there(c);
	return e;
}

static enum sw_err start(struct sw_probe_run *r, struct sw_error *err)
{
	struct control *c = sw_say_new(r, sizeof(*c), heard, NULL);
	const char *where[CONTROLS];

	if (!c)
		return sw_fail_nomem(err);
	/* A store of one's own trusts nobody else, and that says nothing. */
	bool own_store = r->x->c->settings->ca_file != NULL;
	size_t n = own_store ? 0 : controls(r->x, where);

	if (own_store)
		sw_probe_untested(r, "control_tls",
				  "other servers are not in the CA file that was named");
	else if (n == 0)
		sw_probe_untested(r, "control_tls",
				  "there is no other server to compare with");
	return look_all_up(c, where, n, err);
}

/* Greetings come in clear, and are compared on one port. */
static enum sw_err start_greeting(struct sw_probe_run *r, struct sw_error *err)
{
	struct control *c = sw_say_new(r, sizeof(*c), heard_greeting, NULL);
	const char *where[CONTROLS];
	uint16_t port = r->x->target.port;

	if (!c)
		return sw_fail_nomem(err);
	c->greeting = true;
	size_t n = port == 465 ? 0 : sw_exam_controls(r->x, port, where, CONTROLS);

	if (n == 0)
		sw_probe_untested(r, "probe.control_greeting",
				  "no other server greets on this port");
	return look_all_up(c, where, n, err);
}

static void stop(struct sw_probe_run *r)
{
	struct control *c = r->state;

	if (!c)
		return;
	for (size_t i = 0; i < c->count; i++)
		if (c->hosts[i].lookup)
			sw_host_lookup_cancel(c->hosts[i].lookup);
	sw_say_stop(r);
}

const struct sw_probe sw_probe_control_tls = {
	.id = "control_tls",
	.source = "probe.p12",
	.kind = SW_PROBE_TCP,
	.stage = SW_STAGE_TLS,
	.states = { SW_FACT_PROBE_CONTROL_TLS, SW_FACT_COUNT, SW_FACT_COUNT, SW_FACT_COUNT },
	.early = SW_STAGE_COUNT,
	.title = { "handshakes elsewhere", "рукопожатия с другими серверами" },
	.contacts = contacts,
	.start = start,
	.stop = stop,
};

const struct sw_probe sw_probe_control_greeting = {
	.id = "control_greeting",
	.source = "probe.p09",
	.kind = SW_PROBE_TCP,
	.stage = SW_STAGE_GREETING,
	.states = { SW_FACT_PROBE_CONTROL_GREETING, SW_FACT_COUNT, SW_FACT_COUNT,
		    SW_FACT_COUNT },
	.early = SW_STAGE_COUNT,
	.title = { "greetings elsewhere", "приветствия других серверов" },
	.contacts = contacts_greeting,
	.start = start_greeting,
	.stop = stop,
};
