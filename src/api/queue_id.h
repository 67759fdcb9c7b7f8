/* SPDX-License-Identifier: MIT */
/* The id under which a server has queued a message, from its reply to the final dot. Pure. */
#ifndef SW_API_QUEUE_ID_H
#define SW_API_QUEUE_ID_H

#include "base/slice.h"

/* `text`: the reply's text without codes. An empty slice when no known form is found; the id
 * is a part of `text` and of printable ASCII without blanks. */
struct sw_slice sw_queue_id_find(struct sw_slice text);

#endif
