/* SPDX-License-Identifier: MIT */
/* The character set of what a message is made of: everything becomes UTF-8. */
#include "api/message.h"

#include <langinfo.h>
#include <locale.h>

#include "base/text.h"
#include "codec/charset.h"

/* Of the environment, without changing the program's own locale. "" when it says nothing of
 * use: C and POSIX say ASCII, and a program that is not told better gets UTF-8. */
static void locale_charset(char *out, size_t size)
{
	locale_t l = newlocale(LC_CTYPE_MASK, "", (locale_t)0);
	const char *name = l ? nl_langinfo_l(CODESET, l) : "";
	struct sw_slice s = sw_slice_str(name);
	bool useful = s.len < size && sw_charset_known(s);
	memcpy(out, name, useful ? s.len : 0);
	out[useful ? s.len : 0] = '\0';
	if (l)
		freelocale(l);
}

enum sw_err sw_message_charset(struct sw_message *m, const char *name)
{
	char locale[SW_CHARSET_NAME] = "";
	bool guess = name && strcmp(name, "locale") == 0;
	sw_error_clear(&m->error);
	if (guess)
		locale_charset(locale, sizeof(locale));
	struct sw_slice wanted = sw_slice_str(guess ? locale : name);
	if (!guess && wanted.len && !sw_charset_known(wanted))
		return sw_fail(&m->error, SW_E_USAGE,
			       "'%.*s' is no character set that is known; expected one like "
			       "utf-8, windows-1251, iso-8859-1 or locale",
			       SW_FMT(sw_slice_head(wanted, SW_CHARSET_NAME)));
	const char *copy = NULL;
	if (wanted.len) {
		copy = sw_arena_copy(&m->arena, wanted).ptr;
		if (!copy)
			return sw_fail_nomem(&m->error);
	}
	m->charset = copy;
	m->charset_guessed = guess;
	return SW_OK;
}

enum sw_err sw_message_to_utf8(struct sw_message *m, struct sw_slice in, struct sw_buf *own,
			       struct sw_slice *ret)
{
	size_t offset = 0;
	*ret = in;
	if (!m->charset || (m->charset_guessed && sw_utf8_valid(in)))
		return SW_OK;
	/* UTF-16 first has half of it, what has most bytes in UTF-8 three of one. */
	*own = (struct sw_buf){ .max = 3 * in.len + 16 };
	enum sw_err e = sw_charset_to_utf8_strict(sw_slice_str(m->charset), in, own, &offset);
	if (e == SW_E_DATA)
		return sw_fail(&m->error, e, "byte 0x%02x at offset %zu is nothing in %s",
			       in.len > offset ? (unsigned char)in.ptr[offset] : 0, offset,
			       m->charset);
	if (e)
		return sw_fail(&m->error, e, "the text from %s: %s", m->charset,
			       sw_err_text(e));
	*ret = sw_buf_slice(own);
	return SW_OK;
}
