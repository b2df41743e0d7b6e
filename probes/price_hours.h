/* SPDX-License-Identifier: MIT
 *
 * Prices that depend on the hour: windows of the week in which asking is dear, by a clock
 * of fixed distance to UTC (the house that bills has one). Public holidays are nobody's
 * data: they count as the weekday they fall on, so that a cost is never too low.
 */
#ifndef DIMWATCH_PROBES_PRICE_HOURS_H
#define DIMWATCH_PROBES_PRICE_HOURS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/base/tick.h"

/* "mon-fri 09:00-12:00". `to` is exclusive and may be 24:00; one that is not later than
 * `from` lies in the next day. */
struct price_window {
	unsigned days;        /* bit 0: Monday ... bit 6: Sunday; the day it begins */
	int from_min, to_min; /* of the day */
	const char *words;    /* as it was written; borrowed from there */
};

struct price_hours {
	int utc_offset_min;
	const struct price_window *dear; /* windows of the dear price */
	size_t n_dear;
	int64_t in_nano_per_tok, out_nano_per_tok; /* outside of them */
};

bool price_window_parse(const char *text, struct price_window *ret);
/* "+08:00", "-03:30" */
bool price_offset_parse(const char *text, int *ret_min);
/* Is it dear then? Pure: the time is the argument. */
bool price_is_dear(const struct price_hours *h, struct wall at);

#endif
