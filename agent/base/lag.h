/* SPDX-License-Identifier: MIT
 *
 * How late we ourselves were: the worst of each second, over a sliding record of two
 * minutes. Pure; the loop feeds it.
 */
#ifndef DIMWATCH_BASE_LAG_H
#define DIMWATCH_BASE_LAG_H

#include "agent/base/tick.h"

#define LAG_SECONDS 120

struct lag_cell {
	int64_t second, worst_us;
};

/* Zeroed = nothing noted. */
struct lag {
	struct lag_cell cells[LAG_SECONDS];
	int64_t worst_us; /* ever */
};

void lag_note(struct lag *g, struct mono now, int64_t late_us);
/* Worst since a mark (whole seconds) that is not older than the record. */
int64_t lag_worst_us(const struct lag *g, struct mono since, struct mono now);

#endif
