/* SPDX-License-Identifier: MIT */
/* Completing what a report leaves open, and judging. */
#include "knowledge/advice.h"
#include "read/bounce_private.h"
#include "read/notice.h"

/* The last two labels of a host or of an address's domain. */
static struct sw_slice site_of(const char *name)
{
	const char *at = strrchr(name, '@');
	struct sw_slice host = sw_slice_str(at ? at + 1 : name);
	size_t start = host.len;

	for (unsigned dots = 0; start > 0; start--)
		if (host.ptr[start - 1] == '.' && ++dots == 2)
			break;
	return sw_slice_from(host, start);
}

/* Who refused.  The reporter did when he has the recipient's domain; else he is mostly the
 * sender's own relay, who passes on what another one said. */
static struct sw_slice host_of(const struct bounce_reader *r,
			       const struct sw_bounce_recipient *b)
{
	const char *reporter = r->ret->reporting_mta;

	if (b->remote_host[0])
		return sw_slice_str(b->remote_host);
	return sw_slice_eq_nocase(site_of(reporter), site_of(b->address))
		       ? sw_slice_str(reporter)
		       : SW_S("");
}

static void judge(struct bounce_reader *r, const struct sw_bounce_recipient *b,
		  struct sw_class *ret)
{
	const struct sw_reply_context context = {
		.code = b->code,
		.enhanced = b->enhanced,
		.has_stage = b->has_stage,
		.stage = b->stage,
		.host = host_of(r, b),
	};

	sw_classify_reply(r->k, sw_slice_str(b->diagnostic), &context, ret);
}

/* A judgement always names a probe, if only "". */
static bool is_judged(const struct sw_bounce_recipient *b)
{
	return b->class.probe != NULL;
}

bool bounce_is_category(const struct bounce_reader *r, const struct sw_class *c,
			const char *id)
{
	return strcmp(sw_category_at(r->k, c->category).id, id) == 0;
}

/* "X-Unix; 71" holds no word. */
static bool has_word(const char *s)
{
	for (; *s; s++)
		if (((unsigned char)*s & 0x80) ||
		    (sw_ascii_lower(*s) >= 'a' && sw_ascii_lower(*s) <= 'z'))
			return true;
	return false;
}

/* The text up to the returned message, where that stands in it: fields that only whole
 * messages have show its begin. */
struct sw_slice bounce_own_text(struct sw_slice text)
{
	static const struct sw_slice names[] = {
		{ "Received", 8 },      { "Return-Path", 11 }, { "DKIM-Signature", 14 },
		{ "MIME-Version", 12 }, { "Message-ID", 10 },  { "Content-Type", 12 },
		{ "Delivered-To", 12 }, { "X-", 2 },           { "ARC-", 4 },
	};
	struct sw_slice rest = text, line;

	for (size_t at = 0; sw_mime_line_next(&rest, &line); at = text.len - rest.len) {
		line = sw_slice_trim(line);
		size_t name = sw_mime_name_length(line);

		for (size_t i = 0; i < SW_LEN(names) && name; i++) {
			bool open = names[i].ptr[names[i].len - 1] == '-';

			if (sw_slice_starts_nocase(line, names[i]) &&
			    (open || name == names[i].len))
				return sw_slice_head(text, at);
		}
	}
	return text;
}

/* When nothing that was found for the recipient says why, some sentence of the notice may. */
static enum sw_err ask_whole_text(struct bounce_reader *r, struct sw_bounce_recipient *b)
{
	struct sw_slice text = bounce_own_text(sw_slice_head(r->text, SW_MAX_REPLY_LINE));
	struct sw_bounce_recipient other = *b;

	other.diagnostic = bounce_string(r, text);
	if (!other.diagnostic)
		return SW_E_NOMEM;
	judge(r, &other, &other.class);
	if (other.class.by != SW_BY_RULE || other.class.evidence_count == 0)
		return SW_OK;
	text = bounce_paragraph(sw_slice_str(other.diagnostic), other.class.evidence[0].at);
	other.diagnostic = bounce_one_line(r, text);
	if (!other.diagnostic)
		return SW_E_NOMEM;
	judge(r, &other, &other.class);
	if (other.class.by != SW_BY_RULE)
		return SW_OK;
	b->diagnostic = other.diagnostic;
	b->class = other.class;
	/* A guess strikes nobody off a list at once. */
	if (b->class.list_action == SW_LIST_SUPPRESS)
		b->class.list_action = SW_LIST_COUNT;
	return SW_OK;
}

/* Nothing was understood, or no more than that the message was refused. */
static bool is_vague(const struct bounce_reader *r, const struct sw_bounce_recipient *b)
{
	enum { WEAK = 55 };

	return bounce_is_category(r, &b->class, "unknown") ||
	       (bounce_is_category(r, &b->class, "policy.other") &&
		b->class.confidence <= WEAK && b->class.by == SW_BY_RULE && b->code == 0);
}

enum sw_err bounce_classify(struct bounce_reader *r)
{
	bool few = r->ret->recipient_count <= 3;
	enum sw_err code = SW_OK;

	for (struct sw_bounce_recipient *b = r->ret->recipients; b && !code; b = b->next) {
		bool bad = b->action == SW_BOUNCE_FAILED || b->action == SW_BOUNCE_DELAYED;

		if (!is_judged(b))
			judge(r, b, &b->class);
		if (bad && few && is_vague(r, b) && r->text.len &&
		    (b->code == 0 || !has_word(b->diagnostic)))
			code = ask_whole_text(r, b);
		if (!code)
			bounce_judge(r, b);
	}
	return code;
}

/* What a report says of one recipient, while the text is asked. */
struct report {
	struct sw_bounce_recipient *of;
	const char *diagnostic;
	int code;
	struct sw_enhanced enhanced;
	struct sw_class class;
};

/* Whether the words of a report say anything: a rule knows them. */
static bool says_enough(struct bounce_reader *r, struct sw_bounce_recipient *b)
{
	judge(r, b, &b->class);
	return b->diagnostic[0] && b->class.by == SW_BY_RULE;
}

/* A status of address or mailbox says all that there is to say (RFC 3463 3.2, 3.3): "see the
 * attachments" beside it says nothing. */
static bool tells_of_mailbox(const struct report *report)
{
	struct sw_enhanced e = report->enhanced;

	return !report->diagnostic[0] && e.detail &&
	       (e.subject == 1 || (e.subject == 2 && e.detail < 4)) &&
	       report->class.by == SW_BY_ENHANCED;
}

/* The better of what the report and the text say. */
static void settle(struct bounce_reader *r, const struct report *report)
{
	struct sw_bounce_recipient *b = report->of;
	int text_code = b->code;

	b->enhanced = bounce_better_code(report->enhanced, b->enhanced);
	if (report->code)
		b->code = report->code;
	judge(r, b, &b->class);
	/* Words that no rule knows either are worth no more than the report's own, and words
	 * without a code no more than those of a reply: every notice says that an error
	 * occurred. */
	bool known = b->class.by == SW_BY_RULE && (text_code || !report->code) &&
		     !(text_code == 0 && tells_of_mailbox(report));
	bool better = b->diagnostic[0] && (!has_word(report->diagnostic) || known);

	if (better)
		return;
	b->diagnostic = report->diagnostic;
	b->code = report->code;
	b->enhanced = report->enhanced;
	b->class = report->class;
}

/* Recipients that the text adds are none of the report's: whoever wrote the report named all.
 */
static void drop_added(struct bounce_reader *r, size_t count)
{
	struct sw_bounce_recipient **end = &r->ret->recipients;

	for (size_t i = 0; i < count && *end; i++)
		end = &(*end)->next;
	*end = NULL;
	r->ret->recipient_count = count;
}

static enum sw_err complete(struct bounce_reader *r, struct report *poor, size_t count)
{
	size_t recipients = r->ret->recipient_count;
	const char *layout = r->ret->layout, *why = r->ret->why;

	for (size_t i = 0; i < count; i++) {
		poor[i].of->diagnostic = "";
		poor[i].of->code = 0;
		poor[i].of->enhanced = (struct sw_enhanced){ 0 };
	}
	enum sw_err code = bounce_read_notice(r, NULL);

	if (code)
		return code;
	drop_added(r, recipients);
	r->ret->layout = layout;
	r->ret->why = why;
	for (size_t i = 0; i < count; i++)
		settle(r, &poor[i]);
	return SW_OK;
}

enum sw_err bounce_complete(struct bounce_reader *r)
{
	struct report *poor;
	size_t count = 0;

	if (r->text.len == 0)
		return SW_OK;
	poor = sw_arena_alloc(r->arena, r->ret->recipient_count * sizeof(*poor));
	if (!poor)
		return SW_E_NOMEM;
	for (struct sw_bounce_recipient *b = r->ret->recipients; b; b = b->next) {
		bool bad = b->action == SW_BOUNCE_FAILED || b->action == SW_BOUNCE_DELAYED;

		if (!bad || says_enough(r, b))
			continue;
		poor[count++] = (struct report){ .of = b,
						 .diagnostic = b->diagnostic,
						 .code = b->code,
						 .enhanced = b->enhanced,
						 .class = b->class };
	}
	return count ? complete(r, poor, count) : SW_OK;
}
