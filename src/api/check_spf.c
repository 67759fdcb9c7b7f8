/* SPDX-License-Identifier: MIT */
/* The SPF record, and what it says of the sending address. */
#include "api/check.h"

#include <stdio.h>
#include <string.h>

enum { MANY = 9 }; /* lookups from which on we warn: RFC 7208 4.6.4 allows 10 */

/* The record to publish, with the sending address in it. */
static const char *with_address(struct sw_check_report *r, struct sw_slice record)
{
	const struct sw_ip *ip = &r->run->ip;
	char text[SW_IP_TEXT] = "";
	const char *term = "";

	if (ip->family)
		term = sw_check_text(r, " ip%d:%s", ip->family, sw_ip_text(ip, text));
	if (record.len > 6)
		return sw_check_text(r, "%s. TXT \"v=spf1%s%.*s\"", r->domain, term,
				     (int)record.len - 6, record.ptr + 6);
	return sw_check_text(r, "%s. TXT \"v=spf1%s%s ~all\"", r->domain,
			     r->mx->count > 0 ? " mx" : "", term);
}

/* The record with another end. */
static const char *with_end(struct sw_check_report *r, const struct sw_spf_record *record)
{
	struct sw_slice kept = record->text;

	for (uint32_t i = 0; i < record->count; i++)
		if (record->terms[i].kind == SW_SPF_ALL)
			kept.len = record->terms[i].at;
	kept = sw_slice_trim(kept);
	return sw_check_text(r, "%s. TXT \"%.*s ~all\"", r->domain, (int)kept.len, kept.ptr);
}

static void trace(struct sw_check_report *r, enum sw_check_test t, const struct sw_spf *x)
{
	for (size_t i = 0; i < sw_spf_step_count(x); i++) {
		SW_CLEANUP(sw_buf_fini) struct sw_buf line = { .max = SW_CHECK_LINE };
		const struct sw_spf_step step = sw_spf_step_at(x, i);

		if (!sw_spf_step_text(&step, &line))
			sw_check_trace(r, t, sw_buf_str(&line));
	}
}

static const char *outcome_text(struct sw_check_report *r, const struct sw_spf_outcome *o)
{
	const char *result = sw_spf_result_name(o->result);

	if (r->run->russian && o->flaw)
		return sw_check_text(r, "%s: %.*s%s%s (%s)", result, SW_FMT(o->flaw_text),
				     o->flaw_text.len ? ": " : "",
				     sw_check_word(r->run, sw_spf_flaw_text(o->flaw)),
				     o->domain);
	if (r->run->russian && o->mechanism.len > 0)
		return sw_check_text(r, "%s: %.*s (%s)", result, SW_FMT(o->mechanism),
				     o->domain);
	if (r->run->russian && o->result != SW_SPF_TEMPERROR)
		return result;
	SW_CLEANUP(sw_buf_fini) struct sw_buf b = { .max = SW_CHECK_LINE };

	if (sw_spf_outcome_text(o, &b))
		r->broken = true;
	return sw_check_text(r, "%s", sw_buf_str(&b));
}

static void say_permerror(struct sw_check_report *r, const struct sw_spf_outcome *o)
{
	bool much = o->flaw == SW_SPF_MANY_LOOKUPS || o->flaw == SW_SPF_MANY_VOIDS ||
		    o->flaw == SW_SPF_MANY_MX;

	sw_check_find(r, SW_CHECK_SPF_TEST, much ? SW_FOUND_SPF_MANY : SW_FOUND_SPF_FLAW,
		      outcome_text(r, o), NULL, NULL);
}

/* "v=spf1 -all" and nothing else that counts: nobody sends. */
static bool is_closed(const struct sw_spf_record *record)
{
	bool closed = false;

	for (uint32_t i = 0; i < record->count; i++) {
		const struct sw_spf_term *term = &record->terms[i];

		if (term->kind == SW_SPF_ALL && term->qualifier == '-')
			closed = true;
		else if (term->kind != SW_SPF_EXP && term->kind != SW_SPF_OTHER)
			return false;
	}
	return closed;
}

/* What the record as a whole comes to, as an address meets it that nothing names. */
static void judge_whole(struct sw_check_report *r, const struct sw_spf_record *record)
{
	const enum sw_check_test t = SW_CHECK_SPF_TEST;
	const struct sw_spf_outcome *o = sw_spf_outcome(r->spf_count);
	char number[16];

	if (!o)
		return;
	trace(r, t, r->spf_count);
	(void)snprintf(number, sizeof(number), "%u", o->lookups);
	if (o->result == SW_SPF_PERMERROR) {
		say_permerror(r, o);
		return;
	}
	sw_check_found(r, t, sw_check_line(r->run, "%u of 10 lookups", "запросов: %u из 10"),
		       o->lookups);
	if (o->result == SW_SPF_TEMPERROR) {
		sw_check_status(r, t, SW_CHECK_UNTESTED);
		sw_check_found(r, t, "%s", outcome_text(r, o));
	}
	if (o->result == SW_SPF_PASS)
		sw_check_find_exact(r, t, SW_FOUND_SPF_ANYBODY, r->domain, outcome_text(r, o),
				    with_end(r, record));
	if (o->result == SW_SPF_NEUTRAL)
		sw_check_find_exact(r, t, SW_FOUND_SPF_NEUTRAL, outcome_text(r, o), NULL,
				    with_end(r, record));
	if (o->lookups >= MANY)
		sw_check_find(r, t, SW_FOUND_SPF_NEAR, number, NULL, NULL);
}

static void judge_record(struct sw_check_report *r, struct sw_slice text)
{
	const enum sw_check_test t = SW_CHECK_SPF_TEST;
	struct sw_spf_record record;

	if (sw_spf_record_read(text, &r->arena, &record)) {
		r->broken = true;
		return;
	}
	sw_check_status(r, t, SW_CHECK_OK);
	sw_check_found(r, t, "%.*s", (int)text.len, text.ptr);
	if (record.flaw) {
		sw_check_find(
			r, t, SW_FOUND_SPF_FLAW,
			sw_check_text(r, "%.*s: %s", (int)record.flaw_len,
				      text.ptr + record.flaw_at,
				      sw_check_word(r->run, sw_spf_flaw_text(record.flaw))),
			NULL, NULL);
		return;
	}
	for (uint32_t i = 0; i < record.count; i++)
		if (record.terms[i].kind == SW_SPF_PTR) {
			sw_check_find(r, t, SW_FOUND_SPF_PTR, NULL, NULL, NULL);
			break;
		}
	r->never_sends = is_closed(&record);
	if (r->never_sends)
		sw_check_found(r, t, "%s",
			       sw_check_line(r->run, "the domain sends no mail at all",
					     "домен вообще не отправляет почту"));
	judge_whole(r, &record);
}

static void judge_address(struct sw_check_report *r, struct sw_slice record)
{
	const enum sw_check_test t = SW_CHECK_SPF_IP_TEST;
	const struct sw_spf_outcome *o = r->spf ? sw_spf_outcome(r->spf) : NULL;
	char ip[SW_IP_TEXT];

	if (!o) {
		sw_check_found(r, t, "%s", r->run->no_ip);
		return;
	}
	trace(r, t, r->spf);
	if (r->never_sends && !r->run->options->ip && !r->run->from) {
		sw_check_skip(r, t, "the domain sends no mail", "домен не отправляет почту");
		return;
	}
	sw_check_found(r, t, "%s: %s", sw_ip_text(&r->run->ip, ip), outcome_text(r, o));
	if (o->result == SW_SPF_PASS)
		sw_check_status(r, t, SW_CHECK_OK);
	else if (o->result == SW_SPF_TEMPERROR)
		sw_check_status(r, t, SW_CHECK_UNTESTED);
	else
		sw_check_find(r, t, SW_FOUND_SPF_NOT_ALLOWED, ip, o->checked,
			      r->run->from || o->result == SW_SPF_PERMERROR
				      ? NULL
				      : with_address(r, record));
}

/* All records made one: the terms of each, none twice, and the end of the last. */
static const char *joined(struct sw_check_report *r)
{
	const char *all = "v=spf1";
	bool closed = true;

	for (size_t i = 0; i < r->txt->count; i++) {
		struct sw_slice text = r->txt->records[i].txt;
		struct sw_spf_record record;

		if (!sw_spf_is_record(text))
			continue;
		if (sw_spf_record_read(text, &r->arena, &record))
			r->broken = true;
		/* What cannot be read cannot be joined. */
		if (r->broken || record.flaw)
			return NULL;
		for (uint32_t k = 0; k < record.count; k++) {
			struct sw_slice term = sw_spf_term_text(&record, &record.terms[k]);
			const char *word = sw_check_text(r, " %.*s", SW_FMT(term));

			/* Of two ends the softer one breaks nothing; an open one protects
			 * nothing. */
			if (record.terms[k].kind == SW_SPF_ALL)
				closed = closed && record.terms[k].qualifier == '-';
			else if (!strstr(sw_check_text(r, "%s ", all),
					 sw_check_text(r, "%s ", word)))
				all = sw_check_text(r, "%s%s", all, word);
		}
	}
	return sw_check_text(r, "%s. TXT \"%s %s\"", r->domain, all, closed ? "-all" : "~all");
}

static void judge_several(struct sw_check_report *r, size_t count)
{
	char number[24];

	(void)snprintf(number, sizeof(number), "%zu", count);
	for (size_t i = 0; i < r->txt->count; i++)
		if (sw_spf_is_record(r->txt->records[i].txt))
			sw_check_found(r, SW_CHECK_SPF_TEST, "%.*s",
				       SW_FMT(r->txt->records[i].txt));
	sw_check_find(r, SW_CHECK_SPF_TEST, SW_FOUND_SPF_SEVERAL, r->domain, number,
		      joined(r));
}

void sw_check_judge_spf(struct sw_check_report *r)
{
	const enum sw_check_test t = SW_CHECK_SPF_TEST;
	struct sw_slice record = { NULL, 0 };
	size_t count = sw_check_txt(r->txt, sw_spf_is_record, &record);

	if (sw_ask_failed(r->txt)) {
		sw_check_failed(r, t, r->txt);
	} else if (count == 0) {
		sw_check_found(r, t, "%s", sw_check_line(r->run, "none", "нет"));
		sw_check_find(r, t, SW_FOUND_SPF_NONE, r->domain, NULL,
			      with_address(r, record));
	} else if (count > 1) {
		judge_several(r, count);
	} else {
		judge_record(r, record);
	}
	judge_address(r, record);
}
