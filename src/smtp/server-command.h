/* SPDX-License-Identifier: MIT */
/* One command line of a client, taken apart. Pure; knows nothing of sessions. */
#ifndef SW_SMTP_SERVER_COMMAND_H
#define SW_SMTP_SERVER_COMMAND_H

#include "smtp/server.h"

enum sw_verb_needs {
	NEEDS_HELLO = 1, /* EHLO, HELO or LHLO was accepted */
	NEEDS_MAIL = 2,  /* a transaction is open */
	NEEDS_NO_MAIL = 4,
	NEEDS_RCPT = 8,   /* with at least one recipient */
	NEEDS_CLEAR = 16, /* TLS is not on yet */
	NEEDS_NO_LOGIN = 32,
	NEEDS_SMTP = 64, /* not an LMTP session (RFC 2033 4.1) */
	NEEDS_LMTP = 128,
	NEEDS_WELCOME = 256, /* the greeting was no refusal */
	NEEDS_LINES = 512, /* the message may come behind DATA: no chunk of it has come, and it
			    * is not BINARYMIME (RFC 3030 2 and 3) */
	NEEDS_WHOLE = 1024, /* no chunk of it was refused */
};

struct sw_smtp_command {
	enum sw_smtp_verb verb;
	unsigned needs;      /* NEEDS_* bits of the verb */
	struct sw_slice arg; /* path without <>, mechanism, or the words behind the verb */
	struct sw_slice params;
	bool smtputf8, binary; /* SMTPUTF8, BODY=BINARYMIME are among the parameters */
	uint64_t chunk_bytes;  /* BDAT */
	bool chunk_last;
	/* What is wrong with it, to be answered by the machine; code 0: nothing. Static texts:
	 * what the client sent is never sent back. */
	int code;
	const char *enhanced;
	const char *text;
};
/* `line` without its end; the slices point into it. */
void sw_smtp_command_parse(struct sw_slice line, struct sw_smtp_command *ret);
/* A line by which a web browser or proxy gives itself away: someone makes it talk to us
 * (cross-protocol attack, ALPACA). */
bool sw_smtp_command_is_http(struct sw_slice line);

#endif
