/* SPDX-License-Identifier: MIT */
#include "mailer_fixture.h"

#include <sys/stat.h>
#include <unistd.h>

#include "api/recipients.h"

static char *written(struct sw_message *m, size_t *ret_len)
{
	char path[] = "/tmp/sw-test-message-XXXXXX";
	int fd = mkstemp(path);
	struct stat st;
	assert_true(fd >= 0);
	unlink(path);
	assert_ok(sw_message_write(m, fd));
	assert_int_equal(fstat(fd, &st), 0);
	char *text = calloc(1, (size_t)st.st_size + 1);
	if (!text)
		abort();
	assert_int_equal(pread(fd, text, (size_t)st.st_size, 0), st.st_size);
	close(fd);
	*ret_len = (size_t)st.st_size;
	return text;
}

static void composes_and_knows_its_envelope(void **state)
{
	struct sw_message *m = sw_message_new();
	size_t len;
	(void)state;
	assert_ok(sw_message_from(m, "Me <me@a.test>"));
	assert_ok(sw_message_to(m, "One <one@b.test>, two@b.test"));
	assert_ok(sw_message_cc(m, "ONE@b.test, one@B.test"));
	assert_ok(sw_message_bcc(m, "secret@c.test"));
	assert_ok(sw_message_subject(m, "Gr\xc3\xbc\xc3\x9f"
					"e"));
	assert_ok(sw_message_header(m, "X-Test", "yes"));
	assert_ok(sw_message_text(m, "hello\n", 6));
	assert_ok(sw_message_add_recipient(m, "three@d.test"));
	assert_ok(sw_message_add_recipient(m, "two@b.test"));
	assert_ok(sw_message_finish(m));
	assert_string_equal(sw_message_sender(m), "me@a.test");
	static const char *const all[] = { "one@b.test", "two@b.test", "ONE@b.test",
					   "secret@c.test", "three@d.test" };
	assert_int_equal(sw_message_recipient_count(m), SW_LEN(all));
	for (size_t i = 0; i < SW_LEN(all); i++)
		assert_string_equal(sw_message_recipient(m, i), all[i]);
	assert_string_equal(sw_message_recipient(m, SW_LEN(all)), "");
	assert_true(strlen(sw_message_id(m)) > 5);
	char *text = written(m, &len);
	assert_int_equal(len, sw_message_size(m));
	assert_true(strstr(text, "X-Test: yes\r\n") != NULL);
	assert_null(strstr(text, "secret@c.test"));
	assert_null(strstr(text, "three@d.test"));
	free(text);
	assert_err(sw_message_subject(m, "late"), SW_E_USAGE);
	assert_contains(sw_message_error_text(m), "finished");
	sw_message_free(m);
}

/* Recipients that stand in no header are enough. */
static void hides_recipients_that_are_named_only(void **state)
{
	struct sw_message *m = sw_message_new();
	size_t len;
	(void)state;
	assert_ok(sw_message_from(m, "me@a.test"));
	assert_ok(sw_message_text(m, "x", 1));
	assert_ok(sw_message_add_recipient(m, "one@b.test"));
	assert_ok(sw_message_add_recipient(m, "\"odd one\"@b.test"));
	assert_ok(sw_message_envelope_from(m, "<>"));
	assert_ok(sw_message_finish(m));
	assert_string_equal(sw_message_sender(m), "");
	assert_int_equal(sw_message_recipient_count(m), 2);
	char *text = written(m, &len);
	assert_null(strstr(text, "one@b.test"));
	free(text);
	sw_message_free(m);
}

static void passes_a_ready_message_on(void **state)
{
	static const char raw[] =
		"From: Me <me@a.test>\nTo: one@b.test\nBcc: two@b.test\nSubject: x\n\nhi\n";
	struct sw_message *m = sw_message_new();
	size_t len;
	(void)state;
	assert_ok(sw_message_load_bytes(m, raw, sizeof(raw) - 1));
	assert_ok(sw_message_recipients_from_header(m));
	assert_ok(sw_message_finish(m));
	assert_string_equal(sw_message_sender(m), "me@a.test");
	assert_int_equal(sw_message_recipient_count(m), 2);
	assert_string_equal(sw_message_recipient(m, 1), "two@b.test");
	char *text = written(m, &len);
	assert_string_equal(
		text, "From: Me <me@a.test>\r\nTo: one@b.test\r\nSubject: x\r\n\r\nhi\r\n");
	free(text);
	/* No Date, no Message-ID. */
	size_t warnings = 0;
	while (sw_message_warning(m, warnings))
		warnings++;
	assert_true(warnings >= 2);
	sw_message_free(m);
}

static void refuses_what_cannot_be_right(void **state)
{
	struct sw_message *m = sw_message_new();
	(void)state;
	assert_err(sw_message_finish(m), SW_E_USAGE);
	assert_err(sw_message_recipients_from_header(m), SW_E_USAGE);
	assert_err(sw_message_add_recipient(m, "a@b\r\nRCPT TO:<x@y>"), SW_E_DATA);
	assert_err(sw_message_add_recipient(m, "nobody"), SW_E_DATA);
	assert_err(sw_message_add_recipient(m, ""), SW_E_DATA);
	assert_err(sw_message_envelope_from(m, "a@b>\r\nDATA"), SW_E_DATA);
	assert_err(sw_message_load_file(m, "/nonexistent"), SW_E_NOINPUT);
	assert_contains(sw_message_error_text(m), "/nonexistent");
	assert_err(sw_message_header(m, "X\r\nY", "v"), SW_E_DATA);
	assert_err(sw_message_header(m, "X", "v\r\nEvil: yes"), SW_E_DATA);
	assert_err(sw_message_load_bytes(m, "x", 1), SW_E_USAGE);
	assert_ok(sw_message_from(m, "me@a.test"));
	assert_ok(sw_message_text(m, "x", 1));
	assert_int_not_equal(sw_message_finish(m), SW_OK);
	/* What was missing can still be added. */
	assert_ok(sw_message_to(m, "one@b.test"));
	assert_ok(sw_message_finish(m));
	assert_ok(sw_message_finish(m));
	sw_message_free(m);

	m = sw_message_new();
	assert_ok(sw_message_load_bytes(m, "Subject: x\r\n\r\n", 14));
	assert_err(sw_message_to(m, "a@b.test"), SW_E_USAGE);
	assert_ok(sw_message_add_recipient(m, "one@b.test"));
	assert_err(sw_message_finish(m), SW_E_DATA);
	assert_contains(sw_message_error_text(m), "From");
	assert_ok(sw_message_envelope_from(m, ""));
	assert_ok(sw_message_finish(m));
	sw_message_free(m);
}

static void many_recipients_stay_one_each(void **state)
{
	enum { COUNT = 20000 };
	static char names[COUNT][24];
	struct sw_recipients r = { 0 };
	(void)state;
	for (int round = 0; round < 2; round++)
		for (size_t i = 0; i < COUNT; i++) {
			snprintf(names[i], sizeof(names[i]), "u%zu@b.test", i);
			struct sw_address a = { .text = names[i],
						.local = names[i],
						.domain = "b.test",
						.domain_utf8 = "b.test",
						.domain_ascii = "b.test" };
			assert_ok(sw_recipients_add(&r, &a, NULL));
		}
	assert_int_equal(r.count, COUNT);
	assert_string_equal(r.list[COUNT - 1].text, names[COUNT - 1]);
	sw_recipients_fini(&r);
}

static enum sw_err make(struct sw_message *m)
{
	enum sw_err e = sw_message_from(m, "me@a.test");
	if (!e)
		e = sw_message_to(m, "one@b.test");
	if (!e)
		e = sw_message_text(m, "hello", 5);
	if (!e)
		e = sw_message_add_recipient(m, "two@b.test");
	return e ? e : sw_message_finish(m);
}

static void survives_failing_memory(void **state)
{
	(void)state;
	for (long n = 1;; n++) {
		long live = sw_mem_live();
		sw_mem_fail_at(n);
		struct sw_message *m = sw_message_new();
		enum sw_err e = m ? make(m) : SW_E_NOMEM;
		bool failed = sw_mem_failed();
		sw_mem_fail_at(0);
		sw_message_free(m);
		assert_int_equal(sw_mem_live(), live);
		if (!failed) {
			assert_ok(e);
			break;
		}
		assert_err(e, SW_E_NOMEM);
	}
}

/* The latest call about a recipient counts, and what is wrong leaves nothing behind. */
static void reports_are_asked_for_each_recipient(void **state)
{
	struct script_server *server =
		script_server_start(&(struct script_plan){ .keywords = "DSN" });
	struct sw_mailer *m = mailer_for(server);
	struct sw_message *msg = message_to(2);
	struct sw_result *r = NULL;
	char *log;
	(void)state;
	assert_int_equal(sw_message_add_recipient_dsn(msg, "x@b.test", "often", NULL),
			 SW_E_USAGE);
	assert_non_null(strstr(sw_message_error_text(msg), "expected never, or success"));
	assert_int_equal(sw_message_add_recipient_dsn(msg, "x@b.test", NULL, "no address"),
			 SW_E_DATA);
	assert_int_equal(sw_message_add_recipient_dsn(msg, "x y", "never", NULL), SW_E_DATA);
	assert_ok(sw_message_add_recipient_dsn(msg, "two@b.test", "success", NULL));
	assert_ok(
		sw_message_add_recipient_dsn(msg, "two@B.TEST", "failure,delay", "a@c.test"));
	assert_ok(sw_message_add_recipient_dsn(msg, "new@b.test", "never", NULL));
	assert_ok(sw_mailer_send(m, msg, &r));
	assert_int_equal(sw_result_recipient_count(r), 3);
	assert_int_equal(sw_message_add_recipient_dsn(msg, "x@b.test", NULL, NULL),
			 SW_E_USAGE);
	log = script_server_log(server);
	assert_non_null(strstr(log, "RCPT TO:<one@b.test> ORCPT=rfc822;one@b.test"));
	assert_non_null(strstr(
		log, "RCPT TO:<two@b.test> NOTIFY=FAILURE,DELAY ORCPT=rfc822;a@c.test"));
	assert_non_null(
		strstr(log, "RCPT TO:<new@b.test> NOTIFY=NEVER ORCPT=rfc822;new@b.test"));
	free(log);
	sw_result_free(r);
	sw_message_free(msg);
	sw_mailer_free(m);
	script_server_stop(server);
}

static const char *written_to(struct sw_message *m, char out[4096])
{
	size_t len = 0;
	char *text = written(m, &len);

	snprintf(out, 4096, "%s", text);
	free(text);
	return out;
}

static void takes_text_of_other_character_sets(void **state)
{
	static const struct {
		const char *charset, *text;
		size_t len;
		enum sw_err code;
		const char *written;
	} rows[] = {
		{ "windows-1251", "\xcf\xf0\xe8", 3, SW_OK, "\r\n0J/RgNC4DQo=\r\n" },
		{ "KOI8-R", "\xf0\xd2\xc9", 3, SW_OK, "\r\n0J/RgNC4DQo=\r\n" },
		{ "iso-8859-1", "f\xfcr", 3, SW_OK, "f=C3=BCr" },
		{ "utf-16le", "a\0b\0", 4, SW_OK, "ab\r\n" },
		{ "utf-16", "\xfe\xff\0a\0b", 6, SW_OK, "ab\r\n" },
		{ "utf-8", "\xef\xbb\xbfmark", 7, SW_OK, "\r\n\r\nmark\r\n" },
		{ NULL, "\xef\xbb\xbfmark", 7, SW_OK, "\r\n\r\nmark\r\n" },
		{ NULL, "f\xc3\xbcr", 4, SW_OK, "f=C3=BCr" },
		/* As it stands, whatever the locale is. */
		{ "locale", "f\xc3\xbcr", 4, SW_OK, "f=C3=BCr" },
		{ "windows-1251", "", 0, SW_OK, "\r\n\r\n" },
		/* Half a character, and what means nothing. */
		{ "utf-16le", "a\0b", 3, SW_E_DATA, NULL },
		{ "shift_jis", "\x81", 1, SW_E_DATA, NULL },
		{ "utf-8", "a\xff", 2, SW_E_DATA, NULL },
		{ NULL, "a\xff", 2, SW_E_DATA, NULL },
	};
	char out[4096];
	(void)state;
	for (size_t i = 0; i < SW_LEN(rows); i++) {
		struct sw_message *m = sw_message_new();
		assert_ok(sw_message_from(m, "a@b.test"));
		assert_ok(sw_message_to(m, "c@d.test"));
		assert_row(i, sw_message_charset(m, rows[i].charset) == SW_OK);
		enum sw_err e = sw_message_text(m, rows[i].text, rows[i].len);
		if (e != rows[i].code)
			print_error("# %zu: %s\n", i, sw_message_error_text(m));
		assert_row(i, e == rows[i].code);
		if (!e)
			assert_contains(written_to(m, out), rows[i].written);
		sw_message_free(m);
	}
}

static void converts_names_and_subjects_and_refuses_strange_character_sets(void **state)
{
	static const char *const bad[] = { "utf-7", "no-such", "windows-1251//TRANSLIT", " ",
					   "iso-8859-1\r\nX: y" };
	char out[4096];
	(void)state;
	struct sw_message *m = sw_message_new();
	for (size_t i = 0; i < SW_LEN(bad); i++)
		assert_row(i, sw_message_charset(m, bad[i]) == SW_E_USAGE);
	assert_ok(sw_message_charset(m, "windows-1251"));
	assert_ok(sw_message_from(m, "\xc8\xe2\xe0\xed <a@b.test>"));
	assert_ok(sw_message_to(m, "\"\xc0, \xc1\" <c@d.test>"));
	assert_ok(sw_message_subject(m, "\xcf\xf0\xe8"));
	assert_ok(sw_message_header(m, "X-A", "\xcf"));
	assert_ok(sw_message_charset(m, NULL));
	assert_err(sw_message_header(m, "X-B", "\xcf"), SW_E_DATA);
	assert_ok(sw_message_text(m, "x", 1));
	written_to(m, out);
	assert_contains(out, "From: =?utf-8?B?0JjQstCw0L0=?= <a@b.test>\r\n");
	assert_contains(out, "Subject: =?utf-8?B?0J/RgNC4?=\r\n");
	assert_contains(out, "X-A: =?utf-8?B?0J8=?=\r\n");
	assert_int_equal(sw_message_recipient_count(m), 1);
	sw_message_free(m);
}

static void warns_of_one_click_without_a_signature(void **state)
{
	(void)state;
	struct sw_message *m = sw_message_new();
	assert_ok(sw_message_from(m, "a@b.test"));
	assert_ok(sw_message_to(m, "c@d.test"));
	assert_ok(sw_message_list_uri(m, "unsubscribe", "https://b.test/u"));
	assert_ok(sw_message_one_click(m));
	assert_ok(sw_message_finish(m));
	assert_contains(sw_message_warning(m, 0), "8058");
	assert_null(sw_message_warning(m, 1));
	assert_err(sw_message_one_click(m), SW_E_USAGE);
	assert_err(sw_message_flowed(m), SW_E_USAGE);
	sw_message_free(m);
}

/* RFC 5322 3.6.6: those of To and Cc have it already. */
static void a_resent_message_goes_to_the_latest_resent_fields(void **state)
{
	static const char body[] =
		"Resent-From: Re <re@a.test>\nResent-To: three@b.test\nResent-Bcc: "
		"four@b.test\n"
		"Received: by x; Sat, 21 Nov 2026 10:00:00 +0000\n"
		"Resent-From: old@a.test\nResent-To: old@b.test\n"
		"From: Me <me@a.test>\nTo: one@b.test\nCc: two@b.test\nSubject: x\n\nhi\n";
	static const char nobody[] =
		"Resent-From: re@a.test\nFrom: me@a.test\nTo: one@b.test\n\nhi\n";
	struct sw_message *m = sw_message_new();

	(void)state;
	assert_ok(sw_message_load_bytes(m, body, sizeof(body) - 1));
	assert_ok(sw_message_recipients_from_header(m));
	assert_ok(sw_message_finish(m));
	assert_int_equal(sw_message_recipient_count(m), 2);
	assert_string_equal(sw_message_recipient(m, 0), "three@b.test");
	assert_string_equal(sw_message_recipient(m, 1), "four@b.test");
	assert_string_equal(sw_message_sender(m), "re@a.test");
	sw_message_free(m);
	m = sw_message_new();
	assert_ok(sw_message_load_bytes(m, nobody, sizeof(nobody) - 1));
	assert_ok(sw_message_recipients_from_header(m));
	assert_err(sw_message_finish(m), SW_E_DATA);
	assert_contains(sw_message_error_text(m), "Resent");
	sw_message_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(composes_and_knows_its_envelope),
		cmocka_unit_test(hides_recipients_that_are_named_only),
		cmocka_unit_test(passes_a_ready_message_on),
		cmocka_unit_test(refuses_what_cannot_be_right),
		cmocka_unit_test(many_recipients_stay_one_each),
		cmocka_unit_test(takes_text_of_other_character_sets),
		cmocka_unit_test(
			converts_names_and_subjects_and_refuses_strange_character_sets),
		cmocka_unit_test(warns_of_one_click_without_a_signature),
		cmocka_unit_test(survives_failing_memory),
		cmocka_unit_test(reports_are_asked_for_each_recipient),
		cmocka_unit_test(a_resent_message_goes_to_the_latest_resent_fields),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
