/* SPDX-License-Identifier: MIT */
/* The setting "history": what became of deliveries, from call to call. */
#ifndef SW_API_HISTORY_H
#define SW_API_HISTORY_H

#include "api/mailer.h"
#include "api/result.h"

/* States what earlier attempts say to this one, whose result is complete; `keep`: then it
 * joins them. Nothing without the setting. */
void sw_history_note(const struct sw_mailer *m, struct sw_result *r, const struct sw_job *job,
		     const char *message_id, bool keep);

#endif
