/* SPDX-License-Identifier: MIT
 *
 * A schedule in virtual time, and who was asked when.
 */
#ifndef DIMWATCH_TESTS_PROBES_SCHEDULE_WORLD_H
#define DIMWATCH_TESTS_PROBES_SCHEDULE_WORLD_H

#include "probes/schedule.h"

#define START     ((struct mono){5000 * US_PER_S})
#define NO_LIMITS ((struct schedule_limits){100000, 100000})
#define S(x)      ((int64_t)((x)*1000)) /* seconds to milliseconds */
#define MAX_ASKS  4000

/* Milliseconds since START. */
struct ask {
	uint32_t series;
	int64_t at_ms, due_ms;
	bool reask, first_look;
};

struct world {
	struct schedule *s;
	int64_t now_ms;
	int64_t take_ms; /* an exchange takes so long; -1: for ever */
	struct ask asks[MAX_ASKS];
	size_t n;
	struct {
		uint32_t series;
		int64_t at_ms;
	} flying[512];
	size_t n_flying;
};

struct mono at(int64_t ms);
void world_open(struct world *w, struct schedule_limits limits, int64_t take_ms);
void world_close(struct world *w);
void world_put(struct world *w, uint32_t series, const char *name, const char *provider,
    int64_t interval_ms);
/* Everything that may start now starts. */
void world_start_due(struct world *w);
/* From event to event until `until_ms`. */
void world_run(struct world *w, int64_t until_ms);
size_t world_count(const struct world *w, uint32_t series);
/* Ask number k (from 0) of a series; fails the test when there is none. */
const struct ask *world_nth(const struct world *w, uint32_t series, size_t k);
const struct ask *world_last(const struct world *w, uint32_t series);

#endif
