/* SPDX-License-Identifier: MIT */
/* The program under the name of `sendmail`, `mailq` or `newaliases`: the flags that cron, PHP,
 * git and mail readers give to it. There is no queue: a message is handed over before the
 * program ends. */
#ifndef CLI_SENDMAIL_H
#define CLI_SENDMAIL_H

#include <stdbool.h>

enum cli_sendmail_job {
	CLI_SENDMAIL_NONE = 0, /* called as sendwell */
	CLI_SENDMAIL_SEND,
	CLI_SENDMAIL_QUEUE,   /* -bp, mailq: shows it, and there is none */
	CLI_SENDMAIL_NOTHING, /* -bi, -q: done when it is asked for */
};

struct cli_sendmail {
	enum cli_sendmail_job job;
	bool from_header; /* -t */
	bool keep_dot;    /* -i: a line "." does not end the message */
	const char *name; /* -F, NULL none */
};

struct cli;
/* Whether the program goes by such a name. */
bool cli_sendmail_called(const char *argv0);
/* cli_parse for it: 0, or the status of what was wrong and told. */
int cli_sendmail_parse(struct cli *c, int argc, char **argv);
int cli_run_sendmail(struct cli *c);

/* sendmail_input.c: a message that a program writes, which may lack what another one adds. */
struct sw_message;
/* Loads standard input into the message. What its header lacks (From, Date, Message-ID) is put
 * in front of it; `from` is the author then, NULL: nobody knows one. *ret_from_stays: its From
 * field names an address of its own. */
int cli_sendmail_load(struct cli *c, const char *from, struct sw_message *message,
		      bool *ret_from_stays);

#endif
