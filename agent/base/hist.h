/* SPDX-License-Identifier: MIT
 *
 * Latency histogram of fixed size: log-spaced cells, 8 per octave from 1 ms to about
 * 18 minutes (0.1 ms wide errors do not matter to anyone who waits for a model), so a
 * quantile is within 9 % of the truth. Mergeable by addition.
 */
#ifndef DIMWATCH_BASE_HIST_H
#define DIMWATCH_BASE_HIST_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/base/str.h"

#define HIST_CELLS 162

struct hist {
	uint32_t n[HIST_CELLS];
	uint64_t total;
};

void hist_add(struct hist *h, int64_t us); /* negative counts as 0 */
void hist_merge(struct hist *into, const struct hist *from);
/* Quantile q in [0,1] in microseconds (geometric middle of its cell); -1 when empty. */
int64_t hist_quantile_us(const struct hist *h, double q);
/* Upper bound of a cell in microseconds. */
int64_t hist_cell_upper_us(int cell);
/* JSON for the plain sqlite3 shell: {"412":3,...}: upper bound in whole ms -> count, only
 * cells that are not empty, ascending. */
void hist_to_json(const struct hist *h, struct str *out);
bool hist_from_json(struct hist *h, const char *json);

#endif
