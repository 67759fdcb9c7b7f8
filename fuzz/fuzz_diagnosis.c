/* SPDX-License-Identifier: MIT */
/* A case from anywhere, as a page and as a text for strangers: nothing of it becomes markup, and what is shared is
 * a case again with as many facts. */
#include <stdlib.h>
#include <string.h>

#include <sendwell/diagnose.h>
#include <sendwell/text.h>

#include "api/diagnose.h"

/* Every '<' begins one of our own tags, and none of them has an attribute beyond ours. */
static void check_page(const char *page)
{
	static const char *const ours[] = {
		"!DOCTYPE html>", "html lang=\"en\">", "/html>", "head>", "/head>", "meta charset=\"utf-8\"/>",
		"meta name=\"viewport\" ", "meta http-equiv=", "meta name=\"referrer\" ", "title>", "/title>", "style>",
		"/style>", "body>", "/body>", "header>", "/header>", "h1>", "/h1>", "h2>", "/h2>", "h3>", "/h3>", "h4>",
		"/h4>", "p>", "p class=\"dim\">", "/p>", "strong>", "strong class=\"", "/strong>", "section>", "/section>",
		"ol class=\"stages\">", "/ol>", "ul>", "/ul>", "li>", "li class=\"", "/li>", "span class=\"dim\">", "/span>",
		"article class=\"", "/article>", "pre>", "/pre>", "details>", "/details>", "summary>", "/summary>", "table>",
		"/table>", "thead>", "/thead>", "tbody>", "/tbody>", "tr>", "/tr>", "th>", "/th>", "td>", "td class=\"n\">",
		"/td>", "footer>", "/footer>",
	};

	for (const char *at = strchr(page, '<'); at; at = strchr(at + 1, '<')) {
		size_t i = 0;

		while (i < SW_LEN(ours) && strncmp(at + 1, ours[i], strlen(ours[i])) != 0)
			i++;
		if (i == SW_LEN(ours))
			abort();
	}
	if (!strstr(page, "</html>"))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sw_explainer *e = sw_explainer_new();
	struct sw_diagnosis *d = NULL, *again = NULL;

	if (!e)
		abort();
	if (!sw_diagnose_case(e, data, size, &d)) {
		char *page = sw_diagnosis_html(d), *shared = sw_diagnosis_share(d);

		if (page)
			check_page(page);
		if (shared) {
			if (sw_diagnose_case(e, shared, strlen(shared), &again) ||
			    sw_facts_count(again->facts) != sw_facts_count(d->facts))
				abort();
		}
		sw_text_free(page);
		sw_text_free(shared);
	}
	sw_diagnosis_free(again);
	sw_diagnosis_free(d);
	sw_explainer_free(e);
	return 0;
}
