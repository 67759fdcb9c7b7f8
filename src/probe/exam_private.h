/* SPDX-License-Identifier: MIT */
/* Inside of an examination. */
#ifndef SW_PROBE_EXAM_PRIVATE_H
#define SW_PROBE_EXAM_PRIVATE_H

#include "probe/probe.h"

struct sw_session;

/* One port that was knocked on. */
struct sw_exam_door {
	uint16_t port;
	unsigned knocks;
	struct sw_exam_door *next;
};
struct sw_exam_host {
	char ip[SW_ADDR_TEXT];
	unsigned used, open;
	bool away; /* it has said 421 */
	struct sw_exam_waiter *waiters;
	struct sw_exam_door *doors;
	struct sw_exam_host *next;
};
/* What a probe was asked, or would have been. */
struct sw_exam_tried {
	const struct sw_probe *probe;
	enum sw_fact_type type;
	const char *selection;
	struct sw_exam_tried *next;
};

/* ---- exam_target.c */
/* From the session when there is one, else from the facts. */
enum sw_err sw_exam_find_target(struct sw_exam *x) SW_MUST_USE;

/* ---- exam_plan.c */
/* Starts what can answer wants of the verdict and was not asked yet. */
enum sw_err sw_exam_start_wanted(struct sw_exam *x, struct sw_error *err) SW_MUST_USE;
/* Starts what a session that waits in this stage will most likely want. */
enum sw_err sw_exam_start_early(struct sw_exam *x, enum sw_stage stage,
				struct sw_error *err) SW_MUST_USE;
/* The same for what would be wanted if the present wait of the session came to nothing. */
enum sw_err sw_exam_guess(struct sw_exam *x, struct sw_session *s,
			  struct sw_error *err) SW_MUST_USE;
/* Stops runs that are done or too late. True when there were some. */
bool sw_exam_reap(struct sw_exam *x);
/* Stops runs that state nothing that the verdict wants. */
void sw_exam_stop_unwanted(struct sw_exam *x);
/* `why` NULL: nothing is said of them. */
void sw_exam_stop_all(struct sw_exam *x, const char *why);

/* ---- exam_connect.c */
void sw_exam_forget_waiters(struct sw_exam *x);

#endif
