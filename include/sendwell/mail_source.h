/* SPDX-License-Identifier: MIT */
/* The messages of files, folders and pipes, one after the other. A file of any size is read in pieces, so
 * that memory holds one message. */
#ifndef SENDWELL_MAIL_SOURCE_H
#define SENDWELL_MAIL_SOURCE_H

#include <stddef.h>

#include <sendwell/export.h>
#include <sendwell/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct sw_mail_source;

/* NULL only without memory. */
SW_EXPORT struct sw_mail_source *sw_mail_source_new(void);
SW_EXPORT void sw_mail_source_free(struct sw_mail_source *m);
/* A file (one message, an mbox of any kind, MMDF), a Maildir (cur and new), an MH folder (names are
 * numbers) or a folder of *.eml, *.mbox and *.mail files. What was open before is closed. SW_E_NOINPUT:
 * none of these; SW_E_PERM: may not be read. A FIFO or a device is refused, never waited for. */
SW_EXPORT enum sw_err sw_mail_source_open(struct sw_mail_source *m, const char *path);
/* A descriptor, of a pipe or whatever, which stays open; `name` is what its messages' `file` says. */
SW_EXPORT enum sw_err sw_mail_source_open_fd(struct sw_mail_source *m, int fd, const char *name);

struct sw_mail {
	const char *file;	/* path of its file; NULL: there is no further message */
	size_t index;		/* in the file, from 1 */
	const char *bytes;
	size_t len;
	int cut;		/* longer than 32 MiB: this is the beginning */
};
/* The next message, borrowed until the next call. An error is that of one file; the next call goes on
 * behind it. */
SW_EXPORT enum sw_err sw_mail_source_next(struct sw_mail_source *m, struct sw_mail *ret);
/* How far what is open was read, of 1000; 0 when nobody knows (a pipe). */
SW_EXPORT unsigned sw_mail_source_permille(const struct sw_mail_source *m);
/* What the last failed call found wrong, one printable line that names the file; "" when none failed. */
SW_EXPORT const char *sw_mail_source_error_text(const struct sw_mail_source *m);

#ifdef __cplusplus
}
#endif
#endif
