/* SPDX-License-Identifier: MIT */
/* Bodies without their encoding, and as text. */
#include "base/limits.h"
#include "base/text.h"
#include "codec/base64.h"
#include "codec/charset.h"
#include "codec/html.h"
#include "codec/qp.h"
#include "codec/uu.h"
#include "mail/mime.h"

/* So much of an encoded body as can become `max` bytes. */
static struct sw_slice worth(const struct sw_mime_part *p, size_t max)
{
	/* Three bytes are four characters in base64, lines and rubbish extra; at most three
	 * are one in quoted-printable, soft line ends extra. */
	size_t most = max > SIZE_MAX / 8 ? SIZE_MAX : 4 * max + 256;

	return sw_slice_head(
		p->body,
		p->encoding == SW_TE_IDENTITY || p->encoding == SW_TE_UNKNOWN ? max : most);
}

enum sw_err sw_mime_decode(const struct sw_mime_part *p, size_t max, struct sw_buf *out)
{
	struct sw_slice in = worth(p, max);
	SW_CLEANUP(sw_buf_fini) struct sw_buf whole = { .max = in.len + 1 };
	enum sw_err code = SW_OK;

	switch (p->encoding) {
	case SW_TE_QP:
		code = sw_qp_decode(in, &whole);
		break;
	case SW_TE_BASE64:
		code = sw_base64_decode(in, SW_BASE64_LENIENT, &whole);
		break;
	case SW_TE_UUENCODE:
		code = sw_uu_decode(in, &whole);
		break;
	case SW_TE_IDENTITY:
	case SW_TE_UNKNOWN:
	case SW_TE_COUNT:
		return sw_buf_add(out, in);
	}
	return code ? code : sw_buf_add(out, sw_slice_head(sw_buf_slice(&whole), max));
}

/* The charset to read the bytes in.  What was declared counts unless the bytes show that it is
 * not so, which is often. */
static struct sw_slice charset_of(struct sw_slice declared, struct sw_slice bytes)
{
	bool wide = sw_slice_starts_nocase(declared, SW_S("utf-16"));

	/* Plain ASCII is that in all the others. */
	if (!wide && !sw_slice_has_8bit(bytes) && sw_slice_find(bytes, '\x1b') == bytes.len)
		return SW_S("utf-8");
	struct sw_slice guess = sw_charset_guess(bytes);
	bool weak = !sw_charset_known(declared) ||
		    sw_slice_eq_nocase(declared, SW_S("us-ascii")) ||
		    sw_slice_eq_nocase(declared, SW_S("ascii")) ||
		    sw_slice_starts_nocase(declared, SW_S("utf-8")) ||
		    sw_slice_eq_nocase(declared, SW_S("utf8"));
	/* Text of one byte a character is almost never valid UTF-8 by chance. */
	bool wrong = !wide && sw_slice_has_8bit(bytes) && sw_slice_eq(guess, SW_S("utf-8"));

	return weak || wrong ? guess : declared;
}

/* At most `max` bytes, without a piece of a character at the end. */
static struct sw_slice head_of_text(struct sw_slice text, size_t max)
{
	if (text.len <= max)
		return text;
	while (max > 0 && ((unsigned char)text.ptr[max] & 0xc0) == 0x80)
		max--;
	return sw_slice_head(text, max);
}

/* CRLF and CR become LF. */
static enum sw_err add_lines(struct sw_slice text, struct sw_buf *out)
{
	struct sw_slice line;
	enum sw_err code = SW_OK;

	if (sw_slice_find(text, '\r') == text.len)
		return sw_buf_add(out, text);
	while (!code && text.len) {
		size_t before = text.len;

		sw_mime_line_next(&text, &line);
		code = sw_buf_add(out, line);
		if (!code && before - text.len > line.len)
			code = sw_buf_add_char(out, '\n');
	}
	return code;
}

static bool looks_like_html(struct sw_slice text)
{
	text = sw_slice_trim(sw_slice_head(text, 512));
	return sw_slice_starts_nocase(text, SW_S("<!doctype html")) ||
	       sw_slice_starts_nocase(text, SW_S("<html"));
}

enum sw_err sw_mime_text(const struct sw_mime_part *p, size_t max, struct sw_buf *out)
{
	/* A byte that means nothing becomes four. */
	SW_CLEANUP(sw_buf_fini) struct sw_buf bytes = { .max = max };
	SW_CLEANUP(sw_buf_fini) struct sw_buf utf8 = { .max = 4 * max + 4 };
	SW_CLEANUP(sw_buf_fini) struct sw_buf plain = { .max = 4 * max + 8 };
	bool encoded = p->encoding != SW_TE_IDENTITY && p->encoding != SW_TE_UNKNOWN;
	enum sw_err code = encoded ? sw_mime_decode(p, max, &bytes) : SW_OK;
	struct sw_slice text = encoded ? sw_buf_slice(&bytes) : sw_slice_head(p->body, max);

	if (code)
		return code;
	struct sw_slice charset = charset_of(p->charset, text);

	if (!sw_slice_eq(charset, SW_S("utf-8")) || !sw_utf8_valid(text)) {
		code = sw_charset_to_utf8(charset, text, &utf8);
		text = sw_buf_slice(&utf8);
	}
	if (!code && (sw_slice_eq(p->type, SW_S("text/html")) || looks_like_html(text))) {
		code = sw_html_to_text(text, &plain);
		text = sw_buf_slice(&plain);
	}
	return code ? code : add_lines(head_of_text(text, max), out);
}

enum sw_err sw_mime_text_view(struct sw_arena *arena, const struct sw_mime_part *p, size_t max,
			      struct sw_slice *ret)
{
	struct sw_slice body = p->body;
	bool encoded = p->encoding != SW_TE_IDENTITY && p->encoding != SW_TE_UNKNOWN;
	bool html = sw_slice_eq(p->type, SW_S("text/html")) || looks_like_html(body);

	if (!encoded && !html && body.len <= max && sw_slice_find(body, '\r') == body.len &&
	    sw_slice_eq(charset_of(p->charset, body), SW_S("utf-8")) && sw_utf8_valid(body)) {
		*ret = body;
		return SW_OK;
	}
	/* Lines have no more bytes than they had, but for what is not UTF-8. */
	SW_CLEANUP(sw_buf_fini) struct sw_buf text = { .max = max + 1 };
	enum sw_err code = sw_mime_text(p, max, &text);

	if (code)
		return code;
	*ret = sw_arena_copy(arena, sw_buf_slice(&text));
	return ret->ptr ? SW_OK : SW_E_NOMEM;
}
