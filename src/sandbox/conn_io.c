/* SPDX-License-Identifier: MIT */
/* Bytes of a connection: into its output, out to the client, and in. */
#include <stdarg.h>
#include <stdio.h>

#include "sandbox/internal.h"

enum {
	ENDLESS_HELPING = 16 * 1024,
	READ_SIZE = 16 * 1024,
};

void sw_conn_log(struct sw_conn *c, const char *fmt, ...)
{
	char text[SW_MAX_SANDBOX_LOG];
	va_list args;

	if (!c->server->set.log)
		return;
	va_start(args, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	sw_server_log(c->server, "#%lu %s", c->id, text);
}

static void log_replies(struct sw_conn *c, struct sw_slice bytes)
{
	struct sw_slice line;

	while (bytes.len > 0 && sw_slice_split(&bytes, '\n', &line))
		if (line.len > 0)
			sw_conn_log(c, "S: %.*s", SW_FMT(sw_slice_trim(line)));
}

static enum sw_err add_without_cr(struct sw_buf *out, struct sw_slice bytes)
{
	for (size_t i = 0; i < bytes.len; i++) {
		if (bytes.ptr[i] == '\r' && i + 1 < bytes.len && bytes.ptr[i + 1] == '\n')
			continue;
		if (sw_buf_add_char(out, bytes.ptr[i]))
			return SW_E_NOMEM;
	}
	return SW_OK;
}

void sw_conn_out(struct sw_conn *c, struct sw_slice bytes)
{
	enum sw_err e = sw_faults_find(c->server->set.faults, SW_ACT_LF_ONLY)
				? add_without_cr(&c->out, bytes)
				: sw_buf_add(&c->out, bytes);

	if (e)
		sw_conn_kill(c, false);
}

void sw_conn_collect(struct sw_conn *c)
{
	struct sw_slice bytes = sw_smtp_server_output(c->machine);

	log_replies(c, bytes);
	sw_conn_out(c, bytes);
	sw_smtp_server_sent(c->machine, bytes.len);
}

static void lost(struct sw_conn *c)
{
	const struct sw_io_failure *why = sw_stream_failure(c->stream);

	sw_conn_log(c, "connection lost: %s", why->text);
	sw_conn_kill(c, false);
}

/* More of what never ends. */
static void refill(struct sw_conn *c)
{
	while (c->endless.len > 0 && sw_buf_len(&c->out) < ENDLESS_HELPING && !c->dead)
		sw_conn_out(c, c->endless);
}

bool sw_conn_flush(struct sw_conn *c)
{
	uint64_t now_us = sw_loop_now(c->server->loop);
	struct sw_slice bytes;
	size_t len = 0;

	refill(c);
	bytes = sw_buf_slice(&c->out);
	if (bytes.len == 0 || c->drip_at_us > now_us)
		return false;
	if (c->drip_us) {
		bytes.len = 1;
		c->drip_at_us = now_us + c->drip_us;
	}
	switch (sw_stream_write(c->stream, bytes, &len)) {
	case SW_IO_OK:
		sw_buf_consume(&c->out, len);
		c->active_us = now_us;
		break;
	case SW_IO_AGAIN:
		return false;
	case SW_IO_EOF:
	case SW_IO_ERROR:
		lost(c);
		return true;
	}
	if (sw_buf_len(&c->out) == 0) {
		c->drip_us = 0;
		c->drip_at_us = 0;
	}
	return true;
}

bool sw_conn_wants_input(const struct sw_conn *c)
{
	if (c->eof || c->dead)
		return false;
	switch (c->phase) {
	case SW_CONN_TALK:
		return c->after == SW_AFTER_NOTHING &&
		       sw_buf_len(&c->in) < SW_MAX_SANDBOX_INPUT &&
		       sw_buf_len(&c->out) < SW_SANDBOX_OUTPUT_HIGH;
	case SW_CONN_PROXY:
	case SW_CONN_HELLO:
	case SW_CONN_HANDSHAKE:
	case SW_CONN_STALL:
		return false;
	case SW_CONN_HANG:
	case SW_CONN_LINGER:
		return true;
	}
	return false;
}

bool sw_conn_take_input(struct sw_conn *c)
{
	char bytes[READ_SIZE];
	size_t len = 0;
	size_t room = c->phase == SW_CONN_TALK ? SW_MAX_SANDBOX_INPUT - sw_buf_len(&c->in)
					       : sizeof(bytes);

	if (!sw_conn_wants_input(c))
		return false;
	switch (sw_stream_read(c->stream, bytes, room < sizeof(bytes) ? room : sizeof(bytes),
			       &len)) {
	case SW_IO_OK:
		c->active_us = sw_loop_now(c->server->loop);
		c->lingered_bytes += c->phase == SW_CONN_LINGER ? len : 0;
		if (c->lingered_bytes > SW_MAX_SANDBOX_LINGER)
			sw_conn_kill(c, false);
		if (c->phase == SW_CONN_TALK && sw_buf_add(&c->in, sw_slice(bytes, len)))
			sw_conn_kill(c, false);
		return true;
	case SW_IO_AGAIN:
		return false;
	case SW_IO_EOF:
		c->eof = true;
		return true;
	case SW_IO_ERROR:
		/* The client's RST after our FIN is no news. */
		if (c->phase == SW_CONN_LINGER)
			sw_conn_kill(c, false);
		else
			lost(c);
		return true;
	}
	return false;
}
