/* SPDX-License-Identifier: MIT
 *
 * An outage in which every ask hangs until it times out: how late it is seen by the C
 * judge, with and without the second ask that is started while the first still hangs.
 */
#ifndef DIMWATCH_TESTS_VERDICT_HUNG_H
#define DIMWATCH_TESTS_VERDICT_HUNG_H

#include <stdbool.h>

#include "tests/bench/verdict_slow.h"

/* Of `runs` outages, seen by a target that is asked once a minute and waits timeout_s. */
struct slow_delays hung_found(uint64_t seed, double timeout_s, bool early, int runs);

#endif
