/* SPDX-License-Identifier: MIT */
/* The healthy answers, and the offers of EHLO. */
#include "base/mem.h"
#include "sandbox/internal.h"

enum { MAX_CAPS = 4096 };

void sw_conn_reset_mail(struct sw_conn *c)
{
	sw_conn_drop_message(c);
	c->sender = c->sender_params = SW_S("");
	c->recipient_count = 0;
	sw_nameset_clear(&c->domains);
	c->rcpt_commands = 0;
	c->chunked = false;
	sw_arena_fini(&c->arena);
	sw_arena_init(&c->arena);
}

static void set_helo(struct sw_conn *c, struct sw_slice name)
{
	sw_free(c->helo);
	c->helo = sw_dup(name);
}

void sw_conn_forget(struct sw_conn *c)
{
	sw_conn_reset_mail(c);
	sw_conn_auth_end(c);
	sw_free(c->user);
	c->user = NULL;
	sw_free(c->helo);
	c->helo = NULL;
	sw_free(c->xclient);
	c->xclient = NULL;
}

/* One line of the offers, unless a fault takes it away or hides it. */
static enum sw_err offer(struct sw_conn *c, struct sw_buf *out, const char *keyword,
			 const char *value)
{
	const struct sw_active_fault *mask = sw_conn_fault(c, SW_ACT_CAP_MASK);
	struct sw_slice shown = sw_slice_str(keyword);

	if (sw_conn_cap_dropped(c, keyword))
		return SW_OK;
	if (mask &&
	    sw_slice_eq(sw_slice_head(mask->row->data, sw_slice_find(mask->row->data, '=')),
			shown))
		shown = sw_slice_from(mask->row->data, shown.len + 1);
	return sw_buf_printf(out, "\n%.*s%s%s", SW_FMT(shown), *value ? " " : "", value);
}

/* What the sandbox can only record: it sends nothing on, so any promise is kept. */
static enum sw_err offer_wishes(struct sw_conn *c, struct sw_buf *out)
{
	const struct sw_active_fault *limits = sw_conn_fault(c, SW_ACT_LIMITS);
	bool chunking = !sw_conn_cap_dropped(c, "CHUNKING");
	SW_CLEANUP(sw_buf_fini) struct sw_buf text = { .max = MAX_CAPS };
	if (limits && sw_buf_add(&text, sw_fault_text(limits)))
		return SW_E_NOMEM;
	const struct {
		bool on;
		const char *keyword, *value;
	} rows[] = {
		{ true, "CHUNKING", "" },
		{ chunking, "BINARYMIME", "" },
		{ c->tls, "REQUIRETLS", "" },
		/* RFC 4865 4: longest time in seconds, latest date. */
		{ true, "FUTURERELEASE", "2592000 2099-12-31T23:59:59Z" },
		{ true, "DELIVERBY", "" },
		{ true, "MT-PRIORITY", "" },
		{ limits != NULL, "LIMITS", sw_buf_str(&text) },
		{ c->server->set.xclient, "XCLIENT",
		  "NAME ADDR PORT PROTO HELO LOGIN DESTADDR DESTPORT" },
	};
	enum sw_err e = SW_OK;

	for (size_t i = 0; i < SW_LEN(rows) && !e; i++)
		if (rows[i].on)
			e = offer(c, out, rows[i].keyword, rows[i].value);
	return e;
}

static enum sw_err offers(struct sw_conn *c, struct sw_buf *out)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf mechs = { .max = MAX_CAPS };
	SW_CLEANUP(sw_buf_fini) struct sw_buf size = { .max = MAX_CAPS };
	enum sw_err e =
		sw_buf_printf(&size, "%llu", (unsigned long long)c->server->size_limit);

	sw_conn_mechanisms(c, &mechs);
	if (!e)
		e = sw_buf_add_str(out, c->server->set.name);
	if (!e)
		e = offer(c, out, "PIPELINING", "");
	if (!e)
		e = offer(c, out, "SIZE", sw_buf_str(&size));
	if (!e)
		e = offer(c, out, "8BITMIME", "");
	if (!e)
		e = offer(c, out, "SMTPUTF8", "");
	if (!e && !c->tls)
		e = offer(c, out, "STARTTLS", "");
	if (!e && sw_buf_len(&mechs) > 0)
		e = offer(c, out, "AUTH", sw_buf_str(&mechs));
	if (!e)
		e = offer(c, out, "ENHANCEDSTATUSCODES", "");
	if (!e)
		e = offer(c, out, "DSN", "");
	return e ? e : offer_wishes(c, out);
}

static void hello(struct sw_conn *c)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf text = { .max = MAX_CAPS };

	set_helo(c, sw_slice_head(c->event.arg, sw_slice_find(c->event.arg, ' ')));
	sw_conn_reset_mail(c);
	if (c->event.verb == SW_VERB_HELO)
		sw_conn_reply(c, 250, "", c->server->set.name);
	else if (offers(c, &text))
		sw_conn_kill(c, false);
	else
		sw_conn_reply(c, 250, "", sw_buf_str(&text));
}

static void greet(struct sw_conn *c)
{
	sw_conn_replyf(c, 220, "", "%s %s sendwell sandbox", c->server->set.name,
		       c->server->set.lmtp ? "LMTP" : "ESMTP");
}

static void starttls(struct sw_conn *c)
{
	if (sw_conn_cap_dropped(c, "STARTTLS")) {
		sw_conn_reply(c, 502, "5.5.1", "Error: command not implemented");
		return;
	}
	sw_conn_reply(c, 220, "2.0.0", "Ready to start TLS");
}

static void rset(struct sw_conn *c)
{
	sw_conn_reset_mail(c);
	sw_conn_reply(c, 250, "2.0.0", "Ok");
}

static void noop(struct sw_conn *c)
{
	sw_conn_reply(c, 250, "2.0.0", "Ok");
}

static void vrfy(struct sw_conn *c)
{
	sw_conn_reply(c, 252, "2.5.0", "Cannot verify, but will take the message and try");
}

static void help(struct sw_conn *c)
{
	sw_conn_reply(
		c, 214, "2.0.0",
		"A server for trying out mail programs.\nsendwell help sandbox says more.");
}

static void quit(struct sw_conn *c)
{
	sw_conn_reply(c, 221, "2.0.0", "Bye");
}

static void unknown(struct sw_conn *c)
{
	sw_conn_reply(c, 500, "5.5.2", "Error: command not recognized");
}

static void (*const answers[SW_VERB_COUNT])(struct sw_conn *c) = {
	[SW_VERB_CONNECT] = greet,
	[SW_VERB_EHLO] = hello,
	[SW_VERB_HELO] = hello,
	[SW_VERB_LHLO] = hello,
	[SW_VERB_STARTTLS] = starttls,
	[SW_VERB_AUTH] = sw_conn_auth,
	[SW_VERB_AUTH_TOKEN] = sw_conn_auth_token,
	[SW_VERB_MAIL] = sw_conn_mail,
	[SW_VERB_RCPT] = sw_conn_rcpt,
	[SW_VERB_DATA] = sw_conn_data,
	[SW_VERB_BDAT] = sw_conn_bdat,
	[SW_VERB_XCLIENT] = sw_conn_xclient,
	[SW_VERB_MESSAGE] = sw_conn_message,
	[SW_VERB_RSET] = rset,
	[SW_VERB_NOOP] = noop,
	[SW_VERB_VRFY] = vrfy,
	[SW_VERB_HELP] = help,
	[SW_VERB_QUIT] = quit,
};

/* Lines that may hold a secret are not repeated. */
static void log_command(struct sw_conn *c)
{
	switch (c->event.verb) {
	case SW_VERB_CONNECT:
	case SW_VERB_MESSAGE:
	case SW_VERB_BDAT:
	case SW_VERB_NONE:
	case SW_VERB_COUNT:
		return;
	case SW_VERB_AUTH:
		sw_conn_log(c, "C: AUTH %.*s%s", SW_FMT(sw_slice_head(c->event.arg, 40)),
			    c->event.has_token ? " ***" : "");
		return;
	case SW_VERB_AUTH_TOKEN:
	case SW_VERB_UNKNOWN:
		sw_conn_log(c, "C: ***");
		return;
	case SW_VERB_EHLO:
	case SW_VERB_HELO:
	case SW_VERB_LHLO:
	case SW_VERB_STARTTLS:
	case SW_VERB_MAIL:
	case SW_VERB_RCPT:
	case SW_VERB_DATA:
	case SW_VERB_XCLIENT:
	case SW_VERB_RSET:
	case SW_VERB_NOOP:
	case SW_VERB_VRFY:
	case SW_VERB_HELP:
	case SW_VERB_QUIT:
		sw_conn_log(c, "C: %.*s", SW_FMT(c->event.line));
		return;
	}
}

void sw_conn_answer(struct sw_conn *c)
{
	enum sw_smtp_verb verb = c->event.verb;
	void (*answer)(struct sw_conn *) = verb < SW_VERB_COUNT ? answers[verb] : NULL;

	log_command(c);
	if (verb != SW_VERB_CONNECT && verb != SW_VERB_MESSAGE && verb != SW_VERB_AUTH_TOKEN &&
	    verb != SW_VERB_BDAT)
		c->commands++;
	if (verb == SW_VERB_RCPT)
		c->rcpt_commands++;
	if (c->greeted_badly && verb != SW_VERB_QUIT)
		sw_conn_reply(c, 503, "5.5.1", "Error: no service here");
	else if (!sw_conn_misbehave(c))
		(answer ? answer : unknown)(c);
}
