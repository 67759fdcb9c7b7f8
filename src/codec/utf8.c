/* SPDX-License-Identifier: MIT */
#include "codec/utf8.h"

#include "base/text.h"

static bool is_control(int32_t code)
{
	return (code < 0x20 && code != '\t') || (code >= 0x7f && code <= 0x9f) ||
	       code == 0x2028 || code == 0x2029;
}

enum sw_utf8_flaw sw_utf8_scan(struct sw_slice s, size_t *ret_offset)
{
	for (size_t pos = 0; pos < s.len;) {
		size_t from = pos;
		int32_t code = sw_utf8_next(s, &pos);

		if (code >= 0 && !is_control(code))
			continue;
		if (ret_offset)
			*ret_offset = from;
		return code < 0 ? SW_UTF8_INVALID : SW_UTF8_CONTROL;
	}
	return SW_UTF8_CLEAN;
}

enum sw_err sw_utf8_add_escaped(struct sw_buf *out, char byte)
{
	static const char digits[] = "0123456789abcdef";
	unsigned char c = (unsigned char)byte;
	char text[] = { '\\', 'x', digits[c >> 4], digits[c & 0xf] };

	return sw_buf_add(out, sw_slice(text, sizeof(text)));
}

enum sw_err sw_utf8_add_lossless(struct sw_buf *out, struct sw_slice s)
{
	enum sw_err code = SW_OK;
	size_t run = 0;

	for (size_t pos = 0; pos < s.len && !code;) {
		size_t from = pos;

		if (sw_utf8_next(s, &pos) >= 0)
			continue;
		code = sw_buf_add(out, sw_slice(s.ptr + run, from - run));
		if (!code)
			code = sw_utf8_add_escaped(out, s.ptr[from]);
		run = pos;
	}
	return code ? code : sw_buf_add(out, sw_slice_from(s, run));
}
