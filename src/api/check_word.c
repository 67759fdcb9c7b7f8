/* SPDX-License-Identifier: MIT */
/* The evaluators speak English; their sentences in other languages. */
#include <string.h>

#include "api/check.h"

static const struct {
	const char *en, *ru;
} words[] = {
#define SW_CHECK_WORD(en, ru) { en, ru },
#include "api/check_word.def"
#undef SW_CHECK_WORD
};

const char *sw_check_word_ru(const char *text)
{
	for (size_t i = 0; i < SW_LEN(words); i++)
		if (strcmp(words[i].en, text) == 0)
			return words[i].ru;
	return NULL;
}

const char *sw_check_word(const struct sw_check_run *run, const char *text)
{
	const char *ru = run->russian ? sw_check_word_ru(text) : NULL;

	return ru ? ru : text;
}
