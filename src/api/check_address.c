/* SPDX-License-Identifier: MIT */
/* The sending address: its names, the name that it says, and block lists. */
#include "api/check.h"

#include <stdio.h>
#include <string.h>

enum { FEW = 3 }; /* weight up to which a list alone keeps nobody's mail out */

/* ---- PTR ---- */

/* "192-0-2-1", "1.2.0.192", "c0000201": as providers number their lines. */
static bool holds_address(const char *name, const struct sw_ip *ip)
{
	const uint8_t *b = ip->bytes;
	char forms[4][32];

	if (ip->family != 4)
		return false;
	(void)snprintf(forms[0], sizeof(forms[0]), "%u.%u.%u.%u", b[0], b[1], b[2], b[3]);
	(void)snprintf(forms[1], sizeof(forms[1]), "%u.%u.%u.%u", b[3], b[2], b[1], b[0]);
	(void)snprintf(forms[2], sizeof(forms[2]), "%03u.%03u.%03u.%03u", b[0], b[1], b[2],
		       b[3]);
	(void)snprintf(forms[3], sizeof(forms[3]), "%02x%02x%02x%02x", b[0], b[1], b[2], b[3]);
	char flat[256];
	size_t len = 0;

	for (; *name && len + 1 < sizeof(flat); name++)
		flat[len++] = *name == '-' || *name == '_' ? '.' : sw_ascii_lower(*name);
	flat[len] = '\0';
	for (size_t i = 0; i < SW_LEN(forms); i++)
		if (strstr(flat, forms[i]))
			return true;
	return false;
}

static const char *names_of(struct sw_check_report *r, const struct sw_ask *ptr)
{
	const char *all = "";

	for (size_t i = 0; i < ptr->count && i < 4; i++)
		all = sw_check_text(r, "%s%s%s", all, *all ? ", " : "", ptr->records[i].name);
	return all;
}

static void judge_ptr(struct sw_check_report *r)
{
	const enum sw_check_test t = SW_CHECK_PTR_TEST;
	const struct sw_reverse_outcome *o = sw_reverse_outcome(r->reverse);
	char ip[SW_IP_TEXT], reverse[SW_IP_REVERSE];

	(void)sw_ip_text(&r->run->ip, ip);
	const char *literal =
		sw_check_text(r, "%s. PTR %s.", sw_ip_ptr_name(&r->run->ip, reverse),
			      r->run->options->ehlo ? r->run->options->ehlo
						    : sw_check_text(r, "mail.%s", r->domain));

	for (size_t i = 0; i < sw_reverse_step_count(r->reverse); i++) {
		SW_CLEANUP(sw_buf_fini) struct sw_buf line = { .max = SW_CHECK_LINE };

		if (!sw_reverse_step_text(r->reverse, i, &line))
			sw_check_trace(r, t, sw_buf_str(&line));
	}
	if (!o || o->state == SW_REVERSE_UNKNOWN) {
		if (o && o->ptr)
			sw_check_failed(r, t, o->ptr);
		sw_check_status(r, t, SW_CHECK_UNTESTED);
	} else if (o->state == SW_REVERSE_NO_NAME) {
		sw_check_find(r, t, SW_FOUND_PTR_NONE, ip, NULL, literal);
	} else if (o->state == SW_REVERSE_NOT_BACK) {
		const char *names = names_of(r, o->ptr);

		sw_check_found(r, t, "%s: %s", ip, names);
		sw_check_find(r, t, SW_FOUND_PTR_NOT_BACK, ip, names,
			      sw_check_text(r, "%s. %s %s", o->ptr->records[0].name,
					    r->run->ip.family == 4 ? "A" : "AAAA", ip));
	} else {
		sw_check_status(r, t, SW_CHECK_OK);
		sw_check_found(r, t, "%s: %s", ip, o->name);
		if (holds_address(o->name, &r->run->ip))
			sw_check_find(r, t, SW_FOUND_PTR_GENERIC, o->name, NULL, literal);
	}
}

/* ---- EHLO ---- */

static bool leads_to(const struct sw_ask *a, const struct sw_ip *ip)
{
	for (size_t i = 0; a && i < a->count; i++) {
		struct sw_ip one = sw_ip_of_record(&a->records[i]);

		if (one.family == ip->family &&
		    sw_ip_matches(&one, ip, ip->family == 4 ? 32 : 128))
			return true;
	}
	return false;
}

static void judge_ehlo(struct sw_check_report *r)
{
	const enum sw_check_test t = SW_CHECK_EHLO_TEST;
	const char *name = r->run->options->ehlo;
	const struct sw_ip *ip = &r->run->ip;
	char text[SW_IP_TEXT];

	if (!name) {
		sw_check_skip(r, t, "name it with --ehlo", "назовите его в --ehlo");
		return;
	}
	sw_check_found(r, t, "%s", name);
	if (!r->ehlo_a || !strchr(name, '.')) {
		sw_check_find(r, t, SW_FOUND_EHLO_BAD, name, NULL, NULL);
	} else if (ip->family && (leads_to(r->ehlo_a, ip) || leads_to(r->ehlo_aaaa, ip))) {
		sw_check_status(r, t, SW_CHECK_OK);
	} else if (sw_ask_failed(r->ehlo_a) || sw_ask_failed(r->ehlo_aaaa)) {
		sw_check_failed(r, t, sw_ask_failed(r->ehlo_a) ? r->ehlo_a : r->ehlo_aaaa);
	} else if (r->ehlo_a->count + r->ehlo_aaaa->count == 0) {
		sw_check_find(r, t, SW_FOUND_EHLO_NOWHERE, name, NULL,
			      ip->family ? sw_check_text(r, "%s. %s %s", name,
							 ip->family == 4 ? "A" : "AAAA",
							 sw_ip_text(ip, text))
					 : NULL);
	} else if (ip->family) {
		sw_check_find(r, t, SW_FOUND_EHLO_OTHER, name, sw_ip_text(ip, text), NULL);
	} else {
		sw_check_status(r, t, SW_CHECK_OK);
	}
}

void sw_check_judge_address(struct sw_check_report *r)
{
	if (r->reverse)
		judge_ptr(r);
	else
		sw_check_found(r, SW_CHECK_PTR_TEST, "%s", r->run->no_ip);
	judge_ehlo(r);
}

/* ---- block lists ---- */

static void judge_listing(struct sw_check_report *r, enum sw_check_test t, const char *what,
			  const struct sw_listing *l)
{
	bool policy = strcmp(l->kind, "policy") == 0;
	const char *said =
		sw_check_text(r, "%s%s%.*s", l->list->name, l->reason.len ? ": " : "",
			      (int)l->reason.len, l->reason.ptr ? l->reason.ptr : "");

	sw_check_found(r, t, "%s (%s)", l->list->name, sw_check_word(r->run, l->kind));
	sw_check_find(r, t,
		      t == SW_CHECK_LIST_DOMAIN_TEST ? SW_FOUND_LISTED_DOMAIN
		      : policy                       ? SW_FOUND_LISTED_POLICY
		      : l->list->weight <= FEW       ? SW_FOUND_LISTED_FEW
						     : SW_FOUND_LISTED_IP,
		      what, said, NULL);
}

/* Why a list could not be asked. */
static const char *state_text(const struct sw_check_report *r, enum sw_list_state s)
{
	static const char *const texts[][2] = {
		[SW_LIST_REFUSES] = { "refuses to answer us", "отказывается отвечать" },
		[SW_LIST_EVERYTHING] = { "lists everything", "вносит всех" },
		[SW_LIST_NO_LIST] = { "answers like no list", "отвечает не как список" },
		[SW_LIST_SILENT] = { "no answer", "нет ответа" },
	};
	const char *text = (unsigned)s < SW_LEN(texts) ? texts[s][r->run->russian] : NULL;

	return text ? text : sw_list_state_name(s);
}

static void judge_listings(struct sw_check_report *r, enum sw_check_test t,
			   const struct sw_listings *x, const char *what)
{
	size_t count = sw_listings_count(x), tested = 0, listed = 0;
	const char *silent = "";

	for (size_t i = 0; i < count; i++) {
		const struct sw_listing l = sw_listings_at(x, i);

		if (l.state != SW_LIST_WORKS) {
			silent = sw_check_text(r, "%s%s%s (%s)", silent, *silent ? ", " : "",
					       l.list->name, state_text(r, l.state));
			continue;
		}
		tested++;
		if (l.listed) {
			judge_listing(r, t, what, &l);
			listed++;
		}
	}
	for (size_t i = 0; i < sw_listings_step_count(x); i++) {
		SW_CLEANUP(sw_buf_fini) struct sw_buf line = { .max = SW_CHECK_LINE };

		if (!sw_listings_step_text(x, i, &line))
			sw_check_trace(r, t, sw_buf_str(&line));
	}
	if (tested > 0)
		sw_check_status(r, t, SW_CHECK_OK);
	else if (count > 0)
		sw_check_status(r, t, SW_CHECK_UNTESTED);
	sw_check_found(r, t,
		       sw_check_line(r->run, "listed by %zu of %zu lists that answered",
				     "в %zu из %zu ответивших списков"),
		       listed, tested);
	if (*silent)
		sw_check_found(r, t,
			       sw_check_line(r->run, "could not ask: %s", "не ответили: %s"),
			       silent);
}

void sw_check_judge_lists(struct sw_check_report *r)
{
	char ip[SW_IP_TEXT];

	if (r->run->ip_private)
		sw_check_skip(r, SW_CHECK_LIST_IP_TEST,
			      "the address is private: lists hold public ones",
			      "адрес частный: в списках только внешние");
	else if (r->list_ip)
		judge_listings(r, SW_CHECK_LIST_IP_TEST, r->list_ip,
			       sw_ip_text(&r->run->ip, ip));
	else
		sw_check_found(r, SW_CHECK_LIST_IP_TEST, "%s", r->run->no_ip);
	judge_listings(r, SW_CHECK_LIST_DOMAIN_TEST, r->list_domain, r->domain);
}
