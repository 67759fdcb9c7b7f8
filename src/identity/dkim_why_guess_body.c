/* SPDX-License-Identifier: MIT */
/* What gateways and lists do to bodies, undone. Each undoing leaves the body as it may have
 * been in `out`, and the body hash says whether it was so. */
#include "identity/dkim_why_compare.h"
#include "identity/dkim_why_guess.h"

#include "codec/base64.h"
#include "codec/qp.h"

enum {
	FOOTER_LINES = 48, /* lists' footers have 3 to 10 lines, legal ones 30 */
	BANNER_LINES = 12,
	BOUNDARIES = 8, /* lines before which a footer may stand: ends of parts */
};

static void begin(struct sw_dkim_guess *g)
{
	sw_buf_clear(&g->out);
	sw_dkim_guess_add(g, g->header);
	sw_dkim_guess_add(g, SW_S("\r\n"));
}

/* The body without the bytes from..to. */
static bool proves_without(struct sw_dkim_guess *g, size_t from, size_t to)
{
	begin(g);
	sw_dkim_guess_add(g, sw_slice_head(g->body, from));
	sw_dkim_guess_add(g, sw_slice_from(g->body, to));
	return sw_dkim_guess_proves(g);
}

static bool proves_as(struct sw_dkim_guess *g, const struct sw_buf *body)
{
	begin(g);
	sw_dkim_guess_add(g, sw_buf_slice(body));
	return sw_dkim_guess_proves(g);
}

/* The beginning of the line that ends before `at`. */
static size_t line_before(struct sw_slice body, size_t at)
{
	if (at > 0)
		at--;
	while (at > 0 && body.ptr[at - 1] != '\n')
		at--;
	return at;
}

static bool undo_lines_before(struct sw_dkim_guess *g, size_t end, struct sw_buf *detail)
{
	size_t from = end;

	for (unsigned i = 0; i < FOOTER_LINES && from > 0 && !g->nomem; i++) {
		from = line_before(g->body, from);
		if (proves_without(g, from, end))
			return !sw_dkim_why_say(detail, "",
						sw_slice(g->body.ptr + from, end - from));
	}
	return false;
}

/* At the end, or at the end of a part, from the last one up. */
static bool undo_footer(struct sw_dkim_guess *g, struct sw_buf *detail)
{
	size_t at = g->body.len;
	unsigned boundaries = 0;

	if (undo_lines_before(g, at, detail))
		return true;
	while (at > 0 && boundaries < BOUNDARIES && !g->nomem) {
		at = line_before(g->body, at);
		if (!sw_slice_starts(sw_slice_from(g->body, at), SW_S("--")))
			continue;
		boundaries++;
		if (undo_lines_before(g, at, detail))
			return true;
	}
	return false;
}

static bool undo_banner(struct sw_dkim_guess *g, struct sw_buf *detail)
{
	size_t to = 0;

	for (unsigned i = 0; i < BANNER_LINES && to < g->body.len && !g->nomem; i++) {
		to += sw_slice_find(sw_slice_from(g->body, to), '\n') + 1;
		if (to <= g->body.len && proves_without(g, 0, to))
			return !sw_dkim_why_say(detail, "", g->body);
	}
	return false;
}

/* The body with `from` at the beginning of lines replaced by `to`. */
static bool undo_lines(struct sw_dkim_guess *g, struct sw_slice from, struct sw_slice to)
{
	struct sw_slice rest = g->body;
	size_t changed = 0;

	begin(g);
	while (rest.len > 0) {
		struct sw_slice line = sw_slice_head(rest, sw_slice_find(rest, '\n') + 1);

		rest = sw_slice_from(rest, line.len);
		if (sw_slice_starts(line, from)) {
			sw_dkim_guess_add(g, to);
			line = sw_slice_from(line, from.len);
			changed++;
		}
		sw_dkim_guess_add(g, line);
	}
	return changed > 0 && sw_dkim_guess_proves(g);
}

static bool undo_from(struct sw_dkim_guess *g, struct sw_buf *detail SW_UNUSED)
{
	return undo_lines(g, SW_S(">From "), SW_S("From "));
}

static bool undo_dots(struct sw_dkim_guess *g, struct sw_buf *detail SW_UNUSED)
{
	return undo_lines(g, SW_S(".."), SW_S(".")) || undo_lines(g, SW_S("."), SW_S(".."));
}

/* All places of `from` in the body replaced by `to`. */
static bool undo_text(struct sw_dkim_guess *g, struct sw_slice from, struct sw_slice to)
{
	struct sw_slice rest = g->body;
	size_t at = sw_slice_search(rest, from);

	if (at == rest.len)
		return false;
	begin(g);
	for (; at < rest.len; at = sw_slice_search(rest, from)) {
		sw_dkim_guess_add(g, sw_slice_head(rest, at));
		sw_dkim_guess_add(g, to);
		rest = sw_slice_from(rest, at + from.len);
	}
	sw_dkim_guess_add(g, rest);
	return sw_dkim_guess_proves(g);
}

/* Lines of more than 990 bytes, as Sendmail and those who learned from it break them. */
static bool undo_wrapped(struct sw_dkim_guess *g, struct sw_buf *detail SW_UNUSED)
{
	return undo_text(g, SW_S("!\r\n "), SW_S("")) ||
	       undo_text(g, SW_S("!\r\n"), SW_S("")) || undo_text(g, SW_S("\r\n "), SW_S(""));
}

/* Blanks at the ends of lines away, as they count with c=simple. */
static bool undo_blanks(struct sw_dkim_guess *g, struct sw_buf *detail SW_UNUSED)
{
	struct sw_slice rest = g->body;
	size_t changed = 0;

	begin(g);
	while (rest.len > 0) {
		struct sw_slice line = sw_slice_head(rest, sw_slice_find(rest, '\n') + 1);
		size_t len = line.len;

		rest = sw_slice_from(rest, line.len);
		while (len > 0 && strchr(" \t\r\n", line.ptr[len - 1]))
			len--;
		changed += len + 2 < line.len;
		sw_dkim_guess_add(g, sw_slice_head(line, len));
		sw_dkim_guess_add(g, SW_S("\r\n"));
	}
	return changed > 0 && sw_dkim_guess_proves(g);
}

/* With CRLF where a decoder left LF. */
static void with_crlf(struct sw_dkim_guess *g, struct sw_slice in, struct sw_buf *out)
{
	for (size_t i = 0; i < in.len && !g->nomem; i++) {
		bool bare = in.ptr[i] == '\n' && (i == 0 || in.ptr[i - 1] != '\r');

		g->nomem = (bare && sw_buf_add_char(out, '\r')) ||
			   sw_buf_add_char(out, in.ptr[i]);
	}
}

/* As it was before a gateway made it fit for seven bits. */
static bool undo_encoding(struct sw_dkim_guess *g, struct sw_buf *detail SW_UNUSED)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf raw = { .max = 2 * (size_t)SW_MAX_MAIL };
	SW_CLEANUP(sw_buf_fini) struct sw_buf body = { .max = 2 * (size_t)SW_MAX_MAIL };
	bool found = false;

	if (sw_qp_decode(g->body, &raw)) {
		g->nomem = true;
		return false;
	}
	with_crlf(g, sw_buf_slice(&raw), &body);
	found = proves_as(g, &body);
	sw_buf_clear(&raw);
	sw_buf_clear(&body);
	if (!found && !g->nomem && !sw_base64_decode(g->body, SW_BASE64_LENIENT, &raw)) {
		with_crlf(g, sw_buf_slice(&raw), &body);
		found = proves_as(g, &body);
	}
	return found;
}

void sw_dkim_guess_body(struct sw_dkim_guess *g, enum sw_dkim_change *ret,
			struct sw_buf *detail)
{
	static const struct {
		enum sw_dkim_change change;
		bool (*undo)(struct sw_dkim_guess *g, struct sw_buf *detail);
	} rows[] = {
		{ SW_DKIM_CHANGE_FROM_LINES, undo_from },
		{ SW_DKIM_CHANGE_DOTS, undo_dots },
		{ SW_DKIM_CHANGE_WHITESPACE, undo_blanks },
		{ SW_DKIM_CHANGE_WRAPPED, undo_wrapped },
		{ SW_DKIM_CHANGE_REENCODED, undo_encoding },
		{ SW_DKIM_CHANGE_BANNER, undo_banner },
		{ SW_DKIM_CHANGE_FOOTER, undo_footer },
	};

	for (size_t i = 0; i < SW_LEN(rows) && !g->nomem; i++)
		if (rows[i].undo(g, detail)) {
			*ret = rows[i].change;
			return;
		}
}
