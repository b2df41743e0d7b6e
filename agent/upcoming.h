/* SPDX-License-Identifier: MIT
 *
 * The windows of a config as people read them: the present or next one of each.
 */
#ifndef DIMWATCH_AGENT_UPCOMING_H
#define DIMWATCH_AGENT_UPCOMING_H

#include <jansson.h>

#include "agent/conf.h"

/* "house: sun 02:00-04:00 Asia/Hong_Kong, next 2026-11-29 02:00 +08:00 (in 4 d 6 h)". */
void upcoming_line(const struct maintenance *m, struct wall now, struct str *out);
/* A line each of those that name the target (NULL: all), behind "maintenance of ". */
void upcoming_lines(
    const struct conf *c, const char *target, struct wall now, struct str *out);
/* [{"targets", "window", "from_ms", "until_ms"}]; null when it is over. */
json_t *upcoming_json(const struct conf *c, struct wall now);
/* Quiet hours of a route, heartbeat and digest, for `check`; "" when there are none. */
void upcoming_calendar(const struct conf *c, struct wall now, struct str *out);

#endif
