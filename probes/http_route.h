/* SPDX-License-Identifier: MIT
 *
 * Is it our own network? Asked of the kernel's routing table, with a UDP socket that is
 * connected and never sends: no packet leaves the machine.
 */
#ifndef DIMWATCH_PROBES_HTTP_ROUTE_H
#define DIMWATCH_PROBES_HTTP_ROUTE_H

#include <stdbool.h>
#include <sys/socket.h>

/* Does any interface lead to this address? True when it cannot be told. */
bool route_exists(const struct sockaddr *address, socklen_t n);
/* Does any interface lead to the world (IPv4 or IPv6)? */
bool route_to_world(void);
/* The same by one family: AF_INET or AF_INET6. */
bool route_to_world_by(int family);
/* Is there a file descriptor left? */
bool route_has_descriptors(void);

#endif
