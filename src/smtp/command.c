/* SPDX-License-Identifier: MIT */
#include "smtp/command.h"

enum sw_err sw_command_put(struct sw_buf *out, struct sw_slice line, size_t max,
			   struct sw_error *err)
{
	if (sw_slice_has_control(line))
		return sw_fail(err, SW_E_DATA,
			       "a command for the server would hold a control byte; not sent");
	if (line.len > max)
		return sw_fail(err, SW_E_LIMIT,
			       "a command for the server would have %zu bytes; at most %zu",
			       line.len, max);
	char *room = sw_buf_reserve(out, line.len + 2);

	if (!room)
		return sw_fail_nomem(err);
	if (line.len)
		memcpy(room, line.ptr, line.len);
	memcpy(room + line.len, "\r\n", 2);
	sw_buf_commit(out, line.len + 2);
	return SW_OK;
}
