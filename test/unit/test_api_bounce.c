/* SPDX-License-Identifier: MIT */
/* Bounces and mailboxes through the public face. */
#include "sw_test.h"

#include <jansson.h>
#include <unistd.h>

#include <sendwell/bounce.h>
#include <sendwell/mail_source.h>

#define FROM "From a@b Sat Nov 21 10:00:00 2026\n"
#define HEAD                                                                                  \
	"From: MAILER-DAEMON@mx.example\nSubject: Undelivered\nMIME-Version: 1.0\n"           \
	"Content-Type: multipart/report; report-type=delivery-status; boundary=x\n\n"         \
	"--x\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n"
#define RECIPIENT(who, action, status, said)                                                  \
	"\nFinal-Recipient: rfc822; " who "\nAction: " action "\nStatus: " status             \
	"\nRemote-MTA: dns; mx.b.example\nDiagnostic-Code: smtp; " said "\n"
#define END                                                                                   \
	"\n--x\nContent-Type: text/rfc822-headers\n\nMessage-ID: <1@a.example>\n"             \
	"Date: 21 Nov 26 09:00 EST\nSubject: \033[2Jlunch\n\n--x--\n"
#define DEAD                                                                                  \
	HEAD RECIPIENT("u@b.example", "failed", "5.1.1", "550 5.1.1 \033[5mUser unknown") END
#define FINE HEAD RECIPIENT("u@b.example", "delivered", "2.0.0", "250 2.0.0 Ok") END

static struct sw_bounce_report *report_of(struct sw_explainer **e, const char *language,
					  const char *message)
{
	struct sw_bounce_report *r = NULL;

	*e = sw_explainer_new();
	assert_non_null(*e);
	assert_ok(sw_explainer_set(*e, "language", language));
	assert_ok(sw_bounce_report_read(*e, message, strlen(message), &r));
	return r;
}

static void done(struct sw_explainer *e, struct sw_bounce_report *r)
{
	sw_bounce_report_free(r);
	sw_explainer_free(e);
}

static void tells_each_recipient(void **state SW_UNUSED)
{
	static const char two[] =
		HEAD RECIPIENT("u@b.example", "failed", "5.1.1", "550 5.1.1 User unknown")
			RECIPIENT("v@b.example", "delayed", "4.2.2", "452 4.2.2 Mailbox full")
				END;
	struct sw_explainer *e;
	struct sw_bounce_report *r = report_of(&e, "en", two);
	struct sw_bounce_about about = sw_bounce_report_about(r);
	struct sw_bounce_outcome first = sw_bounce_report_recipient(r, 0);
	struct sw_bounce_outcome second = sw_bounce_report_recipient(r, 1);

	assert_true(about.is_bounce);
	assert_int_equal(about.recipient_count, 2);
	assert_string_equal(about.layout, "rfc3464");
	assert_string_equal(about.date, "2026-11-21T09:00:00-05:00");
	assert_string_equal(about.date_raw, "21 Nov 26 09:00 EST");
	assert_string_equal(first.address, "u@b.example");
	assert_string_equal(first.action, "failed");
	assert_int_equal(first.code, 550);
	assert_string_equal(first.category, "recipient.unknown");
	assert_string_equal(first.list_action, "suppress");
	assert_string_equal(second.action, "delayed");
	assert_string_equal(second.enhanced, "4.2.2");
	assert_string_equal(second.category, "recipient.full");
	assert_int_equal(sw_bounce_report_status(r), 1);
	done(e, r);
}

static void an_index_beyond_the_end_is_empty(void **state SW_UNUSED)
{
	struct sw_explainer *e;
	struct sw_bounce_report *r = report_of(&e, "en", DEAD);
	struct sw_bounce_outcome o = sw_bounce_report_recipient(r, 1);

	assert_string_equal(o.address, "");
	assert_string_equal(o.list_action, "");
	assert_string_equal(o.next, "");
	assert_int_equal(o.code, 0);
	done(e, r);
}

static void shows_nothing_raw(void **state SW_UNUSED)
{
	struct sw_explainer *e;
	struct sw_bounce_report *r = report_of(&e, "ru", DEAD);
	const char *json = sw_bounce_report_json(r, "a\033[1m.eml", 7);

	assert_non_null(strstr(sw_bounce_report_recipient(r, 0).diagnostic, "\\x1b[5mUser"));
	assert_string_equal(sw_bounce_report_about(r).subject, "\\x1b[2Jlunch");
	assert_null(strchr(json, '\033'));
	assert_null(strstr(json, "u001b"));
	json_t *object = json_loads(json, 0, NULL);

	assert_non_null(object);
	assert_string_equal(json_string_value(json_object_get(object, "file")),
			    "a\\x1b[1m.eml");
	assert_int_equal(json_integer_value(json_object_get(object, "index")), 7);
	assert_string_equal(json_string_value(json_object_get(object, "language")), "ru");
	json_decref(object);
	done(e, r);
}

static void status_is_that_of_the_worst(void **state SW_UNUSED)
{
	static const struct {
		const char *in;
		int whole, cut;
	} rows[] = {
		{ DEAD, 1, 1 },
		{ FINE, 0, 2 },
		{ "From: a@a.example\nSubject: lunch\n\nShall we?\n", 0, 2 },
		{ "", 0, 2 },
	};

	for (size_t i = 0; i < SW_LEN(rows); i++) {
		struct sw_explainer *e;
		struct sw_bounce_report *r = report_of(&e, "en", rows[i].in);

		assert_row(i, sw_bounce_report_status(r) == rows[i].whole);
		sw_bounce_report_set_cut(r);
		assert_row(i, sw_bounce_report_status(r) == rows[i].cut);
		assert_true(sw_bounce_report_about(r).cut);
		done(e, r);
	}
}

static void too_long_a_message_is_refused(void **state SW_UNUSED)
{
	struct sw_explainer *e = sw_explainer_new();
	struct sw_bounce_report *r = NULL;

	assert_non_null(e);
	/* Refused before anything is looked at. */
	assert_int_equal(sw_bounce_report_read(e, "", (size_t)1 << 30, &r), SW_E_LIMIT);
	assert_null(r);
	assert_string_not_equal(sw_explainer_error_text(e), "");
	sw_explainer_free(e);
}

static void takes_messages_out_of_a_pipe(void **state SW_UNUSED)
{
	static const char text[] = FROM "A: b\n\none\n>From here\n\n" FROM "A: c\n\ntwo\n";
	struct sw_mail_source *m = sw_mail_source_new();
	struct sw_mail mail;
	int fds[2];

	assert_non_null(m);
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], text, strlen(text)), strlen(text));
	close(fds[1]);
	assert_ok(sw_mail_source_open_fd(m, fds[0], "pipe"));
	assert_ok(sw_mail_source_next(m, &mail));
	assert_string_equal(mail.file, "pipe");
	assert_int_equal(mail.index, 1);
	assert_int_equal(mail.len, strlen("A: b\n\none\nFrom here\n"));
	assert_memory_equal(mail.bytes, "A: b\n\none\nFrom here\n", mail.len);
	assert_ok(sw_mail_source_next(m, &mail));
	assert_int_equal(mail.index, 2);
	assert_false(mail.cut);
	assert_ok(sw_mail_source_next(m, &mail));
	assert_null(mail.file);
	assert_ok(sw_mail_source_next(m, &mail));
	assert_null(mail.file);
	/* It is the caller's. */
	assert_int_equal(close(fds[0]), 0);
	sw_mail_source_free(m);
}

static void says_what_cannot_be_opened(void **state SW_UNUSED)
{
	struct sw_mail_source *m = sw_mail_source_new();
	struct sw_mail mail;

	assert_non_null(m);
	assert_int_equal(sw_mail_source_open(m, "/nonexistent/x"), SW_E_NOINPUT);
	assert_non_null(strstr(sw_mail_source_error_text(m), "/nonexistent/x"));
	assert_int_equal(sw_mail_source_open(m, "/dev/null"), SW_E_NOINPUT);
	assert_ok(sw_mail_source_next(m, &mail));
	assert_null(mail.file);
	assert_string_equal(sw_mail_source_error_text(m), "");
	sw_mail_source_free(m);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_each_recipient),
		cmocka_unit_test(an_index_beyond_the_end_is_empty),
		cmocka_unit_test(shows_nothing_raw),
		cmocka_unit_test(status_is_that_of_the_worst),
		cmocka_unit_test(too_long_a_message_is_refused),
		cmocka_unit_test(takes_messages_out_of_a_pipe),
		cmocka_unit_test(says_what_cannot_be_opened),
	};

	return cmocka_run_group_tests_name("api_bounce", tests, NULL, NULL);
}
