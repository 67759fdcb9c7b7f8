/* SPDX-License-Identifier: MIT */
#include "base/dir.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>

#include "base/mem.h"

void sw_dir_list_fini(struct sw_dir_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		sw_free(list->names[i]);
	sw_free(list->names);
	*list = (struct sw_dir_list){ NULL, 0 };
}

static enum sw_err add(struct sw_dir_list *list, const char *name, struct sw_error *err)
{
	char **more = sw_realloc(list->names, (list->count + 1) * sizeof(*more));

	if (!more)
		return sw_fail_nomem(err);
	list->names = more;
	list->names[list->count] = sw_strdup(name);
	if (!list->names[list->count])
		return sw_fail_nomem(err);
	list->count++;
	return SW_OK;
}

static enum sw_err read_all(DIR *dir, const char *path, size_t max, struct sw_dir_list *list,
			    struct sw_error *err)
{
	enum sw_err code = SW_OK;

	while (!code) {
		errno = 0;
		const struct dirent *entry = readdir(dir);

		if (!entry)
			return errno ? sw_fail_errno(err, SW_E_NOINPUT, errno, "%s", path)
				     : SW_OK;
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		code = list->count == max ? sw_fail(err, SW_E_LIMIT,
						    "%s: holds more than %zu files", path, max)
					  : add(list, entry->d_name, err);
	}
	return code;
}

static int compare(const void *a, const void *b)
{
	const char *const *left = a, *const *right = b;

	return strcmp(*left, *right);
}

enum sw_err sw_dir_read(const char *path, size_t max, struct sw_dir_list *ret,
			struct sw_error *err)
{
	struct sw_dir_list list = { NULL, 0 };
	DIR *dir = opendir(path);

	if (!dir && errno == ENOENT) {
		*ret = list;
		return SW_OK;
	}
	if (!dir)
		return sw_fail_errno(err, SW_E_NOINPUT, errno, "%s", path);
	enum sw_err code = read_all(dir, path, max, &list, err);

	(void)closedir(dir);
	if (code) {
		sw_dir_list_fini(&list);
		return code;
	}
	if (list.count > 0)
		qsort(list.names, list.count, sizeof(*list.names), compare);
	*ret = list;
	return SW_OK;
}
