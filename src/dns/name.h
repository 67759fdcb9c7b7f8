/* SPDX-License-Identifier: MIT */
/* Domain names between their two forms: labels with lengths on the wire (RFC 1035 3.1), text with
 * dots and escapes for people (5.1).  Shared by the files of this room. */
#ifndef SW_DNS_NAME_H
#define SW_DNS_NAME_H

#include "base/arena.h"
#include "base/error.h"

enum {
	SW_DNS_NAME_WIRE = 255,		/* octets with the root label, RFC 1035 2.3.4 */
	SW_DNS_LABEL = 63,
	SW_DNS_NAME_TEXT = 4 * 255 + 1,	/* every octet as \DDD, and a NUL */
};

/* Reads an uncompressed name at *pos, which is moved behind it.  A name that is cut, too long or
 * compressed is SW_E_DATA; *pos is then untouched. */
enum sw_err sw_dns_name_read(const uint8_t *data, size_t len, size_t *pos,
			     struct sw_arena *arena, const char **ret) SW_MUST_USE;
/* From text, with or without the final dot, to the wire; "." is the root.  0 when the text is no
 * name. */
size_t sw_dns_name_write(struct sw_slice text, uint8_t out[SW_DNS_NAME_WIRE]);

#endif
