/* SPDX-License-Identifier: MIT */
#include "net/own_ip.h"

#include <sys/socket.h>
#include <unistd.h>

bool sw_own_ip(int family, struct sw_addr *ret)
{
	/* Any public address: connecting a datagram socket chooses the way and sends nothing.
	 * The port is discard's. */
	const char *far = family == AF_INET6 ? "2001:4860:4860::8888" : "8.8.8.8";
	struct sw_addr to, own = { .len = sizeof(own.ss) };
	bool good = false;

	if (!sw_addr_parse(sw_slice_str(far), 9, &to))
		return false;
	int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return false;
	if (connect(fd, (const struct sockaddr *)&to.ss, to.len) == 0)
		good = getsockname(fd, (struct sockaddr *)&own.ss, &own.len) == 0;
	(void)close(fd);
	if (good)
		*ret = own;
	return good;
}
