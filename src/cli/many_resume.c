/* SPDX-License-Identifier: MIT */
/* The file of --resume: a line for each message when it is begun, and one for what became of
 * it. So a run that is killed leaves what it had under way, and nobody sends that again. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include <sendwell/file.h>

#include "cli/many.h"

enum { MOST_BYTES = 512 * 1024 * 1024, FIRST_ROOM = 1024, LINE = 700 };
static const char head[] = "sendwell-resume 1\n";

struct mark {
	uint64_t key; /* 0 is none */
	uint32_t seen;
	enum cli_resume_state state;
};
struct cli_resume {
	struct cli *c;
	int fd;
	struct mark *marks; /* open addressing; room is a power of two */
	size_t room, count;
};

static const char *const words[] = {
	[CLI_RESUME_NEW] = "new",           [CLI_RESUME_BEGUN] = "begun",
	[CLI_RESUME_ACCEPTED] = "accepted", [CLI_RESUME_PARTIAL] = "partial",
	[CLI_RESUME_REJECTED] = "rejected", [CLI_RESUME_DEFERRED] = "deferred",
	[CLI_RESUME_NOT_SENT] = "not_sent", [CLI_RESUME_UNCERTAIN] = "uncertain",
};

static struct mark *place(struct mark *marks, size_t room, uint64_t key)
{
	size_t i = (size_t)(key ^ key >> 32) & (room - 1);

	while (marks[i].key && marks[i].key != key)
		i = (i + 1) & (room - 1);
	return &marks[i];
}

/* The mark of a key, made if need be; NULL without memory. */
static struct mark *mark_of(struct cli_resume *r, uint64_t key)
{
	key = key ? key : 1;
	if (2 * r->count >= r->room) {
		size_t room = r->room ? 2 * r->room : FIRST_ROOM;
		struct mark *marks = cli_grow(NULL, room, sizeof(*marks));

		if (!marks)
			return NULL;
		memset(marks, 0, room * sizeof(*marks));
		for (size_t i = 0; i < r->room; i++)
			if (r->marks[i].key)
				*place(marks, room, r->marks[i].key) = r->marks[i];
		cli_free(r->marks);
		r->marks = marks;
		r->room = room;
	}
	struct mark *m = place(r->marks, r->room, key);

	r->count += !m->key;
	m->key = key;
	return m;
}

static bool read_line(struct cli_resume *r, const char *line, bool *ret_nomem)
{
	char *word;
	uint64_t key = strtoull(line, &word, 16);

	if (word != line + 16 || *word++ != ' ')
		return false;
	for (size_t i = CLI_RESUME_BEGUN; i < CLI_LEN(words); i++) {
		size_t len = strlen(words[i]);

		if (strncmp(word, words[i], len) != 0 || word[len] != ' ')
			continue;
		struct mark *m = mark_of(r, key);

		*ret_nomem = !m;
		if (m)
			m->state = (enum cli_resume_state)i;
		return m != NULL;
	}
	return false;
}

/* A last line without its end was being written when the machine or the disk gave up. */
static int read_all(struct cli_resume *r, const char *path, char *text)
{
	const char *first = strstr(text, "\n");
	size_t number = 1;
	bool nomem = false;

	if (!first || strncmp(text, head, sizeof(head) - 1) != 0)
		return cli_fail(&r->c->out, EX_DATAERR,
				"%s: this is no file of --resume; it is left as it is", path);
	for (char *line = text + sizeof(head) - 1, *end; (end = strchr(line, '\n'));
	     line = end + 1) {
		*end = '\0';
		number++;
		if (!read_line(r, line, &nomem))
			return nomem ? cli_fail_nomem(&r->c->out)
				     : cli_fail(&r->c->out, EX_DATAERR,
						"%s:%zu: this is no line of --resume", path,
						number);
	}
	return 0;
}

/* What was torn goes; a new file gets its first line. */
static int begin_file(struct cli_resume *r, const char *path, size_t whole, size_t len)
{
	char why[512];
	enum sw_err e = SW_OK;

	if (whole < len && ftruncate(r->fd, (off_t)whole))
		return cli_fail(&r->c->out, EX_IOERR, "%s: %m", path);
	if (whole == 0)
		e = sw_file_write_all(r->fd, head, sizeof(head) - 1, why, sizeof(why));
	return e ? cli_fail(&r->c->out, EX_IOERR, "%s: %s", path, why) : 0;
}

int cli_resume_open(struct cli *c, const char *path, struct cli_resume **ret)
{
	struct cli_resume *r = cli_grow(NULL, 1, sizeof(*r));
	struct sw_file file = { .bytes = NULL };
	char why[512];

	*ret = r;
	if (!r)
		return cli_fail_nomem(&c->out);
	*r = (struct cli_resume){ .c = c, .fd = -1 };
	enum sw_err e = sw_file_grow(path, 0600, 1, &r->fd, why, sizeof(why));

	if (!e)
		e = sw_file_load(path, MOST_BYTES, &file, why, sizeof(why));
	if (e)
		return cli_fail(&c->out, sw_err_exit_status(e), "%s", why);
	size_t whole = file.len;

	while (whole > 0 && file.bytes[whole - 1] != '\n')
		whole--;
	int status = file.len > 0 ? read_all(r, path, file.bytes) : 0;

	if (!status)
		status = begin_file(r, path, whole, file.len);
	sw_file_clear(&file);
	return status;
}

void cli_resume_close(struct cli_resume *r)
{
	if (r && r->fd >= 0)
		close(r->fd);
	if (r)
		cli_free(r->marks);
	cli_free(r);
}

bool cli_resume_look(struct cli_resume *r, uint64_t *key, enum cli_resume_state *ret)
{
	struct mark *m = mark_of(r, *key);

	if (!m)
		return false;
	uint32_t nth = ++m->seen;

	*key = cli_key_of(*key, (const char *)&nth, sizeof(nth));
	m = mark_of(r, *key);
	if (m)
		*ret = m->state;
	return m != NULL;
}

int cli_resume_note(struct cli_resume *r, uint64_t key, enum cli_resume_state state,
		    const char *name)
{
	char line[LINE], why[512];
	char *shown = sw_text_printable(name, strlen(name));
	/* A program of the same name never reads what stands behind the state. */
	int len = snprintf(line, sizeof(line), "%016" PRIx64 " %s %.600s\n", key ? key : 1,
			   words[state], shown ? shown : "");

	sw_text_free(shown);
	enum sw_err e = sw_file_write_all(r->fd, line, (size_t)len, why, sizeof(why));

	return e ? cli_fail(&r->c->out, EX_IOERR, "--resume: %s", why) : 0;
}
