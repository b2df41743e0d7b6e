/* SPDX-License-Identifier: MIT
 *
 * A siege: attackers on some lanes, good providers on others, all asked again and again
 * by the real client on one loop, and what that costs us. First in peace (the control),
 * then under attack.
 *
 * What is measured does not depend on the machine: memory is resident memory of this
 * process (the servers are others); lag is the processor time that one turn of the loop
 * keeps from everybody else. The lateness of a timer of 1 ms on the wall clock is told
 * beside it.
 */
#ifndef DIMWATCH_TESTS_INTEGRATION_SIEGE_H
#define DIMWATCH_TESTS_INTEGRATION_SIEGE_H

#include "tests/integration/attacker.h"
#include "tests/integration/world.h"

#define SIEGE_GOOD_LANES 3
#define SIEGE_BAD_LANES  4
#define SIEGE_SAMPLES    256

struct siege; /* opaque */

/* What one period was like. */
struct weather {
	size_t good, good_ok;             /* samples of the good providers */
	int64_t first_token_us;           /* median of theirs */
	size_t bad;                       /* samples of the attacker */
	size_t classes[OUTCOME_COUNT];    /* of those */
	int64_t turn_p99_us, turn_max_us; /* processor time of the loop's turns */
	int64_t late_p99_us;              /* of a 1 ms timer, wall clock */
	double waited;                    /* share of the time, for a processor */
	int64_t grown_bytes;              /* resident at the end, above the start */
	int64_t peak_bytes;               /* at most, above the start */
};

/* `lanes` connections to the attacker at a time. */
struct siege *siege_new(attack_fn attack, size_t lanes);
void siege_free(struct siege *s);
/* The attacked target, to change before the first period. */
struct target *siege_target(struct siege *s);
/* Until so many samples of each came; bad 0: peace. All lanes are empty afterwards. */
void siege_run(struct siege *s, size_t good, size_t bad, struct weather *ret);

/* Processor time of this thread so far. */
int64_t processor_us(void);
/* How much slower than the machine the limits were written on, sanitizers included; at
 * least 1. */
double siege_slowness(void);

#endif
