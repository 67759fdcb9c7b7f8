/* SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "source_test.h"

#include "mail/ready.h"

static void passes_everything_but_bcc_and_line_ends(void **state SW_UNUSED)
{
	static const struct {
		struct sw_slice in, want;
		bool keep_bcc;
		unsigned bare, bare_cr;
		const char *message_id;
	} cases[] = {
		{ SW_S("From: a@b\r\n\r\nhello\r\n"), SW_S("From: a@b\r\n\r\nhello\r\n"), false, 0, 0,
		  "" },
		{ SW_S("From: a@b\n\nhello"), SW_S("From: a@b\r\n\r\nhello\r\n"), false, 2, 0, "" },
		{ SW_S("A: b\r\rhello\r"), SW_S("A: b\r\n\r\nhello\r\n"), false, 3, 3, "" },
		{ SW_S("A: b\r\n\r"), SW_S("A: b\r\n\r\n"), false, 1, 1, "" },
		{ SW_S("A: b\r\n\n\nx"), SW_S("A: b\r\n\r\n\r\nx\r\n"), false, 2, 0, "" },
		{ SW_S("A: b"), SW_S("A: b\r\n"), false, 0, 0, "" },
		{ SW_S("A: b\n"), SW_S("A: b\r\n"), false, 1, 0, "" },
		{ SW_S("A: b\n\n"), SW_S("A: b\r\n\r\n"), false, 2, 0, "" },
		/* Bcc in all its spellings, with its folded lines. */
		{ SW_S("Bcc: x@y,\r\n z@y\r\nA: b\r\nBCC \t: x\r\n\t y\r\nResent-Bcc:z\r\n\r\nBcc: k\r\n"),
		  SW_S("A: b\r\n\r\nBcc: k\r\n"), false, 0, 0, "" },
		{ SW_S("bcc: x\nA: b\n"), SW_S("bcc: x\r\nA: b\r\n"), true, 2, 0, "" },
		{ SW_S("Bcc-Not: x\nXBcc: y\n"), SW_S("Bcc-Not: x\r\nXBcc: y\r\n"), false, 2, 0, "" },
		/* A line that is no field does not hide what follows. */
		{ SW_S("A: b\nodd\nBcc: x\n\nt\n"), SW_S("A: b\r\nodd\r\n\r\nt\r\n"), false, 5, 0, "" },
		/* Mailbox files and byte order marks. */
		{ SW_S("From a@b Thu Jan  1 00:00:00 1970\nA: b\n\nx\n"), SW_S("A: b\r\n\r\nx\r\n"),
		  false, 4, 0, "" },
		{ SW_S("\xef\xbb\xbf" "A: b\n\n\xef\xbb\xbf\n"), SW_S("A: b\r\n\r\n\xef\xbb\xbf\r\n"),
		  false, 3, 0, "" },
		/* Smuggling needs a line end that is none. */
		{ SW_S("A: b\r\n\r\nx\n.\r\nMAIL FROM:<a>\r\n\r.\r\r\n"),
		  SW_S("A: b\r\n\r\nx\r\n.\r\nMAIL FROM:<a>\r\n\r\n.\r\n\r\n"), false, 3, 2, "" },
		{ SW_S("message-id:\n <a.b@c>\nA: b\n"), SW_S("message-id:\r\n <a.b@c>\r\nA: b\r\n"),
		  false, 3, 0, "a.b@c" },
		{ SW_S("Message-ID: <a\n b>\n"), SW_S("Message-ID: <a\r\n b>\r\n"), false, 2, 0, "" },
		{ SW_S("Message-ID: none\n"), SW_S("Message-ID: none\r\n"), false, 1, 0, "" },
	};

	for (size_t i = 0; i < SW_LEN(cases); i++) {
		SW_CLEANUP(sw_source_freep) struct sw_source *s = NULL;
		SW_CLEANUP(sw_buf_fini) struct sw_buf out;
		struct sw_ready_options opt = { .keep_bcc = cases[i].keep_bcc };

		sw_buf_init(&out, 1000);
		assert_ok(sw_ready_memory(cases[i].in, &opt, &s, NULL));
		source_read_checked(s, &out);
		assert_row(i, sw_slice_eq(sw_buf_slice(&out), cases[i].want));
		assert_row(i, s->facts.bare_line_ends == cases[i].bare);
		assert_row(i, s->facts.bare_cr == cases[i].bare_cr);
		assert_string_equal(s->facts.message_id, cases[i].message_id);
	}
}

static void refuses_what_is_no_message(void **state SW_UNUSED)
{
	static const struct {
		struct sw_slice in;
		const char *words;
	} cases[] = {
		{ SW_S(""), "empty message" },
		{ SW_S("\n\r\n"), "first line is empty" },
		{ SW_S("\n"), "empty message" },
		{ SW_S("\nhello\n"), "first line is empty" },
		{ SW_S("hello\n"), "first line is \"hello\"" },
		{ SW_S("hello there: you\n"), "no header" },
		{ SW_S(" A: b\n"), "no header" },
		{ SW_S(": b\n"), "no header" },
		{ SW_S("From a@b x\n"), "empty message" },
		{ SW_S("From a@b x\nhello\n"), "no header" },
		{ SW_S("Bcc: x@y\n\nhello\n"), "nothing but Bcc" },
		{ SW_S("Bcc: x@y\nhello\n\nbody\n"), "first line is \"hello\"" },
		{ SW_S("\x1b[2J\n"), "\\x1b[2J" },
		{ SW_S("A: \0b\n"), "NUL byte at offset 3" },
		{ SW_S("A: b\n\nhe\0llo\n"), "NUL byte at offset 8" },
		{ SW_S("A: b\n\n\0"), "NUL byte at offset 6" },
	};

	for (size_t i = 0; i < SW_LEN(cases); i++) {
		struct sw_source *s = NULL;
		struct sw_error err = { 0 };

		assert_row(i, sw_ready_memory(cases[i].in, NULL, &s, &err) == SW_E_DATA);
		if (!strstr(err.text, cases[i].words))
			print_error("# %s\n", err.text);
		assert_row(i, strstr(err.text, cases[i].words) != NULL);
		assert_null(s);
	}
}

static void tells_utf8_in_the_header_from_8bit_bytes(void **state SW_UNUSED)
{
	static const struct {
		struct sw_slice in;
		bool has_8bit, utf8;
	} cases[] = {
		{ SW_S("A: b\n\nc\n"), false, false },
		{ SW_S("A: b\n\n\xc3\xa9\n"), true, false },
		{ SW_S("A: \xc3\xa9\n\nc\n"), true, true },
		{ SW_S("A: \xe9\n\nc\n"), true, false },
		{ SW_S("A: b\nBcc: \xc3\xa9@x\n\nc\n"), false, false },
	};

	for (size_t i = 0; i < SW_LEN(cases); i++) {
		SW_CLEANUP(sw_source_freep) struct sw_source *s = NULL;

		assert_ok(sw_ready_memory(cases[i].in, NULL, &s, NULL));
		assert_row(i, s->facts.has_8bit == cases[i].has_8bit);
		assert_row(i, s->facts.utf8_headers == cases[i].utf8);
	}
}

/* A header and a body with every kind of line end (`clean`: CRLF alone), across the borders of what is
 * read at once. */
static void make_message(struct sw_buf *out, size_t body, bool clean)
{
	static const char *const ends[] = { "\n", "\r\n", "\r", "\n\r" };
	unsigned seed = 9;

	assert_ok(sw_buf_add_str(out, clean ? "From: a@b\r\nBcc: c@d\r\n\r\n" :
					      "From: a@b\nBcc: c@d\n\n"));
	while (sw_buf_len(out) < body) {
		seed = seed * 1664525 + 1013904223;
		assert_ok(sw_buf_printf(out, "%.*s%s", (int)(seed >> 26),
					"0123456789012345678901234567890123456789012345678901234567890"
					"123456789", ends[clean ? 1 : (seed >> 24) % SW_LEN(ends)]));
	}
}

static void a_file_a_pipe_and_memory_give_the_same(void **state)
{
	static const size_t sizes[] = { 10, SW_READ_CHUNK, 3 * SW_READ_CHUNK + 1,
					SW_SPOOL_IN_MEMORY + 100000 };
	const char *path = sw_test_path(state, "message");

	for (size_t i = 0; i < 3 * SW_LEN(sizes); i++) {
		SW_CLEANUP(sw_buf_fini) struct sw_buf in;
		struct sw_buf from[3];
		struct sw_source *s[3] = { NULL };

		sw_buf_init(&in, 4 << 20);
		make_message(&in, sizes[i / 3], i % 3 > 0);
		if (i % 3 == 2) /* its last line has no end */
			sw_buf_truncate(&in, sw_buf_len(&in) - 2);
		sw_test_write(path, sw_buf_slice(&in), 0600);
		assert_ok(sw_ready_memory(sw_buf_slice(&in), NULL, &s[0], NULL));
		assert_ok(sw_ready_open(path, NULL, &s[1], NULL));
		int fd = open(path, O_RDONLY | O_CLOEXEC);

		assert_true(fd >= 0);
		assert_ok(sw_ready_fd(fd, NULL, &s[2], NULL));
		close(fd);
		for (int k = 0; k < 3; k++) {
			sw_buf_init(&from[k], 8 << 20);
			assert_ok(source_read_all(s[k], 8192, &from[k], NULL));
			source_check_bytes(s[k], sw_buf_slice(&from[k]));
			assert_true(sw_slice_eq(sw_buf_slice(&from[k]), sw_buf_slice(&from[0])));
			assert_int_equal(s[k]->facts.bare_cr, s[0]->facts.bare_cr);
		}
		for (int k = 0; k < 3; k++) {
			sw_source_free(s[k]);
			sw_buf_fini(&from[k]);
		}
	}
}

static void a_pipe_is_read_to_its_end_before_anything_is_sent(void **state SW_UNUSED)
{
	SW_CLEANUP(sw_source_freep) struct sw_source *s = NULL;
	SW_CLEANUP(sw_buf_fini) struct sw_buf out;
	int fds[2];

	sw_buf_init(&out, 100);
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], "A: b\n\nc", 7), 7);
	close(fds[1]);
	assert_ok(sw_ready_fd(fds[0], NULL, &s, NULL));
	close(fds[0]);
	source_read_checked(s, &out);
	assert_slice(sw_buf_slice(&out), "A: b\r\n\r\nc\r\n");
}

enum change { GROW, SHRINK, REWRITE, TOUCH };

static void change_file(const char *path, enum change how)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	struct timespec times[2] = { { 1, 0 }, { 1, 0 } };

	assert_true(fd >= 0);
	switch (how) {
	case GROW:
		assert_true(lseek(fd, 0, SEEK_END) > 0);
		assert_int_equal(write(fd, "more\n", 5), 5);
		break;
	case SHRINK:
		assert_int_equal(ftruncate(fd, 200), 0);
		break;
	case REWRITE:
		assert_int_equal(pwrite(fd, "\n", 1, 200), 1);
		break;
	case TOUCH:
		break;
	}
	/* Not within the grain of the file system's clock. */
	assert_int_equal(futimens(fd, times), 0);
	close(fd);
}

static void a_file_that_changes_breaks_the_reading_before_its_end(void **state)
{
	const char *path = sw_test_path(state, "changing");
	static const enum change changes[] = { GROW, SHRINK, REWRITE, TOUCH };

	for (size_t i = 0; i < 2 * SW_LEN(changes); i++) {
		SW_CLEANUP(sw_source_freep) struct sw_source *s = NULL;
		SW_CLEANUP(sw_buf_fini) struct sw_buf in, out;
		struct sw_error err = { 0 };
		char piece[10];
		size_t len;
		bool under_way = i & 1;

		sw_buf_init(&in, 2 << 20);
		sw_buf_init(&out, 4 << 20);
		make_message(&in, 3 * SW_READ_CHUNK, false);
		sw_test_write(path, sw_buf_slice(&in), 0600);
		assert_ok(sw_ready_open(path, NULL, &s, NULL));
		if (under_way)
			assert_ok(sw_source_read(s, piece, sizeof(piece), &len, &err));
		change_file(path, changes[i / 2]);
		assert_row(i, source_read_all(s, 4096, &out, &err) == SW_E_IO);
		assert_contains(err.text, "changed while it was being sent");
		assert_row(i, sw_buf_len(&out) < s->facts.size_bytes);
		/* It stays broken. */
		assert_err(sw_source_read(s, piece, sizeof(piece), &len, &err), SW_E_IO);
		assert_err(sw_source_rewind(s, &err), SW_E_IO);
		assert_err(sw_source_read(s, piece, sizeof(piece), &len, &err), SW_E_IO);
	}
}

static void refuses_what_is_no_file_at_once(void **state)
{
	const char *fifo = sw_test_path(state, "fifo");
	struct sw_source *s = NULL;

	assert_int_equal(mkfifo(fifo, 0600), 0);
	assert_err(sw_ready_open(fifo, NULL, &s, NULL), SW_E_NOINPUT);
	assert_err(sw_ready_open(*state, NULL, &s, NULL), SW_E_NOINPUT);
	assert_err(sw_ready_open(sw_test_path(state, "none"), NULL, &s, NULL), SW_E_NOINPUT);
	assert_null(s);
}

static void a_header_has_a_limit_and_a_body_has_none(void **state SW_UNUSED)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf in;
	struct sw_source *s = NULL;
	struct sw_error err;

	sw_buf_init(&in, 3 << 20);
	assert_ok(sw_buf_add_str(&in, "A: b\n\n"));
	while (sw_buf_len(&in) < SW_MAX_HEADER_BLOCK + 100)
		assert_ok(sw_buf_add_str(&in, "X: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\n"));
	assert_ok(sw_ready_memory(sw_buf_slice(&in), NULL, &s, NULL));
	sw_source_free(s);
	s = NULL;
	assert_err(sw_ready_memory(sw_slice_from(sw_buf_slice(&in), 6), NULL, &s, &err),
		   SW_E_LIMIT);
	assert_contains(err.text, "header of the message is larger");
}

static void render(const struct sw_mailbox *m, struct sw_buf *out)
{
	for (; m; m = m->next)
		assert_ok(sw_buf_printf(out, "%s<%s>", m->name, m->address.text));
	assert_ok(sw_buf_add_char(out, '|'));
}

static void tells_what_the_header_says(void **state SW_UNUSED)
{
	static const struct {
		const char *in, *lists, *subject;
		bool date, id, from, resent;
	} cases[] = {
		{ "X: y\n", "||||||||", "", false, false, false, false },
		{ "From: =?utf-8?Q?J=C3=B6rg?= <a@b>\nTo: b@c,\n d@e\nCC: G: f@g;\nBcc: h@i\n"
		  "Date: x\nMessage-Id: <y@z>\nSubject: =?utf-8?B?w6k=?=\n  x\n",
		  "J\xc3\xb6rg<a@b>|<b@c><d@e>|<f@g>|<h@i>|||||", "\xc3\xa9  x", true, true, true,
		  false },
		{ "To: a@b\nto: c@d\nBcc: e@f\nBcc: g@h\nSubject: 1\nSubject: 2\n",
		  "|<a@b><c@d>||<e@f><g@h>|||||", "1", false, false, false, false },
		{ "Resent-From: a@b\nResent-To: c@d\nResent-Bcc: e@f\nReceived: x\n"
		  "Resent-To: old@x\nTo: g@h\n",
		  "|<g@h>|||<a@b>|<c@d>||<e@f>|", "", false, false, false, true },
		{ "Resent-To: a@b\nResent-Cc: c@d\nResent-To: old@x\nResent-Cc: old@x\nA: b\n",
		  "|||||<a@b>|<c@d>||", "", false, false, false, true },
		{ "To: undisclosed-recipients:;\n", "||||||||", "", false, false, false, false },
		{ "From:\nTo:\n", "||||||||", "", false, false, true, false },
	};

	for (size_t i = 0; i < SW_LEN(cases); i++) {
		SW_CLEANUP(sw_source_freep) struct sw_source *s = NULL;
		SW_CLEANUP(sw_arena_fini) struct sw_arena arena = { 0 };
		SW_CLEANUP(sw_buf_fini) struct sw_buf out;
		struct sw_ready_header h;

		sw_buf_init(&out, 1000);
		assert_ok(sw_ready_memory(sw_slice_str(cases[i].in), NULL, &s, NULL));
		assert_ok(sw_ready_header(s, &arena, &h, NULL));
		render(h.from, &out);
		render(h.to, &out);
		render(h.cc, &out);
		render(h.bcc, &out);
		render(h.resent_from, &out);
		render(h.resent_to, &out);
		render(h.resent_cc, &out);
		render(h.resent_bcc, &out);
		assert_string_equal(sw_buf_str(&out), cases[i].lists);
		assert_row(i, sw_slice_eq(h.subject, sw_slice_str(cases[i].subject)));
		assert_row(i, h.has_date == cases[i].date);
		assert_row(i, h.has_message_id == cases[i].id);
		assert_row(i, h.has_from == cases[i].from);
		assert_row(i, h.has_resent == cases[i].resent);
	}
}

static void names_a_field_that_cannot_be_read_and_gives_the_rest(void **state SW_UNUSED)
{
	SW_CLEANUP(sw_source_freep) struct sw_source *s = NULL;
	SW_CLEANUP(sw_arena_fini) struct sw_arena arena = { 0 };
	struct sw_ready_header h;
	struct sw_error err;

	assert_ok(sw_ready_memory(SW_S("From: root\nTo: -oQ@x\nCc: a@b\nSubject: s\n"), NULL, &s,
				  NULL));
	assert_err(sw_ready_header(s, &arena, &h, &err), SW_E_DATA);
	assert_contains(err.text, "the From field: 'root' is an address without a domain");
	assert_null(h.to);
	assert_string_equal(h.cc->address.text, "a@b");
	assert_slice(h.subject, "s");
}

static enum sw_err read_once(void *arg)
{
	SW_CLEANUP(sw_source_freep) struct sw_source *s = NULL;
	SW_CLEANUP(sw_arena_fini) struct sw_arena arena = { 0 };
	SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = 1000 };
	struct sw_ready_header h;
	enum sw_err code;

	if (arg)
		code = sw_ready_open(arg, NULL, &s, NULL);
	else
		code = sw_ready_memory(SW_S("From: a@b\nBcc: c@d\nSubject: x\n\nhello\n"), NULL, &s,
				       NULL);
	if (!code)
		code = sw_ready_header(s, &arena, &h, NULL);
	return code ? code : source_read_all(s, 100, &out, NULL);
}

static void says_when_memory_is_out(void **state)
{
	const char *path = sw_test_path(state, "small");
	char copy[512];

	sw_test_failing_allocations(read_once, NULL);
	sw_test_write(path, SW_S("From: a@b\nBcc: c@d\n\nhello\n"), 0600);
	snprintf(copy, sizeof(copy), "%s", path);
	sw_test_failing_allocations(read_once, copy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(passes_everything_but_bcc_and_line_ends),
		cmocka_unit_test(refuses_what_is_no_message),
		cmocka_unit_test(tells_utf8_in_the_header_from_8bit_bytes),
		cmocka_unit_test(a_file_a_pipe_and_memory_give_the_same),
		cmocka_unit_test(a_pipe_is_read_to_its_end_before_anything_is_sent),
		cmocka_unit_test(a_file_that_changes_breaks_the_reading_before_its_end),
		cmocka_unit_test(refuses_what_is_no_file_at_once),
		cmocka_unit_test(a_header_has_a_limit_and_a_body_has_none),
		cmocka_unit_test(tells_what_the_header_says),
		cmocka_unit_test(names_a_field_that_cannot_be_read_and_gives_the_rest),
		cmocka_unit_test(says_when_memory_is_out),
	};

	return cmocka_run_group_tests_name("mail_ready", tests, sw_test_dir_make,
					   sw_test_dir_remove);
}
