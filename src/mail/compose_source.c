/* SPDX-License-Identifier: MIT */
/* Reads a composed message: what is in memory is copied, attachments are read and encoded in
 * pieces of the same size whatever theirs is. */
#include "base/mem.h"
#include "codec/base64.h"
#include "mail/compose_private.h"
#include "mail/lines.h"

enum {
	PIECE_LINES = 400,
	PIECE_IN = PIECE_LINES * SW_BASE64_LINE_IN,
	PIECE_OUT = PIECE_LINES * SW_BASE64_LINE_WIRE,
};

struct composed {
	struct sw_source base;	/* first: a source is cast to this */
	const struct sw_compose *c;
	size_t segment;
	uint64_t taken;		/* of the segment: bytes of memory, or of the file */
	struct sw_slice ready;	/* encoded and not yet handed out */
	enum sw_err broken;
	char *in, *out;		/* PIECE_IN and PIECE_OUT bytes; NULL without attachments */
};

static enum sw_err composed_rewind(struct sw_source *s, struct sw_error *err SW_UNUSED)
{
	struct composed *m = (struct composed *)s;

	m->segment = 0;
	m->taken = 0;
	m->ready = SW_S("");
	m->broken = SW_OK;
	return SW_OK;
}

static void next_segment(struct composed *m)
{
	m->segment++;
	m->taken = 0;
}

static size_t take_ready(struct composed *m, char *out, size_t size)
{
	size_t len = m->ready.len < size ? m->ready.len : size;

	if (len)
		memcpy(out, m->ready.ptr, len);
	m->ready = sw_slice_from(m->ready, len);
	return len;
}

/* The next piece of an attachment, encoded.  The file is compared with what it was before its
 * last piece is handed out. */
static enum sw_err encode_piece(struct composed *m, const struct sw_input *input,
				struct sw_error *err)
{
	struct sw_slice piece = SW_S("");
	enum sw_err code = SW_OK;

	if (m->taken < input->size)
		code = sw_input_at(input, m->taken, m->in, PIECE_IN, &piece, err);
	if (code)
		return code;
	m->taken += piece.len;
	m->ready = sw_slice(m->out, sw_base64_lines_to(m->out, piece));
	if (m->taken < input->size)
		return SW_OK;
	next_segment(m);
	return sw_input_check(input, err);
}

static enum sw_err read_message(struct composed *m, struct sw_source *message, char *out,
				size_t size, size_t *ret_len, struct sw_error *err)
{
	enum sw_err code = m->taken ? SW_OK : sw_source_rewind(message, err);

	if (!code)
		code = sw_source_read(message, out, size, ret_len, err);
	if (code)
		return code;
	m->taken += *ret_len;
	if (*ret_len == 0)
		next_segment(m);
	return SW_OK;
}

/* Makes progress in the segment under way: bytes to `out`, or something in m->ready. */
static enum sw_err advance(struct composed *m, char *out, size_t size, size_t *ret_len,
			   struct sw_error *err)
{
	const struct sw_compose_segment *s = &m->c->segments[m->segment];

	*ret_len = 0;
	if (s->kind == SW_SEGMENT_PART && s->part->message)
		return read_message(m, s->part->message, out, size, ret_len, err);
	if (s->kind == SW_SEGMENT_PART)
		return encode_piece(m, &s->part->input, err);
	if (s->kind == SW_SEGMENT_TEXT)
		m->ready = sw_buf_slice(&s->text->body);
	else
		m->ready = sw_slice_head(sw_slice_from(sw_buf_slice(&m->c->frame), s->from),
					 s->len);
	next_segment(m);
	return SW_OK;
}

static enum sw_err composed_read(struct sw_source *s, char *out, size_t size, size_t *ret_len,
				 struct sw_error *err)
{
	struct composed *m = (struct composed *)s;
	size_t len = 0;

	if (m->broken)
		return sw_fail(err, m->broken, "an attachment could not be read before");
	while (len < size) {
		size_t got = take_ready(m, out + len, size - len);

		len += got;
		if (got)
			continue;
		if (m->segment == m->c->segment_count)
			break;
		m->broken = advance(m, out + len, size - len, &got, err);
		if (m->broken)
			return m->broken;
		len += got;
	}
	*ret_len = len;
	return SW_OK;
}

static void composed_free(struct sw_source *s)
{
	struct composed *m = (struct composed *)s;

	sw_free(m->in);
	sw_free(m->out);
	sw_free(m);
}

static const struct sw_source_ops composed_ops = {
	.rewind = composed_rewind,
	.read = composed_read,
	.free = composed_free,
};

static struct composed *composed_new(const struct sw_compose *c)
{
	struct composed *m = sw_calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	m->base.ops = &composed_ops;
	m->c = c;
	if (c->part_count == 0)
		return m;
	m->in = sw_malloc(PIECE_IN);
	m->out = sw_malloc(PIECE_OUT);
	if (m->in && m->out)
		return m;
	composed_free(&m->base);
	return NULL;
}

static uint64_t base64_longest(uint64_t size)
{
	return size < SW_BASE64_LINE_IN ? sw_base64_size((size_t)size) : SW_BASE64_LINE_OUT;
}

/* Size and longest line of a segment; each ends where a line does. */
static uint64_t measure(const struct sw_compose *c, const struct sw_compose_segment *s,
			uint64_t *ret_longest)
{
	struct sw_slice bytes;

	if (s->kind == SW_SEGMENT_PART && s->part->message) {
		*ret_longest = s->part->message->facts.longest_line;
		return s->part->message->facts.size_bytes;
	}
	if (s->kind == SW_SEGMENT_PART) {
		*ret_longest = base64_longest(s->part->input.size);
		return sw_base64_lines_size(s->part->input.size);
	}
	if (s->kind == SW_SEGMENT_TEXT)
		bytes = sw_buf_slice(&s->text->body);
	else
		bytes = sw_slice_head(sw_slice_from(sw_buf_slice(&c->frame), s->from), s->len);
	*ret_longest = sw_lines_longest(bytes);
	return bytes.len;
}

enum sw_err sw_compose_source(struct sw_compose *c, struct sw_source **ret,
			      struct sw_error *err)
{
	struct composed *m = composed_new(c);

	if (!m)
		return sw_fail_nomem(err);
	struct sw_source_facts *facts = &m->base.facts;

	for (size_t i = 0; i < c->segment_count; i++) {
		uint64_t longest;

		facts->size_bytes += measure(c, &c->segments[i], &longest);
		if (longest > facts->longest_line)
			facts->longest_line = longest;
	}
	/* Everything but addresses is encoded. */
	facts->has_8bit = facts->utf8_headers = sw_slice_has_8bit(sw_buf_slice(&c->frame));
	facts->message_id = c->message_id;
	*ret = &m->base;
	return composed_rewind(&m->base, err);
}
