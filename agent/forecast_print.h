/* SPDX-License-Identifier: MIT
 *
 * The forecast as people read it, for `check` and `init`.
 */
#ifndef DIMWATCH_AGENT_FORECAST_PRINT_H
#define DIMWATCH_AGENT_FORECAST_PRINT_H

#include <stdio.h>

#include "agent/forecast.h"

/* One line a target: whom, what, where its key goes, pace, asks and cost a day. */
void forecast_print_targets(FILE *f, const struct forecast *fc);
/* "together: 4320 asks, 0.06 USD a day, 1.8 USD a month", and what is unknown. */
void forecast_print_total(FILE *f, const struct forecast *fc);
/* What each rule really needs at the paces above. */
void forecast_print_rules(FILE *f, const struct forecast *fc);

#endif
