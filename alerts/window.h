/* SPDX-License-Identifier: MIT
 *
 * Windows of the calendar: hours that come again every week on somebody's clock, or one
 * stretch of time. Pure; the zone was read before.
 *
 * On the days that the clock is set: what begins or ends in an hour that is skipped does
 * so when the clock jumps; of an hour that comes twice a window has all, from its first
 * beginning to its last end, and a moment is the first. What would be empty is left out.
 */
#ifndef DIMWATCH_ALERTS_WINDOW_H
#define DIMWATCH_ALERTS_WINDOW_H

#include "agent/base/err.h"
#include "agent/base/zone.h"

struct wall_span {
	struct wall from, until; /* until is outside */
};

struct window {
	const char *text; /* as the config says it */
	const struct zone *zone;
	uint8_t days; /* on which it begins: a bit a weekday, 0 is Sunday; 0: only once */
	int from_min, until_min; /* of the day; not after from: of the next one */
	struct wall_span once;
};

/* "mon-fri 22:00-07:00 Europe/Berlin": days (none: daily), hours, zone. *ret_zone points
 * into text; the window's text and zone are the caller's to set. */
bool window_parse(const char *text, struct window *ret, const char **ret_zone,
    struct err *e) MUST_CHECK;
/* "mon 09:00 Asia/Shanghai": a moment. */
bool window_parse_moment(const char *text, struct window *ret, const char **ret_zone,
    struct err *e) MUST_CHECK;
/* "2026-12-01T02:00[:00][Z|+08:00]". *ret_zone: the offset in text, "" without one. */
bool window_parse_time(
    const char *text, struct civil *ret, const char **ret_zone, struct err *e) MUST_CHECK;

/* The first span that ends after t: the present one or the next. False: none is left. */
bool window_next(const struct window *w, struct wall t, struct wall_span *ret);
/* Moments: the latest at or before t, the first after t; 0 and INT64_MAX: none. */
struct wall window_last_moment(const struct window *w, struct wall t);
struct wall window_next_moment(const struct window *w, struct wall t);

#endif
