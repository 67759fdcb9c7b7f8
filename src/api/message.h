/* SPDX-License-Identifier: MIT */
/* Inside of a message. */
#ifndef SW_API_MESSAGE_H
#define SW_API_MESSAGE_H

#include <sendwell/message.h>

#include "api/recipients.h"
#include "mail/compose.h"
#include "mail/ready.h"

enum { SW_MAX_WARNINGS = 8 };

struct sw_message {
	struct sw_arena arena;
	struct sw_compose *compose; /* from parts: made with the first of them */
	struct sw_source *source;   /* ready: from the load on; composed: from finish on */
	struct sw_dkim_keys *keys;  /* of the caller; NULL: it is not signed */
	bool ready, finished;
	bool in_pool; /* waits there, or is under way: it can be read by one at a time */
	bool header_recipients; /* composed: To, Cc or Bcc was given; ready: to be taken */
	bool sender_set;
	struct sw_address sender;
	struct sw_recipients named;    /* those of sw_message_add_recipient */
	struct sw_recipients all;      /* the envelope, after finish */
	struct sw_ready_header header; /* ready: after finish */
	const char *warnings[SW_MAX_WARNINGS];
	size_t warning_count;
	struct sw_error error;
};

#endif
