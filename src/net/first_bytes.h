/* SPDX-License-Identifier: MIT */
/* What protocol speaks, from its first bytes. Pure. */
#ifndef SW_NET_FIRST_BYTES_H
#define SW_NET_FIRST_BYTES_H

#include "base/slice.h"

enum sw_speaks {
	SW_SPEAKS_NOTHING = 0,	/* no byte */
	SW_SPEAKS_SMTP,		/* "220", "4xx", "5xx" */
	SW_SPEAKS_TLS,		/* 16 03 handshake */
	SW_SPEAKS_TLS_ALERT,	/* 15 03 */
	SW_SPEAKS_HTTP,
	SW_SPEAKS_SSH,
	SW_SPEAKS_IMAP,		/* "* OK" */
	SW_SPEAKS_POP3,		/* "+OK" */
	SW_SPEAKS_FTP,		/* "220" is SMTP's too: only when the text says FTP */
	SW_SPEAKS_MASKED,	/* only 2, 0, '*', blank: a Cisco fixup's banner (M02) */
	SW_SPEAKS_TEXT,		/* printable, unknown */
	SW_SPEAKS_BINARY,
	SW_SPEAKS_COUNT
};
enum sw_speaks sw_first_bytes(struct sw_slice bytes);
const char *sw_speaks_name(enum sw_speaks s);	/* "smtp", "http", ... */

#endif
