/* SPDX-License-Identifier: MIT */
#include "mail/input.h"

#include <errno.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"

void sw_input_init(struct sw_input *in)
{
	*in = (struct sw_input){ .fd = -1 };
}

void sw_input_fini(struct sw_input *in)
{
	if (in->fd >= 0)
		close(in->fd);
	sw_buf_fini(&in->memory);
	sw_free(in->name);
	sw_input_init(in);
}

/* Remembers what the open file is now. */
static enum sw_err mark(struct sw_input *in, struct sw_error *err)
{
	struct stat st;

	if (fstat(in->fd, &st))
		return sw_fail_errno(err, SW_E_IO, errno, "%s", in->name);
	in->size = st.st_size > 0 ? (uint64_t)st.st_size : 0;
	in->changed = st.st_mtim;
	return SW_OK;
}

static enum sw_err set_name(struct sw_input *in, const char *name, struct sw_error *err)
{
	in->name = sw_strdup(name);
	return in->name ? SW_OK : sw_fail_nomem(err);
}

enum sw_err sw_input_file(struct sw_input *in, const char *path, struct sw_error *err)
{
	uint64_t size;
	enum sw_err code = set_name(in, path, err);

	if (!code)
		code = sw_file_open(path, SW_FILE_INPUT, &in->fd, &size, err);
	if (!code)
		code = mark(in, err);
	if (code)
		sw_input_fini(in);
	return code;
}

enum sw_err sw_input_memory(struct sw_input *in, struct sw_slice bytes, const char *name,
			    struct sw_error *err)
{
	enum sw_err code = set_name(in, name, err);

	sw_buf_init(&in->memory, bytes.len);
	if (!code && sw_buf_add(&in->memory, bytes))
		code = sw_fail_nomem(err);
	in->size = bytes.len;
	if (code)
		sw_input_fini(in);
	return code;
}

/* A read that waits, whatever the descriptor's flags; 0 at the end. */
static enum sw_err read_some(int fd, char *room, size_t size, size_t *ret_len,
			     const char *name, struct sw_error *err)
{
	for (;;) {
		ssize_t got = read(fd, room, size);

		if (got >= 0) {
			*ret_len = (size_t)got;
			return SW_OK;
		}
		if (errno == EAGAIN) {
			struct pollfd p = { .fd = fd, .events = POLLIN };

			poll(&p, 1, -1);
		} else if (errno != EINTR) {
			return sw_fail_errno(err, SW_E_IO, errno, "reading %s", name);
		}
	}
}

/* Moves what is held in memory to a file once it is too much. */
static enum sw_err spill(struct sw_input *in, struct sw_slice piece, struct sw_error *err)
{
	enum sw_err code = SW_OK;

	if (in->fd < 0) {
		code = sw_file_temp(&in->fd, err);
		if (!code)
			code = sw_fd_write(in->fd, sw_buf_slice(&in->memory), err);
		sw_buf_fini(&in->memory);
	}
	return code ? code : sw_fd_write(in->fd, piece, err);
}

struct descriptor {
	int fd;
	const char *name;
};

static enum sw_err read_descriptor(void *arg, char *out, size_t size, size_t *ret_len,
				   struct sw_error *err)
{
	const struct descriptor *d = arg;

	return read_some(d->fd, out, size, ret_len, d->name, err);
}

static enum sw_err pull_all(struct sw_input *in, sw_input_fn fn, void *arg, char *chunk,
			    struct sw_error *err)
{
	for (;;) {
		size_t len = 0;
		enum sw_err code = fn(arg, chunk, SW_READ_CHUNK, &len, err);

		if (code || len == 0)
			return code;
		struct sw_slice piece = sw_slice(chunk, len);

		code = in->fd < 0 ? sw_buf_add(&in->memory, piece) : SW_E_LIMIT;
		if (code == SW_E_LIMIT)
			code = spill(in, piece, err);
		else if (code)
			return sw_fail_nomem(err);
		if (code)
			return code;
		in->size += len;
	}
}

enum sw_err sw_input_pull(struct sw_input *in, sw_input_fn fn, void *arg, const char *name,
			  struct sw_error *err)
{
	SW_CLEANUP(sw_freep) char *chunk = sw_malloc(SW_READ_CHUNK);
	enum sw_err code = set_name(in, name, err);

	sw_buf_init(&in->memory, SW_SPOOL_IN_MEMORY);
	if (!code)
		code = chunk ? pull_all(in, fn, arg, chunk, err) : sw_fail_nomem(err);
	if (!code && in->fd >= 0)
		code = mark(in, err);
	if (code)
		sw_input_fini(in);
	return code;
}

enum sw_err sw_input_spool(struct sw_input *in, int fd, const char *name, struct sw_error *err)
{
	struct descriptor d = { fd, name };

	return sw_input_pull(in, read_descriptor, &d, name, err);
}

enum sw_err sw_input_fail_changed(const struct sw_input *in, struct sw_error *err)
{
	return sw_fail(err, SW_E_IO, "%s changed while it was being sent", in->name);
}

enum sw_err sw_input_at(const struct sw_input *in, uint64_t offset, char *room,
			size_t room_size, struct sw_slice *ret, struct sw_error *err)
{
	uint64_t left = offset < in->size ? in->size - offset : 0;
	size_t want = left < room_size ? (size_t)left : room_size;

	if (in->fd < 0) {
		*ret = sw_slice_head(sw_slice_from(sw_buf_slice(&in->memory), (size_t)offset),
				     want);
		return SW_OK;
	}
	for (size_t have = 0; have < want;) {
		ssize_t got = pread(in->fd, room + have, want - have, (off_t)(offset + have));

		if (got == 0)
			return sw_input_fail_changed(in, err);
		if (got < 0 && errno != EINTR)
			return sw_fail_errno(err, SW_E_IO, errno, "reading %s", in->name);
		if (got > 0)
			have += (size_t)got;
	}
	*ret = sw_slice(room, want);
	return SW_OK;
}

enum sw_err sw_input_check(const struct sw_input *in, struct sw_error *err)
{
	struct stat st;

	if (in->fd < 0)
		return SW_OK;
	if (fstat(in->fd, &st))
		return sw_fail_errno(err, SW_E_IO, errno, "%s", in->name);
	if (st.st_size < 0 || (uint64_t)st.st_size != in->size ||
	    st.st_mtim.tv_sec != in->changed.tv_sec ||
	    st.st_mtim.tv_nsec != in->changed.tv_nsec)
		return sw_input_fail_changed(in, err);
	return SW_OK;
}
