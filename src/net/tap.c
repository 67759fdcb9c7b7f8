/* SPDX-License-Identifier: MIT */
#include "net/tap.h"

#include "base/mem.h"

struct sw_tap {
	struct sw_stream s;
	struct sw_transcript *transcript;
	bool tls;
};

static struct sw_tap *self(struct sw_stream *s)
{
	return (struct sw_tap *)(void *)s;
}

static enum sw_io tap_read(struct sw_stream *s, char *out, size_t size, size_t *ret_len)
{
	enum sw_io io = sw_stream_read(s->below, out, size, ret_len);

	if (io == SW_IO_OK)
		sw_transcript_add(self(s)->transcript, sw_loop_recent(s->loop), SW_TR_RECEIVED,
				  self(s)->tls, sw_slice(out, *ret_len));
	return io;
}

static enum sw_io tap_write(struct sw_stream *s, struct sw_slice in, size_t *ret_len)
{
	enum sw_io io = sw_stream_write(s->below, in, ret_len);

	if (io == SW_IO_OK)
		sw_transcript_add(self(s)->transcript, sw_loop_recent(s->loop), SW_TR_SENT,
				  self(s)->tls, sw_slice_head(in, *ret_len));
	return io;
}

static enum sw_io tap_handshake(struct sw_stream *s)
{
	return sw_stream_handshake(s->below);
}

static void tap_shutdown(struct sw_stream *s)
{
	sw_stream_shutdown(s->below);
}

static void tap_want(struct sw_stream *s, unsigned want)
{
	sw_stream_want(s->below, want);
}

static bool tap_pending(struct sw_stream *s)
{
	return sw_stream_pending(s->below);
}

static void tap_free(struct sw_stream *s)
{
	sw_transcript_flush(self(s)->transcript);
	sw_free(self(s));
}

static const struct sw_stream_ops tap_ops = {
	.name = "tap",
	.read = tap_read,
	.write = tap_write,
	.handshake = tap_handshake,
	.shutdown = tap_shutdown,
	.want = tap_want,
	.pending = tap_pending,
	.free = tap_free,
};

static void on_below(void *arg)
{
	struct sw_tap *t = arg;

	sw_stream_call_ready(&t->s);
}

struct sw_stream *sw_tap_wrap(struct sw_stream *below, struct sw_transcript *transcript,
			      bool tls, struct sw_error *err)
{
	struct sw_tap *t = sw_calloc(1, sizeof(*t));

	if (!t) {
		sw_fail_nomem(err);
		return NULL;
	}
	sw_stream_init(&t->s, &tap_ops, below->loop, below);
	t->transcript = transcript;
	t->tls = tls;
	sw_stream_on_ready(below, on_below, t);
	return &t->s;
}

struct sw_stream *sw_tap_unwrap(struct sw_stream *tap)
{
	struct sw_stream *below = tap->below;

	sw_stream_want(below, 0);
	sw_stream_on_ready(below, NULL, NULL);
	tap_free(tap);
	return below;
}
