/* SPDX-License-Identifier: MIT */
/* Whether a refusal is about one message, or about all that a pool has. */
#include "api/category.h"
#include "api/pool.h"

/* So many MAILs in a row until words alone are believed; a code says it at once. */
enum { UNWELCOME = 3 };

bool sw_pool_is_passing(const struct sw_pool *p, const struct sw_delivery *d)
{
	static const enum sw_ending passing[] = { SW_END_DNS,     SW_END_CONNECT,
						  SW_END_TIMEOUT, SW_END_CLOSED,
						  SW_END_IO,      SW_END_SHUTDOWN };
	for (size_t i = 0; i < SW_LEN(passing); i++)
		if (d->ending == passing[i])
			return true;
	/* A login that worked before may have to wait, too (454, RFC 4954 4; 432 of too many).
	 */
	bool refused = d->ending == SW_END_REFUSED ||
		       (d->ending == SW_END_AUTH_REFUSED && p->counts.sessions > 0);
	return refused && d->reply.code >= 400 && d->reply.code < 500;
}

bool sw_pool_is_of_session(const struct sw_pool *p, const struct sw_delivery *d)
{
	for (size_t i = 0; i < d->recipient_count; i++)
		if (d->recipients[i].outcome == SW_ACCEPTED ||
		    d->recipients[i].outcome == SW_UNCERTAIN)
			return false;
	return !p->m->settings.mx && d->ending != SW_END_OK && d->stage < SW_STAGE_ENVELOPE &&
	       d->ending != SW_END_ABORTED && d->ending != SW_END_DEADLINE &&
	       d->ending != SW_END_LOCAL;
}

/* The answer to MAIL that turned all recipients away; NULL: there was none. */
static const struct sw_delivery_recipient *refused_mail(const struct sw_delivery *d)
{
	for (size_t i = 0; i < d->recipient_count; i++)
		if (!d->recipients[i].about_sender || d->recipients[i].reply.code < 500)
			return NULL;
	return d->recipient_count && d->stage == SW_STAGE_ENVELOPE ? &d->recipients[0] : NULL;
}

/* RFC 4954 6: 530 and 538 want a login or TLS before anything else (RFC 3207 4: 530). */
static bool wants_login_or_tls(const struct sw_delivery_recipient *r)
{
	return r->reply.code == 530 || r->reply.code == 538;
}

static bool speaks_of_login_or_tls(const struct sw_delivery *d,
				   const struct sw_delivery_recipient *r)
{
	static const char *const about[] = { "auth.required", "auth.needs-tls",
					     "tls.required" };
	const char *name = sw_category_name(
		sw_category_of(&r->reply, r->stage, r->ending, d->server.name).category);
	for (size_t i = 0; i < SW_LEN(about); i++)
		if (strcmp(name, about[i]) == 0)
			return true;
	return false;
}

/* 421 speaks of the session, wherever it comes (RFC 5321 3.8). A silence is not among them: to
 * wait for the same twice helps nobody. */
bool sw_pool_is_lost(const struct sw_pool *p, const struct sw_delivery *d)
{
	if (p->m->settings.mx || d->stage < SW_STAGE_ENVELOPE || d->ending == SW_END_TIMEOUT)
		return false;
	bool broke = d->ending == SW_END_CLOSED || d->ending == SW_END_IO ||
		     d->ending == SW_END_SHUTDOWN;
	for (size_t i = 0; i < d->recipient_count; i++) {
		const struct sw_delivery_recipient *r = &d->recipients[i];
		if (!(broke && r->outcome == SW_NOT_SENT) &&
		    !(r->outcome == SW_DEFERRED && r->reply.code == 421))
			return false;
	}
	return true;
}

/* Some mail got past MAIL: the server takes it from who asks like this. */
static bool got_past_mail(const struct sw_delivery *d)
{
	for (size_t i = 0; i < d->recipient_count; i++) {
		const struct sw_delivery_recipient *r = &d->recipients[i];
		if (r->outcome == SW_ACCEPTED || r->outcome == SW_UNCERTAIN ||
		    (r->reply.code && !r->about_sender && r->stage >= SW_STAGE_ENVELOPE))
			return true;
	}
	return false;
}

bool sw_pool_is_unwelcome(struct sw_pool *p, const struct sw_delivery *d)
{
	const struct sw_delivery_recipient *r = refused_mail(d);
	p->mail_taken = p->mail_taken || got_past_mail(d);
	if (!r || p->mail_taken || p->m->settings.mx)
		return false;
	if (wants_login_or_tls(r))
		return true;
	if (!speaks_of_login_or_tls(d, r)) {
		p->unwelcome = 0;
		return false;
	}
	return ++p->unwelcome >= UNWELCOME;
}

/* A session that is refused ends with that; a refusal to MAIL leaves it as it was. */
static enum sw_ending ending_of(const struct sw_delivery *d)
{
	return d->ending != SW_END_OK ? d->ending : SW_END_REFUSED;
}

bool sw_pool_is_of_all(const struct sw_pool *p, const struct sw_delivery *d)
{
	return p->dead != SW_END_OK && ending_of(d) == p->dead && d->stage == p->dead_stage &&
	       d->reply.code == p->dead_reply.code &&
	       (d->stage < SW_STAGE_ENVELOPE || refused_mail(d));
}

/* The words are told without a session at hand that knows the secrets. */
static void keep_reply(struct sw_pool_lane *lane, const struct sw_reply *from)
{
	SW_CLEANUP(sw_buf_wipe) struct sw_buf clean;
	struct sw_pool *p = lane->pool;
	struct sw_reply to = *from;
	sw_buf_init(&clean, 2 * (size_t)SW_MAX_REPLY);
	p->dead_reply = (struct sw_reply){ .code = from->code,
					   .enhanced = from->enhanced,
					   .text = "" };
	if (!from->code ||
	    sw_redactor_apply(lane->c->redactor, sw_slice(from->text, from->text_len), &clean))
		return;
	to.text = sw_buf_str(&clean);
	to.text_len = sw_buf_len(&clean);
	struct sw_reply copy;
	if (!sw_reply_copy(&p->arena, &to, &copy))
		p->dead_reply = copy;
}

bool sw_pool_die(struct sw_pool_lane *lane, struct sw_pool_entry *e,
		 const struct sw_delivery *d)
{
	struct sw_pool *p = lane->pool;
	if (p->dead != SW_END_OK)
		return false;
	p->dead = ending_of(d);
	p->dead_stage = d->stage;
	keep_reply(lane, &d->reply);
	p->unwelcome = 0;
	sw_pool_keep_failure(lane, e, d);
	return true;
}
