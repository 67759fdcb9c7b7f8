/* SPDX-License-Identifier: MIT */
/* Whatever is taken for an address can stand in a command, and is read as the same again. */
#include <assert.h>

#include "base/text.h"
#include "codec/utf8.h"
#include "mail/address.h"

static void check_wire(const struct sw_address *a)
{
	struct sw_slice text = sw_slice_str(a->text);
	size_t len = strlen(a->local);

	assert(text.len <= SW_MAX_ADDRESS);
	assert(!sw_slice_has_control(text));
	assert(sw_utf8_scan(text, NULL) == SW_UTF8_CLEAN);
	assert(a->utf8 == sw_slice_has_8bit(text));
	assert(!sw_slice_has_8bit(sw_slice_str(a->domain_ascii)));
	assert(sw_utf8_valid(sw_slice_str(a->domain_utf8)));
	if (text.len == 0)
		return;
	assert(text.ptr[0] != '-');
	assert(memcmp(text.ptr, a->local, len) == 0 && text.ptr[len] == '@');
	assert(strcmp(text.ptr + len + 1, a->domain) == 0);
	assert(sw_ehlo_name_valid(sw_slice_str(a->domain_ascii)));
}

static void check_again(struct sw_arena *arena, const struct sw_address *a)
{
	struct sw_address again;

	assert(!sw_address_parse(arena, sw_slice_str(a->text), SW_ADDRESS_ALLOW_NULL, &again,
				 NULL));
	assert(strcmp(again.text, a->text) == 0);
	assert(strcmp(again.domain_ascii, a->domain_ascii) == 0);
	assert(strcmp(again.domain_utf8, a->domain_utf8) == 0);
	assert(sw_address_same(&again, a));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sw_arena arena = { 0 };
	struct sw_slice in = sw_slice(data, size);
	struct sw_address a;
	struct sw_mailbox *first = NULL;
	struct sw_error err = { 0 };
	const char *domain;

	for (unsigned flags = 0; flags < 4; flags++) {
		enum sw_err code = sw_address_parse(&arena, in, flags, &a, &err);

		if (!code) {
			check_wire(&a);
			check_again(&arena, &a);
			continue;
		}
		assert(code == SW_E_DATA || code == SW_E_LIMIT);
		assert(err.text[0] && !sw_slice_has_control(sw_slice_str(err.text)));
		/* No line end is tidied away. */
		assert(code != SW_OK || sw_slice_find(in, '\n') == in.len);
	}
	if (!sw_mailboxes_parse(&arena, in, &first, &err))
		for (; first; first = first->next) {
			check_wire(&first->address);
			check_again(&arena, &first->address);
			assert(sw_utf8_scan(sw_slice_str(first->name), NULL) == SW_UTF8_CLEAN);
		}
	if (!sw_domain_to_ascii(&arena, in, &domain, &err))
		assert(sw_ehlo_name_valid(sw_slice_str(domain)));
	sw_arena_fini(&arena);
	return 0;
}
