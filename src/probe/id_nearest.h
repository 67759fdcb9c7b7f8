/* SPDX-License-Identifier: MIT */
#ifndef SW_PROBE_ID_NEAREST_H
#define SW_PROBE_ID_NEAREST_H

#include "base/slice.h"

/* The well-known mail domain, or server, that a name is hardly different from: one letter, two
 * in long names. "" when there is none, and for what is well known itself. */
const char *sw_known_nearest(struct sw_slice name, bool server);

#endif
