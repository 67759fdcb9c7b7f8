/* SPDX-License-Identifier: MIT */
/* What ready.c and ready_header.c share. */
#ifndef SW_MAIL_READY_PRIVATE_H
#define SW_MAIL_READY_PRIVATE_H

#include "mail/input.h"
#include "mail/lines.h"
#include "mail/ready.h"

/* The header is held, the body is read from the input each time. */
struct ready {
	struct sw_source base;	/* first: a source is cast to this */
	struct sw_input input;
	struct sw_buf all;	/* the header with CRLF, Bcc included */
	struct sw_buf kept;	/* the header that is sent, with the empty line */
	uint64_t body_at;	/* where the body begins in the input */
	bool header_ended;	/* by an empty line, not by the end of the input */
	bool plain;		/* the body lies in memory as it is sent, but for a last CRLF */
	uint64_t plain_len;	/* with that */
	char *message_id;
	char *chunk;		/* SW_READ_CHUNK bytes; NULL when the input is in memory */

	/* Sending. */
	size_t header_pos;
	struct sw_lines lines;
	struct sw_buf cooked;	/* body that is ready to go */
	bool ended;
	bool broken;
};

extern const struct sw_source_ops sw_ready_ops;
/* Sets facts.message_id from the header. */
enum sw_err sw_ready_set_message_id(struct ready *r, struct sw_error *err) SW_MUST_USE;

#endif
