/* SPDX-License-Identifier: MIT */
#include "api/html.h"

#include <inttypes.h>

#include "base/text.h"

void sw_html_put(struct sw_html *h, const char *markup)
{
	if (!h->e)
		h->e = sw_buf_add_str(h->out, markup);
}

static enum sw_err put_escaped(struct sw_buf *out, struct sw_slice clean)
{
	static const struct {
		char c;
		const char *entity;
	} rows[] = { { '&', "&amp;" },
		     { '<', "&lt;" },
		     { '>', "&gt;" },
		     { '"', "&quot;" },
		     { '\'', "&#39;" } };
	enum sw_err e = SW_OK;
	size_t from = 0;

	for (size_t i = 0; !e && i < clean.len; i++)
		for (size_t n = 0; !e && n < SW_LEN(rows); n++)
			if (clean.ptr[i] == rows[n].c) {
				e = sw_buf_add(out, sw_slice(clean.ptr + from, i - from));
				if (!e)
					e = sw_buf_add_str(out, rows[n].entity);
				from = i + 1;
			}
	return e ? e : sw_buf_add(out, sw_slice_from(clean, from));
}

void sw_html_text(struct sw_html *h, struct sw_slice text)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf clean = { .max = h->out->max };

	if (!h->e)
		h->e = sw_text_escape(&clean, text, SW_TEXT_KEEP_LF);
	if (!h->e)
		h->e = put_escaped(h->out, sw_buf_slice(&clean));
}

void sw_html_str(struct sw_html *h, const char *text)
{
	sw_html_text(h, sw_slice_str(text));
}

void sw_html_number(struct sw_html *h, int64_t n)
{
	if (!h->e)
		h->e = sw_buf_printf(h->out, "%" PRId64, n);
}

void sw_html_element(struct sw_html *h, const char *tag, const char *attributes,
		     const char *text)
{
	sw_html_put(h, "<");
	sw_html_put(h, tag);
	if (*attributes) {
		sw_html_put(h, " ");
		sw_html_put(h, attributes);
	}
	sw_html_put(h, ">");
	sw_html_str(h, text);
	sw_html_put(h, "</");
	sw_html_put(h, tag);
	sw_html_put(h, ">");
}
