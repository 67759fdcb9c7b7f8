/* SPDX-License-Identifier: MIT */
/* A reader of MIME messages for tests, written after RFC 2045 and 2046 and not after our writer:
 * parts with their decoded bodies, in order, with the path of the multiparts around them. */
#ifndef MIME_TEST_H
#define MIME_TEST_H

#include "sw_test.h"

#include "codec/base64.h"
#include "codec/param.h"
#include "codec/qp.h"
#include "codec/word.h"
#include "mail/header.h"

struct mime_part {
	char path[64];			/* "/mixed/alternative" */
	struct sw_slice header;
	char type[128];			/* "text/plain" */
	struct sw_param *type_params;
	char disposition[32];
	struct sw_param *disposition_params;
	struct sw_buf body;		/* decoded */
};

struct mime {
	struct sw_arena arena;
	struct mime_part parts[32];
	size_t count;
};

static inline void mime_fini(struct mime *m)
{
	for (size_t i = 0; i < m->count; i++)
		sw_buf_fini(&m->parts[i].body);
	sw_arena_fini(&m->arena);
}

/* The unfolded value of a field, "" when there is none; fails when there are two. */
static inline const char *mime_field(struct mime *m, struct sw_slice header, const char *name)
{
	struct sw_field f;
	const char *found = NULL;

	while (sw_field_next(&header, &f)) {
		SW_CLEANUP(sw_buf_fini) struct sw_buf value = { .max = 1 << 20 };

		assert_true(f.name.len > 0);
		if (!sw_slice_eq_nocase(f.name, sw_slice_str(name)))
			continue;
		assert_null(found);
		assert_ok(sw_field_unfold(f.value, &value));
		found = sw_arena_strdup(&m->arena, sw_buf_str(&value));
		assert_non_null(found);
	}
	return found ? found : "";
}

/* Splits "value; params". */
static inline void mime_value(struct mime *m, const char *text, char *out, size_t size,
			      struct sw_param **params)
{
	struct sw_slice s = sw_slice_str(text);
	size_t end = sw_slice_find(s, ';');

	snprintf(out, size, "%.*s", (int)end, text);
	assert_ok(sw_params_parse(&m->arena, sw_slice_from(s, end + 1), params));
}

static inline void mime_leaf(struct mime *m, const char *path, struct sw_slice header,
			     struct sw_slice body)
{
	assert_true(m->count < SW_LEN(m->parts));
	struct mime_part *p = &m->parts[m->count++];
	const char *encoding = mime_field(m, header, "Content-Transfer-Encoding");

	snprintf(p->path, sizeof(p->path), "%s", path);
	p->header = header;
	mime_value(m, mime_field(m, header, "Content-Type"), p->type, sizeof(p->type),
		   &p->type_params);
	mime_value(m, mime_field(m, header, "Content-Disposition"), p->disposition,
		   sizeof(p->disposition), &p->disposition_params);
	sw_buf_init(&p->body, 1 << 26);
	if (strcmp(encoding, "base64") == 0) {
		assert_ok(sw_base64_decode(body, SW_BASE64_LENIENT, &p->body));
	} else if (strcmp(encoding, "quoted-printable") == 0) {
		assert_ok(sw_qp_decode(body, &p->body));
	} else {
		assert_string_equal(encoding, "7bit");
		assert_ok(sw_buf_add(&p->body, body));
	}
}

/* The next piece of a multipart body up to a boundary line, whose CRLF before belongs to it. */
static inline bool mime_next(struct sw_slice *rest, struct sw_slice boundary,
			     struct sw_slice *ret, bool *ret_last)
{
	for (size_t at = 0; at < rest->len;) {
		struct sw_slice line = sw_slice_from(*rest, at);
		size_t end = sw_slice_search(line, SW_S("\r\n"));

		line = sw_slice_head(line, end);
		if (sw_slice_starts(line, SW_S("--")) &&
		    sw_slice_starts(sw_slice_from(line, 2), boundary)) {
			struct sw_slice tail = sw_slice_from(line, 2 + boundary.len);

			*ret_last = sw_slice_eq(tail, SW_S("--"));
			if (*ret_last || tail.len == 0) {
				*ret = sw_slice_head(*rest, at >= 2 ? at - 2 : 0);
				*rest = sw_slice_from(*rest, at + end + 2);
				return true;
			}
		}
		at += end + 2;
	}
	return false;
}

/* An entity: header, empty line, body.  Recursion is fine here: the input is ours. */
static inline void mime_entity(struct mime *m, const char *path, struct sw_slice entity)
{
	size_t end = sw_slice_starts(entity, SW_S("\r\n")) ? 0 :
							     sw_slice_search(entity, SW_S("\r\n\r\n"));
	struct sw_slice header = sw_slice_head(entity, end + 2), body = sw_slice_from(entity, end + 4);
	struct sw_param *params = NULL;
	char type[128], inner[64];

	mime_value(m, mime_field(m, header, "Content-Type"), type, sizeof(type), &params);
	if (strncmp(type, "multipart/", 10) != 0) {
		mime_leaf(m, path, header, body);
		return;
	}
	struct sw_slice boundary = sw_params_find(params, SW_S("boundary")), piece;
	bool last = false;

	snprintf(inner, sizeof(inner), "%.30s/%.30s", path, type + 10);
	assert_true(boundary.len > 0 && boundary.len <= 70);
	assert_true(mime_next(&body, boundary, &piece, &last));
	/* No text before the first boundary. */
	assert_int_equal(piece.len, 0);
	while (!last) {
		assert_true(mime_next(&body, boundary, &piece, &last));
		mime_entity(m, inner, piece);
	}
	assert_int_equal(sw_slice_trim(body).len, 0);
}

/* Parses a whole message; m->parts hold its leaves. */
static inline void mime_parse(struct mime *m, struct sw_slice message)
{
	*m = (struct mime){ 0 };
	mime_entity(m, "", message);
}

#endif
