/* SPDX-License-Identifier: MIT
 *
 * Two times that do not mix. struct mono measures (durations, deadlines), struct wall
 * labels (rows, messages). Nothing here reads a clock: time is an argument everywhere
 * but in agent/base/loop.
 */
#ifndef DIMWATCH_BASE_TICK_H
#define DIMWATCH_BASE_TICK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mono {
	int64_t us; /* CLOCK_BOOTTIME (suspend counts), or virtual */
};
struct wall {
	int64_t ms; /* Unix epoch, UTC */
};

#define US_PER_MS  ((int64_t)1000)
#define US_PER_S   ((int64_t)1000000)
#define MS_PER_S   ((int64_t)1000)
#define MS_PER_MIN ((int64_t)60000)
#define MS_PER_H   ((int64_t)3600000)
#define MS_PER_DAY ((int64_t)86400000)

static inline struct mono mono_add_us(struct mono t, int64_t us)
{
	return (struct mono){t.us + us};
}
static inline struct mono mono_add_ms(struct mono t, int64_t ms)
{
	return (struct mono){t.us + ms * US_PER_MS};
}
static inline int64_t mono_diff_us(struct mono later, struct mono earlier)
{
	return later.us - earlier.us;
}
static inline struct wall wall_add_ms(struct wall t, int64_t ms)
{
	return (struct wall){t.ms + ms};
}
static inline int64_t wall_diff_ms(struct wall later, struct wall earlier)
{
	return later.ms - earlier.ms;
}

/* "90s", "1h30m", "250ms", "2d", "2y" (365 days) to milliseconds; no blanks, no sign, a
 * unit is required ("0" alone is allowed). False: not a duration or above 100 years. */
bool duration_parse(const char *text, int64_t *ret_ms);
/* Shortest exact form ("90s" prints as "1m30s"); returns buf. */
char *duration_format(int64_t ms, char *buf, size_t size);
/* For people, one or two units, rounded: "412 ms", "9.3 s", "1 m 30 s", "12 h 5 m". */
char *duration_human(int64_t ms, char *buf, size_t size);

/* "2026-11-23T14:02:03.004Z"; size >= 25; returns buf. */
char *wall_rfc3339(struct wall t, char *buf, size_t size);
/* The calendar in UTC, without libc's zone state. */
struct civil {
	int year, month, day, hour, minute, second, ms, weekday; /* weekday: 0 = Sunday */
};
struct civil wall_civil(struct wall t);
struct wall civil_wall(const struct civil *c); /* weekday is ignored */

#endif
