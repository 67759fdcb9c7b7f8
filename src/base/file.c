/* SPDX-License-Identifier: MIT */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file_private.h"
#include "base/world.h"

/* The whole of a file with a secret: only its first line counts. */
enum { SECRET_FILE_MOST = 4 * SW_MAX_SECRET };

const char *sw_file_kind_name(mode_t mode)
{
	static const struct {
		mode_t type;
		const char *name;
	} kinds[] = {
		{ S_IFDIR, "a directory" },	   { S_IFIFO, "a pipe" },
		{ S_IFCHR, "a character device" }, { S_IFBLK, "a block device" },
		{ S_IFSOCK, "a socket" },	   { S_IFLNK, "a symbolic link" },
	};

	for (size_t i = 0; i < SW_LEN(kinds); i++)
		if ((mode & S_IFMT) == kinds[i].type)
			return kinds[i].name;
	return "something else";
}

/* What kind of our failure an errno of open(2) for reading is. */
static enum sw_err open_code(int os_errno)
{
	switch (os_errno) {
	case EACCES:
	case EPERM:
		return SW_E_PERM;
	case EMFILE:
	case ENFILE:
		return SW_E_OS;
	case ENOMEM:
		return SW_E_NOMEM;
	default:
		return SW_E_NOINPUT;
	}
}

static enum sw_err refuse_open(const char *path, enum sw_file_kind kind, int os_errno,
			       struct sw_error *err)
{
	if (kind == SW_FILE_SECRET && os_errno == ELOOP)
		return sw_fail(err, SW_E_PERM, "%s: is a symbolic link, expected the file with "
			       "the secret itself", path);
	/* What open(2) says for a socket. */
	if (os_errno == ENXIO)
		return sw_fail(err, SW_E_NOINPUT, "%s: is a socket or a device without a "
			       "driver, expected a regular file", path);
	return sw_fail_errno(err, open_code(os_errno), os_errno, "%s", path);
}

static bool is_exposed(const struct stat *st)
{
	return (st->st_mode & (S_IRGRP | S_IROTH)) ||
	       (st->st_uid != geteuid() && st->st_uid != 0);
}

static enum sw_err check_secret(const char *path, const struct stat *st, struct sw_error *err)
{
	if (st->st_uid != geteuid() && st->st_uid != 0)
		return sw_fail(err, SW_E_PERM, "%s: belongs to user %u, a file with a secret "
			       "must belong to user %u or root", path, st->st_uid, geteuid());
	if (st->st_mode & (S_IRWXG | S_IRWXO))
		return sw_fail(err, SW_E_PERM, "%s: has mode %04o, others can read a secret "
			       "in it; expected 0600 (chmod 600)", path, st->st_mode & 07777u);
	return SW_OK;
}

enum sw_err sw_file_check(int fd, const char *path, enum sw_file_kind kind,
			      struct stat *st, struct sw_error *err)
{
	if (fstat(fd, st))
		return sw_fail_errno(err, SW_E_OS, errno, "%s", path);
	if (!S_ISREG(st->st_mode))
		return sw_fail(err, SW_E_NOINPUT, "%s: is %s, expected a regular file", path,
			       sw_file_kind_name(st->st_mode));
	return kind == SW_FILE_SECRET ? check_secret(path, st, err) : SW_OK;
}

enum sw_err sw_file_open(const char *path, enum sw_file_kind kind, int *ret_fd,
			 uint64_t *ret_size, struct sw_error *err)
{
	struct stat st;
	/* O_NONBLOCK: open(2) waits for the other end of a FIFO otherwise. */
	int flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;

	if (kind == SW_FILE_SECRET)
		flags |= O_NOFOLLOW;
	int fd = open(path, flags);

	if (fd < 0)
		return refuse_open(path, kind, errno, err);
	enum sw_err code = sw_file_check(fd, path, kind, &st, err);

	if (code) {
		close(fd);
		return code;
	}
	/* Files of the kernel claim to be regular and empty, and some wait for events
	 * (/proc/kmsg): those keep the flag and give EAGAIN. */
	if (st.st_size > 0)
		fcntl(fd, F_SETFL, 0);
	*ret_fd = fd;
	*ret_size = st.st_size > 0 ? (uint64_t)st.st_size : 0;
	return SW_OK;
}

bool sw_file_is_exposed(int fd)
{
	struct stat st;

	/* What cannot be looked at counts as exposed. */
	return fstat(fd, &st) || is_exposed(&st);
}

/* Waits until a read would not block; false after the deadline. */
static bool wait_readable(int fd, uint64_t deadline_us)
{
	const struct sw_world *world = sw_world_real();
	struct pollfd p = { .fd = fd, .events = POLLIN };

	for (;;) {
		uint64_t now = world->now_us(world->arg);
		uint64_t left_ms = deadline_us > now ? (deadline_us - now + 999) / 1000 : 0;
		int wait_ms = deadline_us == SW_NEVER ? -1 : (int)sw_min_u64(left_ms, INT_MAX);
		int got = poll(&p, 1, wait_ms);

		/* Errors and hang-ups are for read(2) to tell. */
		if (got > 0 || (got < 0 && errno != EINTR))
			return true;
		if (got == 0 && (uint64_t)wait_ms >= left_ms)
			return false;
	}
}

/* read(2) with its interruptions hidden.  Negative with errno; ETIME after the deadline. */
static ssize_t read_some(int fd, char *place, size_t len, uint64_t deadline_us)
{
	for (;;) {
		if (deadline_us != SW_NEVER && !wait_readable(fd, deadline_us)) {
			errno = ETIME;
			return -1;
		}
		ssize_t got = read(fd, place, len);

		if (got >= 0 || (errno != EINTR && errno != EAGAIN))
			return got;
		/* Somebody shares a descriptor with us that does not block. */
		if (errno == EAGAIN && deadline_us == SW_NEVER)
			wait_readable(fd, SW_NEVER);
	}
}

static enum sw_err read_failed(int os_errno, const char *what, struct sw_error *err)
{
	if (os_errno == ETIME)
		return sw_fail(err, SW_E_IO, "%s: did not end in time", what);
	return sw_fail_errno(err, SW_E_IO, os_errno, "%s: reading failed", what);
}

/* Until the end, or one byte beyond `max`.  Sizes that anybody claims are not trusted. */
static enum sw_err read_all(int fd, size_t max, uint64_t deadline_us, const char *what,
			    struct sw_buf *out, struct sw_error *err)
{
	size_t before = sw_buf_len(out);

	for (;;) {
		size_t left = max - (sw_buf_len(out) - before);
		size_t room = out->max - sw_buf_len(out);
		size_t chunk = (size_t)sw_min_u64(SW_READ_CHUNK, sw_min_u64(left, room));
		char probe;
		char *place = chunk ? sw_buf_reserve(out, chunk) : &probe;

		if (!place)
			return sw_fail_nomem(err);
		ssize_t got = read_some(fd, place, chunk ? chunk : 1, deadline_us);

		if (got == 0)
			return SW_OK;
		if (got < 0)
			return read_failed(errno, what, err);
		if (!chunk)
			return sw_fail(err, SW_E_LIMIT, "%s: has more than %zu bytes", what,
				       (size_t)sw_min_u64(max, out->max - before));
		sw_buf_commit(out, (size_t)got);
	}
}

enum sw_err sw_fd_read(int fd, size_t max, uint64_t deadline_us, const char *what,
		       struct sw_buf *out, struct sw_error *err)
{
	size_t before = sw_buf_len(out);
	enum sw_err code = read_all(fd, max, deadline_us, what, out, err);

	if (code)
		sw_buf_truncate(out, before);
	return code;
}

enum sw_err sw_file_read(const char *path, enum sw_file_kind kind, size_t max,
			 struct sw_buf *out, struct sw_error *err)
{
	int fd = -1;
	uint64_t size = 0;
	enum sw_err code = sw_file_open(path, kind, &fd, &size, err);

	if (code)
		return code;
	/* Only to be told early, and for one allocation; the reading counts for itself. */
	if (size > max)
		code = sw_fail(err, SW_E_LIMIT, "%s: has more than %zu bytes", path, max);
	else if (size <= out->max - sw_buf_len(out) && !sw_buf_reserve(out, (size_t)size))
		code = sw_fail_nomem(err);
	else
		/* A regular file that makes us wait is none: no time for it. */
		code = sw_fd_read(fd, max, size ? SW_NEVER : 0, path, out, err);
	close(fd);
	return code;
}

enum sw_err sw_file_read_secret(const char *path, struct sw_secret *ret, struct sw_error *err)
{
	struct sw_buf text = { .max = SECRET_FILE_MOST, .secret = true };
	enum sw_err code = sw_file_read(path, SW_FILE_SECRET, SECRET_FILE_MOST, &text, err);

	if (!code)
		code = sw_secret_first_line(ret, sw_buf_slice(&text), path, err);
	sw_buf_wipe(&text);
	return code;
}
