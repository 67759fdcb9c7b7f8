/* SPDX-License-Identifier: MIT */
/* The last look at a message before it may be sent: envelope, structure, warnings. */
#include "api/message.h"

#include "api/dkim.h"
#include "mail/downgrade.h"

/* Without any recipient in the header the named ones stand where nobody sees them: as Bcc. */
static enum sw_err name_as_bcc(struct sw_message *m)
{
	enum sw_err e = SW_OK;
	for (size_t i = 0; !e && !m->header_recipients && i < m->named.count; i++)
		e = sw_compose_add(m->compose, SW_BCC, sw_slice_str(m->named.list[i].text),
				   &m->error);
	return e;
}

static enum sw_err finish_composed(struct sw_message *m)
{
	if (!m->compose)
		return sw_fail(&m->error, SW_E_USAGE,
			       "the message is empty: it has neither parts nor "
			       "was it loaded");
	enum sw_err e = name_as_bcc(m);
	if (!e && !m->source)
		e = sw_compose_finish(m->compose, &m->source, &m->error);
	if (e)
		return e;
	const struct sw_address *from = sw_compose_sender(m->compose);
	if (!m->sender_set && from)
		m->sender = *from;
	for (size_t i = 0; !e && i < sw_compose_recipient_count(m->compose); i++)
		e = sw_recipients_add(&m->all, sw_compose_recipient(m->compose, i), &m->error);
	return e;
}

static enum sw_err take_list(struct sw_message *m, const struct sw_mailbox *list)
{
	enum sw_err e = SW_OK;
	for (; !e && list; list = list->next)
		e = sw_recipients_add(&m->all, &list->address, &m->error);
	return e;
}

/* Who resends a message wrote its first block of Resent fields; To, Cc and Bcc are those of
 * the first sending, who have it (RFC 5322 3.6.6). */
static enum sw_err take_resent(struct sw_message *m)
{
	const struct sw_ready_header *h = &m->header;
	enum sw_err e = take_list(m, h->resent_to);

	if (!e)
		e = take_list(m, h->resent_cc);
	if (!e)
		e = take_list(m, h->resent_bcc);
	if (!e && m->all.count + m->named.count == 0)
		e = sw_fail(&m->error, SW_E_DATA,
			    "the message was resent, and its Resent fields name no recipient; "
			    "those of To and Cc have it already");
	return e;
}

static enum sw_err finish_ready(struct sw_message *m)
{
	enum sw_err e = sw_ready_header(m->source, &m->arena, &m->header, &m->error);
	/* A header that cannot be read is no hindrance where nothing is wanted from it. */
	if (e == SW_E_DATA && m->sender_set && !m->header_recipients) {
		m->header = (struct sw_ready_header){ 0 };
		sw_error_clear(&m->error);
		return SW_OK;
	}
	if (e)
		return e;
	if (!m->sender_set && !m->header.from)
		return sw_fail(&m->error, SW_E_DATA,
			       "the message has no From field to take the "
			       "envelope sender from, and none was given");
	if (!m->sender_set)
		m->sender = m->header.resent_from && m->header_recipients
				    ? m->header.resent_from->address
				    : m->header.from->address;
	if (!m->header_recipients)
		return SW_OK;
	if (m->header.has_resent)
		return take_resent(m);
	e = take_list(m, m->header.to);
	if (!e)
		e = take_list(m, m->header.cc);
	return e ? e : take_list(m, m->header.bcc);
}

static void warn(struct sw_message *m, const char *text)
{
	if (m->warning_count < SW_MAX_WARNINGS)
		m->warnings[m->warning_count++] = text;
}

static void find_warnings(struct sw_message *m)
{
	const struct sw_source_facts *f = &m->source->facts;
	m->warning_count = 0;
	if (f->longest_line > SW_MAX_LINE_HARD)
		warn(m, "it has lines of more than 998 bytes (RFC 5322 2.1.1): servers may "
			"cut or refuse "
			"them");
	if (f->bare_line_ends)
		warn(m, "it had lone CR or LF bytes, which became CRLF");
	if (f->has_8bit)
		warn(m, m->keep_8bit
				? "it holds bytes beyond ASCII: only servers with 8BITMIME "
				  "take it"
				: "it holds bytes beyond ASCII: for servers without "
				  "8BITMIME they are encoded, where that is possible");
	if (f->utf8_headers)
		warn(m, "its header holds raw UTF-8: only servers with SMTPUTF8 take it");
	if (!m->ready && sw_compose_is_one_click(m->compose) && !m->keys)
		warn(m,
		     "one click unsubscribes only where a DKIM signature covers it (RFC 8058 "
		     "4), and it is not signed here: the server must do it");
	if (!m->ready)
		return;
	if (!m->header.has_from)
		warn(m, "it has no From field (RFC 5322 3.6): many servers refuse it");
	if (!m->header.has_date)
		warn(m, "it has no Date field (RFC 5322 3.6)");
	if (!m->header.has_message_id)
		warn(m, "it has no Message-ID field: it cannot be followed, and filters "
			"dislike it");
}

static enum sw_err add_named(struct sw_message *m)
{
	enum sw_err e = SW_OK;
	for (size_t i = 0; !e && i < m->named.count; i++)
		e = sw_recipients_add(&m->all, &m->named.list[i], &m->error);
	if (!e && m->all.count == 0)
		e = sw_fail(&m->error, m->header_recipients ? SW_E_DATA : SW_E_USAGE,
			    "the message has no recipient");
	return e;
}

/* RFC 6376 5.3: what a server on the way may have to encode is encoded before it is signed.
 * What cannot be is signed as it is. */
static enum sw_err encode_and_sign(struct sw_message *m)
{
	const struct sw_source_facts *f = &m->source->facts;
	struct sw_source *encoded = NULL, *wide = m->source;
	enum sw_downgrade why;
	enum sw_err e = SW_OK;
	if (f->has_8bit && !f->utf8_headers && !m->keep_8bit)
		e = sw_downgrade_new(wide, &encoded, &why, &m->error);
	if (!e)
		e = sw_dkim_signed_source(m->keys, encoded ? encoded : wide, &m->source,
					  &m->error);
	if (e)
		sw_source_free(encoded);
	else if (encoded)
		m->wide = wide;
	return e;
}

/* The wishes beside the recipients that they are for. The latest of one counts. */
static enum sw_err place_dsn(struct sw_message *m)
{
	size_t at;
	if (!m->dsn)
		return SW_OK;
	bool *set = sw_arena_alloc(&m->arena, m->all.count * sizeof(*set));
	m->notify = sw_arena_alloc(&m->arena, m->all.count * sizeof(*m->notify));
	m->orcpt = sw_arena_alloc(&m->arena, m->all.count * sizeof(*m->orcpt));
	if (!set || !m->notify || !m->orcpt)
		return sw_fail_nomem(&m->error);
	bool any = false;
	for (const struct sw_message_dsn *d = m->dsn; d; d = d->next) {
		if (!sw_recipients_find(&m->all, &d->address, &at) || set[at])
			continue;
		set[at] = true;
		m->notify[at] = d->notify;
		m->orcpt[at] = d->original;
		any = any || d->original;
	}
	/* Without one nobody is to be told of original addresses. */
	if (!any)
		m->orcpt = NULL;
	return SW_OK;
}

enum sw_err sw_message_finish(struct sw_message *m)
{
	sw_error_clear(&m->error);
	if (m->finished)
		return SW_OK;
	enum sw_err e = m->ready ? finish_ready(m) : finish_composed(m);
	if (!e)
		e = add_named(m);
	if (!e && m->source->facts.has_nul)
		e = sw_fail(&m->error, SW_E_DATA,
			    "the message holds a NUL byte, which SMTP cannot "
			    "carry");
	if (!e)
		e = place_dsn(m);
	/* Last of all: what is signed does not change any more. */
	if (!e && m->keys)
		e = encode_and_sign(m);
	if (e) {
		sw_recipients_fini(&m->all);
		return e;
	}
	find_warnings(m);
	m->finished = true;
	return SW_OK;
}
