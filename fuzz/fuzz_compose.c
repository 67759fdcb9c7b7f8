/* SPDX-License-Identifier: MIT */
/* Whatever a message is made of, it is refused, or what is written is one header and one body
 * of CRLF lines, whose fields are those that were asked for, and whose text comes back. The
 * input is pieces with NUL bytes between them; the first byte of each says what it is. */
#include <assert.h>
#include <string.h>

#include "base/mem.h"
#include "base/world.h"
#include "codec/charset.h"
#include "mail/compose.h"
#include "mail/flowed.h"
#include "mail/header.h"
#include "mail/mime.h"

enum { MOST = 1 << 23 };

static bool random_bytes(void *arg, void *out, size_t len)
{
	unsigned char *n = arg;

	for (size_t i = 0; i < len; i++)
		((unsigned char *)out)[i] = (unsigned char)(7 * (*n)++);
	return true;
}

static uint64_t now(void *arg)
{
	(void)arg;
	return 1;
}

static int64_t wall(void *arg)
{
	(void)arg;
	return 1767225600000000;
}

static void read_all(struct sw_source *s, size_t step, struct sw_buf *out)
{
	char piece[4096];
	size_t len = 1;

	assert(!sw_source_rewind(s, NULL));
	while (len) {
		assert(!sw_source_read(s, piece, step, &len, NULL));
		assert(!sw_buf_add(out, sw_slice(piece, len)));
	}
}

/* Name and value of a field stand on both sides of a colon. */
static void add_header(struct sw_compose *c, struct sw_slice text)
{
	size_t colon = sw_slice_find(text, ':');

	(void)!sw_compose_header(c, sw_slice_head(text, colon), sw_slice_from(text, colon + 1),
				 NULL);
}

/* type|name|content id|bytes */
static void add_part(struct sw_compose *c, struct sw_slice text, char kind)
{
	struct sw_attach a = { .is_inline = kind == 'i', .is_alternative = kind == 'v' };

	(void)sw_slice_split(&text, '|', &a.type);
	(void)sw_slice_split(&text, '|', &a.name);
	(void)sw_slice_split(&text, '|', &a.content_id);
	a.bytes = text;
	(void)!sw_compose_attach(c, &a, NULL);
}

static void add_converted(struct sw_compose *c, struct sw_slice text)
{
	struct sw_buf out = { .max = 3 * text.len + 16 };
	struct sw_slice name;
	size_t offset = 0;

	if (sw_slice_split(&text, '|', &name) &&
	    !sw_charset_to_utf8_strict(name, text, &out, &offset))
		(void)!sw_compose_html(c, sw_buf_slice(&out), NULL);
	assert(offset <= text.len);
	sw_buf_fini(&out);
}

static void add(struct sw_compose *c, struct sw_slice piece)
{
	char kind = piece.len ? piece.ptr[0] : '\0';
	struct sw_slice text = sw_slice_from(piece, 1), what;

	switch (kind) {
	case 'F':
		(void)!sw_compose_from(c, text, NULL);
		break;
	case 'T':
		(void)!sw_compose_add(c, SW_TO, text, NULL);
		break;
	case 'B':
		(void)!sw_compose_add(c, SW_BCC, text, NULL);
		break;
	case 'R':
		(void)!sw_compose_add(c, SW_REPLY_TO, text, NULL);
		break;
	case 'S':
		(void)!sw_compose_subject(c, text, NULL);
		break;
	case 'M':
		(void)!sw_compose_message_id(c, text, NULL);
		break;
	case 'H':
		add_header(c, text);
		break;
	case 't':
		(void)!sw_compose_text(c, text, NULL);
		break;
	case 'h':
		(void)!sw_compose_html(c, text, NULL);
		break;
	case 'f':
		(void)!sw_compose_flowed(c, NULL);
		break;
	case 'c':
		add_converted(c, text);
		break;
	case 'o':
		(void)!sw_compose_one_click(c, NULL);
		break;
	case 'u':
		(void)sw_slice_split(&text, '|', &what);
		(void)!sw_compose_list_uri(c, what, text, NULL);
		break;
	case 'a':
	case 'i':
	case 'v':
		add_part(c, text, kind);
		break;
	default:
		break;
	}
}

static void check_lines(const struct sw_source *s, struct sw_slice bytes)
{
	uint64_t longest = 0;

	assert(bytes.len == s->facts.size_bytes);
	assert(sw_slice_find(bytes, '\0') == bytes.len);
	assert(sw_slice_has_8bit(bytes) == s->facts.has_8bit);
	for (struct sw_slice rest = bytes; rest.len;) {
		size_t end = sw_slice_search(rest, SW_S("\r\n"));
		struct sw_slice line = sw_slice_head(rest, end);

		assert(end < rest.len);
		assert(sw_slice_find(line, '\r') == end && sw_slice_find(line, '\n') == end);
		longest = end > longest ? end : longest;
		rest = sw_slice_from(rest, end + 2);
	}
	assert(longest == s->facts.longest_line && longest <= SW_MAX_LINE_HARD);
}

/* Each of ours once, Bcc never. */
static void check_header(struct sw_slice bytes)
{
	static const char *const once[] = { "From",         "Date",         "Message-ID",
					    "MIME-Version", "Content-Type", "Subject" };
	size_t counts[SW_LEN(once)] = { 0 };
	struct sw_field f;

	while (sw_field_next(&bytes, &f)) {
		assert(f.name.len && !sw_slice_eq_nocase(f.name, SW_S("Bcc")));
		for (size_t i = 0; i < SW_LEN(once); i++)
			counts[i] += sw_slice_eq_nocase(f.name, sw_slice_str(once[i]));
	}
	for (size_t i = 0; i + 1 < SW_LEN(once); i++)
		assert(counts[i] == 1);
	assert(counts[SW_LEN(once) - 1] <= 1);
}

static void check(struct sw_source *s)
{
	struct sw_buf out = { .max = MOST }, again = { .max = MOST };
	struct sw_arena arena;
	struct sw_mime mime;

	sw_arena_init(&arena);
	read_all(s, 4096, &out);
	read_all(s, 7, &again);
	assert(sw_slice_eq(sw_buf_slice(&out), sw_buf_slice(&again)));
	check_lines(s, sw_buf_slice(&out));
	check_header(sw_buf_slice(&out));
	assert(!sw_mime_parse(&arena, sw_buf_slice(&out), &mime, NULL));
	sw_arena_fini(&arena);
	sw_buf_fini(&out);
	sw_buf_fini(&again);
}

/* Alone, since its lines need no message. */
static void flow(struct sw_slice text)
{
	struct sw_buf flat = { .max = 2 * text.len + 2 }, out = { 0 };

	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] != '\r')
			assert(!sw_buf_add(&flat, text.ptr[i] == '\n'
							  ? SW_S("\r\n")
							  : sw_slice(text.ptr + i, 1)));
	assert(!sw_buf_add_str(&flat, "\r\n"));
	out.max = sw_flowed_most(sw_buf_len(&flat));
	assert(!sw_flowed_add(sw_buf_slice(&flat), &out));
	sw_buf_fini(&flat);
	sw_buf_fini(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned char seed = 1;
	const struct sw_world world = {
		.now_us = now, .wall_us = wall, .random = random_bytes, .arg = &seed
	};
	struct sw_compose *c = sw_compose_new(&world);
	struct sw_slice rest = sw_slice(data, size), piece;
	struct sw_source *source = NULL;

	assert(c);
	(void)!sw_compose_from(c, SW_S("a@b.example"), NULL);
	(void)!sw_compose_add(c, SW_TO, SW_S("c@d.example"), NULL);
	flow(rest);
	while (rest.len && sw_slice_split(&rest, '\0', &piece))
		add(c, piece);
	if (!sw_compose_finish(c, &source, NULL))
		check(source);
	sw_source_free(source);
	sw_compose_free(c);
	return 0;
}
