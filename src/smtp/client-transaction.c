/* SPDX-License-Identifier: MIT */
/* One message: MAIL, RCPTs, DATA or BDAT, its end, and what became of each recipient. */
#include "smtp/client-internal.h"

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
static void decide_open(struct sw_client_tx *tx, const struct sw_reply *r, enum sw_stage stage)
{
	for (size_t i = 0; i < tx->count; i++)
		if (is_open(&tx->rcpt[i]))
			decide(&tx->rcpt[i], sw_reply_outcome(r), r, stage);
}

static void finish(struct sw_smtp_client *c, uint64_t now_us)
{
	sw_client_finish(c);
	if (c->active == 0)
		sw_client_enter(c, SW_CS_READY, now_us);
	else
		sw_client_enter(c, c->tx->rset_first ? SW_CS_CLEAR : SW_CS_MAIL, now_us);
}

/* The transaction ends without its message having been taken. */
static void give_up(struct sw_smtp_client *c, uint64_t now_us)
{
	/* What rides behind it begins with RSET, or could not have been begun. */
	if (c->active > 1)
		finish(c, now_us);
	else
		sw_client_enter(c, SW_CS_RESET, now_us);
}

/* Answers of this transaction are due. */
static bool has_flights(const struct sw_smtp_client *c)
{
	return c->flight_count > 0 && c->flights[c->flight_head].transaction == c->tx->number;
}

/* The owner need not go on. Chunks that are in the output go out: they were announced. */
static void stop_feeding(struct sw_smtp_client *c)
{
	if (c->tx->phase != SW_TX_FEEDING)
		return;
	c->tx->phase = SW_TX_ENDED;
	c->tx->need_reset = true;
	sw_buf_clear(&c->chunk);
}

ANSWER(cleared)
{
	(void)r;
	sw_client_enter(c, SW_CS_MAIL, now_us);
}

ANSWER(mail_ok)
{
	sw_client_say(c, SW_SMTP_MAIL_RESULT, r);
	sw_client_enter(c, SW_CS_RCPT, now_us);
	if (!sw_client_is_over(c))
		sw_client_pump(c);
}

ANSWER(mail_refused)
{
	c->tx->stopped = true;
	c->tx->message = SW_NOT_SENT;
	stop_feeding(c);
	decide_open(c->tx, r, SW_STAGE_ENVELOPE);
	sw_client_say(c, SW_SMTP_MAIL_RESULT, r);
	if (has_flights(c))
		sw_client_enter(c, SW_CS_DRAIN, now_us);
	else
		finish(c, now_us);
}

ANSWER(drained)
{
	/* A recipient taken without a sender, or a chunk: a transaction may be open there
	 * after all. */
	if (sw_reply_ok(r))
		c->tx->need_reset = true;
	if (r->code < 400 && strcmp(c->answered, "DATA") == 0)
		sw_client_enter(c, SW_CS_LONE_DOT, now_us);
	else if (r->code >= 300 && r->code < 400)
		sw_client_fail(c, SW_SMTP_F_UNEXPECTED, sw_smtp_client_stage(c), r);
	else if (has_flights(c))
		sw_client_enter(c, c->state, now_us);
	else if (c->tx->need_reset)
		give_up(c, now_us);
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
	bool later = r->code == 552 && sw_smtp_too_many(r);

	decide(s, later ? SW_DEFERRED : sw_reply_outcome(r), r, SW_STAGE_ENVELOPE);
	tx->refused++;
	if (tx->mail.all_or_none && !tx->probe)
		tx->stopped = true;
}

/* All that was asked about recipients is answered. */
static void envelope_done(struct sw_smtp_client *c, uint64_t now_us)
{
	struct sw_client_tx *tx = c->tx;

	if (tx->phase == SW_TX_FEEDING && tx->accepted == 0) {
		stop_feeding(c);
		if (has_flights(c))
			sw_client_enter(c, SW_CS_SPOILT, now_us);
		else
			give_up(c, now_us);
	} else if (tx->phase == SW_TX_ENDED) {
		sw_client_enter(c, tx->committed ? SW_CS_FINAL : SW_CS_ENDING, now_us);
	} else if (tx->phase == SW_TX_FEEDING) {
		sw_client_enter(c, SW_CS_SENDING, now_us);
	} else if (tx->phase == SW_TX_ENVELOPE &&
		   (tx->accepted == 0 || tx->probe || tx->stopped)) {
		sw_client_enter(c, SW_CS_RESET, now_us);
	} else {
		sw_client_enter(c, tx->bdat ? SW_CS_SENDING : SW_CS_DATA, now_us);
	}
}

ANSWER(rcpt_reply)
{
	struct sw_client_tx *tx = c->tx;
	size_t i = tx->answered++;

	note_rcpt(tx, i, r);
	sw_client_push(c, (struct sw_smtp_event){
				  .type = SW_SMTP_RCPT_RESULT, .reply = r, .recipient = i });
	if (sw_client_is_over(c))
		return;
	sw_client_pump(c);
	if (tx->answered < tx->asked)
		sw_client_enter(c, SW_CS_RCPT, now_us);
	else
		envelope_done(c, now_us);
}

ANSWER(reset_ok)
{
	(void)r;
	finish(c, now_us);
}

ENTER(say_data)
{
	(void)now_us;
	if (c->tx->phase == SW_TX_ASKED)
		return;
	c->tx->phase = SW_TX_ASKED;
	sw_client_put(c, "DATA", SW_S("DATA"));
}

/* Some servers say 250 instead of 354, and mean it. Behind RCPTs in the same flight it would
 * more likely be the answer to one of these, come too late. */
ANSWER(data_ok)
{
	if (r->code == 334 || (r->code < 300 && (r->code != 250 || c->tx->ahead))) {
		sw_client_fail(c, SW_SMTP_F_UNEXPECTED, SW_STAGE_DATA, r);
		return;
	}
	sw_client_enter(c, c->tx->accepted ? SW_CS_SENDING : SW_CS_LONE_DOT, now_us);
}

ANSWER(data_refused)
{
	decide_open(c->tx, r, SW_STAGE_DATA);
	sw_client_enter(c, SW_CS_RESET, now_us);
}

ENTER(say_lone_dot)
{
	(void)now_us;
	c->tx->phase = SW_TX_ENDED;
	sw_client_put(c, "DATA", SW_S("."));
}

/* Whatever it says to nothing for nobody: the transaction is over. */
ANSWER(lone_dot_done)
{
	(void)r;
	if (has_flights(c))
		sw_client_enter(c, SW_CS_SPOILT, now_us);
	else
		finish(c, now_us);
}

ENTER(announce_data)
{
	if (c->tx->phase != SW_TX_FEEDING)
		sw_client_begin_feeding(c, c->tx);
	if (sw_buf_len(&c->out) == 0)
		c->deadline = SW_NEVER; /* until there is something to send */
	else
		c->tx->chunk_end = c->sent + SW_DATA_CHUNK;
	c->tx->chunk_left = c->deadline == SW_NEVER ? 0 : c->deadline - now_us;
}

void sw_client_commit(struct sw_client_tx *tx)
{
	tx->committed = true;
	tx->message = SW_UNCERTAIN;
	for (size_t i = 0; i < tx->count; i++)
		if (is_open(&tx->rcpt[i]))
			decide(&tx->rcpt[i], SW_UNCERTAIN, NULL, SW_STAGE_FINAL);
}

ANSWER(chunk_ok)
{
	(void)r;
	(void)now_us;
	c->bdat_works = true;
}

/* The server offers CHUNKING and does not mean it. 502 and 503 are never said of a message: some
 * take every chunk but the last. */
static bool is_refusal(const struct sw_smtp_client *c, const struct sw_reply *r)
{
	if (c->tx->accepted == 0)
		return false;
	if (r->code == 502 || r->code == 503)
		return true;
	return !c->bdat_works && ((r->code >= 500 && r->code <= 504) || r->code == 555);
}

/* One that does not know the command has taken the data behind it for commands: nothing that
 * it says can be trusted any more. */
static bool is_unknown(const struct sw_reply *r)
{
	return r->code == 500 || r->code == 502;
}

static void bdat_failed(struct sw_smtp_client *c, const struct sw_reply *r, uint64_t now_us)
{
	struct sw_client_tx *tx = c->tx;
	bool refusal = is_refusal(c, r);

	decide_open(tx, r, tx->committed ? SW_STAGE_FINAL : SW_STAGE_DATA);
	tx->message = tx->accepted ? sw_reply_outcome(r) : SW_NOT_SENT;
	stop_feeding(c);
	c->bdat_refused = c->bdat_refused || refusal;
	if (refusal && is_unknown(r))
		sw_client_fail(c, SW_SMTP_F_REFUSED, SW_STAGE_DATA, r);
	else if (has_flights(c))
		sw_client_enter(c, SW_CS_SPOILT, now_us);
	else
		give_up(c, now_us);
	tx->need_reset = true;
}

ANSWER(chunk_refused)
{
	bdat_failed(c, r, now_us);
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
	struct sw_client_tx *tx = c->tx;
	bool end = strcmp(c->answered, ".") == 0;

	if (tx->taken_back && strcmp(c->answered, "RSET") == 0) {
		finish(c, now_us);
		return;
	}
	if (tx->bdat && !sw_reply_ok(r) && !(end && c->set.lmtp)) {
		bdat_failed(c, r, now_us);
		return;
	}
	c->bdat_works = c->bdat_works || tx->bdat;
	if (!end)
		return;
	if (!c->set.lmtp) {
		decide_open(tx, r, SW_STAGE_FINAL);
		tx->message = tx->accepted ? sw_reply_outcome(r) : SW_NOT_SENT;
		finish(c, now_us);
		return;
	}
	lmtp_reply(tx, r);
	if (has_flights(c)) {
		sw_client_enter(c, SW_CS_FINAL, now_us);
		return;
	}
	tx->message = lmtp_message(tx);
	finish(c, now_us);
}

void sw_client_tx_shutdown(struct sw_smtp_client *c, const struct sw_reply *r)
{
	struct sw_client_tx *tx = c->tx;

	if (!c->active || c->state == SW_CS_RESET || c->state == SW_CS_DRAIN ||
	    c->state == SW_CS_SPOILT || c->state == SW_CS_CLEAR)
		return;
	if (c->state == SW_CS_FINAL && c->set.lmtp) {
		/* It speaks for one; what became of the others it does not say. */
		lmtp_reply(tx, r);
		tx->message = lmtp_message(tx);
		return;
	}
	decide_open(tx, r, sw_smtp_client_stage(c));
	if (tx->committed)
		tx->message = sw_reply_outcome(r);
}

/* The server does not want to hear the rest. Nothing more is sent, least of all the end of the
 * message: what was sent so far would pass for the whole. */
void sw_client_tx_early(struct sw_smtp_client *c, const struct sw_reply *r)
{
	if (r->code < 400) {
		sw_client_fail(c, SW_SMTP_F_UNSOLICITED, sw_smtp_client_stage(c), r);
		return;
	}
	decide_open(c->tx, r, SW_STAGE_DATA);
	c->bdat_refused = c->bdat_refused || (c->tx->bdat && is_refusal(c, r));
	if (c->state == SW_CS_FINAL)
		c->tx->message = sw_reply_outcome(r);
	sw_client_fail(c, SW_SMTP_F_REFUSED, SW_STAGE_DATA, r);
}

void sw_smtp_client_data_abort(struct sw_smtp_client *c, uint64_t now_us)
{
	struct sw_client_tx *tx = c->last;

	if (!c->active || tx->phase == SW_TX_ENVELOPE || tx->phase == SW_TX_ASKED ||
	    sw_client_is_over(c))
		return;
	if (!tx->bdat || tx->phase != SW_TX_FEEDING) {
		sw_client_close(c);
		return;
	}
	sw_buf_clear(&c->chunk);
	tx->taken_back = true;
	tx->phase = SW_TX_ENDED;
	sw_client_put(c, "RSET", SW_S("RSET"));
	if (c->tx == tx && c->state == SW_CS_SENDING)
		sw_client_enter(c, SW_CS_FINAL, now_us);
}

struct sw_smtp_rcpt_state sw_smtp_client_recipient(const struct sw_smtp_client *c, size_t i)
{
	if (i >= c->shown->count)
		return (struct sw_smtp_rcpt_state){ .stage = SW_STAGE_ENVELOPE };
	return c->shown->rcpt[i];
}

enum sw_outcome sw_smtp_client_message(const struct sw_smtp_client *c)
{
	return c->shown->message;
}

bool sw_smtp_client_bdat_refused(const struct sw_smtp_client *c)
{
	return c->bdat_refused;
}

size_t sw_smtp_client_active(const struct sw_smtp_client *c)
{
	return c->active;
}
