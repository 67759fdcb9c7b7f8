/* SPDX-License-Identifier: MIT */
/* From what was found to what is told. */
#include <stdlib.h>

#include "read/notice_private.h"

/* ---- text ---- */

/* Lines joined by one blank, the marks of a reply's further lines dropped. */
static const char *join(struct notice_reader *r, struct sw_slice s)
{
	struct sw_slice room;
	size_t out = 0;
	char *to;

	s = sw_slice_head(sw_slice_trim(s), SW_MAX_DIAGNOSTIC);
	while (s.len && ((unsigned char)s.ptr[s.len - 1] & 0xc0) == 0x80 &&
	       s.len == SW_MAX_DIAGNOSTIC)
		s.len--;
	room = sw_arena_copy(r->arena, s);
	if (!room.ptr)
		return NULL;
	to = (char *)(uintptr_t)room.ptr;
	for (size_t i = 0; i < s.len; i++) {
		char ch = s.ptr[i];

		if (ch == '\n' || ch == '\t' || ch == '\r' || ch == ' ') {
			if (out && to[out - 1] != ' ')
				to[out++] = ' ';
			if (sw_slice_starts(sw_slice_from(s, i + 1), SW_S("<<< ")))
				i += 4;
			continue;
		}
		to[out++] = ch;
	}
	to[out] = '\0';
	return to;
}

static const char *copy(struct notice_reader *r, struct sw_slice s)
{
	return s.len ? sw_arena_copy(r->arena, s).ptr : "";
}

/* ---- of a piece ---- */

static bool has_hit(const struct notice_reader *r, const struct notice_piece *p,
		    enum sw_phrase_role role, uint32_t from, uint32_t to,
		    const struct sw_phrase_hit **ret)
{
	for (uint32_t i = p->line; i < p->line + p->lines; i++) {
		const struct notice_line *l = &r->lines[i];

		if (!notice_has(l->roles, role))
			continue;
		for (uint32_t k = 0; k < l->hits; k++) {
			const struct sw_phrase_hit *h = &r->hits[l->hit + k];

			if (h->role == role && h->at >= from && h->end <= to) {
				*ret = h;
				return true;
			}
		}
	}
	return false;
}

/* Where the other side's words begin: at the reply, when what stands before it is our own
 * side's account of whom it talked to and when. */
static uint32_t words_begin(const struct notice_reader *r, const struct notice_piece *p)
{
	uint32_t at = (uint32_t)p->reply.at;
	const struct sw_phrase_hit *h;
	struct sw_slice host;

	if (p->reply.code == 0 || p->reply.rank < NOTICE_CODE_LIKELY || at <= p->words ||
	    at >= p->end || !notice_has_words(sw_slice(r->text.ptr + at, p->end - at)))
		return p->words;
	if (has_hit(r, p, SW_PHRASE_STAGE, p->at, at, &h) ||
	    has_hit(r, p, SW_PHRASE_REASON, p->at, at, &h) ||
	    notice_host_find(sw_slice(r->text.ptr + p->words, at - p->words), &host) ||
	    strchr(":'\"[<", r->text.ptr[at - 1]) ||
	    (at >= 2 && r->text.ptr[at - 1] == ' ' && r->text.ptr[at - 2] == ':'))
		return at;
	return p->words;
}

/* Without blanks, quotes, and a bracket that was opened before the words. */
static uint32_t trim_end(const struct notice_reader *r, uint32_t begin, uint32_t end)
{
	int open = 0;

	for (uint32_t i = begin; i < end; i++)
		open += (r->text.ptr[i] == '(' || r->text.ptr[i] == '[') -
			(r->text.ptr[i] == ')' || r->text.ptr[i] == ']');
	while (end > begin && (strchr(" \t\n\r'\"", r->text.ptr[end - 1]) ||
			       (open < 0 && strchr(")]", r->text.ptr[end - 1])))) {
		open += strchr(")]", r->text.ptr[end - 1]) != NULL;
		end--;
	}
	return end;
}

/* Where they end: before "Giving up on ..." and before what our side adds in brackets. */
static uint32_t words_end(const struct notice_reader *r, const struct notice_piece *p,
			  uint32_t begin)
{
	const struct sw_phrase_hit *h;
	uint32_t end = p->end;

	if (p->reply.rank >= NOTICE_CODE_ENHANCED &&
	    has_hit(r, p, SW_PHRASE_GAVE_UP, begin + 4, end, &h))
		end = h->at;
	if (has_hit(r, p, SW_PHRASE_STAGE, begin + 4, end, &h)) {
		uint32_t open = h->at;

		while (open > begin && h->at - open < 16 && r->text.ptr[open] != '(')
			open--;
		if (r->text.ptr[open] == '(' && end > open && end - h->end < 24)
			end = open;
	}
	if (has_hit(r, p, SW_PHRASE_PARENT, begin, end, &h)) {
		uint32_t open = h->at;

		while (open > begin && h->at - open < 16 && r->text.ptr[open] != '(')
			open--;
		end = r->text.ptr[open] == '(' && open > begin ? open : end;
	}
	return trim_end(r, begin, end);
}

static struct sw_slice host_of(const struct notice_reader *r, const struct notice_piece *p,
			       uint32_t words)
{
	struct sw_slice host = { 0 };
	struct sw_slice before = sw_slice(r->text.ptr + p->at, words - p->at);

	if (notice_host_find(before, &host))
		return host;
	if (p->reply.rank < NOTICE_CODE_ENHANCED &&
	    notice_host_find(sw_slice(r->text.ptr + p->at, p->end - p->at), &host) >=
		    NOTICE_HOST_CALLED)
		return host;
	return p->host;
}

static bool stage_of_command(struct sw_slice command, enum sw_stage *ret)
{
	static const struct {
		const char *verb;
		enum sw_stage stage;
	} verbs[] = {
		{ "mail from", SW_STAGE_ENVELOPE },
		{ "rcpt to", SW_STAGE_ENVELOPE },
		{ "data", SW_STAGE_DATA },
		{ "bdat", SW_STAGE_DATA },
		{ ".", SW_STAGE_FINAL },
		{ "ehlo", SW_STAGE_EHLO },
		{ "helo", SW_STAGE_EHLO },
		{ "lhlo", SW_STAGE_EHLO },
		{ "starttls", SW_STAGE_TLS },
		{ "auth", SW_STAGE_AUTH },
	};

	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (sw_slice_starts_nocase(command, sw_slice_str(verbs[i].verb))) {
			*ret = verbs[i].stage;
			return true;
		}
	return false;
}

static void fill_stage(const struct notice_reader *r, const struct notice_piece *p,
		       struct sw_bounce_recipient *to)
{
	const struct sw_phrase_hit *h;

	if (p->wire != NOTICE_NOBODY &&
	    stage_of_command(notice_line_text(r, &r->lines[p->wire]), &to->stage)) {
		to->has_stage = true;
		to->at_sender = sw_slice_starts_nocase(notice_line_text(r, &r->lines[p->wire]),
						       SW_S("mail"));
	} else if (has_hit(r, p, SW_PHRASE_STAGE, p->at, p->end, &h) &&
		   (p->reply.code == 0 || h->stage > SW_STAGE_TCP)) {
		/* A server that replied speaks of another connection, or another name. */
		struct sw_slice said = sw_slice(r->text.ptr + h->at, h->end - h->at);

		to->stage = (enum sw_stage)h->stage;
		to->has_stage = true;
		to->at_sender = h->stage == SW_STAGE_ENVELOPE &&
				(sw_slice_search_nocase(said, SW_S("mail")) < said.len ||
				 sw_slice_search_nocase(said, SW_S("sender")) < said.len);
	}
}

/* ---- of a recipient ---- */

static enum sw_err fill_reason(struct notice_reader *r, const struct notice_piece *p,
			       struct sw_bounce_recipient *to)
{
	uint32_t begin, end;

	if (p->score == 0)
		return SW_OK;
	begin = words_begin(r, p);
	end = words_end(r, p, begin);
	while (begin < end && strchr(" \t\n-*:;,.=>#|'", r->text.ptr[begin]))
		begin++;
	if (to->code == 0)
		to->code = p->reply.rank >= NOTICE_CODE_ENHANCED ? p->reply.code : 0;
	if (to->enhanced.class == 0)
		to->enhanced = p->reply.enhanced;
	if (!to->has_stage)
		fill_stage(r, p, to);
	if (to->remote_host[0] == '\0')
		to->remote_host = copy(r, host_of(r, p, begin));
	if (to->diagnostic[0] == '\0')
		to->diagnostic = join(r, sw_slice(r->text.ptr + begin, end - begin));
	if (!to->remote_host || !to->diagnostic)
		return SW_E_NOMEM;
	if (p->reply.rank >= NOTICE_CODE_ENHANCED)
		r->codes++;
	return SW_OK;
}

/* Action of the report, or by the words that come before the recipient. */
static enum sw_bounce_action action_named(struct sw_slice action,
					  enum sw_bounce_action otherwise)
{
	for (int a = 0; a < SW_BOUNCE_ACTION_COUNT; a++)
		if (sw_slice_starts_nocase(action, sw_slice_str(sw_bounce_action_name(
							   (enum sw_bounce_action)a))))
			return (enum sw_bounce_action)a;
	return otherwise;
}

static enum sw_bounce_action action_of(const struct notice_reader *r,
				       const struct notice_person *p)
{
	const bool delayed = notice_has(r->roles, SW_PHRASE_DELAYED);
	const bool gave_up = notice_has(r->roles, SW_PHRASE_GAVE_UP);

	if (delayed && gave_up && p->line != NOTICE_NOBODY)
		for (size_t i = p->line + 1; i > 0; i--) {
			uint32_t roles = r->lines[i - 1].roles;

			if (notice_has(roles, SW_PHRASE_GAVE_UP))
				return SW_BOUNCE_FAILED;
			if (notice_has(roles, SW_PHRASE_DELAYED))
				return SW_BOUNCE_DELAYED;
		}
	if (gave_up)
		return SW_BOUNCE_FAILED;
	if (delayed)
		return SW_BOUNCE_DELAYED;
	if (notice_has(r->roles, SW_PHRASE_FAILED))
		return SW_BOUNCE_FAILED;
	if (notice_has(r->roles, SW_PHRASE_DELIVERED))
		return SW_BOUNCE_DELIVERED;
	return notice_has(r->head_roles, SW_PHRASE_DELAYED) ? SW_BOUNCE_DELAYED
							    : SW_BOUNCE_FAILED;
}

/* The column beside the address, in a table of recipients: "a@b  delayed  451 4.4.1 ...". */
static struct sw_slice action_beside(const struct notice_reader *r,
				     const struct notice_person *p)
{
	static const enum sw_bounce_action columns[] = { SW_BOUNCE_FAILED, SW_BOUNCE_DELAYED,
							 SW_BOUNCE_DELIVERED };

	for (size_t i = 0; i < r->anchor_count; i++) {
		const struct notice_anchor *a = &r->anchors[i];

		if (a->recipient == NOTICE_NOBODY || &r->people[a->recipient] != p ||
		    !a->leads || a->rest >= r->lines[a->line].end)
			continue;
		struct sw_slice rest = sw_slice_trim(
			sw_slice(r->text.ptr + a->rest, r->lines[a->line].end - a->rest));

		while (rest.len && strchr("|-=:;,> \t", rest.ptr[0]))
			rest = sw_slice_from(rest, 1);
		for (size_t n = 0; n < SW_LEN(columns); n++) {
			struct sw_slice name = sw_slice_str(sw_bounce_action_name(columns[n]));

			/* A word alone, or a column: no sentence goes on behind it. */
			if (sw_slice_starts_nocase(rest, name) &&
			    (rest.len == name.len || strchr("|:;,(\t", rest.ptr[name.len]) ||
			     (rest.len > name.len + 1 &&
			      strchr(" 245", rest.ptr[name.len + 1]))))
				return sw_slice_head(rest, name.len);
		}
	}
	return r->action;
}

/* "5.1.1", "5.0.0 (permanent failure)". */
static void read_status(struct sw_slice s, struct sw_enhanced *ret)
{
	size_t len;

	s.len = sw_slice_find(s, ' ');
	if (!sw_enhanced_parse(s, ret, &len) || ret->class == 0)
		*ret = (struct sw_enhanced){ 0 };
}

static enum sw_err fill_new(struct notice_reader *r, const struct notice_person *p,
			    struct sw_bounce_recipient *to)
{
	struct sw_slice address = p->parent.len ? p->parent : p->address;
	struct sw_slice final = p->parent.len ? p->address : p->final;
	to->address = copy(r, address);
	to->final_address =
		copy(r, sw_slice_eq_nocase(final, address) ? (struct sw_slice){ 0 } : final);
	to->diagnostic = "";
	to->remote_host =
		copy(r, sw_slice_head(p->remote.len ? p->remote : r->remote, SW_MAX_DOMAIN));
	if (!to->address || !to->final_address || !to->remote_host)
		return SW_E_NOMEM;
	to->action =
		action_named(p->action.len ? p->action : action_beside(r, p), action_of(r, p));
	read_status(p->status.len ? p->status : r->status, &to->enhanced);
	return SW_OK;
}

static enum sw_err fill_person(struct notice_reader *r, struct notice_person *p,
			       struct sw_bounce_recipient ***last)
{
	struct sw_bounce_recipient *to = p->to;

	if (!to) {
		to = sw_arena_alloc(r->arena, sizeof(*to));
		if (!to || fill_new(r, p, to))
			return SW_E_NOMEM;
		p->to = to;
		**last = to;
		*last = &to->next;
		r->ret->recipient_count++;
		r->accepted++;
	}
	return fill_reason(r, &p->best, to);
}

/* Those of the text in its order, before those whom only the header names. */
static int by_line(const void *a, const void *b)
{
	const struct notice_person *x = a, *y = b;

	if (x->source == NOTICE_BY_CALLER || y->source == NOTICE_BY_CALLER)
		return (x->source != NOTICE_BY_CALLER) - (y->source != NOTICE_BY_CALLER);
	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	return (uintptr_t)x->address.ptr < (uintptr_t)y->address.ptr ? -1 : 1;
}

static enum sw_err fill_original(struct notice_reader *r)
{
	const struct {
		struct sw_slice from;
		const char **to;
	} fields[] = {
		{ r->original.message_id, &r->ret->original.message_id },
		{ r->original.from, &r->ret->original.sender },
		{ r->original.date, &r->ret->original.date },
		{ r->original.subject, &r->ret->original.subject },
	};

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		if ((*fields[i].to && **fields[i].to) || fields[i].from.len == 0)
			continue;
		*fields[i].to = notice_field_text(r, fields[i].from);
		if (!*fields[i].to)
			return SW_E_NOMEM;
	}
	return SW_OK;
}

/* Who writes: a field of a report, or words like "the mail system at host". */
static enum sw_err fill_reporter(struct notice_reader *r)
{
	struct sw_slice host = r->reporter;

	for (size_t i = 0; i < r->end && host.len == 0; i++) {
		const struct notice_line *l = &r->lines[i];
		const struct sw_phrase_hit *h = notice_line_hit(r, l, SW_PHRASE_REPORTER);

		if (h && h->end < l->end &&
		    notice_host_find(sw_slice(r->text.ptr + h->end, l->end - h->end), &host) <
			    NOTICE_HOST_ANY)
			host.len = 0;
	}
	if (host.len == 0 || (r->ret->reporting_mta && r->ret->reporting_mta[0]))
		return SW_OK;
	r->ret->reporting_mta = copy(r, sw_slice_head(host, SW_MAX_DOMAIN));
	return r->ret->reporting_mta ? SW_OK : SW_E_NOMEM;
}

enum sw_err notice_fill(struct notice_reader *r)
{
	struct sw_bounce_recipient **last = &r->ret->recipients;

	while (*last)
		last = &(*last)->next;
	if (r->person_count)
		qsort(r->people, r->person_count, sizeof(r->people[0]), by_line);
	for (size_t i = 0; i < r->person_count; i++) {
		if (r->people[i].source == NOTICE_BY_CALLER && !r->people[i].to)
			continue;
		if (fill_person(r, &r->people[i], &last))
			return SW_E_NOMEM;
	}
	return fill_reporter(r) ? SW_E_NOMEM : fill_original(r);
}
