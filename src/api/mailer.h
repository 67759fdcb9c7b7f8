/* SPDX-License-Identifier: MIT */
/* Inside of a mailer. */
#ifndef SW_API_MAILER_H
#define SW_API_MAILER_H

#include <sendwell/diagnose.h>
#include <sendwell/mailer.h>

#include "client/context.h"
#include "client/delivery.h"

/* Where the password comes from; the one that was named last counts. */
enum sw_secret_source {
	SW_SECRET_NONE = 0,
	SW_SECRET_GIVEN, /* sw_mailer_set_secret, or in the server's URL */
	SW_SECRET_FILE,
	SW_SECRET_FD,
	SW_SECRET_COMMAND,
	SW_SECRET_ENV,
	SW_SECRET_FROM,
};

struct sw_step;

struct sw_mailer {
	struct sw_client_settings settings;
	struct sw_context *client; /* NULL until the first call */
	enum sw_secret_source secret_source;
	bool token_fresh; /* asked of the token server in this call: no other one would be better */
	int64_t token_expires_s; /* of a token that is held, since 1970; 0 not known */
	char *secret_place; /* path, number, command line or variable */
	/* secret_git.c: what git said, as it wants it back; empty: it was not asked. */
	struct sw_buf credential;
	bool credential_open; /* whether it is right has not been told yet */
	/* Callbacks of the caller. */
	unsigned heartbeat_ms;
	sw_heartbeat_fn heartbeat;
	void *heartbeat_arg;
	sw_progress_fn progress;
	void *progress_arg;
	sw_dialogue_fn dialogue;
	void *dialogue_arg;
	struct sw_buf dialogue_line;
	sw_connect_fn connect;
	void *connect_arg;
	/* Of a diagnosis; see diagnose.h. */
	sw_probe_fn probe;
	void *probe_arg;
	sw_wait_fn wait;
	void *wait_arg;
	unsigned in_callback; /* of the caller: nested calls are refused. See mailer_callback.c */
	bool doomed;	      /* freed by a callback or before its pools: goes when they are done */
	unsigned pools;	      /* that use it: their sessions hold on to its settings */
	struct sw_step *step; /* a stepped call that is under way; NULL none. See step.h */
	/* Of the last call. */
	struct sw_facts *failed; /* what it stated when it failed; NULL otherwise */
	int last_status;
	struct sw_error error;
	struct sw_buf story;
	struct sw_buf transcript;
};

/* ---- secret.c ---- */
/* A place to read the secret from; NULL value: none. Forgets a secret that is held. */
enum sw_err sw_mailer_secret_from(struct sw_mailer *m, enum sw_secret_source source,
				  const char *value) SW_MUST_USE;
/* Reads the secret if a login is wanted and it is not held yet. SW_E_CONFIG when there is no
 * source. */
enum sw_err sw_mailer_fetch_secret(struct sw_mailer *m, struct sw_error *err) SW_MUST_USE;
/* secret_from.c: "keyring", "netrc[:FILE]", "systemd[:NAME]", "git[:HOST]". */
bool sw_secret_source_known(const char *value);
enum sw_err sw_secret_from_source(struct sw_mailer *m, const char *value, struct sw_secret *ret,
				  struct sw_error *err) SW_MUST_USE;
/* After a refusal: whether another token could be had, and is held now. */
bool sw_mailer_renew_token(struct sw_mailer *m);
/* The server refused it: what was read from a place that can be read again is read again next
 * time. */
void sw_mailer_secret_refused(struct sw_mailer *m);

/* ---- mailer_callback.c: what the caller has set, called. `arg` is the mailer. ---- */
int sw_mailer_beat(void *arg);
void sw_mailer_progress(void *arg, enum sw_stage stage, uint64_t done, uint64_t total);
int sw_mailer_connect(void *arg, const char *host, uint16_t port);
void sw_mailer_probe(struct sw_mailer *m, const char *id, const char *title, const char *contacts);
void sw_mailer_wait(struct sw_mailer *m, const char *what, double since_ms, double limit_ms);
void sw_mailer_say(struct sw_mailer *m, double ms, const char *mark, const char *text);
/* A public call begins (SW_E_USAGE inside of another one), with nothing left of the last one;
 * and ends: a mailer that was freed meanwhile goes now. */
enum sw_err sw_mailer_begin(struct sw_mailer *m) SW_MUST_USE;
enum sw_err sw_mailer_ended(struct sw_mailer *m, enum sw_err e);

/* ---- mailer.c ---- */
/* A line of the dialogue, for the caller's function; `arg` is the mailer. */
void sw_mailer_hear(void *arg, const struct sw_transcript_entry *e);
/* Its time, mark and text, which is escaped and borrowed until the next one; NULL without memory. */
const char *sw_mailer_dialogue_line(struct sw_mailer *m, const struct sw_transcript_entry *e,
				    double *ret_ms, const char **ret_mark);

/* ---- setting.c ---- */
enum sw_err sw_mailer_apply(struct sw_mailer *m, const char *name, const char *value,
			    struct sw_error *err) SW_MUST_USE;
/* It changes nothing for sessions. */
bool sw_mailer_setting_is_of_diagnosis(const char *name);

/* ---- call.c ---- */
struct sw_result;
/* The client and what it must know before a call. */
enum sw_err sw_mailer_ready_client(struct sw_mailer *m) SW_MUST_USE;
/* Settings, secret and client for a job. */
enum sw_err sw_mailer_prepare(struct sw_mailer *m, const struct sw_job *job) SW_MUST_USE;
/* Nothing of the last call counts any more. */
void sw_mailer_forget(struct sw_mailer *m);
/* A result whose delivery is done; d.facts is set. */
void sw_mailer_complete(struct sw_mailer *m, struct sw_result *r, const char *message_id);

#endif
