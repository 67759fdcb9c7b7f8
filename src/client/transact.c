/* SPDX-License-Identifier: MIT */
/* The transactions of one session for the recipients of one part. */
#include "client/part.h"

#include "base/mem.h"
#include "client/rounds.h"
#include "mail/downgrade.h"

static enum sw_ending unfit_ending(enum sw_smtp_unfit unfit)
{
	switch (unfit) {
	case SW_SMTP_NEEDS_8BITMIME:
		return SW_END_NEEDS_8BITMIME;
	case SW_SMTP_NEEDS_SMTPUTF8:
		return SW_END_NEEDS_SMTPUTF8;
	case SW_SMTP_TOO_BIG:
		return SW_END_TOO_BIG;
	case SW_SMTP_NEEDS_BINARYMIME:
		return SW_END_NEEDS_BINARYMIME;
	case SW_SMTP_NEEDS_REQUIRETLS:
		return SW_END_NEEDS_REQUIRETLS;
	case SW_SMTP_NEEDS_FUTURERELEASE:
		return SW_END_NEEDS_FUTURERELEASE;
	case SW_SMTP_NEEDS_DELIVERBY:
		return SW_END_NEEDS_DELIVERBY;
	case SW_SMTP_FIT:
	case SW_SMTP_UNFIT_COUNT:
		break;
	}
	return SW_END_OK;
}

/* The envelope of some recipients of a part. */
struct group {
	struct sw_part part;
	struct sw_smtp_mail mail;
	const char **names;
	size_t *which;
	unsigned *notify;   /* NULL: as for all of them */
	const char **orcpt; /* NULL: themselves */
};

static void fill_group(struct group *g, const struct sw_part *p, const size_t *places,
		       size_t count)
{
	for (size_t i = 0; i < count; i++) {
		g->names[i] = p->job.recipients[places[i]];
		g->which[i] = p->which ? p->which[places[i]] : places[i];
		if (g->notify)
			g->notify[i] = p->job.notify[g->which[i]];
		if (g->orcpt)
			g->orcpt[i] = p->job.orcpt[g->which[i]];
	}
	g->mail.dsn.notify_each = g->notify;
	g->mail.dsn.orcpt = g->orcpt;
	g->part.job.recipients = g->mail.recipients = g->names;
	g->part.job.recipient_count = g->mail.recipient_count = count;
	g->part.which = g->which;
}

struct sw_smtp_mail sw_part_envelope(const struct sw_part *p, const struct sw_session *s)
{
	const struct sw_source_facts *f = p->job.source ? &p->job.source->facts : NULL;
	const struct sw_client_settings *set = p->c->settings;
	struct sw_smtp_mail mail = {
		.sender = p->job.sender,
		.size_bytes = f ? f->size_bytes : 0,
		.body_8bit = f && f->has_8bit,
		.smtputf8 = p->job.smtputf8,
		.all_or_none = set->all_or_none,
		.chunking = sw_memory_has(&p->c->memory, s->host, s->port, SW_QUIRK_BDAT)
				    ? SW_CHUNKING_NO
				    : set->chunking,
	};
	if (p->job.kind == SW_JOB_SEND)
		sw_wishes_apply(&set->wishes, &mail);
	/* Those of a part stand elsewhere; see fill_group. */
	if (!p->which) {
		mail.dsn.notify_each = p->job.notify;
		mail.dsn.orcpt = p->job.orcpt;
	}
	return mail;
}

/* What was wished for and cannot be had here is told, and no more. */
static void note_unasked(const struct sw_part *p, struct sw_session *s,
			 const struct sw_smtp_mail *mail)
{
	uint32_t bits = sw_smtp_client_unasked(s->smtp, mail);
	SW_CLEANUP(sw_buf_fini) struct sw_buf names = { .max = SW_MAX_FACT_TEXT };
	p->d->unasked |= bits;
	for (uint32_t bit = 1; bit; bit <<= 1) {
		if (!(bits & bit))
			continue;
		const char *name = sw_cap_name((enum sw_cap)bit);
		sw_context_note(p->c, SW_TR_NOTE,
				"The server does not offer %s: not asked for", name);
		/* Without memory the result still tells it. */
		if (sw_buf_printf(&names, "%s%s", sw_buf_len(&names) ? " " : "", name))
			break;
	}
	if (sw_buf_len(&names))
		SW_STATE(p->c->facts, SW_FACT_NOT_ASKED, SW_STAGE_ENVELOPE, "session",
			 sw_context_now(p->c), SW_F_STR("server", s->host),
			 SW_F_INT("port", s->port),
			 SW_F_STR("extensions", sw_buf_str(&names)));
}

/* The message for a server that does not take it as it is; NULL in *ret when there is none. */
static enum sw_err encode_for(const struct sw_part *p, struct sw_session *s,
			      struct sw_source **ret, struct sw_error *err)
{
	enum sw_downgrade why;
	enum sw_err e = sw_downgrade_new(p->job.source, ret, &why, err);
	if (e)
		return e;
	if (*ret)
		sw_context_note(p->c, SW_TR_NOTE,
				"The server does not offer 8BITMIME: 8-bit parts are encoded");
	else
		sw_context_note(p->c, SW_TR_NOTE,
				"The server does not offer 8BITMIME, and the message cannot "
				"be encoded: %s",
				sw_downgrade_text(why));
	SW_STATE(p->c->facts, SW_FACT_MESSAGE_ENCODED, SW_STAGE_ENVELOPE, "session",
		 sw_context_now(p->c), SW_F_STR("server", s->host), SW_F_INT("port", s->port),
		 SW_F_BOOL("done", *ret != NULL), SW_F_STR("why", sw_downgrade_name(why)),
		 SW_F_INT("size_bytes", *ret ? (*ret)->facts.size_bytes : 0));
	return SW_OK;
}

/* False: the message cannot be given to this server, and the session has its ending. */
static bool fits(struct sw_session *s, const struct sw_smtp_mail *mail)
{
	enum sw_ending unfit = unfit_ending(sw_smtp_client_fits(s->smtp, mail));
	const struct sw_tls_info *tls = sw_tls_get_info(s->stream);
	/* RFC 8689 4.2.1: only to a server whose certificate was verified, and
	 * that is the domain's beyond doubt. */
	bool vouched = s->guard == SW_GUARD_NONE || s->vouched;
	if (unfit == SW_END_OK && mail->require_tls && !(tls && tls->verified && vouched))
		unfit = SW_END_NEEDS_REQUIRETLS;
	if (unfit != SW_END_OK)
		sw_session_end(s, unfit, SW_STAGE_ENVELOPE, NULL);
	return unfit == SW_END_OK;
}

/* Recipients that were one too many move to the front of `places`. */
static size_t keep_surplus(struct sw_session *s, size_t *places, size_t count)
{
	size_t kept = 0;
	bool any = false;
	for (size_t i = 0; i < count; i++)
		any = any || sw_smtp_client_recipient(s->smtp, i).rcpt_ok;
	/* Nobody taken: another transaction would end like this one. */
	for (size_t i = 0; any && i < count; i++) {
		struct sw_smtp_rcpt_state st = sw_smtp_client_recipient(s->smtp, i);
		if (!st.rcpt_ok && st.reply && sw_smtp_too_many(st.reply))
			places[kept++] = places[i];
	}
	return kept;
}

/* The message may go in several transactions. */
static bool may_split(const struct group *g)
{
	return !g->mail.all_or_none && g->part.job.kind == SW_JOB_SEND;
}

/* One transaction for places[0..count). *ret_kept of them, at the front then, are to be asked
 * again. */
static enum sw_err one(struct group *g, struct sw_session *s, size_t *places, size_t count,
		       size_t *ret_kept, struct sw_error *err)
{
	bool refused = sw_smtp_client_bdat_refused(s->smtp);
	enum sw_err e = sw_session_transact(s, &g->part.job, &g->mail, err);
	*ret_kept = 0;
	g->part.d->bytes += g->part.job.source ? sw_smtp_client_data_bytes(s->smtp) : 0;
	s->mails++;
	if (!e && !refused && sw_smtp_client_bdat_refused(s->smtp)) {
		sw_context_note(g->part.c, SW_TR_NOTE,
				"The server offers CHUNKING and refuses BDAT; trying DATA");
		sw_memory_note(&g->part.c->memory, s->host, s->port, SW_QUIRK_BDAT);
		g->mail.chunking = SW_CHUNKING_NO;
		*ret_kept = count;
		return SW_OK;
	}
	/* The message is taken, or may be: then that is the news, and not our trouble. */
	if (e && sw_smtp_client_message(s->smtp) != SW_NOT_SENT) {
		sw_session_end(s, SW_END_IO, SW_STAGE_FINAL, NULL);
		e = SW_OK;
	}
	if (e)
		return e;
	sw_part_settle(&g->part, s);
	if (s->ending == SW_END_OK && may_split(g))
		*ret_kept = keep_surplus(s, places, count);
	return SW_OK;
}

/* The session takes another transaction. */
static bool goes_on(const struct sw_session *s)
{
	const struct sw_caps *caps = sw_smtp_client_caps(s->smtp);
	return s->ending == SW_END_OK && !(caps->mail_max && s->mails >= caps->mail_max);
}

static enum sw_err run(struct group *g, const struct sw_part *p, struct sw_session *s,
		       struct sw_rounds *rounds, struct sw_error *err)
{
	const struct sw_caps *caps = sw_smtp_client_caps(s->smtp);
	bool split = may_split(g);
	enum sw_err e = SW_OK;
	size_t *places, kept = 0, n;
	do {
		n = sw_rounds_next(rounds, split ? caps->rcpt_max : 0,
				   split ? caps->rcpt_domain_max : 0, &places);
		if (n == 0)
			break;
		fill_group(g, p, places, n);
		e = one(g, s, places, n, &kept, err);
		if (!e)
			sw_rounds_again(rounds, places, kept);
	} while (!e && goes_on(s));
	return e;
}

/* Why the session cannot take the rest, and whether another one may. */
static bool another_may(const struct sw_session *s)
{
	return s->ending == SW_END_OK ||
	       (s->ending == SW_END_REFUSED && sw_smtp_client_bdat_refused(s->smtp));
}

static bool make_group(struct group *g, const struct sw_job *job)
{
	size_t count = job->recipient_count;
	g->names = sw_calloc(count, sizeof(*g->names));
	g->which = sw_calloc(count, sizeof(*g->which));
	if (job->notify)
		g->notify = sw_calloc(count, sizeof(*g->notify));
	if (job->orcpt)
		g->orcpt = sw_calloc(count, sizeof(*g->orcpt));
	return g->names && g->which && !g->notify == !job->notify && !g->orcpt == !job->orcpt;
}

static void group_fini(struct group *g)
{
	sw_free(g->names);
	sw_free(g->which);
	sw_free(g->notify);
	sw_free(g->orcpt);
}

static enum sw_err transact_group(struct group *g, const struct sw_part *p,
				  struct sw_session *s, size_t *left, size_t *ret_left,
				  struct sw_error *err)
{
	bool by_domain = may_split(g) && sw_smtp_client_caps(s->smtp)->rcpt_domain_max > 0;
	size_t count = p->job.recipient_count;
	struct sw_rounds rounds = { .count = 0 };
	enum sw_err e = make_group(g, &p->job) ? SW_OK : sw_fail_nomem(err);
	if (!e)
		e = sw_rounds_init(&rounds, p->job.recipients, count, left, by_domain, err);
	if (!e) {
		fill_group(g, p, left, count);
		note_unasked(p, s, &g->mail);
		e = run(g, p, s, &rounds, err);
	}
	count = e ? 0 : sw_rounds_left(&rounds);
	if (count > 0 && another_may(s)) {
		*ret_left = count;
	} else if (count > 0) {
		fill_group(g, p, left, count);
		sw_part_settle_all(&g->part, s->ending, s->ending_stage, &s->ending_reply);
	}
	sw_rounds_fini(&rounds);
	group_fini(g);
	return e;
}

enum sw_err sw_part_transact(const struct sw_part *p, struct sw_session *s, bool *ret_begun,
			     size_t *left, size_t *ret_left, struct sw_error *err)
{
	SW_CLEANUP(sw_source_freep) struct sw_source *encoded = NULL;
	struct sw_part mine = *p;
	struct sw_smtp_mail mail = sw_part_envelope(p, s);
	enum sw_err e = SW_OK;
	*ret_left = 0;
	mail.recipients = p->job.recipients;
	mail.recipient_count = p->job.recipient_count;
	if (p->c->settings->downgrade && p->job.source &&
	    sw_smtp_client_fits(s->smtp, &mail) == SW_SMTP_NEEDS_8BITMIME)
		e = encode_for(p, s, &encoded, err);
	if (e)
		return e;
	if (encoded) {
		mine.job.source = encoded;
		mail.body_8bit = false;
		mail.size_bytes = encoded->facts.size_bytes;
	}
	if (!fits(s, &mail))
		return SW_OK;
	*ret_begun = true;
	p->d->encoded |= encoded != NULL;
	struct group g = { .part = mine, .mail = mail };
	return transact_group(&g, &mine, s, left, ret_left, err);
}
