/* SPDX-License-Identifier: MIT
 *
 * `dimwatch doors` for people: one line a door, the fastest first, then the verdict.
 */
#ifndef DIMWATCH_AGENT_DOORS_PRINT_H
#define DIMWATCH_AGENT_DOORS_PRINT_H

#include <stdio.h>

#include "agent/doors.h"

#define DOORS_CERT_SOON_DAYS 14

/* Where the network is in the way, a line for each thing that was met instead of one for
 * each door, unless every_door. */
void doors_print(FILE *f, const struct doors *d, const struct doors_news *n,
    struct wall now, bool every_door);

#endif
