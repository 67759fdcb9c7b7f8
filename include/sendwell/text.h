/* SPDX-License-Identifier: MIT */
/* Showing bytes from outside. */
#ifndef SENDWELL_TEXT_H
#define SENDWELL_TEXT_H

#include <stddef.h>

#include <sendwell/export.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A printable copy: bytes that could act on a terminal, line ends included, become \xNN; valid UTF-8
 * stays. Free with sw_text_free. NULL without memory. */
SW_EXPORT char *sw_text_printable(const char *bytes, size_t len);
SW_EXPORT void sw_text_free(char *text);

#ifdef __cplusplus
}
#endif
#endif
