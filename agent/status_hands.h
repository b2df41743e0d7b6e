/* SPDX-License-Identifier: MIT
 *
 * What people did, for `status`: open incidents that somebody has in hand, silences that
 * are not over, paused targets.
 */
#ifndef DIMWATCH_AGENT_STATUS_HANDS_H
#define DIMWATCH_AGENT_STATUS_HANDS_H

#include <jansson.h>

#include "agent/base/tick.h"
#include "storage/reader.h"

/* One line each, none when there is nothing. */
bool status_hands_print(struct reader *r, struct wall now, struct err *e) MUST_CHECK;
/* Adds "acknowledged", "silences" and "paused" to the object. */
bool status_hands_json(
    struct reader *r, struct wall now, json_t *o, struct err *e) MUST_CHECK;

#endif
