/* SPDX-License-Identifier: MIT */
#include "storage/rollup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "agent/base/rng.h"

#define PACE  ((int64_t)60000)
#define WIDTH ((int64_t)300000)

struct rows {
	struct rollup r[8];
	size_t n;
};

static bool keep(void *arg, const struct rollup *r)
{
	struct rows *rows = arg;

	assert_true(rows->n < 8);
	rows->r[rows->n++] = *r;
	return true;
}

static struct rollup_sample sample(uint32_t series, int64_t at, enum outcome o)
{
	return (struct rollup_sample){.series = series,
	    .at_ms = at,
	    .pace_ms = PACE,
	    .outcome = o,
	    .latency_us = o == OUTCOME_OK ? 412000 : -1,
	    .end_us = 900000,
	    .tokens_in = 10,
	    .tokens_out = 2,
	    .cost_nano = 4200,
	    .currency = "USD"};
}

static void buckets_begin_at_whole_numbers_of_their_width_in_utc(void **state)
{
	/* 2026-11-23T14:02:03.004Z */
	const int64_t at = INT64_C(1795442523004);
	struct civil c;

	(void)state;
	c = wall_civil((struct wall){rollup_floor(ROLLUP_FIVE_MINUTES, at)});
	assert_int_equal(c.minute * 100000 + c.second * 1000 + c.ms, 0);
	assert_int_equal(c.hour, 14);
	c = wall_civil((struct wall){rollup_floor(ROLLUP_HOUR, at)});
	assert_int_equal(c.hour * 100 + c.minute, 1400);
	c = wall_civil((struct wall){rollup_floor(ROLLUP_DAY, at)});
	assert_int_equal(c.day * 100 + c.hour, 2300);
	assert_int_equal(rollup_floor(ROLLUP_HOUR, -1), -MS_PER_H);
}

static void a_sample_weighs_the_time_since_the_one_before_but_at_most_the_pace(
    void **state)
{
	(void)state;
	assert_int_equal(rollup_weight_ms(true, 1000, 31000, PACE), 30000);
	assert_int_equal(rollup_weight_ms(true, 1000, 61000, PACE), 60000);
	assert_int_equal(rollup_weight_ms(true, 1000, 3600000, PACE), PACE);
	assert_int_equal(rollup_weight_ms(false, 0, 5, PACE), PACE);
	assert_int_equal(rollup_weight_ms(true, 1000, 900, PACE), 0);
}

static void asking_again_while_suspect_bends_no_uptime(void **state)
{
	struct rows rows = {0};
	struct rollup_fold f;
	/* One failure at the pace, then four re-asks that fail within the next minute. */
	const int64_t at[] = {0, 60000, 75000, 90000, 105000, 120000, 180000, 240000};
	const bool good[] = {1, 0, 0, 0, 0, 1, 1, 1};

	(void)state;
	rollup_fold_init(&f, 0, WIDTH, keep, &rows);
	for (size_t i = 0; i < 8; i++) {
		struct rollup_sample s =
		    sample(1, at[i], good[i] ? OUTCOME_OK : OUTCOME_HTTP_5XX);

		assert_true(rollup_fold_feed(&f, &s));
	}
	assert_true(rollup_fold_end(&f));
	assert_int_equal(rows.n, 1);
	assert_int_equal(rows.r[0].samples, 8);
	assert_int_equal(rows.r[0].failed, 4);
	assert_int_equal(rows.r[0].failed_ms, 60000 + 3 * 15000);
	assert_int_equal(rows.r[0].good_ms, 60000 + 15000 + 60000 + 60000);
}

static void what_is_not_counted_is_neither_good_nor_failed(void **state)
{
	struct rollup r;
	struct rollup_sample s = sample(1, 0, OUTCOME_QUOTA);

	(void)state;
	rollup_init(&r, 1, 0);
	rollup_add(&r, &s, 1000);
	s = sample(1, 0, OUTCOME_LOCAL);
	rollup_add(&r, &s, 1000);
	for (int j = JUDGED_EXCLUDED; j < JUDGED_COUNT; j++) {
		s = sample(1, 0, OUTCOME_HTTP_5XX);
		s.judged = (enum judged)j;
		rollup_add(&r, &s, 1000);
		s.outcome = OUTCOME_OK;
		rollup_add(&r, &s, 1000);
	}
	assert_int_equal(r.samples, 2 + 2 * (JUDGED_COUNT - 1));
	assert_int_equal(r.good + r.failed + r.good_ms + r.failed_ms, 0);
	assert_int_equal(r.latency.total + r.total.total, 0);
}

static void every_outcome_counts_where_its_blame_says(void **state)
{
	(void)state;
	for (int o = 0; o < OUTCOME_COUNT; o++) {
		struct rollup r;
		struct rollup_sample s = sample(1, 0, (enum outcome)o);
		enum blame b = outcome_blame((enum outcome)o);

		rollup_init(&r, 1, 0);
		rollup_add(&r, &s, 1000);
		assert_int_equal(r.good, b == BLAME_NONE);
		assert_int_equal(r.failed, b == BLAME_PROVIDER);
		assert_int_equal(r.outcomes[o], 1);
	}
}

static void a_fold_emits_each_series_once_with_only_its_own_bucket(void **state)
{
	struct rows rows = {0};
	struct rollup_fold f;
	const struct rollup_sample fed[] = {
	    sample(1, WIDTH - 20000, OUTCOME_OK), /* lead: only the distance counts */
	    sample(1, WIDTH + 10000, OUTCOME_OK),
	    sample(1, 2 * WIDTH, OUTCOME_OK), /* the next bucket's */
	    sample(3, WIDTH - 1, OUTCOME_OK), /* nothing in the bucket */
	    sample(7, WIDTH, OUTCOME_DNS),
	};

	(void)state;
	rollup_fold_init(&f, WIDTH, 2 * WIDTH, keep, &rows);
	for (size_t i = 0; i < sizeof(fed) / sizeof(fed[0]); i++)
		assert_true(rollup_fold_feed(&f, &fed[i]));
	assert_true(rollup_fold_end(&f));
	assert_int_equal(rows.n, 2);
	assert_int_equal(rows.r[0].series, 1);
	assert_int_equal(rows.r[0].at, WIDTH);
	assert_int_equal(rows.r[0].samples, 1);
	assert_int_equal(rows.r[0].good_ms, 30000);
	assert_int_equal(rows.r[1].series, 7);
	assert_int_equal(rows.r[1].failed_ms, PACE);
}

static bool refuse(void *arg, const struct rollup *r)
{
	(void)r;
	++*(int *)arg;
	return false;
}

static void a_fold_stops_when_its_rows_are_refused(void **state)
{
	int calls = 0;
	struct rollup_fold f;
	struct rollup_sample a = sample(1, 0, OUTCOME_OK), b = sample(2, 0, OUTCOME_OK);

	(void)state;
	rollup_fold_init(&f, 0, WIDTH, refuse, &calls);
	assert_true(rollup_fold_feed(&f, &a));
	assert_false(rollup_fold_feed(&f, &b));
	assert_int_equal(calls, 1);
}

/* Twelve five-minute rows add up to what one fold over the hour says. */
static void the_sum_of_the_parts_is_the_whole(void **state)
{
	struct rng rng;
	struct rows whole = {0}, part = {0};
	struct rollup_fold f, g;
	struct rollup sum;
	struct rollup_sample all[240];
	int64_t at = 0;

	(void)state;
	rng_init(&rng, 11);
	for (size_t i = 0; i < 240; i++) {
		at += (int64_t)rng_below(&rng, 29000);
		all[i] = sample(1, at, (enum outcome)rng_below(&rng, OUTCOME_COUNT));
		all[i].latency_us = (int64_t)rng_below(&rng, 3000000);
	}
	rollup_fold_init(&f, 0, 12 * WIDTH, keep, &whole);
	for (size_t i = 0; i < 240; i++)
		assert_true(rollup_fold_feed(&f, &all[i]));
	assert_true(rollup_fold_end(&f));
	rollup_init(&sum, 1, 0);
	for (int b = 0; b < 12; b++) {
		part.n = 0;
		rollup_fold_init(&g, b * WIDTH, (b + 1) * WIDTH, keep, &part);
		for (size_t i = 0; i < 240; i++)
			assert_true(rollup_fold_feed(&g, &all[i]));
		assert_true(rollup_fold_end(&g));
		if (part.n)
			rollup_merge(&sum, &part.r[0]);
	}
	assert_memory_equal(&sum, &whole.r[0], sizeof(sum));
}

static void json_comes_back_as_it_was(void **state)
{
	struct rollup r, back;
	struct rollup_sample s = sample(1, 0, OUTCOME_OK);
	struct str outcomes, cost;

	(void)state;
	rollup_init(&r, 1, 0);
	rollup_add(&r, &s, 1);
	s.cost_nano = -1;
	rollup_add(&r, &s, 1);
	s = sample(1, 0, OUTCOME_OVERLOADED);
	(void)str_copy(s.currency, sizeof(s.currency), "CNY");
	rollup_add(&r, &s, 1);
	str_init(&outcomes, 1000);
	str_init(&cost, 1000);
	rollup_outcomes_json(&r, &outcomes);
	rollup_cost_json(&r, &cost);
	assert_string_equal(str_c(&outcomes), "{\"ok\":2,\"overloaded\":1}");
	assert_string_equal(str_c(&cost), "{\"USD\":4200,\"?\":1,\"CNY\":4200}");
	rollup_init(&back, 1, 0);
	rollup_read_outcomes(&back, str_c(&outcomes));
	rollup_read_cost(&back, str_c(&cost));
	assert_memory_equal(back.outcomes, r.outcomes, sizeof(r.outcomes));
	assert_memory_equal(back.cost, r.cost, sizeof(r.cost));
	str_fini(&outcomes);
	str_fini(&cost);
}

static void damaged_json_adds_nothing(void **state)
{
	static const char *const bad[] = {"", "{", "[]", "7", "{\"ok\":-1}",
	    "{\"ok\":\"x\"}", "{\"nobody\":4}", "{\"DOLLARS\":4}", "{\"USD\":-4}",
	    "{\"\":4}", "null"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct rollup r, empty;

		rollup_init(&r, 1, 0);
		rollup_init(&empty, 1, 0);
		rollup_read_outcomes(&r, bad[i]);
		rollup_read_cost(&r, bad[i]);
		assert_memory_equal(r.outcomes, empty.outcomes, sizeof(r.outcomes));
		assert_memory_equal(r.cost, empty.cost, sizeof(r.cost));
	}
}

static void free_asks_cost_nothing_and_a_fifth_currency_is_left_out(void **state)
{
	static const char *const currencies[] = {"USD", "CNY", "EUR", "JPY", "GBP"};
	struct rollup r;
	struct rollup_sample s = sample(1, 0, OUTCOME_OK);

	(void)state;
	rollup_init(&r, 1, 0);
	s.cost_nano = 0;
	rollup_add(&r, &s, 1);
	assert_string_equal(r.cost[0].currency, "");
	for (size_t i = 0; i < 5; i++)
		rollup_add_cost(&r, currencies[i], 10);
	rollup_add_cost(&r, "JPY", 5);
	assert_int_equal(r.cost[3].nano, 15);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(buckets_begin_at_whole_numbers_of_their_width_in_utc),
	    cmocka_unit_test(
		a_sample_weighs_the_time_since_the_one_before_but_at_most_the_pace),
	    cmocka_unit_test(asking_again_while_suspect_bends_no_uptime),
	    cmocka_unit_test(what_is_not_counted_is_neither_good_nor_failed),
	    cmocka_unit_test(every_outcome_counts_where_its_blame_says),
	    cmocka_unit_test(a_fold_emits_each_series_once_with_only_its_own_bucket),
	    cmocka_unit_test(a_fold_stops_when_its_rows_are_refused),
	    cmocka_unit_test(the_sum_of_the_parts_is_the_whole),
	    cmocka_unit_test(json_comes_back_as_it_was),
	    cmocka_unit_test(damaged_json_adds_nothing),
	    cmocka_unit_test(free_asks_cost_nothing_and_a_fifth_currency_is_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
