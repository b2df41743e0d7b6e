/* SPDX-License-Identifier: MIT
 *
 * `dimwatch rehearse` for people: the forecast before, the comparison afterwards.
 */
#ifndef DIMWATCH_AGENT_REHEARSAL_PRINT_H
#define DIMWATCH_AGENT_REHEARSAL_PRINT_H

#include <stdio.h>

#include "agent/rehearsal.h"

void rehearsal_print_forecast(FILE *f, const struct rehearsal *r);
void rehearsal_print(FILE *f, const struct rehearsal *r);

#endif
