/* SPDX-License-Identifier: MIT */
/* Who the client says it speaks for: the PROXY header before everything else, and XCLIENT. */
#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>

#include "base/mem.h"
#include "sandbox/internal.h"
#include "sandbox/proxy.h"

enum {
	/* Bytes that are looked at stay in the socket, so readiness would be reported without
	 * end: one that has come in part is looked at again after this time. */
	LOOK_AGAIN_US = 5 * 1000,
};

static void be(struct sw_conn *c, const struct sw_addr *client)
{
	(void)sw_addr_text(client, c->peer);
	(void)sw_addr_ip(client, c->ip);
}

static void begin(struct sw_conn *c, const struct sw_proxy_header *header)
{
	char bytes[SW_PROXY_HEADER_MAX];

	/* They are there: they have been looked at. */
	if (recv(sw_stream_fd(c->stream), bytes, header->len, MSG_DONTWAIT) !=
	    (ssize_t)header->len) {
		sw_conn_kill(c, false);
		return;
	}
	(void)snprintf(c->proxy, sizeof(c->proxy), "%s", c->peer);
	if (header->known)
		be(c, &header->source);
	sw_conn_log(c, "PROXY v%d: speaks for %s", header->version,
		    header->known ? c->peer : "itself");
	c->phase = SW_CONN_TALK;
	c->active_us = sw_loop_now(c->server->loop);
	if (c->tls_at_once)
		sw_conn_start_tls(c);
}

bool sw_conn_proxy(struct sw_conn *c)
{
	char bytes[SW_PROXY_HEADER_MAX];
	uint64_t now_us = sw_loop_now(c->server->loop);
	ssize_t n =
		recv(sw_stream_fd(c->stream), bytes, sizeof(bytes), MSG_PEEK | MSG_DONTWAIT);
	struct sw_proxy_header header;

	c->wake_us = SW_NEVER;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (n <= 0 || now_us > sw_time_add(c->active_us, c->server->idle_us)) {
		sw_conn_kill(c, false);
		return true;
	}
	switch (sw_proxy_header_read(sw_slice(bytes, (size_t)n), &header)) {
	case SW_PROXY_MORE:
		c->wake_us = sw_time_add(now_us, LOOK_AGAIN_US);
		return false;
	case SW_PROXY_NONE:
		/* Section 4: whoever lets it pass lets anybody claim any address. */
		sw_conn_log(c, "no PROXY header; closed");
		sw_conn_kill(c, false);
		return true;
	case SW_PROXY_READ:
		break;
	}
	begin(c, &header);
	return true;
}

/* The decoded value of an attribute; false: it is not there, or said to be unknown. */
static bool attribute(const struct sw_conn *c, const char *name, struct sw_buf *out)
{
	struct sw_slice value;

	return sw_param_value(c->event.params, name, &value) &&
	       !sw_slice_starts_nocase(value, SW_S("[")) && sw_xtext_valid(value) &&
	       sw_xtext_decode(value, out) == SW_OK;
}

static bool is_attribute(struct sw_slice name)
{
	static const char *const known[] = { "NAME", "ADDR",  "PORT",     "PROTO",
					     "HELO", "LOGIN", "DESTADDR", "DESTPORT" };

	for (size_t i = 0; i < SW_LEN(known); i++)
		if (sw_slice_eq_nocase(name, sw_slice_str(known[i])))
			return true;
	return false;
}

static const char *problem(const struct sw_conn *c)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf text = { .max = SW_MAX_COMMAND };
	struct sw_slice rest = c->event.params, name, value;
	struct sw_addr addr;

	while (sw_param_next(&rest, &name, &value))
		if (!is_attribute(name) || !sw_xtext_valid(value))
			return "Bad attribute";
	if (!attribute(c, "ADDR", &text))
		return NULL;
	struct sw_slice ip = sw_buf_slice(&text);

	if (sw_slice_starts_nocase(ip, SW_S("IPV6:")))
		ip = sw_slice_from(ip, sizeof("IPV6:") - 1);
	return sw_addr_parse(ip, 0, &addr) ? NULL : "Bad ADDR";
}

static bool take_attributes(struct sw_conn *c)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf ip = { .max = SW_MAX_COMMAND };
	SW_CLEANUP(sw_buf_fini) struct sw_buf port = { .max = SW_MAX_COMMAND };
	SW_CLEANUP(sw_buf_fini) struct sw_buf login = { .max = SW_MAX_COMMAND };
	struct sw_slice address;
	struct sw_addr addr;
	uint64_t number = 0;

	if (attribute(c, "PORT", &port))
		(void)sw_slice_u64(sw_buf_slice(&port), &number);
	if (attribute(c, "ADDR", &ip)) {
		address = sw_buf_slice(&ip);
		if (sw_slice_starts_nocase(address, SW_S("IPV6:")))
			address = sw_slice_from(address, sizeof("IPV6:") - 1);
		if (sw_addr_parse(address, (uint16_t)number, &addr))
			be(c, &addr);
	}
	if (attribute(c, "LOGIN", &login)) {
		c->user = sw_dup(sw_buf_slice(&login));
		c->mechanism = "XCLIENT";
		return c->user != NULL;
	}
	return true;
}

void sw_conn_xclient(struct sw_conn *c)
{
	const char *wrong = problem(c);
	char *attributes;

	if (!c->server->set.xclient) {
		sw_conn_reply(c, 502, "5.5.1", "Error: command not implemented");
		return;
	}
	if (wrong) {
		sw_conn_reply(c, 501, "5.5.4", wrong);
		return;
	}
	attributes = sw_dup(c->event.params);
	sw_conn_forget(c);
	c->xclient = attributes;
	if (attributes && take_attributes(c))
		sw_conn_replyf(c, 220, "", "%s %s sendwell sandbox", c->server->set.name,
			       c->server->set.lmtp ? "LMTP" : "ESMTP");
	else
		sw_conn_kill(c, false);
}
