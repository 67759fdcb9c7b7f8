/* SPDX-License-Identifier: MIT */
/* XOAUTH2 (as Google and Microsoft describe it) and OAUTHBEARER (RFC 7628). Both send a token
 * in one message. A server that does not like it says why in JSON, as a challenge, and waits
 * for an answer without meaning before it refuses: an empty one for XOAUTH2, one %x01 for
 * OAUTHBEARER (RFC 7628 3.2.3). */
#include "sasl/native.h"

#define SEPARATOR "\x01"

static enum sw_err refuse(enum sw_sasl_status *status, const char **reason, const char *why)
{
	*status = SW_SASL_REFUSED;
	*reason = why;
	return SW_OK;
}

/* A byte that would end the field early. */
static bool breaks_out(const struct sw_secret *s)
{
	return sw_slice_find(sw_secret_slice(s), '\x01') < s->len;
}

/* saslname of RFC 5801 4. */
static enum sw_err add_saslname(struct sw_buf *out, struct sw_slice name)
{
	enum sw_err e = SW_OK;
	for (size_t i = 0; i < name.len && !e; i++)
		e = name.ptr[i] == ','   ? sw_buf_add_str(out, "=2C")
		    : name.ptr[i] == '=' ? sw_buf_add_str(out, "=3D")
					 : sw_buf_add_char(out, name.ptr[i]);
	return e;
}

static enum sw_err add_token(struct sw_buf *out, const struct sw_secret *token)
{
	enum sw_err e = sw_buf_add_str(out, "auth=Bearer ");
	if (!e)
		e = sw_buf_add(out, sw_secret_slice(token));
	return e ? e : sw_buf_add_str(out, SEPARATOR SEPARATOR);
}

enum sw_err sw_xoauth2_client(struct sw_sasl_work *w, struct sw_slice in SW_UNUSED,
			      struct sw_buf *out, enum sw_sasl_status *status,
			      const char **reason)
{
	if (w->round > 0) {
		*status = SW_SASL_DONE;
		return SW_OK;
	}
	if (breaks_out(&w->user) || breaks_out(&w->secret))
		return refuse(status, reason,
			      "the user name or the token holds a control byte");
	*status = SW_SASL_MORE;
	enum sw_err e = sw_buf_add_str(out, "user=");
	if (!e)
		e = sw_buf_add(out, sw_secret_slice(&w->user));
	if (!e)
		e = sw_buf_add_str(out, SEPARATOR);
	return e ? e : add_token(out, &w->secret);
}

enum sw_err sw_oauthbearer_client(struct sw_sasl_work *w, struct sw_slice in SW_UNUSED,
				  struct sw_buf *out, enum sw_sasl_status *status,
				  const char **reason)
{
	if (w->round > 0) {
		*status = SW_SASL_DONE;
		return sw_buf_add_str(out, SEPARATOR);
	}
	if (breaks_out(&w->user) || breaks_out(&w->secret) || breaks_out(&w->host))
		return refuse(status, reason,
			      "the user name or the token holds a control byte");
	*status = SW_SASL_MORE;
	enum sw_err e = sw_buf_add_str(out, "n,a=");
	if (!e)
		e = add_saslname(out,
				 sw_secret_slice(w->authzid.len ? &w->authzid : &w->user));
	if (!e)
		e = sw_buf_add_str(out, "," SEPARATOR);
	if (!e && w->host.len)
		e = sw_buf_printf(out, "host=%s" SEPARATOR, w->host.ptr);
	if (!e && w->port)
		e = sw_buf_printf(out, "port=%u" SEPARATOR, w->port);
	return e ? e : add_token(out, &w->secret);
}

/* ---- the sandbox's side ---- */

static const char complaint[] =
	"{\"status\":\"401\",\"schemes\":\"bearer\",\"scope\":\"smtp\"}";

/* Value of `key` among fields that end with %x01. */
static struct sw_slice field(struct sw_slice in, struct sw_slice key)
{
	struct sw_slice one;
	while (sw_slice_split(&in, '\x01', &one))
		if (sw_slice_starts(one, key))
			return sw_slice_from(one, key.len);
	return (struct sw_slice){ 0 };
}

static enum sw_err check(struct sw_sasl_work *w, struct sw_slice in, struct sw_buf *out,
			 enum sw_sasl_status *status, const char **reason)
{
	SW_CLEANUP(sw_secret_fini) struct sw_secret right = { 0 };
	struct sw_slice auth = field(in, SW_S("auth="));
	if (w->round > 0)
		return refuse(status, reason, "the token is not good");
	if (sw_slice_starts_nocase(auth, SW_S("Bearer ")) && w->user.len &&
	    w->lookup(w->lookup_arg, sw_secret_slice(&w->user), &right) &&
	    sw_sasl_same(sw_slice_from(auth, 7), sw_secret_slice(&right))) {
		*status = SW_SASL_DONE;
		return SW_OK;
	}
	*status = SW_SASL_MORE;
	return sw_buf_add_str(out, complaint);
}

enum sw_err sw_xoauth2_server(struct sw_sasl_work *w, struct sw_slice in, struct sw_buf *out,
			      enum sw_sasl_status *status, const char **reason)
{
	enum sw_err e = w->round ? SW_OK : sw_secret_set(&w->user, field(in, SW_S("user=")));
	return e ? e : check(w, in, out, status, reason);
}

/* "n,a=USER,": only the name is looked at, with its two escapes. */
static enum sw_err read_saslname(struct sw_slice in, struct sw_secret *ret)
{
	SW_CLEANUP(sw_buf_wipe) struct sw_buf name = { .max = SW_MAX_ADDRESS, .secret = true };
	struct sw_slice head = sw_slice_head(in, sw_slice_find(in, '\x01')), part;
	enum sw_err e = SW_OK;
	while (sw_slice_split(&head, ',', &part)) {
		if (!sw_slice_starts(part, SW_S("a=")))
			continue;
		for (size_t i = 2; i < part.len && !e; i++) {
			struct sw_slice rest = sw_slice_from(part, i);
			bool comma = sw_slice_starts_nocase(rest, SW_S("=2C"));
			bool equals = sw_slice_starts_nocase(rest, SW_S("=3D"));
			e = sw_buf_add_char(&name, comma ? ',' : equals ? '=' : part.ptr[i]);
			i += comma || equals ? 2 : 0;
		}
		break;
	}
	return e == SW_E_NOMEM ? e : sw_secret_set(ret, sw_buf_slice(&name));
}

enum sw_err sw_oauthbearer_server(struct sw_sasl_work *w, struct sw_slice in,
				  struct sw_buf *out, enum sw_sasl_status *status,
				  const char **reason)
{
	enum sw_err e = w->round ? SW_OK : read_saslname(in, &w->user);
	return e ? e : check(w, in, out, status, reason);
}
