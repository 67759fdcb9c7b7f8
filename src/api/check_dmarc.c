/* SPDX-License-Identifier: MIT */
/* The DMARC policy, as both kinds of receivers find it, and where reports go. */
#include "api/check.h"

#include <stdio.h>
#include <string.h>

#define TEST SW_CHECK_DMARC_TEST

static const char *starter(struct sw_check_report *r)
{
	return sw_check_text(
		r, "_dmarc.%s. TXT \"v=DMARC1; p=none; rua=mailto:dmarc-reports@%s\"",
		r->domain, r->domain);
}

/* The record with one tag replaced, added, or (value NULL) taken out. */
static const char *with_tag(struct sw_check_report *r, const struct sw_dmarc_view *v,
			    const char *name, const char *value)
{
	struct sw_slice rest = v->record->text, part;
	const char *all = "";
	bool done = false;

	while (sw_slice_split(&rest, ';', &part)) {
		part = sw_slice_trim(part);

		struct sw_slice tag =
			sw_slice_trim(sw_slice_head(part, sw_slice_find(part, '=')));
		bool ours = sw_slice_eq_nocase(tag, sw_slice_str(name));

		if (part.len == 0 || (ours && (done || !value)))
			continue;
		all = sw_check_text(r, "%s%s", all, *all ? "; " : "");
		all = ours ? sw_check_text(r, "%s%s=%s", all, name, value)
			   : sw_check_text(r, "%s%.*s", all, SW_FMT(part));
		done = done || ours;
	}
	if (!done && value)
		all = sw_check_text(r, "%s; %s=%s", all, name, value);
	return sw_check_text(r, "_dmarc.%s. TXT \"%s\"", v->record_domain, all);
}

static const char *view_text(struct sw_check_report *r, const struct sw_dmarc_view *v)
{
	/* Nothing passed in this question: the policy is what counts. */
	if (!v->record)
		return sw_check_line(r->run, "no policy", "нет политики");
	return sw_check_text(r, "%s=%s (%s)", v->tag, sw_dmarc_policy_name(v->applied),
			     v->record_domain);
}

static void judge_notes(struct sw_check_report *r, const struct sw_dmarc_record *record)
{
	for (unsigned i = 0; i < SW_DMARC_NOTE_COUNT; i++) {
		enum sw_dmarc_note note = (enum sw_dmarc_note)i;

		/* NO_REPORTS belongs to the next test. */
		if (!sw_dmarc_has_note(record, note) || note == SW_DMARC_NO_REPORTS_INDEX)
			continue;
		sw_check_find(r, TEST,
			      note == SW_DMARC_NO_P_INDEX ? SW_FOUND_DMARC_VOID
							  : SW_FOUND_DMARC_NOTE,
			      sw_dmarc_note_text(note), NULL, NULL);
	}
}

/* sp= or np= of the record. */
static void judge_below(struct sw_check_report *r, const struct sw_dmarc_view *v,
			const char *tag, enum sw_dmarc_policy policy)
{
	if (policy != SW_DMARC_UNSET && policy < v->record->p)
		sw_check_find(r, TEST, SW_FOUND_DMARC_BELOW,
			      sw_check_text(r, "%s=%s", tag, sw_dmarc_policy_name(policy)),
			      NULL, with_tag(r, v, tag, NULL));
}

static void judge_policy(struct sw_check_report *r, const struct sw_dmarc_outcome *o)
{
	const struct sw_dmarc_view *v = &o->tree;
	const struct sw_dmarc_record *record = v->record;

	sw_check_status(r, TEST, SW_CHECK_OK);
	sw_check_found(r, TEST, "%s: %.*s", v->record_domain, (int)record->text.len,
		       record->text.ptr);
	judge_notes(r, record);
	if (v->policy == SW_DMARC_NONE)
		sw_check_find(r, TEST, SW_FOUND_DMARC_MONITOR, r->domain, NULL,
			      with_tag(r, v, v->tag, "quarantine"));
	else if (v->applied != v->policy)
		sw_check_find(r, TEST, SW_FOUND_DMARC_TESTING, sw_dmarc_policy_name(v->policy),
			      sw_dmarc_policy_name(v->applied), with_tag(r, v, "t", NULL));
	judge_below(r, v, "sp", record->sp);
	judge_below(r, v, "np", record->np);
	/* A record of its own is the same for both. */
	if (o->has_list && o->differ && strcmp(v->record_domain, r->domain) != 0)
		sw_check_find(r, TEST, SW_FOUND_DMARC_DIFFER, view_text(r, &o->list),
			      view_text(r, v), NULL);
}

/* There is no policy: because of the record, or because there is none. */
static void judge_none(struct sw_check_report *r)
{
	struct sw_slice text = { NULL, 0 };
	size_t count = sw_check_txt(r->dmarc_txt, sw_dmarc_is_record, &text);
	struct sw_dmarc_record record;
	char number[24];

	(void)snprintf(number, sizeof(number), "%zu", count);
	if (count > 1) {
		sw_check_find(r, TEST, SW_FOUND_DMARC_SEVERAL, r->domain, number, NULL);
		return;
	}
	if (count == 0) {
		sw_check_found(r, TEST, "%s", sw_check_line(r->run, "none", "нет"));
		sw_check_find(r, TEST, SW_FOUND_DMARC_NONE, r->domain, NULL, starter(r));
		return;
	}
	sw_check_found(r, TEST, "%.*s", (int)text.len, text.ptr);
	if (sw_dmarc_record_read(text, &r->arena, &record))
		r->broken = true;
	else
		judge_notes(r, &record);
	if (r->items[TEST].finding_count == 0)
		sw_check_find(r, TEST, SW_FOUND_DMARC_NONE, r->domain, NULL, starter(r));
}

/* ---- reports ---- */

static void judge_reports(struct sw_check_report *r, const struct sw_dmarc_view *v)
{
	const enum sw_check_test t = SW_CHECK_DMARC_REPORTS_TEST;
	const struct sw_dmarc_uris *rua = &v->record->rua;

	if (rua->count == 0) {
		sw_check_find(
			r, t, SW_FOUND_DMARC_NO_RUA, NULL, NULL,
			with_tag(r, v, "rua",
				 sw_check_text(r, "mailto:dmarc-reports@%s", r->domain)));
		return;
	}
	for (size_t i = 0; r->reports && i < rua->count; i++) {
		enum sw_report_state state = sw_dmarc_report_state(r->reports, i);
		const char *host = sw_check_text(r, "%.*s", (int)rua->list[i].host.len,
						 rua->list[i].host.ptr);

		sw_check_found(r, t, "%.*s: %s", (int)rua->list[i].address.len,
			       rua->list[i].address.ptr,
			       sw_check_word(r->run, sw_report_state_name(state)));
		if (state == SW_REPORT_UNKNOWN)
			sw_check_status(r, t, SW_CHECK_UNTESTED);
		else if (state == SW_REPORT_NOT_AGREED)
			sw_check_find_exact(
				r, t, SW_FOUND_DMARC_NOT_AGREED, host, v->record_domain,
				sw_check_text(r, "%s._report._dmarc.%s. TXT \"v=DMARC1\"",
					      v->record_domain, host));
		else
			sw_check_status(r, t, SW_CHECK_OK);
	}
}

void sw_check_judge_dmarc(struct sw_check_report *r)
{
	const struct sw_dmarc_outcome *o = sw_dmarc_outcome(r->dmarc);

	for (size_t i = 0; i < sw_dmarc_step_count(r->dmarc); i++) {
		SW_CLEANUP(sw_buf_fini) struct sw_buf line = { .max = SW_CHECK_LINE };

		if (!sw_dmarc_step_text(r->dmarc, i, &line))
			sw_check_trace(r, TEST, sw_buf_str(&line));
	}
	if (!o)
		return;
	if (o->tree.record)
		judge_policy(r, o);
	else if (o->tree.result == SW_DMARC_TEMPERROR)
		sw_check_failed(r, TEST, r->dmarc_txt);
	else
		judge_none(r);
	if (o->tree.record)
		judge_reports(r, &o->tree);
	else
		sw_check_skip(r, SW_CHECK_DMARC_REPORTS_TEST, "there is no policy",
			      "политики нет");
}
