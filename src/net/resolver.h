/* SPDX-License-Identifier: MIT */
/* Questions to the DNS, whoever answers: libunbound over the system's servers, libunbound over a
 * given server, a script (tests). And the way from a host name to addresses as programs expect
 * it: literal, /etc/hosts, then A and AAAA together. */
#ifndef SW_NET_RESOLVER_H
#define SW_NET_RESOLVER_H

#include "dns/record.h"
#include "net/addr.h"
#include "net/loop.h"

struct sw_resolver;
struct sw_query;

/* The first three nameservers of /etc/resolv.conf; this machine when it names none, as libc does. When
 * the file cannot be read every answer is FAILED with the reason. libunbound starts at the first
 * question (2.5 ms, 3 MB), so a resolver that is not used costs nothing. DNSSEC is not validated unless
 * asked for, see below. */
struct sw_resolver *sw_resolver_system(struct sw_loop *loop, struct sw_error *err) SW_MUST_USE;
/* One server, "192.0.2.53", "192.0.2.53:5353", "[2001:db8::53]:53". */
struct sw_resolver *sw_resolver_server(struct sw_loop *loop, const char *server,
				       struct sw_error *err) SW_MUST_USE;
/* Lines "name TYPE data" (presentation form), "name TYPE !servfail" (!nodata !nxdomain !refused !bogus
 * !timeout !failed) for failures, "name TYPE ~MS" delays the answers to that question, "name TYPE +secure"
 * makes them validated ones. CNAMEs are followed. A name that is not listed is NXDOMAIN, a listed one
 * without the type NODATA. '#' comments. SW_E_DATA names the line. */
struct sw_resolver *sw_resolver_script(struct sw_loop *loop, struct sw_slice script,
				       struct sw_error *err) SW_MUST_USE;
/* Questions and lookups in flight end without a callback and are gone. Allowed inside a callback. */
void sw_resolver_free(struct sw_resolver *r);
/* Validates DNSSEC from this trust anchor (NULL: the root key of the package dns-root-data); before the
 * first question only (SW_E_USAGE). Off by default: a forwarder that strips signatures makes every signed
 * name BOGUS, which would stop mail that needs no DNSSEC; who needs it (DANE) asks for it.
 * Scripts mark their secure answers themselves. */
enum sw_err sw_resolver_set_anchor(struct sw_resolver *r, const char *path,
				   struct sw_error *err) SW_MUST_USE;
/* Lines "address name..." as of /etc/hosts, for sw_resolve_host. NULL path: none. Default is
 * /etc/hosts for the system resolver, none for the others. The file is read again for each lookup, as libc
 * does; here it must be readable (SW_E_NOINPUT), later it may be missing. */
enum sw_err sw_resolver_set_hosts(struct sw_resolver *r, const char *path,
				  struct sw_error *err) SW_MUST_USE;

/* The answer is borrowed for the time of the call; query is gone after it. */
typedef void (*sw_query_fn)(void *arg, const struct sw_dns_answer *answer);
/* Never calls back before it returns. NULL only for our own failures (memory; SW_E_DATA for a name that
 * cannot be asked). At the deadline the answer is TIMEOUT. A resolver that answers nobody is noticed
 * earlier when its host says so (FAILED, "connection refused"). */
struct sw_query *sw_resolver_ask(struct sw_resolver *r, const char *name, enum sw_dns_type type,
				 uint64_t deadline_us, sw_query_fn fn, void *arg,
				 struct sw_error *err) SW_MUST_USE;
void sw_query_cancel(struct sw_query *q);

enum sw_families { SW_FAMILY_ANY = 0, SW_FAMILY_V4 = 4, SW_FAMILY_V6 = 6 };
struct sw_host_lookup;
/* answers: those that came (0 for a literal or localhost, 1 for /etc/hosts or one family, up to 2 for A
 * and AAAA; when one family has addresses the other is waited for only shortly, RFC 8305 3).
 * addrs: at most SW_MAX_DIAL_ADDRESSES, port set. Borrowed for the time of the call. When addrs
 * is empty, `worst` tells which status explains it best (FAILED before TIMEOUT before BOGUS before
 * SERVFAIL before REFUSED before NXDOMAIN before NODATA); otherwise it is OK. AAAA come first. */
typedef void (*sw_host_fn)(void *arg, const struct sw_addr *addrs, size_t count,
			   const struct sw_dns_answer *const *answers, size_t answer_count,
			   enum sw_dns_status worst);
/* `host`: name (ASCII; convert IDNs before) or address literal, also in brackets. "localhost" and
 * names below it are the loopback addresses (RFC 6761 6.3). */
struct sw_host_lookup *sw_resolve_host(struct sw_resolver *r, const char *host, uint16_t port,
				       enum sw_families families, uint64_t deadline_us,
				       sw_host_fn fn, void *arg, struct sw_error *err) SW_MUST_USE;
void sw_host_lookup_cancel(struct sw_host_lookup *l);

#endif
