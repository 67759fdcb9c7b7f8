/* SPDX-License-Identifier: MIT */
/* What the tls_*.c files share. Nobody else includes this. */
#ifndef SW_NET_TLS_INTERNAL_H
#define SW_NET_TLS_INTERNAL_H

#include <openssl/ssl.h>
#include <pthread.h>
#include <stdatomic.h>

#include "base/buf.h"
#include "net/tls.h"

/* Where trusted certificates come from, beside those that OpenSSL's own store holds already. */
struct sw_tls_store {
	size_t loaded;		/* certificates of the file that the user named */
	char *hashed_dirs;	/* certificates are looked up here, one by one; NULL: nowhere */
	char *bundle;		/* and then here, where all must be read; NULL: nowhere */
	X509_LOOKUP_METHOD *lookup;	/* that reads the bundle */
	pthread_mutex_t lock;	/* of the rest: contexts are shared by threads */
	bool bundle_read;
	bool counted;
	size_t count;
};

struct sw_tls_context {
	SSL_CTX *ssl_ctx;
	BIO_METHOD *bio;	/* SSL's way to the stream below: see tls.c */
	atomic_uint refs;
	bool server;
	bool verify_clients;	/* server: a client's certificate must be good */
	struct sw_tls_store *store;
	struct sw_tls_sessions *sessions;
	struct sw_tls_pins pins;
	bool pin_only;
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
	bool dane;		/* bound by TLSA records, not by authorities */
	bool named;		/* the certificate's name is checked */
	bool chain_good;	/* OpenSSL's verification ran and found nothing */
	char *peer;		/* under which the session is kept; NULL: it is not */
	bool offered_verified;	/* what was found when the session that we offer was made */
	bool in_eof, in_broken;	/* reading below ended, failed */
	bool out_broken;	/* writing below failed: what waits is lost */
	bool notified;		/* close_notify came */
	bool failed;		/* the TLS state is gone for good */
	uint64_t refused;	/* sw_mem_refused() when it began */
	bool no_memory;		/* some allocation of OpenSSL's failed */
	bool dry;		/* nothing is left above the stream below */
	bool end_below;		/* shut the stream below down when `out` is empty */
	unsigned want;
};

/* tls.c */
BIO_METHOD *sw_tls_bio_new(void);
/* The topmost TLS stream, or NULL. */
const struct sw_tls *sw_tls_find(const struct sw_stream *top);

/* tls_pem.c: readers of PEM text that never ask a person for a passphrase. */
int sw_tls_no_passphrase(char *buf, int size, int writing, void *arg);
/* Borrows the text; NULL without memory or beyond SW_MAX_PEM. */
BIO *sw_tls_mem_bio(struct sw_slice text);
/* All certificates of a text; NULL when there is none or one is broken. */
STACK_OF(X509) *sw_tls_read_certs(struct sw_slice pem, const char *what, struct sw_error *err);

/* tls_store.c: the trusted certificates of a context. */
struct sw_tls_store *sw_tls_store_new(void) SW_MUST_USE;
void sw_tls_store_free(struct sw_tls_store *s);
/* Those of a file, and no others. */
enum sw_err sw_tls_store_file(struct sw_tls_context *c, const char *path, struct sw_error *err);
/* Those of the system. */
enum sw_err sw_tls_store_system(struct sw_tls_context *c, struct sw_error *err);

/* tls_verify.c: hooks of OpenSSL, and the verdict. */
int sw_tls_on_chain(X509_STORE_CTX *store, void *arg);
void sw_tls_on_info(const SSL *ssl, int where, int value);
/* The one place that decides whether the other side is who it has to be. */
bool sw_tls_accepts(const struct sw_tls *t);

/* tls_dane.c: which record the certificate fits, after the handshake. */
void sw_tls_note_dane(struct sw_tls *t);
/* The same to be changed. */
struct sw_tls *sw_tls_of(struct sw_stream *top);

/* tls_pin.c */
bool sw_tls_pin_fits(const struct sw_tls_pins *pins, const X509 *cert);
/* "sha256//..."; "?" for a key that cannot be read, NULL without memory. */
char *sw_tls_pin_text(const X509 *cert);

/* tls_session.c */
struct sw_tls_sessions *sw_tls_sessions_new(void) SW_MUST_USE;
void sw_tls_sessions_free(struct sw_tls_sessions *s);
int sw_tls_on_session(SSL *ssl, SSL_SESSION *session);
/* The session that was offered did no good. */
void sw_tls_forget(struct sw_tls *t);

/* tls_info.c */
void sw_tls_info_init(struct sw_tls_info *info);
/* tls_cert.c */
void sw_tls_info_set_chain(struct sw_tls_info *info, const STACK_OF(X509) *chain);
/* Empties OpenSSL's error stack into a text, newest first; "" when there was none. Whether
 * memory was short. */
bool sw_tls_drain_errors(char *out, size_t size);
/* sw_fail with OpenSSL's newest error behind the text. */
enum sw_err sw_tls_fail(struct sw_error *err, enum sw_err code, const char *what);
/* One sentence on why the connection broke. */
void sw_tls_describe(const struct sw_tls *t, char *out, size_t size);

#endif
