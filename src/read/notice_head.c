/* SPDX-License-Identifier: MIT */
/* What the header of a notice says: who wrote it, and with which program. */
#include "codec/word.h"
#include "read/notice_private.h"

/* Weights; what a header needs to be a bounce's stands in notice_judge.c. */
enum {
	WEIGHT_FAILED_FIELD = 4, /* X-Failed-Recipients */
	WEIGHT_FROM = 3,         /* mailer-daemon and his kin */
	WEIGHT_REPORT = 3,
	WEIGHT_NULL_PATH = 2,
	WEIGHT_SUBJECT = 2,
	WEIGHT_AUTO = 1,
	WEIGHT_LIST = -3, /* mail of a list or a newsletter */
	WEIGHT_ANSWER = -1,
	WEIGHT_ABOUT = -2, /* "Re:", "Fwd:" */
};
enum { FIELD_CUT = 300, HEAD_MAX = 4096 };

/* ---- fields ---- */

static bool field_next(struct sw_slice *rest, struct sw_slice *name, struct sw_slice *value)
{
	size_t end = 0, colon;

	if (rest->len == 0)
		return false;
	for (;;) {
		end += sw_slice_find(sw_slice_from(*rest, end), '\n');
		if (end >= rest->len)
			break;
		end++;
		if (end >= rest->len || (rest->ptr[end] != ' ' && rest->ptr[end] != '\t'))
			break;
	}
	colon = sw_slice_find(sw_slice_head(*rest, end), ':');
	*name = sw_slice_trim(sw_slice_head(*rest, colon < end ? colon : 0));
	*value = sw_slice_trim(sw_slice(rest->ptr + (colon < end ? colon + 1 : 0),
					end - (colon < end ? colon + 1 : 0)));
	*rest = sw_slice_from(*rest, end);
	return true;
}

struct sw_slice notice_header_find(struct sw_slice header, struct sw_slice wanted)
{
	struct sw_slice rest = sw_slice_head(header, SW_MAX_HEADER_BLOCK), name, value;

	while (field_next(&rest, &name, &value))
		if (sw_slice_eq_nocase(name, wanted))
			return value;
	return (struct sw_slice){ 0 };
}

const char *notice_field_text(struct notice_reader *r, struct sw_slice value)
{
	struct sw_buf raw, out;
	const char *text = NULL;
	bool blank = false;

	sw_buf_init(&raw, 2 * SW_MAX_DIAGNOSTIC);
	sw_buf_init(&out, 8 * SW_MAX_DIAGNOSTIC);
	value = sw_slice_head(value, SW_MAX_DIAGNOSTIC);
	for (size_t i = 0; i < value.len; i++) {
		char c = value.ptr[i];
		bool is_blank = c == '\n' || c == '\r' || c == ' ' || c == '\t';

		if (!(is_blank && blank) && sw_buf_add_char(&raw, is_blank ? ' ' : c))
			goto done;
		blank = is_blank;
	}
	if (!sw_words_decode(sw_buf_slice(&raw), &out))
		text = sw_arena_copy(r->arena, sw_buf_slice(&out)).ptr;
done:
	sw_buf_fini(&raw);
	sw_buf_fini(&out);
	return text;
}

/* ---- signs ---- */

/* Fields in which the programs that write bounces show themselves; those that transport and
 * filters add would only hide them. */
static bool may_hold_signs(struct sw_slice name)
{
	static const char *const plain[] = { "sender",       "reply-to",     "errors-to",
					     "user-agent",   "organization", "message-id",
					     "content-type", "precedence",   "auto-submitted",
					     "thread-topic", "mailer",       "comments" };
	static const char *const skipped[] = {
		"x-ms-",         "x-microsoft",     "x-forefront", "x-google-dkim",
		"x-received",    "x-gm-",           "x-spam",      "x-virus",
		"x-original-to", "x-eopattributed", "x-dkim",      "x-brightmail"
	};

	if (sw_slice_starts_nocase(name, SW_S("x-"))) {
		for (size_t i = 0; i < sizeof(skipped) / sizeof(skipped[0]); i++)
			if (sw_slice_starts_nocase(name, sw_slice_str(skipped[i])))
				return false;
		return true;
	}
	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
		if (sw_slice_eq_nocase(name, sw_slice_str(plain[i])))
			return true;
	return false;
}

/* "Name: value" on one line, addresses opened so that their words count. */
static enum sw_err open_field(struct sw_buf *out, struct sw_slice name, struct sw_slice value)
{
	value = sw_slice_head(value, FIELD_CUT);
	if (sw_buf_len(out) + name.len + value.len + 3 > HEAD_MAX)
		return SW_OK;
	if (sw_buf_add(out, name) || sw_buf_add(out, SW_S(": ")))
		return SW_E_NOMEM;
	char *to = sw_buf_reserve(out, value.len + 1);

	if (!to)
		return SW_E_NOMEM;
	for (size_t i = 0; i < value.len; i++)
		to[i] = strchr("@\n\r", value.ptr[i]) ? ' ' : value.ptr[i];
	to[value.len] = '\n';
	sw_buf_commit(out, value.len + 1);
	return SW_OK;
}

static bool is_null_path(struct sw_slice path)
{
	return path.len >= 2 && path.ptr[0] == '<' && sw_slice_find(path, '>') < 3;
}

static void weigh_field(struct notice_reader *r, struct sw_slice name, struct sw_slice value)
{
	struct notice_span span;
	size_t pos = 0;
	bool bracket;

	if (sw_slice_eq_nocase(name, SW_S("list-unsubscribe")) ||
	    sw_slice_eq_nocase(name, SW_S("list-id")) ||
	    sw_slice_eq_nocase(name, SW_S("list-post")))
		r->head_weight += WEIGHT_LIST;
	else if (sw_slice_eq_nocase(name, SW_S("in-reply-to")))
		r->answers = true;
	else if (sw_slice_eq_nocase(name, SW_S("content-type")) &&
		 sw_slice_starts_nocase(value, SW_S("multipart/report")))
		r->head_weight += WEIGHT_REPORT;
	else if (sw_slice_eq_nocase(name, SW_S("to")) &&
		 notice_address_next(value, &pos, &span, &bracket))
		r->own_to = notice_span_slice(value, span);
}

static enum sw_err open_header(struct notice_reader *r, struct sw_buf *out)
{
	struct sw_slice rest = sw_slice_head(r->in->header, SW_MAX_HEADER_BLOCK), name, value;

	if (open_field(out, SW_S("From"), r->in->from) ||
	    open_field(out, SW_S("Subject"), r->in->subject) ||
	    open_field(out, SW_S("Return-Path"), r->in->return_path))
		return SW_E_NOMEM;
	while (field_next(&rest, &name, &value)) {
		weigh_field(r, name, value);
		if (may_hold_signs(name) && open_field(out, name, value))
			return SW_E_NOMEM;
	}
	return SW_OK;
}

/* "Re: ", "Fwd: ", "AW: " ...: somebody speaks about a bounce. */
static bool is_answer(struct sw_slice subject)
{
	static const char *const marks[] = { "re",
					     "fw",
					     "fwd",
					     "aw",
					     "wg",
					     "tr",
					     "rv",
					     "sv",
					     "vs",
					     "antw",
					     "odp",
					     "enc",
					     "res",
					     "ref",
					     "r",
					     "i",
					     "vl",
					     "pd",
					     "\xd0\xbd\xd0\xb0",
					     "\xd0\x9e\xd1\x82\xd0\xb2",
					     "\xe7\xad\x94\xe5\xa4\x8d",
					     "\xe8\xbd\xac\xe5\x8f\x91" };
	size_t colon = sw_slice_find(sw_slice_head(subject, 10), ':');

	for (size_t i = 0; colon < subject.len && i < sizeof(marks) / sizeof(marks[0]); i++)
		if (sw_slice_eq_nocase(sw_slice_trim(sw_slice_head(subject, colon)),
				       sw_slice_str(marks[i])))
			return true;
	return false;
}

static void weigh_phrases(struct notice_reader *r)
{
	const uint32_t subject = 1U << SW_PHRASE_SUBJECT | 1U << SW_PHRASE_FAILED |
				 1U << SW_PHRASE_DELAYED | 1U << SW_PHRASE_GAVE_UP;
	size_t from_end = sw_slice_find(r->head, '\n');
	size_t subject_end =
		from_end + 1 + sw_slice_find(sw_slice_from(r->head, from_end + 1), '\n');
	uint32_t in_from = 0, in_subject = 0;

	for (size_t i = 0; i < r->hit_count; i++) {
		const struct sw_phrase_hit *h = &r->hits[i];

		if (h->end <= from_end || (h->at > subject_end && h->role == SW_PHRASE_FROM))
			in_from |= 1U << h->role;
		else if (h->at <= subject_end)
			in_subject |= 1U << h->role;
		if (h->role == SW_PHRASE_DENY)
			r->head_roles |= 1U << SW_PHRASE_DENY;
	}
	/* Some mail systems answer in form. */
	if (notice_has(in_from, SW_PHRASE_FROM))
		r->head_weight += WEIGHT_FROM;
	else if (r->answers)
		r->head_weight += WEIGHT_ANSWER;
	if (in_subject & subject && !is_answer(r->in->subject)) {
		r->head_weight += WEIGHT_SUBJECT;
		r->head_roles |= in_subject & subject;
	}
	if (is_answer(r->in->subject) && !notice_has(in_from, SW_PHRASE_FROM))
		r->head_weight += WEIGHT_ABOUT;
}

enum sw_err notice_head_read(struct notice_reader *r)
{
	struct sw_slice auto_submitted = sw_slice_trim(r->in->auto_submitted);
	struct sw_buf out;
	enum sw_err code;

	sw_buf_init(&out, HEAD_MAX + 16);
	code = open_header(r, &out);
	if (!code) {
		r->head = sw_arena_copy(r->arena, sw_buf_slice(&out));
		code = r->head.ptr ? notice_phrases_find(r, r->head) : SW_E_NOMEM;
	}
	sw_buf_fini(&out);
	if (code)
		return code;
	weigh_phrases(r);
	if (is_null_path(r->in->return_path) || is_null_path(sw_slice_trim(r->in->from)))
		r->head_weight += WEIGHT_NULL_PATH;
	if (auto_submitted.len && !sw_slice_starts_nocase(auto_submitted, SW_S("no")))
		r->head_weight += WEIGHT_AUTO;
	if (r->in->failed_recipients.len)
		r->head_weight += WEIGHT_FAILED_FIELD;
	return SW_OK;
}
