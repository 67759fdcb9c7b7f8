/* SPDX-License-Identifier: MIT */
/* AUTH (RFC 4954), by the library's own mechanisms. */
#include "base/mem.h"
#include "base/world.h"
#include "sandbox/internal.h"

enum {
	MAX_BINDING = 64,
};

/* They prove nothing that this server could check. */
static bool is_unfit(const char *name)
{
	static const char *const unfit[] = { "EXTERNAL", "GSSAPI" };

	for (size_t i = 0; i < SW_LEN(unfit); i++)
		if (strcmp(name, unfit[i]) == 0)
			return true;
	return false;
}

static bool lookup(void *arg, struct sw_slice user, struct sw_secret *ret)
{
	const struct sw_server *s = arg;

	return sw_slice_eq(user, sw_slice_str(s->set.user)) &&
	       sw_secret_set(ret, sw_slice_str(s->set.password)) == SW_OK;
}

enum sw_err sw_server_find_mechanisms(struct sw_server *s, struct sw_error *err)
{
	static const unsigned char no_binding[32];
	struct sw_sasl_identity self = {
		.host = sw_slice_str(s->set.name),
		.binding_exporter = sw_slice(no_binding, sizeof(no_binding)),
	};

	for (size_t i = 0; i < sw_sasl_mech_count() && i < 64; i++) {
		const struct sw_sasl_mech *mech = sw_sasl_mech_at(i);
		struct sw_error why = { .code = SW_OK };
		struct sw_sasl *sasl = is_unfit(mech->name)
					       ? NULL
					       : sw_sasl_server(mech, lookup, s, &self, &why);

		if (sasl)
			s->mechs |= (uint64_t)1 << i;
		sw_sasl_free(sasl);
		if (!sasl && why.code == SW_E_NOMEM)
			return sw_fail_nomem(err);
	}
	return SW_OK;
}

/* In the user's list, or there is no list. */
static bool is_wanted(const char *list, const char *name)
{
	struct sw_slice rest = sw_slice_str(list);

	if (rest.len == 0)
		return true;
	while (rest.len > 0) {
		size_t len = 0;

		while (len < rest.len && rest.ptr[len] != ',' && rest.ptr[len] != ' ')
			len++;
		if (sw_slice_eq_nocase(sw_slice_head(rest, len), sw_slice_str(name)))
			return true;
		rest = sw_slice_from(rest, len + 1);
	}
	return false;
}

/* Channel binding data of either kind; the length, 0: none. */
static size_t binding(const struct sw_conn *c, const char *type, uint8_t *out)
{
	return c->tls ? sw_tls_channel_binding(c->stream, type, out, MAX_BINDING) : 0;
}

static bool has_binding(const struct sw_conn *c)
{
	uint8_t data[MAX_BINDING];

	return binding(c, "tls-exporter", data) > 0 || binding(c, "tls-unique", data) > 0;
}

static bool is_offered(struct sw_conn *c, size_t i, bool bound)
{
	const struct sw_sasl_mech *mech = sw_sasl_mech_at(i);

	return i < 64 && (c->server->mechs >> i & 1) &&
	       is_wanted(c->server->set.auth, mech->name) && (bound || !mech->channel_binding);
}

static bool auth_is_on(struct sw_conn *c)
{
	const struct sw_server_settings *set = &c->server->set;

	return set->user[0] && (c->tls || !set->require_tls) &&
	       !sw_conn_cap_dropped(c, "AUTH");
}

void sw_conn_mechanisms(struct sw_conn *c, struct sw_buf *out)
{
	bool bound = has_binding(c);

	if (!auth_is_on(c))
		return;
	for (size_t i = 0; i < sw_sasl_mech_count(); i++) {
		if (!is_offered(c, i, bound))
			continue;
		if (sw_buf_printf(out, "%s%s", sw_buf_len(out) ? " " : "",
				  sw_sasl_mech_at(i)->name))
			sw_conn_kill(c, false);
	}
	/* The fault offers them also where the list leaves them out. */
	if (sw_faults_find(c->server->set.faults, SW_ACT_OAUTH_ERROR) &&
	    !is_wanted(c->server->set.auth, "XOAUTH2") &&
	    sw_buf_printf(out, "%sOAUTHBEARER XOAUTH2", sw_buf_len(out) ? " " : ""))
		sw_conn_kill(c, false);
}

void sw_conn_auth_end(struct sw_conn *c)
{
	sw_sasl_free(c->sasl);
	c->sasl = NULL;
	c->auth = SW_AUTH_NONE;
}

static void refuse(struct sw_conn *c)
{
	sw_conn_auth_end(c);
	if (++c->auth_failures >= SW_MAX_SANDBOX_LOGINS)
		sw_conn_reply(c, 421, "4.7.0", "Error: too many failed logins, closing");
	else
		sw_conn_reply(c, 535, "5.7.8", "Error: authentication failed");
}

/* The exchange is over. */
static void finish(struct sw_conn *c, bool convinced)
{
	const char *user;

	if (sw_conn_misbehave_auth(c)) {
		sw_conn_auth_end(c);
		return;
	}
	if (!convinced) {
		refuse(c);
		return;
	}
	user = sw_sasl_user(c->sasl);
	sw_free(c->user);
	c->user = sw_strdup(user ? user : "");
	sw_conn_auth_end(c);
	if (c->user)
		sw_conn_reply(c, 235, "2.7.0", "Authentication successful");
	else
		sw_conn_kill(c, false);
}

static void step(struct sw_conn *c, struct sw_slice token)
{
	struct sw_buf out;
	struct sw_error err;
	enum sw_sasl_status status = SW_SASL_REFUSED;

	sw_buf_init(&out, SW_MAX_AUTH_LINE);
	out.secret = true;
	sw_error_clear(&err);
	if (sw_sasl_step(c->sasl, token, &out, &status, &err)) {
		sw_conn_log(c, "AUTH: %s", err.text);
		status = SW_SASL_REFUSED;
	}
	if (status == SW_SASL_MORE || (status == SW_SASL_DONE && sw_buf_len(&out) > 0)) {
		c->auth = status == SW_SASL_MORE ? SW_AUTH_STEP : SW_AUTH_LAST;
		sw_conn_challenge(c, sw_buf_slice(&out));
	} else {
		finish(c, status == SW_SASL_DONE);
	}
	sw_buf_wipe(&out);
}

static const struct sw_sasl_mech *find_offered(struct sw_conn *c, struct sw_slice name)
{
	bool bound = has_binding(c);

	for (size_t i = 0; i < sw_sasl_mech_count(); i++)
		if (is_offered(c, i, bound) &&
		    sw_slice_eq_nocase(name, sw_slice_str(sw_sasl_mech_at(i)->name)))
			return sw_sasl_mech_at(i);
	return NULL;
}

/* Whether TLS would bring what is missing now. */
static bool tls_would_help(const struct sw_conn *c)
{
	const struct sw_faults *faults = c->server->set.faults;

	for (size_t i = 0; i < faults->count; i++)
		if (faults->list[i].row->action == SW_ACT_CAP_DROP &&
		    faults->list[i].row->when == SW_WHEN_NOT_TLS)
			return !c->tls;
	return !c->tls && c->server->set.require_tls;
}

static bool begin(struct sw_conn *c)
{
	uint8_t exporter[MAX_BINDING], unique[MAX_BINDING];
	struct sw_sasl_identity self = { .host = sw_slice_str(c->server->set.name) };

	self.binding_exporter = sw_slice(exporter, binding(c, "tls-exporter", exporter));
	self.binding_unique = sw_slice(unique, binding(c, "tls-unique", unique));
	const struct sw_world *world = sw_world_real();
	if (!world->random(world->arg, self.nonce, sizeof(self.nonce)))
		return false;
	c->sasl = sw_sasl_server(c->mech, lookup, c->server, &self, NULL);
	c->mechanism = c->mech->name;
	c->auth = SW_AUTH_STEP;
	return c->sasl != NULL;
}

/* LOGIN has no initial response by the book, but many clients send the user name as one: the
 * server's first question counts as asked then. */
static bool skip_first_question(struct sw_conn *c)
{
	struct sw_buf out;
	enum sw_sasl_status status = SW_SASL_REFUSED;
	enum sw_err e;

	sw_buf_init(&out, SW_MAX_AUTH_LINE);
	e = sw_sasl_step(c->sasl, SW_S(""), &out, &status, NULL);
	sw_buf_wipe(&out);
	return !e && status == SW_SASL_MORE && strcmp(c->mech->name, "LOGIN") == 0;
}

void sw_conn_auth(struct sw_conn *c)
{
	struct sw_slice token = c->event.token;

	sw_conn_auth_end(c);
	c->mech = auth_is_on(c) ? find_offered(c, c->event.arg) : NULL;
	if (!auth_is_on(c) && tls_would_help(c)) {
		sw_conn_reply(c, 530, "5.7.0", "Must issue a STARTTLS command first");
	} else if (!auth_is_on(c)) {
		sw_conn_reply(c, 503, "5.5.1", "Error: authentication not enabled");
	} else if (!c->mech) {
		sw_conn_reply(c, 504, "5.5.4", "Unrecognized authentication type");
	} else if (!begin(c)) {
		sw_conn_auth_end(c);
		sw_conn_reply(c, 454, "4.7.0", "Temporary authentication failure");
	} else if (c->mech->initial_response && !c->event.has_token) {
		sw_conn_challenge(c, SW_S(""));
	} else if (!c->mech->initial_response && c->event.has_token &&
		   !skip_first_question(c)) {
		/* RFC 4954 4: the client does not know the mechanism that it named. */
		refuse(c);
	} else {
		step(c, token);
	}
}

void sw_conn_auth_token(struct sw_conn *c)
{
	enum sw_conn_auth state = c->auth;

	if (c->event.cancelled) {
		sw_conn_auth_end(c);
		sw_conn_reply(c, 501, "5.7.0", "Authentication cancelled");
	} else if (state == SW_AUTH_STEP && c->sasl) {
		step(c, c->event.token);
	} else if (state == SW_AUTH_LAST && c->sasl) {
		finish(c, c->event.token.len == 0);
	} else {
		refuse(c);
	}
}
