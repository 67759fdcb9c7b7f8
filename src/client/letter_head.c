/* SPDX-License-Identifier: MIT */
#include "client/letter_head.h"

#include "mail/header.h"

static void take_from(const struct sw_field *f, struct sw_arena *arena,
		      struct sw_letter_head *h)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf text = { .max = SW_MAX_HEADER_BLOCK };
	struct sw_error ignored = { 0 };
	struct sw_mailbox *box = NULL;

	h->froms++;
	if (sw_field_unfold(f->value, &text) ||
	    sw_mailboxes_parse(arena, sw_buf_slice(&text), &box, &ignored))
		return;
	for (; box; box = box->next)
		if (h->authors++ == 0)
			h->domain = box->address.domain_ascii;
}

void sw_letter_head_read(struct sw_slice header, struct sw_arena *arena,
			 struct sw_letter_head *ret)
{
	struct sw_field f;

	*ret = (struct sw_letter_head){ .domain = "" };
	while (sw_field_next(&header, &f)) {
		if (sw_slice_eq_nocase(f.name, SW_S("From")))
			take_from(&f, arena, ret);
		else if (sw_slice_eq_nocase(f.name, SW_S("DKIM-Signature")))
			ret->signatures++;
		else if (sw_slice_eq_nocase(f.name, SW_S("List-Unsubscribe")) ||
			 sw_slice_eq_nocase(f.name, SW_S("List-Id")))
			ret->list = true;
	}
}
