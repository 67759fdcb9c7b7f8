/* SPDX-License-Identifier: MIT */
#include "mail/ready.h"

#include <unistd.h>

#include "base/mem.h"
#include "base/text.h"
#include "mail/header.h"
#include "mail/input.h"
#include "mail/lines.h"
#include "mail/ready_private.h"

enum { SHOWN = 60 };	/* bytes of a line in an error */

/* Finds the empty line that ends the header, with any kind of line ends. */
struct end_finder {
	bool after_cr;
	bool done;
	bool blank;	/* bytes stand in the line under way */
};

/* How many bytes of `in` belong to the header, the empty line included. */
static size_t header_part(struct end_finder *f, struct sw_slice in)
{
	for (size_t i = 0; i < in.len; i++) {
		char c = in.ptr[i];
		bool second_half = c == '\n' && f->after_cr;

		f->after_cr = c == '\r' && !f->done;
		if (f->done)
			return second_half ? i + 1 : i;
		if (second_half)
			continue;
		if (c != '\r' && c != '\n') {
			f->blank = false;
			continue;
		}
		f->done = f->blank;
		f->blank = true;
		if (f->done && c == '\n')
			return i + 1;
	}
	return in.len;
}

static enum sw_err fail_nul(uint64_t offset, struct sw_error *err)
{
	return sw_fail(err, SW_E_DATA,
		       "the message holds a NUL byte at offset %llu; mail cannot carry it",
		       (unsigned long long)offset);
}

static enum sw_err fail_add(enum sw_err code, struct sw_error *err)
{
	if (code == SW_E_LIMIT)
		return sw_fail(err, code, "the header of the message is larger than %d bytes",
			       SW_MAX_HEADER_BLOCK);
	return sw_fail_nomem(err);
}

/* Reads the header into r->all and leaves r->body_at behind the empty line. */
static enum sw_err load_header(struct ready *r, struct sw_error *err)
{
	struct end_finder f = { .blank = true };
	struct sw_lines lines = { 0 };
	size_t nul;
	enum sw_err code = SW_OK;

	while (!f.done || f.after_cr) {
		struct sw_slice piece;

		code = sw_input_at(&r->input, lines.in, r->chunk, SW_READ_CHUNK, &piece, err);
		if (code)
			return code;
		if (piece.len == 0)
			break;
		size_t part = header_part(&f, piece);

		code = sw_lines_add(&lines, sw_slice_head(piece, part), &r->all, &nul);
		if (code == SW_E_DATA)
			return fail_nul(lines.in + nul, err);
		if (code)
			return fail_add(code, err);
		if (part < piece.len)
			break;
	}
	code = sw_lines_end(&lines, &r->all);
	if (code)
		return fail_add(code, err);
	r->body_at = lines.in;
	r->header_ended = f.done;
	r->base.facts.bare_cr = lines.bare_cr;
	r->base.facts.bare_line_ends = lines.bare_cr + lines.bare_lf;
	return SW_OK;
}

/* A byte order mark, and the line that begins a message in a mailbox file. */
static void drop_preamble(struct ready *r)
{
	if (sw_slice_starts(sw_buf_slice(&r->all), SW_S("\xef\xbb\xbf")))
		sw_buf_consume(&r->all, 3);
	struct sw_slice all = sw_buf_slice(&r->all);

	if (sw_slice_starts(all, SW_S("From ")))
		sw_buf_consume(&r->all, sw_slice_search(all, SW_S("\r\n")) + 2);
}

/* A header begins with a field: before Bcc is taken out, and after. */
static enum sw_err check_start(const struct ready *r, struct sw_slice header,
			       struct sw_error *err)
{
	struct sw_slice rest = header;
	struct sw_field field;

	if (sw_slice_trim(rest).len == 0 && r->body_at == r->input.size)
		return sw_fail(err, SW_E_DATA, "empty message");
	if (!sw_field_next(&rest, &field))
		return sw_fail(err, SW_E_DATA, "the message has no header: its first line is "
			       "empty, expected a field like \"Subject: hello\"");
	if (field.name.len)
		return SW_OK;
	size_t len = sw_slice_search(field.whole, SW_S("\r\n"));

	return sw_fail(err, SW_E_DATA,
		       "the message has no header: its first line is \"%.*s\", "
		       "expected a field like \"Subject: hello\"",
		       (int)(len < SHOWN ? len : SHOWN), field.whole.ptr);
}

static bool is_secret(struct sw_slice name)
{
	return sw_slice_eq_nocase(name, SW_S("Bcc")) ||
	       sw_slice_eq_nocase(name, SW_S("Resent-Bcc"));
}

/* Makes r->kept, the header that is sent. */
static enum sw_err filter_header(struct ready *r, bool keep_bcc, struct sw_error *err)
{
	struct sw_slice rest = sw_buf_slice(&r->all);
	struct sw_field field;
	enum sw_err code = SW_OK;

	while (!code && sw_field_next(&rest, &field))
		if (keep_bcc || !is_secret(field.name))
			code = sw_buf_add(&r->kept, field.whole);
	if (!code && sw_buf_len(&r->kept) == 0)
		return sw_fail(err, SW_E_DATA,
			       "the header of the message holds nothing but Bcc");
	if (!code && r->header_ended)
		code = sw_buf_add(&r->kept, SW_S("\r\n"));
	return code ? fail_add(code, err) : check_start(r, sw_buf_slice(&r->kept), err);
}

/* Reads the body once, only to count. */
static enum sw_err measure(struct ready *r, struct sw_error *err)
{
	struct sw_source_facts *facts = &r->base.facts;
	struct sw_slice header = sw_buf_slice(&r->kept);
	struct sw_lines lines = { 0 };
	enum sw_err code = SW_OK;

	while (!code && r->body_at + lines.in < r->input.size) {
		struct sw_slice piece;
		size_t nul = 0;

		sw_buf_clear(&r->cooked);
		code = sw_input_at(&r->input, r->body_at + lines.in, r->chunk, SW_READ_CHUNK,
				   &piece, err);
		if (code)
			return code;
		code = sw_lines_add(&lines, piece, &r->cooked, &nul);
		if (code == SW_E_DATA)
			return fail_nul(r->body_at + lines.in + nul, err);
	}
	sw_buf_clear(&r->cooked);
	if (!code)
		code = sw_lines_end(&lines, &r->cooked);
	if (code)
		return fail_add(code, err);
	/* Memory is a copy of ours: what was measured is what will be read. */
	r->plain = r->input.fd < 0 && lines.bare_cr == 0 && lines.bare_lf == 0;
	r->plain_len = lines.out;
	facts->longest_line = sw_lines_longest(header);
	if (lines.longest > facts->longest_line)
		facts->longest_line = lines.longest;
	facts->has_8bit = lines.has_8bit || sw_slice_has_8bit(header);
	facts->utf8_headers = sw_slice_has_8bit(header) && sw_utf8_valid(header);
	facts->size_bytes = header.len + lines.out;
	facts->bare_cr += lines.bare_cr;
	facts->bare_line_ends += lines.bare_cr + lines.bare_lf;
	return SW_OK;
}

static enum sw_err ready_rewind(struct sw_source *s, struct sw_error *err)
{
	struct ready *r = (struct ready *)s;
	enum sw_err code = sw_input_check(&r->input, err);

	r->header_pos = 0;
	r->lines = (struct sw_lines){ 0 };
	sw_buf_clear(&r->cooked);
	r->ended = false;
	r->broken = code != SW_OK;
	return code;
}

/* The next piece of the body into r->cooked.  With the last one everything is compared with
 * what was measured, before any of it is handed out. */
static enum sw_err cook(struct ready *r, struct sw_error *err)
{
	struct sw_slice piece;
	uint64_t at = r->body_at + r->lines.in;
	enum sw_err code = sw_input_at(&r->input, at, r->chunk, SW_READ_CHUNK, &piece, err);

	if (code)
		return code;
	code = sw_lines_add(&r->lines, piece, &r->cooked, NULL);
	r->ended = at + piece.len >= r->input.size;
	if (!code && r->ended)
		code = sw_lines_end(&r->lines, &r->cooked);
	if (code == SW_E_NOMEM)
		return sw_fail_nomem(err);
	uint64_t total = sw_buf_len(&r->kept) + r->lines.out;

	if (code || total > r->base.facts.size_bytes ||
	    (r->ended && total != r->base.facts.size_bytes))
		return sw_input_fail_changed(&r->input, err);
	return r->ended ? sw_input_check(&r->input, err) : SW_OK;
}

static size_t take(struct sw_slice from, char *out, size_t size)
{
	size_t len = from.len < size ? from.len : size;

	if (len)
		memcpy(out, from.ptr, len);
	return len;
}

/* Counted in lines.out. */
static size_t take_plain(struct ready *r, char *out, size_t size)
{
	struct sw_slice body =
		sw_slice_from(sw_buf_slice(&r->input.memory), (size_t)r->body_at);
	size_t at = (size_t)r->lines.out, got = take(sw_slice_from(body, at), out, size);

	if (at + got >= body.len && body.len < r->plain_len)
		got += take(sw_slice_from(SW_S("\r\n"), at + got - body.len), out + got,
			    size - got);
	r->lines.out += got;
	r->ended = r->lines.out == r->plain_len;
	return got;
}

static size_t take_body(struct ready *r, char *out, size_t size)
{
	if (r->plain)
		return take_plain(r, out, size);
	size_t got = take(sw_buf_slice(&r->cooked), out, size);

	sw_buf_consume(&r->cooked, got);
	return got;
}

static enum sw_err ready_read(struct sw_source *s, char *out, size_t size, size_t *ret_len,
			      struct sw_error *err)
{
	struct ready *r = (struct ready *)s;
	size_t len = 0;

	if (r->broken)
		return sw_input_fail_changed(&r->input, err);
	while (len < size) {
		struct sw_slice header = sw_slice_from(sw_buf_slice(&r->kept), r->header_pos);
		size_t got = take(header, out + len, size - len);

		r->header_pos += got;
		len += got;
		len += take_body(r, out + len, size - len);
		if (len == size || r->ended)
			break;
		enum sw_err code = cook(r, err);

		r->broken = code != SW_OK;
		if (code)
			return code;
	}
	*ret_len = len;
	return SW_OK;
}

static void ready_free(struct sw_source *s)
{
	struct ready *r = (struct ready *)s;

	sw_input_fini(&r->input);
	sw_buf_fini(&r->all);
	sw_buf_fini(&r->kept);
	sw_buf_fini(&r->cooked);
	sw_free(r->message_id);
	sw_free(r->chunk);
	sw_free(r);
}

const struct sw_source_ops sw_ready_ops = {
	.rewind = ready_rewind,
	.read = ready_read,
	.free = ready_free,
};

static struct ready *ready_new(struct sw_error *err)
{
	struct ready *r = sw_calloc(1, sizeof(*r));

	if (r) {
		r->base.ops = &sw_ready_ops;
		sw_input_init(&r->input);
		sw_buf_init(&r->all, SW_MAX_HEADER_BLOCK);
		sw_buf_init(&r->kept, SW_MAX_HEADER_BLOCK);
		/* Line ends alone grow, to twice what they were; and the last CRLF. */
		sw_buf_init(&r->cooked, 2 * SW_READ_CHUNK + 2);
	} else {
		sw_fail_nomem(err);
	}
	return r;
}

/* Takes the source over: it is freed on failure. */
static enum sw_err ready_finish(struct ready *r, enum sw_err code,
				const struct sw_ready_options *opt, struct sw_source **ret,
				struct sw_error *err)
{
	/* What is in memory is not read once more. */
	if (!code && r->input.fd >= 0) {
		r->chunk = sw_malloc(SW_READ_CHUNK);
		code = r->chunk ? SW_OK : sw_fail_nomem(err);
	}
	if (!code)
		code = load_header(r, err);
	if (!code) {
		drop_preamble(r);
		code = check_start(r, sw_buf_slice(&r->all), err);
	}
	if (!code)
		code = filter_header(r, opt && opt->keep_bcc, err);
	if (!code)
		code = measure(r, err);
	if (!code)
		code = sw_ready_set_message_id(r, err);
	if (!code)
		code = ready_rewind(&r->base, err);
	if (code)
		ready_free(&r->base);
	else
		*ret = &r->base;
	return code;
}

enum sw_err sw_ready_open(const char *path, const struct sw_ready_options *opt,
			  struct sw_source **ret, struct sw_error *err)
{
	if (strcmp(path, "-") == 0)
		return sw_ready_fd(STDIN_FILENO, opt, ret, err);
	struct ready *r = ready_new(err);

	if (!r)
		return SW_E_NOMEM;
	return ready_finish(r, sw_input_file(&r->input, path, err), opt, ret, err);
}

enum sw_err sw_ready_fd(int fd, const struct sw_ready_options *opt, struct sw_source **ret,
			struct sw_error *err)
{
	struct ready *r = ready_new(err);
	const char *name = fd == STDIN_FILENO ? "standard input" : "the message";

	if (!r)
		return SW_E_NOMEM;
	return ready_finish(r, sw_input_spool(&r->input, fd, name, err), opt, ret, err);
}

enum sw_err sw_ready_pull(sw_input_fn fn, void *arg, const struct sw_ready_options *opt,
			  struct sw_source **ret, struct sw_error *err)
{
	struct ready *r = ready_new(err);

	if (!r)
		return SW_E_NOMEM;
	return ready_finish(r, sw_input_pull(&r->input, fn, arg, "the message", err), opt, ret,
			    err);
}

enum sw_err sw_ready_memory(struct sw_slice bytes, const struct sw_ready_options *opt,
			    struct sw_source **ret, struct sw_error *err)
{
	struct ready *r = ready_new(err);

	if (!r)
		return SW_E_NOMEM;
	return ready_finish(r, sw_input_memory(&r->input, bytes, "the message", err), opt, ret,
			    err);
}
