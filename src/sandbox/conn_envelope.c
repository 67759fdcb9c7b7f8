/* SPDX-License-Identifier: MIT */
/* MAIL and RCPT with their parameters, and the limits of RFC 9422. */
#include <stdio.h>

#include "base/mem.h"
#include "sandbox/internal.h"

enum { FIRST_ROOM = 16 };

/* Whether it is offered on this connection. REQUIRETLS is for TLS only (RFC 8689 2). */
static bool is_offered(struct sw_conn *c, const char *cap)
{
	return !sw_conn_cap_dropped(c, cap) && (c->tls || strcmp(cap, "REQUIRETLS") != 0) &&
	       (strcmp(cap, "BINARYMIME") != 0 || !sw_conn_cap_dropped(c, "CHUNKING"));
}

/* Answers and returns false when a parameter is unknown or malformed. */
static bool params_are_fine(struct sw_conn *c)
{
	struct sw_slice rest = c->event.params, name, value;

	while (sw_param_next(&rest, &name, &value)) {
		const struct sw_param *p = sw_param_find(c->event.verb, name, value);

		if (!p || !is_offered(c, p->cap)) {
			sw_conn_reply(c, 555, "5.5.4", "Unsupported option");
			return false;
		}
		if (!p->valid(value)) {
			sw_conn_replyf(c, 501, "5.5.4", "Bad value of %s", p->name);
			return false;
		}
	}
	return true;
}

static bool is_allowed(struct sw_conn *c)
{
	const struct sw_server_settings *set = &c->server->set;

	if (set->require_tls && !c->tls)
		sw_conn_reply(c, 530, "5.7.0", "Must issue a STARTTLS command first");
	else if (set->require_auth && !sw_smtp_server_authenticated(c->machine) && !c->user)
		sw_conn_reply(c, 530, "5.7.0", "Authentication required");
	else
		return true;
	return false;
}

bool sw_conn_note_sender(struct sw_conn *c)
{
	struct sw_slice sender, sender_params;

	sw_conn_reset_mail(c);
	sender = sw_arena_copy(&c->arena, c->event.arg);
	sender_params = sw_arena_copy(&c->arena, c->event.params);
	if (!sender.ptr || !sender_params.ptr)
		return false;
	c->sender = sender;
	c->sender_params = sender_params;
	return true;
}

static bool make_room(struct sw_conn *c)
{
	size_t room = c->recipient_room ? 2 * c->recipient_room : FIRST_ROOM;
	struct sw_slice *list;

	if (c->recipient_count < c->recipient_room)
		return true;
	list = sw_realloc(c->recipients, room * sizeof(*list));
	if (!list)
		return false;
	c->recipients = list;
	list = sw_realloc(c->recipient_params, room * sizeof(*list));
	if (!list)
		return false;
	c->recipient_params = list;
	c->recipient_room = room;
	return true;
}

static struct sw_slice domain_of(struct sw_slice address)
{
	return sw_slice_from(address, sw_slice_find(address, '@') + 1);
}

bool sw_conn_note_recipient(struct sw_conn *c)
{
	struct sw_slice address = sw_arena_copy(&c->arena, c->event.arg);
	struct sw_slice rcpt_params = sw_arena_copy(&c->arena, c->event.params);
	size_t number;

	if (!address.ptr || !rcpt_params.ptr || c->recipient_count >= SW_MAX_SANDBOX_RCPT ||
	    !make_room(c))
		return false;
	if (c->server->limits.domain_max &&
	    sw_nameset_add(&c->domains, domain_of(address), &number))
		return false;
	c->recipients[c->recipient_count] = address;
	c->recipient_params[c->recipient_count++] = rcpt_params;
	return true;
}

void sw_conn_mail(struct sw_conn *c)
{
	struct sw_slice value;
	uint64_t size = 0;
	bool utf8 = sw_param_value(c->event.params, "SMTPUTF8", &value);

	if (!is_allowed(c) || !params_are_fine(c))
		return;
	if (c->server->limits.mail_max && c->messages >= c->server->limits.mail_max) {
		sw_conn_reply(c, 421, "4.7.0", "Error: more messages than MAILMAX, closing");
		return;
	}
	if (sw_slice_has_8bit(c->event.arg) && !utf8)
		sw_conn_reply(c, 553, "5.6.7",
			      "Address is not ASCII, and SMTPUTF8 was not said");
	else if (sw_param_value(c->event.params, "SIZE", &value) &&
		 sw_slice_u64(value, &size) && size > c->server->size_limit)
		sw_conn_reply(c, 552, "5.3.4", "Message size exceeds fixed limit");
	else if (!sw_conn_note_sender(c))
		sw_conn_reply(c, 452, "4.3.1", "Insufficient memory");
	else
		sw_conn_reply(c, 250, "2.1.0", "Ok");
}

/* Whether one more recipient is beyond what LIMITS says: RCPTMAX of them, at RCPTDOMAINMAX
 * domains. */
static bool is_beyond(struct sw_conn *c)
{
	const struct sw_limits *limits = &c->server->limits;

	if (limits->rcpt_max && c->recipient_count >= limits->rcpt_max)
		return true;
	return limits->domain_max && c->domains.count >= limits->domain_max &&
	       sw_nameset_find(&c->domains, domain_of(c->event.arg)) == SIZE_MAX;
}

void sw_conn_rcpt(struct sw_conn *c)
{
	struct sw_slice value;
	bool utf8 = sw_param_value(c->sender_params, "SMTPUTF8", &value);

	if (!params_are_fine(c))
		return;
	if (sw_slice_has_8bit(c->event.arg) && !utf8)
		sw_conn_reply(c, 553, "5.6.7",
			      "Address is not ASCII, and SMTPUTF8 was not said");
	else if (is_beyond(c) || c->recipient_count >= SW_MAX_SANDBOX_RCPT ||
		 c->arena.bytes >= SW_MAX_SANDBOX_ENVELOPE)
		sw_conn_reply(c, 452, "4.5.3", "Error: too many recipients");
	else if (!sw_conn_note_recipient(c))
		sw_conn_reply(c, 452, "4.3.1", "Insufficient memory");
	else
		sw_conn_reply(c, 250, "2.1.5", "Ok");
}
