/* SPDX-License-Identifier: MIT */
/* What marks a function as part of the public library; everything else stays hidden. */
#ifndef SENDWELL_EXPORT_H
#define SENDWELL_EXPORT_H

#if defined(__GNUC__)
#define SW_EXPORT __attribute__((visibility("default")))
#else
#define SW_EXPORT
#endif

#endif
