/* SPDX-License-Identifier: MIT */
/* What a connection says: replies through the machine, and their texts. */
#include <stdarg.h>
#include <stdio.h>

#include "base/text.h"
#include "sandbox/internal.h"

enum { SECOND = 1000 * 1000 };

static struct sw_slice domain_of(struct sw_slice address)
{
	return sw_slice_from(address, sw_slice_find(address, '@') + 1);
}

/* A fact of the session for a {placeholder}; `number` is room for one that must be written. */
static struct sw_slice fact(const struct sw_conn *c, struct sw_slice name, char number[24])
{
	if (sw_slice_eq(name, SW_S("name")))
		return sw_slice_str(c->server->set.name);
	if (sw_slice_eq(name, SW_S("ip")))
		return sw_slice_str(c->ip);
	if (sw_slice_eq(name, SW_S("arg")))
		return c->event.arg;
	if (sw_slice_eq(name, SW_S("helo")))
		return sw_slice_str(c->helo ? c->helo : "");
	if (sw_slice_eq(name, SW_S("sender")))
		return c->sender;
	if (sw_slice_eq(name, SW_S("domain")))
		return domain_of(c->sender);
	if (sw_slice_eq(name, SW_S("user")))
		return sw_slice_str(c->user ? c->user : "nobody");
	if (sw_slice_eq(name, SW_S("wait"))) {
		(void)snprintf(number, 24, "%llu",
			       (unsigned long long)((c->grey_us + SECOND - 1) / SECOND));
		return sw_slice_str(number);
	}
	return (struct sw_slice){ NULL, 0 };
}

static enum sw_err expand(const struct sw_conn *c, struct sw_slice in, struct sw_buf *out)
{
	enum sw_err e = SW_OK;

	while (in.len > 0 && !e) {
		size_t open = sw_slice_find(in, '{');
		struct sw_slice rest = sw_slice_from(in, open + 1);
		struct sw_slice name = sw_slice_head(rest, sw_slice_find(rest, '}'));
		char number[24];
		struct sw_slice value = fact(c, name, number);

		if (open < in.len && name.len < rest.len && (value.ptr || value.len)) {
			e = sw_buf_add(out, sw_slice_head(in, open));
			/* It comes from the client: one line whatever it holds. */
			if (!e)
				e = sw_text_escape(out, value, SW_TEXT_LINE);
			in = sw_slice_from(rest, name.len + 1);
		} else {
			e = sw_buf_add(out, sw_slice_head(in, open + 1));
			in = rest;
		}
	}
	return e;
}

/* What the client must believe to be so is so. */
static void note_accepted(struct sw_conn *c)
{
	bool ok = true;

	if (c->event.verb == SW_VERB_MAIL)
		ok = sw_conn_note_sender(c);
	else if (c->event.verb == SW_VERB_RCPT)
		ok = sw_conn_note_recipient(c);
	else if (c->event.verb == SW_VERB_MESSAGE)
		ok = sw_conn_keep_message(c);
	if (!ok)
		sw_conn_log(c, "no memory or no room for what was accepted");
}

/* One reply, or with LMTP one for each recipient of a message (RFC 2033 4.2). */
static size_t replies_due(const struct sw_conn *c)
{
	size_t count = sw_smtp_server_recipients(c->machine);

	return c->server->set.lmtp && c->event.verb == SW_VERB_MESSAGE && count > 0 ? count
										    : 1;
}

static void after_reply(struct sw_conn *c, int code)
{
	if (c->event.verb == SW_VERB_CONNECT)
		c->greeted_badly = code >= 500;
	if (c->event.verb == SW_VERB_MESSAGE)
		sw_conn_reset_mail(c);
}

void sw_conn_reply(struct sw_conn *c, int code, const char *enhanced, const char *text)
{
	size_t count = replies_due(c);

	if (sw_conn_cap_dropped(c, "ENHANCEDSTATUSCODES"))
		enhanced = "";
	for (size_t i = 0; i < count; i++) {
		if (sw_smtp_server_reply(c->machine, code, enhanced, text)) {
			sw_conn_kill(c, false);
			return;
		}
		sw_conn_collect(c);
		if (code == 421)
			break;
	}
	after_reply(c, code);
}

void sw_conn_replyf(struct sw_conn *c, int code, const char *enhanced, const char *fmt, ...)
{
	char text[SW_MAX_SANDBOX_TEXT];
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	sw_conn_reply(c, code, enhanced, text);
}

/* "5.7.1 " at the start. */
static struct sw_slice take_enhanced(struct sw_slice *text)
{
	struct sw_slice word = sw_slice_head(*text, sw_slice_find(*text, ' '));
	struct sw_enhanced parsed;
	size_t len;

	if (!sw_enhanced_parse(word, &parsed, &len))
		return SW_S("");
	*text = sw_slice_from(*text, word.len + 1);
	return word;
}

/* "CODE [ENHANCED] TEXT", taken apart and its placeholders filled in; sw_buf_fini the text. */
struct said {
	int code;
	char enhanced[SW_ENHANCED_TEXT];
	struct sw_buf text;
};

static bool take_apart(struct sw_conn *c, struct sw_slice reply, struct said *ret)
{
	struct sw_slice rest = sw_slice_from(reply, 4);
	struct sw_slice word = take_enhanced(&rest);

	*ret = (struct said){
		.code = (reply.ptr[0] - '0') * 100 + (reply.ptr[1] - '0') * 10 +
			(reply.ptr[2] - '0'),
	};
	if (word.len < sizeof(ret->enhanced))
		(void)snprintf(ret->enhanced, sizeof(ret->enhanced), "%.*s", SW_FMT(word));
	sw_buf_init(&ret->text, SW_MAX_SANDBOX_TEXT);
	if (expand(c, rest, &ret->text) == SW_OK)
		return true;
	sw_conn_kill(c, false);
	return false;
}

void sw_conn_say(struct sw_conn *c, struct sw_slice reply)
{
	struct said said;

	if (!take_apart(c, reply, &said)) {
		/* It is over. */
	} else if (said.code == 354 && c->event.verb == SW_VERB_DATA) {
		sw_conn_data(c);
	} else {
		if (said.code >= 200 && said.code < 300)
			note_accepted(c);
		sw_conn_reply(c, said.code, said.enhanced, sw_buf_str(&said.text));
	}
	sw_buf_fini(&said.text);
}

void sw_conn_say_each(struct sw_conn *c, struct sw_slice reply, uint64_t nth)
{
	bool plain = sw_conn_cap_dropped(c, "ENHANCEDSTATUSCODES");
	size_t count = replies_due(c);
	struct said said;
	bool fine = take_apart(c, reply, &said);

	for (size_t i = 1; fine && i <= count; i++) {
		bool bad = i % nth == 0;
		const char *good = plain ? "" : "2.1.5";

		if (sw_smtp_server_reply(c->machine, bad ? said.code : 250,
					 !bad    ? good
					 : plain ? ""
						 : said.enhanced,
					 bad ? sw_buf_str(&said.text) : "Delivered")) {
			sw_conn_kill(c, false);
			break;
		}
		sw_conn_collect(c);
	}
	sw_buf_fini(&said.text);
	after_reply(c, 250);
}

void sw_conn_say_raw(struct sw_conn *c, struct sw_slice bytes, int as_code)
{
	size_t count = replies_due(c);

	sw_conn_collect(c);
	sw_conn_out_expanded(c, bytes);
	if (as_code == 250)
		note_accepted(c);
	for (size_t i = 0; i < count; i++)
		if (sw_smtp_server_raw(c->machine, SW_S(""), as_code))
			sw_conn_kill(c, false);
	after_reply(c, as_code);
}

void sw_conn_out_expanded(struct sw_conn *c, struct sw_slice bytes)
{
	struct sw_buf out;

	sw_buf_init(&out, SW_MAX_SANDBOX_TEXT);
	if (expand(c, bytes, &out))
		sw_conn_kill(c, false);
	else
		sw_conn_out(c, sw_buf_slice(&out));
	sw_buf_fini(&out);
}

void sw_conn_challenge(struct sw_conn *c, struct sw_slice raw)
{
	if (sw_smtp_server_challenge(c->machine, raw))
		sw_conn_kill(c, false);
}
