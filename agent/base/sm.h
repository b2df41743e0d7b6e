/* SPDX-License-Identifier: MIT
 *
 * Checked state machine: a table says which moves are allowed; any other is a
 * programming mistake and asserts.
 */
#ifndef DIMWATCH_BASE_SM_H
#define DIMWATCH_BASE_SM_H

#include <stdbool.h>
#include <stdint.h>

/* One row per state: its name and the set of states (bit per state) it may move to. */
struct sm_state {
	const char *name;
	uint32_t next;
};

bool sm_may_move(const struct sm_state *table, int from, int to);
/* Asserts that the move is allowed and returns `to`. */
int sm_move(const struct sm_state *table, int from, int to);

#endif
