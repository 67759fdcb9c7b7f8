/* SPDX-License-Identifier: MIT */
/* Between the files of mime.h. */
#ifndef SW_MAIL_MIME_PRIVATE_H
#define SW_MAIL_MIME_PRIVATE_H

#include "mail/mime.h"

/* Length of the line at the front, and *ret_end of its end; 0 at the end of the bytes. */
size_t sw_mime_line_length(struct sw_slice s, size_t *ret_end);
/* Fills type, charset, report_type, name, encoding, attachment from p->header; *ret_boundary
 * borrows or lies in the arena, "" none. */
enum sw_err sw_mime_describe(struct sw_arena *arena, struct sw_mime_part *p,
			     struct sw_slice *ret_boundary);

#endif
