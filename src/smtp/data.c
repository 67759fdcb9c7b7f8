/* SPDX-License-Identifier: MIT */
#include "smtp/data.h"

/* The writer copies runs of bytes that need no change. A run is only broken where a byte must
 * be added, so that ordinary text goes through memchr and memcpy alone. */

/* Input is worked off in blocks of this size: each may double. */
enum { BLOCK = 32 * 1024 };

void sw_data_writer_init(struct sw_data_writer *w)
{
	*w = (struct sw_data_writer){ .line_start = true };
}

struct run {
	const char *from; /* not written yet */
	const char *end;  /* of the block */
	char *to;
	uint64_t stuffed; /* dots added */
	bool no_dots;
};

static void flush_run(struct run *r, const char *until)
{
	size_t len = (size_t)(until - r->from);

	if (len)
		memcpy(r->to, r->from, len);
	r->to += len;
	r->from = until;
}

static void put_crlf(struct run *r)
{
	*r->to++ = '\r';
	*r->to++ = '\n';
}

/* Lone CRs in [at, nl): each ends a line. Returns where the last line begins. */
static const char *split_at_cr(struct sw_data_writer *w, struct run *r, const char *at,
			       const char *nl)
{
	const char *cr;

	while (at < nl && (cr = memchr(at, '\r', (size_t)(nl - at)))) {
		if (cr + 1 == nl && nl < r->end)
			break; /* the CR of a CRLF */
		if (w->line_start && *at == '.' && !r->no_dots) {
			flush_run(r, at);
			*r->to++ = '.';
			r->stuffed++;
		}
		flush_run(r, cr);
		put_crlf(r);
		r->from = at = cr + 1;
		w->line_start = true;
		w->after_cr = at == r->end;
	}
	return at;
}

static void write_block(struct sw_data_writer *w, struct run *r)
{
	const char *at = r->from;

	if (w->after_cr && *at == '\n')
		r->from = ++at; /* its CRLF stands already */
	w->after_cr = false;
	while (at < r->end) {
		const char *nl = memchr(at, '\n', (size_t)(r->end - at));
		const char *stop = nl ? nl : r->end;

		at = split_at_cr(w, r, at, stop);
		if (at == r->end)
			return;
		if (w->line_start && *at == '.' && !r->no_dots) {
			flush_run(r, at);
			*r->to++ = '.';
			r->stuffed++;
		}
		w->line_start = nl != NULL;
		if (!nl)
			break;
		if (nl == at || nl[-1] != '\r') {
			flush_run(r, nl);
			put_crlf(r);
			r->from = nl + 1;
		}
		at = nl + 1;
	}
	flush_run(r, r->end);
}

enum sw_err sw_data_write(struct sw_data_writer *w, struct sw_slice in, struct sw_buf *out,
			  struct sw_error *err)
{
	struct sw_data_writer before = *w;
	size_t had = sw_buf_len(out);

	if (w->verbatim) {
		enum sw_err code = sw_buf_add(out, in);

		w->bytes += code ? 0 : in.len;
		return code ? sw_fail(err, code, "too much message data at once") : SW_OK;
	}
	if (in.len && memchr(in.ptr, '\0', in.len))
		return sw_fail(err, SW_E_DATA,
			       "the message holds a NUL byte, which SMTP cannot carry");
	while (in.len) {
		struct sw_slice block = sw_slice_head(in, BLOCK);
		char *room = sw_buf_reserve(out, 2 * block.len);

		if (!room) {
			bool full = 2 * block.len > out->max - sw_buf_len(out);

			*w = before;
			sw_buf_truncate(out, had);
			if (!full)
				return sw_fail_nomem(err);
			return sw_fail(err, SW_E_LIMIT, "too much message data at once");
		}
		struct run r = { block.ptr, block.ptr + block.len, room, 0, w->no_dots };

		write_block(w, &r);
		size_t made = (size_t)(r.to - room);

		sw_buf_commit(out, made);
		w->bytes += made - r.stuffed;
		in = sw_slice_from(in, block.len);
	}
	return SW_OK;
}

enum sw_err sw_data_end(struct sw_data_writer *w, struct sw_buf *out)
{
	struct sw_slice end = w->line_start ? SW_S(".\r\n") : SW_S("\r\n.\r\n");

	if (w->verbatim)
		return SW_OK;
	if (w->no_dots)
		end = w->line_start ? SW_S("") : SW_S("\r\n");
	enum sw_err err = sw_buf_add(out, end);

	if (!err && !w->line_start) {
		w->bytes += 2;
		w->line_start = true;
	}
	return err;
}

enum reader_state {
	AT_START = 0, /* of a line; the beginning counts as one */
	AFTER_DOT,    /* a dot at the start of a line, not written yet */
	AFTER_DOT_CR, /* and CR behind it */
	IN_LINE,
	AFTER_CR, /* a CR in or at the end of a line, written already */
	AT_END,
};

void sw_data_reader_init(struct sw_data_reader *r)
{
	*r = (struct sw_data_reader){ .state = AT_START };
}

/* One byte; writes at most two to `to` and returns how many. */
static size_t step(struct sw_data_reader *r, char c, char *to)
{
	size_t made = 0;

	switch ((enum reader_state)r->state) {
	case AT_START:
		if (c == '.') {
			r->state = AFTER_DOT;
			return 0;
		}
		break;
	case AFTER_DOT:
		if (c == '\r') {
			r->state = AFTER_DOT_CR;
			return 0;
		}
		break;
	case AFTER_DOT_CR:
		if (c == '\n') {
			r->state = AT_END;
			return 0;
		}
		r->bare++;
		to[made++] = '\r';
		break;
	case AFTER_CR:
		if (c == '\n') {
			r->state = AT_START;
			to[made++] = c;
			return made;
		}
		r->bare++;
		break;
	case IN_LINE:
	case AT_END:
		break;
	}
	if (c == '\n')
		r->bare++;
	r->state = c == '\r' ? AFTER_CR : IN_LINE;
	to[made++] = c;
	return made;
}

/* Bytes at `in` that are neither CR nor LF. */
static size_t plain_run(struct sw_slice in)
{
	size_t n = 0;

	while (n < in.len && in.ptr[n] != '\r' && in.ptr[n] != '\n')
		n++;
	return n;
}

enum sw_err sw_data_read(struct sw_data_reader *r, struct sw_slice in, struct sw_buf *out,
			 size_t *ret_used, bool *ret_end)
{
	/* At most the CR held back from an earlier piece is written beyond what came in. */
	char *room = sw_buf_reserve(out, in.len + 1);
	size_t used = 0, made = 0;

	if (!room)
		return in.len < out->max - sw_buf_len(out) ? SW_E_NOMEM : SW_E_LIMIT;
	while (used < in.len && r->state != AT_END) {
		if (r->state == IN_LINE) {
			size_t n = plain_run(sw_slice_from(in, used));

			memcpy(room + made, in.ptr + used, n);
			made += n;
			used += n;
			if (used == in.len)
				break;
		}
		made += step(r, in.ptr[used++], room + made);
	}
	sw_buf_commit(out, made);
	r->bytes += made;
	*ret_used = used;
	*ret_end = r->state == AT_END;
	return SW_OK;
}
