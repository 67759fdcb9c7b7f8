/* SPDX-License-Identifier: MIT */
/* Where the notice ends and the returned message begins, and what a notice tells of the
 * message in its own text. */
#include "read/notice_private.h"

static bool is_content(const struct notice_line *l)
{
	return l->shape != NOTICE_BLANK && l->shape != NOTICE_RULE;
}

static size_t next_content(const struct notice_reader *r, size_t i)
{
	while (i < r->line_count && !is_content(&r->lines[i]))
		i++;
	return i;
}

/* The lines of one head. */
struct block {
	size_t first, end;              /* lines */
	size_t fields, transport, told; /* told: fields that a summary has */
};

/* The end of a field that begins at line i: its folded lines are indented deeper, or have no
 * name. */
static size_t field_end(const struct notice_reader *r, size_t i)
{
	const struct notice_line *l = &r->lines[i++];

	while (i < r->line_count && is_content(&r->lines[i]) &&
	       r->lines[i].shape != NOTICE_FIELD && r->lines[i].shape != NOTICE_BOUNDARY &&
	       r->lines[i].indent > l->indent)
		i++;
	return i;
}

static struct block block_at(const struct notice_reader *r, size_t i)
{
	struct block b = { .first = i, .end = i };

	while (b.end < r->line_count) {
		const struct notice_line *l = &r->lines[b.end];

		if (l->shape != NOTICE_FIELD || notice_is_report((enum notice_field)l->field))
			break;
		b.fields++;
		b.transport += l->field == NOTICE_F_TRANSPORT;
		b.told += l->field == NOTICE_F_MESSAGE_ID || l->field == NOTICE_F_FROM ||
			  l->field == NOTICE_F_SUBJECT || l->field == NOTICE_F_DATE ||
			  l->field == NOTICE_F_TO;
		b.end = field_end(r, b.end);
	}
	return b;
}

/* ---- its fields ---- */

static void take(struct sw_slice *to, struct sw_slice value)
{
	if (to->len == 0)
		*to = value;
}

static void read_field(struct notice_reader *r, size_t first, size_t end)
{
	const struct notice_line *l = &r->lines[first];
	struct sw_slice text = sw_slice(r->text.ptr + l->at, r->lines[end - 1].end - l->at);
	size_t value = 0;

	notice_field_of(notice_line_text(r, l), &value);
	text = sw_slice_trim(sw_slice_from(text, value));
	switch ((enum notice_field)l->field) {
	case NOTICE_F_MESSAGE_ID:
		take(&r->original.message_id, text);
		break;
	case NOTICE_F_FROM:
		take(&r->original.from, text);
		break;
	case NOTICE_F_TO:
		take(&r->original.to, text);
		break;
	case NOTICE_F_SUBJECT:
		take(&r->original.subject, text);
		break;
	case NOTICE_F_DATE:
		take(&r->original.date, text);
		break;
	case NOTICE_F_NONE:
	case NOTICE_F_TRANSPORT:
	case NOTICE_F_MIME:
	case NOTICE_F_OTHER:
	case NOTICE_F_FINAL:
	case NOTICE_F_ORIGINAL:
	case NOTICE_F_ACTION:
	case NOTICE_F_STATUS:
	case NOTICE_F_DIAGNOSTIC:
	case NOTICE_F_REMOTE:
	case NOTICE_F_REPORTER:
	case NOTICE_F_REPORT:
		break;
	}
}

static void read_block(struct notice_reader *r, const struct block *b)
{
	for (size_t i = b->first; i < b->end;) {
		size_t end = field_end(r, i);

		if (r->lines[i].shape == NOTICE_FIELD)
			read_field(r, i, end);
		i = end;
	}
}

static void quote(struct notice_reader *r, const struct block *b)
{
	for (size_t i = b->first; i < b->end; i++)
		r->lines[i].quoted = true;
	read_block(r, b);
}

/* ---- its beginning ---- */

static bool is_text(const struct notice_line *l)
{
	return l->shape == NOTICE_TEXT;
}

/* "Your message could not be delivered:" is about its fate. */
static bool goes_on(const struct notice_reader *r, const struct notice_line *l,
		    const struct sw_phrase_hit *from)
{
	for (uint32_t i = 0; i < l->hits; i++) {
		const struct sw_phrase_hit *h = &r->hits[l->hit + i];

		if ((h->at >= from->end || h->end <= from->at) &&
		    (h->role == SW_PHRASE_FAILED || h->role == SW_PHRASE_DELAYED ||
		     h->role == SW_PHRASE_RECIPIENTS))
			return true;
	}
	return false;
}

/* A line that says that the message follows, not one that speaks of it in passing: set apart,
 * before a colon, nearly the whole line, or with a head behind it. */
static bool announces(const struct notice_reader *r, size_t i)
{
	const struct notice_line *l = &r->lines[i];
	const struct sw_phrase_hit *h = notice_line_hit(r, l, SW_PHRASE_ORIGINAL);
	struct sw_slice text = notice_line_text(r, l);
	size_t next, covered, end;

	if (!h || notice_has(l->roles, SW_PHRASE_SKIP) || goes_on(r, l, h))
		return false;
	end = h->end < l->end ? h->end : l->end;
	covered = end - h->at;
	if (l->shape == NOTICE_HEADING || text.ptr[text.len - 1] == ':' ||
	    (covered + 12 >= text.len && (i == 0 || !is_text(&r->lines[i - 1]))))
		return true;
	next = next_content(r, i + 1);
	return next < r->line_count &&
	       (r->lines[next].shape == NOTICE_FIELD ||
		r->lines[next].shape == NOTICE_BOUNDARY) &&
	       !notice_is_report((enum notice_field)r->lines[next].field);
}

/* An unpacked MIME part that holds a message: its body begins behind its own fields. */
static size_t message_part(const struct notice_reader *r, size_t i)
{
	bool message = false;

	for (i++; i < r->line_count && r->lines[i].shape == NOTICE_FIELD;
	     i = field_end(r, i)) {
		struct sw_slice s = notice_line_text(r, &r->lines[i]);

		if (r->lines[i].field != NOTICE_F_MIME)
			return 0;
		message |= sw_slice_search(s, SW_S("message/rfc822")) < s.len ||
			   sw_slice_search(s, SW_S("rfc822-headers")) < s.len;
	}
	return message ? next_content(r, i) : 0;
}

static bool nothing_said(const struct notice_reader *r, uint32_t roles)
{
	(void)r;
	return !notice_has(roles, SW_PHRASE_FAILED) && !notice_has(roles, SW_PHRASE_DELAYED) &&
	       !notice_has(roles, SW_PHRASE_RECIPIENTS) &&
	       !notice_has(roles, SW_PHRASE_GAVE_UP);
}

/* A sender's own line of mboxes: "From a@b Thu Apr 29 ...". */
static bool is_mbox(const struct notice_reader *r, size_t i)
{
	struct sw_slice s = notice_line_text(r, &r->lines[i]);
	size_t next = i + 1;

	return sw_slice_starts(s, SW_S("From ")) && next < r->line_count &&
	       r->lines[next].shape == NOTICE_FIELD &&
	       r->lines[next].field == NOTICE_F_TRANSPORT;
}

static bool cut(struct notice_reader *r, size_t i, size_t head)
{
	struct block b = { 0 };

	if (head < r->line_count) {
		b = block_at(r, head + is_mbox(r, head));
		read_block(r, &b);
	}
	if (r->original.text.len == 0 && head < r->line_count) {
		size_t rest = b.end < r->line_count && b.end > 0 ? b.end : head;

		r->original.text = sw_slice_from(r->text, r->lines[rest].at);
	}
	r->end = i;
	return true;
}

/* Looks at line i, the roles of the lines before it given; true when the notice ends here. */
static bool look(struct notice_reader *r, size_t *i, uint32_t roles)
{
	struct notice_line *l = &r->lines[*i];
	struct block b;
	size_t head;

	if (l->shape == NOTICE_BOUNDARY) {
		head = message_part(r, *i);
		return head ? cut(r, *i, head) : false;
	}
	if (is_mbox(r, *i))
		return cut(r, *i, *i);
	if (l->shape == NOTICE_FIELD && !notice_is_report((enum notice_field)l->field)) {
		b = block_at(r, *i);
		if (b.transport && b.fields >= 2)
			return cut(r, *i, *i);
		if (b.told >= 2 || (b.told && l->field != NOTICE_F_TO)) {
			quote(r, &b);
			*i = b.end - 1;
		}
		return false;
	}
	if (!announces(r, *i))
		return false;
	head = next_content(r, *i + 1);
	if (head < r->line_count && r->lines[head].shape == NOTICE_FIELD) {
		b = block_at(r, head);
		if (b.transport || (b.fields && !nothing_said(r, roles)))
			return cut(r, *i, head);
		return false;
	}
	/* A word about the message and then more of the notice, which has named nobody yet. */
	if (nothing_said(r, roles | l->roles) || !memchr(r->text.ptr, '@', l->at))
		return false;
	return cut(r, *i, head);
}

void notice_original_find(struct notice_reader *r)
{
	uint32_t roles = 0;

	r->roles = 0;
	for (size_t i = 0; i < r->line_count; i++) {
		if (look(r, &i, roles))
			break;
		roles |= r->lines[i].quoted ? 0 : r->lines[i].roles;
	}
	if (r->end < r->line_count)
		roles |= 1U << SW_PHRASE_ORIGINAL;
	r->roles = roles;
}
