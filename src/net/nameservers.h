/* SPDX-License-Identifier: MIT */
/* Which name servers this machine asks: the text of resolv.conf(5). Pure. */
#ifndef SW_NET_NAMESERVERS_H
#define SW_NET_NAMESERVERS_H

#include "net/addr.h"

#define SW_RESOLV_CONF "/etc/resolv.conf"

/* The first SW_MAX_NAMESERVERS of the lines "nameserver ADDRESS"; without any it is this
 * machine, as libc has it. Returns how many stand in ret; *ret_named (NULL allowed) how many
 * the text named. */
size_t sw_nameservers_read(struct sw_slice text, struct sw_addr ret[SW_MAX_NAMESERVERS],
			   size_t *ret_named);
/* "192.0.2.53", "2001:db8::53", and with a port: "192.0.2.53:5353", "[2001:db8::53]:53". */
bool sw_nameserver_parse(struct sw_slice text, struct sw_addr *ret);
/* "192.0.2.53", "192.0.2.53:5353": port 53 goes without saying. */
const char *sw_nameserver_text(const struct sw_addr *a, char out[SW_ADDR_TEXT]);

#endif
