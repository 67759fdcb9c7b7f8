/* SPDX-License-Identifier: MIT */
/* Notices as mail systems write them, with what they say (test/data/notices/README.md). */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "read/notice.h"

enum { MAX_FILE = 1024 * 1024 };

struct example {
	const char *file;
	struct sw_slice name;
	struct sw_notice in;
	struct sw_slice expect;
};
struct tally {
	size_t examples, wrong;
	bool is_wrong; /* the one at hand */
};

static void complain(struct tally *t, const struct example *x, const char *what,
		     const char *is, struct sw_slice wanted)
{
	print_error("%s: %.*s: %s is \"%s\", expected \"%.*s\"\n", x->file, SW_FMT(x->name),
		    what, is, SW_FMT(wanted));
	t->is_wrong = true;
}

static bool contains(const char *text, struct sw_slice part)
{
	struct sw_slice s = sw_slice_str(text);

	return part.len == 0 || sw_slice_search(s, part) < s.len;
}

static struct sw_slice word(struct sw_slice *rest)
{
	struct sw_slice w;

	*rest = sw_slice_trim(*rest);
	if (!sw_slice_split(rest, ' ', &w))
		return (struct sw_slice){ 0 };
	return w;
}

/* "final=", "host=", "stage=": key and value; "-" is none. */
static void check_more(struct tally *t, const struct example *x,
		       const struct sw_bounce_recipient *to, struct sw_slice w)
{
	struct sw_slice key, value = w;
	const char *is = "";

	sw_slice_split(&value, '=', &key);
	if (sw_slice_eq(key, SW_S("final")))
		is = to->final_address;
	else if (sw_slice_eq(key, SW_S("host")))
		is = to->remote_host;
	else if (sw_slice_eq(key, SW_S("stage")))
		is = to->has_stage ? sw_stage_name(to->stage) : "";
	else
		fail_msg("%s: %.*s: what is \"%.*s\"?", x->file, SW_FMT(x->name), SW_FMT(w));
	if (sw_slice_eq(value, SW_S("-")))
		value.len = 0;
	if (!sw_slice_eq(sw_slice_str(is), value))
		complain(t, x, sw_slice_eq(key, SW_S("stage")) ? "stage" : "host or final", is,
			 value);
}

static void check_recipient(struct tally *t, const struct example *x,
			    const struct sw_bounce_recipient *to, struct sw_slice line)
{
	struct sw_slice said = { 0 }, w;
	char code[16], enhanced[SW_ENHANCED_TEXT];
	size_t bar = sw_slice_find(line, '|');

	if (bar < line.len) {
		said = sw_slice_trim(sw_slice_from(line, bar + 1));
		line.len = bar;
	}
	w = word(&line);
	if (!to) {
		complain(t, x, "recipient", "nobody", w);
		return;
	}
	if (!sw_slice_eq(sw_slice_str(to->address), w))
		complain(t, x, "recipient", to->address, w);
	w = word(&line);
	if (!sw_slice_eq(sw_slice_str(sw_bounce_action_name(to->action)), w))
		complain(t, x, "action", sw_bounce_action_name(to->action), w);
	w = word(&line);
	snprintf(code, sizeof(code), to->code ? "%d" : "-", to->code);
	if (!sw_slice_eq(sw_slice_str(code), w))
		complain(t, x, "code", code, w);
	w = word(&line);
	sw_enhanced_text(to->enhanced, enhanced);
	if (!sw_slice_eq(enhanced[0] ? sw_slice_str(enhanced) : SW_S("-"), w))
		complain(t, x, "enhanced code", enhanced, w);
	while ((w = word(&line)).len)
		check_more(t, x, to, w);
	if (!contains(to->diagnostic, said))
		complain(t, x, "diagnostic", to->diagnostic, said);
}

static bool check_field(struct tally *t, const struct example *x, const struct sw_bounce *b,
			struct sw_slice line)
{
	const struct {
		struct sw_slice key;
		const char *is;
	} fields[] = {
		{ SW_S("message-id"), b->original.message_id },
		{ SW_S("sender"), b->original.sender },
		{ SW_S("date"), b->original.date },
		{ SW_S("subject"), b->original.subject },
		{ SW_S("reporter"), b->reporting_mta },
	};
	struct sw_slice rest = line, key = word(&rest);

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		if (!sw_slice_eq(key, fields[i].key))
			continue;
		if (!sw_slice_eq(sw_slice_str(fields[i].is), sw_slice_trim(rest)))
			complain(t, x, fields[i].key.ptr, fields[i].is, rest);
		return true;
	}
	return false;
}

static void check_bounce(struct tally *t, const struct example *x, const struct sw_bounce *b,
			 struct sw_slice layout, struct sw_slice rest)
{
	const struct sw_bounce_recipient *to = b->recipients;
	struct sw_slice line;

	if (!b->is_bounce) {
		complain(t, x, "it", b->why, SW_S("a bounce"));
		return;
	}
	if (!sw_slice_eq(sw_slice_str(b->layout), layout))
		complain(t, x, "layout", b->layout, layout);
	while (sw_slice_split(&rest, '\n', &line)) {
		if (line.len == 0 || check_field(t, x, b, line))
			continue;
		check_recipient(t, x, to, line);
		to = to ? to->next : NULL;
	}
	if (to)
		complain(t, x, "one more recipient", to->address, SW_S("none"));
}

static void check(struct tally *t, const struct example *x)
{
	struct sw_arena arena = { 0 };
	struct sw_bounce b = { 0 };
	struct sw_error err;
	struct sw_slice rest = x->expect, line, kind;

	assert_int_equal(sw_notice_read(sw_knowledge_builtin(), &arena, &x->in, &b, &err),
			 SW_OK);
	assert_true(sw_slice_split(&rest, '\n', &line));
	kind = word(&line);
	t->is_wrong = false;
	if (sw_slice_eq(kind, SW_S("bounce")))
		check_bounce(t, x, &b, line, rest);
	else if (!sw_slice_eq(kind, SW_S("not")))
		fail_msg("%s: %.*s: expected \"bounce LAYOUT\" or \"not\"", x->file,
			 SW_FMT(x->name));
	else if (b.is_bounce)
		complain(t, x, "it", "a bounce", SW_S("none"));
	else if (b.recipients || !b.why[0])
		complain(t, x, "recipients or no reason", b.why, SW_S("none"));
	t->examples++;
	t->wrong += t->is_wrong;
	sw_arena_fini(&arena);
}

/* ---- files ---- */

static struct sw_slice field(struct sw_slice header, const char *name)
{
	struct sw_slice line, found = { 0 };
	bool in = false;

	while (sw_slice_split(&header, '\n', &line)) {
		size_t colon = sw_slice_find(line, ':');

		if (in && line.len && line.ptr[0] == ' ')
			found.len = (size_t)(line.ptr + line.len - found.ptr);
		else if (in)
			break;
		in |= sw_slice_eq_nocase(sw_slice_head(line, colon), sw_slice_str(name));
		if (in && found.ptr == NULL)
			found = sw_slice_trim(sw_slice_from(line, colon + 1));
	}
	return found;
}

static size_t search(struct sw_slice s, const char *what)
{
	return sw_slice_search(s, sw_slice_str(what));
}

/* Cuts the next "=== name ... --- expect ..." off. */
static bool next(struct sw_slice *rest, struct example *x)
{
	struct sw_slice whole, line;
	size_t end, body, expect;

	if (!sw_slice_starts(*rest, SW_S("=== ")))
		return false;
	end = search(sw_slice_from(*rest, 4), "\n=== ") + 4;
	whole = sw_slice_head(*rest, end);
	*rest = sw_slice_from(*rest, end + 1);
	sw_slice_split(&whole, '\n', &line);
	x->name = sw_slice_from(line, 4);
	body = search(whole, "\n\n");
	expect = search(whole, "\n--- expect\n");
	assert_true(body < expect && expect < whole.len);
	x->in.header = sw_slice_head(whole, body);
	x->in.text = sw_slice_from(sw_slice_head(whole, expect), body + 2);
	x->expect = sw_slice_from(whole, expect + strlen("\n--- expect\n"));
	x->in.from = field(x->in.header, "From");
	x->in.subject = field(x->in.header, "Subject");
	x->in.return_path = field(x->in.header, "Return-Path");
	x->in.auto_submitted = field(x->in.header, "Auto-Submitted");
	x->in.failed_recipients = field(x->in.header, "X-Failed-Recipients");
	return true;
}

static void check_file(const char *name, struct tally *t)
{
	struct sw_buf content = { .max = MAX_FILE };
	struct example x = { .file = name };
	struct sw_error err;
	struct sw_slice rest;
	char path[4096];

	snprintf(path, sizeof(path), "%s/test/data/notices/%s", getenv("SW_SOURCE_ROOT"),
		 name);
	assert_int_equal(sw_file_read(path, SW_FILE_INPUT, MAX_FILE, &content, &err), SW_OK);
	rest = sw_buf_slice(&content);
	while (next(&rest, &x))
		check(t, &x);
	assert_int_equal(rest.len, 0);
	sw_buf_fini(&content);
}

static void notices_say_what_they_say(void **state)
{
	struct tally t = { 0 };
	char path[4096];
	DIR *dir;
	struct dirent *e;

	(void)state;
	snprintf(path, sizeof(path), "%s/test/data/notices", getenv("SW_SOURCE_ROOT"));
	dir = opendir(path);
	assert_non_null(dir);
	while ((e = readdir(dir)))
		if (strstr(e->d_name, ".txt"))
			check_file(e->d_name, &t);
	closedir(dir);
	print_message("%zu notices\n", t.examples);
	assert_int_equal(t.wrong, 0);
	assert_true(t.examples >= 60);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(notices_say_what_they_say),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
