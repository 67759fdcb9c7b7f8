/* SPDX-License-Identifier: MIT */
/* P09: a web page where nobody is. 192.0.2.0/24 is for documents (RFC 5737): who answers there
 * answers for everybody, as the page of a network does where one has to log in first. */
#include <string.h>

#include "base/mem.h"
#include "probe/net_knock.h"
#include "probe/net_ports.h"

enum { WEB = 80, WAIT_US = 2000 * 1000 };

struct nowhere {
	struct sw_probe_run *r;
	struct sw_knocks *knocks;
};

static struct sw_addr nobody(void)
{
	static const uint8_t ip[4] = { 192, 0, 2, 1 };

	return sw_addr_v4(ip, WEB);
}

static bool contacts(struct sw_exam *x SW_UNUSED, const struct sw_want *wants SW_UNUSED,
		     size_t count SW_UNUSED, struct sw_buf *out)
{
	struct sw_addr a = nobody();
	char text[SW_ADDR_TEXT];

	return sw_buf_add_str(out, sw_addr_text(&a, text)) == SW_OK;
}

static void on_knock(void *arg, struct sw_knocks *all, struct sw_knock *one)
{
	struct nowhere *n = arg;
	struct sw_addr a = nobody();
	char ip[SW_ADDR_TEXT];

	if (one) {
		SW_PROBE_STATE(n->r, SW_FACT_PROBE_NOWHERE, SW_F_INT("port", WEB),
			       SW_F_STR("address", sw_addr_ip(&a, ip)),
			       SW_F_STR("state", sw_knock_state(one)),
			       SW_F_STR("errno_name", sw_knock_errno(one)),
			       SW_F_INT("elapsed_us", one->elapsed_us));
		return;
	}
	if (sw_knocks_count(all) == 0)
		sw_probe_untested(n->r, "nowhere", "%s", "not allowed");
	sw_probe_done(n->r);
}

static enum sw_err start(struct sw_probe_run *r, struct sw_error *err)
{
	struct nowhere *n = sw_calloc(1, sizeof(*n));
	struct sw_knock k = { .addr = nobody(), .wait_us = sw_net_wait(r->x, WAIT_US) };

	if (!n)
		return sw_fail_nomem(err);
	r->state = n;
	n->r = r;
	n->knocks = sw_knocks_new(r->x->c->loop, 1, sw_net_source(r->x), on_knock, n, err);
	if (!n->knocks)
		return err->code;
	if (sw_exam_may_knock(r->x, &k.addr))
		(void)sw_knocks_add(n->knocks, &k);
	sw_knocks_go(n->knocks);
	return SW_OK;
}

static void stop(struct sw_probe_run *r)
{
	struct nowhere *n = r->state;

	if (n)
		sw_knocks_free(n->knocks);
	sw_free(n);
	r->state = NULL;
}

const struct sw_probe sw_probe_nowhere = {
	.id = "nowhere",
	.source = "probe.p09",
	.kind = SW_PROBE_TCP,
	.stage = SW_STAGE_TCP,
	.states = { SW_FACT_PROBE_NOWHERE, SW_FACT_COUNT, SW_FACT_COUNT, SW_FACT_COUNT },
	.early = SW_STAGE_COUNT,
	.title = { "a web page at an address that nobody has",
		   "веб-страница по ничейному адресу" },
	.contacts = contacts,
	.start = start,
	.stop = stop,
};
