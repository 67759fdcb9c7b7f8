/* SPDX-License-Identifier: MIT */
/* Many messages over several sessions with one server (or, with mx, with the recipients' own):
 * each message comes back once, with the caller's tag and what became of it.
 *
 *	struct sw_pool *pool = sw_pool_new(mailer, 4);
 *	sw_pool_on_result(pool, done, arg);
 *	sw_pool_add(pool, message, SW_POOL_TAKE, tag); ...
 *	sw_pool_run(pool);
 *
 * Messages are streamed: where the server takes commands in groups the next one rides behind
 * the end of the one before.  When a session breaks, the message whose end had left is
 * uncertain and is never sent again; one that was not committed goes over another session,
 * once.  While the server cannot be reached the pool waits for it, for a time; a refused login
 * or certificate ends it at once, and so does a server that takes no message at all without a
 * login or TLS: what is left comes back not_sent. */
#ifndef SENDWELL_POOL_H
#define SENDWELL_POOL_H

#include <sendwell/mailer.h>

#ifdef __cplusplus
extern "C" {
#endif

struct sw_pool;
struct sw_pool_account; /* what became of one message */

enum sw_pool_take {
	SW_POOL_BORROW = 0, /* the message stays the caller's, and lives until its result */
	SW_POOL_TAKE       /* the pool frees it when its result was told */
};

/* Called once for each message that was added; the account is borrowed for the call.  It may
 * add others. */
typedef void (*sw_pool_result_fn)(void *arg, void *tag, const struct sw_pool_account *a);
/* Called when a session has nothing to do: adds one or some, and returns 1; 0 when there are
 * no more. */
typedef int (*sw_pool_feed_fn)(void *arg);
/* Both run on the stack of sw_pool_run or sw_pool_process, which are refused in there (SW_E_USAGE). */

/* The mailer's settings are those of every session (server, TLS, certificates, login, source,
 * ...), so no session is ever shared between different ones.  It is borrowed: from the pool's
 * first step until it is freed the mailer's own calls and changes are refused (SW_E_USAGE);
 * its heartbeat aborts the pool.  NULL without memory, or for `sessions` not 1 to 1000. */
SW_EXPORT struct sw_pool *sw_pool_new(struct sw_mailer *m, unsigned sessions);
/* Says QUIT to sessions, and frees messages that were taken; what is under way is not told any
 * more. Inside of a callback: at the end of the call that it belongs to. */
SW_EXPORT void sw_pool_free(struct sw_pool *p);
SW_EXPORT void sw_pool_on_result(struct sw_pool *p, sw_pool_result_fn fn, void *arg);
SW_EXPORT void sw_pool_on_feed(struct sw_pool *p, sw_pool_feed_fn fn, void *arg);
/* Each line of the dialogues as it comes, as sw_mailer_on_dialogue; `session` tells them apart: the sessions
 * are numbered from 1 in the order in which they were begun, those that came to nothing, too. To be set
 * before the first step. */
typedef void (*sw_pool_dialogue_fn)(void *arg, uint64_t session, double ms, const char *mark,
				    const char *text);
SW_EXPORT void sw_pool_on_dialogue(struct sw_pool *p, sw_pool_dialogue_fn fn, void *arg);
/* Messages begun in a second, over all sessions; 0: as many as go. */
SW_EXPORT enum sw_err sw_pool_set_rate(struct sw_pool *p, double per_second);
/* Messages of one session; 0: as many as the server takes (LIMITS MAILMAX is obeyed always).
 */
SW_EXPORT void sw_pool_set_session_messages(struct sw_pool *p, uint64_t most);
/* How long the server may be out of reach until what is left is given up (preset 60). */
SW_EXPORT void sw_pool_set_outage(struct sw_pool *p, unsigned seconds);
/* 0: each message waits for the answer to the one before.  Preset 1. */
SW_EXPORT void sw_pool_set_streaming(struct sw_pool *p, int on);

/* Finishes the message (an error of that is returned, and it was not added).  One message is
 * added once at a time. */
SW_EXPORT enum sw_err sw_pool_add(struct sw_pool *p, struct sw_message *message,
				  enum sw_pool_take take, void *tag);
/* Until everything has its result. */
SW_EXPORT enum sw_err sw_pool_run(struct sw_pool *p);
/* The same stepped by the caller's loop, as sendwell/step.h: does what can be done now.
 * *ret_busy is 0 when everything has its result. */
SW_EXPORT enum sw_err sw_pool_process(struct sw_pool *p, int *ret_busy);
SW_EXPORT int sw_pool_fd(struct sw_pool *p);
SW_EXPORT int sw_pool_wait_ms(struct sw_pool *p);
/* Nothing new is begun: what waits comes back not_sent, what is under way is brought to its
 * end. */
SW_EXPORT void sw_pool_stop(struct sw_pool *p);

struct sw_pool_counts {
	uint64_t accepted, rejected, deferred, uncertain, not_sent, partial; /* messages */
	uint64_t waiting;                                                    /* not told yet */
	uint64_t sessions; /* that were opened */
};
SW_EXPORT struct sw_pool_counts sw_pool_counts(const struct sw_pool *p);
/* Since the first step; 0 before it. */
SW_EXPORT double sw_pool_ms(const struct sw_pool *p);
SW_EXPORT const char *sw_pool_error_text(const struct sw_pool *p);
/* When what is of the session and not of a message ended it all (a login, a certificate, a server
 * that is away for too long): the result of the message with which that was found out, with its
 * sentence and its facts; sw_diagnose of the mailer begins from them.  NULL: nothing did.  Belongs to
 * the pool. */
SW_EXPORT struct sw_result *sw_pool_failure(struct sw_pool *p);

/* Texts are redacted and escaped: safe to print; borrowed until the callback returns. */
SW_EXPORT enum sw_summary sw_pool_account_summary(const struct sw_pool_account *a);
SW_EXPORT enum sw_stage sw_pool_account_stage(const struct sw_pool_account *a);
SW_EXPORT size_t sw_pool_account_recipient_count(const struct sw_pool_account *a);
SW_EXPORT struct sw_result_recipient sw_pool_account_recipient(const struct sw_pool_account *a,
							       size_t i);
/* What ended it when no reply did ("the connection was closed"), "" else. */
SW_EXPORT const char *sw_pool_account_trouble(const struct sw_pool_account *a);
SW_EXPORT const char *sw_pool_account_queue_id(const struct sw_pool_account *a);
SW_EXPORT const struct sw_message *sw_pool_account_message(const struct sw_pool_account *a);
SW_EXPORT double sw_pool_account_ms(const struct sw_pool_account *a);
SW_EXPORT unsigned
sw_pool_account_tries(const struct sw_pool_account *a); /* sessions it was given to */
/* The number of the session that it was given to last, as sw_pool_on_dialogue has it; 0: to none. */
SW_EXPORT uint64_t sw_pool_account_session(const struct sw_pool_account *a);
/* 1: that session was opened for this message. */
SW_EXPORT int sw_pool_account_opened(const struct sw_pool_account *a);
/* 1: nothing is wrong with the message. What ended the pool (sw_pool_failure) kept it back, or befell it
 * likewise. */
SW_EXPORT int sw_pool_account_held_back(const struct sw_pool_account *a);
/* 1: this is the message with which that was found out. */
SW_EXPORT int sw_pool_account_ended_all(const struct sw_pool_account *a);
/* The server of that session, and its TLS; name "": there was none. */
SW_EXPORT struct sw_result_server sw_pool_account_server(const struct sw_pool_account *a);
/* The whole result, with a case: how the session came to be, and what became of this message in it.
 * sw_result_free; NULL without memory. It costs more than all else here. */
SW_EXPORT struct sw_result *sw_pool_account_result(const struct sw_pool_account *a);
/* As sw_result_exit_status. */
SW_EXPORT int sw_pool_account_exit_status(const struct sw_pool_account *a);

#ifdef __cplusplus
}
#endif
#endif
