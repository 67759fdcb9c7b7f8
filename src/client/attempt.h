/* SPDX-License-Identifier: MIT */
/* One call, from a job to the account of it: over the servers of the settings, or over the MX
 * hosts of each recipient's domain.
 *
 * Never twice: what a server answered to the message, or may have taken (the final dot left
 * us), is not tried anywhere else. A session that was kept open and proves dead before that is
 * replaced once, silently. Another host is asked only while no recipient has a final
 * answer. */
#ifndef SW_CLIENT_ATTEMPT_H
#define SW_CLIENT_ATTEMPT_H

#include "client/context.h"
#include "client/delivery.h"

/* Runs within one call (sw_context_begin_call). `d` is initialised from the job; it keeps what
 * is known also when our own failure is returned. A failure of ours that comes when the
 * message may be taken already is not returned: the account says UNCERTAIN. */
enum sw_err sw_attempt_run(struct sw_context *c, const struct sw_job *job,
			   struct sw_delivery *d, struct sw_error *err) SW_MUST_USE;

#endif
