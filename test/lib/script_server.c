/* SPDX-License-Identifier: MIT */
#include "script_internal.h"

#include <unistd.h>

#include "base/mem.h"

static void hang_up_all(struct script_server *s)
{
	while (s->conns) {
		struct conn *c = s->conns;
		size_t len;
		if (s->hang_up && s->hang_up[0])
			(void)sw_stream_write(c->stream, sw_slice_str(s->hang_up), &len);
		script_conn_free(c);
	}
}

/* Orders from the test: 'q' stop, 'h' hang up; 'h' is answered. */
static void ordered(void *arg, unsigned ready)
{
	struct script_server *s = arg;
	char order;
	(void)ready;
	if (read(s->pipe[0], &order, 1) != 1)
		return;
	if (order == 'q') {
		sw_loop_stop(s->loop);
		return;
	}
	pthread_mutex_lock(&s->lock);
	hang_up_all(s);
	s->hang_up = NULL;
	pthread_mutex_unlock(&s->lock);
}

static void *serve(void *arg)
{
	struct script_server *s = arg;
	MUST(sw_loop_run(s->loop) == SW_OK);
	return NULL;
}

static void make_tls(struct script_server *s)
{
	struct sw_tls_settings set = { .cert_pem = s->plan.cert_pem,
				       .key_pem = s->plan.key_pem,
				       .max_version = s->plan.tls_version,
				       .server = true };
	if (s->plan.cert_pem)
		MUST((s->tls = sw_tls_context_new(&set, NULL)) != NULL);
}

struct script_server *script_server_start(const struct script_plan *plan)
{
	static const uint8_t loopback[4] = { 127, 0, 0, 1 };
	struct sw_addr addr = sw_addr_v4(loopback, 0);
	struct script_server *s = sw_calloc(1, sizeof(*s));
	MUST(s);
	s->plan = *plan;
	pthread_mutex_init(&s->lock, NULL);
	sw_buf_init(&s->log, LOG_MAX);
	sw_buf_init(&s->last, MESSAGE_MAX);
	s->loop = sw_loop_new(NULL);
	MUST(s->loop && pipe(s->pipe) == 0);
	make_tls(s);
	s->listener = sw_listener_new(s->loop, &addr, script_accepted, s, NULL);
	MUST(s->listener);
	s->port = sw_addr_port(sw_listener_addr(s->listener));
	s->pipe_watch = sw_watch_new(s->loop, s->pipe[0], ordered, s);
	MUST(s->pipe_watch);
	sw_watch_set(s->pipe_watch, SW_WANT_READ);
	MUST(pthread_create(&s->thread, NULL, serve, s) == 0);
	return s;
}

uint16_t script_server_port(const struct script_server *s)
{
	return s->port;
}

void script_server_hang_up(struct script_server *s, const char *text)
{
	bool done = false;
	pthread_mutex_lock(&s->lock);
	s->hang_up = text;
	pthread_mutex_unlock(&s->lock);
	MUST(write(s->pipe[1], "h", 1) == 1);
	while (!done) {
		usleep(1000);
		pthread_mutex_lock(&s->lock);
		done = s->hang_up == NULL;
		pthread_mutex_unlock(&s->lock);
	}
}

unsigned script_server_sessions(struct script_server *s)
{
	pthread_mutex_lock(&s->lock);
	unsigned n = s->sessions;
	pthread_mutex_unlock(&s->lock);
	return n;
}

unsigned script_server_messages(struct script_server *s)
{
	pthread_mutex_lock(&s->lock);
	unsigned n = s->messages;
	pthread_mutex_unlock(&s->lock);
	return n;
}

static char *copy_of(struct script_server *s, struct sw_buf *from, size_t *ret_len)
{
	pthread_mutex_lock(&s->lock);
	size_t len = sw_buf_len(from);
	char *copy = malloc(len + 1);
	MUST(copy);
	memcpy(copy, sw_buf_str(from), len + 1);
	pthread_mutex_unlock(&s->lock);
	if (ret_len)
		*ret_len = len;
	return copy;
}

char *script_server_log(struct script_server *s)
{
	return copy_of(s, &s->log, NULL);
}

char *script_server_message(struct script_server *s, size_t *ret_len)
{
	return copy_of(s, &s->last, ret_len);
}

void script_server_stop(struct script_server *s)
{
	MUST(write(s->pipe[1], "q", 1) == 1);
	pthread_join(s->thread, NULL);
	while (s->conns)
		script_conn_free(s->conns);
	sw_watch_free(s->pipe_watch);
	sw_listener_free(s->listener);
	sw_tls_context_unref(s->tls);
	sw_loop_free(s->loop);
	close(s->pipe[0]);
	close(s->pipe[1]);
	sw_buf_fini(&s->log);
	sw_buf_fini(&s->last);
	pthread_mutex_destroy(&s->lock);
	sw_free(s);
}
