/* SPDX-License-Identifier: MIT
 *
 * The demo's day and its config, as text.
 */
#ifndef DIMWATCH_AGENT_DEMO_STORY_H
#define DIMWATCH_AGENT_DEMO_STORY_H

#include "agent/base/str.h"

/* What the simulated providers do, from when on (agent/sim). */
extern const char demo_script[];

/* When the story is told to its end, milliseconds. */
#define DEMO_END_MS ((int64_t)(12 * 60 + 40) * 60 * 1000)

/* The demo's config, in the words of any config. */
void demo_config(struct str *out, const char *database, int port);

#endif
