/* SPDX-License-Identifier: MIT */
/* Fields of reports, whatever they say. */
#include "mail/report.h"

#include "base/limits.h"
#include "codec/qp.h"
#include "codec/word.h"
#include "mail/mime.h"
#include "mail/report_private.h"

/* Fields without a hyphen in their names; other lines "Word: text" are text of a fold without
 * blank ("https://..."). */
static const struct sw_slice short_names[] = {
	SW_REPORT_NAME("Status"),    SW_REPORT_NAME("Action"),  SW_REPORT_NAME("Disposition"),
	SW_REPORT_NAME("Error"),     SW_REPORT_NAME("Warning"), SW_REPORT_NAME("Failure"),
	SW_REPORT_NAME("Incidents"), SW_REPORT_NAME("Version"), SW_REPORT_NAME("Arrival"),
	SW_REPORT_NAME("Delay"),     SW_REPORT_NAME("Date"),    SW_REPORT_NAME("To"),
	SW_REPORT_NAME("From"),      SW_REPORT_NAME("Subject")
};

size_t sw_report_name(struct sw_slice name, const struct sw_slice *names, size_t count)
{
	size_t i = 0;

	while (i < count && !sw_slice_eq_nocase(name, names[i]))
		i++;
	return i;
}

/* Length of a field's name at the front, or 0. */
static size_t field_name(struct sw_slice line)
{
	size_t len = sw_mime_name_length(line);
	struct sw_slice name = sw_slice_head(line, len);

	for (size_t i = 0; i < len; i++) {
		char c = sw_ascii_lower(name.ptr[i]);

		if (!(c >= 'a' && c <= 'z') && !sw_ascii_digit(c) && c != '-' && c != '_')
			return 0;
	}
	bool known =
		sw_slice_find(name, '-') < len ||
		sw_report_name(name, short_names, SW_LEN(short_names)) < SW_LEN(short_names);

	return known ? len : 0;
}

/* "550-5.1.1" or "550 5.1.1" at the front of a line that goes on a reply which began likewise:
 * its length. */
static size_t repeated_code(struct sw_slice reply, struct sw_slice line)
{
	struct sw_enhanced ignored;
	size_t len = 3, taken;

	if (reply.len < 4 || line.len < 3 || !sw_ascii_digit(line.ptr[0]) ||
	    !sw_slice_eq(sw_slice_head(reply, 3), sw_slice_head(line, 3)) ||
	    sw_ascii_digit(reply.ptr[3]) || reply.ptr[3] == '.')
		return 0;
	if (line.len > 3 && line.ptr[3] != '-' && line.ptr[3] != ' ')
		return 0;
	len += line.len > 3;
	if (sw_enhanced_parse(sw_slice_from(line, len), &ignored, &taken))
		len += taken;
	return len;
}

/* Appends a line of a value; a code that the reply has shown already is dropped. */
static size_t append(char *to, size_t len, struct sw_slice line)
{
	struct sw_slice so_far = sw_slice(to, len), type;

	line = sw_slice_trim(line);
	sw_report_typed(so_far, &type, &so_far);
	line = sw_slice_trim(sw_slice_from(line, repeated_code(so_far, line)));
	if (line.len == 0)
		return len;
	if (len)
		to[len++] = ' ';
	memcpy(to + len, line.ptr, line.len);
	return len + line.len;
}

static enum sw_err decode_words(struct sw_arena *arena, struct sw_slice *value)
{
	if (!sw_words_present(*value))
		return SW_OK;
	SW_CLEANUP(sw_buf_fini) struct sw_buf text = { .max = 4 * value->len + 4 };
	enum sw_err code = sw_words_decode(*value, &text);

	if (code)
		return code;
	*value = sw_arena_copy(arena, sw_buf_slice(&text));
	return value->ptr ? SW_OK : SW_E_NOMEM;
}

/* The lines behind a field's first that belong to it; their bytes with their ends. */
static size_t fold_length(struct sw_slice rest)
{
	struct sw_slice line, after = rest;

	while (sw_mime_line_next(&after, &line) && sw_slice_trim(line).len) {
		if (line.ptr[0] != ' ' && line.ptr[0] != '\t' && field_name(line))
			break;
		rest = after;
	}
	return rest.len;
}

/* A value of several lines, joined by blanks. */
static enum sw_err join(struct sw_arena *arena, struct sw_slice value, struct sw_slice *ret)
{
	struct sw_slice line;
	size_t len = 0;
	char *to = sw_arena_alloc(arena, value.len + 2);

	if (!to)
		return SW_E_NOMEM;
	while (sw_mime_line_next(&value, &line))
		len = append(to, len, line);
	*ret = sw_slice(to, len);
	return SW_OK;
}

enum sw_err sw_report_next(struct sw_report_scan *s, struct sw_report_line *ret,
			   bool *ret_more)
{
	struct sw_slice line;
	enum sw_err code = SW_OK;

	*ret_more = false;
	while (sw_mime_line_next(&s->rest, &line)) {
		size_t name = field_name(line);

		if (!name) {
			s->gap |= sw_slice_trim(line).len == 0;
			continue;
		}
		size_t colon = sw_slice_find(line, ':');
		struct sw_slice value = sw_slice_from(line, colon + 1);
		size_t left = fold_length(s->rest);
		bool folded = left < s->rest.len;

		if (folded)
			value.len = (size_t)(s->rest.ptr + (s->rest.len - left) - value.ptr);
		s->rest = sw_slice_from(s->rest, s->rest.len - left);
		value = sw_slice_head(value, SW_MAX_REPORT_VALUE);
		*ret = (struct sw_report_line){ .name = sw_slice_head(line, name),
						.value = sw_slice_trim(value),
						.first = s->gap };
		s->gap = false;
		*ret_more = true;
		if (folded)
			code = join(s->arena, value, &ret->value);
		return code ? code : decode_words(s->arena, &ret->value);
	}
	return code;
}

void sw_report_typed(struct sw_slice value, struct sw_slice *ret_type, struct sw_slice *ret)
{
	enum { MOST_TYPE = 32 };
	size_t len = 0;

	value = sw_slice_trim(value);
	while (len < value.len && len < MOST_TYPE) {
		char c = sw_ascii_lower(value.ptr[len]);

		if (!(c >= 'a' && c <= 'z') && !sw_ascii_digit(c) && c != '-' && c != '_')
			break;
		len++;
	}
	size_t mark = len;

	while (mark < value.len && (value.ptr[mark] == ' ' || value.ptr[mark] == '\t'))
		mark++;
	bool typed = len > 0 && mark < value.len && value.ptr[mark] == ';' &&
		     !sw_ascii_digit(value.ptr[0]);

	*ret_type = sw_slice_head(value, typed ? len : 0);
	*ret = typed ? sw_slice_trim(sw_slice_from(value, mark + 1)) : value;
}

struct sw_slice sw_report_host(struct sw_slice value)
{
	struct sw_slice type, host;
	size_t len = 0;

	sw_report_typed(value, &type, &host);
	while (len < host.len && !strchr(" \t(,;", host.ptr[len]) && host.ptr[len])
		len++;
	/* Only an address: "[192.0.2.1]". */
	host = sw_slice_head(host, len);
	while (host.len && host.ptr[host.len - 1] == '.')
		host.len--;
	return host;
}

/* Without "(...)" behind it, "<...>" around it, "mailto:" before it. */
static struct sw_slice bare_address(struct sw_slice s)
{
	s = sw_slice_trim(s);
	/* A program or a file. */
	if (s.len && (s.ptr[0] == '|' || s.ptr[0] == '/' || s.ptr[0] == ':'))
		return s;
	size_t open = sw_slice_find(s, '<');
	size_t close = open < s.len ? sw_slice_find(s, '>') : s.len;

	if (open < close && close < s.len)
		s = sw_slice_trim(sw_slice(s.ptr + open + 1, close - open - 1));
	else if (open < s.len && open == 0)
		s = sw_slice_from(s, 1);
	if (s.len && s.ptr[0] == '(' && sw_slice_find(s, ')') < s.len)
		s = sw_slice_trim(sw_slice_from(s, sw_slice_find(s, ')') + 1));
	if (sw_slice_starts_nocase(s, SW_S("mailto:")))
		s = sw_slice_from(s, strlen("mailto:"));
	/* A quoted local part may hold blanks and brackets. */
	if (s.len && s.ptr[0] == '"' && sw_slice_search(s, SW_S("\"@")) < s.len)
		return sw_slice_head(s, s.len);
	for (size_t i = 0; i < s.len; i++)
		if (strchr(" \t(;,", s.ptr[i]) && s.ptr[i] && i > 0 &&
		    sw_slice_find(sw_slice_head(s, i), '@') < i)
			return sw_slice_head(s, i);
	return s;
}

/* "+2B" for '+' and "+3D" for '=' are all that an address needs of xtext (RFC 3461 4); other
 * sequences of that kind are more likely tags. */
static size_t open_xtext(struct sw_slice rest, char *to)
{
	if (!sw_slice_starts(rest, SW_S("+2B")) && !sw_slice_starts(rest, SW_S("+3D")) &&
	    !sw_slice_starts(rest, SW_S("+40")))
		return 0;
	*to = (char)(sw_hex_value(rest.ptr[1]) << 4 | sw_hex_value(rest.ptr[2]));
	return 3;
}

/* "\x{e9}" (RFC 6533 3). */
static size_t open_unicode(struct sw_slice rest, char to[4], size_t *ret_len)
{
	size_t end = sw_slice_find(sw_slice_head(rest, 10), '}');
	uint32_t code = 0;

	if (!sw_slice_starts(rest, SW_S("\\x{")) || end > 9 || end < 4 || end >= rest.len)
		return 0;
	for (size_t i = 3; i < end; i++) {
		int value = sw_hex_value(rest.ptr[i]);

		if (value < 0)
			return 0;
		code = code << 4 | (uint32_t)value;
	}
	if (code < 0x20 || code == 0x7f || code > 0x10ffff ||
	    (code >= 0xd800 && code <= 0xdfff))
		return 0;
	size_t more = code < 0x80 ? 0 : code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
	static const unsigned char marks[] = { 0, 0xc0, 0xe0, 0xf0 };

	to[0] = (char)(marks[more] | code >> 6 * more);
	for (size_t i = 1; i <= more; i++)
		to[i] = (char)(0x80 | (code >> 6 * (more - i) & 0x3f));
	*ret_len = more + 1;
	return end + 1;
}

enum sw_err sw_report_address(struct sw_arena *arena, struct sw_slice value, bool decode,
			      struct sw_slice *ret)
{
	struct sw_slice type, s;
	size_t len = 0;

	sw_report_typed(value, &type, &s);
	s = bare_address(s);
	bool utf8 = sw_slice_search(s, SW_S("\\x{")) < s.len;
	bool xtext = decode && sw_slice_find(s, '+') < s.len;

	*ret = s;
	if (!utf8 && !xtext)
		return SW_OK;
	char *to = sw_arena_alloc(arena, s.len + 1);

	if (!to)
		return SW_E_NOMEM;
	while (s.len) {
		size_t wrote = 1;
		size_t taken = xtext ? open_xtext(s, to + len) : 0;

		if (!taken)
			taken = open_unicode(s, to + len, &wrote);
		if (!taken)
			to[len] = s.ptr[0];
		len += wrote;
		s = sw_slice_from(s, taken ? taken : 1);
	}
	*ret = sw_slice(to, len);
	return SW_OK;
}

struct sw_enhanced sw_report_status(struct sw_slice value)
{
	enum { NEAR = 24 };
	struct sw_enhanced e = { 0 };
	size_t taken;

	for (size_t at = 0; at < value.len && at < NEAR; at++) {
		bool inside = at > 0 &&
			      (sw_ascii_digit(value.ptr[at - 1]) || value.ptr[at - 1] == '.');
		size_t end = at;

		if (inside || !sw_ascii_digit(value.ptr[at]))
			continue;
		/* What follows the code may be any punctuation. */
		while (end < value.len &&
		       (sw_ascii_digit(value.ptr[end]) || value.ptr[end] == '.'))
			end++;
		while (end > at && value.ptr[end - 1] == '.')
			end--;
		if (sw_enhanced_parse(sw_slice(value.ptr + at, end - at), &e, &taken))
			return e;
	}
	return (struct sw_enhanced){ 0 };
}
