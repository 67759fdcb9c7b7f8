/* SPDX-License-Identifier: MIT */
/* Recipients of a job that go the same way, and what becomes of them. */
#ifndef SW_CLIENT_PART_H
#define SW_CLIENT_PART_H

#include "client/session.h"

/* The recipients of one domain, of one transaction, or all of them. */
struct sw_part {
	struct sw_context *c;
	struct sw_delivery *d;
	struct sw_job job;   /* its recipients only */
	const size_t *which; /* their places in the delivery; NULL: all, in order */
};

struct sw_delivery_recipient *sw_part_recipient(const struct sw_part *p, size_t i);
/* The mail for the machine, without its recipients. */
struct sw_smtp_mail sw_part_envelope(const struct sw_part *p, const struct sw_session *s);
/* The one recipient of a part, of whom the machine said this. */
void sw_part_settle_state(const struct sw_part *p, struct sw_session *s,
			  const struct sw_smtp_rcpt_state *st);
/* All of them share one fate: nobody was asked about them. */
void sw_part_settle_all(const struct sw_part *p, enum sw_ending ending, enum sw_stage stage,
			const struct sw_reply *reply);
/* What the session's last transaction knows; its recipients are those of the part. */
void sw_part_settle(const struct sw_part *p, struct sw_session *s);

/* As many transactions as the recipients need in a session that is READY: what the server says
 * of its limits (RFC 9422) is kept, who was refused as one too many goes into the next, and a
 * message whose BDAT is refused goes again with DATA. Settles all that it asked about.
 * *ret_begun: a transaction was. `left`, room for all recipients, takes the places (in the
 * part) of those that another session must take; *ret_left their number. */
enum sw_err sw_part_transact(const struct sw_part *p, struct sw_session *s, bool *ret_begun,
			     size_t *left, size_t *ret_left, struct sw_error *err) SW_MUST_USE;

/* ---- attempt_facts.c ---- */
void sw_part_state_env(const struct sw_part *p);
void sw_part_state_wish(const struct sw_part *p);
/* What became of each recipient, and how long each stage took. */
void sw_part_state_results(struct sw_context *c, const struct sw_delivery *d);

#endif
