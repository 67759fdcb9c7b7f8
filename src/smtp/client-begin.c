/* SPDX-License-Identifier: MIT */
/* How a transaction begins: what of it may go in advance, and its commands up to DATA. */
#include "smtp/client-internal.h"

bool sw_client_pipelines(const struct sw_smtp_client *c)
{
	return c->set.pipelining && sw_caps_has(&c->caps, SW_CAP_PIPELINING);
}

/* DATA, or BDAT with the whole message, behind the RCPTs whatever becomes of them. With
 * several recipients only where a refused one does not stop the others. */
static bool goes_ahead(const struct sw_smtp_client *c, const struct sw_client_tx *tx)
{
	const struct sw_smtp_mail *m = &tx->mail;

	if (tx->probe || !sw_client_pipelines(c) || (m->all_or_none && tx->count > 1))
		return false;
	/* LMTP: how many answers BDAT gets is known when RCPT is answered. */
	return !tx->bdat || (!c->set.lmtp && m->size_bytes && m->size_bytes <= SW_BDAT_AHEAD);
}

void sw_client_begin_feeding(struct sw_smtp_client *c, struct sw_client_tx *tx)
{
	tx->phase = SW_TX_FEEDING;
	sw_data_writer_init(&tx->writer);
	tx->writer.no_dots = tx->bdat;
	tx->writer.verbatim = tx->mail.body_binary;
	tx->chunk_end = c->sent; /* which begins the first chunk */
	sw_client_push(c, (struct sw_smtp_event){ .type = SW_SMTP_DATA_GO,
						  .stage = SW_STAGE_DATA,
						  .transaction = tx->number });
}

void sw_client_pump(struct sw_smtp_client *c)
{
	struct sw_client_tx *tx = c->last;
	size_t window = sw_client_pipelines(c) ? SW_MAX_RCPT_IN_FLIGHT : 1;

	if (!c->active || tx->phase != SW_TX_ENVELOPE || tx->stopped)
		return;
	while (tx->asked < tx->count && c->flight_count < window) {
		if (!sw_client_put_rcpt(c, &tx->mail, tx->asked)) {
			sw_client_fail(c, SW_SMTP_F_NOMEM, SW_STAGE_ENVELOPE, NULL);
			return;
		}
		tx->asked++;
	}
	if (tx->asked < tx->count || !tx->ahead)
		return;
	if (tx->bdat) {
		sw_client_begin_feeding(c, tx);
	} else {
		tx->phase = SW_TX_ASKED;
		sw_client_put(c, "DATA", SW_S("DATA"));
	}
}

static struct sw_client_tx *next_place(struct sw_smtp_client *c)
{
	return &c->slots[(c->begun + 1) % SW_SLOTS];
}

bool sw_smtp_client_may_begin(const struct sw_smtp_client *c)
{
	const struct sw_client_tx *last = c->last;

	if (c->state == SW_CS_READY)
		return true;
	return c->active > 0 && c->active <= SW_MAX_MAILS_AHEAD && sw_client_pipelines(c) &&
	       (c->state == SW_CS_CLEAR || c->state == SW_CS_MAIL || c->state == SW_CS_RCPT ||
		c->state == SW_CS_ENDING || c->state == SW_CS_FINAL) &&
	       last->phase == SW_TX_ENDED && !last->probe && !last->taken_back &&
	       !last->stopped && !c->slots[(c->begun + 1) % SW_SLOTS].untold &&
	       /* Should BDAT not be known there, what came behind it would be lost. */
	       (!last->bdat || c->bdat_works);
}

/* Events nobody took point into what goes now. */
static void drop_events(struct sw_smtp_client *c)
{
	c->events.count = 0;
	for (size_t i = 0; i < SW_SLOTS; i++)
		c->slots[i].untold = false;
}

static enum sw_err set_up(struct sw_smtp_client *c, const struct sw_smtp_mail *m, bool probe,
			  struct sw_error *err)
{
	struct sw_client_tx *tx = next_place(c);
	struct sw_arena arena = tx->arena;

	sw_arena_reset(&arena);
	*tx = (struct sw_client_tx){ .number = c->begun + 1,
				     .probe = probe,
				     .mail = *m,
				     .sent_line_start = true,
				     .arena = arena };
	tx->rcpt = sw_arena_alloc(&tx->arena, m->recipient_count * sizeof(*tx->rcpt));
	if (!tx->rcpt)
		return sw_fail_nomem(err);
	tx->count = m->recipient_count;
	for (size_t i = 0; i < tx->count; i++)
		tx->rcpt[i].stage = SW_STAGE_ENVELOPE;
	tx->bdat = !probe && sw_client_wants_bdat(c, m);
	tx->ahead = goes_ahead(c, tx);
	/* A BDAT that fails leaves its transaction open (RFC 3030 section 2). */
	tx->rset_first = c->active > 0 && c->last->bdat;
	return SW_OK;
}

static enum sw_err start(struct sw_smtp_client *c, const struct sw_smtp_mail *m, bool probe,
			 uint64_t now_us, struct sw_error *err)
{
	if (!sw_smtp_client_may_begin(c) || (probe && c->active > 0))
		return sw_fail(err, SW_E_USAGE, "the session is not ready (%s)",
			       sw_smtp_client_state_name(c));
	enum sw_err code = sw_client_check_mail(c, m, err);

	if (code)
		return code;
	if (c->active == 0)
		drop_events(c);
	code = set_up(c, m, probe, err);
	struct sw_client_tx *tx = next_place(c);

	c->writing = c->begun + 1;
	if (!code && tx->rset_first)
		sw_client_put(c, "RSET", SW_S("RSET"));
	if (!code)
		code = sw_client_put_mail(c, m, err);
	if (code)
		return code;
	tx->untold = true;
	c->begun++;
	c->last = tx;
	if (c->active++ == 0) {
		c->tx = c->shown = tx;
		sw_client_enter(c, SW_CS_MAIL, now_us);
	}
	sw_client_pump(c);
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
