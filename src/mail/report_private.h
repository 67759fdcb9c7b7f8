/* SPDX-License-Identifier: MIT */
/* Between the files of report.h. */
#ifndef SW_MAIL_REPORT_PRIVATE_H
#define SW_MAIL_REPORT_PRIVATE_H

#include "mail/report.h"

struct sw_report_line {
	struct sw_slice name;  /* of the field */
	struct sw_slice value; /* unfolded, decoded, trimmed */
	bool first;            /* of a group */
};
struct sw_report_scan {
	struct sw_arena *arena;
	struct sw_slice rest;
	bool gap; /* an empty line was passed */
};
/* The next field of a report; *ret_more false at the end. */
enum sw_err sw_report_next(struct sw_report_scan *s, struct sw_report_line *ret,
			   bool *ret_more) SW_MUST_USE;
/* "dns; mx.example.org" to its halves; the type empty when there is none. */
void sw_report_typed(struct sw_slice value, struct sw_slice *ret_type, struct sw_slice *ret);
/* A host's name without what is said about it. */
struct sw_slice sw_report_host(struct sw_slice value);
/* The index of a name in any case, or count. */
size_t sw_report_name(struct sw_slice name, const struct sw_slice *names, size_t count);
/* A literal as a constant. */
#define SW_REPORT_NAME(literal)                                                               \
	{                                                                                     \
		"" literal, sizeof(literal) - 1                                               \
	}

#endif
