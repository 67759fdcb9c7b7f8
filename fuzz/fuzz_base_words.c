/* SPDX-License-Identifier: MIT */
/* Words hold no more bytes than their line, and every failure says why. */
#include <assert.h>

#include "base/process.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char **words = NULL;
	size_t count = 0;
	size_t bytes = 0;
	struct sw_error err = { 0 };

	if (sw_words_split(sw_slice(data, size), &words, &count, &err)) {
		assert(!words && err.code && err.text[0]);
		return 0;
	}
	for (size_t i = 0; i < count; i++)
		bytes += strlen(words[i]);
	assert(count > 0 && !words[count] && bytes <= size);
	sw_words_free(words);
	return 0;
}
