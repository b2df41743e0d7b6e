/* SPDX-License-Identifier: MIT
 *
 * Who is asked when: one heap. Spread by a stable hash, first look within 10 s of start,
 * missed slots skipped and never bursted, caps on concurrent cold exchanges (in all and
 * per provider), the judge's wishes for sooner asks, budgets that stretch the pace. Pure:
 * "now" is an argument.
 */
#ifndef DIMWATCH_PROBES_SCHEDULE_H
#define DIMWATCH_PROBES_SCHEDULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/base/tick.h"

#define SCHEDULE_FIRST_LOOK_MS 10000
#define SCHEDULE_MAX_PER_TARGET                                                          \
	3 /* asks of one target in flight (re-asks may overlap)                          \
	   */

struct schedule; /* opaque */

struct schedule_limits {
	int in_flight;    /* 0: the default, 256 */
	int per_provider; /* 0: the default, 64 */
};

struct schedule_target {
	uint32_t series;      /* key */
	const char *spread;   /* hashed for the offset: the target's name; copied */
	const char *provider; /* cap group; copied */
	int64_t interval_ms;
};

/* What schedule_next hands out. */
struct schedule_due {
	uint32_t series;
	bool reask;      /* the judge's wish, not the regular slot */
	bool first_look; /* the first regular ask since this target was put */
	struct mono due; /* when it should have started: lateness = now - due */
};

struct schedule *schedule_new(struct schedule_limits limits, struct mono start);
/* What is in flight above a lower limit ends in its own time. */
void schedule_set_limits(struct schedule *s, struct schedule_limits limits);
void schedule_free(struct schedule *s);
/* New: first look soon; known: keeps its phase unless the interval changed. */
void schedule_put(struct schedule *s, const struct schedule_target *t, struct mono now);
/* What is in flight of it no longer counts; a later schedule_done is ignored. */
void schedule_remove(struct schedule *s, uint32_t series);
/* The next ask that may start now; false: none (caps, or nothing due). Counts it as in
 * flight until schedule_done. */
bool schedule_next(struct schedule *s, struct mono now, struct schedule_due *ret);
void schedule_done(struct schedule *s, uint32_t series, struct mono now);
/* The judge wishes an ask in `in_ms`; an earlier pending one stays. False: refused (not
 * scheduled, 3 in flight, held, or the budget says no). A wish never moves the regular
 * slots; when both are due at once, one ask serves both. */
bool schedule_wish(struct schedule *s, uint32_t series, int64_t in_ms, struct mono now);
/* The pace that budgets and Retry-After allow; regular slots keep at least this distance
 * (>= interval; 0 = the interval). While stretched, wishes are refused. */
void schedule_set_pace(
    struct schedule *s, uint32_t series, int64_t pace_ms, struct mono now);
/* No ask of this target before `until` (Retry-After, spent budget); the later of two
 * holds stays. A pending wish that would come earlier is dropped. */
void schedule_hold(struct schedule *s, uint32_t series, struct mono until);
/* When schedule_next may have something (INT64_MAX us: only after a done). */
struct mono schedule_wake_at(const struct schedule *s);
int64_t schedule_pace_ms(const struct schedule *s, uint32_t series); /* 0: unknown */

struct schedule_stats {
	size_t targets, in_flight,
	    waiting_for_cap; /* due, as of the last schedule_next */
	uint64_t started, skipped_slots, refused_wishes;
	int64_t worst_late_us;
};
struct schedule_stats schedule_stats(const struct schedule *s);

#endif
