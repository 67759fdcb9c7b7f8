/* SPDX-License-Identifier: MIT */
/* The only opener of files.  What is opened is looked at after opening (fstat, never stat), so
 * nobody can swap it in between.  Every descriptor is close-on-exec. */
#ifndef SW_BASE_FILE_H
#define SW_BASE_FILE_H

#include "base/buf.h"
#include "base/secret.h"

enum sw_file_kind {
	SW_FILE_INPUT,	/* a message, an attachment, a CA file: must be a regular file */
	SW_FILE_SECRET,	/* as INPUT, and owned by us or root, not accessible to group or others,
			 * no symbolic link at the last step */
	SW_FILE_CONFIG,	/* as INPUT; whether others can read it is reported, see below */
};

/* Opens for reading.  A FIFO, directory, device or socket is refused at once with what it is
 * (SW_E_NOINPUT), never waited for; a SECRET that others can read gives SW_E_PERM with its mode.
 * *ret_size is the size in bytes. */
enum sw_err sw_file_open(const char *path, enum sw_file_kind kind, int *ret_fd,
			 uint64_t *ret_size, struct sw_error *err) SW_MUST_USE;
/* Whether group or others may read the open file, or it belongs to somebody else. */
bool sw_file_is_exposed(int fd);
/* Reads a whole file, at most `max` bytes (SW_E_LIMIT), into out (appended). */
enum sw_err sw_file_read(const char *path, enum sw_file_kind kind, size_t max,
			 struct sw_buf *out, struct sw_error *err) SW_MUST_USE;
/* Reads a descriptor to its end, at most `max` bytes and until deadline_us of the monotonic
 * clock (SW_NEVER: none). `what` names it in errors ("standard input"). */
enum sw_err sw_fd_read(int fd, size_t max, uint64_t deadline_us, const char *what,
		       struct sw_buf *out, struct sw_error *err) SW_MUST_USE;
/* A secret: first line of a SECRET file, without its line end.  Refuses NUL bytes, an empty
 * line and more than SW_MAX_SECRET. */
enum sw_err sw_file_read_secret(const char *path, struct sw_secret *ret,
				struct sw_error *err) SW_MUST_USE;

/* Writes a new file in place of an old one: temporary file beside it (O_EXCL, given mode),
 * write, fsync, rename, fsync of the directory.  Either the old or the whole new content is
 * there afterwards. */
enum sw_err sw_file_replace(const char *path, unsigned mode, struct sw_slice content,
			    struct sw_error *err) SW_MUST_USE;
/* The same for a file that is not there yet: whole or not at all, and of several who do so at
 * once one alone is first. The others fail with SW_E_CREATE and the errno EEXIST. */
enum sw_err sw_file_place(const char *path, unsigned mode, struct sw_slice content,
			  struct sw_error *err) SW_MUST_USE;
/* Appends to a file, in one piece among others that do so too; makes it with that mode. No
 * symbolic link at the last step, only a regular file of our own. */
enum sw_err sw_file_append(const char *path, unsigned mode, struct sw_slice content,
			   struct sw_error *err) SW_MUST_USE;
/* The same for many pieces: opens it for reading and appending, alone (flock, never waits), with what it
 * held or empty. Caller closes *ret_fd. */
enum sw_err sw_file_open_growing(const char *path, unsigned mode, bool keep, int *ret_fd,
				 struct sw_error *err) SW_MUST_USE;
/* Creates a file that must not exist yet (O_EXCL|O_NOFOLLOW); caller closes *ret_fd. */
enum sw_err sw_file_create(const char *path, unsigned mode, int *ret_fd,
			   struct sw_error *err) SW_MUST_USE;
/* All bytes, through EINTR and short writes. */
enum sw_err sw_fd_write(int fd, struct sw_slice content, struct sw_error *err) SW_MUST_USE;
/* Takes a lock between processes: a file at `path` (made if need be, mode 0600, its content means
 * nothing) under flock. Never waits: *ret_fd is -1 when somebody else has it. Closing gives it
 * back. */
enum sw_err sw_file_try_lock(const char *path, int *ret_fd, struct sw_error *err) SW_MUST_USE;
/* A nameless temporary file for reading and writing, in $TMPDIR or /tmp. */
enum sw_err sw_file_temp(int *ret_fd, struct sw_error *err) SW_MUST_USE;
/* Makes a directory and those above it, mode 0700 for what is new. */
enum sw_err sw_dir_make(const char *path, struct sw_error *err) SW_MUST_USE;

#endif
