/* SPDX-License-Identifier: MIT */
/* What is encoded comes back; what comes from outside is decoded to valid UTF-8, or refused.
 * The first byte chooses the code. */
#include <assert.h>

#include "base/text.h"
#include "codec/base64.h"
#include "codec/charset.h"
#include "codec/param.h"
#include "codec/qp.h"
#include "codec/utf8.h"
#include "codec/word.h"

enum { MOST = 1 << 20 };

static void base64_returns(struct sw_slice in)
{
	struct sw_buf out = { .max = MOST }, back = { .max = MOST }, lines = { .max = MOST };
	struct sw_base64_lines e = { 0 };

	assert(!sw_base64_encode(in, &out));
	assert(sw_buf_len(&out) == sw_base64_size(in.len));
	assert(!sw_base64_decode(sw_buf_slice(&out), SW_BASE64_STRICT, &back));
	assert(sw_slice_eq(sw_buf_slice(&back), in));
	sw_buf_clear(&back);
	assert(!sw_base64_lines_add(&e, sw_slice_head(in, in.len / 3), &lines));
	assert(!sw_base64_lines_add(&e, sw_slice_from(in, in.len / 3), &lines));
	assert(!sw_base64_lines_end(&e, &lines));
	assert(sw_buf_len(&lines) == sw_base64_lines_size(in.len));
	assert(!sw_base64_decode(sw_buf_slice(&lines), SW_BASE64_LENIENT, &back));
	assert(sw_slice_eq(sw_buf_slice(&back), in));
	sw_buf_fini(&out);
	sw_buf_fini(&back);
	sw_buf_fini(&lines);
}

/* What the strict decoder takes is the one encoding of what it gives; the lenient agrees. */
static void base64_is_canonical(struct sw_slice in)
{
	struct sw_buf strict = { .max = MOST }, lenient = { .max = MOST },
		      again = { .max = MOST };
	enum sw_err code = sw_base64_decode(in, SW_BASE64_STRICT, &strict);

	assert(!sw_base64_decode(in, SW_BASE64_LENIENT, &lenient));
	assert(code == SW_OK || code == SW_E_DATA);
	if (!code) {
		assert(sw_slice_eq(sw_buf_slice(&strict), sw_buf_slice(&lenient)));
		assert(!sw_base64_encode(sw_buf_slice(&strict), &again));
		assert(sw_slice_eq(sw_buf_slice(&again), in));
	}
	sw_buf_fini(&strict);
	sw_buf_fini(&lenient);
	sw_buf_fini(&again);
}

/* Only line ends may change, and no line is long or begins with what relays touch. */
static void qp_returns(struct sw_slice in)
{
	struct sw_buf out = { .max = MOST }, back = { .max = MOST };
	size_t at = 0;

	assert(!sw_qp_encode(in, &out));
	assert(sw_buf_len(&out) == sw_qp_size(in));
	for (struct sw_slice rest = sw_buf_slice(&out); rest.len;) {
		size_t end = sw_slice_search(rest, SW_S("\r\n"));

		assert(end <= SW_QP_LINE && rest.ptr[0] != '.');
		rest = sw_slice_from(rest, end + 2);
	}
	assert(!sw_qp_decode(sw_buf_slice(&out), &back));
	struct sw_slice got = sw_buf_slice(&back);

	for (size_t i = 0; i < in.len; i++, at++) {
		if (in.ptr[i] != '\r' && in.ptr[i] != '\n') {
			assert(at < got.len && got.ptr[at] == in.ptr[i]);
			continue;
		}
		if (in.ptr[i] == '\r' && i + 1 < in.len && in.ptr[i + 1] == '\n')
			i++;
		assert(at + 1 < got.len && got.ptr[at] == '\r' && got.ptr[++at] == '\n');
	}
	assert(at == got.len);
	sw_buf_clear(&back);
	assert(!sw_qp_decode(in, &back));
	assert(sw_buf_len(&back) <= in.len);
	sw_buf_fini(&out);
	sw_buf_fini(&back);
}

static void words_return(struct sw_slice in)
{
	struct sw_buf out = { .max = MOST }, back = { .max = MOST };

	assert(!sw_words_decode(in, &out));
	assert(sw_utf8_valid(sw_buf_slice(&out)));
	sw_buf_clear(&out);
	enum sw_err code = sw_words_encode(in, SW_WORD_PHRASE, in.len % 80, &out);

	assert(code == (sw_utf8_valid(in) ? SW_OK : SW_E_DATA));
	if (!code && sw_utf8_scan(in, NULL) == SW_UTF8_CLEAN) {
		assert(!sw_words_decode(sw_buf_slice(&out), &back));
		assert(sw_slice_eq(sw_buf_slice(&back), in));
	}
	sw_buf_fini(&out);
	sw_buf_fini(&back);
}

static void params_return(struct sw_slice in)
{
	struct sw_arena arena = { 0 };
	struct sw_buf out = { .max = MOST };
	struct sw_param *first = NULL;
	enum sw_err code = sw_params_parse(&arena, in, &first);

	assert(code == SW_OK || code == SW_E_LIMIT);
	for (; first; first = first->next)
		assert(sw_utf8_valid(first->value));
	code = sw_param_encode(SW_S("filename"), in, &out);
	assert(code == SW_OK || code == SW_E_DATA);
	assert(!code || !sw_utf8_valid(in));
	if (!code && in.len < 4096) {
		assert(!sw_slice_has_8bit(sw_buf_slice(&out)));
		assert(!sw_params_parse(&arena, sw_buf_slice(&out), &first));
		assert(sw_slice_eq(sw_params_find(first, SW_S("filename")), in));
	}
	sw_buf_fini(&out);
	sw_arena_fini(&arena);
}

static void charsets_give_utf8(struct sw_slice in)
{
	static const char *const names[] = { "iso-8859-1", "iso-2022-jp", "shift_jis",
					     "gb18030",    "big5",        "euc-kr",
					     "utf-16",     "iso-2022-kr", "euc-jp",
					     "koi8-r",     "utf-8",       "unknown" };

	for (size_t i = 0; i < SW_LEN(names); i++) {
		struct sw_buf out = { .max = MOST };

		assert(!sw_charset_to_utf8(sw_slice_str(names[i]), in, &out));
		assert(sw_utf8_valid(sw_buf_slice(&out)));
		sw_buf_fini(&out);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const codes[])(struct sw_slice in) = {
		base64_returns, base64_is_canonical, qp_returns,
		words_return,	params_return,	     charsets_give_utf8,
	};

	if (size == 0 || size > MOST / 16)
		return 0;
	codes[data[0] % SW_LEN(codes)](sw_slice(data + 1, size - 1));
	return 0;
}
