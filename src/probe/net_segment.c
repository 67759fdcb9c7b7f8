/* SPDX-License-Identifier: MIT */
/* P16, P17: whether large packets are lost on the way without a word. Much harmless text, or
 * the certificates of a handshake, is sent twice: with segments of the usual size, and with
 * such as pass everywhere. When only the small ones arrive, the size is the reason; then a few
 * sizes between tell how large is too large. No message is needed. */
#include <string.h>

#include "base/mem.h"
#include "probe/net_ports.h"
#include "probe/talk.h"

enum {
	/* What every IPv4 host (RFC 1122 3.3.3: 576) and every IPv6 link (RFC 8200 5: 1280)
	 * takes, less the headers. */
	SMALL_4 = 536,
	SMALL_6 = 1220,
	HEADERS_4 = 40,
	HEADERS_6 = 60,
	/* 16 commands of 500 bytes: half a dozen segments, within what a server's window and
	 * the first flight (RFC 6928: ten) allow. RFC 5321 4.5.3.1.4: 512 for a line. */
	COMMANDS = 16,
	COMMAND_BYTES = 500,
	/* Repeats after 0.2, 0.6, 1.4 s (Linux) on a short way. */
	STALL_US = 3 * 1000 * 1000,
	/* Of the sizes between, when it is known how long the small ones took. */
	BETWEEN_US = 1000 * 1000,
	TIMES = 4,
	USUAL = 0,
	SMALL = 1,
	TRIALS = 4,
};
/* Between: tunnels and the like take from 8 (PPPoE) to some 150 bytes. */
static const unsigned between[] = { 1380, 1240 };

struct trial {
	struct scale *all;
	unsigned mss;
	struct sw_talk *talk;
	bool begun, over, known, ok;
	uint64_t began_us, took_us, wait_us;
	struct sw_tcp_info tcp;
};
struct scale {
	struct sw_probe_run *r;
	struct sw_addr addr;
	bool in; /* the handshake: from the server to us */
	char text[COMMAND_BYTES + 1];
	const char *commands[COMMANDS];
	struct trial trials[TRIALS];
};

/* ---- what came */

/* All of it was acknowledged: whether the server liked it does not matter. */
static bool has_passed(const struct scale *s, const struct sw_talk_account *a)
{
	if (s->in)
		return a->end == SW_TALK_DONE || a->tls.chain_sent > 0;
	if (a->end == SW_TALK_DONE || a->reply_count == COMMANDS)
		return true;
	return a->at == SW_STAGE_ENVELOPE && a->tcp.known && a->tcp.unacked == 0 &&
	       a->tcp.notsent_bytes == 0 && a->tcp.bytes_acked > COMMANDS * COMMAND_BYTES;
}

/* It got as far as the large packets, so that their fate is known. */
static bool is_known(const struct scale *s, const struct sw_talk_account *a)
{
	enum sw_stage at = s->in ? SW_STAGE_TLS : SW_STAGE_ENVELOPE;

	if (has_passed(s, a))
		return true;
	return a->end == SW_TALK_TIMED_OUT && a->at == at &&
	       (s->in || (a->tcp.known && a->tcp.unacked > 0 && a->tcp.retransmits > 0));
}

static void state(struct trial *t, const struct sw_talk_account *a, uint64_t elapsed_us)
{
	const struct scale *s = t->all;
	char ip[SW_ADDR_TEXT];

	SW_PROBE_STATE(
		s->r, SW_FACT_PROBE_SEGMENT, SW_F_STR("address", sw_addr_ip(&s->addr, ip)),
		SW_F_INT("port", sw_addr_port(&s->addr)), SW_F_INT("mss", t->mss),
		SW_F_STR("direction", s->in ? "in" : "out"), SW_F_BOOL("ok", t->ok),
		SW_F_INT("sent_bytes", s->in ? a->tls.raw_in : a->sent_bytes),
		SW_F_INT("elapsed_us", elapsed_us), SW_F_INT("unacked", a->tcp.unacked),
		SW_F_INT("retransmits", a->tcp.total_retrans), SW_F_INT("pmtu", a->tcp.pmtu));
}

/* The largest size that passed, with its headers, when the usual one did not. */
static void state_mtu(struct scale *s)
{
	unsigned largest = 0;
	char ip[SW_ADDR_TEXT];

	for (size_t i = SMALL; i < TRIALS; i++)
		if (s->trials[i].ok && s->trials[i].mss > largest)
			largest = s->trials[i].mss;
	if (s->trials[USUAL].ok || !s->trials[USUAL].known || !largest)
		return;
	SW_PROBE_STATE(
		s->r, SW_FACT_PROBE_MTU, SW_F_STR("address", sw_addr_ip(&s->addr, ip)),
		SW_F_INT("path_mtu", s->trials[USUAL].tcp.pmtu),
		SW_F_INT("lost_above_bytes",
			 largest + (sw_net_family(&s->addr) == 6 ? HEADERS_6 : HEADERS_4)));
}

static void go_on(struct scale *s);

static void on_talk(void *arg, struct sw_talk *talk, const struct sw_talk_account *a)
{
	struct trial *t = arg;
	struct scale *s = t->all;

	t->over = true;
	t->tcp = a->tcp;
	t->known = is_known(s, a);
	t->ok = has_passed(s, a);
	t->took_us = sw_context_now(s->r->x->c) - t->began_us;
	if (t->known)
		state(t, a, t->took_us);
	else if (t->mss == 0 || t == &s->trials[SMALL])
		sw_probe_untested(s->r, "segment", "%s, segments of %s size",
				  sw_talk_end_name(a->end), t->mss ? "small" : "the usual");
	sw_talk_free(talk);
	t->talk = NULL;
	go_on(s);
}

/* ---- the run */

static enum sw_err begin(struct trial *t, struct sw_error *err)
{
	struct scale *s = t->all;
	const struct sw_exam_target *target = &s->r->x->target;
	struct sw_talk_plan plan = {
		.addr = s->addr,
		.until = s->in ? SW_TALK_HANDSHAKE : SW_TALK_COMMANDS,
		.tls = target->implicit ? SW_TALK_IMPLICIT
		       : s->in          ? SW_TALK_STARTTLS
					: SW_TALK_PLAIN,
		.mss = t->mss,
		.tls_name = target->tls_name,
		.commands = s->commands,
		.command_count = s->in ? 0 : COMMANDS,
		.pipelined = true,
		.step_us = t->wait_us,
	};

	t->begun = true;
	t->began_us = sw_context_now(s->r->x->c);
	t->talk = sw_talk_start(s->r, &plan, on_talk, t, err);
	if (t->talk)
		return SW_OK;
	t->over = true;
	return err->code;
}

static void stop_others(struct scale *s)
{
	for (size_t i = 0; i < TRIALS; i++) {
		sw_talk_free(s->trials[i].talk);
		s->trials[i].talk = NULL;
		s->trials[i].over = true;
	}
}

/* The sizes between are of use when the small one passes and the usual one (still) does not.
 */
static void go_on(struct scale *s)
{
	struct trial *usual = &s->trials[USUAL], *small = &s->trials[SMALL];
	bool open = false;

	if (usual->over && (usual->ok || !usual->known))
		stop_others(s);
	if (small->over && !small->ok)
		for (size_t i = SMALL + 1; i < TRIALS; i++)
			s->trials[i].over = true;
	for (size_t i = SMALL + 1; small->ok && i < TRIALS; i++) {
		struct sw_error err = { 0 };

		/* One after the other: two connections to a server at a time. */
		if (s->trials[i].begun && !s->trials[i].over)
			break;
		s->trials[i].wait_us = BETWEEN_US + TIMES * small->took_us;
		if (!s->trials[i].begun && !s->trials[i].over &&
		    begin(&s->trials[i], &err) == SW_OK)
			break;
	}
	for (size_t i = 0; i < TRIALS; i++)
		open = open || !s->trials[i].over;
	if (open)
		return;
	state_mtu(s);
	sw_probe_done(s->r);
}

static void make_commands(struct scale *s)
{
	memset(s->text, 'x', COMMAND_BYTES);
	memcpy(s->text, "NOOP ", 5);
	for (size_t i = 0; i < COMMANDS; i++)
		s->commands[i] = s->text;
}

static void set_sizes(struct scale *s)
{
	bool v6 = sw_net_family(&s->addr) == 6;

	s->trials[SMALL].mss = v6 ? SMALL_6 : SMALL_4;
	for (size_t i = 0; i < SW_LEN(between); i++)
		s->trials[SMALL + 1 + i].mss = between[i];
	for (size_t i = 0; i < TRIALS; i++)
		s->trials[i] = (struct trial){ .all = s,
					       .mss = s->trials[i].mss,
					       .wait_us = STALL_US };
}

static enum sw_err start(struct sw_probe_run *r, struct sw_error *err)
{
	struct scale *s = sw_calloc(1, sizeof(*s));
	const struct sw_fact *end = sw_facts_last(r->x->c->facts, SW_FACT_SESSION_END);
	enum sw_err e;

	if (!s)
		return sw_fail_nomem(err);
	r->state = s;
	s->r = r;
	if (!sw_exam_address(r->x, &s->addr)) {
		sw_probe_done(r);
		return SW_OK;
	}
	s->in = sw_slice_eq(sw_fact_text(end, "stage"), SW_S("tls"));
	make_commands(s);
	set_sizes(s);
	e = begin(&s->trials[USUAL], err);
	return e ? e : begin(&s->trials[SMALL], err);
}

static void stop(struct sw_probe_run *r)
{
	struct scale *s = r->state;

	for (size_t i = 0; s && i < TRIALS; i++)
		sw_talk_free(s->trials[i].talk);
	sw_free(s);
	r->state = NULL;
}

const struct sw_probe sw_probe_segment = {
	.id = "segment",
	.source = "probe.p17",
	.kind = SW_PROBE_SMTP,
	.stage = SW_STAGE_DATA,
	.states = { SW_FACT_PROBE_SEGMENT, SW_FACT_PROBE_MTU, SW_FACT_COUNT, SW_FACT_COUNT },
	.early = SW_STAGE_COUNT,
	.title = { "whether large packets pass", "проходят ли большие пакеты" },
	.contacts = sw_exam_contacts_address,
	.start = start,
	.stop = stop,
};
