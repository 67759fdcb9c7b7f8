/* SPDX-License-Identifier: MIT */
#include "cli/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *cli_grow(void *old, size_t count, size_t size)
{
	return reallocarray(old, count, size);
}

char *cli_dup(const char *s)
{
	size_t size = strlen(s) + 1;
	char *copy = cli_grow(NULL, size, 1);

	if (copy)
		memcpy(copy, s, size);
	return copy;
}

char *cli_vprintf(const char *fmt, va_list args)
{
	va_list again;

	va_copy(again, args);
	int len = vsnprintf(NULL, 0, fmt, again);

	va_end(again);
	char *text = len < 0 ? NULL : cli_grow(NULL, (size_t)len + 1, 1);

	if (text)
		(void)vsnprintf(text, (size_t)len + 1, fmt, args);
	return text;
}

char *cli_printf(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	char *text = cli_vprintf(fmt, args);

	va_end(args);
	return text;
}

void cli_free(void *ptr)
{
	free(ptr);
}
