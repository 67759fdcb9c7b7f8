/* SPDX-License-Identifier: MIT */
/* One message: MAIL, RCPTs, DATA, the final dot, and what became of each recipient. */
#include "base/text.h"
#include "smtp/client-internal.h"

/* Whether the address can stand between < and > and end there. Outside quotes no blank and no
 * angle bracket, or what follows would be read as a parameter. */
static bool stays_inside(struct sw_slice address)
{
	bool quoted = false;

	for (size_t i = 0; i < address.len; i++) {
		char c = address.ptr[i];

		if (c == '"')
			quoted = !quoted;
		else if (quoted && c == '\\')
			i++;
		else if (!quoted && (c == ' ' || c == '<' || c == '>'))
			return false;
	}
	return !quoted;
}

static enum sw_err check_address(const char *address, bool utf8, struct sw_error *err)
{
	struct sw_slice s = sw_slice_str(address);

	if (s.len > SW_MAX_ADDRESS)
		return sw_fail(err, SW_E_LIMIT, "an address of %zu bytes; at most %d", s.len,
			       SW_MAX_ADDRESS);
	if (sw_slice_has_control(s))
		return sw_fail(err, SW_E_DATA, "the address \"%s\" holds a control byte",
			       address);
	if (!stays_inside(s))
		return sw_fail(err, SW_E_DATA, "\"%s\" is not an address", address);
	if (sw_slice_has_8bit(s) && !(utf8 && sw_utf8_valid(s)))
		return sw_fail(err, SW_E_DATA, "the address \"%s\" is not ASCII%s", address,
			       utf8 ? " and not UTF-8" : ", which needs SMTPUTF8");
	return SW_OK;
}

static enum sw_err check_mail(const struct sw_smtp_client *c, const struct sw_smtp_mail *m,
			      struct sw_error *err)
{
	if (m->recipient_count == 0)
		return sw_fail(err, SW_E_USAGE, "a message without recipients");
	if (m->recipient_count > SW_MAX_RECIPIENTS)
		return sw_fail(err, SW_E_LIMIT, "%zu recipients; at most %d",
			       m->recipient_count, SW_MAX_RECIPIENTS);
	enum sw_err code = check_address(m->sender, m->smtputf8, err);

	for (size_t i = 0; !code && i < m->recipient_count; i++) {
		if (!m->recipients[i] || !m->recipients[i][0])
			return sw_fail(err, SW_E_DATA, "recipient %zu is empty", i + 1);
		code = check_address(m->recipients[i], m->smtputf8, err);
	}
	if (!code && sw_smtp_client_fits(c, m) != SW_SMTP_FIT)
		return sw_fail(err, SW_E_USAGE, "this server does not take such a message");
	return code;
}

enum sw_smtp_unfit sw_smtp_client_fits(const struct sw_smtp_client *c,
				       const struct sw_smtp_mail *m)
{
	if (m->smtputf8 && !sw_caps_has(&c->caps, SW_CAP_SMTPUTF8))
		return SW_SMTP_NEEDS_SMTPUTF8;
	/* RFC 6531 3.1: who offers SMTPUTF8 must offer 8BITMIME; some forget to say so. */
	if (m->body_8bit && !sw_caps_has(&c->caps, SW_CAP_8BITMIME) && !m->smtputf8)
		return SW_SMTP_NEEDS_8BITMIME;
	if (c->caps.size_limit && m->size_bytes > c->caps.size_limit)
		return SW_SMTP_TOO_BIG;
	return SW_SMTP_FIT;
}

static enum sw_err put_mail(struct sw_smtp_client *c, const struct sw_smtp_mail *m,
			    struct sw_error *err)
{
	enum sw_err code = sw_buf_printf(&c->line, "MAIL FROM:<%s>", m->sender);

	if (!code && m->size_bytes && sw_caps_has(&c->caps, SW_CAP_SIZE))
		code = sw_buf_printf(&c->line, " SIZE=%llu",
				     (unsigned long long)m->size_bytes);
	if (!code && m->body_8bit && sw_caps_has(&c->caps, SW_CAP_8BITMIME))
		code = sw_buf_add_str(&c->line, " BODY=8BITMIME");
	if (!code && m->smtputf8)
		code = sw_buf_add_str(&c->line, " SMTPUTF8");
	if (code) {
		sw_buf_clear(&c->line);
		return sw_fail_nomem(err);
	}
	return sw_client_put_line(c, "MAIL", SW_OUT_COMMAND, SW_MAX_COMMAND, err);
}

static bool put_rcpt(struct sw_smtp_client *c, const char *address)
{
	if (sw_buf_add(&c->line, SW_S("RCPT TO:<")) || sw_buf_add_str(&c->line, address) ||
	    sw_buf_add_char(&c->line, '>'))
		return false;
	return !sw_client_put_line(c, "RCPT", SW_OUT_COMMAND, SW_MAX_COMMAND, NULL);
}

/* Asks as much in advance as both sides like. */
static void pump(struct sw_smtp_client *c)
{
	struct sw_client_tx *tx = &c->tx;
	bool ahead = c->set.pipelining && sw_caps_has(&c->caps, SW_CAP_PIPELINING);
	size_t window = ahead ? SW_MAX_RCPT_IN_FLIGHT : 1;

	while (!tx->stopped && tx->asked < tx->count && c->flight_count < window) {
		if (!put_rcpt(c, tx->mail.recipients[tx->asked])) {
			sw_client_fail(c, SW_SMTP_F_NOMEM, SW_STAGE_ENVELOPE, NULL);
			return;
		}
		tx->asked++;
	}
}

static enum sw_err start(struct sw_smtp_client *c, const struct sw_smtp_mail *m, bool probe,
			 uint64_t now_us, struct sw_error *err)
{
	struct sw_client_tx *tx = &c->tx;

	if (c->state != SW_CS_READY)
		return sw_fail(err, SW_E_USAGE, "the session is not ready (%s)",
			       sw_smtp_client_state_name(c));
	enum sw_err code = check_mail(c, m, err);

	if (code)
		return code;
	/* Events nobody took point into what goes now. */
	c->events.count = 0;
	sw_arena_fini(&tx->arena);
	*tx = (struct sw_client_tx){ .probe = probe, .mail = *m, .sent_line_start = true };
	tx->rcpt = sw_arena_alloc(&tx->arena, m->recipient_count * sizeof(*tx->rcpt));
	if (!tx->rcpt)
		return sw_fail_nomem(err);
	tx->count = m->recipient_count;
	for (size_t i = 0; i < tx->count; i++)
		tx->rcpt[i].stage = SW_STAGE_ENVELOPE;
	code = put_mail(c, m, err);
	if (code)
		return code;
	tx->active = true;
	sw_client_enter(c, SW_CS_MAIL, now_us);
	pump(c);
	return SW_OK;
}

enum sw_err sw_smtp_client_begin(struct sw_smtp_client *c, const struct sw_smtp_mail *m,
				 uint64_t now_us, struct sw_error *err)
{
	return start(c, m, false, now_us, err);
}

enum sw_err sw_smtp_client_probe(struct sw_smtp_client *c, const struct sw_smtp_mail *m,
				 uint64_t now_us, struct sw_error *err)
{
	return start(c, m, true, now_us, err);
}

static bool is_open(const struct sw_smtp_rcpt_state *s)
{
	return s->outcome == SW_NOT_SENT || s->outcome == SW_UNCERTAIN;
}

static void decide(struct sw_smtp_rcpt_state *s, enum sw_outcome outcome,
		   const struct sw_reply *r, enum sw_stage stage)
{
	*s = (struct sw_smtp_rcpt_state){ outcome, r, stage, s->rcpt_ok };
}

/* For all of whom nothing final is known. */
static void decide_open(struct sw_smtp_client *c, const struct sw_reply *r,
			enum sw_stage stage)
{
	for (size_t i = 0; i < c->tx.count; i++)
		if (is_open(&c->tx.rcpt[i]))
			decide(&c->tx.rcpt[i], sw_reply_outcome(r), r, stage);
}

static void finish(struct sw_smtp_client *c, uint64_t now_us)
{
	sw_client_finish(c);
	sw_client_enter(c, SW_CS_READY, now_us);
}

ANSWER(mail_ok)
{
	sw_client_say(c, SW_SMTP_MAIL_RESULT, r);
	sw_client_enter(c, SW_CS_RCPT, now_us);
	if (!sw_client_is_over(c))
		pump(c);
}

ANSWER(mail_refused)
{
	c->tx.stopped = true;
	decide_open(c, r, SW_STAGE_ENVELOPE);
	sw_client_say(c, SW_SMTP_MAIL_RESULT, r);
	if (c->flight_count > 0)
		sw_client_enter(c, SW_CS_DRAIN, now_us);
	else
		finish(c, now_us);
}

ANSWER(drained)
{
	/* A recipient taken without a sender: a transaction may be open there after all. */
	if (sw_reply_ok(r))
		c->tx.need_reset = true;
	if (c->flight_count > 0)
		sw_client_enter(c, SW_CS_DRAIN, now_us);
	else if (c->tx.need_reset)
		sw_client_enter(c, SW_CS_RESET, now_us);
	else
		finish(c, now_us);
}

static void note_rcpt(struct sw_client_tx *tx, size_t i, const struct sw_reply *r)
{
	struct sw_smtp_rcpt_state *s = &tx->rcpt[i];

	if (sw_reply_ok(r)) {
		s->rcpt_ok = true;
		s->reply = r;
		tx->accepted++;
		if (tx->probe)
			s->outcome = SW_ACCEPTED;
		return;
	}
	/* RFC 5321 4.5.3.1.10: 552 here means "too many recipients", to be taken as 452. */
	decide(s, r->code == 552 ? SW_DEFERRED : sw_reply_outcome(r), r, SW_STAGE_ENVELOPE);
	tx->refused++;
	if (tx->mail.all_or_none && !tx->probe)
		tx->stopped = true;
}

ANSWER(rcpt_reply)
{
	struct sw_client_tx *tx = &c->tx;
	size_t i = tx->answered++;

	note_rcpt(tx, i, r);
	sw_client_push(c, (struct sw_smtp_event){
				  .type = SW_SMTP_RCPT_RESULT, .reply = r, .recipient = i });
	if (sw_client_is_over(c))
		return;
	pump(c);
	if (tx->answered < tx->asked)
		sw_client_enter(c, SW_CS_RCPT, now_us);
	else if (tx->accepted == 0 || tx->probe || tx->stopped)
		sw_client_enter(c, SW_CS_RESET, now_us);
	else
		sw_client_enter(c, SW_CS_DATA, now_us);
}

ANSWER(reset_ok)
{
	(void)r;
	finish(c, now_us);
}

ENTER(say_data)
{
	(void)now_us;
	sw_client_put(c, "DATA", SW_S("DATA"));
}

ANSWER(data_ok)
{
	(void)r;
	sw_client_enter(c, SW_CS_SENDING, now_us);
}

ANSWER(data_refused)
{
	decide_open(c, r, SW_STAGE_DATA);
	sw_client_enter(c, SW_CS_RESET, now_us);
}

ENTER(announce_data)
{
	(void)now_us;
	sw_data_writer_init(&c->tx.writer);
	c->deadline = SW_NEVER; /* until there is something to send */
	c->tx.chunk_end = c->sent; /* which begins the first chunk */
	sw_client_say(c, SW_SMTP_DATA_GO, NULL);
}

ENTER(dot_is_out)
{
	(void)now_us;
	/* From here on the server may have it all. */
	c->tx.message = SW_UNCERTAIN;
	for (size_t i = 0; i < c->tx.count; i++)
		if (is_open(&c->tx.rcpt[i]))
			decide(&c->tx.rcpt[i], SW_UNCERTAIN, NULL, SW_STAGE_FINAL);
}

/* LMTP (RFC 2033 4.2): a reply for each recipient that was accepted, in their order. */
static void lmtp_reply(struct sw_client_tx *tx, const struct sw_reply *r)
{
	while (tx->final_next < tx->count && !is_open(&tx->rcpt[tx->final_next]))
		tx->final_next++;
	if (tx->final_next < tx->count)
		decide(&tx->rcpt[tx->final_next++], sw_reply_outcome(r), r, SW_STAGE_FINAL);
}

/* LMTP: of the message it can be said that it arrived when it did for one. */
static enum sw_outcome lmtp_message(const struct sw_client_tx *tx)
{
	enum sw_outcome all = SW_NOT_SENT;

	for (size_t i = 0; i < tx->count; i++) {
		enum sw_outcome one = tx->rcpt[i].outcome;

		if (!tx->rcpt[i].rcpt_ok)
			continue;
		if (one == SW_UNCERTAIN)
			return one;
		if (all == SW_NOT_SENT || one == SW_ACCEPTED ||
		    (one == SW_DEFERRED && all == SW_REJECTED))
			all = one;
	}
	return all;
}

ANSWER(final_reply)
{
	struct sw_client_tx *tx = &c->tx;

	if (!c->set.lmtp) {
		decide_open(c, r, SW_STAGE_FINAL);
		tx->message = sw_reply_outcome(r);
		finish(c, now_us);
		return;
	}
	lmtp_reply(tx, r);
	if (c->flight_count > 0) {
		sw_client_enter(c, SW_CS_FINAL, now_us);
		return;
	}
	tx->message = lmtp_message(tx);
	finish(c, now_us);
}

void sw_client_tx_shutdown(struct sw_smtp_client *c, const struct sw_reply *r)
{
	if (!c->tx.active || c->state == SW_CS_RESET || c->state == SW_CS_DRAIN)
		return;
	if (c->state != SW_CS_FINAL) {
		decide_open(c, r, sw_smtp_client_stage(c));
	} else if (c->set.lmtp) {
		/* It speaks for one; what became of the others it does not say. */
		lmtp_reply(&c->tx, r);
		c->tx.message = lmtp_message(&c->tx);
	} else {
		decide_open(c, r, SW_STAGE_FINAL);
		c->tx.message = sw_reply_outcome(r);
	}
}

/* The server does not want to hear the rest. Nothing more is sent, least of all the final dot:
 * what was sent so far would pass for the whole message. */
void sw_client_tx_early(struct sw_smtp_client *c, const struct sw_reply *r)
{
	if (r->code < 400) {
		sw_client_fail(c, SW_SMTP_F_UNSOLICITED, sw_smtp_client_stage(c), r);
		return;
	}
	decide_open(c, r, SW_STAGE_DATA);
	if (c->state == SW_CS_FINAL)
		c->tx.message = sw_reply_outcome(r);
	sw_client_fail(c, SW_SMTP_F_REFUSED, SW_STAGE_DATA, r);
}

void sw_smtp_client_data_abort(struct sw_smtp_client *c, uint64_t now_us SW_UNUSED)
{
	if (c->state == SW_CS_SENDING || c->state == SW_CS_ENDING || c->state == SW_CS_FINAL)
		sw_client_close(c);
}

struct sw_smtp_rcpt_state sw_smtp_client_recipient(const struct sw_smtp_client *c, size_t i)
{
	if (i >= c->tx.count)
		return (struct sw_smtp_rcpt_state){ .stage = SW_STAGE_ENVELOPE };
	return c->tx.rcpt[i];
}

enum sw_outcome sw_smtp_client_message(const struct sw_smtp_client *c)
{
	return c->tx.message;
}
