/* SPDX-License-Identifier: MIT */
/* Inside of a message. */
#ifndef SW_API_MESSAGE_H
#define SW_API_MESSAGE_H

#include <sendwell/message.h>

#include "api/recipients.h"
#include "mail/compose.h"
#include "mail/ready.h"

enum { SW_MAX_WARNINGS = 8 };

/* What the server of one recipient is asked to report. */
struct sw_message_dsn {
	struct sw_address address;
	unsigned notify;      /* sw_smtp_notify bits */
	const char *original; /* NULL: itself */
	struct sw_message_dsn *next;
};

struct sw_message {
	struct sw_arena arena;
	struct sw_compose *compose; /* from parts: made with the first of them */
	struct sw_source *source;   /* ready: from the load on; composed: from finish on */
	struct sw_dkim_keys *keys;  /* of the caller; NULL: it is not signed */
	struct sw_source *wide; /* what `source` was before it was encoded to be signed */
	bool keep_8bit;
	bool ready, finished;
	bool in_pool; /* waits there, or is under way: it can be read by one at a time */
	bool header_recipients; /* composed: To, Cc or Bcc was given; ready: to be taken */
	bool sender_set;
	const char *charset; /* of what is given now; NULL: UTF-8 */
	bool charset_guessed; /* the locale's: what is UTF-8 is that */
	struct sw_address sender;
	struct sw_recipients named;    /* those of sw_message_add_recipient */
	struct sw_recipients all;      /* the envelope, after finish */
	struct sw_message_dsn *dsn;    /* arena; the latest first */
	unsigned *notify;              /* for each of `all`; arena, NULL: not for one */
	const char **orcpt;            /* likewise */
	struct sw_ready_header header; /* ready: after finish */
	const char *warnings[SW_MAX_WARNINGS];
	size_t warning_count;
	struct sw_error error;
};

/* message_charset.c: `in` as UTF-8; `own` holds it when it had to be converted. */
enum sw_err sw_message_to_utf8(struct sw_message *m, struct sw_slice in, struct sw_buf *own,
			       struct sw_slice *ret) SW_MUST_USE;

#endif
