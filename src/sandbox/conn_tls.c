/* SPDX-License-Identifier: MIT */
/* TLS of a connection: the look at the ClientHello that some faults need, and the
 * handshake. */
#include <errno.h>
#include <sys/socket.h>

#include "sandbox/internal.h"

enum {
	RECORD_HEADER = 5,
	HANDSHAKE_HEADER = 4,
	MAX_RECORD = 16 * 1024,
	/* A ClientHello that has come in part is looked at again after this time: its bytes
	 * stay in the socket, so readiness would be reported without end. */
	LOOK_AGAIN_US = 5 * 1000,
	TYPE_HANDSHAKE = 0x16,
	EXT_SERVER_NAME = 0,
	EXT_SUPPORTED_VERSIONS = 43,
	VERSION_13 = 0x0304,
};

/* A reader that cannot leave its slice: what is missing reads as 0 and sets `bad`. */
struct reader {
	struct sw_slice s;
	bool bad;
};

static unsigned take_number(struct reader *r, size_t bytes)
{
	unsigned value = 0;

	if (r->s.len < bytes) {
		r->bad = true;
		return 0;
	}
	for (size_t i = 0; i < bytes; i++)
		value = value << 8 | (unsigned char)r->s.ptr[i];
	r->s = sw_slice_from(r->s, bytes);
	return value;
}

static struct reader take_block(struct reader *r, size_t len)
{
	struct reader block = { .s = sw_slice_head(r->s, len), .bad = r->s.len < len };

	r->bad = r->bad || block.bad;
	r->s = sw_slice_from(r->s, len);
	return block;
}

static bool lists_13(struct reader versions)
{
	(void)take_number(&versions, 1);
	while (versions.s.len >= 2)
		if (take_number(&versions, 2) == VERSION_13)
			return true;
	return false;
}

/* RFC 8446 4.1.2. What cannot be read has no features. */
static struct sw_hello read_hello(struct sw_slice record)
{
	struct sw_hello hello = { .len = record.len };
	struct reader r = { .s = sw_slice_from(record, RECORD_HEADER + HANDSHAKE_HEADER) };
	struct reader extensions;

	(void)take_block(&r, 2 + 32);
	(void)take_block(&r, take_number(&r, 1));
	(void)take_block(&r, take_number(&r, 2));
	(void)take_block(&r, take_number(&r, 1));
	extensions = take_block(&r, take_number(&r, 2));
	while (!extensions.bad && extensions.s.len > 0) {
		unsigned type = take_number(&extensions, 2);
		struct reader ext = take_block(&extensions, take_number(&extensions, 2));

		if (type == EXT_SERVER_NAME)
			hello.has_sni = true;
		if (type == EXT_SUPPORTED_VERSIONS)
			hello.offers_13 = lists_13(ext);
	}
	return hello;
}

static void begin_handshake(struct sw_conn *c)
{
	struct sw_error err;
	sw_loop_fn ready = c->stream->ready;
	void *arg = c->stream->ready_arg;
	struct sw_stream *tls = sw_tls_server(c->stream, c->server->tls_context, &err);

	if (!tls) {
		sw_conn_log(c, "no TLS: %s", err.text);
		sw_conn_kill(c, false);
		return;
	}
	c->stream = tls;
	sw_stream_on_ready(tls, ready, arg);
	c->phase = SW_CONN_HANDSHAKE;
}

void sw_conn_start_tls(struct sw_conn *c)
{
	c->active_us = sw_loop_now(c->server->loop);
	if (sw_conn_has_hello_fault(c))
		c->phase = SW_CONN_HELLO;
	else
		begin_handshake(c);
}

/* Looks at what has come without taking it. False: not all of the ClientHello is there. */
static bool peek_hello(struct sw_conn *c, struct sw_hello *ret)
{
	char bytes[RECORD_HEADER + MAX_RECORD];
	uint64_t now_us = sw_loop_now(c->server->loop);
	ssize_t n =
		recv(sw_stream_fd(c->stream), bytes, sizeof(bytes), MSG_PEEK | MSG_DONTWAIT);
	size_t whole = RECORD_HEADER;

	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR) ||
	    now_us > sw_time_add(c->active_us, c->server->idle_us)) {
		sw_conn_kill(c, false);
		return false;
	}
	if (n < 0)
		return false;
	/* What is no TLS gets what the fault has for a ClientHello. */
	if (bytes[0] != TYPE_HANDSHAKE) {
		*ret = (struct sw_hello){ .len = (size_t)n };
		return true;
	}
	if (n >= RECORD_HEADER)
		whole += (size_t)((unsigned char)bytes[3] << 8 | (unsigned char)bytes[4]);
	if ((size_t)n < whole && (size_t)n < sizeof(bytes)) {
		c->wake_us = sw_time_add(now_us, LOOK_AGAIN_US);
		return false;
	}
	*ret = read_hello(sw_slice_head(sw_slice(bytes, (size_t)n), whole));
	return true;
}

bool sw_conn_hello(struct sw_conn *c)
{
	struct sw_hello hello;

	c->wake_us = SW_NEVER;
	if (!peek_hello(c, &hello))
		return c->dead;
	if (!sw_conn_misbehave_hello(c, &hello))
		begin_handshake(c);
	return true;
}

bool sw_conn_handshake(struct sw_conn *c)
{
	const struct sw_tls_info *info;

	switch (sw_stream_handshake(c->stream)) {
	case SW_IO_OK:
		break;
	case SW_IO_AGAIN:
		return false;
	case SW_IO_EOF:
	case SW_IO_ERROR:
		sw_conn_log(c, "TLS handshake failed: %s", sw_stream_failure(c->stream)->text);
		sw_conn_kill(c, false);
		return true;
	}
	info = sw_tls_get_info(c->stream);
	sw_conn_log(c, "TLS: %s, %s", info->version, info->cipher);
	c->tls = true;
	c->phase = SW_CONN_TALK;
	c->active_us = sw_loop_now(c->server->loop);
	sw_smtp_server_tls_done(c->machine);
	return true;
}
