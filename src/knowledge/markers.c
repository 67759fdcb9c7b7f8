/* SPDX-License-Identifier: MIT */
#include "knowledge/image.h"

#define MARK(kind, value, pattern) { KN_MARK_##kind, (value), (pattern) },
const struct kn_marker sw_kn_markers[] = {
#include "knowledge/marker.def"
};
#undef MARK
const size_t sw_kn_marker_count = SW_LEN(sw_kn_markers);
