/* SPDX-License-Identifier: MIT */
/* --why: the words that decided, with marks under them, and the rules that had a say. */
#include <stdio.h>
#include <string.h>

#include <sendwell/text.h>

#include "cli/explain.h"
#include "cli/wrap.h"

enum {
	LINE_BYTES = 1024, /* of one line on the terminal, marks and escapes included */
	MARKED_LINES = 8,  /* of the text; one with more marks is shown in part */
};

/* A line of the terminal and the marks under it. */
struct marked {
	struct cli *c;
	char text[LINE_BYTES], marks[LINE_BYTES];
	size_t text_len, marks_len, columns, width;
	bool any;
};

static void flush(struct marked *m)
{
	if (m->any) {
		while (m->marks_len > 0 && m->marks[m->marks_len - 1] == ' ')
			m->marks_len--;
		cli_say(&m->c->out, CLI_PLAIN, "    %.*s", (int)m->text_len, m->text);
		cli_say(&m->c->out, CLI_WARN, "    %.*s", (int)m->marks_len, m->marks);
	}
	m->text_len = m->marks_len = m->columns = 0;
	m->any = false;
}

/* One character, shown as the printer shows it. */
static void put(struct marked *m, const char *bytes, size_t len, bool marked)
{
	char *shown = sw_text_printable(bytes, len);
	size_t shown_len = shown ? strlen(shown) : 0;
	size_t columns = cli_wrap_columns(shown ? shown : "", shown_len);

	if (m->columns + columns > m->width || m->text_len + shown_len > LINE_BYTES ||
	    m->marks_len + columns > LINE_BYTES)
		flush(m);
	if (shown && m->text_len + shown_len <= LINE_BYTES) {
		memcpy(m->text + m->text_len, shown, shown_len);
		m->text_len += shown_len;
		memset(m->marks + m->marks_len, marked ? '^' : ' ', columns);
		m->marks_len += columns;
		m->columns += columns;
		m->any |= marked;
	}
	sw_text_free(shown);
}

/* A word that does not fit begins a new line, unless it fits in none. */
static void break_before(struct marked *m, const char *word, size_t left)
{
	size_t len = 0;

	while (len < left && word[len] != ' ' && word[len] != '\n')
		len++;
	if (m->columns + len > m->width && len <= m->width)
		flush(m);
}

static size_t char_length(const char *at, size_t left)
{
	size_t len = 1;

	while (len < left && len < 4 && ((unsigned char)at[len] & 0xc0) == 0x80 &&
	       (unsigned char)at[0] >= 0xc0)
		len++;
	return len;
}

static bool is_marked(const struct sw_explanation *x, size_t i, size_t at)
{
	size_t count = sw_explanation_reading(x, i).evidence_count;

	for (size_t n = 0; n < count; n++) {
		struct sw_reading_evidence e = sw_explanation_evidence(x, i, n);

		if (at >= e.at && at - e.at < e.len)
			return true;
	}
	return false;
}

static void say_marked(struct cli *c, const struct sw_explanation *x, size_t i,
		       const char *text, size_t len)
{
	struct sw_reading r = sw_explanation_reading(x, i);
	struct marked m = { .c = c, .width = cli_wrap_width() - 4 };
	size_t end = r.about_at + r.about_len < len ? r.about_at + r.about_len : len;
	size_t lines = 0;

	for (size_t at = r.about_at; at < end && lines < MARKED_LINES;) {
		size_t size = char_length(text + at, end - at);

		if (text[at] == '\n') {
			lines += m.any;
			flush(&m);
		} else if (text[at] != '\r') {
			if (at > r.about_at && text[at - 1] == ' ')
				break_before(&m, text + at, end - at);
			put(&m, text + at, size, is_marked(x, i, at));
		}
		at += size;
	}
	flush(&m);
}

/* Frees the text. */
static void say_line(struct cli *c, char *text)
{
	cli_wrap(&c->out, CLI_PLAIN, "    ", "      ", cli_said(&c->out, text));
	cli_free(text);
}

void cli_explain_why(struct cli *c, const struct sw_explanation *x, size_t i, const char *text,
		     size_t len)
{
	struct sw_reading r = sw_explanation_reading(x, i);
	const char *rule = cli_explain_word(c, WORD_RULE);

	cli_say(&c->out, CLI_PLAIN, "%s", "");
	cli_say(&c->out, CLI_STRONG, "  %s", cli_explain_word(c, WORD_WHY));
	say_marked(c, x, i, text, len);
	if (*r.rule)
		say_line(c, cli_printf("%s: %s (%s), %u", rule, r.rule, r.category,
				       r.confidence));
	else if (*r.decided_by)
		say_line(c, cli_printf("%s: %s, %u", cli_explain_word(c, WORD_NO_RULE),
				       r.decided_by, r.confidence));
	else
		say_line(c, cli_printf("%s: %s, %u", r.kind, r.label, r.confidence));
	if (*r.runner_up)
		say_line(c, cli_printf("%s: %s (%s), %u", cli_explain_word(c, WORD_RUNNER_UP),
				       r.runner_up, r.runner_up_category,
				       r.runner_up_confidence));
}
