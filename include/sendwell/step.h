/* SPDX-License-Identifier: MIT */
/* A mailer's calls, stepped by a loop of your own: begin a call, wait for its descriptor and its time, and
 * go on until there is a result.  Nothing blocks but what a call does before the network (reading a file or
 * a password); no thread is made.
 *
 *	sw_mailer_start_send(m, message);
 *	do {
 *		struct pollfd p = { sw_mailer_fd(m), POLLIN, 0 };
 *		poll(&p, 1, sw_mailer_wait_ms(m));
 *		e = sw_mailer_process(m, &result);
 *	} while (!e && !result);
 *
 * One call of a mailer is under way at a time; while it is, every other call that would change the mailer or
 * use its session is SW_E_USAGE.  Several mailers may be stepped by one loop.  A call is stepped by one
 * thread from its begin to its end. */
#ifndef SENDWELL_STEP_H
#define SENDWELL_STEP_H

#include <sendwell/mailer.h>

#ifdef __cplusplus
extern "C" {
#endif

/* As the calls without "start_" (mailer.h).  Nothing happens before the first sw_mailer_process.  Message,
 * sender and recipients are borrowed until the call is over. */
SW_EXPORT enum sw_err sw_mailer_start_send(struct sw_mailer *m, struct sw_message *message);
SW_EXPORT enum sw_err sw_mailer_start_verify_connection(struct sw_mailer *m);
SW_EXPORT enum sw_err sw_mailer_start_verify_login(struct sw_mailer *m);
SW_EXPORT enum sw_err sw_mailer_start_verify_recipients(struct sw_mailer *m, const char *sender,
							const char *const *recipients, size_t count);

/* Readable when there is something to do: one descriptor for the whole call, whatever sockets it uses.  It
 * is the mailer's: do not read from it, do not close it.  -1 when no call is under way. */
SW_EXPORT int sw_mailer_fd(const struct sw_mailer *m);
/* When sw_mailer_process must be called at the latest: microseconds of CLOCK_MONOTONIC; UINT64_MAX: only the
 * descriptor tells.  It may change with each call of sw_mailer_process. */
SW_EXPORT uint64_t sw_mailer_deadline(const struct sw_mailer *m);
/* The same as poll wants it: milliseconds from now, rounded up; 0 at once, -1 without end. */
SW_EXPORT int sw_mailer_wait_ms(const struct sw_mailer *m);

/* Does what can be done now, and never waits.  *ret is NULL while the call goes on; then its result (to be
 * freed with sw_result_free), or the return is not SW_OK: the call is over either way. */
SW_EXPORT enum sw_err sw_mailer_process(struct sw_mailer *m, struct sw_result **ret);
/* Ends the call now; as an abort by the heartbeat does.  *ret (ret may be NULL) is what is known: not_sent, or
 * uncertain after the final dot; NULL when nothing had begun.  SW_OK also when no call is under way. */
SW_EXPORT enum sw_err sw_mailer_cancel(struct sw_mailer *m, struct sw_result **ret);

#ifdef __cplusplus
}
#endif
#endif
