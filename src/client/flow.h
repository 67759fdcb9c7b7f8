/* SPDX-License-Identifier: MIT */
/* Many messages over one open session: the next one's MAIL rides behind the end of the one before,
 * or several of them with BDAT. Each is accounted for as if it had been sent alone: by its reply, and
 * when the session breaks the one whose end has left is UNCERTAIN, what comes behind NOT_SENT. */
#ifndef SW_CLIENT_FLOW_H
#define SW_CLIENT_FLOW_H

#include "client/session.h"

struct sw_flow {
	void *arg;
	/* The next message; what its job points to is borrowed until `done`. False: none now, and
	 * the flow ends when what is under way is done. Only jobs that the session takes. */
	bool (*next)(void *arg, struct sw_job *ret, void **ret_tag);
	/* The account of one, borrowed for the call. `again`: the session ended before its end was
	 * sent, and for no reason of its own; another session may take it. */
	void (*done)(void *arg, void *tag, const struct sw_delivery *d, bool again);
	bool one_by_one; /* each waits for the reply to the one before */
	uint64_t most;   /* messages of the session in its life; 0: as many as the server takes */
};

/* A message of one recipient that the server can be given. Others are for sw_attempt_run. */
bool sw_flow_takes(struct sw_session *s, const struct sw_job *job);
/* The server, or who asks for `most`, wants no more messages in this session. */
bool sw_flow_used_up(const struct sw_session *s, uint64_t most);
/* Runs until `next` has no more or the session ends (s->ending). Within a call of the context. Every
 * job that was taken comes back through `done`, whatever is returned. */
enum sw_err sw_session_stream(struct sw_session *s, const struct sw_flow *flow,
			      struct sw_error *err) SW_MUST_USE;

#endif
