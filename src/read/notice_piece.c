/* SPDX-License-Identifier: MIT */
#include "read/notice_piece.h"

#include "knowledge/classify.h"

/* Looking up words costs more than the rest: only for the first few stretches without a code.
 */
enum { RULES_TRIED = 24 };

static int rank_points(enum notice_rank rank)
{
	static const int points[] = {
		[NOTICE_NO_CODE] = 0,        [NOTICE_CODE_PERHAPS] = 1,
		[NOTICE_CODE_ENHANCED] = 12, [NOTICE_CODE_LIKELY] = 13,
		[NOTICE_CODE_SURE] = 15,
	};

	return points[rank];
}

/* ---- whose it is ---- */

static void keep(struct notice_piece *best, const struct notice_piece *p)
{
	if (p->score > best->score)
		*best = *p;
}

/* The first recipient on a line. */
struct notice_person *notice_line_person(const struct notice_reader *r,
					 const struct notice_line *l)
{
	for (uint32_t k = l->anchor; k < l->anchor + l->anchors; k++) {
		const struct notice_anchor *a = &r->anchors[k];
		struct notice_person *p = NULL;

		if (a->score > 0)
			p = notice_person_find(r,
					       sw_slice(r->text.ptr + a->at, a->end - a->at));
		if (p)
			return p;
	}
	return NULL;
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

static void give(struct piece_cutter *c, struct notice_piece *p)
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

static bool says_something(struct piece_cutter *c, const struct notice_piece *p)
{
	struct sw_reply_context context = { 0 };
	struct sw_class class;

	if (c->rules_tried++ >= RULES_TRIED)
		return false;
	sw_classify(c->r->k, sw_slice(c->r->text.ptr + p->words, p->end - p->words), &context,
		    &class);
	return class.by == SW_BY_RULE;
}

void notice_piece_close(struct piece_cutter *c)
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
		p.score -= PIECE_BARE;
	if (p.reply.rank <= NOTICE_CODE_PERHAPS && says_something(c, &p))
		p.score = (p.score > PIECE_INTRO ? p.score : PIECE_INTRO) + PIECE_RULE;
	give(c, &p);
	c->group_empty = false;
}

void notice_piece_open(struct piece_cutter *c, size_t line, uint32_t at, uint32_t words,
		       int score)
{
	const struct notice_line *l = &c->r->lines[line];

	notice_piece_close(c);
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

void notice_piece_extend(struct piece_cutter *c, size_t line, uint32_t from, uint32_t end)
{
	struct notice_piece *p = &c->open;

	if (end > p->words + 2 * SW_MAX_DIAGNOSTIC)
		end = p->words + 2 * SW_MAX_DIAGNOSTIC;
	if (end <= from)
		return;
	struct sw_slice more = sw_slice(c->r->text.ptr + from, end - from);

	join_reply(&p->reply, notice_reply_find(more), from);
	p->end = end;
	p->lines = (uint32_t)(line - p->line + 1);
}

/* ---- the best ---- */

static bool better(const struct notice_piece *p, int than)
{
	return p->score > than;
}

static void settle(struct piece_cutter *c)
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

		if (better(&c->all, best->score ? best->score + PIECE_OWN : 0))
			*best = c->all;
	}
}

enum sw_err notice_pieces_give(struct notice_reader *r)
{
	struct piece_cutter c = {
		.r = r, .wire = NOTICE_NOBODY, .wire_person = NOTICE_NOBODY, .all = r->told
	};

	c.groups = sw_arena_alloc(r->arena, (r->anchor_count + 1) * sizeof(c.groups[0]));
	if (!c.groups)
		return SW_E_NOMEM;
	for (size_t i = 0; i < r->end; i++)
		notice_piece_line(&c, i);
	notice_piece_close(&c);
	settle(&c);
	return SW_OK;
}
