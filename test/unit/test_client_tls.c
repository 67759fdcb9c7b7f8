/* SPDX-License-Identifier: MIT */
/* TLS from the first byte and by STARTTLS, certificates, and mail that may go without. */
#include "client_fixture.h"

#include <openssl/ssl.h>
#include <unistd.h>

#include "certs.h"

/* A server's certificate for 127.0.0.1 and the file of the CA that issued it. */
struct pki {
	struct test_cert *ca, *leaf;
	char ca_file[64];
};

static void make_pki(struct pki *p, const char *san)
{
	p->ca = test_cert_new(&(struct test_cert_wish){ .cn = "Test CA", .ca = true }, NULL);
	p->leaf = test_cert_new(&(struct test_cert_wish){ .san = san, .eku = "serverAuth" },
				p->ca);
	snprintf(p->ca_file, sizeof(p->ca_file), "/tmp/sw-test-ca-XXXXXX");
	int fd = mkstemp(p->ca_file);
	assert_true(fd >= 0);
	assert_ok(sw_fd_write(fd, sw_slice_str(p->ca->pem), NULL));
	close(fd);
}

static void drop_pki(struct pki *p)
{
	unlink(p->ca_file);
	test_cert_free(p->leaf);
	test_cert_free(p->ca);
}

static struct client_fixture *set_up_tls(const struct pki *p, struct script_plan plan,
					 enum sw_tls_mode mode)
{
	plan.cert_pem = p->leaf->pem;
	plan.key_pem = p->leaf->key_pem;
	struct client_fixture *f = client_fixture_new(&plan);
	f->set.tls = mode;
	f->set.ca_file = sw_strdup(p->ca_file);
	return f;
}

static void encrypts_in_both_ways_and_logs_in(void **state)
{
	static const struct {
		bool implicit;
		enum sw_tls_mode mode;
	} rows[] = { { true, SW_TLS_IMPLICIT },
		     { false, SW_TLS_STARTTLS },
		     { false, SW_TLS_OPPORTUNISTIC } };
	struct pki pki;
	(void)state;
	make_pki(&pki, "IP:127.0.0.1");
	for (size_t i = 0; i < SW_LEN(rows); i++) {
		struct client_fixture *f = set_up_tls(
			&pki,
			(struct script_plan){
				.implicit_tls = rows[i].implicit,
				.user = "joe",
				.password = "right",
				.keywords = rows[i].implicit ? "AUTH PLAIN\nPIPELINING"
							     : "STARTTLS",
				.tls_keywords = "AUTH PLAIN SCRAM-SHA-256\nPIPELINING" },
			rows[i].mode);
		f->set.user = sw_strdup("joe");
		assert_ok(sw_secret_set(&f->set.secret, SW_S("right")));
		for (int n = 0; n < 2; n++) {
			assert_row(i, client_fixture_send(f, 1) == SW_OK);
			expect_recipient(f, 0, SW_ACCEPTED, SW_STAGE_FINAL, SW_END_OK, 250);
		}
		assert_row(i, script_server_sessions(f->server) == 1);
		assert_row(i, f->d.server.tls_version[0] && f->d.server.tls_verified);
		assert_row(i, client_fixture_log_has(f, "1 AUTH SCRAM-SHA-256"));
		client_fixture_free(f);
	}
	drop_pki(&pki);
}

static void a_bad_certificate_ends_the_session(void **state)
{
	struct pki pki;
	(void)state;
	make_pki(&pki, "DNS:other.test");
	struct client_fixture *f = set_up_tls(
		&pki, (struct script_plan){ .keywords = "STARTTLS" }, SW_TLS_STARTTLS);
	assert_ok(client_fixture_send(f, 1));
	expect_recipient(f, 0, SW_NOT_SENT, SW_STAGE_TLS, SW_END_TLS, 0);
	const struct sw_fact *fact = sw_facts_last(f->d.facts, SW_FACT_TLS_HANDSHAKE);
	assert_non_null(fact);
	assert_int_equal(sw_fact_int(fact, "ok", 1), 0);
	assert_true(sw_fact_int(fact, "verify_code", 0) != 0);
	assert_non_null(sw_facts_last(f->d.facts, SW_FACT_TLS_CERTIFICATE));
	char *log = script_server_log(f->server);
	assert_null(strstr(log, "MAIL"));
	free(log);
	/* With the name that it is for all is well. */
	f->set.tls_name = sw_strdup("other.test");
	sw_context_changed(f->c);
	assert_ok(client_fixture_send(f, 1));
	expect_recipient(f, 0, SW_ACCEPTED, SW_STAGE_FINAL, SW_END_OK, 250);
	client_fixture_free(f);
	drop_pki(&pki);
}

/* Opportunistic: any certificate will do, and where TLS breaks the mail goes without.
 * Required: never. */
static void only_opportunistic_mail_goes_in_clear(void **state)
{
	static const struct {
		enum sw_tls_mode mode;
		const char *keywords;
		struct script_rule rule;
		enum sw_outcome outcome;
		enum sw_ending ending;
	} rows[] = {
		{ SW_TLS_STARTTLS, "PIPELINING", { 0 }, SW_NOT_SENT, SW_END_NO_STARTTLS },
		{ SW_TLS_OPPORTUNISTIC, "PIPELINING", { 0 }, SW_ACCEPTED, SW_END_OK },
		{ SW_TLS_STARTTLS,
		  "STARTTLS",
		  { SW_VERB_STARTTLS, 0, 0, SCRIPT_REPLY, 454, "4.7.0 No", 0 },
		  SW_DEFERRED,
		  SW_END_REFUSED },
		{ SW_TLS_STARTTLS,
		  "STARTTLS",
		  { SW_VERB_STARTTLS, 0, 0, SCRIPT_REPLY, 502, "5.5.1 No", 0 },
		  SW_NOT_SENT,
		  SW_END_REFUSED },
		{ SW_TLS_OPPORTUNISTIC,
		  "STARTTLS",
		  { SW_VERB_STARTTLS, 0, 0, SCRIPT_REPLY, 454, "4.7.0 No", 0 },
		  SW_ACCEPTED,
		  SW_END_OK },
		{ SW_TLS_STARTTLS,
		  "STARTTLS",
		  { SW_VERB_STARTTLS, 0, 0, SCRIPT_RAW, 220, "220 go\r\n250 injected\r\n", 0 },
		  SW_NOT_SENT,
		  SW_END_TLS_INJECTION },
		{ SW_TLS_STARTTLS,
		  "STARTTLS",
		  { SW_VERB_STARTTLS, 0, 0, SCRIPT_RAW, 250, "220 go\r\n", 0 },
		  SW_NOT_SENT,
		  SW_END_TLS },
		{ SW_TLS_OPPORTUNISTIC,
		  "STARTTLS",
		  { SW_VERB_STARTTLS, 1, 0, SCRIPT_RAW, 250, "220 go\r\n", 0 },
		  SW_ACCEPTED,
		  SW_END_OK },
	};
	struct pki pki;
	(void)state;
	make_pki(&pki, "DNS:other.test");
	for (size_t i = 0; i < SW_LEN(rows); i++) {
		const struct script_rule rules[] = { rows[i].rule, { 0 } };
		struct client_fixture *f = set_up_tls(
			&pki,
			(struct script_plan){ .keywords = rows[i].keywords, .rules = rules },
			rows[i].mode);
		f->set.timeout_us = 500 * 1000;
		assert_row(i, client_fixture_send(f, 1) == SW_OK);
		if (f->d.recipients[0].ending != rows[i].ending)
			print_error("# row %zu: %s %s\n", i,
				    sw_outcome_name(f->d.recipients[0].outcome),
				    sw_ending_name(f->d.recipients[0].ending));
		assert_row(i, f->d.recipients[0].outcome == rows[i].outcome);
		assert_row(i, f->d.recipients[0].ending == rows[i].ending);
		char *log = script_server_log(f->server);
		assert_row(i, !strstr(log, "MAIL") == (rows[i].outcome != SW_ACCEPTED));
		free(log);
		client_fixture_free(f);
	}
	drop_pki(&pki);
}

/* TLS where the server speaks first, and silence where it waits for TLS. */
static void the_wrong_port_is_told_by_first_bytes(void **state)
{
	struct pki pki;
	(void)state;
	make_pki(&pki, "IP:127.0.0.1");
	struct client_fixture *f =
		set_up_tls(&pki, (struct script_plan){ 0 }, SW_TLS_IMPLICIT);
	assert_ok(client_fixture_send(f, 1));
	expect_recipient(f, 0, SW_NOT_SENT, SW_STAGE_TLS, SW_END_TLS, 0);
	assert_slice(sw_fact_text(sw_facts_last(f->d.facts, SW_FACT_FIRST_BYTES), "speaks"),
		     "smtp");
	client_fixture_free(f);

	f = set_up_tls(&pki, (struct script_plan){ .implicit_tls = true }, SW_TLS_STARTTLS);
	f->set.timeout_us = 100 * 1000;
	assert_ok(client_fixture_send(f, 1));
	expect_recipient(f, 0, SW_NOT_SENT, SW_STAGE_GREETING, SW_END_TIMEOUT, 0);
	assert_slice(sw_fact_text(sw_facts_last(f->d.facts, SW_FACT_FIRST_BYTES), "hex"), "");
	client_fixture_free(f);
	drop_pki(&pki);
}

/* Opens a connection, looks up to EHLO behind TLS, and closes it. */
static bool connects_resumed(struct client_fixture *f)
{
	assert_ok(client_fixture_run(f, &(struct sw_job){ .kind = SW_JOB_CONNECTION }));
	assert_int_equal(f->d.ending, SW_END_OK);
	const struct sw_fact *fact = sw_facts_last(f->d.facts, SW_FACT_TLS_HANDSHAKE);
	assert_int_equal(sw_fact_int(fact, "resumed", -1), f->d.server.tls_resumed);
	/* The verdict stands, and so does the certificate that it was about. */
	assert_int_equal(sw_fact_int(fact, "verified", -1), 1);
	assert_non_null(sw_facts_last(f->d.facts, SW_FACT_TLS_CERTIFICATE));
	return f->d.server.tls_resumed;
}

static void a_second_connection_resumes_the_tls_session(void **state)
{
	static const int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };
	struct pki pki;
	(void)state;
	make_pki(&pki, "IP:127.0.0.1,DNS:other.test");
	for (size_t i = 0; i < 2 * SW_LEN(versions); i++) {
		bool implicit = i % 2;
		struct client_fixture *f = set_up_tls(
			&pki,
			(struct script_plan){ .keywords = "STARTTLS",
					      .tls_version = versions[i / 2],
					      .implicit_tls = implicit },
			implicit ? SW_TLS_IMPLICIT : SW_TLS_STARTTLS);
		assert_row(i, !connects_resumed(f));
		assert_row(i, connects_resumed(f));
		assert_row(i, connects_resumed(f));
		/* Mail goes over it as well. */
		assert_ok(client_fixture_send(f, 1));
		expect_recipient(f, 0, SW_ACCEPTED, SW_STAGE_FINAL, SW_END_OK, 250);
		assert_row(i, f->d.server.tls_resumed);
		/* Another name, and other settings at all: the certificate is asked for anew. */
		f->set.tls_name = sw_strdup("other.test");
		sw_context_changed(f->c);
		assert_row(i, !connects_resumed(f));
		assert_row(i, connects_resumed(f));
		client_fixture_free(f);
	}
	drop_pki(&pki);
}

/* What was had without looking at the certificate is nothing for those who look. */
static void an_unverified_session_is_not_resumed_by_who_verifies(void **state)
{
	struct pki pki;
	(void)state;
	make_pki(&pki, "DNS:other.test");
	struct client_fixture *f =
		set_up_tls(&pki, (struct script_plan){ .keywords = "STARTTLS" },
			   SW_TLS_OPPORTUNISTIC);
	for (int n = 0; n < 2; n++) {
		assert_ok(client_fixture_send(f, 1));
		expect_recipient(f, 0, SW_ACCEPTED, SW_STAGE_FINAL, SW_END_OK, 250);
		assert_int_equal(f->d.server.tls_resumed, n);
		assert_false(f->d.server.tls_verified);
		sw_session_close(f->c);
	}
	/* Without a word to the context, which keeps its sessions. */
	f->set.tls = SW_TLS_STARTTLS;
	for (int n = 0; n < 2; n++) {
		assert_ok(client_fixture_send(f, 1));
		expect_recipient(f, 0, SW_NOT_SENT, SW_STAGE_TLS, SW_END_TLS, 0);
		assert_false(f->d.server.tls_resumed);
	}
	client_fixture_free(f);
	drop_pki(&pki);
}

/* The pin of the server's own certificate in `ret`. */
static void pin_of(struct client_fixture *f, char *ret, size_t size)
{
	assert_ok(client_fixture_run(f, &(struct sw_job){ .kind = SW_JOB_CONNECTION }));
	const struct sw_fact *fact = sw_facts_last(f->d.facts, SW_FACT_TLS_CERTIFICATE);
	struct sw_slice pin = sw_fact_text(fact, "pin");
	assert_true(pin.len > 50 && pin.len < size);
	snprintf(ret, size, "%.*s", SW_FMT(pin));
}

static void a_pin_is_a_further_demand_or_the_only_one(void **state)
{
	static const char other[] = "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
	static const struct {
		const char *san;
		bool right, only;
		enum sw_ending ending;
	} rows[] = {
		{ "IP:127.0.0.1", true, false, SW_END_OK },
		{ "IP:127.0.0.1", false, false, SW_END_TLS },
		{ "IP:127.0.0.1", false, true, SW_END_TLS },
		{ "DNS:other.test", true, false, SW_END_TLS },
		{ "DNS:other.test", true, true, SW_END_OK },
		{ "DNS:other.test", false, true, SW_END_TLS },
	};
	(void)state;
	for (size_t i = 0; i < SW_LEN(rows); i++) {
		struct pki pki;
		char pin[128], two[256];
		make_pki(&pki, rows[i].san);
		struct client_fixture *f = set_up_tls(
			&pki, (struct script_plan){ .implicit_tls = true }, SW_TLS_IMPLICIT);
		pin_of(f, pin, sizeof(pin));
		snprintf(two, sizeof(two), "%s,%s", other, rows[i].right ? pin : other);
		assert_ok(sw_tls_pins_parse(two, &f->set.pins, &f->err));
		f->set.pin_only = rows[i].only;
		sw_context_changed(f->c);
		assert_ok(client_fixture_send(f, 1));
		assert_row(i, f->d.recipients[0].ending == rows[i].ending);
		const struct sw_fact *fact = sw_facts_last(f->d.facts, SW_FACT_TLS_HANDSHAKE);
		assert_row(i, sw_fact_int(fact, "ok", -1) == (rows[i].ending == SW_END_OK));
		if (!rows[i].right)
			assert_contains(sw_fact_text(fact, "verify_text").ptr, "pinned");
		client_fixture_free(f);
		drop_pki(&pki);
	}
}

static void a_ca_file_that_cannot_be_read_is_our_failure(void **state)
{
	(void)state;
	struct client_fixture *f = client_fixture_new(&(struct script_plan){ 0 });
	f->set.tls = SW_TLS_STARTTLS;
	f->set.ca_file = sw_strdup("/nonexistent/ca.pem");
	assert_int_not_equal(client_fixture_send(f, 1), SW_OK);
	assert_contains(f->err.text, "/nonexistent/ca.pem");
	assert_int_equal(script_server_sessions(f->server), 0);
	client_fixture_free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(encrypts_in_both_ways_and_logs_in),
		cmocka_unit_test(a_bad_certificate_ends_the_session),
		cmocka_unit_test(only_opportunistic_mail_goes_in_clear),
		cmocka_unit_test(the_wrong_port_is_told_by_first_bytes),
		cmocka_unit_test(a_second_connection_resumes_the_tls_session),
		cmocka_unit_test(an_unverified_session_is_not_resumed_by_who_verifies),
		cmocka_unit_test(a_pin_is_a_further_demand_or_the_only_one),
		cmocka_unit_test(a_ca_file_that_cannot_be_read_is_our_failure),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
