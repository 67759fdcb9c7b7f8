/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "api/dkim.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/world.h"
#include "identity/arc.h"
#include "mail/ready.h"

struct sw_dkim_report {
	struct sw_dkim_crypto *crypto;
	struct sw_dkim *dkim;
	struct sw_arc *arc;
	struct sw_arena arena;
	struct sw_dkim_signature list[SW_MAX_DKIM_SIGNATURES];
	size_t count;
	const char *arc_why;
};

void sw_dkim_report_free(struct sw_dkim_report *r)
{
	if (!r)
		return;
	sw_dkim_free(r->dkim);
	sw_arc_free(r->arc);
	sw_dkim_crypto_free(r->crypto);
	sw_arena_fini(&r->arena);
	sw_free(r);
}

static struct sw_dkim_report *make(const struct sw_dkim_verify *o)
{
	const struct sw_world *world = sw_world_real();
	const struct sw_dkim_policy policy = { .min_rsa_bits = o->min_rsa_bits,
					       .now_s = world->wall_us(world->arg) / 1000000 };
	struct sw_dkim_report *r = sw_calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->arc_why = "";
	r->crypto = sw_dkim_crypto_new();
	if (r->crypto) {
		r->dkim = sw_dkim_new(r->crypto, &policy);
		r->arc = sw_arc_new(r->crypto, &policy);
	}
	if (r->dkim && r->arc)
		return r;
	sw_dkim_report_free(r);
	return NULL;
}

static enum sw_err feed_both(void *arg, struct sw_slice piece, struct sw_error *err)
{
	struct sw_dkim_report *r = arg;
	enum sw_err e = sw_dkim_feed(r->dkim, piece, err);

	return e ? e : sw_arc_feed(r->arc, piece, err);
}

static enum sw_err feed(struct sw_dkim_report *r, const char *path, struct sw_error *err)
{
	const struct sw_ready_options options = { .keep_bcc = true };
	SW_CLEANUP(sw_source_freep) struct sw_source *source = NULL;
	enum sw_err e = sw_ready_open(path, &options, &source, err);

	if (!e)
		e = sw_source_each(source, feed_both, r, err);
	if (!e)
		e = sw_dkim_end(r->dkim, err);
	return e ? e : sw_arc_end(r->arc, err);
}

static size_t dkim_questions(void *m, const struct sw_dns_question **ret)
{
	return sw_dkim_questions(m, ret);
}

static enum sw_err dkim_answer(void *m, const struct sw_dns_answer *a, struct sw_error *err)
{
	return sw_dkim_answer(m, a, err);
}

static size_t arc_questions(void *m, const struct sw_dns_question **ret)
{
	return sw_arc_questions(m, ret);
}

static enum sw_err arc_answer(void *m, const struct sw_dns_answer *a, struct sw_error *err)
{
	return sw_arc_answer(m, a, err);
}

/* Printable: what stands in a signature is anybody's. */
static const char *shown(struct sw_dkim_report *r, const char *text)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf b = { .max = 4 * SW_MAX_HEADER_BLOCK };
	const char *copy = NULL;

	if (!sw_text_escape(&b, sw_slice_str(text), SW_TEXT_LINE))
		copy = sw_arena_strdup(&r->arena, sw_buf_str(&b));
	return copy ? copy : "";
}

static const char *check_name(enum sw_dkim_check c)
{
	return c == SW_DKIM_GOOD ? "good" : c == SW_DKIM_BAD ? "bad" : "unknown";
}

static const char *const *trace_of(struct sw_dkim_report *r, const struct sw_dkim_result *x)
{
	const char **list = sw_arena_alloc(&r->arena, (x->trace_count + 1) * sizeof(*list));

	for (size_t i = 0; list && i < x->trace_count; i++)
		list[i] = shown(r, x->trace[i]);
	return list;
}

static enum sw_err take(struct sw_dkim_report *r, const struct sw_dkim_result *x,
			struct sw_error *err)
{
	struct sw_dkim_signature *s = &r->list[r->count++];

	*s = (struct sw_dkim_signature){
		.status = sw_dkim_status_name(x->status),
		.reason = sw_dkim_reason_name(x->reason),
		.text = sw_dkim_reason_text(x->reason),
		.detail = shown(r, x->detail),
		.domain = shown(r, x->domain),
		.selector = shown(r, x->selector),
		.identity = shown(r, x->identity),
		.algorithm = shown(r, x->algorithm),
		.key_bits = x->key_bits,
		.body = check_name(x->body_hash),
		.header = check_name(x->signature),
		.testing = x->testing,
		.has_length = x->has_length,
		.length = x->length,
		.body_length = x->body_length,
		.made = x->made_s,
		.expires = x->expires_s,
		.unsigned_fields = shown(r, x->unsigned_fields),
		.addable_fields = shown(r, x->addable_fields),
		.trace = trace_of(r, x),
	};
	return s->trace ? SW_OK : sw_fail_nomem(err);
}

static enum sw_err judge(struct sw_dkim_report *r, struct sw_error *err)
{
	const struct sw_dkim_result *list = NULL;
	const struct sw_arc_result *arc = sw_arc_result(r->arc);
	size_t count = sw_dkim_results(r->dkim, &list);
	enum sw_err e = SW_OK;

	for (size_t i = 0; !e && i < count; i++)
		e = take(r, &list[i], err);
	if (arc && *arc->why) {
		SW_CLEANUP(sw_buf_fini) struct sw_buf b = { .max = 65536 };

		if (!sw_buf_printf(&b, "%s%s%s", arc->why, *arc->detail ? ": " : "",
				   arc->detail))
			r->arc_why = shown(r, sw_buf_str(&b));
	}
	return e;
}

static enum sw_err verify(struct sw_dkim_report *r, const char *path,
			  const struct sw_dkim_verify *o, struct sw_error *err)
{
	const struct sw_dns_asked machines[] = { { r->dkim, dkim_questions, dkim_answer },
						 { r->arc, arc_questions, arc_answer } };
	enum sw_err e = feed(r, path, err);

	if (!e)
		e = sw_dns_ask_all(machines, SW_LEN(machines), o->resolver, o->timeout_s, err);
	return e ? e : judge(r, err);
}

enum sw_err sw_dkim_verify_file(const char *path, const struct sw_dkim_verify *options,
				struct sw_dkim_report **ret, char *text, size_t text_size)
{
	const struct sw_dkim_verify usual = { 0 }, *o = options ? options : &usual;
	struct sw_error err = { 0 };
	uint64_t refused = sw_mem_refused();
	struct sw_dkim_report *r = make(o);
	enum sw_err e = r ? verify(r, path, o, &err) : sw_fail_nomem(&err);

	/* Instead of "no signature", or "no such key". */
	if (sw_fail_if_refused(&err, refused))
		e = SW_E_NOMEM;
	if (!e) {
		*ret = r;
		return SW_OK;
	}
	sw_dkim_report_free(r);
	if (text && text_size)
		(void)snprintf(text, text_size, "%s", err.text);
	return e;
}

size_t sw_dkim_report_count(const struct sw_dkim_report *r)
{
	return r->count;
}

const struct sw_dkim_signature *sw_dkim_report_get(const struct sw_dkim_report *r, size_t i)
{
	return i < r->count ? &r->list[i] : NULL;
}

size_t sw_dkim_report_ignored(const struct sw_dkim_report *r)
{
	return sw_dkim_ignored(r->dkim);
}

const char *sw_dkim_report_arc(const struct sw_dkim_report *r)
{
	const struct sw_arc_result *arc = sw_arc_result(r->arc);

	return sw_arc_status_name(arc ? arc->status : SW_ARC_NONE);
}

const char *sw_dkim_report_arc_why(const struct sw_dkim_report *r)
{
	return r->arc_why;
}
