/* SPDX-License-Identifier: MIT */
/* Inside of a pool: messages that wait, and lanes: a context with its session each, on a
 * fiber, all of them on one loop. */
#ifndef SW_API_POOL_H
#define SW_API_POOL_H

#include <sendwell/pool.h>

#include "api/mailer.h"
#include "base/fiber.h"
#include "client/flow.h"
#include "net/outside.h"

struct sw_result;

struct sw_pool_entry {
	struct sw_pool_entry *next;
	struct sw_message *message;
	bool owned;
	void *tag;
	unsigned tries;
	const char **texts; /* more than one recipient; else `text` */
	const char *text;
	struct sw_job job;
};
struct sw_pool_list {
	struct sw_pool_entry *first, *last;
};

struct sw_pool_lane {
	struct sw_pool *pool;
	struct sw_pool_lane *next_ready;
	struct sw_context *c;
	struct sw_fiber *fiber;
	struct sw_pool_entry *pending; /* taken, and not for the flow */
	bool ready, resting, busy;
	bool over;
	unsigned failures; /* to open a session, one after the other */
	uint64_t number;   /* of its session among those of the pool; 0: none yet */
	uint64_t opened;   /* sessions of the context that have their numbers */
};

struct sw_pool {
	struct sw_mailer *m;
	struct sw_loop *loop;
	struct sw_outside *outside; /* NULL until somebody steps */
	struct sw_timer *timer;     /* rate and heartbeat */
	struct sw_pool_lane *lanes;
	size_t lane_count, lanes_begun;
	struct sw_pool_lane *ready, *ready_last;
	struct sw_pool_list waiting, spare;
	size_t waiting_count;
	struct sw_pool_counts counts;
	sw_pool_result_fn result;
	void *result_arg;
	sw_pool_feed_fn feed;
	void *feed_arg;
	sw_pool_dialogue_fn dialogue;
	void *dialogue_arg;
	bool fed_up; /* `feed` has no more */
	bool feeding;
	uint64_t gap_us, next_at_us; /* rate */
	uint64_t session_messages;
	uint64_t numbers;   /* of sessions that were begun */
	bool mail_taken;    /* a MAIL was: who is refused then is refused for himself */
	unsigned unwelcome; /* MAILs that were refused for want of login or TLS, since the
			       first */
	uint64_t outage_us, good_us; /* when the server was last seen to work, 0 never */
	uint64_t beat_at_us, began_us;
	bool one_by_one, prepared, stopping, aborted;
	bool working; /* inside sw_pool_run or sw_pool_process */
	bool doomed;  /* freed by a callback: goes when the call is over */
	bool running; /* inside sw_pool_run: nobody else's loop waits */
	/* Why nothing more is sent; OK: it is. */
	enum sw_ending dead;
	enum sw_stage dead_stage;
	struct sw_reply dead_reply;
	struct sw_result *failure; /* of the message whose session ended it; or NULL */
	struct sw_arena arena;
	struct sw_error error;
};

struct sw_pool_account {
	struct sw_pool *pool;
	const struct sw_delivery *d;
	const struct sw_pool_entry *entry;
	struct sw_pool_lane *lane; /* NULL: it came to none */
	bool streamed;             /* behind another message of its session */
	bool opened;               /* the session, for it */
	bool held_back, ended_all;
	struct sw_arena *arena;
};

/* pool.c */
/* The next message for a lane; NULL: none now. */
struct sw_pool_entry *sw_pool_take_next(struct sw_pool *p);
void sw_pool_put_back(struct sw_pool *p, struct sw_pool_entry *e);
/* Tells the result and frees the entry; of the account `pool`, `d` and `entry` are set here.
 */
void sw_pool_tell(struct sw_pool *p, struct sw_pool_entry *e, const struct sw_delivery *d,
		  struct sw_pool_account a);
uint64_t sw_pool_now(const struct sw_pool *p);
/* The heartbeat, if it is due; then also who asks for nothing but the time is served. */
void sw_pool_beat(struct sw_pool *p);
/* pool_refused.c */
/* It was about the session and not about this message; passing: it may be gone in a while. */
bool sw_pool_is_of_session(const struct sw_pool *p, const struct sw_delivery *d);
bool sw_pool_is_passing(const struct sw_pool *p, const struct sw_delivery *d);
/* The session broke before anything of the message was committed: nobody has it, and nothing
 * was said of it. */
bool sw_pool_is_lost(const struct sw_pool *p, const struct sw_delivery *d);
/* Of a delivery that is done: the server takes no MAIL at all without a login, or TLS. */
bool sw_pool_is_unwelcome(struct sw_pool *p, const struct sw_delivery *d);
/* The same befell it as the one with which the pool ended. */
bool sw_pool_is_of_all(const struct sw_pool *p, const struct sw_delivery *d);
/* Nothing more goes this way: all that is left shares this fate, for which there is evidence.
 * False: it was so before. */
bool sw_pool_die(struct sw_pool_lane *lane, struct sw_pool_entry *e,
		 const struct sw_delivery *d);
/* pool_case.c */
void sw_pool_keep_failure(struct sw_pool_lane *lane, const struct sw_pool_entry *e,
			  const struct sw_delivery *d);
/* The next one that a lane opens has a number of its own from now on. */
void sw_pool_expect_session(struct sw_pool_lane *lane);
/* The number of the session that a lane has, or has begun to open. */
uint64_t sw_pool_session_number(struct sw_pool_lane *lane);
/* For the context's hooks: `arg` is the lane. */
void sw_pool_hear(void *arg, const struct sw_transcript_entry *e);
/* pool_lane.c */
enum sw_err sw_pool_lane_begin(struct sw_pool_lane *lane, struct sw_pool *p) SW_MUST_USE;
/* Runs it until it waits. */
void sw_pool_lane_go(struct sw_pool_lane *lane);
void sw_pool_lane_wake(void *arg);

#endif
