/* SPDX-License-Identifier: MIT */
/* The SMTP client machine: pure. Bytes from the server and the time go in (feed, tick), bytes for the
 * server (output) and events come out. The owner moves bytes, does TLS handshakes, runs SASL and reads
 * the message; the machine decides what may be said when, and what is known of each recipient.
 *
 * Life: new -> [implicit TLS: tls_done] -> greeting -> EHLO (HELO) -> [STARTTLS: event TLS_START,
 * tls_done, EHLO anew] -> [AUTH: event AUTH_WANTED, auth, challenges, AUTH_RESULT] -> READY ->
 * begin (MAIL, RCPT..., DATA or BDAT) -> DATA_GO, data..., data_end [begin the next] ->
 * MESSAGE_RESULT -> READY ... -> quit -> CLOSED. States, their names and timeouts stand in client-state.def.
 *
 * Truth about delivery: until the last byte of the final dot (BDAT LAST) has been taken by the owner
 * (sw_smtp_client_sent) every recipient is NOT_SENT, or what its RCPT reply says; from then on and
 * until the reply the accepted ones are UNCERTAIN. */
#ifndef SW_SMTP_CLIENT_H
#define SW_SMTP_CLIENT_H

#include "mail/address.h"
#include "mail/status.h"
#include "smtp/caps.h"

enum sw_smtp_tls {
	SW_SMTP_TLS_NONE = 0,		/* never, though offered */
	SW_SMTP_TLS_OPPORTUNISTIC,	/* STARTTLS when offered; refused: go on in clear */
	SW_SMTP_TLS_REQUIRED,		/* STARTTLS or nothing */
	SW_SMTP_TLS_IMPLICIT,		/* TLS before the greeting; the owner did it */
};

struct sw_smtp_client_settings {
	const char *ehlo_name;		/* valid by sw_ehlo_name_valid, or new fails */
	enum sw_smtp_tls tls;
	bool auth;			/* stop for AUTH_WANTED before READY */
	bool pipelining;		/* use it when offered */
	bool lmtp;			/* LHLO; one final reply per accepted recipient */
	const char *const *xclient;	/* attributes "NAME=value" (value plain, written as xtext) for
					 * Postfix's XCLIENT, NULL behind the last; NULL: none. Said
					 * behind EHLO (and TLS), then EHLO anew. Not offered: the
					 * session fails NO_XCLIENT */
	uint64_t timeout_us;		/* each stage; 0: RFC 5321 4.5.3.2 values of the table */
};

enum sw_smtp_event_type {
	SW_SMTP_NONE = 0,
	SW_SMTP_REPLY,		/* any reply, first of all: `command` says to what ("AUTH", "RCPT", "." the
				 * end of the message, be it a dot or BDAT LAST, "BDAT" another chunk,
				 * "", ...) */
	SW_SMTP_GREETING,	/* a good greeting came */
	SW_SMTP_CAPS,		/* EHLO/HELO answered: sw_smtp_client_caps */
	SW_SMTP_TLS_START,	/* do the handshake now, then call tls_done */
	SW_SMTP_AUTH_WANTED,	/* choose a mechanism and call _auth, or _auth_skip, or _quit */
	SW_SMTP_AUTH_CHALLENGE,	/* `data`: decoded challenge; call _auth_respond or _auth_cancel */
	SW_SMTP_AUTH_RESULT,	/* reply: 235, or why not; then AUTH_WANTED follows again unless 235 or
				 * the server closes */
	SW_SMTP_READY,		/* may begin a transaction, noop, rset, quit */
	SW_SMTP_MAIL_RESULT,
	SW_SMTP_RCPT_RESULT,	/* recipient: index */
	SW_SMTP_DATA_GO,	/* 354, or BDAT needs none: now data and data_end. With BDAT in one flight
				 * it comes before any answer */
	SW_SMTP_MESSAGE_RESULT,	/* the transaction is over, each recipient's outcome is settled. Comes
				 * for every begin, also when it broke down before DATA (then after RSET
				 * was sent when needed) */
	SW_SMTP_RSET_DONE,
	SW_SMTP_NOOP_DONE,
	SW_SMTP_CLOSED,		/* QUIT answered, or the connection ended after it: close the stream */
	SW_SMTP_FAILED,		/* the session is over: sw_smtp_client_failure */
};
struct sw_smtp_event {
	enum sw_smtp_event_type type;
	enum sw_stage stage;
	const char *command;		/* REPLY: verb it answers; "" greeting or unasked */
	const struct sw_reply *reply;	/* NULL: none; borrowed until the next call */
	size_t recipient;
	unsigned transaction;		/* which begin it is about, from 1; 0: none */
	struct sw_slice data;
	const char *note;		/* AUTH_RESULT: why we broke the exchange off; NULL: we did not */
};

enum sw_smtp_failure_kind {
	SW_SMTP_OK = 0,
	SW_SMTP_F_TIMEOUT,		/* the stage's deadline passed */
	SW_SMTP_F_CLOSED,		/* the server closed without a reply that we waited for */
	SW_SMTP_F_IO,			/* the owner said the stream broke */
	SW_SMTP_F_REFUSED,		/* greeting, EHLO, STARTTLS refused, or the message before all of it
					 * was sent: `reply` */
	SW_SMTP_F_SHUTDOWN,		/* 421 at any place: `reply` */
	SW_SMTP_F_NO_STARTTLS,		/* required and not offered */
	SW_SMTP_F_TLS_INJECTION,	/* bytes behind the 220 to STARTTLS */
	SW_SMTP_F_TLS,			/* the owner said the handshake failed */
	SW_SMTP_F_NO_AUTH,		/* AUTH wanted and not offered */
	SW_SMTP_F_GARBAGE,		/* not a reply: `garbage` */
	SW_SMTP_F_ENDLESS,		/* a reply without end */
	SW_SMTP_F_UNEXPECTED,		/* a code that makes no sense here (235 as greeting, 250 to STARTTLS) */
	SW_SMTP_F_UNSOLICITED,		/* a reply that nothing was asked for */
	SW_SMTP_F_NO_XCLIENT,		/* XCLIENT wanted and not offered, or refused: `reply` */
	SW_SMTP_F_NOMEM,
	SW_SMTP_F_COUNT
};
struct sw_smtp_failure {
	enum sw_smtp_failure_kind kind;
	enum sw_stage stage;
	struct sw_reply reply;		/* the server's last words that matter; code 0: none. Owned by
					 * the client */
	struct sw_slice garbage;	/* raw start of what was no reply */
};
const char *sw_smtp_failure_name(enum sw_smtp_failure_kind kind);

/* What the sender wants to hear of a recipient (RFC 3461 4.1). */
enum sw_smtp_notify {
	SW_NOTIFY_UNSAID = 0,		/* whatever the servers like: failures, mostly */
	SW_NOTIFY_NEVER = 1,		/* alone */
	SW_NOTIFY_SUCCESS = 2,
	SW_NOTIFY_FAILURE = 4,
	SW_NOTIFY_DELAY = 8,
};
enum sw_smtp_return { SW_RETURN_UNSAID = 0, SW_RETURN_FULL, SW_RETURN_HEADERS };
enum sw_smtp_chunking {
	SW_CHUNKING_AUTO = 0,		/* BDAT for what is binary, and for streams (`more`) of small
					 * messages: elsewhere DATA is as good and better trodden */
	SW_CHUNKING_YES,		/* whenever it is offered */
	SW_CHUNKING_NO,			/* binary messages are unfit then */
};
/* Delivery status notifications (RFC 3461). */
struct sw_smtp_dsn {
	enum sw_smtp_return ret;
	const char *envid;		/* plain text, at most SW_MAX_ENVID; NULL none */
	unsigned notify;		/* sw_smtp_notify bits, for all recipients */
	const unsigned *notify_each;	/* for each, 0: as `notify`; NULL */
	const char *const *orcpt;	/* the original address of each, NULL: the recipient itself; only
					 * said when anything else of DSN is; NULL */
};
/* A transaction. All borrowed until MESSAGE_RESULT. */
struct sw_smtp_mail {
	const char *sender;		/* address, "" for the null sender */
	const char *const *recipients;
	size_t recipient_count;
	uint64_t size_bytes;		/* SIZE= when offered; 0: not said */
	bool body_8bit;			/* BODY=8BITMIME when offered; otherwise the machine refuses:
					 * NEEDS_8BITMIME */
	bool body_binary;		/* BODY=BINARYMIME and BDAT, bytes go as they are; otherwise
					 * NEEDS_BINARYMIME */
	bool smtputf8;			/* needs SMTPUTF8; not offered: NEEDS_SMTPUTF8 */
	bool all_or_none;		/* one refused recipient stops the message: the others then stay
					 * NOT_SENT. DATA and BDAT then wait for every answer to RCPT */
	enum sw_smtp_chunking chunking;
	bool more;			/* other messages follow at once */
	struct sw_smtp_dsn dsn;		/* wishes: left out when DSN is not offered, see _unasked */
	bool require_tls;		/* RFC 8689: only on TLS and when offered (NEEDS_REQUIRETLS). That
					 * the certificate was verified is the owner's to see to */
	uint32_t hold_for_s;		/* RFC 4865; not offered, or longer than the server holds:
					 * NEEDS_FUTURERELEASE */
	const char *hold_until;		/* RFC 3339 date-time; not with hold_for_s; NULL none */
	int32_t deliver_by_s;		/* RFC 2852; 0: not said. A wish when deliver_by_notify, else
					 * the message is to come back then: NEEDS_DELIVERBY */
	bool deliver_by_notify;
	bool has_priority;		/* RFC 6710: a wish */
	int priority;			/* -9 to 9 */
};
/* Local reasons for which a transaction is not begun on this server; nothing was sent. */
enum sw_smtp_unfit {
	SW_SMTP_FIT = 0,
	SW_SMTP_NEEDS_8BITMIME,
	SW_SMTP_NEEDS_SMTPUTF8,
	SW_SMTP_TOO_BIG,		/* beyond the SIZE that the server states */
	SW_SMTP_NEEDS_BINARYMIME,
	SW_SMTP_NEEDS_REQUIRETLS,
	SW_SMTP_NEEDS_FUTURERELEASE,
	SW_SMTP_NEEDS_DELIVERBY,
	SW_SMTP_UNFIT_COUNT
};
struct sw_smtp_rcpt_state {
	enum sw_outcome outcome;
	const struct sw_reply *reply;	/* the one that decided; NULL: none. Lives until the next begin */
	enum sw_stage stage;		/* where it was decided */
	bool rcpt_ok;			/* RCPT was answered 2xx. In a probe that makes it ACCEPTED */
};

struct sw_smtp_client;
struct sw_smtp_client *sw_smtp_client_new(const struct sw_smtp_client_settings *s, uint64_t now_us,
					  struct sw_error *err) SW_MUST_USE;
void sw_smtp_client_free(struct sw_smtp_client *c);

/* Bytes as they came, all of them. Never fails outwardly: trouble is an event. */
void sw_smtp_client_feed(struct sw_smtp_client *c, struct sw_slice in, uint64_t now_us);
/* The stream ended (EOF), or broke. */
void sw_smtp_client_eof(struct sw_smtp_client *c, uint64_t now_us);
void sw_smtp_client_io_failed(struct sw_smtp_client *c, uint64_t now_us);
/* The time has passed: checks the deadline. */
void sw_smtp_client_tick(struct sw_smtp_client *c, uint64_t now_us);
/* When tick must be called at the latest; SW_NEVER: not. */
uint64_t sw_smtp_client_deadline(const struct sw_smtp_client *c);
/* False: none is waiting. Poll until empty after each call above. */
bool sw_smtp_client_next_event(struct sw_smtp_client *c, struct sw_smtp_event *ret);
/* What must be sent, borrowed until the next call: the first run of one kind. `secret` (NULL allowed)
 * says whether it holds an authentication token, `data` whether it is message content. */
struct sw_slice sw_smtp_client_output(const struct sw_smtp_client *c, bool *secret, bool *data);
/* All of it, for who writes it at once; and the runs of one kind that it consists of: their number,
 * and at most `max` of them. */
struct sw_smtp_part {
	size_t len;
	bool secret, data;
};
struct sw_slice sw_smtp_client_queued(const struct sw_smtp_client *c);
size_t sw_smtp_client_parts(const struct sw_smtp_client *c, struct sw_smtp_part *ret, size_t max);
/* So many bytes of it were given to the network. */
void sw_smtp_client_sent(struct sw_smtp_client *c, size_t len, uint64_t now_us);

/* After TLS_START or for IMPLICIT: the handshake worked; everything learned before is forgotten. */
void sw_smtp_client_tls_done(struct sw_smtp_client *c, uint64_t now_us);
void sw_smtp_client_tls_failed(struct sw_smtp_client *c, uint64_t now_us);
/* While the owner is in the handshake the machine keeps the stage's deadline too. */

/* mechanism; initial: raw token or NULL for none ("=" is sent for an empty one). */
enum sw_err sw_smtp_client_auth(struct sw_smtp_client *c, const char *mechanism,
				const struct sw_slice *initial, uint64_t now_us,
				struct sw_error *err) SW_MUST_USE;
enum sw_err sw_smtp_client_auth_respond(struct sw_smtp_client *c, struct sw_slice raw,
					uint64_t now_us, struct sw_error *err) SW_MUST_USE;
void sw_smtp_client_auth_cancel(struct sw_smtp_client *c, uint64_t now_us);
/* Goes on without (verify connection). */
void sw_smtp_client_auth_skip(struct sw_smtp_client *c);
bool sw_smtp_client_authenticated(const struct sw_smtp_client *c);

enum sw_smtp_unfit sw_smtp_client_fits(const struct sw_smtp_client *c,
				       const struct sw_smtp_mail *m);
const char *sw_smtp_unfit_name(enum sw_smtp_unfit unfit);
/* Wishes of the mail that this server does not know, and which are left out then: SW_CAP_DSN,
 * SW_CAP_MT_PRIORITY, SW_CAP_DELIVERBY. */
uint32_t sw_smtp_client_unasked(const struct sw_smtp_client *c, const struct sw_smtp_mail *m);
/* When READY, or for the next mail behind one whose end is queued (may_begin): it then rides behind
 * that end in the same write, and its answers come behind the MESSAGE_RESULT of the one before. Refuses
 * control bytes in addresses, and what would not stay between < and > (SW_E_DATA), before anything
 * is queued. When READY, events that were not taken are dropped. */
bool sw_smtp_client_may_begin(const struct sw_smtp_client *c);
enum sw_err sw_smtp_client_begin(struct sw_smtp_client *c, const struct sw_smtp_mail *m,
				 uint64_t now_us, struct sw_error *err) SW_MUST_USE;
/* As begin, but after the recipients RSET instead of DATA: verify recipients. */
enum sw_err sw_smtp_client_probe(struct sw_smtp_client *c, const struct sw_smtp_mail *m,
				 uint64_t now_us, struct sw_error *err) SW_MUST_USE;
/* Between DATA_GO and data_end, at most SW_MAX_DATA_PIECE at once, while wants_data: so much lies in
 * the output, or so many chunks wait for their answers, that it should be sent first. */
bool sw_smtp_client_wants_data(const struct sw_smtp_client *c);
enum sw_err sw_smtp_client_data(struct sw_smtp_client *c, struct sw_slice in, uint64_t now_us,
				struct sw_error *err) SW_MUST_USE;
enum sw_err sw_smtp_client_data_end(struct sw_smtp_client *c, uint64_t now_us,
				    struct sw_error *err) SW_MUST_USE;
/* The message cannot be finished (its source failed): nothing was committed. The session is over, but
 * for BDAT, which can be taken back with RSET. */
void sw_smtp_client_data_abort(struct sw_smtp_client *c, uint64_t now_us);
enum sw_err sw_smtp_client_noop(struct sw_smtp_client *c, uint64_t now_us,
				struct sw_error *err) SW_MUST_USE;
enum sw_err sw_smtp_client_rset(struct sw_smtp_client *c, uint64_t now_us,
				struct sw_error *err) SW_MUST_USE;
/* Allowed at any time; sends QUIT where the protocol lets us, else just CLOSED. */
void sw_smtp_client_quit(struct sw_smtp_client *c, uint64_t now_us);

enum sw_stage sw_smtp_client_stage(const struct sw_smtp_client *c);
const char *sw_smtp_client_state_name(const struct sw_smtp_client *c);
bool sw_smtp_client_is_ready(const struct sw_smtp_client *c);
/* Of the last EHLO; NULL before. */
const struct sw_caps *sw_smtp_client_caps(const struct sw_smtp_client *c);
const struct sw_smtp_failure *sw_smtp_client_failure(const struct sw_smtp_client *c);
/* Of the transaction that the last event told of (MAIL_RESULT, RCPT_RESULT, MESSAGE_RESULT), or that
 * was begun while READY. */
struct sw_smtp_rcpt_state sw_smtp_client_recipient(const struct sw_smtp_client *c, size_t i);
/* NOT_SENT before the end of the message is out, UNCERTAIN after it without reply, then what the
 * reply says. */
enum sw_outcome sw_smtp_client_message(const struct sw_smtp_client *c);
/* Message bytes (without stuffing) given to the network. */
uint64_t sw_smtp_client_data_bytes(const struct sw_smtp_client *c);
/* The server offers CHUNKING and does not know BDAT (500, 502), or refused it for no reason that
 * concerns this message: with DATA it might go. Not to be believed in this session any more. */
bool sw_smtp_client_bdat_refused(const struct sw_smtp_client *c);
/* Transactions begun that have no MESSAGE_RESULT yet. */
size_t sw_smtp_client_active(const struct sw_smtp_client *c);
/* A reply to RCPT that says "no more recipients in this transaction" (RFC 5321 4.5.3.1.10): another
 * transaction may take this one. */
bool sw_smtp_too_many(const struct sw_reply *r);

#endif
