/* SPDX-License-Identifier: MIT
 *
 * Quantiles within the promised 9 %, and a JSON form that comes back unchanged.
 */
#include "agent/base/hist.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/base/rng.h"

static int by_value(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static void quantiles_are_within_nine_percent(void **state)
{
	static int64_t values[5000];
	static const double qs[] = {0.0, 0.01, 0.25, 0.5, 0.9, 0.95, 0.99, 0.999, 1.0};
	struct hist h = {0};
	struct rng r;

	(void)state;
	rng_init(&r, 3);
	for (size_t i = 0; i < 5000; i++) {
		/* log-uniform from 1 ms to 1000 s */
		values[i] = (int64_t)(1000.0 * pow(10.0, 6.0 * rng_unit(&r)));
		hist_add(&h, values[i]);
	}
	qsort(values, 5000, sizeof(values[0]), by_value);
	for (size_t i = 0; i < sizeof(qs) / sizeof(qs[0]); i++) {
		size_t rank = (size_t)ceil(qs[i] * 5000);
		double truth = (double)values[rank ? rank - 1 : 0];
		double got = (double)hist_quantile_us(&h, qs[i]);

		assert_true(fabs(got / truth - 1.0) < 0.09);
	}
}

static void every_value_lands_within_nine_percent(void **state)
{
	(void)state;
	for (double us = 1001.0; us < 1.1e9; us *= 1.003) {
		struct hist h = {0};
		double got;

		hist_add(&h, (int64_t)us);
		got = (double)hist_quantile_us(&h, 0.5);
		assert_true(fabs(got / us - 1.0) < 0.09);
	}
}

static void an_empty_histogram_has_no_quantile(void **state)
{
	struct hist h = {0};

	(void)state;
	assert_int_equal(hist_quantile_us(&h, 0.5), -1);
}

static void extremes_stay_in_the_outer_cells(void **state)
{
	struct hist h = {0};

	(void)state;
	hist_add(&h, -5);
	hist_add(&h, 0);
	hist_add(&h, 1000);
	assert_int_equal(h.n[0], 3);
	hist_add(&h, 1001);
	assert_int_equal(h.n[1], 1);
	hist_add(&h, INT64_MAX);
	assert_int_equal(h.n[HIST_CELLS - 1], 1);
	assert_int_equal(h.total, 5);
}

static void bounds_rise_and_belong_to_their_cell(void **state)
{
	(void)state;
	for (int i = 0; i < HIST_CELLS; i++) {
		struct hist h = {0};

		if (i > 0)
			assert_true(hist_cell_upper_us(i) > hist_cell_upper_us(i - 1));
		hist_add(&h, hist_cell_upper_us(i));
		assert_int_equal(h.n[i], 1);
	}
	assert_true(hist_cell_upper_us(HIST_CELLS - 2) >= 17 * 60 * INT64_C(1000000));
}

static void merging_is_adding(void **state)
{
	struct hist a = {0}, b = {0}, both = {0};

	(void)state;
	for (int64_t us = 500; us < 100000000; us = us * 5 / 4) {
		hist_add(us % 2 ? &a : &b, us);
		hist_add(&both, us);
	}
	hist_merge(&a, &b);
	assert_memory_equal(&a, &both, sizeof(a));
}

static void counts_stop_at_their_maximum(void **state)
{
	struct hist a = {0}, b = {0};

	(void)state;
	a.n[4] = UINT32_MAX - 1;
	a.total = a.n[4];
	b.n[4] = 5;
	b.total = 5;
	hist_merge(&a, &b);
	assert_int_equal(a.n[4], UINT32_MAX);
	assert_int_equal(a.total, UINT32_MAX);
}

static void json_is_short_and_ascending(void **state)
{
	struct hist h = {0};
	struct str s;

	(void)state;
	str_init(&s, 4096);
	hist_to_json(&h, &s);
	assert_string_equal(str_c(&s), "{}");
	str_reset(&s);
	hist_add(&h, 500000);
	hist_add(&h, 500000);
	hist_add(&h, 1050);
	hist_add(&h, 1500);
	hist_to_json(&h, &s);
	assert_string_equal(str_c(&s), "{\"1.09\":1,\"1.54\":1,\"512\":2}");
	str_fini(&s);
}

static void json_comes_back_unchanged(void **state)
{
	struct hist h = {0}, back = {0};
	struct str s;

	(void)state;
	for (uint32_t i = 0; i < HIST_CELLS; i++) {
		h.n[i] = i * 7 + 1;
		h.total += h.n[i];
	}
	str_init(&s, 8192);
	hist_to_json(&h, &s);
	assert_false(s.cut);
	assert_true(hist_from_json(&back, str_c(&s)));
	assert_memory_equal(&h, &back, sizeof(h));
	str_fini(&s);
}

static void foreign_json_is_refused_and_changes_nothing(void **state)
{
	static const char *const bad[] = {"", "[]", "3", "{\"413\":1}", "{\"512\":-1}",
	    "{\"512\":1.5}", "{\"512\":4294967296}", "{\"512.0\":1}", "{\" 512\":1}",
	    "{\"\":1}", "{\"nan\":1}", "{\"inf\":1}", "{\"1e3\":1}", "{\"512\":1"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct hist h = {.total = 9};

		assert_false(hist_from_json(&h, bad[i]));
		assert_int_equal(h.total, 9);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(quantiles_are_within_nine_percent),
	    cmocka_unit_test(every_value_lands_within_nine_percent),
	    cmocka_unit_test(an_empty_histogram_has_no_quantile),
	    cmocka_unit_test(extremes_stay_in_the_outer_cells),
	    cmocka_unit_test(bounds_rise_and_belong_to_their_cell),
	    cmocka_unit_test(merging_is_adding),
	    cmocka_unit_test(counts_stop_at_their_maximum),
	    cmocka_unit_test(json_is_short_and_ascending),
	    cmocka_unit_test(json_comes_back_unchanged),
	    cmocka_unit_test(foreign_json_is_refused_and_changes_nothing),
	};

	return cmocka_run_group_tests_name("hist", tests, NULL, NULL);
}
