/* SPDX-License-Identifier: MIT */
/* A login is tried once, by the session, and a secret that was refused is not sent again:
 * servers count the attempts and lock accounts and addresses. So this probe says what stays
 * untested and why; what can be told apart without a secret (mechanisms, ports, the form of
 * name and secret, the server's words) the other facts tell. */
#include "probe/say.h"

static const char *reason(const struct sw_exam *x)
{
	const struct sw_fact *choice = sw_facts_last(x->c->facts, SW_FACT_AUTH_CHOICE);
	const struct sw_fact *result = sw_facts_last(x->c->facts, SW_FACT_AUTH_RESULT);

	if (result && !sw_fact_int(result, "ok", 0))
		return "the server has refused this password once; it is not sent again, "
		       "since "
		       "more attempts may lock the account. Ask the provider which form of "
		       "the user name and which mechanism are expected";
	if (choice && !sw_fact_int(choice, "secret_set", 0))
		return "no password is set";
	return "the session made no login that another one could be compared with";
}

static bool contacts(struct sw_exam *x, const struct sw_want *wants, size_t count,
		     struct sw_buf *out)
{
	(void)x;
	(void)wants;
	(void)count;
	return sw_buf_add_str(out, "nobody: a refused password is not tried again") == SW_OK;
}

static enum sw_err start(struct sw_probe_run *r, struct sw_error *err)
{
	(void)err;
	sw_probe_untested(r, "login", "%s", reason(r->x));
	sw_probe_done(r);
	return SW_OK;
}

static void stop(struct sw_probe_run *r)
{
	(void)r;
}

const struct sw_probe sw_probe_login = {
	.id = "login",
	.source = "probe.p13",
	.kind = SW_PROBE_LOGIN,
	.stage = SW_STAGE_AUTH,
	.states = { SW_FACT_PROBE_LOGIN, SW_FACT_COUNT, SW_FACT_COUNT, SW_FACT_COUNT },
	.early = SW_STAGE_COUNT,
	.title = { "another login", "другой вход" },
	.contacts = contacts,
	.start = start,
	.stop = stop,
};
