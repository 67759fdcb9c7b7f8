/* SPDX-License-Identifier: MIT */
/* Texts of errors and alerts: what OpenSSL says, and what it means. */
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdio.h>

#include "base/mem.h"
#include "base/text.h"
#include "net/first_bytes.h"
#include "net/tls_internal.h"

/* Errors of one operation that are reported; OpenSSL keeps 16 at most. */
enum { MOST_ERRORS = 16 };

void sw_tls_info_init(struct sw_tls_info *info)
{
	*info = (struct sw_tls_info){
		.alert_received = -1, .alert_sent = -1,
		.dane_usage = -1, .dane_selector = -1, .dane_matching = -1,
	};
}

bool sw_tls_drain_errors(char *out, size_t size)
{
	bool no_memory = false;
	char texts[MOST_ERRORS][160];
	size_t count = 0, len = 0;
	unsigned long code;
	const char *data;
	int flags;

	while ((code = ERR_get_error_all(NULL, NULL, NULL, &data, &flags)) != 0) {
		no_memory = no_memory || ERR_GET_REASON(code) == ERR_R_MALLOC_FAILURE;
		/* "error:0A00010B:SSL routines::wrong version number" */
		if (count == MOST_ERRORS)
			continue;
		ERR_error_string_n(code, texts[count], sizeof(texts[count]));
		size_t used = strlen(texts[count]);

		if ((flags & ERR_TXT_STRING) && data && *data)
			snprintf(texts[count] + used, sizeof(texts[count]) - used, ":%s",
				 data);
		count++;
	}
	out[0] = '\0';
	while (count-- > 0 && len + 3 < size) {
		if (len) {
			memcpy(out + len, "; ", 3);
			len += 2;
		}
		len += sw_text_escape_into(out + len, size - len, sw_slice_str(texts[count]),
					   SW_TEXT_LINE);
	}
	return no_memory;
}

enum sw_err sw_tls_fail(struct sw_error *err, enum sw_err code, const char *what)
{
	char errors[256];

	if (sw_tls_drain_errors(errors, sizeof(errors)))
		code = SW_E_NOMEM;
	return sw_fail(err, code, "%s: %s", what, *errors ? errors : "no reason given");
}

/* The words of RFC 8446 6 for an alert's number; OpenSSL's own table. */
static const char *alert_text(int alert)
{
	const char *text = SSL_alert_desc_string_long(alert);

	return strcmp(text, "unknown") == 0 ? "unknown alert" : text;
}

static void describe_verify(const struct sw_tls_info *info, char *out, size_t size)
{
	if (info->verify_code == X509_V_ERR_HOSTNAME_MISMATCH ||
	    info->verify_code == X509_V_ERR_IP_ADDRESS_MISMATCH)
		snprintf(out, size, "the certificate is not for %.100s but for %.120s",
			 info->expected_name,
			 info->chain_len && *info->chain[0].names ? info->chain[0].names :
			 info->chain_len ? info->chain[0].subject : "?");
	else
		snprintf(out, size, "the certificate is not trusted: %s (code %d at depth %d)",
			 info->verify_text, info->verify_code, info->verify_depth);
}

/* Whether the other side's first bytes show that it does not speak TLS. */
static bool is_foreign(const struct sw_tls_info *info, enum sw_speaks *ret)
{
	*ret = sw_first_bytes(sw_slice(info->first_bytes, info->first_bytes_len));
	return info->first_bytes_len > 0 && *ret != SW_SPEAKS_TLS &&
	       *ret != SW_SPEAKS_TLS_ALERT;
}

void sw_tls_describe(const struct sw_tls *t, char *out, size_t size)
{
	const struct sw_tls_info *info = &t->info;
	char bytes[4 * sizeof(info->first_bytes) + 1];
	enum sw_speaks speaks;

	if (!sw_tls_accepts(t) && info->verify_count > 0) {
		describe_verify(info, out, size);
	} else if (info->alert_received >= 0) {
		snprintf(out, size, "the other side sent TLS alert %d (%s)",
			 info->alert_received, alert_text(info->alert_received));
	} else if (!info->done && is_foreign(info, &speaks)) {
		sw_text_escape_into(bytes, sizeof(bytes),
				    sw_slice(info->first_bytes, info->first_bytes_len),
				    SW_TEXT_LINE);
		snprintf(out, size, "the other side does not speak TLS but %s: it began with "
			 "\"%s\"", sw_speaks_name(speaks), bytes);
	} else if (t->notified && !info->done) {
		snprintf(out, size,
			 "the other side ended the TLS handshake with close_notify");
	} else if (info->errors[0]) {
		/* The newest only. */
		snprintf(out, size, "TLS failed: %.*s", (int)strcspn(info->errors, ";"),
			 info->errors);
	} else {
		snprintf(out, size, "TLS failed without a reason given");
	}
}

static void cert_fini(struct sw_tls_cert *c)
{
	char *const texts[] = { c->subject,    c->issuer, c->names, c->not_before,
				c->not_after, c->sha256, c->pin, c->key, c->issuer_url };

	for (size_t i = 0; i < SW_LEN(texts); i++)
		sw_free(texts[i]);
	*c = (struct sw_tls_cert){ 0 };
}

void sw_tls_info_fini(struct sw_tls_info *info)
{
	for (size_t i = 0; i < SW_LEN(info->chain); i++)
		cert_fini(&info->chain[i]);
	sw_tls_info_init(info);
}
