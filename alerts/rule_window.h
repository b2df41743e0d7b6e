/* SPDX-License-Identifier: MIT
 *
 * What the files of a rule share: the ring of buckets that covers a window, the latest 64
 * outcomes, and the truth of one condition. A window is W to W plus one bucket long, the
 * same in `run` and in `replay`.
 */
#ifndef DIMWATCH_ALERTS_RULE_WINDOW_H
#define DIMWATCH_ALERTS_RULE_WINDOW_H

#include "alerts/rule_state.h"

#define RULE_SLOTS 61

struct rule_ring {
	int64_t window_ms;                /* of the condition that it is made for */
	uint32_t n[RULE_SLOTS];           /* samples */
	uint32_t hit[RULE_SLOTS];         /* of these: matching, above the limit */
	uint32_t near[RULE_SLOTS];        /* ... above three quarters of it */
	uint32_t weight_ms[RULE_SLOTS];   /* the time they stand for */
	uint32_t hit_ms[RULE_SLOTS];      /* ... the matching ones */
	int64_t first_hit_ms[RULE_SLOTS]; /* earliest match of the slot; 0 none */
	int64_t newest;                   /* slot number of the newest slot; -1 empty */
	int since; /* of good samples (QUANTILE: of any) since the last match */
};

/* How one sample goes into a ring. */
struct rule_entry {
	int64_t at_ms, weight_ms;
	bool hit, near, good;
};

/* Sums of what is in the window, over a pool. */
struct rule_sums {
	uint32_t n, hit, near;
	int64_t weight_ms, hit_ms;
	int64_t first_hit_ms; /* 0: none */
	int since;
	bool half_covered;
};

int64_t ring_width_ms(const struct rule_ring *g);
void ring_clear(struct rule_ring *g);
/* False: it is more than a window older than the newest: the clock went back unnoticed.
 * Nothing was added. */
bool ring_add(struct rule_ring *g, const struct rule_entry *e);
struct rule_sums ring_sums(const struct rule_pool *pool, int ring, int64_t now_ms);
/* Nothing of a ring lies behind this time. */
int64_t ring_newest_ms(const struct rule_ring *g);

/* The latest outcomes, newest in bit 0; of the times only those of set bits are known. */
struct rule_last {
	uint64_t failed;
	int n;
	int64_t at_ms[RULE_LAST]; /* ring: the newest is at_ms[place] */
	int place;
};

/* --- rule_truth.c --- */

/* Of a condition as written, and of the end of one that has no `resolve`. */
enum truth condition_when(
    const struct condition *c, const struct rule_pool *pool, const struct rule_now *now);
enum truth condition_over(
    const struct condition *c, const struct rule_pool *pool, const struct rule_now *now);
/* Its first failing sample; 0: none. */
int64_t condition_first_ms(
    const struct condition *c, const struct rule_pool *pool, int64_t now_ms);
/* Does the sample belong into its window (SHARE COUNT QUANTILE BURN), and how? */
bool condition_enters(
    const struct condition *c, const struct rule_evidence *ev, struct rule_entry *ret);
/* Its absence, or its sight, may begin without a sample. */
bool condition_is_timed(const struct condition *c);
int64_t pool_last_ms(const struct rule_pool *pool);

#endif
