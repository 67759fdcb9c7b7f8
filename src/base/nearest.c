/* SPDX-License-Identifier: MIT */
#include "base/nearest.h"

enum { MAX_WORD = 63 };

static size_t least(size_t a, size_t b, size_t c)
{
	size_t ab = a < b ? a : b;
	return ab < c ? ab : c;
}

/* Optimal string alignment: a swap of neighbours ("smpt") counts one. Three rows of the usual
 * table. */
static size_t distance(struct sw_slice a, struct sw_slice b)
{
	size_t rows[3][MAX_WORD + 1];
	for (size_t j = 0; j <= b.len; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= a.len; i++) {
		size_t *now = rows[i % 3], *last = rows[(i + 2) % 3];
		const size_t *before = rows[(i + 1) % 3];
		now[0] = i;
		for (size_t j = 1; j <= b.len; j++) {
			char x = sw_ascii_lower(a.ptr[i - 1]),
			     y = sw_ascii_lower(b.ptr[j - 1]);
			now[j] = least(last[j] + 1, now[j - 1] + 1, last[j - 1] + (x != y));
			if (i > 1 && j > 1 && x == sw_ascii_lower(b.ptr[j - 2]) &&
			    y == sw_ascii_lower(a.ptr[i - 2]) && before[j - 2] + 1 < now[j])
				now[j] = before[j - 2] + 1;
		}
	}
	return rows[a.len % 3][b.len];
}

size_t sw_edit_distance(struct sw_slice a, struct sw_slice b)
{
	return a.len > MAX_WORD || b.len > MAX_WORD ? SIZE_MAX : distance(a, b);
}

const char *sw_nearest(struct sw_slice word, sw_nearest_fn known)
{
	const char *best = NULL;
	size_t best_distance = SIZE_MAX;
	if (word.len == 0 || word.len > MAX_WORD)
		return NULL;
	for (size_t i = 0; known(i); i++) {
		struct sw_slice name = sw_slice_str(known(i));
		size_t longer = word.len > name.len ? word.len : name.len;
		size_t shorter = word.len > name.len ? name.len : word.len;
		/* Each missing letter is a change: lists of thousands are searched. */
		if (name.len > MAX_WORD || (longer - shorter) * 3 > longer + 1 ||
		    longer - shorter >= best_distance)
			continue;
		size_t d = distance(word, name);
		if (d < best_distance && d * 3 <= longer + 1) {
			best_distance = d;
			best = known(i);
		}
	}
	return best;
}
