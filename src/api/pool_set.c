/* SPDX-License-Identifier: MIT */
/* What a pool is told before it begins. */
#include "api/pool.h"

void sw_pool_on_result(struct sw_pool *p, sw_pool_result_fn fn, void *arg)
{
	p->result = fn;
	p->result_arg = arg;
}

void sw_pool_on_feed(struct sw_pool *p, sw_pool_feed_fn fn, void *arg)
{
	p->feed = fn;
	p->feed_arg = arg;
}

enum sw_err sw_pool_set_rate(struct sw_pool *p, double per_second)
{
	/* Written so that NaN is refused, too. */
	if (!(per_second == 0 || (per_second >= 0.0001 && per_second <= 1e6)))
		return sw_fail(&p->error, SW_E_USAGE,
			       "a rate is 0.0001 to 1000000 messages a second, or 0");
	p->gap_us = per_second > 0 ? (uint64_t)(1e6 / per_second) : 0;
	return SW_OK;
}

void sw_pool_set_session_messages(struct sw_pool *p, uint64_t most)
{
	p->session_messages = most;
}

void sw_pool_set_outage(struct sw_pool *p, unsigned seconds)
{
	p->outage_us = (uint64_t)seconds * 1000000;
}

void sw_pool_set_streaming(struct sw_pool *p, int on)
{
	p->one_by_one = !on;
}

void sw_pool_on_dialogue(struct sw_pool *p, sw_pool_dialogue_fn fn, void *arg)
{
	p->dialogue = fn;
	p->dialogue_arg = arg;
}
