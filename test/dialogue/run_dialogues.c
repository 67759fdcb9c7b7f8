/* SPDX-License-Identifier: MIT */
/* Replays every dialogue of the directories named (or of $SW_DIALOGUES) in many ways of
 * cutting what the other side says: whole, in pieces of 1 to 17 bytes, and in two pieces at
 * every place. What the machine does must be the same each time. Speaks TAP. */
#include <dirent.h>
#include <stdarg.h>
#include <stdlib.h>

#include "base/mem.h"
#include "dialogue.h"

/* A way of cutting: pieces of `size`; or one cut at `at` (size 0); or none at all (both 0). */
struct cutting {
	size_t size, at;
};

enum {
	SIZES = 17,
	/* Blocks longer than this (endless replies) are not cut at every place, or it would
	 * take minutes: at the first places and then here and there. */
	EVERY_PLACE = 700,
	STRIDE = 4099,
};

static char problem[4096];

static bool fails(const struct step *s, const char *fmt, ...) SW_PRINTF(2, 3);
static bool fails(const struct step *s, const char *fmt, ...)
{
	va_list args;
	int n = snprintf(problem, sizeof(problem), "line %u: ", s ? s->line : 0);

	va_start(args, fmt);
	vsnprintf(problem + n, sizeof(problem) - (size_t)n, fmt, args);
	va_end(args);
	return false;
}

void replay_event(struct replay *r, const char *fmt, ...)
{
	va_list args;
	char text[8192];

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (sw_buf_printf(&r->events, "%s\n", text))
		abort();
}

void replay_error(struct replay *r, enum sw_err code)
{
	static const char *const names[SW_ERR_COUNT] = {
		[SW_E_USAGE] = "usage",
		[SW_E_DATA] = "data",
		[SW_E_LIMIT] = "limit",
		[SW_E_NOMEM] = "nomem",
	};

	if (code)
		replay_event(r, "ERROR %s", names[code] ? names[code] : "?");
}

static const struct side *side_of(const struct replay *r)
{
	return r->file->server ? &server_side : &client_side;
}

/* Nothing may be left over when the next thing happens. */
static bool all_compared(struct replay *r, const struct step *s)
{
	if (r->bad_rule)
		return fails(s, "%s", r->bad_rule);
	if (sw_buf_len(&r->events))
		return fails(s, "not expected before this: => %s", sw_buf_str(&r->events));
	if (sw_buf_len(&r->out))
		return fails(s, "not expected before this, said: %s", sw_buf_str(&r->out));
	return true;
}

static bool compare_event(struct replay *r, const struct step *s)
{
	struct sw_slice all = sw_buf_slice(&r->events);
	struct sw_slice first = sw_slice_head(all, sw_slice_find(all, '\n'));

	if (!sw_slice_eq(sw_slice_trim(first), s->text))
		return fails(s, "expected => %.*s, got => %.*s", SW_FMT(s->text),
			     SW_FMT(first));
	sw_buf_consume(&r->events, first.len + 1);
	return true;
}

static bool compare_says(struct replay *r, const struct step *s)
{
	struct sw_slice out = sw_slice_head(sw_buf_slice(&r->out), s->text.len);
	struct sw_slice kinds = sw_slice_head(sw_buf_slice(&r->kinds), s->text.len);

	if (!sw_slice_eq(out, s->text))
		return fails(s, "expected \"%.*s\", said \"%s\"", SW_FMT(s->text),
			     sw_buf_str(&r->out));
	for (size_t i = 0; i < kinds.len; i++)
		if (kinds.ptr[i] != s->kind && !r->file->server)
			return fails(s, "byte %zu is of kind %c", i, kinds.ptr[i]);
	sw_buf_consume(&r->out, out.len);
	sw_buf_consume(&r->kinds, out.len);
	return true;
}

static bool compare_answer(struct replay *r, const struct step *s)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = MAX_TEXT };
	size_t is = sw_slice_search(s->text, SW_S(" is"));
	struct sw_slice expected = sw_slice_trim(sw_slice_from(s->text, is + 3));

	if (!side_of(r)->ask(r, sw_slice_head(s->text, is), &out))
		return fails(s, "nobody can answer that");
	struct sw_slice got = sw_slice_trim(sw_buf_slice(&out));

	return sw_slice_eq(got, expected) ||
	       fails(s, "expected %.*s, got %.*s", SW_FMT(expected), SW_FMT(got));
}

static void feed_cut(struct replay *r, struct sw_slice all, struct cutting how)
{
	size_t size = how.size ? how.size : how.at;

	if (size == 0 || size > all.len)
		size = all.len;
	while (all.len) {
		side_of(r)->feed(r, sw_slice_head(all, size));
		all = sw_slice_from(all, size);
		if (!how.size)
			size = all.len;
	}
}

/* The steps [from, to) that are bytes of the other side, as one. */
static size_t gather(const struct dialogue_file *f, size_t from, size_t to, struct sw_buf *all)
{
	while (from < to && f->steps[from].type == STEP_FEED)
		if (sw_buf_add(all, f->steps[from++].text))
			abort();
	return from;
}

static bool act(struct replay *r, const struct step *s)
{
	size_t blank = sw_slice_find(s->text, ' ');

	if (!side_of(r)->act(r, sw_slice_head(s->text, blank),
			     sw_slice_from(s->text, blank + 1)))
		return fails(s, "no such action");
	side_of(r)->flush(r);
	return true;
}

static bool replay_steps(struct replay *r, size_t from, size_t to, struct cutting how)
{
	const struct dialogue_file *f = r->file;
	bool ok = true;

	while (ok && from < to) {
		const struct step *s = &f->steps[from++];
		SW_CLEANUP(sw_buf_fini) struct sw_buf all = { .max = MAX_TEXT };

		switch (s->type) {
		case STEP_FEED:
			ok = all_compared(r, s);
			from = gather(f, from - 1, to, &all);
			if (!ok)
				break;
			feed_cut(r, sw_buf_slice(&all), how);
			side_of(r)->flush(r);
			break;
		case STEP_ACTION:
			ok = all_compared(r, s) && act(r, s);
			break;
		case STEP_SAYS:
			ok = compare_says(r, s);
			break;
		case STEP_EVENT:
			ok = compare_event(r, s);
			break;
		case STEP_QUERY:
			ok = compare_answer(r, s);
			break;
		}
	}
	return ok;
}

static bool replay_case(const struct dialogue_file *f, size_t i, struct cutting how)
{
	struct replay r = { .file = f, .now_us = 1000000 };
	long live = sw_mem_live();

	sw_buf_init(&r.events, MAX_TEXT);
	sw_buf_init(&r.out, MAX_TEXT);
	sw_buf_init(&r.kinds, MAX_TEXT);
	bool ok = side_of(&r)->start(&r) || fails(NULL, "the machine does not start");

	side_of(&r)->flush(&r);
	ok = ok && replay_steps(&r, 0, f->prelude, how) &&
	     replay_steps(&r, f->cases[i].from, f->cases[i].to, how) && all_compared(&r, NULL);
	side_of(&r)->stop(&r);
	sw_buf_fini(&r.events);
	sw_buf_fini(&r.out);
	sw_buf_fini(&r.kinds);
	if (ok && r.bad_rule)
		ok = fails(NULL, "%s", r.bad_rule);
	if (ok && sw_mem_live() != live)
		ok = fails(NULL, "%ld blocks leaked", sw_mem_live() - live);
	return ok;
}

static size_t longest_block(const struct dialogue_file *f, size_t i)
{
	size_t longest = 0, here = 0;

	for (size_t k = 0; k < f->cases[i].to; k++) {
		if (k == f->prelude)
			k = f->cases[i].from;
		if (k >= f->cases[i].to)
			break;
		here = f->steps[k].type == STEP_FEED ? here + f->steps[k].text.len : 0;
		longest = here > longest ? here : longest;
	}
	return longest;
}

static char cut_words[100];

static bool run_one(const struct dialogue_file *f, size_t i, struct cutting how)
{
	snprintf(cut_words, sizeof(cut_words), "in pieces of %zu, cut at %zu", how.size,
		 how.at);
	return replay_case(f, i, how);
}

static bool run_case(const struct dialogue_file *f, size_t i)
{
	size_t longest = longest_block(f, i);
	bool ok = run_one(f, i, (struct cutting){ 0, 0 });

	for (size_t size = 1; ok && size <= SIZES; size++)
		ok = run_one(f, i, (struct cutting){ size, 0 });
	for (size_t at = 1; ok && at < longest; at += at < EVERY_PLACE ? 1 : STRIDE)
		ok = run_one(f, i, (struct cutting){ 0, at });
	return ok;
}

static unsigned number, failed;

static void run_file(const char *path)
{
	struct dialogue_file *f = calloc(1, sizeof(*f));

	if (!f)
		abort();
	if (!dialogue_read(f, path)) {
		failed++;
		printf("not ok %u - %s\n", ++number, path);
	}
	for (size_t i = 0; f->count && i < f->case_count; i++) {
		bool ok = run_case(f, i);

		printf("%s %u - %s: %.*s\n", ok ? "ok" : "not ok", ++number,
		       strrchr(path, '/') ? strrchr(path, '/') + 1 : path,
		       SW_FMT(f->cases[i].name));
		if (ok)
			continue;
		failed++;
		for (char *p = problem; *p; p++)
			*p = *p == '\n' || *p == '\r' ? ' ' : *p;
		printf("# %s (%s)\n", problem, cut_words);
	}
	dialogue_free(f);
	free(f);
}

static int is_dialogue(const struct dirent *e)
{
	const char *dot = strrchr(e->d_name, '.');

	return dot && strcmp(dot, ".txt") == 0;
}

static void run_directory(const char *dir, const char *side)
{
	struct dirent **list = NULL;
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s", dir, side);
	int n = scandir(path, &list, is_dialogue, alphasort);

	if (n <= 0) {
		failed++;
		printf("not ok %u - %s: no dialogues\n", ++number, path);
	}
	for (int i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "%s/%s/%s", dir, side, list[i]->d_name);
		run_file(path);
		free(list[i]);
	}
	free(list);
}

int main(int argc, char **argv)
{
	const char *dir = argc > 1 ? argv[1] : getenv("SW_DIALOGUES");

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (!dir) {
		fprintf(stderr, "usage: run_dialogues DIRECTORY|FILE...\n");
		return 64;
	}
	for (int i = 1; i < argc && strstr(argv[i], ".txt"); i++)
		run_file(argv[i]);
	if (!strstr(dir, ".txt")) {
		run_directory(dir, "client");
		run_directory(dir, "server");
	}
	printf("1..%u\n", number);
	return failed ? 1 : 0;
}
