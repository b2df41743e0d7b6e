/* SPDX-License-Identifier: MIT
 *
 * Who asks: the schedule, the purse and the exchanges in flight, driven by one timer.
 * Hands every sample over exactly once and knows nothing of what it means.
 */
#ifndef DIMWATCH_AGENT_ASKER_H
#define DIMWATCH_AGENT_ASKER_H

#include "agent/conf.h"
#include "agent/spend.h"
#include "probes/http.h"
#include "probes/probe.h"
#include "probes/schedule.h"

struct asker; /* opaque */

/* Limits of 0 follow the config: room for what its targets have in flight. */
struct asker *asker_new(struct loop *l, struct http *h, uint64_t seed,
    struct schedule_limits limits, probe_done_fn on_sample, void *arg);
/* Nothing may be in flight any more (asker_stop, then turns of the loop). */
void asker_free(struct asker *a);
/* A generation: new targets get their first look, known ones keep their phase, gone ones
 * are asked no more (what is in flight ends in its own time, with its old generation). */
void asker_config(struct asker *a, struct conf *c);
/* Who is paused is not asked; asker_config looks at it anew. */
typedef bool (*asker_paused_fn)(void *arg, const char *target);
void asker_pauses(struct asker *a, asker_paused_fn is_paused, void *arg);
struct spend *asker_spend(struct asker *a);
/* An ask hangs: see probes_listen_hung; arg is that of asker_new. Never once stopped. */
void asker_listen_hung(struct asker *a, probe_hung_fn fn);
/* The judge wishes a sooner ask; budgets and caps may refuse it. */
void asker_wish(struct asker *a, uint32_t series, int64_t in_ms);
/* No new asks; what is in flight ends as `local` with this reason. */
void asker_stop(struct asker *a, const char *why);
/* What is in flight ends as `local` with this reason; asking goes on. */
void asker_give_up(struct asker *a, const char *why);
size_t asker_in_flight(const struct asker *a);
/* The start of the ask that is under way longest, and when somebody is due next;
 * INT64_MAX: nobody. */
struct mono asker_oldest(const struct asker *a);
struct mono asker_due(const struct asker *a);
void asker_clock_jumped(struct asker *a);
struct schedule_stats asker_stats(const struct asker *a);

#endif
