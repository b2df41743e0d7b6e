/* SPDX-License-Identifier: MIT
 *
 * Tells the demo's day in the terminal as it happens: an hourly line, every verdict, and
 * each Slack message as a person would see it.
 */
#ifndef DIMWATCH_AGENT_NARRATOR_H
#define DIMWATCH_AGENT_NARRATOR_H

#include <stdio.h>

#include "agent/pipeline.h"
#include "agent/sim/sim.h"

struct narrator; /* opaque */

/* hold_ms: how long (real) the story pauses after each thing worth reading; 0 = never. */
struct narrator *narrator_new(FILE *f, struct loop *l, int64_t hold_ms);
void narrator_free(struct narrator *n);
struct pipeline_watcher narrator_watcher(struct narrator *n);
/* For sim_options: arg is the narrator. */
void narrator_on_hook(void *arg, const char *name, const struct sim_request *rq);
/* One line in the story's own voice. */
void narrator_say(struct narrator *n, const char *text);
size_t narrator_messages(const struct narrator *n);

/* A Slack payload as lines of text (for the terminal: printable). Pure. */
void narrator_slack_text(const char *payload, size_t size, struct str *out);

#endif
