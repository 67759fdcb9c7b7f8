/* SPDX-License-Identifier: MIT */
/* What is known of mail providers: where a sender of theirs hands his mail in, and which kind of
 * secret works there. */
#ifndef SENDWELL_PRESET_H
#define SENDWELL_PRESET_H

#include <sendwell/export.h>
#include <sendwell/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct sw_preset {
	char server[300];	/* for sw_mailer_set: "smtps://smtp.example.org:465" */
	char user[520];		/* login name */
	const char *secret;	/* what works there, for people; "" nothing special is known */
	char why[600];		/* one line for people: how it was found, or why there is none */
};
/* For a sender's address, by its domain as it stands (no subdomains). 1 when it is known. Nothing is asked
 * of anybody. */
SW_EXPORT int sw_preset_find(const char *address, struct sw_preset *ret);

/* The same, and for a domain that is not known by the MX records of the domain, which are asked for with
 * the mailer's resolver and deadline: SW_OK with server "" when that leads to no provider, or not to one
 * alone. The DNS chooses among known servers only. user "" when it is not the address there. */
struct sw_mailer;
SW_EXPORT enum sw_err sw_mailer_find_preset(struct sw_mailer *m, const char *address,
					    struct sw_preset *ret);

#ifdef __cplusplus
}
#endif
#endif
