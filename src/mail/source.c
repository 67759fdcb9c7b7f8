/* SPDX-License-Identifier: MIT */
#include "mail/source.h"

#include "base/file.h"

enum sw_err sw_source_rewind(struct sw_source *s, struct sw_error *err)
{
	return s->ops->rewind(s, err);
}

enum sw_err sw_source_read(struct sw_source *s, char *out, size_t size, size_t *ret_len,
			   struct sw_error *err)
{
	return s->ops->read(s, out, size, ret_len, err);
}

enum sw_err sw_source_each(struct sw_source *s,
			   enum sw_err (*fn)(void *arg, struct sw_slice piece,
					     struct sw_error *err),
			   void *arg, struct sw_error *err)
{
	char chunk[16384];
	size_t len = 1;
	enum sw_err e = sw_source_rewind(s, err);

	while (!e && len > 0) {
		e = sw_source_read(s, chunk, sizeof(chunk), &len, err);
		if (!e && len > 0)
			e = fn(arg, sw_slice(chunk, len), err);
	}
	return e;
}

static enum sw_err write_piece(void *arg, struct sw_slice piece, struct sw_error *err)
{
	return sw_fd_write(*(const int *)arg, piece, err);
}

enum sw_err sw_source_write(struct sw_source *s, int fd, struct sw_error *err)
{
	return sw_source_each(s, write_piece, &fd, err);
}

void sw_source_free(struct sw_source *s)
{
	if (s)
		s->ops->free(s);
}

void sw_source_freep(struct sw_source **s)
{
	sw_source_free(*s);
}
