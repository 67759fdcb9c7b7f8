/* SPDX-License-Identifier: MIT */
/* Questions about a tale: TLS. Numbers of verification are those of OpenSSL's x509_vfy.h,
 * which stand in case files too and do not change. */
#include "verdict/tale.h"

enum {
	V_NO_ISSUER = 2,
	V_NOT_YET_VALID = 9,
	V_EXPIRED = 10,
	V_SELF_SIGNED_LEAF = 18,
	V_SELF_SIGNED_ROOT = 19,
	V_NO_LOCAL_ISSUER = 20,
	V_LEAF_UNVERIFIED = 21,
	V_REVOKED = 23,
	V_OTHER_HOST = 62,
	V_OTHER_IP = 64,
	V_KEY_SMALL = 66,
	V_CA_KEY_SMALL = 67,
	V_CA_DIGEST_WEAK = 68,
};

/* Alerts (RFC 8446 6). */
enum {
	A_HANDSHAKE_FAILURE = 40,
	A_NO_CERTIFICATE = 41,
	A_BAD_CERTIFICATE = 42,
	A_CERTIFICATE_UNKNOWN = 46,
	A_UNKNOWN_CA = 48,
	A_PROTOCOL_VERSION = 70,
	A_INSUFFICIENT_SECURITY = 71,
	A_INAPPROPRIATE_FALLBACK = 86,
	A_UNRECOGNIZED_NAME = 112,
	A_CERTIFICATE_REQUIRED = 116,
};

static bool is_implicit(const struct sw_tale *t)
{
	return t->tls && !sw_fact_int(t->tls, "ok", 0) && sw_fact_int(t->tls, "implicit", 0);
}

SW_WHEN(implicit_smtp)
{
	return is_implicit(t) && t->first &&
	       (sw_tale_is(t->first, "speaks", "smtp") ||
		sw_tale_is(t->first, "speaks", "masked"));
}

SW_WHEN(implicit_other)
{
	return is_implicit(t) && sw_when_speaks_other(t);
}

/* What verification stumbled over first; 0 where it was not what ended the handshake. */
static int64_t verdict(const struct sw_tale *t)
{
	bool looked = t->tls && !sw_fact_int(t->tls, "ok", 0) &&
		      !sw_fact_int(t->tls, "verified", 0) &&
		      !sw_tale_is(t->tls, "verify_policy", "none");
	return looked ? sw_fact_int(t->tls, "verify_code", 0) : 0;
}

static bool at_leaf(const struct sw_tale *t)
{
	return sw_fact_int(t->tls, "verify_depth", 0) == 0;
}

SW_WHEN(cert_expired)
{
	return verdict(t) == V_EXPIRED && at_leaf(t);
}

SW_WHEN(chain_expired)
{
	return verdict(t) == V_EXPIRED;
}

SW_WHEN(cert_future)
{
	return verdict(t) == V_NOT_YET_VALID;
}

SW_WHEN(cert_name)
{
	return verdict(t) == V_OTHER_HOST || verdict(t) == V_OTHER_IP;
}

SW_WHEN(cert_self_signed)
{
	return verdict(t) == V_SELF_SIGNED_LEAF;
}

static bool is_issuer_trouble(const struct sw_tale *t)
{
	int64_t v = verdict(t);
	return v == V_NO_ISSUER || v == V_NO_LOCAL_ISSUER || v == V_LEAF_UNVERIFIED ||
	       v == V_SELF_SIGNED_ROOT;
}

SW_WHEN(store_empty)
{
	return is_issuer_trouble(t) && sw_fact_int(t->tls, "trusted_certificates", -1) == 0;
}

SW_WHEN(root_unknown)
{
	return verdict(t) == V_SELF_SIGNED_ROOT;
}

/* An end certificate that says where its issuer's can be fetched, and came alone. */
SW_WHEN(intermediate_missing)
{
	return is_issuer_trouble(t) && sw_fact_int(t->tls, "chain_length", 0) == 1 &&
	       t->leaf && sw_fact_int(t->leaf, "has_aia", 0) &&
	       !sw_fact_int(t->leaf, "self_issued", 0);
}

SW_WHEN(issuer_unknown)
{
	return is_issuer_trouble(t);
}

SW_WHEN(key_weak)
{
	int64_t v = verdict(t);
	return v == V_KEY_SMALL || v == V_CA_KEY_SMALL || v == V_CA_DIGEST_WEAK;
}

SW_WHEN(cert_revoked)
{
	return verdict(t) == V_REVOKED;
}

SW_WHEN(cert_other)
{
	return verdict(t) != 0;
}

static int64_t alert_of(const struct sw_tale *t)
{
	return sw_fact_int(t->tls, "alert_received", -1);
}

SW_WHEN(alert_version)
{
	return alert_of(t) == A_PROTOCOL_VERSION || alert_of(t) == A_INAPPROPRIATE_FALLBACK;
}

SW_WHEN(alert_parameters)
{
	return alert_of(t) == A_HANDSHAKE_FAILURE || alert_of(t) == A_INSUFFICIENT_SECURITY;
}

SW_WHEN(alert_certificate)
{
	int64_t a = alert_of(t);
	return (a >= A_NO_CERTIFICATE && a <= A_CERTIFICATE_UNKNOWN) || a == A_UNKNOWN_CA ||
	       a == A_CERTIFICATE_REQUIRED;
}

SW_WHEN(alert_name)
{
	return alert_of(t) == A_UNRECOGNIZED_NAME;
}

SW_WHEN(alert)
{
	return alert_of(t) >= 0;
}

static bool errors_have(const struct sw_tale *t, struct sw_slice word)
{
	struct sw_slice errors = sw_fact_text(t->tls, "errors");
	return sw_slice_search(errors, word) < errors.len;
}

SW_WHEN(local_version)
{
	return errors_have(t, SW_S("unsupported protocol")) ||
	       errors_have(t, SW_S("unknown protocol version")) ||
	       errors_have(t, SW_S("no protocols available")) ||
	       errors_have(t, SW_S("inappropriate fallback"));
}

SW_WHEN(local_weak)
{
	return errors_have(t, SW_S("key too small")) ||
	       errors_have(t, SW_S("wrong signature type")) ||
	       errors_have(t, SW_S("unsafe legacy renegotiation")) ||
	       errors_have(t, SW_S("md too weak")) ||
	       errors_have(t, SW_S("wrong cipher returned")) ||
	       errors_have(t, SW_S("no shared cipher")) ||
	       errors_have(t, SW_S("no ciphers available"));
}

/* What came is no TLS record. */
SW_WHEN(no_tls_inside)
{
	return errors_have(t, SW_S("wrong version number")) ||
	       errors_have(t, SW_S("http request")) ||
	       errors_have(t, SW_S("packet length too long"));
}

SW_WHEN(handshake_cut)
{
	struct sw_slice name = sw_fact_text(t->end, "errno_name");
	return t->tls &&
	       (errors_have(t, SW_S("unexpected eof")) ||
		sw_slice_eq(name, SW_S("ECONNRESET")) || sw_slice_eq(name, SW_S("EPIPE")));
}

SW_WHEN(handshake_unanswered)
{
	return t->tls && !sw_fact_int(t->tls, "ok", 0) &&
	       sw_fact_int(t->tls, "raw_in_bytes", -1) == 0;
}

SW_WHEN(handshake_begun)
{
	return t->tls && !sw_fact_int(t->tls, "ok", 0);
}
