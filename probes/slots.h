/* SPDX-License-Identifier: MIT
 *
 * When one target is asked: its regular slots on a grid, its pace when a budget stretches
 * it, the judge's wish, a hold. A plain value with arithmetic; the schedule puts many of
 * them into heaps. All times are microseconds of struct mono.
 */
#ifndef DIMWATCH_PROBES_SLOTS_H
#define DIMWATCH_PROBES_SLOTS_H

#include <stdbool.h>
#include <stdint.h>

#define SLOTS_NEVER INT64_MAX

/* interval <= pace; regular >= hold and wish >= hold once a hold was set. */
struct slots {
	uint64_t hash; /* of the target's name: spreads first look and phase */
	int64_t epoch; /* the grid is epoch + phase + k * interval */
	int64_t interval;
	int64_t pace;    /* above the interval: stretched */
	int64_t regular; /* the next regular slot; the first look while not looked */
	int64_t last;    /* the regular slot that was used last; valid when looked */
	int64_t used;    /* when it was: later than the slot itself if we were late */
	int64_t wish;    /* SLOTS_NEVER: none */
	int64_t hold;    /* no ask before */
	bool looked;
};

/* The first look comes within SCHEDULE_FIRST_LOOK_MS of now. interval > 0. */
void slots_init(
    struct slots *t, const char *name, int64_t interval, int64_t epoch, int64_t now);
/* What comes first: the regular slot or the wish. */
int64_t slots_due(const struct slots *t);
bool slots_is_stretched(const struct slots *t);
/* The regular slot is asked now; the next one is at least half a period away. Returns how
 * many slots were missed, as slots_skip does. */
uint64_t slots_use(struct slots *t, int64_t now);
/* The slot is left out; the next one is after now. */
uint64_t slots_skip(struct slots *t, int64_t now);
/* What changes the plan; an ask that is overdue stays overdue, and no change ever makes
 * one overdue. */
void slots_set_interval(struct slots *t, int64_t interval, int64_t now);
void slots_set_pace(struct slots *t, int64_t pace, int64_t now); /* 0: the interval */
void slots_hold(struct slots *t, int64_t until);
/* False: held, or stretched. An earlier wish stays. */
bool slots_wish(struct slots *t, int64_t due, int64_t now);

#endif
