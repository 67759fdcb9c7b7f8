/* SPDX-License-Identifier: MIT */
/* From the greeting to READY: EHLO, STARTTLS, AUTH; and QUIT. */
#include "codec/base64.h"
#include "smtp/client-internal.h"

ENTER(await_greeting)
{
	(void)now_us;
	sw_client_expect(c, "", c->sent, 1);
}

ANSWER(greeted)
{
	sw_client_say(c, SW_SMTP_GREETING, r);
	sw_client_enter(c, SW_CS_EHLO, now_us);
}

ANSWER(refused)
{
	(void)now_us;
	sw_client_fail(c, SW_SMTP_F_REFUSED, sw_smtp_client_stage(c), r);
}

/* EHLO, HELO or LHLO and our name. */
static void say_hello(struct sw_smtp_client *c, const char *verb)
{
	enum sw_err code = sw_buf_printf(&c->line, "%s %s", verb, c->ehlo_name);

	if (!code)
		code = sw_client_put_line(c, verb, SW_OUT_COMMAND, SW_MAX_COMMAND, NULL);
	if (code)
		sw_client_fail(c, SW_SMTP_F_NOMEM, SW_STAGE_EHLO, NULL);
}

ENTER(say_ehlo)
{
	(void)now_us;
	/* What was said before TLS began is not to be trusted (RFC 3207 4.2). */
	sw_caps_fini(&c->caps);
	c->caps_known = false;
	say_hello(c, c->set.lmtp ? "LHLO" : "EHLO");
}

ENTER(say_helo)
{
	(void)now_us;
	say_hello(c, "HELO");
}

static bool wants_starttls(const struct sw_smtp_client *c)
{
	return !c->tls_on &&
	       (c->set.tls == SW_SMTP_TLS_REQUIRED || c->set.tls == SW_SMTP_TLS_OPPORTUNISTIC);
}

static void after_tls(struct sw_smtp_client *c, uint64_t now_us)
{
	if (c->set.xclient && !c->xclient_done) {
		if (sw_caps_has(&c->caps, SW_CAP_XCLIENT))
			sw_client_enter(c, SW_CS_XCLIENT, now_us);
		else
			sw_client_fail(c, SW_SMTP_F_NO_XCLIENT, SW_STAGE_EHLO, NULL);
		return;
	}
	if (!c->set.auth || c->authenticated)
		sw_client_enter(c, SW_CS_READY, now_us);
	else if (!sw_caps_has(&c->caps, SW_CAP_AUTH))
		sw_client_fail(c, SW_SMTP_F_NO_AUTH, SW_STAGE_AUTH, NULL);
	else
		sw_client_enter(c, SW_CS_AUTH_CHOICE, now_us);
}

ANSWER(ehlo_ok)
{
	sw_caps_fini(&c->caps);
	if (sw_caps_parse(r, &c->caps)) {
		sw_client_fail(c, SW_SMTP_F_NOMEM, SW_STAGE_EHLO, NULL);
		return;
	}
	c->caps_known = true;
	if (c->state == SW_CS_HELO) {
		/* Whatever stands in the answer: HELO promises no extension. */
		c->caps.helo = true;
		c->caps.bits = 0;
		c->caps.size_limit = c->caps.rcpt_max = c->caps.mail_max = 0;
		c->caps.rcpt_domain_max = 0;
		c->caps.auth[0] = '\0';
		c->caps.masked_starttls = false;
	}
	sw_client_say(c, SW_SMTP_CAPS, r);
	if (!wants_starttls(c))
		after_tls(c, now_us);
	else if (sw_caps_has(&c->caps, SW_CAP_STARTTLS))
		sw_client_enter(c, SW_CS_STARTTLS, now_us);
	else if (c->set.tls == SW_SMTP_TLS_REQUIRED)
		sw_client_fail(c, SW_SMTP_F_NO_STARTTLS, SW_STAGE_TLS, NULL);
	else
		after_tls(c, now_us);
}

/* RFC 5321 3.2: who does not know EHLO is asked with HELO, which can give neither TLS nor
 * AUTH. */
ANSWER(ehlo_refused)
{
	if (c->set.lmtp || r->code < 500)
		sw_client_fail(c, SW_SMTP_F_REFUSED, SW_STAGE_EHLO, r);
	else if (c->set.tls == SW_SMTP_TLS_REQUIRED && !c->tls_on)
		sw_client_fail(c, SW_SMTP_F_NO_STARTTLS, SW_STAGE_TLS, r);
	else if (c->set.auth)
		sw_client_fail(c, SW_SMTP_F_REFUSED, SW_STAGE_EHLO, r);
	else
		sw_client_enter(c, SW_CS_HELO, now_us);
}

ENTER(say_starttls)
{
	(void)now_us;
	sw_client_put(c, "STARTTLS", SW_S("STARTTLS"));
}

ANSWER(starttls_ok)
{
	(void)r;
	sw_client_enter(c, SW_CS_TLS, now_us);
}

ANSWER(starttls_refused)
{
	if (c->set.tls == SW_SMTP_TLS_REQUIRED)
		sw_client_fail(c, SW_SMTP_F_REFUSED, SW_STAGE_TLS, r);
	else
		after_tls(c, now_us);
}

/* Attributes as xtext, see XCLIENT_README of Postfix. */
ENTER(say_xclient)
{
	(void)now_us;
	enum sw_err code = sw_buf_add_str(&c->line, "XCLIENT");

	for (const char *const *a = c->set.xclient; !code && *a; a++) {
		struct sw_slice all = sw_slice_str(*a);
		size_t name = sw_slice_find(all, '=') + 1;

		code = sw_buf_add_char(&c->line, ' ');
		if (!code)
			code = sw_buf_add(&c->line, sw_slice_head(all, name));
		if (!code)
			code = sw_client_add_xtext(&c->line, sw_slice_from(all, name));
	}
	if (!code)
		code = sw_client_put_line(c, "XCLIENT", SW_OUT_COMMAND, SW_MAX_COMMAND, NULL);
	sw_buf_clear(&c->line);
	if (code)
		sw_client_fail(c, code == SW_E_NOMEM ? SW_SMTP_F_NOMEM : SW_SMTP_F_NO_XCLIENT,
			       SW_STAGE_EHLO, NULL);
}

/* What the server knew of us is forgotten: EHLO anew. */
ANSWER(xclient_ok)
{
	(void)r;
	c->xclient_done = true;
	sw_client_enter(c, SW_CS_EHLO, now_us);
}

ANSWER(xclient_refused)
{
	(void)now_us;
	sw_client_fail(c, SW_SMTP_F_NO_XCLIENT, SW_STAGE_EHLO, r);
}

ENTER(announce_tls)
{
	(void)now_us;
	sw_client_say(c, SW_SMTP_TLS_START, NULL);
}

void sw_smtp_client_tls_done(struct sw_smtp_client *c, uint64_t now_us)
{
	enum sw_client_state was = c->state;

	if (was != SW_CS_TLS && was != SW_CS_TLS_FIRST)
		return;
	sw_reply_parser_next(&c->parser);
	c->tls_on = true;
	sw_client_enter(c, was == SW_CS_TLS ? SW_CS_EHLO : SW_CS_GREETING, now_us);
}

void sw_smtp_client_tls_failed(struct sw_smtp_client *c, uint64_t now_us SW_UNUSED)
{
	if (c->state == SW_CS_TLS || c->state == SW_CS_TLS_FIRST)
		sw_client_fail(c, SW_SMTP_F_TLS, SW_STAGE_TLS, NULL);
}

ENTER(announce_auth)
{
	(void)now_us;
	sw_client_say(c, SW_SMTP_AUTH_WANTED, NULL);
}

/* RFC 4422 3.1. */
static bool is_mechanism(const char *name)
{
	size_t len = 0;

	for (; name[len]; len++) {
		char c = sw_ascii_lower(name[len]);

		if (!(c >= 'a' && c <= 'z') && !sw_ascii_digit(c) && c != '-' && c != '_')
			return false;
	}
	return len > 0 && len <= 64;
}

/* Appends the token's base64. */
static enum sw_err add_token(struct sw_buf *to, struct sw_slice raw, struct sw_error *err)
{
	enum sw_err code = sw_base64_encode(raw, to);

	if (code == SW_E_LIMIT)
		return sw_fail(err, code,
			       "an AUTH token of %zu bytes is beyond what SMTP carries",
			       raw.len);
	return code ? sw_fail_nomem(err) : SW_OK;
}

/* Makes the line of AUTH; *ret_kind says whether the token is in it. A long one is held. */
static enum sw_err auth_line(struct sw_smtp_client *c, const char *mechanism,
			     const struct sw_slice *initial, enum sw_out_kind *ret_kind,
			     struct sw_error *err)
{
	enum sw_err code = SW_OK;

	*ret_kind = SW_OUT_COMMAND;
	if (sw_buf_printf(&c->line, "AUTH %s", mechanism))
		return sw_fail_nomem(err);
	if (!initial)
		return SW_OK;
	/* RFC 4954 4: an empty one would else look like none. */
	if (initial->len == 0)
		code = sw_buf_add_str(&c->auth_held, "=") ? sw_fail_nomem(err) : SW_OK;
	else
		code = add_token(&c->auth_held, *initial, err);
	if (code)
		return code;
	c->auth_is_held = true;
	if (sw_buf_len(&c->line) + 1 + sw_buf_len(&c->auth_held) + 2 > SW_MAX_AUTH_INITIAL)
		return SW_OK;
	if (sw_buf_add_char(&c->line, ' ') ||
	    sw_buf_add(&c->line, sw_buf_slice(&c->auth_held)))
		return sw_fail_nomem(err);
	c->auth_is_held = false;
	*ret_kind = SW_OUT_SECRET;
	return SW_OK;
}

static void forget_token(struct sw_smtp_client *c)
{
	sw_buf_wipe(&c->auth_held);
	c->auth_is_held = false;
}

enum sw_err sw_smtp_client_auth(struct sw_smtp_client *c, const char *mechanism,
				const struct sw_slice *initial, uint64_t now_us,
				struct sw_error *err)
{
	enum sw_out_kind kind;

	if (c->state != SW_CS_AUTH_CHOICE)
		return sw_fail(err, SW_E_USAGE, "AUTH is not due now (%s)",
			       sw_smtp_client_state_name(c));
	if (!is_mechanism(mechanism))
		return sw_fail(err, SW_E_DATA, "\"%s\" cannot be the name of a mechanism",
			       mechanism);
	forget_token(c);
	enum sw_err code = auth_line(c, mechanism, initial, &kind, err);

	if (!code)
		code = sw_client_put_line(c, "AUTH", kind, SW_MAX_AUTH_LINE - 2, err);
	if (code || !c->auth_is_held)
		forget_token(c);
	sw_buf_wipe(&c->line);
	if (code)
		return code;
	c->auth_rounds = 0;
	c->auth_note = NULL;
	sw_client_enter(c, SW_CS_AUTH, now_us);
	return SW_OK;
}

static void cancel(struct sw_smtp_client *c, const char *why, uint64_t now_us)
{
	c->auth_note = why;
	sw_client_enter(c, SW_CS_AUTH_CANCEL, now_us);
}

ENTER(say_cancel)
{
	(void)now_us;
	forget_token(c);
	sw_client_put(c, "AUTH", SW_S("*"));
}

/* The token that did not fit the AUTH line. */
static void send_held(struct sw_smtp_client *c, uint64_t now_us)
{
	enum sw_err code = SW_OK;

	/* "=" stands for nothing only behind AUTH; here nothing is an empty line. */
	if (!sw_slice_eq(sw_buf_slice(&c->auth_held), SW_S("=")))
		code = sw_buf_add(&c->line, sw_buf_slice(&c->auth_held));
	if (!code)
		code = sw_client_put_line(c, "AUTH", SW_OUT_SECRET, SW_MAX_AUTH_LINE - 2,
					  NULL);
	forget_token(c);
	if (code)
		sw_client_fail(c, SW_SMTP_F_NOMEM, SW_STAGE_AUTH, NULL);
	else
		sw_client_enter(c, SW_CS_AUTH, now_us);
}

static void challenged(struct sw_smtp_client *c, const struct sw_reply *r, uint64_t now_us)
{
	struct sw_slice text = sw_slice_trim(sw_slice(r->text, r->text_len));
	SW_CLEANUP(sw_buf_wipe) struct sw_buf raw = { .max = SW_MAX_REPLY };
	enum sw_err code = SW_OK;

	if (++c->auth_rounds > SW_MAX_AUTH_ROUNDS) {
		cancel(c, "the server went on asking without end", now_us);
		return;
	}
	if (!sw_slice_eq(text, SW_S("=")))
		code = sw_base64_decode(text, SW_BASE64_STRICT, &raw);
	if (code == SW_E_DATA || r->lines != 1) {
		cancel(c, "the server's challenge is not base64", now_us);
	} else if (code) {
		sw_client_fail(c, SW_SMTP_F_NOMEM, SW_STAGE_AUTH, NULL);
	} else if (c->auth_is_held && sw_buf_len(&raw) > 0) {
		cancel(c, "the server challenged where it had to wait for us", now_us);
	} else if (c->auth_is_held) {
		send_held(c, now_us);
	} else {
		struct sw_slice data = sw_arena_copy(&c->arena, sw_buf_slice(&raw));

		if (!data.ptr) {
			sw_client_fail(c, SW_SMTP_F_NOMEM, SW_STAGE_AUTH, NULL);
			return;
		}
		sw_client_push(c, (struct sw_smtp_event){ .type = SW_SMTP_AUTH_CHALLENGE,
							  .reply = r,
							  .data = data });
		sw_client_enter(c, SW_CS_AUTH_CHALLENGE, now_us);
	}
}

static void auth_result(struct sw_smtp_client *c, const struct sw_reply *r)
{
	forget_token(c);
	sw_client_push(c, (struct sw_smtp_event){ .type = SW_SMTP_AUTH_RESULT,
						  .reply = r,
						  .note = c->auth_note });
}

ANSWER(auth_reply)
{
	if (r->code == 334) {
		challenged(c, r, now_us);
	} else if (r->code == 235) {
		c->authenticated = true;
		auth_result(c, r);
		sw_client_enter(c, SW_CS_READY, now_us);
	} else {
		sw_client_fail(c, SW_SMTP_F_UNEXPECTED, SW_STAGE_AUTH, r);
	}
}

ANSWER(auth_refused)
{
	auth_result(c, r);
	sw_client_enter(c, SW_CS_AUTH_CHOICE, now_us);
}

enum sw_err sw_smtp_client_auth_respond(struct sw_smtp_client *c, struct sw_slice raw,
					uint64_t now_us, struct sw_error *err)
{
	if (c->state != SW_CS_AUTH_CHALLENGE)
		return sw_fail(err, SW_E_USAGE, "no challenge waits for an answer (%s)",
			       sw_smtp_client_state_name(c));
	enum sw_err code = add_token(&c->line, raw, err);

	if (!code)
		code = sw_client_put_line(c, "AUTH", SW_OUT_SECRET, SW_MAX_AUTH_LINE - 2, err);
	sw_buf_wipe(&c->line);
	if (!code)
		sw_client_enter(c, SW_CS_AUTH, now_us);
	return code;
}

void sw_smtp_client_auth_cancel(struct sw_smtp_client *c, uint64_t now_us)
{
	if (c->state == SW_CS_AUTH_CHALLENGE)
		cancel(c, "cancelled by us", now_us);
}

void sw_smtp_client_auth_skip(struct sw_smtp_client *c)
{
	if (c->state == SW_CS_AUTH_CHOICE)
		sw_client_enter(c, SW_CS_READY, 0);
}

bool sw_smtp_client_authenticated(const struct sw_smtp_client *c)
{
	return c->authenticated;
}

ENTER(announce_ready)
{
	(void)now_us;
	sw_client_say(c, SW_SMTP_READY, NULL);
}

ENTER(say_noop)
{
	(void)now_us;
	sw_client_put(c, "NOOP", SW_S("NOOP"));
}

ANSWER(noop_done)
{
	sw_client_say(c, SW_SMTP_NOOP_DONE, r);
	sw_client_enter(c, SW_CS_READY, now_us);
}

ENTER(say_rset)
{
	(void)now_us;
	sw_client_put(c, "RSET", SW_S("RSET"));
}

ANSWER(rset_ok)
{
	sw_client_say(c, SW_SMTP_RSET_DONE, r);
	sw_client_enter(c, SW_CS_READY, now_us);
}

/* A command of the owner's between transactions. */
static enum sw_err between(struct sw_smtp_client *c, enum sw_client_state state,
			   uint64_t now_us, struct sw_error *err)
{
	if (c->state != SW_CS_READY)
		return sw_fail(err, SW_E_USAGE, "the session is not ready (%s)",
			       sw_smtp_client_state_name(c));
	sw_client_enter(c, state, now_us);
	return SW_OK;
}

enum sw_err sw_smtp_client_noop(struct sw_smtp_client *c, uint64_t now_us,
				struct sw_error *err)
{
	return between(c, SW_CS_NOOP, now_us, err);
}

enum sw_err sw_smtp_client_rset(struct sw_smtp_client *c, uint64_t now_us,
				struct sw_error *err)
{
	return between(c, SW_CS_RSET, now_us, err);
}

ENTER(say_quit)
{
	(void)now_us;
	sw_client_put(c, "QUIT", SW_S("QUIT"));
}

void sw_smtp_client_quit(struct sw_smtp_client *c, uint64_t now_us)
{
	enum sw_client_quit how = sw_client_row(c->state)->quit;
	/* DATA and BDAT are the last of a group (RFC 2920 3.1). */
	bool behind = how == SW_QUIT_BEHIND && sw_caps_has(&c->caps, SW_CAP_PIPELINING) &&
		      (!c->active || c->last->phase == SW_TX_ENVELOPE);

	if (c->state == SW_CS_QUIT || sw_client_is_over(c))
		return;
	if (how != SW_QUIT_SAY && !behind) {
		sw_client_close(c);
		return;
	}
	while (c->active)
		sw_client_finish(c);
	sw_client_enter(c, SW_CS_QUIT, now_us);
}
