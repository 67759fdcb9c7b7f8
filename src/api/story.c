/* SPDX-License-Identifier: MIT */
/* What is known of a cause, whatever the case. */
#include "api/diagnose.h"

/* Without a case all that is open stands in upper case; without memory as it is. */
static const char *filled(const struct sw_explainer *e, const char *text)
{
	static const struct sw_finding nothing;
	const char *out =
		sw_verdict_fill(&nothing, text, (struct sw_arena *)(uintptr_t)&e->texts);

	return out ? out : text;
}

static struct sw_story story_of(const struct sw_explainer *e, uint16_t i)
{
	if (i == SW_NONE)
		return (struct sw_story){ "", "", "", "", "", "", "", "", "", "", 0, 0 };
	struct sw_finding_view v = sw_finding_at(e->k, i);

	return (struct sw_story){
		.code = v.code,
		.title = v.title_plain[e->lang],
		.story = v.story[e->lang],
		.test = v.test[e->lang],
		.level = sw_finding_level_name(v.level),
		.stage = sw_stage_name(v.stage),
		.who = sw_who_name(v.who),
		.who_text = sw_who_text(v.who, e->lang),
		.recheck = filled(e, v.recheck),
		.source = v.source,
		.remedy_count = v.remedy_count,
		.lookalike_count = v.lookalikes.count,
	};
}

struct sw_story sw_explainer_story(const struct sw_explainer *e, const char *code)
{
	return story_of(e, sw_finding_find(e->k, sw_slice_str(code)));
}

struct sw_diagnosed_remedy sw_explainer_story_remedy(const struct sw_explainer *e,
						     const char *code, size_t n)
{
	uint16_t i = sw_finding_find(e->k, sw_slice_str(code));

	if (i == SW_NONE || n >= sw_finding_at(e->k, i).remedy_count)
		return (struct sw_diagnosed_remedy){ "", "", "", "", "" };
	struct sw_advice_view a = sw_finding_remedy(e->k, i, n);

	return (struct sw_diagnosed_remedy){
		.who = sw_who_name(a.who),
		.who_text = sw_who_text(a.who, e->lang),
		.text = a.text[e->lang],
		.literal = filled(e, a.literal),
		.applicability = sw_applicability_name(a.applicability),
	};
}

struct sw_story sw_explainer_story_lookalike(const struct sw_explainer *e, const char *code,
					     size_t n)
{
	uint16_t i = sw_finding_find(e->k, sw_slice_str(code));
	struct sw_ids ids = { NULL, 0 };

	if (i != SW_NONE)
		ids = sw_finding_at(e->k, i).lookalikes;
	return story_of(e, n < ids.count ? ids.at[n] : (uint16_t)SW_NONE);
}
