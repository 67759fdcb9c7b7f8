/* SPDX-License-Identifier: MIT */
/* A check as a page. */
#include <string.h>

#include "api/check.h"
#include "api/html.h"

enum { PAGE_MOST = 8 * 1024 * 1024 };

static const char style[] =
	"body{font:16px/1.5 system-ui,sans-serif;max-width:60em;margin:2em auto;padding:0 1em;"
	"color-scheme:light dark}table{border-collapse:collapse;width:100%}"
	"td,th{border-top:1px solid #8886;padding:.4em;vertical-align:top;text-align:left}"
	"pre{white-space:pre-wrap;overflow-wrap:anywhere;background:#8882;padding:.5em}"
	"td{overflow-wrap:anywhere}.ok{color:#197b30}.error{color:#c3232b;font-weight:bold}"
	".warning,.untested{color:#a15c00}.not_tested{opacity:.7}";

static const char *status_text(enum sw_check_status s, bool ru)
{
	static const char *const words[SW_CHECK_STATUS_COUNT][2] = {
		[SW_CHECK_OK] = { "ok", "хорошо" },
		[SW_CHECK_WARNING] = { "warning", "замечание" },
		[SW_CHECK_ERROR] = { "error", "ошибка" },
		[SW_CHECK_NOT_TESTED] = { "not tested", "не проверялось" },
		[SW_CHECK_UNTESTED] = { "could not test", "проверить не удалось" },
	};

	return words[s][ru];
}

static void put_result(struct sw_html *h, const struct sw_check_result *x, bool ru)
{
	sw_html_put(h, "<tr><td class=\"");
	sw_html_put(h, sw_check_status_name(x->status));
	sw_html_put(h, "\">");
	sw_html_str(h, status_text(x->status, ru));
	sw_html_put(h, "</td><td>");
	sw_html_element(h, "strong", "", x->title);
	if (*x->found)
		sw_html_element(h, "div", "", x->found);
	for (size_t i = 0; i < x->finding_count; i++) {
		const struct sw_check_finding *f = &x->findings[i];

		sw_html_put(h, "<p><strong>");
		sw_html_str(h, f->title);
		sw_html_put(h, "</strong> (");
		sw_html_str(h, f->code);
		sw_html_put(h, ")<br>");
		sw_html_str(h, f->remedy);
		sw_html_put(h, "</p>");
		if (*f->literal)
			sw_html_element(h, "pre", "", f->literal);
	}
	sw_html_put(h, "</td><td>");
	sw_html_str(h, x->expected);
	sw_html_put(h, "</td></tr>\n");
}

char *sw_check_html(const struct sw_check_report *r)
{
	bool ru = r->run->russian;
	struct sw_buf out = { .max = PAGE_MOST };
	struct sw_html h = { .out = &out };
	const struct sw_check_result *x;
	char *page = NULL;

	sw_html_put(&h, "<!DOCTYPE html>\n<html lang=\"");
	sw_html_put(&h, ru ? "ru" : "en");
	sw_html_put(&h, "\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
			"content=\"width=device-width\"><title>");
	sw_html_str(&h, r->domain);
	sw_html_put(&h, "</title><style>");
	sw_html_put(&h, style);
	sw_html_put(&h, "</style></head><body>");
	sw_html_element(&h, "h1", "", r->domain);
	sw_html_put(&h, "<table><tr><th></th>");
	sw_html_element(&h, "th", "", ru ? "Найдено" : "Found");
	sw_html_element(&h, "th", "", ru ? "Ожидалось" : "Expected");
	sw_html_put(&h, "</tr>\n");
	for (size_t i = 0; (x = sw_check_get(r, i)); i++)
		put_result(&h, x, ru);
	sw_html_put(&h, "</table></body></html>\n");
	if (!h.e)
		page = sw_buf_take(&out);
	sw_buf_fini(&out);
	return page;
}
