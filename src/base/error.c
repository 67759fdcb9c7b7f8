/* SPDX-License-Identifier: MIT */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

/* Formats, escapes and ends with `tail` (short), which survives however long the rest is. */
static void fill(struct sw_error *err, struct sw_slice tail, const char *fmt, va_list args)
	SW_PRINTF(3, 0);
static void fill(struct sw_error *err, struct sw_slice tail, const char *fmt, va_list args)
{
	/* Not straight into err->text: an argument may be that very text. */
	char raw[2 * SW_ERROR_TEXT];
	int len = vsnprintf(raw, sizeof(raw), fmt, args);

	if (len < 0)
		len = 0;
	if ((size_t)len >= sizeof(raw))
		len = (int)sizeof(raw) - 1;
	size_t kept = sw_text_escape_into(err->text, sizeof(err->text) - tail.len,
					  sw_slice(raw, (size_t)len), SW_TEXT_LINE);

	if (tail.len)
		memcpy(err->text + kept, tail.ptr, tail.len);
	err->text[kept + tail.len] = '\0';
}

enum sw_err (sw_fail)(struct sw_error *err, enum sw_err code, const char *fmt, ...)
{
	va_list args;

	if (!err)
		return code;
	va_start(args, fmt);
	fill(err, SW_S(""), fmt, args);
	va_end(args);
	err->code = code;
	err->stage = SW_STAGE_CONFIG;
	err->os_errno = 0;
	return code;
}

enum sw_err (sw_fail_errno)(struct sw_error *err, enum sw_err code, int os_errno, const char *fmt,
			  ...)
{
	va_list args;
	char tail[128];
	/* Not strerror: it is neither thread-safe nor the same in every locale. */
	const char *words = strerrordesc_np(os_errno);

	if (!err)
		return code;
	if (words)
		snprintf(tail, sizeof(tail), ": %s", words);
	else
		snprintf(tail, sizeof(tail), ": error %d", os_errno);
	va_start(args, fmt);
	fill(err, sw_slice_str(tail), fmt, args);
	va_end(args);
	err->code = code;
	err->stage = SW_STAGE_CONFIG;
	err->os_errno = os_errno;
	return code;
}

enum sw_err (sw_fail_nomem)(struct sw_error *err)
{
	return sw_fail(err, SW_E_NOMEM, "%s", sw_err_text(SW_E_NOMEM));
}

enum sw_err sw_fail_if_refused(struct sw_error *err, uint64_t before)
{
	return sw_mem_refused() == before ? SW_OK : sw_fail_nomem(err);
}

void sw_error_clear(struct sw_error *err)
{
	if (!err)
		return;
	/* Of the text, which is long, what says that there is none. */
	err->code = SW_OK;
	err->stage = SW_STAGE_CONFIG;
	err->os_errno = 0;
	err->text[0] = '\0';
}
