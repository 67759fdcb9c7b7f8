/* SPDX-License-Identifier: MIT */
/* What the probes that hold conversations share: a row of talks, two at a time,
 * and what the
 * facts of the session say about how it went there. */
#ifndef SW_PROBE_SAY_H
#define SW_PROBE_SAY_H

#include "probe/talk.h"

enum {
	SW_SAY_STEPS = 40, /* talks of one probe at most; MX hosts with their addresses */
	SW_SAY_LANES = 8,
};
struct sw_say;
struct sw_say_step {
	struct sw_talk_plan plan;
	unsigned tag;     /* the probe's own */
	const char *what; /* likewise; static or in the arena of the examination */
};
struct sw_say_lane {
	struct sw_say *say;
	struct sw_talk *talk;
	size_t step;
};
/* The first member of a probe's state. */
struct sw_say {
	struct sw_probe_run *r;
	/* What came of a step; not called for one that could not be made for reasons of ours.
	 * May add steps. */
	void (*heard)(struct sw_say *s, const struct sw_say_step *step,
		      const struct sw_talk_account *a);
	/* All steps are over. May be NULL. */
	void (*over)(struct sw_say *s);
	bool enough;        /* no further step is begun */
	bool refused_by_us; /* one step was said to be untested */
	struct sw_say_step steps[SW_SAY_STEPS];
	size_t count, next, heard_of;
	size_t abreast; /* talks at the same time; all lanes unless set otherwise */
	struct sw_say_lane lanes[SW_SAY_LANES];
};

/* A state of `size` bytes that begins with a struct sw_say, as the run's; NULL without memory.
 */
void *sw_say_new(struct sw_probe_run *r, size_t size,
		 void (*heard)(struct sw_say *, const struct sw_say_step *,
			       const struct sw_talk_account *),
		 void (*over)(struct sw_say *)) SW_MUST_USE;
/* Beyond SW_SAY_STEPS a step is dropped. */
void sw_say_add(struct sw_say *s, const struct sw_talk_plan *plan, unsigned tag,
		const char *what);
/* Begins the first steps; without any the probe is done. */
enum sw_err sw_say_go(struct sw_say *s, struct sw_error *err) SW_MUST_USE;
/* The `stop` of the probes: ends what is under way and frees the state. */
void sw_say_stop(struct sw_probe_run *r);

/* A talk as the session held it: the target's first address and TLS; another port gets the TLS
 * that is usual there. port 0: the target's. */
void sw_say_plan(const struct sw_exam *x, uint16_t port, struct sw_talk_plan *ret);
/* "192.0.2.25 port 587" into `out`. False: no address is known. */
bool sw_say_contacts(const struct sw_exam *x, const char *more, struct sw_buf *out);
/* Whether one of the run's wants of this type leaves the key open or asks for that value. */
bool sw_say_wanted(const struct sw_want *wants, size_t count, enum sw_fact_type type,
		   const char *key, const char *value);
/* The same, but a want that leaves the key open does not count. */
bool sw_say_asked(const struct sw_want *wants, size_t count, enum sw_fact_type type,
		  const char *key, const char *value);

/* ---- the session, from its facts */

bool sw_say_logged_in(const struct sw_exam *x);
/* A handshake was made in the session, or wanted. */
bool sw_say_tls(const struct sw_exam *x);
/* The server has asked to be left alone or to come more slowly: 421, too many connections, a
 * rate. Nothing is asked of it then that it need not be asked. */
bool sw_say_slow_down(const struct sw_exam *x);
/* The envelope: the wish's, else the session's. "" none (a sender may be "": null sender). */
const char *sw_say_sender(struct sw_exam *x, bool *ret_known);
/* The first recipient that was not accepted, else the first. "" none. */
const char *sw_say_recipient(struct sw_exam *x);
/* Text of a talk's reply, never NULL; the code by itself. */
struct sw_slice sw_say_text(const struct sw_talk_reply *reply);
/* Formats into the arena of the examination; NULL without memory. */
const char *sw_say_format(struct sw_exam *x, const char *fmt, ...) SW_PRINTF(2, 3);

#endif
