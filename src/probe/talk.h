/* SPDX-License-Identifier: MIT */
/* A short conversation with one address, told beforehand and kept whole: the instrument of most
 * probes. Connect (with a TTL, a segment size, a source), perhaps TLS (of some version, with or
 * without a server name), greeting, EHLO, perhaps STARTTLS and EHLO again, then commands one by
 * one or all at once, QUIT. It keeps what came of each step and never judges; a step that fails
 * ends it. Commands go through the one writer (smtp/command.h).
 *
 * A talk asks sw_exam_may_connect and waits for its turn. */
#ifndef SW_PROBE_TALK_H
#define SW_PROBE_TALK_H

#include "net/dial.h"
#include "net/first_bytes.h"
#include "net/tls.h"
#include "probe/probe.h"
#include "smtp/caps.h"
#include "smtp/reply.h"

enum sw_talk_tls {
	SW_TALK_PLAIN = 0,
	SW_TALK_IMPLICIT,
	SW_TALK_STARTTLS,       /* when it is offered; else the talk goes on without */
	SW_TALK_BLIND_STARTTLS, /* whether it is offered or not */
};
enum sw_talk_until {
	SW_TALK_CONNECT = 0, /* the connection stands: close */
	SW_TALK_LISTEN,      /* and wait for first bytes, saying nothing */
	SW_TALK_HANDSHAKE,   /* implicit: the handshake; else behind STARTTLS */
	SW_TALK_EHLO,        /* the last EHLO is answered */
	SW_TALK_COMMANDS,    /* all commands are answered */
};
struct sw_talk_plan {
	struct sw_addr addr; /* with port */
	enum sw_talk_until until;
	enum sw_talk_tls tls;
	/* Of the connection. */
	unsigned ttl;     /* of the packets until it stands; 0: usual */
	unsigned mss;     /* TCP_MAXSEG before the connection; 0: usual */
	const char *source; /* address to leave from, NULL any */
	/* Of TLS. */
	int min_version, max_version; /* as in struct sw_tls_settings; 0: usual */
	const char *tls_name;         /* SNI and name to check; NULL none */
	bool short_hello;             /* classic groups only: fits into one segment */
	bool legacy;                  /* security level 0 */
	bool verify;                  /* fail on a bad certificate, instead of noting it */
	/* Of SMTP. */
	const char *ehlo;      /* NULL: the target's */
	bool helo;             /* HELO instead */
	/* until LISTEN: says its EHLO and takes whatever comes. With implicit TLS inside of it:
	 * see `inner`. */
	bool speak_first;
	const char *const *commands; /* without line end: "MAIL FROM:<>", in the arena of the exam */
	size_t command_count;
	bool pipelined;        /* all commands at once, whether offered or not */
	/* Sent, with its dots stuffed, when a command DATA (the last one) is answered 354; its
	 * reply is `data`. Without it a talk that is answered 354 closes at once, which makes the
	 * server forget the transaction. */
	struct sw_slice message;
	/* Times for one step; 0: the engine's. The user's timeout shortens them, but for the
	 * greeting of a talk that only listens. */
	uint64_t connect_us, greeting_us, step_us;
};
enum sw_talk_end {
	SW_TALK_DONE = 0,
	SW_TALK_NOT_ALLOWED, /* budget, 421 */
	SW_TALK_NO_CONNECTION, /* see attempt */
	SW_TALK_TIMED_OUT,   /* waiting for the step `at` */
	SW_TALK_CLOSED,      /* by the other side: EOF */
	SW_TALK_BROKEN,      /* reset and the like: os_errno */
	SW_TALK_TLS_FAILED,  /* see tls */
	SW_TALK_REFUSED,     /* a reply said no where yes is needed: the last one */
	SW_TALK_NO_SMTP,     /* what came is no reply, or came where none may */
	SW_TALK_LOCAL,       /* our own failure (memory, descriptors) */
};
enum { SW_TALK_REPLIES = SW_MAX_TALK_REPLIES };
struct sw_talk_reply {
	int code; /* 0 when none came */
	struct sw_enhanced enhanced; /* taken off the text, as in struct sw_reply */
	const char *text; /* raw lines without codes, LF between; in the arena of the exam */
	uint64_t elapsed_us;
};
struct sw_talk_account {
	enum sw_talk_end end;
	enum sw_stage at; /* where it ended: tcp greeting ehlo tls envelope (commands) final */
	int os_errno;
	struct sw_dial_attempt attempt;
	uint64_t connect_us;
	size_t first_len;
	char first[64]; /* the first bytes from the other side, raw */
	uint64_t first_us; /* when they came, after the connection stood */
	enum sw_speaks speaks; /* what the first bytes speak */
	/* The same inside TLS, of a talk that listens there. */
	size_t inner_len;
	char inner[64];
	enum sw_speaks inner_speaks;
	/* `ehlo` is the first of the talk, be it inside implicit TLS; `ehlo_tls` the one behind
	 * STARTTLS. */
	struct sw_talk_reply greeting, ehlo, starttls, ehlo_tls;
	struct sw_caps caps;     /* of the last EHLO */
	bool starttls_offered, starttls_masked; /* in the first */
	/* Bytes that came between the answer to STARTTLS and TLS: a talk ends there (NO_SMTP). */
	size_t injected;
	struct sw_tls_info tls;  /* valid when a handshake was begun */
	bool tls_begun;
	uint64_t tls_us;         /* of the handshake */
	struct sw_tcp_info tcp;  /* when it ended */
	struct sw_addr local;
	size_t reply_count;      /* of the commands, in their order */
	struct sw_talk_reply replies[SW_TALK_REPLIES];
	struct sw_talk_reply data; /* to the message */
	uint64_t sent_bytes;     /* of commands and message together, given to the network */
};
struct sw_talk;
/* The account is borrowed for the time of the call; the talk is over but must still be freed,
 * also in the callback. Never calls back before it returns. `plan` is copied, its strings are
 * borrowed until the end. */
typedef void (*sw_talk_fn)(void *arg, struct sw_talk *t, const struct sw_talk_account *a);
struct sw_talk *sw_talk_start(struct sw_probe_run *r, const struct sw_talk_plan *plan,
			      sw_talk_fn fn, void *arg, struct sw_error *err) SW_MUST_USE;
/* Also cancels. NULL is fine. */
void sw_talk_free(struct sw_talk *t);

const char *sw_talk_end_name(enum sw_talk_end e);
/* "connected" "failed" "timed_out" as in tcp.attempt; "not_allowed". */
const char *sw_talk_state_name(const struct sw_talk_account *a);

#endif
