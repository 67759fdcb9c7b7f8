/* SPDX-License-Identifier: MIT */
/* The explainer's setting "mail-log": what the relay's own log says of an accepted message. */
#ifndef SW_API_MAIL_LOG_H
#define SW_API_MAIL_LOG_H

#include "base/error.h"
#include "verdict/facts.h"

/* States relay.log, or why it could not be looked for. `path` "auto": the usual ones, when the
 * server was this machine; NULL: nothing. `f` is the caller's alone. */
void sw_mail_log_state(const char *path, struct sw_facts *f);

#endif
