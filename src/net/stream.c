/* SPDX-License-Identifier: MIT */
#include "net/stream.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/text.h"
#include "net/tcp.h"

void sw_stream_init(struct sw_stream *s, const struct sw_stream_ops *ops, struct sw_loop *loop,
		    struct sw_stream *below)
{
	*s = (struct sw_stream){ .ops = ops, .loop = loop, .below = below };
}

enum sw_io sw_stream_fail(struct sw_stream *s, enum sw_io_cause cause, int os_errno,
			  const char *fmt, ...)
{
	struct sw_io_failure *f = &s->failure;
	char raw[2 * sizeof(f->text)];
	const char *words = os_errno ? strerrordesc_np(os_errno) : NULL;
	const char *name = os_errno ? strerrorname_np(os_errno) : NULL;
	va_list args;

	/* The first failure explains the others. */
	if (f->cause != SW_IO_CAUSE_NONE)
		return SW_IO_ERROR;
	f->cause = cause;
	f->os_errno = os_errno;
	va_start(args, fmt);
	int len = vsnprintf(raw, sizeof(raw), fmt, args);

	va_end(args);
	size_t kept = sw_text_escape_into(f->text, sizeof(f->text), sw_slice(raw, strlen(raw)),
					  SW_TEXT_LINE);

	if (len >= 0 && os_errno)
		snprintf(f->text + kept, sizeof(f->text) - kept, ": %s (%s)",
			 words ? words : "unknown error", name ? name : "?");
	return SW_IO_ERROR;
}

/* Behind a call of the system: what is done with its bytes asks sw_loop_recent. */
static enum sw_io stamped(const struct sw_stream *s, enum sw_io io)
{
	if (!s->below && s->loop)
		(void)sw_loop_now(s->loop);
	return io;
}

enum sw_io sw_stream_read(struct sw_stream *s, char *out, size_t size, size_t *ret_len)
{
	*ret_len = 0;
	/* Nothing can be done for an empty room; "OK" would promise a byte. */
	return size ? stamped(s, s->ops->read(s, out, size, ret_len)) : SW_IO_AGAIN;
}

enum sw_io sw_stream_write(struct sw_stream *s, struct sw_slice in, size_t *ret_len)
{
	*ret_len = 0;
	return in.len ? stamped(s, s->ops->write(s, in, ret_len)) : SW_IO_AGAIN;
}

enum sw_io sw_stream_handshake(struct sw_stream *s)
{
	return s->ops->handshake(s);
}

void sw_stream_shutdown(struct sw_stream *s)
{
	s->ops->shutdown(s);
}

void sw_stream_on_ready(struct sw_stream *s, sw_loop_fn fn, void *arg)
{
	s->ready = fn;
	s->ready_arg = arg;
}

void sw_stream_call_ready(struct sw_stream *s)
{
	if (s->ready)
		s->ready(s->ready_arg);
}

void sw_stream_want(struct sw_stream *s, unsigned want)
{
	s->ops->want(s, want);
}

bool sw_stream_pending(struct sw_stream *s)
{
	return s->ops->pending(s);
}

const struct sw_io_failure *sw_stream_failure(const struct sw_stream *s)
{
	const struct sw_io_failure *top = &s->failure;

	for (; s; s = s->below)
		if (s->failure.cause != SW_IO_CAUSE_NONE)
			return &s->failure;
	return top;
}

void sw_stream_patience(struct sw_stream *s)
{
	while (s->below)
		s = s->below;
	sw_tcp_patience(s);
}

int sw_stream_fd(const struct sw_stream *s)
{
	while (s->below)
		s = s->below;
	return sw_tcp_fd(s);
}

void sw_stream_free(struct sw_stream *s)
{
	while (s) {
		struct sw_stream *below = s->below;

		s->ops->free(s);
		s = below;
	}
}

void sw_stream_freep(struct sw_stream **s)
{
	sw_stream_free(*s);
	*s = NULL;
}
