/* SPDX-License-Identifier: MIT
 *
 * Whose fault is silence? Own network failures of 30 s to 30 min that lose 100, 50, 30
 * and 10 % of our exchanges, and silent outages and brownouts of providers, through the
 * judge in virtual time, beside the specification's table and its model. Seeded; a number
 * as argument is the seed. DIMWATCH_TESTS_LONG plays 5,000 runs a row, and all of them.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/unit/alerts/net_world.h"

#define NEVER    INT64_MAX
#define MAX_RUNS 5000

static uint64_t seed = 42;

static bool is_long(void)
{
	const char *text = getenv("DIMWATCH_TESTS_LONG");

	return text && *text;
}

static int runs(void)
{
#ifdef __SANITIZE_ADDRESS__
	return is_long() ? 500 : 100; /* proves the code, not the figures */
#else
	return is_long() ? MAX_RUNS : 500;
#endif
}

struct tally {
	double booked, declared;       /* shares of the runs */
	double declared_s;             /* median of those; < 0: none */
	double booked_s, booked_p95_s; /* < 0: in less of them */
	int retracted;
};

static int by_size(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static double quantile_s(int64_t *all, int n, double q)
{
	int64_t at;

	qsort(all, (size_t)n, sizeof(*all), by_size);
	at = all[(int)(q * n)];
	return at == NEVER ? -1 : (double)at / 1000;
}

/* One world a run; lasts_s 0: log-uniform 30 s to 30 min. */
static struct tally play(
    int targets, int controls, const struct net_trouble *t, uint32_t want, int n)
{
	static struct net w;
	static int64_t declared[MAX_RUNS], booked[MAX_RUNS];
	struct tally r = {0};
	int n_declared = 0;
	struct rng rng;

	rng_init(&rng, seed);
	for (int i = 0; i < n; i++) {
		struct net_trouble one = *t;

		if (one.lasts_s <= 0)
			one.lasts_s = exp(log(30) + rng_unit(&rng) * log(60));
		net_init(&w, targets, controls, seed * 1000 + (uint64_t)i);
		net_run(&w, &one, one.lasts_s + (want ? 0 : 900));
		r.booked += (want ? w.booked == want : w.booked != 0) / (double)n;
		r.retracted += w.retracted;
		if (w.declared_ms != NEVER)
			declared[n_declared++] = w.declared_ms;
		booked[i] = w.first_booked_ms;
		net_fini(&w);
	}
	r.declared = n_declared / (double)n;
	r.declared_s = n_declared ? quantile_s(declared, n_declared, 0.5) : -1;
	r.booked_s = quantile_s(booked, n, 0.5);
	r.booked_p95_s = quantile_s(booked, n, 0.95);
	return r;
}

/* Four standard errors above what was reached in 5,000 runs, and one run. */
static double at_most(double share, int n)
{
	double p = share > 0.002 ? share : 0.002;

	return share + 4 * sqrt(p * (1 - p) / n) + 1.0 / n;
}

/* Own network failures, percent of the runs booked as an outage of a provider. */
static const struct row {
	double loss;
	int targets;
	/* Without controls and with two: the specification's page (200 runs), its model
	 * (2,000), and what this code reached (5,000). */
	double page[2], model[2], reached[2];
} rows[] = {
    {1,   1,  {74.5, 0},  {79.2, 0},     {79.2, 0}  },
    {1,   2,  {0, 0},     {0, 0},        {0, 0}     },
    {1,   3,  {0, 0},     {0, 0},        {0, 0}     },
    {1,   5,  {0, 0},     {0, 0},        {0, 0}     },
    {1,   10, {0, 0},     {0, 0},        {0, 0}     },
    {0.5, 1,  {62.5, 0},  {60.75, 0},    {60.8, 0}  },
    {0.5, 2,  {0, 0},     {0.2, 0},      {0.4, 0}   },
    {0.5, 3,  {0, 0},     {0.1, 0},      {0, 0}     },
    {0.5, 5,  {0, 0},     {0, 0},        {0, 0}     },
    {0.5, 10, {0, 0},     {0, 0},        {0, 0}     },
    {0.3, 1,  {51, 1},    {44.65, 0.15}, {45.5, 0.1}},
    {0.3, 2,  {3.5, 0},   {2.75, 0},     {2.5, 0.1} },
    {0.3, 3,  {4, 0},     {3.15, 0.1},   {0.5, 0.2} },
    {0.3, 5,  {0.5, 0},   {0.2, 0.05},   {0.1, 0}   },
    {0.3, 10, {3, 0},     {1.95, 0},     {0.1, 0}   },
    {0.1, 1,  {10, 0.5},  {8.4, 0.8},    {9.6, 0.1} },
    {0.1, 2,  {8, 1.5},   {7.85, 1.4},   {4.8, 0.2} },
    {0.1, 3,  {13, 1.5},  {9.45, 1.75},  {5.4, 0.2} },
    {0.1, 5,  {5.5, 0.5}, {5.15, 1.6},   {5.4, 0.3} },
    {0.1, 10, {20, 3},    {18.6, 1.5},   {6.5, 0.3} },
};

static void our_own_network_is_not_booked_as_theirs(void **state)
{
	int worse = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		for (int k = 0; k < 2; k++) {
			const struct row *row = &rows[i];
			struct net_trouble t = {.loss = row->loss};
			struct tally r = play(row->targets, 2 * k, &t, 0, runs());

			printf("# evidence own network loses %.0f %%, %d targets, %s: "
			       "%.2f %% booked, specified %.1f %%, model %.2f %%; found "
			       "after %.0f s; %d runs, seed %llu\n",
			    100 * t.loss, row->targets, k ? "two controls" : "none",
			    100 * r.booked, row->page[k], row->model[k], r.declared_s,
			    runs(), (unsigned long long)seed);
			worse += r.booked > at_most(row->reached[k] / 100, runs());
		}
	}
	assert_int_equal(worse, 0);
}

static void a_silent_provider_is_still_found(void **state)
{
	static const struct {
		int targets, controls;
		double median, p95, ours; /* specified */
	} outages[] = {
	    {1, 0, 73, 100, 0   },
	    {1, 2, 77, 104, .003},
	    {3, 0, 73, 102, 0   },
	    {3, 2, 77, 103, .005},
	    {5, 2, 77, 106, .005},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(outages) / sizeof(*outages); i++) {
		struct net_trouble t = {
		    .lasts_s = 3600, .silent = 1, .control_loss = .002};
		struct tally r =
		    play(outages[i].targets, outages[i].controls, &t, 1, runs());

		printf(
		    "# evidence silent outage, %d targets, %s: %.0f / %.0f s, specified "
		    "%.0f / %.0f s; %.1f %% missed, %.1f %% called ours; %d runs\n",
		    outages[i].targets,
		    outages[i].controls ? "two controls" : "no controls", r.booked_s,
		    r.booked_p95_s, outages[i].median, outages[i].p95,
		    100 * fmax(0, 1 - r.booked), 100 * r.declared, runs());
		assert_true(r.booked >= 1 - at_most(0, runs()));
		assert_true(r.booked_s <= 1.1 * outages[i].median);
		assert_true(r.booked_p95_s <= 1.15 * outages[i].p95);
		assert_true(r.declared <= at_most(outages[i].ours, runs()));
	}
}

/* Providers that lose a part or everything while witnesses are not perfect. */
static const struct theirs {
	double loss;
	uint32_t silent; /* bits */
	int targets, controls;
	double control_loss, base;
	double median, missed, ours; /* reached; missed: of one hour */
} brownouts[] = {
    {1,   0x1, 1, 2, .01,  .01, 78,  .001, .052},
    {1,   0x1, 2, 0, 0,    .01, 76,  .001, .231},
    {1,   0x3, 5, 0, 0,    .01, 54,  .002, .307},
    {.5,  0x1, 5, 2, .01,  .01, 166, .001, .039},
    {.5,  0x1, 3, 0, 0,    .01, 160, .001, .124},
    {.25, 0x1, 1, 2, .01,  .01, 397, .001, .037},
    {.25, 0x1, 5, 2, .002, .01, 366, .001, .001},
    {.25, 0x3, 5, 2, .002, .01, 273, .001, .005},
    {.25, 0x1, 3, 0, 0,    .01, 420, .001, .175},
};

static void a_provider_in_part_silent_is_still_found(void **state)
{
	int n = is_long() ? runs() / 2 : runs() / 5, worse = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(brownouts) / sizeof(*brownouts); i++) {
		const struct theirs *b = &brownouts[i];
		struct net_trouble t = {.lasts_s = 3600,
		    .silent = b->silent,
		    .theirs = b->loss,
		    .base = b->base,
		    .control_loss = b->control_loss};
		struct tally r = play(b->targets, b->controls, &t, b->silent, n);

		printf("# evidence %d of %d providers lose %.0f %%, %d controls lose "
		       "%.1f %%, all %.0f %%: %.0f / %.0f s, %.1f %% missed, %.1f %% "
		       "called ours; %d runs\n",
		    __builtin_popcount(b->silent), b->targets, 100 * b->loss, b->controls,
		    100 * b->control_loss, 100 * b->base, r.booked_s, r.booked_p95_s,
		    100 * fmax(0, 1 - r.booked), 100 * r.declared, n);
		worse += 1 - r.booked > at_most(b->missed, n) ||
			 r.declared > at_most(b->ours, n) ||
			 r.booked_s > (1 + 5 / sqrt(n)) * b->median;
	}
	assert_int_equal(worse, 0);
}

/* "Without controls, three of five silent together are called ours, which is the cheaper
 * mistake." */
static void a_shared_cause_is_told_from_us_by_controls(void **state)
{
	static const uint32_t silent[] = {0x3, 0x7};

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct net_trouble t = {
		    .lasts_s = 3600, .silent = silent[i], .control_loss = .002};
		struct tally r = play(5, 2, &t, silent[i], runs());

		printf("# evidence %d of 5 providers silent together, two controls: all "
		       "booked %.1f %%, called ours %.1f %%; %d runs\n",
		    i + 2, 100 * r.booked, 100 * r.declared, runs());
		assert_true(r.booked >= 1 - at_most(0, runs()));
		assert_true(r.declared <= at_most(.01, runs()));
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(our_own_network_is_not_booked_as_theirs),
	    cmocka_unit_test(a_silent_provider_is_still_found),
	    cmocka_unit_test(a_provider_in_part_silent_is_still_found),
	    cmocka_unit_test(a_shared_cause_is_told_from_us_by_controls),
	};

	if (argc > 1)
		seed = strtoull(argv[1], NULL, 10);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
