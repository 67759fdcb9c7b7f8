/* SPDX-License-Identifier: MIT */
/* Diagnoses that look, through the library's face. */
#include <time.h>

#include "script_server.h"
#include "sw_test.h"

#include <sendwell/sendwell.h>

#include "api/diagnose.h"
#include "api/mailer.h"

struct rig {
	struct script_server *server;
	struct sw_mailer *m;
	struct sw_explainer *e;
	struct sw_diagnosis *d;
	unsigned probes, waits;
};

static void on_probe(void *arg, const char *id, const char *title, const char *contacts)
{
	struct rig *r = arg;

	assert_true(*id && *title && contacts);
	r->probes++;
}

static void on_wait(void *arg, const char *what, double since_ms, double limit_ms)
{
	struct rig *r = arg;

	assert_true(*what && since_ms >= 0 && limit_ms >= 0);
	r->waits++;
}

static void rig_init(struct rig *r, const struct script_plan *plan, const char *depth)
{
	char server[64];

	*r = (struct rig){ .server = script_server_start(plan),
			   .m = sw_mailer_new(),
			   .e = sw_explainer_new() };
	assert_true(r->m && r->e);
	snprintf(server, sizeof(server), "127.0.0.1:%u",
		 (unsigned)script_server_port(r->server));
	assert_int_equal(sw_mailer_set(r->m, "server", server), SW_OK);
	assert_int_equal(sw_mailer_set(r->m, "tls", "none"), SW_OK);
	assert_int_equal(sw_mailer_set(r->m, "ehlo", "me.test"), SW_OK);
	assert_int_equal(sw_mailer_set(r->m, "depth", depth), SW_OK);
	sw_diagnose_on_probe(r->m, on_probe, r);
	sw_diagnose_on_wait(r->m, on_wait, r);
}

static void rig_fini(struct rig *r)
{
	sw_diagnosis_free(r->d);
	sw_mailer_free(r->m);
	sw_explainer_free(r->e);
	script_server_stop(r->server);
}

static const char *stage(const struct rig *r, const char *name)
{
	for (size_t i = 0; i < sw_diagnosis_stage_count(r->d); i++)
		if (strcmp(sw_diagnosis_stage(r->d, i).name, name) == 0)
			return sw_diagnosis_stage(r->d, i).status;
	return "";
}

static bool log_has(struct rig *r, const char *text)
{
	char *log = script_server_log(r->server);
	bool found = strstr(log, text) != NULL;

	free(log);
	return found;
}

/* A connection that nothing was said on stands before the server has noticed it. */
static bool was_visited(const struct rig *r, bool expected)
{
	for (int i = 0; expected && i < 200 && script_server_sessions(r->server) == 0; i++)
		(void)nanosleep(&(struct timespec){ .tv_nsec = 10 * 1000 * 1000 }, NULL);
	return script_server_sessions(r->server) > 0;
}

static void goes_as_far_as_the_depth_allows(void **state)
{
	static const struct {
		const char *depth, *tcp, *ehlo, *envelope;
		unsigned sessions, messages;
		int status;
	} rows[] = {
		{ "0", "", "", "", 0, 0, 2 },
		{ "1", "not_allowed", "not_allowed", "not_allowed", 0, 0, 0 },
		{ "2", "ok", "not_allowed", "not_allowed", 1, 0, 0 },
		{ "3", "ok", "ok", "ok", 1, 0, 0 },
		{ "4", "ok", "ok", "ok", 1, 0, 0 },
		{ "5", "ok", "ok", "ok", 1, 1, 0 },
	};
	(void)state;
	for (size_t i = 0; i < SW_LEN(rows); i++) {
		struct rig r;

		rig_init(&r, &(struct script_plan){ 0 }, rows[i].depth);
		assert_int_equal(sw_diagnose_recipient(r.m, r.e, "a@b.test", "c@b.test", &r.d),
				 SW_OK);
		assert_int_equal(sw_diagnosis_exit_status(r.d), rows[i].status);
		assert_string_equal(stage(&r, "tcp"), rows[i].tcp);
		assert_string_equal(stage(&r, "ehlo"), rows[i].ehlo);
		assert_string_equal(stage(&r, "envelope"), rows[i].envelope);
		/* A probe may ask for a made-up recipient beside. */
		assert_int_equal(was_visited(&r, rows[i].sessions > 0), rows[i].sessions);
		assert_int_equal(script_server_messages(r.server), rows[i].messages);
		assert_int_equal(log_has(&r, "EHLO"), i >= 3);
		rig_fini(&r);
	}
}

static void begins_from_the_call_that_failed(void **state)
{
	static const struct script_rule rules[] = {
		{ SW_VERB_EHLO, 0, 0, SCRIPT_REPLY, 421, "4.3.2 too busy", 0 },
		{ 0 },
	};
	struct sw_result *result = NULL;
	struct rig r;

	(void)state;
	rig_init(&r, &(struct script_plan){ .rules = rules }, "3");
	assert_int_equal(sw_mailer_verify_connection(r.m, &result), SW_OK);
	assert_int_not_equal(sw_result_exit_status(result), 0);
	size_t before = sw_facts_count(r.m->failed);

	assert_int_equal(sw_diagnose(r.m, r.e, &r.d), SW_OK);
	assert_string_equal(sw_diagnosis_outcome(r.d), "problem");
	/* The session was not made again, and what came is not the result's. */
	assert_int_equal(script_server_sessions(r.server), 1);
	assert_true(sw_facts_count(r.d->facts) >= before);
	assert_int_equal(sw_facts_count(r.m->failed), before);
	sw_result_free(result);
	/* A setting of sessions was changed: that failure is of another one. */
	assert_int_equal(sw_mailer_set(r.m, "ehlo", "other.test"), SW_OK);
	sw_diagnosis_free(r.d);
	r.d = NULL;
	assert_int_equal(sw_diagnose(r.m, r.e, &r.d), SW_OK);
	assert_true(log_has(&r, "EHLO other.test"));
	rig_fini(&r);
}

static void a_case_gives_the_same_when_nothing_may_be_looked_at(void **state)
{
	struct sw_diagnosis *offline = NULL, *live = NULL;
	struct rig r;

	(void)state;
	rig_init(&r,
		 &(struct script_plan){
			 .rules = (const struct script_rule[]){ { SW_VERB_EHLO, 0, 0,
								  SCRIPT_CLOSE, 0, NULL, 0 },
								{ 0 } } },
		 "3");
	assert_int_equal(sw_diagnose(r.m, r.e, &r.d), SW_OK);
	const char *json = sw_diagnosis_case_json(r.d);

	assert_non_null(json);
	assert_int_equal(sw_mailer_set(r.m, "depth", "0"), SW_OK);
	unsigned sessions = script_server_sessions(r.server);

	assert_int_equal(sw_diagnose_case(r.e, json, strlen(json), &offline), SW_OK);
	assert_int_equal(sw_diagnose_from(r.m, r.e, json, strlen(json), &live), SW_OK);
	assert_int_equal(script_server_sessions(r.server), sessions);
	assert_int_equal(sw_diagnosis_count(live), sw_diagnosis_count(offline));
	assert_string_equal(sw_diagnosis_finding(live, 0).code,
			    sw_diagnosis_finding(offline, 0).code);
	assert_string_equal(sw_diagnosis_finding(live, 0).code,
			    sw_diagnosis_finding(r.d, 0).code);
	sw_diagnosis_free(live);
	live = NULL;
	assert_int_equal(sw_diagnose_from(r.m, r.e, "{", 1, &live), SW_E_DATA);
	assert_null(live);
	sw_diagnosis_free(offline);
	rig_fini(&r);
}

/* The wait of the session is used: probes run beside it, and the caller hears of both. */
static void looks_beside_a_session_that_waits(void **state)
{
	static const struct script_rule rules[] = {
		{ SW_VERB_EHLO, 0, 0, SCRIPT_STALL, 0, NULL, 0 },
		{ 0 },
	};
	struct rig r;

	(void)state;
	rig_init(&r, &(struct script_plan){ .rules = rules }, "3");
	assert_int_equal(sw_mailer_set(r.m, "timeout", "1"), SW_OK);
	assert_int_equal(sw_diagnose(r.m, r.e, &r.d), SW_OK);
	assert_string_equal(stage(&r, "ehlo"), "failed");
	assert_true(r.waits >= 2);
	rig_fini(&r);
}

static void a_message_of_the_callers_goes_out_at_depth_5(void **state)
{
	(void)state;
	for (int depth = 4; depth <= 5; depth++) {
		struct sw_message *msg = sw_message_new();
		struct rig r;

		rig_init(&r, &(struct script_plan){ 0 }, depth == 5 ? "5" : "4");
		assert_int_equal(sw_message_from(msg, "a@b.test"), SW_OK);
		assert_int_equal(sw_message_to(msg, "c@b.test"), SW_OK);
		assert_int_equal(sw_message_text(msg, "given\n", 6), SW_OK);
		assert_int_equal(sw_diagnose_message(r.m, r.e, msg, &r.d), SW_OK);
		assert_int_equal(script_server_messages(r.server), depth == 5);
		if (depth == 5) {
			size_t len;
			char *text = script_server_message(r.server, &len);

			assert_non_null(strstr(text, "given"));
			free(text);
		}
		rig_fini(&r);
		sw_message_free(msg);
	}
}

static void says_what_is_missing(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, &(struct script_plan){ 0 }, "5");
	assert_int_equal(sw_diagnose_recipient(r.m, r.e, NULL, "c@b.test", &r.d), SW_E_USAGE);
	assert_non_null(strstr(sw_mailer_last_error_text(r.m), "sender"));
	assert_int_not_equal(sw_diagnose_recipient(r.m, r.e, NULL, "no address", &r.d), SW_OK);
	assert_int_equal(sw_mailer_set(r.m, "mx", "yes"), SW_OK);
	assert_int_equal(sw_diagnose(r.m, r.e, &r.d), SW_E_CONFIG);
	assert_int_equal(script_server_sessions(r.server), 0);
	assert_null(r.d);
	rig_fini(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(goes_as_far_as_the_depth_allows),
		cmocka_unit_test(begins_from_the_call_that_failed),
		cmocka_unit_test(a_case_gives_the_same_when_nothing_may_be_looked_at),
		cmocka_unit_test(looks_beside_a_session_that_waits),
		cmocka_unit_test(a_message_of_the_callers_goes_out_at_depth_5),
		cmocka_unit_test(says_what_is_missing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
