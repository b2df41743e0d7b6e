/* SPDX-License-Identifier: MIT
 *
 * The figures of the digest on an old database: ninety days of sums without a single raw
 * sample, weeks that begin and end between them, days on which the clock is set, gaps.
 */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "storage/reader_digest.h"
#include "tests/integration/storage/days.h"

#define WEEK (7 * MS_PER_DAY)

static const struct days calm = {.fail_from = DAYS_END - 20 * MS_PER_DAY,
    .fail_until = DAYS_END - 20 * MS_PER_DAY + 90 * MS_PER_MIN};

static struct digest_figures digest_of(struct house *h, int64_t from, int64_t until)
{
	struct err e = {0};
	struct reader *r = reader_open(h->path, 20000, &e);
	struct digest_figures f;

	assert_non_null(r);
	assert_true(reader_digest(r, (struct wall_span){{from}, {until}}, &f, &e));
	reader_close(r);
	return f;
}

/* What was counted ask by ask is what the digest says. */
static struct digest_figures check(
    struct house *h, const struct days *d, int64_t from, int64_t until)
{
	static const char *const names[] = {"one", "two", "three"};
	struct days_sums is = days_count(d, from, until);
	struct digest_figures f = digest_of(h, from, until);

	assert_int_equal(f.samples, is.samples);
	assert_int_equal(f.good, is.good);
	assert_int_equal(f.failed, is.failed);
	assert_int_equal(f.n_sums, is.nano > 0);
	assert_int_equal(f.n_sums ? f.sums[0].nano : 0, is.nano);
	assert_int_equal(f.n_targets, is.samples ? DAYS_SERIES : 0);
	for (size_t i = 0; i < f.n_worst; i++) {
		for (int s = 0; s < DAYS_SERIES; s++) {
			double all = (double)(is.good_ms[s] + is.failed_ms[s]);
			double pct = 100.0 * (double)is.good_ms[s] / all;

			if (strcmp(f.worst[i].name, names[s]) == 0 &&
			    (f.worst[i].uptime_pct > pct + 1e-6 ||
				f.worst[i].uptime_pct < pct - 1e-6))
				fail_msg("%s: %f is not %f", names[s],
				    f.worst[i].uptime_pct, pct);
		}
	}
	return f;
}

static void ninety_days_of_sums_add_up_week_by_week(void **state)
{
	struct house *h = *state;
	int64_t samples = 0, from = DAYS_END - 12 * WEEK;
	int weeks = 0;

	house_open_fast(h);
	days_series(h);
	days_put(h, &calm, ROLLUP_HOUR, DAYS_START, DAYS_END);
	days_rolled(h, DAYS_END, DAYS_END);
	for (; from < DAYS_END; from += WEEK, weeks++) {
		struct digest_figures f = check(h, &calm, from, from + WEEK);

		samples += f.samples;
		assert_string_equal(f.worst[0].name, "three");
	}
	assert_int_equal(
	    samples, days_count(&calm, DAYS_END - 12 * WEEK, DAYS_END).samples);
	assert_int_equal(ask(store_db(h->store), "SELECT count(*) FROM samples"), 0);
	print_message("# evidence digest of sums alone: %d weeks, %" PRId64
		      " asks, each counted once\n",
	    weeks, samples);
}

/* Monday 09:00 in Berlin before and after the clock is set back (2026-10-25): a week of
 * 169 hours; on Lord Howe by half an hour (2026-10-04), and in Kathmandu (+05:45) every
 * week begins between two hours. */
static void weeks_of_other_lengths_lose_nothing_at_their_edges(void **state)
{
	static const struct {
		int64_t from, until;
	} weeks[] = {
	    {INT64_C(1792393200000),        INT64_C(1792393200000) + WEEK + MS_PER_H    },
	    {INT64_C(1790548200000),        INT64_C(1790548200000) + WEEK - MS_PER_H / 2},
	    {INT64_C(1793589300000),        INT64_C(1793589300000) + WEEK               },
	    {INT64_C(1793589300000) + WEEK, INT64_C(1793589300000) + 2 * WEEK           },
	};
	struct house *h = *state;

	house_open_fast(h);
	days_series(h);
	days_put(h, &calm, ROLLUP_HOUR, weeks[1].from - MS_PER_DAY, DAYS_END);
	days_rolled(h, DAYS_END, DAYS_END);
	for (size_t i = 0; i < sizeof(weeks) / sizeof(weeks[0]); i++) {
		days_put(h, &calm, ROLLUP_FIVE_MINUTES, weeks[i].from - MS_PER_H,
		    weeks[i].from + MS_PER_H);
		days_put(h, &calm, ROLLUP_FIVE_MINUTES, weeks[i].until - MS_PER_H,
		    weeks[i].until + MS_PER_H);
		(void)check(h, &calm, weeks[i].from, weeks[i].until);
	}
}

static void what_nobody_saw_is_neither_good_nor_failed(void **state)
{
	struct house *h = *state;
	struct days d = calm;

	house_open_fast(h);
	days_series(h);
	d.gap = (struct days_gap){DAYS_END - 30 * MS_PER_DAY - 90 * MS_PER_MIN,
	    DAYS_END - 20 * MS_PER_DAY + MS_PER_MIN};
	days_put(h, &d, ROLLUP_HOUR, DAYS_END - 40 * MS_PER_DAY, DAYS_END);
	days_rolled(h, DAYS_END, DAYS_END);
	(void)check(h, &d, d.gap.from / MS_PER_H * MS_PER_H - WEEK,
	    d.gap.from / MS_PER_H * MS_PER_H + MS_PER_H);
	(void)check(h, &d, DAYS_END - 29 * MS_PER_DAY, DAYS_END - 22 * MS_PER_DAY);
	(void)check(h, &d, DAYS_END - 24 * MS_PER_DAY, DAYS_END - 17 * MS_PER_DAY);
}

/* 09:03 is no edge of any sum: what is beside them is taken from raw samples, at the end
 * of one week and at the beginning of the next. */
static void a_moment_between_sums_loses_no_ask(void **state)
{
	struct house *h = *state;
	int64_t moment = DAYS_END - 6 * MS_PER_H + 3 * MS_PER_MIN, end = DAYS_END;

	house_open_fast(h);
	days_series(h);
	days_put_samples(h, &calm, end - 2 * MS_PER_DAY, end);
	days_put(h, &calm, ROLLUP_FIVE_MINUTES, end - 2 * MS_PER_DAY, end - MS_PER_H);
	days_put(h, &calm, ROLLUP_HOUR, end - 2 * MS_PER_DAY, end - MS_PER_H);
	days_rolled(h, end - 10 * MS_PER_MIN, end - MS_PER_H);
	days_put(h, &calm, ROLLUP_FIVE_MINUTES, end - MS_PER_H, end - 10 * MS_PER_MIN);
	(void)check(h, &calm, moment - MS_PER_DAY, moment);
	(void)check(h, &calm, moment, end);
	(void)check(h, &calm, moment, moment + MS_PER_MIN);
	(void)check(h, &calm, end - 8 * MS_PER_MIN, end);
}

static void put_incident(
    struct house *h, uint64_t seed, int64_t from, int64_t until, enum subject_kind kind)
{
	struct txn *t = txn_new();
	struct incident in;
	struct rng rng;

	rng_init(&rng, seed);
	any_incident(&rng, &in);
	in.class = CLASS_OUTAGE;
	in.subject.kind = kind;
	in.started.ms = from;
	in.opened.ms = from + MS_PER_MIN;
	in.ended.ms = in.closed.ms = until;
	in.state = until ? INCIDENT_CLOSED : INCIDENT_OPEN;
	txn_incident(t, &in);
	house_apply(h->store, t);
}

static void an_incident_counts_in_every_week_that_it_lasted_in(void **state)
{
	struct house *h = *state;
	int64_t week = DAYS_END - WEEK;
	struct digest_figures f;

	house_open_fast(h);
	put_incident(h, 1, week - 4 * MS_PER_DAY, week + 3 * MS_PER_DAY, SUBJECT_TARGET);
	put_incident(
	    h, 2, week + MS_PER_DAY, week + MS_PER_DAY + MS_PER_H, SUBJECT_PROVIDER);
	put_incident(h, 3, week, week + 5 * MS_PER_DAY, SUBJECT_DRILL);
	f = digest_of(h, week - WEEK, week);
	assert_int_equal(f.incidents, 1);
	assert_int_equal(f.longest_ms, 4 * MS_PER_DAY);
	f = digest_of(h, week, DAYS_END);
	assert_int_equal(f.incidents, 1); /* that began in it */
	assert_int_equal(f.still_open, 0);
	assert_int_equal(f.longest_ms, 3 * MS_PER_DAY);
	put_incident(h, 4, week + 2 * MS_PER_DAY, 0, SUBJECT_TARGET);
	f = digest_of(h, week, DAYS_END);
	assert_int_equal(f.still_open, 1);
	assert_int_equal(f.longest_ms, 5 * MS_PER_DAY);
	f = digest_of(h, week - 3 * WEEK, week - 2 * WEEK);
	assert_int_equal(f.incidents, 0);
	assert_int_equal(f.longest_ms, 0);
}

static void put_delivery(struct house *h, uint64_t seed, int64_t created, int64_t took)
{
	struct txn *t = txn_new();
	struct delivery d;
	struct rng rng;

	rng_init(&rng, seed);
	any_delivery(&rng, &d);
	d.kind = MESSAGE_OPENED;
	d.created.ms = created;
	d.sent.ms = took < 0 ? 0 : created + took;
	d.held_until.ms = took > MS_PER_H ? created + took - 300 : 0;
	d.state = took < 0 ? DELIVERY_DEAD : DELIVERY_SENT;
	txn_delivery(t, &d);
	house_apply(h->store, t);
}

/* Of an even number the lower one, by nearest rank; quiet hours are no delay. */
static void the_median_of_the_delays_is_one_of_them(void **state)
{
	struct house *h = *state;
	static const int64_t took[] = {100, 5000, 200, 8 * MS_PER_H, 90000};
	static const int64_t median[] = {100, 100, 200, 200, 300};
	int64_t week = DAYS_END - WEEK;

	house_open_fast(h);
	assert_int_equal(digest_of(h, week, DAYS_END).median_ms, 0);
	put_delivery(h, 99, week + MS_PER_H, -1);
	for (size_t i = 0; i < sizeof(took) / sizeof(took[0]); i++) {
		struct digest_figures f;

		put_delivery(h, i, week + MS_PER_H + (int64_t)i, took[i]);
		f = digest_of(h, week, DAYS_END);
		assert_int_equal(f.sent, i + 1);
		assert_int_equal(f.dead, 1);
		assert_int_equal(f.median_ms, median[i]);
	}
}

#define HOUSE_TEST(name)                                                                 \
	cmocka_unit_test_setup_teardown(name, house_setup, house_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    HOUSE_TEST(ninety_days_of_sums_add_up_week_by_week),
	    HOUSE_TEST(weeks_of_other_lengths_lose_nothing_at_their_edges),
	    HOUSE_TEST(what_nobody_saw_is_neither_good_nor_failed),
	    HOUSE_TEST(a_moment_between_sums_loses_no_ask),
	    HOUSE_TEST(an_incident_counts_in_every_week_that_it_lasted_in),
	    HOUSE_TEST(the_median_of_the_delays_is_one_of_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
