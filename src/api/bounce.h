/* SPDX-License-Identifier: MIT */
/* Inside of a bounce report. */
#ifndef SW_API_BOUNCE_H
#define SW_API_BOUNCE_H

#include <sendwell/bounce.h>

#include "api/explain.h"
#include "read/bounce.h"

struct sw_bounce_report {
	const struct sw_knowledge *k;
	enum sw_lang lang;
	struct sw_arena arena;
	struct sw_bounce_about about;
	struct sw_bounce_outcome *recipients;
	char *json;
};

#endif
