/* SPDX-License-Identifier: MIT */
#include "read/notice.h"

#include "read/notice_private.h"

/* Of a text without any sign of a bounce in the header, so much is looked at for the words of
 * a system that would be known by them: all notices say who they are at their head. */
enum { LOOKED_AT = 4096 };

/* The last layout of which there is a sign; hints do where there is none. */
static void weigh_sign(struct notice_reader *r, const struct sw_phrase_hit *h)
{
	bool sign = h->role == SW_PHRASE_SIGN;

	if (!sign && (h->role != SW_PHRASE_HINT || r->sure_layout))
		return;
	if (r->layout == SW_NONE || sign > r->sure_layout || h->layout > r->layout)
		r->layout = h->layout;
	r->sure_layout |= sign;
}

enum sw_err notice_phrases_find(struct notice_reader *r, struct sw_slice text)
{
	size_t max = text.len / 8 + 32;

	if (max > SW_MAX_NOTICE_HITS)
		max = SW_MAX_NOTICE_HITS;
	r->hits = sw_arena_alloc(r->arena, max * sizeof(r->hits[0]));
	if (!r->hits)
		return SW_E_NOMEM;
	r->hit_count = sw_phrases_find(r->k, text, r->hits, max);
	if (r->hit_count > max) {
		r->hit_count = max;
		r->cut = true;
	}
	for (size_t i = 0; i < r->hit_count; i++)
		weigh_sign(r, &r->hits[i]);
	return SW_OK;
}

static enum sw_err read_text(struct notice_reader *r)
{
	if (notice_lines_read(r))
		return SW_E_NOMEM;
	notice_original_find(r);
	if (notice_people_begin(r))
		return SW_E_NOMEM;
	notice_report_read(r);
	if (notice_anchors_find(r) || notice_people_gather(r))
		return SW_E_NOMEM;
	return SW_OK;
}

/* A bounce inside the returned message: a mailing list's or a gateway's notice about a notice
 * that it could not pass on, or one that was wrapped without MIME. */
static bool try_inside(struct notice_reader *r)
{
	struct sw_slice inside = r->original.text;
	struct sw_slice from = r->original.from;
	struct sw_phrase_hit hits[8];
	size_t count;
	bool notice = false;

	if (r->person_count || inside.len == 0 || from.len == 0)
		return false;
	count = sw_phrases_find(r->k, sw_slice_head(from, sw_slice_find(from, '@')), hits, 8);
	for (size_t i = 0; i < count && i < 8; i++)
		notice |= hits[i].role == SW_PHRASE_FROM;
	if (!notice)
		return false;
	r->text = inside;
	r->line_count = r->hit_count = r->anchor_count = 0;
	r->told = (struct notice_piece){ 0 };
	r->action = r->status = r->remote = (struct sw_slice){ 0 };
	memset(&r->original, 0, sizeof(r->original));
	return true;
}

static enum sw_err read_all(struct notice_reader *r)
{
	r->text = r->in->text;
	if (r->text.len > SW_MAX_NOTICE_TEXT) {
		r->text.len = SW_MAX_NOTICE_TEXT;
		r->cut = true;
	}
	if (r->head_weight < 1 && !r->sure_layout && !r->ret->recipients) {
		struct sw_slice start = sw_slice_head(r->text, LOOKED_AT);

		if (notice_phrases_find(r, start))
			return SW_E_NOMEM;
		if (!r->sure_layout)
			return SW_OK;
	}
	if (notice_is_json(r->text) && notice_json_flatten(r))
		return SW_E_NOMEM;
	if (read_text(r) || (try_inside(r) && read_text(r)))
		return SW_E_NOMEM;
	if (notice_pieces_give(r))
		return SW_E_NOMEM;
	return notice_fill(r);
}

/* Undoes what was told of a message that is no bounce. */
static void withdraw(struct notice_reader *r, struct sw_bounce_recipient **end, size_t count)
{
	*end = NULL;
	r->ret->recipient_count = count;
}

static const char *layout_id(const struct notice_reader *r)
{
	return r->layout == SW_NONE ? "notice" : sw_layout_at(r->k, r->layout).id;
}

static void blank_strings(struct sw_bounce *b)
{
	const char **strings[] = { &b->why,
				   &b->layout,
				   &b->reporting_mta,
				   &b->feedback_type,
				   &b->original.message_id,
				   &b->original.sender,
				   &b->original.date,
				   &b->original.subject,
				   &b->original.envelope_id };

	for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++)
		if (!*strings[i])
			*strings[i] = "";
}

enum sw_err sw_notice_read(const struct sw_knowledge *k, struct sw_arena *arena,
			   const struct sw_notice *in, struct sw_bounce *ret,
			   struct sw_error *err)
{
	struct notice_reader r = {
		.k = k, .arena = arena, .in = in, .ret = ret, .layout = SW_NONE
	};
	struct sw_bounce_recipient **end = &ret->recipients;
	size_t count = ret->recipient_count;
	bool known = ret->is_bounce;

	blank_strings(ret);
	while (*end)
		end = &(*end)->next;
	if (notice_head_read(&r) || read_all(&r))
		return sw_fail_nomem(err);
	ret->cut |= r.cut;
	if (known)
		return SW_OK;
	ret->is_bounce = notice_judge(&r);
	if (ret->is_bounce)
		ret->layout = layout_id(&r);
	else
		withdraw(&r, end, count);
	return SW_OK;
}
