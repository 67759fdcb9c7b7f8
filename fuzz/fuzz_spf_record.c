/* SPDX-License-Identifier: MIT */
/* Any text as a record: the terms lie in it, in their order, and the flaw too. */
#include <stdlib.h>
#include <string.h>

#include "identity/spf_macro.h"

static void check_macros(struct sw_slice text)
{
	struct sw_spf_names names = { .ip = { 6, { 0x20, 1 } },
				      .local = SW_S("a-b.c"),
				      .sender_domain = SW_S("example.test"),
				      .helo = SW_S("helo.test"),
				      .domain = SW_S("example.test"),
				      .validated = SW_S("unknown"),
				      .receiver = SW_S("r.test") };
	SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = 4096 };
	struct sw_arena arena = { 0 };
	struct sw_spf_use use;
	const char *target;

	if (!sw_spf_macro_check(text, SW_SPF_TEXT_EXPLANATION, &use)) {
		enum sw_err e = sw_spf_macro_expand(text, &names, &out);
		if (e && e != SW_E_LIMIT)
			abort();
	} else if (use.at + use.len > text.len)
		abort();
	if (sw_spf_target(sw_buf_slice(&out), &arena, &target))
		abort();
	sw_arena_fini(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sw_arena arena = { 0 };
	struct sw_spf_record r;
	size_t at = 0;
	char *text = malloc(size + 6);

	if (!text)
		return 0;
	memcpy(text, "v=spf1", 6);
	if (size)
		memcpy(text + 6, data, size);
	check_macros(sw_slice(data, size));
	if (sw_spf_is_record(sw_slice(text, size + 6))) {
		if (sw_spf_record_read(sw_slice(text, size + 6), &arena, &r))
			abort();
		if (r.flaw && (r.flaw_len == 0 || r.flaw_at + (size_t)r.flaw_len > size + 6))
			abort();
		for (uint32_t i = 0; i < r.count; i++) {
			if (r.terms[i].at < at || r.terms[i].bits4 > 32 ||
			    r.terms[i].bits6 > 128)
				abort();
			at = r.terms[i].at + r.terms[i].len;
			if (at > size + 6)
				abort();
		}
	}
	sw_arena_fini(&arena);
	free(text);
	return 0;
}
