/* SPDX-License-Identifier: MIT */
/* Evaluates what each line of the input asks for, over the zone that it brings: for the
 * conformance tests. Lines of JSON in, lines of JSON out.
 *	{"do": "spf", "ip": "192.0.2.1", "helo": "...", "mail_from": "...", "zone": {...}}
 *	{"do": "dmarc", "author": "...", "dkim": [...], "spf": [...], "list": "PATH", "zone":
 *{...}}
 *	{"do": "suffix", "domain": "...", "list": "PATH"}
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/mem.h"
#include "identity/dmarc.h"
#include "identity/spf.h"
#include "zone.h"

enum { LINE = 4 << 20 };

static const char *word(const json_t *in, const char *key)
{
	const char *s = json_string_value(json_object_get(in, key));

	return s ? s : "";
}

static json_t *bytes(struct sw_slice s)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = 4 * s.len + 16 };

	for (size_t i = 0; i < s.len; i++) {
		uint8_t c = (uint8_t)s.ptr[i];
		enum sw_err e = c < 0x80 ? sw_buf_add_char(&out, (char)c)
					 : sw_buf_printf(&out, "%c%c", 0xc0 | c >> 6,
							 0x80 | (c & 0x3f));
		if (e)
			return NULL;
	}
	return json_stringn(sw_buf_str(&out), sw_buf_len(&out));
}

static json_t *spf_trace(const struct sw_spf *x)
{
	json_t *list = json_array();

	for (size_t i = 0; i < sw_spf_step_count(x); i++) {
		SW_CLEANUP(sw_buf_fini) struct sw_buf line = { .max = 1 << 20 };
		struct sw_spf_step s = sw_spf_step_at(x, i);

		if (sw_spf_step_text(&s, &line) ||
		    json_array_append_new(list, json_string(sw_buf_str(&line))))
			exit(2);
	}
	return list;
}

static struct sw_slice spf_field(const json_t *in, const char *key, char **keep)
{
	size_t len = 0;
	const json_t *field = json_object_get(in, key);

	*keep = field ? zone_bytes(field, &len) : NULL;
	return sw_slice(*keep, len);
}

static json_t *do_spf(const json_t *in)
{
	char *helo, *from;
	struct sw_spf_request r = {
		.identity = strcmp(word(in, "identity"), "helo") == 0 ? SW_SPF_HELO
								      : SW_SPF_MAIL_FROM,
		.helo = spf_field(in, "helo", &helo),
		.mail_from = spf_field(in, "mail_from", &from),
		.receiver = sw_slice_str(word(in, "receiver")),
		.explain = true,
	};
	const struct sw_dns_question *q;
	size_t asked = 0;

	if (!sw_ip_parse(sw_slice_str(word(in, "ip")), &r.ip))
		return NULL;
	struct sw_spf *x = sw_spf_new(&r, NULL);
	while (x && sw_spf_questions(x, &q) > 0) {
		struct sw_dns_answer *a = zone_answer(json_object_get(in, "zone"), q);

		asked++;
		if (sw_spf_answer(x, a, NULL))
			exit(2);
		sw_dns_answer_free(a);
	}
	const struct sw_spf_outcome *o = x ? sw_spf_outcome(x) : NULL;
	SW_CLEANUP(sw_buf_fini) struct sw_buf text = { .max = 1 << 20 };
	if (!o || sw_spf_outcome_text(o, &text))
		exit(2);
	json_t *out = json_pack("{s:s, s:o, s:o, s:s, s:i, s:i, s:i, s:o}", "result",
				sw_spf_result_name(o->result), "explanation",
				bytes(o->explanation), "mechanism", bytes(o->mechanism),
				"text", sw_buf_str(&text), "lookups", (int)o->lookups, "voids",
				(int)o->voids, "asked", (int)asked, "trace", spf_trace(x));
	sw_spf_free(x);
	sw_free(helo);
	sw_free(from);
	return out;
}

/* ---- public suffixes, DMARC */

/* Read once: the tests name one list. */
static const struct sw_suffixes *suffixes_of(const json_t *in)
{
	static struct sw_suffixes *kept;
	SW_CLEANUP(sw_buf_fini) struct sw_buf text = { .max = 16 << 20 };
	struct sw_error err;

	if (kept)
		return kept;
	if (*word(in, "list") &&
	    sw_file_read(word(in, "list"), SW_FILE_INPUT, 16 << 20, &text, &err))
		exit(2);
	kept = sw_suffixes_new(sw_buf_slice(&text), &err);
	if (!kept)
		exit(2);
	return kept;
}

static json_t *do_suffix(const json_t *in)
{
	struct sw_slice domain = sw_slice_str(word(in, "domain"));
	struct sw_slice org = sw_suffixes_org(suffixes_of(in), domain);

	return json_pack("{s:s%}", "org", org.len ? org.ptr : "", org.len);
}

static json_t *view(const struct sw_dmarc_view *v)
{
	const struct sw_dmarc_record *r = v->record;
	const char *tag;

	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s?, s:s?, s:s, s:s, s:i}", "result",
			 sw_dmarc_result_name(v->result), "org", v->org, "record_domain",
			 v->record_domain, "tag", v->tag, "policy",
			 sw_dmarc_policy_name(v->policy), "applied",
			 sw_dmarc_policy_name(v->applied), "spf", v->spf, "dkim", v->dkim, "p",
			 r ? sw_dmarc_policy_name(r->p) : "", "sp",
			 r ? sw_dmarc_policy_name(sw_dmarc_policy_below(r, true, &tag)) : "",
			 "pct", r ? (int)r->percent : 100);
}

static size_t take_passed(const json_t *list, bool spf, struct sw_dmarc_identifier *out)
{
	size_t i;
	const json_t *domain;

	json_array_foreach(list, i, domain) out[i] =
		(struct sw_dmarc_identifier){ sw_slice_str(json_string_value(domain)), spf };
	return json_array_size(list);
}

static json_t *do_dmarc(const json_t *in)
{
	struct sw_dmarc_identifier passed[SW_MAX_IDENTIFIERS];
	struct sw_dmarc_request r = { .author = sw_slice_str(word(in, "author")),
				      .passed = passed,
				      .suffixes = suffixes_of(in) };
	const struct sw_dns_question *q;
	json_t *asked = json_array();

	r.count = take_passed(json_object_get(in, "dkim"), false, passed);
	r.count += take_passed(json_object_get(in, "spf"), true, passed + r.count);
	struct sw_dmarc *x = sw_dmarc_new(&r, NULL);
	while (x && sw_dmarc_questions(x, &q) > 0) {
		struct sw_dns_answer *a = zone_answer(json_object_get(in, "zone"), q);

		json_array_append_new(asked, json_string(a->name));
		if (sw_dmarc_answer(x, a, NULL))
			exit(2);
		sw_dns_answer_free(a);
	}
	const struct sw_dmarc_outcome *o = x ? sw_dmarc_outcome(x) : NULL;
	if (!o)
		exit(2);
	json_t *out = json_pack("{s:o, s:o, s:b, s:o}", "tree", view(&o->tree), "list",
				view(&o->list), "differ", o->differ, "asked", asked);
	sw_dmarc_free(x);
	return out;
}

static const struct {
	const char *name;
	json_t *(*run)(const json_t *in);
} evaluators[] = {
	{ "spf", do_spf },
	{ "dmarc", do_dmarc },
	{ "suffix", do_suffix },
};

static json_t *evaluate(const json_t *in)
{
	for (size_t i = 0; i < SW_LEN(evaluators); i++)
		if (strcmp(evaluators[i].name, word(in, "do")) == 0)
			return evaluators[i].run(in);
	return NULL;
}

int main(void)
{
	char *line = sw_malloc(LINE);

	while (line && fgets(line, LINE, stdin)) {
		json_t *in = json_loads(line, JSON_ALLOW_NUL, NULL);
		json_t *out = in ? evaluate(in) : NULL;

		if (!out)
			out = json_pack("{s:s}", "error", "cannot be read");
		json_dumpf(out, stdout, JSON_COMPACT);
		putchar('\n');
		json_decref(in);
		json_decref(out);
	}
	sw_free(line);
	return 0;
}
