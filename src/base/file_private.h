/* SPDX-License-Identifier: MIT */
/* Shared by file*.c. */
#ifndef SW_BASE_FILE_PRIVATE_H
#define SW_BASE_FILE_PRIVATE_H

#include <sys/stat.h>

#include "base/file.h"

/* What was opened is a regular file, and fit for that kind; *st is filled. */
enum sw_err sw_file_check(int fd, const char *path, enum sw_file_kind kind, struct stat *st,
			  struct sw_error *err) SW_MUST_USE;

/* "a character device" */
const char *sw_file_kind_name(mode_t mode);

#endif
