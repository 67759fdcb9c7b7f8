/* SPDX-License-Identifier: MIT */
/* Enhanced status codes (RFC 3463, RFC 2034). */
#ifndef SW_CODEC_ENHANCED_H
#define SW_CODEC_ENHANCED_H

#include "base/slice.h"

/* "5.7.1"; class 0 means none. */
struct sw_enhanced {
	uint8_t class;
	uint16_t subject, detail;
};
/* Reads one at the start of s, followed by a blank or the end; *ret_len is what it took. */
bool sw_enhanced_parse(struct sw_slice s, struct sw_enhanced *ret, size_t *ret_len);
enum { SW_ENHANCED_TEXT = 16 };
/* "" when there is none. */
const char *sw_enhanced_text(struct sw_enhanced e, char out[SW_ENHANCED_TEXT]);

#endif
