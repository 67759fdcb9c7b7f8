/* SPDX-License-Identifier: MIT */
/* Command lines into words; see process.h. */
#include "base/mem.h"
#include "base/process.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* One word from *pos on, which is moved behind it.  `word` is empty before. */
static enum sw_err next_word(struct sw_slice line, size_t *pos, struct sw_buf *word,
			     struct sw_error *err)
{
	char quote = 0;
	size_t i = *pos;

	for (; i < line.len && (quote || !is_blank(line.ptr[i])); i++) {
		char c = line.ptr[i];

		if (c == quote || (!quote && (c == '\'' || c == '"'))) {
			quote = quote ? 0 : c;
			continue;
		}
		if (c == '\\' && quote != '\'') {
			if (++i == line.len)
				return sw_fail(err, SW_E_USAGE, "the command ends in a "
					       "backslash, expected a character after it");
			c = line.ptr[i];
		}
		if (sw_buf_add_char(word, c))
			return sw_fail_nomem(err);
	}
	if (quote)
		return sw_fail(err, SW_E_USAGE, "the command has an open quote %c, expected "
			       "another one after it", quote);
	*pos = i;
	return SW_OK;
}

static enum sw_err split(struct sw_slice line, char **words, size_t *count,
			 struct sw_error *err)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf word = { .max = line.len };

	for (size_t pos = 0; pos < line.len;) {
		if (is_blank(line.ptr[pos])) {
			pos++;
			continue;
		}
		sw_buf_clear(&word);
		enum sw_err code = next_word(line, &pos, &word, err);

		if (code)
			return code;
		words[*count] = sw_dup(sw_buf_slice(&word));
		if (!words[*count])
			return sw_fail_nomem(err);
		(*count)++;
	}
	if (*count == 0)
		return sw_fail(err, SW_E_USAGE, "the command is empty");
	return SW_OK;
}

enum sw_err sw_words_split(struct sw_slice line, char ***ret_words, size_t *ret_count,
			   struct sw_error *err)
{
	size_t count = 0;

	if (sw_slice_find(line, '\0') != line.len)
		return sw_fail(err, SW_E_USAGE, "the command holds a NUL byte");
	/* A word and its blank are two bytes; one more for the last word, one for the NULL. */
	char **words = sw_calloc(line.len / 2 + 2, sizeof(*words));

	if (!words)
		return sw_fail_nomem(err);
	enum sw_err code = split(line, words, &count, err);

	if (code) {
		sw_words_free(words);
		return code;
	}
	*ret_words = words;
	*ret_count = count;
	return SW_OK;
}

void sw_words_free(char **words)
{
	if (!words)
		return;
	for (size_t i = 0; words[i]; i++)
		sw_free(words[i]);
	sw_free(words);
}
