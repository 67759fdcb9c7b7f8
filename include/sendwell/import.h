/* SPDX-License-Identifier: MIT */
/* Accounts of other programs that hand mail to a server: msmtp, nullmailer, dma, ssmtp. Their configuration
 * is read, never changed, and nothing of it is run. */
#ifndef SENDWELL_IMPORT_H
#define SENDWELL_IMPORT_H

#include <stddef.h>

#include <sendwell/export.h>
#include <sendwell/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct sw_imported;

/* program: "msmtprc", "nullmailer", "dma" or "ssmtp" (SW_E_USAGE). path NULL: the first of its usual places that is
 * there; SW_E_NOINPUT when none is. Files that belong to it are looked for beside it. What went wrong is written
 * to `text` (size bytes with the NUL); NULL: not wanted. */
SW_EXPORT enum sw_err sw_imported_read(const char *program, const char *path, struct sw_imported **ret,
				       char *text, size_t text_size);
/* Wipes the secrets. NULL is fine. */
SW_EXPORT void sw_imported_free(struct sw_imported *i);

/* What follows is borrowed from *i. */
SW_EXPORT const char *sw_imported_path(const struct sw_imported *i);
SW_EXPORT size_t sw_imported_count(const struct sw_imported *i);
/* NULL beyond the last. */
SW_EXPORT const char *sw_imported_account(const struct sw_imported *i, size_t account);
/* The account to use when none is named; "" none. */
SW_EXPORT const char *sw_imported_default(const struct sw_imported *i);

struct sw_imported_setting {
	const char *key;	/* as in a configuration of sendwell; most are settings of a mailer */
	const char *value;
	size_t line;		/* of the file; 0: of no single line */
	int secret;		/* never show the value */
};
/* The n-th of an account: 1, or 0 beyond the last. */
SW_EXPORT int sw_imported_get(const struct sw_imported *i, size_t account, size_t n,
			      struct sw_imported_setting *ret);
/* What has no counterpart here, one line each; NULL beyond the last. *ret_line (NULL allowed) is 0 for none. */
SW_EXPORT const char *sw_imported_note(const struct sw_imported *i, size_t n, size_t *ret_line);

#ifdef __cplusplus
}
#endif
#endif
