/* SPDX-License-Identifier: MIT */
/* The program's own memory.  It sees only the public library, so base/mem.h is out of its
 * reach. */
#ifndef CLI_MEM_H
#define CLI_MEM_H

#include <stdarg.h>
#include <stddef.h>

#define CLI_PRINTF(fmt_arg, first_arg) __attribute__((format(printf, fmt_arg, first_arg)))

/* All return NULL without memory; free with cli_free. */
void *cli_grow(void *old, size_t count, size_t size); /* as reallocarray */
char *cli_dup(const char *s);
char *cli_printf(const char *fmt, ...) CLI_PRINTF(1, 2);
char *cli_vprintf(const char *fmt, va_list args) CLI_PRINTF(1, 0);
void cli_free(void *ptr);

#endif
