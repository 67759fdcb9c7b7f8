/* SPDX-License-Identifier: MIT */
/* Failures of our own: a code that is returned, and a story in a value that the caller owns.
 * Reporting cannot fail and allocates nothing.  Texts say what happened and what was expected;
 * outside bytes in them are escaped by sw_fail itself, secrets never enter. */
#ifndef SW_BASE_ERROR_H
#define SW_BASE_ERROR_H

#include <sendwell/types.h>

#include "base/defs.h"
#include "base/limits.h"

struct sw_error {
	enum sw_err code;
	enum sw_stage stage;      /* where it happened; CONFIG when before everything */
	int os_errno;             /* 0 when no system call was to blame */
	char text[SW_ERROR_TEXT]; /* one line, printable, UTF-8 */
};

/* Fills *err (NULL allowed) and returns `code`, so that `return sw_fail(err, ...)` works.
 * Control bytes and invalid UTF-8 in the finished text become \xNN. */
enum sw_err sw_fail(struct sw_error *err, enum sw_err code, const char *fmt, ...)
	SW_PRINTF(3, 4);
/* Likewise, with errno's text appended (": No such file or directory"). */
enum sw_err sw_fail_errno(struct sw_error *err, enum sw_err code, int os_errno,
			  const char *fmt, ...) SW_PRINTF(4, 5);
/* The usual out-of-memory report. */
enum sw_err sw_fail_nomem(struct sw_error *err);
/* So reported when memory was refused since sw_mem_refused() said `before`, else SW_OK: what
 * was found meanwhile may lack a part, and a part that is missing proves nothing. */
enum sw_err sw_fail_if_refused(struct sw_error *err, uint64_t before);
void sw_error_clear(struct sw_error *err);

/* The analyzer does not look into another file, and would follow paths on which a failure is
 * reported as SW_OK. */
#ifdef __clang_analyzer__
#define sw_fail(err, code, ...) ((void)(sw_fail)((err), (code), __VA_ARGS__), (code))
#define sw_fail_errno(err, code, os_errno, ...)                                               \
	((void)(sw_fail_errno)((err), (code), (os_errno), __VA_ARGS__), (code))
#define sw_fail_nomem(err) ((void)(sw_fail_nomem)(err), SW_E_NOMEM)
#endif

#endif
