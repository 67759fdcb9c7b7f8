/* SPDX-License-Identifier: MIT */
/* Looks beyond the session.
 *
 * A diagnosis begins with the facts of a real session. The judge says what nobody has looked at
 * and how much hangs on it (sw_verdict.wants); a probe is a way to look at some of it. Judge,
 * choose the probes that can answer the wants and are allowed, run them at the same time, judge
 * again; until the verdict is decided, or nothing more can be learned,
 * or the deadline of the call comes, or the caller says stop. What is known then is judged.
 *
 * A probe states facts and never judges. What it could not look at it says with
 * sw_probe_untested: that is no fault of the other side. Probes run on the loop of the context
 * and never block; probe.def lists them. Most are made of talks (talk.h) and questions to a
 * resolver.
 *
 * Consent (sw_exam_wish.depth): a probe of a class above it is not run, and said to be not
 * allowed. A secret is tried once in an examination, by the session. Whoever opens a connection
 * asks sw_exam_may_connect first: so many to one address and no more, two at a time, and none
 * to one that has said 421. */
#ifndef SW_PROBE_PROBE_H
#define SW_PROBE_PROBE_H

#include "client/context.h"
#include "client/delivery.h"
#include "identity/block_lists.h"
#include "verdict/judge.h"

enum sw_probe_class {
	SW_PROBE_PASSIVE = 0, /* nothing leaves this machine */
	SW_PROBE_DNS,         /* questions */
	SW_PROBE_TCP,         /* connections, TLS; not a word of SMTP is said */
	SW_PROBE_SMTP,        /* commands without credentials, envelopes that are reset */
	SW_PROBE_LOGIN,       /* credentials */
	SW_PROBE_MESSAGE,     /* a message */
};

struct sw_exam;
struct sw_probe_run;

enum { SW_PROBE_STATES = 4 };
struct sw_probe {
	const char *id;      /* "port" */
	const char *source;  /* "probe.p03": the number in the list of probes; @source of its facts */
	enum sw_probe_class kind;
	enum sw_stage stage; /* of its facts */
	/* Fact types that it can state; unused ones are SW_FACT_COUNT. */
	enum sw_fact_type states[SW_PROBE_STATES];
	/* A session that waits in this stage for more than SW_PROBE_EARLY_US will most likely
	 * want it: run it beside the session. SW_STAGE_COUNT: never. */
	enum sw_stage early;
	const char *title[SW_LANG_COUNT]; /* "other ports of the server" */
	/* What it would contact for these wants, one line ("192.0.2.25 ports 443, 465, 587"),
	 * told to the caller before it is run. False: there is nothing that it can look at (no
	 * address known, the selection is not one of its own): it is not run. NULL: nothing is
	 * contacted and it can always run. Makes no connection. */
	bool (*contacts)(struct sw_exam *x, const struct sw_want *wants, size_t count,
			 struct sw_buf *out);
	/* Starts; ends with sw_probe_done, now or later, exactly once unless stopped. Errors are
	 * our own failures only. */
	enum sw_err (*start)(struct sw_probe_run *r, struct sw_error *err);
	/* Frees what `start` made, at the end or before it; nothing calls back afterwards. */
	void (*stop)(struct sw_probe_run *r);
};
/* From probe.def: a line SW_PROBE(port) there registers `const struct sw_probe sw_probe_port`. */
extern const struct sw_probe *const sw_probes[];
extern const size_t sw_probe_count;
#define SW_PROBE(name) extern const struct sw_probe sw_probe_##name;
#include "probe/probe.def"
#undef SW_PROBE

struct sw_probe_run {
	struct sw_exam *x;
	const struct sw_probe *probe;
	/* What is asked for, the weightiest first; none for one that was started early. In the
	 * arena of the examination. */
	const struct sw_want *wants;
	size_t want_count;
	void *state;           /* the probe's own, freed by its `stop` */
	uint64_t started_us;
	uint64_t deadline_us;  /* it should have ended by then; the engine stops it there */
	bool done;
	struct sw_probe_run *next;
};
/* All that it could see is stated. The run is stopped soon after, never inside the call. */
void sw_probe_done(struct sw_probe_run *r);
/* States a fact with the probe's stage and source. */
#define SW_PROBE_STATE(r, type, ...)                                                               \
	SW_STATE((r)->x->c->facts, type, (r)->probe->stage, (r)->probe->source,                    \
		 sw_context_now((r)->x->c), __VA_ARGS__)
/* States probe.untested: what could not be looked at and the reason in words. */
void sw_probe_untested(struct sw_probe_run *r, const char *what, const char *fmt, ...)
	SW_PRINTF(3, 4);
/* The value of a field in a want's selection ("address=192.0.2.25 port=587"): "" when it is
 * not selected. */
struct sw_slice sw_want_value(const struct sw_want *w, const char *key);
/* The wants of the run that ask for this type; start with NULL. */
const struct sw_want *sw_probe_next_want(const struct sw_probe_run *r, enum sw_fact_type type,
					 const struct sw_want *after);

/* What the caller allows and gives. Borrowed for the examination. */
struct sw_exam_wish {
	enum sw_probe_class depth;
	/* Servers elsewhere that may be asked to compare ("mx.example.net:25"; "" none): the
	 * user's. When there are none and the target's address is a public one, those of
	 * sw_exam_controls. */
	const char *const *controls;
	size_t control_count;
	const char *second_resolver; /* "192.0.2.53", NULL: a public one when the target is public */
	const char *sender, *recipient; /* envelope, NULL none */
	struct sw_source *message; /* depth 5: the message whose sending failed, NULL none */
	const char *public_ip; /* as others see us, NULL: as peers say it */
	unsigned connections;  /* to one address at most; 0: SW_PROBE_CONNECTIONS */
	/* Told before the probes of a round are started. May be NULL. */
	void (*announce)(void *arg, const struct sw_probe *p, struct sw_slice contacts);
	/* A few times a second while it waits: what it waits for and how long it may take. */
	void (*waiting)(void *arg, const char *const what[SW_LANG_COUNT], uint64_t since_us,
			uint64_t limit_us);
	void *arg;
};

/* The server that is examined, from the facts: of its session, or of an old case. */
struct sw_exam_target {
	const char *host; /* as given; "" unknown */
	uint16_t port;    /* 0 unknown */
	bool implicit;    /* TLS from the first byte was wanted */
	bool tls;         /* TLS was wanted at all */
	const char *tls_name;
	const char *ehlo; /* our name */
	const char *domain;	/* of the recipient, when the way went by MX; "" none */
	/* The address that the session spoke to or tried last, then its other ones. */
	struct sw_addr addrs[SW_MAX_DIAL_ADDRESSES];
	size_t addr_count;
	bool is_public; /* the first address is neither private nor loopback */
};
struct sw_exam {
	struct sw_context *c; /* a call is open; its facts grow */
	const struct sw_knowledge *k;
	const struct sw_exam_wish *wish;
	struct sw_arena arena;
	struct sw_exam_target target;
	struct sw_verdict verdict; /* the last one */
	struct sw_probe_run *runs; /* under way */
	/* Private to the engine. */
	struct sw_timer *timer;
	struct sw_exam_host *hosts;
	size_t host_count;
	struct sw_exam_tried *tried;
	size_t run_count;
	bool beside; /* the session is still under way */
	bool guessing; /* what it may come to want */
	enum sw_stage early_done; /* the stage whose early probes were started */
	uint64_t told_us;
	struct sw_error error; /* our own failure in a callback */
};
/* Examines what the context's facts tell of, in the open call. The facts grow, the verdict is
 * the caller's to judge again. Ends early (SW_OK) at the call's deadline and when the heartbeat
 * says stop. There are no fixed rounds: whenever a run is done the facts are judged, what is
 * wanted now and was not yet is started beside what still runs, and what nobody wants any more
 * is stopped. */
enum sw_err sw_examine(struct sw_context *c, const struct sw_knowledge *k,
		       const struct sw_exam_wish *wish, struct sw_error *err) SW_MUST_USE;
/* The examination beside a session: begun before it, it starts early probes while the session
 * waits; end it with sw_exam_finish, which does the rounds and frees it. */
enum sw_err sw_exam_begin(struct sw_context *c, const struct sw_knowledge *k,
			  const struct sw_exam_wish *wish, struct sw_exam **ret,
			  struct sw_error *err) SW_MUST_USE;
enum sw_err sw_exam_finish(struct sw_exam *x, struct sw_error *err) SW_MUST_USE;
/* Frees it without a look; NULL is fine. */
void sw_exam_abandon(struct sw_exam *x);

/* ---- for probes */

/* The address and port that the session came to, or tried last. False: none is known. */
bool sw_exam_address(const struct sw_exam *x, struct sw_addr *ret);
/* What a probe of that address alone says that it contacts. */
bool sw_exam_contacts_address(struct sw_exam *x, const struct sw_want *wants, size_t count,
			      struct sw_buf *out);
/* The block lists that the last refusals name (sw_block_lists_in). */
size_t sw_exam_named_lists(const struct sw_exam *x, char out[SW_NAMED_LISTS][SW_LIST_ZONE]);

/* Connections to one address (whatever port): so many, SW_PROBE_AT_ONCE of them at a time.
 * Talks do all of this by themselves. */
enum sw_exam_leave {
	SW_EXAM_GO = 0, /* counted; give the place back with sw_exam_leave_place */
	SW_EXAM_LATER,  /* so many are open already: see sw_exam_wait_place */
	SW_EXAM_NEVER,  /* the budget is spent, or it has said 421 */
};
/* `place` false: it will be closed as soon as it stands, and takes no place. */
enum sw_exam_leave sw_exam_may_connect(struct sw_exam *x, const struct sw_addr *addr, bool place);
/* `stood` false: it never stood, and is not counted. */
void sw_exam_connected(struct sw_exam *x, const struct sw_addr *addr, bool stood);
/* For who only knocks (closes when it stands, or never lets it stand) on many ports: counted
 * apart, in SW_PROBE_KNOCKS for each address and port, without places. False: no more. */
bool sw_exam_may_knock(struct sw_exam *x, const struct sw_addr *addr);
/* The place is free for others; it can be taken again without asking when the connection
 * stands at last. */
void sw_exam_leave_place(struct sw_exam *x, const struct sw_addr *addr);
void sw_exam_take_place(struct sw_exam *x, const struct sw_addr *addr);
struct sw_exam_waiter {
	void (*ask_again)(void *arg); /* must not connect inside the call */
	void *arg;
	struct sw_exam_waiter *next;
	struct sw_exam_host *host; /* NULL: not waiting */
};
void sw_exam_wait_place(struct sw_exam *x, const struct sw_addr *addr,
			struct sw_exam_waiter *w);
void sw_exam_wait_no_more(struct sw_exam_waiter *w);
/* The server at that address has asked us to go (421): nobody connects to it any more. */
void sw_exam_turned_away(struct sw_exam *x, const struct sw_addr *addr);
/* How long one wait of a probe may take: `usual_us`, but no more than the user's time for a
 * stage, from now. Absolute. */
uint64_t sw_exam_patience(const struct sw_exam *x, uint64_t usual_us);
/* Servers to compare with ("host:port"), those of the wish or well-known public ones
 * (controls.def); none when the target is private and the user named none. Those of the user
 * come whatever their port (without one they get `port`); `port` 0: all. In the arena. */
size_t sw_exam_controls(struct sw_exam *x, uint16_t port, const char *out[], size_t size);

#endif
