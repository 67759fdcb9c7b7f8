/* SPDX-License-Identifier: MIT */
#include "net/own_ip.h"

#include <sys/socket.h>
#include <unistd.h>

/* Connecting a datagram socket chooses the way and sends nothing. */
bool sw_way_to(const struct sw_addr *to, struct sw_addr *ret)
{
	struct sw_addr own = { .len = sizeof(own.ss) };
	int fd = socket(to->ss.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool good = false;

	if (fd < 0)
		return false;
	if (connect(fd, (const struct sockaddr *)&to->ss, to->len) == 0)
		good = getsockname(fd, (struct sockaddr *)&own.ss, &own.len) == 0;
	(void)close(fd);
	if (good)
		*ret = own;
	return good;
}

bool sw_own_ip(int family, struct sw_addr *ret)
{
	/* Any public address. The port is discard's. */
	const char *far = family == AF_INET6 ? "2001:4860:4860::8888" : "8.8.8.8";
	struct sw_addr to;

	return sw_addr_parse(sw_slice_str(far), 9, &to) && sw_way_to(&to, ret);
}
