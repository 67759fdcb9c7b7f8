/* SPDX-License-Identifier: MIT */
/* What the files of the client machine share. Only they include it. */
#ifndef SW_SMTP_CLIENT_INTERNAL_H
#define SW_SMTP_CLIENT_INTERNAL_H

#include "smtp/client.h"
#include "smtp/data.h"
#include "smtp/reply.h"

enum sw_client_state {
#define SW_CLIENT_STATE(name, ...) SW_CS_##name,
#include "smtp/client-state.def"
#undef SW_CLIENT_STATE
	SW_CS_COUNT
};

enum sw_client_quit {
	SW_QUIT_NOT,    /* the server expects something else now: just close */
	SW_QUIT_SAY,    /* nothing is under way */
	SW_QUIT_BEHIND, /* behind what is under way, if the server takes commands in advance */
};

typedef void (*sw_client_enter_fn)(struct sw_smtp_client *c, uint64_t now_us);
typedef void (*sw_client_reply_fn)(struct sw_smtp_client *c, const struct sw_reply *r,
				   uint64_t now_us);
struct sw_client_row {
	const char *name;
	enum sw_stage stage;
	unsigned seconds;
	enum sw_client_quit quit;
	int good_from, good_to;
	sw_client_enter_fn enter;
	sw_client_reply_fn good;
	sw_client_reply_fn refused;
};

/* A command whose answer is due. */
struct sw_flight {
	uint64_t end; /* where it ends, counted in bytes of output of the session: before
		       * that many are sent no answer can be honest */
	const char *command;
	size_t replies; /* how many it gets: more than one for the final dot in LMTP */
	unsigned transaction;
};
enum {
	/* The transaction whose answers come, what rides behind it, and one whose result nobody
	 * has taken yet. */
	SW_SLOTS = SW_MAX_MAILS_AHEAD + 2,
	/* RCPTs; and of each transaction RSET, MAIL, DATA, its end, and chunks; QUIT. */
	SW_FLIGHTS = SW_MAX_RCPT_IN_FLIGHT + SW_SLOTS * (4 + SW_MAX_CHUNKS_IN_FLIGHT) + 1,
	/* Runs of one kind in the output: a chunk has two, and what is between messages one. */
	SW_PARTS = 2 * SW_SLOTS * (SW_MAX_CHUNKS_IN_FLIGHT + 2),
};

/* A ring that grows. Places are kept for the last events of a session, so that its end can be
 * told when memory is out. */
struct sw_client_events {
	struct sw_smtp_event *ring;
	size_t cap, head, count;
};

enum sw_out_kind { SW_OUT_COMMAND, SW_OUT_SECRET, SW_OUT_DATA };
struct sw_out_part {
	uint64_t end; /* counted as sw_flight.end */
	enum sw_out_kind kind;
	struct sw_client_tx *tx; /* of DATA */
};

/* What of a transaction is written. */
enum sw_tx_phase {
	SW_TX_ENVELOPE,
	SW_TX_ASKED,   /* DATA was said */
	SW_TX_FEEDING, /* the owner gives the message */
	SW_TX_ENDED,   /* its end is in the output */
};

struct sw_client_tx {
	unsigned number; /* from 1; 0: the place was never used */
	bool untold;     /* its MESSAGE_RESULT was not taken yet */
	bool probe;
	bool ahead; /* DATA or BDAT do not wait for the answers to RCPT */
	bool bdat;
	bool stopped;    /* no more RCPT */
	bool need_reset;
	bool rset_first; /* RSET goes before its MAIL: the one before may have failed in BDAT */
	bool taken_back; /* by RSET, in the middle of BDAT */
	bool committed;  /* the end of the message is out */
	enum sw_tx_phase phase;
	struct sw_smtp_mail mail;
	struct sw_smtp_rcpt_state *rcpt;
	size_t count;
	size_t asked, answered, accepted, refused;
	size_t final_next; /* LMTP: where to look for the next recipient that gets a reply */
	size_t chunks;     /* without answer */
	enum sw_outcome message;
	struct sw_arena arena;       /* rcpt, and the replies; until its place is used again */
	const struct sw_reply *last; /* kept last: servers repeat themselves */
	struct sw_data_writer writer;
	uint64_t dot_from, dot_end; /* the final dot and its CRLF, in bytes of output; BDAT LAST:
				     * both are where its data end */
	uint64_t stuffed;           /* dots added to what was queued, and to what was sent */
	uint64_t stuffed_sent;
	bool sent_line_start; /* the last byte of data sent ended a line */
	uint64_t data_sent;
	uint64_t chunk_end;  /* in bytes of output: when they are sent, the time begins anew */
	uint64_t chunk_left; /* us that are left for the chunk, while it is the owner's turn */
};

struct sw_smtp_client {
	struct sw_smtp_client_settings set;
	char *ehlo_name;
	enum sw_client_state state;
	uint64_t deadline;
	uint64_t grace; /* until when the end of a line that is no reply is waited for */

	struct sw_reply_parser parser;
	bool reply_early; /* the reply that is coming began before anything was asked */
	struct sw_flight flights[SW_FLIGHTS];
	size_t flight_head, flight_count;

	unsigned writing; /* number of the transaction whose commands are put; 0: none */
	struct sw_buf out;
	struct sw_out_part parts[SW_PARTS];
	size_t part_head, part_count;
	struct sw_buf chunk; /* of BDAT, while it is gathered */
	uint64_t queued, sent; /* bytes, from the beginning */
	struct sw_buf line;    /* a command while it is made; may hold secrets */

	struct sw_caps caps;
	bool caps_known;
	bool tls_on;
	bool authenticated;

	struct sw_buf auth_held; /* initial response that waits for an empty challenge */
	bool auth_is_held;
	unsigned auth_rounds;
	const char *auth_note;

	struct sw_client_tx slots[SW_SLOTS];
	unsigned begun;          /* transactions, ever */
	size_t active;           /* of them without MESSAGE_RESULT: the last `active` that were begun */
	struct sw_client_tx *tx; /* the one whose answers come, or the last one; never NULL */
	struct sw_client_tx *last; /* the one that is being written, or the last one */
	struct sw_client_tx *shown; /* see sw_smtp_client_recipient */
	bool bdat_works, bdat_refused;
	const char *answered; /* the command that the present reply answers */
	bool xclient_done;

	struct sw_client_events events;
	struct sw_arena arena; /* replies outside transactions, while their events wait */

	/* The last reply, when it was 4xx or 5xx: what a server says before it hangs up. */
	struct sw_reply bad;
	struct sw_buf bad_text;
	struct sw_smtp_failure failure;
};

const struct sw_client_row *sw_client_row(enum sw_client_state state);
/* The only function that changes the state. What is over stays over. */
void sw_client_enter(struct sw_smtp_client *c, enum sw_client_state state, uint64_t now_us);
bool sw_client_is_over(const struct sw_smtp_client *c);
/* Time for the next step of this state. */
void sw_client_wait(struct sw_smtp_client *c, uint64_t now_us);

/* client-event.c */
/* A failure here fails the session (NOMEM); the functions below do nothing then. */
void sw_client_push(struct sw_smtp_client *c, struct sw_smtp_event e);
void sw_client_say(struct sw_smtp_client *c, enum sw_smtp_event_type type,
		   const struct sw_reply *r);
bool sw_client_events_init(struct sw_smtp_client *c);
/* A copy that lives as long as its event, or the transaction. NULL: the session has failed. */
const struct sw_reply *sw_client_keep(struct sw_smtp_client *c, const struct sw_reply *r);
/* Remembers the server's last words. */
void sw_client_note_words(struct sw_smtp_client *c, const struct sw_reply *r);
/* Ends the session; a transaction is settled first. reply NULL: none, but for a server that
 * hung up its last words, if they were bad. */
void sw_client_fail(struct sw_smtp_client *c, enum sw_smtp_failure_kind kind,
		    enum sw_stage stage, const struct sw_reply *reply);
void sw_client_close(struct sw_smtp_client *c);

/* client-output.c */
/* Puts c->line as a command that will be answered. */
enum sw_err sw_client_put_line(struct sw_smtp_client *c, const char *command,
			       enum sw_out_kind kind, size_t max, struct sw_error *err);
/* Whether as many commands may be under way as we like. */
bool sw_client_pipelines(const struct sw_smtp_client *c);
/* Likewise a fixed line; without memory the session fails. */
void sw_client_put(struct sw_smtp_client *c, const char *command, struct sw_slice line);
void sw_client_expect(struct sw_smtp_client *c, const char *command, uint64_t end,
		      size_t replies);
/* The first command under way has got (one of) its answer(s). */
const char *sw_client_answered(struct sw_smtp_client *c);
bool sw_client_asked(const struct sw_smtp_client *c);

/* client-mail.c */
enum sw_err sw_client_check_mail(const struct sw_smtp_client *c, const struct sw_smtp_mail *m,
				 struct sw_error *err);
enum sw_err sw_client_put_mail(struct sw_smtp_client *c, const struct sw_smtp_mail *m,
			       struct sw_error *err);
bool sw_client_put_rcpt(struct sw_smtp_client *c, const struct sw_smtp_mail *m, size_t i);
enum sw_err sw_client_add_xtext(struct sw_buf *out, struct sw_slice s) SW_MUST_USE;
/* Whether BDAT is to be used. */
bool sw_client_wants_bdat(const struct sw_smtp_client *c, const struct sw_smtp_mail *m);

/* client-event.c: MESSAGE_RESULT of c->tx; the next transaction's answers come then. */
void sw_client_finish(struct sw_smtp_client *c);
/* client-begin.c */
void sw_client_begin_feeding(struct sw_smtp_client *c, struct sw_client_tx *tx);
/* More of the envelope of the last transaction, and DATA behind it where that may be. */
void sw_client_pump(struct sw_smtp_client *c);
/* client-transaction.c */
/* The end of the message is out: from here on the server may have it all. */
void sw_client_commit(struct sw_client_tx *tx);
/* 421 in the middle of a transaction. */
void sw_client_tx_shutdown(struct sw_smtp_client *c, const struct sw_reply *r);
/* A reply while the message is being sent. */
void sw_client_tx_early(struct sw_smtp_client *c, const struct sw_reply *r);

/* What the table names. */
#define sw_client_NONE NULL
#define ENTER(name)    void sw_client_##name(struct sw_smtp_client *c, uint64_t now_us)
#define ANSWER(name)                                                                          \
	void sw_client_##name(struct sw_smtp_client *c, const struct sw_reply *r,             \
			      uint64_t now_us)
ENTER(await_greeting);
ENTER(say_ehlo);
ENTER(say_helo);
ENTER(say_starttls);
ENTER(announce_tls);
ENTER(announce_auth);
ENTER(say_cancel);
ENTER(announce_ready);
ENTER(say_rset);
ENTER(say_data);
ENTER(announce_data);
ENTER(say_lone_dot);
ENTER(say_xclient);
ENTER(say_noop);
ENTER(say_quit);
ENTER(announce_closed);
ENTER(announce_failed);
ANSWER(greeted);
ANSWER(refused);
ANSWER(ehlo_ok);
ANSWER(ehlo_refused);
ANSWER(starttls_ok);
ANSWER(starttls_refused);
ANSWER(auth_reply);
ANSWER(auth_refused);
ANSWER(mail_ok);
ANSWER(mail_refused);
ANSWER(rcpt_reply);
ANSWER(drained);
ANSWER(reset_ok);
ANSWER(data_ok);
ANSWER(data_refused);
ANSWER(final_reply);
ANSWER(chunk_ok);
ANSWER(chunk_refused);
ANSWER(lone_dot_done);
ANSWER(cleared);
ANSWER(xclient_ok);
ANSWER(xclient_refused);
ANSWER(rset_ok);
ANSWER(noop_done);

#endif
