/* SPDX-License-Identifier: MIT */
/* The one writer of commands: nothing that holds a control byte leaves as a command line. */
#ifndef SW_SMTP_COMMAND_H
#define SW_SMTP_COMMAND_H

#include "base/buf.h"

/* Appends `line` and CRLF. SW_E_DATA when the line holds a byte below 0x20 or 0x7f, SW_E_LIMIT when
 * longer than `max` (SW_MAX_COMMAND, or SW_MAX_AUTH_LINE for SASL). The only function of the client
 * that makes command lines. */
enum sw_err sw_command_put(struct sw_buf *out, struct sw_slice line, size_t max,
			   struct sw_error *err) SW_MUST_USE;

#endif
