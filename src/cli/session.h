/* SPDX-License-Identifier: MIT */
/* What send and verify share: a mailer made from the options, what is shown while it works,
 * and what is done with its result. */
#ifndef CLI_SESSION_H
#define CLI_SESSION_H

#include <sendwell/mailer.h>
#include <sendwell/text.h>

#include "cli/cli.h"

struct cli_session {
	struct cli *c;
	struct sw_mailer *mailer;
	enum sw_stage stage;  /* where it is */
	uint64_t done, total; /* bytes of the message */
	unsigned beats;       /* heartbeats since the call began */
	unsigned stage_beat;  /* at the last change of stage */
	bool show_progress;
	bool other_server; /* than the configuration's */
};

/* Makes the mailer and gives it its settings.  0, or the status of what was wrong and told;
 * the session is to be ended in any case. */
int cli_session_start(struct cli_session *s, struct cli *c);
/* The same for who needs no server: the settings are given with cli_session_settings.
 * `server` counts instead of --server, NULL: does not. Then what a configuration file says of
 * routes and logins is meant for another server, and is left out. */
int cli_session_make(struct cli_session *s, struct cli *c);
int cli_session_settings(struct cli_session *s, const char *server);
int cli_session_server_given(struct cli *c);
/* Gives it the password, or asks for it.  Last thing before it is used. */
int cli_session_secret(struct cli_session *s);
/* Around a call of the mailer: signals ask it to stop. */
void cli_session_enter(struct cli_session *s);
void cli_session_leave(struct cli_session *s);
/* How long the last call took, to a heartbeat. */
double cli_session_waited_s(const struct cli_session *s);
/* Why a call on the mailer failed: told, status returned. */
int cli_session_failed(struct cli_session *s, enum sw_err code);
void cli_session_end(struct cli_session *s);

/* --transcript and --save: whether they can be written, before anything is done. */
int cli_keep_check(struct cli *c);
/* Where a file of our own state is: "last.json", the last failed case, or "history"; free with
 * cli_free, NULL without a home or memory. */
char *cli_keep_path(const char *name);
/* A case or report is written to standard output: no other report comes there. */
bool cli_keep_has_stdout(const struct cli *c);
/* The last failed case alone. */
void cli_keep_failure(struct cli *c, struct sw_result *result);
/* Writes transcript, case, and the last failed case.  What cannot be written is told and
 * changes nothing: what became of the message counts. */
void cli_keep(struct cli_session *s, struct sw_result *result);
/* A text into the file that an option names; nothing without either. True: there is a file. */
bool cli_keep_text(struct cli *c, enum cli_option_id id, const char *text);

/* report.c: the result of `send` and of `verify WHAT`, for people or as JSON. */
void cli_report_send(struct cli *c, struct sw_result *result);
/* The sentence alone, and the cause where there is a likely one. */
void cli_report_why(struct cli *c, struct sw_result *result);
void cli_report_verify(struct cli *c, struct sw_result *result, const char *what);

/* message.c: a message made from the options, signed when there are keys.  *ret is NULL on failure. */
struct sw_dkim_keys;
int cli_message_make(struct cli *c, struct sw_dkim_keys *keys, struct sw_message **ret);
/* A value of --rcpt; and its parts, where empty ones count as none. */
enum sw_err cli_message_take_rcpt(struct sw_message *m, const char *text);
enum sw_err cli_message_add_rcpt(struct sw_message *m, const char *address, const char *notify,
				 const char *orcpt);
/* cmd_send.c: sends it, keeps and reports what became of it; the exit status. */
int cli_deliver(struct cli_session *s, struct sw_message *message);
/* --dry-run. */
int cli_message_show(struct cli_session *s, struct sw_message *message);

#endif
