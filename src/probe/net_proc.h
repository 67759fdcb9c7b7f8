/* SPDX-License-Identifier: MIT */
/* What Linux tells everybody under /proc. Pure: texts in, numbers out. */
#ifndef SW_PROBE_NET_PROC_H
#define SW_PROBE_NET_PROC_H

#include "net/addr.h"

/* One line of /proc/net/tcp or tcp6. */
struct sw_proc_socket {
	struct sw_addr local, remote; /* with ports; mapped IPv4 as IPv4 */
	unsigned state;               /* TCP_ESTABLISHED ... */
	unsigned uid;
};
/* The next line of `rest`; lines that are none are skipped. */
bool sw_proc_next_socket(struct sw_slice *rest, struct sw_proc_socket *ret);
/* "32768\t60999\n" */
bool sw_proc_range(struct sw_slice text, uint16_t *ret_first, uint16_t *ret_last);
/* The gateway of the default route, out of /proc/net/route. */
bool sw_proc_gateway(struct sw_slice text, struct sw_addr *ret);
/* What /proc/net/arp says of a neighbour: "answers"; "silent" when it was asked for in vain;
 * "". */
const char *sw_proc_neighbour(struct sw_slice text, const struct sw_addr *who);
/* A proxy as in the environment without the name and password that it may hold. */
struct sw_slice sw_proc_proxy(struct sw_slice value);

#endif
