/* SPDX-License-Identifier: MIT
 *
 * See lag.h. A ring with one cell a second; a cell of another second is void.
 */
#include "agent/base/lag.h"

void lag_note(struct lag *g, struct mono now, int64_t late_us)
{
	int64_t second = now.us / US_PER_S;
	struct lag_cell *cell = &g->cells[second % LAG_SECONDS];

	if (cell->second != second)
		*cell = (struct lag_cell){.second = second};
	if (late_us > cell->worst_us)
		cell->worst_us = late_us;
	if (late_us > g->worst_us)
		g->worst_us = late_us;
}

int64_t lag_worst_us(const struct lag *g, struct mono since, struct mono now)
{
	int64_t from = since.us / US_PER_S, worst = 0;
	int64_t oldest = now.us / US_PER_S - LAG_SECONDS;

	for (int i = 0; i < LAG_SECONDS; i++) {
		const struct lag_cell *cell = &g->cells[i];

		if (cell->second >= from && cell->second > oldest &&
		    cell->worst_us > worst)
			worst = cell->worst_us;
	}
	return worst;
}
