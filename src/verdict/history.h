/* SPDX-License-Identifier: MIT */
/* What became of earlier deliveries of the same user: one line a recipient of an attempt,
 * oldest first, in a small file that api/history.c keeps. No address, subject or word of a
 * message stands in it: who wrote to whom, and the server's words, are keyed hashes that only
 * say "the same" or "another". */
#ifndef SW_VERDICT_HISTORY_H
#define SW_VERDICT_HISTORY_H

#include "verdict/facts.h"

enum { SW_HISTORY_KEY = 32 }; /* bytes */

/* The fields of a line, in its order; "-" stands for an empty one. */
enum sw_history_field {
	SW_HISTORY_TIME = 0, /* seconds since 1970 UTC */
	SW_HISTORY_KIND,     /* send, verify */
	SW_HISTORY_HOST, /* the server, or "@" and the recipient's domain on the way by MX */
	SW_HISTORY_PORT,
	SW_HISTORY_SOURCE,    /* our address; "" when nothing connected */
	SW_HISTORY_SENDER,    /* hash */
	SW_HISTORY_STEM,      /* hash of the sender without what changes each time; "" none */
	SW_HISTORY_RECIPIENT, /* hash; "" of a session without one */
	SW_HISTORY_OUTCOME,
	SW_HISTORY_STAGE,
	SW_HISTORY_CODE,
	SW_HISTORY_CATEGORY,
	SW_HISTORY_WORDS,   /* hash of the reply's words without numbers */
	SW_HISTORY_MESSAGE, /* hash of the Message-ID */
	SW_HISTORY_FIELDS
};
struct sw_history_line {
	struct sw_slice at[SW_HISTORY_FIELDS];
};

/* False: not one of ours (another version, cut, changed by hand); such lines are passed over.
 */
bool sw_history_read(struct sw_slice text, struct sw_history_line *ret);
enum sw_err sw_history_write(const struct sw_history_line *l, struct sw_buf *out) SW_MUST_USE;
/* Appends the hash of a text, case apart; nothing for the empty one. */
enum sw_err sw_history_hash(const uint8_t key[SW_HISTORY_KEY], struct sw_slice text,
			    struct sw_buf *out) SW_MUST_USE;
/* An address without the parts that programs change from one sending to the next (VERP, BATV,
 * SRS stamps): "bounces+4711-x9f2@a.example" gives "bounces@a.example". Nothing is left of one
 * that is but a stamp. */
enum sw_err sw_history_stem(struct sw_slice address, struct sw_buf *out) SW_MUST_USE;
/* A reply's words without those that hold a digit: times, addresses, queue ids. */
enum sw_err sw_history_words(struct sw_slice text, struct sw_buf *out) SW_MUST_USE;
/* States what the lines before say to `now`, the attempt that has just ended. */
void sw_history_state(struct sw_slice lines, const struct sw_history_line *now,
		      struct sw_slice message_id, struct sw_facts *f, uint64_t now_us);

#endif
