/* SPDX-License-Identifier: MIT
 *
 * A finished replay for people: the incidents, how late each was decided, and what was
 * different in reality.
 */
#ifndef DIMWATCH_AGENT_REPLAY_PRINT_H
#define DIMWATCH_AGENT_REPLAY_PRINT_H

#include "agent/replay_compare.h"
#include "agent/replay_source.h"

void replay_print_summary(const struct replay_source *s);
void replay_print_incidents(const struct replay *r);
void replay_print_likenings(const struct likening *all, size_t n);
/* One update a line: {"t_ms","subject","update","detail"}. */
void replay_print_json(const struct replay_update *u);
/* Lines of the same shape; update: "same" "other" "new" "missing". */
void replay_print_likenings_json(const struct likening *all, size_t n);

#endif
