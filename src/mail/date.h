/* SPDX-License-Identifier: MIT */
/* The date-time of header fields (RFC 5322 3.3). */
#ifndef SW_MAIL_DATE_H
#define SW_MAIL_DATE_H

#include "base/error.h"
#include "base/slice.h"

enum { SW_DATE_TEXT = 40 };	/* "Thu, 01 Jan 2026 00:00:00 +0000" and NUL, with reserve */

/* Microseconds since 1970 as local time with its offset; names of days and months are English
 * in any locale.  SW_E_DATA when the year has not four digits (RFC 5322 has no other
 * form). */
enum sw_err sw_date_format(int64_t wall_us, char out[SW_DATE_TEXT]) SW_MUST_USE;

/* A date of any mail program (RFC 5322 3.3 and 4.3, asctime, RFC 3339 itself) as RFC 3339 has it,
 * "2026-11-21T10:00:00+01:00"; an unknown zone is -00:00 (RFC 3339 4.3).  False when it is no
 * date. */
bool sw_date_read(struct sw_slice text, char out[SW_DATE_TEXT]) SW_MUST_USE;

#endif
