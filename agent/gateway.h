/* SPDX-License-Identifier: MIT
 *
 * What a target is behind of: the judge's stored state says that something it is asked
 * through has an outage, the config knows what that can be, the record which it is.
 */
#ifndef DIMWATCH_AGENT_GATEWAY_H
#define DIMWATCH_AGENT_GATEWAY_H

#include "agent/conf.h"
#include "storage/reader.h"

/* The name of the nearest that has an outage, and its health; NULL: none is known. c may
 * be NULL. The name is the config's. */
const char *gateway_of(
    struct reader *r, const struct conf *c, const char *target, enum health *ret);

#endif
