/* SPDX-License-Identifier: MIT */
/* Parameters of MAIL and RCPT, of XCLIENT, and the limits of RFC 9422: what there is, how it
 * must look, and what it says. Pure. */
#ifndef SW_SANDBOX_PARAM_H
#define SW_SANDBOX_PARAM_H

#include "base/buf.h"
#include "smtp/server.h"

struct json_t;

struct sw_param {
	const char *name;
	enum sw_smtp_verb verb; /* MAIL or RCPT */
	const char *cap;        /* the keyword of EHLO that offers it */
	bool (*valid)(struct sw_slice value);
	const char *json; /* its name in ID.json */
	/* NULL without memory. */
	struct json_t *(*value)(struct sw_slice value);
};
/* One row for what a name may be; the value chooses where there are several. NULL: nobody
 * knows it. */
const struct sw_param *sw_param_find(enum sw_smtp_verb verb, struct sw_slice name,
				     struct sw_slice value);
/* Takes the next "NAME=VALUE" or "NAME" off *rest; false: there is none. */
bool sw_param_next(struct sw_slice *rest, struct sw_slice *name, struct sw_slice *value);
/* The value of one; false: it is not there. */
bool sw_param_value(struct sw_slice all, const char *name, struct sw_slice *ret);
/* All of them that have a form there, as an object. NULL without memory. */
struct json_t *sw_params_json(enum sw_smtp_verb verb, struct sw_slice params);

/* The attributes of XCLIENT, decoded. NULL without memory. */
struct json_t *sw_attributes_json(struct sw_slice attributes);

bool sw_xtext_valid(struct sw_slice v);
/* What valid xtext stands for. */
enum sw_err sw_xtext_decode(struct sw_slice v, struct sw_buf *out) SW_MUST_USE;

/* "RCPTMAX=2 MAILMAX=1"; 0: none stated. */
struct sw_limits {
	uint64_t mail_max, rcpt_max, domain_max;
};
bool sw_limits_parse(struct sw_slice text, struct sw_limits *ret);

#endif
