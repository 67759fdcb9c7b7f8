/* SPDX-License-Identifier: MIT */
/* What a sentence is made of: the facts of the session that decided, picked out once;
 * questions about them that rows of sentence.def ask; and the placeholders that stand in their
 * texts. */
#ifndef SW_VERDICT_TALE_H
#define SW_VERDICT_TALE_H

#include "verdict/facts.h"

/* How the attempt at one address failed. */
enum sw_try {
	SW_TRY_NONE = 0,   /* untried, cancelled, connected */
	SW_TRY_REFUSED,    /* TCP reset */
	SW_TRY_PROHIBITED, /* ICMP: forbidden by an administrator */
	SW_TRY_ICMP,       /* ICMP of another kind */
	SW_TRY_TIMED_OUT,
	SW_TRY_NO_ROUTE,
	SW_TRY_UNREACHABLE,
	SW_TRY_FORBIDDEN, /* by this machine */
	SW_TRY_SOURCE,    /* the source address is none of this machine's */
	SW_TRY_OTHER,
	SW_TRY_COUNT
};
enum sw_try sw_try_of(const struct sw_fact *attempt);

/* Facts are NULL where none was stated. */
struct sw_tale {
	const struct sw_facts *facts;
	size_t from, to; /* the deciding session's: from <= i < to */
	size_t sessions; /* that ended, in the whole call */
	const struct sw_fact *wish, *env, *lint, *result, *end;
	/* Of the session; the last one of its kind. */
	const struct sw_fact *dns, *peer, *first, *caps, *tls, *choice, *auth, *data, *tcp, *proxy;
	const struct sw_fact *reply;           /* that decided */
	const struct sw_fact *policy;          /* of the way: the last one */
	const struct sw_fact *leaf, *bad_cert; /* bad_cert: where verification stopped */
	struct sw_slice outcome, failure, stage;
	int code; /* of the deciding reply or the last words; 0: none */
	struct sw_slice enhanced, text;

	size_t tries[SW_TRY_COUNT];
	size_t tried, listed; /* attempts that failed; all attempts */
	const struct sw_fact *first_try;

	int64_t asked;          /* recipients */
	size_t stated;          /* recipients of whom a fact tells; of many not all */
	size_t open, uncertain; /* not accepted; of them uncertain */
	size_t without_reply;   /* not sent, and no reply about them */
	const struct sw_fact *first_open; /* with the deciding words, or some, if any has */
};
void sw_tale_gather(const struct sw_facts *f, struct sw_tale *ret);

/* Questions. */
#define SW_WHEN(name) bool sw_when_##name(const struct sw_tale *t)
SW_WHEN(several_servers);
SW_WHEN(tlsa_bogus);
SW_WHEN(has_recipients);
SW_WHEN(logged_in);
SW_WHEN(nothing_sent);
SW_WHEN(dns_nxdomain);
SW_WHEN(dns_nodata);
SW_WHEN(dns_timeout);
SW_WHEN(dns_bogus);
SW_WHEN(dns_servfail);
SW_WHEN(dns_refused);
SW_WHEN(dns_failed);
SW_WHEN(all_refused);
SW_WHEN(all_prohibited);
SW_WHEN(all_icmp);
SW_WHEN(all_timed_out);
SW_WHEN(all_no_route);
SW_WHEN(all_unreachable);
SW_WHEN(all_forbidden);
SW_WHEN(all_source);
SW_WHEN(none_tried_source);
SW_WHEN(one_tried);
SW_WHEN(some_tried);
SW_WHEN(speaks_tls);
SW_WHEN(speaks_other);
SW_WHEN(greeting_masked);
SW_WHEN(silent);
SW_WHEN(silent_tls);
SW_WHEN(under_tls);
SW_WHEN(has_words);
SW_WHEN(starttls_masked);
SW_WHEN(mail_refused);
SW_WHEN(stopped_by_one);
SW_WHEN(one_recipient);
SW_WHEN(some_accepted);
SW_WHEN(login_required);
SW_WHEN(no_such_mailbox);
SW_WHEN(relaying_denied);
SW_WHEN(too_big_reply);
SW_WHEN(feeding);
SW_WHEN(no_more_acks);
SW_WHEN(window_closed);
SW_WHEN(auth_token);
SW_WHEN(auth_credentials);
SW_WHEN(auth_other_way);
SW_WHEN(auth_needs_tls);
SW_WHEN(said_yes);
SW_WHEN(caps_clear);
/* TLS. */
SW_WHEN(implicit_smtp);
SW_WHEN(implicit_other);
SW_WHEN(cert_expired);
SW_WHEN(chain_expired);
SW_WHEN(cert_future);
SW_WHEN(cert_name);
SW_WHEN(cert_self_signed);
SW_WHEN(store_empty);
SW_WHEN(root_unknown);
SW_WHEN(intermediate_missing);
SW_WHEN(issuer_unknown);
SW_WHEN(key_weak);
SW_WHEN(cert_revoked);
SW_WHEN(cert_other);
SW_WHEN(alert_version);
SW_WHEN(alert_parameters);
SW_WHEN(alert_certificate);
SW_WHEN(alert_name);
SW_WHEN(alert);
SW_WHEN(local_version);
SW_WHEN(local_weak);
SW_WHEN(no_tls_inside);
SW_WHEN(handshake_cut);
SW_WHEN(handshake_unanswered);
SW_WHEN(handshake_begun);
SW_WHEN(has_end_text);
SW_WHEN(cannot_encode);

/* Placeholders: what `{name}` stands for in the texts of the rows. */
struct sw_fill {
	const char *name; /* NULL behind the last */
	enum sw_err (*fill)(const struct sw_tale *t, struct sw_buf *out);
};
#define SW_FILL(name) static enum sw_err name(const struct sw_tale *t, struct sw_buf *out)
extern const struct sw_fill sw_fills_session[], sw_fills_net[], sw_fills_mail[],
	sw_fills_tls[];
/* SW_E_INTERNAL for a name that is not known. */
enum sw_err sw_tale_fill(const struct sw_tale *t, struct sw_slice name,
			 struct sw_buf *out) SW_MUST_USE;

/* Bytes of a fact that are shown. */
enum {
	SW_TALE_QUOTED =
		300, /* what a server said: enough for its reason, short of its terms */
	SW_TALE_NAME = 256,
};
/* Text of a fact on one line: lines joined by " / ", cut at `max` bytes at a character's
 * border. */
enum sw_err sw_tale_put(struct sw_slice text, size_t max, struct sw_buf *out) SW_MUST_USE;
/* A reply in quotes. */
enum sw_err sw_tale_put_words(int64_t code, struct sw_slice enhanced, struct sw_slice text,
			      struct sw_buf *out) SW_MUST_USE;
/* " (what)", nothing for "". */
enum sw_err sw_tale_put_aside(struct sw_slice what, struct sw_buf *out) SW_MUST_USE;
/* The first line of what a server sent. */
struct sw_slice sw_tale_first_line(struct sw_slice text);
bool sw_tale_is(const struct sw_fact *fact, const char *key, const char *value);

#endif
