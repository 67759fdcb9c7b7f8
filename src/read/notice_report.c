/* SPDX-License-Identifier: MIT */
/* Reports of RFC 3464 that stand in the text, because their MIME structure was lost, the
 * sender writes them so, or they were JSON. */
#include "read/notice_private.h"

static struct sw_slice value_of(const struct notice_reader *r, size_t i, size_t end)
{
	const struct notice_line *l = &r->lines[i];
	struct sw_slice s = sw_slice(r->text.ptr + l->at, r->lines[end - 1].end - l->at);
	size_t value = 0;

	notice_field_of(notice_line_text(r, l), &value);
	return sw_slice_trim(sw_slice_from(s, value));
}

/* Past "rfc822;", "smtp;", "dns;". */
static struct sw_slice typed(struct sw_slice value)
{
	size_t semicolon = sw_slice_find(sw_slice_head(value, 16), ';');

	return semicolon < value.len && semicolon < 16
		       ? sw_slice_trim(sw_slice_from(value, semicolon + 1))
		       : value;
}

static size_t field_end(const struct notice_reader *r, size_t i)
{
	const struct notice_line *l = &r->lines[i++];

	while (i < r->end && r->lines[i].shape == NOTICE_TEXT &&
	       r->lines[i].indent > l->indent)
		i++;
	return i;
}

struct group {
	uint32_t line;
	struct sw_slice original, final, status, action, remote;
	struct notice_piece piece;
};

static void take(struct sw_slice *to, struct sw_slice value)
{
	if (to->len == 0)
		*to = value;
}

static void close_group(struct notice_reader *r, struct group *g)
{
	struct sw_slice name = g->original.len ? g->original : g->final;
	struct notice_person *p;
	struct notice_span span;
	size_t pos = 0;
	bool bracket;

	if (name.len && notice_address_next(name, &pos, &span, &bracket)) {
		r->reported |=
			g->action.len || g->status.len || g->piece.score || r->action.len;
		p = notice_person_add(r, notice_span_slice(name, span), NOTICE_BY_REPORT);
		if (p && p->source == NOTICE_BY_HEADER)
			p->source = NOTICE_BY_REPORT;
		pos = 0;
		if (p && p->source == NOTICE_BY_REPORT) {
			p->line = g->line;
			if (g->original.len &&
			    notice_address_next(g->final, &pos, &span, &bracket))
				p->final = notice_span_slice(g->final, span);
			p->status = g->status;
			p->action = g->action;
			p->remote = g->remote;
			if (g->piece.score)
				p->best = g->piece;
		}
	} else {
		/* Of the one whom the text names elsewhere. */
		take(&r->action, g->action);
		take(&r->status, g->status);
		take(&r->remote, g->remote);
		if (g->piece.score && r->told.score == 0)
			r->told = g->piece;
	}
	*g = (struct group){ 0 };
}

/* "250 2.6.0 Message received": reports tell of success, too. */
static struct notice_reply good_reply(struct sw_slice s)
{
	struct notice_reply r = { .rank = NOTICE_NO_CODE };
	struct sw_slice rest = sw_slice_from(s, 4);
	size_t len;

	if (s.len < 4 || s.ptr[0] != '2' || !sw_ascii_digit(s.ptr[1]) ||
	    !sw_ascii_digit(s.ptr[2]) || (s.ptr[3] != ' ' && s.ptr[3] != '-'))
		return r;
	r.rank = NOTICE_CODE_LIKELY;
	r.code = (s.ptr[0] - '0') * 100 + (s.ptr[1] - '0') * 10 + (s.ptr[2] - '0');
	rest.len = sw_slice_find(rest, ' ');
	if (!sw_enhanced_parse(rest, &r.enhanced, &len))
		r.enhanced.class = 0;
	return r;
}

static void take_diagnostic(const struct notice_reader *r, struct group *g, size_t i,
			    size_t end, struct sw_slice value)
{
	struct sw_slice words = typed(value);

	g->piece = (struct notice_piece){
		.at = (uint32_t)(words.ptr - r->text.ptr),
		.words = (uint32_t)(words.ptr - r->text.ptr),
		.end = (uint32_t)(words.ptr - r->text.ptr + (ptrdiff_t)words.len),
		.line = (uint32_t)i,
		.lines = (uint32_t)(end - i),
		.wire = NOTICE_NOBODY,
		.score = 20,
		.reply = notice_reply_find(words),
	};
	if (g->piece.reply.rank == NOTICE_NO_CODE)
		g->piece.reply = good_reply(words);
}

static void take_field(struct notice_reader *r, struct group *g, size_t i, size_t end)
{
	struct sw_slice value = value_of(r, i, end);

	if (g->line == 0)
		g->line = (uint32_t)i;
	switch ((enum notice_field)r->lines[i].field) {
	case NOTICE_F_FINAL:
		if (g->final.len)
			close_group(r, g);
		g->final = typed(value);
		break;
	case NOTICE_F_ORIGINAL:
		if (g->original.len)
			close_group(r, g);
		g->original = typed(value);
		break;
	case NOTICE_F_ACTION:
		g->action = value;
		break;
	case NOTICE_F_STATUS:
		g->status = value;
		break;
	case NOTICE_F_DIAGNOSTIC:
		take_diagnostic(r, g, i, end, value);
		break;
	case NOTICE_F_REMOTE:
		g->remote = typed(value);
		break;
	case NOTICE_F_REPORTER:
		r->reporter = typed(value);
		break;
	case NOTICE_F_NONE:
	case NOTICE_F_TRANSPORT:
	case NOTICE_F_MIME:
	case NOTICE_F_OTHER:
	case NOTICE_F_MESSAGE_ID:
	case NOTICE_F_FROM:
	case NOTICE_F_TO:
	case NOTICE_F_SUBJECT:
	case NOTICE_F_DATE:
	case NOTICE_F_REPORT:
		break;
	}
}

void notice_report_read(struct notice_reader *r)
{
	struct group g = { 0 };

	for (size_t i = 0; i < r->end;) {
		size_t end = i + 1;

		if (r->lines[i].shape == NOTICE_BLANK) {
			/* Some leave empty lines inside a group. */
			if (g.status.len || g.piece.score)
				close_group(r, &g);
		} else if (notice_is_report((enum notice_field)r->lines[i].field)) {
			end = field_end(r, i);
			take_field(r, &g, i, end);
			for (size_t k = i; k < end; k++)
				r->lines[k].quoted = true;
		}
		i = end;
	}
	close_group(r, &g);
}
