/* SPDX-License-Identifier: MIT
 *
 * What judging costs: time a sample (by the real clock) and memory a target (by the
 * allocator's own count; 0 where a sanitizer has replaced it).
 */
#ifndef DIMWATCH_TESTS_VERDICT_COST_H
#define DIMWATCH_TESTS_VERDICT_COST_H

#include <stdint.h>

struct verdict_cost {
	double median_ns, worst_ns; /* a sample; of batches of a thousand */
	int batches;
	double bytes_idle;   /* a target that only ever answered */
	double bytes_failed; /* one that failed: it remembers the last words */
};
struct verdict_cost verdict_cost(uint64_t seed);

#endif
