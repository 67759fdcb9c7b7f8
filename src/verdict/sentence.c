/* SPDX-License-Identifier: MIT */
#include "verdict/sentence.h"

#include "verdict/tale.h"

#define ANY  NULL
#define NONE ""

struct row {
	const char *id;
	const char *outcome, *failure, *stage; /* ANY: whatever it is */
	bool (*when)(const struct sw_tale *t); /* ANY: always */
	const char *what, *advice;
};
#define SW_SENTENCE(id, outcome, failure, stage, when, what, advice)                          \
	{ #id, outcome, failure, stage, when, what, advice },
static const struct row rows[] = {
#include "verdict/sentence.def"
};
#undef SW_SENTENCE

static bool is(struct sw_slice got, const char *wanted)
{
	return !wanted || sw_slice_eq(got, sw_slice_str(wanted));
}

/* The last row fits everything. */
static const struct row *choose(const struct sw_tale *t)
{
	size_t i = 0;
	for (; i < SW_LEN(rows) - 1; i++) {
		const struct row *r = &rows[i];
		if (is(t->outcome, r->outcome) && is(t->failure, r->failure) &&
		    is(t->stage, r->stage) && (!r->when || r->when(t)))
			break;
	}
	return &rows[i];
}

/* "{name}" gives way to what it stands for; what comes in so is not looked at again. */
static enum sw_err expand(const struct sw_tale *t, const char *text, struct sw_buf *out)
{
	struct sw_slice rest = sw_slice_str(text);
	enum sw_err e = SW_OK;
	while (!e && rest.len > 0) {
		size_t open = sw_slice_find(rest, '{');
		e = sw_buf_add(out, sw_slice_head(rest, open));
		if (open == rest.len)
			break;
		rest = sw_slice_from(rest, open + 1);
		size_t close = sw_slice_find(rest, '}');
		if (!e)
			e = sw_tale_fill(t, sw_slice_head(rest, close), out);
		rest = sw_slice_from(rest, close + 1);
	}
	return e;
}

/* A capital letter for "the server"; names of hosts stay as they are. */
static enum sw_err capitalise(struct sw_buf *line)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf rest = { .max = line->max };
	struct sw_slice now = sw_buf_slice(line);
	if (!sw_slice_starts(now, SW_S("the ")) && !sw_slice_starts(now, SW_S("a ")))
		return SW_OK;
	char first = (char)(now.ptr[0] - 'a' + 'A');
	enum sw_err e = sw_buf_add(&rest, sw_slice_from(now, 1));
	if (e)
		return e;
	sw_buf_clear(line);
	e = sw_buf_add_char(line, first);
	return e ? e : sw_buf_add(line, sw_buf_slice(&rest));
}

static enum sw_err compose(const struct sw_tale *t, const struct row *r, struct sw_buf *line)
{
	enum sw_err e = expand(t, r->what, line);
	size_t told = sw_buf_len(line);
	if (!e)
		e = capitalise(line);
	if (!e)
		e = sw_buf_add_char(line, ' ');
	if (!e)
		e = expand(t, r->advice, line);
	/* No advice, no blank for it. */
	if (!e && sw_buf_len(line) == told + 1)
		sw_buf_truncate(line, told);
	return e;
}

enum sw_err sw_verdict_sentence(const struct sw_facts *f, struct sw_buf *out)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf line = { .max = out->max };
	struct sw_tale t;
	sw_tale_gather(f, &t);
	enum sw_err e = compose(&t, choose(&t), &line);
	return e ? e : sw_buf_add(out, sw_buf_slice(&line));
}

const char *sw_verdict_sentence_row(const struct sw_facts *f)
{
	struct sw_tale t;
	sw_tale_gather(f, &t);
	return choose(&t)->id;
}
