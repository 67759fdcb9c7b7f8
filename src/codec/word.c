/* SPDX-License-Identifier: MIT */
#include "codec/word.h"

#include "base/text.h"
#include "codec/base64.h"
#include "codec/charset.h"
#include "codec/qp.h"
#include "codec/utf8.h"

static const struct sw_slice head_b = { "=?utf-8?B?", 10 };
static const struct sw_slice head_q = { "=?utf-8?Q?", 10 };

enum {
	FRAME = 10 + 2,			/* a head and "?=" */
	/* Room for the longest character in Q: below that no word fits. */
	SMALLEST_WORD = FRAME + 12,
};

static bool q_literal(char c, enum sw_word_place place)
{
	static const char phrase_marks[] = "!*+-/";

	if (sw_ascii_digit(c) || (sw_ascii_lower(c) >= 'a' && sw_ascii_lower(c) <= 'z'))
		return true;
	if (place == SW_WORD_PHRASE)
		return c != '\0' && strchr(phrase_marks, c) != NULL;
	return c > ' ' && c < 0x7f && c != '=' && c != '?' && c != '_';
}

/* What `s` becomes in Q. */
static size_t q_size(struct sw_slice s, enum sw_word_place place)
{
	size_t size = 0;

	for (size_t i = 0; i < s.len; i++)
		size += s.ptr[i] == ' ' || q_literal(s.ptr[i], place) ? 1 : 3;
	return size;
}

static char *q_write(char *to, struct sw_slice s, enum sw_word_place place)
{
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.ptr[i];

		if (c == ' ') {
			*to++ = '_';
		} else if (q_literal(s.ptr[i], place)) {
			*to++ = s.ptr[i];
		} else {
			*to++ = '=';
			*to++ = sw_hex_upper[c >> 4];
			*to++ = sw_hex_upper[c & 0xf];
		}
	}
	return to;
}

/* The longest beginning of s, in whole characters, whose encoding fits into `room`; 0 when the
 * first character is not UTF-8. */
static size_t fitting(struct sw_slice s, bool use_b, enum sw_word_place place, size_t room)
{
	size_t taken = 0, used = 0;

	for (size_t pos = 0; pos < s.len; taken = pos) {
		if (sw_utf8_next(s, &pos) < 0)
			return taken;
		used += q_size(sw_slice(s.ptr + taken, pos - taken), place);
		if ((use_b ? sw_base64_size(pos) : used) > room)
			return taken;
	}
	return taken;
}

enum sw_err sw_words_encode(struct sw_slice utf8, enum sw_word_place place, size_t first_room,
			    struct sw_buf *out)
{
	bool use_b = sw_base64_size(utf8.len) < q_size(utf8, place);
	size_t room = first_room < SMALLEST_WORD || first_room > SW_WORD_MAX ? SW_WORD_MAX :
									       first_room;

	for (bool first = true; utf8.len; first = false, room = SW_WORD_MAX) {
		char word[SW_WORD_MAX + 1];
		char *to = word;
		size_t take = fitting(utf8, use_b, place, room - FRAME);
		struct sw_slice piece = sw_slice_head(utf8, take);

		if (take == 0)
			return SW_E_DATA;
		if (!first)
			*to++ = ' ';
		memcpy(to, use_b ? head_b.ptr : head_q.ptr, head_q.len);
		to += head_q.len;
		if (use_b) {
			sw_base64_encode_to(to, piece);
			to += sw_base64_size(piece.len);
		} else {
			to = q_write(to, piece, place);
		}
		*to++ = '?';
		*to++ = '=';
		enum sw_err code = sw_buf_add(out, sw_slice(word, (size_t)(to - word)));

		if (code)
			return code;
		utf8 = sw_slice_from(utf8, take);
	}
	return SW_OK;
}

struct word {
	struct sw_slice charset;
	struct sw_slice text;
	bool base64;
	size_t len;	/* of the whole word */
};

/* =?charset[*language]?B or Q?text?= at the front of s. */
static bool word_parse(struct sw_slice s, struct word *ret)
{
	if (!sw_slice_starts(s, SW_S("=?")))
		return false;
	struct sw_slice rest = sw_slice_from(s, 2);
	/* Bounded, so that a text full of "=?" costs no more than its length. */
	struct sw_slice label = sw_slice_head(rest, 2 * SW_CHARSET_NAME);
	size_t mark = sw_slice_find(label, '?');

	if (mark == 0 || mark == label.len)
		return false;
	label.len = mark;
	if (sw_slice_find(label, ' ') < mark || sw_slice_find(label, '\t') < mark)
		return false;
	rest = sw_slice_from(rest, mark + 1);
	if (rest.len < 4 || rest.ptr[1] != '?')
		return false;
	char how = sw_ascii_lower(rest.ptr[0]);

	if (how != 'b' && how != 'q')
		return false;
	rest = sw_slice_from(rest, 2);
	mark = sw_slice_find(rest, '?');
	if (mark + 1 >= rest.len || rest.ptr[mark + 1] != '=')
		return false;
	ret->charset = sw_slice_head(label, sw_slice_find(label, '*'));	/* RFC 2231 5 */
	ret->text = sw_slice_head(rest, mark);
	ret->base64 = how == 'b';
	ret->len = (size_t)(rest.ptr + mark + 2 - s.ptr);
	return true;
}

size_t sw_word_length(struct sw_slice in)
{
	struct word w;

	return word_parse(in, &w) ? w.len : 0;
}

bool sw_words_present(struct sw_slice in)
{
	for (size_t pos = 0; pos < in.len; pos++) {
		pos += sw_slice_search(sw_slice_from(in, pos), SW_S("=?"));
		if (sw_word_length(sw_slice_from(in, pos)))
			return true;
	}
	return false;
}

static enum sw_err q_decode(struct sw_slice in, struct sw_buf *out)
{
	char *to = sw_buf_reserve(out, in.len);
	size_t len = 0;

	if (!to)
		return in.len > out->max ? SW_E_LIMIT : SW_E_NOMEM;
	for (size_t i = 0; i < in.len; i++) {
		int high = i + 2 < in.len ? sw_hex_value(in.ptr[i + 1]) : -1;
		int low = i + 2 < in.len ? sw_hex_value(in.ptr[i + 2]) : -1;

		if (in.ptr[i] == '=' && high >= 0 && low >= 0) {
			to[len++] = (char)(unsigned char)(high << 4 | low);
			i += 2;
		} else {
			to[len++] = in.ptr[i] == '_' ? ' ' : in.ptr[i];
		}
	}
	sw_buf_commit(out, len);
	return SW_OK;
}

/* Words that follow each other in one charset are decoded together: some mailers split a
 * character between two. */
struct decoder {
	struct sw_buf *out;
	struct sw_buf bytes;	  /* of the words so far */
	struct sw_slice charset;  /* empty: no word is held */
	struct sw_slice written;  /* the words as they stand in the input */
};

static enum sw_err release(struct decoder *d)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf text = { .max = d->out->max };

	if (d->charset.len == 0)
		return SW_OK;
	enum sw_err code = sw_charset_to_utf8(d->charset, sw_buf_slice(&d->bytes), &text);

	if (!code && sw_utf8_scan(sw_buf_slice(&text), NULL) == SW_UTF8_CLEAN)
		code = sw_buf_add(d->out, sw_buf_slice(&text));
	else if (!code)
		code = sw_utf8_add_lossless(d->out, d->written);
	sw_buf_clear(&d->bytes);
	d->charset = SW_S("");
	return code;
}

static enum sw_err take_word(struct decoder *d, struct sw_slice in, size_t pos,
			     const struct word *w)
{
	if (d->charset.len && !sw_slice_eq_nocase(d->charset, w->charset)) {
		enum sw_err code = release(d);

		if (code)
			return code;
	}
	if (d->charset.len == 0)
		d->written = sw_slice(in.ptr + pos, 0);
	/* "=?*en?" has no charset: the empty name is held as one that nobody knows. */
	d->charset = w->charset.len ? w->charset : SW_S("?");
	d->written.len = (size_t)(in.ptr + pos + w->len - d->written.ptr);
	return w->base64 ? sw_base64_decode(w->text, SW_BASE64_LENIENT, &d->bytes) :
			   q_decode(w->text, &d->bytes);
}

static bool is_blank_only(struct sw_slice s)
{
	return sw_slice_trim(s).len == 0;
}

static enum sw_err decode(struct decoder *d, struct sw_slice in)
{
	enum sw_err code = SW_OK;
	size_t plain = 0;	/* where text that is no word begins */
	size_t pos = 0;

	while (pos < in.len && !code) {
		struct word w;

		pos += sw_slice_search(sw_slice_from(in, pos), SW_S("=?"));
		if (pos == in.len)
			break;
		if (!word_parse(sw_slice_from(in, pos), &w)) {
			pos += 2;
			continue;
		}
		struct sw_slice between = sw_slice(in.ptr + plain, pos - plain);

		/* RFC 2047 6.2: blanks between two words are not part of the text. */
		if (d->charset.len == 0 || !is_blank_only(between)) {
			code = release(d);
			if (!code)
				code = sw_utf8_add_lossless(d->out, between);
		}
		if (!code)
			code = take_word(d, in, pos, &w);
		pos += w.len;
		plain = pos;
	}
	if (!code)
		code = release(d);
	return code ? code : sw_utf8_add_lossless(d->out, sw_slice_from(in, plain));
}

enum sw_err sw_words_decode(struct sw_slice in, struct sw_buf *out)
{
	struct decoder d = { .out = out };

	/* What words hold is shorter than they are. */
	sw_buf_init(&d.bytes, in.len + 3);
	enum sw_err code = decode(&d, in);

	sw_buf_fini(&d.bytes);
	return code;
}
