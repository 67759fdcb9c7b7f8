/* SPDX-License-Identifier: MIT */
/* Attributes and small macros.  Nothing here allocates or decides. */
#ifndef SW_BASE_DEFS_H
#define SW_BASE_DEFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SW_MUST_USE __attribute__((warn_unused_result))
#define SW_PRINTF(fmt_arg, first_arg) __attribute__((format(printf, fmt_arg, first_arg)))
#define SW_UNUSED __attribute__((unused))
/* A condition of hot code that hardly ever holds. */
#define SW_UNLIKELY(condition) __builtin_expect(!!(condition), 0)

/* A local that cleans itself up: SW_CLEANUP(sw_buf_fini) struct sw_buf b; the function takes a
 * pointer to the local and must accept an empty object. */
#define SW_CLEANUP(fn) __attribute__((cleanup(fn)))

/* Elements of an array (never of a pointer). */
#define SW_LEN(array) (sizeof(array) / sizeof((array)[0]))

/* A point in time that never comes, in microseconds of the monotonic clock. */
#define SW_NEVER UINT64_MAX

static inline uint64_t sw_min_u64(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* now + delay without wrapping; SW_NEVER stays SW_NEVER. */
static inline uint64_t sw_time_add(uint64_t now_us, uint64_t delay_us)
{
	return now_us >= SW_NEVER - delay_us ? SW_NEVER : now_us + delay_us;
}

#endif
