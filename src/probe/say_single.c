/* SPDX-License-Identifier: MIT */
/* The envelope of the session one command after the other, without PIPELINING. */
#include "probe/say.h"

enum { COMMANDS = 3 };
struct single {
	struct sw_say say;
	const char *commands[COMMANDS];
};

static void heard(struct sw_say *s, const struct sw_say_step *step,
		  const struct sw_talk_account *a)
{
	static const char *const names[] = { "MAIL", "RCPT", "RSET", "" };
	char ip[SW_ADDR_TEXT];
	const struct sw_talk_reply none = { 0 };
	const struct sw_talk_reply *last =
		a->reply_count ? &a->replies[a->reply_count - 1] : &none;

	if (a->at < SW_STAGE_ENVELOPE && a->end != SW_TALK_DONE) {
		sw_probe_untested(s->r, "single", "no envelope was reached (%s, stage %s)",
				  sw_talk_end_name(a->end), sw_stage_name(a->at));
		return;
	}
	SW_PROBE_STATE(s->r, SW_FACT_PROBE_SINGLE,
		       SW_F_STR("address", sw_addr_ip(&step->plan.addr, ip)),
		       SW_F_INT("port", sw_addr_port(&step->plan.addr)),
		       SW_F_BOOL("ok", a->reply_count == COMMANDS),
		       SW_F_STR("command", names[a->reply_count]),
		       SW_F_INT("code", last->code), SW_F_TEXT("text", sw_say_text(last)),
		       SW_F_STR("state", sw_talk_end_name(a->end)));
}

static bool contacts(struct sw_exam *x, const struct sw_want *wants, size_t count,
		     struct sw_buf *out)
{
	(void)wants;
	(void)count;
	return sw_say_contacts(x, ", an envelope that is taken back", out);
}

static enum sw_err start(struct sw_probe_run *r, struct sw_error *err)
{
	struct single *p = sw_say_new(r, sizeof(*p), heard, NULL);
	bool known;
	const char *sender, *recipient;
	struct sw_talk_plan plan;

	if (!p)
		return sw_fail_nomem(err);
	sender = sw_say_sender(r->x, &known);
	recipient = sw_say_recipient(r->x);
	if (!known || !*recipient || strpbrk(recipient, "<> ") || strpbrk(sender, "<> ")) {
		sw_probe_untested(r, "single", "no envelope is known");
		return sw_say_go(&p->say, err);
	}
	p->commands[0] = sw_say_format(r->x, "MAIL FROM:<%s>", sender);
	p->commands[1] = sw_say_format(r->x, "RCPT TO:<%s>", recipient);
	p->commands[2] = "RSET";
	if (!p->commands[0] || !p->commands[1])
		return sw_fail_nomem(err);
	sw_say_plan(r->x, 0, &plan);
	plan.until = SW_TALK_COMMANDS;
	plan.commands = p->commands;
	plan.command_count = COMMANDS;
	sw_say_add(&p->say, &plan, 0, "single");
	return sw_say_go(&p->say, err);
}

const struct sw_probe sw_probe_single = {
	.id = "single",
	.source = "probe.p14",
	.kind = SW_PROBE_SMTP,
	.stage = SW_STAGE_ENVELOPE,
	.states = { SW_FACT_PROBE_SINGLE, SW_FACT_COUNT, SW_FACT_COUNT, SW_FACT_COUNT },
	.early = SW_STAGE_COUNT,
	.title = { "one command after the other", "команды по одной" },
	.contacts = contacts,
	.start = start,
	.stop = sw_say_stop,
};
