/* SPDX-License-Identifier: MIT */
/* A non-blocking byte stream, and the stacking of streams: tcp at the bottom; tls, tap and
 * fault filters on top.  The top owns what is below; only the top is talked to. */
#ifndef SW_NET_STREAM_H
#define SW_NET_STREAM_H

#include "base/error.h"
#include "base/slice.h"
#include "net/loop.h"

enum sw_io {
	SW_IO_OK = 0,	/* something was done */
	SW_IO_AGAIN,	/* not now: wait with sw_stream_want */
	SW_IO_EOF,	/* the other side closed (FIN, or close_notify) */
	SW_IO_ERROR,	/* broken: sw_stream_failure says how */
};

/* How a stream broke. Kept by the stream that noticed it. */
enum sw_io_cause {
	SW_IO_CAUSE_NONE = 0,
	SW_IO_CAUSE_OS,		/* os_errno */
	SW_IO_CAUSE_TLS,	/* the error stack and the alert are in sw_tls_info */
	SW_IO_CAUSE_TRUNCATED,	/* TLS: the connection ended without close_notify */
	SW_IO_CAUSE_FAULT,	/* a fault filter did it on purpose */
};
struct sw_io_failure {
	enum sw_io_cause cause;
	int os_errno;
	char text[256];		/* printable, one line */
};

struct sw_stream;
/* What a kind of stream fills in. `want` says which readiness the layer above waits for; the
 * layer calls s->ready(s->ready_arg) when it may try again. */
struct sw_stream_ops {
	const char *name;	/* "tcp", "tls", "tap", "fault" */
	enum sw_io (*read)(struct sw_stream *s, char *out, size_t size, size_t *ret_len);
	enum sw_io (*write)(struct sw_stream *s, struct sw_slice in, size_t *ret_len);
	/* Completes what must precede data (TLS handshake). Never NULL. */
	enum sw_io (*handshake)(struct sw_stream *s);
	/* Says that we send no more (close_notify, shutdown); best effort, does not wait. */
	void (*shutdown)(struct sw_stream *s);
	void (*want)(struct sw_stream *s, unsigned want);
	/* Readable bytes that are held above the descriptor. */
	bool (*pending)(struct sw_stream *s);
	/* Frees this layer only: sw_stream_free goes down the stack. */
	void (*free)(struct sw_stream *s);
};

struct sw_stream {
	const struct sw_stream_ops *ops;
	struct sw_stream *below;	/* NULL at the bottom */
	struct sw_loop *loop;
	sw_loop_fn ready;
	void *ready_arg;
	struct sw_io_failure failure;
};

/* For kinds of streams.  Whoever puts a layer on another sets itself as the ready callback of
 * the lower one when nothing can fail any more. */
void sw_stream_init(struct sw_stream *s, const struct sw_stream_ops *ops, struct sw_loop *loop,
		    struct sw_stream *below);
/* Notes a failure, unless one is noted already, and returns SW_IO_ERROR. The error number's
 * words are appended when it is not 0. */
enum sw_io sw_stream_fail(struct sw_stream *s, enum sw_io_cause cause, int os_errno,
			  const char *fmt, ...) SW_PRINTF(4, 5);
/* Calls the owner, who may free the stack: nothing of it may be touched afterwards. */
void sw_stream_call_ready(struct sw_stream *s);

/* An error of writing does not end reading: what a server said before it closed is still to be
 * had.  Room or data of no length gives AGAIN. */
enum sw_io sw_stream_read(struct sw_stream *s, char *out, size_t size, size_t *ret_len);
/* Writes as much as goes; *ret_len > 0 exactly when SW_IO_OK. */
enum sw_io sw_stream_write(struct sw_stream *s, struct sw_slice in, size_t *ret_len);
enum sw_io sw_stream_handshake(struct sw_stream *s);
void sw_stream_shutdown(struct sw_stream *s);
/* The callback may come late or without need; it never runs inside a call on the stream. */
void sw_stream_on_ready(struct sw_stream *s, sw_loop_fn fn, void *arg);
void sw_stream_want(struct sw_stream *s, unsigned want);
bool sw_stream_pending(struct sw_stream *s);
/* The first failure found from the top down; cause NONE when there is none. */
const struct sw_io_failure *sw_stream_failure(const struct sw_stream *s);
/* See sw_tcp_patience, of the socket at the bottom. */
void sw_stream_patience(struct sw_stream *s);
/* The socket at the bottom, or -1. */
int sw_stream_fd(const struct sw_stream *s);
/* Closes everything of the stack. NULL is fine. Inside a ready callback allowed. */
void sw_stream_free(struct sw_stream *s);
void sw_stream_freep(struct sw_stream **s);

#endif
