/* SPDX-License-Identifier: MIT */
#include "sandbox/server.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "net/tcp.h"
#include "sandbox/internal.h"

enum {
	/* RFC 5321 4.5.3.2.7: a server waits at least five minutes for the next command. */
	IDLE_SECONDS = 300,
	SECOND = 1000 * 1000,
	/* After the last message, for the clients that stay. */
	LEAVE_US = 1000 * 1000,
	CA_MODE = 0644,
};

void sw_server_log(struct sw_server *s, const char *fmt, ...)
{
	char raw[SW_MAX_SANDBOX_LOG], line[2 * SW_MAX_SANDBOX_LOG];
	va_list args;

	if (!s->set.log)
		return;
	va_start(args, fmt);
	(void)vsnprintf(raw, sizeof(raw), fmt, args);
	va_end(args);
	(void)sw_text_escape_into(line, sizeof(line), sw_slice_str(raw), SW_TEXT_LINE);
	s->set.log(s->set.log_arg, line);
}

void sw_server_took_message(struct sw_server *s)
{
	size_t count = atomic_fetch_add(&s->messages, 1) + 1;

	if (!s->set.quit_messages || count < s->set.quit_messages || s->leaving)
		return;
	/* The client still wants its reply, and to say QUIT. */
	s->leaving = true;
	sw_timer_set(s->quit, sw_time_add(sw_loop_now(s->loop), LEAVE_US));
}

/* Says why and closes: a client that comes too late must not wait for nothing (RFC 5321
 * 3.8). */
static void refuse(struct sw_server *s, int fd)
{
	static const char sorry[] = "421 4.3.2 Too many connections, try again later\r\n";

	(void)!send(fd, sorry, sizeof(sorry) - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
	close(fd);
	sw_server_log(s, "refused a connection: %d are open", SW_MAX_SANDBOX_CONNECTIONS);
}

static void on_accept(void *arg, int fd, const struct sw_addr *peer)
{
	struct sw_port *port = arg;

	if (port->server->conn_count >= SW_MAX_SANDBOX_CONNECTIONS)
		refuse(port->server, fd);
	else
		sw_conn_accept(port->server, fd, peer, port->tls);
}

static void on_wake(void *arg, unsigned ready SW_UNUSED)
{
	struct sw_server *s = arg;
	uint64_t count;

	if (read(s->wake_fd, &count, sizeof(count)) == (ssize_t)sizeof(count))
		sw_loop_stop(s->loop);
}

static void on_quit(void *arg)
{
	struct sw_server *s = arg;

	sw_loop_stop(s->loop);
}

static enum sw_err open_port(struct sw_server *s, struct sw_port *port, uint16_t number,
			     bool tls, struct sw_error *err)
{
	struct sw_addr addr;

	port->server = s;
	port->tls = tls;
	if (!sw_addr_parse(sw_slice_str(s->set.listen), number, &addr))
		return sw_fail(err, SW_E_USAGE, "\"%s\" is no IP address to listen on",
			       s->set.listen);
	(void)sw_addr_ip(&addr, s->address);
	port->listener = sw_listener_new(s->loop, &addr, on_accept, port, err);
	return port->listener ? SW_OK : err && err->code ? err->code : SW_E_OS;
}

/* Where ca.pem goes when the user named no place. */
static enum sw_err make_temp_dir(struct sw_server *s, struct sw_error *err)
{
	const char *base = getenv("TMPDIR");
	struct sw_buf path;
	enum sw_err e;

	sw_buf_init(&path, SW_MAX_COMMAND);
	e = sw_buf_printf(&path, "%s/sendwell-sandbox-XXXXXX", base && *base ? base : "/tmp");
	if (!e)
		s->dir = sw_buf_take(&path);
	sw_buf_fini(&path);
	if (e == SW_E_LIMIT)
		return sw_fail(err, e, "TMPDIR is too long");
	if (!s->dir)
		return sw_fail_nomem(err);
	if (!mkdtemp(s->dir))
		return sw_fail_errno(err, SW_E_CREATE, errno, "%s", s->dir);
	s->dir_is_temporary = true;
	return SW_OK;
}

static enum sw_err write_ca(struct sw_server *s, const struct sw_ca *ca, struct sw_error *err)
{
	struct sw_buf path;
	enum sw_err e = SW_OK;

	if (!s->set.dir) {
		e = make_temp_dir(s, err);
	} else {
		s->dir = sw_strdup(s->set.dir);
		e = s->dir ? sw_dir_make(s->dir, err) : sw_fail_nomem(err);
	}
	if (e)
		return e;
	sw_buf_init(&path, SW_MAX_COMMAND + sizeof("/ca.pem"));
	if (sw_buf_printf(&path, "%s/ca.pem", s->dir) == SW_OK)
		s->ca_file = sw_buf_take(&path);
	sw_buf_fini(&path);
	if (!s->ca_file)
		return sw_fail_nomem(err);
	return sw_file_replace(s->ca_file, CA_MODE, sw_slice_str(sw_ca_pem(ca)), err);
}

static enum sw_err make_context(struct sw_server *s, struct sw_ca *ca, struct sw_error *err)
{
	const struct sw_active_fault *cert = sw_faults_find(s->set.faults, SW_ACT_CERT);
	const struct sw_active_fault *old = sw_faults_find(s->set.faults, SW_ACT_TLS_MAX);
	const char *variant = cert ? cert->row->data.ptr : "good";
	struct sw_cert_pair pair;
	struct sw_tls_settings set = { .server = true };
	enum sw_err e = sw_ca_issue(ca, variant, s->set.name, &pair, err);

	if (e)
		return e;
	set.cert_pem = pair.cert_pem;
	set.key_pem = pair.key_pem;
	set.legacy = old || strcmp(variant, "weak-key") == 0;
	if (old) {
		set.min_version = set.max_version = (int)old->number;
	}
	s->tls_context = sw_tls_context_new(&set, err);
	sw_cert_pair_fini(&pair);
	return s->tls_context ? SW_OK : err && err->code ? err->code : SW_E_OS;
}

static enum sw_err setup_tls(struct sw_server *s, struct sw_error *err)
{
	struct sw_ca *ca = sw_ca_new(s->world, err);
	enum sw_err e;

	if (!ca)
		return err && err->code ? err->code : SW_E_OS;
	e = write_ca(s, ca, err);
	if (!e)
		e = make_context(s, ca, err);
	sw_ca_free(ca);
	return e;
}

static enum sw_err setup_loop(struct sw_server *s, struct sw_error *err)
{
	s->loop = sw_loop_new(err);
	if (!s->loop)
		return err && err->code ? err->code : SW_E_NOMEM;
	s->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (s->wake_fd < 0)
		return sw_fail_errno(err, SW_E_OS, errno, "eventfd");
	s->wake = sw_watch_new(s->loop, s->wake_fd, on_wake, s);
	s->quit = sw_timer_new(s->loop, on_quit, s);
	s->greylist = sw_greylist_new();
	if (!s->wake || !s->quit || !s->greylist)
		return sw_fail_nomem(err);
	sw_watch_set(s->wake, SW_WANT_READ);
	return SW_OK;
}

static enum sw_err setup(struct sw_server *s, struct sw_error *err)
{
	const struct sw_active_fault *size = sw_faults_find(s->set.faults, SW_ACT_SIZE_LIMIT);
	const struct sw_active_fault *idle = sw_faults_find(s->set.faults, SW_ACT_IDLE_REPLY);
	const struct sw_active_fault *limits = sw_faults_find(s->set.faults, SW_ACT_LIMITS);
	enum sw_err e;

	if (limits)
		(void)sw_limits_parse(sw_fault_text(limits), &s->limits);
	if (!idle)
		idle = sw_faults_find(s->set.faults, SW_ACT_IDLE_RESET);
	s->size_limit = size ? size->number : s->set.size_bytes;
	s->idle_us = s->set.idle_us ? s->set.idle_us : (uint64_t)IDLE_SECONDS * SECOND;
	if (idle)
		s->idle_us = idle->number;
	s->store = sw_store_new(s->set.store, s->world, err);
	if (!s->store)
		return err && err->code ? err->code : SW_E_NOMEM;
	e = setup_loop(s, err);
	if (!e)
		e = setup_tls(s, err);
	if (!e)
		e = sw_server_find_mechanisms(s, err);
	if (!e)
		e = open_port(s, &s->plain, s->set.port, false, err);
	if (!e && !s->set.no_tls_port)
		e = open_port(s, &s->tls, s->set.tls_port, true, err);
	return e;
}

struct sw_server *sw_server_new(const struct sw_server_settings *set, struct sw_error *err)
{
	struct sw_server *s = sw_calloc(1, sizeof(*s));
	struct sw_error why;

	if (!s) {
		sw_fail_nomem(err);
		return NULL;
	}
	s->set = *set;
	s->world = sw_world_real();
	s->wake_fd = -1;
	atomic_init(&s->messages, 0);
	sw_error_clear(&why);
	if (setup(s, &why)) {
		if (err)
			*err = why;
		sw_server_free(s);
		return NULL;
	}
	return s;
}

static void remove_dir(struct sw_server *s)
{
	if (s->dir_is_temporary) {
		if (s->ca_file)
			(void)unlink(s->ca_file);
		(void)rmdir(s->dir);
	}
	sw_free(s->ca_file);
	sw_free(s->dir);
}

void sw_server_free(struct sw_server *s)
{
	if (!s)
		return;
	while (s->conns)
		sw_conn_free(s->conns);
	sw_listener_free(s->plain.listener);
	sw_listener_free(s->tls.listener);
	sw_watch_free(s->wake);
	sw_timer_free(s->quit);
	if (s->wake_fd >= 0)
		close(s->wake_fd);
	sw_greylist_free(s->greylist);
	sw_tls_context_unref(s->tls_context);
	sw_loop_free(s->loop);
	sw_store_free(s->store);
	remove_dir(s);
	sw_free(s);
}

enum sw_err sw_server_run(struct sw_server *s, struct sw_error *err)
{
	if (s->set.quit_us)
		sw_timer_set(s->quit, sw_time_add(sw_loop_now(s->loop), s->set.quit_us));
	return sw_loop_run(s->loop) ? sw_fail(err, SW_E_OS, "the event loop broke") : SW_OK;
}

void sw_server_stop(struct sw_server *s)
{
	const uint64_t one = 1;
	int saved = errno;

	/* Full would mean that a stop is waiting already. */
	(void)!write(s->wake_fd, &one, sizeof(one));
	errno = saved;
}

uint16_t sw_server_port(const struct sw_server *s)
{
	return sw_addr_port(sw_listener_addr(s->plain.listener));
}

uint16_t sw_server_tls_port(const struct sw_server *s)
{
	return s->tls.listener ? sw_addr_port(sw_listener_addr(s->tls.listener)) : 0;
}

const char *sw_server_ca_file(const struct sw_server *s)
{
	return s->ca_file;
}

const char *sw_server_address(const struct sw_server *s)
{
	return s->address;
}

size_t sw_server_messages(const struct sw_server *s)
{
	return atomic_load(&s->messages);
}
