/* SPDX-License-Identifier: MIT */
#include "codec/json.h"

#include <errno.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/secret.h"
#include "base/text.h"

struct reader {
	struct sw_slice in;
	size_t pos;
	unsigned depth;
	struct sw_buf text; /* of the string that is read; may be a secret */
	const char *flaw;   /* static; NULL behind a value that is NULL: no memory */
};

static json_t *read_value(struct reader *r);

static json_t *broken(struct reader *r, const char *flaw)
{
	if (!r->flaw)
		r->flaw = flaw;
	return NULL;
}

static void skip_blanks(struct reader *r)
{
	while (r->pos < r->in.len && r->in.ptr[r->pos] && strchr(" \t\r\n", r->in.ptr[r->pos]))
		r->pos++;
}

static bool take(struct reader *r, char c)
{
	if (r->pos >= r->in.len || r->in.ptr[r->pos] != c)
		return false;
	r->pos++;
	return true;
}

static bool take_behind_blanks(struct reader *r, char c)
{
	skip_blanks(r);
	return take(r, c);
}

static int hex_digit(char c)
{
	static const char all[] = "0123456789abcdefABCDEF";
	const char *found = c ? strchr(all, c) : NULL;

	return !found ? -1 : found - all < 16 ? (int)(found - all) : (int)(found - all) - 6;
}

static bool read_hex(struct reader *r, uint32_t *ret)
{
	uint32_t code = 0;

	for (int i = 0; i < 4; i++) {
		int digit = r->pos < r->in.len ? hex_digit(r->in.ptr[r->pos]) : -1;

		if (digit < 0)
			return false;
		code = code << 4 | (uint32_t)digit;
		r->pos++;
	}
	*ret = code;
	return true;
}

/* Behind "\u"; two halves of UTF-16 are one character (RFC 8259 7). */
static bool read_code(struct reader *r, uint32_t *ret)
{
	uint32_t low;

	if (!read_hex(r, ret) || *ret == 0)
		return false;
	if (*ret < 0xD800 || *ret > 0xDFFF)
		return true;
	if (*ret > 0xDBFF || !take(r, '\\') || !take(r, 'u') || !read_hex(r, &low) ||
	    low < 0xDC00 || low > 0xDFFF)
		return false;
	*ret = 0x10000 + ((*ret - 0xD800) << 10) + (low - 0xDC00);
	return true;
}

static size_t encode(uint32_t code, char *out)
{
	size_t len = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
	static const unsigned char leads[] = { 0, 0, 0xC0, 0xE0, 0xF0 };

	for (size_t i = len - 1; i > 0; i--) {
		out[i] = (char)(0x80 | (code & 0x3F));
		code >>= 6;
	}
	out[0] = (char)(leads[len] | code);
	return len;
}

/* Behind the backslash. */
static bool read_escape(struct reader *r, char *out, size_t *ret_len)
{
	static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
	uint32_t code;

	if (take(r, 'u')) {
		if (!read_code(r, &code))
			return false;
		*ret_len = encode(code, out);
		return true;
	}
	const char *found = r->pos < r->in.len && r->in.ptr[r->pos]
				    ? strchr(names, r->in.ptr[r->pos])
				    : NULL;
	if (!found)
		return false;
	r->pos++;
	out[0] = values[found - names];
	*ret_len = 1;
	return true;
}

/* Behind the first quote; the text is in r->text until the next one.  False: r->flaw tells. */
static bool read_text(struct reader *r)
{
	char escaped[4];

	sw_buf_clear(&r->text);
	while (r->pos < r->in.len) {
		size_t begin = r->pos, len;

		while (r->pos < r->in.len && (unsigned char)r->in.ptr[r->pos] >= ' ' &&
		       r->in.ptr[r->pos] != '"' && r->in.ptr[r->pos] != '\\')
			r->pos++;
		/* No longer than what is read, so it is memory alone that can be short. */
		if (sw_buf_add(&r->text, sw_slice(r->in.ptr + begin, r->pos - begin)))
			return false;
		if (take(r, '"'))
			return true;
		if (!take(r, '\\') || !read_escape(r, escaped, &len)) {
			(void)broken(r, "a text that is not well formed");
			return false;
		}
		if (sw_buf_add(&r->text, sw_slice(escaped, len)))
			return false;
	}
	(void)broken(r, "a text without its end");
	return false;
}

static json_t *read_string(struct reader *r)
{
	if (!read_text(r))
		return NULL;
	return json_stringn_nocheck(sw_buf_str(&r->text), sw_buf_len(&r->text));
}

static size_t digits(const struct reader *r, size_t at)
{
	size_t count = 0;

	while (at + count < r->in.len && r->in.ptr[at + count] >= '0' &&
	       r->in.ptr[at + count] <= '9')
		count++;
	return count;
}

/* Length of the number that stands here, by the grammar of RFC 8259 6; 0 for none. */
static size_t number_length(const struct reader *r, bool *ret_real)
{
	const char *p = r->in.ptr;
	size_t at = r->pos + (p[r->pos] == '-'), more = digits(r, at);

	*ret_real = false;
	if (more == 0 || (p[at] == '0' && more > 1))
		return 0;
	at += more;
	if (at < r->in.len && p[at] == '.') {
		*ret_real = true;
		more = digits(r, ++at);
		if (more == 0)
			return 0;
		at += more;
	}
	if (at < r->in.len && (p[at] == 'e' || p[at] == 'E')) {
		*ret_real = true;
		at++;
		if (at < r->in.len && (p[at] == '+' || p[at] == '-'))
			at++;
		more = digits(r, at);
		if (more == 0)
			return 0;
		at += more;
	}
	return at - r->pos;
}

/* strtod wants the point of the program's locale. */
static void localize(char *number)
{
	const char *point = localeconv()->decimal_point;
	char *dot = strchr(number, '.');

	if (dot && point[0] && !point[1])
		*dot = point[0];
}

static json_t *read_number(struct reader *r)
{
	char number[512]; /* the longest double that is written in full has 325 + 17 digits */
	bool real;
	size_t len = number_length(r, &real);

	if (len == 0 || len >= sizeof(number))
		return broken(r, "what is no value");
	memcpy(number, r->in.ptr + r->pos, len);
	number[len] = '\0';
	r->pos += len;
	errno = 0;
	if (real) {
		localize(number);
		double value = strtod(number, NULL);
		return isfinite(value) ? json_real(value)
				       : broken(r, "a number that is too large");
	}
	long long value = strtoll(number, NULL, 10);
	return errno ? broken(r, "a number that is too large") : json_integer(value);
}

static json_t *read_word(struct reader *r)
{
	static const struct {
		struct sw_slice word;
		json_t *(*value)(void);
	} words[] = {
		{ SW_S("true"), json_true },
		{ SW_S("false"), json_false },
		{ SW_S("null"), json_null },
	};
	struct sw_slice rest = sw_slice_from(r->in, r->pos);

	for (size_t i = 0; i < SW_LEN(words); i++) {
		if (sw_slice_starts(rest, words[i].word)) {
			r->pos += words[i].word.len;
			return words[i].value();
		}
	}
	return broken(r, "what is no value");
}

/* Behind the bracket. */
static json_t *read_array(struct reader *r)
{
	json_t *array = json_array();

	if (!array || take_behind_blanks(r, ']'))
		return array;
	do {
		if (json_array_append_new(array, read_value(r)))
			goto failed;
	} while (take_behind_blanks(r, ','));
	if (take_behind_blanks(r, ']'))
		return array;
	(void)broken(r, "a list without its end");
failed:
	json_decref(array);
	return NULL;
}

/* The reason why not is told by r->flaw. */
static bool read_member(struct reader *r, json_t *object)
{
	if (!take_behind_blanks(r, '"')) {
		(void)broken(r, "an object without a name where one must be");
		return false;
	}
	if (!read_text(r))
		return false;
	char *name = sw_buf_take(&r->text);
	if (!name)
		return false;
	bool ok = false;
	if (json_object_get(object, name))
		(void)broken(r, "a name that stands twice in one object");
	else if (!take_behind_blanks(r, ':'))
		(void)broken(r, "a name without a value");
	else
		ok = json_object_set_new_nocheck(object, name, read_value(r)) == 0;
	sw_wipe(name, strlen(name));
	sw_free(name);
	return ok;
}

/* Behind the brace. */
static json_t *read_object(struct reader *r)
{
	json_t *object = json_object();

	if (!object || take_behind_blanks(r, '}'))
		return object;
	do {
		if (!read_member(r, object))
			goto failed;
	} while (take_behind_blanks(r, ','));
	if (take_behind_blanks(r, '}'))
		return object;
	(void)broken(r, "an object without its end");
failed:
	json_decref(object);
	return NULL;
}

static json_t *read_value(struct reader *r)
{
	json_t *value = NULL;

	skip_blanks(r);
	if (r->pos >= r->in.len)
		return broken(r, "the end where a value must be");
	if (++r->depth > SW_MAX_JSON_DEPTH)
		return broken(r, "too many values in each other");
	char c = r->in.ptr[r->pos];
	if (take(r, '{'))
		value = read_object(r);
	else if (take(r, '['))
		value = read_array(r);
	else if (take(r, '"'))
		value = read_string(r);
	else if (c == '-' || (c >= '0' && c <= '9'))
		value = read_number(r);
	else
		value = read_word(r);
	r->depth--;
	return value;
}

enum sw_err sw_json_read(struct sw_slice text, json_t **ret, struct sw_error *err)
{
	struct reader r = { .in = text, .text = { .max = text.len, .secret = true } };
	json_t *value = NULL;

	for (size_t pos = 0; pos < text.len && !r.flaw;)
		if (sw_utf8_next(text, &pos) < 0) {
			r.pos = pos;
			(void)broken(&r, "bytes that are no UTF-8");
		}
	if (!r.flaw)
		value = read_value(&r);
	skip_blanks(&r);
	if (value && r.pos < text.len) {
		json_decref(value);
		value = broken(&r, "more behind the value");
	}
	sw_buf_wipe(&r.text);
	if (value) {
		*ret = value;
		return SW_OK;
	}
	if (!r.flaw)
		return sw_fail_nomem(err);
	return sw_fail(err, SW_E_DATA, "%s (byte %zu)", r.flaw, r.pos);
}
