/* SPDX-License-Identifier: MIT */
/* What receivers judge the author of a message by, as facts: the domain of From, signatures,
 * the way to unsubscribe. Read only when a message was refused. */
#ifndef SW_CLIENT_LETTER_H
#define SW_CLIENT_LETTER_H

#include "client/context.h"
#include "mail/source.h"

/* States message.identity, and message.signature for each. A source that cannot be read states
 * nothing: what became of the message is known all the same. Leaves the source rewound. */
void sw_letter_state(struct sw_context *c, struct sw_source *source);

#endif
