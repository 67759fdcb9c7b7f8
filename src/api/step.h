/* SPDX-License-Identifier: MIT */
/* A call that is stepped: the same code as of a call that waits, on a fiber (base/fiber.h) that
 * is left where it would wait. */
#ifndef SW_API_STEP_H
#define SW_API_STEP_H

#include "api/mailer.h"

struct sw_step;

/* For a client that was made inside a stepped call: it must not wait. */
void sw_step_attach(struct sw_mailer *m);
/* SW_E_USAGE, with words, when a call is under way and we are not inside of it. */
enum sw_err sw_step_busy(struct sw_mailer *m) SW_MUST_USE;
/* For the end of a mailer. */
void sw_step_drop(struct sw_mailer *m);

#endif
