/* SPDX-License-Identifier: MIT */
/* P25: whether a connection to the server ends at a program on this machine (a packet filter
 * that redirects, security software). Everybody may see the sockets of this machine
 * (/proc/net/tcp): one whose other end is our own socket is where we ended. */
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "probe/net_knock.h"
#include "probe/net_ports.h"
#include "probe/net_proc.h"

enum { WAIT_US = 3300 * 1000 };

struct here {
	struct sw_probe_run *r;
	struct sw_knocks *knocks;
	struct sw_addr addr;
};

static bool find_address(const struct sw_exam *x, struct sw_addr *ret)
{
	if (x->target.addr_count == 0 || x->target.port == 0)
		return false;
	*ret = x->target.addrs[0];
	sw_addr_set_port(ret, x->target.port);
	/* It must be one that answers; to our own addresses every connection ends here. */
	const struct sw_fact *attempt = sw_net_session_attempt(x->c->facts, ret);

	return sw_slice_eq(sw_fact_text(attempt, "state"), SW_S("connected")) &&
	       !sw_net_is_here(ret);
}

static bool contacts(struct sw_exam *x, const struct sw_want *wants SW_UNUSED,
		     size_t count SW_UNUSED, struct sw_buf *out)
{
	struct sw_addr a;
	char text[SW_ADDR_TEXT];

	return find_address(x, &a) && sw_buf_add_str(out, sw_addr_text(&a, text)) == SW_OK;
}

static bool is_same(const struct sw_addr *a, const struct sw_addr *b)
{
	char one[SW_ADDR_TEXT], other[SW_ADDR_TEXT];

	return strcmp(sw_addr_text(a, one), sw_addr_text(b, other)) == 0;
}

static bool find_in(const char *path, const struct sw_addr *ours, struct sw_proc_socket *ret,
		    bool *ret_read)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf text;
	struct sw_slice rest;

	sw_buf_init(&text, SW_MAX_PROC_FILE);
	if (sw_file_read(path, SW_FILE_INPUT, SW_MAX_PROC_FILE, &text, NULL) != SW_OK)
		return false;
	*ret_read = true;
	rest = sw_buf_slice(&text);
	while (sw_proc_next_socket(&rest, ret))
		if (is_same(&ret->remote, ours))
			return true;
	return false;
}

static void look(struct here *h, const struct sw_addr *ours)
{
	struct sw_proc_socket s;
	bool read = false;
	/* A listener for both families shows up among those of IPv6. */
	bool found = find_in("/proc/net/tcp", ours, &s, &read) ||
		     find_in("/proc/net/tcp6", ours, &s, &read);
	char program[64] = "";

	if (!read) {
		sw_probe_untested(h->r, "interception", "%s", "/proc/net/tcp cannot be read");
		return;
	}
	if (found)
		snprintf(program, sizeof(program), "local port %u, user id %u",
			 (unsigned)sw_addr_port(&s.local), s.uid);
	SW_PROBE_STATE(h->r, SW_FACT_LOCAL_INTERCEPTION, SW_F_STR("program", program),
		       SW_F_INT("own_port", found ? sw_addr_port(&s.local) : 0),
		       SW_F_INT("uid", found ? s.uid : 0));
}

static void on_knock(void *arg, struct sw_knocks *all SW_UNUSED, struct sw_knock *one)
{
	struct here *h = arg;

	if (!one)
		sw_probe_done(h->r);
	else if (one->stream && one->attempt.local.len)
		look(h, &one->attempt.local);
	else
		sw_probe_untested(h->r, "interception", "no connection: %s %s",
				  sw_knock_state(one), sw_knock_errno(one));
}

static enum sw_err start(struct sw_probe_run *r, struct sw_error *err)
{
	struct here *h = sw_calloc(1, sizeof(*h));
	struct sw_knock k = { 0 };

	if (!h)
		return sw_fail_nomem(err);
	r->state = h;
	h->r = r;
	h->knocks = sw_knocks_new(r->x->c->loop, 1, sw_net_source(r->x), on_knock, h, err);
	if (!h->knocks)
		return err->code;
	k.wait_us = sw_net_wait(r->x, WAIT_US);
	if (find_address(r->x, &k.addr) && sw_exam_may_knock(r->x, &k.addr))
		(void)sw_knocks_add(h->knocks, &k);
	sw_knocks_go(h->knocks);
	return SW_OK;
}

static void stop(struct sw_probe_run *r)
{
	struct here *h = r->state;

	if (h)
		sw_knocks_free(h->knocks);
	sw_free(h);
	r->state = NULL;
}

const struct sw_probe sw_probe_here = {
	.id = "here",
	.source = "probe.p25",
	.kind = SW_PROBE_TCP,
	.stage = SW_STAGE_LOCAL,
	.states = { SW_FACT_LOCAL_INTERCEPTION, SW_FACT_COUNT, SW_FACT_COUNT, SW_FACT_COUNT },
	.early = SW_STAGE_COUNT,
	.title = { "whether the connection leaves this machine",
		   "покидает ли соединение эту машину" },
	.contacts = contacts,
	.start = start,
	.stop = stop,
};
