/* SPDX-License-Identifier: MIT */
/* One session with one server: resolve, connect, TLS, greeting, EHLO, STARTTLS, AUTH, then
 * transactions until it is closed. It moves bytes between the stream and the SMTP machine,
 * runs the loop while it waits, and states a fact for everything that it sees. What the world
 * does is kept in `ending`; only our own failures are returned. A session belongs to its
 * client, which keeps at most one. */
#ifndef SW_CLIENT_SESSION_H
#define SW_CLIENT_SESSION_H

#include "client/context.h"
#include "client/delivery.h"
#include "net/dial.h"
#include "sasl/sasl.h"

/* What TLS with a mail host found by MX has to be; see guard.h. */
enum sw_guard_kind {
	SW_GUARD_NONE = 0,      /* the server of the settings: they alone count */
	SW_GUARD_OPPORTUNISTIC, /* no policy of the other side */
	SW_GUARD_DANE,          /* verified by TLSA records */
	SW_GUARD_DANE_ENCRYPT,  /* TLSA records that nobody can use: TLS, not verified */
	SW_GUARD_STS,           /* MTA-STS in force: verified by authorities */
	SW_GUARD_STS_TESTING,   /* as opportunistic; what would have failed is told */
};

/* Where a session goes. */
struct sw_session_target {
	const char *host;
	uint16_t port;
	enum sw_smtp_tls tls;
	bool lmtp;
	bool on_unix;	      /* host is the path of a socket */
	const char *tls_name; /* the certificate must be for; NULL: the host */
	bool one_by_one; /* no PIPELINING, whatever is offered */
	bool auth; /* log in before READY */
	enum sw_until until;
	enum sw_guard_kind guard;
	bool pkix;                      /* guarded: authorities must vouch for the certificate */
	bool vouched;                   /* guarded: that the host is the domain's is beyond doubt */
	const struct sw_tls_dane *dane; /* SW_GUARD_DANE; borrowed while the session opens */
	const char *guard_domain;       /* guarded: of the recipients */
};

/* Runs of one kind in one write: a streamed message has two. */
enum { SW_SESSION_PARTS = 32 };

struct sw_session_flow;

struct sw_session {
	struct sw_context *c;
	uint64_t generation;
	char *host;
	char *tls_name; /* NULL: host */
	uint16_t port;
	enum sw_smtp_tls tls;
	bool lmtp, on_unix, auth;
	enum sw_until until;
	enum sw_guard_kind guard;
	bool pkix, vouched;
	const struct sw_tls_dane *dane; /* while it opens */
	const char *guard_domain;
	bool reused; /* was open before the present call */
	uint64_t mails; /* transactions begun */
	struct sw_stream *stream;
	bool tapped; /* the top of the stream is a tap */
	struct sw_smtp_client *smtp;
	bool pipelining; /* may be used where it is offered */
	char ehlo[SW_MAX_DOMAIN + 1];
	struct sw_addr peer, local;
	char *chunk; /* SW_READ_CHUNK bytes for reading */

	/* Name resolution and dialling under way, filled by callbacks. */
	struct sw_addr *addrs;
	size_t addr_count;
	bool answered;
	bool lacked; /* memory, for a connection: that says nothing of the server */
	enum sw_dns_status dns_worst;

	/* The way through a proxy; see session_proxy.c. */
	const struct sw_proxy_place *via; /* NULL: none */
	bool for_proxy;			  /* it is looked up or dialled */
	struct sw_addr *targets;	  /* the server, where we look it up for the proxy */
	size_t target_count;

	/* Login. */
	const struct sw_sasl_mech *mech;
	struct sw_sasl *sasl;
	struct sw_buf tried;      /* mechanisms, blanks between */
	struct sw_buf auth_error; /* last JSON that came as a challenge */
	unsigned rounds;
	struct sw_reply auth_reply; /* to the last mechanism that was refused */

	/* The transaction under way; see session_send.c. */
	struct sw_source *source;
	const struct sw_job *job;
	enum { SW_FEED_NONE, SW_FEED_WAIT, SW_FEED_ON, SW_FEED_DONE } feeding;
	uint64_t raw_before_data; /* bytes given to the socket before the message */
	uint64_t data_start_us;
	uint64_t fed_bytes; /* of the message, into the machine */
	size_t stated_replies; /* to RCPT, stated or left out */
	bool mail_refused;
	size_t envelope_answers; /* to MAIL and RCPT */

	struct sw_session_flow *flow; /* many messages, see flow.h; NULL: one */

	/* Movement of bytes. */
	struct sw_transcript_part parts[SW_SESSION_PARTS]; /* of the write under way */
	uint32_t seen;            /* bits of sw_smtp_event_type, since last cleared */
	bool can_read, can_write; /* not known to block */
	bool impatient;           /* the last write's answer takes longer */
	unsigned want;            /* readiness that the stream was told to wait for */
	bool first_bytes_stated;
	uint64_t sent_clear; /* bytes written below or without TLS */
	uint64_t asked_us;   /* when output last went out: replies are timed from here */

	/* Time. */
	enum sw_stage stage;
	uint64_t stage_since_us;
	uint64_t wait_until_us; /* the present wait */
	uint64_t stage_us[SW_STAGE_COUNT];
	enum sw_stage reached;

	/* How it ended; OK while it lives. Reply and strings are the arena's. */
	enum sw_ending ending;
	enum sw_stage ending_stage;
	struct sw_reply ending_reply;
	enum sw_err local_code; /* ending LOCAL: our failure */
	struct sw_error local_error;
	struct sw_arena arena;
};

/* Makes c->session and opens it up to READY. SW_OK with session->ending other than OK when the
 * world said no. The previous session, if any, is closed. */
enum sw_err sw_session_open(struct sw_context *c, const struct sw_session_target *t,
			    struct sw_error *err) SW_MUST_USE;
/* Whether c->session is open and goes to that target as the settings are now. Also looks
 * whether the server has closed it or said something since (never blocks); such a session is
 * closed. */
enum sw_err sw_session_reuse(struct sw_context *c, const struct sw_session_target *t,
			     bool *ret, struct sw_error *err) SW_MUST_USE;
/* A transaction of session READY. Afterwards the machine knows each recipient; `ending` tells
 * whether the session lives. */
enum sw_err sw_session_transact(struct sw_session *s, const struct sw_job *job,
				const struct sw_smtp_mail *mail,
				struct sw_error *err) SW_MUST_USE;
enum sw_err sw_session_noop(struct sw_session *s, struct sw_error *err) SW_MUST_USE;
/* RFC 5321 4.1.4: the name of the settings, else of this host when it has one with a dot, else
 * the address literal of our end of the connection. */
void sw_session_ehlo_name(const struct sw_client_settings *set, const struct sw_addr *local,
			  char out[SW_MAX_DOMAIN + 1]);
/* QUIT where it is possible, at most one second, then closes and frees c->session. NULL is
 * fine. */
void sw_session_close(struct sw_context *c);

/* ---- for the session's own files ---- */

/* Moves bytes and events until one of the events in `goal` (bits) was seen or the session
 * ended. */
enum sw_err sw_session_pump(struct sw_session *s, uint32_t goal,
			    struct sw_error *err) SW_MUST_USE;
/* The session has ended from our side: the machine tells what that makes of each transaction. */
void sw_session_drain(struct sw_session *s);
#define SW_SEEN(event) (1u << (event))
/* No event: a flow has nothing more to do. */
#define SW_SEEN_FLOW_OVER (1u << 31)
/* QUIT and its answer, until then at most. */
void sw_session_farewell(struct sw_session *s, uint64_t until_us);
/* Ends the session for the present purpose, once: the first reason stands. reply may be NULL.
 */
void sw_session_end(struct sw_session *s, enum sw_ending ending, enum sw_stage stage,
		    const struct sw_reply *reply);
/* Our own failure, found inside a callback or event: the pump returns it. */
void sw_session_end_local(struct sw_session *s, enum sw_err code, const struct sw_error *err);
/* Charges the time since the last change to the stage that was, and enters another. */
void sw_session_enter_stage(struct sw_session *s, enum sw_stage stage);
enum sw_err sw_session_resolve(struct sw_session *s, struct sw_error *err) SW_MUST_USE;
enum sw_err sw_session_dial(struct sw_session *s, struct sw_error *err) SW_MUST_USE;
/* Neither looked up nor dialled; see session_direct.c. */
bool sw_session_is_direct(const struct sw_session *s);
enum sw_err sw_session_dial_direct(struct sw_session *s, struct sw_error *err) SW_MUST_USE;
/* Which proxy the session takes, if any. */
void sw_session_choose_proxy(struct sw_session *s);
/* From a connection to the proxy to one to the server, at address `target` or (NULL) by name.
 * *ret_failure: why not; the session goes on then, unless it has ended for want of time. */
enum sw_err sw_session_tunnel(struct sw_session *s, const struct sw_addr *target,
			      enum sw_proxy_failure *ret_failure,
			      struct sw_error *err) SW_MUST_USE;
/* Ends the session for it. */
void sw_session_proxy_failed(struct sw_session *s, enum sw_proxy_failure failure);
void sw_session_state_proxy_attempts(struct sw_session *s, const struct sw_dial_attempt *a,
				     size_t count);
/* The handshake, from the bare stream to a tapped TLS stream. */
enum sw_err sw_session_handshake(struct sw_session *s, struct sw_error *err) SW_MUST_USE;
enum sw_err sw_session_tap(struct sw_session *s, bool tls, struct sw_error *err) SW_MUST_USE;
void sw_session_auth_wanted(struct sw_session *s);
void sw_session_auth_challenge(struct sw_session *s, struct sw_slice challenge);
/* note: why the machine broke the exchange off, NULL: it did not. */
void sw_session_auth_result(struct sw_session *s, const struct sw_reply *reply,
			    const char *note);
/* More of the message into the machine; true when something moved. */
bool sw_session_feed_data(struct sw_session *s);
/* session_flow.c: the machine's MESSAGE_RESULT and DATA_GO; and the next message, true when one was
 * begun or the flow has ended. */
void sw_session_flow_result(struct sw_session *s);
void sw_session_flow_go(struct sw_session *s);
bool sw_session_flow_begin(struct sw_session *s);
uint64_t sw_session_raw_out(const struct sw_session *s);

void sw_session_state_answer(struct sw_context *c, const struct sw_dns_answer *a);
void sw_session_state_attempts(struct sw_session *s, const struct sw_dial_attempt *a,
			       size_t count);
void sw_session_state_tcp_info(struct sw_session *s, const char *when);
void sw_session_state_first_bytes(struct sw_session *s, struct sw_slice bytes);
void sw_session_state_reply(struct sw_session *s, const struct sw_smtp_event *ev);
void sw_session_state_caps(struct sw_session *s);
void sw_session_state_tls(struct sw_session *s, bool ok, uint64_t elapsed_us);
void sw_session_state_progress(struct sw_session *s);
/* The end of the session; and, for one that was reused, what is known of its connection. */
void sw_session_state_end(struct sw_session *s);

#endif
