/* SPDX-License-Identifier: MIT */
/* Finding what is the same in every language: addresses, reply codes and host names inside
 * running text. */
#ifndef SW_READ_NOTICE_SCAN_H
#define SW_READ_NOTICE_SCAN_H

#include "base/slice.h"
#include "mail/status.h"

struct notice_span {
	size_t at, end;
};

/* The next mail address at or behind *pos, without brackets and quotes around it; *pos moves
 * behind it.  Domains without a dot count only within <>.  `bracket` says that it stood within
 * <>. */
bool notice_address_next(struct sw_slice text, size_t *pos, struct notice_span *ret,
			 bool *bracket);
static inline struct sw_slice notice_span_slice(struct sw_slice text, struct notice_span s)
{
	return sw_slice(text.ptr + s.at, s.end - s.at);
}
/* Equal but for the case of ASCII letters, hashed likewise. */
uint32_t notice_address_hash(struct sw_slice address);

/* How sure it is that a number is a reply code. */
enum notice_rank {
	NOTICE_NO_CODE = 0,
	NOTICE_CODE_PERHAPS,  /* three digits in a sentence */
	NOTICE_CODE_ENHANCED, /* an enhanced code only */
	NOTICE_CODE_LIKELY,   /* at the head of a line, behind "said:" and the like */
	NOTICE_CODE_SURE,     /* with its enhanced code */
};
struct notice_reply {
	enum notice_rank rank;
	int code;
	struct sw_enhanced enhanced;
	size_t at; /* where the reply begins */
};
/* The most certain reply with a 4xx or 5xx code, the first among equals. */
struct notice_reply notice_reply_find(struct sw_slice text);

/* The host that the text speaks of, and how sure it is. */
enum notice_host {
	NOTICE_NO_HOST = 0,
	NOTICE_HOST_LITERAL, /* an address only */
	NOTICE_HOST_ANY,     /* some name */
	NOTICE_HOST_CALLED,  /* behind "host", "server" and the like */
	NOTICE_HOST_SURE,    /* with its address behind it */
};
enum notice_host notice_host_find(struct sw_slice text, struct sw_slice *ret);

#endif
