/* SPDX-License-Identifier: MIT */
/* One message as a receiver sees it. */
#include "api/check.h"

#include <stdio.h>
#include <string.h>

#include "base/world.h"
#include "identity/dkim_why.h"
#include "identity/unsubscribe.h"
#include "mail/address.h"
#include "mail/header.h"
#include "mail/ready.h"

static enum sw_err too_large(const char *path, const char *stage, const struct sw_error *why,
			     struct sw_error *err)
{
	return sw_fail(err, SW_E_LIMIT,
		       "%s: %s: %s, more than receivers take; make it smaller, or check the "
		       "domain without the message",
		       path, stage, why->text);
}

static enum sw_err keep(void *arg, struct sw_slice piece, struct sw_error *err)
{
	return sw_buf_add(arg, piece) ? sw_buf_fail(arg, "the message", err) : SW_OK;
}

enum sw_err sw_check_message_load(const char *path, struct sw_buf *ret, struct sw_error *err)
{
	const struct sw_ready_options options = { .keep_bcc = true };
	SW_CLEANUP(sw_source_freep) struct sw_source *source = NULL;
	struct sw_error why = { 0 };
	enum sw_err e = sw_ready_open(path, &options, &source, &why);

	if (!e)
		e = sw_source_each(source, keep, ret, &why);
	if (e == SW_E_LIMIT)
		return too_large(path, "reading it", &why, err);
	*err = why;
	return e;
}

/* The mailboxes of one From field; NULL when it cannot be read. SW_E_NOMEM alone. */
static enum sw_err authors_of(struct sw_arena *arena, struct sw_slice value,
			      struct sw_mailbox **ret)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf plain = { .max = SW_MAX_HEADER_BLOCK };
	enum sw_err e = sw_field_unfold(value, &plain);

	if (!e)
		e = sw_mailboxes_parse(arena, sw_buf_slice(&plain), ret, NULL);
	if (e)
		*ret = NULL;
	return e == SW_E_NOMEM ? e : SW_OK;
}

enum sw_err sw_check_message_author(struct sw_arena *arena, struct sw_slice message,
				    const char **ret)
{
	struct sw_mailbox *first = NULL;
	struct sw_field f;
	size_t fields = 0;
	enum sw_err e = SW_OK;

	*ret = NULL;
	while (!e && sw_field_next(&message, &f))
		if (sw_slice_eq_nocase(f.name, SW_S("From")) && fields++ == 0)
			e = authors_of(arena, f.value, &first);
	if (e || fields != 1 || !first)
		return e;
	for (struct sw_mailbox *m = first->next; m; m = m->next)
		if (strcmp(m->address.domain_ascii, first->address.domain_ascii) != 0)
			return SW_OK;
	*ret = first->address.domain_ascii;
	return SW_OK;
}

/* Written by the last server, above everything else (RFC 5321 4.4). NULL: none that can be
 * read. SW_E_NOMEM alone. */
static enum sw_err return_path(struct sw_check_report *r, struct sw_slice message)
{
	struct sw_address address;
	struct sw_field f;

	r->return_path = NULL;
	if (!sw_field_next(&message, &f) || !sw_slice_eq_nocase(f.name, SW_S("Return-Path")))
		return SW_OK;
	enum sw_err e = sw_address_parse(&r->arena, sw_slice_trim(f.value),
					 SW_ADDRESS_ALLOW_NULL, &address, NULL);
	if (!e)
		r->return_path = address.text;
	return e == SW_E_NOMEM ? e : SW_OK;
}

enum sw_err sw_check_message_feed(struct sw_check_report *r, struct sw_error *err)
{
	const struct sw_world *world = sw_world_real();
	const struct sw_dkim_policy policy = { .now_s = world->wall_us(world->arg) / 1000000 };
	struct sw_slice bytes = sw_buf_slice(&r->run->message);
	struct sw_error why = { 0 };
	enum sw_err e;

	if (sw_check_message_author(&r->arena, bytes, &r->author) || return_path(r, bytes))
		return sw_fail_nomem(err);
	r->dkim = sw_dkim_new(r->run->crypto, &policy);
	r->arc = sw_arc_new(r->run->crypto, &policy);
	if (!r->dkim || !r->arc)
		return sw_fail_nomem(err);
	e = sw_dkim_feed(r->dkim, bytes, &why);
	if (!e)
		e = sw_dkim_end(r->dkim, &why);
	if (!e)
		e = sw_arc_feed(r->arc, bytes, &why);
	if (!e)
		e = sw_arc_end(r->arc, &why);
	if (e == SW_E_LIMIT)
		return too_large(r->run->options->message, "reading its signatures", &why,
				 err);
	return e ? sw_fail(err, e, "%s", why.text) : SW_OK;
}

/* ---- DKIM ---- */

static const struct sw_ask *key_of(const struct sw_check_report *r,
				   const struct sw_dkim_result *x)
{
	char name[600];

	if (strlen(x->selector) + strlen(x->domain) + 16 > sizeof(name))
		return NULL;
	(void)snprintf(name, sizeof(name), "%s._domainkey.%s", x->selector, x->domain);
	for (size_t i = 0; i < r->look.count; i++)
		if (r->look.all[i]->type == SW_DNS_TXT &&
		    sw_slice_eq_nocase(sw_slice_str(r->look.all[i]->name), sw_slice_str(name)))
			return r->look.all[i];
	return NULL;
}

/* What was done to the body, or to the header, in words. */
static const char *change_of(struct sw_check_report *r, const struct sw_dkim_result *x,
			     size_t index, bool of_header)
{
	const struct sw_ask *key = key_of(r, x);
	SW_CLEANUP(sw_buf_fini) struct sw_buf detail = { .max = 4096 };
	const struct sw_dkim_why_request q = {
		.message = sw_buf_slice(&r->run->message),
		.original = sw_buf_slice(&r->run->original),
		.result = x,
		.index = index,
		.of_header = of_header,
		.key = key && key->count > 0 ? key->records[0].txt : sw_slice(NULL, 0),
	};
	enum sw_dkim_change change = SW_DKIM_CHANGE_UNKNOWN;

	if (sw_dkim_why(&q, r->run->crypto, &change, &detail))
		r->broken = true;
	return sw_check_text(r, "%s%s%s", sw_dkim_change_text(change, r->run->russian),
			     sw_buf_len(&detail) ? ": " : "", sw_buf_str(&detail));
}

/* What broke it; lists change both. */
static const char *why_broken(struct sw_check_report *r, const struct sw_dkim_result *x,
			      size_t index)
{
	const char *why = "";

	if (x->body_hash == SW_DKIM_BAD)
		why = change_of(r, x, index, false);
	if (x->signature == SW_DKIM_BAD)
		why = sw_check_text(r, "%s%s%s", why, *why ? "; " : "",
				    change_of(r, x, index, true));
	return *why ? why : sw_check_word(r->run, sw_dkim_reason_text(x->reason));
}

static void judge_signature(struct sw_check_report *r, const struct sw_dkim_result *x,
			    size_t index)
{
	const enum sw_check_test t = SW_CHECK_MSG_DKIM_TEST;
	const char *who = sw_check_text(r, "%s (%s)", x->domain, x->selector);
	const char *why = sw_check_text(
		r, "%s%s%s", sw_check_word(r->run, sw_dkim_reason_text(x->reason)),
		*x->detail ? ": " : "", sw_check_word(r->run, x->detail));

	sw_check_found(r, t, "%s: %s", who, sw_dkim_status_name(x->status));
	for (size_t i = 0; i < x->trace_count; i++)
		sw_check_trace(r, t, sw_check_shown(r, sw_slice_str(x->trace[i])));
	if (x->status == SW_DKIM_PASS)
		sw_check_status(r, t, SW_CHECK_OK);
	else if (x->status == SW_DKIM_TEMPERROR)
		sw_check_status(r, t, SW_CHECK_UNTESTED);
	else if (x->reason == SW_DKIM_WHY_BODY || x->reason == SW_DKIM_WHY_LENGTH_BEYOND)
		sw_check_find(r, t, SW_FOUND_MSG_BODY, who, why_broken(r, x, index), NULL);
	else if (x->reason == SW_DKIM_WHY_SIGNATURE)
		sw_check_find(r, t, SW_FOUND_MSG_SIGNATURE, who, why_broken(r, x, index),
			      NULL);
	else if (x->reason == SW_DKIM_WHY_EXPIRED || x->reason == SW_DKIM_WHY_FUTURE)
		sw_check_find(r, t, SW_FOUND_MSG_EXPIRED, who, why, NULL);
	else
		sw_check_find(r, t, SW_FOUND_MSG_KEY, who, why, NULL);
}

static void judge_signatures(struct sw_check_report *r)
{
	const struct sw_dkim_result *list = NULL;
	size_t count = sw_dkim_results(r->dkim, &list);

	for (size_t i = 0; i < count; i++)
		judge_signature(r, &list[i], i);
	if (count == 0)
		sw_check_find(r, SW_CHECK_MSG_DKIM_TEST, SW_FOUND_MSG_UNSIGNED, NULL, NULL,
			      NULL);
}

/* ---- the others ---- */

static bool dmarc_passes(const struct sw_check_report *r)
{
	const struct sw_dmarc_outcome *o =
		r->message_dmarc ? sw_dmarc_outcome(r->message_dmarc) : NULL;

	return o && o->tree.result == SW_DMARC_PASS;
}

static void judge_spf(struct sw_check_report *r)
{
	const enum sw_check_test t = SW_CHECK_MSG_SPF_TEST;
	const struct sw_spf_outcome *o = r->spf ? sw_spf_outcome(r->spf) : NULL;

	if (!o) {
		sw_check_found(r, t, "%s", r->run->no_ip);
		return;
	}
	sw_check_found(r, t, "<%s>: %s", r->sender, sw_spf_result_name(o->result));
	if (o->result == SW_SPF_PASS)
		sw_check_status(r, t, SW_CHECK_OK);
	else if (o->result == SW_SPF_TEMPERROR)
		sw_check_status(r, t, SW_CHECK_UNTESTED);
	else
		sw_check_find(r, t, dmarc_passes(r) ? SW_FOUND_MSG_SPF_ONLY : SW_FOUND_MSG_SPF,
			      *r->sender ? r->sender : o->checked,
			      sw_spf_result_name(o->result), NULL);
}

static void judge_view(struct sw_check_report *r, const char *rfc,
		       const struct sw_dmarc_view *v)
{
	const enum sw_check_test t = SW_CHECK_MSG_DMARC_TEST;
	SW_CLEANUP(sw_buf_fini) struct sw_buf text = { .max = SW_CHECK_LINE };

	if (sw_dmarc_view_text(v, &text))
		r->broken = true;
	sw_check_found(r, t, "%s: %s", rfc, sw_buf_str(&text));
	if (v->result == SW_DMARC_PASS)
		sw_check_status(r, t, SW_CHECK_OK);
	else if (v->result == SW_DMARC_TEMPERROR)
		sw_check_status(r, t, SW_CHECK_UNTESTED);
}

static void judge_dmarc(struct sw_check_report *r)
{
	const enum sw_check_test t = SW_CHECK_MSG_DMARC_TEST;
	const struct sw_dmarc_outcome *o =
		r->message_dmarc ? sw_dmarc_outcome(r->message_dmarc) : NULL;

	if (!r->author)
		sw_check_find(r, t, SW_FOUND_MSG_NO_FROM, NULL, NULL, NULL);
	if (!o)
		return;
	judge_view(r, "RFC 9989", &o->tree);
	if (o->has_list && o->differ)
		judge_view(r, "RFC 7489", &o->list);
	if (o->tree.result == SW_DMARC_FAIL ||
	    (o->has_list && o->list.result == SW_DMARC_FAIL))
		sw_check_find(r, t, SW_FOUND_MSG_DMARC, r->author, NULL, NULL);
}

static void judge_arc(struct sw_check_report *r)
{
	const enum sw_check_test t = SW_CHECK_MSG_ARC_TEST;
	const struct sw_arc_result *a = sw_arc_result(r->arc);

	if (!a)
		return;
	sw_check_found(r, t, "%s", sw_arc_status_name(a->status));
	if (a->status == SW_ARC_PASS)
		sw_check_status(r, t, SW_CHECK_OK);
	else if (a->status == SW_ARC_FAIL && a->temporary)
		sw_check_status(r, t, SW_CHECK_UNTESTED);
	else if (a->status == SW_ARC_FAIL)
		sw_check_find(r, t, SW_FOUND_MSG_ARC,
			      sw_check_text(r, "%s%s%s", sw_check_word(r->run, a->why),
					    *a->detail ? ": " : "", a->detail),
			      NULL, NULL);
}

static void judge_unsubscribe(struct sw_check_report *r)
{
	const enum sw_check_test t = SW_CHECK_MSG_UNSUB_TEST;
	struct sw_unsubscribe u;

	sw_unsubscribe_check(sw_buf_slice(&r->run->message), &u);
	if (u.flaws & SW_UNSUB_NO_FIELD) {
		sw_check_skip(r, t, "none: only lists and advertising need it",
			      "нет: нужно только рассылкам");
		return;
	}
	sw_check_status(r, t, SW_CHECK_OK);
	for (unsigned i = 0; i < SW_UNSUB_FLAWS; i++)
		if (u.flaws >> i & 1)
			sw_check_find(r, t, SW_FOUND_MSG_UNSUB, sw_unsubscribe_flaw_text(i),
				      NULL,
				      "List-Unsubscribe-Post: List-Unsubscribe=One-Click");
}

void sw_check_judge_message(struct sw_check_report *r)
{
	judge_spf(r);
	judge_signatures(r);
	judge_dmarc(r);
	judge_arc(r);
	judge_unsubscribe(r);
}
