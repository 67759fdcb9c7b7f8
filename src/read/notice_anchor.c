/* SPDX-License-Identifier: MIT */
/* The addresses of a notice, and how likely each is one that the message did not reach. */
#include "read/notice_private.h"

/* Points.  What stands alone on a line, or at its head with the reason behind it, is a
 * recipient unless something speaks against it. */
enum {
	POINTS_LABEL = 7,    /* "Recipient: a@b" */
	POINTS_ALONE = 6,    /* "<a@b>:", "* a@b", "a@b: 550 ..." */
	POINTS_SENTENCE = 5, /* "your message to a@b could not be delivered" */
	POINTS_HEAD = 4,     /* "a@b is not known here", "Jo Doe <a@b>" */
	POINTS_WIRE = 4,     /* ">>> RCPT TO:<a@b>" */
	POINTS_REPLY = 3,    /* "550 <a@b>... User unknown" */
	POINTS_ANY = 1,
	POINTS_LIST = 3,      /* behind "the following addresses failed" */
	POINTS_CODE = 2,      /* a reply follows on the line */
	POINTS_ROLE = -2,     /* postmaster and the like: more often those to ask */
	POINTS_SENDER = -3,   /* the one whom the notice is for */
	POINTS_GREETING = -6, /* ... at the head of a line and outside of any list */
	POINTS_NEVER = -100,
};
enum { SENTENCE_NEAR = 200 }; /* bytes */
enum { SESSION_NEAR = 40 };   /* lines */

static bool is_punctuation(char c)
{
	return c && strchr(" \t\n*-\">#'<([|+.,;:)]&", c);
}

/* Nothing but bullets, quotes and numbers of a list: the address is the first thing on its
 * line. */
static bool only_bullets(struct sw_slice s)
{
	size_t i = 0;

	while (i < s.len) {
		if (is_punctuation(s.ptr[i])) {
			i++;
		} else if ((unsigned char)s.ptr[i] == 0xe2 && i + 2 < s.len) {
			i += 3; /* U+2000 to U+2FFF: dashes, bullets, arrows, quotes */
		} else if ((unsigned char)s.ptr[i] == 0xc2 && i + 1 < s.len) {
			i += 2; /* U+00A0, U+00AB, U+00B7 */
		} else if (sw_ascii_digit(s.ptr[i]) && i + 1 < s.len &&
			   (s.ptr[i + 1] == '.' || s.ptr[i + 1] == ')' ||
			    sw_ascii_digit(s.ptr[i + 1])) &&
			   i < 3) {
			i++;
		} else {
			return false;
		}
	}
	return true;
}

/* "550 ", "550 5.1.1 ", "550-" and nothing else. */
static bool only_reply(struct sw_slice s)
{
	struct notice_reply reply = notice_reply_find(sw_slice_head(s, 24));

	if (s.len > 24 || reply.rank < NOTICE_CODE_ENHANCED || reply.at > 2)
		return false;
	for (size_t i = 0; i < s.len; i++)
		if (!sw_ascii_digit(s.ptr[i]) && !is_punctuation(s.ptr[i]))
			return false;
	return true;
}

/* May be somebody's name: up to five words, nothing that belongs to sentences or replies. */
static bool is_person(struct sw_slice s)
{
	size_t words = 0;
	bool in = false;

	for (size_t i = 0; i < s.len; i++) {
		bool blank = s.ptr[i] == ' ' || s.ptr[i] == '\t';

		if (s.ptr[i] == ':' || s.ptr[i] == '=' || s.ptr[i] == ';' ||
		    sw_ascii_digit(s.ptr[i]))
			return false;
		words += !blank && !in;
		in = !blank;
	}
	return words <= 5;
}

/* Where the words behind an address begin: past what closes it, and a copy of it as a link. */
static uint32_t rest_of(const struct notice_reader *r, const struct notice_line *l,
			uint32_t at)
{
	static const char *const links[] = { "<mailto:", "(mailto:", "[mailto:", "<smtp:",
					     "(smtp:" };
	uint32_t i = at;

	while (i < l->end && strchr(">\"')]", r->text.ptr[i]))
		i++;
	for (size_t k = 0; k < sizeof(links) / sizeof(links[0]); k++) {
		struct sw_slice s = sw_slice(r->text.ptr + i, l->end - i);
		size_t close;

		s = sw_slice_from(s, s.len && s.ptr[0] == ' ');
		if (!sw_slice_starts_nocase(s, sw_slice_str(links[k])))
			continue;
		close = sw_slice_find(s, links[k][0] == '<'   ? '>'
					 : links[k][0] == '(' ? ')'
							      : ']');
		if (close < s.len)
			i = (uint32_t)((size_t)(s.ptr - r->text.ptr) + close + 1);
	}
	return i;
}

static bool is_bare(struct sw_slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!is_punctuation(s.ptr[i]))
			return false;
	return true;
}

/* A word of the line's labels right in front of byte `at`. */
static bool label_before(const struct notice_reader *r, const struct notice_line *l,
			 uint32_t at, enum sw_phrase_role role)
{
	if (!notice_has(l->roles, role))
		return false;
	for (uint32_t i = 0; i < l->hits; i++) {
		const struct sw_phrase_hit *h = &r->hits[l->hit + i];

		if (h->role == role && h->end <= at &&
		    is_bare(sw_slice(r->text.ptr + h->end, at - h->end)))
			return true;
	}
	return false;
}

/* A label behind which the line ended, on the line with words before this one. */
static bool label_above(const struct notice_reader *r, size_t i, uint32_t at,
			enum sw_phrase_role role)
{
	if (i > 1 && r->lines[i - 1].shape == NOTICE_BLANK)
		i--;
	return i > 0 && label_before(r, &r->lines[i - 1], at, role);
}

/* Local parts of those who answer for mail systems and those who help. */
static bool is_role(struct sw_slice address)
{
	static const char *const roles[] = { "postmaster", "mailer-daemon", "mailerdaemon",
					     "abuse",      "support",       "helpdesk",
					     "help",       "admin",         "administrator",
					     "hostmaster", "info-desk",     "servicedesk",
					     "it-support", "noc",           "unblock",
					     "delist",     "security",      "webmaster" };
	struct sw_slice local = sw_slice_head(address, sw_slice_find(address, '@'));

	for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++)
		if (sw_slice_eq_nocase(local, sw_slice_str(roles[i])))
			return true;
	return false;
}

/* A sentence, or the line before or behind it, that says what became of the message. */
static bool told(const struct notice_reader *r, size_t i)
{
	const uint32_t wanted = 1U << SW_PHRASE_FAILED | 1U << SW_PHRASE_DELAYED |
				1U << SW_PHRASE_RECIPIENTS | 1U << SW_PHRASE_GAVE_UP |
				1U << SW_PHRASE_DELIVERED;

	if (r->lines[i].roles & wanted)
		return true;
	if (i > 0 && r->lines[i - 1].shape == NOTICE_TEXT && (r->lines[i - 1].roles & wanted))
		return true;
	return i + 1 < r->line_count && r->lines[i + 1].shape == NOTICE_TEXT &&
	       (r->lines[i + 1].roles & wanted);
}

/* A tab, or more blanks than words have between them: a table. */
static bool is_column(const struct notice_reader *r, uint32_t at)
{
	return r->text.ptr[at] == '\t' ||
	       (at + 1 < r->text.len && r->text.ptr[at] == ' ' && r->text.ptr[at + 1] == ' ');
}

/* A label for recipients at the head of the line: a record begins. */
static bool label_leads(const struct notice_reader *r, const struct notice_line *l)
{
	for (uint32_t i = 0; i < l->hits; i++) {
		const struct sw_phrase_hit *h = &r->hits[l->hit + i];

		if (h->role == SW_PHRASE_TO &&
		    only_bullets(sw_slice(r->text.ptr + l->at, h->at - l->at)))
			return true;
	}
	return false;
}

/* No sentence ends between two places. */
static bool in_sentence(const struct notice_reader *r, uint32_t from, uint32_t to)
{
	if (from > to || to - from > SENTENCE_NEAR)
		return false;
	for (uint32_t i = from; i < to; i++) {
		char ch = r->text.ptr[i];
		char next = r->text.ptr[i + 1];

		if ((ch == '.' || ch == '!' || ch == '?' || ch == ';') &&
		    (next == ' ' || next == '\n'))
			return false;
		if (ch == '\xe3' && i + 2 < to && r->text.ptr[i + 2] == '\x82') /* U+3002 */
			return false;
	}
	return true;
}

/* Words of where to turn to, so near to the address that they mean it: right in front of it,
 * or around it when it is part of a sentence. */
static bool is_help(const struct notice_reader *r, size_t i, const struct notice_anchor *a)
{
	size_t first = i > 1 && r->lines[i - 1].shape == NOTICE_BLANK ? i - 2
		       : i > 0                                        ? i - 1
								      : i;
	size_t last =
		i + 1 < r->line_count && r->lines[i + 1].shape == NOTICE_TEXT ? i + 1 : i;

	for (size_t n = first; n <= last; n++) {
		const struct notice_line *l = &r->lines[n];

		for (uint32_t k = 0; notice_has(l->roles, SW_PHRASE_HELP) && k < l->hits;
		     k++) {
			const struct sw_phrase_hit *h = &r->hits[l->hit + k];

			if (h->role != SW_PHRASE_HELP)
				continue;
			if (h->end <= a->at &&
			    is_bare(sw_slice(r->text.ptr + h->end, a->at - h->end)))
				return true;
			if (!a->leads && (h->at > a->end ? in_sentence(r, a->end, h->at)
							 : in_sentence(r, h->end, a->at)))
				return true;
		}
	}
	return false;
}

/* The recipient on line i was taken, and nothing went wrong after that. */
static bool was_taken(const struct notice_reader *r, size_t i)
{
	size_t end = i + SESSION_NEAR < r->line_count ? i + SESSION_NEAR : r->line_count;
	bool to_rcpt = true;

	if (i + 1 >= r->line_count || r->lines[i + 1].shape != NOTICE_WIRE_IN ||
	    r->text.ptr[r->lines[i + 1].at] != '2')
		return false;
	for (i++; i < end; i++) {
		const struct notice_line *l = &r->lines[i];

		if (l->shape == NOTICE_WIRE_OUT)
			to_rcpt = sw_slice_starts_nocase(notice_line_text(r, l), SW_S("rcpt"));
		else if (l->shape == NOTICE_WIRE_IN && !to_rcpt && r->text.ptr[l->at] >= '4')
			return false;
	}
	return true;
}

static int shape_points(const struct notice_reader *r, size_t i, struct notice_anchor *a,
			bool alone_so_far)
{
	const struct notice_line *l = &r->lines[i];
	struct sw_slice before = sw_slice(r->text.ptr + l->at, a->at - l->at);
	struct sw_slice rest =
		sw_slice_trim(sw_slice(r->text.ptr + a->rest, l->end - a->rest));

	a->leads = alone_so_far && only_bullets(before);
	if (l->shape == NOTICE_WIRE_OUT)
		return sw_slice_starts_nocase(before, SW_S("rcpt")) && !was_taken(r, i)
			       ? POINTS_WIRE
			       : POINTS_NEVER;
	if (label_before(r, l, a->at, SW_PHRASE_TO) ||
	    (a->leads && label_above(r, i, a->at, SW_PHRASE_TO))) {
		a->leads |= label_leads(r, l);
		return POINTS_LABEL;
	}
	if (a->leads && (is_bare(rest) || strchr(":.([-=,;", rest.ptr[0]) ||
			 is_column(r, a->rest) || l->list))
		return POINTS_ALONE;
	if (a->leads)
		return told(r, i) ? POINTS_SENTENCE : POINTS_HEAD;
	if (only_reply(before) || l->shape == NOTICE_WIRE_IN)
		return POINTS_REPLY;
	if (is_bare(rest) && a->at > l->at && strchr("<(", r->text.ptr[a->at - 1]) &&
	    is_person(before)) {
		a->leads = l->list;
		return POINTS_HEAD;
	}
	return told(r, i) ? POINTS_SENTENCE : POINTS_ANY;
}

static int points(const struct notice_reader *r, size_t i, struct notice_anchor *a,
		  bool alone_so_far)
{
	const struct notice_line *l = &r->lines[i];
	struct sw_slice address = sw_slice(r->text.ptr + a->at, a->end - a->at);
	struct sw_slice rest = sw_slice(r->text.ptr + a->rest, l->end - a->rest);
	int p;

	if (label_before(r, l, a->at, SW_PHRASE_PARENT) ||
	    label_above(r, i, a->at, SW_PHRASE_PARENT)) {
		a->parent = true;
		return POINTS_NEVER;
	}
	if (label_before(r, l, a->at, SW_PHRASE_SENDER) ||
	    (!l->list && label_above(r, i, a->at, SW_PHRASE_SENDER)))
		return POINTS_NEVER;
	p = shape_points(r, i, a, alone_so_far);
	if (p == POINTS_NEVER || (!l->list && is_help(r, i, a)))
		return POINTS_NEVER;
	if (l->list && p >= POINTS_HEAD)
		p += POINTS_LIST;
	if (a->leads && notice_reply_find(sw_slice_head(rest, 256)).rank >= NOTICE_CODE_LIKELY)
		p += POINTS_CODE;
	a->known = notice_person_find(r, address) != NULL;
	if (is_role(address))
		p += POINTS_ROLE;
	if (r->own_to.len && sw_slice_eq_nocase(r->own_to, address))
		p += l->list || p < POINTS_HEAD ? POINTS_SENDER : POINTS_GREETING;
	return p;
}

/* Lists begin with words that announce them, and end with whatever is about something else. */
static void mark_lists(struct notice_reader *r)
{
	const uint32_t begins = 1U << SW_PHRASE_RECIPIENTS | 1U << SW_PHRASE_DETAILS;
	bool list = false;

	for (size_t i = 0; i < r->end; i++) {
		struct notice_line *l = &r->lines[i];
		struct sw_slice text = notice_line_text(r, l);

		if (l->roles & begins)
			list = true;
		else if (notice_has(l->roles, SW_PHRASE_TO) && text.ptr[text.len - 1] == ':')
			list = true;
		else if (l->shape == NOTICE_HEADING ||
			 (notice_has(l->roles, SW_PHRASE_HELP) && l->indent == 0))
			list = false;
		l->list = list && !l->quoted;
	}
}

static void add(struct notice_reader *r, size_t i, const struct notice_span *span,
		bool *alone_so_far)
{
	struct notice_line *l = &r->lines[i];
	struct notice_anchor *a = &r->anchors[r->anchor_count];
	bool first = l->anchors == 0;

	*a = (struct notice_anchor){ .at = (uint32_t)span->at,
				     .end = (uint32_t)span->end,
				     .line = (uint32_t)i,
				     .recipient = NOTICE_NOBODY };
	a->rest = rest_of(r, l, a->end);
	if (!first) {
		struct notice_anchor *before = a - 1;

		/* "a@b<mailto:a@b>", "a@b (a@b)": one address. */
		if (sw_slice_eq_nocase(
			    sw_slice(r->text.ptr + a->at, a->end - a->at),
			    sw_slice(r->text.ptr + before->at, before->end - before->at)) &&
		    a->at - before->end < 10) {
			before->rest = a->rest;
			return;
		}
		*alone_so_far &=
			before->leads &&
			is_bare(sw_slice(r->text.ptr + before->rest,
					 a->at > before->rest ? a->at - before->rest : 0));
	}
	a->score = 0;
	if (first)
		l->anchor = (uint32_t)r->anchor_count;
	r->anchor_count++;
	l->anchors++;
	if (!first && *alone_so_far) {
		/* "a@b, c@d" */
		const struct notice_anchor *before = a - 1;

		a->leads = true;
		a->score = before->score;
		if (label_before(r, l, a->at, SW_PHRASE_SENDER))
			a->score = POINTS_NEVER;
		return;
	}
	a->score = (int16_t)points(r, i, a, first);
}

static bool is_read(const struct notice_line *l)
{
	return !l->quoted && (l->shape != NOTICE_FIELD || l->field == NOTICE_F_TO);
}

enum sw_err notice_anchors_find(struct notice_reader *r)
{
	size_t max = 0;

	for (size_t i = 0; i < r->text.len && max < SW_MAX_NOTICE_ADDRESSES; i++)
		max += r->text.ptr[i] == '@';
	r->anchors = sw_arena_alloc(r->arena, (max + 1) * sizeof(r->anchors[0]));
	if (!r->anchors)
		return SW_E_NOMEM;
	mark_lists(r);
	for (size_t i = 0; i < r->end; i++) {
		const struct notice_line *l = &r->lines[i];
		struct sw_slice upto = sw_slice_head(r->text, l->end);
		struct notice_span span;
		size_t pos = l->at;
		bool bracket, alone = true;

		if (!is_read(l))
			continue;
		while (r->anchor_count < max &&
		       notice_address_next(upto, &pos, &span, &bracket))
			add(r, i, &span, &alone);
	}
	if (max == SW_MAX_NOTICE_ADDRESSES)
		r->cut = true;
	return SW_OK;
}
