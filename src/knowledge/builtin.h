/* SPDX-License-Identifier: MIT */
/* The image of data/, made by the build.  Private to the room. */
#ifndef SW_KNOWLEDGE_BUILTIN_H
#define SW_KNOWLEDGE_BUILTIN_H

#include <stddef.h>
#include <stdint.h>

extern const uint64_t sw_kn_builtin_words[];
extern const size_t sw_kn_builtin_size;

#endif
