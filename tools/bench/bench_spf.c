/* SPDX-License-Identifier: MIT */
/* SPF evaluations a second on one core, answers in memory: all that the zone's file asks for,
 * in turn. Finding an answer is part of the time; making it is not.
 *
 * usage: bench_spf ZONE */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/file.h"
#include "base/mem.h"
#include "identity/spf.h"

enum { MOST = 64, TURNS = 100 * 1000 };

static struct sw_dns_answer *answers[MOST], *missing;
static size_t answer_count, request_count;
static struct sw_spf_request requests[MOST];
static size_t results[SW_SPF_RESULT_COUNT];

static struct sw_dns_answer *find(const char *name, enum sw_dns_type type)
{
	for (size_t i = 0; i < answer_count; i++)
		if (answers[i]->type == type &&
		    sw_slice_eq_nocase(sw_slice_str(answers[i]->name), sw_slice_str(name)))
			return answers[i];
	return NULL;
}

static void add_record(struct sw_slice name, enum sw_dns_type type, struct sw_slice data)
{
	SW_CLEANUP(sw_freep) char *key = sw_dup(name);
	SW_CLEANUP(sw_buf_fini) struct sw_buf text = { .max = 4096 };
	struct sw_dns_answer *a = key ? find(key, type) : NULL;
	enum sw_err e = SW_OK;

	if (key && !a && answer_count < MOST)
		a = answers[answer_count++] = sw_dns_answer_new(key, type);
	/* Strings of 255 at most. */
	while (type == SW_DNS_TXT && data.len > 0 && !e) {
		e = sw_buf_printf(&text, "\"%.*s\" ", SW_FMT(sw_slice_head(data, 250)));
		data = sw_slice_from(data, 250);
	}
	if (!a || e ||
	    sw_dns_answer_add_text(
		    a, type, 60,
		    type == SW_DNS_TXT ? sw_slice_trim(sw_buf_slice(&text)) : data, NULL)) {
		fprintf(stderr, "bench_spf: %.*s cannot be read\n", SW_FMT(name));
		exit(1);
	}
}

static void take_line(struct sw_slice line)
{
	struct sw_slice name, type_name;
	enum sw_dns_type type;

	if (line.len == 0 || line.ptr[0] == '#' || !sw_slice_split(&line, ' ', &name) ||
	    !sw_slice_split(&line, ' ', &type_name))
		return;
	if (!sw_slice_eq(name, SW_S("?"))) {
		if (sw_dns_type_from_name(type_name, &type))
			add_record(name, type, line);
	} else if (request_count < MOST) {
		struct sw_spf_request *r = &requests[request_count];

		*r = (struct sw_spf_request){ .helo = SW_S("mail.example.test"),
					      .mail_from = line };
		request_count += sw_ip_parse(type_name, &r->ip);
	}
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void evaluate(struct sw_spf *x)
{
	const struct sw_dns_question *q;

	while (sw_spf_questions(x, &q) > 0) {
		struct sw_dns_answer *a = find(q->name, q->type);

		if (!a) {
			a = missing;
			a->name = q->name;
			a->type = q->type;
		}
		if (sw_spf_answer(x, a, NULL))
			exit(1);
	}
	results[sw_spf_outcome(x)->result]++;
}

int main(int argc, char **argv)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf text = { .max = 1 << 20 };
	struct sw_error err = { 0 };
	struct sw_slice line, rest;

	missing = sw_dns_answer_new("missing", SW_DNS_A);
	if (argc < 2 || !missing ||
	    sw_file_read(argv[1], SW_FILE_INPUT, 1 << 20, &text, &err)) {
		fprintf(stderr, "usage: bench_spf ZONE\n");
		return 1;
	}
	missing->status = SW_DNS_NXDOMAIN;
	rest = sw_buf_slice(&text);
	while (sw_slice_split(&rest, '\n', &line))
		take_line(line);
	struct sw_spf *x = request_count ? sw_spf_new(&requests[0], NULL) : NULL;
	if (!x)
		return 1;
	double from = now();
	size_t count = TURNS;
	for (size_t i = 0; i < count; i++) {
		if (sw_spf_restart(x, &requests[i % request_count], NULL))
			return 1;
		evaluate(x);
	}
	double spent = now() - from;
	printf("spf: %.0f evaluations/s (%zu requests, %zu pass, %zu fail, %zu softfail)\n",
	       (double)count / spent, request_count,
	       results[SW_SPF_PASS] * request_count / count,
	       results[SW_SPF_FAIL] * request_count / count,
	       results[SW_SPF_SOFTFAIL] * request_count / count);
	sw_spf_free(x);
	for (size_t i = 0; i < answer_count; i++)
		sw_dns_answer_free(answers[i]);
	sw_dns_answer_free(missing);
	return 0;
}
