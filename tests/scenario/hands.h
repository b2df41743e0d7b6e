/* SPDX-License-Identifier: MIT
 *
 * What people do in a scenario; see hands.c.
 */
#ifndef DIMWATCH_TESTS_SCENARIO_HANDS_H
#define DIMWATCH_TESTS_SCENARIO_HANDS_H

#include "tests/scenario/world.h"

bool world_ack(struct world *w, const char *subject);
bool world_hush(struct world *w, const char *line);     /* "NAME for 1h" */
bool world_escalate(struct world *w, const char *line); /* "15m to pager" */
/* After a restart: tells the teller what is hushed. */
void world_hushes(struct world *w);

#endif
