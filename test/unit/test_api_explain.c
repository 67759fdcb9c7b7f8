/* SPDX-License-Identifier: MIT */
/* From a pasted text to readings, over all that is built in. */
#include "sw_test.h"

#include <jansson.h>
#include <unistd.h>

#include <sendwell/explain.h>

static struct sw_explanation *explained(struct sw_explainer **e, const char *language,
					const char *text)
{
	struct sw_explanation *x = NULL;

	*e = sw_explainer_new();
	assert_non_null(*e);
	assert_ok(sw_explainer_set(*e, "language", language));
	assert_ok(sw_explainer_read(*e, text, strlen(text), &x));
	return x;
}

static void done(struct sw_explainer *e, struct sw_explanation *x)
{
	sw_explanation_free(x);
	sw_explainer_free(e);
}

static bool has_reading(const struct sw_explanation *x, const char *kind, int64_t code)
{
	for (size_t i = 0; i < sw_explanation_count(x); i++) {
		struct sw_reading r = sw_explanation_reading(x, i);

		if (strcmp(r.kind, kind) == 0 && (code == 0 || r.code == code))
			return true;
	}
	return false;
}

/* The first reading: kind, code, enhanced, how its category begins. */
struct row {
	const char *text, *kind;
	int64_t code;
	const char *enhanced, *category;
};

static bool is_as_told(const struct sw_reading *r, const struct row *row)
{
	return r->kind && r->enhanced && r->category && r->title && r->meaning &&
	       strcmp(r->kind, row->kind) == 0 && r->code == row->code &&
	       strcmp(r->enhanced, row->enhanced) == 0 &&
	       strncmp(r->category, row->category, strlen(row->category)) == 0 && *r->title &&
	       *r->meaning;
}

static void check_rows(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct sw_explainer *e;
		struct sw_explanation *x = explained(&e, "en", rows[i].text);
		struct sw_reading r = sw_explanation_reading(x, 0);

		if (sw_explanation_count(x) == 0 || !is_as_told(&r, &rows[i]))
			print_error("# %s: %zu readings, first %s %lld %s %s\n", rows[i].text,
				    sw_explanation_count(x), r.kind ? r.kind : "",
				    (long long)r.code, r.enhanced ? r.enhanced : "",
				    r.category ? r.category : "");
		assert_row(i, sw_explanation_count(x) > 0 && is_as_told(&r, &rows[i]));
		done(e, x);
	}
}

static void codes_and_numbers_that_stand_alone(void **state)
{
	static const struct row rows[] = {
		{ "550", "reply", 550, "", "" },
		{ " 421\n", "reply", 421, "", "" },
		{ "250", "reply", 250, "", "info." },
		{ "SMTP error 550", "reply", 550, "", "" },
		{ "5.1.1", "enhanced", 0, "5.1.1", "recipient.unknown" },
		{ "4.2.2", "enhanced", 0, "4.2.2", "recipient.full" },
		{ "#5.7.8", "enhanced", 0, "5.7.8", "auth." },
		{ "x.7.26", "enhanced", 0, "", "sender." },
		{ "5.5.0", "enhanced", 0, "5.5.0", "" },
		{ "3.5.4", "dotted", 354, "", "" },
		{ "111", "errno", 111, "", "network.connect" },
		{ "101", "errno", 101, "", "network.connect" },
		{ "110", "errno", 110, "", "network.connect" },
		{ "SMTP Error 101", "errno", 101, "", "network.connect" },
		{ "errno 111", "errno", 111, "", "network.connect" },
		{ "errno:111", "errno", 111, "", "network.connect" },
		{ "[Errno 111] Connection refused", "errno", 111, "", "network.connect" },
		{ "10060", "winsock", 10060, "", "network.connect" },
		{ "Socket Error # 10061", "winsock", 10061, "", "network.connect" },
	};

	(void)state;
	check_rows(rows, SW_LEN(rows));
}

static void replies_wherever_they_stand(void **state)
{
	static const struct row rows[] = {
		{ "550 5.1.1 <a@b.example>: Recipient address rejected: User unknown", "reply",
		  550, "5.1.1", "recipient.unknown" },
		{ "452 4.2.2 The mailbox is full", "reply", 452, "4.2.2", "recipient.full" },
		{ "535 5.7.8 Error: authentication failed", "reply", 535, "5.7.8", "auth." },
		{ "550-5.1.1 The email account that you tried to reach does not exist.\n"
		  "550-5.1.1 Please try double-checking\n550 5.1.1 the address",
		  "reply", 550, "5.1.1", "recipient.unknown" },
		{ "smtplib.SMTPAuthenticationError: (535, b'5.7.8 authentication "
		  "failed\\n5.7.8 "
		  "see https://x.example')",
		  "reply", 535, "5.7.8", "auth." },
		{ "Error: Invalid login: 535 5.7.8 Error: authentication failed", "reply", 535,
		  "5.7.8", "auth." },
		{ "Nov 21 06:58:31 mx postfix/smtp[123]: 4AB: to=<a@b.example>, "
		  "relay=mx.b.example[192.0.2.1]:25, delay=300, dsn=5.1.1, status=bounced "
		  "(host "
		  "mx.b.example[192.0.2.1] said: 550 5.1.1 <a@b.example>: User unknown (in "
		  "reply "
		  "to RCPT TO command))",
		  "reply", 550, "5.1.1", "recipient.unknown" },
		{ "2024-01-02 10:20:30 1abcde-000001-AB ** a@b.example R=dnslookup "
		  "T=remote_smtp "
		  "H=mx.b.example [192.0.2.1]: SMTP error from remote mail server after RCPT "
		  "TO:<a@b.example>: 550 No such user here",
		  "reply", 550, "", "recipient.unknown" },
		{ " -> RCPT TO:<a@b.example>\n<** 550 5.1.1 User unknown\n -> QUIT\n<-  221 "
		  "bye",
		  "reply", 550, "5.1.1", "recipient.unknown" },
		{ ">>> RCPT To:<a@b.example>\n<<< 550 5.1.1 User unknown\n550 5.1.1 User "
		  "unknown",
		  "reply", 550, "5.1.1", "recipient.unknown" },
		{ "reply: b'552 5.2.2 Mailbox full\\r\\n'\nreply: retcode (552); Msg: b'5.2.2 "
		  "Mailbox full'",
		  "reply", 552, "5.2.2", "recipient.full" },
		{ "host mx.b.example[192.0.2.1] said: 552 5.2.2 <a@b.example>: Mailbox\n"
		  "    full (in reply to RCPT TO command)",
		  "reply", 552, "5.2.2", "recipient.full" },
		{ "delivery 12: failure: 192.0.2.1_does_not_like_recipient./Remote_host_said:_"
		  "550_5.1.1_User_unknown/",
		  "reply", 550, "5.1.1", "recipient.unknown" },
		{ "mailbox is full", "reply", 0, "", "recipient.full" },
		{ "4.2.2 mailbox is full", "reply", 0, "4.2.2", "recipient.full" },
	};

	(void)state;
	check_rows(rows, SW_LEN(rows));
}

static void errors_of_programs(void **state)
{
	static const struct row rows[] = {
		{ "ECONNREFUSED", "error", 0, "", "network.connect" },
		{ "WSAEWOULDBLOCK", "error", 0, "", "network.connect" },
		{ "connect ECONNREFUSED 127.0.0.1:587", "error", 0, "", "network.connect" },
		{ "SMTP ERROR: Failed to connect to server: Connection refused (111)", "errno",
		  111, "", "network.connect" },
	};

	(void)state;
	check_rows(rows, SW_LEN(rows));
}

/* What only announces the cause stands behind it, by whatever it was found. */
static void the_cause_goes_before_its_frame(void **state)
{
	static const struct {
		const char *text, *title;
	} rows[] = {
		{ "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: Hostname mismatch, "
		  "certificate is not valid for 'mail.example'.",
		  "Certificate is for another name" },
		{ "stream_socket_enable_crypto(): Peer certificate CN=`a.example' did not match "
		  "expected CN=`b.example'",
		  "Certificate is for another name" },
		{ "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed (_ssl.c:1)",
		  "Certificate not accepted" },
	};

	(void)state;
	for (size_t i = 0; i < SW_LEN(rows); i++) {
		struct sw_explainer *e;
		struct sw_explanation *x = explained(&e, "en", rows[i].text);

		assert_row(i, sw_explanation_count(x) > 0);
		assert_string_equal(sw_explanation_reading(x, 0).title, rows[i].title);
		done(e, x);
	}
}

static void our_own_names(void **state)
{
	static const struct row rows[] = {
		{ "recipient.full", "category", 0, "", "recipient.full" },
		{ "Recipient.Full", "category", 0, "", "recipient.full" },
		{ "mailboxfull", "category", 0, "", "recipient.full" },
	};

	(void)state;
	check_rows(rows, SW_LEN(rows));
}

static void a_code_with_dots_is_read_both_ways(void **state)
{
	static const struct {
		const char *text, *first, *second;
		int64_t code;
	} rows[] = {
		{ "5.5.0", "enhanced", "dotted", 550 },
		{ "4.5.1", "enhanced", "dotted", 451 },
		{ "5.0.3", "dotted", "enhanced", 503 },
		{ "2.2.0", "dotted", "enhanced", 220 },
	};

	(void)state;
	for (size_t i = 0; i < SW_LEN(rows); i++) {
		struct sw_explainer *e;
		struct sw_explanation *x = explained(&e, "en", rows[i].text);

		assert_row(i, sw_explanation_count(x) >= 2);
		struct sw_reading a = sw_explanation_reading(x, 0);
		struct sw_reading b = sw_explanation_reading(x, 1);

		assert_row(i, strcmp(a.kind, rows[i].first) == 0);
		assert_row(i, strcmp(b.kind, rows[i].second) == 0);
		assert_row(i, a.confidence > b.confidence);
		assert_row(i, a.code + b.code == rows[i].code);
		done(e, x);
	}
	struct sw_explainer *e;
	struct sw_explanation *x = explained(&e, "en", "550 5.5.0 mailbox unavailable");

	assert_false(has_reading(x, "dotted", 0));
	done(e, x);
	/* Words decide: 535 is about logging in, X.3.5 is not. */
	x = explained(&e, "en", "5.3.5 authentication failed");
	assert_true(has_reading(x, "dotted", 535));
	done(e, x);
}

static void what_is_unknown_has_no_readings(void **state)
{
	static const struct {
		const char *text, *nearest;
	} rows[] = {
		{ "hello world", "" },
		{ "999", "" },
		{ "12345678", "" },
		{ "192.0.2.55", "" },
		{ "recipient.ful", "recipient.full" },
		{ "\xff\xfe\x80", "" },
		{ ".", "" },
	};

	(void)state;
	for (size_t i = 0; i < SW_LEN(rows); i++) {
		struct sw_explainer *e;
		struct sw_explanation *x = explained(&e, "en", rows[i].text);

		if (sw_explanation_count(x) > 0)
			print_error("# %s: %s %s\n", rows[i].text,
				    sw_explanation_reading(x, 0).kind,
				    sw_explanation_reading(x, 0).title);
		assert_row(i, sw_explanation_count(x) == 0);
		assert_row(i, !*rows[i].nearest ||
				      !strcmp(sw_explanation_nearest(x), rows[i].nearest));
		done(e, x);
	}
}

static void evidence_lies_in_the_text_as_given(void **state)
{
	static const char *const texts[] = {
		"550 5.1.1 <a@b.example>: Recipient address rejected: User unknown",
		"<** 550-5.1.1 User\r\n<** 550 5.1.1 unknown here",
		"(550, b'5.1.1 User unknown\\r\\n')",
		"&lt;a@b.example&gt;: 550 5.1.1 \033[1mUser unknown\033[0m",
		"550 5.1.1\xc2\xa0User unknown",
	};

	(void)state;
	for (size_t i = 0; i < SW_LEN(texts); i++) {
		struct sw_explainer *e;
		struct sw_explanation *x = explained(&e, "en", texts[i]);
		struct sw_reading r = sw_explanation_reading(x, 0);
		bool found = false;

		assert_row(i, strcmp(r.category, "recipient.unknown") == 0);
		assert_row(i, r.evidence_count > 0);
		for (size_t n = 0; n < r.evidence_count; n++) {
			struct sw_reading_evidence ev = sw_explanation_evidence(x, 0, n);

			assert_row(i, ev.at + ev.len <= strlen(texts[i]));
			const char *at = texts[i] + ev.at;

			found |= (ev.len >= 4 && memcmp(at, "User", 4) == 0) ||
				 (ev.len >= 7 && memcmp(at + ev.len - 7, "unknown", 7) == 0);
		}
		assert_row(i, found);
		done(e, x);
	}
}

static void both_languages_say_everything(void **state)
{
	static const char *const texts[] = {
		"550", "5.7.1", "111", "452 4.2.2 mailbox full", "recipient.full", "5.5.0"
	};

	(void)state;
	for (size_t i = 0; i < SW_LEN(texts); i++) {
		struct sw_explainer *en, *ru;
		struct sw_explanation *a = explained(&en, "en", texts[i]);
		struct sw_explanation *b = explained(&ru, "ru", texts[i]);
		struct sw_reading x = sw_explanation_reading(a, 0);
		struct sw_reading y = sw_explanation_reading(b, 0);

		assert_row(i, strcmp(x.category, y.category) == 0);
		assert_row(i, strcmp(x.title, y.title) != 0);
		assert_row(i, strcmp(x.meaning, y.meaning) != 0);
		assert_row(i, strcmp(x.who_text, y.who_text) != 0);
		assert_row(i, strcmp(x.retry_text, y.retry_text) != 0);
		assert_row(i, strcmp(x.list_action_text, y.list_action_text) != 0);
		assert_row(i, x.cause_count > 0 && x.cause_count == y.cause_count);
		assert_row(i, x.remedy_count > 0 && x.remedy_count == y.remedy_count);
		for (size_t n = 0; n < x.remedy_count; n++)
			assert_row(i, strcmp(sw_explanation_remedy(a, 0, n).text,
					     sw_explanation_remedy(b, 0, n).text) != 0);
		done(en, a);
		done(ru, b);
	}
}

static void settings_are_checked(void **state)
{
	static const struct {
		const char *name, *value, *said;
	} rows[] = {
		{ "language", "de", "expected en or ru" },
		{ "stage", "dns", "expected greeting" },
		{ "stage", "", "expected greeting" },
		{ "host", "", "expected the name" },
		{ "host", "a b", "expected the name" },
		{ "host", "a\033b", "expected the name" },
		{ "langauge", "en", "did you mean language" },
	};
	struct sw_explainer *e = sw_explainer_new();

	(void)state;
	assert_non_null(e);
	for (size_t i = 0; i < SW_LEN(rows); i++) {
		assert_row(i, sw_explainer_set(e, rows[i].name, rows[i].value) == SW_E_USAGE);
		assert_row(i, strstr(sw_explainer_error_text(e), rows[i].said) != NULL);
	}
	assert_ok(sw_explainer_set(e, "stage", "final"));
	assert_ok(sw_explainer_set(e, "host", "mx.b.example"));
	assert_ok(sw_explainer_set(e, "host", NULL));
	sw_explainer_free(e);
}

static void nothing_is_lost_when_memory_is(void **state)
{
	static const char text[] =
		"<** 550 5.1.1 User unknown; connect ECONNREFUSED h.example:25";

	(void)state;
	for (long n = 1;; n++) {
		struct sw_explanation *x = NULL;
		long live = sw_mem_live();

		sw_mem_fail_at(n);
		struct sw_explainer *e = sw_explainer_new();
		enum sw_err code =
			e ? sw_explainer_read(e, text, strlen(text), &x) : SW_E_NOMEM;
		const char *json = x ? sw_explanation_json(x) : NULL;
		bool failed = sw_mem_failed();

		sw_mem_fail_at(0);
		assert_true(failed ? code == SW_E_NOMEM || !json : code == SW_OK && json);
		sw_explanation_free(x);
		sw_explainer_free(e);
		assert_int_equal(live, sw_mem_live());
		if (!failed)
			break;
	}
}

static void the_next_command_names_what_the_text_names(void **state)
{
	struct sw_explainer *e;
	struct sw_explanation *x =
		explained(&e, "en", "connect to smtp.b.example:587: Connection refused");

	(void)state;
	assert_non_null(strstr(sw_explanation_reading(x, 0).next, "smtp.b.example:587"));
	assert_string_equal("smtp.b.example", sw_explanation_reading(x, 0).host);
	assert_int_equal(587, sw_explanation_reading(x, 0).port);
	done(e, x);
}

/* A bounce of two recipients; `head` before it. */
#define NOTICE                                                                                \
	"This is the mail system at host mx.a.example.\n\n"                                   \
	"<one@b.example>: host mx.b.example[192.0.2.1] said: 550 5.1.1\n"                     \
	"    <one@b.example>: User unknown (in reply to RCPT TO command)\n\n"                 \
	"<two@c.example>: host mx.c.example[192.0.2.2] said: 552 5.2.2 Mailbox full (in\n"    \
	"    reply to RCPT TO command)\n"

static void a_bounce_gives_its_recipients(void **state)
{
	static const char *const texts[] = {
		"From: MAILER-DAEMON@mx.a.example (Mail Delivery System)\n"
		"To: me@a.example\nSubject: Undelivered Mail Returned to Sender\n"
		"MIME-Version: 1.0\nContent-Type: text/plain\n\n" NOTICE,
		NOTICE,
		"Reporting-MTA: dns; mx.a.example\n\n"
		"Final-Recipient: rfc822; one@b.example\nAction: failed\nStatus: 5.1.1\n"
		"Diagnostic-Code: smtp; 550 5.1.1 User unknown\n\n"
		"Final-Recipient: rfc822; two@c.example\nAction: failed\nStatus: 5.2.2\n"
		"Diagnostic-Code: smtp; 552 5.2.2 Mailbox full\n",
	};
	static const char *const addresses[] = { "one@b.example", "two@c.example" };
	static const char *const categories[] = { "recipient.unknown", "recipient.full" };

	(void)state;
	for (size_t i = 0; i < SW_LEN(texts); i++) {
		struct sw_explainer *e;
		struct sw_explanation *x = explained(&e, "en", texts[i]);

		assert_row(i, sw_explanation_count(x) == 2);
		for (size_t n = 0; n < 2; n++) {
			struct sw_reading r = sw_explanation_reading(x, n);

			assert_row(i, strcmp(r.kind, "bounce") == 0);
			assert_row(i, strcmp(r.address, addresses[n]) == 0);
			assert_row(i, strcmp(r.action, "failed") == 0);
			assert_row(i, strcmp(r.category, categories[n]) == 0);
			assert_row(i, r.about_at + r.about_len <= strlen(texts[i]));
		}
		done(e, x);
	}
}

static void a_message_that_is_no_bounce_is_not_explained(void **state)
{
	static const char text[] =
		"From: me@a.example\nTo: you@b.example\nSubject: 550 reasons to come\n"
		"Date: Sat, 21 Nov 2026 06:00:00 +0000\nMessage-ID: <111.550@a.example>\n\n"
		"We meet at 10:20, room 451. Bring 25 copies.\n";
	struct sw_explainer *e;
	struct sw_explanation *x = explained(&e, "en", text);

	(void)state;
	assert_int_equal(0, sw_explanation_count(x));
	assert_true(*sw_explanation_remark(x));
	done(e, x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(codes_and_numbers_that_stand_alone),
		cmocka_unit_test(replies_wherever_they_stand),
		cmocka_unit_test(errors_of_programs),
		cmocka_unit_test(the_cause_goes_before_its_frame),
		cmocka_unit_test(our_own_names),
		cmocka_unit_test(a_code_with_dots_is_read_both_ways),
		cmocka_unit_test(what_is_unknown_has_no_readings),
		cmocka_unit_test(evidence_lies_in_the_text_as_given),
		cmocka_unit_test(both_languages_say_everything),
		cmocka_unit_test(settings_are_checked),
		cmocka_unit_test(nothing_is_lost_when_memory_is),
		cmocka_unit_test(the_next_command_names_what_the_text_names),
		cmocka_unit_test(a_bounce_gives_its_recipients),
		cmocka_unit_test(a_message_that_is_no_bounce_is_not_explained),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
