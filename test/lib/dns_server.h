/* SPDX-License-Identifier: MIT */
/* A name server on 127.0.0.1 that does what the first label of the name asked for says:
 *   a N        one address, 192.0.2.1 (AAAA: 2001:db8::1)      nodata, nx, servfail, refused
 *   silent     says nothing                                    garbage    bytes that are no message
 *   wrongid    answers another question                        trunc      cut, and nothing over TCP
 *   many       300 addresses, cut over UDP, whole over TCP     cname      leads to a.test
 *   loop       leads to other.test and back          long       a chain of 11 names
 *   mx         10 a.test, 20 b.test                            broken     an address of 3 octets
 *   noreply-aaaa-X    as X, but silent when AAAA is asked
 * It lives in the loop of the test. */
#ifndef SW_TEST_DNS_SERVER_H
#define SW_TEST_DNS_SERVER_H

#include "net/loop.h"
#include "net/tcp.h"

enum { DNS_SERVER_CALLS = 4 };

struct dns_call {
	int fd;
	struct sw_watch *watch;
	struct dns_server *server;
};

struct dns_server {
	struct sw_loop *loop;
	struct sw_watch *watch;
	struct sw_listener *tcp;
	struct dns_call calls[DNS_SERVER_CALLS];
	size_t call_count;
	int fd;
	unsigned questions;
	char address[SW_ADDR_TEXT];	/* "127.0.0.1:49321" */
};

void dns_server_start(struct dns_server *s, struct sw_loop *loop);
void dns_server_stop(struct dns_server *s);

#endif
