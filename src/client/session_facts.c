/* SPDX-License-Identifier: MIT */
/* The facts that a session states. */
#include <stdio.h>

#include "client/session.h"

#include "net/first_bytes.h"

enum { FIRST_BYTES = 64 };

static const char *errno_name(int os_errno)
{
	const char *name = os_errno ? strerrorname_np(os_errno) : "";
	return name ? name : "";
}

static enum sw_err record_text(const struct sw_dns_record *r, struct sw_buf *out)
{
	char ip[SW_ADDR_TEXT];
	struct sw_addr addr;
	switch (r->type) {
	case SW_DNS_A:
		addr = sw_addr_v4(r->a, 0);
		return sw_buf_add_str(out, sw_addr_ip(&addr, ip));
	case SW_DNS_AAAA:
		addr = sw_addr_v6(r->aaaa, 0);
		return sw_buf_add_str(out, sw_addr_ip(&addr, ip));
	case SW_DNS_MX:
		return sw_buf_printf(out, "%u %s", (unsigned)r->mx.preference,
				     r->mx.host[0] ? r->mx.host : ".");
	case SW_DNS_NS:
	case SW_DNS_CNAME:
	case SW_DNS_PTR:
		return sw_buf_add_str(out, r->name);
	case SW_DNS_SOA:
	case SW_DNS_TXT:
	case SW_DNS_SRV:
	case SW_DNS_TLSA:
		break; /* never asked for here */
	}
	return SW_OK;
}

void sw_session_state_answer(struct sw_context *c, const struct sw_dns_answer *a)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf records;
	sw_buf_init(&records, SW_MAX_REPLY);
	enum sw_err e = SW_OK;
	for (size_t i = 0; !e && i < a->count; i++) {
		e = i ? sw_buf_add_str(&records, ", ") : SW_OK;
		if (!e)
			e = record_text(&a->records[i], &records);
	}
	const char *why = a->why_bogus ? a->why_bogus : a->why_failed ? a->why_failed : "";
	SW_STATE(c->facts, SW_FACT_DNS_ANSWER, SW_STAGE_DNS, "session", sw_context_now(c),
		 SW_F_STR("name", a->name), SW_F_STR("type", sw_dns_type_name(a->type)),
		 SW_F_STR("status", sw_dns_status_name(a->status)),
		 SW_F_INT("rcode", a->rcode), SW_F_BOOL("secure", a->secure),
		 SW_F_STR("canonical", a->canonical), SW_F_STR("why", why),
		 SW_F_STR("source", a->source), SW_F_INT("elapsed_us", a->elapsed_us),
		 SW_F_INT("count", a->count), SW_F_TEXT("records", sw_buf_slice(&records)));
	sw_context_note(c, SW_TR_NOTE, "DNS %s %s: %s", sw_dns_type_name(a->type), a->name,
			a->count ? sw_buf_str(&records) : sw_dns_status_name(a->status));
}

static const char *const attempt_names[] = {
	[SW_DIAL_UNTRIED] = "untried",     [SW_DIAL_CONNECTED] = "connected",
	[SW_DIAL_FAILED] = "failed",       [SW_DIAL_TIMED_OUT] = "timed_out",
	[SW_DIAL_CANCELLED] = "cancelled",
};

static void state_attempt(struct sw_session *s, const struct sw_dial_attempt *a)
{
	char ip[SW_ADDR_TEXT], offender[SW_ADDR_TEXT] = "", local[SW_ADDR_TEXT] = "";
	uint64_t elapsed = a->ended_us > a->started_us ? a->ended_us - a->started_us : 0;
	if (a->origin.known)
		sw_addr_ip(&a->origin.offender, offender);
	if (a->local.len)
		sw_addr_ip(&a->local, local);
	sw_addr_ip(&a->addr, ip);
	SW_STATE(s->c->facts, SW_FACT_TCP_ATTEMPT, SW_STAGE_TCP, "session",
		 sw_context_now(s->c), SW_F_STR("address", ip),
		 SW_F_INT("port", sw_addr_port(&a->addr)),
		 SW_F_STR("state", attempt_names[a->state]), SW_F_INT("errno", a->os_errno),
		 SW_F_STR("errno_name", errno_name(a->os_errno)),
		 SW_F_INT("elapsed_us", elapsed), SW_F_BOOL("origin_known", a->origin.known),
		 SW_F_INT("icmp_type", a->origin.icmp_type),
		 SW_F_INT("icmp_code", a->origin.icmp_code), SW_F_STR("offender", offender),
		 SW_F_INT("syn_retrans", a->syn_retrans), SW_F_STR("local_address", local),
		 SW_F_BOOL("kept_back", a->kept_back));
	if (a->state == SW_DIAL_FAILED || a->state == SW_DIAL_TIMED_OUT)
		sw_context_note(s->c, SW_TR_ERROR, "%s port %u: %s", ip,
				(unsigned)sw_addr_port(&a->addr),
				a->state == SW_DIAL_TIMED_OUT ? "no answer"
							      : strerrordesc_np(a->os_errno));
}

void sw_session_state_attempts(struct sw_session *s, const struct sw_dial_attempt *a,
			       size_t count)
{
	for (size_t i = 0; i < count; i++)
		state_attempt(s, &a[i]);
}

void sw_session_state_tcp_info(struct sw_session *s, const char *when)
{
	struct sw_tcp_info t;
	int fd = s->stream ? sw_stream_fd(s->stream) : -1;
	if (fd < 0)
		return;
	sw_tcp_get_info(fd, &t);
	if (!t.known)
		return;
	SW_STATE(s->c->facts, SW_FACT_TCP_INFO, s->stage, "session", sw_context_now(s->c),
		 SW_F_STR("when", when), SW_F_INT("state", t.state),
		 SW_F_INT("rtt_us", t.rtt_us), SW_F_INT("snd_mss", t.snd_mss),
		 SW_F_INT("pmtu", t.pmtu), SW_F_INT("unacked", t.unacked),
		 SW_F_INT("retransmits", t.retransmits),
		 SW_F_INT("total_retrans", t.total_retrans), SW_F_INT("backoff", t.backoff),
		 SW_F_INT("last_ack_recv_ms", t.last_ack_recv_ms),
		 SW_F_INT("bytes_acked", t.bytes_acked),
		 SW_F_INT("bytes_received", t.bytes_received),
		 SW_F_INT("notsent_bytes", t.notsent_bytes), SW_F_INT("snd_wnd", t.snd_wnd));
}

void sw_session_state_first_bytes(struct sw_session *s, struct sw_slice bytes)
{
	char hex[2 * FIRST_BYTES + 1];
	bytes = sw_slice_head(bytes, FIRST_BYTES);
	for (size_t i = 0; i < bytes.len; i++)
		snprintf(hex + 2 * i, 3, "%02x", (unsigned)(unsigned char)bytes.ptr[i]);
	s->first_bytes_stated = true;
	SW_STATE(s->c->facts, SW_FACT_FIRST_BYTES, s->stage, "session", sw_context_now(s->c),
		 SW_F_STR("speaks", sw_speaks_name(sw_first_bytes(bytes))),
		 SW_F_TEXT("hex", sw_slice(hex, 2 * bytes.len)), SW_F_TEXT("text", bytes));
}

/* Of many recipients the accepted ones are all alike; refusals leave room for what comes after
 * them. */
static bool worth_stating(struct sw_session *s, const struct sw_smtp_event *ev)
{
	/* Of a flow of messages what went well stands in their accounts. */
	if (s->flow)
		return ev->reply->code >= 400 &&
		       s->stated_replies++ < SW_MAX_STATED_RECIPIENTS;
	if (strcmp(ev->command, "RCPT") != 0)
		return true;
	return s->stated_replies <= SW_MAX_STATED_RECIPIENTS ||
	       (!sw_reply_ok(ev->reply) && s->stated_replies <= SW_MAX_FACTS / 4);
}

void sw_session_state_reply(struct sw_session *s, const struct sw_smtp_event *ev)
{
	const struct sw_reply *r = ev->reply;
	char enhanced[SW_ENHANCED_TEXT];
	uint64_t now = sw_context_recent(s->c);
	bool rcpt = s->job && strcmp(ev->command, "RCPT") == 0;
	/* Answers to RCPT come in the order of the recipients. */
	size_t place = rcpt ? s->stated_replies++ : 0;
	if (!r || !worth_stating(s, ev))
		return;
	rcpt = rcpt && place < s->job->recipient_count;
	SW_STATE(s->c->facts, SW_FACT_REPLY, ev->stage, "session", now,
		 SW_F_STR("command", ev->command), SW_F_INT("code", r->code),
		 SW_F_STR("enhanced", sw_enhanced_text(r->enhanced, enhanced)),
		 SW_F_TEXT("text", sw_slice(r->text, r->text_len)),
		 SW_F_INT("lines", r->lines), SW_F_INT("elapsed_us", now - s->asked_us),
		 SW_F_BOOL("cut", r->cut),
		 SW_F_BOOL("tls", sw_tls_get_info(s->stream) != NULL),
		 SW_F_STR("recipient", rcpt ? s->job->recipients[place] : ""));
}

void sw_session_state_caps(struct sw_session *s)
{
	const struct sw_caps *caps = sw_smtp_client_caps(s->smtp);
	if (!caps)
		return;
	SW_STATE(s->c->facts, SW_FACT_CAPABILITIES, SW_STAGE_EHLO, "session",
		 sw_context_now(s->c), SW_F_BOOL("tls", sw_tls_get_info(s->stream) != NULL),
		 SW_F_BOOL("helo", caps->helo), SW_F_STR("name", caps->name),
		 SW_F_STR("keywords", caps->raw ? caps->raw : ""),
		 SW_F_INT("size_limit", caps->size_limit), SW_F_STR("auth", caps->auth),
		 SW_F_BOOL("masked_starttls", caps->masked_starttls));
}

static void state_certificate(struct sw_session *s, const struct sw_tls_cert *cert,
			      size_t depth)
{
	SW_STATE(s->c->facts, SW_FACT_TLS_CERTIFICATE, SW_STAGE_TLS, "session",
		 sw_context_now(s->c), SW_F_INT("depth", depth),
		 SW_F_STR("subject", cert->subject), SW_F_STR("issuer", cert->issuer),
		 SW_F_STR("names", cert->names), SW_F_STR("not_before", cert->not_before),
		 SW_F_STR("not_after", cert->not_after), SW_F_STR("sha256", cert->sha256),
		 SW_F_STR("key", cert->key), SW_F_STR("pin", cert->pin),
		 SW_F_BOOL("self_issued", cert->self_issued),
		 SW_F_BOOL("has_aia", cert->has_aia),
		 SW_F_STR("issuer_url", cert->issuer_url));
}

static const char *verify_policy(const struct sw_session *s)
{
	bool full = s->guard == SW_GUARD_NONE ? s->tls != SW_SMTP_TLS_OPPORTUNISTIC : s->pkix;
	return s->guard == SW_GUARD_DANE ? "dane" : full ? "full" : "none";
}

/* The store may be lent. A handshake has had it, so there is none to fail for. */
static size_t trusted_certificates(const struct sw_session *s)
{
	struct sw_tls_context *tls;
	struct sw_error err = { 0 };
	return sw_context_get_tls(s->c, &tls, &err) ? 0 : sw_tls_context_trusted(tls);
}

void sw_session_state_tls(struct sw_session *s, bool ok, uint64_t elapsed_us)
{
	const struct sw_tls_info *i = sw_tls_get_info(s->stream);
	if (!i)
		return;
	if (!s->first_bytes_stated)
		sw_session_state_first_bytes(s, sw_slice(i->first_bytes, i->first_bytes_len));
	SW_STATE(s->c->facts, SW_FACT_TLS_HANDSHAKE, SW_STAGE_TLS, "session",
		 sw_context_now(s->c), SW_F_BOOL("ok", ok),
		 SW_F_BOOL("implicit", s->tls == SW_SMTP_TLS_IMPLICIT),
		 SW_F_STR("version", i->version), SW_F_STR("cipher", i->cipher),
		 /* Of one that failed: that it was to be. */
		 SW_F_BOOL("resumed", ok ? i->resumed : i->offered_session),
		 SW_F_BOOL("verified", i->verified), SW_F_INT("verify_code", i->verify_code),
		 SW_F_STR("verify_text", i->verify_text),
		 SW_F_INT("verify_depth", i->verify_depth),
		 SW_F_STR("expected_name", i->expected_name),
		 SW_F_INT("alert_received", i->alert_received),
		 SW_F_INT("alert_sent", i->alert_sent), SW_F_STR("errors", i->errors),
		 SW_F_INT("elapsed_us", elapsed_us), SW_F_INT("raw_in_bytes", i->raw_in),
		 SW_F_INT("raw_out_bytes", i->raw_out),
		 SW_F_INT("trusted_certificates", trusted_certificates(s)),
		 SW_F_INT("chain_length", i->chain_sent),
		 SW_F_BOOL("client_certificate", i->client_cert_wanted),
		 SW_F_STR("verify_policy", verify_policy(s)),
		 SW_F_INT("dane_usage", i->dane_usage));
	for (size_t k = 0; k < i->chain_len && k < SW_MAX_CHAIN; k++)
		state_certificate(s, &i->chain[k], k);
}

uint64_t sw_session_raw_out(const struct sw_session *s)
{
	const struct sw_tls_info *i = sw_tls_get_info(s->stream);
	return s->sent_clear + (i ? i->raw_out : 0);
}

/* Bytes of the message that the other side's TCP has confirmed, as far as can be told: inside
 * TLS by the bytes of records, which are a little more. -1: not known. */
static int64_t acked_bytes(const struct sw_session *s, uint64_t sent)
{
	struct sw_tcp_info t;
	int fd = sw_stream_fd(s->stream);
	if (fd < 0)
		return -1;
	sw_tcp_get_info(fd, &t);
	if (!t.known)
		return -1;
	uint64_t acked =
		t.bytes_acked > s->raw_before_data ? t.bytes_acked - s->raw_before_data : 0;
	return (int64_t)sw_min_u64(acked, sent);
}

void sw_session_state_progress(struct sw_session *s)
{
	if (s->feeding != SW_FEED_ON && s->feeding != SW_FEED_DONE)
		return;
	enum sw_outcome outcome = sw_smtp_client_message(s->smtp);
	uint64_t now = sw_context_now(s->c), sent = sw_smtp_client_data_bytes(s->smtp);
	bool answered = s->ending == SW_END_OK;
	SW_STATE(s->c->facts, SW_FACT_DATA_PROGRESS, SW_STAGE_DATA, "session", now,
		 SW_F_INT("size_bytes", s->source ? s->source->facts.size_bytes : 0),
		 SW_F_INT("sent_bytes", sent),
		 SW_F_INT("acked_bytes", answered ? (int64_t)sent : acked_bytes(s, sent)),
		 SW_F_BOOL("dot_sent", answered || outcome == SW_UNCERTAIN),
		 SW_F_INT("elapsed_us", now - s->data_start_us));
}

/* What the present call did not see because the session was open already. */
static void restate(struct sw_session *s)
{
	sw_session_state_caps(s);
	sw_session_state_tls(s, true, 0);
}

/* The time in a stage, what of it is running included. */
static uint64_t stage_us(const struct sw_session *s, enum sw_stage stage)
{
	uint64_t running = sw_context_now(s->c) - s->stage_since_us;

	return s->stage_us[stage] + (s->stage == stage ? running : 0);
}

void sw_session_state_end(struct sw_session *s)
{
	bool ok = s->ending == SW_END_OK;
	enum sw_stage stage = ok ? s->stage : s->ending_stage;
	const struct sw_smtp_failure *f = s->smtp ? sw_smtp_client_failure(s->smtp) : NULL;
	const struct sw_io_failure *io = s->stream ? sw_stream_failure(s->stream) : NULL;
	int os_errno = io && !ok ? io->os_errno : 0;
	if (!ok && s->reused && s->stream)
		restate(s);
	if (!ok && s->stream && !s->first_bytes_stated && !s->reused)
		sw_session_state_first_bytes(s, (struct sw_slice){ 0 });
	if (!ok)
		sw_session_state_tcp_info(s, s->ending == SW_END_CLOSED ? "closed" : "failed");
	SW_STATE(s->c->facts, SW_FACT_SESSION_END, stage, "session", sw_context_now(s->c),
		 SW_F_STR("failure", sw_ending_name(s->ending)),
		 SW_F_STR("stage", sw_stage_name(stage)), SW_F_INT("errno", os_errno),
		 SW_F_STR("errno_name", errno_name(os_errno)),
		 SW_F_STR("text", io && !ok ? io->text : ""),
		 SW_F_INT("elapsed_us", stage_us(s, stage)),
		 SW_F_TEXT("garbage", f && !ok ? f->garbage : (struct sw_slice){ 0 }),
		 SW_F_BOOL("reused", s->reused),
		 SW_F_STR("state", s->smtp ? sw_smtp_client_state_name(s->smtp) : ""));
}
