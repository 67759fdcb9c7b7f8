/* SPDX-License-Identifier: MIT */
/* Inside of the rule-driven server: only script_*.c include it. */
#ifndef SCRIPT_INTERNAL_H
#define SCRIPT_INTERNAL_H

#include "script_server.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "net/tcp.h"
#include "net/tls.h"
#include "sasl/sasl.h"

#define MUST(condition)                                                                       \
	do {                                                                                  \
		if (!(condition)) {                                                           \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);       \
			abort();                                                              \
		}                                                                             \
	} while (0)

enum { LOG_MAX = 4 * 1024 * 1024, MESSAGE_MAX = 256 * 1024 * 1024, CHUNK = 65536 };

struct conn {
	struct conn *next;
	struct script_server *server;
	unsigned number;
	struct sw_stream *stream;
	struct sw_smtp_server *smtp;
	struct sw_sasl *sasl;
	struct sw_timer *timer;
	unsigned seen[SW_VERB_COUNT];
	const struct script_rule *late; /* to be done when the timer fires */
	enum sw_smtp_verb late_verb;
	const struct script_rule *drip;
	size_t drip_at;
	struct sw_buf message;
	bool handshaking, tls_due, stalled, closing, tls, convinced;
};

struct script_server {
	struct script_plan plan;
	struct sw_loop *loop;
	struct sw_listener *listener;
	struct sw_tls_context *tls;
	struct sw_watch *pipe_watch;
	int pipe[2];
	uint16_t port;
	pthread_t thread;
	struct conn *conns;
	pthread_mutex_t lock; /* for what follows */
	unsigned sessions, messages;
	struct sw_buf log, last;
	const char *hang_up;
};

/* A connection came; `arg` is the server. */
void script_accepted(void *arg, int fd, const struct sw_addr *peer);
void script_conn_free(struct conn *c);

#endif
