/* SPDX-License-Identifier: MIT */
/* TLS sessions that are taken up again: a few, kept by a context in memory, by whom they were
 * had with. The verdict on the certificate is kept with them, since the next handshake shows
 * none. */
#include <openssl/ssl.h>

#include "base/mem.h"
#include "base/world.h"
#include "net/tls_internal.h"

/* A verdict older than this is taken anew: certificates expire, and are revoked. */
enum { FRESH_S = 3600 };

struct sw_tls_kept {
	char *peer; /* NULL: the place is free */
	SSL_SESSION *session;
	bool verified;
	uint64_t order; /* the smallest goes first */
};

struct sw_tls_sessions {
	pthread_mutex_t lock; /* contexts are shared by threads */
	uint64_t next;
	struct sw_tls_kept kept[SW_MAX_TLS_SESSIONS];
};

struct sw_tls_sessions *sw_tls_sessions_new(void)
{
	struct sw_tls_sessions *s = sw_calloc(1, sizeof(*s));
	if (s)
		pthread_mutex_init(&s->lock, NULL);
	return s;
}

static void drop(struct sw_tls_kept *k)
{
	sw_free(k->peer);
	SSL_SESSION_free(k->session);
	*k = (struct sw_tls_kept){ 0 };
}

void sw_tls_sessions_free(struct sw_tls_sessions *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < SW_LEN(s->kept); i++)
		drop(&s->kept[i]);
	pthread_mutex_destroy(&s->lock);
	sw_free(s);
}

/* The peer's, else a free place, else the oldest. */
static struct sw_tls_kept *place_for(struct sw_tls_sessions *s, const char *peer)
{
	struct sw_tls_kept *best = &s->kept[0];
	for (size_t i = 0; i < SW_LEN(s->kept); i++) {
		struct sw_tls_kept *k = &s->kept[i];
		if (k->peer && strcmp(k->peer, peer) == 0)
			return k;
		if (k->order < best->order)
			best = k;
	}
	return best;
}

/* Takes the reference when it returns true. */
static bool keep(struct sw_tls_sessions *s, const char *peer, SSL_SESSION *session,
		 bool verified)
{
	char *copy = sw_strdup(peer);
	if (!copy)
		return false;
	pthread_mutex_lock(&s->lock);
	struct sw_tls_kept *k = place_for(s, peer);
	drop(k);
	*k = (struct sw_tls_kept){ copy, session, verified, ++s->next };
	pthread_mutex_unlock(&s->lock);
	return true;
}

/* OpenSSL has a new session, or a ticket for one. */
int sw_tls_on_session(SSL *ssl, SSL_SESSION *session)
{
	struct sw_tls *t = SSL_get_app_data(ssl);
	if (!t || t->server || !t->peer || t->failed || !SSL_SESSION_is_resumable(session))
		return 0;
	bool verified = SSL_session_reused(ssl) ? t->offered_verified : t->info.verified;
	/* What was not accepted is never taken up again. */
	if (t->verify == SW_TLS_VERIFY_FULL && !verified)
		return 0;
	return keep(t->ctx->sessions, t->peer, session, verified);
}

/* What was good then may have run out since. */
static bool fresh(const SSL_SESSION *session)
{
	const X509 *leaf = SSL_SESSION_get0_peer((SSL_SESSION *)(uintptr_t)session);
	int64_t now_s = sw_world_real()->wall_us(NULL) / 1000000;

	return now_s - (int64_t)SSL_SESSION_get_time(session) < FRESH_S && leaf &&
	       X509_cmp_current_time(X509_get0_notAfter(leaf)) > 0;
}

/* Tickets of TLS 1.3 are used once (RFC 8446 C.4); a session of 1.2 stays. */
static SSL_SESSION *find(struct sw_tls_sessions *s, const char *peer, bool *ret_verified)
{
	SSL_SESSION *found = NULL;
	pthread_mutex_lock(&s->lock);
	struct sw_tls_kept *k = place_for(s, peer);
	if (k->peer && strcmp(k->peer, peer) == 0) {
		bool once = SSL_SESSION_get_protocol_version(k->session) >= TLS1_3_VERSION;
		*ret_verified = k->verified;
		if (fresh(k->session) && SSL_SESSION_up_ref(k->session) == 1)
			found = k->session;
		if (once || !found)
			drop(k);
	}
	pthread_mutex_unlock(&s->lock);
	return found;
}

void sw_tls_forget(struct sw_tls *t)
{
	struct sw_tls_sessions *s = t->ctx->sessions;
	if (!t->peer || t->server)
		return;
	pthread_mutex_lock(&s->lock);
	struct sw_tls_kept *k = place_for(s, t->peer);
	if (k->peer && strcmp(k->peer, t->peer) == 0)
		drop(k);
	pthread_mutex_unlock(&s->lock);
}

void sw_tls_resume(struct sw_stream *top, const char *peer)
{
	struct sw_tls *t = sw_tls_of(top);
	if (!t || t->server || t->peer)
		return;
	t->peer = sw_strdup(peer);
	SSL_SESSION *session =
		t->peer ? find(t->ctx->sessions, peer, &t->offered_verified) : NULL;
	if (!session)
		return;
	/* Where it may not be had, the handshake is a whole one. */
	t->info.offered_session = SSL_set_session(t->ssl, session) == 1;
	SSL_SESSION_free(session);
}
