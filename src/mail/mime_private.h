/* SPDX-License-Identifier: MIT */
/* Between the files of mime.h. */
#ifndef SW_MAIL_MIME_PRIVATE_H
#define SW_MAIL_MIME_PRIVATE_H

#include "mail/mime.h"

/* Length of the line at the front, and *ret_end of its end; 0 at the end of the bytes. */
size_t sw_mime_line_length(struct sw_slice s, size_t *ret_end);
/* The raw values of the fields that describe a part, ptr NULL where there is none. */
struct sw_mime_fields {
	struct sw_slice type, encoding, disposition;
};
/* Which of them a line begins, or NULL. */
struct sw_slice *sw_mime_fields_at(struct sw_mime_fields *f, struct sw_slice line,
				   size_t name);
/* Fills type, charset, report_type, name, encoding, attachment; *ret_boundary borrows or lies
 * in the arena, "" none. */
enum sw_err sw_mime_describe(struct sw_arena *arena, struct sw_mime_part *p,
			     const struct sw_mime_fields *f, struct sw_slice *ret_boundary);

#endif
