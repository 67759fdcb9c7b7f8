/* SPDX-License-Identifier: MIT */
/* Cuts the notice into stretches that may be reasons, finds out whose they are, and keeps the
 * best of each recipient.
 *
 * Recipients that stand one under the other form a group; what comes behind them is theirs,
 * until the next group.  A stretch that names one recipient is that one's.  What stands before
 * all recipients, or in a session's transcript, is everybody's. */
#ifndef SW_READ_NOTICE_PIECE_H
#define SW_READ_NOTICE_PIECE_H

#include "read/notice_private.h"

/* What a piece is worth, before its reply is counted. */
enum {
	PIECE_ANNOUNCES = 0, /* "the following addresses failed": no reason yet */
	PIECE_TEXT = 1,      /* some paragraph */
	PIECE_INTRO = 2,     /* a sentence that says that it failed, and perhaps why */
	PIECE_BEHIND = 5,    /* right behind a recipient */
	PIECE_WIRE = 6,      /* what the other side answered */
	PIECE_LABEL = 6,     /* "Reason:" */
	PIECE_RULE = 6,      /* words that the knowledge room knows */
	PIECE_BARE = 3,      /* less for a code without any words */
	PIECE_OWN = 2,       /* it is this recipient's, not everybody's */
};

struct piece_group {
	uint32_t first, end; /* anchors */
	struct notice_piece best;
};

struct piece_cutter {
	struct notice_reader *r;
	struct notice_piece open; /* when is_open */
	bool is_open;
	struct notice_piece all; /* everybody's best */
	struct piece_group *groups;
	size_t group_count;
	bool in_group;    /* a group's text goes on */
	bool group_empty; /* and has had none so far */
	bool behind;      /* the last content was a recipient */
	bool label;       /* a label stood alone: what follows is the reason */
	uint32_t wire;    /* last command, or NOTICE_NOBODY */
	uint32_t wire_person;
	struct sw_slice host; /* named last */
	unsigned rules_tried;
};

/* notice_piece.c: pieces begin, grow, end and find their owner. */
void notice_piece_open(struct piece_cutter *c, size_t line, uint32_t at, uint32_t words,
		       int points);
void notice_piece_extend(struct piece_cutter *c, size_t line, uint32_t from, uint32_t end);
void notice_piece_close(struct piece_cutter *c);
/* The first recipient on a line, or NULL. */
struct notice_person *notice_line_person(const struct notice_reader *r,
					 const struct notice_line *l);
/* notice_walk.c: what line i begins, goes on with or ends. */
void notice_piece_line(struct piece_cutter *c, size_t i);

#endif
