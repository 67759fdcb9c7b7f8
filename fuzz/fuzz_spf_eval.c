/* SPDX-License-Identifier: MIT */
/* A DNS that lies: the input is what it answers, question by question. The evaluation ends,
 * within its limits. A line is the answer to one question: a status letter, then records. */
#include <stdlib.h>
#include <string.h>

#include "identity/spf.h"

enum { LINES = 400 };

/* Records of a line, separated by TAB; wire form for what the text parser takes not. */
static void fill(struct sw_dns_answer *a, struct sw_slice line)
{
	struct sw_slice piece;

	if (line.len == 0 || line.ptr[0] != '+') {
		a->status = (enum sw_dns_status)(line.len ? (uint8_t)line.ptr[0] %
								    SW_DNS_STATUS_COUNT
							  : SW_DNS_NXDOMAIN);
		return;
	}
	line = sw_slice_from(line, 1);
	while (sw_slice_split(&line, '\t', &piece)) {
		uint8_t wire[256];
		size_t len = piece.len < 255 ? piece.len : 255;

		if (a->type == SW_DNS_TXT) {
			wire[0] = (uint8_t)len;
			memcpy(wire + 1, piece.ptr, len);
			if (sw_dns_answer_add_wire(a, a->type, 1, wire, len + 1))
				return;
		} else if (sw_dns_answer_add_text(a, a->type, 1, piece, NULL)) {
			continue;
		}
	}
}

static void check_trace(const struct sw_spf *x)
{
	for (size_t i = 0; i < sw_spf_step_count(x); i++) {
		SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = 1 << 20 };
		struct sw_spf_step s = sw_spf_step_at(x, i);

		if (sw_spf_step_text(&s, &out) || sw_slice_has_control(sw_buf_slice(&out)))
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sw_slice rest = sw_slice(data, size), from, line;
	struct sw_spf_request r = { .ip = { 4, { 192, 0, 2, 1 } },
				    .helo = SW_S("mail.example.test"),
				    .explain = true };
	const struct sw_dns_question *q;
	size_t turns = 0;

	if (!sw_slice_split(&rest, '\n', &from))
		return 0;
	r.mail_from = from;
	if (size & 1)
		r.ip = (struct sw_ip){ 6, { 0x20, 1, 0xd, 0xb8, [15] = 1 } };
	struct sw_spf *x = sw_spf_new(&r, NULL);
	if (!x)
		abort();
	for (size_t open; (open = sw_spf_questions(x, &q)) > 0; turns++) {
		if (turns > LINES)
			abort();
		/* The last one first: order must not matter for ending. */
		struct sw_dns_answer *a =
			sw_dns_answer_new(q[open - 1].name, q[open - 1].type);
		if (!a)
			abort();
		line = (struct sw_slice){ NULL, 0 };
		if (sw_slice_split(&rest, '\n', &line))
			fill(a, line);
		else
			a->status = SW_DNS_NXDOMAIN;
		if (sw_spf_answer(x, a, NULL))
			abort();
		sw_dns_answer_free(a);
	}
	const struct sw_spf_outcome *o = sw_spf_outcome(x);
	SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = 1 << 20 };
	if (!o || o->lookups > SW_SPF_LOOKUPS || o->voids > SW_SPF_VOIDS + 1 ||
	    sw_spf_outcome_text(o, &out) || sw_slice_has_control(sw_buf_slice(&out)))
		abort();
	check_trace(x);
	sw_spf_free(x);
	return 0;
}
