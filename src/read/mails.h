/* SPDX-License-Identifier: MIT */
/* The messages of files, folders and pipes, one after the other.  A file of any size is read
 * through a window that holds one message at the least. */
#ifndef SW_READ_MAILS_H
#define SW_READ_MAILS_H

#include "base/dir.h"
#include "read/mailbox.h"

struct sw_mails {
	/* A folder: the names that are left are those from `next` on. */
	struct sw_dir_list names[2];
	const char *part[2]; /* "cur", "new", "" */
	size_t part_count, at_part, next;
	char *folder, *file; /* `file` is what is read now */
	/* The file. */
	int fd; /* -1 none */
	bool borrowed, ended, begun, skipping;
	uint64_t size, taken; /* bytes; size 0 unknown */
	size_t index;         /* of the last message, from 1 */
	size_t handed;        /* bytes of the window that were given out */
	struct sw_mailbox_file box;
	struct sw_buf window, plain;
};

struct sw_mails_message {
	const char *file; /* its path; NULL: there is no further message */
	size_t index;     /* in the file, from 1 */
	struct sw_slice bytes;
	bool cut; /* it is longer than SW_MAX_MAIL */
};

void sw_mails_init(struct sw_mails *m);
void sw_mails_fini(struct sw_mails *m);
/* A file, a Maildir (cur and new), an MH folder (names are numbers) or a folder of *.eml
 * files.  What was open before is closed. */
enum sw_err sw_mails_open(struct sw_mails *m, const char *path,
			  struct sw_error *err) SW_MUST_USE;
/* A descriptor, which stays open. */
enum sw_err sw_mails_open_fd(struct sw_mails *m, int fd, const char *name,
			     struct sw_error *err) SW_MUST_USE;
/* Borrowed until the next call.  A file that cannot be read is an error (but SW_E_NOMEM); the
 * next call goes on behind it. */
enum sw_err sw_mails_next(struct sw_mails *m, struct sw_mails_message *ret,
			  struct sw_error *err) SW_MUST_USE;
/* How far what is open was read, of 1000; 0 when nobody knows. */
unsigned sw_mails_permille(const struct sw_mails *m);

#endif
