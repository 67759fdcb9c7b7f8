/* SPDX-License-Identifier: MIT */
/* Placeholders: TLS and certificates. */
#include <time.h>

#include "verdict/tale.h"

enum { CLOCK_TEXT = 40 };

/* This machine's clock when the call began, in the form of certificates: RFC 3339 in UTC. */
static struct sw_slice clock_text(const struct sw_tale *t, char out[CLOCK_TEXT])
{
	time_t now = (time_t)(sw_facts_started(t->facts) / 1000000);
	struct tm tm;
	if (!gmtime_r(&now, &tm))
		return sw_slice("", 0);
	return sw_slice(out, strftime(out, CLOCK_TEXT, "%Y-%m-%dT%H:%M:%SZ", &tm));
}

SW_FILL(clock_now)
{
	char text[CLOCK_TEXT];
	struct sw_slice now = clock_text(t, text);
	return sw_tale_put(now.len ? now : SW_S("?"), SW_TALE_NAME, out);
}

/* Dates of that form are in order as texts are. */
static bool is_before(struct sw_slice a, struct sw_slice b)
{
	return a.len == b.len && a.len > 0 && memcmp(a.ptr, b.ptr, a.len) < 0;
}

/* " since DATE", where the certificate that is found at the depth of the complaint bears it
 * out: a chain may have been sent in another order than it was verified in. */
SW_FILL(expired_since)
{
	char text[CLOCK_TEXT];
	struct sw_slice date = sw_fact_text(t->bad_cert, "not_after");
	if (!is_before(date, clock_text(t, text)))
		return SW_OK;
	enum sw_err e = sw_buf_add_str(out, " since ");
	return e ? e : sw_tale_put(date, SW_TALE_NAME, out);
}

SW_FILL(valid_from)
{
	char text[CLOCK_TEXT];
	struct sw_slice date = sw_fact_text(t->bad_cert, "not_before");
	if (!is_before(clock_text(t, text), date))
		return SW_OK;
	enum sw_err e = sw_buf_add_str(out, " but only from ");
	return e ? e : sw_tale_put(date, SW_TALE_NAME, out);
}

SW_FILL(expected_name)
{
	struct sw_slice name = sw_fact_text(t->tls, "expected_name");
	return name.len ? sw_tale_put(name, SW_TALE_NAME, out)
			: sw_tale_fill(t, SW_S("host"), out);
}

static enum sw_err put_or(struct sw_slice text, const char *otherwise, struct sw_buf *out)
{
	return text.len ? sw_tale_put(text, SW_TALE_QUOTED, out)
			: sw_buf_add_str(out, otherwise);
}

SW_FILL(cert_names)
{
	struct sw_slice names = sw_fact_text(t->leaf, "names");
	return put_or(names.len ? names : sw_fact_text(t->leaf, "subject"), "another name",
		      out);
}

SW_FILL(issuer)
{
	const struct sw_fact *cert = t->bad_cert ? t->bad_cert : t->leaf;
	return put_or(sw_fact_text(cert, "issuer"), "unknown", out);
}

SW_FILL(trusted)
{
	int64_t n = sw_fact_int(t->tls, "trusted_certificates", -1);
	return n >= 0 ? sw_buf_printf(out, "the %lld trusted certificates", (long long)n)
		      : sw_buf_add_str(out, "the trusted certificates");
}

SW_FILL(key)
{
	return sw_tale_put_aside(sw_fact_text(t->bad_cert ? t->bad_cert : t->leaf, "key"),
				 out);
}

SW_FILL(verify_text)
{
	return put_or(sw_fact_text(t->tls, "verify_text"), "no reason stated", out);
}

SW_FILL(verify_code)
{
	return sw_buf_printf(out, "%lld", (long long)sw_fact_int(t->tls, "verify_code", 0));
}

/* Names of the registry (RFC 8446 6, RFC 5246 7.2). */
SW_FILL(alert)
{
	static const struct {
		int number;
		const char *name;
	} names[] = {
		{ 0, "close_notify" },
		{ 10, "unexpected_message" },
		{ 20, "bad_record_mac" },
		{ 21, "decryption_failed" },
		{ 22, "record_overflow" },
		{ 30, "decompression_failure" },
		{ 40, "handshake_failure" },
		{ 41, "no_certificate" },
		{ 42, "bad_certificate" },
		{ 43, "unsupported_certificate" },
		{ 44, "certificate_revoked" },
		{ 45, "certificate_expired" },
		{ 46, "certificate_unknown" },
		{ 47, "illegal_parameter" },
		{ 48, "unknown_ca" },
		{ 49, "access_denied" },
		{ 50, "decode_error" },
		{ 51, "decrypt_error" },
		{ 60, "export_restriction" },
		{ 70, "protocol_version" },
		{ 71, "insufficient_security" },
		{ 80, "internal_error" },
		{ 86, "inappropriate_fallback" },
		{ 90, "user_canceled" },
		{ 100, "no_renegotiation" },
		{ 109, "missing_extension" },
		{ 110, "unsupported_extension" },
		{ 112, "unrecognized_name" },
		{ 113, "bad_certificate_status_response" },
		{ 115, "unknown_psk_identity" },
		{ 116, "certificate_required" },
		{ 120, "no_application_protocol" },
	};
	int64_t number = sw_fact_int(t->tls, "alert_received", -1);
	for (size_t i = 0; i < SW_LEN(names); i++)
		if (names[i].number == number)
			return sw_buf_printf(out, "%lld (%s)", (long long)number,
					     names[i].name);
	return sw_buf_printf(out, "%lld", (long long)number);
}

/* The newest error of the stack. */
SW_FILL(tls_error)
{
	struct sw_slice errors = sw_fact_text(t->tls, "errors");
	return put_or(sw_slice_head(errors, sw_slice_find(errors, ';')), "no reason stated",
		      out);
}

SW_FILL(raw_in)
{
	return sw_buf_printf(out, "%lld", (long long)sw_fact_int(t->tls, "raw_in_bytes", 0));
}

/* " over TLSv1.3, certificate verified"; " without TLS". */
SW_FILL(over_tls)
{
	if (!t->tls || !sw_fact_int(t->tls, "ok", 0))
		return sw_buf_add_str(out, " without TLS");
	enum sw_err e = sw_buf_add_str(out, " over ");
	if (!e)
		e = put_or(sw_fact_text(t->tls, "version"), "TLS", out);
	return e ? e
		 : sw_buf_add_str(out, sw_fact_int(t->tls, "verified", 0)
					       ? ", certificate verified"
					       : ", certificate not verified");
}

SW_FILL(end_text)
{
	return put_or(sw_fact_text(t->end, "text"), "no reason stated", out);
}

#define ROW(fn)                                                                               \
	{                                                                                     \
		.name = #fn, .fill = fn                                                       \
	}
const struct sw_fill sw_fills_tls[] = {
	ROW(clock_now),   ROW(expired_since), ROW(valid_from), ROW(expected_name),
	ROW(cert_names),  ROW(issuer),        ROW(trusted),    ROW(key),
	ROW(verify_text), ROW(verify_code),   ROW(alert),      ROW(tls_error),
	ROW(raw_in),      ROW(over_tls),      ROW(end_text),   { NULL, NULL },
};
