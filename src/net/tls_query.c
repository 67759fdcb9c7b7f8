/* SPDX-License-Identifier: MIT */
/* What others ask of a TLS stream: its info, and channel bindings. */
#include <openssl/ssl.h>

#include "net/tls_internal.h"

const struct sw_tls_info *sw_tls_get_info(const struct sw_stream *top)
{
	const struct sw_tls *t = sw_tls_find(top);

	return t ? &t->info : NULL;
}

/* RFC 9266: the zero-length context of TLS 1.3 is the same as none. */
static size_t bind_exporter(const struct sw_tls *t, uint8_t *out, size_t size)
{
	static const char label[] = "EXPORTER-Channel-Binding";
	enum { LENGTH = 32 };

	if (SSL_version(t->ssl) < TLS1_3_VERSION || size < LENGTH)
		return 0;
	return SSL_export_keying_material(t->ssl, out, LENGTH, label, sizeof(label) - 1, NULL,
					  0, 0) == 1
		       ? LENGTH
		       : 0;
}

/* RFC 5929 3: the first Finished message of the last handshake, which is the client's unless a
 * session was resumed. Unsafe without the extended master secret (RFC 7627 1), absent in 1.3.
 */
static size_t bind_unique(const struct sw_tls *t, uint8_t *out, size_t size)
{
	if (SSL_version(t->ssl) > TLS1_2_VERSION || SSL_get_extms_support(t->ssl) != 1)
		return 0;
	bool client_first = SSL_session_reused(t->ssl) == 0;
	size_t len = client_first == t->server ? SSL_get_peer_finished(t->ssl, out, size) :
						 SSL_get_finished(t->ssl, out, size);

	return len <= size ? len : 0;
}

/* RFC 5929 4.1: hash of the server's certificate by the hash of its signature, SHA-256 in
 * place of MD5 and SHA-1; not defined for signatures without one (Ed25519). */
static size_t bind_end_point(const struct sw_tls *t, uint8_t *out, size_t size)
{
	X509 *cert = t->server ? SSL_get_certificate(t->ssl) :
				       SSL_get0_peer_certificate(t->ssl);
	unsigned len = 0;
	int hash = NID_undef;

	if (!cert || size < EVP_MAX_MD_SIZE ||
	    X509_get_signature_info(cert, &hash, NULL, NULL, NULL) != 1)
		return 0;
	if (hash == NID_md5 || hash == NID_sha1)
		hash = NID_sha256;
	const EVP_MD *md = hash != NID_undef ? EVP_get_digestbynid(hash) : NULL;

	return md && X509_digest(cert, md, out, &len) == 1 ? len : 0;
}

size_t sw_tls_channel_binding(const struct sw_stream *top, const char *type, uint8_t *out,
			      size_t size)
{
	static const struct {
		const char *name;
		size_t (*get)(const struct sw_tls *t, uint8_t *out, size_t size);
	} types[] = {
		{ "tls-exporter", bind_exporter },
		{ "tls-unique", bind_unique },
		{ "tls-server-end-point", bind_end_point },
	};
	const struct sw_tls *t = sw_tls_find(top);

	if (!t || !t->info.done || t->failed)
		return 0;
	for (size_t i = 0; i < SW_LEN(types); i++)
		if (strcmp(type, types[i].name) == 0)
			return types[i].get(t, out, size);
	return 0;
}
