/* SPDX-License-Identifier: MIT */
#include "net/tcp.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"

struct sw_tcp {
	struct sw_stream s;
	int fd;
	struct sw_watch *watch;
	bool blocking; /* the descriptor: then each call says whether it waits */
	bool patient;  /* the next read may wait */
};

static struct sw_tcp *self(struct sw_stream *s)
{
	return (struct sw_tcp *)(void *)s;
}

/* What an ICMP message about an established connection comes out as (Linux icmp_err_convert
 * and icmpv6_err_convert). With IP_RECVERR the kernel reports it once and keeps the connection
 * (RFC 5461 2: soft errors), so we do too: ours would be the only mailer that dies of them. */
static bool is_soft(const struct sw_tcp *t, int os_errno)
{
	static const int soft[] = { ENETUNREACH, EHOSTUNREACH, ENOPROTOOPT, ECONNREFUSED,
				    EOPNOTSUPP,	 EHOSTDOWN,    ENONET,	    EPROTO,
				    EACCES,	 ENETDOWN };
	struct sw_tcp_info info;

	for (size_t i = 0; i < SW_LEN(soft); i++) {
		if (soft[i] != os_errno)
			continue;
		sw_tcp_get_info(t->fd, &info);
		return info.known && info.state != TCP_CLOSE && info.state != TCP_SYN_SENT;
	}
	return false;
}

static enum sw_io failed(struct sw_tcp *t, const char *what)
{
	int os_errno = errno;

	if (os_errno == EAGAIN || os_errno == EWOULDBLOCK || is_soft(t, os_errno))
		return SW_IO_AGAIN;
	return sw_stream_fail(&t->s, SW_IO_CAUSE_OS, os_errno, "%s", what);
}

static enum sw_io tcp_read(struct sw_stream *s, char *out, size_t size, size_t *ret_len)
{
	struct sw_tcp *t = self(s);
	ssize_t n;

	/* Once is enough: who reads on wants what is there. */
	do
		n = recv(t->fd, out, size, t->patient ? 0 : MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	t->patient = false;
	if (n < 0)
		return failed(t, "cannot receive");
	*ret_len = (size_t)n;
	return n ? SW_IO_OK : SW_IO_EOF;
}

static enum sw_io tcp_write(struct sw_stream *s, struct sw_slice in, size_t *ret_len)
{
	struct sw_tcp *t = self(s);
	ssize_t n;

	do
		n = send(t->fd, in.ptr, in.len, MSG_NOSIGNAL | MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return failed(t, "cannot send");
	*ret_len = (size_t)n;
	return n ? SW_IO_OK : SW_IO_AGAIN;
}

static enum sw_io tcp_handshake(struct sw_stream *s SW_UNUSED)
{
	return SW_IO_OK;
}

static void tcp_shutdown(struct sw_stream *s)
{
	shutdown(self(s)->fd, SHUT_WR);
}

static void tcp_want(struct sw_stream *s, unsigned want)
{
	sw_watch_set(self(s)->watch, want);
}

static bool tcp_pending(struct sw_stream *s SW_UNUSED)
{
	return false;
}

static void tcp_free(struct sw_stream *s)
{
	struct sw_tcp *t = self(s);

	sw_watch_free(t->watch);
	/* Never again after EINTR: on Linux the descriptor is gone either way. */
	close(t->fd);
	sw_free(t);
}

static const struct sw_stream_ops tcp_ops = {
	.name = "tcp",
	.read = tcp_read,
	.write = tcp_write,
	.handshake = tcp_handshake,
	.shutdown = tcp_shutdown,
	.want = tcp_want,
	.pending = tcp_pending,
	.free = tcp_free,
};

static void on_watch(void *arg, unsigned ready SW_UNUSED)
{
	struct sw_tcp *t = arg;

	sw_stream_call_ready(&t->s);
}

/* Whoever made the socket may have set these already; asking is as cheap as setting. */
static bool set_flags(int fd)
{
	const int on = 1;
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0)
		return false;
	if (!(flags & O_NONBLOCK) && fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0)
		return false;
	if (fcntl(fd, F_SETFD, FD_CLOEXEC) != 0)
		return false;
	/* Commands are small and answered one by one: never wait for more (RFC 1122 4.2.3.4).
	 * A socket pair has no such option. */
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	return true;
}

struct sw_stream *sw_tcp_stream(struct sw_loop *loop, int fd, struct sw_error *err)
{
	struct sw_tcp *t = NULL;

	if (!set_flags(fd)) {
		sw_fail_errno(err, SW_E_OS, errno, "cannot set up a socket");
		close(fd);
		return NULL;
	}
	t = sw_calloc(1, sizeof(*t));
	if (t)
		t->watch = sw_watch_new(loop, fd, on_watch, t);
	if (!t || !t->watch) {
		sw_fail_nomem(err);
		sw_free(t);
		close(fd);
		return NULL;
	}
	sw_stream_init(&t->s, &tcp_ops, loop, NULL);
	t->fd = fd;
	return &t->s;
}

int sw_tcp_fd(const struct sw_stream *s)
{
	return s->ops == &tcp_ops ? ((const struct sw_tcp *)(const void *)s)->fd : -1;
}

void sw_tcp_patience(struct sw_stream *s)
{
	const struct timeval most = { .tv_usec = (suseconds_t)SW_PATIENCE_MS * 1000 };
	struct sw_tcp *t = s->ops == &tcp_ops ? self(s) : NULL;

	if (!t)
		return;
	if (!t->blocking) {
		int flags = fcntl(t->fd, F_GETFL);

		if (flags < 0 ||
		    setsockopt(t->fd, SOL_SOCKET, SO_RCVTIMEO, &most, sizeof(most)) != 0 ||
		    fcntl(t->fd, F_SETFL, flags & ~O_NONBLOCK) != 0)
			return;
		t->blocking = true;
	}
	t->patient = true;
}

enum sw_err sw_tcp_prepare(int fd, int family, struct sw_error *err)
{
	const int on = 1;

	if (!set_flags(fd))
		return sw_fail_errno(err, SW_E_OS, errno, "cannot set up a socket");
	/* Without these we still work, and only know less of who refuses. */
	if (family == AF_INET)
		(void)setsockopt(fd, IPPROTO_IP, IP_RECVERR, &on, sizeof(on));
	if (family == AF_INET6)
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_RECVERR, &on, sizeof(on));
	return SW_OK;
}
