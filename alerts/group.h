/* SPDX-License-Identifier: MIT
 *
 * Which news wait for company (`group:` of a route), for how long, and with whom. What is
 * critical does not wait, of an incident that is over by the worst that it was; nor does
 * a drill, because somebody waits for it.
 */
#ifndef DIMWATCH_ALERTS_GROUP_H
#define DIMWATCH_ALERTS_GROUP_H

#include "alerts/route.h"

/* How long what is owed to this channel may wait, and the name of the group; 0: it does
 * not. The route is the one whose quiet hours hold (alerts/quiet.h). */
int64_t group_wait_ms(const struct route *routes, size_t n, const struct incident *in,
    const char *channel, char *ret_group, size_t size);

#endif
