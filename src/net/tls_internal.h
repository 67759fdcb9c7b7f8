/* SPDX-License-Identifier: MIT */
/* What the tls_*.c files share. Nobody else includes this. */
#ifndef SW_NET_TLS_INTERNAL_H
#define SW_NET_TLS_INTERNAL_H

#include <openssl/ssl.h>
#include <stdatomic.h>

#include "base/buf.h"
#include "net/tls.h"

struct sw_tls_context {
	SSL_CTX *ssl_ctx;
	BIO_METHOD *bio;	/* SSL's way to the stream below: see tls.c */
	atomic_uint refs;
	bool server;
	bool verify_clients;	/* server: a client's certificate must be good */
	size_t loaded;		/* certificates read into the store */
	char *hashed_dir;	/* where more are looked up when needed; NULL: nowhere */
};

struct sw_tls {
	struct sw_stream s;
	struct sw_tls_context *ctx;
	SSL *ssl;
	struct sw_tls_info info;
	struct sw_timer *wake;
	struct sw_buf out;	/* records that wait for the stream below */
	enum sw_tls_verify verify;
	bool server;
	bool named;		/* the certificate's name is checked */
	bool chain_good;	/* OpenSSL's verification ran and found nothing */
	bool in_eof, in_broken;	/* reading below ended, failed */
	bool out_broken;	/* writing below failed: what waits is lost */
	bool notified;		/* close_notify came */
	bool failed;		/* the TLS state is gone for good */
	bool dry;		/* nothing is left above the stream below */
	bool end_below;		/* shut the stream below down when `out` is empty */
	unsigned want;
};

/* tls.c */
BIO_METHOD *sw_tls_bio_new(void);
/* The topmost TLS stream, or NULL; as const as what was passed. */
struct sw_tls *sw_tls_find(const struct sw_stream *top);

/* tls_verify.c: hooks of OpenSSL, and the verdict. */
int sw_tls_on_chain(X509_STORE_CTX *store, void *arg);
void sw_tls_on_info(const SSL *ssl, int where, int value);
/* The one place that decides whether the other side is who it has to be. */
bool sw_tls_accepts(const struct sw_tls *t);

/* tls_info.c */
void sw_tls_info_init(struct sw_tls_info *info);
/* tls_cert.c */
void sw_tls_info_set_chain(struct sw_tls_info *info, const STACK_OF(X509) *chain);
/* Empties OpenSSL's error stack into a text, newest first; "" when there was none. */
void sw_tls_drain_errors(char *out, size_t size);
/* sw_fail with OpenSSL's newest error behind the text. */
enum sw_err sw_tls_fail(struct sw_error *err, enum sw_err code, const char *what);
/* One sentence on why the connection broke. */
void sw_tls_describe(const struct sw_tls *t, char *out, size_t size);

#endif
