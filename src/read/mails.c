/* SPDX-License-Identifier: MIT */
#include "read/mails.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"

void sw_mails_init(struct sw_mails *m)
{
	*m = (struct sw_mails){ .fd = -1 };
	sw_buf_init(&m->window, SW_MAX_MAIL + 2 * SW_MAIL_CHUNK);
	sw_buf_init(&m->plain, SW_MAX_MAIL + 2 * SW_MAIL_CHUNK);
}

/* The window keeps its memory for the next file. */
static void close_file(struct sw_mails *m)
{
	if (m->fd >= 0 && !m->borrowed)
		(void)close(m->fd);
	m->fd = -1;
	m->borrowed = m->ended = m->begun = m->skipping = false;
	m->size = m->taken = 0;
	m->index = m->handed = 0;
	sw_buf_clear(&m->window);
}

static void close_all(struct sw_mails *m)
{
	close_file(m);
	for (size_t i = 0; i < SW_LEN(m->names); i++)
		sw_dir_list_fini(&m->names[i]);
	m->part_count = m->at_part = m->next = 0;
	sw_free(m->folder);
	sw_free(m->file);
	m->folder = m->file = NULL;
}

void sw_mails_fini(struct sw_mails *m)
{
	close_all(m);
	sw_buf_fini(&m->window);
	sw_buf_fini(&m->plain);
}

static enum sw_err set_text(char **to, const char *text, struct sw_error *err)
{
	char *copy = sw_strdup(text);

	if (!copy)
		return sw_fail_nomem(err);
	sw_free(*to);
	*to = copy;
	return SW_OK;
}

/* "FOLDER/PART/NAME" becomes the file. */
static enum sw_err set_path(struct sw_mails *m, const char *part, const char *name,
			    struct sw_error *err)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf path;

	sw_buf_init(&path, SIZE_MAX / 4);
	size_t len = strlen(m->folder);
	bool slash = len > 0 && m->folder[len - 1] == '/';

	if (sw_buf_printf(&path, "%s%s%s%s%s", m->folder, slash ? "" : "/", part,
			  *part ? "/" : "", name))
		return sw_fail_nomem(err);
	return set_text(&m->file, sw_buf_str(&path), err);
}

static bool ends_in(struct sw_slice name, const char *end)
{
	struct sw_slice tail = sw_slice_str(end);

	return name.len > tail.len &&
	       sw_slice_eq_nocase(sw_slice_from(name, name.len - tail.len), tail);
}

/* In a folder that is no Maildir. */
static bool is_mail_name(const char *text)
{
	struct sw_slice name = sw_slice_str(text);
	uint64_t number;

	return ends_in(name, ".eml") || ends_in(name, ".mbox") || ends_in(name, ".mail") ||
	       sw_slice_u64(name, &number);
}

static enum sw_err read_part(struct sw_mails *m, const char *part, struct sw_error *err)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf path;

	sw_buf_init(&path, SIZE_MAX / 4);
	if (sw_buf_printf(&path, "%s/%s", m->folder, part))
		return sw_fail_nomem(err);
	enum sw_err code = sw_dir_read(sw_buf_str(&path), SW_MAX_MAIL_NAMES,
				       &m->names[m->part_count], err);

	m->part[m->part_count++] = part;
	return code;
}

/* *ret_is: it is a folder, and its names are known. */
static enum sw_err open_folder(struct sw_mails *m, const char *path, bool *ret_is,
			       struct sw_error *err)
{
	struct sw_dir_list all = { NULL, 0 };
	struct sw_error quiet = { 0 };
	bool cur = false, fresh = false;
	enum sw_err code = sw_dir_read(path, SW_MAX_MAIL_NAMES, &all, &quiet);

	*ret_is = code == SW_OK && all.count > 0;
	if (code == SW_E_LIMIT || code == SW_E_NOMEM) {
		*err = quiet;
		return code;
	}
	for (size_t i = 0; *ret_is && i < all.count; i++) {
		cur |= strcmp(all.names[i], "cur") == 0;
		fresh |= strcmp(all.names[i], "new") == 0;
	}
	code = *ret_is ? set_text(&m->folder, path, err) : SW_OK;
	if (!code && cur && fresh) {
		code = read_part(m, "cur", err);
		if (!code)
			code = read_part(m, "new", err);
		sw_dir_list_fini(&all);
	} else {
		m->names[0] = all;
		m->part[0] = "";
		m->part_count = 1;
	}
	return code;
}

enum sw_err sw_mails_open(struct sw_mails *m, const char *path, struct sw_error *err)
{
	bool folder = false;

	close_all(m);
	enum sw_err code = sw_file_open(path, SW_FILE_INPUT, &m->fd, &m->size, err);

	if (!code)
		return set_text(&m->file, path, err);
	m->fd = -1;
	if (code == SW_E_NOINPUT) {
		enum sw_err second = open_folder(m, path, &folder, err);

		/* What is neither keeps the words of the first try. */
		code = folder || second ? second : code;
	}
	if (code)
		close_all(m);
	else
		sw_error_clear(err);
	return code;
}

enum sw_err sw_mails_open_fd(struct sw_mails *m, int fd, const char *name,
			     struct sw_error *err)
{
	close_all(m);
	enum sw_err code = set_text(&m->file, name, err);

	if (code)
		return code;
	m->fd = fd;
	m->borrowed = true;
	return SW_OK;
}

/* The next file of a folder; *ret_open false behind the last. */
static enum sw_err open_next(struct sw_mails *m, bool *ret_open, struct sw_error *err)
{
	*ret_open = false;
	for (; m->at_part < m->part_count; m->at_part++, m->next = 0) {
		const char *part = m->part[m->at_part];
		const struct sw_dir_list *names = &m->names[m->at_part];

		while (m->next < names->count) {
			const char *name = names->names[m->next++];

			if (name[0] == '.' || (!*part && !is_mail_name(name)))
				continue;
			enum sw_err code = set_path(m, part, name, err);

			if (!code)
				code = sw_file_open(m->file, SW_FILE_INPUT, &m->fd, &m->size,
						    err);
			if (code)
				m->fd = -1;
			*ret_open = !code;
			return code;
		}
	}
	return SW_OK;
}

/* A read that waits, whatever the descriptor's flags. */
static enum sw_err read_some(struct sw_mails *m, struct sw_error *err)
{
	char *room = sw_buf_reserve(&m->window, SW_MAIL_CHUNK);

	if (!room)
		return sw_fail_nomem(err);
	for (;;) {
		ssize_t got = read(m->fd, room, SW_MAIL_CHUNK);

		if (got >= 0) {
			sw_buf_commit(&m->window, (size_t)got);
			m->taken += (uint64_t)got;
			m->ended = got == 0;
			return SW_OK;
		}
		if (errno == EAGAIN) {
			struct pollfd p = { .fd = m->fd, .events = POLLIN };

			(void)poll(&p, 1, -1);
		} else if (errno != EINTR) {
			return sw_fail_errno(err, SW_E_NOINPUT, errno, "reading %s", m->file);
		}
	}
}

static enum sw_err fill(struct sw_mails *m, size_t want, struct sw_error *err)
{
	enum sw_err code = SW_OK;

	while (!code && !m->ended && sw_buf_len(&m->window) < want)
		code = read_some(m, err);
	return code;
}

/* The lines ">From " as they were. */
static enum sw_err give(struct sw_mails *m, const struct sw_mailbox_message *from, bool cut,
			struct sw_mails_message *ret, struct sw_error *err)
{
	*ret = (struct sw_mails_message){
		.file = m->file, .index = ++m->index, .bytes = from->message, .cut = cut
	};
	if (!from->quoted || m->box.kind != SW_MAILBOX_MBOX)
		return SW_OK;
	sw_buf_clear(&m->plain);
	if (sw_mailbox_unquote(from->message, &m->plain))
		return sw_fail_nomem(err);
	ret->bytes = sw_buf_slice(&m->plain);
	return SW_OK;
}

/* Drops what lies before the mailbox's rest. */
static void drop_before(struct sw_mails *m)
{
	sw_buf_consume(&m->window, sw_buf_len(&m->window) - m->box.rest.len);
}

/* Looks at the window as it is.  False: it must grow, or (at the end) there is nothing more.
 */
static bool look(struct sw_mails *m, struct sw_mailbox_message *ret, bool *ret_cut)
{
	bool full = sw_buf_len(&m->window) >= SW_MAX_MAIL;

	if (!m->begun) {
		sw_mailbox_begin(&m->box, sw_buf_slice(&m->window));
		m->begun = true;
		drop_before(m);
	}
	m->box.rest = sw_buf_slice(&m->window);
	m->box.more = !m->ended;
	if (m->skipping) {
		m->skipping = !sw_mailbox_skip(&m->box);
		drop_before(m);
		m->box.rest = sw_buf_slice(&m->window);
		if (m->skipping)
			return false;
		full = false;
	}
	*ret_cut = false;
	bool found = sw_mailbox_next(&m->box, ret);

	if (!found && m->box.wants_more && full) {
		m->box.more = false;
		found = sw_mailbox_next(&m->box, ret);
		m->skipping = *ret_cut = found && m->box.rest.len == 0;
	}
	if (found)
		m->handed = sw_buf_len(&m->window) - m->box.rest.len;
	return found;
}

/* A packed mailbox has no header either, and "no bounce" would be said of what nobody has
 * read. */
static enum sw_err check_packed(const struct sw_mails *m, struct sw_error *err)
{
	static const struct {
		struct sw_slice magic;
		const char *what, *reader;
	} rows[] = {
		{ { "\x1f\x8b\x08", 3 }, "gzip", "zcat" },
		{ { "BZh", 3 }, "bzip2", "bzcat" },
		{ { "\xfd"
		    "7zXZ\0",
		    6 },
		  "xz",
		  "xzcat" },
		{ { "\x28\xb5\x2f\xfd", 4 }, "zstd", "zstdcat" },
		{ { "\x1f\x9d", 2 }, "compress", "zcat" },
		{ { "PK\x03\x04", 4 }, "zip", "unzip -p" },
	};
	struct sw_slice head = sw_buf_slice(&m->window);

	for (size_t i = 0; i < SW_LEN(rows); i++) {
		bool text = rows[i].magic.ptr[0] == 'B'; /* must not be a word of somebody */

		if (sw_slice_starts(head, rows[i].magic) &&
		    (!text || sw_slice_starts(sw_slice_from(head, 4), SW_S("1AY&SY"))))
			return sw_fail(err, SW_E_NOINPUT,
				       "%s: is packed (%s); read what '%s' makes of it, "
				       "through a pipe",
				       m->file, rows[i].what, rows[i].reader);
	}
	return SW_OK;
}

/* *ret_found false: the file is at its end. */
static enum sw_err next_of_file(struct sw_mails *m, struct sw_mails_message *ret,
				bool *ret_found, struct sw_error *err)
{
	size_t want = SW_MAIL_CHUNK;
	struct sw_mailbox_message found;
	enum sw_err code;
	bool cut;

	sw_buf_consume(&m->window, m->handed);
	m->handed = 0;
	*ret_found = false;
	/* What is there already needs no reading but at the beginning. */
	code = m->begun && sw_buf_len(&m->window) > 0 ? SW_OK : fill(m, want, err);
	if (!code && !m->begun)
		code = check_packed(m, err);
	while (!code) {
		if (look(m, &found, &cut)) {
			*ret_found = true;
			return give(m, &found, cut, ret, err);
		}
		if (m->ended)
			return SW_OK;
		/* Nothing can follow a message that stands alone. */
		if (m->skipping && m->box.kind == SW_MAILBOX_SINGLE)
			return SW_OK;
		/* Twice as much each time: whatever is looked at again was paid for. */
		want = 2 * sw_buf_len(&m->window);
		want = want > SW_MAX_MAIL ? SW_MAX_MAIL : want;
		want = want < SW_MAIL_CHUNK ? SW_MAIL_CHUNK : want;
		code = fill(m, want, err);
	}
	return code;
}

enum sw_err sw_mails_next(struct sw_mails *m, struct sw_mails_message *ret,
			  struct sw_error *err)
{
	*ret = (struct sw_mails_message){ .file = NULL };
	for (;;) {
		bool open = m->fd >= 0, found = false;
		enum sw_err code = open ? SW_OK : open_next(m, &open, err);

		if (code || !open)
			return code;
		code = next_of_file(m, ret, &found, err);
		if (code || !found)
			close_file(m);
		if (code || found)
			return code;
	}
}

unsigned sw_mails_permille(const struct sw_mails *m)
{
	size_t all = 0, done = 0;

	if (m->part_count == 0)
		return m->size ? (unsigned)(m->taken * 1000 /
					    (m->size > m->taken ? m->size : m->taken))
			       : 0;
	for (size_t i = 0; i < m->part_count; i++) {
		all += m->names[i].count;
		done += i < m->at_part ? m->names[i].count : i == m->at_part ? m->next : 0;
	}
	return all ? (unsigned)(done * 1000 / all) : 0;
}
