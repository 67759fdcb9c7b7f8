/* SPDX-License-Identifier: MIT */
#ifndef SW_PROBE_ID_CLOCK_H
#define SW_PROBE_ID_CLOCK_H

#include "base/slice.h"

/* The date that a greeting or another reply ends with, seconds since 1970: "220 mx.example.net
 * ESMTP; Sat, 21 Nov 2026 10:00:00 +0100". False when there is none. */
bool sw_date_in_reply(struct sw_slice text, int64_t *ret);
/* RFC 3339 as sw_date_read writes it, an unknown zone as UTC. */
bool sw_date_seconds(struct sw_slice rfc3339, int64_t *ret);

#endif
