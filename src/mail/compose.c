/* SPDX-License-Identifier: MIT */
#include "mail/compose.h"

#include <stdio.h>

#include "base/mem.h"
#include "mail/compose_private.h"
#include "mail/header.h"

struct sw_compose *sw_compose_new(const struct sw_world *world)
{
	struct sw_compose *c = sw_calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->world = world;
	for (size_t i = 0; i < SW_COMPOSE_LISTS; i++)
		c->tails[i] = &c->lists[i];
	c->parts_tail = &c->parts;
	sw_buf_init(&c->subject, SW_MAX_HEADER_BLOCK);
	sw_buf_init(&c->extra, SW_MAX_HEADER_BLOCK);
	sw_buf_init(&c->frame, SW_COMPOSE_FRAME_MAX);
	return c;
}

void sw_compose_free(struct sw_compose *c)
{
	if (!c)
		return;
	for (struct sw_compose_part *p = c->parts; p; p = p->next)
		sw_compose_part_fini(p);
	sw_buf_fini(&c->subject);
	sw_buf_fini(&c->extra);
	sw_buf_fini(&c->frame);
	sw_buf_fini(&c->text.body);
	sw_buf_fini(&c->html.body);
	sw_arena_fini(&c->arena);
	sw_free(c);
}

enum sw_err sw_compose_check_open(const struct sw_compose *c, struct sw_error *err)
{
	if (!c->finished)
		return SW_OK;
	return sw_fail(err, SW_E_USAGE, "the message is finished already");
}

static enum sw_err fail_twice(const char *what, struct sw_error *err)
{
	return sw_fail(err, SW_E_USAGE, "%s is set already", what);
}

/* The lists that people give are written anew, so they must be flawless, other than those of
 * messages that exist. */
static enum sw_err parse_list(struct sw_compose *c, const char *field, struct sw_slice in,
			      struct sw_mailbox **ret, struct sw_error *err)
{
	struct sw_mailbox *first = NULL;
	struct sw_error why;
	enum sw_err code = sw_compose_check_open(c, err);

	if (!code)
		code = sw_header_value_check(sw_slice_str(field), in, err);
	if (code)
		return code;
	code = sw_mailboxes_parse(&c->arena, in, &first, &why);
	if (code)
		return sw_fail(err, code, "%s: %s", field, why.text);
	if (!first)
		return sw_fail(err, SW_E_DATA,
			       "%s: no address; expected something like user@example.com",
			       field);
	*ret = first;
	return SW_OK;
}

enum sw_err sw_compose_from(struct sw_compose *c, struct sw_slice mailbox,
			    struct sw_error *err)
{
	struct sw_mailbox *first = NULL;

	if (c->from)
		return fail_twice("From", err);
	enum sw_err code = parse_list(c, "From", mailbox, &first, err);

	if (code)
		return code;
	if (first->next)
		return sw_fail(err, SW_E_DATA, "From: more than one address");
	c->from = first;
	return SW_OK;
}

enum sw_err sw_compose_add(struct sw_compose *c, enum sw_compose_list list, struct sw_slice in,
			   struct sw_error *err)
{
	static const char *const names[SW_COMPOSE_LISTS] = {
		[SW_TO] = "To", [SW_CC] = "Cc", [SW_BCC] = "Bcc", [SW_REPLY_TO] = "Reply-To",
	};
	struct sw_mailbox *first = NULL;
	enum sw_err code = parse_list(c, names[list], in, &first, err);

	if (code)
		return code;
	*c->tails[list] = first;
	while (*c->tails[list])
		c->tails[list] = &(*c->tails[list])->next;
	return SW_OK;
}

enum sw_err sw_compose_subject(struct sw_compose *c, struct sw_slice utf8,
			       struct sw_error *err)
{
	enum sw_err code = sw_compose_check_open(c, err);

	if (code)
		return code;
	if (sw_buf_len(&c->subject))
		return fail_twice("Subject", err);
	return sw_header_add_text(&c->subject, SW_S("Subject"), utf8, err);
}

/* Fields that are made here, or that must not be sent. */
static const char *const own_fields[] = {
	"From",	    "Reply-To",	  "To",		  "Cc",		"Bcc",
	"Subject",  "Message-ID", "MIME-Version", "Resent-Bcc", "Return-Path",
};
/* Further fields that hold addresses: written as such, so that names are encoded properly. */
static const char *const address_fields[] = {
	"Sender",	 "Resent-From",	  "Resent-Sender",
	"Resent-To",	 "Resent-Cc",	  "Disposition-Notification-To",
	"Mail-Reply-To", "Mail-Followup-To", "Return-Receipt-To",
	"Errors-To",
};

static bool is_one_of(struct sw_slice name, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (sw_slice_eq_nocase(name, sw_slice_str(list[i])))
			return true;
	return false;
}

enum sw_err sw_compose_header(struct sw_compose *c, struct sw_slice name,
			      struct sw_slice value, struct sw_error *err)
{
	enum sw_err code = sw_compose_check_open(c, err);

	if (code)
		return code;
	if (is_one_of(name, own_fields, SW_LEN(own_fields)) ||
	    sw_slice_starts_nocase(name, SW_S("Content-")))
		return sw_fail(err, SW_E_USAGE,
			       "the %.*s field cannot be set as a further field",
			       SW_FMT(name));
	bool is_date = sw_slice_eq_nocase(name, SW_S("Date"));

	if (is_date && c->has_date)
		return fail_twice("Date", err);
	if (is_one_of(name, address_fields, SW_LEN(address_fields))) {
		struct sw_mailbox *first = NULL;
		char field[40];

		snprintf(field, sizeof(field), "%.*s", SW_FMT(name));
		code = parse_list(c, field, value, &first, err);
		if (!code)
			code = sw_header_add_mailboxes(&c->extra, name, first, err);
		return code;
	}
	code = sw_header_add_text(&c->extra, name, value, err);
	if (!code && is_date)
		c->has_date = true;
	if (!code)
		sw_compose_note_list(c, name);
	return code;
}

static bool is_id_char(char c)
{
	char lower = sw_ascii_lower(c);

	return sw_ascii_digit(c) || (lower >= 'a' && lower <= 'z') ||
	       (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", c));
}

/* Words with single dots between them (RFC 5322 3.2.3 dot-atom-text). */
static bool is_dot_atom(struct sw_slice s)
{
	struct sw_slice word;

	if (s.len == 0)
		return false;
	while (sw_slice_split(&s, '.', &word)) {
		if (word.len == 0)
			return false;
		for (size_t i = 0; i < word.len; i++)
			if (!is_id_char(word.ptr[i]))
				return false;
	}
	return true;
}

/* RFC 5322 3.6.4 without the obsolete forms. */
static bool message_id_valid(struct sw_slice id)
{
	size_t at = sw_slice_find(id, '@');
	struct sw_slice right = sw_slice_from(id, at + 1);

	if (!is_dot_atom(sw_slice_head(id, at)))
		return false;
	return is_dot_atom(right) ||
	       (right.len && right.ptr[0] == '[' && sw_ehlo_name_valid(right));
}

enum sw_err sw_compose_message_id(struct sw_compose *c, struct sw_slice id,
				  struct sw_error *err)
{
	enum sw_err code = sw_compose_check_open(c, err);

	if (code)
		return code;
	if (c->message_id)
		return fail_twice("Message-ID", err);
	if (id.len > 2 && id.ptr[0] == '<' && id.ptr[id.len - 1] == '>')
		id = sw_slice(id.ptr + 1, id.len - 2);
	if (id.len > SW_MAX_MESSAGE_ID)
		return sw_fail(err, SW_E_LIMIT,
			       "a Message-ID of %zu bytes; at most %d are allowed", id.len,
			       SW_MAX_MESSAGE_ID);
	if (!message_id_valid(id))
		return sw_fail(err, SW_E_DATA,
			       "'%.*s' is not a Message-ID; expected something like "
			       "<word@example.com>", (int)(id.len < 100 ? id.len : 100),
			       id.ptr ? id.ptr : "");
	c->message_id = sw_arena_copy(&c->arena, id).ptr;
	return c->message_id ? SW_OK : sw_fail_nomem(err);
}

static enum sw_err set_text(struct sw_compose *c, struct sw_compose_text *t,
			    struct sw_slice utf8, const char *what, struct sw_error *err)
{
	enum sw_err code = sw_compose_check_open(c, err);

	if (code)
		return code;
	if (t->set)
		return fail_twice(what, err);
	t->flowed = c->flowed && t == &c->text;
	return sw_compose_encode(t, utf8, what, err);
}

enum sw_err sw_compose_text(struct sw_compose *c, struct sw_slice utf8, struct sw_error *err)
{
	return set_text(c, &c->text, utf8, "the text", err);
}

enum sw_err sw_compose_html(struct sw_compose *c, struct sw_slice utf8, struct sw_error *err)
{
	return set_text(c, &c->html, utf8, "the HTML text", err);
}

enum sw_err sw_compose_flowed(struct sw_compose *c, struct sw_error *err)
{
	if (c->text.set)
		return sw_fail(err, SW_E_USAGE, "the text is set already");
	c->flowed = true;
	return sw_compose_check_open(c, err);
}

enum sw_err sw_compose_random(const struct sw_world *world, char *out, size_t len,
			      struct sw_error *err)
{
	static const char letters[33] = "abcdefghijklmnopqrstuvwxyz234567";

	if (!world->random(world->arg, out, len))
		return sw_fail(err, SW_E_OS, "the system gives no random bytes");
	/* 5 bits of each byte. */
	for (size_t i = 0; i < len; i++)
		out[i] = letters[(unsigned char)out[i] & 0x1f];
	out[len] = '\0';
	return SW_OK;
}

enum sw_err sw_compose_finish(struct sw_compose *c, struct sw_source **ret,
			      struct sw_error *err)
{
	enum sw_err code = sw_compose_check_open(c, err);

	if (code)
		return code;
	if (!c->from)
		return sw_fail(err, SW_E_USAGE, "the message has no From address");
	if (!c->lists[SW_TO] && !c->lists[SW_CC] && !c->lists[SW_BCC])
		return sw_fail(err, SW_E_USAGE,
			       "the message has no recipient: neither To, Cc nor Bcc");
	code = sw_compose_check_lists(c, err);
	if (!code)
		code = sw_compose_collect(c, err);
	if (!code)
		code = sw_compose_build(c, err);
	if (!code)
		code = sw_compose_source(c, ret, err);
	c->finished = code == SW_OK;
	return code;
}

const struct sw_address *sw_compose_sender(const struct sw_compose *c)
{
	return c->from ? &c->from->address : NULL;
}

size_t sw_compose_recipient_count(const struct sw_compose *c)
{
	return c->recipient_count;
}

const struct sw_address *sw_compose_recipient(const struct sw_compose *c, size_t i)
{
	return i < c->recipient_count ? c->recipients[i] : NULL;
}
