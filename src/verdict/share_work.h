/* SPDX-License-Identifier: MIT */
/* Between the files of share*.c. */
#ifndef SW_VERDICT_SHARE_WORK_H
#define SW_VERDICT_SHARE_WORK_H

#include "verdict/share.h"

struct sw_share_word {
	struct sw_slice from, to;
};
struct sw_share_words {
	struct sw_share_word *at;
	size_t count, cap;
};
struct sw_share {
	const uint8_t *salt;
	struct sw_arena arena;
	struct sw_share_words words;     /* to replace where they stand alone; sorted */
	struct sw_share_words labels;    /* of domains: no secret any more; sorted */
	struct sw_share_words addresses; /* as they came up */
	unsigned used[2][3];             /* addresses given out, by family and kind */
};

/* Sorts by `from`, without regard to case, each once. */
void sw_share_sort(struct sw_share_words *w);
const struct sw_share_word *sw_share_find(const struct sw_share_words *w,
					  struct sw_slice from);
enum sw_err sw_share_put(struct sw_share_words *w, struct sw_slice from,
			 struct sw_slice to) SW_MUST_USE;

/* "x" and hex digits of the keyed hash, appended. */
enum sw_err sw_share_hash(const struct sw_share *s, struct sw_slice text,
			  struct sw_buf *out) SW_MUST_USE;
/* A local part, part by part. */
enum sw_err sw_share_local(const struct sw_share *s, struct sw_slice local,
			   struct sw_buf *out) SW_MUST_USE;
/* Where a mail address is in the text, from *pos on: its local part and its domain. */
bool sw_share_next_address(struct sw_slice text, size_t *pos, struct sw_slice *ret_local,
			   struct sw_slice *ret_domain);
/* postmaster and the like: nobody's name. */
bool sw_share_is_role(struct sw_slice local);
/* One text through all passes. */
enum sw_err sw_share_text(struct sw_share *s, struct sw_slice text,
			  struct sw_buf *out) SW_MUST_USE;

#endif
