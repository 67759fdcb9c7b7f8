/* SPDX-License-Identifier: MIT */
#include "cli/url.h"

#include <stddef.h>
#include <string.h>

#include "cli/mem.h"

/* Generous: whatever could be read as USER:PASSWORD@ counts, with or without a scheme. */
bool cli_url_has_password(const char *url)
{
	const char *scheme = strstr(url, "://");
	const char *start = scheme ? scheme + 3 : url;
	const char *at = strrchr(start, '@');

	return at && memchr(start, ':', (size_t)(at - start)) != NULL;
}

char *cli_url_without_password(const char *url)
{
	const char *scheme = strstr(url, "://");
	const char *start = scheme ? scheme + 3 : url;
	const char *at = strrchr(start, '@');
	const char *colon = at ? memchr(start, ':', (size_t)(at - start)) : NULL;

	if (!colon)
		return cli_dup(url);
	return cli_printf("%.*s:***%s", (int)(colon - url), url, at);
}
