/* SPDX-License-Identifier: MIT */
/* One question to one name server, and all that came back. What libunbound as a stub does not
 * let be set or seen: without recursion (to the servers of a domain), with checking disabled
 * (RFC 4035 3.2.2), which of the sections said what, whether the answer was cut and TCP is
 * closed, the extended error (RFC 8914).
 *
 * A random id, a socket (and so a random port) of its own for each question, EDNS with 1232
 * bytes (left out when the server cannot read it), up to three packets, TCP when the answer is
 * cut. An answer counts when it comes from the server that was asked, with the id and the
 * question. */
#ifndef SW_NET_ASK_H
#define SW_NET_ASK_H

#include "dns/record.h"
#include "net/addr.h"
#include "net/loop.h"

enum {
	SW_ASK_RECURSE = 1,   /* the server is to find the answer itself */
	SW_ASK_UNCHECKED = 2, /* CD: answers that DNSSEC finds bad, too */
	SW_ASK_DNSSEC = 4,    /* DO: signatures, too */
};
struct sw_ask_wish {
	struct sw_addr server; /* with port */
	const char *name;
	enum sw_dns_type type;
	unsigned flags;
	uint64_t deadline_us;
};
enum sw_ask_end {
	SW_ASK_UNTRIED = 0,
	SW_ASK_ANSWERED,
	SW_ASK_SILENT,
	SW_ASK_UNREACHABLE, /* os_errno */
	SW_ASK_NONSENSE,    /* bytes that are no answer */
	SW_ASK_LOCAL,       /* our own failure: memory, descriptors */
};
const char *sw_ask_end_name(enum sw_ask_end e); /* "answered" "silent" ... */

/* A name server that the answer tells of. */
struct sw_ask_server {
	const char *name;
	/* From the additional section; 0: it is to be asked for. */
	struct sw_addr addrs[2];
	size_t addr_count;
};
enum { SW_ASK_SERVERS = 13 };
struct sw_ask_account {
	enum sw_ask_end end; /* of UDP, or of TCP when it came to that */
	int os_errno;
	bool truncated;      /* over UDP */
	enum sw_ask_end tcp; /* UNTRIED unless the answer was cut */
	bool authoritative, recursion_offered, validated;
	int extended_error; /* RFC 8914; -1 none */
	/* Status, rcode and the records of the answer section. Never NULL; TIMEOUT or FAILED
	 * when nothing usable came. */
	const struct sw_dns_answer *answer;
	uint32_t ttl_s; /* the smallest of the records; of a negative answer its SOA's */
	/* The NS records of the authority section (a referral when the server is not
	 * authoritative), or those that were asked for. */
	const char *cut; /* their owner; NULL none */
	size_t server_count;
	struct sw_ask_server servers[SW_ASK_SERVERS];
	bool has_soa;
	uint32_t serial;
	uint64_t elapsed_us;
};

struct sw_ask;
/* The account is borrowed for the time of the call; the question is over but must still be
 * freed, also in the callback. */
typedef void (*sw_ask_fn)(void *arg, struct sw_ask *q, const struct sw_ask_account *a);
/* Never calls back before it returns, then once. NULL: our own failures (memory; SW_E_DATA for
 * a name that cannot be asked). */
struct sw_ask *sw_ask_start(struct sw_loop *loop, const struct sw_ask_wish *wish, sw_ask_fn fn,
			    void *arg, struct sw_error *err) SW_MUST_USE;
/* NULL while it is under way, and for NULL. */
const struct sw_ask_account *sw_ask_get_account(const struct sw_ask *q);
/* Also cancels. NULL is fine. */
void sw_ask_free(struct sw_ask *q);

/* ---- the packets, pure */

enum { SW_ASK_HEADER = 12, SW_ASK_QUESTION = SW_ASK_HEADER + 255 + 4 + 11 };
/* Returns the length; 0 when the name cannot be asked. */
size_t sw_ask_packet_write(const struct sw_ask_wish *wish, uint16_t id, bool edns,
			   uint8_t out[SW_ASK_QUESTION]);
/* Whether these bytes answer that question (id, QR, the question itself; servers that cannot
 * read a question may leave it out). */
bool sw_ask_packet_fits(const uint8_t *question, size_t question_len, const uint8_t *packet,
			size_t len);
/* Reads a whole message into the account, with `answer` (the same as account->answer) as its
 * arena. Whatever the bytes are; SW_E_NOMEM only. */
enum sw_err sw_ask_packet_read(const uint8_t *packet, size_t len, struct sw_dns_answer *answer,
			       struct sw_ask_account *account) SW_MUST_USE;

#endif
