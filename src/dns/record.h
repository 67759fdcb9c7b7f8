/* SPDX-License-Identifier: MIT */
/* Typed questions and answers of the DNS.  No sockets and no message codec: resolvers hand in
 * the wire form of single records (RFC 1035 3.3, uncompressed names) and get typed ones. */
#ifndef SW_DNS_RECORD_H
#define SW_DNS_RECORD_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"

enum sw_dns_type { /* values of the IANA registry */
	SW_DNS_A = 1,
	SW_DNS_NS = 2,
	SW_DNS_CNAME = 5,
	SW_DNS_SOA = 6,
	SW_DNS_PTR = 12,
	SW_DNS_MX = 15,
	SW_DNS_TXT = 16,
	SW_DNS_AAAA = 28,
	SW_DNS_SRV = 33,
	SW_DNS_TLSA = 52,
};

/* What the question came to. */
enum sw_dns_status {
	SW_DNS_OK = 0,	  /* records */
	SW_DNS_NODATA,	  /* the name exists, not with this type */
	SW_DNS_NXDOMAIN,
	SW_DNS_SERVFAIL,
	SW_DNS_REFUSED,	  /* REFUSED, NOTIMP, FORMERR: the rcode tells which */
	SW_DNS_BOGUS,	  /* DNSSEC validation failed; why_bogus says why */
	SW_DNS_TIMEOUT,	  /* no answer before the deadline */
	SW_DNS_FAILED,	  /* the resolver itself could not work (its reason in why_failed) */
	SW_DNS_STATUS_COUNT
};
const char *sw_dns_status_name(enum sw_dns_status status);	/* "ok", "nxdomain", ...; "?" */
const char *sw_dns_type_name(enum sw_dns_type type);	/* "MX"; "?" for types that we do not read */
bool sw_dns_type_from_name(struct sw_slice name, enum sw_dns_type *ret);

/* One record.  Texts are NUL-terminated, names without the final dot ("" is the root), bytes
 * outside printable ASCII in names as \DDD (RFC 1035 5.1).  All borrowed from the arena of the
 * answer. */
struct sw_dns_record {
	enum sw_dns_type type;
	uint32_t ttl_s;
	union {
		uint8_t a[4];
		uint8_t aaaa[16];
		const char *name;	/* NS, CNAME, PTR */
		struct { uint16_t preference; const char *host; } mx;	/* host "" is a null MX (RFC 7505) */
		struct { uint16_t priority, weight, port; const char *host; } srv;
		struct sw_slice txt;	/* strings of one record joined; any byte */
		struct { uint8_t usage, selector, matching; struct sw_slice data; } tlsa;
		struct { const char *mname, *rname; uint32_t serial; } soa;
	};
};

/* An answer.  The owner is whoever made it (sw_dns_answer_new / _free); a resolver lends it for
 * the time of its callback. */
struct sw_dns_answer {
	struct sw_arena arena;
	const char *name;		/* as asked */
	enum sw_dns_type type;
	enum sw_dns_status status;
	int rcode;
	bool secure;			/* validated by DNSSEC */
	const char *canonical;		/* last name of the CNAME chain, or `name` */
	const char *why_bogus;		/* NULL unless BOGUS */
	const char *why_failed;		/* NULL unless FAILED or TIMEOUT */
	const char *source;		/* the servers asked ("127.0.0.1:5353", several with ", " between),
					 * "/etc/hosts", "script"; "" unknown */
	uint64_t elapsed_us;
	size_t count;
	struct sw_dns_record *records;	/* at most SW_MAX_DNS_RECORDS; rest dropped */
	bool cut;			/* there were more */
	size_t room;			/* records that fit before the array must grow */
};

struct sw_dns_answer *sw_dns_answer_new(const char *name, enum sw_dns_type type) SW_MUST_USE;
void sw_dns_answer_free(struct sw_dns_answer *a);
/* Appends a record from its RDATA.  SW_E_DATA when the bytes do not fit the type (the record is
 * left out), SW_E_NOMEM, SW_E_LIMIT beyond SW_MAX_DNS_RECORDS (sets cut). */
enum sw_err sw_dns_answer_add_wire(struct sw_dns_answer *a, enum sw_dns_type type,
				   uint32_t ttl_s, const uint8_t *rdata, size_t len) SW_MUST_USE;
/* Appends a record from presentation form ("10 mx.example.test"). */
enum sw_err sw_dns_answer_add_text(struct sw_dns_answer *a, enum sw_dns_type type,
				   uint32_t ttl_s, struct sw_slice text,
				   struct sw_error *err) SW_MUST_USE;
/* The record's data in presentation form, printable ASCII: "10 mx.example.test", "192.0.2.1",
 * "\"v=spf1 -all\""; the root as ".".  A text record is quoted, other bytes than printable ones as
 * \DDD. */
enum sw_err sw_dns_record_text(const struct sw_dns_record *r, struct sw_buf *out) SW_MUST_USE;
/* A copy of the rest of an answer's texts belongs into its arena; "" without memory. */
const char *sw_dns_answer_keep(struct sw_dns_answer *a, const char *text);
/* MX records by preference, equal ones shuffled by the given random bytes source (RFC 5321 5.1);
 * SRV by priority and weight (RFC 2782). */
struct sw_world;
void sw_dns_answer_sort(struct sw_dns_answer *a, const struct sw_world *world);

/* A domain name that may be asked: labels of 1 to 63 bytes, at most 253 in all, no control bytes,
 * escaped ones (\010) neither.  An optional final dot is allowed; the root alone is not a name. */
bool sw_dns_name_valid(struct sw_slice name);

#endif
