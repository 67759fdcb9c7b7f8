/* SPDX-License-Identifier: MIT */
/* The recipients of a notice, each of them once. */
#include "read/notice_private.h"

#include <assert.h>

static uint32_t *slot_of(const struct notice_reader *r, struct sw_slice address)
{
	size_t i = notice_address_hash(address) & (r->table_size - 1);

	for (;; i = (i + 1) & (r->table_size - 1)) {
		uint32_t *slot = &r->table[i];
		const struct notice_person *p;

		if (*slot == 0)
			return slot;
		p = &r->people[*slot - 1];
		if (sw_slice_eq_nocase(p->address, address) ||
		    (p->final.len && sw_slice_eq_nocase(p->final, address)))
			return slot;
	}
}

struct notice_person *notice_person_find(const struct notice_reader *r,
					 struct sw_slice address)
{
	uint32_t *slot = slot_of(r, address);

	return *slot ? &r->people[*slot - 1] : NULL;
}

/* A further name of somebody. */
static void add_name(struct notice_reader *r, struct notice_person *p, struct sw_slice address)
{
	uint32_t *slot = slot_of(r, address);

	if (*slot == 0)
		*slot = (uint32_t)(p - r->people) + 1;
}

struct notice_person *notice_person_add(struct notice_reader *r, struct sw_slice address,
					enum notice_source source)
{
	uint32_t *slot = slot_of(r, address);
	struct notice_person *p;

	if (*slot)
		return &r->people[*slot - 1];
	if (r->person_count == r->person_room) {
		r->cut = true;
		return NULL;
	}
	assert(r->people);
	p = &r->people[r->person_count++];
	*p = (struct notice_person){ .address = address,
				     .source = source,
				     .line = NOTICE_NOBODY };
	*slot = (uint32_t)r->person_count;
	return p;
}

static size_t count_byte(struct sw_slice s, char c, size_t max)
{
	size_t n = 0;

	for (size_t i = 0; i < s.len && n < max; i++)
		n += s.ptr[i] == c;
	return n;
}

static enum sw_err make_room(struct notice_reader *r)
{
	size_t max = SW_MAX_BOUNCE_RECIPIENTS;
	size_t room = 8 + count_byte(r->text, '@', max) +
		      count_byte(r->in->failed_recipients, '@', max) +
		      count_byte(r->in->subject, '@', 1);

	for (const struct sw_bounce_recipient *to = r->ret->recipients; to; to = to->next)
		room++;
	r->person_room = room < max ? room : max;
	r->table_size = 16;
	while (r->table_size < 4 * r->person_room)
		r->table_size *= 2;
	r->people = sw_arena_alloc(r->arena, r->person_room * sizeof(r->people[0]));
	r->table = sw_arena_alloc(r->arena, r->table_size * sizeof(r->table[0]));
	return r->people && r->table ? SW_OK : SW_E_NOMEM;
}

enum sw_err notice_people_begin(struct notice_reader *r)
{
	struct notice_span span;
	size_t pos = 0;
	bool bracket;

	if (make_room(r))
		return SW_E_NOMEM;
	for (struct sw_bounce_recipient *to = r->ret->recipients; to; to = to->next) {
		struct notice_person *p;

		p = notice_person_add(r, sw_slice_str(to->address), NOTICE_BY_CALLER);
		if (!p)
			break;
		p->to = to;
		p->final = sw_slice_str(to->final_address);
		if (p->final.len)
			add_name(r, p, p->final);
		r->accepted++;
	}
	while (notice_address_next(r->in->failed_recipients, &pos, &span, &bracket))
		if (!notice_person_add(r, notice_span_slice(r->in->failed_recipients, span),
				       r->accepted ? NOTICE_BY_CALLER : NOTICE_BY_HEADER))
			break;
	return SW_OK;
}

/* ---- whom the text names ---- */

enum { POINTS_SURE = 5, POINTS_SPREAD = 3, POINTS_ENOUGH = 3 };

static int best_score(const struct notice_reader *r)
{
	int best = 0;

	for (size_t i = 0; i < r->anchor_count; i++)
		if (r->anchors[i].score > best)
			best = r->anchors[i].score;
	return best;
}

static struct sw_slice address_of(const struct notice_reader *r, const struct notice_anchor *a)
{
	return sw_slice(r->text.ptr + a->at, a->end - a->at);
}

static bool one_address(const struct notice_reader *r, int least)
{
	const struct notice_anchor *first = NULL;

	for (size_t i = 0; i < r->anchor_count; i++) {
		const struct notice_anchor *a = &r->anchors[i];

		if (a->score < least)
			continue;
		if (first && !sw_slice_eq_nocase(address_of(r, first), address_of(r, a)))
			return false;
		first = a;
	}
	return first != NULL;
}

/* The least score with which an address is a recipient. */
static int least_score(const struct notice_reader *r)
{
	int best = best_score(r);

	if (best >= POINTS_SURE)
		return best - POINTS_SPREAD > POINTS_SURE ? best - POINTS_SPREAD : POINTS_SURE;
	if (best >= POINTS_ENOUGH)
		return best;
	return best > 0 && one_address(r, best) ? best : INT8_MAX;
}

static bool has_source(const struct notice_reader *r, enum notice_source source)
{
	for (size_t i = 0; i < r->person_count; i++)
		if (r->people[i].source == source)
			return true;
	return false;
}

static void accept(struct notice_reader *r, struct notice_anchor *a)
{
	struct notice_person *p = notice_person_add(r, address_of(r, a), NOTICE_BY_TEXT);

	if (!p)
		return;
	a->recipient = (uint32_t)(p - r->people);
	if (p->line == NOTICE_NOBODY)
		p->line = a->line;
}

/* A line that begins with a program or a file to which mail is handed: "|/bin/filter -x",
 * "pipe to |...", "/var/spool/x".  Systems list these among the recipients. */
static bool is_program(struct sw_slice line)
{
	line = sw_slice_trim(line);
	while (line.len && strchr("\"'<(", line.ptr[0]))
		line = sw_slice_from(line, 1);
	return line.len > 2 &&
	       (line.ptr[0] == '|' || sw_slice_starts(line, SW_S("pipe to |")) ||
		sw_slice_starts(line, SW_S("save to /")) ||
		(line.ptr[0] == '/' && line.ptr[1] != '/' &&
		 sw_slice_find(line, ' ') == line.len));
}

/* The last such line between two others, or `to`. */
static uint32_t program_between(const struct notice_reader *r, uint32_t from, uint32_t to)
{
	for (uint32_t i = to; i > from + 1; i--)
		if (r->lines[i - 1].anchors == 0 &&
		    is_program(sw_slice(r->text.ptr + r->lines[i - 1].at,
					r->lines[i - 1].end - r->lines[i - 1].at)))
			return i - 1;
	return to;
}

/* The record of the address begins there. */
static void move_to_line(struct notice_reader *r, uint32_t anchor, uint32_t line)
{
	struct notice_anchor *a = &r->anchors[anchor];
	struct notice_line *l = &r->lines[line];

	r->lines[a->line].anchors--;
	l->anchor = anchor;
	l->anchors = 1;
	a->line = line;
	a->rest = l->end;
	a->leads = true;
	a->parent = false;
}

/* "(generated from list@b)" belongs to the address before it; below a program it is the only
 * address that there is. */
static void adopt(struct notice_reader *r)
{
	struct notice_person *last = NULL;
	uint32_t line = 0;

	for (size_t i = 0; i < r->anchor_count; i++) {
		struct notice_anchor *a = &r->anchors[i];

		if (a->recipient != NOTICE_NOBODY) {
			last = &r->people[a->recipient];
			line = a->line;
			continue;
		}
		if (!a->parent || !last)
			continue;
		uint32_t program = program_between(r, line, a->line);

		if (program < a->line && r->lines[a->line].anchors == 1) {
			move_to_line(r, (uint32_t)i, program);
			accept(r, a);
			last = NULL;
		} else if (last->source != NOTICE_BY_CALLER && last->parent.len == 0) {
			last->parent = address_of(r, a);
		}
	}
}

/* Recipients of whom the notice says nothing but that there were some: those of the message.
 */
static void take_from_original(struct notice_reader *r)
{
	struct sw_slice to = r->original.to;
	struct notice_span span;
	size_t pos = 0;
	bool bracket;

	if (to.len == 0)
		return;
	if (!notice_address_next(to, &pos, &span, &bracket))
		return;
	notice_person_add(r, notice_span_slice(to, span), NOTICE_BY_TEXT);
}

/* "Mailbox full: a@b": the subject names him, and the text nobody. */
static void take_from_subject(struct notice_reader *r)
{
	struct sw_slice subject = sw_slice_head(r->in->subject, SW_MAX_DIAGNOSTIC), address;
	struct notice_span span;
	size_t pos = 0;
	bool bracket;

	if (!notice_address_next(subject, &pos, &span, &bracket))
		return;
	address = notice_span_slice(subject, span);
	if (!sw_slice_eq_nocase(address, r->own_to))
		notice_person_add(r, address, NOTICE_BY_TEXT);
}

enum sw_err notice_people_gather(struct notice_reader *r)
{
	bool closed = r->accepted || has_source(r, NOTICE_BY_REPORT);
	int least = least_score(r);
	size_t named = 0;

	for (size_t i = 0; i < r->anchor_count; i++) {
		struct notice_anchor *a = &r->anchors[i];

		if (a->score > 0 && (a->known || (a->score >= least && !closed))) {
			accept(r, a);
			named += a->score >= POINTS_SURE;
		}
	}
	adopt(r);
	/* Exim's header lists at most 50; where the text names them, it is right. */
	for (size_t i = 0; i < r->person_count; i++)
		if (r->people[i].source == NOTICE_BY_HEADER &&
		    r->people[i].line == NOTICE_NOBODY && named)
			r->people[i].source = NOTICE_BY_CALLER;
	if (r->person_count == 0)
		take_from_original(r);
	if (r->person_count == 0)
		take_from_subject(r);
	return SW_OK;
}
