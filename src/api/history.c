/* SPDX-License-Identifier: MIT */
/* The history of deliveries: read before a result is told, and the attempt appended to it. A
 * file that cannot be read or written changes nothing: what became of the message counts. */
#include "api/history.h"

#include <errno.h>
#include <stdio.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/world.h"
#include "verdict/history.h"

/* The first line: format, and the key of the hashes. */
#define HEAD "sendwell/history/1 "
enum { HEAD_LEN = sizeof(HEAD) - 1 + 2 * SW_HISTORY_KEY + 1 };

struct notes {
	struct sw_arena arena;
	struct sw_buf file;
	struct sw_slice lines; /* of the file, without its head */
	uint8_t key[SW_HISTORY_KEY];
	bool is_new, is_there; /* new and there: an empty file */
	struct sw_history_line at[SW_MAX_HISTORY_RECIPIENTS];
	size_t count, first; /* the one that the facts are about */
};

static int hex(char c)
{
	return sw_ascii_digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool read_head(struct notes *n)
{
	struct sw_slice s = sw_buf_slice(&n->file);

	if (s.len < HEAD_LEN || !sw_slice_starts(s, SW_S(HEAD)) || s.ptr[HEAD_LEN - 1] != '\n')
		return false;
	for (size_t i = 0; i < SW_HISTORY_KEY; i++) {
		int high = hex(s.ptr[sizeof(HEAD) - 1 + 2 * i]);
		int low = hex(s.ptr[sizeof(HEAD) + 2 * i]);

		if (high < 0 || low < 0)
			return false;
		n->key[i] = (uint8_t)(high << 4 | low);
	}
	n->lines = sw_slice_from(s, HEAD_LEN);
	return true;
}

/* What is there and no history of ours is left alone. */
static enum sw_err open_notes(struct notes *n, const char *path)
{
	const struct sw_world *world = sw_world_real();
	struct sw_error ignored = { 0 };
	enum sw_err e;

	sw_arena_init(&n->arena);
	sw_buf_init(&n->file, 2 * SW_MAX_HISTORY);
	n->lines = (struct sw_slice){ "", 0 };
	e = sw_file_read(path, SW_FILE_SECRET, 2 * SW_MAX_HISTORY, &n->file, &ignored);
	sw_error_clear(&ignored);
	n->is_there = e != SW_E_NOINPUT;
	n->is_new = !n->is_there || (!e && sw_buf_len(&n->file) == 0);
	if (n->is_new)
		return world->random(world->arg, n->key, SW_HISTORY_KEY) ? SW_OK : SW_E_OS;
	return e || read_head(n) ? e : SW_E_DATA;
}

static void close_notes(struct notes *n)
{
	sw_buf_fini(&n->file);
	sw_arena_fini(&n->arena);
}

/* ---- the attempt */

static struct sw_slice hashed(struct notes *n, struct sw_slice text)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = 64 };

	/* Without memory: as if it were not known. */
	return sw_history_hash(n->key, text, &out)
		       ? (struct sw_slice){ "", 0 }
		       : sw_arena_copy(&n->arena, sw_buf_slice(&out));
}

static struct sw_slice hashed_part(struct notes *n, struct sw_slice text,
				   enum sw_err (*part)(struct sw_slice, struct sw_buf *))
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = SW_MAX_FACT_TEXT };

	return part(text, &out) ? (struct sw_slice){ "", 0 } : hashed(n, sw_buf_slice(&out));
}

static struct sw_slice number(struct notes *n, int64_t value)
{
	char text[24];
	int len = snprintf(text, sizeof(text), "%lld", (long long)value);

	return sw_arena_copy(&n->arena, sw_slice(text, (size_t)len));
}

static struct sw_slice domain_key(struct notes *n, const char *address)
{
	const char *at = address ? strrchr(address, '@') : NULL;

	return at ? sw_arena_copy(&n->arena, sw_slice_str(at)) : (struct sw_slice){ "", 0 };
}

static void note(struct notes *n, const struct sw_result *r, const struct sw_job *job,
		 const struct sw_result_recipient *to, const char *message_id)
{
	const struct sw_facts *f = r->d.facts;
	const struct sw_fact *wish = sw_facts_last(f, SW_FACT_SEND_WISH);
	const struct sw_fact *tcp = sw_facts_last(f, SW_FACT_TCP_ATTEMPT);
	struct sw_slice server = sw_fact_text(wish, "server");
	struct sw_slice sender = sw_slice_str(job->sender);
	bool mx = sw_fact_int(wish, "mx", 0) != 0;
	const struct sw_result_reply *reply = to ? &to->reply : &r->reply;
	struct sw_history_line *l = &n->at[n->count++];

	*l = (struct sw_history_line){ .at = {
					       [SW_HISTORY_TIME] = number(
						       n, sw_facts_started(f) / 1000000),
					       [SW_HISTORY_KIND] = job->kind == SW_JOB_SEND
									   ? SW_S("send")
									   : SW_S("verify"),
					       [SW_HISTORY_HOST] =
						       mx && to ? domain_key(n, to->address)
								: sw_arena_copy(&n->arena,
										server),
					       [SW_HISTORY_PORT] =
						       number(n, sw_fact_int(wish, "port", 0)),
					       [SW_HISTORY_SOURCE] =
						       sw_fact_text(tcp, "local_address"),
					       [SW_HISTORY_SENDER] = hashed(n, sender),
					       [SW_HISTORY_STEM] =
						       hashed_part(n, sender, sw_history_stem),
					       [SW_HISTORY_RECIPIENT] = hashed(
						       n, sw_slice_str(to ? to->address : "")),
					       [SW_HISTORY_OUTCOME] = sw_slice_str(
						       to ? sw_outcome_name(to->outcome)
						       : r->d.ending == SW_END_OK &&
								       reply->code < 400
							       ? "accepted"
							       : "not_sent"),
					       [SW_HISTORY_STAGE] = sw_slice_str(sw_stage_name(
						       to ? to->stage : r->d.stage)),
					       [SW_HISTORY_CODE] = number(n, reply->code),
					       [SW_HISTORY_CATEGORY] =
						       sw_slice_str(to ? to->category : ""),
					       [SW_HISTORY_WORDS] = hashed_part(
						       n, sw_slice_str(reply->text),
						       sw_history_words),
					       [SW_HISTORY_MESSAGE] =
						       hashed(n, sw_slice_str(message_id)),
				       } };
}

static void take_attempt(struct notes *n, const struct sw_result *r, const struct sw_job *job,
			 const char *message_id)
{
	size_t count = r->d.recipient_count;

	if (count == 0)
		note(n, r, job, NULL, message_id);
	for (size_t i = 0; i < count && n->count < SW_MAX_HISTORY_RECIPIENTS; i++) {
		/* The facts are about the first one that was not accepted. */
		if (n->first == n->count && r->recipients[i].outcome == SW_ACCEPTED &&
		    i + 1 < count)
			n->first++;
		note(n, r, job, &r->recipients[i], message_id);
	}
	if (n->first >= n->count)
		n->first = 0;
}

/* ---- the file */

/* From the beginning of a line on, at most half of what may be there. */
static struct sw_slice newer_half(struct sw_slice lines)
{
	if (lines.len <= SW_MAX_HISTORY / 2)
		return lines;
	lines = sw_slice_from(lines, lines.len - SW_MAX_HISTORY / 2);
	return sw_slice_from(lines, sw_slice_find(lines, '\n') + 1);
}

static enum sw_err write_head(const struct notes *n, struct sw_buf *out)
{
	enum sw_err e = sw_buf_add(out, SW_S(HEAD));

	for (size_t i = 0; !e && i < SW_HISTORY_KEY; i++)
		e = sw_buf_printf(out, "%02x", n->key[i]);
	return e ? e : sw_buf_add_char(out, '\n');
}

static enum sw_err make_dir(const char *path, struct sw_error *err)
{
	const char *slash = strrchr(path, '/');

	if (!slash || slash == path)
		return SW_OK;
	char *dir = sw_strdup(path);

	if (!dir)
		return SW_E_NOMEM;
	dir[slash - path] = '\0';
	enum sw_err e = sw_dir_make(dir, err);

	sw_free(dir);
	return e;
}

/* False: somebody made the file since we looked, with a key that is not ours. */
static bool write_notes(const struct notes *n, const char *path)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = 2 * SW_MAX_HISTORY };
	bool whole = n->is_new || sw_buf_len(&n->file) > SW_MAX_HISTORY;
	struct sw_error why = { 0 };
	enum sw_err e = whole ? write_head(n, &out) : SW_OK;

	if (!e && whole)
		e = sw_buf_add(&out, newer_half(n->lines));
	for (size_t i = 0; !e && i < n->count; i++)
		e = sw_history_write(&n->at[i], &out);
	if (!e && n->is_new)
		e = make_dir(path, &why);
	if (!e && n->is_new && !n->is_there)
		e = sw_file_place(path, 0600, sw_buf_slice(&out), &why);
	else if (!e && whole)
		e = sw_file_replace(path, 0600, sw_buf_slice(&out), &why);
	else if (!e)
		e = sw_file_append(path, 0600, sw_buf_slice(&out), &why);
	/* Anything else: best effort, see above. */
	return !(e == SW_E_CREATE && why.os_errno == EEXIST);
}

void sw_history_note(const struct sw_mailer *m, struct sw_result *r, const struct sw_job *job,
		     const char *message_id, bool keep)
{
	const char *path = m->settings.history_file;
	bool stated = false, noted = !path;

	while (!noted) {
		struct notes n = { 0 };

		noted = true;
		if (!open_notes(&n, path)) {
			take_attempt(&n, r, job, message_id);
			if (!stated)
				sw_history_state(n.lines, &n.at[n.first],
						 sw_slice_str(message_id), r->d.facts,
						 sw_context_now(m->client));
			/* What was not there a moment ago is there: it is read once more. */
			noted = !keep || write_notes(&n, path) || stated;
			stated = true;
		}
		close_notes(&n);
	}
}
