/* SPDX-License-Identifier: MIT */
/* A pasted text that is a message, or a notice of a mail system without its header: what it
 * says of each recipient. */
#include "api/explain.h"

#include "base/text.h"
#include "read/bounce.h"

/* Fields of which any message has some. */
static const char *const fields[] = {
	"from",
	"to",
	"subject",
	"date",
	"received",
	"return-path",
	"message-id",
	"mime-version",
	"content-type",
	"delivered-to",
	"sender",
	"reply-to",
	"x-failed-recipients",
	"auto-submitted",
	"dkim-signature",
	"cc",
	"x-original-to",
	"authentication-results",
};

/* What notices say, and little else does. */
static const char *const phrases[] = {
	"final-recipient:",        "diagnostic-code:",
	"reporting-mta:",          "undeliver",
	"mail delivery",           "delivery status",
	"delivery has failed",     "delivery to the following",
	"could not be delivered",  "couldn't be delivered",
	"wasn't delivered",        "not delivered",
	"this is the mail system", "created automatically by mail",
	"was undeliverable",       "not been delivered",
	"returned to sender",      "following address",
	"following recipient",     "permanent error",
	"able to deliver",         "не доставлено",
	"не было доставлено",      "не удалось доставить",
	"Не удалось доставить",    "unzustellbar",
	"nicht zugestellt",        "n'a pas pu",
	"no se pudo entregar",     "non è stato possibile",
};

enum { LOOKED_AT = 16 * 1024 }; /* for signs: the header, or the notice's first words */

static bool is_known_field(struct sw_slice line)
{
	struct sw_slice name = sw_slice_head(line, sw_slice_find(line, ':'));

	for (size_t i = 0; name.len < line.len && i < SW_LEN(fields); i++)
		if (sw_slice_eq_nocase(name, sw_slice_str(fields[i])))
			return true;
	return false;
}

/* Two fields that messages have, before any empty line. */
static bool has_header(struct sw_slice text)
{
	struct sw_slice rest = sw_slice_head(text, LOOKED_AT), line;
	size_t known = 0, seen = 0;

	while (known < 2 && sw_slice_split(&rest, '\n', &line)) {
		bool blank = sw_slice_trim(line).len == 0;

		if (blank && seen > 0)
			break;
		known += is_known_field(line);
		seen += !blank;
		/* The first line may be that of an mbox. */
		if (seen == 1 && !known && !sw_slice_starts(line, SW_S("From ")) && !blank &&
		    sw_slice_find(line, ':') == line.len)
			return false;
	}
	return known >= 2;
}

static bool holds(struct sw_slice text, const char *phrase)
{
	struct sw_slice wanted = sw_slice_str(phrase);

	for (size_t i = 0; i + wanted.len <= text.len; i++)
		if (sw_slice_starts_nocase(sw_slice_from(text, i), wanted))
			return true;
	return false;
}

static bool is_notice(struct sw_slice text)
{
	struct sw_slice head = sw_slice_head(text, LOOKED_AT);

	if (sw_slice_find(head, '@') == head.len || sw_slice_find(head, '\n') == head.len)
		return false;
	for (size_t i = 0; i < SW_LEN(phrases); i++)
		if (holds(head, phrases[i]))
			return true;
	return false;
}

/* Blank lines before a header are no header. */
static struct sw_slice without_blanks(struct sw_slice text)
{
	size_t at = 0;

	while (at < text.len && strchr("\r\n", text.ptr[at]) && text.ptr[at])
		at++;
	return sw_slice_from(text, at);
}

/* A notice as the message that it was; the header is what all of them share. */
static enum sw_err wrap_notice(struct sw_explanation *x, struct sw_slice text,
			       struct sw_slice *ret)
{
	bool report = is_known_field(sw_slice_head(text, sw_slice_find(text, '\n'))) ||
		      sw_slice_starts_nocase(text, SW_S("reporting-mta:")) ||
		      sw_slice_starts_nocase(text, SW_S("final-recipient:")) ||
		      sw_slice_starts_nocase(text, SW_S("original-recipient:"));
	struct sw_slice head =
		report ? SW_S("From: MAILER-DAEMON\nSubject: Undelivered Mail Returned to "
			      "Sender\n"
			      "MIME-Version: 1.0\nContent-Type: message/delivery-status\n\n")
		       : SW_S("From: MAILER-DAEMON\nSubject: Undelivered Mail Returned to "
			      "Sender\n"
			      "\n");
	char *bytes = sw_arena_alloc(&x->arena, head.len + text.len);

	if (!bytes)
		return SW_E_NOMEM;
	memcpy(bytes, head.ptr, head.len);
	memcpy(bytes + head.len, text.ptr, text.len);
	*ret = sw_slice(bytes, head.len + text.len);
	return SW_OK;
}

/* Words of a diagnostic text, where they stand in the message as it was given. */
static void find_words(const struct sw_explanation *x, const struct sw_bounce_recipient *from,
		       struct sw_explain_reading *to)
{
	enum { ENOUGH = 40 }; /* bytes; later ones may be folded differently */
	struct sw_slice words = sw_slice_str(from->diagnostic);
	size_t at = sw_slice_search(x->input, sw_slice_head(words, ENOUGH));

	to->about = (struct sw_evidence){ 0, (uint32_t)x->input.len };
	if (words.len == 0 || at == x->input.len)
		return;
	size_t len = words.len < x->input.len - at ? words.len : x->input.len - at;

	to->about = (struct sw_evidence){ (uint32_t)at, (uint32_t)len };
	for (size_t i = 0; i < from->class.evidence_count; i++) {
		struct sw_evidence e = from->class.evidence[i];

		if (e.len == 0 || e.at >= len || e.len > len - e.at ||
		    memcmp(words.ptr + e.at, x->input.ptr + at + e.at, e.len) != 0)
			continue;
		to->evidence[to->evidence_count++] =
			(struct sw_evidence){ (uint32_t)at + e.at, e.len };
	}
}

static bool is_plain_host(const char *host)
{
	size_t len =
		strspn(host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
			     ".-_:");

	return *host && host[len] == '\0';
}

/* Printable, in the arena; NULL without memory. */
static const char *shown(struct sw_explanation *x, const char *text)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf out;

	sw_buf_init(&out, 8 * (size_t)SW_MAX_REPLY);
	if (sw_text_escape(&out, sw_slice_head(sw_slice_str(text), SW_MAX_REPLY),
			   SW_TEXT_LINE))
		return NULL;
	return sw_arena_strdup(&x->arena, sw_buf_str(&out));
}

static enum sw_err add_recipient(struct sw_explanation *x,
				 const struct sw_bounce_recipient *from)
{
	struct sw_explain_reading r = {
		.kind = SW_EXPLAIN_BOUNCE,
		.confidence = from->class.confidence,
		.class = from->class,
		.error = SW_NONE,
		.place = { .has_stage = from->has_stage, .stage = from->stage },
		.address = shown(x, from->address),
		.action = sw_bounce_action_name(from->action),
		.said = shown(x, from->diagnostic),
	};

	if (!r.address || !r.said)
		return SW_E_NOMEM;
	if (x->result.count == SW_MAX_READINGS) {
		x->result.cut = true;
		return SW_OK;
	}
	if (!r.class.code)
		r.class.code = from->code;
	if (!r.class.enhanced.class)
		r.class.enhanced = from->enhanced;
	if (is_plain_host(from->remote_host))
		r.place.host = sw_slice_str(from->remote_host);
	r.basic = sw_code_find_basic(x->k, r.class.code);
	r.status = sw_code_find_enhanced(x->k, r.class.enhanced);
	find_words(x, from, &r);
	x->result.readings[x->result.count++] = r;
	return SW_OK;
}

enum sw_err sw_explanation_read_bounce(struct sw_explanation *x, bool *ret_found,
				       struct sw_error *err)
{
	struct sw_slice text = without_blanks(x->input), message = text;
	struct sw_bounce bounce = { 0 };
	bool mail = has_header(text);
	enum sw_err code = SW_OK;

	*ret_found = false;
	if (!mail && !is_notice(text))
		return SW_OK;
	if (!mail)
		code = wrap_notice(x, text, &message);
	if (!code)
		code = sw_bounce_read(x->k, &x->arena, message, &bounce, err);
	if (code)
		return sw_fail_nomem(err);
	for (const struct sw_bounce_recipient *r = bounce.recipients;
	     !code && bounce.is_bounce && r; r = r->next)
		code = add_recipient(x, r);
	if (code)
		return sw_fail_nomem(err);
	*ret_found = x->result.count > 0;
	x->result.cut |= bounce.cut && *ret_found;
	if (mail && !bounce.is_bounce)
		x->remark = shown(x, bounce.why);
	return x->remark ? SW_OK : sw_fail_nomem(err);
}
