/* SPDX-License-Identifier: MIT */
/* Header fields: writing them folded and encoded, and reading them from a block.  Nothing that
 * is written can become a second field: names and values with control bytes are refused. */
#ifndef SW_MAIL_HEADER_H
#define SW_MAIL_HEADER_H

#include "mail/address.h"

/* RFC 5322 3.6.8 ftext, short enough for a line with something behind it. */
bool sw_header_name_valid(struct sw_slice name);
/* What is wrong with a value: SW_E_DATA for control bytes, line separators, invalid UTF-8;
 * SW_E_LIMIT beyond SW_MAX_HEADER_VALUE.  TAB is a blank. */
enum sw_err sw_header_value_check(struct sw_slice name, struct sw_slice value,
				  struct sw_error *err) SW_MUST_USE;

/* The functions below append one field with its CRLF, folded at SW_MAX_LINE_SOFT where blanks
 * allow it and never beyond SW_MAX_LINE_HARD.  Blanks around the value are dropped. */

/* UTF-8 text.  The words that are not plain ASCII become encoded words (RFC 2047), those
 * around them stay as they are, so that the structure of a field like List-Id survives. */
enum sw_err sw_header_add_text(struct sw_buf *out, struct sw_slice name, struct sw_slice value,
			       struct sw_error *err) SW_MUST_USE;
/* Mailboxes with encoded or quoted names; addresses stand as their `text`, which is UTF-8 when
 * they need SMTPUTF8. */
enum sw_err sw_header_add_mailboxes(struct sw_buf *out, struct sw_slice name,
				    const struct sw_mailbox *first,
				    struct sw_error *err) SW_MUST_USE;

/* Reading. */
struct sw_field {
	struct sw_slice whole;	/* with its folded lines and the last line end */
	struct sw_slice name;	/* without blanks before the colon (RFC 5322 4.5.8) */
	struct sw_slice value;	/* after the colon, still folded */
};
/* The next field of a block with CRLF line ends; false at its end or at an empty line.  A line
 * that is no field comes with an empty name. */
bool sw_field_next(struct sw_slice *rest, struct sw_field *ret);
/* Appends a value unfolded (RFC 5322 2.2.3) and without blanks around it. */
enum sw_err sw_field_unfold(struct sw_slice value, struct sw_buf *out) SW_MUST_USE;

#endif
