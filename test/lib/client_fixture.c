/* SPDX-License-Identifier: MIT */
#include "client_fixture.h"

struct client_fixture *client_fixture_new(const struct script_plan *plan)
{
	struct client_fixture *f = calloc(1, sizeof(*f));
	const struct sw_ready_options options = { 0 };
	assert_non_null(f);
	f->server = script_server_start(plan);
	sw_client_settings_init(&f->set);
	assert_ok(sw_client_settings_server(&f->set, "127.0.0.1", &f->err));
	f->set.port = script_server_port(f->server);
	f->set.tls = SW_TLS_OFF;
	f->set.ehlo = sw_strdup("me.test");
	f->set.timeout_us = 5 * 1000 * 1000;
	assert_ok(sw_ready_memory(SW_S(MESSAGE), &options, &f->source, &f->err));
	f->c = sw_context_new(sw_world_real(), &f->set, &f->err);
	assert_non_null(f->c);
	return f;
}

static void forget(struct client_fixture *f)
{
	if (f->delivered)
		sw_delivery_fini(&f->d);
	f->delivered = false;
}

void client_fixture_free(struct client_fixture *f)
{
	forget(f);
	sw_context_free(f->c);
	sw_source_free(f->source);
	sw_client_settings_fini(&f->set);
	script_server_stop(f->server);
	free(f);
}

enum sw_err client_fixture_run(struct client_fixture *f, const struct sw_job *job)
{
	forget(f);
	assert_ok(sw_delivery_init(&f->d, job));
	f->delivered = true;
	assert_ok(sw_context_begin_call(f->c, &f->err));
	enum sw_err e = sw_attempt_run(f->c, job, &f->d, &f->err);
	f->d.facts = sw_context_end_call(f->c);
	return e;
}

const char *const three[3] = { "one@b.test", "two@b.test", "three@b.test" };

enum sw_err client_fixture_send(struct client_fixture *f, size_t count)
{
	struct sw_job job = { .kind = SW_JOB_SEND,
			      .sender = "a@b.test",
			      .recipients = three,
			      .recipient_count = count,
			      .source = f->source };
	return client_fixture_run(f, &job);
}

void expect_recipient(const struct client_fixture *f, size_t i, enum sw_outcome outcome,
		      enum sw_stage stage, enum sw_ending ending, int code)
{
	const struct sw_delivery_recipient *r = &f->d.recipients[i];
	if (r->outcome != outcome || r->stage != stage || r->ending != ending ||
	    r->reply.code != code)
		print_error("# recipient %zu: %s at %s, \"%s\", %d\n", i,
			    sw_outcome_name(r->outcome), sw_stage_name(r->stage),
			    sw_ending_name(r->ending), r->reply.code);
	assert_int_equal(r->outcome, outcome);
	assert_int_equal(r->stage, stage);
	assert_int_equal(r->ending, ending);
	assert_int_equal(r->reply.code, code);
}

bool client_fixture_log_has(struct client_fixture *f, const char *line)
{
	char *log = script_server_log(f->server);
	bool found = strstr(log, line) != NULL;
	if (!found)
		print_error("# no \"%s\" in:\n%s", line, log);
	free(log);
	return found;
}
