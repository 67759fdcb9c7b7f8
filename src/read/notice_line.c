/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "read/notice_private.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v';
}

static bool is_alnum(char c)
{
	return sw_ascii_digit(c) || (sw_ascii_lower(c) >= 'a' && sw_ascii_lower(c) <= 'z') ||
	       ((unsigned char)c & 0x80);
}

/* What lines are drawn with. */
static bool is_stroke(char c)
{
	return c == '-' || c == '=' || c == '*' || c == '_' || c == '~' || c == '#' ||
	       c == '+';
}

bool notice_has_words(struct sw_slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (is_alnum(s.ptr[i]) && !sw_ascii_digit(s.ptr[i]))
			return true;
	return false;
}

bool notice_has_text(struct sw_slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (is_alnum(s.ptr[i]))
			return true;
	return false;
}

static bool is_boundary(struct sw_slice s)
{
	bool digit = false;

	if (s.len < 10 || s.len > 74 || s.ptr[0] != '-' || s.ptr[1] != '-')
		return false;
	for (size_t i = 2; i < s.len; i++) {
		if (is_blank(s.ptr[i]) || s.ptr[i] == '@' || s.ptr[i] == '<')
			return false;
		digit |= sw_ascii_digit(s.ptr[i]);
	}
	return digit;
}

static enum notice_shape shape_of(struct sw_slice s)
{
	size_t strokes = 0;
	size_t words = 0;

	if (s.len == 0)
		return NOTICE_BLANK;
	if (is_boundary(s))
		return NOTICE_BOUNDARY;
	while (strokes < s.len && is_stroke(s.ptr[strokes]))
		strokes++;
	for (size_t i = strokes; i < s.len && words == 0; i++)
		words += is_alnum(s.ptr[i]);
	if (words == 0)
		return NOTICE_RULE;
	if (strokes >= 3 || (strokes >= 1 && is_stroke(s.ptr[s.len - 1]) && s.len > 2 &&
			     s.ptr[s.len - 2] == s.ptr[s.len - 1] && strokes >= 2))
		return NOTICE_HEADING;
	return NOTICE_TEXT;
}

/* ---- lines of a session ---- */

static bool is_reply(struct sw_slice s)
{
	return s.len >= 3 && s.ptr[0] >= '2' && s.ptr[0] <= '5' && sw_ascii_digit(s.ptr[1]) &&
	       sw_ascii_digit(s.ptr[2]) &&
	       (s.len == 3 || s.ptr[3] == ' ' || s.ptr[3] == '-' || s.ptr[3] == '#');
}

static bool is_command(struct sw_slice s)
{
	static const char *const verbs[] = { "mail from", "rcpt to", "data",  "ehlo ", "helo ",
					     "starttls",  "auth ",   "quit",  "rset",  "bdat ",
					     "lhlo ",     "noop",    "vrfy ", "." };

	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (sw_slice_starts_nocase(s, sw_slice_str(verbs[i])) &&
		    (s.len < 12 || strlen(verbs[i]) > 4))
			return true;
	return false;
}

/* The length of "<<< ", "Received >>> ", "S: " ... at the head of a line, 0 for none.  The
 * arrows point either way: what follows tells who spoke. */
static size_t arrow_length(struct sw_slice s)
{
	static const char *const arrows[] = { ">>>", "<<<", "-->", "<--", "==>", "<==",
					      "->",  "<-",  "=>",  "<=",  "<~",  "~>" };
	static const char *const sides[] = { "C: ",      "S: ",      "In: ",   "Out: ",
					     "Client: ", "Server: ", "Sent: ", "Received: " };
	size_t near = s.len < 12 ? s.len : 12;

	for (size_t k = 0; k < sizeof(sides) / sizeof(sides[0]); k++) {
		size_t len = strlen(sides[k]);

		if (!sw_slice_starts(s, sw_slice(sides[k], len)))
			continue;
		while (len < s.len && is_blank(s.ptr[len]))
			len++;
		return len;
	}
	for (size_t i = 0; i + 1 < near; i++) {
		if (is_alnum(s.ptr[i]) || s.ptr[i] == ' ')
			continue;
		for (size_t k = 0; k < sizeof(arrows) / sizeof(arrows[0]); k++) {
			size_t len = strlen(arrows[k]);

			if (sw_slice_starts(sw_slice_from(s, i), sw_slice(arrows[k], len)) &&
			    (i == 0 || s.ptr[i - 1] == ' ')) {
				i += len;
				while (i < s.len && (s.ptr[i] == ' ' || s.ptr[i] == '\t'))
					i++;
				return i;
			}
		}
		return 0;
	}
	return 0;
}

static bool is_clock(struct sw_slice s)
{
	return s.len > 5 && sw_ascii_digit(s.ptr[0]) && sw_ascii_digit(s.ptr[1]) &&
	       s.ptr[2] == ':' && sw_ascii_digit(s.ptr[3]) && sw_ascii_digit(s.ptr[4]);
}

/* The length of "Fri 2026-11-20 11:00:05.455: [01234:5] " and "11:00:05 " at the head of a
 * line of a log, 0 where no time of day stands there. */
static size_t stamp_length(struct sw_slice s)
{
	enum { DATE_MAX = 32, ID_MAX = 24 };
	size_t i = 0, close;

	while (i < DATE_MAX && i < s.len && !is_clock(sw_slice_from(s, i)))
		i++;
	if (i == DATE_MAX || i == s.len)
		return 0;
	while (i < s.len && (sw_ascii_digit(s.ptr[i]) || strchr(":.,)] \t", s.ptr[i])))
		i++;
	close = sw_slice_find(sw_slice_head(sw_slice_from(s, i), ID_MAX), ']');
	if (i < s.len && s.ptr[i] == '[' && i + close < s.len && close < ID_MAX)
		i += close + 1;
	while (i < s.len && is_blank(s.ptr[i]))
		i++;
	return i;
}

static void shape_wire(struct notice_reader *r, struct notice_line *l)
{
	struct sw_slice s = notice_line_text(r, l);
	size_t stamp = stamp_length(s);
	size_t skip = arrow_length(sw_slice_from(s, stamp));

	if (skip == 0)
		return;
	skip += stamp;
	s = sw_slice_from(s, skip);
	if (is_reply(s))
		l->shape = NOTICE_WIRE_IN;
	else if (is_command(s))
		l->shape = NOTICE_WIRE_OUT;
	else if (s.ptr[-1] != '>' && s.ptr[-2] != '>' && s.ptr[-1] != '<' && s.ptr[-2] != '<')
		return;
	l->at += (uint32_t)skip;
}

/* ---- phrases ---- */

enum { URL_NEAR = 300 };

/* Between a label and what it announces.  The colon of East Asian scripts is U+FF1A. */
static bool is_colon(struct sw_slice s)
{
	return s.len && (s.ptr[0] == ':' || s.ptr[0] == '=' ||
			 sw_slice_starts(s, SW_S("\xef\xbc\x9a")));
}

static bool is_line(const struct notice_reader *r, const struct sw_phrase_hit *h)
{
	size_t i = h->at;

	while (i > 0 && r->text.ptr[i - 1] != '\n') {
		if (is_alnum(r->text.ptr[i - 1]))
			return false;
		i--;
	}
	return true;
}

/* Part of an address of the web: "answer.py?answer=7720". */
static bool in_url(const struct notice_reader *r, size_t at)
{
	size_t i = at;

	while (i > 0 && at - i < URL_NEAR && (unsigned char)r->text.ptr[i - 1] > ' ')
		i--;
	return sw_slice_search(sw_slice(r->text.ptr + i, at - i), SW_S("://")) < at - i;
}

/* An address right behind. */
static bool is_before_address(const struct notice_reader *r, size_t i)
{
	struct sw_slice rest = sw_slice_head(sw_slice_from(r->text, i), SW_MAX_ADDRESS);
	struct notice_span span;
	size_t pos = 0;
	bool bracket;

	return notice_address_next(rest, &pos, &span, &bracket) && span.at <= 1;
}

static size_t past_blanks(const struct notice_reader *r, size_t i)
{
	while (i < r->text.len && (is_blank(r->text.ptr[i]) || r->text.ptr[i] == ')'))
		i++;
	return i;
}

static bool is_reason_label(const struct notice_reader *r, const struct sw_phrase_hit *h)
{
	struct sw_slice rest = sw_slice_from(r->text, past_blanks(r, h->end));

	if (rest.len == 0 || rest.ptr[0] == '\n')
		return h->words > 2 || is_line(r, h);
	if (strchr("'\"<[(>-#", rest.ptr[0]) || sw_ascii_digit(rest.ptr[0]))
		return true;
	return h->words > 2 && !is_alnum(rest.ptr[0]);
}

/* Words such as "reason", "to", "error" mean what they are listed for only in front of a
 * colon, of the thing itself, or alone on their line. */
static bool is_label(const struct notice_reader *r, const struct sw_phrase_hit *h)
{
	size_t i = past_blanks(r, h->end);

	if (in_url(r, h->at))
		return false;
	if (is_colon(sw_slice_from(r->text, i)))
		return true;
	if (h->role == SW_PHRASE_REASON)
		return is_reason_label(r, h);
	/* Several words are plain enough for the address to stand in the next line. */
	if (h->words == 1)
		return h->end - h->at > 3 && h->role != SW_PHRASE_TO &&
		       is_before_address(r, i);
	while (i < r->text.len && (is_blank(r->text.ptr[i]) || r->text.ptr[i] == '\n'))
		i++;
	return is_before_address(r, i);
}

static bool is_labelling(uint8_t role)
{
	return role == SW_PHRASE_REASON || role == SW_PHRASE_TO || role == SW_PHRASE_SENDER ||
	       role == SW_PHRASE_PARENT;
}

static int order(const void *a, const void *b)
{
	const struct sw_phrase_hit *x = a, *y = b;

	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	return x->end > y->end ? -1 : x->end < y->end;
}

/* Gives the phrases to the lines on which they begin; those that are no labels, or of another
 * layout, are dropped. */
static void share_hits(struct notice_reader *r)
{
	size_t kept = 0, line = 0;

	qsort(r->hits, r->hit_count, sizeof(r->hits[0]), order);
	for (size_t i = 0; i < r->hit_count; i++) {
		const struct sw_phrase_hit h = r->hits[i];
		struct notice_line *l;

		if (h.role == SW_PHRASE_SIGN || h.role == SW_PHRASE_HINT ||
		    h.role == SW_PHRASE_FROM || (h.layout != SW_NONE && h.layout != r->layout))
			continue;
		if (is_labelling(h.role) && !is_label(r, &h))
			continue;
		while (line + 1 < r->line_count && r->lines[line + 1].at <= h.at)
			line++;
		l = &r->lines[line];
		if (l->hits == 0)
			l->hit = (uint32_t)kept;
		l->hits++;
		l->roles |= 1U << h.role;
		r->hits[kept++] = h;
	}
	r->hit_count = kept;
}

const struct sw_phrase_hit *notice_line_hit(const struct notice_reader *r,
					    const struct notice_line *l,
					    enum sw_phrase_role role)
{
	const struct sw_phrase_hit *last = NULL;

	if (!notice_has(l->roles, role))
		return NULL;
	for (uint32_t i = 0; i < l->hits; i++)
		if (r->hits[l->hit + i].role == role)
			last = &r->hits[l->hit + i];
	return last;
}

/* ---- cutting ---- */

static struct notice_line line_at(struct notice_reader *r, size_t at, size_t end)
{
	struct notice_line l = { .at = (uint32_t)at, .end = (uint32_t)end };
	size_t value;

	while (l.at < l.end && is_blank(r->text.ptr[l.at])) {
		l.at++;
		if (l.indent < UINT16_MAX)
			l.indent++;
	}
	while (l.end > l.at && is_blank(r->text.ptr[l.end - 1]))
		l.end--;
	l.shape = (uint8_t)shape_of(notice_line_text(r, &l));
	if (l.shape == NOTICE_TEXT) {
		l.field = (uint8_t)notice_field_of(notice_line_text(r, &l), &value);
		if (l.field != NOTICE_F_NONE)
			l.shape = NOTICE_FIELD;
		else
			shape_wire(r, &l);
	}
	return l;
}

/* The head of a message, all of which is behind us: nothing after it is the notice's.  Two
 * fields in a row, one of them such as only transport adds; not when a notice tells of them in
 * the middle. */
static bool in_message(const struct notice_reader *r, size_t *ret_first)
{
	size_t fields = 0, transport = 0;
	size_t i = r->line_count;

	if (i == 0 || r->lines[i - 1].shape != NOTICE_BLANK)
		return false;
	for (i--; i > 0 && r->lines[i - 1].shape != NOTICE_BLANK; i--) {
		const struct notice_line *l = &r->lines[i - 1];

		if (l->shape == NOTICE_FIELD &&
		    !notice_is_report((enum notice_field)l->field)) {
			fields++;
			transport += l->field == NOTICE_F_TRANSPORT;
			*ret_first = i - 1;
		}
	}
	return fields >= 3 && transport > 0;
}

static enum sw_err cut_lines(struct notice_reader *r)
{
	size_t max = 1, first = 0;

	for (size_t i = 0; i < r->text.len && max < SW_MAX_NOTICE_LINES; i++)
		max += r->text.ptr[i] == '\n';
	r->lines = sw_arena_alloc(r->arena, max * sizeof(r->lines[0]));
	if (!r->lines)
		return SW_E_NOMEM;
	for (size_t at = 0; at < r->text.len && r->line_count < max;) {
		size_t end = at + sw_slice_find(sw_slice_from(r->text, at), '\n');

		r->lines[r->line_count++] = line_at(r, at, end);
		at = end + 1;
		if (in_message(r, &first)) {
			r->original.text = sw_slice_from(r->text, at);
			r->text.len = r->lines[r->line_count - 1].end;
			return SW_OK;
		}
		if (r->line_count == max && at < r->text.len)
			r->cut = true;
	}
	return SW_OK;
}

enum sw_err notice_lines_read(struct notice_reader *r)
{
	if (cut_lines(r) || notice_phrases_find(r, r->text))
		return SW_E_NOMEM;
	r->end = r->line_count;
	share_hits(r);
	return SW_OK;
}
