/* SPDX-License-Identifier: MIT */
/* A stream whose handshake is the talk with a proxy. Afterwards it only passes on, but for
 * what came together with the proxy's last words. */
#include "base/mem.h"
#include "net/proxy.h"

struct proxied {
	struct sw_stream s;
	struct sw_proxy_talk *talk;
	struct sw_buf rest; /* of the tunnel, read with the proxy's answer */
	struct sw_timer *wake;
	unsigned want;
};

static struct proxied *self(struct sw_stream *s)
{
	return (struct proxied *)(void *)s;
}

static enum sw_proxy_state state(const struct proxied *p)
{
	return sw_proxy_talk_verdict(p->talk)->state;
}

static enum sw_io send_output(struct proxied *p)
{
	struct sw_slice out;
	while ((out = sw_proxy_talk_output(p->talk)).len > 0) {
		size_t n = 0;
		enum sw_io io = sw_stream_write(p->s.below, out, &n);
		if (io != SW_IO_OK)
			return io;
		sw_proxy_talk_sent(p->talk, n);
	}
	return SW_IO_OK;
}

static enum sw_io take_input(struct proxied *p)
{
	char chunk[512];
	size_t n = 0;
	enum sw_io io = sw_stream_read(p->s.below, chunk, sizeof(chunk), &n);
	if (io == SW_IO_OK) {
		size_t used = sw_proxy_talk_feed(p->talk, sw_slice(chunk, n));
		if (sw_buf_add(&p->rest, sw_slice_from(sw_slice(chunk, n), used)))
			return sw_stream_fail(&p->s, SW_IO_CAUSE_OS, 0, "no memory");
	} else if (io != SW_IO_AGAIN) {
		/* A reset after the answer to something else is an end as well. */
		sw_proxy_talk_closed(p->talk);
		io = SW_IO_OK;
	}
	return io;
}

static enum sw_io proxied_handshake(struct sw_stream *s)
{
	struct proxied *p = self(s);
	enum sw_io io = sw_stream_handshake(s->below);
	while (io == SW_IO_OK && state(p) == SW_PROXY_TALKING) {
		enum sw_io sent = send_output(p);
		/* What cannot be sent may have been answered before. */
		io = sent == SW_IO_AGAIN ? SW_IO_AGAIN : take_input(p);
		if (sent == SW_IO_ERROR && io == SW_IO_AGAIN)
			sw_proxy_talk_closed(p->talk);
	}
	if (state(p) == SW_PROXY_FAILED)
		return sw_stream_fail(
			s, SW_IO_CAUSE_OS, 0, "%s",
			sw_proxy_failure_text(sw_proxy_talk_verdict(p->talk)->failure));
	return state(p) == SW_PROXY_OPEN ? SW_IO_OK : io;
}

static enum sw_io proxied_read(struct sw_stream *s, char *out, size_t size, size_t *ret_len)
{
	struct proxied *p = self(s);
	if (state(p) != SW_PROXY_OPEN) {
		enum sw_io io = proxied_handshake(s);
		if (io != SW_IO_OK)
			return io;
	}
	struct sw_slice rest = sw_slice_head(sw_buf_slice(&p->rest), size);
	if (rest.len == 0)
		return sw_stream_read(s->below, out, size, ret_len);
	memcpy(out, rest.ptr, rest.len);
	*ret_len = rest.len;
	sw_buf_consume(&p->rest, rest.len);
	return SW_IO_OK;
}

static enum sw_io proxied_write(struct sw_stream *s, struct sw_slice in, size_t *ret_len)
{
	enum sw_io io = state(self(s)) == SW_PROXY_OPEN ? SW_IO_OK : proxied_handshake(s);
	return io == SW_IO_OK ? sw_stream_write(s->below, in, ret_len) : io;
}

static void proxied_shutdown(struct sw_stream *s)
{
	sw_stream_shutdown(s->below);
}

static bool proxied_pending(struct sw_stream *s)
{
	return sw_buf_len(&self(s)->rest) > 0 || sw_stream_pending(s->below);
}

static void proxied_want(struct sw_stream *s, unsigned want)
{
	struct proxied *p = self(s);
	unsigned below = want;
	p->want = want;
	if (want && state(p) == SW_PROXY_TALKING)
		below = SW_WANT_READ |
			(sw_proxy_talk_output(p->talk).len ? (unsigned)SW_WANT_WRITE : 0);
	sw_stream_want(s->below, below);
	/* What lies in memory makes no descriptor ready. */
	bool held = (want & SW_WANT_READ) && sw_buf_len(&p->rest) > 0;
	sw_timer_set(p->wake, held ? 0 : SW_NEVER);
}

static void proxied_free(struct sw_stream *s)
{
	struct proxied *p = self(s);
	sw_timer_free(p->wake);
	sw_proxy_talk_free(p->talk);
	sw_buf_fini(&p->rest);
	sw_free(p);
}

static const struct sw_stream_ops proxied_ops = {
	.name = "proxy",
	.read = proxied_read,
	.write = proxied_write,
	.handshake = proxied_handshake,
	.shutdown = proxied_shutdown,
	.want = proxied_want,
	.pending = proxied_pending,
	.free = proxied_free,
};

static void on_ready(void *arg)
{
	struct proxied *p = arg;
	if (p->want)
		sw_stream_call_ready(&p->s);
}

struct sw_stream *sw_proxy_stream(struct sw_stream *below, struct sw_proxy_talk *talk,
				  struct sw_error *err)
{
	struct proxied *p = sw_calloc(1, sizeof(*p));
	if (p)
		p->wake = sw_timer_new(below->loop, on_ready, p);
	if (!p || !p->wake) {
		(void)sw_fail_nomem(err);
		sw_free(p);
		return NULL;
	}
	sw_stream_init(&p->s, &proxied_ops, below->loop, below);
	sw_buf_init(&p->rest, SW_MAX_PROXY_REPLY);
	p->talk = talk;
	sw_stream_on_ready(below, on_ready, p);
	return &p->s;
}

const struct sw_proxy_verdict *sw_proxy_get_verdict(const struct sw_stream *top)
{
	while (top && top->ops != &proxied_ops)
		top = top->below;
	return top ? sw_proxy_talk_verdict(((const struct proxied *)(const void *)top)->talk)
		   : NULL;
}
