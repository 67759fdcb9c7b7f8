/* SPDX-License-Identifier: MIT */
#include "mail/source.h"

enum sw_err sw_source_rewind(struct sw_source *s, struct sw_error *err)
{
	return s->ops->rewind(s, err);
}

enum sw_err sw_source_read(struct sw_source *s, char *out, size_t size, size_t *ret_len,
			   struct sw_error *err)
{
	return s->ops->read(s, out, size, ret_len, err);
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
