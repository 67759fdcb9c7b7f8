/* SPDX-License-Identifier: MIT */
/* What the files of the server share: the server, one connection, and the calls between the
 * parts of a connection. Only sandbox/ includes it.
 *
 * A connection: conn.c gives the turns and keeps the times; conn_io.c moves bytes; conn_tls.c
 * brings TLS in; conn_fault.c decides which fault acts and does it; conn_reply.c writes
 * replies; conn_command.c answers commands as a healthy server, conn_envelope.c MAIL and RCPT,
 * conn_auth.c AUTH, conn_data.c the message. */
#ifndef SW_SANDBOX_INTERNAL_H
#define SW_SANDBOX_INTERNAL_H

#include <stdatomic.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/nameset.h"
#include "base/world.h"
#include "net/addr.h"
#include "net/stream.h"
#include "net/tls.h"
#include "sandbox/cert.h"
#include "sandbox/greylist.h"
#include "sandbox/param.h"
#include "sandbox/server.h"
#include "sandbox/store.h"
#include "sasl/sasl.h"

struct sw_port {
	struct sw_server *server;
	struct sw_listener *listener; /* NULL: no such port */
	bool tls;
};

struct sw_conn;
struct sw_server {
	struct sw_server_settings set;
	const struct sw_world *world;
	struct sw_loop *loop;
	struct sw_port plain, tls;
	struct sw_tls_context *tls_context;
	struct sw_store *store;
	struct sw_greylist *greylist;
	struct sw_conn *conns; /* a list */
	size_t conn_count;
	bool leaving; /* has taken its messages: stops when the last client has gone */
	unsigned long next_id;
	int wake_fd; /* written to by stop */
	struct sw_watch *wake;
	struct sw_timer *quit;
	atomic_size_t messages;
	uint64_t mechs; /* bits: rows of the SASL table that can serve */
	char *dir;      /* where ca.pem is */
	bool dir_is_temporary;
	char *ca_file;
	char address[SW_ADDR_TEXT];
	uint64_t size_limit; /* settings, or the fault's */
	uint64_t idle_us;
	struct sw_limits limits; /* as stated by LIMITS; 0: none */
};

enum sw_conn_phase {
	SW_CONN_TALK = 0, /* the machine has the word */
	SW_CONN_PROXY,    /* waits for the PROXY header */
	SW_CONN_HELLO,    /* waits for a whole ClientHello, to look at it */
	SW_CONN_HANDSHAKE,
	SW_CONN_HANG,   /* reads and throws away */
	SW_CONN_STALL,  /* reads nothing */
	SW_CONN_LINGER, /* has sent FIN; waits for the client to go */
};
/* What follows when the output is out. */
enum sw_conn_after {
	SW_AFTER_NOTHING = 0,
	SW_AFTER_CLOSE, /* politely: close_notify, FIN */
	SW_AFTER_CUT,   /* FIN alone */
	SW_AFTER_TLS,
	SW_AFTER_HANG,
};
enum sw_conn_auth {
	SW_AUTH_NONE = 0,
	SW_AUTH_STEP,        /* the mechanism waits for the client's token */
	SW_AUTH_LAST,        /* the last token is out, an empty one comes back */
	SW_AUTH_FAULT_TOKEN, /* a fault waits for an OAuth token */
	SW_AUTH_FAULT_ERROR, /* its error is out, an empty token comes back */
	SW_AUTH_FAULT_MORE,  /* a fault asked for more */
};

struct sw_conn {
	struct sw_server *server;
	struct sw_conn *next, *prev;
	unsigned long id;
	char peer[SW_ADDR_TEXT]; /* address and port */
	char ip[SW_ADDR_TEXT];
	char proxy[SW_ADDR_TEXT]; /* who spoke the PROXY header; "" nobody */
	bool tls_at_once;         /* TLS begins when that header is read */
	char *xclient;            /* as it came last; NULL */
	struct sw_stream *stream;
	struct sw_timer *timer;
	struct sw_smtp_server *machine;
	struct sw_buf in; /* read, not yet given to the machine */
	struct sw_buf out;
	enum sw_conn_phase phase;
	enum sw_conn_after after;
	bool dead;  /* to be freed by whoever runs it */
	bool reset; /* with RST */
	bool eof;
	bool tls;
	bool greeted_badly; /* 5xx as greeting: only QUIT is answered well (RFC 5321 3.1) */
	uint64_t active_us; /* when bytes moved last */
	uint64_t wake_us;   /* the reply that is due waits until then; SW_NEVER: no */
	uint64_t linger_us; /* LINGER, STALL: when it ends */
	uint64_t lingered_bytes;
	uint64_t drip_us; /* pause between bytes of output; 0: none */
	uint64_t drip_at_us;
	struct sw_slice endless; /* comes again and again; "" none */

	struct sw_smtp_server_event event;
	bool has_event;
	bool waited; /* its delays are over */
	uint64_t commands, messages;

	/* AUTH */
	enum sw_conn_auth auth;
	const struct sw_sasl_mech *mech;
	struct sw_sasl *sasl;
	char *user; /* after success; NULL */
	const char *mechanism;
	unsigned auth_failures;

	/* The transaction. */
	struct sw_arena arena;
	char *helo; /* NULL: none yet */
	struct sw_slice sender, sender_params;
	struct sw_slice *recipients, *recipient_params; /* sw_free */
	size_t recipient_count, recipient_room;
	struct sw_nameset domains; /* of the recipients, where their number is limited */
	uint64_t rcpt_commands;
	uint64_t grey_us; /* how long the greylist still wants to see nothing */
	struct sw_incoming *incoming;
	uint64_t body_bytes;
	uint64_t chunks; /* BDAT commands of the message */
	bool chunked;    /* there was one in this transaction */
	uint64_t line_bytes, longest_line;
	bool too_big, store_failed;
};

/* server.c */
void sw_server_log(struct sw_server *s, const char *fmt, ...) SW_PRINTF(2, 3);
/* One more message; may stop the server. */
void sw_server_took_message(struct sw_server *s);

/* conn.c */
void sw_conn_accept(struct sw_server *s, int fd, const struct sw_addr *peer, bool tls_port);
void sw_conn_free(struct sw_conn *c);
/* It is freed when the present turn ends. */
void sw_conn_kill(struct sw_conn *c, bool reset);

/* conn_io.c */
void sw_conn_log(struct sw_conn *c, const char *fmt, ...) SW_PRINTF(2, 3);
/* Puts bytes behind the output, ends of lines as the faults want them. Kills the connection
 * when there is no memory. */
void sw_conn_out(struct sw_conn *c, struct sw_slice bytes);
/* Likewise, what the machine wants to say. */
void sw_conn_collect(struct sw_conn *c);
/* Each does one step; true: something changed. */
bool sw_conn_flush(struct sw_conn *c);
bool sw_conn_take_input(struct sw_conn *c);
bool sw_conn_wants_input(const struct sw_conn *c);

/* conn_proxy.c */
/* Does what can be done now; true: something changed. */
bool sw_conn_proxy(struct sw_conn *c);
void sw_conn_xclient(struct sw_conn *c);

/* conn_tls.c */
void sw_conn_start_tls(struct sw_conn *c);
/* Each does what can be done now; true: something changed. */
bool sw_conn_hello(struct sw_conn *c);
bool sw_conn_handshake(struct sw_conn *c);

/* conn_fault.c */
/* The first fault with that action that applies now; NULL: none. */
const struct sw_active_fault *sw_conn_fault(struct sw_conn *c, enum sw_fault_action action);
/* Whether an offer of EHLO is taken away now. */
bool sw_conn_cap_dropped(struct sw_conn *c, const char *keyword);
/* How long the reply to the present event must wait, in us. */
uint64_t sw_conn_delay(struct sw_conn *c);
/* Answers the present event by a fault at one of its hooks, if there is one. */
bool sw_conn_misbehave(struct sw_conn *c);
/* The exchange is over: likewise for AUTH_RESULT. */
bool sw_conn_misbehave_auth(struct sw_conn *c);
/* Bytes of the message have come. */
bool sw_conn_misbehave_body(struct sw_conn *c);
/* What comes behind the reply that is in the output. */
void sw_conn_follow_up(struct sw_conn *c);
struct sw_hello {
	size_t len; /* of the record */
	bool offers_13, has_sni;
};
bool sw_conn_misbehave_hello(struct sw_conn *c, const struct sw_hello *hello);
bool sw_conn_has_hello_fault(const struct sw_conn *c);

/* conn_reply.c */
/* Answers the present event. enhanced "" none. */
void sw_conn_reply(struct sw_conn *c, int code, const char *enhanced, const char *text);
void sw_conn_replyf(struct sw_conn *c, int code, const char *enhanced, const char *fmt, ...)
	SW_PRINTF(4, 5);
/* "CODE [ENHANCED] TEXT" with {placeholders}. */
void sw_conn_say(struct sw_conn *c, struct sw_slice reply);
/* LMTP, after the message: every `nth` recipient is answered with that, the others with 250.
 */
void sw_conn_say_each(struct sw_conn *c, struct sw_slice reply, uint64_t nth);
/* Bytes with {placeholders}; the machine goes on as if as_code had been the answer. */
void sw_conn_say_raw(struct sw_conn *c, struct sw_slice bytes, int as_code);
/* Bytes with {placeholders} into the output, past the machine. */
void sw_conn_out_expanded(struct sw_conn *c, struct sw_slice bytes);
void sw_conn_challenge(struct sw_conn *c, struct sw_slice raw);

/* conn_command.c */
void sw_conn_answer(struct sw_conn *c);
/* TLS begins: what was said in clear is forgotten (RFC 3207 4.2). */
void sw_conn_forget(struct sw_conn *c);
/* What a transaction has gathered is forgotten. */
void sw_conn_reset_mail(struct sw_conn *c);

/* conn_envelope.c */
/* The address of the present event becomes part of the transaction; false without memory. */
bool sw_conn_note_sender(struct sw_conn *c);
bool sw_conn_note_recipient(struct sw_conn *c);
void sw_conn_mail(struct sw_conn *c);
void sw_conn_rcpt(struct sw_conn *c);

/* conn_auth.c */
/* Tries which mechanisms the library can serve. */
enum sw_err sw_server_find_mechanisms(struct sw_server *s, struct sw_error *err) SW_MUST_USE;
/* The mechanisms that are offered now, blanks between; "" none. */
void sw_conn_mechanisms(struct sw_conn *c, struct sw_buf *out);
void sw_conn_auth(struct sw_conn *c);
void sw_conn_auth_token(struct sw_conn *c);
void sw_conn_auth_end(struct sw_conn *c);

/* conn_data.c */
void sw_conn_data(struct sw_conn *c);
/* A BDAT begins, has come whole. */
void sw_conn_chunk(struct sw_conn *c);
void sw_conn_bdat(struct sw_conn *c);
void sw_conn_body(struct sw_conn *c, struct sw_slice piece);
void sw_conn_message(struct sw_conn *c);
/* Stores the message as if all were well, without an answer. */
bool sw_conn_keep_message(struct sw_conn *c);
void sw_conn_drop_message(struct sw_conn *c);

#endif
