/* SPDX-License-Identifier: MIT */
/* P19: SPF, DKIM and DMARC of the sender, as whoever refused him sees them. */
#include "probe/id_mail.h"

#include "base/mem.h"
#include "mail/address.h"
#include "probe/say.h"

/* RFC 7208 4.6.4 wants receivers to take no more for SPF. */
enum { DNS_US = 20 * 1000 * 1000 };

SW_EVALUATOR(spf_evaluator, struct sw_spf, sw_spf_questions, sw_spf_answer);

void sw_mail_identity_add_pass(struct sw_mail_identity *m, const char *domain, bool spf,
			       bool sure)
{
	if (*domain && m->pass_count < SW_MAIL_PASSES)
		m->passes[m->pass_count++] = (struct sw_mail_pass){ domain, spf, sure };
}

/* ---- who it is */

static const char *in_arena(struct sw_mail_identity *m, struct sw_slice text)
{
	const char *copy = sw_arena_copy(&m->run->x->arena, text).ptr;

	return copy ? copy : "";
}

/* In A-labels; "" when it is no domain. */
static const char *ascii_domain(struct sw_mail_identity *m, const char *address)
{
	struct sw_error ignored = { 0 };
	const char *at = strrchr(address, '@'), *domain = "";

	if (!at || at[1] == '[' ||
	    sw_domain_to_ascii(&m->run->x->arena, sw_slice_str(at + 1), &domain, &ignored))
		return "";
	return domain;
}

static void find_people(struct sw_mail_identity *m)
{
	struct sw_exam *x = m->run->x;
	const struct sw_facts *facts = x->c->facts;
	const struct sw_fact *wish = sw_facts_last(facts, SW_FACT_SEND_WISH);
	const struct sw_fact *who = sw_facts_last(facts, SW_FACT_MESSAGE_IDENTITY);
	bool known;

	m->sender = sw_say_sender(x, &known);
	m->helo = in_arena(m, sw_fact_text(wish, "ehlo"));
	m->message_known = who || x->wish->message;
	m->author = who ? in_arena(m, sw_fact_text(who, "from_domain")) : "";
	if (!who) {
		m->author = ascii_domain(m, m->sender);
		m->author_guessed = true;
	}
	sw_own_address_find(x, &m->own);
}

/* ---- SPF */

/* An address that no record names (RFC 5737): what it finds, every address finds. */
#define NOBODY "192.0.2.255"

/* NULL: the address is the one that counts. */
static const char *reason_against_address(const struct sw_mail_identity *m)
{
	if (m->own.addr.len == 0)
		return "the address that others see is not known (--public-ip says it)";
	if (sw_addr_is_loopback(&m->own.addr) && strcmp(m->own.from, "wish") != 0)
		return "the server is on this machine: others see another address";
	return NULL;
}

/* Without the address it is known whether there is a record, and whether it is broken. */
static bool hangs_on_address(enum sw_spf_result r)
{
	return r != SW_SPF_NONE && r != SW_SPF_PERMERROR && r != SW_SPF_TEMPERROR;
}

/* local@domain with the domain in A-labels, for the machine. */
static struct sw_slice spf_sender(struct sw_mail_identity *m)
{
	const char *domain = ascii_domain(m, m->sender), *at = strrchr(m->sender, '@');

	if (!at || !*domain)
		return SW_S("");
	return sw_slice_str(
		sw_say_format(m->run->x, "%.*s@%s", (int)(at - m->sender), m->sender, domain));
}

static enum sw_err start_spf(struct sw_mail_identity *m, struct sw_error *err)
{
	const struct sw_world *world = m->run->x->c->world;
	struct sw_spf_request r = { .helo = sw_slice_str(m->helo),
				    .mail_from = spf_sender(m),
				    .now_s =
					    (uint64_t)(world->wall_us(world->arg) / 1000000) };
	char ip[SW_ADDR_TEXT];

	m->nobody = reason_against_address(m);
	if (!*m->sender && !sw_dns_name_valid(sw_slice_str(m->helo))) {
		sw_probe_untested(m->run, "SPF",
				  "there is neither a sender nor a name in EHLO");
		return SW_OK;
	}
	const char *text = m->nobody ? NOBODY : sw_addr_ip(&m->own.addr, ip);
	if (!sw_ip_parse(sw_slice_str(text), &r.ip))
		return SW_OK;
	m->spf = sw_spf_new(&r, err);
	return m->spf ? sw_mail_identity_ask(m, &spf_evaluator, m->spf, err)
		      : sw_fail_nomem(err);
}

static const char *flaw_text(const struct sw_spf_outcome *o)
{
	return o->result == SW_SPF_PERMERROR ? sw_spf_flaw_text(o->flaw) : "";
}

static void state_spf(struct sw_mail_identity *m)
{
	const struct sw_spf_outcome *o = m->spf ? sw_spf_outcome(m->spf) : NULL;
	SW_CLEANUP(sw_buf_fini) struct sw_buf text = { .max = SW_MAX_REPLY };
	char ip[SW_ADDR_TEXT] = "";

	if (o && m->nobody && hangs_on_address(o->result)) {
		sw_probe_untested(m->run, "SPF", "%s", m->nobody);
		o = NULL;
	}
	if (!m->nobody)
		sw_addr_ip(&m->own.addr, ip);
	if (!o) {
		/* Whatever it says: the domain may be vouched for by it. */
		sw_mail_identity_add_pass(m, ascii_domain(m, m->sender), true, false);
		return;
	}
	if (sw_spf_outcome_text(o, &text))
		sw_buf_clear(&text);
	SW_PROBE_STATE(m->run, SW_FACT_CHECK_SPF, SW_F_STR("domain", o->checked),
		       SW_F_STR("ip", ip), SW_F_STR("result", sw_spf_result_name(o->result)),
		       SW_F_TEXT("mechanism", o->mechanism), SW_F_TEXT("record", o->record),
		       SW_F_STR("flaw", flaw_text(o)), SW_F_TEXT("term", o->flaw_text),
		       SW_F_STR("decided", o->domain), SW_F_INT("lookups", o->lookups),
		       SW_F_INT("voids", o->voids),
		       SW_F_STR("identity", *m->sender ? "mail_from" : "helo"),
		       SW_F_STR("text", sw_buf_str(&text)));
	if (o->result == SW_SPF_PASS)
		sw_mail_identity_add_pass(m, in_arena(m, sw_slice_str(o->checked)), true,
					  true);
	else if (o->result == SW_SPF_TEMPERROR)
		sw_mail_identity_add_pass(m, in_arena(m, sw_slice_str(o->checked)), true,
					  false);
}

/* ---- the run */

static void stop(struct sw_probe_run *r)
{
	struct sw_mail_identity *m = r->state;

	if (!m)
		return;
	sw_asker_free(m->asker);
	sw_timer_free(m->timer);
	sw_spf_free(m->spf);
	sw_mail_dkim_stop(m);
	sw_mail_dmarc_stop(m);
	sw_free(m);
	r->state = NULL;
}

static void on_timer(void *arg)
{
	struct sw_mail_identity *m = arg;
	struct sw_error err = { 0 };

	if (m->open > 0)
		return;
	if (!m->dmarc_asked) {
		m->dmarc_asked = true;
		state_spf(m);
		sw_mail_dkim_state(m);
		enum sw_err e = sw_mail_dmarc_start(m, &err);
		if (e)
			sw_probe_untested(m->run, "DMARC", "%s", err.text);
		if (!e && m->open > 0)
			return;
	}
	sw_mail_dmarc_state(m);
	sw_probe_done(m->run);
}

static void on_asked(void *arg, enum sw_err code SW_UNUSED)
{
	struct sw_mail_identity *m = arg;

	/* A machine that failed has no outcome, which is seen. */
	m->open--;
	sw_timer_set(m->timer, 0);
}

enum sw_err sw_mail_identity_ask(struct sw_mail_identity *m, const struct sw_evaluator *e,
				 void *machine, struct sw_error *err)
{
	uint64_t until = sw_min_u64(sw_exam_patience(m->run->x, DNS_US), m->run->deadline_us);

	if (!sw_asker_run(m->asker, e, machine, until, on_asked, m, err))
		return err && err->code ? err->code : SW_E_NOMEM;
	m->open++;
	return SW_OK;
}

static enum sw_err start(struct sw_probe_run *r, struct sw_error *err)
{
	struct sw_mail_identity *m = sw_calloc(1, sizeof(*m));
	struct sw_resolver *resolver;

	if (!m)
		return sw_fail_nomem(err);
	r->state = m;
	m->run = r;
	enum sw_err e = sw_context_get_resolver(r->x->c, &resolver, err);
	if (e)
		return e;
	m->asker = sw_asker_new(r->x->c->loop, resolver, err);
	m->timer = m->asker ? sw_timer_new(r->x->c->loop, on_timer, m) : NULL;
	if (!m->timer)
		return sw_fail_nomem(err);
	find_people(m);
	e = start_spf(m, err);
	if (!e)
		e = sw_mail_dkim_start(m, err);
	if (!e)
		sw_timer_set(m->timer, 0);
	return e;
}

static bool contacts(struct sw_exam *x, const struct sw_want *wants SW_UNUSED,
		     size_t count SW_UNUSED, struct sw_buf *out)
{
	bool known;
	const char *sender = sw_say_sender(x, &known), *at = strrchr(sender, '@');

	if (!known && !sw_facts_last(x->c->facts, SW_FACT_MESSAGE_IDENTITY))
		return false;
	return !sw_buf_printf(out, "the resolver, about SPF, DKIM and DMARC of %s",
			      at ? at + 1 : "the sender");
}

const struct sw_probe sw_probe_mail_identity = {
	.id = "mail-identity",
	.source = "probe.p19",
	.kind = SW_PROBE_DNS,
	.stage = SW_STAGE_ENVELOPE,
	.states = { SW_FACT_CHECK_SPF, SW_FACT_CHECK_DKIM, SW_FACT_CHECK_DMARC,
		    SW_FACT_COUNT },
	.early = SW_STAGE_COUNT,
	.title = { "SPF, DKIM and DMARC of the sender", "SPF, DKIM и DMARC отправителя" },
	.contacts = contacts,
	.start = start,
	.stop = stop,
};
