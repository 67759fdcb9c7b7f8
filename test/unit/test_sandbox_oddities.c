/* SPDX-License-Identifier: MIT */
/* The faults that need a story of their own, live; and that every row of the table has a
 * test. */
#include "sw_sandbox_test.h"

#include <linux/tcp.h>
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

static int tls(struct client *c, const struct box *b, int max_version)
{
	return client_handshake(c, sw_sandbox_ca_file(b->sandbox), "localhost", max_version);
}

static void expect_quiet(struct client *c)
{
	char byte;

	assert_int_equal(client_read(c, &byte, 1, QUIET_MS), -2);
}

static void story_accept_silent_all(struct box *b, struct client *c)
{
	client_open(c, sw_sandbox_port(b->sandbox));
	expect_quiet(c);
	client_send(c, "EHLO c\r\n");
	expect_quiet(c);
	client_close(c);
	client_open(c, sw_sandbox_tls_port(b->sandbox));
	client_send(c, "\x16\x03\x01");
	expect_quiet(c);
}

static void story_banner_silent(struct box *b, struct client *c)
{
	client_open(c, sw_sandbox_tls_port(b->sandbox));
	assert_int_equal(tls(c, b, 0), 1);
	expect_quiet(c);
}

static void story_banner_drip(struct box *b, struct client *c)
{
	char bytes[64];
	double started = now_ms();

	client_open(c, sw_sandbox_port(b->sandbox));
	assert_int_equal(client_read(c, bytes, sizeof(bytes), PATIENT_MS), 1);
	assert_int_equal(bytes[0], '2');
	assert_int_equal(client_read(c, bytes, sizeof(bytes), PATIENT_MS), 1);
	assert_true(client_reply(c) >= 0);
	assert_true(now_ms() - started >= 4 * 30);
	/* The rest of the session is not slow. */
	client_send(c, "NOOP\r\n");
	assert_true(client_read(c, bytes, sizeof(bytes), PATIENT_MS) > 1);
}

static void story_early_talker(struct box *b, struct client *c)
{
	double started = now_ms();

	client_open(c, sw_sandbox_port(b->sandbox));
	assert_code(c, 220);
	assert_true(now_ms() - started >= 50);
	assert_int_equal(
		strncmp(c->reply, "220-localhost ESMTP, please wait\r\n220 localhost ", 48),
		0);
	client_close(c);
	client_open(c, sw_sandbox_port(b->sandbox));
	client_send(c, "EHLO c\r\n");
	(void)client_reply(c);
	assert_contains(c->reply, "554 5.5.1 localhost SMTP synchronization error");
}

static void story_too_many_connections(struct box *b, struct client *c)
{
	struct client other;

	greet(c, b);
	client_open(&other, sw_sandbox_port(b->sandbox));
	assert_code(&other, 421);
	assert_contains(other.reply, "too many connections from 127.0.0.1");
	client_close(&other);
	assert_says(c, "NOOP\r\n", 250);
}

static void story_null_sender_refused(struct box *b, struct client *c)
{
	hello(c, b);
	assert_says(c, "MAIL FROM:<>\r\n", 550);
	assert_says(c, "MAIL FROM:<a@example.org>\r\n", 250);
}

static void story_tls_required_530(struct box *b, struct client *c)
{
	client_open(c, sw_sandbox_tls_port(b->sandbox));
	assert_int_equal(tls(c, b, 0), 1);
	assert_code(c, 220);
	assert_says(c, "EHLO c\r\n", 250);
	assert_says(c, "MAIL FROM:<a@example.org>\r\n", 250);
}

static void story_auth_required_530(struct box *b, struct client *c)
{
	hello(c, b);
	assert_says(c, "MAIL FROM:<a@example.org>\r\n", 530);
	assert_says(c, LOGIN_PLAIN, 235);
	assert_says(c, "MAIL FROM:<a@example.org>\r\n", 250);
}

static void story_421_after(struct box *b, struct client *c)
{
	to_data(c, b);
	assert_says(c, "x\r\n.\r\n", 250);
	assert_says(c, "MAIL FROM:<a@example.org>\r\n", 421);
	assert_int_equal(client_reply(c), 0);
}

static void story_421_after_commands(struct box *b, struct client *c)
{
	hello(c, b);
	assert_says(c, "NOOP\r\n", 250);
	assert_says(c, "NOOP\r\n", 250);
	assert_says(c, "NOOP\r\n", 421);
	assert_int_equal(client_reply(c), 0);
}

static void story_rcpt_some_refused(struct box *b, struct client *c)
{
	to_rcpt(c, b);
	for (int i = 1; i <= 6; i++)
		assert_says(c, "RCPT TO:<b@example.net>\r\n", i % 2 ? 250 : 550);
	assert_says(c, "RSET\r\n", 250);
	assert_says(c, "MAIL FROM:<a@example.org>\r\n", 250);
	assert_says(c, "RCPT TO:<b@example.net>\r\n", 250);
}

static void story_rcpt_too_many(struct box *b, struct client *c)
{
	to_rcpt(c, b);
	assert_says(c, "RCPT TO:<b@example.net>\r\n", 250);
	assert_says(c, "RCPT TO:<c@example.net>\r\n", 250);
	assert_says(c, "RCPT TO:<d@example.net>\r\n", 452);
	assert_says(c, "DATA\r\n", 354);
	assert_says(c, "x\r\n.\r\n", 250);
	assert_says(c, "MAIL FROM:<a@example.org>\r\n", 250);
	assert_says(c, "RCPT TO:<d@example.net>\r\n", 250);
}

static void story_rcpt_too_many_552(struct box *b, struct client *c)
{
	to_rcpt(c, b);
	assert_says(c, "RCPT TO:<b@example.net>\r\n", 250);
	assert_says(c, "RCPT TO:<c@example.net>\r\n", 250);
	assert_says(c, "RCPT TO:<d@example.net>\r\n", 552);
	assert_says(c, "DATA\r\n", 354);
	assert_says(c, "x\r\n.\r\n", 250);
	assert_says(c, "MAIL FROM:<a@example.org>\r\n", 250);
	assert_says(c, "RCPT TO:<d@example.net>\r\n", 250);
}

static void story_rcpt_full(struct box *b, struct client *c)
{
	to_rcpt(c, b);
	assert_says(c, "RCPT TO:<b@example.net>\r\n", 250);
	assert_says(c, "RCPT TO:<FULL@example.net>\r\n", 452);
	assert_contains(c->reply, "452 4.2.2 <FULL@example.net>: ");
}

static void story_greylist(struct box *b, struct client *c)
{
	double started = now_ms();

	to_rcpt(c, b);
	assert_says(c, "RCPT TO:<b@example.net>\r\n", 450);
	assert_contains(c->reply, "try again in 1 seconds");
	assert_says(c, "RCPT TO:<b@example.net>\r\n", 450);
	client_close(c);
	while (now_ms() - started < 430)
		(void)poll(NULL, 0, 10);
	to_rcpt(c, b);
	assert_says(c, "RCPT TO:<b@example.net>\r\n", 250);
	assert_says(c, "RCPT TO:<c@example.net>\r\n", 450);
}

/* Sends lines until that fails or so many bytes are out; the count. */
static size_t pour(struct client *c, size_t most)
{
	static char block[64 * 1024];
	size_t sent = 0;

	for (size_t i = 0; i < sizeof(block); i += 64) {
		memset(block + i, 'x', 62);
		memcpy(block + i + 62, "\r\n", 2);
	}
	while (sent < most) {
		long n = send(c->fd, block, sizeof(block), MSG_NOSIGNAL);

		if (n <= 0)
			break;
		sent += (size_t)n;
	}
	return sent;
}

static void story_data_stall(struct box *b, struct client *c)
{
	enum { MUCH = 64 * 1024 * 1024 };
	const struct timeval patience = { .tv_usec = 100 * 1000 };

	to_data(c, b);
	setsockopt(c->fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	assert_true(pour(c, MUCH) < MUCH);
	assert_int_equal(errno, EAGAIN);
	expect_quiet(c);
}

static void story_data_close(struct box *b, struct client *c)
{
	char byte;

	to_data(c, b);
	assert_says(c, "short\r\n.\r\n", 250);
	client_close(c);
	to_data(c, b);
	(void)pour(c, 4096);
	assert_int_equal(client_read(c, &byte, 1, PATIENT_MS), 0);
	assert_int_equal(sw_sandbox_message_count(b->sandbox), 1);
}

static void story_data_reset(struct box *b, struct client *c)
{
	char byte;

	to_data(c, b);
	(void)pour(c, 1);
	assert_int_equal(client_read(c, &byte, 1, PATIENT_MS), -1);
	assert_int_equal(errno, ECONNRESET);
}

static void story_early_reply(struct box *b, struct client *c)
{
	to_data(c, b);
	(void)pour(c, 1);
	assert_code(c, 552);
	/* Whoever goes on writing still gets to read it. */
	(void)pour(c, 1024 * 1024);
	assert_int_equal(client_reply(c), 0);
}

static void story_long_lines_refused(struct box *b, struct client *c)
{
	char line[1200];

	for (size_t len = 998; len <= 999; len++) {
		memset(line, 'x', sizeof(line));
		memcpy(line + len, "\r\n.\r\n", 6);
		to_data(c, b);
		assert_says(c, line, len > 998 ? 554 : 250);
		if (len == 998)
			client_close(c);
	}
}

static void story_hang_after_dot(struct box *b, struct client *c)
{
	to_data(c, b);
	client_send(c, "x\r\n.\r\n");
	expect_quiet(c);
	/* It has the message all the same. */
	for (int i = 0; i < 500 && sw_sandbox_message_count(b->sandbox) == 0; i++)
		(void)poll(NULL, 0, 10);
	assert_int_equal(sw_sandbox_message_count(b->sandbox), 1);
}

static void story_final_554_spam(struct box *b, struct client *c)
{
	to_data(c, b);
	assert_says(c, "x\r\n.\r\n", 554);
	assert_int_equal(sw_sandbox_message_count(b->sandbox), 0);
}

static void story_accept_and_drop(struct box *b, struct client *c)
{
	to_data(c, b);
	assert_says(c, "x\r\n.\r\n", 250);
	assert_int_equal(sw_sandbox_message_count(b->sandbox), 0);
}

static void story_short_writes(struct box *b, struct client *c)
{
	struct tcp_info info;
	socklen_t len = sizeof(info);

	hello(c, b);
	memset(&info, 0, sizeof(info));
	assert_int_equal(getsockopt(c->fd, IPPROTO_TCP, TCP_INFO, &info, &len), 0);
	/* Two replies: far more segments than that. */
	assert_true(info.tcpi_data_segs_in > 20);
	assert_says(c, "STARTTLS\r\n", 220);
	assert_int_equal(tls(c, b, 0), 1);
	assert_says(c, "EHLO c\r\n", 250);
}

static void story_lf_only(struct box *b, struct client *c)
{
	hello(c, b);
	assert_null(strchr(c->reply, '\r'));
	assert_contains(c->reply, "\n250-PIPELINING\n");
}

static void story_pipelining_broken(struct box *b, struct client *c)
{
	hello(c, b);
	assert_contains(c->reply, "PIPELINING");
	client_send(c, "MAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.net>\r\nDATA\r\n");
	assert_code(c, 250);
	expect_quiet(c);
	assert_says(c, "RCPT TO:<b@example.net>\r\n", 250);
	assert_says(c, "DATA\r\n", 354);
	assert_says(c, "a\r\nb\r\n.\r\n", 250);
}

static void story_idle_421(struct box *b, struct client *c)
{
	hello(c, b);
	assert_code(c, 421);
	assert_string_equal(c->reply, "421 4.4.2 localhost Error: timeout exceeded\r\n");
	assert_int_equal(client_reply(c), 0);
}

static void story_idle_reset(struct box *b, struct client *c)
{
	char byte;

	hello(c, b);
	assert_int_equal(client_read(c, &byte, 1, PATIENT_MS), -1);
	assert_int_equal(errno, ECONNRESET);
}

static void story_extra_reply_at(struct box *b, struct client *c)
{
	hello(c, b);
	assert_says(c, "MAIL FROM:<a@example.org>\r\n", 250);
	assert_code(c, 250);
	assert_contains(c->reply, "once more");
	assert_says(c, "RCPT TO:<b@example.net>\r\n", 250);
	assert_contains(c->reply, "2.1.5");
}

static const struct story {
	const char *spec;
	void (*tell)(struct box *b, struct client *c);
} stories[] = {
	{ "accept-silent-all", story_accept_silent_all },
	{ "banner-silent", story_banner_silent },
	{ "banner-drip=3", story_banner_drip },
	{ "early-talker=0.05", story_early_talker },
	{ "too-many-connections", story_too_many_connections },
	{ "null-sender-refused", story_null_sender_refused },
	{ "tls-required-530", story_tls_required_530 },
	{ "auth-required-530", story_auth_required_530 },
	{ "421-after=1", story_421_after },
	{ "421-after-commands=3", story_421_after_commands },
	{ "rcpt-some-refused=2", story_rcpt_some_refused },
	{ "rcpt-too-many=2", story_rcpt_too_many },
	{ "rcpt-too-many-552=2", story_rcpt_too_many_552 },
	{ "rcpt-full=full@example.net", story_rcpt_full },
	{ "greylist=0.4", story_greylist },
	{ "data-stall=1000", story_data_stall },
	{ "data-close=1000", story_data_close },
	{ "data-reset", story_data_reset },
	{ "early-reply", story_early_reply },
	{ "long-lines-refused", story_long_lines_refused },
	{ "hang-after-dot", story_hang_after_dot },
	{ "final-554-spam", story_final_554_spam },
	{ "accept-and-drop", story_accept_and_drop },
	{ "short-writes", story_short_writes },
	{ "lf-only", story_lf_only },
	{ "pipelining-broken", story_pipelining_broken },
	{ "idle-421=0.3", story_idle_421 },
	{ "idle-reset=0.3", story_idle_reset },
	{ "extra-reply-at=mail", story_extra_reply_at },
};

static void each_odd_fault_tells_its_story(void **state)
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

static bool has_story(const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < SW_LEN(stories); i++)
		if (!strncmp(stories[i].spec, name, len) &&
		    (stories[i].spec[len] == '\0' || stories[i].spec[len] == '='))
			return true;
	return false;
}

static void no_row_of_the_table_is_without_a_test(void **state)
{
	(void)state;
	for (size_t i = 0; i < sw_fault_row_count(); i++) {
		const struct sw_fault_row *row = sw_fault_row_at(i);
		bool at_verbs = row->arg == SW_ARG_VERB || row->arg == SW_ARG_VERB_REPLY;

		if (!is_simple_row(row) && !is_tls_row(row) && !is_offer_row(row) &&
		    !is_extension_row(row) && !at_verbs && row->action != SW_ACT_DELAY &&
		    !has_story(row->name))
			fail_msg("%s has no test", row->name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_odd_fault_tells_its_story),
		cmocka_unit_test(no_row_of_the_table_is_without_a_test),
	};

	(void)signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
