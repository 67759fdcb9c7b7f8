/* SPDX-License-Identifier: MIT */
/* One exchange of either side.  A gsasl context belongs to each: making one takes 5 to 25
 * microseconds, and nothing is shared between threads. */
#include <errno.h>

#include "base/mem.h"
#include "sasl/gsasl_lib.h"
#include "sasl/native.h"

struct sw_sasl {
	const struct sw_sasl_mech *mech;
	struct sw_gsasl_lib lib;	/* with ctx */
	Gsasl *ctx;
	Gsasl_session *session;
	bool server;
	unsigned rounds;
	bool over;		/* DONE, REFUSED or an error: no step goes any further */
	bool broken;		/* session holds what is freed already: never finish() it */
	bool done;
	const char *reason;	/* static */
	sw_sasl_lookup_fn lookup;
	void *lookup_arg;
	char *user;		/* server: as named by the client */
	const struct sw_sasl_native *native;	/* NULL: gsasl's */
	struct sw_sasl_work work;	/* of a native one */
};

static bool is_scram(const struct sw_sasl_mech *mech)
{
	return sw_slice_starts(sw_slice_str(mech->name), SW_S("SCRAM-"));
}

static bool keep_user(struct sw_sasl *s, const char *user)
{
	char *copy = sw_strdup(user ? user : "");

	if (!copy)
		return false;
	sw_free(s->user);
	s->user = copy;
	return true;
}

/* Nobody acts for somebody else here. */
static bool authzid_is_own(const struct sw_sasl *s, const char *user)
{
	const char *authzid = s->lib.property(s->session, GSASL_AUTHZID);

	return !authzid || !authzid[0] ||
	       sw_slice_eq(sw_slice_str(authzid), sw_slice_str(user));
}

/* Server: PLAIN and LOGIN hand over the password. */
static int validate(struct sw_sasl *s)
{
	const char *user = s->lib.property(s->session, GSASL_AUTHID);
	const char *given = s->lib.property(s->session, GSASL_PASSWORD);
	SW_CLEANUP(sw_secret_fini) struct sw_secret right = { 0 };

	if (!user || !given || !keep_user(s, user))
		return GSASL_AUTHENTICATION_ERROR;
	if (!s->lookup(s->lookup_arg, sw_slice_str(user), &right))
		return GSASL_AUTHENTICATION_ERROR;
	if (!sw_sasl_same(sw_secret_slice(&right), sw_slice_str(given)))
		return GSASL_AUTHENTICATION_ERROR;
	return authzid_is_own(s, user) ? GSASL_OK : GSASL_AUTHENTICATION_ERROR;
}

/* Server: CRAM-MD5 and SCRAM compare proofs and need the right password themselves. */
static int give_password(struct sw_sasl *s)
{
	const char *user = s->lib.property(s->session, GSASL_AUTHID);
	SW_CLEANUP(sw_secret_fini) struct sw_secret right = { 0 };

	if (!user || !keep_user(s, user))
		return GSASL_NO_PASSWORD;
	if (!s->lookup(s->lookup_arg, sw_slice_str(user), &right) || !right.ptr)
		return GSASL_NO_PASSWORD;
	return s->lib.property_set(s->session, GSASL_PASSWORD, right.ptr, right.len);
}

static int answer(Gsasl *ctx SW_UNUSED, Gsasl_session *session, Gsasl_property property)
{
	struct sw_gsasl_lib lib;
	struct sw_error err;

	/* The session alone does not lead to what was loaded, so that is looked up again. */
	sw_error_clear(&err);
	struct sw_sasl *s = sw_gsasl_load(&lib, &err) ? NULL : lib.hook_get(session);

	if (s && s->server && property == GSASL_VALIDATE_SIMPLE)
		return validate(s);
	if (s && s->server && property == GSASL_PASSWORD)
		return give_password(s);
	return GSASL_NO_CALLBACK;
}

static enum sw_err set_text(struct sw_sasl *s, Gsasl_property property, struct sw_slice text)
{
	if (text.len == 0)
		return SW_OK;
	return s->lib.property_set(s->session, property, text.ptr, text.len) == GSASL_OK ?
		       SW_OK :
		       SW_E_NOMEM;
}

/* gsasl takes binding data in base64. */
static enum sw_err set_binding(struct sw_sasl *s, Gsasl_property property, struct sw_slice data)
{
	char *text = NULL;
	size_t len = 0;

	if (data.len == 0 || !s->mech->channel_binding)
		return SW_OK;
	if (s->lib.base64_to(data.ptr, data.len, &text, &len) != GSASL_OK)
		return SW_E_NOMEM;
	enum sw_err e = set_text(s, property, sw_slice(text, len));
	s->lib.free(text);
	return e;
}

static enum sw_err set_bindings(struct sw_sasl *s, const struct sw_sasl_identity *id)
{
	enum sw_err e = set_binding(s, GSASL_CB_TLS_EXPORTER, id->binding_exporter);

	return e ? e : set_binding(s, GSASL_CB_TLS_UNIQUE, id->binding_unique);
}

static struct sw_sasl *start(const struct sw_sasl_mech *mech, bool server, struct sw_error *err)
{
	struct sw_sasl *s = sw_calloc(1, sizeof(*s));
	int rc = GSASL_MALLOC_ERROR;

	if (s) {
		s->mech = mech;
		s->server = server;
		s->reason = "";
		s->native = sw_sasl_native_find(mech->name);
		s->work.server = server;
		if (s->native)
			return s;
		if (sw_gsasl_load(&s->lib, err)) {
			sw_sasl_free(s);
			return NULL;
		}
		rc = s->lib.init(&s->ctx);
		/* It leaves a pointer to what it has freed already. */
		if (rc != GSASL_OK)
			s->ctx = NULL;
	}
	if (rc == GSASL_OK) {
		s->lib.callback_set(s->ctx, answer);
		rc = server ? s->lib.server_start(s->ctx, mech->name, &s->session) :
			      s->lib.client_start(s->ctx, mech->name, &s->session);
	}
	if (rc == GSASL_OK) {
		s->lib.hook_set(s->session, s);
		return s;
	}
	if (rc == GSASL_MALLOC_ERROR)
		sw_fail_nomem(err);
	else
		sw_fail(err, rc == GSASL_UNKNOWN_MECHANISM ? SW_E_CONFIG : SW_E_INTERNAL,
			"%s cannot be started by this libgsasl: %s", mech->name,
			s->lib.error_text(rc));
	sw_sasl_free(s);
	return NULL;
}

static bool holds_nul(struct sw_slice s)
{
	return sw_slice_find(s, '\0') != s.len;
}

/* All mechanisms pass C strings somewhere, and PLAIN separates its parts by NUL (RFC 4616 2). */
static bool identity_is_fit(const struct sw_sasl_mech *mech, const struct sw_sasl_identity *id,
			    struct sw_error *err)
{
	const char *what = NULL;
	bool by_secret = mech->proof == SW_PROOF_PASSWORD || mech->proof == SW_PROOF_TOKEN;

	if (by_secret && id->user.len == 0)
		sw_fail(err, SW_E_CONFIG, "no user name to authenticate with");
	else if (by_secret && id->secret.len == 0)
		sw_fail(err, SW_E_CONFIG, "no password to authenticate with");
	else if (holds_nul(id->user))
		what = "user name";
	else if (holds_nul(id->secret))
		what = "password";
	else if (holds_nul(id->authzid))
		what = "authorization name";
	else
		return true;
	if (what)
		sw_fail(err, SW_E_CONFIG, "the %s holds a NUL byte, which no mechanism can carry",
			what);
	return false;
}

/* gsasl and the libraries below it call a failed allocation by whatever name fits where it
 * happened (a text that cannot be prepared, a message that cannot be read); malloc leaves word
 * in errno, which was 0 before, and nothing there is a system call. */
static int with_memory(int rc)
{
	bool failed = rc != GSASL_OK && rc != GSASL_NEEDS_MORE;

	return failed && errno == ENOMEM ? GSASL_MALLOC_ERROR : rc;
}

static bool is_prepared(const struct sw_sasl *s, Gsasl_property property)
{
	const char *text = s->lib.property(s->session, property);
	char *prepared = NULL;

	if (!text)
		return true;
	errno = 0;
	int rc = s->lib.saslprep(text, GSASL_ALLOW_UNASSIGNED, &prepared, NULL);
	rc = with_memory(rc);
	if (prepared) {
		sw_wipe(prepared, strlen(prepared));
		s->lib.free(prepared);
	}
	return rc == GSASL_OK || rc == GSASL_MALLOC_ERROR;
}

/* SCRAM and CRAM-MD5 compute with prepared texts (RFC 5802 5.1, RFC 4013). What cannot be prepared is
 * found here, before the server is bothered; gsasl would find it half way, and leak. */
static enum sw_err check_prepared(const struct sw_sasl *s, struct sw_error *err)
{
	const char *what = NULL;

	if (s->mech->reveals_secret)
		return SW_OK;
	if (!is_prepared(s, GSASL_PASSWORD))
		what = "password";
	else if (!is_prepared(s, GSASL_AUTHID) || !is_prepared(s, GSASL_AUTHZID))
		what = "user name";
	if (!what)
		return SW_OK;
	return sw_fail(err, SW_E_CONFIG,
		       "the %s holds characters that %s does not allow (SASLprep, RFC 4013)", what,
		       s->mech->name);
}

static enum sw_err copy(struct sw_secret *to, struct sw_slice from)
{
	return from.len ? sw_secret_set(to, from) : SW_OK;
}

/* Frees `s` and gives NULL without memory. */
static struct sw_sasl *native_identity(struct sw_sasl *s, const struct sw_sasl_identity *id,
				       struct sw_error *err)
{
	struct sw_sasl_work *w = &s->work;
	enum sw_err e = SW_OK;

	if (!id)
		return s;
	w->port = id->port;
	w->wall_us = id->wall_us;
	memcpy(w->nonce, id->nonce, sizeof(w->nonce));
	if (!w->server)
		e = copy(&w->user, id->user);
	if (!e)
		e = copy(&w->secret, id->secret);
	/* To act as oneself needs no name: the certificate's is the server's to read. */
	if (!e)
		e = copy(&w->authzid, id->authzid);
	if (!e)
		e = copy(&w->host, id->host);
	if (!e)
		e = copy(&w->endpoint, id->binding_endpoint);
	if (!e)
		return s;
	sw_fail_nomem(err);
	sw_sasl_free(s);
	return NULL;
}

struct sw_sasl *sw_sasl_client(const struct sw_sasl_mech *mech, const struct sw_sasl_identity *id,
			       struct sw_error *err)
{
	if (!identity_is_fit(mech, id, err))
		return NULL;
	struct sw_sasl *s = start(mech, false, err);
	if (!s)
		return NULL;
	if (s->native)
		return native_identity(s, id, err);
	enum sw_err e = set_text(s, GSASL_AUTHID, id->user);
	if (!e)
		e = set_text(s, GSASL_PASSWORD, id->secret);
	if (!e)
		e = set_text(s, GSASL_AUTHZID, id->authzid);
	if (!e)
		e = set_text(s, GSASL_SERVICE, SW_S("smtp"));
	if (!e)
		e = set_text(s, GSASL_HOSTNAME, id->host);
	if (!e)
		e = set_bindings(s, id);
	if (e)
		sw_fail_nomem(err);
	else
		e = check_prepared(s, err);
	if (!e)
		return s;
	sw_sasl_free(s);
	return NULL;
}

struct sw_sasl *sw_sasl_server(const struct sw_sasl_mech *mech, sw_sasl_lookup_fn lookup, void *arg,
			       const struct sw_sasl_identity *self, struct sw_error *err)
{
	struct sw_sasl *s = start(mech, true, err);

	if (!s)
		return NULL;
	s->lookup = lookup;
	s->lookup_arg = arg;
	s->work.lookup = lookup;
	s->work.lookup_arg = arg;
	if (s->native)
		return native_identity(s, self, err);
	enum sw_err e = set_text(s, GSASL_SERVICE, SW_S("smtp"));
	if (!e && self)
		e = set_text(s, GSASL_HOSTNAME, self->host);
	if (!e && self)
		e = set_bindings(s, self);
	if (!e)
		return s;
	sw_fail_nomem(err);
	sw_sasl_free(s);
	return NULL;
}

/* The server's first SCRAM message names the iteration count (RFC 5802 7: r=,s=,i=). gsasl
 * computes whatever stands there, which could be hours. */
static bool asks_too_much(struct sw_slice message)
{
	struct sw_slice part;
	uint64_t count;

	while (sw_slice_split(&message, ',', &part)) {
		if (!sw_slice_starts(part, SW_S("i=")))
			continue;
		if (!sw_slice_u64(sw_slice_from(part, 2), &count) ||
		    count > SW_MAX_SCRAM_ITERATIONS)
			return true;
	}
	return false;
}

static enum sw_err refuse(struct sw_sasl *s, const char *reason, enum sw_sasl_status *ret)
{
	s->over = true;
	s->reason = reason;
	*ret = SW_SASL_REFUSED;
	return SW_OK;
}

/* gsasl 2.2's SCRAM client frees the proof that it prints the message without, and leaves the
 * pointer in its state until it has the true one: whatever fails in between (no memory) makes
 * gsasl_finish() free it twice.  It looks at the server's words before that, so these three
 * errors leave a whole state. */
static bool leaves_whole(const struct sw_sasl *s, int rc)
{
	return s->server || !is_scram(s->mech) || rc == GSASL_OK || rc == GSASL_NEEDS_MORE ||
	       rc == GSASL_MECHANISM_PARSE_ERROR || rc == GSASL_BASE64_ERROR ||
	       rc == GSASL_AUTHENTICATION_ERROR;
}

/* What may be seen before gsasl looks at the token; NULL when nothing is wrong. */
static const char *objection(struct sw_sasl *s, struct sw_slice in)
{
	if (s->over)
		return s->done ? "the exchange goes on behind its end" :
				 "the exchange is over already";
	if (in.len > SW_MAX_AUTH_LINE)
		return "the token is longer than any mechanism needs";
	if (++s->rounds > SW_MAX_AUTH_ROUNDS)
		return "the exchange takes more rounds than any mechanism needs";
	if (!s->server && is_scram(s->mech) && asks_too_much(in))
		return "the server asks for an absurd number of SCRAM iterations";
	return NULL;
}

static enum sw_err finish_step(struct sw_sasl *s, int rc, enum sw_sasl_status *ret,
			       struct sw_error *err)
{
	if (rc == GSASL_NEEDS_MORE) {
		*ret = SW_SASL_MORE;
		return SW_OK;
	}
	if (rc == GSASL_OK) {
		if (s->server && !authzid_is_own(s, sw_sasl_user(s)))
			return refuse(s, "the user may not act for another one", ret);
		s->over = s->done = true;
		*ret = SW_SASL_DONE;
		return SW_OK;
	}
	s->over = true;
	if (rc == GSASL_MALLOC_ERROR)
		return sw_fail_nomem(err);
	return refuse(s, s->lib.error_text(rc), ret);
}

static enum sw_err native_step(struct sw_sasl *s, struct sw_slice in, struct sw_buf *out,
			       enum sw_sasl_status *ret_status, struct sw_error *err)
{
	const char *reason = "";
	sw_sasl_native_fn step = s->work.server ? s->native->server : s->native->client;
	enum sw_err e = step(&s->work, in, out, ret_status, &reason);

	s->work.round++;
	if (!e && s->server && *ret_status == SW_SASL_DONE &&
	    !keep_user(s, s->work.user.ptr ? s->work.user.ptr : ""))
		e = SW_E_NOMEM;
	if (e || *ret_status != SW_SASL_MORE)
		s->over = true;
	if (e)
		return e == SW_E_NOMEM ? sw_fail_nomem(err) :
					 sw_fail(err, e, "the token does not fit");
	s->done = *ret_status == SW_SASL_DONE;
	s->reason = reason;
	return SW_OK;
}

enum sw_err sw_sasl_step(struct sw_sasl *s, struct sw_slice in, struct sw_buf *out,
			 enum sw_sasl_status *ret_status, struct sw_error *err)
{
	char *token = NULL;
	size_t len = 0;

	const char *reason = objection(s, in);
	if (reason)
		return refuse(s, reason, ret_status);
	if (s->native)
		return native_step(s, in, out, ret_status, err);
	errno = 0;
	int rc = s->lib.step(s->session, in.ptr ? in.ptr : "", in.len, &token, &len);
	enum sw_err e = SW_OK;
	s->broken = !leaves_whole(s, rc);
	rc = with_memory(rc);
	if (rc == GSASL_OK || rc == GSASL_NEEDS_MORE)
		/* gsasl's LOGIN does not look at what strdup() gives it. */
		e = !token && len ? SW_E_NOMEM : sw_buf_add(out, sw_slice(token, len));
	if (token) {
		sw_wipe(token, len);
		s->lib.free(token);
	}
	if (e) {
		s->over = true;
		return e == SW_E_NOMEM ? sw_fail_nomem(err) :
					 sw_fail(err, e, "the token does not fit");
	}
	return finish_step(s, rc, ret_status, err);
}

const char *sw_sasl_reason(const struct sw_sasl *s)
{
	return s->reason;
}

bool sw_sasl_server_proved(const struct sw_sasl *s)
{
	/* gsasl ends with success only after the server's signature was verified (RFC 5802 3). */
	return !is_scram(s->mech) || s->done;
}

const char *sw_sasl_user(const struct sw_sasl *s)
{
	return s->user ? s->user : "";
}

/* gsasl frees its copies of secrets as they are. */
static void wipe_property(struct sw_sasl *s, Gsasl_property property)
{
	const char *kept = s->lib.property(s->session, property);
	void *ours;

	if (!kept)
		return;
	memcpy(&ours, &kept, sizeof(ours)); /* not const to us, who made the session */
	sw_wipe(ours, strlen(kept));
}

void sw_sasl_free(struct sw_sasl *s)
{
	if (!s)
		return;
	if (s->session) {
		wipe_property(s, GSASL_PASSWORD);
		wipe_property(s, GSASL_SCRAM_SALTED_PASSWORD);
		wipe_property(s, GSASL_SCRAM_SERVERKEY);
		wipe_property(s, GSASL_SCRAM_STOREDKEY);
		/* Some hundred bytes are lost instead, with no secret in them. */
		if (!s->broken)
			s->lib.finish(s->session);
	}
	if (s->ctx)
		s->lib.done(s->ctx);
	sw_secret_fini(&s->work.user);
	sw_secret_fini(&s->work.secret);
	sw_secret_fini(&s->work.authzid);
	sw_secret_fini(&s->work.host);
	sw_secret_fini(&s->work.endpoint);
	sw_buf_wipe(&s->work.kept);
	sw_free(s->user);
	sw_free(s);
}
