/* SPDX-License-Identifier: MIT */
/* P07, P08: where no greeting comes, a second connection that waits long and says nothing, and
 * beside it one that greets first, as TLS wants it, and one that says EHLO: what serves other
 * things (HTTP, a data base) waits to be spoken to, and complains of it in its own tongue. */
#include <string.h>

#include "base/mem.h"
#include "probe/net_ports.h"
#include "probe/talk.h"

enum {
	/* RFC 5321 4.5.3.2.1. */
	GREETING_US = 300 * 1000 * 1000,
	/* The session has waited as long as may be: a server that is only slow by chance. */
	SHORT_US = 3 * 1000 * 1000,
	/* Nobody said how long to wait: several times what the session waited, and never less
	 * than deliberate delays of servers usually take. */
	USUAL_DELAY_US = 10 * 1000 * 1000,
	TIMES_SESSION = 4,
	/* Left to the end of the run. */
	SPARE_US = 500 * 1000,
	TLS_US = 5 * 1000 * 1000,
	/* For the answer of one that waits to be spoken to. */
	KNOCK_US = 3 * 1000 * 1000,
};

struct ear {
	struct sw_probe_run *r;
	struct sw_talk *silent, *hello, *knock;
	struct sw_addr addr;
	uint64_t began_us;
	bool stated;
};

/* As long as a server may take (RFC 5321 4.5.3.2.1), or the time that the user set for a
 * stage: it holds here, too. A greeting that would come later is heard by who gives it more.
 */
static uint64_t longest(const struct sw_exam *x)
{
	uint64_t usual_us = x->c->settings->timeout_us;

	return usual_us && usual_us < GREETING_US ? usual_us : GREETING_US;
}

/* A session has waited for the greeting in vain. */
static uint64_t after_session(const struct sw_probe_run *r, uint64_t wait_us, int64_t waited)
{
	uint64_t waited_us = waited > 0 ? (uint64_t)waited : 0;
	uint64_t more_us = TIMES_SESSION * waited_us;

	if (waited_us + SPARE_US >= wait_us)
		return sw_min_u64(wait_us, SHORT_US);
	if (r->x->c->settings->timeout_us)
		return wait_us;
	return sw_min_u64(wait_us, more_us > USUAL_DELAY_US ? more_us : USUAL_DELAY_US);
}

static uint64_t patience(const struct sw_probe_run *r, uint64_t now_us)
{
	const struct sw_fact *end = sw_facts_last(r->x->c->facts, SW_FACT_SESSION_END);
	uint64_t wait_us = longest(r->x);
	uint64_t until_us = sw_min_u64(r->x->c->deadline_us, r->deadline_us);

	/* So that what is known is stated before the run is stopped. */
	until_us = until_us > now_us + SPARE_US ? until_us - now_us - SPARE_US : SPARE_US;
	if (end && sw_slice_eq(sw_fact_text(end, "stage"), SW_S("greeting")))
		wait_us = after_session(r, wait_us, sw_fact_int(end, "elapsed_us", 0));
	/* One that was started beside the session ends with it. */
	else if (r->want_count == 0 && wait_us > 2 * SW_PROBE_EARLY_US)
		wait_us -= SW_PROBE_EARLY_US;
	return sw_min_u64(wait_us, until_us);
}

static void over(struct ear *e)
{
	if (!e->silent && !e->hello && !e->knock)
		sw_probe_done(e->r);
}

static void state_first(struct ear *e, enum sw_speaks speaks, struct sw_slice text,
			uint64_t elapsed_us, bool inside_tls)
{
	char ip[SW_ADDR_TEXT];

	if (e->stated)
		return;
	e->stated = true;
	SW_PROBE_STATE(
		e->r, SW_FACT_PROBE_FIRST_BYTES, SW_F_STR("address", sw_addr_ip(&e->addr, ip)),
		SW_F_INT("port", sw_addr_port(&e->addr)),
		SW_F_STR("speaks", sw_speaks_name(speaks)), SW_F_TEXT("text", text),
		SW_F_INT("elapsed_us", elapsed_us), SW_F_BOOL("inside_tls", inside_tls));
}

/* What was said first: inside TLS where there is TLS. */
static struct sw_slice words(const struct sw_talk_account *a)
{
	return a->tls_begun ? sw_slice(a->inner, a->inner_len)
			    : sw_slice(a->first, a->first_len);
}

static enum sw_speaks tongue(const struct sw_talk_account *a)
{
	enum sw_speaks speaks = a->tls_begun ? a->inner_speaks : a->speaks;

	return words(a).len ? speaks : SW_SPEAKS_NOTHING;
}

static void drop(struct sw_talk **t)
{
	sw_talk_free(*t);
	*t = NULL;
}

static bool is_untested(enum sw_talk_end end)
{
	return end == SW_TALK_NOT_ALLOWED || end == SW_TALK_LOCAL;
}

static void on_silent(void *arg, struct sw_talk *t, const struct sw_talk_account *a)
{
	struct ear *e = arg;
	uint64_t waited_us = sw_context_now(e->r->x->c) - e->began_us;

	if (is_untested(a->end) || a->end == SW_TALK_NO_CONNECTION ||
	    a->end == SW_TALK_TLS_FAILED)
		sw_probe_untested(e->r, "first bytes", "%s", sw_talk_end_name(a->end));
	else
		state_first(e, tongue(a), words(a),
			    a->first_len && !a->tls_begun ? a->first_us : waited_us,
			    a->tls_begun);
	if (words(a).len) {
		drop(&e->hello);
		drop(&e->knock);
	}
	/* The account goes with it. */
	sw_talk_free(t);
	e->silent = NULL;
	over(e);
}

/* What was answered to words of ours, when it is another protocol: a mail server that answers
 * so has still not greeted. "-ERR" alone is no POP3, which says "+OK" by itself. */
static void tell_other(struct ear *e, const struct sw_talk_account *a)
{
	enum sw_speaks speaks = tongue(a) == SW_SPEAKS_POP3 ? SW_SPEAKS_TEXT : tongue(a);

	if (speaks == SW_SPEAKS_SMTP || speaks == SW_SPEAKS_NOTHING ||
	    speaks == SW_SPEAKS_TLS || speaks == SW_SPEAKS_TLS_ALERT)
		return;
	state_first(e, speaks, words(a), sw_context_now(e->r->x->c) - e->began_us,
		    a->tls_begun);
	drop(&e->silent);
}

static void state_tls(struct ear *e, const struct sw_talk_account *a, bool ok)
{
	const struct sw_tls_info *t = &a->tls;
	char ip[SW_ADDR_TEXT];

	SW_PROBE_STATE(e->r, SW_FACT_PROBE_TLS, SW_F_STR("address", sw_addr_ip(&e->addr, ip)),
		       SW_F_INT("port", sw_addr_port(&e->addr)), SW_F_BOOL("implicit", true),
		       SW_F_BOOL("ok", ok), SW_F_STR("version", t->version),
		       SW_F_INT("alert_received", t->alert_received),
		       SW_F_INT("verify_code", t->verify_code),
		       SW_F_INT("raw_in_bytes", t->raw_in),
		       SW_F_STR("subject", t->chain_len ? t->chain[0].subject : ""));
}

static void on_hello(void *arg, struct sw_talk *t, const struct sw_talk_account *a)
{
	struct ear *e = arg;
	/* It listens inside once the handshake is over, and is done when something came. */
	bool ok = a->tls_begun && (a->end == SW_TALK_DONE || a->at == SW_STAGE_GREETING);
	/* An alert is TLS, too. */
	bool tls = ok || (a->tls_begun &&
			  (a->speaks == SW_SPEAKS_TLS || a->speaks == SW_SPEAKS_TLS_ALERT));

	if (is_untested(a->end) || !a->tls_begun)
		sw_probe_untested(e->r, "TLS from the first byte", "%s",
				  sw_talk_end_name(a->end));
	else if (!e->r->x->target.implicit)
		state_tls(e, a, ok);
	tell_other(e, a);
	/* Where TLS was expected the patient one listens inside of it, too. */
	if (tls && !e->r->x->target.implicit) {
		state_first(e, SW_SPEAKS_NOTHING, (struct sw_slice){ 0 },
			    sw_context_now(e->r->x->c) - e->began_us, true);
		drop(&e->silent);
		drop(&e->knock);
	}
	sw_talk_free(t);
	e->hello = NULL;
	over(e);
}

static void on_knock(void *arg, struct sw_talk *t, const struct sw_talk_account *a)
{
	struct ear *e = arg;

	tell_other(e, a);
	sw_talk_free(t);
	e->knock = NULL;
	over(e);
}

static enum sw_err start(struct sw_probe_run *r, struct sw_error *err)
{
	struct ear *e = sw_calloc(1, sizeof(*e));
	struct sw_talk_plan plan = { .until = SW_TALK_LISTEN };
	uint64_t now_us = sw_context_now(r->x->c);

	if (!e)
		return sw_fail_nomem(err);
	r->state = e;
	e->r = r;
	e->began_us = now_us;
	if (!sw_exam_address(r->x, &e->addr)) {
		sw_probe_done(r);
		return SW_OK;
	}
	plan.addr = e->addr;
	plan.tls_name = r->x->target.tls_name;
	plan.step_us = TLS_US;
	plan.greeting_us = patience(r, now_us);
	plan.tls = r->x->target.implicit ? SW_TALK_IMPLICIT : SW_TALK_PLAIN;
	e->silent = sw_talk_start(r, &plan, on_silent, e, err);
	plan.speak_first = true;
	plan.greeting_us = KNOCK_US;
	plan.tls = SW_TALK_IMPLICIT;
	if (e->silent)
		e->hello = sw_talk_start(r, &plan, on_hello, e, err);
	plan.tls = SW_TALK_PLAIN;
	if (e->hello && !r->x->target.implicit)
		e->knock = sw_talk_start(r, &plan, on_knock, e, err);
	return e->hello && (e->knock || r->x->target.implicit) ? SW_OK : err->code;
}

static void stop(struct sw_probe_run *r)
{
	struct ear *e = r->state;

	if (e) {
		drop(&e->silent);
		drop(&e->hello);
		drop(&e->knock);
	}
	sw_free(e);
	r->state = NULL;
}

const struct sw_probe sw_probe_listen = {
	.id = "listen",
	.source = "probe.p08",
	.kind = SW_PROBE_TCP,
	.stage = SW_STAGE_GREETING,
	.states = { SW_FACT_PROBE_FIRST_BYTES, SW_FACT_PROBE_TLS, SW_FACT_COUNT,
		    SW_FACT_COUNT },
	.early = SW_STAGE_GREETING,
	.title = { "what a patient listener hears", "что услышит терпеливый" },
	.contacts = sw_exam_contacts_address,
	.start = start,
	.stop = stop,
};
