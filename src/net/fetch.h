/* SPDX-License-Identifier: MIT */
/* One document over HTTPS: GET or POST, by libcurl on our loop. What the other side does is a
 * value (`failure`, `status`), never an error of ours.
 *
 * libcurl is loaded when the first document is asked for, not when the program starts: it
 * brings some thirty libraries, and most runs need no HTTP at all. Where it is missing a fetch
 * ends with SW_FETCH_NO_LIBRARY. */
#ifndef SW_NET_FETCH_H
#define SW_NET_FETCH_H

#include "base/buf.h"
#include "net/addr.h"
#include "net/loop.h"
#include "net/tls.h"

struct sw_fetch;

struct sw_fetch_request {
	const char *url; /* https; no user or password in it */
	bool post;
	struct sw_slice body;        /* of a POST; copied, and wiped afterwards */
	const char *content_type;    /* of the body, NULL: none is named */
	const char *accept;          /* NULL: anything */
	const char *authorization;   /* value of that field, NULL: none; copied and wiped */
	const struct sw_addr *addrs; /* connect to these instead of looking the host up */
	size_t addr_count;
	struct sw_tls_context *trust; /* its trusted certificates; NULL: the system's */
	bool http_on_loopback; /* http:// is fine for 127.0.0.0/8, [::1] and localhost */
	bool no_proxy;         /* else those of the environment (https_proxy, no_proxy) */
	unsigned redirects; /* followed, GET only and only to https; 0: a 3xx is the answer */
	size_t max_bytes;   /* of the answer's body; 0: SW_MAX_FETCH */
	uint64_t deadline_us; /* absolute; of all together */
};

enum sw_fetch_failure {
	SW_FETCH_OK = 0, /* there is an answer; whether it is a good one says `status` */
	SW_FETCH_NO_LIBRARY,
	SW_FETCH_RESOLVE, /* no address of the host (or of the proxy) */
	SW_FETCH_CONNECT,
	SW_FETCH_PROXY, /* the proxy would not */
	SW_FETCH_TLS,   /* the handshake failed for another reason than its certificate */
	SW_FETCH_CERT,  /* `tls` says what is wrong with it */
	SW_FETCH_CUT,   /* the answer broke off, or is no HTTP */
	SW_FETCH_TOO_LARGE,
	SW_FETCH_REDIRECTS, /* too many, or to where none may go */
	SW_FETCH_TIME,
	SW_FETCH_MEMORY, /* says nothing of the other side */
};
/* "ok", "no_library", "resolve", ... */
const char *sw_fetch_failure_name(enum sw_fetch_failure failure);

struct sw_fetch_answer {
	enum sw_fetch_failure failure;
	char text[256];          /* what went wrong: one line, printable; "" nothing */
	int status;              /* of HTTP, 0: there was none */
	char content_type[128];  /* printable; "" none */
	char location[512];      /* of a redirect that was not followed; printable */
	struct sw_buf body;      /* wiped with the answer */
	char peer[SW_ADDR_TEXT]; /* address that was talked to; "" none */
	struct sw_tls_info tls; /* chain and verdict; the name's too (62, hostname mismatch) */
	uint64_t elapsed_us;
};
void sw_fetch_answer_fini(struct sw_fetch_answer *a);

/* Called once from the loop, never from within sw_fetch_start. The answer is the caller's to
 * move from; what is left in it is ended after the call. The fetch is gone then. */
typedef void (*sw_fetch_fn)(void *arg, struct sw_fetch_answer *answer);

/* NULL with SW_E_CONFIG for a URL that may not be asked (scheme, user part, control bytes), or
 * without memory. */
struct sw_fetch *sw_fetch_start(struct sw_loop *loop, const struct sw_fetch_request *r,
				sw_fetch_fn fn, void *arg, struct sw_error *err) SW_MUST_USE;
/* Ends it without an answer. NULL is fine. Not from within its own call. */
void sw_fetch_cancel(struct sw_fetch *f);

/* The same on a loop of its own, waiting. `beat` (NULL: none) is asked ten times a second;
 * when it says no, the answer is SW_FETCH_TIME. End the answer with sw_fetch_answer_fini in
 * any case. */
enum sw_err sw_fetch_wait(const struct sw_fetch_request *r, bool (*beat)(void *arg), void *arg,
			  struct sw_fetch_answer *ret, struct sw_error *err) SW_MUST_USE;

#endif
