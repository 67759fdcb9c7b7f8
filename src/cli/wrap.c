/* SPDX-License-Identifier: MIT */
#include "cli/wrap.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { WIDTH_DEFAULT = 80, WIDTH_LEAST = 40, WIDTH_MOST = 100 };

static size_t bounded(unsigned long width)
{
	return width < WIDTH_LEAST ? WIDTH_LEAST : width > WIDTH_MOST ? WIDTH_MOST : width;
}

size_t cli_wrap_width(void)
{
	const char *columns = getenv("COLUMNS");
	char *end = NULL;
	unsigned long wanted = columns ? strtoul(columns, &end, 10) : 0;
	struct winsize size;

	if (wanted > 0 && end && !*end)
		return bounded(wanted);
	if (isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 &&
	    size.ws_col > 0)
		return bounded(size.ws_col);
	return WIDTH_DEFAULT;
}

/* Scripts whose letters take two columns, and marks that take none. */
static size_t columns_of(uint32_t c)
{
	static const struct {
		uint32_t from, to;
		size_t columns;
	} rows[] = {
		{ 0x0300, 0x036f, 0 },   { 0x200b, 0x200d, 0 }, { 0xfe00, 0xfe0f, 0 },
		{ 0x1100, 0x115f, 2 },   { 0x2e80, 0x303e, 2 }, { 0x3041, 0xa4cf, 2 },
		{ 0xac00, 0xd7a3, 2 },   { 0xf900, 0xfaff, 2 }, { 0xfe30, 0xfe6f, 2 },
		{ 0xff00, 0xff60, 2 },   { 0xffe0, 0xffe6, 2 }, { 0x1f300, 0x1faff, 2 },
		{ 0x20000, 0x3fffd, 2 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (c >= rows[i].from && c <= rows[i].to)
			return rows[i].columns;
	return 1;
}

/* Text from the printer is valid UTF-8. */
static size_t next_char(const char *text, size_t len, uint32_t *ret)
{
	unsigned char lead = (unsigned char)text[0];
	size_t size = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
	uint32_t c = size == 1 ? lead : lead & (0xffu >> (size + 1));

	if (size > len)
		size = len;
	for (size_t i = 1; i < size; i++)
		c = c << 6 | ((unsigned char)text[i] & 0x3f);
	*ret = c;
	return size;
}

size_t cli_wrap_columns(const char *text, size_t len)
{
	size_t columns = 0;

	for (size_t pos = 0; pos < len;) {
		uint32_t c;

		pos += next_char(text + pos, len - pos, &c);
		columns += columns_of(c);
	}
	return columns;
}

/* Bytes of `text` that fit: up to a blank, or the first word when even that is too long. */
static size_t fitting(const char *text, size_t width)
{
	size_t fits = 0, pos = 0, columns = 0;

	while (text[pos]) {
		size_t word = strcspn(text + pos, " ");

		columns += cli_wrap_columns(text + pos, word);
		if (columns > width && fits > 0)
			break;
		pos += word;
		fits = pos;
		while (text[pos] == ' ') {
			pos++;
			columns++;
		}
	}
	return fits;
}

void cli_wrap(struct cli_out *out, enum cli_color color, const char *first, const char *rest,
	      const char *text)
{
	size_t width = cli_wrap_width();
	const char *prefix = first;

	do {
		size_t used = cli_wrap_columns(prefix, strlen(prefix));
		size_t len = fitting(text, width > used ? width - used : 1);

		cli_say(out, color, "%s%.*s", prefix, (int)len, text);
		text += len;
		text += strspn(text, " ");
		prefix = rest;
	} while (*text);
}
