/* SPDX-License-Identifier: MIT */
/* The SMTP server machine: pure, strict, for the sandbox (later the submission listener). It parses
 * commands, keeps the order of commands (503), answers syntax errors itself (500, 501, 555), and asks its
 * owner for everything else: each command that is in order becomes one event, which the owner answers
 * with sw_smtp_server_reply; only then the next command is looked at, so pipelining needs no care. */
#ifndef SW_SMTP_SERVER_H
#define SW_SMTP_SERVER_H

#include "base/buf.h"
#include "mail/status.h"

enum sw_smtp_verb {
	SW_VERB_NONE = 0,
	SW_VERB_CONNECT,	/* not a command: the greeting is due */
	SW_VERB_EHLO, SW_VERB_HELO, SW_VERB_LHLO,
	SW_VERB_STARTTLS,
	SW_VERB_AUTH,		/* arg: mechanism; token: initial response, has_token */
	SW_VERB_AUTH_TOKEN,	/* not a command: the client's answer to a 334, decoded; cancelled: "*" */
	SW_VERB_MAIL, SW_VERB_RCPT,	/* arg: address without <>; params */
	SW_VERB_DATA,
	SW_VERB_BDAT,		/* a chunk has come whole (RFC 3030); the last one is a MESSAGE */
	SW_VERB_MESSAGE,	/* not a command: the final dot came, or BDAT LAST with its bytes */
	SW_VERB_XCLIENT,	/* params: "NAME=VALUE ..." (Postfix); answer 220 to be told EHLO anew */
	SW_VERB_RSET, SW_VERB_NOOP, SW_VERB_VRFY, SW_VERB_HELP, SW_VERB_QUIT,
	SW_VERB_UNKNOWN,	/* with owner_errors only, else the machine has answered itself: a command
				 * that is unknown, malformed or out of order. arg: the line */
	SW_VERB_COUNT
};
const char *sw_smtp_verb_name(enum sw_smtp_verb v);

struct sw_smtp_server_settings {
	bool lmtp;
	bool owner_errors;	/* the owner answers unknown, malformed and out-of-order commands too:
				 * they come as UNKNOWN */
	bool allow_bare;	/* accept bare CR/LF in data (otherwise 521 and CLOSED) */
	bool lenient_order;	/* no 503 checks */
	size_t max_command;	/* 0: SW_MAX_COMMAND */
	unsigned max_errors;	/* 0: 20; then 421 and CLOSED */
};
enum sw_smtp_server_event_type {
	SW_SRV_NONE = 0,
	SW_SRV_COMMAND,		/* answer with reply, challenge (AUTH), or start_data (DATA) */
	SW_SRV_CHUNK,		/* BDAT of `chunk_bytes` that is in order: nothing is owed, DATA follows,
				 * then COMMAND with BDAT or MESSAGE. See chunk_unknown */
	SW_SRV_DATA,		/* `data`: a piece of the message, unstuffed */
	SW_SRV_TLS_START,	/* the 220 is in output; do the handshake after it is sent, then tls_done.
				 * Bytes that came behind STARTTLS were thrown away (injected: true) */
	SW_SRV_CLOSED,		/* send what is in output, then close */
};
struct sw_smtp_server_event {
	enum sw_smtp_server_event_type type;
	enum sw_smtp_verb verb;
	struct sw_slice line;	/* the command as it came, without line end; borrowed */
	struct sw_slice arg;
	struct sw_slice params;	/* "SIZE=10 BODY=8BITMIME" */
	struct sw_slice token;	/* AUTH: decoded; secret */
	bool has_token;
	bool cancelled;
	bool injected;
	struct sw_slice data;
	uint64_t chunk_bytes;	/* CHUNK: how many bytes follow, and whether they are the last */
	bool chunk_last;
};

struct sw_smtp_server;
struct sw_smtp_server *sw_smtp_server_new(const struct sw_smtp_server_settings *s) SW_MUST_USE;
void sw_smtp_server_free(struct sw_smtp_server *s);
/* SW_E_LIMIT when a client floods while the owner owes an answer (see _full), SW_E_NOMEM: close. */
enum sw_err sw_smtp_server_feed(struct sw_smtp_server *s, struct sw_slice in) SW_MUST_USE;
/* So much is waiting while the owner thinks that it should not read more now. */
bool sw_smtp_server_full(const struct sw_smtp_server *s);
bool sw_smtp_server_next_event(struct sw_smtp_server *s, struct sw_smtp_server_event *ret);
struct sw_slice sw_smtp_server_output(const struct sw_smtp_server *s);
void sw_smtp_server_sent(struct sw_smtp_server *s, size_t len);

/* Answers the event that waits. `text` may hold '\n' for several lines; enhanced "" none. The machine
 * moves on by the code: 2xx to MAIL opens a transaction, 354 is only sent by start_data, 220 to STARTTLS
 * leads to TLS_START, 235 to AUTH marks the session authenticated, 421 and 221 close. After a greeting
 * of 4xx or 5xx only QUIT is in order. In LMTP, MESSAGE takes one answer for each recipient, in the
 * order of the RCPTs. Control bytes in the text become blanks. SW_E_USAGE when nothing waits for an
 * answer, or for 334 and 354. */
enum sw_err sw_smtp_server_reply(struct sw_smtp_server *s, int code, const char *enhanced,
				 const char *text) SW_MUST_USE;
/* Raw bytes instead of a reply (faults): sent as they are; the machine moves on as if `as_code` had
 * been the answer. When nothing waits for one (in the middle of data, say) they are just sent, and
 * only 421 and 221 mean something. */
enum sw_err sw_smtp_server_raw(struct sw_smtp_server *s, struct sw_slice bytes,
			       int as_code) SW_MUST_USE;
/* 334 with the token in base64; the answer comes as AUTH_TOKEN. One that is not base64 is answered
 * with 501 here and ends the exchange: then the next command comes instead. */
enum sw_err sw_smtp_server_challenge(struct sw_smtp_server *s, struct sw_slice raw) SW_MUST_USE;
enum sw_err sw_smtp_server_start_data(struct sw_smtp_server *s, const char *text) SW_MUST_USE;
/* Behind CHUNK: the server does not know BDAT. It answers 500, and what was to be the chunk is taken for
 * commands, as by everybody who does not know better. */
void sw_smtp_server_chunk_unknown(struct sw_smtp_server *s);
void sw_smtp_server_tls_done(struct sw_smtp_server *s);
/* In the session: EHLO seen, TLS on, authenticated, recipients of the open transaction. */
bool sw_smtp_server_tls(const struct sw_smtp_server *s);
bool sw_smtp_server_authenticated(const struct sw_smtp_server *s);
size_t sw_smtp_server_recipients(const struct sw_smtp_server *s);

#endif
