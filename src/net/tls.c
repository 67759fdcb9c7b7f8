/* SPDX-License-Identifier: MIT */
/* TLS as a filter.  OpenSSL reads straight from the stream below; what it writes is collected
 * in `out` and sent from there.  So a call of OpenSSL never stops half way through a record,
 * the owner may offer other bytes after AGAIN, and several records leave in one call. */
#include "net/tls.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "base/mem.h"
#include "base/text.h"
#include "net/addr.h"
#include "net/tls_internal.h"

/* The most that one record carries (RFC 8446 5.1). */
enum { RECORD_MOST = 16 * 1024 };

static struct sw_tls *self(struct sw_stream *s)
{
	return (struct sw_tls *)(void *)s;
}

static void count_in(struct sw_tls_info *info, struct sw_slice bytes)
{
	size_t room = sizeof(info->first_bytes) - info->first_bytes_len;

	if (room > bytes.len)
		room = bytes.len;
	memcpy(info->first_bytes + info->first_bytes_len, bytes.ptr, room);
	info->first_bytes_len += room;
	info->raw_in += bytes.len;
}

static int bio_read(BIO *bio, char *out, size_t size, size_t *ret_len)
{
	struct sw_tls *t = BIO_get_data(bio);

	BIO_clear_retry_flags(bio);
	*ret_len = 0;
	switch (sw_stream_read(t->s.below, out, size, ret_len)) {
	case SW_IO_OK:
		count_in(&t->info, sw_slice(out, *ret_len));
		return 1;
	case SW_IO_AGAIN:
		BIO_set_retry_read(bio);
		return -1;
	case SW_IO_EOF:
		t->in_eof = true;
		return 0;
	case SW_IO_ERROR:
		t->in_broken = true;
		return -1;
	}
	return -1;
}

static int bio_write(BIO *bio, const char *in, size_t len, size_t *ret_len)
{
	struct sw_tls *t = BIO_get_data(bio);

	BIO_clear_retry_flags(bio);
	*ret_len = 0;
	/* What can go nowhere need not be kept: the next write tells of the failure below. */
	if (!t->out_broken && sw_buf_add(&t->out, sw_slice(in, len)) != SW_OK) {
		(void)sw_stream_fail(&t->s, SW_IO_CAUSE_OS, ENOMEM,
				     "no memory for TLS records");
		return -1;
	}
	*ret_len = len;
	return 1;
}

static long bio_ctrl(BIO *bio, int command, long number SW_UNUSED, void *arg SW_UNUSED)
{
	const struct sw_tls *t = BIO_get_data(bio);

	if (command == BIO_CTRL_EOF)
		return t->in_eof;
	return command == BIO_CTRL_FLUSH;
}

BIO_METHOD *sw_tls_bio_new(void)
{
	BIO_METHOD *m = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "sendwell stream");

	if (m && BIO_meth_set_read_ex(m, bio_read) && BIO_meth_set_write_ex(m, bio_write) &&
	    BIO_meth_set_ctrl(m, bio_ctrl))
		return m;
	BIO_meth_free(m);
	return NULL;
}

static void flush(struct sw_tls *t)
{
	size_t n;

	while (sw_buf_len(&t->out) && !t->out_broken) {
		enum sw_io io = sw_stream_write(t->s.below, sw_buf_slice(&t->out), &n);

		if (io == SW_IO_AGAIN)
			return;
		if (io == SW_IO_OK) {
			sw_buf_consume(&t->out, n);
			t->info.raw_out += n;
		} else {
			t->out_broken = true;
			sw_buf_clear(&t->out);
		}
	}
	if (t->end_below && !t->out_broken) {
		t->end_below = false;
		sw_stream_shutdown(t->s.below);
	}
}

static void begin_call(void)
{
	ERR_clear_error();
	errno = 0;
}

/* OpenSSL does not always tell that it had no memory, and may fail for it much later; malloc
 * leaves word, which the calls for bytes below seldom overwrite. */
static void end_call(struct sw_tls *t)
{
	if (errno == ENOMEM || sw_mem_refused() != t->refused)
		t->no_memory = true;
}

/* The TLS state is lost; says why, once. */
static enum sw_io broken(struct sw_tls *t)
{
	char text[sizeof(t->s.failure.text)];

	t->failed = true;
	if (!t->info.done)
		sw_tls_forget(t);
	if (!t->info.errors[0])
		t->no_memory |= sw_tls_drain_errors(t->info.errors, sizeof(t->info.errors));
	/* Whatever it looks like otherwise (a key that cannot be read, a signature that does
	 * not fit): the other side is not to blame. */
	if (t->no_memory)
		return sw_stream_fail(&t->s, SW_IO_CAUSE_OS, ENOMEM, "out of memory in TLS");
	/* The stream below has noted how reading from it failed. */
	if (t->in_broken && sw_stream_failure(t->s.below)->cause != SW_IO_CAUSE_NONE)
		return SW_IO_ERROR;
	if (t->in_eof && !t->info.done)
		return sw_stream_fail(&t->s, SW_IO_CAUSE_TRUNCATED, 0,
				      "the other side closed the connection during the TLS "
				      "handshake, after %llu bytes",
				      (unsigned long long)t->info.raw_in);
	sw_tls_describe(t, text, sizeof(text));
	return sw_stream_fail(&t->s, SW_IO_CAUSE_TLS, 0, "%s", text);
}

/* What a call of OpenSSL that did not succeed came to. `result` is what it returned. */
static enum sw_io judge(struct sw_tls *t, int result)
{
	switch (SSL_get_error(t->ssl, result)) {
	case SSL_ERROR_WANT_READ:
	case SSL_ERROR_WANT_WRITE:
		return SW_IO_AGAIN;
	case SSL_ERROR_ZERO_RETURN:
		if (!t->info.done)
			return broken(t);
		/* With SSL_OP_IGNORE_UNEXPECTED_EOF an end without notice comes here too. It
		 * is the reader who knows whether something was still to come. */
		if (!t->notified)
			(void)sw_stream_fail(&t->s, SW_IO_CAUSE_TRUNCATED, 0,
					     "the connection ended without TLS close_notify");
		return SW_IO_EOF;
	default:
		return broken(t);
	}
}

static void take_facts(struct sw_tls *t)
{
	struct sw_tls_info *info = &t->info;
	const char *sni = SSL_get_servername(t->ssl, TLSEXT_NAMETYPE_host_name);

	sw_text_escape_into(info->version, sizeof(info->version),
			    sw_slice_str(SSL_get_version(t->ssl)), SW_TEXT_LINE);
	sw_text_escape_into(info->cipher, sizeof(info->cipher),
			    sw_slice_str(SSL_CIPHER_get_name(SSL_get_current_cipher(t->ssl))),
			    SW_TEXT_LINE);
	if (t->server)
		sw_text_escape_into(info->sni, sizeof(info->sni), sw_slice_str(sni),
				    SW_TEXT_LINE);
	info->resumed = SSL_session_reused(t->ssl) == 1;
	if (info->resumed && !t->server) {
		info->verified = t->offered_verified;
		sw_tls_info_set_chain(info, SSL_get_peer_cert_chain(t->ssl));
	}
}

static enum sw_io handshake_done(struct sw_tls *t)
{
	take_facts(t);
	sw_tls_note_dane(t);
	/* OpenSSL has refused already what sw_tls_on_chain did not accept; this also holds for
	 * a handshake that showed no certificate at all. */
	if (!sw_tls_accepts(t)) {
		t->failed = true;
		return sw_stream_fail(&t->s, SW_IO_CAUSE_TLS, 0,
				      "the other side showed no certificate to verify");
	}
	t->info.done = true;
	SSL_set_options(t->ssl, SSL_OP_IGNORE_UNEXPECTED_EOF);
	return SW_IO_OK;
}

static enum sw_io tls_handshake(struct sw_stream *s)
{
	struct sw_tls *t = self(s);
	enum sw_io io;

	if (t->failed)
		return SW_IO_ERROR;
	if (t->info.done)
		return SW_IO_OK;
	io = sw_stream_handshake(s->below);
	if (io != SW_IO_OK)
		return io;
	/* When writing failed, the other side may have said why before it went: look again. */
	for (int turn = 0; turn < 2; turn++) {
		begin_call();
		int result = SSL_do_handshake(t->ssl);

		end_call(t);
		t->dry = result != 1;
		flush(t);
		if (result == 1)
			return handshake_done(t);
		io = judge(t, result);
		if (io != SW_IO_AGAIN)
			return io == SW_IO_EOF ? broken(t) : io;
		if (!t->out_broken)
			return SW_IO_AGAIN;
	}
	t->failed = true;
	return SW_IO_ERROR;
}

static enum sw_io tls_read(struct sw_stream *s, char *out, size_t size, size_t *ret_len)
{
	struct sw_tls *t = self(s);
	enum sw_io io = tls_handshake(s);

	if (io != SW_IO_OK)
		return io;
	begin_call();
	int result = SSL_read_ex(t->ssl, out, size, ret_len);

	end_call(t);
	/* Answers of the protocol itself, such as a KeyUpdate or an alert. */
	flush(t);
	t->dry = result != 1;
	if (result == 1)
		return SW_IO_OK;
	*ret_len = 0;
	return judge(t, result);
}

static enum sw_io tls_write(struct sw_stream *s, struct sw_slice in, size_t *ret_len)
{
	struct sw_tls *t = self(s);
	enum sw_io io = tls_handshake(s);
	size_t done = 0;

	if (io != SW_IO_OK)
		return io;
	flush(t);
	if (t->out_broken)
		return SW_IO_ERROR;
	while (done < in.len && sw_buf_len(&t->out) < SW_TLS_OUTPUT_HIGH) {
		struct sw_slice piece = sw_slice_head(sw_slice_from(in, done), RECORD_MOST);
		size_t n = 0;

		begin_call();
		int result = SSL_write_ex(t->ssl, piece.ptr, piece.len, &n);

		end_call(t);
		if (result != 1) {
			io = judge(t, result);
			break;
		}
		done += n;
		/* Before it is full, since what waits when the socket is not ready is copied
		 * around in vain. */
		if (sw_buf_len(&t->out) >= SW_TLS_OUTPUT_HIGH)
			flush(t);
	}
	flush(t);
	*ret_len = done;
	/* Bytes that became records count as written, even when sending them failed: a part
	 * of them may have arrived. The next call tells of the failure. */
	if (done)
		return SW_IO_OK;
	return io == SW_IO_OK ? SW_IO_AGAIN : io;
}

static bool tls_pending(struct sw_stream *s)
{
	struct sw_tls *t = self(s);

	/* OpenSSL also counts a piece of a record, with which nothing can be done. */
	return (!t->dry && SSL_has_pending(t->ssl)) || sw_stream_pending(s->below);
}

static void tls_want(struct sw_stream *s, unsigned want)
{
	struct sw_tls *t = self(s);
	unsigned below = want;

	/* A handshake that is not done waits for the other side, whatever its owner wants. */
	if (want && !t->info.done)
		below = SW_WANT_READ;
	if (sw_buf_len(&t->out) && !t->out_broken)
		below |= SW_WANT_WRITE;
	t->want = want;
	sw_stream_want(s->below, below);
	/* What lies in memory makes no descriptor ready, and what has failed never will be. */
	bool at_once = t->failed || (t->out_broken && (want & SW_WANT_WRITE)) ||
		       ((want & SW_WANT_READ) && tls_pending(s));

	sw_timer_set(t->wake, want && at_once ? 0 : SW_NEVER);
}

static void tls_shutdown(struct sw_stream *s)
{
	struct sw_tls *t = self(s);

	if (t->info.done && !t->failed) {
		ERR_clear_error();
		SSL_shutdown(t->ssl);
		ERR_clear_error();
	}
	t->end_below = true;
	flush(t);
	/* What could not leave yet does so by and by. */
	if (sw_buf_len(&t->out))
		tls_want(s, t->want);
}

static void tls_free(struct sw_stream *s)
{
	struct sw_tls *t = self(s);

	sw_timer_free(t->wake);
	SSL_free(t->ssl);
	sw_buf_fini(&t->out);
	sw_tls_info_fini(&t->info);
	sw_tls_context_unref(t->ctx);
	sw_free(t->peer);
	sw_free(t);
}

static const struct sw_stream_ops tls_ops = {
	.name = "tls",
	.read = tls_read,
	.write = tls_write,
	.handshake = tls_handshake,
	.shutdown = tls_shutdown,
	.want = tls_want,
	.pending = tls_pending,
	.free = tls_free,
};

static void on_below(void *arg)
{
	struct sw_tls *t = arg;

	if (sw_buf_len(&t->out)) {
		flush(t);
		tls_want(&t->s, t->want);
	}
	if (t->want)
		sw_stream_call_ready(&t->s);
}

static void on_wake(void *arg)
{
	struct sw_tls *t = arg;

	sw_stream_call_ready(&t->s);
}

/* OpenSSL asks for our certificate only when the server does; the context has it, if any. */
static int on_cert_wanted(SSL *ssl SW_UNUSED, void *arg)
{
	struct sw_tls *t = arg;

	t->info.client_cert_wanted = true;
	return 1;
}

/* The name goes into SNI and becomes what the certificate must be for. */
static enum sw_err set_name(struct sw_tls *t, const char *name, struct sw_error *err)
{
	X509_VERIFY_PARAM *param = SSL_get0_param(t->ssl);
	struct sw_slice text = sw_slice_str(name);
	char host[sizeof(t->info.sni)];
	char ip[SW_ADDR_TEXT];
	struct sw_addr addr;

	/* The root's dot is part of no name in certificates (RFC 6125) or SNI (RFC 6066 3). */
	if (text.len > 1 && text.ptr[text.len - 1] == '.')
		text.len--;
	if (text.len == 0 && t->verify == SW_TLS_VERIFY_NONE)
		return SW_OK;
	if (text.len == 0 || text.len >= sizeof(host))
		return sw_fail(err, SW_E_USAGE, "TLS needs the server's name, 1 to %zu bytes",
			       sizeof(host) - 1);
	memcpy(host, text.ptr, text.len);
	host[text.len] = '\0';
	sw_text_escape_into(t->info.expected_name, sizeof(t->info.expected_name), text,
			    SW_TEXT_LINE);
	t->named = true;
	if (sw_addr_parse(text, 0, &addr)) {
		/* A zone has a meaning on this machine only. */
		sw_addr_ip(&addr, ip);
		ip[strcspn(ip, "%")] = '\0';
		return X509_VERIFY_PARAM_set1_ip_asc(param, ip) == 1
			       ? SW_OK
			       : sw_tls_fail(err, SW_E_USAGE, "TLS server address");
	}
	/* RFC 9525 6.3: no partial wildcards; 2 and 6.4: the common name is no name of a
	 * server, also where there is no other. */
	X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS |
						       X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
	if (X509_VERIFY_PARAM_set1_host(param, host, 0) != 1 ||
	    SSL_set_tlsext_host_name(t->ssl, host) != 1)
		return sw_tls_fail(err, SW_E_USAGE, "TLS server name");
	memcpy(t->info.sni, t->info.expected_name, sizeof(t->info.sni));
	return SW_OK;
}

static struct sw_tls *tls_new(struct sw_stream *below, struct sw_tls_context *ctx,
			      struct sw_error *err)
{
	struct sw_tls *t = sw_calloc(1, sizeof(*t));
	BIO *bio = NULL;

	if (!t) {
		sw_fail_nomem(err);
		return NULL;
	}
	t->refused = sw_mem_refused();
	sw_stream_init(&t->s, &tls_ops, below->loop, below);
	sw_tls_info_init(&t->info);
	sw_buf_init(&t->out, SW_TLS_OUTPUT_MAX);
	t->ctx = sw_tls_context_ref(ctx);
	t->wake = sw_timer_new(below->loop, on_wake, t);
	t->ssl = SSL_new(ctx->ssl_ctx);
	bio = t->ssl ? BIO_new(ctx->bio) : NULL;
	if (!t->wake || !bio) {
		sw_fail_nomem(err);
		BIO_free(bio);
		tls_free(&t->s);
		return NULL;
	}
	BIO_set_data(bio, t);
	BIO_set_init(bio, 1);
	SSL_set_bio(t->ssl, bio, bio);
	if (SSL_set_app_data(t->ssl, t) != 1) {
		sw_fail_nomem(err);
		tls_free(&t->s);
		return NULL;
	}
	return t;
}

struct sw_stream *sw_tls_client(struct sw_stream *below, struct sw_tls_context *ctx,
				const char *name, enum sw_tls_verify verify,
				struct sw_error *err)
{
	struct sw_tls *t = tls_new(below, ctx, err);

	if (!t)
		return NULL;
	t->verify = verify;
	if (set_name(t, name, err) != SW_OK) {
		(void)sw_fail_if_refused(err, t->refused);
		tls_free(&t->s);
		return NULL;
	}
	SSL_set_cert_cb(t->ssl, on_cert_wanted, t);
	SSL_set_connect_state(t->ssl);
	sw_stream_on_ready(below, on_below, t);
	return &t->s;
}

struct sw_stream *sw_tls_server(struct sw_stream *below, struct sw_tls_context *ctx,
				struct sw_error *err)
{
	struct sw_tls *t = tls_new(below, ctx, err);

	if (!t)
		return NULL;
	t->server = true;
	/* A client has no name that could be checked. */
	t->named = true;
	t->verify = ctx->verify_clients ? SW_TLS_VERIFY_FULL : SW_TLS_VERIFY_NONE;
	SSL_set_accept_state(t->ssl);
	sw_stream_on_ready(below, on_below, t);
	return &t->s;
}

const struct sw_tls *sw_tls_find(const struct sw_stream *top)
{
	while (top && top->ops != &tls_ops)
		top = top->below;
	return (const struct sw_tls *)(const void *)top;
}

struct sw_tls *sw_tls_of(struct sw_stream *top)
{
	while (top && top->ops != &tls_ops)
		top = top->below;
	return top ? self(top) : NULL;
}

bool sw_tls_take_info(struct sw_stream *top, struct sw_tls_info *ret)
{
	while (top && top->ops != &tls_ops)
		top = top->below;
	if (!top)
		return false;
	struct sw_tls_info *info = &self(top)->info;

	*ret = *info;
	sw_tls_info_init(info);
	/* The stream goes on, and these are its state. */
	info->done = ret->done;
	info->verified = ret->verified;
	return true;
}
