/* SPDX-License-Identifier: MIT */
/* Inside of a talk: its life (talk.c) and what is said (talk_step.c). */
#ifndef SW_PROBE_TALK_PRIVATE_H
#define SW_PROBE_TALK_PRIVATE_H

#include "probe/talk.h"

enum sw_talk_step {
	SW_STEP_TURN = 0, /* waits for its place */
	SW_STEP_DIAL,
	SW_STEP_LISTEN,
	SW_STEP_SHAKE,
	SW_STEP_GREETING,
	SW_STEP_EHLO,
	SW_STEP_STARTTLS,
	SW_STEP_EHLO_TLS,
	SW_STEP_COMMANDS,
	SW_STEP_MESSAGE, /* its dot is out, or on its way */
	SW_STEP_QUIT,
	SW_STEP_OVER, /* the account is to be handed over */
	SW_STEP_TOLD,
	SW_STEP_COUNT
};

struct sw_talk {
	struct sw_exam *x;
	struct sw_talk_plan plan;
	sw_talk_fn fn;
	void *arg;
	struct sw_talk_account a;
	enum sw_talk_step step;
	struct sw_timer *timer;
	uint64_t until_us;       /* of the step */
	uint64_t began_us;       /* the step, or the question that waits for its answer */
	uint64_t stood_us;
	struct sw_exam_waiter waiter;
	bool counted, place;
	struct sw_dial *dial;
	struct sw_stream *stream;
	struct sw_tls_context *tls;
	struct sw_reply_parser parser;
	struct sw_buf out;
	bool cannot_write;
	int write_errno;
	size_t asked; /* commands that were sent */
	char ehlo[SW_MAX_DOMAIN + 1];
	struct sw_slice in; /* of `chunk`, not looked at yet */
	char chunk[4096];
};

/* The connection stands. */
void sw_talk_begin(struct sw_talk *t);
/* The stream is ready: whatever can be done without waiting. */
void sw_talk_move(void *talk);
/* The time of the step has passed. */
void sw_talk_late(struct sw_talk *t);
/* Where the talk stands, as a stage. */
enum sw_stage sw_talk_stage(const struct sw_talk *t);
/* A line of the transcript, marked as a probe's: what was said ("->"), heard ("<-"), or happened. */
void sw_talk_note(const struct sw_talk *t, const char *mark, struct sw_slice text);
void sw_talk_note_reply(const struct sw_talk *t, const struct sw_reply *r);
/* Bytes that came first: of the connection, or inside TLS. */
void sw_talk_first(struct sw_talk *t, const char *bytes, size_t len);
/* Ends it at the present step; it says QUIT first where somebody listens. */
void sw_talk_finish(struct sw_talk *t, enum sw_talk_end end, int os_errno);
/* A step with so much time. */
void sw_talk_enter(struct sw_talk *t, enum sw_talk_step step, uint64_t wish_us,
		   uint64_t usual_us);

#endif
