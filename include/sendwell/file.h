/* SPDX-License-Identifier: MIT */
/* Reading and writing whole files the careful way, for programs around the library: configuration, saved
 * cases, transcripts. Nothing here waits: a FIFO, a directory or a device is refused with what it is. */
#ifndef SENDWELL_FILE_H
#define SENDWELL_FILE_H

#include <stddef.h>

#include <sendwell/export.h>
#include <sendwell/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A file that was read. All zero is a valid empty one. */
struct sw_file {
	char *bytes;	/* followed by a NUL that is not counted; NULL when nothing was read */
	size_t len;
	int exposed;	/* group or others may read it, or it is neither ours nor root's */
};

/* Reads a regular file of at most `max` bytes (SW_E_LIMIT). What went wrong is written to `text` (size
 * bytes with the NUL; one printable line that names the file); NULL: not wanted. *ret is untouched on
 * failure. SW_E_NOINPUT: not there or no regular file; SW_E_PERM: may not be read. */
SW_EXPORT enum sw_err sw_file_load(const char *path, size_t max, struct sw_file *ret, char *text,
				   size_t text_size);
/* Overwrites and frees the bytes; the struct is empty afterwards. */
SW_EXPORT void sw_file_clear(struct sw_file *file);
/* Puts a file of that mode (as chmod) in place of an old one: whoever reads sees the old content or the
 * whole new one, also after a crash. SW_E_CREATE, SW_E_IO. */
SW_EXPORT enum sw_err sw_file_save(const char *path, unsigned mode, const void *bytes, size_t len,
				   char *text, size_t text_size);
/* Opens a file of our own that grows by lines, with what it held (`keep`) or empty, and made with that
 * mode if need be. Nobody else who opens it so may have it at the same time. The caller closes *ret_fd.
 * SW_E_CREATE, SW_E_PERM. */
SW_EXPORT enum sw_err sw_file_grow(const char *path, unsigned mode, int keep,
						int *ret_fd, char *text, size_t text_size);
/* All bytes, however many writes it takes. SW_E_IO. */
SW_EXPORT enum sw_err sw_file_write_all(int fd, const void *bytes, size_t len, char *text,
					size_t text_size);
/* Makes a directory and those above it, mode 0700 for what is new. One that exists is fine. */
SW_EXPORT enum sw_err sw_file_make_dir(const char *path, char *text, size_t text_size);

#ifdef __cplusplus
}
#endif
#endif
