/* SPDX-License-Identifier: MIT */
/* uuencode (POSIX), which old mailers put into the body or named as a transfer encoding. */
#ifndef SW_CODEC_UU_H
#define SW_CODEC_UU_H

#include "base/buf.h"

/* Appends the bytes of the first encoded file in `in`: from behind "begin 644 name" (when it
 * is missing: from the front) to "end", a line of length zero or a line that is none.
 * Tolerant: any line ends, blanks lost at the end of lines. */
enum sw_err sw_uu_decode(struct sw_slice in, struct sw_buf *out) SW_MUST_USE;

#endif
