/* SPDX-License-Identifier: MIT
 *
 * The rule in the last line of a TZif file, in the notation of POSIX's TZ variable:
 * "CET-1CEST,M3.5.0,M10.5.0/3". Only agent/base/zone.c includes it.
 */
#ifndef DIMWATCH_BASE_ZONE_RULE_H
#define DIMWATCH_BASE_ZONE_RULE_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/base/str.h"

enum zone_day { ZONE_DAY_JULIAN, ZONE_DAY_OF_YEAR, ZONE_DAY_WEEK };

/* One of the two changes of a year. */
struct zone_change {
	enum zone_day kind;
	int day; /* of the year: Jn from 1 without leap days, n from 0 with them */
	int month, week; /* of WEEK: the week-th weekday `day`, 5 is the last */
	int at_s;        /* of the day, on the clock that holds until then */
};

struct zone_rule {
	int standard_s, summer_s;      /* east of UTC */
	bool changes;                  /* there is a summer time */
	struct zone_change begin, end; /* of it */
};

/* False: not such a rule. */
bool zone_rule_parse(struct span text, struct zone_rule *ret);
/* Seconds since 1970. */
int zone_rule_offset_s(const struct zone_rule *r, int64_t t);
/* The next change after t; INT64_MAX: never. */
int64_t zone_rule_next(const struct zone_rule *r, int64_t t);

#endif
