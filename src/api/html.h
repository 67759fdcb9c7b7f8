/* SPDX-License-Identifier: MIT */
/* A page that holds everything itself: no script, no picture, nothing is loaded. */
#ifndef SW_API_HTML_H
#define SW_API_HTML_H

#include "base/buf.h"

/* The first failure stays, and everything after it is left out. */
struct sw_html {
	struct sw_buf *out;
	enum sw_err e;
};

/* Our own markup: a literal of the program. */
void sw_html_put(struct sw_html *h, const char *markup);
/* Whatever else: the only way by which words of servers, facts and rules come onto a page,
 * inside an element or a quoted attribute. Control bytes become visible, LF stays. */
void sw_html_text(struct sw_html *h, struct sw_slice text);
void sw_html_str(struct sw_html *h, const char *text);
/* "<tag class=...>text</tag>"; tag and attributes are literals of the program. */
void sw_html_element(struct sw_html *h, const char *tag, const char *attributes,
		     const char *text);
void sw_html_number(struct sw_html *h, int64_t n);

#endif
