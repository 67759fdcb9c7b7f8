/* SPDX-License-Identifier: MIT */
#include "probe/net_ladder.h"

unsigned sw_ladder_answer(const struct sw_ladder *l)
{
	for (unsigned ttl = 1; ttl <= SW_LADDER_HOPS; ttl++)
		if (l->at[ttl] > SW_RUNG_HOP)
			return ttl;
	return 0;
}

unsigned sw_ladder_last_hop(const struct sw_ladder *l)
{
	unsigned last = 0;

	for (unsigned ttl = 1; ttl <= SW_LADDER_HOPS && l->at[ttl] <= SW_RUNG_HOP; ttl++)
		if (l->at[ttl] == SW_RUNG_HOP)
			last = ttl;
	return last;
}

/* The next place on the way that the other port shows; whoever drops packets between the two
 * says nothing of itself. */
static unsigned next_seen(const struct sw_ladder *other, unsigned after)
{
	for (unsigned ttl = after + 1; ttl <= SW_LADDER_HOPS; ttl++)
		if (other->at[ttl] != SW_RUNG_SILENT)
			return ttl;
	return 0;
}

static bool is_near(unsigned hop, unsigned expected)
{
	return 2 * hop <= expected;
}

/* Nothing came back: a packet filter looks after the router has counted the hop, so it is the
 * last router that was seen, or anything before the next one. */
static const char *place_of_silence(const struct sw_ladder *port,
				    const struct sw_ladder *other, unsigned expected)
{
	unsigned last = sw_ladder_last_hop(port), next = next_seen(other, last);

	if (last + 1 >= expected)
		return expected == 2 ? "" : "server";
	if (is_near(next, expected + 1))
		return "near";
	return is_near(last, expected) ? "" : "far";
}

const char *sw_ladder_place(const struct sw_ladder *port, const struct sw_ladder *other,
			    unsigned offender)
{
	unsigned expected = sw_ladder_answer(other), answer = sw_ladder_answer(port);

	/* A server on our own link has nobody before it. */
	if (answer == 1 && expected <= 1)
		return "server";
	if (expected < 2)
		return "";
	if (answer && port->at[answer] == SW_RUNG_FORBIDDEN && offender)
		answer = offender;
	if (answer >= expected)
		return "server";
	/* A router that resets what it would forward has counted the hop before. */
	if (answer > 1 && port->at[answer] == SW_RUNG_RESET &&
	    port->at[answer - 1] == SW_RUNG_HOP)
		answer--;
	if (answer)
		return is_near(answer, expected) ? "near" : "far";
	return place_of_silence(port, other, expected);
}

const char *sw_rung_name(enum sw_rung r)
{
	static const char *const names[] = {
		[SW_RUNG_SILENT] = "",
		[SW_RUNG_HOP] = "hop",
		[SW_RUNG_CONNECTED] = "connected",
		[SW_RUNG_RESET] = "reset",
		[SW_RUNG_FORBIDDEN] = "icmp",
	};

	return names[r];
}
