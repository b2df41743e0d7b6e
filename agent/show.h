/* SPDX-License-Identifier: MIT
 *
 * What `run` says on a terminal: one line a target after its first sample, every edge,
 * and a summary every five minutes. Into a pipe or a journal: nothing (the log has the
 * edges).
 */
#ifndef DIMWATCH_AGENT_SHOW_H
#define DIMWATCH_AGENT_SHOW_H

#include <stdio.h>

#include "agent/pipeline.h"

struct show; /* opaque */

struct show *show_new(FILE *f, struct loop *l);
void show_free(struct show *s);
struct pipeline_watcher show_watcher(struct show *s);
void show_summary(struct show *s, const struct pipeline_view *v);
/* "14:02:07" of a wall time in local time; buf of at least 9. */
char *show_clock(struct wall t, char *buf, size_t size);
/* Is it a change of an incident that people should see? */
bool show_is_news(const struct fact *f);
/* One line for an incident's change: "DOWN deepseek: overloaded 4 ...". */
void show_fact_line(FILE *f, const struct fact *fact);

#endif
