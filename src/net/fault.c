/* SPDX-License-Identifier: MIT */
#include "net/fault.h"

#include "base/mem.h"
#include "net/tcp.h"

/* Where a direction stands. */
struct side {
	uint64_t bytes;		/* since the plan was set */
	uint64_t open_at_us;	/* a pause ends then; SW_NEVER: no pause is under way */
	bool skipped;		/* has said AGAIN for again_first */
};

struct sw_fault {
	struct sw_stream s;
	struct sw_fault_plan plan;
	struct side in, out;
	struct sw_timer *timer;
	unsigned want;
	bool cut;
};

static struct sw_fault *self(struct sw_stream *s)
{
	return (struct sw_fault *)(void *)s;
}

static void follow(struct sw_fault *f);

static enum sw_io is_cut(struct sw_fault *f)
{
	return sw_stream_fail(
		&f->s, SW_IO_CAUSE_FAULT, 0,
		"the connection was cut on purpose after %llu bytes out, %llu in",
		(unsigned long long)f->out.bytes, (unsigned long long)f->in.bytes);
}

static void cut_if_due(struct sw_fault *f)
{
	int fd = sw_stream_fd(&f->s);
	bool due = (f->plan.cut_after_out && f->out.bytes >= f->plan.cut_after_out) ||
		   (f->plan.cut_after_in && f->in.bytes >= f->plan.cut_after_in);

	if (!due || f->cut)
		return;
	f->cut = true;
	sw_stream_want(f->s.below, 0);
	if (fd >= 0)
		sw_tcp_abort(fd, f->plan.cut_with_reset);
}

/* Whether a pause holds this direction; a pause that is over is forgotten. */
static bool is_paused(const struct sw_fault *f, struct side *side)
{
	if (side->open_at_us == SW_NEVER)
		return false;
	return sw_loop_now(f->s.loop) < side->open_at_us;
}

static bool skips(const struct sw_fault *f, struct side *side)
{
	side->skipped = f->plan.again_first && !side->skipped;
	return side->skipped;
}

/* At most `limit` (0: none), and not beyond `stop` bytes in all (0: none). */
static size_t clip(size_t len, size_t limit, uint64_t done, uint64_t stop)
{
	if (limit && len > limit)
		len = limit;
	if (stop && len > stop - done)
		len = (size_t)(stop - done);
	return len;
}

static enum sw_io fault_read(struct sw_stream *s, char *out, size_t size, size_t *ret_len)
{
	struct sw_fault *f = self(s);

	if (f->cut)
		return is_cut(f);
	if (f->plan.stall_in || skips(f, &f->in))
		return SW_IO_AGAIN;
	if (f->plan.read_delay_us && f->in.open_at_us == SW_NEVER)
		f->in.open_at_us = sw_time_add(sw_loop_now(s->loop), f->plan.read_delay_us);
	if (is_paused(f, &f->in)) {
		follow(f);
		return SW_IO_AGAIN;
	}
	/* The next read waits anew, also when there was nothing: the delay counts from the
	 * arrival of bytes. */
	f->in.open_at_us = SW_NEVER;
	size = clip(size, f->plan.max_read, f->in.bytes, f->plan.cut_after_in);
	enum sw_io io = sw_stream_read(s->below, out, size, ret_len);

	if (io == SW_IO_OK) {
		f->in.bytes += *ret_len;
		cut_if_due(f);
	}
	return io;
}

static enum sw_io fault_write(struct sw_stream *s, struct sw_slice in, size_t *ret_len)
{
	struct sw_fault *f = self(s);
	uint64_t flip = f->plan.flip_byte_out;
	char flipped;

	if (f->cut)
		return is_cut(f);
	if (f->plan.stall_out || is_paused(f, &f->out) || skips(f, &f->out))
		return SW_IO_AGAIN;
	in.len = clip(in.len, f->plan.max_write, f->out.bytes, f->plan.cut_after_out);
	if (flip == f->out.bytes + 1) {
		flipped = (char)(in.ptr[0] ^ 1);
		in = sw_slice(&flipped, 1);
	} else if (flip > f->out.bytes) {
		in.len = clip(in.len, 0, f->out.bytes, flip - 1);
	}
	enum sw_io io = sw_stream_write(s->below, in, ret_len);

	if (io != SW_IO_OK)
		return io;
	f->out.bytes += *ret_len;
	f->out.open_at_us = SW_NEVER;
	if (f->plan.drip_us)
		f->out.open_at_us = sw_time_add(sw_loop_now(s->loop), f->plan.drip_us);
	cut_if_due(f);
	if (!f->cut)
		follow(f);
	return SW_IO_OK;
}

static enum sw_io fault_handshake(struct sw_stream *s)
{
	return self(s)->cut ? is_cut(self(s)) : sw_stream_handshake(s->below);
}

static void fault_shutdown(struct sw_stream *s)
{
	const struct sw_fault *f = self(s);

	/* A FIN would be something that passes. */
	if (!f->cut && !f->plan.stall_out)
		sw_stream_shutdown(s->below);
}

/* Passes the interest down as far as the plan lets it, and sets the timer for the rest. */
static void follow(struct sw_fault *f)
{
	unsigned below = f->want;
	uint64_t wake_us = SW_NEVER;

	if (f->cut) {
		/* The owner is to find out. */
		sw_timer_set(f->timer, f->want ? 0 : SW_NEVER);
		return;
	}
	if (f->plan.stall_in)
		below &= ~(unsigned)SW_WANT_READ;
	if (f->plan.stall_out)
		below &= ~(unsigned)SW_WANT_WRITE;
	if ((below & SW_WANT_READ) && is_paused(f, &f->in)) {
		below &= ~(unsigned)SW_WANT_READ;
		wake_us = f->in.open_at_us;
	}
	if ((below & SW_WANT_WRITE) && is_paused(f, &f->out)) {
		below &= ~(unsigned)SW_WANT_WRITE;
		wake_us = sw_min_u64(wake_us, f->out.open_at_us);
	}
	sw_timer_set(f->timer, wake_us);
	sw_stream_want(f->s.below, below);
}

static void fault_want(struct sw_stream *s, unsigned want)
{
	self(s)->want = want;
	follow(self(s));
}

static bool fault_pending(struct sw_stream *s)
{
	struct sw_fault *f = self(s);

	return !f->cut && !f->plan.stall_in && !is_paused(f, &f->in) &&
	       sw_stream_pending(s->below);
}

static void fault_free(struct sw_stream *s)
{
	sw_timer_free(self(s)->timer);
	sw_free(self(s));
}

static const struct sw_stream_ops fault_ops = {
	.name = "fault",
	.read = fault_read,
	.write = fault_write,
	.handshake = fault_handshake,
	.shutdown = fault_shutdown,
	.want = fault_want,
	.pending = fault_pending,
	.free = fault_free,
};

static void on_below(void *arg)
{
	struct sw_fault *f = arg;

	sw_stream_call_ready(&f->s);
}

static void on_timer(void *arg)
{
	struct sw_fault *f = arg;

	if (!f->cut)
		follow(f);
	sw_stream_call_ready(&f->s);
}

static void set_plan(struct sw_fault *f, const struct sw_fault_plan *plan)
{
	f->plan = *plan;
	f->in = f->out = (struct side){ .open_at_us = SW_NEVER };
}

struct sw_stream *sw_fault_wrap(struct sw_stream *below, const struct sw_fault_plan *plan,
				struct sw_error *err)
{
	struct sw_fault *f = sw_calloc(1, sizeof(*f));

	if (f)
		f->timer = sw_timer_new(below->loop, on_timer, f);
	if (!f || !f->timer) {
		sw_fail_nomem(err);
		sw_free(f);
		return NULL;
	}
	sw_stream_init(&f->s, &fault_ops, below->loop, below);
	set_plan(f, plan);
	sw_stream_on_ready(below, on_below, f);
	return &f->s;
}

void sw_fault_set(struct sw_stream *top, const struct sw_fault_plan *plan)
{
	struct sw_stream *s = top;

	while (s && s->ops != &fault_ops)
		s = s->below;
	if (!s || self(s)->cut)
		return;
	set_plan(self(s), plan);
	follow(self(s));
	/* Whoever was told AGAIN by the old plan tries again. */
	if (self(s)->want)
		sw_timer_set(self(s)->timer, 0);
}
