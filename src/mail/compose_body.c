/* SPDX-License-Identifier: MIT */
/* The encoding of a text part: 7bit when it passes every relay unchanged, otherwise
 * quoted-printable or base64, whichever is shorter. */
#include "base/text.h"
#include "codec/base64.h"
#include "codec/qp.h"
#include "mail/compose_private.h"
#include "mail/flowed.h"
#include "mail/lines.h"

/* RFC 5322 2.1.1 for the length; controls may be dropped, blanks at the end of a line are by
 * some, and mailbox files change "From " at its beginning. */
static bool line_passes(struct sw_slice line)
{
	if (line.len > SW_MAX_LINE_HARD || sw_slice_starts(line, SW_S("From ")))
		return false;
	if (line.len && (line.ptr[line.len - 1] == ' ' || line.ptr[line.len - 1] == '\t'))
		return false;
	for (size_t i = 0; i < line.len; i++)
		if ((line.ptr[i] < ' ' && line.ptr[i] != '\t') || line.ptr[i] > '~')
			return false;
	return true;
}

/* `text` is lines that end in CRLF. */
static bool passes_as_it_is(struct sw_slice text)
{
	while (text.len) {
		size_t lf = sw_slice_find(text, '\n');

		if (!line_passes(sw_slice_head(text, lf - 1)))
			return false;
		text = sw_slice_from(text, lf + 1);
	}
	return true;
}

/* With CRLF line ends, the last line complete. */
static enum sw_err flatten(struct sw_slice utf8, struct sw_buf *out)
{
	struct sw_lines lines = { 0 };

	if (!sw_buf_reserve(out, utf8.len + 2))
		return SW_E_NOMEM;
	enum sw_err code = sw_lines_add(&lines, utf8, out, NULL);

	return code ? code : sw_lines_end(&lines, out);
}

static enum sw_err flow(struct sw_buf *flat)
{
	struct sw_buf flowed = { .max = sw_flowed_most(sw_buf_len(flat)) };
	enum sw_err code = sw_flowed_add(sw_buf_slice(flat), &flowed);

	sw_buf_fini(flat);
	*flat = flowed;
	return code;
}

static enum sw_err add_base64(struct sw_slice text, struct sw_buf *out)
{
	struct sw_base64_lines e = { 0 };
	enum sw_err code = sw_base64_lines_add(&e, text, out);

	return code ? code : sw_base64_lines_end(&e, out);
}

static enum sw_err encode(struct sw_compose_text *t, struct sw_buf *flat)
{
	struct sw_slice text = sw_buf_slice(flat);

	t->charset = sw_slice_has_8bit(text) ? "utf-8" : "us-ascii";
	t->is_lines = true;
	if (passes_as_it_is(text)) {
		/* Moves. */
		t->encoding = "7bit";
		t->body = *flat;
		sw_buf_init(flat, 0);
		return SW_OK;
	}
	uint64_t qp = sw_qp_size(text), base64 = sw_base64_lines_size(text.len);

	sw_buf_init(&t->body, (size_t)(qp <= base64 ? qp : base64));
	t->encoding = qp <= base64 ? "quoted-printable" : "base64";
	t->is_lines = qp <= base64;
	return t->is_lines ? sw_qp_encode(text, &t->body) : add_base64(text, &t->body);
}

static enum sw_err check(struct sw_slice utf8, const char *what, struct sw_error *err)
{
	size_t nul = sw_slice_find(utf8, '\0');

	if (utf8.len > SW_MAX_TEXT_PART)
		return sw_fail(err, SW_E_LIMIT, "%s has %zu bytes; at most %d are allowed",
			       what, utf8.len, SW_MAX_TEXT_PART);
	if (nul < utf8.len)
		return sw_fail(err, SW_E_DATA, "%s holds a NUL byte at offset %zu", what, nul);
	for (size_t pos = 0; pos < utf8.len;) {
		size_t from = pos;

		if (sw_utf8_next(utf8, &pos) < 0)
			return sw_fail(err, SW_E_DATA,
				       "%s is not UTF-8: byte 0x%02x at offset %zu", what,
				       (unsigned char)utf8.ptr[from], from);
	}
	return SW_OK;
}

enum sw_err sw_compose_encode(struct sw_compose_text *t, struct sw_slice utf8,
			      const char *what, struct sw_error *err)
{
	/* Line ends alone grow, to twice what they were. */
	SW_CLEANUP(sw_buf_fini) struct sw_buf flat = { .max = 2 * utf8.len + 2 };
	struct sw_compose_text made = { .set = true, .flowed = t->flowed };
	enum sw_err code = check(utf8, what, err);

	if (code)
		return code;
	code = flatten(utf8, &flat);
	if (!code && made.flowed)
		code = flow(&flat);
	if (!code)
		code = encode(&made, &flat);
	if (code) {
		sw_buf_fini(&made.body);
		return sw_fail_nomem(err);
	}
	*t = made;
	return SW_OK;
}
