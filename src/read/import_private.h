/* SPDX-License-Identifier: MIT */
/* What the readers of foreign configurations share. */
#ifndef SW_READ_IMPORT_PRIVATE_H
#define SW_READ_IMPORT_PRIVATE_H

#include "read/import.h"

/* SW_E_LIMIT beyond SW_MAX_IMPORT_ACCOUNTS. *ret lives until the next one is added. */
enum sw_err sw_import_account(struct sw_import *i, struct sw_slice name,
			      struct sw_import_account **ret,
			      struct sw_error *err) SW_MUST_USE;
const struct sw_import_account *sw_import_find(const struct sw_import *i,
					       struct sw_slice name);
/* Sets or replaces; a value with control bytes is noted instead. */
enum sw_err sw_import_set(struct sw_import *i, struct sw_import_account *a, const char *key,
			  struct sw_slice value, size_t line,
			  struct sw_error *err) SW_MUST_USE;
/* The same for what must not be shown. */
enum sw_err sw_import_set_secret(struct sw_import *i, struct sw_import_account *a,
				 const char *key, struct sw_slice value, size_t line,
				 struct sw_error *err) SW_MUST_USE;
/* Once for a line and a text; beyond SW_MAX_IMPORT_NOTES nothing. */
enum sw_err sw_import_note(struct sw_import *i, struct sw_error *err, size_t line,
			   const char *fmt, ...) SW_PRINTF(4, 5) SW_MUST_USE;
/* Names the account to use when none is named. */
enum sw_err sw_import_first(struct sw_import *i, struct sw_slice name,
			    struct sw_error *err) SW_MUST_USE;

struct sw_import_server {
	const char *scheme;   /* "smtp", "smtps", "lmtp" */
	struct sw_slice host; /* a name or an address, IPv6 with or without [] */
	struct sw_slice port; /* "" the scheme's usual one: */
	unsigned usual_port;
	const char *tls; /* "starttls", "none", ...; NULL: as the scheme says */
	size_t line, port_line;
};
/* "server" and "tls". *ret_good false, with a note: this is no server. */
enum sw_err sw_import_server(struct sw_import *i, struct sw_import_account *a,
			     const struct sw_import_server *s, bool *ret_good,
			     struct sw_error *err) SW_MUST_USE;

/* What a command line for a shell is without one. */
enum sw_import_command {
	SW_COMMAND_PLAIN, /* *out is the same for sw_words_split */
	SW_COMMAND_SHOWS, /* the same, but the secret stands in it (echo, printf) */
	SW_COMMAND_SHELL, /* only a shell can run it */
};
/* SW_E_NOMEM alone. `out` is empty before. */
enum sw_err sw_import_command(struct sw_slice line, struct sw_slice home, struct sw_buf *out,
			      enum sw_import_command *ret) SW_MUST_USE;

/* The next line of *rest without its end and without blanks around; counts it. */
bool sw_import_line(struct sw_slice *rest, size_t *line, struct sw_slice *ret);
/* Cuts the first word (up to a blank) off; what follows is without blanks around. */
struct sw_slice sw_import_word(struct sw_slice *rest);

#endif
