/* SPDX-License-Identifier: MIT */
/* libldns's functions, found at run time (base/load.h): a message to a server whose address is
 * known, or in /etc/hosts, reads no DNS message. */
#ifndef SW_NET_LDNS_LIB_H
#define SW_NET_LDNS_LIB_H

#include <ldns/ldns.h>

#include "base/error.h"

/* What is used of it, without "ldns_". */
#define SW_LDNS_FUNCTIONS(X)                                                                  \
	X(edns_get_code)                                                                      \
	X(edns_get_data)                                                                      \
	X(edns_get_size)                                                                      \
	X(edns_option_list_get_count)                                                         \
	X(edns_option_list_get_option)                                                        \
	X(pkt_aa)                                                                             \
	X(pkt_ad)                                                                             \
	X(pkt_additional)                                                                     \
	X(pkt_answer)                                                                         \
	X(pkt_authority)                                                                      \
	X(pkt_edns)                                                                           \
	X(pkt_edns_get_option_list)                                                           \
	X(pkt_free)                                                                           \
	X(pkt_get_rcode)                                                                      \
	X(pkt_ra)                                                                             \
	X(rdf2native_int32)                                                                   \
	X(rdf_data)                                                                           \
	X(rdf_get_type)                                                                       \
	X(rdf_size)                                                                           \
	X(rr_get_class)                                                                       \
	X(rr_get_type)                                                                        \
	X(rr_list_rr)                                                                         \
	X(rr_list_rr_count)                                                                   \
	X(rr_owner)                                                                           \
	X(rr_rd_count)                                                                        \
	X(rr_rdf)                                                                             \
	X(rr_ttl)                                                                             \
	X(version)                                                                            \
	X(wire2pkt)

#define SW_LDNS_MEMBER(name) __typeof__(ldns_##name) *name;
struct sw_ldns_lib {
	SW_LDNS_FUNCTIONS(SW_LDNS_MEMBER)
};
#undef SW_LDNS_MEMBER

/* SW_E_OS: it is not there, or not what it should be. Some microseconds from the second time
 * on. */
enum sw_err sw_ldns_load(struct sw_ldns_lib *ret, struct sw_error *err) SW_MUST_USE;
/* Reads a message; *ret is the caller's, by pkt_free. SW_E_DATA: it is none. SW_E_NOMEM: ldns
 * itself leaves out of a record what it has no memory for, and calls that success. */
enum sw_err sw_ldns_read(const struct sw_ldns_lib *l, const uint8_t *packet, size_t len,
			 ldns_pkt **ret) SW_MUST_USE;
/* "1.8.3"; "not installed". */
const char *sw_ldns_version(void);

#endif
