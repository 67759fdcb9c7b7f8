/* SPDX-License-Identifier: MIT */
/* The parts of a plan. All are NULL without memory. */
#ifndef SW_API_PLAN_H
#define SW_API_PLAN_H

#include <jansson.h>

#include "api/mailer.h"
#include "client/session.h"

struct sw_message;

/* As it would be given: a URL. */
json_t *sw_plan_server(const struct sw_client_settings *s);
/* Where the addresses of a host come from, and those that are known. */
json_t *sw_plan_addresses(const struct sw_client_settings *s, const struct sw_session_target *t,
			  const char *from);
json_t *sw_plan_proxy(const struct sw_client_settings *s);
/* Of the recipients' domains, with mx. */
json_t *sw_plan_policies(const struct sw_client_settings *s, const struct sw_message *msg);
json_t *sw_plan_login(const struct sw_mailer *m);
json_t *sw_plan_needs(const struct sw_client_settings *s, const struct sw_message *msg);

#endif
