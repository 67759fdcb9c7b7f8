/* SPDX-License-Identifier: MIT */
/* Names in a directory. */
#ifndef SW_BASE_DIR_H
#define SW_BASE_DIR_H

#include "base/error.h"

struct sw_dir_list {
	char **names; /* in the order of their bytes, without "." and ".." */
	size_t count;
};
/* A directory that does not exist is empty.  SW_E_NOINPUT: no directory, or not to be read;
 * SW_E_LIMIT: more than `max` names.  *ret is untouched on failure. */
enum sw_err sw_dir_read(const char *path, size_t max, struct sw_dir_list *ret,
			struct sw_error *err) SW_MUST_USE;
void sw_dir_list_fini(struct sw_dir_list *list);

#endif
