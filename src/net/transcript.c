/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stdio.h>

#include "base/mem.h"
#include "net/tap.h"

enum {
	/* The longest form of a secret in a redactor is percent-encoded, or hex. */
	LONGEST_FORM = 3 * SW_MAX_SECRET,
	/* What is held of a line. A secret that begins within the shown part is all there. */
	LINE_HELD = SW_MAX_TRANSCRIPT_LINE + LONGEST_FORM,
	/* What is held of a secret line: "AUTH " and a mechanism (20 bytes, RFC 4422 3.1). */
	SECRET_HELD = 32,
	MECHANISM_MOST = 20,
};

/* A line that is being put together; one for each direction. */
struct line {
	struct sw_buf text;
	size_t left_out;	/* bytes beyond what is held */
	uint64_t at_us;
	bool begun, tls;
	bool secret;
	bool lost;		/* memory was out: what is held has a hole and is not shown */
};

struct entry {
	uint64_t at_us;
	size_t offset, len;	/* in `texts` */
	enum sw_transcript_kind kind;
	bool tls;
};

struct sw_transcript {
	const struct sw_redactor *redactor;
	struct entry *entries;
	size_t count, cap;
	struct sw_buf texts;
	bool hold;
	/* Raw pieces that are not entries yet, the older ones and the newer ones: heads, each with
	 * its bytes behind it. */
	struct sw_buf older, newer;
	struct line sent, received;
	bool secret, data;
	const struct sw_transcript_part *parts; /* of what is sent next; NULL: one */
	size_t part_count;
	uint64_t data_bytes, data_at_us;
	bool data_tls;
	size_t dropped;
	uint64_t dropped_bytes, dropped_at_us;
	char dropped_text[96];
	sw_transcript_fn fn;
	void *arg;
};

struct sw_transcript *sw_transcript_new(const struct sw_redactor *redactor)
{
	struct sw_transcript *t = sw_calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->redactor = redactor;
	sw_buf_init(&t->texts, SW_MAX_TRANSCRIPT);
	sw_buf_init(&t->older, SW_MAX_HELD + SW_READ_CHUNK);
	sw_buf_init(&t->newer, SW_MAX_HELD + SW_READ_CHUNK);
	t->older.secret = t->newer.secret = true;
	sw_buf_init(&t->sent.text, LINE_HELD);
	sw_buf_init(&t->received.text, LINE_HELD);
	/* Raw lines may hold what the redactor would take out. */
	t->sent.text.secret = t->received.text.secret = true;
	return t;
}

static void forget(struct line *l)
{
	struct sw_buf text = l->text;

	sw_buf_clear(&text);
	*l = (struct line){ .text = text };
}

void sw_transcript_clear(struct sw_transcript *t)
{
	sw_buf_fini(&t->texts);
	sw_buf_wipe(&t->older);
	sw_buf_wipe(&t->newer);
	sw_buf_fini(&t->sent.text);
	sw_buf_fini(&t->received.text);
	forget(&t->sent);
	forget(&t->received);
	sw_free(t->entries);
	t->entries = NULL;
	t->count = t->cap = 0;
	t->data_bytes = 0;
	t->dropped = 0;
	t->dropped_bytes = 0;
}

void sw_transcript_free(struct sw_transcript *t)
{
	if (!t)
		return;
	sw_transcript_clear(t);
	sw_free(t);
}

/* Head of a piece that is held. */
struct held {
	uint64_t at_us;
	size_t len; /* of message data only this is held */
	enum sw_transcript_kind kind;
	bool tls, data;
};

static void drop(struct sw_transcript *t, uint64_t at_us, size_t len)
{
	t->dropped++;
	t->dropped_bytes += len;
	t->dropped_at_us = at_us;
	snprintf(t->dropped_text, sizeof(t->dropped_text),
		 "(%zu more lines with %llu bytes are not kept)", t->dropped,
		 (unsigned long long)t->dropped_bytes);
}

/* What is kept is charged with its bookkeeping: empty lines are not free. Once something was
 * dropped nothing is kept any more, or the order would lie. */
static bool keep(struct sw_transcript *t, const struct sw_transcript_entry *e)
{
	size_t used = sw_buf_len(&t->texts) + t->count * sizeof(struct entry);

	if (t->dropped || e->text.len + sizeof(struct entry) > SW_MAX_TRANSCRIPT - used)
		return false;
	if (t->count == t->cap) {
		size_t cap = t->cap ? t->cap * 2 : 32;
		struct entry *more = sw_realloc(t->entries, cap * sizeof(*more));

		if (!more)
			return false;
		t->entries = more;
		t->cap = cap;
	}
	size_t offset = sw_buf_len(&t->texts);

	if (sw_buf_add(&t->texts, e->text) != SW_OK)
		return false;
	t->entries[t->count++] = (struct entry){ .at_us = e->at_us, .offset = offset,
						 .len = e->text.len, .kind = e->kind,
						 .tls = e->tls };
	return true;
}

/* The one way in: `text` must be redacted. */
static void enter(struct sw_transcript *t, struct sw_transcript_entry e)
{
	if (!keep(t, &e))
		drop(t, e.at_us, e.text.len);
	if (t->fn)
		t->fn(t->arg, &e);
}

/* Message data that was counted and not yet written down; before whatever comes next. */
static void settle_data(struct sw_transcript *t)
{
	char text[64];

	if (t->data_bytes == 0)
		return;
	snprintf(text, sizeof(text), "(%llu bytes of message data)",
		 (unsigned long long)t->data_bytes);
	t->data_bytes = 0;
	enter(t, (struct sw_transcript_entry){ .at_us = t->data_at_us, .kind = SW_TR_SENT,
					       .tls = t->data_tls,
					       .text = sw_slice_str(text) });
}

/* Length of "AUTH MECHANISM" at the start of a line, or 0. *ret_more: something follows it. */
static size_t auth_words(struct sw_slice line, bool *ret_more)
{
	size_t len = 5;

	if (!sw_slice_starts_nocase(line, SW_S("AUTH ")))
		return 0;
	for (; len < line.len && line.ptr[len] != ' '; len++) {
		char c = sw_ascii_lower(line.ptr[len]);

		if (!sw_ascii_digit(c) && !(c >= 'a' && c <= 'z') && c != '-' && c != '_')
			return 0;
	}
	*ret_more = len < line.len;
	return len > 5 && len <= 5 + MECHANISM_MOST ? len : 0;
}

/* The text of a line as it may be seen, into out. */
static enum sw_err clean(const struct sw_transcript *t, const struct line *l,
			 struct sw_buf *out)
{
	struct sw_slice text = sw_buf_slice(&l->text);
	bool more = false;
	enum sw_err code;

	if (text.len && text.ptr[text.len - 1] == '\r' && !l->left_out)
		text.len--;
	size_t words = auth_words(text, &more);

	if (words && (more || l->left_out)) {
		code = sw_buf_add(out, sw_slice_head(text, words));
		return code ? code : sw_buf_add(out, SW_S(" ***"));
	}
	if (l->secret && !words)
		return sw_buf_add(out, SW_S("***"));
	code = sw_redactor_apply(t->redactor, text, out);
	if (code || (!l->left_out && sw_buf_len(out) <= SW_MAX_TRANSCRIPT_LINE))
		return code;
	/* A secret that was cut off at the end of what is held was not recognised; it is
	 * shorter than the longest form. */
	size_t shown = sw_buf_len(out);
	size_t hidden = l->left_out ? LONGEST_FORM : 0;

	shown = shown > hidden ? shown - hidden : 0;
	if (shown > SW_MAX_TRANSCRIPT_LINE)
		shown = SW_MAX_TRANSCRIPT_LINE;
	sw_buf_truncate(out, shown);
	return sw_buf_printf(out, " (cut: the line has %zu bytes)", text.len + l->left_out);
}

static void finish(struct sw_transcript *t, struct line *l, enum sw_transcript_kind kind)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = 2 * (size_t)LINE_HELD };

	if (!l->begun)
		return;
	settle_data(t);
	if (!l->lost && clean(t, l, &out) == SW_OK)
		enter(t, (struct sw_transcript_entry){ .at_us = l->at_us, .kind = kind,
						       .tls = l->tls,
						       .text = sw_buf_slice(&out) });
	else
		drop(t, l->at_us, sw_buf_len(&l->text) + l->left_out);
	forget(l);
}

/* A piece of one line. */
static void extend(struct line *l, struct sw_slice piece)
{
	size_t most = l->secret ? SECRET_HELD : LINE_HELD;
	size_t have = sw_buf_len(&l->text);
	size_t take = have < most ? most - have : 0;

	if (l->lost || l->left_out)
		take = 0;
	if (take > piece.len)
		take = piece.len;
	if (take && sw_buf_add(&l->text, sw_slice_head(piece, take)) != SW_OK) {
		l->lost = true;
		take = 0;
	}
	l->left_out += piece.len - take;
}

static void add(struct sw_transcript *t, uint64_t at_us, enum sw_transcript_kind kind, bool tls,
		struct sw_slice bytes)
{
	struct line *l = kind == SW_TR_SENT ? &t->sent : &t->received;

	if (kind == SW_TR_SENT && t->data) {
		/* A command that the data interrupts (it never does) must not swallow it. */
		finish(t, l, kind);
		if (t->data_bytes == 0) {
			t->data_at_us = at_us;
			t->data_tls = tls;
		}
		t->data_bytes += bytes.len;
		return;
	}
	while (bytes.len) {
		size_t end = sw_slice_find(bytes, '\n');

		if (!l->begun) {
			l->begun = true;
			l->at_us = at_us;
			l->tls = tls;
		}
		l->secret = l->secret || (kind == SW_TR_SENT && t->secret);
		extend(l, sw_slice_head(bytes, end));
		if (end < bytes.len)
			finish(t, l, kind);
		bytes = sw_slice_from(bytes, end + 1);
	}
}

void sw_transcript_parts(struct sw_transcript *t, const struct sw_transcript_part *parts,
			 size_t count)
{
	t->parts = parts;
	t->part_count = count;
}

/* False: it must go the usual way. */
static bool hold(struct sw_transcript *t, struct held head, struct sw_slice bytes)
{
	if (sw_buf_len(&t->newer) >= SW_MAX_HELD) {
		struct sw_buf oldest = t->older;

		t->older = t->newer;
		t->newer = oldest;
		sw_buf_clear(&t->newer);
	}
	size_t before = sw_buf_len(&t->newer);

	if (bytes.len > SW_READ_CHUNK / 2 ||
	    sw_buf_add(&t->newer, sw_slice((const char *)&head, sizeof(head))))
		return false;
	if (!head.data && sw_buf_add(&t->newer, bytes)) {
		sw_buf_truncate(&t->newer, before);
		return false;
	}
	return true;
}

static void write_held(struct sw_transcript *t, struct sw_buf *from)
{
	struct held head;

	for (struct sw_slice in = sw_buf_slice(from); in.len >= sizeof(head);) {
		memcpy(&head, in.ptr, sizeof(head));
		in = sw_slice_from(in, sizeof(head));
		if (head.kind == SW_TR_SENT && !head.data)
			settle_data(t);
		t->data = head.data;
		add(t, head.at_us, head.kind, head.tls,
		    head.data ? (struct sw_slice){ "", head.len } : sw_slice_head(in, head.len));
		t->data = false;
		in = sw_slice_from(in, head.data ? 0 : head.len);
	}
	sw_buf_wipe(from);
}

/* What is held becomes entries, before anything else does. */
static void release(struct sw_transcript *t)
{
	bool data = t->data;

	write_held(t, &t->older);
	write_held(t, &t->newer);
	t->data = data;
}

void sw_transcript_hold(struct sw_transcript *t, bool on)
{
	t->hold = on;
}

/* Whole pieces of one kind; what is secret never lies about. */
static bool may_hold(const struct sw_transcript *t, enum sw_transcript_kind kind)
{
	if (!t->hold || t->secret || t->data)
		return false;
	for (size_t i = 0; kind == SW_TR_SENT && t->parts && i < t->part_count; i++)
		if (t->parts[i].secret)
			return false;
	return true;
}

static bool hold_all(struct sw_transcript *t, uint64_t at_us, enum sw_transcript_kind kind,
		     bool tls, struct sw_slice bytes)
{
	const struct sw_transcript_part whole = { .len = bytes.len };
	bool split = kind == SW_TR_SENT && t->parts;
	const struct sw_transcript_part *parts = split ? t->parts : &whole;
	size_t count = split ? t->part_count : 1;

	if (!may_hold(t, kind))
		return false;
	for (size_t i = 0; i < count && bytes.len > 0; i++) {
		struct sw_slice some = sw_slice_head(bytes, parts[i].len);

		if (!hold(t, (struct held){ at_us, some.len, kind, tls, parts[i].data }, some))
			drop(t, at_us, some.len);
		bytes = sw_slice_from(bytes, some.len);
	}
	if (split)
		t->parts = NULL;
	return true;
}

void sw_transcript_add(struct sw_transcript *t, uint64_t at_us, enum sw_transcript_kind kind,
		       bool tls, struct sw_slice bytes)
{
	const struct sw_transcript_part *parts = t->parts;
	bool secret = t->secret, data = t->data;

	if (hold_all(t, at_us, kind, tls, bytes))
		return;
	release(t);
	if (kind != SW_TR_SENT || !parts) {
		add(t, at_us, kind, tls, bytes);
		return;
	}
	for (size_t i = 0; i < t->part_count && bytes.len > 0; i++) {
		if (t->data && !parts[i].data)
			settle_data(t);
		t->secret = parts[i].secret;
		t->data = parts[i].data;
		add(t, at_us, kind, tls, sw_slice_head(bytes, parts[i].len));
		bytes = sw_slice_from(bytes, parts[i].len);
	}
	t->parts = NULL;
	t->secret = secret;
	t->data = data;
}

void sw_transcript_note(struct sw_transcript *t, uint64_t at_us, enum sw_transcript_kind kind,
			const char *fmt, ...)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf raw = { .max = SW_MAX_TRANSCRIPT_LINE };
	SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = LINE_HELD };
	va_list args;

	release(t);
	settle_data(t);
	va_start(args, fmt);
	enum sw_err code = sw_buf_vprintf(&raw, fmt, args);

	va_end(args);
	if (!code)
		code = sw_redactor_apply(t->redactor, sw_buf_slice(&raw), &out);
	if (code)
		drop(t, at_us, sw_buf_len(&raw));
	else
		enter(t, (struct sw_transcript_entry){ .at_us = at_us, .kind = kind,
						       .text = sw_buf_slice(&out) });
}

void sw_transcript_secret(struct sw_transcript *t, bool on)
{
	t->secret = on;
}

void sw_transcript_data(struct sw_transcript *t, bool on)
{
	t->data = on;
}

void sw_transcript_flush(struct sw_transcript *t)
{
	if (!t || sw_buf_len(&t->newer) > 0)
		return;
	finish(t, &t->sent, SW_TR_SENT);
	settle_data(t);
	finish(t, &t->received, SW_TR_RECEIVED);
}

size_t sw_transcript_count(struct sw_transcript *t)
{
	if (sw_buf_len(&t->newer) > 0) {
		release(t);
		sw_transcript_flush(t);
	}
	return t->count + (t->dropped ? 1 : 0);
}

struct sw_transcript_entry sw_transcript_get(struct sw_transcript *t, size_t i)
{
	if (i >= t->count)
		return (struct sw_transcript_entry){ .at_us = t->dropped_at_us,
						     .kind = SW_TR_NOTE,
						     .text = sw_slice_str(t->dropped_text) };
	const struct entry *e = &t->entries[i];

	return (struct sw_transcript_entry){
		.at_us = e->at_us,
		.kind = e->kind,
		.tls = e->tls,
		.text = sw_slice_head(sw_slice_from(sw_buf_slice(&t->texts), e->offset),
				      e->len),
	};
}

void sw_transcript_on_entry(struct sw_transcript *t, sw_transcript_fn fn, void *arg)
{
	t->fn = fn;
	t->arg = arg;
}
