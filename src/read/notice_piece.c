/* SPDX-License-Identifier: MIT */
/* Cuts the notice into stretches that may be reasons, finds out whose they are, and keeps the
 * best of each recipient.
 *
 * Recipients that stand one under the other form a group; what comes behind them is theirs,
 * until the next group.  A stretch that names one recipient is that one's.  What stands before
 * all recipients, or in a session's transcript, is everybody's. */
#include "knowledge/classify.h"
#include "read/notice_private.h"

/* Points. */
enum {
	POINTS_ANNOUNCES = 0, /* "the following addresses failed": no reason yet */
	POINTS_TEXT = 1,   /* some paragraph */
	POINTS_INTRO = 2,  /* a sentence that says that it failed, and perhaps why */
	POINTS_BEHIND = 5, /* right behind a recipient */
	POINTS_WIRE = 6,   /* what the other side answered */
	POINTS_LABEL = 6,  /* "Reason:" */
	POINTS_RULE = 3,   /* words that the knowledge room knows */
	POINTS_BARE = 3,   /* less for a code without any words */
	POINTS_OWN = 2,	   /* it is this recipient's, not everybody's */
};
enum { LABEL_NEAR = 60 }; /* bytes of a label and what stands before it on its line */
/* Looking up words costs more than the rest: only for the first few stretches without a code. */
enum { RULES_TRIED = 24 };

struct group {
	uint32_t first, end; /* anchors */
	struct notice_piece best;
};

struct cutter {
	struct notice_reader *r;
	struct notice_piece open; /* when is_open */
	bool is_open;
	struct notice_piece all;  /* everybody's best */
	struct group *groups;
	size_t group_count;
	bool in_group;	   /* a group's text goes on */
	bool group_empty;  /* and has had none so far */
	bool behind;	   /* the last content was a recipient */
	bool label;	   /* a label stood alone: what follows is the reason */
	uint32_t wire;	   /* last command, or NOTICE_NOBODY */
	uint32_t wire_person;
	struct sw_slice host; /* named last */
	unsigned rules_tried;
};

static int rank_points(enum notice_rank rank)
{
	static const int points[] = {
		[NOTICE_NO_CODE] = 0,	    [NOTICE_CODE_PERHAPS] = 1, [NOTICE_CODE_ENHANCED] = 5,
		[NOTICE_CODE_LIKELY] = 6, [NOTICE_CODE_SURE] = 8,
	};

	return points[rank];
}

/* ---- whose it is ---- */

static void keep(struct notice_piece *best, const struct notice_piece *p)
{
	if (p->score > best->score)
		*best = *p;
}

/* The recipient that a piece names, NULL for none or several. */
static struct notice_person *named(const struct notice_reader *r, const struct notice_piece *p)
{
	struct notice_person *found = NULL;

	for (uint32_t i = p->line; i < p->line + p->lines; i++) {
		const struct notice_line *l = &r->lines[i];

		for (uint32_t k = l->anchor; k < l->anchor + l->anchors; k++) {
			const struct notice_anchor *a = &r->anchors[k];
			struct notice_person *person;

			if (a->at < p->at || a->at >= p->end || a->parent)
				continue;
			person = notice_person_find(
				r, sw_slice(r->text.ptr + a->at, a->end - a->at));
			if (!person)
				continue;
			if (found && found != person)
				return NULL;
			found = person;
		}
	}
	return found;
}

static void give(struct cutter *c, struct notice_piece *p)
{
	struct notice_reader *r = c->r;
	struct notice_person *person;

	if (c->in_group && p->line == r->anchors[c->groups[c->group_count - 1].end - 1].line) {
		keep(&c->groups[c->group_count - 1].best, p);
		return;
	}
	if (p->wire != NOTICE_NOBODY && c->wire_person != NOTICE_NOBODY)
		person = &r->people[c->wire_person];
	else
		person = named(r, p);
	if (person)
		keep(&person->best, p);
	else if (c->in_group)
		keep(&c->groups[c->group_count - 1].best, p);
	else
		keep(&c->all, p);
}

/* ---- opening and closing ---- */

static bool says_something(struct cutter *c, const struct notice_piece *p)
{
	struct sw_reply_context context = { 0 };
	struct sw_class class;

	if (c->rules_tried++ >= RULES_TRIED)
		return false;
	sw_classify(c->r->k, sw_slice(c->r->text.ptr + p->words, p->end - p->words), &context,
		    &class);
	return class.by == SW_BY_RULE;
}

static void close_piece(struct cutter *c)
{
	struct notice_piece p = c->open;

	if (!c->is_open || p.end <= p.words) {
		c->is_open = false;
		return;
	}
	c->is_open = false;
	p.score += rank_points(p.reply.rank);
	if (p.reply.rank >= NOTICE_CODE_LIKELY && 
	    !notice_has_words(sw_slice(c->r->text.ptr + p.reply.at, p.end - p.reply.at)))
		p.score -= POINTS_BARE;
	if (p.reply.rank <= NOTICE_CODE_PERHAPS && says_something(c, &p))
		p.score += POINTS_RULE;
	give(c, &p);
	c->group_empty = false;
}

static void open_piece(struct cutter *c, size_t line, uint32_t at, uint32_t words, int score)
{
	const struct notice_line *l = &c->r->lines[line];

	close_piece(c);
	c->open = (struct notice_piece){
		.at = at,
		.words = words,
		.end = words,
		.line = (uint32_t)line,
		.wire = l->shape == NOTICE_WIRE_IN ? c->wire : NOTICE_NOBODY,
		.host = c->host,
		.score = score,
	};
	c->is_open = true;
	c->behind = c->label = false;
}

/* The reply of a further line: a better one wins; "(#5.2.2)" or a status on the next line
 * completes the code. */
static void join_reply(struct notice_reply *all, struct notice_reply more, size_t offset)
{
	if (more.rank == NOTICE_NO_CODE)
		return;
	more.at += offset;
	if (more.rank == NOTICE_CODE_ENHANCED && all->code && all->enhanced.class == 0 &&
	    more.enhanced.class == all->code / 100) {
		all->enhanced = more.enhanced;
		all->rank = NOTICE_CODE_SURE;
	} else if (more.rank > all->rank) {
		*all = more;
	}
}

static void extend(struct cutter *c, size_t line, uint32_t from, uint32_t end)
{
	struct notice_piece *p = &c->open;
	struct sw_slice more = sw_slice(c->r->text.ptr + from, end - from);

	join_reply(&p->reply, notice_reply_find(more), from);
	p->end = end;
	p->lines = (uint32_t)(line - p->line + 1);
}

/* ---- lines ---- */

static int reply_code(struct sw_slice s)
{
	if (s.len < 3 || (s.ptr[0] != '4' && s.ptr[0] != '5') || !sw_ascii_digit(s.ptr[1]) ||
	    !sw_ascii_digit(s.ptr[2]) || (s.len > 3 && !strchr(" -#", s.ptr[3])))
		return 0;
	return (s.ptr[0] - '0') * 100 + (s.ptr[1] - '0') * 10 + (s.ptr[2] - '0');
}

static void command_line(struct cutter *c, size_t i)
{
	const struct notice_line *l = &c->r->lines[i];
	struct notice_person *person = NULL;

	struct notice_piece *p = &c->open;

	/* "mx.example [192.0.2.1]:" before the session. */
	if (c->is_open && p->reply.rank == NOTICE_NO_CODE)
		notice_host_find(sw_slice(c->r->text.ptr + p->at, p->end - p->at), &c->host);
	close_piece(c);
	c->wire = (uint32_t)i;
	for (uint32_t k = l->anchor; k < l->anchor + l->anchors && !person; k++) {
		const struct notice_anchor *a = &c->r->anchors[k];

		if (a->score > 0)
			person = notice_person_find(c->r, sw_slice(c->r->text.ptr + a->at,
								   a->end - a->at));
	}
	c->wire_person = person ? (uint32_t)(person - c->r->people) : NOTICE_NOBODY;
}

static void reply_line(struct cutter *c, size_t i)
{
	const struct notice_line *l = &c->r->lines[i];
	int code = reply_code(notice_line_text(c->r, l));

	if (code == 0) {
		close_piece(c);
		return;
	}
	if (!c->is_open || c->open.wire != c->wire || c->open.reply.code != code ||
	    c->r->lines[i - 1].shape != NOTICE_WIRE_IN)
		open_piece(c, i, l->at, l->at, POINTS_WIRE);
	extend(c, i, l->at, l->end);
}

static void note_host(struct cutter *c, const struct notice_line *l)
{
	const struct sw_phrase_hit *h = notice_line_hit(c->r, l, SW_PHRASE_HOST);
	struct sw_slice host;

	if (!h || h->end >= l->end)
		return;
	if (notice_host_find(sw_slice(c->r->text.ptr + h->end, l->end - h->end), &host))
		c->host = host;
}

/* The label of a line: the last one before a reply, since what is behind the reply is the other
 * side's ("said: 552 Error: quota"); without a reply the first one. */
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
static void record_line(struct cutter *c, size_t i, uint32_t last)
{
	struct notice_reader *r = c->r;
	const struct notice_line *l = &r->lines[i];
	const struct sw_phrase_hit *h = label_of(r, l);
	uint32_t rest = r->anchors[last].rest, words;

	close_piece(c);
	if (!c->in_group || !c->group_empty) {
		c->groups[c->group_count] = (struct group){ .first = l->anchor };
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
	open_piece(c, i, rest, words, POINTS_BEHIND);
	extend(c, i, words, l->end);
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
static int text_points(const struct cutter *c, const struct notice_line *l)
{
	const uint32_t intro = 1U << SW_PHRASE_FAILED | 1U << SW_PHRASE_DELAYED |
			       1U << SW_PHRASE_GAVE_UP;

	if (c->label)
		return POINTS_LABEL;
	if (c->behind)
		return POINTS_BEHIND;
	if (l->anchors == 0 ? notice_has(l->roles, SW_PHRASE_RECIPIENTS) : !names_somebody(c->r, l))
		return POINTS_ANNOUNCES;
	return l->roles & intro ? POINTS_INTRO : POINTS_TEXT;
}

/* A label in the line: the reason is what stands behind it, or what follows. */
static bool label_line(struct cutter *c, size_t i)
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
		/* The paragraph before, whatever it says of hosts and stages, is part of it. */
		if (c->is_open && c->open.reply.rank < NOTICE_CODE_ENHANCED) {
			c->open.score = POINTS_LABEL;
			extend(c, i, l->at, l->end);
			c->open.words = l->end;
			return true;
		}
		close_piece(c);
		c->label = true;
		return true;
	}
	if (was_open && before.reply.rank < NOTICE_CODE_ENHANCED && words - l->at < LABEL_NEAR &&
	    notice_reply_find(sw_slice(r->text.ptr + words, l->end - words)).rank >=
		    NOTICE_CODE_LIKELY) {
		/* "192.0.2.1 does not like recipient. / Remote host said: 550 ...": the lines
		 * before tell whom and when. */
		c->open.words = words;
		c->open.score = POINTS_LABEL;
	} else {
		open_piece(c, i, l->at, words, POINTS_LABEL);
	}
	extend(c, i, words, l->end);
	return true;
}

/* A line with a reply of its own, where there is one already: another code, or the same about
 * somebody. */
static bool is_next_reply(const struct cutter *c, size_t i)
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
	for (uint32_t k = l->anchor; k < l->anchor + l->anchors; k++)
		if (c->r->anchors[k].recipient != NOTICE_NOBODY)
			return true;
	return false;
}

static void text_line(struct cutter *c, size_t i)
{
	const struct notice_line *l = &c->r->lines[i];
	int code = reply_code(notice_line_text(c->r, l));

	if (notice_has(l->roles, SW_PHRASE_SKIP) && !c->is_open && code == 0 && !c->behind)
		return;
	if (label_line(c, i))
		return;
	if (!c->is_open || is_next_reply(c, i))
		open_piece(c, i, l->at, l->at, text_points(c, l));
	extend(c, i, l->at, l->end);
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

static void blank_line(struct cutter *c)
{
	/* "said:" at the end of a paragraph: its words are still to come. */
	if (c->is_open && c->open.score == POINTS_LABEL && c->open.words == c->open.end) {
		c->is_open = false;
		c->label = true;
	}
	close_piece(c);
}

static void heading_line(struct cutter *c, size_t i)
{
	const struct notice_line *l = &c->r->lines[i];

	close_piece(c);
	if (l->shape != NOTICE_HEADING)
		return;
	c->label = notice_has(l->roles, SW_PHRASE_REASON);
	c->in_group = c->behind = false;
}

/* "... said: 550" / "<a@b>: User unknown": the reply that began in the line before is about the
 * recipient whose record this is. */
static bool goes_on(const struct cutter *c, const struct notice_line *l, uint32_t last)
{
	const struct notice_reader *r = c->r;
	const struct notice_anchor *head;

	if (!c->is_open || !c->in_group || l->indent == 0)
		return false;
	head = &r->anchors[c->groups[c->group_count - 1].end - 1];
	return head->recipient == r->anchors[last].recipient &&
	       l->indent > r->lines[head->line].indent;
}

static void line(struct cutter *c, size_t i)
{
	const struct notice_line *l = &c->r->lines[i];
	uint32_t last;

	if (l->quoted) {
		close_piece(c);
		return;
	}
	note_host(c, l);
	last = l->shape == NOTICE_WIRE_OUT || l->shape == NOTICE_WIRE_IN ?
		       NOTICE_NOBODY :
		       last_leading(c->r, l);
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
		close_piece(c);
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

/* ---- the best ---- */

static bool better(const struct notice_piece *p, int than)
{
	return p->score > than;
}

static void settle(struct cutter *c)
{
	struct notice_reader *r = c->r;

	for (size_t g = 0; g < c->group_count; g++) {
		struct notice_piece p = c->groups[g].best;

		for (uint32_t k = c->groups[g].first; p.score && k < c->groups[g].end; k++)
			if (r->anchors[k].recipient != NOTICE_NOBODY)
				keep(&r->people[r->anchors[k].recipient].best, &p);
	}
	for (size_t i = 0; i < r->person_count; i++) {
		struct notice_piece *best = &r->people[i].best;

		if (better(&c->all, best->score ? best->score + POINTS_OWN : 0))
			*best = c->all;
	}
}

enum sw_err notice_pieces_give(struct notice_reader *r)
{
	struct cutter c = { .r = r,
			    .wire = NOTICE_NOBODY,
			    .wire_person = NOTICE_NOBODY,
			    .all = r->told };

	c.groups = sw_arena_alloc(r->arena, (r->anchor_count + 1) * sizeof(c.groups[0]));
	if (!c.groups)
		return SW_E_NOMEM;
	for (size_t i = 0; i < r->end; i++)
		line(&c, i);
	close_piece(&c);
	settle(&c);
	return SW_OK;
}
