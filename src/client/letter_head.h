/* SPDX-License-Identifier: MIT */
/* The fields of a header by which receivers judge who wrote a message. Apart from letter.c
 * since fields of headers and of facts have one name. */
#ifndef SW_CLIENT_LETTER_HEAD_H
#define SW_CLIENT_LETTER_HEAD_H

#include "base/arena.h"
#include "base/slice.h"

struct sw_letter_head {
	const char *domain;  /* of the first author, for the DNS; "" none, or not to be read */
	unsigned authors;    /* mailboxes in From */
	unsigned froms;      /* From fields: one is right */
	unsigned signatures; /* DKIM-Signature fields */
	bool list;           /* it says that it is of a list */
};
/* `header` with CRLF line ends; domain is in the arena. */
void sw_letter_head_read(struct sw_slice header, struct sw_arena *arena,
			 struct sw_letter_head *ret);

#endif
