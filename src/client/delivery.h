/* SPDX-License-Identifier: MIT */
/* The account of one call: what became of each recipient, where and by whose words, how long
 * it took and which server it was. Strings and replies are the arena's; replies are raw
 * (redact and escape before showing). */
#ifndef SW_CLIENT_DELIVERY_H
#define SW_CLIENT_DELIVERY_H

#include "base/arena.h"
#include "mail/source.h"
#include "mail/status.h"
#include "net/addr.h"
#include "verdict/facts.h"

#define SW_STATUS_BY_REPLY                       (-1)
#define SW_ENDING(id, name, status, text) SW_END_##id,
enum sw_ending {
#include "client/ending.def"
	SW_ENDING_COUNT
};
#undef SW_ENDING
const char *sw_ending_name(enum sw_ending e);
const char *sw_ending_text(enum sw_ending e);
/* 0, a sysexits.h value, or SW_STATUS_BY_REPLY. */
int sw_ending_status(enum sw_ending e);

enum sw_job_kind {
	SW_JOB_SEND = 0,
	SW_JOB_CONNECTION, /* up to EHLO behind TLS */
	SW_JOB_LOGIN,
	SW_JOB_RECIPIENTS, /* MAIL, RCPT, RSET */
	SW_JOB_COUNT
};
/* How far a session may go, for who looks and does not want to be seen further on. */
enum sw_until {
	SW_UNTIL_READY = 0,
	SW_UNTIL_NOTHING,   /* what is wanted is stated, no more */
	SW_UNTIL_RESOLVED,  /* questions to the DNS */
	SW_UNTIL_CONNECTED, /* and implicit TLS; not a word of SMTP is said */
};
/* Borrowed for the call. */
struct sw_job {
	enum sw_job_kind kind;
	enum sw_until until; /* of its sessions: there is no transaction unless READY */
	bool no_login;       /* whatever the settings want */
	const char *sender;            /* "" the null sender */
	const char *const *recipients; /* as they go on the wire */
	size_t recipient_count;
	/* For each of them, also when a part of the recipients goes another way: what to be
	 * notified of (sw_smtp_notify bits; 0: as the wishes say) and the address that was meant
	 * first (NULL: itself). NULL: for none. SEND only. */
	const unsigned *notify;
	const char *const *orcpt;
	struct sw_source *source; /* SEND only */
	bool smtputf8;
};

struct sw_delivery_recipient {
	const char *address;
	enum sw_outcome outcome;
	enum sw_stage stage;
	enum sw_ending ending; /* OK: the reply decided, or nothing went wrong */
	bool about_sender;     /* the reply was to MAIL, and so to all of them */
	struct sw_reply reply;
};
/* The server that was talked to last; texts "" when unknown. */
struct sw_delivery_server {
	const char *name;
	char address[SW_ADDR_TEXT];
	uint16_t port;
	const char *tls_version, *tls_cipher;
	bool tls_verified;
	const char *tls_policy, *tls_mode, *tls_report; /* fixed words; see guard.h */
	bool tls_resumed;
	const char *extensions; /* raw keyword lines of the EHLO answer */
};
struct sw_delivery {
	struct sw_arena arena;
	enum sw_job_kind kind;
	enum sw_ending ending;
	enum sw_stage stage;         /* where it was decided; FINAL when all went well */
	struct sw_reply reply;       /* that decided */
	struct sw_reply final_reply; /* the last 2xx to a message, for its queue id */
	struct sw_delivery_recipient *recipients;
	size_t recipient_count;
	struct sw_delivery_server server;
	uint64_t stage_us[SW_STAGE_COUNT];
	enum sw_stage reached; /* the furthest stage */
	uint64_t total_us;
	uint64_t bytes; /* of the message, given to the network */
	bool encoded; /* a server got the message with its 8-bit parts encoded */
	uint32_t unasked; /* wishes that the server does not know: sw_cap bits */
	struct sw_facts *facts;
};
enum sw_err sw_delivery_init(struct sw_delivery *d, const struct sw_job *job) SW_MUST_USE;
void sw_delivery_fini(struct sw_delivery *d);
/* What a reply makes of a recipient that was never asked about: the server turned the session
 * away (4xx and 5xx of greeting, EHLO), or it is about us and not the message (TLS, AUTH:
 * NOT_SENT unless 4xx). */
enum sw_outcome sw_delivery_outcome_of(enum sw_stage stage, const struct sw_reply *reply);
/* After the recipients: the whole's ending, stage and reply, from the one that matters most.
 */
void sw_delivery_conclude(struct sw_delivery *d);

#endif
