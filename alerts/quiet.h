/* SPDX-License-Identifier: MIT
 *
 * Quiet hours: what may wait is told to a channel when they end, as it stands then. A
 * severity that is excepted is told at once; of an incident that is over, the worst that
 * it was.
 */
#ifndef DIMWATCH_ALERTS_QUIET_H
#define DIMWATCH_ALERTS_QUIET_H

#include "alerts/route.h"

/* When the channel may hear of it: the end of the quiet hours that hold at that time; 0:
 * at once. The hours are those of the first route that matches and names the channel;
 * where none does (it was told by a route that holds no more, or it escalated), of the
 * route that holds now, else of the first that names the channel. */
struct wall quiet_until(const struct route *routes, size_t n, const struct incident *in,
    const char *channel, struct wall at);
/* Is there ever an hour that is not quiet? */
bool quiet_ends(const struct quiet *q);
/* The route that this is about. */
const struct route *route_telling(
    const struct route *routes, size_t n, const struct incident *in, const char *channel);
/* Does the route name it, to tell it or to escalate? */
bool route_names(const struct route *r, const char *channel);

#endif
