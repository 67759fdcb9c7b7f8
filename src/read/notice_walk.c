/* SPDX-License-Identifier: MIT */
#include "read/notice_piece.h"

enum { LABEL_NEAR = 60 }; /* bytes of a label and what stands before it on its line */

static int reply_code(struct sw_slice s)
{
	if (s.len < 3 || (s.ptr[0] != '4' && s.ptr[0] != '5') || !sw_ascii_digit(s.ptr[1]) ||
	    !sw_ascii_digit(s.ptr[2]) || (s.len > 3 && !strchr(" -#", s.ptr[3])))
		return 0;
	return (s.ptr[0] - '0') * 100 + (s.ptr[1] - '0') * 10 + (s.ptr[2] - '0');
}

static void command_line(struct piece_cutter *c, size_t i)
{
	const struct notice_line *l = &c->r->lines[i];
	struct notice_person *person = NULL;

	struct notice_piece *p = &c->open;

	/* "mx.example [192.0.2.1]:" before the session. */
	if (c->is_open && p->reply.rank == NOTICE_NO_CODE)
		notice_host_find(sw_slice(c->r->text.ptr + p->at, p->end - p->at), &c->host);
	notice_piece_close(c);
	c->wire = (uint32_t)i;
	person = notice_line_person(c->r, l);
	c->wire_person = person ? (uint32_t)(person - c->r->people) : NOTICE_NOBODY;
}

static void reply_line(struct piece_cutter *c, size_t i)
{
	const struct notice_line *l = &c->r->lines[i];
	int code = reply_code(notice_line_text(c->r, l));

	if (code == 0) {
		notice_piece_close(c);
		return;
	}
	if (!c->is_open || c->open.wire != c->wire || c->open.reply.code != code ||
	    c->r->lines[i - 1].shape != NOTICE_WIRE_IN)
		notice_piece_open(c, i, l->at, l->at, PIECE_WIRE);
	notice_piece_extend(c, i, l->at, l->end);
}

static void note_host(struct piece_cutter *c, const struct notice_line *l)
{
	const struct sw_phrase_hit *h = notice_line_hit(c->r, l, SW_PHRASE_HOST);
	struct sw_slice host;

	if (!h || h->end >= l->end)
		return;
	if (notice_host_find(sw_slice(c->r->text.ptr + h->end, l->end - h->end), &host))
		c->host = host;
}

/* The label of a line: the last one before a reply, since what is behind the reply is the
 * other side's ("said: 552 Error: quota"); without a reply the first one. */
static const struct sw_phrase_hit *label_of(const struct notice_reader *r,
					    const struct notice_line *l)
{
	const struct sw_phrase_hit *found = NULL;
	struct notice_reply reply;

	if (!notice_has(l->roles, SW_PHRASE_REASON))
		return NULL;
	reply = notice_reply_find(notice_line_text(r, l));
	for (uint32_t i = 0; i < l->hits; i++) {
		const struct sw_phrase_hit *h = &r->hits[l->hit + i];

		if (h->role != SW_PHRASE_REASON)
			continue;
		if (reply.rank < NOTICE_CODE_ENHANCED)
			return h;
		if (h->end <= l->at + reply.at && (!found || h->end > found->end))
			found = h;
	}
	return found;
}

/* Past "(expanded from <a@b>)", which may end on the next line. */
static uint32_t past_parent(const struct notice_reader *r, const struct notice_line *l,
			    uint32_t at)
{
	const struct sw_phrase_hit *h = notice_line_hit(r, l, SW_PHRASE_PARENT);
	size_t close;

	if (!h || h->at < at)
		return at;
	close = sw_slice_find(sw_slice(r->text.ptr + h->end, l->end - h->end), ')');
	return h->end + (uint32_t)close + 1 < l->end ? h->end + (uint32_t)close + 1 : l->end;
}

/* A line at the head of which recipients stand. */
static void record_line(struct piece_cutter *c, size_t i, uint32_t last)
{
	struct notice_reader *r = c->r;
	const struct notice_line *l = &r->lines[i];
	const struct sw_phrase_hit *h = label_of(r, l);
	uint32_t rest = r->anchors[last].rest, words;

	notice_piece_close(c);
	if (!c->in_group || !c->group_empty) {
		c->groups[c->group_count] = (struct piece_group){ .first = l->anchor };
		c->group_count++;
	}
	c->groups[c->group_count - 1].end = last + 1;
	c->in_group = c->group_empty = true;
	c->behind = true;
	words = rest = past_parent(r, l, rest);
	if (h && h->at >= rest)
		words = h->end < l->end ? h->end : l->end;
	while (words < l->end && strchr(" \t:;,.-=>", r->text.ptr[words]))
		words++;
	if (!notice_has_text(sw_slice(r->text.ptr + words, l->end - words))) {
		c->label = words > rest && h && h->at >= rest;
		return;
	}
	notice_piece_open(c, i, rest, words, PIECE_BEHIND);
	notice_piece_extend(c, i, words, l->end);
}

/* An address of a recipient; those of others stand in greetings and in advice. */
static bool names_somebody(const struct notice_reader *r, const struct notice_line *l)
{
	for (uint32_t k = l->anchor; k < l->anchor + l->anchors; k++)
		if (r->anchors[k].recipient != NOTICE_NOBODY)
			return true;
	return false;
}

/* What a paragraph is worth by how it begins. */
static int text_points(const struct piece_cutter *c, const struct notice_line *l)
{
	const uint32_t intro =
		1U << SW_PHRASE_FAILED | 1U << SW_PHRASE_DELAYED | 1U << SW_PHRASE_GAVE_UP;

	if (c->label)
		return PIECE_LABEL;
	if (c->behind)
		return PIECE_BEHIND;
	if (l->anchors == 0 ? notice_has(l->roles, SW_PHRASE_RECIPIENTS)
			    : !names_somebody(c->r, l))
		return PIECE_ANNOUNCES;
	return l->roles & intro ? PIECE_INTRO : PIECE_TEXT;
}

/* A label in the line: the reason is what stands behind it, or what follows. */
static bool label_line(struct piece_cutter *c, size_t i)
{
	const struct notice_reader *r = c->r;
	const struct notice_line *l = &r->lines[i];
	const struct sw_phrase_hit *h = label_of(c->r, l);
	uint32_t words;

	struct notice_piece before = c->open;
	bool was_open = c->is_open;

	if (!h)
		return false;
	words = h->end < l->end ? h->end : l->end;
	while (words < l->end && strchr(" \t:;,.-=>'\"(", c->r->text.ptr[words]))
		words++;
	if (!notice_has_text(sw_slice(c->r->text.ptr + words, l->end - words))) {
		/* The paragraph before, whatever it says of hosts and stages, is part of it.
		 */
		if (c->is_open && c->open.reply.rank < NOTICE_CODE_ENHANCED) {
			c->open.score = PIECE_LABEL;
			notice_piece_extend(c, i, l->at, l->end);
			c->open.words = l->end;
			return true;
		}
		notice_piece_close(c);
		c->label = true;
		return true;
	}
	if (was_open && before.reply.rank < NOTICE_CODE_ENHANCED &&
	    words - l->at < LABEL_NEAR &&
	    notice_reply_find(sw_slice(r->text.ptr + words, l->end - words)).rank >=
		    NOTICE_CODE_LIKELY) {
		/* "192.0.2.1 does not like recipient. / Remote host said: 550 ...": the lines
		 * before tell whom and when. */
		c->open.words = words;
		c->open.score = PIECE_LABEL;
	} else {
		notice_piece_open(c, i, l->at, words, PIECE_LABEL);
	}
	notice_piece_extend(c, i, words, l->end);
	return true;
}

/* A line with a reply of its own, where there is one already: another code, or the same about
 * somebody. */
static bool is_next_reply(const struct piece_cutter *c, size_t i)
{
	const struct notice_line *l = &c->r->lines[i];
	struct notice_reply reply;

	if (c->open.reply.code == 0 || c->open.reply.rank < NOTICE_CODE_LIKELY)
		return false;
	reply = notice_reply_find(notice_line_text(c->r, l));
	if (reply.code == 0 || reply.rank < NOTICE_CODE_LIKELY)
		return false;
	if (reply.code != c->open.reply.code)
		return true;
	return notice_line_person(c->r, l) != NULL;
}

static void text_line(struct piece_cutter *c, size_t i)
{
	const struct notice_line *l = &c->r->lines[i];
	int code = reply_code(notice_line_text(c->r, l));

	if (notice_has(l->roles, SW_PHRASE_SKIP) && !c->is_open && code == 0 && !c->behind)
		return;
	if (label_line(c, i))
		return;
	if (!c->is_open || c->open.end - c->open.at > SW_MAX_DIAGNOSTIC || is_next_reply(c, i))
		notice_piece_open(c, i, l->at, l->at, text_points(c, l));
	notice_piece_extend(c, i, l->at, l->end);
}

/* The last of the recipients at the head of a line, or NOTICE_NOBODY. */
static uint32_t last_leading(const struct notice_reader *r, const struct notice_line *l)
{
	uint32_t last = NOTICE_NOBODY;

	for (uint32_t k = l->anchor; k < l->anchor + l->anchors; k++) {
		const struct notice_anchor *a = &r->anchors[k];

		if (!a->leads || a->recipient == NOTICE_NOBODY)
			break;
		last = k;
	}
	return last;
}

static void blank_line(struct piece_cutter *c)
{
	/* "said:" at the end of a paragraph: its words are still to come. */
	if (c->is_open && c->open.score == PIECE_LABEL && c->open.words == c->open.end) {
		c->is_open = false;
		c->label = true;
	}
	notice_piece_close(c);
}

static void heading_line(struct piece_cutter *c, size_t i)
{
	const struct notice_line *l = &c->r->lines[i];

	notice_piece_close(c);
	if (l->shape != NOTICE_HEADING)
		return;
	c->label = notice_has(l->roles, SW_PHRASE_REASON);
	c->in_group = c->behind = false;
}

/* "... said: 550" / "<a@b>: User unknown": the reply that began in the line before is about
 * the recipient whose record this is. */
static bool goes_on(const struct piece_cutter *c, const struct notice_line *l, uint32_t last)
{
	const struct notice_reader *r = c->r;
	const struct notice_anchor *head;

	if (!c->is_open || !c->in_group || l->indent == 0)
		return false;
	head = &r->anchors[c->groups[c->group_count - 1].end - 1];
	return head->recipient == r->anchors[last].recipient &&
	       l->indent > r->lines[head->line].indent;
}

void notice_piece_line(struct piece_cutter *c, size_t i)
{
	const struct notice_line *l = &c->r->lines[i];
	uint32_t last;

	if (l->quoted) {
		notice_piece_close(c);
		return;
	}
	note_host(c, l);
	last = l->shape == NOTICE_WIRE_OUT || l->shape == NOTICE_WIRE_IN
		       ? NOTICE_NOBODY
		       : last_leading(c->r, l);
	if (last != NOTICE_NOBODY && !goes_on(c, l, last)) {
		record_line(c, i, last);
		return;
	}
	switch ((enum notice_shape)l->shape) {
	case NOTICE_BLANK:
		blank_line(c);
		break;
	case NOTICE_RULE:
	case NOTICE_BOUNDARY:
		notice_piece_close(c);
		break;
	case NOTICE_HEADING:
		heading_line(c, i);
		break;
	case NOTICE_WIRE_OUT:
		command_line(c, i);
		break;
	case NOTICE_WIRE_IN:
		reply_line(c, i);
		break;
	case NOTICE_FIELD:
	case NOTICE_TEXT:
		text_line(c, i);
		break;
	}
}
