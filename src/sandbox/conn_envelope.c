/* SPDX-License-Identifier: MIT */
/* MAIL and RCPT with their parameters (RFC 1870, 3461, 4954, 6152, 6531). */
#include <stdio.h>

#include "base/mem.h"
#include "sandbox/internal.h"

enum {
	FIRST_ROOM = 16,
	/* RFC 3461 4.4. */
	MAX_ENVID = 100,
	MAX_ORCPT = 500,
};

/* What a parameter's value may be. Each says whether it is well formed. */
static bool is_size(struct sw_slice v)
{
	uint64_t size;

	return v.len <= 20 && sw_slice_u64(v, &size);
}

static bool is_body(struct sw_slice v)
{
	return sw_slice_eq_nocase(v, SW_S("7BIT")) || sw_slice_eq_nocase(v, SW_S("8BITMIME"));
}

static bool is_empty(struct sw_slice v)
{
	return v.len == 0;
}

static bool is_ret(struct sw_slice v)
{
	return sw_slice_eq_nocase(v, SW_S("FULL")) || sw_slice_eq_nocase(v, SW_S("HDRS"));
}

static bool is_hex(char c)
{
	return sw_ascii_digit(c) || (c >= 'A' && c <= 'F');
}

/* RFC 3461 4: printable but '+' and '=', which come as "+HH". */
static bool is_xtext(struct sw_slice v)
{
	for (size_t i = 0; i < v.len; i++) {
		if (v.ptr[i] == '+') {
			if (v.len - i < 3 || !is_hex(v.ptr[i + 1]) || !is_hex(v.ptr[i + 2]))
				return false;
			i += 2;
		} else if (v.ptr[i] < '!' || v.ptr[i] > '~' || v.ptr[i] == '=') {
			return false;
		}
	}
	return v.len > 0;
}

static bool is_envid(struct sw_slice v)
{
	return v.len <= MAX_ENVID && is_xtext(v);
}

static bool is_auth(struct sw_slice v)
{
	return sw_slice_eq(v, SW_S("<>")) || is_xtext(v);
}

static bool is_notify(struct sw_slice v)
{
	struct sw_slice word;

	if (sw_slice_eq_nocase(v, SW_S("NEVER")))
		return true;
	if (v.len == 0)
		return false;
	while (sw_slice_split(&v, ',', &word))
		if (!sw_slice_eq_nocase(word, SW_S("SUCCESS")) &&
		    !sw_slice_eq_nocase(word, SW_S("FAILURE")) &&
		    !sw_slice_eq_nocase(word, SW_S("DELAY")))
			return false;
	return true;
}

/* "type;address"; with SMTPUTF8 the address may be UTF-8 (RFC 6533 3). */
static bool is_orcpt(struct sw_slice v)
{
	size_t semicolon = sw_slice_find(v, ';');
	struct sw_slice address = sw_slice_from(v, semicolon + 1);

	return v.len <= MAX_ORCPT && semicolon > 0 && address.len > 0 &&
	       (is_xtext(address) || sw_slice_starts_nocase(v, SW_S("utf-8;")));
}

static const struct param {
	const char *name;
	enum sw_smtp_verb verb;
	const char *cap;
	bool (*valid)(struct sw_slice value);
} params[] = {
	{ "SIZE", SW_VERB_MAIL, "SIZE", is_size },
	{ "BODY", SW_VERB_MAIL, "8BITMIME", is_body },
	{ "SMTPUTF8", SW_VERB_MAIL, "SMTPUTF8", is_empty },
	{ "AUTH", SW_VERB_MAIL, "AUTH", is_auth },
	{ "RET", SW_VERB_MAIL, "DSN", is_ret },
	{ "ENVID", SW_VERB_MAIL, "DSN", is_envid },
	{ "NOTIFY", SW_VERB_RCPT, "DSN", is_notify },
	{ "ORCPT", SW_VERB_RCPT, "DSN", is_orcpt },
};

static const struct param *find_param(struct sw_conn *c, struct sw_slice name)
{
	for (size_t i = 0; i < SW_LEN(params); i++)
		if (params[i].verb == c->event.verb &&
		    sw_slice_eq_nocase(name, sw_slice_str(params[i].name)))
			return sw_conn_cap_dropped(c, params[i].cap) ? NULL : &params[i];
	return NULL;
}

/* The value of a parameter of the present event; false: it is not there. */
static bool param_value(struct sw_slice all, struct sw_slice name, struct sw_slice *ret)
{
	struct sw_slice word;

	while (all.len > 0 && sw_slice_split(&all, ' ', &word)) {
		size_t equals = sw_slice_find(word, '=');

		if (sw_slice_eq_nocase(sw_slice_head(word, equals), name)) {
			*ret = sw_slice_from(word, equals + 1);
			return true;
		}
	}
	return false;
}

/* Answers and returns false when a parameter is unknown or malformed. */
static bool params_are_fine(struct sw_conn *c)
{
	struct sw_slice rest = c->event.params, word;

	while (rest.len > 0 && sw_slice_split(&rest, ' ', &word)) {
		size_t equals = sw_slice_find(word, '=');
		struct sw_slice name = sw_slice_head(word, equals);
		const struct param *p = word.len > 0 ? find_param(c, name) : NULL;

		if (word.len == 0)
			continue;
		if (!p) {
			sw_conn_reply(c, 555, "5.5.4", "Unsupported option");
			return false;
		}
		if (!p->valid(sw_slice_from(word, equals + 1))) {
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
	else if (set->require_auth && !sw_smtp_server_authenticated(c->machine))
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

bool sw_conn_note_recipient(struct sw_conn *c)
{
	struct sw_slice address = sw_arena_copy(&c->arena, c->event.arg);
	struct sw_slice rcpt_params = sw_arena_copy(&c->arena, c->event.params);

	if (!address.ptr || !rcpt_params.ptr || c->recipient_count >= SW_MAX_SANDBOX_RCPT ||
	    !make_room(c))
		return false;
	c->recipients[c->recipient_count] = address;
	c->recipient_params[c->recipient_count++] = rcpt_params;
	return true;
}

void sw_conn_mail(struct sw_conn *c)
{
	struct sw_slice value;
	uint64_t size = 0;
	bool utf8 = param_value(c->event.params, SW_S("SMTPUTF8"), &value);

	if (!is_allowed(c) || !params_are_fine(c))
		return;
	if (sw_slice_has_8bit(c->event.arg) && !utf8)
		sw_conn_reply(c, 553, "5.6.7",
			      "Address is not ASCII, and SMTPUTF8 was not said");
	else if (param_value(c->event.params, SW_S("SIZE"), &value) &&
		 sw_slice_u64(value, &size) && size > c->server->size_limit)
		sw_conn_reply(c, 552, "5.3.4", "Message size exceeds fixed limit");
	else if (!sw_conn_note_sender(c))
		sw_conn_reply(c, 452, "4.3.1", "Insufficient memory");
	else
		sw_conn_reply(c, 250, "2.1.0", "Ok");
}

void sw_conn_rcpt(struct sw_conn *c)
{
	struct sw_slice value;
	bool utf8 = param_value(c->sender_params, SW_S("SMTPUTF8"), &value);

	if (!params_are_fine(c))
		return;
	if (sw_slice_has_8bit(c->event.arg) && !utf8)
		sw_conn_reply(c, 553, "5.6.7",
			      "Address is not ASCII, and SMTPUTF8 was not said");
	else if (c->recipient_count >= SW_MAX_SANDBOX_RCPT ||
		 c->arena.bytes >= SW_MAX_SANDBOX_ENVELOPE)
		sw_conn_reply(c, 452, "4.5.3", "Error: too many recipients");
	else if (!sw_conn_note_recipient(c))
		sw_conn_reply(c, 452, "4.3.1", "Insufficient memory");
	else
		sw_conn_reply(c, 250, "2.1.5", "Ok");
}
