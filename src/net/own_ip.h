/* SPDX-License-Identifier: MIT */
/* The address from which this machine talks to the Internet. */
#ifndef SW_NET_OWN_IP_H
#define SW_NET_OWN_IP_H

#include "net/addr.h"

/* Asks the routing table; nothing is sent. `family` AF_INET or AF_INET6. False: no route. */
bool sw_own_ip(int family, struct sw_addr *ret);
/* Our address on the way to that one. Likewise; false: no way there from this machine. */
bool sw_way_to(const struct sw_addr *to, struct sw_addr *ret);

#endif
