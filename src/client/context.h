/* SPDX-License-Identifier: MIT */
/* What the sessions of one mailer share: loop, resolver, trust store, redactor, transcript,
 * the clock and the deadlines of the present call. Parts that cost something are made when
 * first needed. */
#ifndef SW_CLIENT_CONTEXT_H
#define SW_CLIENT_CONTEXT_H

#include "base/world.h"
#include "client/memory.h"
#include "client/settings.h"
#include "net/tap.h"
#include "net/tls.h"
#include "verdict/facts.h"

struct sw_session;
struct sw_guard_memory;

/* What the caller wants to hear while a call runs; any function may be NULL. */
struct sw_context_hooks {
	uint64_t beat_us;            /* between heartbeats; not 0 */
	int (*heartbeat)(void *arg); /* not 0: stop */
	void *heartbeat_arg;
	void (*progress)(void *arg, enum sw_stage stage, uint64_t done_bytes,
			 uint64_t total_bytes);
	void *progress_arg;
	/* Connects in place of us: a connected stream socket, which is ours from then on, or -1
	 * and errno. */
	int (*connect)(void *arg, const char *host, uint16_t port);
	void *connect_arg;
	sw_transcript_fn dialogue;
	void *dialogue_arg;
};

/* For who lets several contexts wait on one loop: each runs on a fiber. */
struct sw_context_park {
	/* Instead of running the loop: returns when something has happened, or nothing. */
	void (*wait)(void *arg);
	/* Something has; from callbacks of the loop. */
	void (*woken)(void *arg);
	/* Nobody else waits on the loop: a read may wait by itself, for a moment. NULL: never. */
	bool (*alone)(void *arg);
	void *arg;
};

struct sw_context {
	const struct sw_world *world;
	const struct sw_client_settings *settings; /* the owner's */
	struct sw_context_hooks hooks;
	struct sw_loop *loop;
	bool loop_shared; /* somebody else's: see sw_context_park */
	struct sw_context_park park;
	/* While a flow waits: does what can be done on whatever stack; true when the fiber is
	 * needed. NULL: it always is. */
	bool (*idle)(void *arg);
	void *idle_arg;
	/* Whose trust store and resolver are used: another one with the same settings, on the same loop for
	 * as long as it lives; NULL: its own. */
	struct sw_context *lender;
	struct sw_timer *timer;
	uint64_t timer_at_us;
	bool woken;
	struct sw_resolver *resolver;
	bool resolver_given;
	struct sw_guard_memory *guard; /* what is known of policies; see guard.h */
	struct sw_tls_context *tls;
	struct sw_redactor *redactor; /* NULL while there is no secret */
	struct sw_transcript *transcript;
	struct sw_session *session; /* kept open between calls; NULL none */
	struct sw_proxy_env proxy_env; /* as it was when the session began */
	uint64_t opened;            /* sessions that were begun */
	uint64_t generation;        /* of the settings: another one ends the session */
	struct sw_memory memory;    /* of servers, beyond sessions */
	/* The present call. */
	struct sw_facts *facts;
	uint64_t start_us;
	uint64_t deadline_us;
	uint64_t next_beat_us;
	bool in_call, aborted;
};

/* `settings` is borrowed for the life of the client. */
struct sw_context *sw_context_new(const struct sw_world *world,
				  const struct sw_client_settings *settings,
				  struct sw_error *err) SW_MUST_USE;
/* One that waits on the loop of somebody else, who gives it its turns. */
struct sw_context *sw_context_new_parked(const struct sw_world *world,
					 const struct sw_client_settings *settings,
					 struct sw_loop *loop,
					 const struct sw_context_park *park,
					 struct sw_error *err) SW_MUST_USE;
/* Closes the session (QUIT, at most a second). */
void sw_context_free(struct sw_context *c);
/* Settings have changed: the session, the trust store and the resolver are not used again. */
void sw_context_changed(struct sw_context *c);
/* Only the secret has: the session is not used again. */
void sw_context_renewed(struct sw_context *c);
/* A resolver to use instead of the one of the settings (tests); owned from now on. Until the
 * settings change. */
void sw_context_use_resolver(struct sw_context *c, struct sw_resolver *resolver);

/* Begins and ends a call: clocks, and a new evidence store, which `end` hands over to the
 * caller. */
enum sw_err sw_context_begin_call(struct sw_context *c, struct sw_error *err) SW_MUST_USE;
struct sw_facts *sw_context_end_call(struct sw_context *c) SW_MUST_USE;
/* The open call goes on with what an earlier one has stated; takes the store. */
void sw_context_resume(struct sw_context *c, struct sw_facts *facts);

enum sw_err sw_context_get_resolver(struct sw_context *c, struct sw_resolver **ret,
				    struct sw_error *err) SW_MUST_USE;
enum sw_err sw_context_get_tls(struct sw_context *c, struct sw_tls_context **ret,
			       struct sw_error *err) SW_MUST_USE;

enum sw_wait {
	SW_WAIT_WOKEN = 0, /* sw_context_wake was called: look again */
	SW_WAIT_TIME,      /* the time that was asked for has come */
	SW_WAIT_DEADLINE,  /* that of the whole call */
	SW_WAIT_ABORTED,   /* by the heartbeat, at any time before in this call */
};
/* Runs the loop until something happens. Times are absolute; SW_NEVER waits for the rest only.
 */
enum sw_err sw_context_wait(struct sw_context *c, uint64_t until_us, enum sw_wait *ret,
			    struct sw_error *err) SW_MUST_USE;
/* Waits until *flag, for work that knows `until_us` and the call's deadline and tells what it
 * has learned when they pass: so the wait is a little longer than both. WOKEN exactly when the
 * flag is set. */
enum sw_err sw_context_wait_flag(struct sw_context *c, const bool *flag, uint64_t until_us,
				 enum sw_wait *ret, struct sw_error *err) SW_MUST_USE;
/* The same without waiting: WOKEN when the call may go on. For work that keeps the loop from
 * turning. */
enum sw_wait sw_context_check(struct sw_context *c, uint64_t now_us);
/* Ends the wait; for callbacks of the loop. `arg` is the client. */
void sw_context_wake(void *arg);
/* Sets the timer for a wait until then, or for what else ends it; for who waits in his own way. */
void sw_context_arm(struct sw_context *c, uint64_t until_us);
uint64_t sw_context_now(const struct sw_context *c);
/* sw_loop_recent */
uint64_t sw_context_recent(const struct sw_context *c);
/* The earlier of the call's deadline and `timeout_us` (or the setting instead of it) from now.
 */
uint64_t sw_context_stage_deadline(const struct sw_context *c, uint64_t timeout_us);
void sw_context_note(struct sw_context *c, enum sw_transcript_kind kind, const char *fmt, ...)
	SW_PRINTF(3, 4);
void sw_context_progress(struct sw_context *c, enum sw_stage stage, uint64_t done,
			 uint64_t total);

#endif
