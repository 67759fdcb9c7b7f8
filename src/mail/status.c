/* SPDX-License-Identifier: MIT */
#include "mail/status.h"

#include "base/text.h"

enum sw_outcome sw_reply_outcome(const struct sw_reply *r)
{
	switch (r->code / 100) {
	case 2:
		return SW_ACCEPTED;
	case 4:
		return SW_DEFERRED;
	case 5:
		return SW_REJECTED;
	}
	return SW_NOT_SENT;
}

enum sw_err sw_reply_copy(struct sw_arena *arena, const struct sw_reply *from,
			  struct sw_reply *ret)
{
	struct sw_slice text = sw_arena_copy(arena, sw_slice(from->text, from->text_len));

	if (!text.ptr)
		return SW_E_NOMEM;
	*ret = *from;
	ret->text = text.ptr;
	return SW_OK;
}

enum sw_err sw_reply_format(const struct sw_reply *r, struct sw_buf *out)
{
	char enhanced[SW_ENHANCED_TEXT];
	size_t before = sw_buf_len(out);
	struct sw_slice rest = sw_slice(r->text, r->text_len), line;
	const char *between = " ";

	if (r->code == 0)
		return sw_buf_add_str(out, "no reply");
	sw_enhanced_text(r->enhanced, enhanced);
	enum sw_err code = sw_buf_printf(out, "%d%s%s", r->code, enhanced[0] ? " " : "",
					 enhanced);

	while (!code && rest.len && sw_slice_split(&rest, '\n', &line)) {
		code = sw_buf_add_str(out, between);
		if (!code)
			code = sw_text_escape(out, line, SW_TEXT_LINE);
		between = " / ";
	}
	if (code)
		sw_buf_truncate(out, before);
	return code;
}
