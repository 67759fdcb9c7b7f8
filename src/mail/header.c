/* SPDX-License-Identifier: MIT */
#include "mail/header.h"

#include "codec/utf8.h"
#include "codec/word.h"

enum {
	FIELD_NAME_MAX = 76,	/* "Name:" and a fold fit into a soft line */
	TOKEN_MAX = 900,	/* a word without blanks that is longer gets encoded */
	QUOTED_MAX = 200,	/* a display name that is longer gets encoded */
};

bool sw_header_name_valid(struct sw_slice name)
{
	for (size_t i = 0; i < name.len; i++)
		if (name.ptr[i] <= ' ' || name.ptr[i] > '~' || name.ptr[i] == ':')
			return false;
	return name.len > 0 && name.len <= FIELD_NAME_MAX;
}

enum sw_err sw_header_value_check(struct sw_slice name, struct sw_slice value,
				  struct sw_error *err)
{
	size_t offset;

	if (value.len > SW_MAX_HEADER_VALUE)
		return sw_fail(err, SW_E_LIMIT,
			       "the %.*s field has %zu bytes; at most %d are allowed",
			       SW_FMT(name), value.len, SW_MAX_HEADER_VALUE);
	enum sw_utf8_flaw flaw = sw_utf8_scan(value, &offset);

	if (flaw == SW_UTF8_CLEAN)
		return SW_OK;
	return sw_fail(err, SW_E_DATA, "the %.*s field holds %s at byte %zu", SW_FMT(name),
		       flaw == SW_UTF8_INVALID ? "invalid UTF-8" :
						 "a control character or line end", offset);
}

/* A field under way. */
struct fold {
	struct sw_buf *out;
	size_t column;
	bool fresh;	/* nothing stands behind the name yet */
	bool encoded;	/* the line holds an encoded word: 76 characters (RFC 2047 2) */
};

static enum sw_err start(struct fold *f, struct sw_buf *out, struct sw_slice name)
{
	*f = (struct fold){ .out = out, .column = name.len + 1, .fresh = true };
	return sw_buf_printf(out, "%.*s:", SW_FMT(name));
}

/* Adds `blank` and `word`, on a new line when they do not fit.  A blank at the fold goes to
 * the new line, which is how unfolding gets it back. */
static enum sw_err put(struct fold *f, struct sw_slice blank, struct sw_slice word)
{
	size_t end = f->column + blank.len + word.len;
	/* Some readers lose a value that begins below its name: there only when it must be. */
	size_t most = f->fresh     ? SW_MAX_LINE_HARD
		      : f->encoded ? SW_WORD_MAX + 1
				   : SW_MAX_LINE_SOFT;
	bool fold = end > most && blank.len;
	enum sw_err code = fold ? sw_buf_add_str(f->out, "\r\n") : SW_OK;

	if (!code)
		code = sw_buf_add(f->out, blank);
	if (!code)
		code = sw_buf_add(f->out, word);
	f->column = fold ? blank.len + word.len : end;
	f->fresh = false;
	if (fold)
		f->encoded = false;
	return code;
}

/* Appends text as encoded words, the first behind `blank`. */
static enum sw_err put_encoded(struct fold *f, struct sw_slice blank, struct sw_slice text,
			       enum sw_word_place place)
{
	/* Q makes three bytes of one, and a head every 20 characters at worst. */
	SW_CLEANUP(sw_buf_fini) struct sw_buf words = { .max = 8 * text.len + SW_WORD_MAX };
	size_t used = f->column + blank.len;
	size_t room = used <= SW_WORD_MAX ? SW_WORD_MAX + 1 - used : 0;
	enum sw_err code = sw_words_encode(text, place, room, &words);
	struct sw_slice rest = sw_buf_slice(&words), word;

	while (!code && rest.len && sw_slice_split(&rest, ' ', &word)) {
		f->fresh = false;
		f->encoded = true;
		code = put(f, blank, word);
		f->encoded = true;
		blank = SW_S(" ");
	}
	return code;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Blanks and the word behind them, cut off *rest. */
static struct sw_slice next_word(struct sw_slice *rest, struct sw_slice *ret_blank)
{
	size_t blank = 0, end;

	while (blank < rest->len && is_blank(rest->ptr[blank]))
		blank++;
	for (end = blank; end < rest->len && !is_blank(rest->ptr[end]);)
		end++;
	struct sw_slice word = sw_slice(rest->ptr + blank, end - blank);

	*ret_blank = sw_slice_head(*rest, blank);
	*rest = sw_slice_from(*rest, end);
	return word;
}

static bool needs_encoding(struct sw_slice blank, struct sw_slice word)
{
	return sw_slice_has_8bit(word) || sw_words_present(word) ||
	       blank.len + word.len > TOKEN_MAX;
}

/* The part from the first to the last word that cannot stand as it is; empty when all can. */
static struct sw_slice find_encoded(struct sw_slice value)
{
	struct sw_slice rest = value, blank;
	size_t from = value.len, to = value.len;

	/* "=?a b?=" is one word to a tolerant reader and two of ours. */
	if (sw_words_present(value))
		return value;
	while (rest.len) {
		struct sw_slice word = next_word(&rest, &blank);

		if (!needs_encoding(blank, word))
			continue;
		to = (size_t)(word.ptr + word.len - value.ptr);
		if (from == value.len)
			from = (size_t)(word.ptr - value.ptr);
	}
	return sw_slice_head(sw_slice_from(value, from), to - from);
}

static enum sw_err put_plain(struct fold *f, struct sw_slice text)
{
	enum sw_err code = SW_OK;

	while (text.len && !code) {
		struct sw_slice blank;
		struct sw_slice word = next_word(&text, &blank);

		/* The first word has none of its own. */
		code = put(f, f->fresh && !blank.len ? SW_S(" ") : blank, word);
	}
	return code;
}

static enum sw_err add_text(struct sw_buf *out, struct sw_slice name, struct sw_slice value)
{
	struct fold f;
	struct sw_slice encoded = find_encoded(value);
	enum sw_err code = start(&f, out, name);

	if (!code && encoded.len) {
		size_t after = (size_t)(encoded.ptr - value.ptr) + encoded.len;
		struct sw_slice plain = sw_slice_head(value, after - encoded.len);

		while (plain.len && is_blank(plain.ptr[plain.len - 1]))
			plain.len--;
		/* One blank stands between, further ones are encoded: the line must stay
		 * short. */
		struct sw_slice blank =
			plain.len ? sw_slice(value.ptr + plain.len, 1) : SW_S(" ");
		size_t from = plain.len ? plain.len + 1 : 0;

		code = put_plain(&f, plain);
		if (!code)
			code = put_encoded(&f, blank, sw_slice(value.ptr + from, after - from),
					   SW_WORD_TEXT);
		value = sw_slice_from(value, after);
	}
	if (!code)
		code = put_plain(&f, value);
	return code ? code : sw_buf_add_str(out, "\r\n");
}

/* Turns a code into a report; what was written of the field goes. */
static enum sw_err finish(struct sw_buf *out, size_t before, struct sw_slice name,
			  enum sw_err code, struct sw_error *err)
{
	if (!code)
		return SW_OK;
	sw_buf_truncate(out, before);
	if (code == SW_E_NOMEM)
		return sw_fail_nomem(err);
	return sw_fail(err, code, "the %.*s field cannot be written: %s", SW_FMT(name),
		       code == SW_E_LIMIT ? "the header is too large" : sw_err_text(code));
}

static struct sw_slice trim_blanks(struct sw_slice s)
{
	while (s.len && is_blank(s.ptr[0]))
		s = sw_slice_from(s, 1);
	while (s.len && is_blank(s.ptr[s.len - 1]))
		s.len--;
	return s;
}

static enum sw_err check_name(struct sw_slice name, struct sw_error *err)
{
	if (sw_header_name_valid(name))
		return SW_OK;
	return sw_fail(
		err, SW_E_DATA,
		"'%.*s' is not a name of a header field; expected 1 to %d printable ASCII "
		"characters without blanks and colon",
		(int)(name.len < FIELD_NAME_MAX ? name.len : FIELD_NAME_MAX),
		name.ptr ? name.ptr : "", FIELD_NAME_MAX);
}

enum sw_err sw_header_add_text(struct sw_buf *out, struct sw_slice name, struct sw_slice value,
			       struct sw_error *err)
{
	size_t before = sw_buf_len(out);
	enum sw_err code = check_name(name, err);

	if (!code)
		code = sw_header_value_check(name, value, err);
	if (code)
		return code;
	return finish(out, before, name, add_text(out, name, trim_blanks(value)), err);
}

/* RFC 5322 3.2.3: words that may stand in a phrase without quotes. */
static bool is_plain_phrase(struct sw_slice s)
{
	for (size_t i = 0; i < s.len; i++) {
		char c = s.ptr[i], lower = sw_ascii_lower(c);

		if (c == ' ' && i && s.ptr[i - 1] != ' ')
			continue;
		if (!sw_ascii_digit(c) && (lower < 'a' || lower > 'z') &&
		    (c == '\0' || !strchr("!#$%&'*+-/=?^_`{|}~", c)))
			return false;
	}
	return s.len && s.ptr[s.len - 1] != ' ';
}

/* A display name; quoted when it is plain ASCII with characters that mean something. */
static enum sw_err put_name(struct fold *f, struct sw_slice name)
{
	char quoted[2 * QUOTED_MAX + 2];
	size_t len = 0;
	bool plain = !sw_slice_has_8bit(name) && !sw_slice_has_control(name) &&
		     !sw_words_present(name) && name.len <= QUOTED_MAX;

	if (!plain)
		return put_encoded(f, SW_S(" "), name, SW_WORD_PHRASE);
	if (is_plain_phrase(name)) {
		enum sw_err code = SW_OK;

		for (struct sw_slice rest = name, word;
		     !code && sw_slice_split(&rest, ' ', &word);)
			code = put(f, SW_S(" "), word);
		return code;
	}
	quoted[len++] = '"';
	for (size_t i = 0; i < name.len; i++) {
		if (name.ptr[i] == '"' || name.ptr[i] == '\\')
			quoted[len++] = '\\';
		quoted[len++] = name.ptr[i];
	}
	quoted[len++] = '"';
	return put(f, SW_S(" "), sw_slice(quoted, len));
}

static enum sw_err put_mailbox(struct fold *f, const struct sw_mailbox *m)
{
	char spec[SW_MAX_ADDRESS + 4];
	struct sw_slice name = sw_slice_str(m->name), address = sw_slice_str(m->address.text);
	size_t len = 0;
	enum sw_err code = name.len ? put_name(f, name) : SW_OK;

	if (code)
		return code;
	if (address.len > SW_MAX_ADDRESS)
		return SW_E_LIMIT;
	if (name.len)
		spec[len++] = '<';
	memcpy(spec + len, address.ptr, address.len);
	len += address.len;
	if (name.len)
		spec[len++] = '>';
	if (m->next)
		spec[len++] = ',';
	return put(f, SW_S(" "), sw_slice(spec, len));
}

enum sw_err sw_header_add_mailboxes(struct sw_buf *out, struct sw_slice name,
				    const struct sw_mailbox *first, struct sw_error *err)
{
	struct fold f;
	size_t before = sw_buf_len(out);
	enum sw_err code = check_name(name, err);

	for (const struct sw_mailbox *m = first; m && !code; m = m->next)
		code = sw_header_value_check(name, sw_slice_str(m->name), err);
	if (code)
		return code;
	code = start(&f, out, name);
	for (const struct sw_mailbox *m = first; m && !code; m = m->next)
		code = put_mailbox(&f, m);
	if (!code)
		code = sw_buf_add_str(out, "\r\n");
	return finish(out, before, name, code, err);
}
