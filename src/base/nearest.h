/* SPDX-License-Identifier: MIT */
/* "Did you mean": the known word that a mistyped one is nearest to. */
#ifndef SW_BASE_NEAREST_H
#define SW_BASE_NEAREST_H

#include "base/slice.h"

/* Gives the i-th known word, NULL after the last. */
typedef const char *(*sw_nearest_fn)(size_t i);
/* The nearest by edit distance (case does not count), or NULL when none is near: more than a
 * third of the letters would have to change. Words longer than 63 bytes are near to nothing.
 */
const char *sw_nearest(struct sw_slice word, sw_nearest_fn known);
/* How many letters must be changed, left out, put in or swapped with a neighbour (case does not count);
 * SIZE_MAX for words longer than 63 bytes. */
size_t sw_edit_distance(struct sw_slice a, struct sw_slice b);

#endif
