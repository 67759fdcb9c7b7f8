/* SPDX-License-Identifier: MIT */
/* A merge file of any bytes: the same rows in pieces of any size; what its fields make of an
 * address list or a header line stays what it was. The first byte is the size of a piece. */
#include <assert.h>

#include "base/text.h"
#include "mail/table.h"
#include "mail/template.h"

static const char *get(void *arg, struct sw_slice name)
{
	return sw_table_get(arg, name);
}

/* Addresses at the top of a list that the template has. */
static size_t commas(struct sw_slice s)
{
	bool quoted = false, angle = false;
	size_t n = 0, comment = 0;
	for (size_t i = 0; i < s.len; i++) {
		char c = s.ptr[i];
		if (c == '\\' && (quoted || comment))
			i++;
		else if (quoted || c == '"')
			quoted = comment ? quoted : !quoted || c != '"';
		else if (c == '(')
			comment++;
		else if (comment)
			comment -= c == ')';
		else if (c == '<' || c == '>')
			angle = c == '<';
		else
			n += !angle && c == ',';
	}
	return n;
}

static void fill(struct sw_table *t, struct sw_slice text, enum sw_template_place place)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = 4u << 20 };
	struct sw_template p;
	struct sw_error err;
	if (sw_template_init(&p, text, place, &err))
		return;
	if (!sw_template_fill(&p, get, t, &out, &err) && place != SW_PLACE_TEXT) {
		assert(!sw_slice_has_control(sw_buf_slice(&out)));
		if (place == SW_PLACE_ADDRESSES)
			assert(commas(sw_buf_slice(&out)) == 1);
	}
	sw_template_fini(&p);
}

/* How many rows, and a hash of what they hold. */
static uint64_t read_all(struct sw_slice in, size_t step, bool use)
{
	struct sw_table t;
	struct sw_error err;
	enum sw_table_got got = SW_TABLE_WANTS_MORE;
	uint64_t sum = 0;
	bool ended = false;
	sw_table_init(&t, SW_TABLE_AUTO);
	while (got != SW_TABLE_OVER) {
		enum sw_err e = sw_table_next(&t, &got, &err);
		assert(!e || e == SW_E_DATA || e == SW_E_LIMIT || e == SW_E_NOMEM);
		if (e) {
			sum = sum * 31 + t.row_line;
			got = SW_TABLE_ROW;
		} else if (got == SW_TABLE_WANTS_MORE && in.len == 0) {
			assert(!ended);
			ended = true;
			sw_table_end(&t);
		} else if (got == SW_TABLE_WANTS_MORE) {
			struct sw_slice piece = sw_slice_head(in, step);
			if (sw_table_feed(&t, piece, &err))
				break;
			in = sw_slice_from(in, piece.len);
		}
		for (size_t i = 0; !e && got == SW_TABLE_ROW && i < t.count; i++) {
			assert(sw_utf8_valid(sw_slice_str(t.values[i])));
			for (const char *p = t.values[i]; *p; p++)
				sum = sum * 31 + (unsigned char)*p;
			sum = sum * 31 + i + t.row_line;
		}
		if (use && !e && got == SW_TABLE_ROW) {
			fill(&t, SW_S("{{a}} <{{b}}>, u+{{a|x}}@x.test"), SW_PLACE_ADDRESSES);
			fill(&t, SW_S("{{b}}, \"{{a}}\" <c@d.test>"), SW_PLACE_ADDRESSES);
			fill(&t, SW_S("{{a}} {{{b}}}"), SW_PLACE_LINE);
			if (t.count > 1)
				fill(&t, sw_slice_str(t.values[1]), SW_PLACE_TEXT);
		}
	}
	sw_table_fini(&t);
	return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 1)
		return 0;
	struct sw_slice in = sw_slice(data + 1, size - 1);
	uint64_t whole = read_all(in, SW_READ_CHUNK, true);
	uint64_t pieces = read_all(in, (size_t)data[0] + 1, false);
	assert(whole == pieces);
	return 0;
}
