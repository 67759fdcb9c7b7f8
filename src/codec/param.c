/* SPDX-License-Identifier: MIT */
#include "codec/param.h"

#include "base/mem.h"
#include "base/text.h"
#include "codec/charset.h"
#include "codec/qp.h"
#include "codec/word.h"

enum {
	LINE = 78,
	SECTION_MAX = 999,	/* the highest number of a section that is read */
};

static bool is_alnum(char c)
{
	c = sw_ascii_lower(c);
	return sw_ascii_digit(c) || (c >= 'a' && c <= 'z');
}

/* RFC 2231 7: what stands for itself in an extended value. */
static bool is_attribute_char(char c)
{
	return c != '\0' && (is_alnum(c) || strchr("!#$&+-.^_`{|}~", c));
}

bool sw_param_token(struct sw_slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!is_attribute_char(s.ptr[i]) && s.ptr[i] != '*' && s.ptr[i] != '\'' &&
		    s.ptr[i] != '%')
			return false;
	return s.len > 0;
}

/* The length of ` name="value"`, or 0 when it cannot be written that way. */
static size_t plain_size(struct sw_slice name, struct sw_slice value)
{
	size_t size = 1 + name.len + 1 + 2 + value.len;

	if (sw_words_present(value))
		return 0;
	for (size_t i = 0; i < value.len; i++) {
		if (value.ptr[i] < ' ' || value.ptr[i] > '~')
			return 0;
		size += value.ptr[i] == '"' || value.ptr[i] == '\\';
	}
	return size;
}

/* In quotes even where it need not be: some readers expect them. */
static enum sw_err add_plain(struct sw_slice name, struct sw_slice value, struct sw_buf *out)
{
	enum sw_err code = sw_buf_printf(out, ";\r\n %.*s=\"", SW_FMT(name));

	for (size_t i = 0; i < value.len && !code; i++) {
		if (value.ptr[i] == '"' || value.ptr[i] == '\\')
			code = sw_buf_add_char(out, '\\');
		if (!code)
			code = sw_buf_add_char(out, value.ptr[i]);
	}
	return code ? code : sw_buf_add_char(out, '"');
}

static size_t percent_size(struct sw_slice s)
{
	size_t size = 0;

	for (size_t i = 0; i < s.len; i++)
		size += is_attribute_char(s.ptr[i]) ? 1 : 3;
	return size;
}

static enum sw_err add_percent(struct sw_slice s, struct sw_buf *out)
{
	enum sw_err code = SW_OK;

	for (size_t i = 0; i < s.len && !code; i++) {
		unsigned char c = (unsigned char)s.ptr[i];
		char triple[] = { '%', sw_hex_upper[c >> 4], sw_hex_upper[c & 0xf] };

		code = is_attribute_char(s.ptr[i]) ? sw_buf_add_char(out, s.ptr[i]) :
						     sw_buf_add(out, sw_slice(triple, 3));
	}
	return code;
}

/* How much of `value` fits behind what begins the line, in whole characters. */
static size_t fitting(struct sw_slice value, size_t room)
{
	size_t used = 0, taken = 0;

	for (size_t pos = 0; pos < value.len; taken = pos) {
		if (sw_utf8_next(value, &pos) < 0)
			break;
		used += percent_size(sw_slice(value.ptr + taken, pos - taken));
		if (used > room)
			break;
	}
	return taken;
}

static enum sw_err add_sections(struct sw_slice name, struct sw_slice value,
				struct sw_buf *out)
{
	for (unsigned n = 0; value.len; n++) {
		size_t start = sw_buf_len(out);
		enum sw_err code = sw_buf_printf(out, ";\r\n %.*s*%u*=%s", SW_FMT(name), n,
						 n == 0 ? "utf-8''" : "");

		if (code)
			return code;
		/* Less ";" and CRLF, and with room for the next ";". */
		size_t column = sw_buf_len(out) - start - 3;
		size_t take = fitting(value, LINE - 1 - column);

		if (take == 0)
			return SW_E_DATA;
		code = add_percent(sw_slice_head(value, take), out);
		if (code)
			return code;
		value = sw_slice_from(value, take);
	}
	return SW_OK;
}

enum sw_err sw_param_encode(struct sw_slice name, struct sw_slice utf8, struct sw_buf *out)
{
	size_t plain = plain_size(name, utf8);

	if (name.len > SW_PARAM_NAME)
		return SW_E_LIMIT;
	if (plain && plain < LINE)
		return add_plain(name, utf8, out);
	if (!sw_utf8_valid(utf8))
		return SW_E_DATA;
	/* " name*=utf-8''" and a ";" behind. */
	if (name.len + 10 + percent_size(utf8) >= LINE)
		return add_sections(name, utf8, out);
	enum sw_err code = sw_buf_printf(out, ";\r\n %.*s*=utf-8''", SW_FMT(name));

	return code ? code : add_percent(utf8, out);
}

/* Reading: one "name*N*=value" as it stands there. */
struct piece {
	struct sw_slice base;
	struct sw_slice value;	/* quotes and escapes removed */
	int section;		/* -1: none */
	bool extended;		/* percent-encoded */
	bool used;
};

struct pieces {
	struct piece at[SW_MAX_PARAMS];
	size_t count;
};

static void split_name(struct sw_slice name, struct piece *p)
{
	p->section = -1;
	p->base = name;
	if (name.len && name.ptr[name.len - 1] == '*') {
		p->extended = true;
		name.len--;
		p->base = name;
	}
	size_t star = sw_slice_find(name, '*');
	uint64_t number;

	if (star < name.len && sw_slice_u64(sw_slice_from(name, star + 1), &number) &&
	    number <= SECTION_MAX) {
		p->section = (int)number;
		p->base = sw_slice_head(name, star);
	}
}

/* A quoted-string at the front of *rest, into the arena without quotes and escapes. */
static enum sw_err take_quoted(struct sw_arena *arena, struct sw_slice *rest,
			       struct sw_slice *ret)
{
	size_t end = 1, len = 0;

	while (end < rest->len && rest->ptr[end] != '"')
		end += rest->ptr[end] == '\\' && end + 1 < rest->len ? 2 : 1;
	char *to = sw_arena_alloc(arena, end);

	if (!to)
		return SW_E_NOMEM;
	for (size_t i = 1; i < end; i++) {
		if (rest->ptr[i] == '\\' && i + 1 < end)
			i++;
		to[len++] = rest->ptr[i];
	}
	*rest = sw_slice_from(*rest, end + 1);
	*ret = sw_slice(to, len);
	return SW_OK;
}

/* One parameter up to its ';', which is dropped. */
static enum sw_err take_piece(struct sw_arena *arena, struct sw_slice *rest,
			      struct pieces *all)
{
	struct piece p = { 0 };
	size_t stop = 0;

	while (stop < rest->len && rest->ptr[stop] != '=' && rest->ptr[stop] != ';')
		stop++;
	struct sw_slice name = sw_slice_trim(sw_slice_head(*rest, stop));
	bool valued = stop < rest->len && rest->ptr[stop] == '=';

	*rest = sw_slice_from(*rest, valued ? stop + 1 : stop);
	while (rest->len && (rest->ptr[0] == ' ' || rest->ptr[0] == '\t'))
		*rest = sw_slice_from(*rest, 1);
	bool quoted = valued && rest->len && rest->ptr[0] == '"';
	enum sw_err code = quoted ? take_quoted(arena, rest, &p.value) : SW_OK;

	if (code)
		return code;
	stop = sw_slice_find(*rest, ';');
	if (!quoted)
		p.value = sw_slice_trim(sw_slice_head(*rest, stop));
	*rest = sw_slice_from(*rest, stop + 1);
	if (!valued || name.len == 0)
		return SW_OK;
	if (all->count == SW_MAX_PARAMS)
		return SW_E_LIMIT;
	split_name(name, &p);
	all->at[all->count++] = p;
	return SW_OK;
}

static enum sw_err percent_decode(struct sw_slice s, struct sw_buf *out)
{
	enum sw_err code = SW_OK;

	for (size_t i = 0; i < s.len && !code; i++) {
		int high = i + 2 < s.len ? sw_hex_value(s.ptr[i + 1]) : -1;
		int low = i + 2 < s.len ? sw_hex_value(s.ptr[i + 2]) : -1;

		if (s.ptr[i] == '%' && high >= 0 && low >= 0) {
			code = sw_buf_add_char(out, (char)(unsigned char)(high << 4 | low));
			i += 2;
		} else {
			code = sw_buf_add_char(out, s.ptr[i]);
		}
	}
	return code;
}

static struct piece *find_piece(struct pieces *all, struct sw_slice base, int section,
				bool extended_only)
{
	for (size_t i = 0; i < all->count; i++) {
		struct piece *p = &all->at[i];

		if (p->section == section && (p->extended || !extended_only) &&
		    sw_slice_eq_nocase(p->base, base))
			return p;
	}
	return NULL;
}

/* The extended piece `first`, and the sections that follow it by number. */
static enum sw_err join(struct pieces *all, const struct piece *first, struct sw_buf *out)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf bytes = { .max = out->max };
	struct sw_slice value = first->value, charset = SW_S("utf-8");
	enum sw_err code = SW_OK;

	if (first->extended) {
		size_t mark = sw_slice_find(value, '\'');
		struct sw_slice behind = sw_slice_from(value, mark + 1);
		size_t second = sw_slice_find(behind, '\'');

		/* charset'language'text; without the marks all of it is text. */
		if (second < behind.len) {
			charset = sw_slice_head(value, mark);
			value = sw_slice_from(behind, second + 1);
		}
	}
	for (const struct piece *p = first; p && !code;) {
		struct sw_slice part = p == first ? value : p->value;

		code = p->extended ? percent_decode(part, &bytes) : sw_buf_add(&bytes, part);
		p = p->section < 0 ? NULL : find_piece(all, p->base, p->section + 1, false);
	}
	return code ? code : sw_charset_to_utf8(charset, sw_buf_slice(&bytes), out);
}

/* The value of all pieces with this base name. */
static enum sw_err resolve(struct pieces *all, struct sw_slice base, struct sw_buf *out)
{
	const struct piece *p = find_piece(all, base, -1, true);

	if (!p)
		p = find_piece(all, base, 0, false);
	if (p)
		return join(all, p, out);
	p = find_piece(all, base, -1, false);
	return p ? sw_words_decode(p->value, out) : SW_OK;
}

static enum sw_err add_param(struct sw_arena *arena, struct pieces *all, struct sw_slice base,
			     size_t max, struct sw_param **tail)
{
	/* An escaped byte becomes \xNN. */
	SW_CLEANUP(sw_buf_fini) struct sw_buf value = { .max = 4 * max + 4 };
	enum sw_err code = resolve(all, base, &value);

	if (code)
		return code;
	struct sw_param *one = sw_arena_alloc(arena, sizeof(*one));
	char *name = sw_arena_alloc(arena, base.len + 1);

	if (!one || !name)
		return SW_E_NOMEM;
	for (size_t i = 0; i < base.len; i++)
		name[i] = sw_ascii_lower(base.ptr[i]);
	one->name = sw_slice(name, base.len);
	one->value = sw_arena_copy(arena, sw_buf_slice(&value));
	if (!one->value.ptr)
		return SW_E_NOMEM;
	*tail = one;
	return SW_OK;
}

enum sw_err sw_params_parse(struct sw_arena *arena, struct sw_slice in,
			    struct sw_param **ret_first)
{
	/* Too much for the stack of a thread that somebody else made. */
	SW_CLEANUP(sw_freep) struct pieces *all = sw_calloc(1, sizeof(*all));
	struct sw_param *first = NULL, **tail = &first;
	enum sw_err code = all ? SW_OK : SW_E_NOMEM;

	for (struct sw_slice rest = in; rest.len && !code;)
		code = take_piece(arena, &rest, all);
	for (size_t i = 0; !code && i < all->count; i++) {
		struct sw_slice base = all->at[i].base;

		if (all->at[i].used)
			continue;
		for (size_t k = i; k < all->count; k++)
			if (sw_slice_eq_nocase(all->at[k].base, base))
				all->at[k].used = true;
		code = add_param(arena, all, base, in.len, tail);
		if (!code)
			tail = &(*tail)->next;
	}
	if (!code)
		*ret_first = first;
	return code;
}

struct sw_slice sw_params_find(const struct sw_param *first, struct sw_slice name)
{
	for (; first; first = first->next)
		if (sw_slice_eq(first->name, name))
			return first->value;
	return (struct sw_slice){ NULL, 0 };
}
