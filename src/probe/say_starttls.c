/* SPDX-License-Identifier: MIT */
/* STARTTLS although it is not offered. A server that answers 220 and then speaks TLS has it:
 * the offer was taken out on the way. Nothing is ever sent behind the command before its
 * answer. */
#include "probe/say.h"

static void heard(struct sw_say *s, const struct sw_say_step *step,
		  const struct sw_talk_account *a)
{
	char ip[SW_ADDR_TEXT];
	bool done = a->tls_begun && a->tls.done;

	if (a->starttls.code == 0) {
		sw_probe_untested(s->r, "starttls", "STARTTLS got no answer (%s)",
				  sw_talk_end_name(a->end));
		return;
	}
	SW_PROBE_STATE(
		s->r, SW_FACT_PROBE_STARTTLS,
		SW_F_STR("address", sw_addr_ip(&step->plan.addr, ip)),
		SW_F_INT("port", sw_addr_port(&step->plan.addr)),
		SW_F_INT("code", a->starttls.code),
		SW_F_TEXT("text", sw_say_text(&a->starttls)), SW_F_BOOL("tls_ok", done),
		SW_F_STR("issuer", done && a->tls.chain_len ? a->tls.chain[0].issuer : ""),
		SW_F_STR("state", sw_talk_end_name(a->end)));
}

static bool contacts(struct sw_exam *x, const struct sw_want *wants, size_t count,
		     struct sw_buf *out)
{
	(void)wants;
	(void)count;
	return !x->target.implicit && sw_say_contacts(x, ", STARTTLS", out);
}

static enum sw_err start(struct sw_probe_run *r, struct sw_error *err)
{
	struct sw_say *s = sw_say_new(r, sizeof(*s), heard, NULL);
	struct sw_talk_plan p;

	if (!s)
		return sw_fail_nomem(err);
	sw_say_plan(r->x, 0, &p);
	p.tls = SW_TALK_BLIND_STARTTLS;
	p.until = SW_TALK_HANDSHAKE;
	sw_say_add(s, &p, 0, "starttls");
	return sw_say_go(s, err);
}

const struct sw_probe sw_probe_starttls = {
	.id = "starttls",
	.source = "probe.p11",
	.kind = SW_PROBE_SMTP,
	.stage = SW_STAGE_TLS,
	.states = { SW_FACT_PROBE_STARTTLS, SW_FACT_COUNT, SW_FACT_COUNT, SW_FACT_COUNT },
	.early = SW_STAGE_COUNT,
	.title = { "STARTTLS without an offer", "STARTTLS без предложения" },
	.contacts = contacts,
	.start = start,
	.stop = sw_say_stop,
};
