/* SPDX-License-Identifier: MIT */
/* A file of messages cut into them: mbox as mboxo, mboxrd, mboxcl and mboxcl2 write it, MMDF,
 * or one message alone.  Pure: bytes in, slices out, one pass, any line ends.
 *
 * Who reads a file in windows sets `more`, and puts the longer window into `rest` when asked.
 */
#ifndef SW_READ_MAILBOX_H
#define SW_READ_MAILBOX_H

#include "base/buf.h"

enum sw_mailbox_kind { SW_MAILBOX_SINGLE = 0, SW_MAILBOX_MBOX, SW_MAILBOX_MMDF };

struct sw_mailbox_file {
	enum sw_mailbox_kind kind;
	struct sw_slice rest; /* what was not handed out yet */
	bool lone_cr;         /* lines end in CR alone: there is no LF */
	bool more;            /* set by the owner: the file goes on behind `rest` */
	bool wants_more;      /* there was no next one because this cannot be decided yet */
};
struct sw_mailbox_message {
	struct sw_slice from;    /* the line "From a@b Sat Nov 21 10:00:00 2026", "" none */
	struct sw_slice message; /* without it, and without the empty line behind */
	bool quoted;             /* holds lines ">From "; see sw_mailbox_unquote */
};

/* An mbox begins with a From line that has a date; what begins otherwise is one message. */
void sw_mailbox_begin(struct sw_mailbox_file *m, struct sw_slice bytes);
/* The next message; false behind the last.  Content-Length is believed only where it leads to
 * the next From line or the end.  An empty file has no message. */
bool sw_mailbox_next(struct sw_mailbox_file *m, struct sw_mailbox_message *ret);
/* Inside a message that nobody wants: moves `rest` to the beginning of the next one, or to
 * what must stay in the window while more comes (wants_more).  False when there is none (yet).
 */
bool sw_mailbox_skip(struct sw_mailbox_file *m);
/* Appends the message with one '>' taken off each line ">From ", ">>From " ... (mboxrd; of
 * mboxo the first is right). */
enum sw_err sw_mailbox_unquote(struct sw_slice message, struct sw_buf *out) SW_MUST_USE;

#endif
