/* SPDX-License-Identifier: MIT */
#ifndef SENDWELL_VERSION_H
#define SENDWELL_VERSION_H

#include <sendwell/export.h>

#ifdef __cplusplus
extern "C" {
#endif

/* "0.1.0" */
SW_EXPORT const char *sw_version(void);
/* Library i that it runs with, "OpenSSL 3.0.17"; NULL after the last. Static or thread-local text. */
SW_EXPORT const char *sw_version_of(unsigned i);

#ifdef __cplusplus
}
#endif
#endif
