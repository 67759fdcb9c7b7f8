/* SPDX-License-Identifier: MIT */
/* What a program writes to sendmail: with or without header, From, Date, Message-ID. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sysexits.h>
#include <unistd.h>

#include <sendwell/message.h>

#include "cli/cli.h"
#include "cli/mem.h"

enum {
	HEAD_MOST = 1024 * 1024, /* a header beyond it is none */
	CHUNK = 16 * 1024,
	DRAFT_MOST = 8 * 1024,
};

struct text {
	char *bytes;
	size_t len;
};

struct input {
	struct cli *c;
	struct text read;      /* of standard input: the header and what came with it */
	size_t body;           /* where it begins in there */
	size_t begin;          /* behind a line "From a@b Sat ..." of an mbox */
	size_t from, from_end; /* the From field in there; from_end 0: none */
	bool date, id, blank, ended, dot_ends;
	bool line_begins; /* what is read next */
	struct text front;
	size_t given; /* of front and of what was read behind it */
};

static bool add(struct text *t, const char *bytes, size_t len)
{
	char *more = cli_grow(t->bytes, t->len + len + 1, 1);

	if (!more)
		return false;
	memcpy(more + t->len, bytes, len);
	t->bytes = more;
	t->len += len;
	more[t->len] = '\0';
	return true;
}

/* As read(2). On a terminal, which gives line for line, "." ends the message unless -i says
 * otherwise; a program that writes to a pipe means what it writes. */
static ssize_t read_some(struct input *in, char *out, size_t size)
{
	ssize_t n = in->ended ? 0 : read(STDIN_FILENO, out, size);

	while (n < 0 && errno == EINTR)
		n = read(STDIN_FILENO, out, size);
	if (n > 0 && in->dot_ends && in->line_begins && n == 2 && memcmp(out, ".\n", 2) == 0)
		n = 0;
	in->ended = n == 0;
	in->line_begins = n > 0 && out[n - 1] == '\n';
	return n;
}

static bool is_field(const char *line, size_t len, size_t *ret_name)
{
	size_t n = 0;

	while (n < len && line[n] > ' ' && line[n] < 127 && line[n] != ':')
		n++;
	*ret_name = n;
	while (n < len && (line[n] == ' ' || line[n] == '\t'))
		n++;
	return *ret_name > 0 && n < len && line[n] == ':';
}

static bool is_name(const char *line, size_t len, const char *name)
{
	return len == strlen(name) && strncasecmp(line, name, len) == 0;
}

/* Looks at what was read. False: the header goes on behind it. */
static bool scan(struct input *in)
{
	const char *text = in->read.bytes;
	size_t at = 0, len = in->read.len, name = 0;
	bool in_from = false, any = false;

	in->begin = in->from_end = 0;
	in->date = in->id = in->blank = false;
	while (at < len) {
		const char *end = memchr(text + at, '\n', len - at);
		size_t next = end ? (size_t)(end - text) + 1 : len;
		size_t line = next - at - (end != NULL);

		if (!end && !in->ended)
			return false;
		line -= line > 0 && text[at + line - 1] == '\r';
		in->blank = line == 0;
		bool folded = any && line > 0 && (text[at] == ' ' || text[at] == '\t');

		if (at == 0 && line > 5 && memcmp(text, "From ", 5) == 0) {
			in->begin = next;
		} else if (folded) {
			in->from_end = in_from ? next : in->from_end;
		} else if (in->blank || !is_field(text + at, line, &name)) {
			in->body = in->blank ? next : at;
			return true;
		} else {
			any = true;
			in_from = is_name(text + at, name, "From");
			in->date |= is_name(text + at, name, "Date");
			in->id |= is_name(text + at, name, "Message-ID");
			in->from = in_from ? at : in->from;
			in->from_end = in_from ? next : in->from_end;
		}
		at = next;
	}
	in->body = len;
	return in->ended;
}

static int read_head(struct input *in)
{
	char chunk[CHUNK];

	do {
		ssize_t n = read_some(in, chunk, sizeof(chunk));

		if (n < 0)
			return cli_fail(&in->c->out, EX_IOERR, "standard input: %m");
		if (!add(&in->read, chunk, (size_t)n))
			return cli_fail_nomem(&in->c->out);
		if (in->read.len > HEAD_MOST && !scan(in))
			return cli_fail(&in->c->out, EX_DATAERR,
					"the header of the message has more than %d bytes",
					(int)HEAD_MOST);
	} while (!scan(in));
	return 0;
}

/* "NAME" <ADDRESS>: cli_free. The name without what cannot stand in quotes. */
static char *mailbox_of(const char *name, size_t len, const char *from)
{
	const char *open = strrchr(from, '<');
	char *out = cli_printf("\"%.*s\" %s%s%s", (int)len, name, open ? "" : "<",
			       open ? open : from, open ? "" : ">");

	for (size_t i = 1; out && i <= len && out[i]; i++)
		if (out[i] == '"' || out[i] == '\\' || iscntrl((unsigned char)out[i]))
			out[i] = ' ';
	return out;
}

/* The author: `from`, by the name that -F or the message gives him. */
static char *author_of(const struct input *in, const char *from)
{
	const char *name = in->c->sendmail.name;
	size_t len = name ? strlen(name) : 0;

	if (!name && in->from_end) {
		const char *field = in->read.bytes + in->from;
		size_t whole = in->from_end - in->from;

		name = (const char *)memchr(field, ':', whole) + 1;
		len = whole - (size_t)(name - field);
	}
	for (; len > 0 && isspace((unsigned char)*name); len--)
		name++;
	while (len > 0 && isspace((unsigned char)name[len - 1]))
		len--;
	return len > 0 ? mailbox_of(name, len, from) : cli_dup(from);
}

/* The fields as the library writes them for a message of this author. 0, -1: he cannot be
 * written, or the status of what was wrong and told. */
static int make_draft(struct input *in, const char *author, char out[DRAFT_MOST])
{
	struct sw_message *m = sw_message_new();
	int fd = memfd_create("draft", MFD_CLOEXEC), status = 0;
	ssize_t n = 0;

	if (!m || fd < 0)
		status = m ? cli_fail(&in->c->out, EX_OSERR, "%m")
			   : cli_fail_nomem(&in->c->out);
	else if (sw_message_charset(m, "locale") || sw_message_from(m, author) ||
		 sw_message_bcc(m, "x@invalid.invalid") || sw_message_text(m, "", 0) ||
		 sw_message_finish(m) || sw_message_write(m, fd))
		status = -1;
	else
		n = pread(fd, out, DRAFT_MOST - 1, 0);
	out[n > 0 ? n : 0] = '\0';
	if (fd >= 0)
		close(fd);
	sw_message_free(m);
	return status;
}

/* A name in another character set than the locale's, or with bytes that no name has, is no
 * reason not to send: the address stands alone then. */
static int draft_for(struct input *in, const char *from, char out[DRAFT_MOST])
{
	char *author = author_of(in, from);
	int status = author ? make_draft(in, author, out) : cli_fail_nomem(&in->c->out);

	cli_free(author);
	if (status == -1)
		status = make_draft(in, from, out);
	return status == -1 ? cli_fail(&in->c->out, EX_CONFIG, "'%s' is no address", from)
			    : status;
}

/* Copies a field with its folded lines. */
static bool add_field(struct input *in, const char *draft, const char *name)
{
	const char *at = draft;

	while (at && strncasecmp(at, name, strlen(name)) != 0)
		at = (at = strchr(at, '\n')) ? at + 1 : NULL;
	const char *end = at ? strchr(at, '\n') : NULL;

	while (end && (end[1] == ' ' || end[1] == '\t'))
		end = strchr(end + 1, '\n');
	return !end || add(&in->front, at, (size_t)(end + 1 - at));
}

/* What comes before the body: what is lacking, and the header as it is, but for a From field
 * that names no address. */
static int make_front(struct input *in, const char *from, bool from_stays)
{
	const struct text *t = &in->read;
	size_t cut = from_stays || !in->from_end ? in->begin : in->from;
	size_t cut_end = from_stays || !in->from_end ? in->begin : in->from_end;
	char draft[DRAFT_MOST];
	/* Without an author it is made for its date alone. */
	int status = draft_for(in, from ? from : "x@invalid.invalid", draft);
	bool ok = !status && (from_stays || add_field(in, draft, "From:")) &&
		  (in->date || add_field(in, draft, "Date:")) &&
		  (in->id || !from || add_field(in, draft, "Message-ID:")) &&
		  add(&in->front, t->bytes + in->begin, cut - in->begin) &&
		  add(&in->front, t->bytes + cut_end, in->body - cut_end) &&
		  (in->blank || add(&in->front, "\n", 1));

	return status || ok ? status : cli_fail_nomem(&in->c->out);
}

static ptrdiff_t give(void *arg, char *out, size_t size)
{
	struct input *in = arg;
	const struct text parts[] = { in->front,
				      { in->read.bytes + in->body, in->read.len - in->body } };
	size_t at = in->given;

	for (size_t i = 0; i < CLI_LEN(parts); i++) {
		if (at < parts[i].len) {
			size_t n = parts[i].len - at < size ? parts[i].len - at : size;

			memcpy(out, parts[i].bytes + at, n);
			in->given += n;
			return (ptrdiff_t)n;
		}
		at -= parts[i].len;
	}
	return read_some(in, out, size);
}

int cli_sendmail_load(struct cli *c, const char *from, struct sw_message *message,
		      bool *ret_from_stays)
{
	struct input in = { .c = c, .line_begins = true };

	in.dot_ends = !c->sendmail.keep_dot && isatty(STDIN_FILENO);
	int status = read_head(&in);

	*ret_from_stays = !status && in.from_end &&
			  memchr(in.read.bytes + in.from, '@', in.from_end - in.from);
	if (!status && !*ret_from_stays && !from)
		status = cli_fail(
			&c->out, EX_CONFIG,
			"the message names no author with a domain; set 'from = ADDRESS' "
			"in the configuration, or give -f ADDRESS");
	if (!status)
		status = make_front(&in, from, *ret_from_stays);
	if (!status) {
		enum sw_err code = sw_message_load_stream(message, give, &in);

		if (code)
			status = cli_fail(&c->out, sw_err_exit_status(code), "%s",
					  sw_message_error_text(message));
	}
	cli_free(in.read.bytes);
	cli_free(in.front.bytes);
	return status;
}
