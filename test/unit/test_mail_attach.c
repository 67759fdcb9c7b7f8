/* SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mime_test.h"
#include "source_test.h"

#include "mail/compose.h"
#include "mail/content_type.h"

struct work {
	struct sw_fake_world world;
	struct sw_compose *c;
	struct sw_source *source;
	struct sw_buf out;
	struct mime mime;
};

static void work_init(struct work *w)
{
	*w = (struct work){ 0 };
	sw_fake_world_init(&w->world);
	w->c = sw_compose_new(&w->world.world);
	assert_non_null(w->c);
	sw_buf_init(&w->out, 1 << 26);
	assert_ok(sw_compose_from(w->c, SW_S("ann@example.com"), NULL));
	assert_ok(sw_compose_add(w->c, SW_TO, SW_S("bob@example.org"), NULL));
}

static void work_finish(struct work *w)
{
	struct sw_error err = { 0 };

	if (sw_compose_finish(w->c, &w->source, &err))
		fail_msg("%s", err.text);
	source_read_checked(w->source, &w->out);
	mime_parse(&w->mime, sw_buf_slice(&w->out));
}

static void work_fini(struct work *w)
{
	mime_fini(&w->mime);
	sw_buf_fini(&w->out);
	sw_source_free(w->source);
	sw_compose_free(w->c);
}

static void attach(struct work *w, const struct sw_attach *a)
{
	struct sw_error err = { 0 };

	if (sw_compose_attach(w->c, a, &err))
		fail_msg("%s", err.text);
}

/* "path type name disposition" of each part, with ", " between them. */
static const char *outline(struct work *w, struct sw_buf *out)
{
	for (size_t i = 0; i < w->mime.count; i++) {
		struct mime_part *p = &w->mime.parts[i];
		struct sw_slice name = sw_params_find(p->disposition_params, SW_S("filename"));

		assert_ok(sw_buf_printf(out, "%s%s %s", i ? ", " : "", p->path, p->type));
		if (p->disposition[0])
			assert_ok(sw_buf_printf(out, " %s:%.*s", p->disposition, SW_FMT(name)));
	}
	return sw_buf_str(out);
}

enum { TEXT = 1, HTML = 2, INLINE = 4, FILES = 8 };

static void has_no_level_that_it_does_not_need(void **state SW_UNUSED)
{
	static const struct {
		unsigned with;
		const char *want;
	} cases[] = {
		{ 0, " text/plain" },
		{ TEXT, " text/plain" },
		{ HTML, " text/html" },
		{ TEXT | HTML, "/alternative text/plain, /alternative text/html" },
		{ FILES, "/mixed application/pdf attachment:a.pdf, /mixed image/png attachment:b.png" },
		{ TEXT | FILES, "/mixed text/plain, /mixed application/pdf attachment:a.pdf, "
				"/mixed image/png attachment:b.png" },
		{ HTML | INLINE, "/related text/html, /related image/png inline:logo.png" },
		{ TEXT | INLINE, "/mixed text/plain, /mixed image/png inline:logo.png" },
		{ TEXT | HTML | INLINE, "/alternative text/plain, /alternative/related text/html, "
					"/alternative/related image/png inline:logo.png" },
		{ TEXT | HTML | INLINE | FILES,
		  "/mixed/alternative text/plain, /mixed/alternative/related text/html, "
		  "/mixed/alternative/related image/png inline:logo.png, "
		  "/mixed application/pdf attachment:a.pdf, /mixed image/png attachment:b.png" },
	};

	for (size_t i = 0; i < SW_LEN(cases); i++) {
		SW_CLEANUP(work_fini) struct work w;
		SW_CLEANUP(sw_buf_fini) struct sw_buf got = { .max = 1000 };
		struct sw_attach a = { .bytes = SW_S("pdf"), .name = SW_S("a.pdf") };
		struct sw_attach b = { .bytes = SW_S("png"), .name = SW_S("b.png") };
		struct sw_attach logo = { .bytes = SW_S("logo"), .name = SW_S("logo.png"),
					  .is_inline = true };

		work_init(&w);
		/* Inline first: the order of calls decides nothing across kinds. */
		if (cases[i].with & FILES)
			attach(&w, &a);
		if (cases[i].with & INLINE)
			attach(&w, &logo);
		if (cases[i].with & FILES)
			attach(&w, &b);
		if (cases[i].with & TEXT)
			assert_ok(sw_compose_text(w.c, SW_S("text"), NULL));
		if (cases[i].with & HTML)
			assert_ok(sw_compose_html(w.c, SW_S("<img src=cid:logo.png>"), NULL));
		work_finish(&w);
		if (strcmp(outline(&w, &got), cases[i].want) != 0)
			print_error("# %s\n", sw_buf_str(&got));
		assert_row(i, strcmp(sw_buf_str(&got), cases[i].want) == 0);
		for (size_t k = 0; k < w.mime.count; k++) {
			struct mime_part *p = &w.mime.parts[k];

			if (strcmp(p->disposition, "inline") == 0) {
				assert_string_equal(mime_field(&w.mime, p->header, "Content-ID"),
						    "<logo.png>");
				assert_slice(sw_buf_slice(&p->body), "logo");
			}
		}
	}
}

static void any_bytes_come_back(void **state)
{
	static const size_t sizes[] = { 0, 1, 2, 3, 56, 57, 58, 114, 22799, 22800, 22801, 100000 };
	const char *path = sw_test_path(state, "data.bin");
	static char bytes[100000];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)(unsigned char)(i * i >> 3 ^ i);
	for (size_t i = 0; i < SW_LEN(sizes); i++) {
		SW_CLEANUP(work_fini) struct work w;
		struct sw_attach memory = { .bytes = sw_slice(bytes, sizes[i]),
					    .name = SW_S("m.bin") };
		struct sw_attach file = { .path = path };

		sw_test_write(path, sw_slice(bytes, sizes[i]), 0600);
		work_init(&w);
		attach(&w, &memory);
		attach(&w, &file);
		work_finish(&w);
		assert_int_equal(w.mime.count, 2);
		for (size_t k = 0; k < 2; k++)
			assert_row(i, sw_slice_eq(sw_buf_slice(&w.mime.parts[k].body),
						  sw_slice(bytes, sizes[i])));
		assert_slice(sw_params_find(w.mime.parts[1].disposition_params, SW_S("filename")),
			     "data.bin");
	}
}

static void any_name_and_type_come_back(void **state SW_UNUSED)
{
	static const struct {
		const char *name, *type, *want_type;
	} cases[] = {
		{ "caf\xc3\xa9 \xe2\x82\xac.PDF", "", "application/pdf" },
		{ "a \"quoted\" \\ name.txt", "", "text/plain" },
		{ "no-ending", "", "application/octet-stream" },
		{ ".pdf", "", "application/pdf" },
		{ "x.docx", "",
		  "application/vnd.openxmlformats-officedocument.wordprocessingml.document" },
		{ "x.csv", "text/csv; charset=\"utf-8\"; header=present", "text/csv" },
		{ "x", "Application/X-Thing", "Application/X-Thing" },
		{ "\xd0\x9e\xd1\x87\xd0\xb5\xd0\xbd\xd1\x8c \xd0\xb4\xd0\xbb\xd0\xb8\xd0\xbd\xd0\xbd\xd0\xbe"
		  "\xd0\xb5 \xd0\xb8\xd0\xbc\xd1\x8f \xd1\x84\xd0\xb0\xd0\xb9\xd0\xbb\xd0\xb0.zip", "",
		  "application/zip" },
		{ "", "", "application/octet-stream" },
	};

	for (size_t i = 0; i < SW_LEN(cases); i++) {
		SW_CLEANUP(work_fini) struct work w;
		struct sw_attach a = { .bytes = SW_S("x"), .name = sw_slice_str(cases[i].name),
				       .type = sw_slice_str(cases[i].type) };

		work_init(&w);
		attach(&w, &a);
		work_finish(&w);
		struct mime_part *p = &w.mime.parts[0];

		assert_row(i, sw_slice_eq(sw_params_find(p->disposition_params, SW_S("filename")),
					  a.name));
		assert_string_equal(p->type, cases[i].want_type);
		if (i == 5)
			assert_slice(sw_params_find(p->type_params, SW_S("charset")), "utf-8");
	}
}

static void a_message_is_attached_as_one_only_when_it_needs_no_encoding(void **state)
{
	const char *path = sw_test_path(state, "m.eml");
	static const struct {
		struct sw_slice content;
		const char *want;
	} cases[] = {
		{ SW_S("From: a@b\nBcc: c@d\n\nhello"), "message/rfc822" },
		{ SW_S("From: a@b\n\ncaf\xc3\xa9\n"), "application/octet-stream" },
		{ SW_S("no message\n"), "application/octet-stream" },
		{ SW_S("From: a@b\n\n\0"), "application/octet-stream" },
		{ SW_S(""), "application/octet-stream" },
	};

	for (size_t i = 0; i < SW_LEN(cases); i++) {
		SW_CLEANUP(work_fini) struct work w;
		struct sw_attach a = { .path = path };
		struct sw_error err;

		sw_test_write(path, cases[i].content, 0600);
		work_init(&w);
		attach(&w, &a);
		attach(&w, &a);
		work_finish(&w);
		assert_string_equal(w.mime.parts[0].type, cases[i].want);
		assert_string_equal(w.mime.parts[1].type, cases[i].want);
		if (i == 0)
			assert_slice(sw_buf_slice(&w.mime.parts[0].body),
				     "From: a@b\r\nBcc: c@d\r\n\r\nhello\r\n");
		else
			assert_row(i, sw_slice_eq(sw_buf_slice(&w.mime.parts[0].body),
						  cases[i].content));
		/* Asked for by name it is that or nothing. */
		SW_CLEANUP(work_fini) struct work v;

		work_init(&v);
		a.type = SW_S("message/rfc822; x=y");
		assert_row(i, sw_compose_attach(v.c, &a, &err) == (i ? SW_E_DATA : SW_OK));
		if (i)
			assert_contains(err.text, "cannot be attached as message/rfc822");
	}
}

static void endings_are_looked_up_in_any_case(void **state SW_UNUSED)
{
	static const struct {
		const char *name, *want;
	} cases[] = {
		{ "a.PnG", "image/png" },	    { "a.tar.gz", "application/gzip" },
		{ "a.", "application/octet-stream" }, { "png", "application/octet-stream" },
		{ "", "application/octet-stream" },   { "a.pdf/b", "application/octet-stream" },
		{ "a.eml", "message/rfc822" },
	};

	for (size_t i = 0; i < SW_LEN(cases); i++)
		assert_row(i, sw_slice_eq(sw_content_type_guess(sw_slice_str(cases[i].name)),
					  sw_slice_str(cases[i].want)));
}

static void a_file_that_changes_breaks_the_reading_before_its_end(void **state)
{
	const char *path = sw_test_path(state, "changing");
	static char bytes[60000];

	for (int how = 0; how < 3; how++) {
		SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = 1 << 20 };
		SW_CLEANUP(work_fini) struct work w;
		struct sw_attach a = { .path = path };
		struct sw_error err = { 0 };
		char piece[10];
		size_t len;

		sw_test_write(path, sw_slice(bytes, sizeof(bytes)), 0600);
		work_init(&w);
		attach(&w, &a);
		assert_ok(sw_compose_finish(w.c, &w.source, NULL));
		assert_ok(sw_source_read(w.source, piece, sizeof(piece), &len, NULL));
		int fd = open(path, O_WRONLY | O_CLOEXEC);
		struct timespec times[2] = { { 1, 0 }, { 1, 0 } };

		assert_true(fd >= 0);
		if (how == 0)
			assert_int_equal(ftruncate(fd, 100), 0);
		else if (how == 1)
			assert_int_equal(pwrite(fd, "more", 4, sizeof(bytes)), 4);
		else
			assert_int_equal(pwrite(fd, "x", 1, 0), 1);
		assert_int_equal(futimens(fd, times), 0);
		close(fd);
		assert_err(source_read_all(w.source, 4096, &out, &err), SW_E_IO);
		assert_contains(err.text, "changed while it was being sent");
		assert_true(sw_buf_len(&out) < w.source->facts.size_bytes);
		assert_err(sw_source_read(w.source, piece, sizeof(piece), &len, NULL), SW_E_IO);
	}
}

static void what_cannot_be_attached_is_found_when_it_is_added(void **state)
{
	const char *fifo = sw_test_path(state, "fifo");
	struct {
		struct sw_attach a;
		enum sw_err want;
	} cases[] = {
		{ { .path = sw_test_path(state, "none") }, SW_E_NOINPUT },
		{ { .path = *state }, SW_E_NOINPUT },
		{ { .path = fifo }, SW_E_NOINPUT },
		{ { .name = SW_S("a"), .type = SW_S("text") }, SW_E_DATA },
		{ { .name = SW_S("a"), .type = SW_S("text/") }, SW_E_DATA },
		{ { .name = SW_S("a"), .type = SW_S("/plain") }, SW_E_DATA },
		{ { .name = SW_S("a"), .type = SW_S("a/b/c") }, SW_E_DATA },
		{ { .name = SW_S("a"), .type = SW_S("text/plain\r\nX: y") }, SW_E_DATA },
		{ { .name = SW_S("a"), .type = SW_S("text/plain; a b=c") }, SW_E_DATA },
		{ { .name = SW_S("a"), .type = SW_S("text/plain; a*=utf-8''%0D%0AX:") }, SW_E_DATA },
		{ { .name = SW_S("a"), .type = SW_S("multipart/mixed") }, SW_E_DATA },
		{ { .name = SW_S("a"), .type = SW_S("message/partial") }, SW_E_DATA },
		{ { .name = SW_S("a/b") }, SW_E_DATA },
		{ { .name = SW_S("a\nb") }, SW_E_DATA },
		{ { .name = SW_S("a\0b") }, SW_E_DATA },
		{ { .name = SW_S("a\xff") }, SW_E_DATA },
		{ { .name = SW_S("a\xe2\x80\xa8") }, SW_E_DATA },
		{ { .name = SW_S("two words"), .is_inline = true }, SW_E_DATA },
		{ { .is_inline = true }, SW_E_DATA },
		{ { .content_id = SW_S("a>\r\nX: <b"), .is_inline = true }, SW_E_DATA },
		{ { .content_id = SW_S("taken"), .is_inline = true }, SW_E_DATA },
	};
	struct sw_attach first = { .content_id = SW_S("<taken>"), .is_inline = true };
	SW_CLEANUP(work_fini) struct work w;

	assert_int_equal(mkfifo(fifo, 0600), 0);
	work_init(&w);
	attach(&w, &first);
	for (size_t i = 0; i < SW_LEN(cases); i++)
		assert_row(i, sw_compose_attach(w.c, &cases[i].a, NULL) == cases[i].want);
	work_finish(&w);
	assert_int_equal(w.mime.count, 1);
}

/* Now, not at most: what earlier tests needed must not hide what this one does. */
static long resident_kib(void)
{
	char line[128] = "", *end = NULL;
	FILE *f = fopen("/proc/self/statm", "r");

	assert_non_null(f);
	assert_non_null(fgets(line, sizeof(line), f));
	fclose(f);
	/* "SIZE RESIDENT ...", in pages. */
	char *second = strchr(line, ' ');

	assert_non_null(second);
	long resident = strtol(second, &end, 10);

	assert_ptr_not_equal(end, second);
	return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

static void a_large_attachment_needs_no_more_memory_than_a_small_one(void **state)
{
	const char *path = sw_test_path(state, "large");
	SW_CLEANUP(work_fini) struct work w;
	struct sw_attach a = { .path = path };
	static char piece[SW_READ_CHUNK];
	uint64_t total = 0;
	size_t len = 1;
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	/* Sparse: 100 MB that no disk holds. */
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, 100 * 1000 * 1000), 0);
	close(fd);
	work_init(&w);
	attach(&w, &a);
	assert_ok(sw_compose_finish(w.c, &w.source, NULL));
	assert_ok(sw_source_read(w.source, piece, sizeof(piece), &len, NULL));
	total += len;
	long before = resident_kib(), most = before;

	for (int reads = 0; len; reads++) {
		assert_ok(sw_source_read(w.source, piece, sizeof(piece), &len, NULL));
		total += len;
		long now = reads % 64 ? 0 : resident_kib();

		most = now > most ? now : most;
	}
	assert_int_equal(total, w.source->facts.size_bytes);
	assert_true(total > 133 * 1000 * 1000);
#ifndef SW_TEST_SANITIZED
	assert_true(most - before < 2 * 1024);
#endif
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(has_no_level_that_it_does_not_need),
		cmocka_unit_test(any_bytes_come_back),
		cmocka_unit_test(any_name_and_type_come_back),
		cmocka_unit_test(a_message_is_attached_as_one_only_when_it_needs_no_encoding),
		cmocka_unit_test(endings_are_looked_up_in_any_case),
		cmocka_unit_test(a_file_that_changes_breaks_the_reading_before_its_end),
		cmocka_unit_test(what_cannot_be_attached_is_found_when_it_is_added),
		cmocka_unit_test(a_large_attachment_needs_no_more_memory_than_a_small_one),
	};

	return cmocka_run_group_tests_name("mail_attach", tests, sw_test_dir_make,
					   sw_test_dir_remove);
}
