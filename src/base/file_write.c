/* SPDX-License-Identifier: MIT */
/* Files that we write: new ones, whole ones in place of others, growing ones, locks. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file_private.h"
#include "base/mem.h"
#include "base/world.h"

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

/* A regular file of our own, opened for appending; made when it is not there. */
static enum sw_err open_own(const char *path, int access, unsigned mode, int *ret_fd,
			    struct sw_error *err)
{
	const int flags = O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
	struct stat st;
	int fd = open(path, access | flags, mode);

	if (fd < 0)
		return sw_fail_errno(err, SW_E_CREATE, errno, "%s", path);
	enum sw_err e = sw_file_check(fd, path, SW_FILE_INPUT, &st, err);

	if (!e && st.st_uid != geteuid())
		e = sw_fail(err, SW_E_PERM, "%s: belongs to somebody else", path);
	if (e)
		close(fd);
	else
		*ret_fd = fd;
	return e;
}

enum sw_err sw_file_append(const char *path, unsigned mode, struct sw_slice content,
			   struct sw_error *err)
{
	int fd = -1;
	enum sw_err e = open_own(path, O_WRONLY, mode, &fd, err);

	if (e)
		return e;
	e = sw_fd_write(fd, content, err);
	if (close(fd) && !e)
		e = sw_fail_errno(err, SW_E_OS, errno, "%s", path);
	return e;
}

enum sw_err sw_file_open_growing(const char *path, unsigned mode, bool keep, int *ret_fd,
				 struct sw_error *err)
{
	int fd = -1;
	enum sw_err e = open_own(path, O_RDWR, mode, &fd, err);

	if (e)
		return e;
	if (flock(fd, LOCK_EX | LOCK_NB))
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

/* Gives a file a name that nobody has; 0 or an errno. */
static int rename_fresh(int dir_fd, const char *name, const char *base)
{
	if (linkat(dir_fd, name, dir_fd, base, 0) == 0) {
		unlinkat(dir_fd, name, 0);
		return 0;
	}
	/* File systems without hard links have this, mostly. */
	if (errno != EEXIST && renameat2(dir_fd, name, dir_fd, base, RENAME_NOREPLACE) == 0)
		return 0;
	return errno;
}

static int rename_over(int dir_fd, const char *name, const char *base)
{
	return renameat(dir_fd, name, dir_fd, base) ? errno : 0;
}

static enum sw_err put_in(int dir_fd, const char *base, unsigned mode, bool fresh,
			  struct sw_slice content, struct sw_error *err)
{
	char name[TEMP_NAME];

	if (!temp_name(name))
		return sw_fail_errno(err, SW_E_OS, errno, "no random bytes");
	enum sw_err code = write_temp(dir_fd, name, mode, content, err);

	int failed = code ? 0 : (fresh ? rename_fresh : rename_over)(dir_fd, name, base);

	if (failed)
		code = sw_fail_errno(err, SW_E_CREATE, failed, "cannot be %s",
				     fresh ? "made" : "replaced");
	if (code) {
		unlinkat(dir_fd, name, 0);
		return code;
	}
	/* Some file systems have nothing to sync in a directory. */
	if (fsync(dir_fd) && errno != EINVAL)
		return sw_fail_errno(err, SW_E_IO, errno, "the directory cannot be synced");
	return SW_OK;
}

/* A rename would put a file in the place of a device, of a FIFO, or of a link that leads to one
 * (/dev/stdout): for the whole machine, when root asks for it. Nobody means that. */
static enum sw_err check_old(int dir_fd, const char *base, struct sw_error *err)
{
	struct stat st;

	if (fstatat(dir_fd, base, &st, 0) || S_ISREG(st.st_mode) || S_ISDIR(st.st_mode))
		return SW_OK; /* of a directory rename tells */
	return sw_fail(err, SW_E_CREATE, "is %s, expected a regular file",
		       sw_file_kind_name(st.st_mode));
}

static enum sw_err put(const char *path, unsigned mode, bool fresh, struct sw_slice content,
		       struct sw_error *err)
{
	const char *base;
	int dir_fd = open_parent(path, &base);
	struct sw_error why;

	if (dir_fd < 0)
		return sw_fail_errno(err, errno == ENOMEM ? SW_E_NOMEM : SW_E_CREATE, errno, "%s",
				     path);
	enum sw_err code = check_old(dir_fd, base, &why);

	if (!code)
		code = put_in(dir_fd, base, mode, fresh, content, &why);

	close(dir_fd);
	if (code && err) {
		sw_fail(err, code, "%s: %s", path, why.text);
		err->os_errno = why.os_errno;
	}
	return code;
}

enum sw_err sw_file_replace(const char *path, unsigned mode, struct sw_slice content,
			    struct sw_error *err)
{
	return put(path, mode, false, content, err);
}

enum sw_err sw_file_place(const char *path, unsigned mode, struct sw_slice content,
			  struct sw_error *err)
{
	return put(path, mode, true, content, err);
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
