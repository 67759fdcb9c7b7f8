/* SPDX-License-Identifier: MIT */
#include "cli/nearest.h"

#include <string.h>

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static size_t min_size(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Optimal string alignment distance; both at most CLI_NEAREST_LONGEST. */
static size_t distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
	size_t rows[3][CLI_NEAREST_LONGEST + 1];
	size_t *before = rows[0], *last = rows[1], *now = rows[2];

	for (size_t j = 0; j <= b_len; j++) {
		before[j] = j;
		last[j] = j;
	}
	for (size_t i = 1; i <= a_len; i++) {
		now[0] = i;
		for (size_t j = 1; j <= b_len; j++) {
			size_t changed = last[j - 1] + (a[i - 1] != b[j - 1]);

			now[j] = min_size(changed, min_size(last[j], now[j - 1]) + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				now[j] = min_size(now[j], before[j - 2] + 1);
		}
		size_t *free_row = before;

		before = last;
		last = now;
		now = free_row;
	}
	return last[b_len];
}

struct cli_nearest cli_nearest_start(const char *word, size_t len)
{
	struct cli_nearest n = { .distance = (size_t)-1 };

	if (len <= CLI_NEAREST_LONGEST) {
		for (size_t i = 0; i < len; i++)
			n.word[i] = lower(word[i]);
		n.len = len;
	}
	return n;
}

void cli_nearest_try(struct cli_nearest *n, const char *name)
{
	size_t len = strlen(name);

	if (n->len == 0 || len > CLI_NEAREST_LONGEST)
		return;
	size_t d = distance(n->word, n->len, name, len);

	/* The beginning of a name is near, however much is missing: --sub, --pass. */
	if (n->len >= 3 && n->len < len && memcmp(n->word, name, n->len) == 0)
		d = 1;
	if (d < n->distance) {
		n->distance = d;
		n->best = name;
	}
}

const char *cli_nearest_found(const struct cli_nearest *n)
{
	size_t allowed = n->len < 3 ? 1 : (n->len + 2) / 3;

	return n->best && n->distance <= allowed ? n->best : NULL;
}
