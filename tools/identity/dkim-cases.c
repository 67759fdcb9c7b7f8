/* SPDX-License-Identifier: MIT */
/* Cases on standard input, one JSON object a line; what came of each on standard output.
 *
 *   mode     "dkim", "arc", "sign", "seal"
 *   message  its bytes in hex
 *   records  name: text of the TXT record, or "!nxdomain", "!servfail", "!timeout"
 *   chunk    bytes fed at once (0: all)
 *   min, now, sha1		the policy
 *   key, domain, selector, authserv, names, t, simple	for sign and seal */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "identity/arc.h"
#include "identity/dkim_sign.h"

enum { MOST = 64 << 20 };

struct kase {
	json_t *in, *out;
	struct sw_dkim_crypto *crypto;
	struct sw_dkim_policy policy;
	struct sw_buf message;
	size_t chunk;
};

static const char *text_of(const json_t *o, const char *name)
{
	const char *s = json_string_value(json_object_get(o, name));

	return s ? s : "";
}

static struct sw_dns_answer *answer_for(const struct kase *k, const char *name)
{
	static const struct {
		const char *word;
		enum sw_dns_status status;
	} words[] = { { "!nxdomain", SW_DNS_NXDOMAIN },
		      { "!servfail", SW_DNS_SERVFAIL },
		      { "!timeout", SW_DNS_TIMEOUT } };
	struct sw_dns_answer *a = sw_dns_answer_new(name, SW_DNS_TXT);
	const char *key, *text = NULL;
	json_t *value;

	json_object_foreach(
		json_object_get(k->in, "records"), key,
		value) if (sw_slice_eq_nocase(sw_slice_str(key), sw_slice_str(name))) text =
		json_string_value(value);
	a->status = text ? SW_DNS_OK : SW_DNS_NXDOMAIN;
	for (size_t i = 0; text && i < SW_LEN(words); i++)
		if (strcmp(text, words[i].word) == 0)
			a->status = words[i].status;
	if (a->status != SW_DNS_OK)
		return a;
	/* Strings of 255 bytes, as on the wire. */
	SW_CLEANUP(sw_buf_fini) struct sw_buf wire = { .max = 65536 };

	for (struct sw_slice rest = sw_slice_str(text); rest.len || !sw_buf_len(&wire);) {
		struct sw_slice piece = sw_slice_head(rest, 255);

		if (sw_buf_add_char(&wire, (char)piece.len) || sw_buf_add(&wire, piece))
			abort();
		rest = sw_slice_from(rest, piece.len);
	}
	if (sw_dns_answer_add_wire(a, SW_DNS_TXT, 60, (const uint8_t *)sw_buf_str(&wire),
				   sw_buf_len(&wire)))
		a->status = SW_DNS_NODATA;
	return a;
}

typedef enum sw_err (*feed_fn)(void *machine, struct sw_slice in, struct sw_error *err);

static enum sw_err feed_all(const struct kase *k, void *machine, feed_fn feed,
			    struct sw_error *err)
{
	struct sw_slice rest = sw_buf_slice(&k->message);
	enum sw_err e = SW_OK;

	while (!e && rest.len) {
		size_t len = k->chunk && k->chunk < rest.len ? k->chunk : rest.len;

		e = feed(machine, sw_slice_head(rest, len), err);
		rest = sw_slice_from(rest, len);
	}
	return e;
}

static enum sw_err feed_dkim(void *m, struct sw_slice in, struct sw_error *err)
{
	return sw_dkim_feed(m, in, err);
}

static enum sw_err feed_arc(void *m, struct sw_slice in, struct sw_error *err)
{
	return sw_arc_feed(m, in, err);
}

static enum sw_err feed_signer(void *m, struct sw_slice in, struct sw_error *err)
{
	return sw_dkim_signer_feed(m, in, err);
}

static json_t *latin(const char *s)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf b = { .max = 1 << 20 };

	return sw_text_escape(&b, sw_slice_str(s), SW_TEXT_LINE) ? json_null()
								 : json_string(sw_buf_str(&b));
}

static const char *check_name(enum sw_dkim_check c)
{
	return c == SW_DKIM_GOOD ? "good" : c == SW_DKIM_BAD ? "bad" : "unknown";
}

static json_t *result_json(const struct sw_dkim_result *r)
{
	json_t *trace = json_array();

	for (size_t i = 0; i < r->trace_count; i++)
		json_array_append_new(trace, latin(r->trace[i]));
	return json_pack("{s:s, s:s, s:o, s:o, s:o, s:s, s:s, s:o, s:o, s:o}", "status",
			 sw_dkim_status_name(r->status), "reason",
			 sw_dkim_reason_name(r->reason), "detail", latin(r->detail), "domain",
			 latin(r->domain), "selector", latin(r->selector), "body",
			 check_name(r->body_hash), "signature", check_name(r->signature),
			 "unsigned", latin(r->unsigned_fields), "addable",
			 latin(r->addable_fields), "trace", trace);
}

static enum sw_err run_dkim(struct kase *k, struct sw_error *err)
{
	struct sw_dkim *d = sw_dkim_new(k->crypto, &k->policy);
	enum sw_err e = feed_all(k, d, feed_dkim, err);
	const struct sw_dns_question *q;
	const struct sw_dkim_result *r = NULL;
	json_t *list = json_array();

	if (!e)
		e = sw_dkim_end(d, err);
	while (!e && sw_dkim_questions(d, &q)) {
		struct sw_dns_answer *a = answer_for(k, q->name);

		e = sw_dkim_answer(d, a, err);
		sw_dns_answer_free(a);
	}
	for (size_t i = 0, n = e ? 0 : sw_dkim_results(d, &r); i < n; i++)
		json_array_append_new(list, result_json(&r[i]));
	json_object_set_new(k->out, "results", list);
	json_object_set_new(k->out, "ignored", json_integer((json_int_t)sw_dkim_ignored(d)));
	sw_dkim_free(d);
	return e;
}

static enum sw_err ask_arc(struct kase *k, struct sw_arc *a, struct sw_error *err)
{
	const struct sw_dns_question *q;
	enum sw_err e = feed_all(k, a, feed_arc, err);

	if (!e)
		e = sw_arc_end(a, err);
	while (!e && sw_arc_questions(a, &q)) {
		struct sw_dns_answer *answer = answer_for(k, q->name);

		e = sw_arc_answer(a, answer, err);
		sw_dns_answer_free(answer);
	}
	return e;
}

static enum sw_err run_arc(struct kase *k, struct sw_error *err)
{
	struct sw_arc *a = sw_arc_new(k->crypto, &k->policy);
	enum sw_err e = ask_arc(k, a, err);
	const struct sw_arc_result *r = e ? NULL : sw_arc_result(a);

	if (r) {
		json_object_set_new(k->out, "status",
				    json_string(sw_arc_status_name(r->status)));
		json_object_set_new(k->out, "why", latin(r->why));
		json_object_set_new(k->out, "detail", latin(r->detail));
		json_object_set_new(k->out, "instances", json_integer(r->instances));
		json_object_set_new(k->out, "culprit", json_integer(r->culprit));
	}
	sw_arc_free(a);
	return e;
}

static enum sw_err run_seal(struct kase *k, struct sw_error *err)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = 1 << 20 };
	struct sw_arc *a = sw_arc_new(k->crypto, &k->policy);
	struct sw_arc_seal o = { .domain = text_of(k->in, "domain"),
				 .selector = text_of(k->in, "selector"),
				 .authserv = text_of(k->in, "authserv"),
				 .names = *text_of(k->in, "names") ? text_of(k->in, "names")
								   : NULL,
				 .made_s = json_integer_value(json_object_get(k->in, "t")) };
	enum sw_err e = ask_arc(k, a, err);

	if (!e)
		e = sw_dkim_private_read(sw_slice_str(text_of(k->in, "key")), &o.key, err);
	if (!e)
		e = sw_arc_seal(a, &o, &out, err);
	json_object_set_new(k->out, "fields", json_string(sw_buf_str(&out)));
	sw_dkim_private_free(o.key);
	sw_arc_free(a);
	return e;
}

static enum sw_err run_sign(struct kase *k, struct sw_error *err)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = 1 << 20 };
	bool simple = json_is_true(json_object_get(k->in, "simple"));
	struct sw_dkim_sign_options o = { .simple_header = simple,
					  .simple_body = simple,
					  .made_s = json_integer_value(
						  json_object_get(k->in, "t")) };
	struct sw_dkim_signer *s = sw_dkim_signer_new(k->crypto, &o);
	struct sw_dkim_private *key = NULL;
	enum sw_err e = sw_dkim_private_read(sw_slice_str(text_of(k->in, "key")), &key, err);

	if (!e)
		e = sw_dkim_signer_add(s, key, text_of(k->in, "domain"),
				       text_of(k->in, "selector"), err);
	if (!e)
		e = feed_all(k, s, feed_signer, err);
	if (!e)
		e = sw_dkim_signer_end(s, &out, err);
	json_object_set_new(k->out, "fields", json_string(sw_buf_str(&out)));
	sw_dkim_signer_free(s);
	sw_dkim_private_free(key);
	return e;
}

static void read_message(struct kase *k)
{
	const char *hex = text_of(k->in, "message");
	unsigned byte;

	for (size_t i = 0; hex[i] && hex[i + 1]; i += 2) {
		char pair[3] = { hex[i], hex[i + 1], '\0' };

		byte = (unsigned)strtoul(pair, NULL, 16);
		if (sw_buf_add_char(&k->message, (char)byte))
			abort();
	}
}

static void run(struct kase *k)
{
	static const struct {
		const char *name;
		enum sw_err (*run)(struct kase *k, struct sw_error *err);
	} modes[] = { { "dkim", run_dkim },
		      { "arc", run_arc },
		      { "sign", run_sign },
		      { "seal", run_seal } };
	struct sw_error err = { 0 };

	k->policy = (struct sw_dkim_policy){
		.min_rsa_bits = (unsigned)json_integer_value(json_object_get(k->in, "min")),
		.now_s = json_integer_value(json_object_get(k->in, "now")),
		.allow_sha1 = json_is_true(json_object_get(k->in, "sha1")),
	};
	k->chunk = (size_t)json_integer_value(json_object_get(k->in, "chunk"));
	sw_buf_clear(&k->message);
	read_message(k);
	for (size_t i = 0; i < SW_LEN(modes); i++)
		if (strcmp(text_of(k->in, "mode"), modes[i].name) == 0 &&
		    modes[i].run(k, &err))
			json_object_set_new(k->out, "error", latin(err.text));
}

int main(void)
{
	struct kase k = { .crypto = sw_dkim_crypto_new() };
	char *line = NULL;
	size_t room = 0;

	sw_buf_init(&k.message, MOST);
	while (getline(&line, &room, stdin) > 0) {
		k.in = json_loads(line, 0, NULL);
		k.out = json_object();
		if (k.in)
			run(&k);
		json_dumpf(k.out, stdout, JSON_COMPACT);
		putchar('\n');
		(void)fflush(stdout);
		json_decref(k.in);
		json_decref(k.out);
	}
	free(line);
	sw_buf_fini(&k.message);
	sw_dkim_crypto_free(k.crypto);
	return 0;
}
