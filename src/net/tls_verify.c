/* SPDX-License-Identifier: MIT */
/* Who the other side is: everything wrong with its certificate is noted, and one function
 * decides. */
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <stdio.h>

#include "net/tls_internal.h"

static struct sw_tls *stream_of(const X509_STORE_CTX *store)
{
	const SSL *ssl = X509_STORE_CTX_get_ex_data(store,
						    SSL_get_ex_data_X509_STORE_CTX_idx());

	return ssl ? SSL_get_app_data(ssl) : NULL;
}

static void note(struct sw_tls_info *info, int code, int depth)
{
	for (size_t i = 0; i < info->verify_count; i++)
		if (info->verify_all[i] == code)
			return;
	if (info->verify_count == 0) {
		info->verify_code = code;
		info->verify_depth = depth;
		snprintf(info->verify_text, sizeof(info->verify_text), "%s",
			 X509_verify_cert_error_string(code));
	}
	if (info->verify_count < SW_LEN(info->verify_all))
		info->verify_all[info->verify_count++] = code;
}

/* OpenSSL's verification calls this for each thing that it finds; 1 lets it go on, so that all
 * are found. That decides nothing: see sw_tls_on_chain. */
static int on_finding(int ok, X509_STORE_CTX *store)
{
	if (!ok)
		note(&stream_of(store)->info, X509_STORE_CTX_get_error(store),
		     X509_STORE_CTX_get_error_depth(store));
	return 1;
}

bool sw_tls_accepts(const struct sw_tls *t)
{
	switch (t->verify) {
	case SW_TLS_VERIFY_NONE:
		return true;
	case SW_TLS_VERIFY_FULL:
		break;
	}
	return t->info.verified;
}

/* RFC 7469 2.6: of the chain that was built, not of what was sent, to which anybody can add a
 * certificate. Where the chain is not asked, the server's own key alone is proof. */
static bool has_pin(const struct sw_tls *t, X509_STORE_CTX *store)
{
	const STACK_OF(X509) *chain = X509_STORE_CTX_get0_chain(store);
	int count = t->chain_good && !t->ctx->pin_only ? sk_X509_num(chain) : 0;

	if (sw_tls_pin_fits(&t->ctx->pins, X509_STORE_CTX_get0_cert(store)))
		return true;
	for (int i = 0; i < count; i++)
		if (sw_tls_pin_fits(&t->ctx->pins, sk_X509_value(chain, i)))
			return true;
	return false;
}

static void judge_pins(struct sw_tls *t, X509_STORE_CTX *store)
{
	struct sw_tls_info *info = &t->info;
	bool fits = has_pin(t, store);

	if (t->ctx->pin_only) {
		/* The rest is not asked, and so no finding. */
		info->verify_count = 0;
		info->verify_code = info->verify_depth = 0;
		info->verify_text[0] = '\0';
		info->verified = fits;
	}
	if (fits)
		return;
	bool first = info->verify_count == 0;

	info->verified = false;
	note(info, X509_V_ERR_APPLICATION_VERIFICATION, 0);
	if (first)
		snprintf(info->verify_text, sizeof(info->verify_text),
			 "its key is none of those that are pinned");
}

/* Stands in for X509_verify_cert. Whatever it refuses makes OpenSSL send the fitting alert and
 * end the handshake, before any data. */
int sw_tls_on_chain(X509_STORE_CTX *store, void *arg SW_UNUSED)
{
	struct sw_tls *t = stream_of(store);

	/* OpenSSL ties the store to its connection without looking whether memory sufficed. */
	if (!t) {
		X509_STORE_CTX_set_error(store, X509_V_ERR_OUT_OF_MEM);
		return 0;
	}
	struct sw_tls_info *info = &t->info;

	sw_tls_info_set_chain(info, X509_STORE_CTX_get0_untrusted(store));
	X509_STORE_CTX_set_verify_cb(store, on_finding);
	t->chain_good = X509_verify_cert(store) == 1;
	/* It gave up without telling on_finding, for want of memory for instance. */
	if (!t->chain_good && info->verify_count == 0) {
		int code = X509_STORE_CTX_get_error(store);

		note(info, code != X509_V_OK ? code : X509_V_ERR_UNSPECIFIED, 0);
	}
	t->chain_good = t->chain_good && info->verify_count == 0;
	info->verified = t->chain_good && t->named;
	if (t->ctx->pins.count && !t->server)
		judge_pins(t, store);
	if (sw_tls_accepts(t)) {
		X509_STORE_CTX_set_error(store, info->verify_code);
		return 1;
	}
	X509_STORE_CTX_set_error(store, info->verify_code != X509_V_OK ? info->verify_code :
								 X509_V_ERR_UNSPECIFIED);
	return 0;
}

void sw_tls_on_info(const SSL *ssl, int where, int value)
{
	struct sw_tls *t = SSL_get_app_data(ssl);
	int description = value & 0xff;

	if (!(where & SSL_CB_ALERT))
		return;
	if (description == SSL_AD_CLOSE_NOTIFY) {
		if (where & SSL_CB_READ)
			t->notified = true;
		return;
	}
	/* The last one counts: nothing comes after a fatal alert. */
	if (where & SSL_CB_READ)
		t->info.alert_received = description;
	/* OpenSSL answers even the end of a connection with an alert; nobody reads it. */
	else if (!t->in_eof && !t->in_broken)
		t->info.alert_sent = description;
}
