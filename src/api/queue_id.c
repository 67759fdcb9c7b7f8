/* SPDX-License-Identifier: MIT */
#include "api/queue_id.h"

enum { MAX_ID = 200 };

/* Where the id stands to the marking words. */
enum place {
	BEHIND, /* "queued as ID" */
	FIRST,  /* "ID Message accepted for delivery" */
	BEFORE, /* "1700000000 ID - gsmtp" */
};
struct form {
	const char *mark;
	enum place place;
};
/* Tried in order: the more telling ones first. No case. */
static const struct form forms[] = {
	{ "queued as ", BEHIND }, /* Postfix, Haraka, amavis */
	{ "queued with id ", BEHIND },
	{ "queued mail for delivery",
	  FIRST }, /* Exchange: "<id> [InternalId=...] Queued mail..." */
	{ "internalid=", BEHIND },
	{ "message accepted for delivery", FIRST }, /* Sendmail, OpenSMTPD */
	{ "queue id: ", BEHIND },
	{ "queue-id: ", BEHIND },
	{ "queue id ", BEHIND },
	{ "queueid=", BEHIND },
	{ "message-id: ", BEHIND },
	{ "messageid=", BEHIND },
	{ "message id ", BEHIND },
	{ "(id: ", BEHIND },
	{ " id=", BEHIND }, /* Exim: "OK id=1abCDe-000123-Xy" */
	{ " qp ", BEHIND }, /* qmail: "ok 1700000000 qp 12345" */
	{ "accepted as ", BEHIND },
	{ "accepted with id ", BEHIND },
	{ " gsmtp", BEFORE },     /* Google: "OK  1700000000 x12-20020a... - gsmtp" */
	{ " saved as ", BEHIND }, /* Mailpit, MailHog and their like */
	{ " stored as ", BEHIND },
	{ " id ", BEHIND },
};

static bool id_byte(char c)
{
	return c > 0x20 && c < 0x7f && c != '<' && c != '>' && c != '(' && c != ')' &&
	       c != '[' && c != ']' && c != ',' && c != ';' && c != '"' && c != '\'';
}

static size_t search_nocase(struct sw_slice s, struct sw_slice needle)
{
	for (size_t i = 0; i + needle.len <= s.len; i++)
		if (sw_slice_starts_nocase(sw_slice_from(s, i), needle))
			return i;
	return s.len;
}

/* An id has a digit somewhere: words of prose ("queued as spam") have none. */
static struct sw_slice check(struct sw_slice id)
{
	while (id.len && (id.ptr[id.len - 1] == '.' || id.ptr[id.len - 1] == ':'))
		id.len--;
	bool digit = false;
	for (size_t i = 0; i < id.len; i++)
		digit = digit || sw_ascii_digit(id.ptr[i]);
	return digit && id.len >= 3 && id.len <= MAX_ID ? id : (struct sw_slice){ 0 };
}

static struct sw_slice behind(struct sw_slice text, size_t from)
{
	size_t to;
	while (from < text.len &&
	       (text.ptr[from] == ' ' || text.ptr[from] == '<' || text.ptr[from] == ':'))
		from++;
	for (to = from; to < text.len && id_byte(text.ptr[to]);)
		to++;
	return check(sw_slice_head(sw_slice_from(text, from), to - from));
}

/* The first word of the line in which `at` is. */
static struct sw_slice first(struct sw_slice text, size_t at)
{
	while (at > 0 && text.ptr[at - 1] != '\n')
		at--;
	return behind(text, at);
}

/* The nearest word before `at` that could be an id. */
static struct sw_slice before(struct sw_slice text, size_t at)
{
	while (at > 0) {
		size_t to = at, from;
		while (to > 0 && !id_byte(text.ptr[to - 1]))
			to--;
		for (from = to; from > 0 && id_byte(text.ptr[from - 1]);)
			from--;
		struct sw_slice id =
			check(sw_slice_head(sw_slice_from(text, from), to - from));
		if (id.len)
			return id;
		at = from;
	}
	return (struct sw_slice){ 0 };
}

static struct sw_slice find(struct sw_slice text, const struct form *form, size_t at,
			    size_t len)
{
	switch (form->place) {
	case BEHIND:
		return behind(text, at + len);
	case FIRST:
		return first(text, at);
	case BEFORE:
		break;
	}
	return before(text, at);
}

struct sw_slice sw_queue_id_find(struct sw_slice text)
{
	for (size_t i = 0; i < SW_LEN(forms); i++) {
		struct sw_slice mark = sw_slice_str(forms[i].mark);
		size_t at = search_nocase(text, mark);
		if (at == text.len)
			continue;
		struct sw_slice id = find(text, &forms[i], at, mark.len);
		if (id.len)
			return id;
	}
	return (struct sw_slice){ 0 };
}
