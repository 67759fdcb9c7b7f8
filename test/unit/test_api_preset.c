/* SPDX-License-Identifier: MIT */
/* Which server a sender's provider has, by his domain and by the MX hosts of it. */
#include "mailer_fixture.h"

#include "api/mailer.h"
#include "api/preset.h"
#include "net/resolver.h"

static void knows_providers_by_their_domains(void **state SW_UNUSED)
{
	static const struct {
		const char *address, *server, *user, *secret;
	} rows[] = {
		{ "me@gmail.com", "smtps://smtp.gmail.com:465", "me@gmail.com",
		  "app password" },
		{ "Me@GMail.COM", "smtps://smtp.gmail.com:465", "Me@GMail.COM", "OAuth" },
		{ "a@outlook.com", "smtp://smtp-mail.outlook.com:587", "a@outlook.com",
		  "OAuth only" },
		{ "a@yandex.ru", "smtps://smtp.yandex.ru:465", "a@yandex.ru", "app password" },
		{ "a@bk.ru", "smtps://smtp.mail.ru:465", "a@bk.ru", "app password" },
		/* The local part alone. */
		{ "joe@bol.com.br", "smtps://smtps.bol.com.br:465", "joe", "" },
		{ "a@own.example", NULL, NULL, NULL },
		/* No subdomains, no ends of names. */
		{ "a@x.gmail.com", NULL, NULL, NULL },
		{ "a@notgmail.com", NULL, NULL, NULL },
		{ "@gmail.com", NULL, NULL, NULL },
		{ "gmail.com", NULL, NULL, NULL },
		{ "", NULL, NULL, NULL },
	};

	for (size_t i = 0; i < SW_LEN(rows); i++) {
		struct sw_preset p;

		assert_row(i, sw_preset_find(rows[i].address, &p) == (rows[i].server != NULL));
		if (!rows[i].server)
			continue;
		assert_string_equal(p.server, rows[i].server);
		assert_string_equal(p.user, rows[i].user);
		assert_contains(p.secret, rows[i].secret);
		assert_contains(p.why, "known provider");
	}
}

static void knows_providers_by_their_mx_hosts(void **state SW_UNUSED)
{
	static const struct {
		const char *host, *server;
	} rows[] = {
		{ "aspmx.l.google.com", "smtp.gmail.com" },
		{ "ALT2.ASPMX.L.GOOGLE.COM", "smtp.gmail.com" },
		{ "aspmx3.googlemail.com", "smtp.gmail.com" },
		{ "smtp.google.com", "smtp.gmail.com" },
		{ "smtp.google.com.", "smtp.gmail.com" },
		{ "own-example.mail.protection.outlook.com", "smtp.office365.com" },
		{ "own-example.o-v1.mx.microsoft", "smtp.office365.com" },
		{ "outlook-com.olc.protection.outlook.com", "smtp-mail.outlook.com" },
		{ "in1-smtp.messagingengine.com", "smtp.fastmail.com" },
		{ "mx.yandex.net", "smtp.yandex.ru" },
		{ "emx.mail.ru", "smtp.mail.ru" },
		{ "mx2.zoho.eu", "smtppro.zoho.eu" },
		{ "mxbiz1.qq.com", "smtp.exmail.qq.com" },
		/* By the providers' own domains. */
		{ "mx3.qq.com", "smtp.qq.com" },
		{ "mx-biz.mail.am0.yahoodns.net", "smtp.mail.yahoo.com" },
		/* The user's name there is no address: nobody knows which it is. */
		{ "mx.bol.com.br", NULL },
		/* Nobody, and what only looks like somebody. */
		{ "mx.own.example", NULL },
		{ "aspmx.l.google.com.evil.example", NULL },
		{ "evil-l.google.com.example", NULL },
		{ "xmessagingengine.com", NULL },
		{ "google.com", NULL },
		{ "com", NULL },
		{ ".", NULL },
		{ "", NULL },
	};

	for (size_t i = 0; i < SW_LEN(rows); i++) {
		const struct sw_preset_row *r = sw_preset_of_mx(rows[i].host);

		if (!r != !rows[i].server)
			print_error("# %s: %s\n", rows[i].host, r ? r->host : "none");
		assert_row(i, !r == !rows[i].server);
		if (r)
			assert_string_equal(r->host, rows[i].server);
	}
}

static const char zone[] = "work.test MX 1 aspmx.l.google.com\n"
			   "work.test MX 5 alt1.aspmx.l.google.com\n"
			   "office.test MX 0 office-test.mail.protection.outlook.com\n"
			   "cloud.test MX 10 mx01.mail.icloud.com\n"
			   "cloud.test MX 10 mx02.mail.icloud.com\n"
			   "two.test MX 1 aspmx.l.google.com\n"
			   "two.test MX 20 mx.yandex.net\n"
			   "filter.test MX 10 mx.filter.example\n"
			   "half.test MX 1 aspmx.l.google.com\n"
			   "half.test MX 50 backup.half.test\n"
			   "null.test MX 0 .\n"
			   "bare.test A 192.0.2.1\n"
			   "bare.test MX !nodata\n"
			   "broken.test MX !servfail\n"
			   "late.test MX !timeout\n"
			   "xn--bcher-kva.test MX 1 in1-smtp.messagingengine.com\n";

static void asks_where_the_mail_of_a_domain_goes(void **state SW_UNUSED)
{
	static const struct {
		const char *address, *server, *user, *why;
	} rows[] = {
		{ "me@gmail.com", "smtps://smtp.gmail.com:465", "me@gmail.com", "known" },
		{ "me@work.test", "smtps://smtp.gmail.com:465", "me@work.test",
		  "aspmx.l.google.com" },
		{ "me@office.test", "smtp://smtp.office365.com:587", "me@office.test",
		  "protection.outlook.com" },
		{ "me@cloud.test", "smtp://smtp.mail.me.com:587", "", "mail.icloud.com" },
		{ "me@b\xc3\xbc"
		  "cher.test",
		  "smtps://smtp.fastmail.com:465", "me@xn--bcher-kva.test",
		  "messagingengine.com" },
		{ "me@two.test", "", "", "more than one provider" },
		{ "me@filter.test", "", "", "mx.filter.example" },
		{ "me@half.test", "", "", "backup.half.test" },
		{ "me@null.test", "", "", "takes no mail" },
		{ "me@bare.test", "", "", "bare.test" },
		{ "me@broken.test", "", "", "could not be looked up" },
		{ "me@late.test", "", "", "could not be looked up" },
		{ "me@nowhere.test", "", "", "does not exist" },
		{ "me@[192.0.2.1]", "", "", "" },
	};
	struct sw_mailer *m = sw_mailer_new();
	struct sw_preset p;
	struct sw_error err = { 0 };

	set(m, "timeout", "0.3");
	assert_ok(sw_mailer_ready_client(m));
	struct sw_resolver *r = sw_resolver_script(m->client->loop, sw_slice_str(zone), &err);

	if (!r)
		fail_msg("%s", err.text);
	sw_context_use_resolver(m->client, r);
	for (size_t i = 0; i < SW_LEN(rows); i++) {
		enum sw_err e = sw_mailer_find_preset(m, rows[i].address, &p);

		if (e)
			print_error("# %zu: %s\n", i, sw_mailer_last_error_text(m));
		assert_row(i, e == SW_OK);
		assert_string_equal(p.server, rows[i].server);
		assert_string_equal(p.user, rows[i].user);
		assert_contains(p.why, rows[i].why);
	}
	assert_err(sw_mailer_find_preset(m, "no address", &p), SW_E_DATA);
	assert_err(sw_mailer_find_preset(m, "", &p), SW_E_DATA);
	sw_mailer_free(m);
}

static int stop(void *arg SW_UNUSED)
{
	return 1;
}

static void can_be_given_up(void **state SW_UNUSED)
{
	struct sw_mailer *m = sw_mailer_new();
	struct sw_preset p;
	struct sw_error err = { 0 };

	sw_mailer_on_heartbeat(m, 1, stop, NULL);
	assert_ok(sw_mailer_ready_client(m));
	struct sw_resolver *r = sw_resolver_script(
		m->client->loop, SW_S("slow.test MX 1 a.test\nslow.test MX ~60000\n"), &err);

	assert_non_null(r);
	sw_context_use_resolver(m->client, r);
	assert_err(sw_mailer_find_preset(m, "me@slow.test", &p), SW_E_ABORTED);
	sw_mailer_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_providers_by_their_domains),
		cmocka_unit_test(knows_providers_by_their_mx_hosts),
		cmocka_unit_test(asks_where_the_mail_of_a_domain_goes),
		cmocka_unit_test(can_be_given_up),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
