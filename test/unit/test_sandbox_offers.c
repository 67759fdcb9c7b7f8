/* SPDX-License-Identifier: MIT */
/* The faults of EHLO's offers and of AUTH, live. */
#include "sw_sandbox_test.h"

#include <signal.h>

#include "sandbox/fault.h"
#include "sw_sandbox_rows.h"

static void greet(struct client *c, const struct box *b)
{
	client_open(c, sw_sandbox_port(b->sandbox));
	assert_code(c, 220);
}

static void hello(struct client *c, const struct box *b)
{
	greet(c, b);
	assert_says(c, "EHLO c\r\n", 250);
}

static int tls(struct client *c, const struct box *b, int max_version)
{
	return client_handshake(c, sw_sandbox_ca_file(b->sandbox), "localhost", max_version);
}

static void to_rcpt(struct client *c, const struct box *b)
{
	hello(c, b);
	assert_says(c, "MAIL FROM:<a@example.org>\r\n", 250);
}

static void to_data(struct client *c, const struct box *b)
{
	to_rcpt(c, b);
	assert_says(c, "RCPT TO:<b@example.net>\r\n", 250);
	assert_says(c, "DATA\r\n", 354);
}

/* What EHLO must not show, and what the server says to who uses it all the same. */
static const struct {
	const char *fault, *absent, *command;
	int code;
} caps[] = {
	{ "ehlo-no-pipelining", "PIPELINING", "NOOP\r\n", 250 },
	{ "no-8bitmime", "8BITMIME", "MAIL FROM:<a@example.org> BODY=8BITMIME\r\n", 555 },
	{ "no-smtputf8", "SMTPUTF8", "MAIL FROM:<\xc3\xbc@example.org> SMTPUTF8\r\n", 555 },
	{ "no-size", "SIZE", "MAIL FROM:<a@example.org> SIZE=1\r\n", 555 },
	{ "no-dsn", "DSN", "MAIL FROM:<a@example.org> RET=FULL\r\n", 555 },
	{ "no-chunking", "CHUNKING", "MAIL FROM:<a@example.org> BODY=BINARYMIME\r\n", 555 },
	{ "no-binarymime", "BINARYMIME", "MAIL FROM:<a@example.org> BODY=BINARYMIME\r\n",
	  555 },
	{ "no-requiretls", "REQUIRETLS", "MAIL FROM:<a@example.org> REQUIRETLS\r\n", 555 },
	{ "no-futurerelease", "FUTURERELEASE", "MAIL FROM:<a@example.org> HOLDFOR=9\r\n",
	  555 },
	{ "no-deliverby", "DELIVERBY", "MAIL FROM:<a@example.org> BY=9;N\r\n", 555 },
	{ "no-mt-priority", "MT-PRIORITY", "MAIL FROM:<a@example.org> MT-PRIORITY=1\r\n",
	  555 },
	{ "no-auth", "AUTH", LOGIN_PLAIN, 503 },
	{ "auth-only-after-tls", "AUTH", LOGIN_PLAIN, 530 },
	{ "starttls-missing", "STARTTLS", "STARTTLS\r\n", 502 },
	{ "starttls-masked", "STARTTLS", "STARTTLS\r\n", 220 },
};

static void offers_are_taken_away(void **state)
{
	(void)state;
	for (size_t i = 0; i < SW_LEN(caps); i++) {
		struct box b;
		struct client c;

		box_start_fault(&b, caps[i].fault);
		hello(&c, &b);
		assert_null(strstr(c.reply, caps[i].absent));
		assert_contains(c.reply, "250-localhost\r\n");
		if (!strcmp(caps[i].fault, "starttls-masked"))
			assert_contains(c.reply, "\r\n250-XXXXXXXA\r\n");
		assert_says(&c, caps[i].command, caps[i].code);
		client_close(&c);
		box_stop(&b);
	}
}

static void story_no_enhanced_codes(struct box *b, struct client *c)
{
	hello(c, b);
	assert_null(strstr(c->reply, "ENHANCED"));
	assert_says(c, "NOOP\r\n", 250);
	assert_string_equal(c->reply, "250 Ok\r\n");
}

static void story_auth_only_after_tls(struct box *b, struct client *c)
{
	hello(c, b);
	assert_says(c, "STARTTLS\r\n", 220);
	assert_int_equal(tls(c, b, 0), 1);
	assert_says(c, "EHLO c\r\n", 250);
	assert_contains(c->reply, "AUTH ");
	assert_says(c, LOGIN_PLAIN, 235);
}

static void story_auth_only_before_tls(struct box *b, struct client *c)
{
	hello(c, b);
	assert_contains(c->reply, "AUTH ");
	assert_says(c, "STARTTLS\r\n", 220);
	assert_int_equal(tls(c, b, 0), 1);
	assert_says(c, "EHLO c\r\n", 250);
	assert_null(strstr(c->reply, "AUTH"));
	assert_says(c, LOGIN_PLAIN, 503);
}

static void story_size_limit(struct box *b, struct client *c)
{
	hello(c, b);
	assert_contains(c->reply, "SIZE 100\r\n");
	assert_says(c, "MAIL FROM:<a@example.org> SIZE=101\r\n", 552);
	client_close(c);
	to_data(c, b);
	for (int i = 0; i < 10; i++)
		client_send(c, "0123456789\r\n");
	assert_says(c, ".\r\n", 552);
}

static void story_auth_full_address(struct box *b, struct client *c)
{
	struct box other;

	hello(c, b);
	assert_says(c, LOGIN_PLAIN, 535);
	client_close(c);
	box_start(&other, (const char *const[]){ "user=a@b", "password=c",
						 "fault=auth-full-address", NULL });
	hello(c, &other);
	/* \0a@b\0c */
	assert_says(c, "AUTH PLAIN AGFAYgBj\r\n", 235);
	client_close(c);
	box_stop(&other);
	client_open(c, sw_sandbox_port(b->sandbox));
}

static void story_auth_hashed_fails(struct box *b, struct client *c)
{
	hello(c, b);
	assert_says(c, "AUTH CRAM-MD5\r\n", 334);
	assert_says(c, "c2FuZGJveCAwMA==\r\n", 535);
	assert_contains(c->reply, "no plain secret");
	assert_says(c, LOGIN_PLAIN, 235);
}

static void story_auth_line_limit(struct box *b, struct client *c)
{
	char line[700];

	hello(c, b);
	memset(line, 'A', sizeof(line));
	memcpy(line, "AUTH PLAIN ", 11);
	memcpy(line + 511, "\r\n", 3);
	assert_int_equal(client_say(c, line), 535);
	memset(line + 511, 'A', 4);
	memcpy(line + 515, "\r\n", 3);
	assert_int_equal(client_say(c, line), 500);
	assert_contains(c->reply, "5.5.6");
	assert_says(c, LOGIN_PLAIN, 235);
}

static void story_auth_oauth_expired(struct box *b, struct client *c)
{
	hello(c, b);
	assert_contains(c->reply, " XOAUTH2");
	/* user=sandbox^Aauth=Bearer x^A^A */
	assert_says(c, "AUTH OAUTHBEARER\r\n", 334);
	assert_string_equal(c->reply, "334 \r\n");
	assert_says(c, "dXNlcj1zYW5kYm94AWF1dGg9QmVhcmVyIHgBAQ==\r\n", 334);
	assert_says(c, "AQ==\r\n", 535);
	assert_says(c, "AUTH XOAUTH2 dXNlcj1zYW5kYm94AWF1dGg9QmVhcmVyIHgBAQ==\r\n", 334);
	/* {"status":"400", */
	assert_int_equal(strncmp(c->reply, "334 eyJzdGF0dXMiOiI0MDAi", 24), 0);
	assert_says(c, "\r\n", 535);
	assert_says(c, LOGIN_PLAIN, 235);
}

static void story_auth_oauth_scope(struct box *b, struct client *c)
{
	hello(c, b);
	assert_says(c, "AUTH XOAUTH2 dXNlcj1zYW5kYm94AWF1dGg9QmVhcmVyIHgBAQ==\r\n", 334);
	/* {"status":"insufficient_scope" */
	assert_int_equal(strncmp(c->reply, "334 eyJzdGF0dXMiOiJpbnN1ZmZpY2llbnRfc2NvcGUi", 44),
			 0);
	assert_says(c, "\r\n", 535);
	assert_says(c, LOGIN_PLAIN, 235);
}

static void story_auth_endless_334(struct box *b, struct client *c)
{
	hello(c, b);
	assert_says(c, LOGIN_PLAIN, 334);
	for (int i = 0; i < 50; i++)
		assert_says(c, "eA==\r\n", 334);
	assert_says(c, "*\r\n", 334);
}

static void story_auth_echo(struct box *b, struct client *c)
{
	hello(c, b);
	assert_says(c, LOGIN_PLAIN, 535);
	assert_contains(c->reply, "failed: AHNhbmRib3gAbm90LXNlY3JldA==\r\n");
	assert_says(c, "AUTH PLAIN\r\n", 334);
	assert_says(c, "AHNhbmRib3gAbm90LXNlY3JldA==\r\n", 535);
	assert_contains(c->reply, "failed: AHNhbmRib3gAbm90LXNlY3JldA==\r\n");
}

static const struct {
	const char *spec;
	void (*tell)(struct box *b, struct client *c);
} stories[] = {
	{ "no-enhanced-codes", story_no_enhanced_codes },
	{ "auth-only-after-tls", story_auth_only_after_tls },
	{ "auth-only-before-tls", story_auth_only_before_tls },
	{ "size-limit=100", story_size_limit },
	{ "auth-full-address", story_auth_full_address },
	{ "auth-hashed-fails", story_auth_hashed_fails },
	{ "auth-line-limit", story_auth_line_limit },
	{ "auth-oauth-expired", story_auth_oauth_expired },
	{ "auth-oauth-scope", story_auth_oauth_scope },
	{ "auth-endless-334", story_auth_endless_334 },
	{ "auth-echo", story_auth_echo },
};

static void each_fault_of_auth_tells_its_story(void **state)
{
	(void)state;
	for (size_t i = 0; i < SW_LEN(stories); i++) {
		struct box b;
		struct client c;

		print_message("# %s\n", stories[i].spec);
		box_start_fault(&b, stories[i].spec);
		stories[i].tell(&b, &c);
		client_close(&c);
		box_stop(&b);
	}
}

static void no_row_of_offers_and_auth_is_without_a_test(void **state)
{
	(void)state;
	for (size_t i = 0; i < sw_fault_row_count(); i++) {
		const struct sw_fault_row *row = sw_fault_row_at(i);
		bool found = !is_offer_row(row) || is_simple_row(row) || is_extension_row(row);

		for (size_t k = 0; k < SW_LEN(stories); k++)
			found |= !strncmp(stories[k].spec, row->name, strlen(row->name));
		for (size_t k = 0; k < SW_LEN(caps); k++)
			found |= !strcmp(caps[k].fault, row->name);
		if (!found)
			fail_msg("%s has no test", row->name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(offers_are_taken_away),
		cmocka_unit_test(each_fault_of_auth_tells_its_story),
		cmocka_unit_test(no_row_of_offers_and_auth_is_without_a_test),
	};

	(void)signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
