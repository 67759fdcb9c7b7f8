/* SPDX-License-Identifier: MIT */
/* What the files of the server machine share. Only they include it. */
#ifndef SW_SMTP_SERVER_INTERNAL_H
#define SW_SMTP_SERVER_INTERNAL_H

#include "smtp/data.h"
#include "smtp/server.h"

enum sw_server_state {
	SW_SS_CONNECT, /* the greeting is due */
	SW_SS_COMMAND, /* looks for the next line */
	SW_SS_OWNER,   /* the owner owes an answer to `verb` */
	SW_SS_TOKEN,   /* 334 was sent, the next line is the client's token */
	SW_SS_DATA,
	SW_SS_CHUNK,  /* the bytes of a BDAT */
	SW_SS_DOT,    /* the final dot was read, its event is due */
	SW_SS_TLS,    /* 220 is in output, the handshake is the owner's */
	SW_SS_ENDING, /* CLOSED is due */
	SW_SS_ENDED,
};

struct sw_smtp_server {
	struct sw_smtp_server_settings settings;
	enum sw_server_state state;
	enum sw_smtp_verb verb; /* OWNER: what is to be answered */
	struct sw_buf in, out;
	struct sw_buf line;  /* the command that the last event lent */
	struct sw_buf token; /* secret */
	struct sw_buf data;  /* the piece that the last event lent */
	struct sw_data_reader reader;
	bool skipping; /* dropping the rest of a line that was too long */
	bool tls_told, injected;
	bool turned_away; /* greeted with a refusal: only QUIT is in order (RFC 5321 3.1) */
	bool hello, tls, authenticated, mail;
	bool utf8,
		wants_utf8; /* SMTPUTF8: of the open transaction, of the MAIL to be answered */
	bool binary, wants_binary; /* BODY=BINARYMIME, likewise */
	uint64_t chunk_left;
	bool chunk_last;
	bool chunks;               /* BDAT was used in this transaction */
	bool chunk_refused;        /* and answered with a refusal */
	const char *chunk_problem; /* it was out of order: read away, then 503; NULL: none */
	char chunk_before;         /* the byte before the next one */
	bool chunk_bare;           /* CR or LF alone */
	size_t recipients;
	size_t owed; /* LMTP: replies that the message still gets */
	unsigned errors;
};

/* The machine's own refusal; counts as an error of the client. 421 and 521 end the session,
 * and so does a lack of memory or room for the words. */
void sw_server_refuse(struct sw_smtp_server *m, int code, const char *enhanced,
		      const char *text);

#endif
