/* SPDX-License-Identifier: MIT */
/* Bytes that are read more than once and must be the same each time: a regular file that stays
 * open, or memory.  A pipe is read to its end first. */
#ifndef SW_MAIL_INPUT_H
#define SW_MAIL_INPUT_H

#include <time.h>

#include "base/buf.h"

/* `fd` -1: the bytes are in `memory`. */
struct sw_input {
	char *name;		/* for errors */
	struct sw_buf memory;
	int fd;
	uint64_t size;		/* fixed when it was made */
	struct timespec changed;
};

/* All zero but for fd -1: what fini accepts. */
void sw_input_init(struct sw_input *in);
void sw_input_fini(struct sw_input *in);
/* The three makers take an initialised input; on failure it is empty again. */
enum sw_err sw_input_file(struct sw_input *in, const char *path,
			  struct sw_error *err) SW_MUST_USE;
enum sw_err sw_input_memory(struct sw_input *in, struct sw_slice bytes, const char *name,
			    struct sw_error *err) SW_MUST_USE;
/* Reads fd to its end (the caller keeps it), into memory up to SW_SPOOL_IN_MEMORY, what is
 * larger into a nameless file. */
enum sw_err sw_input_spool(struct sw_input *in, int fd, const char *name,
			   struct sw_error *err) SW_MUST_USE;

/* The same from a function: up to `size` bytes, *ret_len 0 at the end. */
typedef enum sw_err (*sw_input_fn)(void *arg, char *out, size_t size, size_t *ret_len,
				   struct sw_error *err);
enum sw_err sw_input_pull(struct sw_input *in, sw_input_fn fn, void *arg, const char *name,
			  struct sw_error *err) SW_MUST_USE;

/* A piece from `offset` on, empty only at the end: in memory, or read into `room`.  SW_E_IO
 * when the file ends before its size. */
enum sw_err sw_input_at(const struct sw_input *in, uint64_t offset, char *room,
			size_t room_size, struct sw_slice *ret,
			struct sw_error *err) SW_MUST_USE;
/* SW_E_IO when the file is not what it was when it was opened. */
enum sw_err sw_input_check(const struct sw_input *in, struct sw_error *err) SW_MUST_USE;
/* The report that sw_input_check would give. */
enum sw_err sw_input_fail_changed(const struct sw_input *in, struct sw_error *err);

#endif
