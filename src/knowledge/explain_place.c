/* SPDX-License-Identifier: MIT */
/* Host, port and stage that a text names: what the next command needs. */
#include "knowledge/explain_work.h"

/* Where a host name or address follows. */
static const char *const host_anchors[] = {
	"relay=",
	"host ",
	"host: ",
	"host=",
	"host, port: ",
	"hostname ",
	"h=",
	"connect to ",
	"connecting to ",
	"connected to ",
	"connection to ",
	"conversation with ",
	"lost connection with ",
	"remote-mta: dns;",
	"remote-mta: dns; ",
	"getaddrinfo enotfound ",
	"getaddrinfo eai_again ",
	"econnrefused ",
	"etimedout ",
	"econnreset ",
	"ehostunreach ",
	"enetunreach ",
	"enotfound ",
	"resolve host: ",
	"resolve host name ",
	"could not resolve ",
	"cannot resolve ",
	"can't resolve ",
	"locate remote host ",
	"failed to connect to ",
	"couldn't connect to ",
	"unable to connect to ",
	"cannot connect to ",
	"can't connect to ",
	"ssl://",
	"tls://",
	"tcp://",
	"smtp://",
	"smtps://",
	"submission://",
	"submissions://",
	"lmtp://",
	"smtp server ",
	"smtp server: ",
	"mail server ",
	"trying ",
	"server '",
	"server: '",
	"smtphost: ",
	"by ",
	"from ",
	"with ",
	"for ",
	"сервером ",
	"серверу ",
	"к ",
};

static const struct {
	const char *words;
	enum sw_stage stage;
} stages[] = {
	{ "end of data", SW_STAGE_FINAL },
	{ "after end of message", SW_STAGE_FINAL },
	{ "after sending data block", SW_STAGE_FINAL },
	{ "end-of-data", SW_STAGE_FINAL },
	{ "sending end of data", SW_STAGE_FINAL },
	{ "after pipelined end of data", SW_STAGE_FINAL },
	{ "reply to rcpt to", SW_STAGE_ENVELOPE },
	{ "after rcpt to", SW_STAGE_ENVELOPE },
	{ "rcpt to:", SW_STAGE_ENVELOPE },
	{ "response to rcpt", SW_STAGE_ENVELOPE },
	{ "reply to mail from", SW_STAGE_ENVELOPE },
	{ "after mail from", SW_STAGE_ENVELOPE },
	{ "mail from:", SW_STAGE_ENVELOPE },
	{ "mail from command", SW_STAGE_ENVELOPE },
	{ "rcpt to command", SW_STAGE_ENVELOPE },
	{ "sending mail from", SW_STAGE_ENVELOPE },
	{ "sending rcpt to", SW_STAGE_ENVELOPE },
	{ "reply to data", SW_STAGE_DATA },
	{ "data command", SW_STAGE_DATA },
	{ "after data", SW_STAGE_DATA },
	{ "sending data", SW_STAGE_DATA },
	{ "message body", SW_STAGE_DATA },
	{ "initial server greeting", SW_STAGE_GREETING },
	{ "initial connection", SW_STAGE_GREETING },
	{ "while performing the ehlo", SW_STAGE_EHLO },
	{ "while performing the helo", SW_STAGE_EHLO },
	{ "reply to ehlo", SW_STAGE_EHLO },
	{ "reply to helo", SW_STAGE_EHLO },
	{ "after ehlo", SW_STAGE_EHLO },
	{ "ehlo command", SW_STAGE_EHLO },
	{ "helo command", SW_STAGE_EHLO },
	{ "starttls", SW_STAGE_TLS },
	{ "sasl authentication failed", SW_STAGE_AUTH },
	{ "could not authenticate", SW_STAGE_AUTH },
	{ "password command failed", SW_STAGE_AUTH },
	{ "username command failed", SW_STAGE_AUTH },
	{ "smtpauthenticationerror", SW_STAGE_AUTH },
	{ "authenticationfailedexception", SW_STAGE_AUTH },
	{ "invalid login:", SW_STAGE_AUTH },
	{ "eauth", SW_STAGE_AUTH },
	{ "reply to auth", SW_STAGE_AUTH },
	{ "smtprecipientsrefused", SW_STAGE_ENVELOPE },
	{ "smtpsenderrefused", SW_STAGE_ENVELOPE },
	{ "smtpdataerror", SW_STAGE_FINAL },
	{ "eenvelope", SW_STAGE_ENVELOPE },
	{ "rcpt-to", SW_STAGE_ENVELOPE },
};

static bool is_host_byte(char c)
{
	return sw_explain_is_alnum(c) || c == '-' || c == '.' || c == '_';
}

/* Length of a name with a dot in it, or an IPv4 address; 0 none.  "4.7.1" and "3.5" are none,
 * and neither is a file. */
static size_t host_length(const struct sw_explain_text *t, size_t pos, size_t to)
{
	size_t len = 0, dots = 0, letters = 0;

	while (pos + len < to && is_host_byte(t->low[pos + len]))
		len++;
	while (len && strchr(".-_", t->low[pos + len - 1]))
		len--;
	for (size_t i = 0; i < len; i++) {
		dots += t->low[pos + i] == '.';
		letters += !sw_ascii_digit(t->low[pos + i]) && t->low[pos + i] != '.';
	}
	bool name = letters > 1 && dots > 0 && sw_explain_is_alnum(t->low[pos]);
	bool address = letters == 0 && dots == 3;

	if (pos + len < to && t->low[pos + len] == '@')
		return 0;
	if (sw_explain_has_at(t, pos, "localhost") && len == strlen("localhost"))
		return len;
	return len <= SW_MAX_DOMAIN && (name || address) ? len : 0;
}

static uint16_t number_at(const struct sw_explain_text *t, size_t pos, size_t to)
{
	unsigned long value = 0;
	size_t len = 0;

	while (pos + len < to && len < 6 && sw_ascii_digit(t->low[pos + len]))
		value = value * 10 + (unsigned long)(t->low[pos + len++] - '0');
	return len && value > 0 && value <= UINT16_MAX ? (uint16_t)value : 0;
}

/* 25, 465, 587, 2525 ...: so that "12:30" or "host:line" is not a server. */
static bool is_mail_port(uint16_t port)
{
	return port == 25 || port == 465 || port == 587 || port == 2525 || port == 24 ||
	       port == 26 || port == 1025 || port == 8025 || port == 10025 || port == 2465 ||
	       port == 2587;
}

/* Behind a host: "[192.0.2.1]:25", " (192.0.2.1) [192.0.2.1]:25", ":587", " port 587". */
static uint16_t find_port(const struct sw_explain_text *t, size_t pos, size_t to)
{
	static const char *const before[] = { ":",       " port ",   ", port ",
					      " port: ", "; port ",  " on port ",
					      " порт ",  ", port: ", "' port " };

	while (pos < to) {
		size_t start = pos + (t->low[pos] == ' ');
		char close = start < to && t->low[start] == '['   ? ']'
			     : start < to && t->low[start] == '(' ? ')'
								  : '\0';
		size_t end = start;

		while (close && end < to && t->low[end] != close && t->low[end] != '\n')
			end++;
		if (!close || end >= to || t->low[end] != close || end - start > 64)
			break;
		pos = end + 1;
	}
	for (size_t i = 0; i < SW_LEN(before); i++)
		if (sw_explain_has_at(t, pos, before[i]))
			return number_at(t, pos + strlen(before[i]), to);
	/* "host, port: smtp.example.com, 587" */
	if (sw_explain_has_at(t, pos, ", ") && is_mail_port(number_at(t, pos + 2, to)))
		return number_at(t, pos + 2, to);
	return 0;
}

static bool take_host(const struct sw_explain_text *t, size_t pos, size_t to,
		      struct sw_explain_place *ret)
{
	size_t len = host_length(t, pos, to);

	if (len == 0)
		return false;
	ret->host = sw_slice(t->low + pos, len);
	ret->port = find_port(t, pos + len, to);
	return true;
}

static bool is_weak_anchor(const char *anchor)
{
	return strlen(anchor) < 6 && anchor[strlen(anchor) - 1] == ' ' &&
	       strcmp(anchor, "host ") != 0;
}

static void find_host(const struct sw_explain_text *t, size_t from, size_t to,
		      struct sw_explain_place *ret)
{
	for (size_t i = 0; i < SW_LEN(host_anchors); i++) {
		size_t len = strlen(host_anchors[i]);

		for (size_t pos = from;
		     (pos = sw_explain_search(t, pos, to, host_anchors[i])) < to; pos += len) {
			struct sw_explain_place found = { 0 };
			size_t at = pos + len;

			if (pos > 0 && sw_explain_is_word(t->low[pos - 1]) &&
			    sw_explain_is_word(host_anchors[i][0]))
				continue;
			while (at < to && strchr(" '\"[(", t->low[at]))
				at++;
			/* "from example.org" may be anybody; with a mail port it is a server.
			 */
			if (!take_host(t, at, to, &found) ||
			    (is_weak_anchor(host_anchors[i]) && !is_mail_port(found.port)))
				continue;
			ret->host = found.host;
			ret->port = found.port;
			return;
		}
	}
}

/* Any "name.example:587". */
static void find_host_by_port(const struct sw_explain_text *t, size_t from, size_t to,
			      struct sw_explain_place *ret)
{
	for (size_t pos = from; pos < to; pos++) {
		struct sw_explain_place found = { 0 };

		if (!sw_explain_is_alnum(t->low[pos]) ||
		    (pos > 0 && (is_host_byte(t->low[pos - 1]) || t->low[pos - 1] == '@')))
			continue;
		if (take_host(t, pos, to, &found) && is_mail_port(found.port)) {
			ret->host = found.host;
			ret->port = found.port;
			return;
		}
	}
}

static void find_stage(const struct sw_explain_text *t, size_t from, size_t to,
		       struct sw_explain_place *ret)
{
	for (size_t i = 0; i < SW_LEN(stages); i++)
		if (sw_explain_search(t, from, to, stages[i].words) < to) {
			ret->has_stage = true;
			ret->stage = stages[i].stage;
			return;
		}
}

/* Borders of the lines that hold [from, to), and two lines around: folded notices name the
 * host above. */
static void widen(const struct sw_explain_text *t, size_t *from, size_t *to)
{
	for (int lines = 0; *from > 0 && lines < 3; (*from)--)
		lines += t->low[*from - 1] == '\n';
	for (int lines = 0; *to < t->len && lines < 3; (*to)++)
		lines += t->low[*to] == '\n';
}

struct sw_explain_place sw_explain_find_place(const struct sw_explain_work *w, size_t from,
					      size_t to)
{
	const struct sw_explain_text *t = &w->text;
	struct sw_explain_place place = { .has_stage = false };

	widen(t, &from, &to);
	find_host(t, from, to, &place);
	if (!place.host.len)
		find_host_by_port(t, from, to, &place);
	find_stage(t, from, to, &place);
	return place;
}
