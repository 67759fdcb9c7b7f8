/* SPDX-License-Identifier: MIT */
/* Replies with a code: alone, of several lines, in a transcript, in a line of a log, in the
 * output of a program.  Those that failed count; when none did, the last one. */
#include "knowledge/explain_work.h"
#include "knowledge/advice.h"

enum { MAX_PIECES = 64 }; /* lines of one reply that are looked at */

/* A reply that is being gathered from its lines. */
struct gathering {
	bool open, dash; /* dash: its last line said that more come */
	int code;
	struct sw_enhanced enhanced;
	bool has_stage;
	enum sw_stage stage;
	size_t from, to; /* in the clean text, code included */
	size_t words_at; /* where the words begin */
	struct {
		size_t from, to;
	} pieces[MAX_PIECES]; /* of words, without marks */
	size_t count;
};

struct reader {
	struct sw_explain_work *w;
	struct gathering now;
	bool has_stage; /* of the last command */
	enum sw_stage stage;
	bool failed; /* a 4xx or 5xx was seen */
	struct gathering last;
};

/* What the classifier shall read: the pieces with a line end between, and where each byte
 * stood. */
struct words {
	char *bytes;
	size_t *at;
	size_t len;
};

static bool join_pieces(struct sw_explain_work *w, const struct gathering *g,
			struct words *ret)
{
	const struct sw_explain_text *t = &w->text;
	size_t room = g->count + 1;

	for (size_t i = 0; i < g->count; i++)
		room += g->pieces[i].to - g->pieces[i].from;
	ret->bytes = sw_arena_alloc(w->arena, room);
	ret->at = sw_arena_alloc(w->arena, room * sizeof(*ret->at));
	if (!ret->bytes || !ret->at) {
		w->nomem = true;
		return false;
	}
	for (size_t i = 0; i < g->count; i++) {
		for (size_t p = g->pieces[i].from; p < g->pieces[i].to; p++) {
			ret->bytes[ret->len] = t->bytes[p];
			ret->at[ret->len++] = p;
		}
		ret->bytes[ret->len] = '\n';
		ret->at[ret->len++] = g->pieces[i].to;
	}
	return true;
}

static void keep_evidence(const struct sw_explain_work *w, const struct words *words,
			  struct sw_explain_reading *r)
{
	for (size_t i = 0; i < r->class.evidence_count && i < SW_MAX_EVIDENCE; i++) {
		struct sw_evidence e = r->class.evidence[i];

		if (e.len == 0 || e.at >= words->len || e.len > words->len - e.at)
			continue;
		r->evidence[r->evidence_count++] = sw_explain_in_input(
			&w->text, words->at[e.at], words->at[e.at + e.len - 1] + 1);
	}
}

static struct sw_reply_context context_of(const struct sw_explain_work *w,
					  const struct gathering *g,
					  const struct sw_explain_place *place)
{
	struct sw_reply_context c = {
		.code = g->code,
		.enhanced = g->enhanced,
		.host = w->context->host.len ? w->context->host : place->host,
	};

	if (w->context->has_stage || g->has_stage || place->has_stage) {
		c.has_stage = true;
		c.stage = w->context->has_stage ? w->context->stage
			  : place->has_stage    ? place->stage
						: g->stage;
	}
	return c;
}

/* A code that stands alone says little of the category, but leaves no doubt that it is one. */
static uint8_t confidence_of(const struct sw_class *class, bool alone)
{
	enum { ALONE = 90, ALONE_UNKNOWN = 30 };

	/* Of a success nobody asks for reasons. */
	if (!alone && !(class->code < 400 && class->code_entry != SW_NONE))
		return class->confidence;
	return class->code_entry != SW_NONE ? ALONE : ALONE_UNKNOWN;
}

static bool has_words(const struct words *words)
{
	size_t letters = 0;

	for (size_t i = 0; i < words->len; i++)
		letters += sw_explain_is_word(words->bytes[i]) &&
			   !sw_ascii_digit(words->bytes[i]);
	return letters > 1;
}

/* "responseCode: 554" beside the reply itself says nothing new. */
static bool is_known(const struct sw_explain_result *found, int code)
{
	for (size_t i = 0; i < found->count; i++)
		if (found->readings[i].kind == SW_EXPLAIN_REPLY &&
		    found->readings[i].class.code == code)
			return true;
	return false;
}

static void add_reply(struct reader *r)
{
	struct sw_explain_work *w = r->w;
	const struct gathering *g = &r->now;
	struct words words = { 0 };
	struct sw_explain_reading reading =
		sw_explain_new(w, SW_EXPLAIN_REPLY, g->from, g->to);

	if (!join_pieces(w, g, &words) || (!has_words(&words) && is_known(w->ret, g->code)))
		return;
	reading.place = sw_explain_find_place(w, g->from, g->to);
	struct sw_reply_context context = context_of(w, g, &reading.place);

	sw_classify_reply(w->k, sw_slice(words.bytes, words.len), &context, &reading.class);
	reading.place.has_stage = context.has_stage;
	reading.place.stage = context.stage;
	/* Words after "the server responded:" count when they are known. */
	if (!g->code && reading.class.by != SW_BY_RULE)
		return;
	keep_evidence(w, &words, &reading);
	if (reading.evidence_count == 0)
		reading.evidence[reading.evidence_count++] =
			sw_explain_in_input(&w->text, g->from, g->from + 3);
	reading.confidence = confidence_of(&reading.class, !has_words(&words));
	reading.basic = sw_code_find_basic(w->k, reading.class.code);
	reading.status = sw_code_find_enhanced(w->k, reading.class.enhanced);
	/* What came later in a dialogue mostly follows from what failed first. */
	if (w->replies > 0 && reading.confidence > w->replies)
		reading.confidence = (uint8_t)(reading.confidence - w->replies);
	w->replies++;
	sw_explain_add(w->ret, &reading);
}

/* The end of what is gathered: replies that failed are kept. */
static void close_reply(struct reader *r)
{
	if (!r->now.open)
		return;
	if (r->now.code == 0 || r->now.code >= 400) {
		add_reply(r);
		r->failed = true;
	}
	r->last = r->now;
	r->now.open = false;
}

static void add_piece(struct gathering *g, size_t from, size_t to)
{
	g->to = to;
	if (g->count == MAX_PIECES || from >= to)
		return;
	g->pieces[g->count].from = from;
	g->pieces[g->count++].to = to;
}

/* Past what programs print between a code and its words: "), b'", "; Msg: b'", "-". */
static size_t skip_to_words(const struct sw_explain_text *t, size_t pos, size_t to)
{
	for (;;) {
		while (pos < to && strchr(" -_),:;'\"`(=]", t->low[pos]))
			pos++;
		if (pos + 1 < to && t->low[pos] == 'b' && strchr("'\"", t->low[pos + 1]))
			pos++;
		else if (sw_explain_has_at(t, pos, "msg:"))
			pos += strlen("msg:");
		else if (sw_explain_has_at(t, pos, "additional smtp info:"))
			pos += strlen("additional smtp info:");
		else
			return pos;
	}
}

/* Where the words of an embedded reply end: at the log's own remark about it. */
static size_t cut_remark(const struct sw_explain_text *t, size_t from, size_t to)
{
	static const char *const remarks[] = { " (in reply to ", "')", "\")", "' (" };

	for (size_t i = 0; i < SW_LEN(remarks); i++) {
		size_t at = sw_explain_search(t, from, to, remarks[i]);

		to = at < to ? at : to;
	}
	return to;
}

/* Some programs print the words before the code: "Detail: Message rejected SMTP code: 550".
 * [from, to) of them; empty when it is the other way round. */
static size_t words_before(const struct sw_explain_text *t, size_t line, size_t pos)
{
	size_t detail = sw_explain_search(t, line, pos, "detail:");

	return sw_explain_ends_in(t, pos, "smtp code") && detail < pos
		       ? detail + strlen("detail:")
		       : pos;
}

static size_t start_of_line(const struct sw_explain_text *t, size_t pos)
{
	while (pos > 0 && t->low[pos - 1] != '\n')
		pos--;
	return pos;
}

static void open_reply(struct reader *r, size_t pos, size_t to, bool embedded)
{
	const struct sw_explain_text *t = &r->w->text;
	struct gathering *g = &r->now;
	size_t len;

	*g = (struct gathering){ .open = true, .from = pos };
	g->code = sw_explain_code_at(t, pos);
	g->dash = g->code && pos + 3 < t->len && t->low[pos + 3] == '-';
	g->has_stage = r->has_stage;
	g->stage = r->stage;
	g->words_at = skip_to_words(t, g->code ? pos + 3 : pos, to);
	if (sw_explain_enhanced_at(t, g->words_at, &g->enhanced, &len))
		g->words_at += len;
	size_t end = embedded ? cut_remark(t, g->words_at, to) : to;
	size_t before = embedded ? words_before(t, start_of_line(t, pos), pos) : pos;

	if (before < pos) {
		g->from = before;
		add_piece(g, before, pos - strlen("smtp code: "));
	}
	add_piece(g, g->words_at, end);
	if (g->code && g->to < pos + 3)
		g->to = pos + 3;
	/* What stands behind the remark is no part of the reply. */
	if (end < to)
		close_reply(r);
}

static bool continues(const struct sw_explain_text *t, const struct gathering *g, size_t pos)
{
	return g->open && g->dash && sw_explain_code_at(t, pos) == g->code;
}

static void take_server_line(struct reader *r, size_t pos, size_t to)
{
	const struct sw_explain_text *t = &r->w->text;
	struct gathering *g = &r->now;

	if (pos >= to)
		return;
	if (!sw_explain_code_at(t, pos)) {
		if (g->open)
			add_piece(g, pos, to);
		return;
	}
	if (!continues(t, g, pos)) {
		close_reply(r);
		open_reply(r, pos, to, false);
		return;
	}
	g->dash = pos + 3 < t->len && t->low[pos + 3] == '-';
	/* Each line may repeat the enhanced code (RFC 2034 4). */
	struct sw_enhanced again;
	size_t len = 0, words = skip_to_words(t, pos + 3, to);

	if (!sw_explain_enhanced_at(t, words, &again, &len))
		len = 0;
	add_piece(g, words + len, to);
}

/* Does a line begin something new, so that it cannot be the rest of a folded one?  Logs begin
 * each line with a date. */
static bool begins_anew(const struct sw_explain_text *t, size_t pos, size_t to)
{
	static const char *const months[] = { "jan ", "feb ", "mar ", "apr ", "may ", "jun ",
					      "jul ", "aug ", "sep ", "oct ", "nov ", "dec " };

	for (size_t i = 0; i < SW_LEN(months); i++)
		if (sw_explain_has_at(t, pos, months[i]))
			return true;
	return to - pos > 10 && sw_ascii_digit(t->low[pos]) &&
	       sw_ascii_digit(t->low[pos + 1]) && sw_ascii_digit(t->low[pos + 2]) &&
	       sw_ascii_digit(t->low[pos + 3]) && t->low[pos + 4] == '-';
}

static void take_other_line(struct reader *r, size_t pos, size_t to)
{
	const struct sw_explain_text *t = &r->w->text;
	size_t head = sw_explain_find_head(t, pos, to);

	if (head < to) {
		close_reply(r);
		open_reply(r, head, to, true);
	} else if (r->now.open && !r->now.dash && begins_anew(t, pos, to)) {
		close_reply(r);
	} else if (r->now.open) {
		add_piece(&r->now, pos, cut_remark(t, pos, to));
	}
}

static void take_line(struct reader *r, size_t from, size_t to)
{
	struct sw_explain_line line = sw_explain_read_line(&r->w->text, from, to);

	switch (line.kind) {
	case SW_EXPLAIN_LINE_BLANK:
		close_reply(r);
		break;
	case SW_EXPLAIN_LINE_CLIENT:
		close_reply(r);
		r->has_stage = line.has_stage;
		r->stage = line.stage;
		break;
	case SW_EXPLAIN_LINE_SERVER:
		take_server_line(r, line.from, to);
		break;
	case SW_EXPLAIN_LINE_OTHER:
		take_other_line(r, line.from, to);
		break;
	}
}

void sw_explain_replies(struct sw_explain_work *w)
{
	struct reader r = { .w = w };
	const struct sw_explain_text *t = &w->text;

	for (size_t from = 0; from < t->len && !w->nomem;) {
		size_t to =
			from + sw_slice_find(sw_slice(t->bytes + from, t->len - from), '\n');

		take_line(&r, from, to);
		from = to + 1;
	}
	close_reply(&r);
	if (!r.failed && r.last.code) {
		r.now = r.last;
		add_reply(&r);
	}
}
