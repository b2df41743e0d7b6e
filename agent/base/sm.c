/* SPDX-License-Identifier: MIT
 *
 * Checked state machine: the table is the diagram.
 */
#include "agent/base/sm.h"

#include <assert.h>

bool sm_may_move(const struct sm_state *table, int from, int to)
{
	assert(from >= 0 && from < 32 && to >= 0 && to < 32);
	return (table[from].next >> to) & 1u;
}

int sm_move(const struct sm_state *table, int from, int to)
{
	assert(sm_may_move(table, from, to));
	return to;
}
