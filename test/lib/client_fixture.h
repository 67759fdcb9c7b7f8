/* SPDX-License-Identifier: MIT */
/* A client and a server that follows rules, for the tests of sessions. */
#ifndef CLIENT_FIXTURE_H
#define CLIENT_FIXTURE_H

#include "script_server.h"
#include "sw_test.h"

#include "base/world.h"
#include "client/attempt.h"
#include "client/session.h"
#include "mail/ready.h"

#define MESSAGE "From: a@b.test\r\nSubject: x\r\n\r\n.dot\r\nhello\r\n"
#define RULES(...)                                                                            \
	(const struct script_rule[])                                                          \
	{                                                                                     \
		__VA_ARGS__,                                                                  \
		{                                                                             \
			0                                                                     \
		}                                                                             \
	}

struct client_fixture {
	struct script_server *server;
	struct sw_client_settings set; /* 127.0.0.1, no TLS, "me.test", 5 seconds */
	struct sw_context *c;
	struct sw_source *source; /* MESSAGE */
	struct sw_delivery d;     /* of the last job */
	bool delivered;
	struct sw_error err;
};
struct client_fixture *client_fixture_new(const struct script_plan *plan);
void client_fixture_free(struct client_fixture *f);
enum sw_err client_fixture_run(struct client_fixture *f, const struct sw_job *job);
/* one@b.test, two@b.test, three@b.test: the first `count` of them. */
extern const char *const three[3];
enum sw_err client_fixture_send(struct client_fixture *f, size_t count);
void expect_recipient(const struct client_fixture *f, size_t i, enum sw_outcome outcome,
		      enum sw_stage stage, enum sw_ending ending, int code);
bool client_fixture_log_has(struct client_fixture *f, const char *line);

#endif
