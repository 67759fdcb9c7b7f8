/* SPDX-License-Identifier: MIT */
/* The table of faults (fault.def), and the choice that a user made from it. A fault is data:
 * where it acts, under which condition, and what it does; connections look it up at each hook.
 * Pure. */
#ifndef SW_SANDBOX_FAULT_H
#define SW_SANDBOX_FAULT_H

#include "base/error.h"
#include "base/slice.h"
#include "smtp/server.h"

/* Where a fault acts. Those up to QUIT are moments at which a reply is due. */
enum sw_fault_hook {
	SW_HOOK_CONNECT = 0, /* the greeting is due */
	SW_HOOK_EHLO,        /* EHLO or LHLO */
	SW_HOOK_HELLO,       /* EHLO, LHLO or HELO */
	SW_HOOK_STARTTLS,
	SW_HOOK_AUTH,        /* the command */
	SW_HOOK_AUTH_STEP,   /* the command, and each token of the client */
	SW_HOOK_AUTH_RESULT, /* the exchange is over, its result is due */
	SW_HOOK_MAIL,
	SW_HOOK_RCPT,
	SW_HOOK_DATA,
	SW_HOOK_BDAT,    /* a chunk that is not the last has come */
	SW_HOOK_MESSAGE, /* the final dot came, or the last chunk */
	SW_HOOK_RSET,
	SW_HOOK_NOOP,
	SW_HOOK_QUIT,
	SW_HOOK_ANY, /* every moment at which a reply is due */

	SW_HOOK_VERB,      /* in the table only: the argument names one of the above */
	SW_HOOK_ACCEPT,    /* a connection was accepted */
	SW_HOOK_PROTOCOL,  /* plain or TLS is chosen for it */
	SW_HOOK_HANDSHAKE, /* a ClientHello came */
	SW_HOOK_TLS_SETUP, /* the TLS context is made */
	SW_HOOK_CERT,
	SW_HOOK_CAPS,   /* the offers of EHLO */
	SW_HOOK_BODY,   /* bytes of the message came */
	SW_HOOK_STREAM, /* the whole connection */
	SW_HOOK_COUNT
};

enum sw_fault_when {
	SW_WHEN_ALWAYS = 0,
	SW_WHEN_TLS,
	SW_WHEN_NOT_TLS,
	SW_WHEN_NOT_AUTH,
	SW_WHEN_ARG_MATCHES, /* no address given, or this recipient */
	SW_WHEN_EVERY_NTH,   /* number: of the RCPT commands of a transaction */
	SW_WHEN_NULL_SENDER,
	SW_WHEN_USER_WITHOUT_AT,
	SW_WHEN_MECH_HASHED, /* AUTH by a mechanism that does not show the password */
	SW_WHEN_MECH_OAUTH,
	SW_WHEN_HAS_TOKEN,        /* the client sent a token */
	SW_WHEN_LINE_OVER,        /* the command line has more bytes than number */
	SW_WHEN_CONNECTIONS_OVER, /* more connections are open than number */
	SW_WHEN_MESSAGES_OVER,    /* number messages were taken in this connection */
	SW_WHEN_COMMANDS_OVER,    /* more commands came in this connection than number */
	SW_WHEN_RECIPIENTS_OVER,  /* number recipients were taken in this transaction */
	SW_WHEN_GREYLISTED,      /* number us have not passed since the tuple was first seen */
	SW_WHEN_BYTES_OVER,      /* number bytes of the message have come, and at least one */
	SW_WHEN_CHUNKED,         /* the message comes by BDAT */
	SW_WHEN_LONG_LINE,       /* the message has a line beyond 998 bytes */
	SW_WHEN_HELLO_OFFERS_13, /* of the ClientHello */
	SW_WHEN_HELLO_HAS_SNI,
	SW_WHEN_HELLO_OVER, /* it has more bytes than number */
	SW_WHEN_COUNT
};

enum sw_fault_action {
	/* Instead of the reply. */
	SW_ACT_REPLY = 0,     /* text */
	SW_ACT_RAW,           /* bytes; the command counts as refused */
	SW_ACT_RAW_GO,        /* bytes; the command counts as accepted */
	SW_ACT_RAW_REFUSE,    /* bytes that are a refusal */
	SW_ACT_RAW_CLOSE,     /* bytes, then FIN */
	SW_ACT_RAW_CHALLENGE, /* bytes that stand for a 334 */
	SW_ACT_CLOSE,         /* FIN, without a word */
	SW_ACT_RESET,         /* RST */
	SW_ACT_HANG,          /* reads on, says nothing more */
	SW_ACT_STALL,         /* reads nothing more */
	SW_ACT_ENDLESS,       /* continuation lines until the client goes */
	SW_ACT_ENDLESS_LINE,
	SW_ACT_PREGREET,     /* teaser line, wait, refuse who talked */
	SW_ACT_CHALLENGE,    /* one more 334 */
	SW_ACT_OAUTH_ERROR,  /* 334 with the error, then 535 (RFC 7628 3.2.2) */
	SW_ACT_SOME_REFUSED, /* LMTP: every number-th recipient of a message; text */
	SW_ACT_ECHO,         /* text with the client's token */
	/* Around the healthy reply. */
	SW_ACT_DELAY,  /* before it */
	SW_ACT_DRIP,   /* it goes out byte by byte */
	SW_ACT_INJECT, /* bytes behind it, before TLS begins */
	SW_ACT_EXTRA,  /* bytes behind it */
	/* Asked for where they matter. */
	SW_ACT_CAP_DROP, /* data: keyword */
	SW_ACT_CAP_MASK, /* data: keyword=what is shown instead */
	SW_ACT_SIZE_LIMIT,
	SW_ACT_LIMITS,  /* text: what LIMITS states */
	SW_ACT_NO_BDAT, /* BDAT is no command: what follows it is taken for some */
	SW_ACT_TLS_AT_ONCE,
	SW_ACT_TLS_NEVER,
	SW_ACT_TLS_MAX,
	SW_ACT_CERT,  /* data: variant of cert.h */
	SW_ACT_ALERT, /* number, or data: the description of a TLS alert */
	SW_ACT_LOSE,
	SW_ACT_SHORT_WRITES,
	SW_ACT_LF_ONLY,
	SW_ACT_DROP_PIPELINE,
	SW_ACT_IDLE_REPLY, /* after number us of silence */
	SW_ACT_IDLE_RESET,
	SW_ACT_COUNT
};

enum sw_fault_arg {
	SW_ARG_NONE = 0,
	SW_ARG_TEXT,    /* "TEXT" or "CODE TEXT" instead of the text of the row */
	SW_ARG_SECONDS, /* with fraction; number in us */
	SW_ARG_MS,      /* number in us */
	SW_ARG_COUNT,
	SW_ARG_BYTES,
	SW_ARG_CODE, /* 200 to 599, instead of the code of the row */
	SW_ARG_ADDRESS,
	SW_ARG_TLS_VERSION, /* number: TLS1_VERSION ... */
	SW_ARG_ALERT,       /* 0 to 255 */
	SW_ARG_LIMITS,      /* RFC 9422 */
	SW_ARG_VERB,
	SW_ARG_VERB_SECONDS,
	SW_ARG_VERB_REPLY,
};

struct sw_fault_row {
	const char *name;
	enum sw_fault_arg arg;
	const char *preset;
	const char *argument; /* in words */
	enum sw_fault_hook hook;
	enum sw_fault_when when;
	enum sw_fault_action action;
	struct sw_slice data;
};
size_t sw_fault_row_count(void);
const struct sw_fault_row *sw_fault_row_at(size_t i);

/* One that is switched on. */
struct sw_active_fault {
	const struct sw_fault_row *row;
	enum sw_fault_hook hook; /* never VERB */
	uint64_t number;         /* us, bytes, count, version, alert; by row->arg */
	char *text; /* what REPLY and the like say, or the address; NULL: row->data */
	size_t text_len;
};
struct sw_faults {
	struct sw_active_fault *list;
	size_t count;
};

/* "NAME" or "NAME=ARG". SW_E_USAGE: unknown name (with the nearest one), bad or missing
 * argument (with what was expected), a second fault for what there is only one of. */
enum sw_err sw_faults_add(struct sw_faults *f, struct sw_slice spec,
			  struct sw_error *err) SW_MUST_USE;
void sw_faults_fini(struct sw_faults *f);
/* The first with that action; NULL: none. */
const struct sw_active_fault *sw_faults_find(const struct sw_faults *f,
					     enum sw_fault_action action);
/* What it sends or says. */
struct sw_slice sw_fault_text(const struct sw_active_fault *f);
/* Whether a fault at hook `h` takes part in event verb `v`. */
bool sw_fault_hook_is(enum sw_fault_hook h, enum sw_smtp_verb v);
/* "2", "0.25": microseconds; at most a day. */
bool sw_fault_seconds(struct sw_slice s, uint64_t *ret_us);

#endif
