/* SPDX-License-Identifier: MIT */
/* The configurations of other programs that hand mail to a server, read as accounts of ours.
 * Pure: texts go in, accounts and notes come out; nothing is opened, run or asked.
 *
 * What has no counterpart becomes a note with its line, never a guess. A note holds no value
 * of the file, for it might be a secret. */
#ifndef SW_READ_IMPORT_H
#define SW_READ_IMPORT_H

#include "base/buf.h"
#include "base/error.h"

struct sw_import_setting {
	const char *key; /* of our configuration; static */
	char *value;     /* wiped when it goes */
	size_t line;     /* where it stands; 0: made from several, or from none */
	bool secret;     /* a password, or a command that holds one */
};

struct sw_import_account {
	char *name;
	struct sw_import_setting *settings;
	size_t count, room;
};

struct sw_import_note {
	size_t line; /* 0: of no line */
	char *text;
};

struct sw_import {
	struct sw_import_account *accounts;
	size_t count, room;
	char *first; /* the account to use when none is named; NULL none */
	struct sw_import_note *notes;
	size_t note_count, note_room;
};

void sw_import_init(struct sw_import *i);
void sw_import_fini(struct sw_import *i);

/* Each appends to *i, which is empty before. `home` ("" none) stands for "~/" in names of
 * files. Only memory and limits make them fail: a line that makes no sense is a note. */
enum sw_err sw_import_msmtp(struct sw_import *i, struct sw_slice text, struct sw_slice home,
			    struct sw_error *err) SW_MUST_USE;
/* remotes, and the text of helohost ("" none). */
enum sw_err sw_import_nullmailer(struct sw_import *i, struct sw_slice remotes,
				 struct sw_slice helohost, struct sw_error *err) SW_MUST_USE;
/* dma.conf, and auth.conf ("" none). */
enum sw_err sw_import_dma(struct sw_import *i, struct sw_slice conf, struct sw_slice auth,
			  struct sw_error *err) SW_MUST_USE;
/* What AUTHPATH says: where auth.conf is; "" nothing. */
struct sw_slice sw_import_dma_auth(struct sw_slice conf);
/* ssmtp.conf, and revaliases ("" none). */
enum sw_err sw_import_ssmtp(struct sw_import *i, struct sw_slice conf,
			    struct sw_slice revaliases, struct sw_error *err) SW_MUST_USE;

#endif
