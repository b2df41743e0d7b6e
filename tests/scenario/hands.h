/* SPDX-License-Identifier: MIT
 *
 * What people do in a scenario, and what their purse does; see hands.c and purse.c.
 */
#ifndef DIMWATCH_TESTS_SCENARIO_HANDS_H
#define DIMWATCH_TESTS_SCENARIO_HANDS_H

#include "tests/scenario/world.h"

bool world_ack(struct world *w, const char *subject);
bool world_hush(struct world *w, const char *line);     /* "NAME for 1h" */
bool world_escalate(struct world *w, const char *line); /* "15m to pager" */
/* After a restart: tells the teller what is hushed. */
void world_hushes(struct world *w);
/* purse.c. "NAME 2m": the pace that a budget allows (0s: as the config says); "NAME for
 * 90s": what Retry-After, or an empty purse, keeps back. */
bool world_stretch(struct world *w, char *line);
bool world_hold(struct world *w, char *line);

#endif
