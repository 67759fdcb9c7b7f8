/* SPDX-License-Identifier: MIT */
/* DANE (RFC 6698, 7671, 7672) by OpenSSL: which records bind a connection. */
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "net/tls_internal.h"

enum { DANE_TA = 2, DANE_EE = 3 }; /* RFC 7218 2.1 */

/* OpenSSL looks at what a record says: a whole certificate or key that cannot be read, a digest
 * that it does not know. Such a record is as if it were not there (RFC 7671 10.1.2). */
static size_t add_records(SSL *ssl, const struct sw_tls_dane *d)
{
	size_t usable = 0;

	for (size_t i = 0; i < d->count; i++) {
		const struct sw_tls_tlsa *r = &d->records[i];

		/* Certificates of public authorities bind nothing in SMTP (RFC 7672 3.1.3). */
		if (r->usage != DANE_TA && r->usage != DANE_EE)
			continue;
		ERR_clear_error();
		if (SSL_dane_tlsa_add(ssl, r->usage, r->selector, r->matching,
				      (const unsigned char *)r->data.ptr, r->data.len) == 1)
			usable++;
	}
	ERR_clear_error();
	return usable;
}

enum sw_err sw_tls_use_dane(struct sw_stream *tls, const struct sw_tls_dane *d,
			    size_t *ret_usable, struct sw_error *err)
{
	/* The caller has just made it, and owns it. */
	struct sw_tls *t = (struct sw_tls *)(void *)tls;

	*ret_usable = 0;
	if (SSL_dane_enable(t->ssl, d->base) <= 0)
		return sw_tls_fail(err, SW_E_NOMEM, "DANE");
	for (size_t i = 0; i < SW_LEN(d->names); i++)
		if (d->names[i] && SSL_add1_host(t->ssl, d->names[i]) != 1)
			return sw_tls_fail(err, SW_E_NOMEM, "DANE names");
	/* Usage 3 names the certificate itself: its names and dates mean nothing (RFC 7672
	 * 3.1.1). */
	SSL_dane_set_flags(t->ssl, DANE_FLAG_NO_DANE_EE_NAMECHECKS);
	*ret_usable = add_records(t->ssl, d);
	t->dane = *ret_usable > 0;
	t->verify = t->dane ? SW_TLS_VERIFY_FULL : SW_TLS_VERIFY_NONE;
	return SW_OK;
}

void sw_tls_note_dane(struct sw_tls *t)
{
	uint8_t usage, selector, matching;

	if (!t->dane ||
	    SSL_get0_dane_tlsa(t->ssl, &usage, &selector, &matching, NULL, NULL) < 0)
		return;
	t->info.dane_usage = usage;
	t->info.dane_selector = selector;
	t->info.dane_matching = matching;
}
