/* SPDX-License-Identifier: MIT */
/* The sender of a refused message as receivers look at him: SPF, DKIM, DMARC. One probe in
 * three files: id_mail.c runs it, id_mail_dkim.c looks at signatures and keys, id_mail_dmarc.c
 * at what both together mean for the domain of From. */
#ifndef SW_PROBE_ID_MAIL_H
#define SW_PROBE_ID_MAIL_H

#include "client/asker.h"
#include "identity/asks.h"
#include "identity/dkim_record.h"
#include "identity/dmarc.h"
#include "identity/spf.h"
#include "probe/id_address.h"

/* A signature of the message when the message itself is not at hand: its key alone. */
struct sw_mail_key {
	const char *domain, *selector, *algorithm;
	bool doubtful; /* wrong whatever the key is: its body, its field */
	struct sw_ask *ask;
	enum sw_dkim_reason reason; /* VERIFIED: the key can be used */
};
struct sw_mail_keys {
	struct sw_asks asks;
	struct sw_mail_key list[SW_MAX_DKIM_SIGNATURES];
	size_t count;
};
/* A domain that passed, or would. */
struct sw_mail_pass {
	const char *domain;
	bool spf;
	bool sure; /* seen; else only not to be ruled out */
};
enum { SW_MAIL_PASSES = SW_MAX_DKIM_SIGNATURES + 2 };

struct sw_mail_identity {
	struct sw_probe_run *run;
	struct sw_asker *asker;
	struct sw_timer *timer;
	size_t open; /* askings */
	bool dmarc_asked;
	/* Who it is. "" unknown. */
	const char *sender, *helo, *author;
	bool author_guessed; /* there is no message: as the sender */
	bool message_known;  /* what signatures it has is known */
	struct sw_own_address own;
	struct sw_spf *spf; /* NULL: cannot be evaluated */
	const char *nobody; /* why the address is not known; NULL: it is */
	struct sw_dkim_crypto *crypto;
	struct sw_dkim *dkim; /* NULL: the message is not at hand */
	struct sw_mail_keys keys;
	struct sw_suffixes *suffixes;
	struct sw_dmarc *dmarc;
	struct sw_mail_pass passes[SW_MAIL_PASSES];
	size_t pass_count;
};
void sw_mail_identity_add_pass(struct sw_mail_identity *m, const char *domain, bool spf,
			       bool sure);
/* Runs a machine; the probe goes on when all have ended. */
enum sw_err sw_mail_identity_ask(struct sw_mail_identity *m, const struct sw_evaluator *e,
				 void *machine, struct sw_error *err) SW_MUST_USE;

/* ---- id_mail_dkim.c */
enum sw_err sw_mail_dkim_start(struct sw_mail_identity *m, struct sw_error *err) SW_MUST_USE;
/* States check.dkim for each signature, and adds what passed. */
void sw_mail_dkim_state(struct sw_mail_identity *m);
void sw_mail_dkim_stop(struct sw_mail_identity *m);

/* ---- id_mail_dmarc.c */
enum sw_err sw_mail_dmarc_start(struct sw_mail_identity *m, struct sw_error *err) SW_MUST_USE;
void sw_mail_dmarc_state(struct sw_mail_identity *m);
void sw_mail_dmarc_stop(struct sw_mail_identity *m);

#endif
