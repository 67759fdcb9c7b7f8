/* SPDX-License-Identifier: MIT */
/* Words without a basic code: of a reply, or of a program's error. */
#include "knowledge/explain_work.h"
#include "knowledge/advice.h"

/* The class in "4.2.2 mailbox full", "(#5.1.1)", "dsn=5.7.1". */
static bool find_enhanced(const struct sw_explain_text *t, struct sw_enhanced *ret)
{
	for (size_t pos = 0; pos < t->len; pos++) {
		char before = pos > 0 ? t->low[pos - 1] : ' ';
		size_t len;

		if ((sw_ascii_digit(t->low[pos]) || t->low[pos] == '#') &&
		    !sw_explain_is_word(before) && !strchr(".-/@", before) &&
		    sw_explain_enhanced_at(t, pos, ret, &len))
			return true;
	}
	return false;
}

static void copy_evidence(const struct sw_explain_text *t, struct sw_explain_reading *r)
{
	for (size_t i = 0; i < r->class.evidence_count; i++) {
		struct sw_evidence e = r->class.evidence[i];

		if (e.len && e.at < t->len && e.len <= t->len - e.at)
			r->evidence[r->evidence_count++] =
				sw_explain_in_input(t, e.at, e.at + e.len);
	}
}

static bool is_read_as(const struct sw_explain_work *w, enum sw_explain_kind kind)
{
	for (size_t i = 0; i < w->ret->count; i++)
		if (w->ret->readings[i].kind == kind)
			return true;
	return false;
}

/* Words of the machinery below SMTP, as programs print them: what is "unknown" or "not found"
 * there is a server, a certificate, a file, and no recipient. */
static bool is_of_program(const struct sw_explain_text *t)
{
	static const char *const marks[] = {
		"exception",
		"traceback",
		"getaddrinfo",
		"gaierror",
		"dial tcp",
		"lookup ",
		"errno",
		"ssl",
		"tls",
		"x509",
		"pkix",
		"certificat",
		"сертификат",
		"socket",
		"fsockopen",
		"econn",
		"enotfound",
		"winsock",
		"nslookup",
		"resolv",
		"name or service",
		"smtp server",
		"outgoing server",
	};

	for (size_t i = 0; i < SW_LEN(marks); i++)
		if (sw_explain_search(t, 0, t->len, marks[i]) < t->len)
			return true;
	return false;
}

/* Whether a program's error of a stage at which no recipient has been named was read. */
static bool failed_early(const struct sw_explain_work *w)
{
	for (size_t i = 0; i < w->ret->count; i++) {
		const struct sw_explain_reading *r = &w->ret->readings[i];

		if (r->kind == SW_EXPLAIN_ERROR && r->place.has_stage &&
		    r->place.stage < SW_STAGE_ENVELOPE)
			return is_of_program(&w->text);
	}
	return false;
}

static void read_as_reply(struct sw_explain_work *w)
{
	const struct sw_explain_text *t = &w->text;
	struct sw_explain_reading r = sw_explain_new(w, SW_EXPLAIN_REPLY, 0, t->len);
	struct sw_reply_context context = { .has_stage = w->context->has_stage,
					    .stage = w->context->stage };
	bool has_code = find_enhanced(t, &context.enhanced);

	r.place = sw_explain_find_place(w, 0, t->len);
	context.host = w->context->host.len ? w->context->host : r.place.host;
	if (!context.has_stage && r.place.has_stage) {
		context.has_stage = true;
		context.stage = r.place.stage;
	}
	sw_classify_reply(w->k, sw_slice(t->bytes, t->len), &context, &r.class);
	/* A code alone is the matter of sw_explain_codes. */
	if (r.class.by != SW_BY_RULE &&
	    !(has_code && r.class.by == SW_BY_ENHANCED && !is_read_as(w, SW_EXPLAIN_ENHANCED)))
		return;
	if (!has_code && r.class.list_action != SW_LIST_KEEP && failed_early(w))
		return;
	r.confidence = r.class.confidence;
	r.status = sw_code_find_enhanced(w->k, context.enhanced);
	copy_evidence(t, &r);
	sw_explain_add(w->ret, &r);
}

/* How well a reply with a code was understood: what the server said outranks what a program
 * says about it.  Else the highest that there is. */
static uint8_t best_reply(const struct sw_explain_work *w)
{
	uint8_t best = 0;

	for (size_t i = 0; i < w->ret->count; i++) {
		const struct sw_explain_reading *r = &w->ret->readings[i];

		if (r->kind == SW_EXPLAIN_REPLY && r->class.by == SW_BY_RULE &&
		    r->confidence > best)
			best = r->confidence;
	}
	return best ? best : UINT8_MAX;
}

void sw_explain_words(struct sw_explain_work *w)
{
	enum { MOST = 3 }; /* errors of one text that are worth saying */
	struct sw_error_match found[MOST];
	const struct sw_explain_text *t = &w->text;
	uint8_t understood = best_reply(w);
	size_t count = sw_classify_errors(w->k, sw_slice(t->bytes, t->len), found, MOST);

	for (size_t i = 0; i < count; i++) {
		struct sw_evidence e = found[i].evidence;
		struct sw_explain_reading r = sw_explain_new(w, SW_EXPLAIN_ERROR, 0, t->len);
		struct sw_error_view view = sw_knowledge_error_at(w->k, found[i].error);

		/* "The server replied": so it did, and that has been read. */
		if (w->replies > 0 && view.category == r.class.category)
			continue;

		r.error = found[i].error;
		r.confidence = found[i].confidence;
		if (r.confidence >= understood)
			r.confidence = (uint8_t)(understood - 1);
		r.class = sw_explain_class_of_error(w->k, found[i].error);
		if (e.at < t->len && e.len <= t->len - e.at && e.len)
			r.evidence[r.evidence_count++] =
				sw_explain_in_input(t, e.at, e.at + e.len);
		r.place = sw_explain_find_place(w, 0, t->len);
		if (!r.place.has_stage) {
			r.place.has_stage = true;
			r.place.stage = view.stage;
		}
		sw_explain_add(w->ret, &r);
	}
	if (w->replies == 0 && !is_read_as(w, SW_EXPLAIN_CATEGORY) &&
	    !is_read_as(w, SW_EXPLAIN_RULE))
		read_as_reply(w);
}

/* "The following recipients failed" names no cause, "certificate verify failed" only a part of
 * it: the words beside them tell why. */
static bool is_frame(const struct sw_knowledge *k, uint16_t error)
{
	return sw_knowledge_error_at(k, error).frame ||
	       sw_explain_class_of_error(k, error).retry == SW_RETRY_BY_CLASS;
}

/* Words of a reply name a cause beside those that name none at all, when they are sure of it;
 * beside other errors they may as well be the same words, read less well. */
enum { SURE_WORDS = 40 };
static bool is_cause(const struct sw_explain_work *w, const struct sw_explain_reading *r,
		     bool headline)
{
	if (r->kind == SW_EXPLAIN_ERROR)
		return !is_frame(w->k, r->error);
	return headline && r->kind == SW_EXPLAIN_REPLY && r->class.by == SW_BY_RULE &&
	       r->confidence >= SURE_WORDS;
}

/* The least sure of those that name a cause; UINT8_MAX: none does. */
static uint8_t least_cause(const struct sw_explain_work *w, bool headline)
{
	uint8_t least = UINT8_MAX;

	for (size_t i = 0; i < w->ret->count; i++) {
		const struct sw_explain_reading *r = &w->ret->readings[i];

		if (is_cause(w, r, headline) && r->confidence < least)
			least = r->confidence;
	}
	return least;
}

static bool is_headline(const struct sw_knowledge *k, uint16_t error)
{
	struct sw_error_view e = sw_knowledge_error_at(k, error);

	return e.frame && e.category == sw_category_find(k, SW_S("unknown"));
}

void sw_explain_frames(struct sw_explain_work *w)
{
	struct sw_explain_result *ret = w->ret;
	const uint8_t least[] = { least_cause(w, false), least_cause(w, true) };

	for (size_t i = 0; i < ret->count; i++) {
		struct sw_explain_reading r = ret->readings[i];
		uint8_t limit = r.error == SW_NONE ? 0 : least[is_headline(w->k, r.error)];

		if (r.error == SW_NONE || r.confidence < limit || !is_frame(w->k, r.error))
			continue;
		r.confidence = (uint8_t)(limit - 1);
		memmove(&ret->readings[i], &ret->readings[i + 1],
			(--ret->count - i) * sizeof(r));
		sw_explain_add(ret, &r);
		/* It stands further behind now; another one is here. */
		i--;
	}
}
