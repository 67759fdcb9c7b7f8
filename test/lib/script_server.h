/* SPDX-License-Identifier: MIT */
/* An SMTP server for tests, on 127.0.0.1 and in a thread of its own: it takes mail, and
 * misbehaves where a rule says so. */
#ifndef SCRIPT_SERVER_H
#define SCRIPT_SERVER_H

#include "smtp/server.h"

enum script_act {
	SCRIPT_REPLY = 0, /* code, text ("5.1.1 no such user" when it has an enhanced code) */
	SCRIPT_RAW,       /* text as it stands; the session goes on as if after `code` */
	SCRIPT_CLOSE,     /* FIN instead of an answer */
	SCRIPT_RESET,     /* RST instead of an answer */
	SCRIPT_STALL,     /* no answer, ever */
	SCRIPT_DRIP,  /* one byte of text every `delay_ms`, for ever from the start again */
	SCRIPT_FLOOD, /* text again and again as fast as it goes */
};
/* The first rule that fits counts. */
struct script_rule {
	enum sw_smtp_verb verb;
	unsigned session; /* number of the connection from 1; 0: every one */
	unsigned nth;     /* of this verb in the session, from 1; 0: every one */
	enum script_act act;
	int code;
	const char *text;
	unsigned delay_ms; /* before the answer */
};
struct script_plan {
	const char *keywords;     /* of EHLO, '\n' between; NULL: PIPELINING, 8BITMIME, SIZE */
	const char *tls_keywords; /* after TLS; NULL: the same without STARTTLS */
	const char *user, *password;    /* for AUTH; NULL: refuses all */
	const char *cert_pem, *key_pem; /* for TLS */
	bool implicit_tls;
	int tls_version; /* TLS1_2_VERSION...; 0: the newest */
	bool lmtp;
	size_t close_after_data;         /* RST after so many bytes of message; 0: no */
	const struct script_rule *rules; /* up to one with verb NONE; NULL: none */
};

struct script_server;
/* Fails the test when it cannot start. */
struct script_server *script_server_start(const struct script_plan *plan);
uint16_t script_server_port(const struct script_server *s);
/* Writes `text` to every open connection (clear text only) and closes it. */
void script_server_hang_up(struct script_server *s, const char *text);
/* So far; safe while it runs. */
unsigned script_server_sessions(struct script_server *s);
unsigned script_server_messages(struct script_server *s);
/* What came, one line a command: "1 EHLO me.test" with the connection's number first. Copied;
 * free(). */
char *script_server_log(struct script_server *s);
/* The bytes of the last message. Copied; free(). */
char *script_server_message(struct script_server *s, size_t *ret_len);
void script_server_stop(struct script_server *s);

#endif
