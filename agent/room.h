/* SPDX-License-Identifier: MIT
 *
 * How many asks may be in flight at once: room for what the config asks for, within what
 * memory allows. Pure.
 */
#ifndef DIMWATCH_AGENT_ROOM_H
#define DIMWATCH_AGENT_ROOM_H

#include "agent/conf.h"
#include "probes/schedule.h"

#define ROOM_LEAST 256
#define ROOM_MOST  2048 /* a cold TLS exchange holds 70 to 110 KB while it lasts */

/* Room for answers that take six seconds at the pace of the config's targets; a quarter
 * of it for one provider, so that one that hangs cannot fill the whole. */
struct schedule_limits room_for(const struct conf *c);

#endif
