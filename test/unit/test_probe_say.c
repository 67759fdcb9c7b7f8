/* SPDX-License-Identifier: MIT */
/* The probes that hold conversations: what they ask, and the facts that come of it. */
#include "client_fixture.h"

#include "certs.h"
#include "probe/exam_private.h"
#include "verdict/judge_condition.h"

struct rig {
	struct client_fixture *f;
	struct test_cert *cert;
	struct sw_exam_wish wish;
	struct sw_exam x;
	struct sw_probe_run run;
	struct sw_want wants[4];
};

static void rig_init(struct rig *r, struct script_plan plan)
{
	struct sw_addr addr;

	*r = (struct rig){ .wish = { .depth = SW_PROBE_MESSAGE } };
	r->cert = test_cert_new(&(struct test_cert_wish){ .san = "DNS:mx.test" }, NULL);
	plan.cert_pem = r->cert->pem;
	plan.key_pem = r->cert->key_pem;
	r->f = client_fixture_new(&plan);
	assert_ok(sw_context_begin_call(r->f->c, &r->f->err));
	r->x = (struct sw_exam){ .c = r->f->c, .wish = &r->wish };
	assert_true(sw_addr_parse(SW_S("127.0.0.1"), script_server_port(r->f->server), &addr));
	r->x.target = (struct sw_exam_target){
		.host = "mx.test",
		.tls_name = "mx.test",
		.ehlo = "me.test",
		.domain = "",
		.port = script_server_port(r->f->server),
		.addrs = { addr },
		.addr_count = 1,
	};
}

static void rig_fini(struct rig *r)
{
	sw_exam_forget_waiters(&r->x);
	sw_arena_fini(&r->x.arena);
	sw_facts_free(sw_context_end_call(r->f->c));
	client_fixture_free(r->f);
	test_cert_free(r->cert);
}

/* What the session saw. */
static void saw(struct rig *r, const char *line)
{
	assert_ok(sw_fact_line(r->f->c->facts, sw_slice_str(line), &r->f->err));
}

static void probe(struct rig *r, const struct sw_probe *p, enum sw_fact_type type,
		  const char *const selections[], size_t count)
{
	uint64_t until = sw_time_add(sw_context_now(r->f->c), 20 * 1000 * 1000);
	enum sw_wait w;

	assert_true(count <= SW_LEN(r->wants));
	for (size_t i = 0; i < count; i++)
		r->wants[i] = (struct sw_want){ type, selections[i], 10 };
	r->run = (struct sw_probe_run){
		.x = &r->x, .probe = p, .wants = r->wants, .want_count = count
	};
	assert_ok(p->start(&r->run, &r->f->err));
	assert_ok(sw_context_wait_flag(r->f->c, &r->run.done, until, &w, &r->f->err));
	assert_true(r->run.done);
	p->stop(&r->run);
	assert_null(r->run.state);
}

static size_t count(const struct rig *r, enum sw_fact_type type)
{
	size_t n = 0;

	for (size_t i = 0; i < sw_facts_count(r->f->c->facts); i++)
		n += sw_facts_get(r->f->c->facts, i)->type == type;
	return n;
}

/* The fact of a type in which the field has that value; fails the test when there is none. */
static const struct sw_fact *find(const struct rig *r, enum sw_fact_type type, const char *key,
				  const char *value)
{
	for (size_t i = 0; i < sw_facts_count(r->f->c->facts); i++) {
		const struct sw_fact *f = sw_facts_get(r->f->c->facts, i);

		if (f->type == type && sw_slice_eq(sw_fact_text(f, key), sw_slice_str(value)))
			return f;
	}
	fail_msg("no %s with %s=%s", sw_fact_name(type), key, value);
	return NULL;
}

static void blind_starttls_tells_a_hidden_offer_from_none(void **state)
{
	static const struct script_rule refuses[] = {
		{ SW_VERB_STARTTLS, 0, 0, SCRIPT_REPLY, 502, "5.5.1 no", 0 }, { 0 }
	};
	static const char *const any[] = { "" };
	(void)state;
	for (int has = 0; has < 2; has++) {
		struct rig r;

		rig_init(&r, (struct script_plan){ .keywords = has ? "SIZE\nSTARTTLS" : "SIZE",
						   .rules = has ? NULL : refuses });
		probe(&r, &sw_probe_starttls, SW_FACT_PROBE_STARTTLS, any, 1);
		const struct sw_fact *f = sw_facts_last(r.f->c->facts, SW_FACT_PROBE_STARTTLS);

		assert_non_null(f);
		assert_int_equal(sw_fact_int(f, "code", 0), has ? 220 : 502);
		assert_int_equal(sw_fact_int(f, "tls_ok", 0), has);
		/* Nothing is sent behind the command before its answer. */
		assert_true(client_fixture_log_has(r.f, "1 STARTTLS"));
		rig_fini(&r);
	}
}

static void names_are_changed_one_at_a_time(void **state)
{
	static const char *const by_name[] = { "what=name" };
	struct rig r;

	(void)state;
	rig_init(&r, (struct script_plan){ 0 });
	saw(&r, "send.wish server=mx.test port=25 sender=a@other.test recipients=1");
	saw(&r, "tcp.attempt address=127.0.0.1 port=25 state=connected "
		"local_address=127.0.0.9");
	probe(&r, &sw_probe_hello, SW_FACT_PROBE_HELLO, by_name, 1);
	assert_int_equal(count(&r, SW_FACT_PROBE_HELLO), 2);
	find(&r, SW_FACT_PROBE_HELLO, "name", "[127.0.0.9]");
	const struct sw_fact *f = find(&r, SW_FACT_PROBE_HELLO, "name", "other.test");

	assert_int_equal(sw_fact_int(f, "code", 0), 250);
	assert_true(sw_slice_search(sw_fact_text(f, "keywords"), SW_S("PIPELINING")) <
		    sw_fact_text(f, "keywords").len);
	rig_fini(&r);
}

static void a_pool_is_counted(void **state)
{
	static const struct script_rule mixed[] = {
		{ SW_VERB_EHLO, 2, 0, SCRIPT_RAW, 250, "250-b.test\r\n250 STARTTLS\r\n", 0 },
		{ SW_VERB_EHLO, 4, 0, SCRIPT_REPLY, 550, "5.7.1 no", 0 },
		{ 0 }
	};
	static const char *const any[] = { "" };
	struct rig r;

	(void)state;
	rig_init(&r, (struct script_plan){ .rules = mixed });
	probe(&r, &sw_probe_pool, SW_FACT_PROBE_POOL, any, 1);
	const struct sw_fact *f = sw_facts_last(r.f->c->facts, SW_FACT_PROBE_POOL);

	assert_non_null(f);
	assert_int_equal(sw_fact_int(f, "tries", 0), 5);
	assert_int_equal(sw_fact_int(f, "answered", 0), 4);
	assert_int_equal(sw_fact_int(f, "starttls", 0), 1);
	assert_int_equal(sw_fact_int(f, "servers", 0), 2);
	rig_fini(&r);
}

static void handshakes_differ_in_what_is_asked(void **state)
{
	static const char *const asked[] = { "version_max=1.2", "sni=false", "hello=short",
					     "version_max=1.2 port=0" };
	struct rig r;

	(void)state;
	rig_init(&r, (struct script_plan){ .keywords = "SIZE\nSTARTTLS" });
	r.x.target.tls = true;
	probe(&r, &sw_probe_tls, SW_FACT_PROBE_TLS, asked, SW_LEN(asked));
	/* The last want is the first one again. */
	assert_int_equal(count(&r, SW_FACT_PROBE_TLS), 3);
	const struct sw_fact *f = find(&r, SW_FACT_PROBE_TLS, "version_max", "1.2");

	assert_true(sw_slice_eq(sw_fact_text(f, "version"), SW_S("TLSv1.2")));
	assert_int_equal(sw_fact_int(f, "ok", 0), 1);
	/* Nobody trusts it here, and that is noted, not refused. */
	assert_true(sw_fact_int(f, "verify_code", 0) != 0);
	find(&r, SW_FACT_PROBE_TLS, "hello", "short");
	f = find(&r, SW_FACT_PROBE_TLS, "names", "mx.test");
	assert_true(sw_fact_text(f, "sha256").len == 64);
	rig_fini(&r);
}

static void without_starttls_no_handshake_is_made_up(void **state)
{
	static const char *const asked[] = { "version_max=1.2" };
	struct rig r;

	(void)state;
	rig_init(&r, (struct script_plan){ 0 });
	r.x.target.tls = true;
	probe(&r, &sw_probe_tls, SW_FACT_PROBE_TLS, asked, 1);
	assert_int_equal(count(&r, SW_FACT_PROBE_TLS), 0);
	assert_int_equal(count(&r, SW_FACT_PROBE_UNTESTED), 1);
	rig_fini(&r);
}

static void a_session_with_an_envelope(struct rig *r)
{
	saw(r, "send.wish server=mx.test port=25 sender=a@b.test recipients=1");
	saw(r, "tcp.attempt address=127.0.0.1 port=25 state=connected "
	       "local_address=127.0.0.9");
	saw(r, "smtp.capabilities tls=false name=mx.sub.b.test keywords=SIZE");
	saw(r, "smtp.reply command=RCPT code=550 enhanced=5.1.1 "
	       "text=\"<one@b.test>: no such user here\" recipient=one@b.test");
	saw(r, "recipient.outcome recipient=one@b.test outcome=rejected code=550");
}

static void envelopes_are_compared_and_taken_back(void **state)
{
	static const struct script_rule by_sender[] = {
		{ SW_VERB_RCPT, 0, 1, SCRIPT_REPLY, 550, "5.1.1 <x@b.test>: no such user here",
		  0 },
		{ SW_VERB_MAIL, 0, 3, SCRIPT_REPLY, 553, "5.1.8 not you", 0 },
		{ 0 }
	};
	static const char *const asked[] = { "what=random_recipient", "what=other_sender",
					     "what=null_sender", "what=ehlo" };
	struct rig r;

	(void)state;
	rig_init(&r, (struct script_plan){ .rules = by_sender });
	a_session_with_an_envelope(&r);
	probe(&r, &sw_probe_rcpt, SW_FACT_PROBE_RCPT, asked, SW_LEN(asked));
	const struct sw_fact *f = find(&r, SW_FACT_PROBE_RCPT, "what", "random_recipient");

	assert_int_equal(sw_fact_int(f, "code", 0), 550);
	assert_int_equal(sw_fact_int(f, "same", 0), 1);
	f = find(&r, SW_FACT_PROBE_RCPT, "what", "other_sender");
	assert_int_equal(sw_fact_int(f, "code", 0), 250);
	assert_true(sw_slice_eq(sw_fact_text(f, "from"), SW_S("postmaster@b.test")));
	f = find(&r, SW_FACT_PROBE_RCPT, "what", "null_sender");
	assert_int_equal(sw_fact_int(f, "code", 0), 553);
	assert_true(sw_slice_eq(sw_fact_text(f, "command"), SW_S("MAIL")));
	assert_int_equal(count(&r, SW_FACT_PROBE_RCPT), 4);
	assert_true(client_fixture_log_has(r.f, "1 RSET") ||
		    client_fixture_log_has(r.f, "2 RSET"));
	assert_int_equal(script_server_messages(r.f->server), 0);
	rig_fini(&r);
}

static void no_envelope_is_tried_where_it_would_mislead_or_annoy(void **state)
{
	static const char *const hindrances[] = {
		"auth.result mechanism=PLAIN ok=true",
		"smtp.reply command=MAIL code=421 enhanced=4.7.0 text=\"too many\"",
	};
	static const char *const asked[] = { "what=random_recipient" };
	(void)state;
	for (size_t i = 0; i <= SW_LEN(hindrances); i++) {
		struct rig r;

		rig_init(&r, (struct script_plan){ 0 });
		/* The last row: nothing is known of an envelope. */
		if (i < SW_LEN(hindrances)) {
			a_session_with_an_envelope(&r);
			saw(&r, hindrances[i]);
		}
		probe(&r, &sw_probe_rcpt, SW_FACT_PROBE_RCPT, asked, 1);
		assert_int_equal(count(&r, SW_FACT_PROBE_RCPT), 0);
		assert_int_equal(count(&r, SW_FACT_PROBE_UNTESTED), 1);
		assert_int_equal(script_server_sessions(r.f->server), 0);
		rig_fini(&r);
	}
}

static void a_server_that_loses_pipelined_commands_takes_single_ones(void **state)
{
	static const struct script_rule stalls[] = {
		{ SW_VERB_RCPT, 0, 0, SCRIPT_CLOSE, 0, NULL, 0 }, { 0 }
	};
	static const char *const any[] = { "" };
	(void)state;
	for (int works = 0; works < 2; works++) {
		struct rig r;

		rig_init(&r, (struct script_plan){ .rules = works ? NULL : stalls });
		a_session_with_an_envelope(&r);
		probe(&r, &sw_probe_single, SW_FACT_PROBE_SINGLE, any, 1);
		const struct sw_fact *f = sw_facts_last(r.f->c->facts, SW_FACT_PROBE_SINGLE);

		assert_non_null(f);
		assert_int_equal(sw_fact_int(f, "ok", 2), works);
		assert_true(sw_slice_eq(sw_fact_text(f, "command"),
					works ? SW_S("") : SW_S("RCPT")));
		rig_fini(&r);
	}
}

/* Of a message only what is asked for is sent, and each part is a whole message. */
static void parts_of_a_message_are_messages(void **state)
{
	static const char *const parts[] = { "what=tiny", "what=header", "what=body",
					     "what=whole" };
	(void)state;
	for (size_t i = 0; i < SW_LEN(parts); i++) {
		struct rig r;
		size_t len;

		rig_init(&r, (struct script_plan){ 0 });
		a_session_with_an_envelope(&r);
		r.wish.message = r.f->source;
		probe(&r, &sw_probe_data, SW_FACT_PROBE_DATA, &parts[i], 1);
		const struct sw_fact *f = sw_facts_last(r.f->c->facts, SW_FACT_PROBE_DATA);

		assert_non_null(f);
		assert_int_equal(sw_fact_int(f, "ok", 0), 1);
		char *got = script_server_message(r.f->server, &len);
		struct sw_slice m = sw_slice(got, len);
		bool own = strcmp(parts[i], "what=tiny") == 0 ||
			   strcmp(parts[i], "what=body") == 0;
		bool body = strcmp(parts[i], "what=body") == 0 ||
			    strcmp(parts[i], "what=whole") == 0;

		assert_int_equal(sw_slice_search(m, SW_S("Subject: x\r\n")) < len, !own);
		assert_int_equal(sw_slice_search(m, SW_S("\r\nhello\r\n")) < len, body);
		assert_true(sw_slice_search(m, SW_S("\r\n\r\n")) < len);
		free(got);
		rig_fini(&r);
	}
}

static void a_message_is_sent_only_when_one_is_given(void **state)
{
	static const char *const parts[] = { "what=tiny" };
	struct rig r;

	(void)state;
	rig_init(&r, (struct script_plan){ 0 });
	a_session_with_an_envelope(&r);
	probe(&r, &sw_probe_data, SW_FACT_PROBE_DATA, parts, 1);
	assert_int_equal(count(&r, SW_FACT_PROBE_DATA), 0);
	assert_int_equal(script_server_sessions(r.f->server), 0);
	rig_fini(&r);
}

static void use_names(struct rig *r, const char *script)
{
	struct sw_loop *loop = r->f->c->loop;
	struct sw_resolver *names = sw_resolver_script(loop, sw_slice_str(script), &r->f->err);

	assert_non_null(names);
	sw_context_use_resolver(r->f->c, names);
}

static void every_mail_host_is_visited(void **state)
{
	static const char *const any[] = { "domain=b.test" };
	struct rig r;

	(void)state;
	rig_init(&r, (struct script_plan){ .keywords = "SIZE\nSTARTTLS" });
	r.x.target.domain = "b.test";
	use_names(&r,
		  "b.test MX 10 dead.b.test\nb.test MX 20 mx.test\nb.test MX 30 gone.b.test\n"
		  "dead.b.test A 127.0.0.7\nmx.test A 127.0.0.1\n");
	probe(&r, &sw_probe_mx, SW_FACT_PROBE_MX, any, 1);
	assert_int_equal(count(&r, SW_FACT_PROBE_MX), 3);
	const struct sw_fact *f = find(&r, SW_FACT_PROBE_MX, "host", "mx.test");

	assert_true(sw_slice_eq(sw_fact_text(f, "state"), SW_S("connected")));
	assert_int_equal(sw_fact_int(f, "tls_ok", 0), 1);
	assert_int_equal(sw_fact_int(f, "preference", 0), 20);
	f = find(&r, SW_FACT_PROBE_MX, "host", "dead.b.test");
	assert_true(sw_slice_eq(sw_fact_text(f, "errno_name"), SW_S("ECONNREFUSED")));
	f = find(&r, SW_FACT_PROBE_MX, "host", "gone.b.test");
	assert_true(sw_slice_eq(sw_fact_text(f, "state"), SW_S("no_address")));
	rig_fini(&r);
}

static void a_refused_password_is_never_sent_again(void **state)
{
	static const char *const any[] = { "" };
	struct rig r;

	(void)state;
	rig_init(&r, (struct script_plan){ .keywords = "AUTH PLAIN" });
	saw(&r, "auth.result mechanism=PLAIN ok=false");
	probe(&r, &sw_probe_login, SW_FACT_PROBE_LOGIN, any, 1);
	assert_int_equal(count(&r, SW_FACT_PROBE_LOGIN), 0);
	assert_int_equal(count(&r, SW_FACT_PROBE_UNTESTED), 1);
	assert_int_equal(script_server_sessions(r.f->server), 0);
	rig_fini(&r);
}

/* A run can be stopped at any moment of it. */
static void stops_in_the_middle(void **state)
{
	static const struct script_rule stalls[] = {
		{ SW_VERB_EHLO, 0, 0, SCRIPT_STALL, 0, NULL, 0 }, { 0 }
	};
	const struct sw_want want = { SW_FACT_PROBE_POOL, "", 10 };
	struct rig r;
	enum sw_wait w;

	(void)state;
	rig_init(&r, (struct script_plan){ .rules = stalls });
	r.run = (struct sw_probe_run){
		.x = &r.x, .probe = &sw_probe_pool, .wants = &want, .want_count = 1
	};
	assert_ok(sw_probe_pool.start(&r.run, &r.f->err));
	assert_ok(sw_context_wait_flag(r.f->c, &r.run.done,
				       sw_context_now(r.f->c) + 100 * 1000, &w, &r.f->err));
	assert_false(r.run.done);
	sw_probe_pool.stop(&r.run);
	assert_int_equal(count(&r, SW_FACT_PROBE_POOL), 0);
	rig_fini(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blind_starttls_tells_a_hidden_offer_from_none),
		cmocka_unit_test(names_are_changed_one_at_a_time),
		cmocka_unit_test(a_pool_is_counted),
		cmocka_unit_test(handshakes_differ_in_what_is_asked),
		cmocka_unit_test(without_starttls_no_handshake_is_made_up),
		cmocka_unit_test(envelopes_are_compared_and_taken_back),
		cmocka_unit_test(no_envelope_is_tried_where_it_would_mislead_or_annoy),
		cmocka_unit_test(a_server_that_loses_pipelined_commands_takes_single_ones),
		cmocka_unit_test(parts_of_a_message_are_messages),
		cmocka_unit_test(a_message_is_sent_only_when_one_is_given),
		cmocka_unit_test(every_mail_host_is_visited),
		cmocka_unit_test(a_refused_password_is_never_sent_again),
		cmocka_unit_test(stops_in_the_middle),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
