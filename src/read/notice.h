/* SPDX-License-Identifier: MIT */
/* Bounces that are prose: the notices of mail servers that send no RFC 3464 report, or a bad
 * one.  From the header fields and the decoded text to recipients and their reasons; whose
 * text it is (which layout) is found from signs in data/layouts.yaml, and whoever is not known
 * there is read by general rules. */
#ifndef SW_READ_NOTICE_H
#define SW_READ_NOTICE_H

#include "read/bounce.h"

struct sw_notice {
	/* In: decoded to UTF-8, unfolded; "" none. */
	struct sw_slice from, subject, return_path, auto_submitted,
		failed_recipients /* X-Failed-Recipients */;
	struct sw_slice header; /* the whole raw header, for signs */
	struct sw_slice text; /* the notification: text parts before the original, UTF-8, LF */
	struct sw_slice original; /* the returned message or header where it is a part of its
				     own, else "" */
};
/* Appends recipients to ret->recipients (class unset), sets layout, why, original where found
 * in the text, and is_bounce.  `known` recipients that an RFC 3464 part has named are
 * completed (diagnostic, host, code) rather than named twice. */
enum sw_err sw_notice_read(const struct sw_knowledge *k, struct sw_arena *arena,
			   const struct sw_notice *in, struct sw_bounce *ret,
			   struct sw_error *err) SW_MUST_USE;

#endif
