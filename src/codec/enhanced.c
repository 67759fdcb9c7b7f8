/* SPDX-License-Identifier: MIT */
#include "codec/enhanced.h"

#include <stdio.h>

/* 1 to 3 digits without leading zeros (RFC 3463 2), cut off *rest. */
static bool take_number(struct sw_slice *rest, uint16_t *ret)
{
	size_t len = 0;
	uint16_t value = 0;

	while (len < rest->len && len < 3 && sw_ascii_digit(rest->ptr[len])) {
		value = (uint16_t)(value * 10 + (rest->ptr[len] - '0'));
		len++;
	}
	if (len == 0 || (len > 1 && rest->ptr[0] == '0'))
		return false;
	*rest = sw_slice_from(*rest, len);
	*ret = value;
	return true;
}

static bool take_dot(struct sw_slice *rest)
{
	if (rest->len == 0 || rest->ptr[0] != '.')
		return false;
	*rest = sw_slice_from(*rest, 1);
	return true;
}

bool sw_enhanced_parse(struct sw_slice s, struct sw_enhanced *ret, size_t *ret_len)
{
	struct sw_slice rest = s;
	uint16_t class, subject, detail;

	if (!take_number(&rest, &class) || (class != 2 && class != 4 && class != 5))
		return false;
	if (!take_dot(&rest) || !take_number(&rest, &subject) || !take_dot(&rest) ||
	    !take_number(&rest, &detail))
		return false;
	/* "5.1.1.1" and "2.0.0-beta" are something else. */
	if (rest.len && rest.ptr[0] != ' ' && rest.ptr[0] != '\t')
		return false;
	*ret = (struct sw_enhanced){ (uint8_t)class, subject, detail };
	*ret_len = s.len - rest.len;
	return true;
}

const char *sw_enhanced_text(struct sw_enhanced e, char out[SW_ENHANCED_TEXT])
{
	if (e.class == 0)
		out[0] = '\0';
	else
		snprintf(out, SW_ENHANCED_TEXT, "%u.%u.%u", (unsigned)e.class,
			 (unsigned)e.subject, (unsigned)e.detail);
	return out;
}
