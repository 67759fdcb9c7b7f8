/* SPDX-License-Identifier: MIT */
/* The reader of notices from the inside: the text is cut into lines with their shapes, phrases
 * and fields (notice_line), the part that was sent back is cut off (notice_original),
 * recipients are found (notice_anchor) and pieces of text that may be reasons (notice_piece);
 * each recipient gets its best piece (notice_choose); the whole is weighed (notice_judge). */
#ifndef SW_READ_NOTICE_PRIVATE_H
#define SW_READ_NOTICE_PRIVATE_H

#include "base/limits.h"
#include "knowledge/phrase.h"
#include "read/notice.h"
#include "read/notice_scan.h"

enum notice_shape {
	NOTICE_TEXT = 0,
	NOTICE_BLANK,
	NOTICE_RULE,     /* punctuation only */
	NOTICE_HEADING,  /* words between punctuation: "----- Text -----" */
	NOTICE_FIELD,    /* "Name: value" with a name that mail uses */
	NOTICE_BOUNDARY, /* of a MIME part that nobody unpacked */
	NOTICE_WIRE_OUT, /* ">>> RCPT TO:<a@b>" */
	NOTICE_WIRE_IN,  /* "<<< 550 ..." */
};

/* Fields, of which some mark the head of a message, some a report (RFC 3464). */
enum notice_field {
	NOTICE_F_NONE = 0,
	NOTICE_F_TRANSPORT, /* only whole messages have it */
	NOTICE_F_MIME,
	NOTICE_F_OTHER,
	NOTICE_F_MESSAGE_ID,
	NOTICE_F_FROM,
	NOTICE_F_TO,
	NOTICE_F_SUBJECT,
	NOTICE_F_DATE,
	/* Of reports; keep them last. */
	NOTICE_F_FINAL,
	NOTICE_F_ORIGINAL,
	NOTICE_F_ACTION,
	NOTICE_F_STATUS,
	NOTICE_F_DIAGNOSTIC,
	NOTICE_F_REMOTE,
	NOTICE_F_REPORTER,
	NOTICE_F_REPORT,
};
static inline bool notice_is_report(enum notice_field f)
{
	return f >= NOTICE_F_FINAL;
}

enum { NOTICE_NOBODY = UINT32_MAX };

struct notice_line {
	uint32_t at, end;   /* of the text, without blanks around */
	uint32_t hit, hits; /* phrases that begin here: reader.hits[hit...] */
	uint32_t roles;     /* their roles, 1 << enum sw_phrase_role; labels only where they
			       stand as labels */
	uint32_t anchor, anchors; /* addresses that stand here */
	uint16_t indent;
	uint8_t shape; /* enum notice_shape */
	uint8_t field; /* enum notice_field */
	bool quoted;   /* fields of the original in the middle of the notice */
	bool list;     /* behind words that announce recipients */
};

/* An address of the text. */
struct notice_anchor {
	uint32_t at, end; /* the address */
	uint32_t rest;    /* the words behind it on its line */
	uint32_t line;
	uint32_t recipient; /* reader.people[], NOTICE_NOBODY while it is none */
	int16_t score;
	bool leads;  /* stands at the head of its line: a record begins */
	bool parent; /* "(generated from a@b)" */
	bool known;  /* named by the header or a report */
};

/* A stretch of text that may be the reason. */
struct notice_piece {
	uint32_t at, end;     /* from the first byte to the last */
	uint32_t words;       /* where the other side's own words begin */
	uint32_t line, lines; /* first and how many */
	uint32_t wire;        /* the command line it answers, or NOTICE_NOBODY */
	int score;            /* 0: none */
	struct notice_reply reply;
	struct sw_slice host; /* named on a line before */
};

/* Where we know somebody from. */
enum notice_source { NOTICE_BY_CALLER, NOTICE_BY_HEADER, NOTICE_BY_REPORT, NOTICE_BY_TEXT };

struct notice_person {
	struct sw_bounce_recipient *to; /* what is told to the caller, NULL: nothing yet */
	struct sw_slice address, final, parent;
	enum notice_source source;
	uint32_t line; /* where it was named first, or NOTICE_NOBODY */
	struct notice_piece best;
	struct sw_slice status, action, remote; /* fields of a report inside the text */
};

struct notice_reader {
	const struct sw_knowledge *k;
	struct sw_arena *arena;
	const struct sw_notice *in;
	struct sw_bounce *ret;
	struct sw_slice text; /* what is read, at most SW_MAX_NOTICE_TEXT */
	struct sw_slice head; /* header fields that may hold signs, opened for the phrases */
	uint32_t head_roles;  /* phrases in there */
	bool answers;         /* In-Reply-To */
	int head_weight;      /* how much the header speaks for a bounce */
	uint16_t layout;
	bool sure_layout; /* by a sign, not by a hint */
	bool cut;
	struct sw_slice own_to; /* To of the notice: who sent the original */

	struct sw_phrase_hit *hits;
	size_t hit_count;
	struct notice_line *lines;
	size_t line_count;
	size_t end;     /* the line with which the returned message begins, or line_count */
	uint32_t roles; /* of all lines before the end */

	struct notice_anchor *anchors;
	size_t anchor_count;
	struct notice_person *people;
	size_t person_count, person_room;
	uint32_t *table; /* open hash of people, by address */
	size_t table_size;
	struct sw_slice action, status, remote; /* of a report that names nobody */
	struct notice_piece told;
	struct sw_slice reporter;
	bool reported;   /* the text holds a report */
	size_t accepted; /* people who are told of */
	size_t codes;    /* replies found for them */

	struct { /* of the returned message, as slices of the text */
		struct sw_slice message_id, from, date, subject, to, text;
	} original;
};

static inline bool notice_has(uint32_t roles, enum sw_phrase_role role)
{
	return (roles >> role) & 1U;
}
static inline struct sw_slice notice_line_text(const struct notice_reader *r,
					       const struct notice_line *l)
{
	return sw_slice(r->text.ptr + l->at, l->end - l->at);
}

/* notice_head.c: what the header says. */
enum sw_err notice_head_read(struct notice_reader *r);
/* A field's value for people: unfolded, encoded words decoded; NULL without memory. */
const char *notice_field_text(struct notice_reader *r, struct sw_slice value);
/* The first field of that name in a raw header, still folded. */
struct sw_slice notice_header_find(struct sw_slice header, struct sw_slice name);
/* Looks for phrases: r->hits, r->hit_count, and the layout whose signs weigh most. */
enum sw_err notice_phrases_find(struct notice_reader *r, struct sw_slice text);
/* notice_json.c: a JSON document as lines with the fields of a report. */
bool notice_is_json(struct sw_slice text);
enum sw_err notice_json_flatten(struct notice_reader *r);
/* notice_line.c */
enum sw_err notice_lines_read(struct notice_reader *r);
const struct sw_phrase_hit *notice_line_hit(const struct notice_reader *r,
					    const struct notice_line *l,
					    enum sw_phrase_role role);
/* Letters of any script; letters or digits. */
bool notice_has_words(struct sw_slice s);
bool notice_has_text(struct sw_slice s);
enum notice_field notice_field_of(struct sw_slice line, size_t *ret_value);
/* notice_original.c: sets `end`, marks quoted fields, reads them. */
void notice_original_find(struct notice_reader *r);
/* notice_people.c: first those whom the caller or the header names; then, with the anchors,
 * those of the text. */
enum sw_err notice_people_begin(struct notice_reader *r);
enum sw_err notice_people_gather(struct notice_reader *r);
struct notice_person *notice_person_find(const struct notice_reader *r,
					 struct sw_slice address);
/* NULL when there is no room for more, or no memory. */
struct notice_person *notice_person_add(struct notice_reader *r, struct sw_slice address,
					enum notice_source source);
/* notice_report.c: fields of RFC 3464 that stand in the text. */
void notice_report_read(struct notice_reader *r);
/* notice_anchor.c */
enum sw_err notice_anchors_find(struct notice_reader *r);
/* notice_piece.c: gives each person the best reason. */
enum sw_err notice_pieces_give(struct notice_reader *r);
/* notice_fill.c */
enum sw_err notice_fill(struct notice_reader *r);
/* notice_judge.c: true when it is a bounce; says why, or why not. */
bool notice_judge(struct notice_reader *r);

#endif
