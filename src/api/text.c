/* SPDX-License-Identifier: MIT */
#include <sendwell/text.h>

#include "base/mem.h"
#include "base/text.h"

char *sw_text_printable(const char *bytes, size_t len)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf out;
	/* Each byte becomes four at most. */
	if (len > (SIZE_MAX - 1) / 4)
		return NULL;
	sw_buf_init(&out, 4 * len + 1);
	if (sw_text_escape(&out, sw_slice(bytes, len), SW_TEXT_LINE))
		return NULL;
	return sw_buf_take(&out);
}

void sw_text_free(char *text)
{
	sw_free(text);
}
