/* SPDX-License-Identifier: MIT */
/* The second pass: the message anew. */
#include "mail/downgrade.h"

#include "base/limits.h"
#include "base/mem.h"
#include "codec/base64.h"
#include "codec/qp.h"
#include "mail/downgrade_private.h"
#include "mail/header.h"

enum {
	/* A byte becomes three, and a soft break comes with each 25 of these. */
	GROWTH = 4,
	/* The fields that are added to a part. */
	ADDED = 160,
	/* What one chunk can become: each line of it may be the header of another part, and
	 * a header that came with many chunks before goes out at once. */
	OUT_MAX = GROWTH * SW_READ_CHUNK + SW_MAX_HEADER_BLOCK + SW_MAX_MIME_PARTS * ADDED,
	QP_COLUMNS = SW_QP_LINE - 1, /* the last one is the soft break's */
};

static const struct {
	const char *name, *text;
} rows[SW_DOWNGRADE_COUNT] = {
	[SW_DOWNGRADE_DONE] = { "", "" },
	[SW_DOWNGRADE_DKIM] = { "dkim_signed",
				"it is signed with DKIM, and the signature would break" },
	[SW_DOWNGRADE_SIGNED] = { "signed",
				  "a part of it is signed (multipart/signed), and the "
				  "signature would break" },
	[SW_DOWNGRADE_SMIME] = { "smime", "a part of it is S/MIME (application/pkcs7)" },
	[SW_DOWNGRADE_HEADER] = { "header", "8-bit bytes stand in its header fields" },
	[SW_DOWNGRADE_ENCODING] = { "encoding", "a part of it has a transfer encoding that is "
						"not known" },
	[SW_DOWNGRADE_MESSAGE] = { "message_part", "8-bit bytes stand in a message part that "
						   "must not be encoded" },
	[SW_DOWNGRADE_STRUCTURE] = { "structure", "8-bit bytes stand outside of its parts, or "
						  "its parts cannot be told apart" },
};

const char *sw_downgrade_name(enum sw_downgrade d)
{
	return (unsigned)d < SW_DOWNGRADE_COUNT ? rows[d].name : "?";
}

const char *sw_downgrade_text(enum sw_downgrade d)
{
	return (unsigned)d < SW_DOWNGRADE_COUNT ? rows[d].text : "?";
}

struct downgraded {
	struct sw_source base; /* first: a source is cast to this */
	struct sw_source *inner;
	struct sw_downgrade_plan plan;
	struct sw_downgrade_walk *walk;
	struct sw_buf out;
	char *chunk;
	uint64_t given;
	bool ended, broken;

	/* The part under way. */
	unsigned action;
	struct sw_base64_lines base64;
	size_t column;  /* MEND_QP */
	bool open_line; /* QP: a piece of this line is out already */
	bool own_crlf;  /* base64 ended the line, so the delimiter need not */
};

static enum sw_err add_fields(struct sw_buf *out, unsigned action)
{
	enum sw_err code = SW_OK;

	if (action & SW_DG_ADD_VERSION)
		code = sw_buf_add_str(out, "MIME-Version: 1.0\r\n");
	if (!code && (action & (SW_DG_ADD_UTF8 | SW_DG_ADD_UNKNOWN)))
		code = sw_buf_printf(out, "Content-Type: text/plain; charset=%s\r\n",
				     action & SW_DG_ADD_UTF8 ? "utf-8" : "unknown-8bit");
	return code;
}

static const char *label_of(unsigned action)
{
	if (action & SW_DG_RELABEL)
		return "7bit";
	return (action & SW_DG_BODY) == SW_DG_QP ? "quoted-printable" : "base64";
}

static bool has_field(struct sw_slice header, struct sw_slice name)
{
	struct sw_field f;

	while (sw_field_next(&header, &f))
		if (sw_slice_eq_nocase(f.name, name))
			return true;
	return false;
}

/* The fields about the encoding are replaced where the first of them stands; so is a length,
 * which is none of RFC 5322 and is wrong now. */
static enum sw_err add_header(struct sw_buf *out, struct sw_slice header, unsigned action)
{
	static const struct sw_slice encoding = { "Content-Transfer-Encoding", 25 };
	bool relabel = (action & SW_DG_RELABEL) != 0, done = false;
	struct sw_slice rest = header;
	struct sw_field f;
	enum sw_err code = SW_OK;

	/* A multipart that says nothing says 7bit. */
	if (relabel && !has_field(header, encoding))
		return sw_buf_add(out, header);
	while (!code && sw_field_next(&rest, &f)) {
		if (sw_slice_eq_nocase(f.name, SW_S("Content-Length")))
			continue;
		if (!sw_slice_eq_nocase(f.name, encoding)) {
			code = sw_buf_add(out, f.whole);
		} else if (!done) {
			code = sw_buf_printf(out, "%s: %s\r\n", encoding.ptr,
					     label_of(action));
			done = true;
		}
	}
	if (!code)
		code = add_fields(out, action);
	if (!code && !done)
		code = sw_buf_printf(out, "%s: %s\r\n", encoding.ptr, label_of(action));
	return code ? code : sw_buf_add(out, SW_S("\r\n"));
}

/* The encodings that a multipart may have: other labels of it are left as they are, since
 * nobody knows whether they are meant. */
static bool is_plain(const struct sw_downgrade_part *p)
{
	return p->encoding == SW_TE_IDENTITY;
}

static enum sw_err write_header(void *arg, const struct sw_downgrade_part *p,
				struct sw_slice header)
{
	struct downgraded *d = arg;

	/* Read anew, it must have the parts that it had. */
	if (p->index >= d->plan.count)
		return SW_E_DATA;
	d->action = d->plan.parts[p->index];
	d->base64 = (struct sw_base64_lines){ 0 };
	d->column = 0;
	d->open_line = d->own_crlf = false;
	unsigned body = d->action & SW_DG_BODY;
	bool relabel = (d->action & SW_DG_RELABEL) && is_plain(p);

	return body == SW_DG_QP || body == SW_DG_BASE64 || relabel
		       ? add_header(&d->out, header, d->action)
		       : sw_buf_add(&d->out, header);
}

static enum sw_err write_qp(struct downgraded *d, struct sw_slice piece)
{
	bool end = sw_slice_eq(piece, SW_S("\r\n"));
	enum sw_err code = SW_OK;

	if (d->open_line && !end)
		code = sw_buf_add_str(&d->out, "=\r\n");
	d->open_line = !end;
	return code ? code : sw_qp_encode(piece, &d->out);
}

static enum sw_err mend_qp(struct downgraded *d, struct sw_slice piece)
{
	enum sw_err code = SW_OK;

	if (sw_slice_eq(piece, SW_S("\r\n"))) {
		d->column = 0;
		return sw_buf_add(&d->out, piece);
	}
	for (size_t i = 0; !code && i < piece.len; i++) {
		unsigned char b = (unsigned char)piece.ptr[i];

		if (b < 0x80) {
			code = sw_buf_add_char(&d->out, piece.ptr[i]);
			d->column++;
			continue;
		}
		if (d->column + 3 > QP_COLUMNS) {
			code = sw_buf_add_str(&d->out, "=\r\n");
			d->column = 0;
		}
		if (!code)
			code = sw_buf_printf(&d->out, "=%02X", (unsigned)b);
		d->column += 3;
	}
	return code;
}

/* RFC 2045 6.8: what is not of its alphabet means nothing. */
static enum sw_err mend_base64(struct downgraded *d, struct sw_slice piece)
{
	enum sw_err code = SW_OK;

	for (size_t i = 0; !code && i < piece.len; i++)
		if ((unsigned char)piece.ptr[i] < 0x80)
			code = sw_buf_add_char(&d->out, piece.ptr[i]);
	return code;
}

static enum sw_err write_body(void *arg, struct sw_slice piece)
{
	struct downgraded *d = arg;

	switch (d->action & SW_DG_BODY) {
	case SW_DG_QP:
		return write_qp(d, piece);
	case SW_DG_BASE64:
		return sw_base64_lines_add(&d->base64, piece, &d->out);
	case SW_DG_MEND_QP:
		return mend_qp(d, piece);
	case SW_DG_MEND_BASE64:
		return mend_base64(d, piece);
	default:
		return sw_buf_add(&d->out, piece);
	}
}

static enum sw_err write_end(void *arg)
{
	struct downgraded *d = arg;

	if ((d->action & SW_DG_BODY) != SW_DG_BASE64)
		return SW_OK;
	d->own_crlf = true;
	return sw_base64_lines_end(&d->base64, &d->out);
}

static enum sw_err write_frame(void *arg, struct sw_slice piece, bool delimiter SW_UNUSED)
{
	struct downgraded *d = arg;
	bool twice = d->own_crlf && sw_slice_eq(piece, SW_S("\r\n"));

	d->own_crlf = false;
	return twice ? SW_OK : sw_buf_add(&d->out, piece);
}

static enum sw_err dg_rewind(struct sw_source *s, struct sw_error *err)
{
	struct downgraded *d = (struct downgraded *)s;

	d->given = 0;
	d->ended = false;
	sw_buf_clear(&d->out);
	sw_downgrade_walk_reset(d->walk);
	enum sw_err code = sw_source_rewind(d->inner, err);

	d->broken = code != SW_OK;
	return code;
}

static enum sw_err fail_changed(struct sw_error *err)
{
	return sw_fail(err, SW_E_IO, "the message changed while it was read");
}

/* The next piece into d->out. */
static enum sw_err refill(struct downgraded *d, struct sw_error *err)
{
	size_t len = 0;
	enum sw_err code = sw_source_read(d->inner, d->chunk, SW_READ_CHUNK, &len, err);

	if (code)
		return code;
	d->ended = len == 0;
	code = len ? sw_downgrade_walk_feed(d->walk, sw_slice(d->chunk, len))
		   : sw_downgrade_walk_end(d->walk);
	if (code == SW_E_NOMEM)
		return sw_fail_nomem(err);
	uint64_t total = d->given + sw_buf_len(&d->out), size = d->base.facts.size_bytes;

	if (code || (size && (total > size || (d->ended && total != size))))
		return fail_changed(err);
	return SW_OK;
}

static enum sw_err dg_read(struct sw_source *s, char *out, size_t size, size_t *ret_len,
			   struct sw_error *err)
{
	struct downgraded *d = (struct downgraded *)s;

	if (d->broken)
		return fail_changed(err);
	while (sw_buf_len(&d->out) == 0 && !d->ended) {
		enum sw_err code = refill(d, err);

		d->broken = code != SW_OK;
		if (code)
			return code;
	}
	struct sw_slice ready = sw_slice_head(sw_buf_slice(&d->out), size);

	if (ready.len)
		memcpy(out, ready.ptr, ready.len);
	sw_buf_consume(&d->out, ready.len);
	d->given += ready.len;
	*ret_len = ready.len;
	return SW_OK;
}

static void dg_free(struct sw_source *s)
{
	struct downgraded *d = (struct downgraded *)s;

	sw_downgrade_plan_fini(&d->plan);
	sw_downgrade_walk_free(d->walk);
	sw_buf_fini(&d->out);
	sw_free(d->chunk);
	sw_free(d);
}

static const struct sw_source_ops downgraded_ops = {
	.rewind = dg_rewind,
	.read = dg_read,
	.free = dg_free,
};

/* Reads it once to know its facts. */
static enum sw_err measure(struct downgraded *d, struct sw_error *err)
{
	struct sw_source_facts f = d->inner->facts;
	uint64_t column = 0, size = 0, longest = 0;
	enum sw_err code = dg_rewind(&d->base, err);
	char piece[4096];
	size_t len = 1;

	f.has_8bit = f.utf8_headers = false;
	while (!code && len) {
		code = dg_read(&d->base, piece, sizeof(piece), &len, err);
		size += code ? 0 : len;
		for (size_t i = 0; !code && i < len; i++) {
			f.has_8bit |= (unsigned char)piece[i] >= 0x80;
			column = piece[i] == '\r' || piece[i] == '\n' ? 0 : column + 1;
			longest = column > longest ? column : longest;
		}
	}
	f.size_bytes = size;
	f.longest_line = longest;
	d->base.facts = f;
	return code ? code : dg_rewind(&d->base, err);
}

static struct downgraded *downgraded_new(struct sw_source *inner)
{
	struct downgraded *d = sw_calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	const struct sw_downgrade_user user = { write_header, write_body, write_end,
						write_frame, d };

	d->base.ops = &downgraded_ops;
	d->inner = inner;
	sw_buf_init(&d->out, OUT_MAX);
	d->walk = sw_downgrade_walk_new(&user);
	d->chunk = sw_malloc(SW_READ_CHUNK);
	if (d->walk && d->chunk)
		return d;
	dg_free(&d->base);
	return NULL;
}

enum sw_err sw_downgrade_new(struct sw_source *inner, struct sw_source **ret,
			     enum sw_downgrade *ret_why, struct sw_error *err)
{
	struct downgraded *d = downgraded_new(inner);

	if (!d)
		return sw_fail_nomem(err);
	enum sw_err code = sw_downgrade_plan_make(inner, &d->plan, ret_why, err);

	if (!code && *ret_why == SW_DOWNGRADE_DONE) {
		code = measure(d, err);
		/* No path is known that leads here; one that is not must not send them. */
		if (!code && d->base.facts.has_8bit)
			*ret_why = SW_DOWNGRADE_STRUCTURE;
	}
	if (!code && *ret_why == SW_DOWNGRADE_DONE) {
		*ret = &d->base;
		return SW_OK;
	}
	dg_free(&d->base);
	return code;
}
