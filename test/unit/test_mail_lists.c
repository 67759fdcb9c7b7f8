/* SPDX-License-Identifier: MIT */
/* Fields of mailing lists, and further forms of the text. */
#include "mime_test.h"
#include "source_test.h"

#include "mail/compose.h"

static struct sw_compose *begin(struct sw_fake_world *world)
{
	sw_fake_world_init(world);
	struct sw_compose *c = sw_compose_new(&world->world);

	assert_non_null(c);
	assert_ok(sw_compose_from(c, SW_S("a@example.com"), NULL));
	assert_ok(sw_compose_add(c, SW_TO, SW_S("b@example.org"), NULL));
	return c;
}

static void end(struct sw_compose *c, struct sw_buf *out)
{
	struct sw_source *source = NULL;
	struct sw_error err = { 0 };

	if (sw_compose_finish(c, &source, &err))
		fail_msg("%s", err.text);
	source_read_checked(source, out);
	sw_source_free(source);
	sw_compose_free(c);
}

static void uris_of_a_list_stand_in_their_order(void **state SW_UNUSED)
{
	struct sw_fake_world world;
	SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = 1 << 20 };
	struct sw_compose *c = begin(&world);

	assert_ok(sw_compose_list_uri(c, SW_S("unsubscribe"),
				      SW_S("https://example.com/u?id=1&x=%2F"), NULL));
	assert_ok(sw_compose_list_uri(c, SW_S("help"), SW_S("mailto:help@example.com"), NULL));
	assert_ok(sw_compose_list_uri(c, SW_S("unsubscribe"),
				      SW_S("mailto:leave@example.com?subject=x"), NULL));
	assert_ok(sw_compose_one_click(c, NULL));
	assert_true(sw_compose_is_one_click(c));
	end(c, &out);
	assert_contains(sw_buf_str(&out),
			"\r\nList-Help: <mailto:help@example.com>\r\n"
			"List-Unsubscribe: <https://example.com/u?id=1&x=%2F>,\r\n"
			" <mailto:leave@example.com?subject=x>\r\n"
			"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
			"MIME-Version: 1.0\r\n");
}

static void what_is_no_uri_is_refused(void **state SW_UNUSED)
{
	static const struct {
		const char *what, *uri;
		enum sw_err code;
	} rows[] = {
		{ "unsubscribe", "https://x.example", SW_OK },
		{ "UNSUBSCRIBE", "HTTPS://x.example/", SW_OK },
		{ "archive", "http://x.example/", SW_OK },
		{ "owner", "mailto:a@x.example", SW_OK },
		{ "leave", "https://x.example", SW_E_USAGE },
		{ "", "https://x.example", SW_E_USAGE },
		{ "unsubscribe", "", SW_E_DATA },
		{ "unsubscribe", "x.example/u", SW_E_DATA },
		{ "unsubscribe", "ftp://x.example/", SW_E_DATA },
		{ "unsubscribe", "javascript:alert(1)", SW_E_DATA },
		{ "unsubscribe", "https://", SW_E_DATA },
		{ "unsubscribe", "https:///path", SW_E_DATA },
		{ "unsubscribe", "mailto:", SW_E_DATA },
		{ "unsubscribe", "mailto:@x", SW_E_DATA },
		{ "unsubscribe", "mailto:a@", SW_E_DATA },
		{ "unsubscribe", "mailto:?to=a@b", SW_E_DATA },
		{ "unsubscribe", "https://x.example/a b", SW_E_DATA },
		{ "unsubscribe", "https://x.example/>,<https://evil", SW_E_DATA },
		{ "unsubscribe", "https://x.example/\r\nBcc: e@x", SW_E_DATA },
		{ "unsubscribe", "https://x.example/\xc3\xbc", SW_E_DATA },
		{ "unsubscribe", "https://x.example/%", SW_E_DATA },
		{ "unsubscribe", "https://x.example/%4", SW_E_DATA },
		{ "unsubscribe", "https://x.example/%zz", SW_E_DATA },
	};
	struct sw_fake_world world;
	struct sw_compose *c = begin(&world);
	char big[2000] = "https://x.example/";

	for (size_t i = 0; i < SW_LEN(rows); i++)
		assert_row(i, sw_compose_list_uri(c, sw_slice_str(rows[i].what),
						  sw_slice_str(rows[i].uri),
						  NULL) == rows[i].code);
	memset(big + 18, 'x', sizeof(big) - 19);
	assert_err(sw_compose_list_uri(c, SW_S("help"), sw_slice_str(big), NULL), SW_E_DATA);
	big[900] = '\0';
	for (size_t i = 4; i < 32; i++)
		assert_ok(sw_compose_list_uri(c, SW_S("help"), sw_slice_str(big), NULL));
	assert_err(sw_compose_list_uri(c, SW_S("help"), SW_S("https://x.example"), NULL),
		   SW_E_LIMIT);
	sw_compose_free(c);
}

static void one_field_stands_once_and_one_click_needs_https(void **state SW_UNUSED)
{
	static const struct {
		const char *field, *uri;
		bool one_click;
		enum sw_err code;
	} rows[] = {
		{ "List-Unsubscribe", "https://x.example/", false, SW_E_USAGE },
		{ "list-unsubscribe", "https://x.example/", false, SW_E_USAGE },
		{ "List-Unsubscribe-Post", "https://x.example/", true, SW_E_USAGE },
		{ "List-Unsubscribe-Post", "https://x.example/", false, SW_OK },
		{ "List-Help", "https://x.example/", true, SW_OK },
		{ "X-A", "http://x.example/", true, SW_E_DATA },
		{ "X-A", "mailto:a@x.example", true, SW_E_DATA },
		{ "X-A", NULL, true, SW_E_DATA },
	};

	for (size_t i = 0; i < SW_LEN(rows); i++) {
		struct sw_fake_world world;
		struct sw_compose *c = begin(&world);
		struct sw_source *source = NULL;
		struct sw_error err = { 0 };

		assert_ok(sw_compose_header(c, sw_slice_str(rows[i].field), SW_S("<x:y>"),
					    NULL));
		if (rows[i].uri)
			assert_ok(sw_compose_list_uri(c, SW_S("unsubscribe"),
						      sw_slice_str(rows[i].uri), NULL));
		if (rows[i].one_click)
			assert_ok(sw_compose_one_click(c, NULL));
		assert_row(i, sw_compose_finish(c, &source, &err) == rows[i].code);
		sw_source_free(source);
		sw_compose_free(c);
	}
}

enum { TEXT = 1, HTML = 2, CALENDAR = 4, AMP = 8, INLINE = 16, FILE_PART = 32 };

static void attach(struct sw_compose *c, const char *type, const char *name, int how)
{
	const struct sw_attach a = { .bytes = SW_S("BEGIN"),
				     .type = sw_slice_str(type),
				     .name = sw_slice_str(name),
				     .is_inline = how == INLINE,
				     .is_alternative = how == CALENDAR || how == AMP };

	assert_ok(sw_compose_attach(c, &a, NULL));
}

static void forms_stand_beside_each_other_the_best_last(void **state SW_UNUSED)
{
	static const struct {
		int what;
		const char *shape;
	} rows[] = {
		{ TEXT | CALENDAR, "/alternative text/plain, /alternative text/calendar" },
		{ CALENDAR, " text/calendar" },
		{ TEXT | HTML | CALENDAR | AMP,
		  "/alternative text/plain, /alternative text/x-amp-html, "
		  "/alternative text/html, /alternative text/calendar" },
		{ TEXT | HTML | CALENDAR | INLINE | FILE_PART,
		  "/mixed/alternative text/plain, /mixed/alternative/related text/html, "
		  "/mixed/alternative/related image/png, /mixed/alternative text/calendar, "
		  "/mixed application/pdf" },
		{ CALENDAR | FILE_PART, "/mixed text/calendar, /mixed application/pdf" },
		{ HTML | CALENDAR, "/alternative text/html, /alternative text/calendar" },
	};

	for (size_t i = 0; i < SW_LEN(rows); i++) {
		struct sw_fake_world world;
		SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = 1 << 20 };
		SW_CLEANUP(sw_buf_fini) struct sw_buf shape = { .max = 4096 };
		struct sw_compose *c = begin(&world);
		struct mime mime = { 0 };
		int what = rows[i].what;

		if (what & CALENDAR)
			attach(c, "text/calendar; method=REQUEST", "", CALENDAR);
		if (what & AMP)
			attach(c, "text/x-amp-html", "", AMP);
		if (what & INLINE)
			attach(c, "image/png", "logo.png", INLINE);
		if (what & FILE_PART)
			attach(c, "application/pdf", "a.pdf", FILE_PART);
		if (what & TEXT)
			assert_ok(sw_compose_text(c, SW_S("hi"), NULL));
		if (what & HTML)
			assert_ok(sw_compose_html(c, SW_S("<p>hi</p>"), NULL));
		end(c, &out);
		mime_parse(&mime, sw_buf_slice(&out));
		for (size_t k = 0; k < mime.count; k++) {
			const struct mime_part *p = &mime.parts[k];

			assert_ok(sw_buf_printf(&shape, "%s%s %s", k ? ", " : "", p->path,
						p->type));
			if (strcmp(p->type, "text/calendar") != 0)
				continue;
			assert_string_equal(p->disposition, "");
			assert_string_equal(sw_buf_str(&p->body), "BEGIN");
			assert_contains(sw_buf_str(&out),
					"method=\"REQUEST\";\r\n charset=\"utf-8\"");
		}
		assert_string_equal(sw_buf_str(&shape), rows[i].shape);
		mime_fini(&mime);
	}
}

static void a_form_with_a_charset_keeps_it(void **state SW_UNUSED)
{
	struct sw_fake_world world;
	SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = 1 << 20 };
	struct sw_compose *c = begin(&world);
	const struct sw_attach message = { .bytes = SW_S("From: a@b\r\n\r\n"),
					   .type = SW_S("message/rfc822"),
					   .is_alternative = true };

	attach(c, "text/calendar; Charset=iso-8859-1", "", CALENDAR);
	attach(c, "application/json", "", CALENDAR);
	assert_err(sw_compose_attach(c, &message, NULL), SW_E_DATA);
	end(c, &out);
	assert_true(!strstr(sw_buf_str(&out), "utf-8"));
}

static void a_flowed_text_says_so(void **state SW_UNUSED)
{
	struct sw_fake_world world;
	SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = 1 << 20 };
	struct sw_compose *c = begin(&world);

	assert_ok(sw_compose_flowed(c, NULL));
	assert_ok(sw_compose_text(c, SW_S("From here\n> quoted"), NULL));
	assert_ok(sw_compose_html(c, SW_S("From here"), NULL));
	assert_err(sw_compose_flowed(c, NULL), SW_E_USAGE);
	end(c, &out);
	assert_contains(sw_buf_str(&out),
			"text/plain; charset=us-ascii; format=flowed\r\n"
			"Content-Transfer-Encoding: 7bit\r\n\r\n From here\r\n> quoted\r\n");
	/* HTML flows by itself. */
	assert_contains(sw_buf_str(&out), "text/html; charset=us-ascii\r\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(uris_of_a_list_stand_in_their_order),
		cmocka_unit_test(what_is_no_uri_is_refused),
		cmocka_unit_test(one_field_stands_once_and_one_click_needs_https),
		cmocka_unit_test(forms_stand_beside_each_other_the_best_last),
		cmocka_unit_test(a_form_with_a_charset_keeps_it),
		cmocka_unit_test(a_flowed_text_says_so),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
