/* SPDX-License-Identifier: MIT
 *
 * The judge in synthetic hours and years, in virtual time: delays, inventions and asks
 * beside the figures of the specification (docs/detection.md). Seeded; the fast form
 * asserts wide bounds, DIMWATCH_TESTS_LONG plays many times more. A number as argument is
 * the seed.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "agent/base/rng.h"
#include "tests/unit/alerts/sim_world.h"

#define YEAR_S (365 * 86400.0)

static uint64_t seed = 42;

static bool is_long(void)
{
	const char *text = getenv("DIMWATCH_TESTS_LONG");

	return text && *text;
}

static int runs(int fast, int whole)
{
	return is_long() ? whole : fast;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

/* --- delays --------------------------------------------------------------------- */

struct delays {
	double median, p95, missed;
};

static struct delays summary(double *s, int n)
{
	struct delays d = {0};

	qsort(s, (size_t)n, sizeof(*s), by_size);
	d.median = s[n / 2];
	d.p95 = s[(int)(0.95 * n)];
	for (int i = 0; i < n; i++)
		d.missed += isinf(s[i]) ? 1.0 / n : 0;
	return d;
}

static const char *seconds(double s, char *buf, size_t size)
{
	if (isinf(s))
		snprintf(buf, size, ">3600");
	else
		snprintf(buf, size, "%.0f", s);
	return buf;
}

/* The outage begins at 0; the first ask comes at a random place of the first pace. */
static double one_delay(struct rng *rng, double interval_s, double rate)
{
	struct sim w;
	double delay = HUGE_VAL;

	sim_init(&w, 1, interval_s, rng_unit(rng) * interval_s);
	while (sim_next(&w) < 3600) {
		sim_ask(&w, rng_unit(rng) < rate, 0);
		if (w.opened) {
			delay = w.now_s;
			break;
		}
	}
	sim_fini(&w);
	return delay;
}

static struct delays delays_at(double interval_s, double rate, int n)
{
	double *all = calloc((size_t)n, sizeof(*all));
	struct delays d;
	struct rng rng;

	assert_non_null(all);
	rng_init(&rng, seed + (uint64_t)(rate * 1000) + (uint64_t)interval_s);
	for (int i = 0; i < n; i++)
		all[i] = one_delay(&rng, interval_s, rate);
	d = summary(all, n);
	free(all);
	return d;
}

/* Wide: three standard errors of 400 runs and the scheduler's own slots. */
static void outages_are_found_as_fast_as_specified(void **state)
{
	static const struct {
		double interval_s, rate, median, p95, missed;
	} rows[] = {
	    {60,  1.00, 71,   97,       0   },
	    {60,  0.50, 145,  347,      0   },
	    {60,  0.25, 384,  1063,     0   },
	    {60,  0.10, 1744, HUGE_VAL, 0.18},
	    {30,  1.00, 66,   78,       0   },
	    {30,  0.25, 316,  683,      0   },
	    {300, 1.00, 197,  330,      0   },
	    {600, 1.00, 354,  620,      0   },
	};
	int n = runs(250, 5000);

	(void)state;
	printf("# pace, failures: median / p95 s (missed in the hour), specified\n");
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct delays d = delays_at(rows[i].interval_s, rows[i].rate, n);
		char a[16], b[16], c[16];

		printf("# evidence delay at %.0f s, %.0f %%: %s / %s s (%.1f %%), "
		       "specified %.0f / %s s (%.0f %%); %d runs, seed %llu\n",
		    rows[i].interval_s, 100 * rows[i].rate,
		    seconds(d.median, a, sizeof(a)), seconds(d.p95, b, sizeof(b)),
		    100 * d.missed, rows[i].median, seconds(rows[i].p95, c, sizeof(c)),
		    100 * rows[i].missed, n, (unsigned long long)seed);
		assert_true(d.median < 1.2 * rows[i].median);
		assert_true(d.p95 < 1.35 * rows[i].p95 || isinf(rows[i].p95));
		assert_true(d.missed <= rows[i].missed + 0.06);
	}
}

/* --- inventions ----------------------------------------------------------------- */

struct peace {
	int opened;
	double asks_a_day;
};

static struct peace peace_at(double base, int years)
{
	struct peace p = {0};
	uint64_t asks = 0;
	struct rng rng;

	rng_init(&rng, seed + (uint64_t)(base * 10000));
	for (int y = 0; y < years; y++) {
		struct sim w;

		sim_init(&w, 1, 60, 1);
		while (sim_next(&w) < YEAR_S)
			sim_ask(&w, rng_unit(&rng) < base, 0);
		p.opened += w.n_opened;
		asks += w.asks;
		sim_fini(&w);
	}
	p.asks_a_day = (double)asks / years / 365;
	return p;
}

static void inventions_are_as_rare_as_specified(void **state)
{
	static const struct {
		double base, a_year, first_day;
	} rows[] = {
	    {0.001, 0.02, 0.001},
            {0.01,  0.90, 0.022},
            {0.03,  0.86, 0.183}
        };
	int years = runs(2, 30);

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct peace p = peace_at(rows[i].base, years);
		double expected = years * (rows[i].a_year + rows[i].first_day);

		printf("# evidence invented at %.1f %%: %d in %d target-years, specified "
		       "%.1f; %.0f asks a day; seed %llu\n",
		    100 * rows[i].base, p.opened, years, expected, p.asks_a_day,
		    (unsigned long long)seed);
		/* Four standard deviations of a Poisson count, and one for luck. */
		assert_true(p.opened <= expected + 4 * sqrt(expected) + 1);
		/* "1531 asks a day instead of 1440" at 1 %. */
		if (i == 1)
			assert_in_range(p.asks_a_day, 1440, 1570);
	}
}

/* Total failures of 1 to 30 s: alarms a year if there are four a day. */
static void blips_are_not_outages(void **state)
{
	int n = runs(3000, 40000), alarms = 0;
	struct rng rng;
	double a_year;

	(void)state;
	rng_init(&rng, seed + 7);
	for (int i = 0; i < n; i++) {
		double lasts = 1 + 29 * rng_unit(&rng), first = 60 * rng_unit(&rng);
		struct sim w;

		if (first > lasts)
			continue;
		sim_init(&w, 1, 60, first);
		do
			sim_ask(&w, sim_next(&w) < lasts || rng_unit(&rng) < 0.01, 0);
		while (!w.opened && w.health == HEALTH_SUSPECT && w.now_s < 3600);
		alarms += w.opened;
		sim_fini(&w);
	}
	a_year = (double)alarms / n * 4 * 365;
	printf("# evidence blips: %d of %d alarmed, %.2f a year at four a day, specified "
	       "0.36; seed %llu\n",
	    alarms, n, a_year, (unsigned long long)seed);
	assert_true(a_year < 2.5);
}

/* --- latency -------------------------------------------------------------------- */

static int slow_invented(uint64_t world, int days)
{
	struct latency_world lw;
	struct sim w;
	int n;

	latency_world_init(&lw, world);
	sim_init(&w, 1, 60, 1);
	while (sim_next(&w) < 86400.0 * (days + 7)) {
		if (w.now_s < 7 * 86400.0)
			w.n_opened = 0;
		sim_ask(&w, false, latency_draw(&lw, sim_next(&w), 1));
	}
	n = w.n_opened;
	sim_fini(&w);
	return n;
}

/* One world says little: of ten half years the reference invents 1 to 4 in each, 1.9 in
 * the mean; its page names the luckiest. */
static void slow_is_told_and_peace_is_not(void **state)
{
	int worlds = runs(2, 10), days = runs(60, 180), n = 0;
	double in_30;

	(void)state;
	for (int i = 0; i < worlds; i++)
		n += slow_invented(seed + (uint64_t)i, days);
	in_30 = 30.0 * n / (worlds * days);
	printf("# evidence slow invented: %d in %d worlds of %d days, %.2f in 30 days, "
	       "the reference 0.32; seed %llu\n",
	    n, worlds, days, in_30, (unsigned long long)seed);
	assert_true(n <= 3 + worlds * days / 30);
}

/* Each episode happens to a copy: the habits stay clean. */
static double one_slow_delay(
    const struct sim *habits, struct latency_world lw, double late_s, double times)
{
	double from = habits->now_s, delay = HUGE_VAL;
	struct sim w;

	sim_copy(&w, habits);
	from = sim_next(&w) - late_s;
	while (sim_next(&w) - from < 3600) {
		sim_ask(&w, false, latency_draw(&lw, sim_next(&w), times));
		if (w.opened) {
			delay = w.now_s - from;
			break;
		}
	}
	sim_fini(&w);
	return delay;
}

static struct delays slow_delays(double times, int n)
{
	double *all = calloc((size_t)n, sizeof(*all));
	struct latency_world lw;
	struct delays d;
	struct rng rng;
	struct sim w;

	assert_non_null(all);
	rng_init(&rng, seed + 12);
	latency_world_init(&lw, seed + 1);
	sim_init(&w, 1, 60, 1);
	for (int i = 0; i < n; i++) {
		double until = 5 * 86400.0 + i * 5000.0 + 1800 * rng_unit(&rng);

		while (sim_next(&w) < until || judge_open_incidents(w.judge))
			sim_ask(&w, false, latency_draw(&lw, sim_next(&w), 1));
		all[i] = one_slow_delay(&w, lw, 60 * rng_unit(&rng), times);
	}
	d = summary(all, n);
	sim_fini(&w);
	free(all);
	return d;
}

static void slowness_is_found_as_fast_as_specified(void **state)
{
	static const struct {
		double times, median, p95;
	} rows[] = {
	    {2, 885, 3113},
            {3, 470, 734 },
            {5, 293, 414 }
        };
	int n = runs(40, 400);

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct delays d = slow_delays(rows[i].times, n);
		char a[16], b[16];

		printf("# evidence slow x%.0f: %s / %s s (%.0f %% missed), specified "
		       "%.0f / %.0f s; %d runs, seed %llu\n",
		    rows[i].times, seconds(d.median, a, sizeof(a)),
		    seconds(d.p95, b, sizeof(b)), 100 * d.missed, rows[i].median,
		    rows[i].p95, n, (unsigned long long)seed);
		assert_true(d.median < 1.4 * rows[i].median);
		assert_true(d.missed <= 0.1);
	}
}

/* --- cost ----------------------------------------------------------------------- */

/* What it costs is said, not asserted: that is a matter of the machine. */
static void a_month_of_many_targets(void **state)
{
	int targets = runs(20, 100), days = 30;
	struct latency_world lw;
	struct sim w;
	struct rng rng;
	clock_t began;
	double s;

	(void)state;
	rng_init(&rng, seed);
	latency_world_init(&lw, seed);
	sim_init(&w, targets, 60, 1);
	began = clock();
	while (sim_next(&w) < 86400.0 * days)
		sim_ask(&w, rng_unit(&rng) < 0.005, 500 + 100 * rng_unit(&rng));
	s = (double)(clock() - began) / CLOCKS_PER_SEC;
	assert_true(w.asks > (uint64_t)targets * 1440 * days);
	printf("# evidence month: %d targets x %d days, %llu samples in %.1f s, %.2f us "
	       "each with the world around it\n",
	    targets, days, (unsigned long long)w.asks, s, 1e6 * s / (double)w.asks);
	sim_fini(&w);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(outages_are_found_as_fast_as_specified),
	    cmocka_unit_test(inventions_are_as_rare_as_specified),
	    cmocka_unit_test(blips_are_not_outages),
	    cmocka_unit_test(slow_is_told_and_peace_is_not),
	    cmocka_unit_test(slowness_is_found_as_fast_as_specified),
	    cmocka_unit_test(a_month_of_many_targets),
	};

	if (argc > 1)
		seed = strtoull(argv[1], NULL, 10);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
