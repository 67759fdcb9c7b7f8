/* SPDX-License-Identifier: MIT */
/* What kind of message it is, and who reads it. */
#include "read/bounce.h"

#include "base/text.h"
#include "codec/utf8.h"
#include "knowledge/phrase.h"
#include "read/bounce_private.h"
#include "read/notice.h"

const char *bounce_string(struct bounce_reader *r, struct sw_slice s)
{
	s = sw_slice_head(sw_slice_trim(s), SW_MAX_REPLY_LINE);
	if (s.len == 0)
		return "";
	if (sw_slice_find(s, '\0') == s.len && sw_utf8_valid(s))
		return sw_arena_copy(r->arena, s).ptr;
	/* A byte that means nothing becomes four. */
	SW_CLEANUP(sw_buf_fini) struct sw_buf text = { .max = 4 * s.len + 4 };

	if (sw_utf8_add_lossless(&text, s))
		return NULL;
	for (size_t i = text.start; i < text.end; i++)
		if (text.data[i] == '\0')
			text.data[i] = ' ';
	return sw_arena_copy(r->arena, sw_buf_slice(&text)).ptr;
}

const char *bounce_one_line(struct bounce_reader *r, struct sw_slice s)
{
	struct sw_slice copy = sw_arena_copy(r->arena, s);
	char *to = (char *)(uintptr_t)copy.ptr;
	size_t len = 0;

	if (!to)
		return NULL;
	for (size_t i = 0; i < s.len; i++) {
		bool blank = s.ptr[i] == '\n' || s.ptr[i] == '\t' || s.ptr[i] == '\r' ||
			     s.ptr[i] == ' ';

		if (!blank)
			to[len++] = s.ptr[i];
		else if (len && to[len - 1] != ' ')
			to[len++] = ' ';
	}
	return bounce_string(r, sw_slice(to, len));
}

struct sw_bounce_recipient *bounce_recipient_add(struct bounce_reader *r,
						 enum sw_bounce_action action)
{
	struct sw_bounce_recipient *b = sw_arena_alloc(r->arena, sizeof(*b)), **end;

	if (!b)
		return NULL;
	b->address = b->final_address = b->diagnostic = b->remote_host = "";
	b->action = action;
	for (end = &r->ret->recipients; *end;)
		end = &(*end)->next;
	*end = b;
	r->ret->recipient_count++;
	return b;
}

static void clear(struct sw_bounce *ret, const char *why)
{
	*ret = (struct sw_bounce){
		.why = why, .layout = "", .reporting_mta = "", .feedback_type = ""
	};
	ret->original.message_id = ret->original.sender = ret->original.date = "";
	ret->original.subject = ret->original.envelope_id = "";
}

/* What was cut at a limit may have lost a piece of a character. */
static enum sw_err clean(struct bounce_reader *r, const char **text)
{
	if (sw_utf8_valid(sw_slice_str(*text)))
		return SW_OK;
	*text = bounce_string(r, sw_slice_str(*text));
	return *text ? SW_OK : SW_E_NOMEM;
}

static enum sw_err clean_all(struct bounce_reader *r)
{
	struct sw_bounce *b = r->ret;
	const char **texts[] = { &b->reporting_mta,    &b->original.message_id,
				 &b->original.sender,  &b->original.date,
				 &b->original.subject, &b->original.envelope_id };
	enum sw_err code = SW_OK;

	for (size_t i = 0; i < SW_LEN(texts) && !code; i++)
		code = clean(r, texts[i]);
	for (struct sw_bounce_recipient *p = b->recipients; p && !code; p = p->next) {
		code = clean(r, &p->address);
		code = code ? code : clean(r, &p->final_address);
		code = code ? code : clean(r, &p->diagnostic);
		code = code ? code : clean(r, &p->remote_host);
	}
	return code;
}

/* A person who sends a report on: the parts may have survived, the witness is another one. */
static bool is_persons(const struct bounce_reader *r)
{
	const struct bounce_head *h = &r->head;
	bool machine = bounce_has_null_path(h) || h->failed_recipients.len ||
		       bounce_from_daemon(h) ||
		       sw_slice_starts_nocase(h->auto_submitted, SW_S("auto"));

	if (machine || sw_slice_eq(r->mime.root->type, SW_S("multipart/report")))
		return false;
	return bounce_is_answer(h->subject) || h->in_reply_to.len || h->mailer.len;
}

enum sw_err bounce_read_notice(struct bounce_reader *r, struct sw_error *err)
{
	const struct sw_notice in = {
		.from = r->head.from,
		.subject = r->head.subject,
		.return_path = r->head.return_path,
		.auto_submitted = r->head.auto_submitted,
		.failed_recipients = r->head.failed_recipients,
		.header = r->mime.root->header,
		.text = r->text,
		.original = r->original_message,
	};

	return sw_notice_read(r->k, r->arena, &in, r->ret, err);
}

static enum sw_err read_message(struct bounce_reader *r, struct sw_error *err);

/* A notice that another machine wrapped: a list manager or a gateway that did not know what to
 * do with it. */
static enum sw_err read_inside(struct bounce_reader *r, struct sw_error *err)
{
	const struct sw_mime_part *inner = r->original ? r->original->first : NULL;
	struct bounce_reader sub = {
		.k = r->k, .arena = r->arena, .ret = r->ret, .nesting = r->nesting + 1
	};
	bool machine = bounce_has_null_path(&r->head) || r->head.list ||
		       bounce_from_daemon(&r->head) ||
		       sw_slice_starts_nocase(r->head.auto_submitted, SW_S("auto"));

	if (!inner || !machine || r->nesting >= SW_MAX_BOUNCE_NESTING)
		return SW_OK;
	if (!sw_slice_eq(inner->type, SW_S("multipart/report")))
		return SW_OK;
	const char *why = r->ret->why;

	sub.message = r->original_message;
	enum sw_err code = read_message(&sub, err);

	if (!code && !r->ret->is_bounce)
		r->ret->why = why;
	return code;
}

/* Those whose kind stands in the structure. */
static enum sw_err read_standard(struct bounce_reader *r)
{
	enum sw_err code = bounce_read_feedback(r);

	if (!code && !r->ret->is_bounce && r->report_count && !is_persons(r))
		code = bounce_read_dsn(r);
	if (!code && !r->ret->is_bounce && r->mdn)
		code = bounce_read_mdn(r);
	return code;
}

/* Words in the names of mailboxes that no person reads. */
static bool is_robot(struct sw_slice address)
{
	static const char *const words[] = { "reply", "admin",   "system", "mail",
					     "notif", "deliver", "server", "gateway",
					     "robot", "return",  "error",  "undeliv" };
	struct sw_slice local = sw_slice_head(address, sw_slice_find(address, '@'));

	for (size_t i = 0; i < SW_LEN(words); i++) {
		struct sw_slice word = sw_slice_str(words[i]);

		for (size_t at = 0; at + word.len <= local.len; at++)
			if (sw_slice_starts_nocase(sw_slice_from(local, at), word))
				return true;
	}
	return false;
}

/* People write about bounces in the words of bounces: something else must show a machine.  A
 * file without Return-Path never was delivered, or lost its envelope. */
static bool is_machines(const struct bounce_reader *r)
{
	const struct bounce_head *h = &r->head;

	return bounce_has_null_path(h) || h->failed_recipients.len || bounce_from_daemon(h) ||
	       sw_slice_starts_nocase(h->auto_submitted, SW_S("auto")) ||
	       sw_slice_starts_nocase(h->precedence, SW_S("junk")) ||
	       sw_slice_starts_nocase(h->precedence, SW_S("bulk")) ||
	       sw_slice_starts(r->mime.root->type, SW_S("multipart/report")) ||
	       !sw_slice_eq(sw_slice_str(r->ret->layout), SW_S("notice")) ||
	       (!h->has_return_path && is_robot(bounce_address(h->from)));
}

/* A notice that names nobody: one inside of it may, else the returned message says for whom it
 * was. */
static enum sw_err name_nobody(struct bounce_reader *r, struct sw_error *err)
{
	const struct sw_bounce outer = *r->ret;
	enum sw_err code = read_inside(r, err);

	if (code || (r->ret->is_bounce && r->ret->recipient_count))
		return code;
	*r->ret = outer;
	return bounce_name_from_original(r);
}

/* The subject says that mail was refused, and is no answer's. */
static bool is_titled_failure(const struct bounce_reader *r)
{
	enum { MOST = 16 };
	struct sw_phrase_hit hits[MOST];
	size_t count;

	if (bounce_is_answer(r->head.subject) || bounce_is_vacation(r))
		return false;
	count = sw_phrases_find(r->k, r->head.subject, hits, MOST);
	for (size_t i = 0; i < count && i < MOST; i++)
		if (hits[i].role == SW_PHRASE_FAILED || hits[i].role == SW_PHRASE_SUBJECT)
			return true;
	return false;
}

/* Who answers by machine, and is no mail system: somebody who is away, or a list or a filter
 * that refused the message. */
static enum sw_err read_answer(struct bounce_reader *r, struct sw_error *err)
{
	enum sw_err code = SW_OK;

	if (is_titled_failure(r))
		code = bounce_read_notice(r, err);
	if (code || (r->ret->is_bounce && r->ret->recipient_count))
		return code;
	clear(r->ret, "");
	return bounce_read_autoreply(r);
}

/* Those that must be read to be known.  Who answers for himself is asked before who reports
 * for others, unless a mail system writes. */
static enum sw_err read_prose(struct bounce_reader *r, struct sw_error *err)
{
	bool daemon = bounce_from_daemon(&r->head) || r->head.failed_recipients.len;
	bool autoreply = bounce_is_autoreply(r);
	enum sw_err code = SW_OK;

	if (autoreply && !daemon)
		return read_answer(r, err);
	if (is_persons(r) && bounce_is_answer(r->head.subject)) {
		r->ret->why = "A person wrote it, as an answer or to forward something.";
		return SW_OK;
	}
	code = bounce_read_notice(r, err);
	if (!code && r->ret->is_bounce && !is_machines(r))
		clear(r->ret,
		      "It reads like a notice, but nothing shows that a machine wrote it.");
	if (!code && r->ret->is_bounce && r->ret->recipient_count == 0)
		return name_nobody(r, err);
	if (code || r->ret->is_bounce)
		return code;
	/* A mail system says that it answers by machine of whatever it writes. */
	if (r->report_count && daemon)
		return bounce_read_empty_dsn(r);
	return autoreply && (!daemon || bounce_is_vacation(r)) ? bounce_read_autoreply(r)
							       : SW_OK;
}

static enum sw_err read_message(struct bounce_reader *r, struct sw_error *err)
{
	enum sw_err code = sw_mime_parse(r->arena, r->message, &r->mime, err);

	clear(r->ret, "Nothing in it tells of a delivery.");
	if (!code)
		code = bounce_head_read(r);
	if (!code)
		code = bounce_parts_find(r);
	if (!code)
		code = read_standard(r);
	/* A receipt says what it is. */
	bool receipt = !code && !r->ret->is_bounce && r->mdn;

	if (!code && !r->ret->is_bounce && !receipt)
		code = read_prose(r, err);
	r->ret->cut |= r->mime.cut;
	if (!code && !r->ret->is_bounce && !receipt)
		return read_inside(r, err);
	if (code || !r->ret->is_bounce)
		return code;
	code = bounce_original_read(r);
	bounce_find_moments(r);
	if (!code && sw_slice_eq(sw_slice_str(r->ret->layout), SW_S("rfc3464")))
		code = bounce_complete(r);
	if (!code)
		code = clean_all(r);
	return code ? code : bounce_classify(r);
}

enum sw_err sw_bounce_read(const struct sw_knowledge *k, struct sw_arena *arena,
			   struct sw_slice message, struct sw_bounce *ret,
			   struct sw_error *err)
{
	struct sw_bounce bounce = { 0 };
	struct bounce_reader r = {
		.k = k, .arena = arena, .ret = &bounce, .message = message
	};
	enum sw_err code = read_message(&r, err);

	if (code)
		return sw_fail_nomem(err);
	if (!bounce.is_bounce)
		clear(&bounce, bounce.why);
	*ret = bounce;
	return SW_OK;
}
