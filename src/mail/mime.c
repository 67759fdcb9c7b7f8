/* SPDX-License-Identifier: MIT */
/* The walk over a message: headers, delimiter lines, the tree.  See mime.h. */
#include "mail/mime.h"

#include "base/limits.h"
#include "mail/mime_private.h"

/* A multipart whose end was not seen yet. */
struct open_part {
	struct sw_mime_part *part, *last; /* its last child so far */
	struct sw_slice boundary;
};

struct walk {
	struct sw_arena *arena;
	struct sw_mime *ret;
	struct sw_slice in;
	size_t pos;
	size_t lf_dashes, cr_dashes; /* where "--" behind a line end was found last */
	bool searched;               /* these two hold something */
	bool lone_cr;                /* some line ends in CR alone */
	size_t sniff_left;
	struct open_part open[SW_MAX_MIME_DEPTH];
	size_t depth;
};

/* A delimiter line (RFC 2046 5.1.1). */
struct delimiter {
	size_t at, next; /* its line, and the one behind it */
	size_t level;    /* of the open part whose it is */
	bool closing;
};

static struct sw_slice without_trail(struct sw_slice s)
{
	while (s.len && (s.ptr[s.len - 1] == ' ' || s.ptr[s.len - 1] == '\t'))
		s.len--;
	return s;
}

/* The innermost open part whose boundary this line is. */
static bool match_line(const struct walk *w, struct sw_slice line, struct delimiter *ret)
{
	if (!sw_slice_starts(line, SW_S("--")))
		return false;
	struct sw_slice text = without_trail(sw_slice_from(line, 2));

	for (size_t i = w->depth; i > 0; i--) {
		struct sw_slice boundary = w->open[i - 1].boundary;

		if (!sw_slice_starts(text, boundary))
			continue;
		struct sw_slice rest = sw_slice_from(text, boundary.len);

		ret->closing = sw_slice_eq(rest, SW_S("--"));
		ret->level = i - 1;
		if (rest.len == 0 || ret->closing)
			return true;
	}
	return false;
}

static bool match_at(const struct walk *w, size_t at, struct delimiter *ret)
{
	size_t end;
	struct sw_slice rest = sw_slice_from(w->in, at);

	if (!sw_slice_starts(rest, SW_S("--")))
		return false;
	size_t len = sw_mime_line_length(rest, &end);

	ret->at = at;
	ret->next = at + len + end;
	return match_line(w, sw_slice_head(rest, len), ret);
}

/* The next LF with "--" behind it.  Lines are long enough for memchr to beat memmem. */
static size_t next_lf_dashes(struct sw_slice in, size_t from)
{
	while (from < in.len) {
		from += sw_slice_find(sw_slice_from(in, from), '\n');
		if (sw_slice_starts(sw_slice_from(in, from + 1), SW_S("--")))
			return from;
		from++;
	}
	return in.len;
}

/* The next line that begins with "--", from inside of a line on.  What was found is
 * remembered, so that two kinds of line ends cost two readings of the message and not one for
 * each line. */
static size_t next_dashes(struct walk *w, size_t from)
{
	if (w->lf_dashes < from || !w->searched)
		w->lf_dashes = next_lf_dashes(w->in, from);
	if (w->lone_cr && (w->cr_dashes < from || !w->searched))
		w->cr_dashes =
			from + sw_slice_search(sw_slice_from(w->in, from), SW_S("\r--"));
	w->searched = true;
	size_t at = w->lone_cr && w->cr_dashes < w->lf_dashes ? w->cr_dashes : w->lf_dashes;

	return at < w->in.len ? at + 1 : w->in.len;
}

/* From the begin of a line on; false at the end of the message. */
static bool find_delimiter(struct walk *w, struct delimiter *ret)
{
	size_t at = w->pos;

	if (w->depth == 0)
		return false;
	while (at < w->in.len) {
		if (match_at(w, at, ret))
			return true;
		at = next_dashes(w, at);
	}
	return false;
}

static struct sw_mime_part *new_part(struct walk *w, struct sw_mime_part *parent)
{
	struct sw_mime_part *p = sw_arena_alloc(w->arena, sizeof(*p));

	if (!p)
		return NULL;
	p->parent = parent;
	p->depth = parent ? parent->depth + 1 : 0;
	p->type = parent && sw_slice_eq(parent->type, SW_S("multipart/digest"))
			  ? SW_S("message/rfc822")
			  : SW_S("text/plain");
	w->ret->parts++;
	return p;
}

/* A line that belongs into a header though it is no field: mailbox files begin so, and so does
 * what they were quoted into. */
static bool is_mailbox_line(struct sw_slice line)
{
	return sw_slice_starts(line, SW_S("From ")) || sw_slice_starts(line, SW_S(">From "));
}

/* Whether a field that mail has stands on a line of its own near, before an empty line: a line
 * without a colon above it is then a flaw of the header and not its end. */
static bool header_goes_on(struct sw_slice rest)
{
	static const char *const names[] = {
		"Content-", "MIME-Version", "From",       "To",
		"Subject",  "Date",         "Message-ID", "Received",
		"X-",       "Return-Path",  "Reply-To",   "Sender",
		"DKIM-",    "ARC-",         "List-",      "Authentication-Results"
	};
	struct sw_slice line;

	rest = sw_slice_head(rest, SW_MIME_JUNK_AHEAD);
	while (sw_mime_line_next(&rest, &line) && sw_slice_trim(line).len) {
		size_t len = sw_mime_name_length(line);

		for (size_t i = 0; i < SW_LEN(names) && len; i++) {
			struct sw_slice name = sw_slice_str(names[i]);
			bool open = names[i][name.len - 1] == '-';

			if (sw_slice_starts_nocase(line, name) && (open || len == name.len))
				return true;
		}
	}
	return false;
}

/* Whether the line is "--" and a boundary of nobody, with a part's header or an empty line
 * behind it. */
static bool looks_like_boundary(struct sw_slice line, struct sw_slice rest)
{
	struct sw_slice text = without_trail(line), next;

	if (!sw_slice_starts(text, SW_S("--")) || text.len < 3 ||
	    text.len > SW_MAX_MIME_BOUNDARY)
		return false;
	if (!sw_mime_line_next(&rest, &next))
		return false;
	return sw_slice_starts_nocase(next, SW_S("Content-")) && sw_mime_name_length(next) > 0;
}

/* What a line of a header means for the walk. */
enum header_line { FIELD, JUNK, END_BEHIND, END_BEFORE };

static enum header_line judge_line(struct sw_slice line, struct sw_slice rest, bool first,
				   size_t junk)
{
	struct sw_slice trimmed = sw_slice_trim(line);

	if (line.len == 0)
		return END_BEHIND;
	if (trimmed.len == 0) {
		/* Only blanks: a fold, or an empty line of a careless writer. */
		size_t end, len = sw_mime_line_length(rest, &end);
		struct sw_slice next = sw_slice_head(rest, len);
		bool folded = next.len && (next.ptr[0] == ' ' || next.ptr[0] == '\t');

		return !first && (folded || sw_mime_name_length(next)) ? FIELD : END_BEHIND;
	}
	if (sw_mime_name_length(line) || (first && is_mailbox_line(line)))
		return FIELD;
	if (!first && (line.ptr[0] == ' ' || line.ptr[0] == '\t'))
		return FIELD;
	if (looks_like_boundary(line, rest))
		return END_BEFORE;
	return junk < SW_MAX_MIME_JUNK && header_goes_on(rest) ? JUNK : END_BEFORE;
}

/* Empty lines before a message's header, when a header follows. */
static void skip_empty_lines(struct walk *w)
{
	struct sw_slice rest = sw_slice_from(w->in, w->pos), line = { NULL, 0 };
	size_t at = w->pos;

	while (sw_mime_line_next(&rest, &line) && sw_slice_trim(line).len == 0)
		at = w->in.len - rest.len;
	if (at > w->pos && header_goes_on(sw_slice_from(w->in, at)))
		w->pos = at;
}

/* Keeps what the line adds to the fields that describe the part; *open is the one that folded
 * lines go on. */
static void note_field(struct sw_mime_fields *f, struct sw_slice **open, struct sw_slice line,
		       const char *end)
{
	if (line.len && (line.ptr[0] == ' ' || line.ptr[0] == '\t')) {
		if (*open)
			(*open)->len = (size_t)(end - (*open)->ptr);
		return;
	}
	*open = NULL;
	if (!line.len || sw_ascii_lower(line.ptr[0]) != 'c')
		return;
	*open = sw_mime_fields_at(f, line, sw_mime_name_length(line));
	if (*open) {
		size_t colon = sw_slice_find(line, ':') + 1;

		**open = sw_slice(line.ptr + colon, (size_t)(end - line.ptr) - colon);
	}
}

/* Sets p->header and moves on to the body. */
static void read_header(struct walk *w, struct sw_mime_part *p, struct sw_mime_fields *fields)
{
	struct delimiter ignored;
	size_t start = w->pos, end = start, kept = start, junk = 0;
	struct sw_slice rest = sw_slice_from(w->in, start), line, *open = NULL;
	bool ended = false;

	while (sw_mime_line_next(&rest, &line)) {
		enum header_line what = judge_line(line, rest, end == start, junk);

		if (match_line(w, line, &ignored))
			what = END_BEFORE;
		ended = what == END_BEHIND || what == END_BEFORE;
		w->pos = what == END_BEFORE ? end : w->in.len - rest.len;
		w->ret->broken |= what == END_BEFORE || what == JUNK;
		if (ended)
			break;
		junk += what == JUNK;
		end = w->pos;
		if (end - start > SW_MAX_HEADER_BLOCK)
			continue;
		kept = end;
		note_field(fields, &open, line, w->in.ptr + end);
	}
	w->ret->broken |= !ended && p->parent && !sw_mime_is_message(p->parent->type);
	w->ret->cut |= kept < end;
	p->header = sw_slice(w->in.ptr + start, kept - start);
	p->body = sw_slice(w->in.ptr + w->pos, 0);
}

/* The boundary that the lines below show, when the declared one is not there. */
static struct sw_slice sniff_boundary(struct walk *w, struct sw_slice declared)
{
	size_t room = SW_MIME_SNIFF < w->sniff_left ? SW_MIME_SNIFF : w->sniff_left;
	struct sw_slice rest = sw_slice_head(sw_slice_from(w->in, w->pos), room), line;
	struct delimiter ignored;

	for (struct sw_slice s = rest; declared.len;) {
		size_t at = sw_slice_search(s, declared);

		if (at == s.len)
			break;
		if (at >= 2 && s.ptr[at - 1] == '-' && s.ptr[at - 2] == '-')
			return declared;
		s = sw_slice_from(s, at + declared.len);
	}
	w->sniff_left -= rest.len < w->sniff_left ? rest.len : w->sniff_left;
	while (sw_mime_line_next(&rest, &line)) {
		if (match_line(w, line, &ignored))
			break;
		if (looks_like_boundary(line, rest)) {
			w->ret->broken = true;
			return without_trail(sw_slice_from(line, 2));
		}
	}
	return declared;
}

/* After a header: a multipart is opened, and what comes next is said. */
enum then { THEN_CHILD, THEN_DELIMITER };

static enum then begin_body(struct walk *w, struct sw_mime_part *p, struct sw_slice boundary)
{
	bool encoded = p->encoding == SW_TE_BASE64 || p->encoding == SW_TE_QP ||
		       p->encoding == SW_TE_UUENCODE;
	bool message = sw_mime_is_message(p->type) && !encoded;
	bool multipart = sw_slice_starts(p->type, SW_S("multipart/"));

	if (!message && !multipart)
		return THEN_DELIMITER;
	if (p->depth + 1 >= SW_MAX_MIME_DEPTH || w->depth == SW_MAX_MIME_DEPTH) {
		w->ret->cut = true;
		return THEN_DELIMITER;
	}
	if (message)
		return THEN_CHILD;
	boundary = sniff_boundary(w, sw_slice_trim(boundary));
	if (boundary.len == 0 || boundary.len > SW_MAX_MIME_BOUNDARY)
		w->ret->broken = true;
	else
		w->open[w->depth++] = (struct open_part){ .part = p, .boundary = boundary };
	return THEN_DELIMITER;
}

/* Bodies of `from` and all around it, up to but not `until`, end here. */
static void end_bodies(struct walk *w, struct sw_mime_part *from,
		       const struct sw_mime_part *until, size_t at)
{
	for (struct sw_mime_part *p = from; p != until; p = p->parent) {
		size_t start = (size_t)(p->body.ptr - w->in.ptr), end = at;

		/* The line end before a delimiter is the delimiter's (RFC 2046 5.1.1). */
		if (until && end > start && w->in.ptr[end - 1] == '\n')
			end--;
		if (until && end > start && w->in.ptr[end - 1] == '\r')
			end--;
		p->body.len = end > start ? end - start : 0;
	}
}

/* Goes on to the next part; NULL at the end.  *cur is the innermost part that has not ended.
 */
static struct sw_mime_part *next_part(struct walk *w, struct sw_mime_part **cur,
				      enum sw_err *code)
{
	struct delimiter d;

	while (find_delimiter(w, &d)) {
		struct open_part *o = &w->open[d.level];

		end_bodies(w, *cur, o->part, d.at);
		*cur = o->part;
		w->pos = d.next;
		w->ret->broken |= w->depth > d.level + 1;
		w->depth = d.level + !d.closing;
		if (d.closing)
			continue;
		if (w->ret->parts >= SW_MAX_MIME_PARTS) {
			w->ret->cut = true;
			break;
		}
		struct sw_mime_part *p = new_part(w, o->part);

		if (!p) {
			*code = SW_E_NOMEM;
			return NULL;
		}
		if (o->last)
			o->last->next = p;
		else
			o->part->first = p;
		o->last = p;
		return p;
	}
	w->ret->broken |= w->depth > 0;
	end_bodies(w, *cur, NULL, w->in.len);
	return NULL;
}

static enum sw_err walk(struct walk *w)
{
	struct sw_mime_part *p = w->ret->root;
	enum sw_err code = SW_OK;

	while (p && !code) {
		struct sw_mime_fields fields = { 0 };
		struct sw_slice boundary;
		bool top = !p->parent || sw_mime_is_message(p->parent->type);

		if (top)
			skip_empty_lines(w);
		read_header(w, p, &fields);
		code = sw_mime_describe(w->arena, p, &fields, &boundary);
		if (code)
			break;
		struct sw_mime_part *cur = p;

		if (begin_body(w, p, boundary) == THEN_DELIMITER) {
			p = next_part(w, &cur, &code);
		} else if (w->ret->parts >= SW_MAX_MIME_PARTS) {
			w->ret->cut = true;
			p = next_part(w, &cur, &code);
		} else {
			p = p->first = new_part(w, p);
			code = p ? SW_OK : SW_E_NOMEM;
		}
	}
	return code;
}

static bool has_lone_cr(struct sw_slice in)
{
	for (size_t at = 0; at < in.len; at++) {
		at += sw_slice_find(sw_slice_from(in, at), '\r');
		if (at < in.len && !sw_slice_starts(sw_slice_from(in, at + 1), SW_S("\n")))
			return true;
	}
	return false;
}

enum sw_err sw_mime_parse(struct sw_arena *arena, struct sw_slice message, struct sw_mime *ret,
			  struct sw_error *err)
{
	struct sw_mime mime = { 0 };
	/* The stack of open parts is left as it is: it is larger than most messages. */
	struct walk w;

	w.arena = arena;
	w.ret = &mime;
	w.in = message.ptr ? message : SW_S("");
	w.pos = w.depth = w.lf_dashes = w.cr_dashes = 0;
	w.searched = false;
	w.sniff_left = SW_MIME_SNIFF_ALL;
	if (sw_slice_starts(w.in, SW_S("\xef\xbb\xbf")))
		w.pos = 3;
	w.lone_cr = has_lone_cr(w.in);
	mime.root = new_part(&w, NULL);
	if (!mime.root || walk(&w))
		return sw_fail_nomem(err);
	*ret = mime;
	return SW_OK;
}

struct sw_mime_part *sw_mime_next(const struct sw_mime_part *p)
{
	if (p->first)
		return p->first;
	while (p && !p->next)
		p = p->parent;
	return p ? p->next : NULL;
}
