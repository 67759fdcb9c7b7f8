/* SPDX-License-Identifier: MIT */
/* Which fault acts now, and what it does. */
#include "sandbox/internal.h"

enum {
	/* Longer than any client's patience (RFC 5321 4.5.3.2.6: ten minutes). */
	STALL_US = 30 * 60 * 1000 * 1000,
	LINE_HARD = SW_MAX_LINE_HARD,
};

static bool arg_matches(const struct sw_conn *c, const struct sw_active_fault *f)
{
	return f->text_len == 0 ||
	       sw_slice_eq_nocase(c->event.arg, sw_slice(f->text, f->text_len));
}

static bool is_greylisted(struct sw_conn *c, const struct sw_active_fault *f)
{
	c->grey_us = sw_greylist_wait(c->server->greylist, sw_slice_str(c->ip), c->sender,
				      c->event.arg, f->number, sw_loop_now(c->server->loop));
	return c->grey_us > 0;
}

static bool mech_is(const struct sw_conn *c, const char *prefix)
{
	return c->mechanism &&
	       sw_slice_starts_nocase(sw_slice_str(c->mechanism), sw_slice_str(prefix));
}

static bool mech_hashed(const struct sw_conn *c)
{
	return mech_is(c, "CRAM-") || mech_is(c, "DIGEST-") || mech_is(c, "SCRAM-") ||
	       mech_is(c, "NTLM");
}

/* The exchange is the fault's own then. */
static bool is_oauth(const struct sw_conn *c)
{
	if (c->event.verb == SW_VERB_AUTH_TOKEN)
		return c->auth == SW_AUTH_FAULT_TOKEN;
	return sw_slice_eq_nocase(c->event.arg, SW_S("XOAUTH2")) ||
	       sw_slice_eq_nocase(c->event.arg, SW_S("OAUTHBEARER"));
}

static bool user_without_at(const struct sw_conn *c)
{
	const char *user = c->sasl ? sw_sasl_user(c->sasl) : NULL;

	return !user || !strchr(user, '@');
}

static bool applies(struct sw_conn *c, const struct sw_active_fault *f)
{
	switch (f->row->when) {
	case SW_WHEN_ALWAYS:
		return true;
	case SW_WHEN_TLS:
		return c->tls;
	case SW_WHEN_NOT_TLS:
		return !c->tls;
	case SW_WHEN_NOT_AUTH:
		return !c->user;
	case SW_WHEN_ARG_MATCHES:
		return arg_matches(c, f);
	case SW_WHEN_EVERY_NTH:
		return c->rcpt_commands % f->number == 0;
	case SW_WHEN_NULL_SENDER:
		return c->event.arg.len == 0;
	case SW_WHEN_USER_WITHOUT_AT:
		return user_without_at(c);
	case SW_WHEN_MECH_HASHED:
		return mech_hashed(c);
	case SW_WHEN_MECH_OAUTH:
		return is_oauth(c);
	case SW_WHEN_HAS_TOKEN:
		return c->event.has_token || c->event.verb == SW_VERB_AUTH_TOKEN;
	case SW_WHEN_LINE_OVER:
		return c->event.line.len > f->number;
	case SW_WHEN_CONNECTIONS_OVER:
		return c->server->conn_count > f->number;
	case SW_WHEN_MESSAGES_OVER:
		return c->messages >= f->number;
	case SW_WHEN_COMMANDS_OVER:
		return c->commands > f->number;
	case SW_WHEN_RECIPIENTS_OVER:
		return c->recipient_count >= f->number;
	case SW_WHEN_GREYLISTED:
		return is_greylisted(c, f);
	case SW_WHEN_BYTES_OVER:
		return c->body_bytes > 0 && c->body_bytes >= f->number;
	case SW_WHEN_CHUNKED:
		return c->chunked;
	case SW_WHEN_LONG_LINE:
		return c->longest_line > LINE_HARD;
	case SW_WHEN_HELLO_OFFERS_13:
	case SW_WHEN_HELLO_HAS_SNI:
	case SW_WHEN_HELLO_OVER:
		return false; /* see hello_applies */
	case SW_WHEN_COUNT:
		break;
	}
	return false;
}

static bool is_here(const struct sw_conn *c, const struct sw_active_fault *f)
{
	return sw_fault_hook_is(f->hook, c->event.verb);
}

const struct sw_active_fault *sw_conn_fault(struct sw_conn *c, enum sw_fault_action action)
{
	const struct sw_faults *faults = c->server->set.faults;

	for (size_t i = 0; i < faults->count; i++)
		if (faults->list[i].row->action == action && applies(c, &faults->list[i]))
			return &faults->list[i];
	return NULL;
}

bool sw_conn_cap_dropped(struct sw_conn *c, const char *keyword)
{
	const struct sw_faults *faults = c->server->set.faults;

	for (size_t i = 0; i < faults->count; i++) {
		const struct sw_active_fault *f = &faults->list[i];

		if (f->row->action == SW_ACT_CAP_DROP && applies(c, f) &&
		    sw_slice_eq(f->row->data, sw_slice_str(keyword)))
			return true;
	}
	return false;
}

uint64_t sw_conn_delay(struct sw_conn *c)
{
	const struct sw_faults *faults = c->server->set.faults;
	uint64_t delay_us = 0;

	for (size_t i = 0; i < faults->count; i++) {
		const struct sw_active_fault *f = &faults->list[i];

		if (!is_here(c, f))
			continue;
		if (f->row->action == SW_ACT_PREGREET)
			sw_conn_out_expanded(c, SW_S("220-{name} ESMTP, please wait\r\n"));
		if (f->row->action == SW_ACT_DELAY || f->row->action == SW_ACT_PREGREET)
			delay_us = sw_time_add(delay_us, f->number);
	}
	return delay_us;
}

static bool do_reply(struct sw_conn *c, const struct sw_active_fault *f)
{
	sw_conn_say(c, sw_fault_text(f));
	return true;
}

static bool do_raw(struct sw_conn *c, const struct sw_active_fault *f)
{
	sw_conn_say_raw(c, sw_fault_text(f), 500);
	/* What greets like this does not speak SMTP afterwards. */
	if (c->event.verb == SW_VERB_CONNECT)
		c->after = SW_AFTER_HANG;
	return true;
}

static bool do_raw_go(struct sw_conn *c, const struct sw_active_fault *f)
{
	sw_conn_say_raw(c, sw_fault_text(f), c->event.verb == SW_VERB_CONNECT ? 220 : 250);
	return true;
}

static bool do_raw_refuse(struct sw_conn *c, const struct sw_active_fault *f)
{
	sw_conn_say_raw(c, sw_fault_text(f), 550);
	return true;
}

static bool do_raw_close(struct sw_conn *c, const struct sw_active_fault *f)
{
	sw_conn_out_expanded(c, sw_fault_text(f));
	c->after = SW_AFTER_CLOSE;
	return true;
}

static bool do_raw_challenge(struct sw_conn *c, const struct sw_active_fault *f)
{
	c->auth = SW_AUTH_FAULT_MORE;
	sw_conn_say_raw(c, sw_fault_text(f), 334);
	return true;
}

static bool do_close(struct sw_conn *c, const struct sw_active_fault *f SW_UNUSED)
{
	c->after = SW_AFTER_CUT;
	return true;
}

static bool do_reset(struct sw_conn *c, const struct sw_active_fault *f SW_UNUSED)
{
	sw_conn_kill(c, true);
	return true;
}

static bool do_hang(struct sw_conn *c, const struct sw_active_fault *f SW_UNUSED)
{
	c->phase = SW_CONN_HANG;
	return true;
}

static bool do_stall(struct sw_conn *c, const struct sw_active_fault *f SW_UNUSED)
{
	c->phase = SW_CONN_STALL;
	c->linger_us = sw_time_add(sw_loop_now(c->server->loop), STALL_US);
	return true;
}

/* The code with which continuation lines of an answer to this verb begin. */
static struct sw_slice endless_line(enum sw_smtp_verb verb)
{
	if (verb == SW_VERB_CONNECT || verb == SW_VERB_STARTTLS)
		return SW_S("220-this answer has no end\r\n");
	if (verb == SW_VERB_AUTH)
		return SW_S("235-this answer has no end\r\n");
	if (verb == SW_VERB_QUIT)
		return SW_S("221-this answer has no end\r\n");
	return SW_S("250-this answer has no end\r\n");
}

static bool do_endless(struct sw_conn *c, const struct sw_active_fault *f)
{
	c->endless = endless_line(c->event.verb);
	return do_hang(c, f);
}

static bool do_endless_line(struct sw_conn *c, const struct sw_active_fault *f)
{
	sw_conn_out(c, sw_slice_head(endless_line(c->event.verb), 4));
	c->endless = SW_S("this line has no end, ");
	return do_hang(c, f);
}

/* Whoever talked before the greeting had ended is refused; postscreen calls it the pregreet
 * test. */
static bool do_pregreet(struct sw_conn *c, const struct sw_active_fault *f)
{
	if (sw_buf_len(&c->in) == 0)
		return false;
	return do_reply(c, f);
}

static bool do_challenge(struct sw_conn *c, const struct sw_active_fault *f)
{
	c->auth = SW_AUTH_FAULT_MORE;
	sw_conn_challenge(c, sw_fault_text(f));
	return true;
}

/* RFC 7628 3.2.2: the error comes as a challenge, and only the answer to it gets the 535. */
static bool do_oauth_error(struct sw_conn *c, const struct sw_active_fault *f)
{
	bool has_token = c->event.has_token;

	if (c->event.cancelled)
		return false;
	sw_conn_auth_end(c);
	c->auth = has_token ? SW_AUTH_FAULT_ERROR : SW_AUTH_FAULT_TOKEN;
	sw_conn_challenge(c, has_token ? sw_fault_text(f) : SW_S(""));
	return true;
}

/* Repeats what the client sent, as bad a thing as a server can do with a secret. The log does
 * not. */
static bool do_echo(struct sw_conn *c, const struct sw_active_fault *f)
{
	struct sw_buf out;
	struct sw_slice text = sw_fault_text(f);
	struct sw_slice token = c->event.line;

	if (c->event.verb == SW_VERB_AUTH)
		for (int word = 0; word < 2; word++)
			token = sw_slice_trim(sw_slice_from(token, sw_slice_find(token, ' ')));
	text.len = sw_slice_search(text, SW_S("{token}"));
	sw_conn_log(c, "S: %.*s***", SW_FMT(text));
	sw_buf_init(&out, SW_MAX_AUTH_LINE + SW_MAX_COMMAND);
	out.secret = true;
	if (sw_buf_add(&out, text) || sw_buf_add(&out, token) ||
	    sw_buf_add_str(&out, "\r\n") || sw_smtp_server_raw(c->machine, SW_S(""), 535))
		sw_conn_kill(c, false);
	sw_conn_out(c, sw_buf_slice(&out));
	sw_buf_fini(&out);
	sw_conn_auth_end(c);
	return true;
}

/* RFC 2033 4.2: what one mailbox does not take another one may. */
static bool do_some_refused(struct sw_conn *c, const struct sw_active_fault *f)
{
	if (!c->server->set.lmtp || !c->incoming || !sw_conn_keep_message(c))
		return false;
	sw_conn_say_each(c, sw_fault_text(f), f->number);
	return true;
}

/* What comes instead of a reply; false: after all, the healthy reply shall come. NULL: the
 * action is asked for by name where it matters, or stands around the reply. */
static bool (*const acts[SW_ACT_COUNT])(struct sw_conn *c, const struct sw_active_fault *f) = {
	[SW_ACT_REPLY] = do_reply,
	[SW_ACT_RAW] = do_raw,
	[SW_ACT_RAW_GO] = do_raw_go,
	[SW_ACT_RAW_REFUSE] = do_raw_refuse,
	[SW_ACT_RAW_CLOSE] = do_raw_close,
	[SW_ACT_RAW_CHALLENGE] = do_raw_challenge,
	[SW_ACT_CLOSE] = do_close,
	[SW_ACT_RESET] = do_reset,
	[SW_ACT_HANG] = do_hang,
	[SW_ACT_STALL] = do_stall,
	[SW_ACT_ENDLESS] = do_endless,
	[SW_ACT_ENDLESS_LINE] = do_endless_line,
	[SW_ACT_PREGREET] = do_pregreet,
	[SW_ACT_CHALLENGE] = do_challenge,
	[SW_ACT_OAUTH_ERROR] = do_oauth_error,
	[SW_ACT_ECHO] = do_echo,
	[SW_ACT_SOME_REFUSED] = do_some_refused,
};

static bool act(struct sw_conn *c, const struct sw_active_fault *f)
{
	enum sw_fault_action action = f->row->action;

	/* The nasty case: the server has the message, and the client does not know. */
	if (c->event.verb == SW_VERB_MESSAGE &&
	    (action == SW_ACT_HANG || action == SW_ACT_CLOSE || action == SW_ACT_RESET))
		(void)sw_conn_keep_message(c);
	sw_conn_log(c, "fault %s", f->row->name);
	return acts[action](c, f);
}

static bool misbehave_at(struct sw_conn *c, enum sw_fault_hook hook)
{
	const struct sw_faults *faults = c->server->set.faults;

	for (size_t i = 0; i < faults->count; i++) {
		const struct sw_active_fault *f = &faults->list[i];
		bool here = hook == SW_HOOK_VERB ? is_here(c, f) : f->hook == hook;

		if (here && acts[f->row->action] && applies(c, f) && act(c, f))
			return true;
	}
	return false;
}

bool sw_conn_misbehave(struct sw_conn *c)
{
	return misbehave_at(c, SW_HOOK_VERB);
}

bool sw_conn_misbehave_auth(struct sw_conn *c)
{
	return misbehave_at(c, SW_HOOK_AUTH_RESULT);
}

bool sw_conn_misbehave_body(struct sw_conn *c)
{
	return misbehave_at(c, SW_HOOK_BODY);
}

void sw_conn_follow_up(struct sw_conn *c)
{
	const struct sw_faults *faults = c->server->set.faults;

	for (size_t i = 0; i < faults->count && c->phase == SW_CONN_TALK; i++) {
		const struct sw_active_fault *f = &faults->list[i];

		if (!is_here(c, f))
			continue;
		if (f->row->action == SW_ACT_DRIP)
			c->drip_us = f->number;
		if (f->row->action == SW_ACT_EXTRA || f->row->action == SW_ACT_INJECT)
			sw_conn_out_expanded(c, sw_fault_text(f));
	}
}

bool sw_conn_has_hello_fault(const struct sw_conn *c)
{
	const struct sw_faults *faults = c->server->set.faults;

	for (size_t i = 0; i < faults->count; i++)
		if (faults->list[i].hook == SW_HOOK_HANDSHAKE)
			return true;
	return false;
}

static bool hello_applies(const struct sw_active_fault *f, const struct sw_hello *hello)
{
	if (f->row->when == SW_WHEN_HELLO_OFFERS_13)
		return hello->offers_13;
	if (f->row->when == SW_WHEN_HELLO_HAS_SNI)
		return hello->has_sni;
	if (f->row->when == SW_WHEN_HELLO_OVER)
		return hello->len > f->number;
	return true;
}

/* A fatal alert in a record of its own (RFC 8446 6; RFC 5246 7.2). */
static void alert(struct sw_conn *c, const struct sw_active_fault *f)
{
	char record[] = { 0x15, 0x03, 0x03, 0x00, 0x02, 0x02, (char)f->number };
	uint64_t fixed;

	if (sw_slice_u64(f->row->data, &fixed))
		record[6] = (char)fixed;
	sw_conn_out(c, sw_slice(record, sizeof(record)));
	c->after = SW_AFTER_CUT;
}

static void act_on_hello(struct sw_conn *c, const struct sw_active_fault *f)
{
	sw_conn_log(c, "fault %s", f->row->name);
	/* Nothing of this passes through the machine. */
	if (f->row->action == SW_ACT_RESET) {
		sw_conn_kill(c, true);
		return;
	}
	c->phase = SW_CONN_HANG;
	if (f->row->action == SW_ACT_ALERT)
		alert(c, f);
	else if (f->row->action == SW_ACT_CLOSE)
		c->after = SW_AFTER_CUT;
	else if (f->row->action == SW_ACT_RAW)
		sw_conn_out_expanded(c, sw_fault_text(f));
}

bool sw_conn_misbehave_hello(struct sw_conn *c, const struct sw_hello *hello)
{
	const struct sw_faults *faults = c->server->set.faults;

	for (size_t i = 0; i < faults->count; i++) {
		const struct sw_active_fault *f = &faults->list[i];

		if (f->hook == SW_HOOK_HANDSHAKE && hello_applies(f, hello)) {
			act_on_hello(c, f);
			return true;
		}
	}
	return false;
}
