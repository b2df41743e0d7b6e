/* SPDX-License-Identifier: MIT
 *
 * The first route that matches. An incident without active causes (it is over) is routed
 * by the worst it was.
 */
#include "alerts/route.h"

const struct route *route_find(
    const struct route *routes, size_t n, const struct incident *in)
{
	enum severity s = in->severity_now ? in->severity_now : in->severity;

	for (size_t i = 0; i < n; i++) {
		if (!routes[i].severities || routes[i].severities >> s & 1)
			return &routes[i];
	}
	return NULL;
}
