/* SPDX-License-Identifier: MIT
 *
 * Questions to the routing table. A connected UDP socket makes the kernel choose a route
 * and sends nothing; the addresses of route_to_world are reserved for documentation.
 */
#include "probes/http_route.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <unistd.h>

static bool is_unreachable(int error)
{
	return error == ENETUNREACH || error == EHOSTUNREACH || error == ENETDOWN;
}

bool route_exists(const struct sockaddr *address, socklen_t n)
{
	int fd = socket(address->sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool there = true;

	if (fd < 0) /* no such family here, or no descriptor: the latter is not a route */
		return errno != EAFNOSUPPORT;
	if (connect(fd, address, n) != 0)
		there = !is_unreachable(errno);
	close(fd);
	return there;
}

bool route_to_world_by(int family)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(53)};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(53)};

	inet_pton(AF_INET, "198.51.100.1", &v4.sin_addr);
	inet_pton(AF_INET6, "2001:db8::1", &v6.sin6_addr);
	return family == AF_INET ? route_exists((const struct sockaddr *)&v4, sizeof(v4))
				 : route_exists((const struct sockaddr *)&v6, sizeof(v6));
}

bool route_to_world(void)
{
	return route_to_world_by(AF_INET) || route_to_world_by(AF_INET6);
}

bool route_has_descriptors(void)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return errno != EMFILE && errno != ENFILE;
	close(fd);
	return true;
}
