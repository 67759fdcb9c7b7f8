/* SPDX-License-Identifier: MIT */
#include "verdict/stages.h"

#include "base/text.h"

enum { SLOW_US = 5 * 1000 * 1000, MANY_US = 900 * 1000 * 1000 };

enum sw_err sw_verdict_duration(int64_t us, struct sw_buf *out)
{
	double ms = (double)us / 1000;
	if (us < 1000)
		return sw_buf_printf(out, "%.1f ms", ms);
	if (us < 1000 * 1000)
		return sw_buf_printf(out, "%.0f ms", ms);
	/* Three digits, and no more of them than whole seconds. */
	return sw_buf_printf(out, us < MANY_US ? "%.3g s" : "%.0f s", ms / 1000);
}

/* Nobody was asked for TLS, or for a login: "ok" would say too much. */
static bool is_unused(const struct sw_facts *f, struct sw_slice name)
{
	if (sw_slice_eq(name, SW_S("tls")))
		return !sw_facts_last(f, SW_FACT_TLS_HANDSHAKE);
	return sw_slice_eq(name, SW_S("auth")) && !sw_facts_last(f, SW_FACT_AUTH_RESULT);
}

static const char *word_for(const struct sw_facts *f, const struct sw_fact *time,
			    int64_t elapsed)
{
	struct sw_slice status = sw_fact_text(time, "status");
	if (sw_slice_eq(status, SW_S("not_reached")))
		return "not reached";
	if (sw_slice_eq(status, SW_S("failed")))
		return "FAILED";
	if (sw_slice_eq(status, SW_S("slow")) || elapsed > SLOW_US)
		return "slow";
	if (sw_slice_eq(status, SW_S("ok")))
		return is_unused(f, sw_fact_text(time, "name")) ? "not used" : "ok";
	return "?";
}

static bool is_reused(const struct sw_facts *f)
{
	return sw_fact_int(sw_facts_last(f, SW_FACT_SESSION_END), "reused", 0) != 0;
}

/* A session that was open before the call passed these stages in another one. */
static bool is_past(const struct sw_facts *f, const struct sw_fact *time)
{
	return is_reused(f) && time->stage < SW_STAGE_ENVELOPE &&
	       sw_fact_int(time, "elapsed_us", 0) == 0;
}

static enum sw_err one_stage(const struct sw_facts *f, const struct sw_fact *time, bool first,
			     struct sw_buf *out)
{
	int64_t elapsed = sw_fact_int(time, "elapsed_us", 0);
	const char *word = word_for(f, time, elapsed);
	bool timed = elapsed > 0 && strcmp(word, "not reached") != 0 &&
		     strcmp(word, "not used") != 0;
	enum sw_err e = first ? SW_OK : sw_buf_add_str(out, " | ");
	if (!e)
		e = sw_text_escape(out, sw_fact_text(time, "name"), SW_TEXT_LINE);
	if (!e)
		e = sw_buf_printf(out, " %s%s", word, timed ? " " : "");
	return !e && timed ? sw_verdict_duration(elapsed, out) : e;
}

enum sw_err sw_verdict_stage_line(const struct sw_facts *f, struct sw_buf *out)
{
	enum sw_err e = SW_OK;
	bool first = true;
	for (size_t i = 0; !e && i < sw_facts_count(f); i++) {
		const struct sw_fact *fact = sw_facts_get(f, i);
		if (fact->type != SW_FACT_STAGE_TIME || is_past(f, fact))
			continue;
		if (first && is_reused(f))
			e = sw_buf_add_str(out, "session reused | ");
		if (!e)
			e = one_stage(f, fact, first, out);
		first = false;
	}
	return e;
}
