/* SPDX-License-Identifier: MIT */
/* A message that is made for a server without 8BITMIME is 7-bit, goes out as its facts say in
 * reads of any size, and needs nothing more; one that is 7-bit already stays as it is. */
#include <assert.h>

#include "mail/downgrade.h"
#include "mail/ready.h"

enum { MOST = 1 << 22 };

static void read_all(struct sw_source *s, size_t step, struct sw_buf *out)
{
	char piece[4096];
	size_t len = 1;

	assert(!sw_source_rewind(s, NULL));
	while (len) {
		assert(!sw_source_read(s, piece, step, &len, NULL));
		assert(len <= step);
		assert(!sw_buf_add(out, sw_slice(piece, len)));
	}
}

static void check_again(struct sw_slice bytes)
{
	struct sw_source *ready = NULL, *made = NULL;
	struct sw_buf out = { .max = MOST };
	enum sw_downgrade why;

	/* But for what may stand before a header only once. */
	if (sw_slice_starts(bytes, SW_S("From ")))
		return;
	assert(!sw_ready_memory(bytes, NULL, &ready, NULL));
	assert(!sw_downgrade_new(ready, &made, &why, NULL));
	assert(made || why == SW_DOWNGRADE_STRUCTURE);
	if (made)
		read_all(made, 4096, &out);
	assert(!made || sw_slice_eq(sw_buf_slice(&out), bytes));
	sw_source_free(made);
	sw_source_free(ready);
	sw_buf_fini(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sw_source *ready = NULL, *made = NULL;
	struct sw_buf out = { .max = MOST }, small = { .max = MOST };
	enum sw_downgrade why;

	if (size > MOST / 16 || sw_ready_memory(sw_slice(data, size), NULL, &ready, NULL))
		return 0;
	assert(!sw_downgrade_new(ready, &made, &why, NULL));
	assert((made == NULL) == (why != SW_DOWNGRADE_DONE));
	if (made) {
		read_all(made, 4096, &out);
		read_all(made, 1 + size % 97, &small);
		assert(sw_slice_eq(sw_buf_slice(&out), sw_buf_slice(&small)));
		assert(sw_buf_len(&out) == made->facts.size_bytes);
		assert(!sw_slice_has_8bit(sw_buf_slice(&out)) && !made->facts.has_8bit);
		check_again(sw_buf_slice(&out));
	} else {
		assert(ready->facts.has_8bit || why == SW_DOWNGRADE_STRUCTURE);
	}
	sw_source_free(made);
	sw_source_free(ready);
	sw_buf_fini(&out);
	sw_buf_fini(&small);
	return 0;
}
