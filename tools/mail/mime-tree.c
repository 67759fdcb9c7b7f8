/* SPDX-License-Identifier: MIT */
/* Prints the tree of each message that is named, as one line of JSON: for the conformance
 * tests. */
#include <errno.h>
#include <stdio.h>

#include <jansson.h>

#include "base/file.h"
#include "base/mem.h"
#include "codec/utf8.h"
#include "mail/mime.h"

enum { MOST = 256 << 20 };

static json_t *text(struct sw_slice s)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf clean = { .max = 4 * s.len + 4 };

	return sw_utf8_add_lossless(&clean, s)
		       ? NULL
		       : json_stringn(sw_buf_str(&clean), sw_buf_len(&clean));
}

/* Bytes as hex: bodies need not be text. */
static json_t *hex(struct sw_slice s)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = 2 * s.len + 2 };
	enum sw_err code = SW_OK;

	for (size_t i = 0; i < s.len && !code; i++)
		code = sw_buf_printf(&out, "%02x", (unsigned)(unsigned char)s.ptr[i]);
	return code ? NULL : json_string(sw_buf_str(&out));
}

static json_t *part(const struct sw_mime_part *p, const char *start);

/* An encoded message is no child of its part: it is decoded and read anew. */
static void add_encoded(json_t *children, struct sw_slice bytes)
{
	SW_CLEANUP(sw_arena_fini) struct sw_arena arena = { 0 };
	struct sw_mime m;

	if (!sw_mime_parse(&arena, bytes, &m, NULL))
		json_array_append_new(children, part(m.root, bytes.ptr));
}

static json_t *part(const struct sw_mime_part *p, const char *start)
{
	static const char *const encodings[SW_TE_COUNT] = { "identity", "qp", "base64",
							    "uuencode", "unknown" };
	SW_CLEANUP(sw_buf_fini) struct sw_buf body = { .max = MOST };
	SW_CLEANUP(sw_buf_fini) struct sw_buf lines = { .max = MOST };
	json_t *children = json_array();

	for (const struct sw_mime_part *c = p->first; c; c = c->next)
		json_array_append_new(children, part(c, start));
	bool leaf = !p->first;

	if (leaf && (sw_mime_decode(p, MOST, &body) || sw_mime_text(p, MOST / 8, &lines)))
		fputs("mime-tree: a body is too large\n", stderr);
	if (leaf && sw_mime_is_message(p->type) && sw_buf_len(&body))
		add_encoded(children, sw_buf_slice(&body));
	return json_pack("{s:o,s:o,s:o,s:s,s:b,s:i,s:i,s:i,s:o,s:o,s:o}", "type",
			 text(p->type), "charset", text(p->charset), "name", text(p->name),
			 "encoding", encodings[p->encoding], "attachment", p->attachment,
			 "header_at", (int)(p->header.ptr - start), "header_length",
			 (int)p->header.len, "body_length", (int)p->body.len, "decoded",
			 leaf ? hex(sw_buf_slice(&body)) : json_null(), "text",
			 leaf ? text(sw_buf_slice(&lines)) : json_null(), "parts", children);
}

static int print_tree(const char *path)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf bytes = { .max = MOST };
	SW_CLEANUP(sw_arena_fini) struct sw_arena arena = { 0 };
	struct sw_error err = { 0 };
	struct sw_mime m;

	if (sw_file_read(path, SW_FILE_INPUT, MOST, &bytes, &err) ||
	    sw_mime_parse(&arena, sw_buf_slice(&bytes), &m, &err)) {
		fprintf(stderr, "mime-tree: %s\n", err.text);
		return 1;
	}
	struct sw_slice whole = sw_buf_slice(&bytes);
	json_t *tree =
		json_pack("{s:s,s:b,s:b,s:o}", "file", path, "cut", m.cut, "broken", m.broken,
			  "root", part(m.root, whole.len ? whole.ptr : m.root->header.ptr));

	if (!tree || json_dumpf(tree, stdout, JSON_COMPACT)) {
		fputs("mime-tree: out of memory\n", stderr);
		return 1;
	}
	putchar('\n');
	json_decref(tree);
	return 0;
}

int main(int argc, char **argv)
{
	int status = 0;

	for (int i = 1; i < argc; i++)
		status |= print_tree(argv[i]);
	return status;
}
