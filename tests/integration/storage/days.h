/* SPDX-License-Identifier: MIT
 *
 * A long past made of nothing but sums, as retention leaves it: one ask a minute of each
 * of three targets, written as rows of five minutes, hours and days by the program's own
 * functions; and the same past counted ask by ask.
 */
#ifndef DIMWATCH_TESTS_STORAGE_DAYS_H
#define DIMWATCH_TESTS_STORAGE_DAYS_H

#include "storage/rollup.h"
#include "tests/integration/storage/house.h"

#define DAYS_SERIES 3
#define DAYS_COST   1000 /* of a good ask, in nano-units of USD */

/* A whole 90 days before this, UTC. */
#define DAYS_END   NOON
#define DAYS_START (NOON - 90 * MS_PER_DAY)

/* Nobody looked then. */
struct days_gap {
	int64_t from, until;
};

/* The series' names are "one", "two", "three"; the longer it failed the higher its
 * number. In an hour of each day two and three fail; from fail_from to fail_until, one
 * does too. */
struct days {
	struct days_gap gap;
	int64_t fail_from, fail_until;
};

struct days_sums {
	int64_t samples, good, failed, nano;
	int64_t good_ms[DAYS_SERIES], failed_ms[DAYS_SERIES];
};

/* Its sums over any time, ask by ask. */
struct days_sums days_count(const struct days *d, int64_t from, int64_t until);
/* How long the first token of a good ask of minute `at` took. */
int64_t days_latency_us(uint32_t series, int64_t at);
/* Whole buckets of that level that begin in that time. */
void days_put(struct house *h, const struct days *d, enum rollup_level l, int64_t from,
    int64_t until);
/* The asks themselves. */
void days_put_samples(struct house *h, const struct days *d, int64_t from, int64_t until);
/* Everything before this is rolled up. */
void days_rolled(struct house *h, int64_t five, int64_t hours);
void days_series(struct house *h);

#endif
