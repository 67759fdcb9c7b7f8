/* SPDX-License-Identifier: MIT */
/* Logging in: the strongest mechanism that may be used; another one only when the server
 * refused the mechanism, never when it refused the secret. */
#include "client/session.h"
#include "sasl/oauth.h"

enum { BINDING_MAX = 64 };

struct binding {
	uint8_t exporter[BINDING_MAX], unique[BINDING_MAX], endpoint[BINDING_MAX];
	size_t exporter_len, unique_len, endpoint_len;
};

static bool over_tls(const struct sw_session *s)
{
	return sw_tls_get_info(s->stream) != NULL;
}

static struct sw_slice offered(const struct sw_session *s)
{
	const struct sw_caps *caps = sw_smtp_client_caps(s->smtp);
	return sw_slice_str(caps ? caps->auth : "");
}

/* Computed only where some offered mechanism binds. */
static void get_binding(const struct sw_session *s, struct binding *b)
{
	struct sw_slice offer = offered(s);
	*b = (struct binding){ 0 };
	if (over_tls(s) && sw_slice_search(offer, SW_S("NTLM")) < offer.len)
		b->endpoint_len = sw_tls_channel_binding(s->stream, "tls-server-end-point",
							 b->endpoint, sizeof(b->endpoint));
	if (!over_tls(s) || sw_slice_search(offer, SW_S("-PLUS")) == offer.len)
		return;
	b->exporter_len = sw_tls_channel_binding(s->stream, "tls-exporter", b->exporter,
						 sizeof(b->exporter));
	b->unique_len =
		sw_tls_channel_binding(s->stream, "tls-unique", b->unique, sizeof(b->unique));
}

/* What we can prove who we are with. With nothing at all a password is what is missing. */
static unsigned proofs_of(const struct sw_client_settings *set)
{
	unsigned proofs = 0;
	if (set->secret.ptr && set->secret.len)
		return 1U << (set->secret_is_token ? SW_PROOF_TOKEN : SW_PROOF_PASSWORD);
	if (set->cert_file)
		proofs |= 1U << SW_PROOF_CERT;
	if (set->ticket)
		proofs |= 1U << SW_PROOF_TICKET;
	return proofs;
}

static void local_failure(struct sw_session *s, enum sw_err code, struct sw_error *err)
{
	err->stage = SW_STAGE_AUTH;
	sw_session_end_local(s, code, err);
}

static const char *user_form(const char *user)
{
	if (!user || !user[0])
		return "none";
	return strchr(user, '@') ? "address" : strchr(user, '\\') ? "backslash" : "plain";
}

/* What is odd about the secret, in one word, and nothing else of it: such characters come in
 * with a copied line, a file's last line end or a shell's quotes (SW-C09). */
static const char *secret_form(struct sw_slice secret)
{
	if (!secret.ptr || secret.len == 0)
		return "empty";
	unsigned char first = (unsigned char)secret.ptr[0];
	unsigned char last = (unsigned char)secret.ptr[secret.len - 1];
	if (memchr(secret.ptr, '\n', secret.len) || memchr(secret.ptr, '\r', secret.len))
		return "newline";
	if (first == ' ' || first == '\t' || last == ' ' || last == '\t')
		return "blank_end";
	if (secret.len > 1 && first == last && (first == '"' || first == '\''))
		return "quotes";
	for (size_t i = 0; i < secret.len; i++)
		if ((unsigned char)secret.ptr[i] >= 0x80)
			return "non_ascii";
	return "";
}

static void state_choice(struct sw_session *s, const struct sw_sasl_wish *wish,
			 const struct sw_sasl_mech *mech)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf why;
	/* Certificates and tickets need none: that it is missing is nobody's fault then. */
	bool by_secret = sw_client_settings_secret_wanted(s->c->settings);
	sw_buf_init(&why, SW_MAX_REPLY_LINE);
	if (sw_sasl_explain(wish, &why))
		sw_buf_clear(&why);
	SW_STATE(s->c->facts, SW_FACT_AUTH_CHOICE, SW_STAGE_AUTH, "session",
		 sw_context_now(s->c), SW_F_TEXT("offered", wish->offered),
		 SW_F_TEXT("wanted", wish->wanted), SW_F_STR("chosen", mech ? mech->name : ""),
		 SW_F_TEXT("skipped", sw_buf_slice(&why)),
		 SW_F_BOOL("secret_set", !by_secret || s->c->settings->secret.ptr != NULL),
		 SW_F_STR("user_form", user_form(s->c->settings->user)),
		 SW_F_STR("secret_form",
			  !by_secret ? ""
				     : secret_form(sw_slice(s->c->settings->secret.ptr,
							    s->c->settings->secret.len))));
}

static void state_result(struct sw_session *s, bool ok)
{
	SW_STATE(s->c->facts, SW_FACT_AUTH_RESULT, SW_STAGE_AUTH, "session",
		 sw_context_now(s->c), SW_F_STR("mechanism", s->mech->name),
		 SW_F_BOOL("ok", ok), SW_F_INT("rounds", s->rounds),
		 SW_F_BOOL("server_proved", s->sasl && ok && sw_sasl_server_proved(s->sasl)),
		 SW_F_TEXT("error_json", sw_buf_slice(&s->auth_error)));
}

/* XOAUTH2 and OAUTHBEARER say in JSON what is wrong with the token (RFC 7628 3.2.2). */
static void state_token_error(struct sw_session *s, struct sw_slice json)
{
	struct sw_oauth_error error;
	if (s->mech->proof != SW_PROOF_TOKEN || !sw_oauth_error_read(json, &error))
		return;
	SW_STATE(s->c->facts, SW_FACT_AUTH_OAUTH, SW_STAGE_AUTH, "session",
		 sw_context_now(s->c), SW_F_STR("mechanism", s->mech->name),
		 SW_F_STR("status", error.status), SW_F_STR("schemes", error.schemes),
		 SW_F_STR("scope", error.scope),
		 SW_F_STR("configuration", error.configuration));
}

/* Whatever goes out for the login must not come back in any text: not even as an echo of the
 * server. */
static enum sw_err hide(struct sw_session *s, struct sw_slice token)
{
	return token.len && s->c->redactor ? sw_redactor_add(s->c->redactor, token) : SW_OK;
}

static enum sw_err new_exchange(struct sw_session *s, const struct binding *b,
				struct sw_error *err)
{
	const struct sw_client_settings *set = s->c->settings;
	/* Who proves by a certificate or a ticket names a user only to act as that one. */
	bool act = s->mech->proof == SW_PROOF_CERT || s->mech->proof == SW_PROOF_TICKET;
	struct sw_sasl_identity id = {
		.user = sw_slice_str(set->user),
		.secret = sw_secret_slice(&set->secret),
		.authzid = sw_slice_str(act ? set->user : NULL),
		.host = sw_slice_str(s->host),
		.port = s->port,
		.binding_exporter = sw_slice(b->exporter, b->exporter_len),
		.binding_unique = sw_slice(b->unique, b->unique_len),
		.binding_endpoint = sw_slice(b->endpoint, b->endpoint_len),
		.wall_us = s->c->world->wall_us(s->c->world->arg),
	};
	if (!s->c->world->random(s->c->world->arg, id.nonce, sizeof(id.nonce)))
		return sw_fail(err, SW_E_OS, "the system has no random numbers");
	sw_sasl_free(s->sasl);
	s->rounds = 0;
	sw_buf_clear(&s->auth_error);
	s->sasl = sw_sasl_client(s->mech, &id, err);
	return s->sasl ? SW_OK : err->code ? err->code : SW_E_NOMEM;
}

/* *ret_refused: our own side cannot begin (no ticket, no Kerberos), and nothing was said. */
static enum sw_err begin_exchange(struct sw_session *s, const struct binding *b,
				  bool *ret_refused, struct sw_error *err)
{
	SW_CLEANUP(sw_buf_wipe) struct sw_buf token;
	sw_buf_init(&token, SW_MAX_AUTH_LINE);
	token.secret = true;
	enum sw_sasl_status status = SW_SASL_MORE;
	enum sw_err e = new_exchange(s, b, err);
	if (!e && s->mech->initial_response)
		e = sw_sasl_step(s->sasl, (struct sw_slice){ 0 }, &token, &status, err);
	*ret_refused = !e && status == SW_SASL_REFUSED;
	if (*ret_refused)
		return SW_OK;
	if (!e && hide(s, sw_buf_slice(&token)))
		e = sw_fail_nomem(err);
	struct sw_slice initial = sw_buf_slice(&token);
	if (!e)
		e = sw_smtp_client_auth(s->smtp, s->mech->name,
					s->mech->initial_response ? &initial : NULL,
					sw_context_now(s->c), err);
	return e;
}

static enum sw_err remember(struct sw_session *s, const char *name)
{
	if (sw_buf_len(&s->tried) && sw_buf_add_char(&s->tried, ' '))
		return SW_E_NOMEM;
	return sw_buf_add_str(&s->tried, name);
}

void sw_session_auth_wanted(struct sw_session *s)
{
	struct binding binding;
	struct sw_error err = { 0 };
	if (s->ending != SW_END_OK)
		return;
	get_binding(s, &binding);
	struct sw_sasl_wish wish = {
		.offered = offered(s),
		.wanted = sw_slice_str(s->c->settings->auth),
		.tried = sw_buf_slice(&s->tried),
		.tls = over_tls(s),
		.binding = binding.exporter_len + binding.unique_len > 0,
		.proofs = proofs_of(s->c->settings),
	};
	const struct sw_sasl_mech *mech = sw_sasl_choose(&wish);
	state_choice(s, &wish, mech);
	if (!mech) {
		/* After a refused mechanism the server's words tell more than our choice. */
		sw_session_end(s,
			       s->auth_reply.code ? SW_END_AUTH_REFUSED : SW_END_NO_MECHANISM,
			       SW_STAGE_AUTH, s->auth_reply.code ? &s->auth_reply : NULL);
		return;
	}
	s->mech = mech;
	bool refused = false;
	enum sw_err e = remember(s, mech->name) ? sw_fail_nomem(&err)
						: begin_exchange(s, &binding, &refused, &err);
	sw_wipe(&binding, sizeof(binding));
	if (e) {
		local_failure(s, e, &err);
	} else if (refused) {
		sw_context_note(s->c, SW_TR_NOTE, "%s cannot begin: %s", mech->name,
				sw_sasl_reason(s->sasl));
		state_result(s, false);
		/* At most as often as the table is long: each is tried once. */
		sw_session_auth_wanted(s);
	}
}

/* The server's side makes no sense, or its proof is wrong: then it may not be the real one,
 * and another mechanism would hand it the secret. */
static void broken(struct sw_session *s)
{
	sw_smtp_client_auth_cancel(s->smtp, sw_context_now(s->c));
	state_result(s, false);
	sw_session_end(s, SW_END_AUTH_BROKEN, SW_STAGE_AUTH, NULL);
}

void sw_session_auth_challenge(struct sw_session *s, struct sw_slice challenge)
{
	SW_CLEANUP(sw_buf_wipe) struct sw_buf token;
	struct sw_error err = { 0 };
	enum sw_sasl_status status = SW_SASL_REFUSED;
	if (s->ending != SW_END_OK || !s->sasl)
		return;
	sw_buf_init(&token, SW_MAX_AUTH_LINE);
	token.secret = true;
	if (++s->rounds > SW_MAX_AUTH_ROUNDS) {
		broken(s);
		return;
	}
	if (sw_slice_starts(challenge, SW_S("{")) && sw_buf_len(&s->auth_error) == 0) {
		if (sw_buf_add(&s->auth_error, sw_slice_head(challenge, SW_MAX_REPLY_LINE)))
			sw_buf_clear(&s->auth_error);
		state_token_error(s, challenge);
	}
	enum sw_err e = sw_sasl_step(s->sasl, challenge, &token, &status, &err);
	if (e && e != SW_E_NOMEM)
		status = SW_SASL_REFUSED;
	if (e != SW_E_NOMEM && status == SW_SASL_REFUSED) {
		broken(s);
		return;
	}
	if (!e && hide(s, sw_buf_slice(&token)))
		e = sw_fail_nomem(&err);
	if (!e)
		e = sw_smtp_client_auth_respond(s->smtp, sw_buf_slice(&token),
						sw_context_now(s->c), &err);
	if (e)
		local_failure(s, e, &err);
}

/* Replies that speak of the mechanism, not of the secret (RFC 4954 6, RFC 5248, and what
 * servers say that do not know the command or its argument). */
static bool another_may_do(const struct sw_reply *r)
{
	static const int codes[] = { 500, 502, 504, 534, 538 };
	struct sw_enhanced x = r->enhanced;
	/* 5.7.9: mechanism too weak (RFC 5248). With 535 it is the secret that is refused, whatever
	 * stands behind it: Google's "application-specific password required" is a 5.7.9, too. */
	if (r->code != 535 && x.class == 5 && x.subject == 7 && x.detail == 9)
		return true;
	for (size_t i = 0; i < SW_LEN(codes); i++)
		if (r->code == codes[i])
			return true;
	return false;
}

void sw_session_auth_result(struct sw_session *s, const struct sw_reply *reply,
			    const char *note)
{
	if (s->ending != SW_END_OK || !s->mech)
		return;
	bool ok = reply && reply->code == 235;
	/* Our side broke it off, or the server never proved that it knows the secret. */
	if (note || (ok && !sw_sasl_server_proved(s->sasl))) {
		state_result(s, false);
		sw_session_end(s, SW_END_AUTH_BROKEN, SW_STAGE_AUTH, reply);
		return;
	}
	state_result(s, ok);
	if (ok || !reply)
		return;
	if (!another_may_do(reply)) {
		sw_session_end(s, SW_END_AUTH_REFUSED, SW_STAGE_AUTH, reply);
		return;
	}
	/* AUTH_WANTED follows; without memory for the words the code alone is kept. */
	if (sw_reply_copy(&s->arena, reply, &s->auth_reply))
		s->auth_reply = (struct sw_reply){ .code = reply->code, .text = "" };
}
