/* SPDX-License-Identifier: MIT */
/* The inside of resolvers: what a backend provides, and how questions live. */
#ifndef SW_NET_RESOLVER_INTERNAL_H
#define SW_NET_RESOLVER_INTERNAL_H

#include "net/resolver.h"

struct sw_ns_look;
struct sw_ldns_lib;

struct sw_query {
	struct sw_resolver *resolver;
	struct sw_query *prev, *next;
	struct sw_dns_answer *answer;	/* filled by the backend */
	struct sw_timer *timer;		/* all callbacks come from it, so never from inside a backend */
	uint64_t started_us, deadline_us;
	bool answered;			/* the timer is set to deliver */
	bool nudged;
	sw_query_fn fn;
	void *arg;
	/* of the libunbound backend */
	int ub_id;
	bool ub_running;
	struct sw_ns_look *look;
	bool server_alive;		/* a look has seen it */
};

struct sw_resolver_ops {
	/* Starts; later calls sw_query_answered. Failures of the world are answers. */
	enum sw_err (*ask)(struct sw_query *q, struct sw_error *err);
	/* Forgets the question, answered or not: no call for it comes any more. */
	void (*cancel)(struct sw_query *q);
	/* No answer after patience_us (0: never called). */
	void (*nudge)(struct sw_query *q);
	uint64_t patience_us;
	/* Says in the answer who is silent; the status is TIMEOUT. */
	void (*timed_out)(struct sw_query *q);
	enum sw_err (*set_anchor)(struct sw_resolver *r, const char *path, struct sw_error *err);
	void (*free)(struct sw_resolver *r);
};

/* Base of each backend's struct. */
struct sw_resolver {
	const struct sw_resolver_ops *ops;
	struct sw_loop *loop;
	struct sw_query *queries;
	struct sw_host_lookup *lookups;
	char *hosts_file;	/* NULL: none */
};

/* The answer stands in q->answer: it is delivered at the next turn of the loop. */
void sw_query_answered(struct sw_query *q);
/* Likewise, not before at_us. */
void sw_query_answered_at(struct sw_query *q, uint64_t at_us);
/* Allowed once, inside the callback: the answer is the caller's. */
struct sw_dns_answer *sw_query_take_answer(struct sw_query *q);
/* Ends all lookups of a resolver, without callbacks. */
void sw_host_lookups_end(struct sw_resolver *r);
/* The system resolver with another file than /etc/resolv.conf, for tests. */
struct sw_resolver *sw_resolver_system_from(struct sw_loop *loop, const char *resolv_conf,
					    struct sw_error *err) SW_MUST_USE;

/* Reads a whole DNS message that answers a->name and a->type: status, rcode, the CNAME chain, the
 * records. Whatever the bytes are; SW_E_NOMEM only. */
enum sw_err sw_dns_packet_read(const struct sw_ldns_lib *l, const uint8_t *packet, size_t len,
			       struct sw_dns_answer *a) SW_MUST_USE;
enum sw_dns_status sw_dns_status_of_rcode(int rcode);

/* A second look at name servers that libunbound could get no answer from: the same question, once to
 * each over a connected socket, on which the kernel tells of refusals. */
struct sw_ns_state {
	struct sw_addr addr;
	bool answered;		/* with rcode, truncated */
	int rcode;
	bool truncated;
	bool nonsense;		/* sent bytes that are no answer */
	int os_errno;		/* why it cannot be reached; 0 with !answered: silent */
};
struct sw_ns_verdict {
	size_t count;
	struct sw_ns_state servers[SW_MAX_NAMESERVERS];
};
typedef void (*sw_ns_look_fn)(void *arg, const struct sw_ns_verdict *verdict);
/* Never calls back before it returns; calls once, when all have shown themselves or at until_us. */
struct sw_ns_look *sw_ns_look_start(struct sw_loop *loop, const struct sw_addr *servers,
				    size_t count, const char *name, enum sw_dns_type type,
				    uint64_t until_us, sw_ns_look_fn fn, void *arg) SW_MUST_USE;
void sw_ns_look_free(struct sw_ns_look *l);

#endif
