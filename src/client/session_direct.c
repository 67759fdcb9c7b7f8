/* SPDX-License-Identifier: MIT */
/* Connections that need neither DNS nor dialling: to a socket in the file system, and those
 * that the caller makes. */
#include <errno.h>
#include <sys/un.h>
#include <unistd.h>

#include "client/session.h"

bool sw_session_is_direct(const struct sw_session *s)
{
	return s->on_unix || s->c->hooks.connect;
}

/* A listener that is there takes a connection at once, or its queue is full. */
static int connect_unix(const char *path)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	size_t len = strlen(path);
	if (len >= sizeof(to.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(to.sun_path, path, len + 1);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -1;
	if (connect(fd, (const struct sockaddr *)&to, sizeof(to)) == 0)
		return fd;
	int error = errno;
	close(fd);
	errno = error;
	return -1;
}

/* What the caller gave is no connected stream socket: then it is a mistake of the program. */
static bool is_connected(int fd)
{
	int type = 0;
	socklen_t len = sizeof(type);
	struct sockaddr_storage peer;
	socklen_t peer_len = sizeof(peer);
	return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) == 0 && type == SOCK_STREAM &&
	       getpeername(fd, (struct sockaddr *)&peer, &peer_len) == 0;
}

static void take_addresses(struct sw_session *s, int fd)
{
	struct sw_addr peer, local;
	if (!sw_tcp_peer(fd, &peer) || !sw_tcp_local(fd, &local))
		return;
	bool ip = peer.ss.ss_family == AF_INET || peer.ss.ss_family == AF_INET6;
	if (ip) {
		s->peer = peer;
		s->local = local;
	}
}

static void state_direct(struct sw_session *s, int os_errno, uint64_t elapsed_us)
{
	char ip[SW_ADDR_TEXT];
	const char *name = os_errno ? strerrorname_np(os_errno) : NULL;
	const char *where = s->on_unix ? s->host : s->peer.len ? sw_addr_ip(&s->peer, ip) : "";
	SW_STATE(s->c->facts, SW_FACT_TCP_ATTEMPT, SW_STAGE_TCP, "session",
		 sw_context_now(s->c), SW_F_STR("address", where),
		 SW_F_INT("port", s->peer.len ? sw_addr_port(&s->peer) : s->port),
		 SW_F_STR("state", os_errno ? "failed" : "connected"),
		 SW_F_INT("errno", os_errno), SW_F_STR("errno_name", name ? name : ""),
		 SW_F_INT("elapsed_us", elapsed_us));
	if (os_errno)
		sw_context_note(s->c, SW_TR_ERROR, "%s: %s", s->host,
				strerrordesc_np(os_errno));
	else
		sw_context_note(s->c, SW_TR_NOTE, "Connected to %s%s", s->host,
				s->on_unix ? "" : " by the program");
}

enum sw_err sw_session_dial_direct(struct sw_session *s, struct sw_error *err)
{
	const struct sw_context_hooks *h = &s->c->hooks;
	uint64_t began = sw_context_now(s->c);
	errno = 0;
	int fd = h->connect ? h->connect(h->connect_arg, s->host, s->port)
			    : connect_unix(s->host);
	int os_errno = fd >= 0 ? 0 : errno ? errno : ECONNABORTED;
	if (fd >= 0 && !is_connected(fd)) {
		close(fd);
		return sw_fail(err, SW_E_USAGE,
			       "what the program gave is no connected stream socket");
	}
	if (fd >= 0)
		take_addresses(s, fd);
	state_direct(s, os_errno, sw_context_now(s->c) - began);
	if (fd < 0) {
		sw_session_end(s, SW_END_CONNECT, SW_STAGE_TCP, NULL);
		return SW_OK;
	}
	s->stream = sw_tcp_stream(s->c->loop, fd, err);
	if (!s->stream)
		return err->code ? err->code : SW_E_NOMEM;
	sw_stream_on_ready(s->stream, sw_context_wake, s->c);
	return SW_OK;
}
