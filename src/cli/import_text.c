/* SPDX-License-Identifier: MIT */
#include "cli/import.h"

#include <stdarg.h>
#include <string.h>

#include <sendwell/text.h>

enum {
	VALUE_MOST = 900, /* of a line that the parser takes, with room for the key */
	NAME_MOST = 200,
};

bool cli_text_add(struct cli_text *t, const char *bytes, size_t len)
{
	if (len >= t->room - t->len) {
		size_t room = 2 * (t->len + len) + 256;
		char *made = cli_grow(NULL, room, 1);

		if (!made)
			return false;
		if (t->bytes)
			memcpy(made, t->bytes, t->len);
		/* A grown block would leave a copy behind. */
		struct cli_text old = *t;

		*t = (struct cli_text){ made, old.len, room };
		cli_text_fini(&old);
	}
	memcpy(t->bytes + t->len, bytes, len);
	t->len += len;
	t->bytes[t->len] = '\0';
	return true;
}

bool cli_text_printf(struct cli_text *t, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	char *made = cli_vprintf(fmt, args);
	va_end(args);
	bool good = made && cli_text_add(t, made, strlen(made));

	if (made)
		explicit_bzero(made, strlen(made));
	cli_free(made);
	return good;
}

void cli_text_fini(struct cli_text *t)
{
	if (t->bytes)
		explicit_bzero(t->bytes, t->room);
	cli_free(t->bytes);
	*t = (struct cli_text){ .bytes = NULL };
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* A file in another character set: what the bytes mean nobody here knows. */
static bool is_foreign(const char *text)
{
	char *shown = sw_text_printable(text, strlen(text));
	bool same = shown && strcmp(shown, text) == 0;

	sw_text_free(shown);
	return !same;
}

/* What the parser would cut off, join or drop. */
static const char *text_flaw(const char *text, size_t most)
{
	size_t len = strlen(text);

	if (len == 0)
		return "it is empty";
	if (len > most)
		return "it is too long for a line of the configuration";
	if (is_blank(text[0]) || is_blank(text[len - 1]))
		return "blanks at its ends would be lost";
	if (text[0] == ';' || strstr(text, " ;") || strstr(text, "\t;"))
		return "what follows ' ;' would be a comment";
	return is_foreign(text) ? "it is not in UTF-8" : NULL;
}

const char *cli_import_flaw(const struct sw_imported_setting *s)
{
	enum cli_option_id id;

	if (!cli_option_find_key(s->key, false, &id))
		return "this version has no such key";
	return text_flaw(s->value, VALUE_MOST);
}

const char *cli_import_name_flaw(const char *account)
{
	if (strchr(account, ']'))
		return "a ']' would end it";
	return text_flaw(account, NAME_MOST);
}

static bool render_account(struct cli_text *t, const struct sw_imported *i, size_t account,
			   bool secrets)
{
	struct sw_imported_setting s;
	bool good = cli_text_printf(t, "\n[account %s]\n", sw_imported_account(i, account));

	for (size_t n = 0; good && sw_imported_get(i, account, n, &s); n++) {
		if (cli_import_flaw(&s))
			continue;
		if (!s.secret || secrets)
			good = cli_text_printf(t, "%s = %s\n", s.key, s.value);
		else if (s.line)
			good = cli_text_printf(
				t, "# %s: stands in %s, line %zu; --write takes it\n", s.key,
				sw_imported_path(i), s.line);
		else
			good = cli_text_printf(t, "# %s: not shown; --write takes it\n",
					       s.key);
	}
	return good;
}

bool cli_import_render(struct cli_text *t, const struct sw_imported *i, bool secrets,
		       bool with_default)
{
	bool good = cli_text_printf(t, "# taken over from %s\n", sw_imported_path(i));

	if (good && with_default)
		good = cli_text_printf(t, "[defaults]\naccount = %s\n",
				       sw_imported_default(i));
	for (size_t n = 0; good && n < sw_imported_count(i); n++)
		if (!cli_import_name_flaw(sw_imported_account(i, n)))
			good = render_account(t, i, n, secrets);
	return good;
}

static bool is_imported(const struct sw_imported *i, const char *line, size_t len)
{
	const char *end = memchr(line, ']', len);
	char section[NAME_MOST + 20];

	if (!end || (size_t)(end - line) > sizeof(section))
		return false;
	memcpy(section, line + 1, (size_t)(end - line) - 1);
	section[end - line - 1] = '\0';
	const char *name = cli_config_account_name(section);

	for (size_t n = 0; name && n < sw_imported_count(i); n++)
		if (strcmp(name, sw_imported_account(i, n)) == 0)
			return true;
	return false;
}

bool cli_import_strip(struct cli_text *t, const struct sw_imported *i, const char *text,
		      size_t len)
{
	size_t keep = 0; /* from here on nothing is copied yet */
	bool dropping = false, good = true;

	for (size_t at = 0; good && at < len;) {
		const char *line = text + at, *nl = memchr(line, '\n', len - at);
		size_t size = nl ? (size_t)(nl - line) + 1 : len - at, lead = 0;

		while (lead < size && is_blank(line[lead]))
			lead++;
		if (lead < size && line[lead] == '[') {
			/* Comments before a section belong to it. */
			good = cli_text_add(t, text + keep, at - keep);
			keep = at;
			dropping = is_imported(i, line + lead, size - lead);
		}
		at += size;
		if (dropping && lead < size && !strchr("#;\r\n", line[lead]))
			keep = at;
	}
	return good && cli_text_add(t, text + keep, len - keep);
}
