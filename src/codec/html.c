/* SPDX-License-Identifier: MIT */
#include "codec/html.h"

enum {
	MOST_NAME = 12,      /* no element that matters here has a longer name */
	MOST_REFERENCE = 10, /* nor a character reference: "&thetasym;" */
};

enum element { OTHER, LINE, CELL, RULE, PRE, HIDDEN };

static const struct {
	const char *name;
	enum element kind;
} elements[] = {
	{ "br", LINE },         { "p", LINE },        { "div", LINE },
	{ "tr", LINE },         { "td", CELL },       { "th", CELL },
	{ "li", LINE },         { "ul", LINE },       { "ol", LINE },
	{ "table", LINE },      { "h1", LINE },       { "h2", LINE },
	{ "h3", LINE },         { "h4", LINE },       { "h5", LINE },
	{ "h6", LINE },         { "hr", RULE },       { "pre", PRE },
	{ "dt", LINE },         { "dd", LINE },       { "dl", LINE },
	{ "body", LINE },       { "title", HIDDEN },  { "section", LINE },
	{ "style", HIDDEN },    { "script", HIDDEN }, { "center", LINE },
	{ "blockquote", LINE }, { "article", LINE },  { "header", LINE },
	{ "footer", LINE },     { "address", LINE },  { "fieldset", LINE },
	{ "form", LINE },       { "tbody", LINE },    { "thead", LINE },
	{ "textarea", LINE },
};

/* Those that bounces use; others stay as they are written. */
static const struct {
	const char *name, *text;
} references[] = {
	{ "amp", "&" },    { "lt", "<" },     { "gt", ">" },     { "quot", "\"" },
	{ "apos", "'" },   { "nbsp", " " },   { "ensp", " " },   { "emsp", " " },
	{ "thinsp", " " }, { "shy", "" },     { "zwnj", "" },    { "zwj", "" },
	{ "ndash", "–" },  { "mdash", "—" },  { "hellip", "…" }, { "lsquo", "‘" },
	{ "rsquo", "’" },  { "ldquo", "“" },  { "rdquo", "”" },  { "laquo", "«" },
	{ "raquo", "»" },  { "bull", "•" },   { "middot", "·" }, { "copy", "©" },
	{ "reg", "®" },    { "trade", "™" },  { "euro", "€" },   { "deg", "°" },
	{ "sect", "§" },   { "szlig", "ß" },  { "Auml", "Ä" },   { "Ouml", "Ö" },
	{ "Uuml", "Ü" },   { "auml", "ä" },   { "ouml", "ö" },   { "uuml", "ü" },
	{ "euml", "ë" },   { "iuml", "ï" },   { "Agrave", "À" }, { "agrave", "à" },
	{ "egrave", "è" }, { "Egrave", "È" }, { "igrave", "ì" }, { "ograve", "ò" },
	{ "ugrave", "ù" }, { "Aacute", "Á" }, { "aacute", "á" }, { "Eacute", "É" },
	{ "eacute", "é" }, { "iacute", "í" }, { "Iacute", "Í" }, { "oacute", "ó" },
	{ "Oacute", "Ó" }, { "uacute", "ú" }, { "Uacute", "Ú" }, { "acirc", "â" },
	{ "ecirc", "ê" },  { "Ecirc", "Ê" },  { "icirc", "î" },  { "ocirc", "ô" },
	{ "ucirc", "û" },  { "atilde", "ã" }, { "otilde", "õ" }, { "ntilde", "ñ" },
	{ "Ntilde", "Ñ" }, { "ccedil", "ç" }, { "Ccedil", "Ç" }, { "aring", "å" },
	{ "Aring", "Å" },  { "aelig", "æ" },  { "oslash", "ø" }, { "Oslash", "Ø" },
	{ "iquest", "¿" }, { "iexcl", "¡" },
};

struct html {
	struct sw_slice in;
	size_t pos;
	char *to;
	size_t len;
	bool blank;     /* a blank waits for the next word */
	unsigned lines; /* line ends since the last word */
	bool pre;
};

static void put(struct html *h, struct sw_slice text)
{
	if (text.len == 0)
		return;
	if (h->blank && h->lines == 0 && h->len)
		h->to[h->len++] = ' ';
	h->blank = false;
	h->lines = 0;
	memcpy(h->to + h->len, text.ptr, text.len);
	h->len += text.len;
}

static void put_line_end(struct html *h)
{
	h->blank = false;
	if (h->len && h->lines < 2)
		h->to[h->len++] = '\n';
	h->lines += h->lines < 2;
}

/* An element's begin or end: a line of its own, but no empty one. */
static void put_break(struct html *h)
{
	if (h->lines == 0)
		put_line_end(h);
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f';
}

/* Text up to the next markup. */
static void take_text(struct html *h)
{
	size_t from = h->pos;

	while (h->pos < h->in.len && h->in.ptr[h->pos] != '<' && h->in.ptr[h->pos] != '&') {
		char c = h->in.ptr[h->pos];

		if (!is_space(c)) {
			h->pos++;
			continue;
		}
		put(h, sw_slice(h->in.ptr + from, h->pos - from));
		if (h->pre && c == '\n')
			put_line_end(h);
		else
			h->blank = true;
		from = ++h->pos;
	}
	put(h, sw_slice(h->in.ptr + from, h->pos - from));
}

static size_t put_code_point(uint64_t code, char to[4])
{
	if (code < 0x80) {
		to[0] = (char)code;
		return 1;
	}
	size_t more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
	static const unsigned char marks[] = { 0, 0xc0, 0xe0, 0xf0 };

	to[0] = (char)(marks[more] | code >> 6 * more);
	for (size_t i = 1; i <= more; i++)
		to[i] = (char)(0x80 | (code >> 6 * (more - i) & 0x3f));
	return more + 1;
}

/* "#8217" or "#x2019"; false when it names no character that text may hold. */
static bool numeric(struct sw_slice name, uint64_t *ret)
{
	struct sw_slice digits = sw_slice_from(name, 1);
	uint64_t code = 0;

	if (digits.len && sw_ascii_lower(digits.ptr[0]) == 'x') {
		digits = sw_slice_from(digits, 1);
		for (size_t i = 0; i < digits.len; i++) {
			char c = sw_ascii_lower(digits.ptr[i]);

			if (!sw_ascii_digit(c) && (c < 'a' || c > 'f'))
				return false;
			code = code << 4 |
			       (uint64_t)(sw_ascii_digit(c) ? c - '0' : c - 'a' + 10);
		}
	} else if (!sw_slice_u64(digits, &code)) {
		return false;
	}
	*ret = code;
	return digits.len && code >= ' ' && code != 0x7f && code <= 0x10ffff &&
	       (code < 0xd800 || code > 0xdfff);
}

static void take_reference(struct html *h)
{
	struct sw_slice rest = sw_slice_from(h->in, h->pos + 1);
	struct sw_slice name = sw_slice_head(rest, MOST_REFERENCE);
	size_t len = 0;
	uint64_t code;
	char text[4];

	while (len < name.len && name.ptr[len] != ';' && name.ptr[len] != '&' &&
	       !is_space(name.ptr[len]))
		len++;
	name = sw_slice_head(name, len);
	bool closed = len < rest.len && rest.ptr[len] == ';';

	if (closed && len && name.ptr[0] == '#' && numeric(name, &code)) {
		h->pos += len + 2;
		if (code == 0xa0)
			h->blank = true;
		else
			put(h, sw_slice(text, put_code_point(code, text)));
		return;
	}
	for (size_t i = 0; i < SW_LEN(references) && closed; i++) {
		struct sw_slice out = sw_slice_str(references[i].text);

		if (!sw_slice_eq(name, sw_slice_str(references[i].name)))
			continue;
		h->pos += len + 2;
		if (sw_slice_eq(out, SW_S(" ")))
			h->blank = true;
		else
			put(h, out);
		return;
	}
	h->pos++;
	put(h, SW_S("&"));
}

/* Past a comment, or a hidden element's content. */
static void skip_past(struct html *h, size_t from, struct sw_slice end)
{
	struct sw_slice rest = sw_slice_from(h->in, from);
	size_t at = sw_slice_search(rest, end);

	h->pos = at == rest.len ? h->in.len : from + at + end.len;
}

/* Up to "</name" in any case, or to the end. */
static void skip_hidden(struct html *h, struct sw_slice name)
{
	while (h->pos < h->in.len) {
		h->pos += sw_slice_search(sw_slice_from(h->in, h->pos), SW_S("</"));
		if (sw_slice_starts_nocase(sw_slice_from(h->in, h->pos + 2), name))
			return;
		h->pos += h->pos < h->in.len ? 2 : 0;
	}
}

static enum element kind_of(struct sw_slice name)
{
	for (size_t i = 0; i < SW_LEN(elements); i++)
		if (sw_slice_eq_nocase(name, sw_slice_str(elements[i].name)))
			return elements[i].kind;
	return OTHER;
}

/* Behind the '>' of a tag whose name ends at `from`; quoted values may hold one, but a quote
 * that is never closed does not swallow the rest. */
static size_t tag_end(struct sw_slice in, size_t from)
{
	for (size_t i = from; i < in.len; i++) {
		char c = in.ptr[i];

		if (c == '>')
			return i + 1;
		if (c == '<')
			return i;
		if ((c == '"' || c == '\'') && in.ptr[i - 1] == '=') {
			struct sw_slice rest = sw_slice_head(sw_slice_from(in, i + 1), 4096);
			size_t close = sw_slice_find(rest, c);

			if (close < rest.len)
				i += close + 1;
		}
	}
	return in.len;
}

static void apply(struct html *h, enum element kind, bool closing, struct sw_slice name)
{
	switch (kind) {
	case LINE:
		if (sw_slice_eq_nocase(name, SW_S("br")))
			put_line_end(h);
		else
			put_break(h);
		if (sw_slice_eq_nocase(name, SW_S("p")) && closing && h->lines == 1)
			put_line_end(h);
		break;
	case CELL:
		h->blank = true;
		break;
	case RULE:
		put_break(h);
		break;
	case PRE:
		put_break(h);
		h->pre = !closing;
		break;
	case HIDDEN:
		if (!closing)
			skip_hidden(h, name);
		break;
	case OTHER:
		break;
	}
}

static void take_markup(struct html *h)
{
	struct sw_slice rest = sw_slice_from(h->in, h->pos + 1);
	bool closing = sw_slice_starts(rest, SW_S("/"));

	if (sw_slice_starts(rest, SW_S("!--"))) {
		skip_past(h, h->pos + 4, SW_S("-->"));
		return;
	}
	if (sw_slice_starts(rest, SW_S("!")) || sw_slice_starts(rest, SW_S("?"))) {
		skip_past(h, h->pos + 1, SW_S(">"));
		return;
	}
	size_t start = h->pos + 1 + closing, end = start;

	while (end < h->in.len && end - start <= MOST_NAME) {
		char c = sw_ascii_lower(h->in.ptr[end]);

		if (!(c >= 'a' && c <= 'z') && !sw_ascii_digit(c) && c != ':')
			break;
		end++;
	}
	char next = end < h->in.len ? h->in.ptr[end] : '>';
	bool tag = end > start && !sw_ascii_digit(h->in.ptr[start]) &&
		   (is_space(next) || next == '>' || next == '/');
	struct sw_slice name = sw_slice(h->in.ptr + start, end - start);

	/* An address, an URL or a comparison. */
	if (!tag) {
		put(h, SW_S("<"));
		h->pos++;
		return;
	}
	h->pos = tag_end(h->in, end);
	apply(h, kind_of(name), closing, name);
}

enum sw_err sw_html_to_text(struct sw_slice utf8, struct sw_buf *out)
{
	/* Each byte put has one that was read, each line end a tag; one more for a last one.
	 */
	size_t most = utf8.len + 1;
	struct html h = { .in = utf8, .lines = 2 };

	if (most > out->max || sw_buf_len(out) > out->max - most)
		return SW_E_LIMIT;
	h.to = sw_buf_reserve(out, most);
	if (!h.to)
		return SW_E_NOMEM;
	while (h.pos < h.in.len) {
		if (h.in.ptr[h.pos] == '<')
			take_markup(&h);
		else if (h.in.ptr[h.pos] == '&')
			take_reference(&h);
		else
			take_text(&h);
	}
	if (h.len && h.lines == 0)
		put_line_end(&h);
	h.len -= h.len > 1 && h.lines == 2;
	sw_buf_commit(out, h.len);
	return SW_OK;
}
