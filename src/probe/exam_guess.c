/* SPDX-License-Identifier: MIT */
/* What would be wanted if the session's present wait came to nothing: the judge is asked about
 * a copy of the facts with that end. */
#include "base/mem.h"
#include "client/session.h"
#include "probe/exam_private.h"

static struct sw_facts *copy_facts(const struct sw_facts *from)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf json = { .max = SW_MAX_CASE };
	struct sw_facts *facts = NULL;
	char *result = NULL;

	if (sw_case_write(from, "", &json, NULL) ||
	    sw_case_read(sw_buf_slice(&json), &facts, &result, NULL))
		return NULL;
	sw_free(result);
	return facts;
}

static void state_attempts(const struct sw_session *s, uint64_t elapsed_us)
{
	char ip[SW_ADDR_TEXT];

	for (size_t i = 0; i < s->addr_count; i++)
		SW_STATE(s->c->facts, SW_FACT_TCP_ATTEMPT, SW_STAGE_TCP, "session",
			 sw_context_now(s->c),
			 SW_F_STR("address", sw_addr_ip(&s->addrs[i], ip)),
			 SW_F_INT("port", s->port), SW_F_STR("state", "timed_out"),
			 SW_F_INT("errno", 0), SW_F_STR("errno_name", ""),
			 SW_F_INT("elapsed_us", elapsed_us), SW_F_BOOL("origin_known", false),
			 SW_F_INT("syn_retrans", 2));
}

static void state_dns(const struct sw_session *s, uint64_t elapsed_us)
{
	SW_STATE(s->c->facts, SW_FACT_DNS_ANSWER, SW_STAGE_DNS, "session",
		 sw_context_now(s->c), SW_F_STR("name", s->host), SW_F_STR("type", "A"),
		 SW_F_STR("status", "timeout"), SW_F_INT("elapsed_us", elapsed_us),
		 SW_F_INT("count", 0));
}

static void state_end(const struct sw_session *s, uint64_t elapsed_us)
{
	const char *failure = sw_ending_name(SW_END_TIMEOUT), *stage = sw_stage_name(s->stage);
	struct sw_facts *f = s->c->facts;
	uint64_t now = sw_context_now(s->c);

	SW_STATE(f, SW_FACT_SESSION_END, s->stage, "session", now,
		 SW_F_STR("failure", failure), SW_F_STR("stage", stage), SW_F_INT("errno", 0),
		 SW_F_STR("errno_name", ""), SW_F_STR("text", ""),
		 SW_F_INT("elapsed_us", elapsed_us), SW_F_BOOL("reused", s->reused));
	SW_STATE(f, SW_FACT_STAGE_TIME, s->stage, "session", now, SW_F_STR("name", stage),
		 SW_F_STR("status", "failed"), SW_F_INT("elapsed_us", elapsed_us));
	SW_STATE(f, SW_FACT_SEND_RESULT, s->stage, "session", now,
		 SW_F_STR("outcome", "failed"), SW_F_STR("failure", failure),
		 SW_F_STR("stage", stage), SW_F_INT("code", 0), SW_F_STR("enhanced", ""),
		 SW_F_STR("text", ""));
}

/* As if the time of the present stage were over. The session is left as it was. */
static void state_late(struct sw_session *s, struct sw_facts *into)
{
	struct sw_facts *real = s->c->facts;
	bool first_bytes = s->first_bytes_stated;
	uint64_t since = s->stage_since_us, until = s->wait_until_us;
	uint64_t elapsed = until != SW_NEVER && until > since ? until - since
							      : sw_context_now(s->c) - since;

	s->c->facts = into;
	if (s->stage == SW_STAGE_DNS)
		state_dns(s, elapsed);
	else if (s->stage == SW_STAGE_TCP)
		state_attempts(s, elapsed);
	else if (s->stage == SW_STAGE_TLS)
		sw_session_state_tls(s, false, elapsed);
	if (s->stream && !s->first_bytes_stated)
		sw_session_state_first_bytes(s, (struct sw_slice){ 0 });
	if (s->stream)
		sw_session_state_tcp_info(s, "failed");
	state_end(s, elapsed);
	s->c->facts = real;
	s->first_bytes_stated = first_bytes;
}

enum sw_err sw_exam_guess(struct sw_exam *x, struct sw_session *s, struct sw_error *err)
{
	struct sw_facts *facts = copy_facts(x->c->facts);

	if (!facts)
		return sw_fail_nomem(err);
	sw_facts_resume(facts, x->c->redactor, sw_context_now(x->c));
	state_late(s, facts);
	x->verdict = (struct sw_verdict){ 0 };
	enum sw_err e = sw_judge(x->k, facts, &x->arena, &x->verdict, err);

	x->guessing = true;
	if (!e)
		e = sw_exam_start_wanted(x, err);
	x->guessing = false;
	/* The wants that were taken on are copies. */
	x->verdict = (struct sw_verdict){ 0 };
	sw_facts_free(facts);
	return e;
}
