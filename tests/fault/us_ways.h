/* SPDX-License-Identifier: MIT
 *
 * Allocations by the tens of thousands come by some hundred ways (stacks of calls): the
 * first one of each way is the one that must be tried. Memory that children fill.
 */
#ifndef DIMWATCH_TESTS_US_WAYS_H
#define DIMWATCH_TESTS_US_WAYS_H

#include "tests/fault/us_wrap.h"

#define US_WAYS_MAX ((int64_t)1 << 17) /* allocations of a scene on one side */

struct us_ways {
	uint32_t *at[US_SIDE_COUNT]; /* for us_trace */
	int64_t n[US_SIDE_COUNT];    /* different ones */
};

bool us_ways_init(struct us_ways *w);
/* After a run that made `n` allocations: hashes become numbers. */
void us_ways_number(struct us_ways *w, enum us_side side, int64_t n);
/* The number (1, 2, ...) of the way by which allocation `at` came; 0: an older way. */
int64_t us_way(const struct us_ways *w, enum us_side side, int64_t at);

#endif
