/* SPDX-License-Identifier: MIT */
#include <sendwell/file.h>

#include <stdio.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/secret.h"

static enum sw_err tell(const struct sw_error *err, enum sw_err code, char *text, size_t size)
{
	if (code && text && size > 0)
		(void)snprintf(text, size, "%s", err->text);
	return code;
}

/* The bytes of an open file; they may hold a secret. */
static enum sw_err read_open(int fd, uint64_t size, const char *path, size_t max,
			     struct sw_file *ret, struct sw_error *err)
{
	struct sw_buf buf;

	sw_buf_init(&buf, max);
	buf.secret = true;
	/* A regular file that makes us wait (some of the kernel's) is none: no time for it. */
	enum sw_err code = sw_fd_read(fd, max, size ? SW_NEVER : 0, path, &buf, err);

	if (!code) {
		ret->len = sw_buf_len(&buf);
		ret->exposed = sw_file_is_exposed(fd);
		ret->bytes = sw_buf_take(&buf);
		if (!ret->bytes)
			code = sw_fail_nomem(err);
	}
	sw_buf_wipe(&buf);
	return code;
}

enum sw_err sw_file_load(const char *path, size_t max, struct sw_file *ret, char *text,
			 size_t text_size)
{
	struct sw_error err = { .code = SW_OK };
	struct sw_file file = { .bytes = NULL };
	uint64_t size = 0;
	int fd = -1;
	enum sw_err code = sw_file_open(path, SW_FILE_CONFIG, &fd, &size, &err);

	if (code)
		return tell(&err, code, text, text_size);
	if (size > max)
		code = sw_fail(&err, SW_E_LIMIT, "%s: has %llu bytes, at most %zu are read",
			       path, (unsigned long long)size, max);
	else
		code = read_open(fd, size, path, max, &file, &err);
	close(fd);
	if (!code)
		*ret = file;
	return tell(&err, code, text, text_size);
}

void sw_file_clear(struct sw_file *file)
{
	if (file->bytes)
		sw_wipe(file->bytes, file->len);
	sw_free(file->bytes);
	*file = (struct sw_file){ .bytes = NULL };
}

enum sw_err sw_file_save(const char *path, unsigned mode, const void *bytes, size_t len,
			 char *text, size_t text_size)
{
	struct sw_error err = { .code = SW_OK };
	enum sw_err code = sw_file_replace(path, mode, sw_slice(bytes, len), &err);

	return tell(&err, code, text, text_size);
}

enum sw_err sw_file_make_dir(const char *path, char *text, size_t text_size)
{
	struct sw_error err = { .code = SW_OK };

	return tell(&err, sw_dir_make(path, &err), text, text_size);
}

enum sw_err sw_file_grow(const char *path, unsigned mode, int keep, int *ret_fd, char *text,
			 size_t text_size)
{
	struct sw_error err = { .code = SW_OK };

	return tell(&err, sw_file_open_growing(path, mode, keep != 0, ret_fd, &err), text,
		    text_size);
}

enum sw_err sw_file_write_all(int fd, const void *bytes, size_t len, char *text,
			      size_t text_size)
{
	struct sw_error err = { .code = SW_OK };

	return tell(&err, sw_fd_write(fd, sw_slice(bytes, len), &err), text, text_size);
}
