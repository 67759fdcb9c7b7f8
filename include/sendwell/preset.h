/* SPDX-License-Identifier: MIT */
/* What is known of mail providers: where a sender of theirs hands his mail in, and which kind of
 * secret works there. Nothing is asked of anybody. */
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
};
/* For a sender's address, by its domain as it stands (no subdomains). 1 when it is known. */
SW_EXPORT int sw_preset_find(const char *address, struct sw_preset *ret);

#ifdef __cplusplus
}
#endif
#endif
