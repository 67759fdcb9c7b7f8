/* SPDX-License-Identifier: MIT */
/* What sending would do, told beforehand. Nobody is asked: not the DNS, not a server, not a program that knows a
 * password. Files are read: the hosts file, and policies that are kept from earlier. */
#ifndef SENDWELL_PLAN_H
#define SENDWELL_PLAN_H

#include <sendwell/mailer.h>
#include <sendwell/message.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The hosts in the order in which they would be asked, with ports, TLS, and where their addresses come from; proxy, policies of
 * the recipients' domains (mx); the login: mechanisms that may be used, and where its secret would come from, never the secret;
 * what the message needs of a server, and what becomes of it where that is missing. One line of JSON as
 * doc/schema/dry_run.json has it; free with sw_text_free. Finishes the message. SW_E_CONFIG: these settings would
 * never send. */
SW_EXPORT enum sw_err sw_mailer_plan(struct sw_mailer *m, struct sw_message *message, char **ret);

#ifdef __cplusplus
}
#endif
#endif
