/* SPDX-License-Identifier: MIT */
/* Address lists of header fields (RFC 5322 3.4 with the obsolete forms of 4.4).  One pass over
 * tokens, no recursion: whether the words before a ',' or '<' were a name or an address is
 * known only there, so they are collected as both. */
#include "codec/utf8.h"
#include "codec/word.h"
#include "mail/address.h"

enum { SHOWN = 40 };	/* bytes of the list in an error */

struct scan {
	struct sw_slice in;
	size_t pos;
	struct sw_arena *arena;
	struct sw_error *err;
	struct sw_buf phrase;	/* the words as a name: quotes removed, blanks kept as one */
	struct sw_buf spec;	/* the words as an address: quotes kept, blanks removed */
	bool gap;		/* blanks or comments stand before the next token */
	bool broken;		/* words with only blanks between them: no address */
	bool in_group;
	size_t count;
	struct sw_mailbox **tail;
};

static enum sw_err fail_at(const struct scan *s, const char *what)
{
	struct sw_slice rest = sw_slice_from(s->in, s->pos);

	return sw_fail(s->err, SW_E_DATA, "in a list of addresses: %s at byte %zu%s%.*s", what,
		       s->pos, rest.len ? ": " : "",
		       (int)(rest.len < SHOWN ? rest.len : SHOWN), rest.len ? rest.ptr : "");
}

static enum sw_err fail_buf(const struct scan *s, enum sw_err code)
{
	return sw_fail(s->err, code, "%s", sw_err_text(code));
}

/* The next byte, '\0' at the end (NUL itself was refused before). */
static char peek(const struct scan *s)
{
	return s->pos < s->in.len ? s->in.ptr[s->pos] : '\0';
}

static enum sw_err skip_comment(struct scan *s)
{
	size_t start = s->pos;
	int depth = 0;

	for (; s->pos < s->in.len; s->pos++) {
		char c = s->in.ptr[s->pos];

		if (c == '\\' && s->pos + 1 < s->in.len) {
			s->pos++;
		} else if (c == '(' && ++depth > SW_MAX_COMMENT_NESTING) {
			return fail_at(s, "comments are nested too deeply");
		} else if (c == ')' && --depth == 0) {
			s->pos++;
			return SW_OK;
		}
	}
	s->pos = start;
	return fail_at(s, "a comment is not closed");
}

/* Blanks and comments. */
static enum sw_err skip_cfws(struct scan *s)
{
	for (;;) {
		char c = peek(s);
		enum sw_err code = SW_OK;

		if (c == '(')
			code = skip_comment(s);
		else if (c == ' ' || c == '\t')
			s->pos++;
		else
			return SW_OK;
		if (code)
			return code;
		s->gap = true;
	}
}

/* Adds a token to both readings; `word` is its text as part of a name. */
static enum sw_err add_token(struct scan *s, struct sw_slice token, struct sw_slice word)
{
	struct sw_slice spec = sw_buf_slice(&s->spec);
	bool joint = token.len == 1 && (token.ptr[0] == '.' || token.ptr[0] == '@');
	char last = spec.len ? spec.ptr[spec.len - 1] : '.';
	enum sw_err code = SW_OK;

	/* "john . doe @ example . com" is one address, "john doe" is none. */
	if (spec.len && !joint && last != '.' && last != '@')
		s->broken = true;
	if (s->gap && sw_buf_len(&s->phrase))
		code = sw_buf_add_char(&s->phrase, ' ');
	if (!code)
		code = sw_buf_add(&s->phrase, word);
	if (!code)
		code = sw_buf_add(&s->spec, token);
	s->gap = false;
	return code ? fail_buf(s, code) : SW_OK;
}

/* "..." or [...], escapes allowed inside. */
static enum sw_err take_enclosed(struct scan *s, char close, const char *flaw)
{
	size_t end = s->pos + 1, len = 0;

	while (end < s->in.len && s->in.ptr[end] != close)
		end += s->in.ptr[end] == '\\' ? 2 : 1;
	if (end >= s->in.len)
		return fail_at(s, flaw);
	struct sw_slice token = sw_slice(s->in.ptr + s->pos, end + 1 - s->pos);

	s->pos = end + 1;
	if (close != '"')
		return add_token(s, token, token);
	char *text = sw_arena_alloc(s->arena, token.len);

	if (!text)
		return sw_fail_nomem(s->err);
	for (size_t i = 1; i + 1 < token.len; i++) {
		if (token.ptr[i] == '\\')
			i++;
		text[len++] = token.ptr[i];
	}
	return add_token(s, token, sw_slice(text, len));
}

static enum sw_err take_atom(struct scan *s)
{
	static const char ends[] = " \t\"(),.:;<>@[";
	size_t start = s->pos;
	/* Whole: some mailers leave ':' and ',' as they are inside, against RFC 2047 5 (3). */
	size_t encoded = sw_word_length(sw_slice_from(s->in, start));
	bool joint = s->in.ptr[start] == '.' || s->in.ptr[start] == '@';

	/* A backslash or ']' outside of where it means something is part of a word. */
	do
		s->pos += encoded ? encoded : 1;
	while (!joint && !encoded && s->pos < s->in.len && !strchr(ends, s->in.ptr[s->pos]));
	struct sw_slice token = sw_slice(s->in.ptr + start, s->pos - start);

	return add_token(s, token, token);
}

/* Words up to one of , : ; < > ) or the end, which *ret_stop is. */
static enum sw_err collect(struct scan *s, char *ret_stop)
{
	for (;;) {
		enum sw_err code = skip_cfws(s);
		char c = peek(s);

		if (code)
			return code;
		if (c == '\0' || strchr(",:;<>)", c)) {
			*ret_stop = c;
			return SW_OK;
		}
		if (c == '"')
			code = take_enclosed(s, '"', "quotes are not closed");
		else if (c == '[')
			code = take_enclosed(s, ']', "a bracket is not closed");
		else
			code = take_atom(s);
		if (code)
			return code;
	}
}

static void clear(struct scan *s)
{
	sw_buf_clear(&s->phrase);
	sw_buf_clear(&s->spec);
	s->gap = s->broken = false;
}

/* Appends a mailbox with the address of s->spec. */
static enum sw_err emit(struct scan *s, const char *name)
{
	if (s->broken)
		return fail_at(
			s, "words that are neither an address nor followed by one end");
	if (s->count >= SW_MAX_RECIPIENTS)
		return sw_fail(s->err, SW_E_LIMIT, "more than %d addresses in one list",
			       SW_MAX_RECIPIENTS);
	struct sw_mailbox *m = sw_arena_alloc(s->arena, sizeof(*m));

	if (!m)
		return sw_fail_nomem(s->err);
	enum sw_err code = sw_address_parse(s->arena, sw_buf_slice(&s->spec), 0, &m->address,
					    s->err);

	if (code)
		return code;
	m->name = name;
	*s->tail = m;
	s->tail = &m->next;
	s->count++;
	return SW_OK;
}

static enum sw_err decode_name(struct scan *s, const char **ret)
{
	/* A byte that is not UTF-8 becomes four. */
	SW_CLEANUP(sw_buf_fini) struct sw_buf text = { .max = 4 * s->in.len + 4 };
	enum sw_err code = sw_words_decode(sw_buf_slice(&s->phrase), &text);

	if (code)
		return fail_buf(s, code);
	struct sw_slice kept = sw_arena_copy(s->arena, sw_slice_trim(sw_buf_slice(&text)));

	*ret = kept.ptr;
	return kept.ptr ? SW_OK : sw_fail_nomem(s->err);
}

/* From '<' to '>'.  A route, "@a,@b:" (RFC 5322 4.4), is dropped. */
static enum sw_err take_angle(struct scan *s)
{
	const char *name;
	enum sw_err code = decode_name(s, &name);
	char stop = ',';

	clear(s);
	s->pos++;
	while (!code) {
		code = collect(s, &stop);
		if (code || stop == '>')
			break;
		struct sw_slice spec = sw_buf_slice(&s->spec);
		bool route = (stop == ',' || stop == ':') && (!spec.len || spec.ptr[0] == '@');

		if (!route)
			return fail_at(s, stop ? "this may not stand between '<' and '>'" :
						 "the '>' is missing");
		s->pos++;
		if (stop == ':')
			clear(s);
	}
	if (code)
		return code;
	code = emit(s, name);
	s->pos++;
	return code;
}

/* One address, a group's begin or end, or nothing between two commas. */
static enum sw_err take_element(struct scan *s)
{
	char stop;
	enum sw_err code;

	clear(s);
	code = collect(s, &stop);
	if (code)
		return code;
	bool words = sw_buf_len(&s->spec) > 0;

	if (stop == ':' && !s->in_group) {
		s->in_group = true;
		s->pos++;
		return words ? SW_OK : fail_at(s, "a group without a name");
	}
	if (stop == '<') {
		code = take_angle(s);
		clear(s);
		if (!code)
			code = collect(s, &stop);
		if (!code && sw_buf_len(&s->spec))
			return fail_at(s, "text after an address, before");
	} else if (words && (stop == '\0' || stop == ',' || stop == ';')) {
		code = emit(s, "");
	}
	if (code)
		return code;
	if (stop == ';' && !s->in_group)
		return fail_at(s, "';' outside of a group (addresses are separated by ',')");
	if (stop == ';')
		s->in_group = false;
	else if (stop != '\0' && stop != ',')
		return fail_at(s, "this may not stand here");
	s->pos += stop != '\0';
	return SW_OK;
}

/* Raw bytes that are not UTF-8 are tolerated in names (addresses are looked at again),
 * controls and line separators nowhere. */
static enum sw_err check_controls(struct sw_slice in, struct sw_error *err)
{
	for (size_t at = 0, offset; at < in.len; at += offset + 1) {
		enum sw_utf8_flaw flaw = sw_utf8_scan(sw_slice_from(in, at), &offset);

		if (flaw == SW_UTF8_CLEAN)
			break;
		if (flaw == SW_UTF8_CONTROL)
			return sw_fail(
				err, SW_E_DATA,
				"a list of addresses holds a control character or line end "
				"at byte %zu",
				at + offset);
	}
	return SW_OK;
}

enum sw_err sw_mailboxes_parse(struct sw_arena *arena, struct sw_slice in,
			       struct sw_mailbox **ret_first, struct sw_error *err)
{
	struct sw_mailbox *first = NULL;
	struct scan s = { .in = in, .arena = arena, .err = err, .tail = &first };
	enum sw_err code = check_controls(in, err);

	sw_buf_init(&s.phrase, 2 * in.len + 1);
	sw_buf_init(&s.spec, in.len + 1);
	while (!code && s.pos < in.len)
		code = take_element(&s);
	/* A group without its ';' at the end is closed by the end. */
	sw_buf_fini(&s.phrase);
	sw_buf_fini(&s.spec);
	if (!code)
		*ret_first = first;
	return code;
}
