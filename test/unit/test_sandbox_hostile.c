/* SPDX-License-Identifier: MIT */
/* Clients that are not well, and a machine without memory: the server must stay well. */
#include "sw_sandbox_test.h"

#include <signal.h>

static void hello(struct client *c, unsigned port)
{
	client_open(c, port);
	assert_code(c, 220);
	assert_says(c, "EHLO client.example\r\n", 250);
}

static void guessing_passwords_ends_the_session(void **state)
{
	struct box b;
	struct client c;

	(void)state;
	box_start(&b, NULL);
	hello(&c, sw_sandbox_port(b.sandbox));
	for (int i = 0; i < 9; i++)
		assert_says(&c, "AUTH PLAIN AHNhbmRib3gAd3Jvbmc=\r\n", 535);
	assert_says(&c, "AUTH PLAIN AHNhbmRib3gAd3Jvbmc=\r\n", 421);
	assert_int_equal(client_reply(&c), 0);
	client_close(&c);
	box_stop(&b);
}

/* What a client sends before it is cut off; the server must stay well. */
static void hostile_bytes_do_no_harm(void **state)
{
	static const struct {
		const char *bytes;
		size_t repeat;
	} rows[] = {
		{ "x", 3 * 1024 * 1024 }, /* a line without end */
		{ "NOOP\r\n", 10000 },           { "\r\n", 10000 },
		{ "nonsense\r\n", 10000 },       { "RCPT TO:<b@example.net>\r\n", 10000 },
		{ "AUTH PLAIN ====\r\n", 1000 }, { "GET / HTTP/1.1\r\nHost: x\r\n", 1 },
		{ "\xff\xfe\x80\x01", 1000 },    { "MAIL FROM:<\xff@x>\r\n", 100 },
	};
	static char block[16 * 1024];
	struct box b;
	struct client c;

	(void)state;
	box_start(&b, NULL);
	for (size_t i = 0; i < SW_LEN(rows); i++) {
		size_t len = strlen(rows[i].bytes);
		bool alive = true;

		client_open(&c, sw_sandbox_port(b.sandbox));
		/* Nothing is read meanwhile: the server must stop reading too, and live. */
		int flags = 64 * 1024;

		setsockopt(c.fd, SOL_SOCKET, SO_RCVBUF, &flags, sizeof(flags));
		struct timeval patience = { .tv_usec = 200 * 1000 };

		setsockopt(c.fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
		for (size_t n = 0; n < rows[i].repeat && alive;) {
			size_t used = 0;

			for (; n < rows[i].repeat && used + len <= sizeof(block);
			     n++, used += len)
				memcpy(block + used, rows[i].bytes, len);
			alive = client_try_send(&c, block, used);
		}
		client_close(&c);
	}
	client_open(&c, sw_sandbox_port(b.sandbox));
	assert_code(&c, 220);
	assert_true(client_try_send(&c, "NO\0OP\r\n", 7));
	assert_code(&c, 500);
	assert_says(&c, "QUIT\r\n", 221);
	client_close(&c);
	box_stop(&b);
}

static void connections_are_bounded(void **state)
{
	enum { MANY = 200 };
	static struct client many[MANY];
	struct box b;
	struct client c;

	(void)state;
	box_start(&b, NULL);
	for (size_t i = 0; i < MANY; i++) {
		client_open(&many[i], sw_sandbox_port(b.sandbox));
		assert_code(&many[i], 220);
	}
	client_open(&c, sw_sandbox_port(b.sandbox));
	assert_code(&c, 421);
	client_close(&c);
	client_close(&many[0]);
	/* The place is free again as soon as the server has noticed. */
	int code = 421;

	for (int i = 0; i < 100 && code == 421; i++) {
		client_open(&c, sw_sandbox_port(b.sandbox));
		code = client_reply(&c);
		if (code == 421) {
			client_close(&c);
			(void)poll(NULL, 0, 10);
		}
	}
	assert_int_equal(code, 220);
	client_close(&c);
	for (size_t i = 1; i < MANY; i++)
		client_close(&many[i]);
	box_stop(&b);
}

static void who_does_not_read_is_cut_off(void **state)
{
	const struct timeval patience = { .tv_usec = 50 * 1000 };
	const int small = 4096;
	struct box b;
	struct client c;
	bool alive = true;
	double started = now_ms();

	(void)state;
	box_start(&b, (const char *const[]){ "idle=0.2", NULL });
	client_open(&c, sw_sandbox_port(b.sandbox));
	setsockopt(c.fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	setsockopt(c.fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	/* First its buffers fill, then it is idle, then it is gone. */
	char many[600];

	for (size_t i = 0; i < sizeof(many); i += 6)
		memcpy(many + i, "HELP\r\n", 6);
	while (alive && now_ms() - started < 4 * PATIENT_MS)
		alive = send(c.fd, many, sizeof(many), MSG_NOSIGNAL) > 0 || errno == EAGAIN;
	assert_false(alive);
	client_close(&c);
	box_stop(&b);
}

/* The header says that free stops it, so free must wait for the thread that runs it. */
static void free_waits_for_the_end_of_the_run(void **state)
{
	struct box b;
	struct client c;

	(void)state;
	box_start(&b, NULL);
	hello(&c, sw_sandbox_port(b.sandbox));
	sw_sandbox_free(b.sandbox);
	box_join(&b);
	client_close(&c);
}

static void the_idle_are_sent_away(void **state)
{
	struct box b;
	struct client c;

	(void)state;
	box_start(&b, (const char *const[]){ "idle=0.3", NULL });
	hello(&c, sw_sandbox_port(b.sandbox));
	assert_code(&c, 421);
	assert_int_equal(client_reply(&c), 0);
	client_close(&c);
	box_stop(&b);
}

struct log {
	char text[8192];
};

static void note(void *arg, const char *line)
{
	struct log *l = arg;
	size_t len = strlen(l->text);

	(void)snprintf(l->text + len, sizeof(l->text) - len, "%s\n", line);
}

static void the_log_tells_all_but_secrets(void **state)
{
	struct box b = { .sandbox = sw_sandbox_new() };
	struct client c;
	struct log log = { "" };

	(void)state;
	sw_sandbox_on_log(b.sandbox, note, &log);
	assert_ok(sw_sandbox_start(b.sandbox));
	assert_int_equal(pthread_create(&b.thread, NULL, box_thread, &b), 0);
	hello(&c, sw_sandbox_port(b.sandbox));
	assert_says(&c, "AUTH PLAIN\r\n", 334);
	assert_says(&c, "AHNhbmRib3gAd3Jvbmc=\r\n", 535);
	assert_says(&c, "AUTH PLAIN AHNhbmRib3gAbm90LXNlY3JldA==\r\n", 235);
	assert_says(&c, "MAIL FROM:<\xe2\x80\xaex@example.org> SMTPUTF8\r\n", 250);
	assert_says(&c, "QUIT\r\n", 221);
	client_close(&c);
	box_stop(&b);
	assert_contains(log.text, "C: EHLO client.example\n");
	assert_contains(log.text, "S: 250-PIPELINING\n");
	assert_contains(log.text, "C: AUTH PLAIN ***\n");
	assert_contains(log.text, "C: ***\n");
	assert_contains(log.text, "S: 235 2.7.0 Authentication successful\n");
	assert_contains(log.text, "\\xe2\\x80\\xae");
	assert_null(strstr(log.text, "AHNh"));
	assert_null(strstr(log.text, "\xe2\x80\xae"));
}

static enum sw_err start_and_stop(void *arg)
{
	struct sw_sandbox *s = sw_sandbox_new();
	enum sw_err e = s ? SW_OK : SW_E_NOMEM;

	(void)arg;
	if (!e)
		e = sw_sandbox_set(s, "name", "mx.example.org");
	if (!e)
		e = sw_sandbox_set(s, "fault", "short-writes");
	if (!e)
		e = sw_sandbox_start(s);
	if (s)
		sw_sandbox_stop(s);
	if (!e)
		e = sw_sandbox_run(s);
	sw_sandbox_free(s);
	return e;
}

static void no_memory_is_survived(void **state)
{
	(void)state;
	/* OpenSSL and libgsasl do not allocate through us; mechanisms that failed are not
	 * offered. */
	sw_test_failing_allocations(start_and_stop, NULL);
}

/* A whole session that may break off anywhere; whether the message was taken. */
static bool try_session(struct box *b)
{
	static const char *const lines[] = {
		"EHLO c\r\n",
		LOGIN_PLAIN,
		"MAIL FROM:<a@example.org> RET=FULL\r\n",
		"RCPT TO:<b@example.net>\r\n",
		"DATA\r\n",
		"Subject: x\r\n\r\nx\r\n.\r\n",
	};
	struct client c;
	int code;

	client_open(&c, sw_sandbox_port(b->sandbox));
	code = client_reply(&c);
	for (size_t i = 0; i < SW_LEN(lines) && code >= 200 && code < 400; i++)
		code = client_try_send(&c, lines[i], strlen(lines[i])) ? client_reply(&c) : -1;
	client_close(&c);
	return code == 250;
}

/* NULL when it went well. */
static void *try_and_stop(void *arg)
{
	struct box *b = arg;
	bool taken = try_session(b);

	sw_sandbox_stop(b->sandbox);
	return taken ? NULL : b;
}

/* Failing allocations belong to a thread: here the client has its own, and the server ours. */
static void a_session_without_memory_breaks_alone(void **state)
{
	struct box b = { .sandbox = sw_sandbox_new() };
	bool failed = true;
	size_t broken = 0;

	(void)state;
	assert_ok(sw_sandbox_start(b.sandbox));
	for (long n = 1; failed; n++) {
		void *refused;

		assert_true(n < 10000);
		assert_int_equal(pthread_create(&b.thread, NULL, try_and_stop, &b), 0);
		sw_mem_fail_at(n);
		(void)sw_sandbox_run(b.sandbox);
		failed = sw_mem_failed();
		sw_mem_fail_at(0);
		assert_int_equal(pthread_join(b.thread, &refused), 0);
		broken += refused != NULL;
		/* Whatever went wrong before, this one was well. */
		assert_true(failed || !refused);
	}
	assert_true(broken > 10);
	sw_sandbox_free(b.sandbox);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(guessing_passwords_ends_the_session),
		cmocka_unit_test(hostile_bytes_do_no_harm),
		cmocka_unit_test(connections_are_bounded),
		cmocka_unit_test(who_does_not_read_is_cut_off),
		cmocka_unit_test(free_waits_for_the_end_of_the_run),
		cmocka_unit_test(the_idle_are_sent_away),
		cmocka_unit_test(the_log_tells_all_but_secrets),
		cmocka_unit_test(no_memory_is_survived),
		cmocka_unit_test(a_session_without_memory_breaks_alone),
	};

	(void)signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
