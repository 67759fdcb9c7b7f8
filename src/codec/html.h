/* SPDX-License-Identifier: MIT */
/* HTML of mails to plain lines, for reading only: no rendering, nothing fetched, no guess at
 * style sheets.  Elements that begin a line end one here, cells of a table become blanks,
 * scripts, styles and comments go, character references (RFC 1866, HTML 4) become UTF-8. */
#ifndef SW_CODEC_HTML_H
#define SW_CODEC_HTML_H

#include "base/buf.h"

/* Appends the text of `utf8`, lines ended by LF, blanks joined outside of <pre>, at most one
 * empty line in a row.  One pass.  "<a@example.org>" is text and no element.  The result is
 * not longer than the input. */
enum sw_err sw_html_to_text(struct sw_slice utf8, struct sw_buf *out) SW_MUST_USE;

#endif
