/* SPDX-License-Identifier: MIT
 *
 * What providers say about themselves in a scenario; see pages.c.
 */
#ifndef DIMWATCH_TESTS_SCENARIO_PAGES_H
#define DIMWATCH_TESTS_SCENARIO_PAGES_H

#include "tests/scenario/world.h"

bool world_page(struct world *w, const char *line);
/* After a restart: what is held of them is read anew. */
void world_pages(struct world *w);

#endif
