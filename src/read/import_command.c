/* SPDX-License-Identifier: MIT */
/* Commands that another program hands to a shell (popen), written for our starter of
 * processes, which knows words and quotes and nothing else. When in doubt, a shell is needed.
 */
#include "base/process.h"
#include "read/import_private.h"

struct turning {
	struct sw_slice in, home;
	struct sw_buf *out;
	size_t pos;
	char quote;
	bool word_start, first_word;
	bool shell; /* the finding */
};

/* What sh itself does, or would understand before it looks for a program. */
static const char *const shell_words[] = {
	".",       "!",     "{",      "[[",      "alias",    "bg",    "break",
	"builtin", "case",  "cd",     "command", "continue", "do",    "eval",
	"exec",    "exit",  "export", "for",     "function", "if",    "local",
	"read",    "set",   "shift",  "source",  "time",     "trap",  "type",
	"ulimit",  "umask", "unset",  "until",   "wait",     "while",
};

/* Programs that print their own arguments. */
static const char *const showing[] = { "echo",          "printf",          "/bin/echo",
				       "/usr/bin/echo", "/usr/bin/printf", "/bin/printf" };

static bool is_one_of(const char *word, const char *const *list, size_t count)
{
	for (size_t n = 0; n < count; n++)
		if (strcmp(word, list[n]) == 0)
			return true;
	return false;
}

/* "~" and "~/..." are the home; a home that needs quoting is left to the shell. */
static enum sw_err turn_tilde(struct turning *t)
{
	struct sw_slice after = sw_slice_from(t->in, t->pos + 1);

	t->shell = t->home.len == 0 || (after.len && !strchr("/ \t", after.ptr[0]));
	for (size_t n = 0; n < t->home.len; n++)
		t->shell |= strchr(" \t\\'\"", t->home.ptr[n]) != NULL;
	return t->shell ? SW_OK : sw_buf_add(t->out, t->home);
}

static enum sw_err turn_backslash(struct turning *t)
{
	char next = t->pos + 1 < t->in.len ? t->in.ptr[t->pos + 1] : '\0';

	t->shell = next == '\0';
	if (t->shell)
		return SW_OK;
	t->pos++;
	/* Inside "" the shell keeps a backslash that stands before anything else. */
	if (t->quote && !strchr("$`\"\\", next) && sw_buf_add_str(t->out, "\\\\"))
		return SW_E_NOMEM;
	if ((!t->quote || strchr("$`\"\\", next)) && sw_buf_add_char(t->out, '\\'))
		return SW_E_NOMEM;
	return sw_buf_add_char(t->out, next);
}

static bool means_something(const struct turning *t, char c)
{
	if (c == '\0')
		return true;
	if (t->quote)
		return c == '$' || c == '`';
	return strchr("|&;<>()$`*?[{}\n\r", c) || (t->word_start && (c == '#' || c == '!')) ||
	       (t->first_word && c == '=');
}

static enum sw_err turn_one(struct turning *t)
{
	char c = t->in.ptr[t->pos];

	if (t->quote != '\'') {
		if (c == '\\')
			return turn_backslash(t);
		t->shell = means_something(t, c);
		if (t->shell)
			return SW_OK;
		if (c == '~' && !t->quote && t->word_start)
			return turn_tilde(t);
	}
	if (c == t->quote)
		t->quote = '\0';
	else if (!t->quote && (c == '\'' || c == '"'))
		t->quote = c;
	return sw_buf_add_char(t->out, c);
}

static enum sw_err turn(struct turning *t)
{
	for (; t->pos < t->in.len && !t->shell; t->pos++) {
		char c = t->in.ptr[t->pos];
		enum sw_err e = turn_one(t);
		if (e)
			return SW_E_NOMEM;
		t->word_start = !t->quote && (c == ' ' || c == '\t');
		t->first_word &=
			!t->word_start || sw_slice_trim(sw_buf_slice(t->out)).len == 0;
	}
	return SW_OK;
}

enum sw_err sw_import_command(struct sw_slice line, struct sw_slice home, struct sw_buf *out,
			      enum sw_import_command *ret)
{
	struct turning t = {
		.in = line, .home = home, .out = out, .word_start = true, .first_word = true
	};
	char **words = NULL;
	size_t count = 0;
	enum sw_err e = turn(&t);

	*ret = SW_COMMAND_SHELL;
	if (e || t.shell)
		return e;
	/* An open quote, or nothing at all: let a shell complain. */
	e = sw_words_split(sw_buf_slice(out), &words, &count, NULL);
	if (e)
		return e == SW_E_NOMEM ? e : SW_OK;
	if (!is_one_of(words[0], shell_words, SW_LEN(shell_words)))
		*ret = is_one_of(words[0], showing, SW_LEN(showing)) ? SW_COMMAND_SHOWS
								     : SW_COMMAND_PLAIN;
	sw_words_free(words);
	return SW_OK;
}
