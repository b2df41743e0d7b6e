/* SPDX-License-Identifier: MIT
 *
 * Memory that was freed, back to the system: the C library keeps it for the next crowd,
 * which may never come.
 */
#ifndef DIMWATCH_AGENT_MEMORY_H
#define DIMWATCH_AGENT_MEMORY_H

/* After much was freed (a config was read, a crowd of exchanges ended): 0.1 ms when there
 * is little to do. Does nothing where the C library cannot. */
void memory_give_back(void);

#endif
