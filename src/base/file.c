/* SPDX-License-Identifier: MIT */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/world.h"

/* The whole of a file with a secret: only its first line counts. */
enum { SECRET_FILE_MOST = 4 * SW_MAX_SECRET };

static const char *kind_name(mode_t mode)
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

static enum sw_err check_open(int fd, const char *path, enum sw_file_kind kind,
			      struct stat *st, struct sw_error *err)
{
	if (fstat(fd, st))
		return sw_fail_errno(err, SW_E_OS, errno, "%s", path);
	if (!S_ISREG(st->st_mode))
		return sw_fail(err, SW_E_NOINPUT, "%s: is %s, expected a regular file", path,
			       kind_name(st->st_mode));
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
	enum sw_err code = check_open(fd, path, kind, &st, err);

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

enum sw_err sw_fd_write(int fd, struct sw_slice content, struct sw_error *err)
{
	while (content.len) {
		ssize_t put = write(fd, content.ptr, content.len);

		if (put > 0) {
			content = sw_slice_from(content, (size_t)put);
			continue;
		}
		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0 && errno == EAGAIN) {
			struct pollfd p = { .fd = fd, .events = POLLOUT };

			poll(&p, 1, -1);
			continue;
		}
		return sw_fail_errno(err, SW_E_IO, put < 0 ? errno : ENOSPC, "writing failed");
	}
	return SW_OK;
}

enum sw_err sw_file_create(const char *path, unsigned mode, int *ret_fd, struct sw_error *err)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC, mode);

	if (fd < 0)
		return sw_fail_errno(err, SW_E_CREATE, errno, "%s", path);
	*ret_fd = fd;
	return SW_OK;
}

enum sw_err sw_file_append(const char *path, unsigned mode, struct sw_slice content,
			   struct sw_error *err)
{
	const int flags = O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY |
			  O_CLOEXEC;
	struct stat st;
	int fd = open(path, flags, mode);

	if (fd < 0)
		return sw_fail_errno(err, SW_E_CREATE, errno, "%s", path);
	enum sw_err e = check_open(fd, path, SW_FILE_INPUT, &st, err);

	if (!e && st.st_uid != geteuid())
		e = sw_fail(err, SW_E_PERM, "%s: belongs to somebody else", path);
	if (!e)
		e = sw_fd_write(fd, content, err);
	if (close(fd) && !e)
		e = sw_fail_errno(err, SW_E_OS, errno, "%s", path);
	return e;
}

enum sw_err sw_file_open_growing(const char *path, unsigned mode, bool keep, int *ret_fd,
				 struct sw_error *err)
{
	const int flags = O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY |
			  O_CLOEXEC;
	struct stat st;
	int fd = open(path, flags, mode);

	if (fd < 0)
		return sw_fail_errno(err, SW_E_CREATE, errno, "%s", path);
	enum sw_err e = check_open(fd, path, SW_FILE_INPUT, &st, err);

	if (!e && st.st_uid != geteuid())
		e = sw_fail(err, SW_E_PERM, "%s: belongs to somebody else", path);
	if (!e && flock(fd, LOCK_EX | LOCK_NB))
		e = sw_fail(err, SW_E_CREATE, "%s: another process is writing it", path);
	if (!e && !keep && ftruncate(fd, 0))
		e = sw_fail_errno(err, SW_E_CREATE, errno, "%s", path);
	if (e)
		close(fd);
	else
		*ret_fd = fd;
	return e;
}

/* The directory of a path, opened; *ret_base points to the last part. */
static int open_parent(const char *path, const char **ret_base)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
	const char *slash = strrchr(path, '/');

	*ret_base = slash ? slash + 1 : path;
	if (!slash)
		return open(".", flags);
	char *dir = sw_dup(sw_slice(path, slash == path ? 1 : (size_t)(slash - path)));

	if (!dir) {
		errno = ENOMEM;
		return -1;
	}
	int fd = open(dir, flags);
	int saved = errno;

	sw_free(dir);
	errno = saved;
	return fd;
}

enum { TEMP_NAME = 40 };

/* A name that nobody guesses, so that nobody can be there first. */
static bool temp_name(char name[TEMP_NAME])
{
	const struct sw_world *world = sw_world_real();
	unsigned char r[8];

	if (!world->random(world->arg, r, sizeof(r)))
		return false;
	snprintf(name, TEMP_NAME, ".sendwell-%02x%02x%02x%02x%02x%02x%02x%02x.tmp", r[0], r[1],
		 r[2], r[3], r[4], r[5], r[6], r[7]);
	return true;
}

static enum sw_err write_temp(int dir_fd, const char *name, unsigned mode,
			      struct sw_slice content, struct sw_error *err)
{
	int fd = openat(dir_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0)
		return sw_fail_errno(err, SW_E_CREATE, errno, "a new file cannot be made");
	enum sw_err code = sw_fd_write(fd, content, err);

	/* The mode last, and not through umask. */
	if (!code && (fchmod(fd, mode) || fsync(fd)))
		code = sw_fail_errno(err, SW_E_IO, errno, "writing failed");
	if (close(fd) && !code && errno != EINTR)
		code = sw_fail_errno(err, SW_E_IO, errno, "writing failed");
	return code;
}

static enum sw_err replace_in(int dir_fd, const char *base, unsigned mode,
			      struct sw_slice content, struct sw_error *err)
{
	char name[TEMP_NAME];

	if (!temp_name(name))
		return sw_fail_errno(err, SW_E_OS, errno, "no random bytes");
	enum sw_err code = write_temp(dir_fd, name, mode, content, err);

	if (!code && renameat(dir_fd, name, dir_fd, base))
		code = sw_fail_errno(err, SW_E_CREATE, errno, "cannot be replaced");
	if (code) {
		unlinkat(dir_fd, name, 0);
		return code;
	}
	/* Some file systems have nothing to sync in a directory. */
	if (fsync(dir_fd) && errno != EINVAL)
		return sw_fail_errno(err, SW_E_IO, errno, "the directory cannot be synced");
	return SW_OK;
}

enum sw_err sw_file_replace(const char *path, unsigned mode, struct sw_slice content,
			    struct sw_error *err)
{
	const char *base;
	int dir_fd = open_parent(path, &base);
	struct sw_error why;

	if (dir_fd < 0)
		return sw_fail_errno(err, errno == ENOMEM ? SW_E_NOMEM : SW_E_CREATE, errno, "%s",
				     path);
	enum sw_err code = replace_in(dir_fd, base, mode, content, &why);

	close(dir_fd);
	if (code && err) {
		sw_fail(err, code, "%s: %s", path, why.text);
		err->os_errno = why.os_errno;
	}
	return code;
}

/* For file systems without O_TMPFILE. */
static int temp_unlinked(const char *dir)
{
	char name[TEMP_NAME];
	int dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (dir_fd < 0)
		return -1;
	int fd = -1;

	if (temp_name(name))
		fd = openat(dir_fd, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
			    0600);
	int saved = errno;

	if (fd >= 0)
		unlinkat(dir_fd, name, 0);
	close(dir_fd);
	errno = saved;
	return fd;
}

enum sw_err sw_file_temp(int *ret_fd, struct sw_error *err)
{
	const char *dir = secure_getenv("TMPDIR");

	if (!dir || !*dir)
		dir = "/tmp";
	int fd = open(dir, O_TMPFILE | O_RDWR | O_EXCL | O_CLOEXEC, 0600);

	/* EISDIR: a kernel that does not know the flag. */
	if (fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL))
		fd = temp_unlinked(dir);
	if (fd < 0)
		return sw_fail_errno(err, SW_E_CREATE, errno, "%s: no temporary file", dir);
	*ret_fd = fd;
	return SW_OK;
}

enum sw_err sw_file_try_lock(const char *path, int *ret_fd, struct sw_error *err)
{
	struct stat st;
	int fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);

	if (fd < 0 || fstat(fd, &st)) {
		enum sw_err e = sw_fail_errno(err, SW_E_CREATE, errno, "%s: no lock file", path);

		if (fd >= 0)
			close(fd);
		return e;
	}
	if (!S_ISREG(st.st_mode)) {
		close(fd);
		return sw_fail(err, SW_E_CREATE, "%s: no regular file, expected a lock", path);
	}
	if (flock(fd, LOCK_EX | LOCK_NB)) {
		int saved = errno;

		close(fd);
		fd = -1;
		if (saved != EWOULDBLOCK && saved != EINTR)
			return sw_fail_errno(err, SW_E_OS, saved, "%s: no lock", path);
	}
	*ret_fd = fd;
	return SW_OK;
}

/* Makes every directory on the way; `path` is changed meanwhile. */
static int make_all(char *path)
{
	for (char *at = path; *at; at++) {
		if (at == path || *at != '/')
			continue;
		*at = '\0';
		/* What is there but is no directory shows in the next step. */
		int failed = mkdir(path, 0700) && errno != EEXIST;

		*at = '/';
		if (failed)
			return -1;
	}
	return mkdir(path, 0700) && errno != EEXIST ? -1 : 0;
}

enum sw_err sw_dir_make(const char *path, struct sw_error *err)
{
	struct stat st;
	char *copy = sw_strdup(path);

	if (!copy)
		return sw_fail_nomem(err);
	int failed = make_all(copy);
	int saved = errno;

	sw_free(copy);
	if (failed)
		return sw_fail_errno(err, SW_E_CREATE, saved, "%s: no directory", path);
	if (stat(path, &st))
		return sw_fail_errno(err, SW_E_CREATE, errno, "%s", path);
	if (!S_ISDIR(st.st_mode))
		return sw_fail(err, SW_E_CREATE, "%s: is there, but is no directory", path);
	return SW_OK;
}
