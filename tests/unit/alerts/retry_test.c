/* SPDX-License-Identifier: MIT */
#include "alerts/retry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/alerts/incident_fixture.h"

static const struct channel_kind kind = {.name = "k", .pace_ms = 1000, .burst = 3};

static void waits_follow_the_time_table_within_a_fifth(void **state)
{
	static const int64_t table_s[] = {1, 5, 15, 60, 120, 300, 300, 300};
	struct rng r;

	(void)state;
	rng_init(&r, 7);
	for (int round = 0; round < 200; round++) {
		for (int n = 1; n <= 8; n++) {
			int64_t ms = retry_wait_ms(n, &r);

			assert_in_range(ms, table_s[n - 1] * 800, table_s[n - 1] * 1200);
			assert_true(ms <= RETRY_LONGEST_MS);
		}
	}
	assert_in_range(retry_wait_ms(100000, &r), 240000, 360000);
	assert_in_range(retry_wait_ms(0, &r), 800, 1200);
}

static void waits_are_spread(void **state)
{
	struct rng r;
	int64_t first, low = INT64_MAX, high = 0;

	(void)state;
	rng_init(&r, 8);
	for (int i = 0; i < 100; i++) {
		first = retry_wait_ms(6, &r);
		low = first < low ? first : low;
		high = first > high ? first : high;
	}
	assert_true(high - low > 60000);
}

static void burst_goes_at_once_then_one_per_pace(void **state)
{
	struct channel_status s = {0};
	struct wall now = fixture_at(14, 0);

	(void)state;
	limiter_fill(&s, &kind);
	for (int i = 0; i < 3; i++) {
		assert_true(limiter_ready_at(&s, &kind).ms <= now.ms);
		limiter_take(&s, &kind, now);
	}
	for (int i = 1; i <= 20; i++) {
		struct wall ready = limiter_ready_at(&s, &kind);

		assert_in_range(wall_diff_ms(ready, now), 999, 1000);
		now = ready;
		limiter_take(&s, &kind, now);
	}
}

static void rest_fills_the_bucket_to_its_burst_only(void **state)
{
	struct channel_status s = {0};
	struct wall now = fixture_at(14, 0);

	(void)state;
	limiter_fill(&s, &kind);
	limiter_take(&s, &kind, now);
	now = wall_add_ms(now, MS_PER_DAY);
	for (int i = 0; i < 3; i++) {
		assert_true(limiter_ready_at(&s, &kind).ms <= now.ms);
		limiter_take(&s, &kind, now);
	}
	assert_true(limiter_ready_at(&s, &kind).ms > now.ms);
}

static void half_a_token_waits_half_a_pace(void **state)
{
	struct channel_status s = {.tokens = 0.5, .tokens_at = fixture_at(14, 0)};

	(void)state;
	assert_in_range(
	    wall_diff_ms(limiter_ready_at(&s, &kind), fixture_at(14, 0)), 499, 501);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(waits_follow_the_time_table_within_a_fifth),
	    cmocka_unit_test(waits_are_spread),
	    cmocka_unit_test(burst_goes_at_once_then_one_per_pace),
	    cmocka_unit_test(rest_fills_the_bucket_to_its_burst_only),
	    cmocka_unit_test(half_a_token_waits_half_a_pace),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
