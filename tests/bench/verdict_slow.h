/* SPDX-License-Identifier: MIT
 *
 * Slowness in the world of sim_world.h (log-normal, heavy tail, daily swing, waves): how
 * soon it is found and how often it is invented. And what a set of delays amounts to.
 */
#ifndef DIMWATCH_TESTS_VERDICT_SLOW_H
#define DIMWATCH_TESTS_VERDICT_SLOW_H

#include <stddef.h>
#include <stdint.h>

struct slow_delays {
	double median, p95; /* seconds; HUGE_VAL: not within the hour */
	double missed;      /* share */
};
struct slow_delays delays_of(double *all, int n); /* sorts them */
/* "71 / 97", "1744 / >3600 (18 %)"; returns buf. */
char *delays_text(const struct slow_delays *d, char *buf, size_t size);

/* n episodes of answers that begin so many times later, at random hours. */
struct slow_delays slow_found(uint64_t seed, double times, int n);
/* Slow phases in so many days of peace, after a week of learning. */
int slow_invented(uint64_t seed, int days);

#endif
