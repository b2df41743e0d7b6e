/* SPDX-License-Identifier: MIT
 *
 * See quiet.h.
 */
#include "alerts/quiet.h"

#include <string.h>

/* Hours that follow each other are one quiet time, but none is longer than this. */
#define LONGEST_MS (8 * MS_PER_DAY)

static bool has_name(const char *const *names, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(names[i], name) == 0)
			return true;
	}
	return false;
}

bool route_names(const struct route *r, const char *channel)
{
	return has_name(r->to, r->n_to, channel) ||
	       has_name(r->escalate_to, r->n_escalate_to, channel);
}

const struct route *route_telling(
    const struct route *routes, size_t n, const struct incident *in, const char *channel)
{
	const struct route *now = route_find(routes, n, in);

	if (now && route_names(now, channel))
		return now;
	for (size_t i = 0; i < n; i++) {
		if (has_name(routes[i].to, routes[i].n_to, channel))
			return &routes[i];
	}
	return now;
}

/* The end of the hours that hold at t; t itself: none do. */
static struct wall end_of(const struct quiet *q, struct wall t)
{
	struct wall end = t;
	struct wall_span s;

	for (size_t i = 0; i < q->n; i++) {
		if (window_next(&q->hours[i], t, &s) && s.from.ms <= t.ms &&
		    s.until.ms > end.ms)
			end = s.until;
	}
	return end;
}

/* The end of all that follow each other without a break. */
static struct wall calm_from(const struct quiet *q, struct wall at)
{
	struct wall until = at, next;

	for (;;) {
		next = end_of(q, until);
		if (next.ms == until.ms || wall_diff_ms(next, at) >= LONGEST_MS)
			return next;
		until = next;
	}
}

bool quiet_ends(const struct quiet *q)
{
	struct wall some_day = {365 * MS_PER_DAY};

	return wall_diff_ms(calm_from(q, some_day), some_day) < LONGEST_MS;
}

struct wall quiet_until(const struct route *routes, size_t n, const struct incident *in,
    const char *channel, struct wall at)
{
	const struct route *r = route_telling(routes, n, in, channel);
	enum severity s = in->state == INCIDENT_OPEN && in->severity_now
			      ? in->severity_now
			      : in->severity;
	struct wall until;

	if (!r || !r->quiet.n || r->quiet.except >> s & 1)
		return (struct wall){0};
	until = calm_from(&r->quiet, at);
	return until.ms == at.ms ? (struct wall){0} : until;
}
