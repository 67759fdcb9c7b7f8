/* SPDX-License-Identifier: MIT */
/* Several servers: who is asked, in which order and after which failures; servers that SRV
 * records name; connections that the caller makes. */
#include "client_fixture.h"

#include <errno.h>
#include <unistd.h>

#include "client/servers.h"

/* A fixture's server and one behind it. */
struct pair {
	struct client_fixture *f;
	struct script_server *second;
};

static struct pair set_up(const struct script_plan *first, const struct script_plan *second)
{
	struct pair p = { client_fixture_new(first), script_server_start(second) };
	char text[64];
	snprintf(text, sizeof(text), "127.0.0.1:%u", script_server_port(p.second));
	assert_ok(sw_client_settings_fallback(&p.f->set, text, &p.f->err));
	p.f->set.timeout_us = 300 * 1000;
	return p;
}

static void tear_down(struct pair *p)
{
	client_fixture_free(p->f);
	script_server_stop(p->second);
}

static void the_next_server_is_asked_only_where_nothing_was_answered(void **state)
{
	static const struct {
		struct script_rule rule;
		bool next;
	} rows[] = {
		{ { SW_VERB_CONNECT, 0, 0, SCRIPT_REPLY, 421, "4.3.2 Busy", 0 }, true },
		{ { SW_VERB_CONNECT, 0, 0, SCRIPT_REPLY, 554, "5.7.1 No", 0 }, true },
		{ { SW_VERB_CONNECT, 0, 0, SCRIPT_CLOSE, 0, NULL, 0 }, true },
		{ { SW_VERB_CONNECT, 0, 0, SCRIPT_RESET, 0, NULL, 0 }, true },
		{ { SW_VERB_CONNECT, 0, 0, SCRIPT_STALL, 0, NULL, 0 }, true },
		{ { SW_VERB_EHLO, 0, 0, SCRIPT_CLOSE, 0, NULL, 0 }, true },
		{ { SW_VERB_MAIL, 0, 0, SCRIPT_REPLY, 421, "4.3.2 Going down", 0 }, true },
		{ { SW_VERB_DATA, 0, 0, SCRIPT_CLOSE, 0, NULL, 0 }, true },
		/* A judgement about the message or somebody in it. */
		{ { SW_VERB_MAIL, 0, 0, SCRIPT_REPLY, 451, "4.7.1 Wait", 0 }, false },
		{ { SW_VERB_MAIL, 0, 0, SCRIPT_REPLY, 550, "5.7.1 No", 0 }, false },
		{ { SW_VERB_RCPT, 0, 0, SCRIPT_REPLY, 450, "4.2.0 Greylisted", 0 }, false },
		{ { SW_VERB_RCPT, 0, 0, SCRIPT_REPLY, 550, "5.1.1 Who", 0 }, false },
		{ { SW_VERB_MESSAGE, 0, 0, SCRIPT_REPLY, 451, "4.3.0 Later", 0 }, false },
		{ { SW_VERB_MESSAGE, 0, 0, SCRIPT_REPLY, 554, "5.7.1 Spam", 0 }, false },
		/* It may have been taken. */
		{ { SW_VERB_MESSAGE, 0, 0, SCRIPT_CLOSE, 0, NULL, 0 }, false },
		{ { SW_VERB_MESSAGE, 0, 0, SCRIPT_RESET, 0, NULL, 0 }, false },
		{ { SW_VERB_MESSAGE, 0, 0, SCRIPT_STALL, 0, NULL, 0 }, false },
	};
	(void)state;
	for (size_t i = 0; i < SW_LEN(rows); i++) {
		const struct script_rule rules[] = { rows[i].rule, { 0 } };
		struct pair p = set_up(&(struct script_plan){ .rules = rules },
				       &(struct script_plan){ 0 });
		assert_row(i, client_fixture_send(p.f, 1) == SW_OK);
		assert_row(i, script_server_messages(p.second) == (rows[i].next ? 1 : 0));
		assert_row(i, script_server_sessions(p.second) == (rows[i].next ? 1 : 0));
		assert_row(i, (p.f->d.recipients[0].outcome == SW_ACCEPTED) == rows[i].next);
		if (rows[i].next)
			assert_row(i, p.f->d.server.port == script_server_port(p.second));
		tear_down(&p);
	}
}

static void a_wrong_password_is_tried_at_one_server(void **state)
{
	static const struct {
		int code;
		bool next;
	} rows[] = { { 535, false }, { 454, true } };
	(void)state;
	for (size_t i = 0; i < SW_LEN(rows); i++) {
		const struct script_rule rules[] = {
			{ SW_VERB_AUTH, 0, 0, SCRIPT_REPLY, rows[i].code, "No", 0 }, { 0 }
		};
		struct pair p = set_up(
			&(struct script_plan){ .keywords = "AUTH CRAM-MD5", .rules = rules },
			&(struct script_plan){ .keywords = "AUTH CRAM-MD5",
					       .user = "joe",
					       .password = "right" });
		p.f->set.user = sw_strdup("joe");
		p.f->set.auth = sw_strdup("CRAM-MD5");
		assert_ok(sw_secret_set(&p.f->set.secret, SW_S("right")));
		assert_ok(client_fixture_send(p.f, 1));
		assert_row(i, script_server_sessions(p.second) == (rows[i].next ? 1 : 0));
		assert_row(i, script_server_messages(p.second) == (rows[i].next ? 1 : 0));
		tear_down(&p);
	}
}

/* Whether something listens at the port is the first server's matter; it is stopped. */
static void a_server_that_is_away_is_asked_last_for_a_while(void **state)
{
	const struct script_rule rules[] = {
		{ SW_VERB_CONNECT, 1, 0, SCRIPT_REPLY, 421, "4.3.2 Busy", 0 }, { 0 }
	};
	(void)state;
	struct pair p =
		set_up(&(struct script_plan){ .rules = rules }, &(struct script_plan){ 0 });
	assert_ok(client_fixture_send(p.f, 1));
	assert_int_equal(script_server_messages(p.second), 1);
	/* The session that is open goes first, and after it whoever is not away. */
	for (int n = 2; n < 4; n++) {
		assert_ok(client_fixture_send(p.f, 1));
		assert_int_equal(script_server_messages(p.second), n);
		assert_int_equal(script_server_sessions(p.second), n - 1);
		sw_session_close(p.f->c);
	}
	assert_int_equal(script_server_sessions(p.f->server), 1);
	/* Later it is the first again. */
	sw_memory_away(&p.f->c->memory, "127.0.0.1", p.f->set.port, 0);
	assert_ok(client_fixture_send(p.f, 1));
	assert_int_equal(script_server_messages(p.f->server), 1);
	tear_down(&p);
}

static void all_of_no_use_is_told_with_the_last(void **state)
{
	const struct script_rule busy[] = {
		{ SW_VERB_CONNECT, 0, 0, SCRIPT_REPLY, 421, "4.3.2 Busy", 0 }, { 0 }
	};
	const struct script_rule no[] = {
		{ SW_VERB_CONNECT, 0, 0, SCRIPT_REPLY, 554, "5.7.1 No", 0 }, { 0 }
	};
	(void)state;
	struct pair p = set_up(&(struct script_plan){ .rules = busy },
			       &(struct script_plan){ .rules = no });
	assert_ok(client_fixture_send(p.f, 1));
	expect_recipient(p.f, 0, SW_REJECTED, SW_STAGE_GREETING, SW_END_REFUSED, 554);
	/* Looking alone goes on to the next one as well. */
	assert_ok(client_fixture_run(p.f, &(struct sw_job){ .kind = SW_JOB_CONNECTION }));
	assert_int_equal(p.f->d.ending, SW_END_REFUSED);
	assert_int_equal(script_server_sessions(p.f->server), 2);
	assert_int_equal(script_server_sessions(p.second), 2);
	tear_down(&p);
}

/* ---- SRV */

static void use_srv(struct client_fixture *f, const char *domain, const char *dns)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf text = { .max = 4096 };
	char url[128];
	snprintf(url, sizeof(url), "srv://%s", domain);
	assert_ok(sw_client_settings_server(&f->set, url, &f->err));
	/* PORT is that of the server. */
	for (const char *at; (at = strstr(dns, "PORT")); dns = at + 4)
		assert_ok(sw_buf_printf(&text, "%.*s%u", (int)(at - dns), dns,
					(unsigned)script_server_port(f->server)));
	assert_ok(sw_buf_add_str(&text, dns));
	struct sw_resolver *r = sw_resolver_script(f->c->loop, sw_buf_slice(&text), &f->err);
	assert_non_null(r);
	sw_context_use_resolver(f->c, r);
	f->set.families = SW_FAMILY_V4;
}

static void srv_records_name_the_servers(void **state)
{
	static const struct {
		const char *dns;
		enum sw_ending ending;
		const char *host; /* that took it */
	} rows[] = {
		{ "_submission._tcp.b.test SRV 0 1 PORT mx.b.test\nmx.b.test A 127.0.0.1\n",
		  SW_END_OK, "mx.b.test" },
		/* By priority, and on to the next. */
		{ "_submission._tcp.b.test SRV 20 1 PORT two.b.test\n"
		  "_submission._tcp.b.test SRV 10 1 PORT one.b.test\n"
		  "one.b.test A !nodata\ntwo.b.test A 127.0.0.1\n",
		  SW_END_OK, "two.b.test" },
		{ "_submission._tcp.b.test SRV 20 1 PORT two.b.test\n"
		  "_submission._tcp.b.test SRV 10 1 PORT one.b.test\n"
		  "one.b.test A 127.0.0.1\ntwo.b.test A 127.0.0.1\n",
		  SW_END_OK, "one.b.test" },
		/* Not offered, not there, not to be known. */
		{ "_submission._tcp.b.test SRV 0 0 0 .\n", SW_END_NO_HOST, NULL },
		{ "_submission._tcp.b.test SRV 0 0 0 mx.b.test\n", SW_END_NO_HOST, NULL },
		{ "b.test A 127.0.0.1\n", SW_END_NO_HOST, NULL },
		{ "_submission._tcp.b.test SRV !servfail\n", SW_END_DNS, NULL },
		{ "_submission._tcp.b.test SRV !bogus\n", SW_END_DNS, NULL },
		{ "_submission._tcp.b.test SRV !timeout\n", SW_END_DNS, NULL },
	};
	(void)state;
	for (size_t i = 0; i < SW_LEN(rows); i++) {
		struct client_fixture *f = client_fixture_new(&(struct script_plan){ 0 });
		f->set.timeout_us = 500 * 1000;
		use_srv(f, "b.test", rows[i].dns);
		assert_row(i, client_fixture_send(f, 1) == SW_OK);
		assert_row(i, f->d.recipients[0].ending == rows[i].ending);
		assert_row(i, script_server_messages(f->server) == (rows[i].host ? 1 : 0));
		if (rows[i].host)
			assert_row(i, strcmp(f->d.server.name, rows[i].host) == 0);
		else
			assert_row(i, f->d.recipients[0].stage == SW_STAGE_DNS);
		client_fixture_free(f);
	}
}

static void tls_from_the_start_goes_before_starttls(void **state)
{
	static const char dns[] = "_submission._tcp.b.test SRV 0 1 587 low.b.test\n"
				  "_submissions._tcp.b.test SRV 9 1 465 high.b.test\n"
				  "_submissions._tcp.b.test SRV 8 1 466 out.test\n";
	static const struct {
		enum sw_tls_mode tls;
		const char *hosts[3];
		enum sw_smtp_tls policy;
	} rows[] = {
		{ SW_TLS_AUTO,
		  { "out.test", "high.b.test", "low.b.test" },
		  SW_SMTP_TLS_IMPLICIT },
		{ SW_TLS_IMPLICIT, { "out.test", "high.b.test" }, SW_SMTP_TLS_IMPLICIT },
		{ SW_TLS_STARTTLS, { "low.b.test" }, SW_SMTP_TLS_REQUIRED },
		{ SW_TLS_OFF, { "low.b.test" }, SW_SMTP_TLS_NONE },
	};
	(void)state;
	for (size_t i = 0; i < SW_LEN(rows); i++) {
		struct client_fixture *f = client_fixture_new(&(struct script_plan){ 0 });
		struct sw_servers s;
		use_srv(f, "b.test", dns);
		f->set.tls = rows[i].tls;
		struct sw_session_target base = {
			.host = f->set.host, .tls = sw_client_settings_tls_policy(&f->set)
		};
		assert_ok(sw_context_begin_call(f->c, &f->err));
		assert_ok(sw_servers_of(f->c, &base, &s, &f->err));
		assert_row(i, s.count > 0 && s.at[0].tls == rows[i].policy);
		for (size_t k = 0; k < SW_LEN(rows[i].hosts) && rows[i].hosts[k]; k++) {
			bool outside = strcmp(rows[i].hosts[k], "out.test") == 0;
			assert_row(i, k < s.count);
			assert_row(i, strcmp(s.at[k].host, rows[i].hosts[k]) == 0);
			/* Who is outside shows a certificate of the domain. */
			assert_row(i, !s.at[k].tls_name == !outside);
			assert_row(i, !outside || strcmp(s.at[k].tls_name, "b.test") == 0);
		}
		sw_servers_fini(&s);
		sw_facts_free(sw_context_end_call(f->c));
		client_fixture_free(f);
	}
}

static void the_dns_alone_vouches_for_no_foreign_name(void **state)
{
	static const struct {
		const char *domain, *host;
		bool secure;
		const char *name;
	} rows[] = {
		{ "b.test", "mx.b.test", false, "mx.b.test" },
		{ "b.test", "a.mx.B.Test", false, "a.mx.B.Test" },
		{ "b.test", "B.test", false, "B.test" },
		{ "b.test", "mx.evil.test", false, "b.test" },
		{ "b.test", "evilb.test", false, "b.test" },
		{ "b.test", ".b.test", false, "b.test" },
		{ "b.test", "b.test.evil.test", false, "b.test" },
		{ "b.test", "test", false, "b.test" },
		{ "b.test", "mx.evil.test", true, "mx.evil.test" },
	};
	(void)state;
	for (size_t i = 0; i < SW_LEN(rows); i++)
		assert_row(i, strcmp(sw_servers_tls_name(rows[i].domain, rows[i].host,
							 rows[i].secure),
				     rows[i].name) == 0);
}

/* ---- connections of the caller */

struct hook {
	uint16_t port;
	int os_errno; /* 0: connect */
	unsigned calls;
	char host[64];
	uint16_t asked_port;
};

static int connect_for(void *arg, const char *host, uint16_t port)
{
	static const uint8_t loopback[4] = { 127, 0, 0, 1 };
	struct hook *h = arg;
	h->calls++;
	h->asked_port = port;
	snprintf(h->host, sizeof(h->host), "%s", host);
	errno = h->os_errno;
	if (h->os_errno)
		return -1;
	struct sw_addr to = sw_addr_v4(loopback, h->port);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (const struct sockaddr *)&to.ss, to.len), 0);
	return fd;
}

static void the_caller_may_connect(void **state)
{
	struct hook h = { 0 };
	(void)state;
	struct client_fixture *f = client_fixture_new(&(struct script_plan){ 0 });
	h.port = script_server_port(f->server);
	/* A name that nobody could look up. */
	assert_ok(sw_client_settings_server(&f->set, "smtp://mx.nowhere.test:2525", &f->err));
	f->c->hooks.connect = connect_for;
	f->c->hooks.connect_arg = &h;
	assert_ok(client_fixture_send(f, 1));
	expect_recipient(f, 0, SW_ACCEPTED, SW_STAGE_FINAL, SW_END_OK, 250);
	assert_string_equal(h.host, "mx.nowhere.test");
	assert_int_equal(h.asked_port, 2525);
	assert_string_equal(f->d.server.address, "127.0.0.1");
	/* The session stays open, and is asked for but once. */
	assert_ok(client_fixture_send(f, 1));
	assert_int_equal(h.calls, 1);
	sw_session_close(f->c);
	h.os_errno = EHOSTUNREACH;
	assert_ok(client_fixture_send(f, 1));
	expect_recipient(f, 0, SW_NOT_SENT, SW_STAGE_TCP, SW_END_CONNECT, 0);
	const struct sw_fact *fact = sw_facts_last(f->d.facts, SW_FACT_TCP_ATTEMPT);
	assert_int_equal(sw_fact_int(fact, "errno", 0), EHOSTUNREACH);
	client_fixture_free(f);
}

static int give_a_pipe(void *arg, const char *host, uint16_t port)
{
	int *fds = arg;
	(void)host;
	(void)port;
	assert_int_equal(pipe(fds), 0);
	return fds[0];
}

static void what_is_no_connection_is_the_callers_mistake(void **state)
{
	int fds[2] = { -1, -1 };
	(void)state;
	struct client_fixture *f = client_fixture_new(&(struct script_plan){ 0 });
	f->c->hooks.connect = give_a_pipe;
	f->c->hooks.connect_arg = fds;
	assert_int_equal(client_fixture_send(f, 1), SW_E_USAGE);
	assert_contains(f->err.text, "socket");
	/* It was ours, and is closed. */
	assert_int_equal(close(fds[0]), -1);
	close(fds[1]);
	client_fixture_free(f);
}

/* ---- settings */

static void lists_of_servers_are_read_or_refused_whole(void **state)
{
	static const struct {
		const char *list;
		size_t count; /* SIZE_MAX: refused */
	} rows[] = {
		{ "b.test", 1 },
		{ "b.test,smtps://c.test, [::1]:26 ,lmtp://d.test,unix:/run/x", 5 },
		{ "", 0 },
		{ " , ", 0 },
		{ NULL, 0 },
		{ "b.test,joe@c.test", SIZE_MAX },
		{ "smtp://joe@c.test", SIZE_MAX },
		{ "smtp://c.test?tls=none", SIZE_MAX },
		{ "smtp://c.test/me.test", SIZE_MAX },
		{ "srv://c.test", SIZE_MAX },
		{ "b.test:99999", SIZE_MAX },
		{ "a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p", SIZE_MAX },
	};
	(void)state;
	for (size_t i = 0; i < SW_LEN(rows); i++) {
		SW_CLEANUP(sw_client_settings_fini) struct sw_client_settings s;
		struct sw_error err;
		sw_client_settings_init(&s);
		assert_ok(sw_client_settings_fallback(&s, "x.test,y.test", &err));
		enum sw_err e = sw_client_settings_fallback(&s, rows[i].list, &err);
		assert_row(i, (e != SW_OK) == (rows[i].count == SIZE_MAX));
		assert_row(i, s.fallback_count == (e ? 2 : rows[i].count));
	}
}

static void contradictions_are_found_before_anything_is_sent(void **state)
{
	static const struct {
		const char *server, *fallback, *user;
		enum sw_tls_mode tls;
		const char *words; /* NULL: fine */
	} rows[] = {
		{ "a.test", "b.test", NULL, SW_TLS_AUTO, NULL },
		{ NULL, "b.test", NULL, SW_TLS_AUTO, "server" },
		{ "a.test", "smtps://b.test", NULL, SW_TLS_STARTTLS, "contradicts" },
		{ "srv://a.test", NULL, "joe", SW_TLS_AUTO, NULL },
		{ "srv://a.test", NULL, "joe", SW_TLS_OFF, "SRV" },
		{ "srv://a.test", NULL, "joe", SW_TLS_OPPORTUNISTIC, "SRV" },
		{ "srv://a.test", NULL, NULL, SW_TLS_OFF, NULL },
		{ "unix:/run/lmtp", NULL, NULL, SW_TLS_AUTO, NULL },
	};
	(void)state;
	for (size_t i = 0; i < SW_LEN(rows); i++) {
		SW_CLEANUP(sw_client_settings_fini) struct sw_client_settings s;
		struct sw_error err = { 0 };
		sw_client_settings_init(&s);
		assert_ok(sw_client_settings_server(&s, rows[i].server, &err));
		assert_ok(sw_client_settings_fallback(&s, rows[i].fallback, &err));
		s.user = rows[i].user ? sw_strdup(rows[i].user) : NULL;
		s.tls = rows[i].tls;
		enum sw_err e = sw_client_settings_check(&s, &err);
		assert_row(i, (e != SW_OK) == (rows[i].words != NULL));
		assert_row(i, !e || strstr(err.text, rows[i].words));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_next_server_is_asked_only_where_nothing_was_answered),
		cmocka_unit_test(a_wrong_password_is_tried_at_one_server),
		cmocka_unit_test(a_server_that_is_away_is_asked_last_for_a_while),
		cmocka_unit_test(all_of_no_use_is_told_with_the_last),
		cmocka_unit_test(srv_records_name_the_servers),
		cmocka_unit_test(tls_from_the_start_goes_before_starttls),
		cmocka_unit_test(the_dns_alone_vouches_for_no_foreign_name),
		cmocka_unit_test(the_caller_may_connect),
		cmocka_unit_test(what_is_no_connection_is_the_callers_mistake),
		cmocka_unit_test(lists_of_servers_are_read_or_refused_whole),
		cmocka_unit_test(contradictions_are_found_before_anything_is_sent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
