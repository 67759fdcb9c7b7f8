/* SPDX-License-Identifier: MIT */
#include "base/buf.h"

#include <stdio.h>

#include "base/mem.h"
#include "base/secret.h"

enum { SMALLEST = 64 };

void sw_buf_init(struct sw_buf *b, size_t max)
{
	*b = (struct sw_buf){ .max = max };
}

void sw_buf_fini(struct sw_buf *b)
{
	if (b->data && b->secret)
		sw_wipe(b->data, b->cap + 1);
	sw_free(b->data);
	*b = (struct sw_buf){ .max = b->max, .secret = b->secret };
}

void sw_buf_wipe(struct sw_buf *b)
{
	if (b->data)
		sw_wipe(b->data, b->cap + 1);
	sw_buf_fini(b);
}

struct sw_slice sw_buf_slice(const struct sw_buf *b)
{
	return b->data ? sw_slice(b->data + b->start, b->end - b->start) :
			 (struct sw_slice){ NULL, 0 };
}

const char *sw_buf_str(const struct sw_buf *b)
{
	if (!b->data)
		return "";
	/* Whoever reserved room and kept nothing may have written over the NUL. */
	b->data[b->end] = '\0';
	return b->data + b->start;
}

static void compact(struct sw_buf *b)
{
	memmove(b->data, b->data + b->start, b->end - b->start);
	b->end -= b->start;
	b->start = 0;
}

static bool grow(struct sw_buf *b, size_t need)
{
	size_t len = sw_buf_len(b);
	size_t cap = b->cap > b->max / 2 ? b->max : b->cap * 2;

	if (cap < SMALLEST)
		cap = SMALLEST < b->max ? SMALLEST : b->max;
	if (cap < need)
		cap = need;
	if (cap == SIZE_MAX)
		return false;
	/* Not realloc: it would copy consumed bytes, and leave secrets behind. */
	char *data = sw_malloc(cap + 1);

	if (!data)
		return false;
	if (b->data)
		memcpy(data, b->data + b->start, len);
	if (b->data && b->secret)
		sw_wipe(b->data, b->cap + 1);
	sw_free(b->data);
	b->data = data;
	b->start = 0;
	b->end = len;
	b->cap = cap;
	return true;
}

char *sw_buf_reserve(struct sw_buf *b, size_t len)
{
	size_t have = sw_buf_len(b);

	b->full = len > b->max || have > b->max - len;
	if (b->full)
		return NULL;
	if (!b->data || b->cap - b->end < len) {
		/* Moving costs what is left, and was paid for by what was consumed; only a
		 * buffer that cannot grow further moves for less. */
		bool worth = b->start >= have || b->cap >= b->max;

		if (b->data && b->cap - have >= len && worth)
			compact(b);
		else if (!grow(b, have + len))
			return NULL;
	}
	b->data[b->end] = '\0';
	return b->data + b->end;
}

void sw_buf_commit(struct sw_buf *b, size_t len)
{
	if (!b->data)
		return;
	b->end += len < b->cap - b->end ? len : b->cap - b->end;
	b->data[b->end] = '\0';
}

/* Why sw_buf_reserve said no. */
static enum sw_err refusal(const struct sw_buf *b)
{
	return b->full ? SW_E_LIMIT : SW_E_NOMEM;
}

enum sw_err sw_buf_fail(const struct sw_buf *b, const char *what, struct sw_error *err)
{
	return b->full ? sw_fail(err, SW_E_LIMIT, "%s: longer than %zu bytes", what, b->max)
		       : sw_fail_nomem(err);
}

enum sw_err sw_buf_add(struct sw_buf *b, struct sw_slice s)
{
	char *room = sw_buf_reserve(b, s.len);

	if (!room)
		return refusal(b);
	if (s.len)
		memcpy(room, s.ptr, s.len);
	sw_buf_commit(b, s.len);
	return SW_OK;
}

enum sw_err sw_buf_add_str(struct sw_buf *b, const char *s)
{
	return sw_buf_add(b, sw_slice_str(s));
}

enum sw_err sw_buf_add_char(struct sw_buf *b, char c)
{
	return sw_buf_add(b, sw_slice(&c, 1));
}

enum sw_err sw_buf_vprintf(struct sw_buf *b, const char *fmt, va_list args)
{
	va_list again;
	size_t have = sw_buf_len(b);
	/* Capacity never exceeds max, so what fits here is within the limit. */
	size_t room = b->data ? b->cap - b->end : 0;

	if (room > b->max - have)
		room = b->max - have;
	va_copy(again, args);
	int len = vsnprintf(room ? b->data + b->end : NULL, room ? room + 1 : 0, fmt, again);

	va_end(again);
	if (room)
		b->data[b->end + (len > 0 && (size_t)len <= room ? (size_t)len : 0)] = '\0';
	if (len < 0)
		return SW_E_INTERNAL;
	if ((size_t)len > room) {
		char *place = sw_buf_reserve(b, (size_t)len);

		if (!place)
			return refusal(b);
		vsnprintf(place, (size_t)len + 1, fmt, args);
	}
	sw_buf_commit(b, (size_t)len);
	return SW_OK;
}

enum sw_err sw_buf_printf(struct sw_buf *b, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	enum sw_err code = sw_buf_vprintf(b, fmt, args);

	va_end(args);
	return code;
}

void sw_buf_consume(struct sw_buf *b, size_t len)
{
	if (len >= sw_buf_len(b)) {
		sw_buf_clear(b);
		return;
	}
	b->start += len;
}

void sw_buf_truncate(struct sw_buf *b, size_t len)
{
	if (len >= sw_buf_len(b))
		return;
	b->end = b->start + len;
	b->data[b->end] = '\0';
}

void sw_buf_clear(struct sw_buf *b)
{
	b->start = b->end = 0;
	b->full = false;
	if (b->data)
		b->data[0] = '\0';
}

char *sw_buf_take(struct sw_buf *b)
{
	if (!b->data)
		return sw_strdup("");
	compact(b);
	b->data[b->end] = '\0';
	char *content = b->data;

	*b = (struct sw_buf){ .max = b->max, .secret = b->secret };
	return content;
}
