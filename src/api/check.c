/* SPDX-License-Identifier: MIT */
/* The run: domains on one loop, some at once, each from phase to phase. */
#include "api/check.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/mem.h"
#include "dns/record.h"
#include "mail/address.h"
#include "net/own_ip.h"

enum { TIMEOUT_S = 30, PARALLEL = 16 };

/* ---- one domain ---- */

static void report_free(struct sw_check_report *r)
{
	if (!r)
		return;
	sw_asker_free(r->asker);
	sw_fetch_cancel(r->fetch);
	sw_fetch_answer_fini(&r->policy);
	sw_check_machines_free(r);
	sw_arena_fini(&r->arena);
	sw_free(r);
}

static void go_on(struct sw_check_report *r)
{
	r->next_ready = r->run->ready;
	r->run->ready = r;
	sw_timer_set(r->run->turn, 0);
}

void sw_check_answered(struct sw_check_report *r)
{
	if (--r->open == 0)
		go_on(r);
}

void sw_check_break(struct sw_check_report *r, const struct sw_error *why)
{
	if (!r->broken && why->text[0])
		r->why = *why;
	r->broken = true;
}

static void on_asked(void *arg, enum sw_err code)
{
	struct sw_check_report *r = arg;

	struct sw_error why = { 0 };

	if (code) {
		sw_fail(&why, code, "asking the DNS: %s", sw_err_text(code));
		sw_check_break(r, &why);
	}
	sw_check_answered(r);
}

void sw_check_ask(struct sw_check_report *r, const struct sw_evaluator *e, void *machine)
{
	struct sw_error err = { 0 };

	if (!machine) {
		r->broken = true;
		return;
	}
	if (sw_asker_run(r->asker, e, machine, r->deadline_us, on_asked, r, &err))
		r->open++;
	else
		sw_check_break(r, &err);
}

/* Whether the DNS denies the name, whatever it is asked about. */
static bool is_missing(const struct sw_check_report *r)
{
	const struct sw_ask *const all[] = { r->mx, r->a, r->aaaa, r->txt };

	for (size_t i = 0; i < SW_LEN(all); i++)
		if (!all[i] || all[i]->status != SW_DNS_NXDOMAIN)
			return false;
	return true;
}

/* Nothing below a name that is not there can be there (RFC 8020). */
static void judge_missing(struct sw_check_report *r)
{
	sw_check_find(r, SW_CHECK_MX_TEST, SW_FOUND_NO_DOMAIN, r->domain, NULL, NULL);
	for (size_t i = 0; i < SW_CHECK_TESTS; i++) {
		const enum sw_check_test t = (enum sw_check_test)i;

		if (t != SW_CHECK_MX_TEST && sw_check_test_group(t) != SW_CHECK_MESSAGE)
			sw_check_skip(r, t, "there is no such domain", "такого домена нет");
	}
}

static void judge(struct sw_check_report *r)
{
	static void (*const judges[])(struct sw_check_report * r) = {
		sw_check_judge_spf,     sw_check_judge_dkim,    sw_check_judge_dmarc,
		sw_check_judge_address, sw_check_judge_lists,   sw_check_judge_mx,
		sw_check_judge_tls,     sw_check_judge_connect,
	};

	r->missing = is_missing(r);
	if (r->bad_name) {
		sw_check_find(r, SW_CHECK_MX_TEST, SW_FOUND_BAD_NAME, r->domain, r->bad_name,
			      NULL);
	} else if (r->missing) {
		judge_missing(r);
	} else {
		for (size_t i = 0; i < SW_LEN(judges); i++)
			judges[i](r);
	}
	if (r->run->options->message && !r->bad_name)
		sw_check_judge_message(r);
	if (!r->bad_name && !r->missing)
		sw_check_judge_bulk(r);
	sw_check_results_make(r);
}

static void unlink_report(struct sw_check_report *r)
{
	struct sw_check_report **at = &r->run->all;

	while (*at && *at != r)
		at = &(*at)->next;
	if (*at)
		*at = r->next;
}

static void finish(struct sw_check_report *r)
{
	struct sw_check_run *run = r->run;

	/* Without memory answers are missing that judges rely on. */
	if (!r->broken)
		judge(r);
	r->broken = r->broken || sw_mem_refused() != r->refused;
	if (r->why.code)
		*run->err = r->why;
	if (r->broken)
		run->code = r->why.code ? r->why.code : sw_fail_nomem(run->err);
	else if (run->fn(run->arg, r))
		run->code = sw_fail(run->err, SW_E_ABORTED, "stopped by the caller");
	unlink_report(r);
	report_free(r);
	run->open--;
}

/* On to the next phase that has something to wait for. */
static void advance(struct sw_check_report *r)
{
	while (!r->broken && r->open == 0) {
		if (!sw_check_phase(r, r->phase)) {
			finish(r);
			return;
		}
		r->phase++;
	}
	if (r->broken && r->open == 0)
		finish(r);
}

/* ---- the run ---- */

static const char *to_ascii(struct sw_check_report *r, const char *name)
{
	struct sw_error err = { 0 };
	const char *ascii = NULL, *at = strrchr(name, '@');

	/* Of an address the domain is meant. */
	if (at)
		name = at + 1;

	enum sw_err e = sw_domain_to_ascii(&r->arena, sw_slice_str(name), &ascii, &err);

	if (!e && *ascii == '[')
		e = sw_fail(&err, SW_E_DATA, "an address is no domain");
	if (!e)
		return ascii;
	r->bad_name = sw_check_shown(r, sw_slice_str(err.text));
	return sw_check_shown(r, sw_slice_str(name));
}

static enum sw_err begin(struct sw_check_run *run, const char *name)
{
	struct sw_check_report *r = sw_calloc(1, sizeof(*r));
	unsigned seconds = run->options->timeout_s ? run->options->timeout_s : TIMEOUT_S;

	if (!r)
		return sw_fail_nomem(run->err);
	r->refused = run->refused;
	r->run = run;
	r->asker = sw_asker_new(run->loop, run->resolver, run->err);
	if (!r->asker) {
		report_free(r);
		return SW_E_NOMEM;
	}
	for (size_t i = 0; i < SW_CHECK_TESTS; i++)
		r->items[i] =
			(struct sw_check_item){ .status = SW_CHECK_NOT_TESTED, .found = "" };
	sw_asks_init(&r->look, &r->arena);
	r->domain = to_ascii(r, name);
	r->deadline_us = sw_time_add(sw_loop_now(run->loop), (uint64_t)seconds * 1000000);
	r->next = run->all;
	run->all = r;
	run->open++;

	go_on(r);
	return SW_OK;
}

static void on_turn(void *arg)
{
	struct sw_check_run *run = arg;
	size_t most = run->options->parallel ? run->options->parallel : PARALLEL;

	if (most > SW_MAX_CHECK_PARALLEL)
		most = SW_MAX_CHECK_PARALLEL;
	while (!run->code && run->ready) {
		struct sw_check_report *r = run->ready;

		run->ready = r->next_ready;
		if (r->bad_name)
			finish(r);
		else
			advance(r);
	}
	while (!run->code && run->next < run->count && run->open < most)
		run->code = begin(run, run->domains[run->next++]);
	if (run->code || run->open == 0)
		sw_loop_stop(run->loop);
}

/* ---- what is shared ---- */

static void own_address(struct sw_check_run *run)
{
	static const int families[] = { AF_INET, AF_INET6 };
	char text[SW_ADDR_TEXT];
	struct sw_addr a;

	run->no_ip = sw_check_line(
		run, "this machine has no way out: name the sending address with --ip",
		"у этой машины нет выхода в сеть: назовите адрес отправки в --ip");
	for (size_t i = 0; i < SW_LEN(families) && !run->ip.family; i++) {
		if (!sw_own_ip(families[i], &a))
			continue;
		if (sw_addr_is_private(&a))
			run->no_ip = sw_check_line(
				run,
				"this machine's own address is private, others see another "
				"one: name it with --ip",
				"собственный адрес машины частный, другие видят не его: "
				"назовите внешний в --ip");
		else if (!sw_ip_parse(sw_slice_str(sw_addr_ip(&a, text)), &run->ip))
			run->ip.family = 0;
	}
}

static enum sw_err take_address(struct sw_check_run *run)
{
	if (!run->options->ip) {
		own_address(run);
		return SW_OK;
	}
	if (!sw_ip_parse(sw_slice_str(run->options->ip), &run->ip))
		return sw_fail(run->err, SW_E_USAGE, "'%s' is no IP address",
			       run->options->ip);
	run->ip = sw_ip_unmap(run->ip);
	const struct sw_addr addr = run->ip.family == 4 ? sw_addr_v4(run->ip.bytes, 25)
							: sw_addr_v6(run->ip.bytes, 25);

	run->ip_private = sw_addr_is_private(&addr);
	return SW_OK;
}

/* What a record can be published under (RFC 6376 3.1), or its whole name. */
static bool is_selector(const char *name)
{
	for (const char *c = name; *c; c++)
		if (!sw_ascii_digit(*c) && !strchr("-_.", *c) &&
		    (sw_ascii_lower(*c) < 'a' || sw_ascii_lower(*c) > 'z'))
			return false;
	return sw_dns_name_valid(sw_slice_str(name));
}

/* Slips of the caller, told before anything is asked. */
static enum sw_err check_names(struct sw_check_run *run)
{
	const struct sw_check_options *o = run->options;
	struct sw_address address;
	enum sw_err e = SW_OK;

	for (size_t i = 0; !e && i < o->selector_count; i++)
		if (!is_selector(o->selectors[i]))
			e = sw_fail(run->err, SW_E_USAGE, "'%s' is no DKIM selector",
				    o->selectors[i]);
	if (e || !o->from)
		return e;
	e = sw_address_parse(&run->arena, sw_slice_str(o->from),
			     SW_ADDRESS_ALLOW_NAME | SW_ADDRESS_ALLOW_NULL, &address,
			     run->err);
	run->from = e ? NULL : address.text;
	return e;
}

static enum sw_err load(struct sw_check_run *run)
{
	const struct sw_check_options *o = run->options;
	const struct sw_tls_settings tls = { .ca_file = o->ca };
	enum sw_err e = take_address(run);

	if (!e)
		e = check_names(run);
	if (!e && o->message)
		e = sw_check_message_load(o->message, &run->message, run->err);
	if (!e && o->original)
		e = sw_check_message_load(o->original, &run->original, run->err);
	if (e)
		return e;
	run->loop = sw_loop_new(run->err);
	run->suffixes = sw_suffixes_new(sw_slice(NULL, 0), run->err);
	run->crypto = sw_dkim_crypto_new();
	if (!run->loop || !run->suffixes || !run->crypto)
		return run->err->code ? run->err->code : sw_fail_nomem(run->err);
	if (o->ca) {
		run->trust = sw_tls_context_new(&tls, run->err);
		if (!run->trust)
			return run->err->code;
	}
	if (o->connect) {
		run->greet_trust = sw_tls_context_new(&tls, run->err);
		if (!run->greet_trust)
			return run->err->code;
	}
	run->resolver = o->resolver ? sw_resolver_server(run->loop, o->resolver, run->err)
				    : sw_resolver_system(run->loop, run->err);
	if (!run->resolver)
		return run->err->code ? run->err->code : SW_E_NOMEM;
	if (o->anchor)
		e = sw_resolver_set_anchor(run->resolver, *o->anchor ? o->anchor : NULL,
					   run->err);
	if (e)
		return e;
	run->turn = sw_timer_new(run->loop, on_turn, run);
	return run->turn ? SW_OK : sw_fail_nomem(run->err);
}

static void unload(struct sw_check_run *run)
{
	while (run->all) {
		struct sw_check_report *r = run->all;

		run->all = r->next;
		report_free(r);
	}
	sw_timer_free(run->turn);
	sw_resolver_free(run->resolver);
	sw_tls_context_unref(run->trust);
	sw_tls_context_unref(run->greet_trust);
	sw_dkim_crypto_free(run->crypto);
	sw_suffixes_free(run->suffixes);
	sw_loop_free(run->loop);
	sw_buf_fini(&run->message);
	sw_buf_fini(&run->original);
}

enum sw_err sw_check_domains(const char *const *domains, size_t count,
			     const struct sw_check_options *options, sw_check_fn fn, void *arg,
			     char *text, size_t text_size)
{
	const struct sw_check_options usual = { 0 }, *o = options ? options : &usual;
	struct sw_error err = { 0 };
	struct sw_check_run run = { .options = o,
				    .domains = domains,
				    .count = count,
				    .fn = fn,
				    .arg = arg,
				    .err = &err,
				    .refused = sw_mem_refused(),
				    .russian = o->language && strcmp(o->language, "ru") == 0 };
	sw_buf_init(&run.message, SW_MAX_MAIL);
	sw_buf_init(&run.original, SW_MAX_MAIL);
	enum sw_err e = load(&run);
	const char *author = NULL;

	if (!e && o->message &&
	    sw_check_message_author(&run.arena, sw_buf_slice(&run.message), &author))
		e = sw_fail_nomem(&err);
	if (!e && count == 0)
		e = author ? begin(&run, author)
			   : sw_fail(&err, SW_E_USAGE,
				     o->message ? "the message has no From field with one "
						  "domain: name the domain"
						: "no domain to check");
	if (!e) {
		sw_timer_set(run.turn, 0);
		e = sw_loop_run(run.loop);
		if (e && !err.text[0])
			e = sw_fail(&err, e, "the event loop broke");
	}
	if (!e)
		e = run.code;
	unload(&run);
	sw_arena_fini(&run.arena);
	if (e && text && text_size)
		(void)snprintf(text, text_size, "%s", err.text);
	return e;
}

/* ---- what a report says ---- */

const char *sw_check_domain_name(const struct sw_check_report *r)
{
	return r->domain;
}

const struct sw_check_result *sw_check_get(const struct sw_check_report *r, size_t i)
{
	return i < r->result_count ? &r->results[i] : NULL;
}

int sw_check_exit_status(const struct sw_check_report *r)
{
	int status = 0;

	for (size_t i = 0; i < r->result_count; i++) {
		if (r->results[i].status == SW_CHECK_ERROR)
			return 1;
		if (r->results[i].status == SW_CHECK_UNTESTED)
			status = 2;
	}
	return status;
}
