/* SPDX-License-Identifier: MIT */
#include "sw_test.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include "api/check.h"
#include "identity/records.h"
#include "identity/unsubscribe.h"

/* ---- words ---- */

static void has(const char *text)
{
	const char *ru = sw_check_word_ru(text);

	if (!ru)
		print_error("# no Russian for: %s\n", text);
	assert_non_null(ru);
	assert_string_not_equal(ru, text);
}

static void every_sentence_of_the_evaluators_has_its_translation(void **state SW_UNUSED)
{
	for (unsigned i = 1; i < SW_SPF_FLAW_COUNT; i++)
		has(sw_spf_flaw_text((enum sw_spf_flaw)i));
	for (unsigned i = 0; i < SW_DMARC_NOTE_COUNT; i++)
		has(sw_dmarc_note_text((enum sw_dmarc_note)i));
	for (unsigned i = 0; i < SW_DKIM_REASON_COUNT; i++)
		has(sw_dkim_reason_text((enum sw_dkim_reason)i));
	for (unsigned i = 1; i < SW_SMALL_FLAW_COUNT; i++)
		has(sw_small_flaw_text((enum sw_small_flaw)i));
	for (unsigned i = 1; i < SW_STS_FLAW_COUNT; i++)
		has(sw_sts_flaw_text((enum sw_sts_flaw)i));
	for (unsigned i = 0; i < SW_UNSUB_FLAWS; i++)
		has(sw_unsubscribe_flaw_text(i));
	assert_null(sw_check_word_ru("something else"));
}

/* ---- the public face ---- */

struct seen {
	size_t count, stop_at;
	int status;
	char *json, *html;
};

static int note(void *arg, const struct sw_check_report *r)
{
	struct seen *s = arg;
	const struct sw_check_result *x;

	for (size_t i = 0; (x = sw_check_get(r, i)); i++) {
		assert_true(*x->test && *x->title && *x->group_title && *x->expected);
		assert_non_null(x->found);
		assert_non_null(x->trace);
	}
	s->status = sw_check_exit_status(r);
	sw_free(s->json);
	sw_free(s->html);
	s->json = sw_check_json(r);
	s->html = sw_check_html(r);
	return ++s->count == s->stop_at;
}

/* Nobody listens at this address. */
#define NOBODY "127.0.0.1:1"

/* A name server that knows no name, on a thread of its own. */
struct server {
	int fd;
	pthread_t thread;
	char address[32];
};

static void *serve(void *arg)
{
	struct server *s = arg;
	unsigned char packet[1500];
	struct sockaddr_in peer;

	for (;;) {
		socklen_t size = sizeof(peer);
		ssize_t len = recvfrom(s->fd, packet, sizeof(packet), 0,
				       (struct sockaddr *)&peer, &size);

		if (len < 12)
			return NULL;
		packet[2] = 0x81; /* an answer, recursion wanted */
		packet[3] = 0x83; /* and there; no such name */
		(void)sendto(s->fd, packet, (size_t)len, 0, (struct sockaddr *)&peer, size);
	}
}

static int start_server(void **state)
{
	static struct server s;
	struct sockaddr_in here = { .sin_family = AF_INET,
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(here);

	s.fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (s.fd < 0 || bind(s.fd, (struct sockaddr *)&here, size) ||
	    getsockname(s.fd, (struct sockaddr *)&here, &size) ||
	    pthread_create(&s.thread, NULL, serve, &s))
		return -1;
	(void)snprintf(s.address, sizeof(s.address), "127.0.0.1:%u", ntohs(here.sin_port));
	*state = &s;
	return 0;
}

static int stop_server(void **state)
{
	struct server *s = *state;

	(void)shutdown(s->fd, SHUT_RDWR);
	(void)pthread_join(s->thread, NULL);
	(void)close(s->fd);
	return 0;
}

static void asks_and_tells(void **state SW_UNUSED)
{
	static const char *const names[] = { "example.org", "no domain",
					     "b\303\274cher.test" };
	const struct sw_check_options o = { .resolver = NOBODY,
					    .ip = "9.9.9.9",
					    .timeout_s = 5 };
	struct seen s = { .count = 0 };
	char text[256] = "";

	assert_ok(sw_check_domains(names, SW_LEN(names), &o, note, &s, text, sizeof(text)));
	assert_int_equal(s.count, SW_LEN(names));
	assert_non_null(strstr(s.json, "\"schema\":\"sendwell/check/1\""));
	assert_non_null(strstr(s.html, "<!DOCTYPE html>"));
	sw_free(s.json);
	sw_free(s.html);
}

static void the_caller_can_end_it(void **state SW_UNUSED)
{
	static const char *const names[] = { "a..b", "c..d", "e..f", "g..h" };
	const struct sw_check_options o = { .resolver = NOBODY,
					    .ip = "9.9.9.9",
					    .parallel = 1 };
	struct seen s = { .stop_at = 2 };
	char text[256] = "";

	assert_err(sw_check_domains(names, SW_LEN(names), &o, note, &s, text, sizeof(text)),
		   SW_E_ABORTED);
	assert_int_equal(s.count, 2);
	assert_int_equal(s.status, 1);
	assert_true(*text);
	sw_free(s.json);
	sw_free(s.html);
}

static void refuses_what_makes_no_sense(void **state SW_UNUSED)
{
	static const char *const names[] = { "example.org" };
	static const char *const bad[] = { "a b" };
	const struct sw_check_options rows[] = {
		{ .resolver = NOBODY, .ip = "9.9.9" },
		{ .resolver = "nonsense", .ip = "9.9.9.9" },
		{ .resolver = NOBODY, .ip = "9.9.9.9", .selectors = bad, .selector_count = 1 },
		{ .resolver = NOBODY, .ip = "9.9.9.9", .from = "nobody" },
		{ .resolver = NOBODY, .ip = "9.9.9.9", .message = "/nonexistent" },
		{ .resolver = NOBODY, .ip = "9.9.9.9", .ca = "/nonexistent" },
	};
	struct seen s = { .count = 0 };

	for (size_t i = 0; i < SW_LEN(rows); i++) {
		char text[256] = "";

		assert_row(i, sw_check_domains(names, 1, &rows[i], note, &s, text,
					       sizeof(text)) != SW_OK);
		assert_row(i, *text != '\0');
	}
	assert_int_equal(s.count, 0);
	assert_err(sw_check_domains(NULL, 0, &(struct sw_check_options){ .resolver = NOBODY },
				    note, &s, NULL, 0),
		   SW_E_USAGE);
}

static void a_name_that_is_not_there(void **state)
{
	static const char *const names[] = { "example.org" };
	struct server *server = *state;
	const struct sw_check_options o = { .resolver = server->address, .ip = "9.9.9.9" };
	struct seen s = { .count = 0 };

	assert_ok(sw_check_domains(names, 1, &o, note, &s, NULL, 0));
	assert_int_equal(s.status, 1);
	assert_non_null(strstr(s.json, "SW-D01"));
	sw_free(s.json);
	sw_free(s.html);
}

static void says_when_memory_is_out(void **state)
{
	static const char *const names[] = { "a..b", "example.org" };
	struct server *server = *state;
	const struct sw_check_options o = { .resolver = server->address, .ip = "9.9.9.9" };
	unsigned good = 0;

	/* Steps that grow: all of them would take minutes. */
	for (long n = 1; good < 2 && n < 100000; n += 1 + n / 12) {
		struct seen s = { .count = 0 };
		char text[256] = "";

		sw_mem_fail_at(n);
		enum sw_err e = sw_check_domains(names, SW_LEN(names), &o, note, &s, text,
						 sizeof(text));
		sw_mem_fail_at(0);
		assert_true(!e || *text);
		good += !e && s.json && s.html && s.count == SW_LEN(names);
		sw_free(s.json);
		sw_free(s.html);
		assert_int_equal(sw_mem_live(), 0);
	}
	assert_int_equal(good, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_sentence_of_the_evaluators_has_its_translation),
		cmocka_unit_test(asks_and_tells),
		cmocka_unit_test(the_caller_can_end_it),
		cmocka_unit_test(refuses_what_makes_no_sense),
		cmocka_unit_test(a_name_that_is_not_there),
		cmocka_unit_test(says_when_memory_is_out),
	};

	return cmocka_run_group_tests(tests, start_server, stop_server);
}
