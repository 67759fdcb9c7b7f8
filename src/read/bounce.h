/* SPDX-License-Identifier: MIT */
/* Reading a bounce: from any message to what it says about each recipient.  States what stands
 * there; the judgement
 * (`class`) is the knowledge room's.  Pure: bytes in, a value out. */
#ifndef SW_READ_BOUNCE_H
#define SW_READ_BOUNCE_H

#include "knowledge/classify.h"
#include "mail/mime.h"

enum sw_bounce_action {
	SW_BOUNCE_FAILED = 0,
	SW_BOUNCE_DELAYED,
	SW_BOUNCE_DELIVERED,
	SW_BOUNCE_RELAYED,
	SW_BOUNCE_EXPANDED,
	SW_BOUNCE_FEEDBACK,
	SW_BOUNCE_AUTOREPLY,
	SW_BOUNCE_ACTION_COUNT
};
const char *sw_bounce_action_name(enum sw_bounce_action a); /* "failed" */

/* All text is UTF-8, bounded, NOT yet made safe for a terminal; "" where nothing is said. */
struct sw_bounce_recipient {
	const char *address;       /* who it was for: Original-Recipient where that is a mail
				      address, else Final */
	const char *final_address; /* when another, else "" */
	enum sw_bounce_action action;
	int code; /* reply code found in the status, the diagnostic or the text; 0 none */
	struct sw_enhanced enhanced; /* what is really there, none invented */
	const char *diagnostic;      /* the other side's words, lines joined by blanks */
	const char *remote_host;     /* Remote-MTA or the host that the text names */
	bool has_stage;
	enum sw_stage stage; /* from "in reply to RCPT TO command" and the like */
	bool at_sender;      /* it was MAIL that was refused */
	bool by_program;     /* no server said it, but a program that mail was given to */
	struct sw_class class;
	struct sw_bounce_recipient *next;
};
struct sw_bounce {
	bool is_bounce;  /* false: none of the rest counts, but `why` */
	const char *why; /* one plain English sentence: by which sign it was recognised, or why
			    not */
	const char *layout; /* "rfc3464", "arf", "autoreply", or the id of a layout or of the
			       general reader */
	const char *reporting_mta, *feedback_type;
	struct sw_bounce_recipient *recipients;
	size_t recipient_count;
	struct {
		const char *message_id, *sender, *date, *subject, *envelope_id;
	} original; /* of the message that bounced */
	bool cut;   /* a limit was reached */
};

/* Everything in *ret lives in the arena; only memory can fail. */
enum sw_err sw_bounce_read(const struct sw_knowledge *k, struct sw_arena *arena,
			   struct sw_slice message, struct sw_bounce *ret,
			   struct sw_error *err) SW_MUST_USE;

#endif
