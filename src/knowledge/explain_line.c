/* SPDX-License-Identifier: MIT */
/* Lines of transcripts: swaks, curl, telnet, sendmail -v, msmtp, mutt, PHPMailer, nodemailer,
 * smtplib, Postfix' notices, our own.  Each program marks the two sides in its own way. */
#include "knowledge/explain_work.h"

/* A mark counts at the head of a line, or behind a time stamp and the like; then what follows
 * must be a reply or a command. */
struct mark {
	const char *word;
	bool server;
	bool weak; /* others use it too (a quotation): the rest must look right at the head too
		    */
};
static const struct mark marks[] = {
	{ "<**", true, false },
	{ "<~*", true, false },
	{ "<~", true, false },
	{ "<<<", true, false },
	{ "<--", true, false },
	{ "<-", true, false },
	{ "[<-]", true, false },
	{ "<<", true, false },
	{ "<==", true, false },
	{ "<=", true, false },
	{ "server -> client:", true, false },
	{ "server:", true, true },
	{ "s:", true, true },
	{ "out:", true, true },
	{ "reply:", true, true },
	{ "recv:", true, true },
	{ "received:", true, true },
	{ "response:", true, true },
	{ "resp:", true, true },
	{ "<", true, true },
	{ ">>>", false, false },
	{ "-->", false, false },
	{ "->", false, false },
	{ "~>", false, false },
	{ "[->]", false, false },
	{ ">>", false, true },
	{ "==>", false, false },
	{ "=>", false, true },
	{ "client -> server:", false, false },
	{ "client:", false, true },
	{ "c:", false, true },
	{ "in:", false, true },
	{ "send:", false, true },
	{ "sent:", false, true },
	{ ">", false, true },
};

static const struct {
	const char *verb;
	enum sw_stage stage;
} verbs[] = {
	{ "ehlo", SW_STAGE_EHLO },        { "helo", SW_STAGE_EHLO },
	{ "lhlo", SW_STAGE_EHLO },        { "starttls", SW_STAGE_TLS },
	{ "auth", SW_STAGE_AUTH },        { "mail from", SW_STAGE_ENVELOPE },
	{ "rcpt to", SW_STAGE_ENVELOPE }, { "data", SW_STAGE_DATA },
	{ "bdat", SW_STAGE_DATA },        { ".", SW_STAGE_FINAL },
	{ "vrfy", SW_STAGE_ENVELOPE },    { "expn", SW_STAGE_ENVELOPE },
	{ "rset", SW_STAGE_ENVELOPE },    { "noop", SW_STAGE_ENVELOPE },
	{ "quit", SW_STAGE_FINAL },       { "help", SW_STAGE_EHLO },
};

/* Past blanks, quotes and Python's b before them. */
static size_t skip_quotes(const struct sw_explain_text *t, size_t pos, size_t to)
{
	for (; pos < to; pos++) {
		char c = t->low[pos];

		if (c == 'b' && pos + 1 < to &&
		    (t->low[pos + 1] == '\'' || t->low[pos + 1] == '"'))
			continue;
		if (c != ' ' && c != '\'' && c != '"' && c != '`')
			break;
	}
	return pos;
}

/* A command at pos: the whole word, alone or with arguments. */
static bool find_verb(const struct sw_explain_text *t, size_t pos, size_t to,
		      enum sw_stage *ret)
{
	for (size_t i = 0; i < SW_LEN(verbs); i++) {
		size_t end = pos + strlen(verbs[i].verb);

		if (end > to || !sw_explain_has_at(t, pos, verbs[i].verb))
			continue;
		bool dot = verbs[i].verb[0] == '.';
		char next = end < to ? t->low[end] : ' ';

		if (dot ? skip_quotes(t, end, to) < to : sw_explain_is_word(next))
			continue;
		*ret = verbs[i].stage;
		return true;
	}
	return false;
}

/* Without a mark a verb must be written as one: "Data error" is no command. */
static bool is_bare_command(const struct sw_explain_text *t, size_t from, size_t to,
			    enum sw_stage *ret)
{
	if (!find_verb(t, from, to, ret))
		return false;
	size_t len = 0;

	while (from + len < to && t->low[from + len] != ' ' && t->low[from + len] != ':')
		len++;
	bool upper = memcmp(t->bytes + from, t->low + from, len) != 0;
	bool alone = skip_quotes(t, from + len, to) >= to;

	return alone || sw_explain_has_at(t, from, "mail from:") ||
	       sw_explain_has_at(t, from, "rcpt to:") ||
	       (upper && (*ret == SW_STAGE_EHLO || *ret == SW_STAGE_AUTH));
}

/* "retcode (550); Msg: b'...": Python prints each reply twice, in this form last. */
static bool is_retcode(const struct sw_explain_text *t, size_t pos)
{
	return sw_explain_has_at(t, pos, "retcode (");
}

static bool try_mark(const struct sw_explain_text *t, const struct mark *m, size_t pos,
		     size_t to, bool at_head, struct sw_explain_line *ret)
{
	if (!sw_explain_has_at(t, pos, m->word))
		return false;
	size_t rest = skip_quotes(t, pos + strlen(m->word), to);
	bool fits;

	if (rest == pos + strlen(m->word) && rest < to && sw_explain_is_word(t->low[rest]))
		return false;
	if (m->server)
		fits = rest < to && (sw_explain_code_at(t, rest) || is_retcode(t, rest));
	else
		fits = find_verb(t, rest, to, &ret->stage);
	if (!fits && (m->weak || !at_head))
		return false;
	ret->kind = m->server ? SW_EXPLAIN_LINE_SERVER : SW_EXPLAIN_LINE_CLIENT;
	ret->has_stage = !m->server && fits;
	ret->from = is_retcode(t, rest) ? to : rest;
	return true;
}

enum { MARK_WITHIN = 96 }; /* longer than any time stamp, name and process id */

static bool find_mark(const struct sw_explain_text *t, size_t from, size_t to,
		      struct sw_explain_line *ret)
{
	size_t last = to - from > MARK_WITHIN ? from + MARK_WITHIN : to;

	for (size_t pos = from; pos < last; pos++) {
		if (pos > from && t->low[pos - 1] != ' ')
			continue;
		for (size_t i = 0; i < SW_LEN(marks); i++)
			if (try_mark(t, &marks[i], pos, to, pos == from, ret))
				return true;
	}
	return false;
}

struct sw_explain_line sw_explain_read_line(const struct sw_explain_text *t, size_t from,
					    size_t to)
{
	struct sw_explain_line line = { .kind = SW_EXPLAIN_LINE_BLANK, .from = from };

	while (from < to && t->low[from] == ' ')
		from++;
	while (to > from && t->low[to - 1] == ' ')
		to--;
	line.from = from;
	if (from == to)
		return line;
	if (sw_explain_code_at(t, from)) {
		line.kind = SW_EXPLAIN_LINE_SERVER;
		return line;
	}
	line.kind = SW_EXPLAIN_LINE_OTHER;
	if (find_mark(t, from, to, &line))
		return line;
	if (is_bare_command(t, from, to, &line.stage)) {
		line.kind = SW_EXPLAIN_LINE_CLIENT;
		line.has_stage = true;
	}
	return line;
}
