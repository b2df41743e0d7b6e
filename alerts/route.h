/* SPDX-License-Identifier: MIT
 *
 * Which channels hear of an incident: the first route that matches. This version matches
 * by severity; a route without `match` catches all.
 */
#ifndef DIMWATCH_ALERTS_ROUTE_H
#define DIMWATCH_ALERTS_ROUTE_H

#include "alerts/incident.h"

struct route {
	uint32_t severities;   /* bit per enum severity; 0 = any */
	const char *const *to; /* channel names */
	size_t n_to;
	int line, column;
};

/* NULL: nobody is told. */
const struct route *route_find(
    const struct route *routes, size_t n, const struct incident *in);

#endif
