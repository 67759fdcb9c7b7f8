/* SPDX-License-Identifier: MIT */
#include "base/secret.h"

#include "base/mem.h"

/* Shorter needles would blacken ordinary words and hide nothing. */
enum { NEEDLE_LEAST = 4 };

struct needle {
	char *ptr;
	size_t len;
};

/* Sorted by first byte, then by length, the longest first; those that start with byte c are
 * needles[first[c]] up to needles[first[c + 1]], that one excluded. */
struct sw_redactor {
	struct needle *needles;
	size_t count;
	size_t first[257];
};

void sw_wipe(void *ptr, size_t len)
{
	if (ptr)
		explicit_bzero(ptr, len);
}

enum sw_err sw_secret_set(struct sw_secret *s, struct sw_slice value)
{
	/* Copied before the old one goes: `value` may be a part of it. */
	char *copy = sw_dup(value);

	if (!copy)
		return SW_E_NOMEM;
	sw_secret_fini(s);
	s->ptr = copy;
	s->len = value.len;
	return SW_OK;
}

void sw_secret_fini(struct sw_secret *s)
{
	sw_wipe(s->ptr, s->len);
	sw_free(s->ptr);
	*s = (struct sw_secret){ 0 };
}

enum sw_err sw_secret_first_line(struct sw_secret *ret, struct sw_slice text, const char *what,
				 struct sw_error *err)
{
	struct sw_slice line = sw_slice_head(text, sw_slice_find(text, '\n'));

	if (line.len && line.ptr[line.len - 1] == '\r')
		line.len--;
	if (line.len == 0)
		return sw_fail(err, SW_E_CONFIG, "%s: the first line is empty, "
			       "expected the secret there", what);
	if (line.len > SW_MAX_SECRET)
		return sw_fail(err, SW_E_CONFIG, "%s: the first line has %zu bytes, "
			       "a secret has %d at most", what, line.len, SW_MAX_SECRET);
	if (sw_slice_find(line, '\0') != line.len)
		return sw_fail(err, SW_E_CONFIG, "%s: the first line holds a NUL byte, "
			       "expected text", what);
	return sw_secret_set(ret, line) ? sw_fail_nomem(err) : SW_OK;
}

struct sw_redactor *sw_redactor_new(void)
{
	return sw_calloc(1, sizeof(struct sw_redactor));
}

void sw_redactor_free(struct sw_redactor *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < r->count; i++) {
		sw_wipe(r->needles[i].ptr, r->needles[i].len);
		sw_free(r->needles[i].ptr);
	}
	sw_free(r->needles);
	sw_free(r);
}

/* Where a needle belongs in the order; *ret_known when it is there already. */
static size_t needle_place(const struct sw_redactor *r, struct sw_slice bytes, bool *ret_known)
{
	size_t c = (unsigned char)bytes.ptr[0];
	size_t at = r->first[c];

	*ret_known = false;
	for (; at < r->first[c + 1] && r->needles[at].len >= bytes.len; at++)
		if (sw_slice_eq(sw_slice(r->needles[at].ptr, r->needles[at].len), bytes)) {
			*ret_known = true;
			break;
		}
	return at;
}

enum sw_err sw_redactor_add_exact(struct sw_redactor *r, struct sw_slice bytes)
{
	bool known;

	if (bytes.len < NEEDLE_LEAST)
		return SW_OK;
	size_t at = needle_place(r, bytes, &known);

	if (known)
		return SW_OK;
	struct needle *more = sw_realloc(r->needles, (r->count + 1) * sizeof(*more));

	if (!more)
		return SW_E_NOMEM;
	r->needles = more;
	char *copy = sw_dup(bytes);

	if (!copy)
		return SW_E_NOMEM;
	memmove(more + at + 1, more + at, (r->count - at) * sizeof(*more));
	more[at] = (struct needle){ copy, bytes.len };
	r->count++;
	for (size_t c = (size_t)(unsigned char)bytes.ptr[0] + 1; c < SW_LEN(r->first); c++)
		r->first[c]++;
	return SW_OK;
}

/* Base64 of `secret` behind `skip` bytes that we do not know (0, 1, 2): only the characters
 * that hold nothing but its bits, since the others depend on the neighbours. */
static enum sw_err add_base64(struct sw_redactor *r, struct sw_slice secret, size_t skip,
			      const char alphabet[static 64], struct sw_buf *scratch)
{
	size_t from = (8 * skip + 5) / 6;
	size_t to = 8 * (skip + secret.len) / 6;

	sw_buf_clear(scratch);
	for (size_t i = from; i < to; i++) {
		size_t bit = 6 * i - 8 * skip;
		unsigned byte = (unsigned char)secret.ptr[bit / 8];
		/* Past the end there is nothing to add: then the six bits end in this byte. */
		unsigned next = bit / 8 + 1 < secret.len ?
					(unsigned char)secret.ptr[bit / 8 + 1] : 0;
		unsigned value = ((byte << 8 | next) >> (10 - bit % 8)) & 0x3f;
		enum sw_err code = sw_buf_add_char(scratch, alphabet[value]);

		if (code)
			return code;
	}
	return sw_redactor_add_exact(r, sw_buf_slice(scratch));
}

static enum sw_err add_hex(struct sw_redactor *r, struct sw_slice secret, const char *digits,
			   struct sw_buf *scratch)
{
	sw_buf_clear(scratch);
	for (size_t i = 0; i < secret.len; i++) {
		unsigned c = (unsigned char)secret.ptr[i];
		const char pair[2] = { digits[c >> 4], digits[c & 0xf] };
		enum sw_err code = sw_buf_add(scratch, sw_slice(pair, 2));

		if (code)
			return code;
	}
	return sw_redactor_add_exact(r, sw_buf_slice(scratch));
}

/* RFC 3986 2.3: what never needs an escape in a URL. */
static bool is_unreserved(char c)
{
	char lower = sw_ascii_lower(c);

	return (lower >= 'a' && lower <= 'z') || sw_ascii_digit(c) || c == '-' || c == '.' ||
	       c == '_' || c == '~';
}

static enum sw_err add_percent(struct sw_redactor *r, struct sw_slice secret, const char *digits,
			       bool plus, struct sw_buf *scratch)
{
	sw_buf_clear(scratch);
	for (size_t i = 0; i < secret.len; i++) {
		unsigned c = (unsigned char)secret.ptr[i];
		char triple[3] = { '%', digits[c >> 4], digits[c & 0xf] };
		size_t len = 3;

		if (is_unreserved(secret.ptr[i]) || (plus && secret.ptr[i] == ' ')) {
			triple[0] = secret.ptr[i] == ' ' ? '+' : secret.ptr[i];
			len = 1;
		}
		enum sw_err code = sw_buf_add(scratch, sw_slice(triple, len));

		if (code)
			return code;
	}
	return sw_redactor_add_exact(r, sw_buf_slice(scratch));
}

enum sw_err sw_redactor_add(struct sw_redactor *r, struct sw_slice secret)
{
	/* RFC 4648 4 and 5: tokens are often passed on in the alphabet for URLs. */
	static const char *const alphabets[] = {
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
	};
	static const char *const digits[] = { "0123456789abcdef", "0123456789ABCDEF" };
	enum sw_err code = SW_OK;

	if (secret.len < NEEDLE_LEAST)
		return SW_OK;
	if (secret.len > SIZE_MAX / 16)
		return SW_E_LIMIT;
	struct sw_buf scratch = { .max = 3 * secret.len, .secret = true };

	if (!sw_buf_reserve(&scratch, scratch.max))
		return SW_E_NOMEM;
	code = sw_redactor_add_exact(r, secret);
	for (size_t i = 0; i < SW_LEN(alphabets); i++)
		for (size_t skip = 0; skip < 3 && !code; skip++)
			code = add_base64(r, secret, skip, alphabets[i], &scratch);
	for (size_t i = 0; i < SW_LEN(digits) && !code; i++) {
		code = add_hex(r, secret, digits[i], &scratch);
		for (int plus = 0; plus < 2 && !code; plus++)
			code = add_percent(r, secret, digits[i], plus, &scratch);
	}
	sw_buf_wipe(&scratch);
	return code;
}

/* Length of the longest needle at the start of `in`, or 0. */
static size_t match(const struct sw_redactor *r, struct sw_slice in)
{
	size_t c = (unsigned char)in.ptr[0];

	for (size_t i = r->first[c]; i < r->first[c + 1]; i++)
		if (sw_slice_starts(in, sw_slice(r->needles[i].ptr, r->needles[i].len)))
			return r->needles[i].len;
	return 0;
}

/* The end of what must go when a needle starts at `at`: occurrences that begin inside another
 * one stretch it, else the tail of "abcabc" in "abcabcabc" would be shown. */
static size_t hidden_end(const struct sw_redactor *r, struct sw_slice in, size_t at)
{
	size_t end = at;

	for (size_t i = at; i == at || i < end; i++) {
		size_t reach = i + match(r, sw_slice_from(in, i));

		if (reach > end)
			end = reach;
	}
	return end;
}

enum sw_err sw_redactor_apply(const struct sw_redactor *r, struct sw_slice in,
			      struct sw_buf *out)
{
	size_t before = sw_buf_len(out);
	size_t shown = 0;
	enum sw_err code = SW_OK;

	for (size_t at = 0; r && at < in.len && !code;) {
		size_t end = hidden_end(r, in, at);

		if (end == at) {
			at++;
			continue;
		}
		code = sw_buf_add(out, sw_slice(in.ptr + shown, at - shown));
		if (!code)
			code = sw_buf_add(out, SW_S("***"));
		shown = at = end;
	}
	if (!code)
		code = sw_buf_add(out, sw_slice_from(in, shown));
	if (code)
		sw_buf_truncate(out, before);
	return code;
}
