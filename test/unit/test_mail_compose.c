/* SPDX-License-Identifier: MIT */
#include <time.h>

#include "mime_test.h"
#include "source_test.h"

#include "mail/compose.h"

#define X10 "xxxxxxxxxx"
#define X100 X10 X10 X10 X10 X10 X10 X10 X10 X10 X10

/* A message under way, and what came out of it. */
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
	assert_ok(sw_compose_from(w->c, SW_S("Ann <ann@example.com>"), NULL));
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

static void writes_a_plain_message_to_the_byte(void **state SW_UNUSED)
{
	SW_CLEANUP(work_fini) struct work w;

	work_init(&w);
	assert_ok(sw_compose_add(w.c, SW_CC, SW_S("\"C, D\" <cd@example.org>, e@x"), NULL));
	assert_ok(sw_compose_add(w.c, SW_BCC, SW_S("secret@example.net"), NULL));
	assert_ok(sw_compose_add(w.c, SW_REPLY_TO, SW_S("r@example.com"), NULL));
	assert_ok(sw_compose_subject(w.c, SW_S("Hello"), NULL));
	assert_ok(sw_compose_message_id(w.c, SW_S("<a.b@example.com>"), NULL));
	assert_ok(sw_compose_header(w.c, SW_S("X-One"), SW_S("1"), NULL));
	assert_ok(sw_compose_text(w.c, SW_S("hi\n.\nbye"), NULL));
	work_finish(&w);
	assert_string_equal(sw_buf_str(&w.out),
			    "From: Ann <ann@example.com>\r\n"
			    "Reply-To: r@example.com\r\n"
			    "To: bob@example.org\r\n"
			    "Cc: \"C, D\" <cd@example.org>, e@x\r\n"
			    "Subject: Hello\r\n"
			    "Date: Thu, 01 Jan 2026 00:00:00 +0000\r\n"
			    "Message-ID: <a.b@example.com>\r\n"
			    "X-One: 1\r\n"
			    "MIME-Version: 1.0\r\n"
			    "Content-Type: text/plain; charset=us-ascii\r\n"
			    "Content-Transfer-Encoding: 7bit\r\n"
			    "\r\n"
			    "hi\r\n.\r\nbye\r\n");
	assert_string_equal(w.source->facts.message_id, "a.b@example.com");
	assert_string_equal(sw_compose_sender(w.c)->text, "ann@example.com");
	assert_int_equal(sw_compose_recipient_count(w.c), 4);
	assert_string_equal(sw_compose_recipient(w.c, 3)->text, "secret@example.net");
	assert_null(sw_compose_recipient(w.c, 4));
}

static void every_recipient_is_named_once(void **state SW_UNUSED)
{
	SW_CLEANUP(work_fini) struct work w;
	SW_CLEANUP(sw_buf_fini) struct sw_buf all = { .max = 1000 };

	work_init(&w);
	assert_int_equal(sw_compose_recipient_count(w.c), 0);
	assert_ok(sw_compose_add(w.c, SW_TO, SW_S("a@X.org, A@x.org"), NULL));
	assert_ok(sw_compose_add(w.c, SW_CC, SW_S("\"a\"@x.ORG, c@b\xc3\xbc" "cher.example"), NULL));
	assert_ok(sw_compose_add(w.c, SW_BCC, SW_S("BOB <bob@EXAMPLE.org>, d@x"), NULL));
	assert_ok(sw_compose_add(w.c, SW_BCC, SW_S("c@xn--bcher-kva.example"), NULL));
	work_finish(&w);
	for (size_t i = 0; i < sw_compose_recipient_count(w.c); i++)
		assert_ok(sw_buf_printf(&all, "%s ", sw_compose_recipient(w.c, i)->text));
	assert_string_equal(sw_buf_str(&all),
			    "bob@example.org a@X.org A@x.org c@xn--bcher-kva.example d@x ");
}

static void a_message_for_bcc_alone_names_nobody(void **state SW_UNUSED)
{
	struct sw_fake_world world;
	struct sw_source *s = NULL;
	SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = 10000 };

	sw_fake_world_init(&world);
	struct sw_compose *c = sw_compose_new(&world.world);

	assert_ok(sw_compose_from(c, SW_S("a@x"), NULL));
	assert_ok(sw_compose_add(c, SW_BCC, SW_S("hidden@y"), NULL));
	assert_ok(sw_compose_finish(c, &s, NULL));
	source_read_checked(s, &out);
	assert_contains(sw_buf_str(&out), "\r\nTo: undisclosed-recipients:;\r\n");
	assert_null(strstr(sw_buf_str(&out), "hidden"));
	assert_null(strstr(sw_buf_str(&out), "Bcc"));
	sw_source_free(s);
	sw_compose_free(c);
}

static void the_encoding_follows_the_text(void **state SW_UNUSED)
{
	static const struct {
		struct sw_slice text;
		const char *encoding, *charset;
	} cases[] = {
		{ SW_S(""), "7bit", "us-ascii" },
		{ SW_S("hello\n"), "7bit", "us-ascii" },
		{ SW_S("tab\there\n.\n"), "7bit", "us-ascii" },
		{ SW_S("trailing \n"), "quoted-printable", "us-ascii" },
		{ SW_S("trailing\t"), "quoted-printable", "us-ascii" },
		{ SW_S("From here\n"), "quoted-printable", "us-ascii" },
		{ SW_S("bell \x07 and a longer text around it\n"), "quoted-printable", "us-ascii" },
		{ SW_S(X100 X100 X100 X100 X100 X100 X100 X100 X100 X10 X10 X10 X10 X10 X10 X10 X10
		       X10 "12345678\n"), "7bit", "us-ascii" },
		{ SW_S(X100 X100 X100 X100 X100 X100 X100 X100 X100 X10 X10 X10 X10 X10 X10 X10 X10
		       X10 "123456789\n"), "quoted-printable", "us-ascii" },
		{ SW_S("caf\xc3\xa9 and a long tail of plain words\n"), "quoted-printable", "utf-8" },
		{ SW_S("\xd0\x9f\xd1\x80\xd0\xb8\xd0\xb2\xd0\xb5\xd1\x82\n"), "base64", "utf-8" },
		{ SW_S("\xef\xbb\xbf" "bom\n"), "quoted-printable", "utf-8" },
	};

	for (size_t i = 0; i < SW_LEN(cases); i++) {
		for (int html = 0; html < 2; html++) {
			SW_CLEANUP(work_fini) struct work w;

			work_init(&w);
			assert_ok(html ? sw_compose_html(w.c, cases[i].text, NULL) :
					 sw_compose_text(w.c, cases[i].text, NULL));
			work_finish(&w);
			assert_int_equal(w.mime.count, 1);
			struct mime_part *p = &w.mime.parts[0];

			if (strcmp(mime_field(&w.mime, p->header, "Content-Transfer-Encoding"),
				   cases[i].encoding) != 0)
				print_error("# row %zu\n", i);
			assert_string_equal(mime_field(&w.mime, p->header,
						       "Content-Transfer-Encoding"),
					    cases[i].encoding);
			assert_string_equal(p->type, html ? "text/html" : "text/plain");
			assert_row(i, sw_slice_eq(sw_params_find(p->type_params, SW_S("charset")),
						  sw_slice_str(cases[i].charset)));
		}
	}
}

static size_t normal(char *out, struct sw_slice in)
{
	size_t n = 0;

	for (size_t i = 0; i < in.len; i++) {
		if (in.ptr[i] != '\r' && in.ptr[i] != '\n') {
			out[n++] = in.ptr[i];
			continue;
		}
		if (in.ptr[i] == '\r' && i + 1 < in.len && in.ptr[i + 1] == '\n')
			i++;
		out[n++] = '\r';
		out[n++] = '\n';
	}
	if (n && out[n - 1] != '\n') {
		out[n++] = '\r';
		out[n++] = '\n';
	}
	return n;
}

/* Text that invites every decision of the writer. */
static void make_text(struct sw_buf *out, size_t pieces, unsigned *seed, bool ascii)
{
	static const char *const words[] = { "a", " ", "word ", "\n", "\r\n", "\r", ".", "From ", "=",
					     "\t", "--=_", "--", X100, "\n.\n", "\nFrom ",
					     "\xc3\xa9", "\xe2\x80\xa8", "\xf0\x9f\x98\x80" };

	for (size_t i = 0; i < pieces; i++) {
		*seed = *seed * 1664525 + 1013904223;
		assert_ok(sw_buf_add_str(out, words[(*seed >> 16) %
						    (SW_LEN(words) - (ascii ? 3 : 0))]));
	}
}

static void any_text_comes_back_but_for_its_line_ends(void **state SW_UNUSED)
{
	unsigned seed = 11;

	for (size_t round = 0; round < 300; round++) {
		SW_CLEANUP(work_fini) struct work w;
		SW_CLEANUP(sw_buf_fini) struct sw_buf text = { .max = 100000 };
		SW_CLEANUP(sw_buf_fini) struct sw_buf html = { .max = 100000 };
		static char want[200000];

		work_init(&w);
		make_text(&text, round, &seed, round & 1);
		make_text(&html, round / 2, &seed, round & 2);
		assert_ok(sw_compose_text(w.c, sw_buf_slice(&text), NULL));
		if (round & 4)
			assert_ok(sw_compose_html(w.c, sw_buf_slice(&html), NULL));
		work_finish(&w);
		assert_false(w.source->facts.has_8bit);
		assert_int_equal(w.mime.count, round & 4 ? 2 : 1);
		assert_row(round, sw_slice_eq(sw_buf_slice(&w.mime.parts[0].body),
					      sw_slice(want, normal(want, sw_buf_slice(&text)))));
		if (round & 4)
			assert_row(round,
				   sw_slice_eq(sw_buf_slice(&w.mime.parts[1].body),
					       sw_slice(want, normal(want, sw_buf_slice(&html)))));
	}
}

static void only_addresses_that_need_it_make_the_header_utf8(void **state SW_UNUSED)
{
	SW_CLEANUP(work_fini) struct work w;
	SW_CLEANUP(work_fini) struct work v;

	work_init(&w);
	assert_ok(sw_compose_add(w.c, SW_CC, SW_S("J\xc3\xb6rg <j@b\xc3\xbc" "cher.example>"), NULL));
	assert_ok(sw_compose_subject(w.c, SW_S("caf\xc3\xa9"), NULL));
	assert_ok(sw_compose_header(w.c, SW_S("Sender"), SW_S("\"J\xc3\xb6rg\" <j@x>"), NULL));
	work_finish(&w);
	assert_false(w.source->facts.utf8_headers);
	assert_contains(sw_buf_str(&w.out), "\r\nSender: =?utf-8?B?SsO2cmc=?= <j@x>\r\n");
	work_init(&v);
	assert_ok(sw_compose_add(v.c, SW_CC, SW_S("j\xc3\xb6@b\xc3\xbc" "cher.example"), NULL));
	work_finish(&v);
	assert_true(v.source->facts.utf8_headers);
	assert_contains(sw_buf_str(&v.out), "\r\nCc: j\xc3\xb6@b\xc3\xbc" "cher.example\r\n");
}

static void message_ids_are_unlike_and_belong_to_the_sender(void **state SW_UNUSED)
{
	SW_CLEANUP(work_fini) struct work w;
	SW_CLEANUP(work_fini) struct work v;

	work_init(&w);
	work_finish(&w);
	work_init(&v);
	v.world.seed = 77;
	work_finish(&v);
	assert_contains(w.source->facts.message_id, "@example.com");
	assert_int_equal(strlen(w.source->facts.message_id), 26 + strlen("@example.com"));
	assert_string_not_equal(w.source->facts.message_id, v.source->facts.message_id);
}

static void a_boundary_never_stands_in_a_text(void **state SW_UNUSED)
{
	SW_CLEANUP(work_fini) struct work w;
	SW_CLEANUP(work_fini) struct work v;
	char text[200];

	/* The boundary that the fixed sequence gives first, put into the text. */
	work_init(&w);
	assert_ok(sw_compose_text(w.c, SW_S("t"), NULL));
	assert_ok(sw_compose_html(w.c, SW_S("h"), NULL));
	work_finish(&w);
	const char *found = strstr(sw_buf_str(&w.out), "boundary=\"");

	assert_non_null(found);
	snprintf(text, sizeof(text), "--%.*s\n", (int)strcspn(found + 10, "\""), found + 10);
	work_init(&v);
	assert_ok(sw_compose_text(v.c, sw_slice_str(text), NULL));
	assert_ok(sw_compose_html(v.c, SW_S("h"), NULL));
	work_finish(&v);
	assert_int_equal(v.mime.count, 2);
	assert_memory_equal(sw_buf_str(&v.mime.parts[0].body), text, strlen(text) - 1);
}

static void a_second_time_and_after_the_end_is_refused(void **state SW_UNUSED)
{
	SW_CLEANUP(work_fini) struct work w;
	struct sw_source *s = NULL;
	struct sw_attach a = { .bytes = SW_S("x"), .name = SW_S("x") };

	work_init(&w);
	assert_ok(sw_compose_subject(w.c, SW_S("x"), NULL));
	assert_ok(sw_compose_text(w.c, SW_S("x"), NULL));
	assert_ok(sw_compose_html(w.c, SW_S("x"), NULL));
	assert_ok(sw_compose_message_id(w.c, SW_S("a@b"), NULL));
	for (int finished = 0; finished < 2; finished++) {
		assert_err(sw_compose_from(w.c, SW_S("a@b"), NULL), SW_E_USAGE);
		assert_err(sw_compose_subject(w.c, SW_S("x"), NULL), SW_E_USAGE);
		assert_err(sw_compose_text(w.c, SW_S("x"), NULL), SW_E_USAGE);
		assert_err(sw_compose_html(w.c, SW_S("x"), NULL), SW_E_USAGE);
		assert_err(sw_compose_message_id(w.c, SW_S("a@b"), NULL), SW_E_USAGE);
		if (!finished)
			work_finish(&w);
	}
	assert_err(sw_compose_add(w.c, SW_TO, SW_S("a@b"), NULL), SW_E_USAGE);
	assert_err(sw_compose_header(w.c, SW_S("X"), SW_S("y"), NULL), SW_E_USAGE);
	assert_err(sw_compose_attach(w.c, &a, NULL), SW_E_USAGE);
	assert_err(sw_compose_finish(w.c, &s, NULL), SW_E_USAGE);
	assert_null(s);
}

static void a_message_needs_a_sender_and_a_recipient(void **state SW_UNUSED)
{
	struct sw_fake_world world;
	struct sw_source *s = NULL;
	struct sw_error err;

	sw_fake_world_init(&world);
	struct sw_compose *c = sw_compose_new(&world.world);

	assert_null(sw_compose_sender(c));
	assert_err(sw_compose_finish(c, &s, &err), SW_E_USAGE);
	assert_contains(err.text, "no From");
	assert_ok(sw_compose_from(c, SW_S("a@b"), NULL));
	assert_ok(sw_compose_add(c, SW_REPLY_TO, SW_S("r@b"), NULL));
	assert_err(sw_compose_finish(c, &s, &err), SW_E_USAGE);
	assert_contains(err.text, "no recipient");
	/* What was missing can still be given. */
	assert_ok(sw_compose_add(c, SW_CC, SW_S("c@b"), NULL));
	assert_ok(sw_compose_finish(c, &s, &err));
	assert_int_equal(sw_compose_recipient_count(c), 1);
	sw_source_free(s);
	sw_compose_free(c);
}

static int utc(void **state SW_UNUSED)
{
	setenv("TZ", "UTC0", 1);
	tzset();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_a_plain_message_to_the_byte),
		cmocka_unit_test(every_recipient_is_named_once),
		cmocka_unit_test(a_message_for_bcc_alone_names_nobody),
		cmocka_unit_test(the_encoding_follows_the_text),
		cmocka_unit_test(any_text_comes_back_but_for_its_line_ends),
		cmocka_unit_test(only_addresses_that_need_it_make_the_header_utf8),
		cmocka_unit_test(message_ids_are_unlike_and_belong_to_the_sender),
		cmocka_unit_test(a_boundary_never_stands_in_a_text),
		cmocka_unit_test(a_second_time_and_after_the_end_is_refused),
		cmocka_unit_test(a_message_needs_a_sender_and_a_recipient),
	};

	return cmocka_run_group_tests_name("mail_compose", tests, utc, NULL);
}
