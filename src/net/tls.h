/* SPDX-License-Identifier: MIT */
/* TLS over any stream, by OpenSSL.  Chain and name are verified unless the caller says
 * otherwise; the verdict is taken in one place and kept with its evidence, also when it is
 * bad. */
#ifndef SW_NET_TLS_H
#define SW_NET_TLS_H

#include "net/stream.h"

/* Settings shared by many connections: trust store, own certificate. Counted references. */
struct sw_tls_context;

enum { SW_TLS_PIN_LEN = 32 };
/* Keys of servers: SHA-256 of the SubjectPublicKeyInfo. */
struct sw_tls_pins {
	size_t count; /* 0: none are demanded */
	uint8_t hash[SW_MAX_TLS_PINS][SW_TLS_PIN_LEN];
};
/* "sha256//BASE64[,sha256//BASE64...]"; SW_E_USAGE names the one that is none. */
enum sw_err sw_tls_pins_parse(const char *text, struct sw_tls_pins *ret,
			      struct sw_error *err) SW_MUST_USE;

struct sw_tls_settings {
	/* Client, may be NULL: beside all else one key of the verified chain must be among these. */
	const struct sw_tls_pins *pins;
	bool pin_only; /* instead: the server's own key must be; chain and name are not asked */
	const char *ca_file;	 /* PEM; NULL: the system's store */
	const char *cert_file;	 /* own certificate chain (PEM), NULL: none; servers need one */
	const char *key_file;
	const char *cert_pem;	 /* instead of files: PEM text, NULL: none */
	const char *key_pem;
	int min_version;	 /* 0: TLS 1.2; else TLS1_VERSION ... */
	int max_version;	 /* 0: newest */
	bool legacy;		 /* security level 0, to talk to (or play) old servers */
	bool server;
	bool request_client_cert;
	bool require_client_cert; /* server: none is refused (alert 116, RFC 8446 4.4.2.4);
				   * with ca_file it must also be good */
	const char *ciphers;	 /* OpenSSL's list for TLS 1.2 and older, NULL: default */
	const char *ciphersuites; /* for TLS 1.3, NULL: default */
	const char *groups;	  /* of key exchange, "X25519:P-256", NULL: default */
};
/* SW_E_CONFIG/SW_E_NOINPUT with file and reason. A file that is named is read here, the system's
 * store as far as it is needed. */
struct sw_tls_context *sw_tls_context_new(const struct sw_tls_settings *s,
					  struct sw_error *err) SW_MUST_USE;
struct sw_tls_context *sw_tls_context_ref(struct sw_tls_context *c);
void sw_tls_context_unref(struct sw_tls_context *c);
/* Server: another certificate chain and key for the handshakes that follow (PEM text, leaf
 * first; without its intermediate, for instance), with a key of the same kind (RSA, EC). On
 * failure the old ones stay. */
enum sw_err sw_tls_context_set_cert(struct sw_tls_context *c, const char *cert_pem,
				    const char *key_pem, struct sw_error *err) SW_MUST_USE;
/* Certificates in the trust store (one that is in two places counts twice); 0 explains "unable to get local issuer" (T12). */
size_t sw_tls_context_trusted(const struct sw_tls_context *c);

struct sw_tls_cert {
	char *subject, *issuer;		/* one line, printable */
	char *names;			/* subjectAltName DNS and IP entries, ", " between */
	char *not_before, *not_after;	/* RFC 3339 UTC */
	char *sha256;			/* of the certificate, lower-case hex */
	char *pin;			/* of its key: "sha256//..." */
	char *key;			/* "RSA 2048", "EC P-256", "Ed25519" */
	bool self_issued;		/* issuer equals subject */
	char *issuer_url;		/* where its issuer can be fetched (AIA); "" not told */
	bool has_aia;			/* names where its issuer can be fetched */
};

enum { SW_TLS_VERIFY_MOST = 8 };

/* What is known of a TLS connection at any moment; complete after the handshake or its
 * failure. Belongs to the stream, but survives it when taken (see sw_tls_take_info). */
struct sw_tls_info {
	char version[16];		/* "TLSv1.3"; "" before */
	char cipher[64];
	bool done;			/* handshake finished */
	bool verified;			/* chain and name are good */
	bool offered_session;		/* client: the server was asked to take one up again */
	bool resumed;
	int verify_code;		/* X509_V_* of the first thing wrong; 0 when good */
	int verify_all[SW_TLS_VERIFY_MOST];	/* every different one, in the order found */
	size_t verify_count;
	char verify_text[160];
	int verify_depth;
	int dane_usage, dane_selector, dane_matching;	/* of the TLSA record that fits; -1: none */
	char expected_name[256];	/* what the certificate had to be for */
	char sni[256];			/* server name that the client asked for; "" none */
	bool client_cert_wanted;	/* client: the server asked for a certificate */
	int alert_received;		/* TLS alert description, -1: none */
	int alert_sent;
	char errors[512];		/* OpenSSL's error stack, newest first, "; " between */
	char first_bytes[16];		/* what the other side sent first, raw */
	size_t first_bytes_len;
	uint64_t raw_in, raw_out;	/* bytes below TLS */
	size_t chain_sent;		/* certificates that the peer sent */
	size_t chain_len;		/* those kept in `chain`, as sent, leaf first */
	struct sw_tls_cert chain[SW_MAX_CHAIN];
};
void sw_tls_info_fini(struct sw_tls_info *info);

enum sw_tls_verify {
	SW_TLS_VERIFY_FULL = 0,	/* chain and name must be good or the handshake fails */
	SW_TLS_VERIFY_NONE,	/* looked at and noted, never refused (opportunistic, probes) */
};

/* Client side. NULL or "" is allowed with VERIFY_NONE: no SNI, no name check, never
 * `verified`. `name` goes into SNI (unless an address) and is what the certificate must be
 * for. Takes ownership of `below` on success only. */
struct sw_stream *sw_tls_client(struct sw_stream *below, struct sw_tls_context *ctx,
				const char *name, enum sw_tls_verify verify,
				struct sw_error *err) SW_MUST_USE;
/* A TLSA record (RFC 6698 2.1). */
struct sw_tls_tlsa {
	uint8_t usage, selector, matching;
	struct sw_slice data;
};
struct sw_tls_dane {
	const char *base;	/* TLSA base domain: server name, and a name that may stand there */
	const char *names[2];	/* further names that may stand in the certificate; NULL: none */
	const struct sw_tls_tlsa *records;
	size_t count;
};
/* Binds a client stream, fresh from sw_tls_client, to TLSA records instead of authorities: one
 * of them must fit, or the handshake fails. *ret_usable: those that SMTP can use (RFC 7672
 * 3.1.3); when there are none the handshake refuses nobody. All is copied. */
enum sw_err sw_tls_use_dane(struct sw_stream *tls, const struct sw_tls_dane *d,
			    size_t *ret_usable, struct sw_error *err) SW_MUST_USE;
struct sw_stream *sw_tls_server(struct sw_stream *below, struct sw_tls_context *ctx,
				struct sw_error *err) SW_MUST_USE;
/* Client, before the handshake: a session that was had with `peer` (host, port and all else that matters
 * for whom we talk to) is taken up again where there is one, and this one is kept for the next. Info
 * then says `resumed`; its verdict and chain are those of the first handshake. */
void sw_tls_resume(struct sw_stream *top, const char *peer);
/* The info of the topmost TLS stream of a stack; NULL when there is none. Borrowed. */
const struct sw_tls_info *sw_tls_get_info(const struct sw_stream *top);
/* Moves the info out (the caller ends it with sw_tls_info_fini); that of the stream is empty
 * afterwards. False when there is no TLS stream. */
bool sw_tls_take_info(struct sw_stream *top, struct sw_tls_info *ret) SW_MUST_USE;
/* Channel binding for SCRAM-PLUS (RFC 5929, RFC 9266). type: "tls-exporter" (TLS 1.3),
 * "tls-unique" (TLS 1.2), "tls-server-end-point". Length, or 0 when not to be had. */
size_t sw_tls_channel_binding(const struct sw_stream *top, const char *type, uint8_t *out,
			      size_t size);

#endif
