/* SPDX-License-Identifier: MIT
 *
 * A rule on a stream of samples, one a minute unless a test says otherwise.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "alerts/rule_state.h"
#include "tests/unit/alerts/rule_run.h"

static void it_fires_at_the_third_failure_back_dated_to_the_first(void **state)
{
	struct run run = begin(plain, 0, MS_PER_MIN);

	(void)state;
	feed(&run, "GGGGGGGGFF");
	assert_int_equal(run.fired, 0);
	feed(&run, "F");
	assert_int_equal(run.fired, 1);
	assert_int_equal(run.last.edge.ms, T0 + 9 * MS_PER_MIN);
	assert_int_equal(run.last.failed, 3);
	assert_int_equal(run.last.n, 11); /* W to W plus one bucket long */
	end(&run);
}

static void a_share_at_the_limit_is_not_above_it(void **state)
{
	struct run run = begin("error_rate > 50% over 10m, at least 1 failure", 0, 0);

	(void)state;
	feed(&run, "GF");
	assert_int_equal(run.fired, 0);
	end(&run);
	run = begin("error_rate >= 50% over 10m, at least 1 failure", 0, 0);
	feed(&run, "GF");
	assert_int_equal(run.fired, 1);
	end(&run);
}

static void what_falls_out_of_the_window_no_longer_counts(void **state)
{
	struct run run = begin(plain, 0, MS_PER_MIN);

	(void)state;
	feed(&run, "GGGGGFFGGGGGGGGGG"); /* the two failures are gone by now */
	feed(&run, "FF");
	assert_int_equal(run.fired, 0);
	feed(&run, "F");
	assert_int_equal(run.fired, 1);
	end(&run);
}

static void while_less_than_half_is_covered_it_may_fire_and_not_say_no(void **state)
{
	/* True at once: the value is above the limit however little is covered. */
	struct run run = begin("error_rate > 20% over 10m, at least 2 failures", 0, 0);

	(void)state;
	feed(&run, "FF");
	assert_int_equal(run.fired, 1);
	/* A pending `for` is frozen, not ended, by a value that is unknown. */
	end(&run);
	run = begin("error_rate > 60% over 1h, at least 2 failures", 10 * MS_PER_MIN, 0);
	feed(&run, "FF");
	assert_int_equal(run.s.phase, RULE_PENDING);
	feed(&run, "GGG"); /* 2 of 5: below, but 5 of 60 minutes are known */
	assert_int_equal(run.s.phase, RULE_PENDING);
	assert_int_equal(run.fired, 0);
	end(&run);
}

static void too_few_samples_are_unknown_and_hold(void **state)
{
	struct run run =
	    begin("error_rate > 20% over 10m, at least 5 samples", 0, MS_PER_MIN);

	(void)state;
	feed(&run, "FFFF");
	assert_int_equal(run.fired, 0);
	assert_int_equal(run.s.phase, RULE_IDLE);
	feed(&run, "F");
	assert_int_equal(run.fired, 1);
	end(&run);
}

static void for_is_counted_from_the_first_true_evaluation(void **state)
{
	struct run run = begin(plain, 5 * MS_PER_MIN, 5 * MS_PER_MIN);

	(void)state;
	feed(&run, "GGGGGGGGGGFFF");
	assert_int_equal(run.s.phase, RULE_PENDING);
	feed(&run, "FFFF");
	assert_int_equal(run.fired, 0);
	feed(&run, "F");
	assert_int_equal(run.fired, 1);
	assert_int_equal(run.last.edge.ms, T0 + 11 * MS_PER_MIN);
	end(&run);
}

static void one_false_evaluation_ends_pending(void **state)
{
	struct run run = begin(plain, 15 * MS_PER_MIN, MS_PER_MIN);

	(void)state;
	feed(&run, "GGGGGGGGGGFFF");
	assert_int_equal(run.s.phase, RULE_PENDING);
	feed(&run, "GGGGGGGGGG");
	assert_int_equal(run.s.phase, RULE_IDLE);
	assert_int_equal(run.fired, 0);
	end(&run);
}

static void time_completes_a_for_and_never_starts_one(void **state)
{
	struct run run = begin(plain, 90 * MS_PER_S, MS_PER_MIN);

	(void)state;
	feed(&run, "GGGGGGGGGGFFF");
	assert_int_equal(wake_ms(&run), run.now + 10 * MS_PER_S); /* bucket edge */
	pass(&run, 89 * MS_PER_S);
	assert_int_equal(run.fired, 0);
	pass(&run, MS_PER_S);
	assert_int_equal(run.fired, 1);
	/* Idle rules sleep. */
	end(&run);
	run = begin(plain, 0, MS_PER_MIN);
	feed(&run, "GGF");
	assert_true(wake_ms(&run) == INT64_MAX);
	pass(&run, MS_PER_MIN);
	assert_int_equal(run.fired, 0);
	end(&run);
}

static void it_resolves_below_half_the_limit_back_dated_to_the_first_success(void **state)
{
	struct run run = begin(plain, 0, MS_PER_MIN);

	(void)state;
	feed(&run, "GGGGGGGGGGFFF");
	assert_int_equal(run.fired, 1);
	/* Below 10 % only when two of the three have fallen out. */
	feed(&run, "GGGGGGGGGG");
	assert_int_equal(run.resolved, 0);
	feed(&run, "G");
	assert_int_equal(run.resolved, 1);
	assert_int_equal(run.last.edge.ms, T0 + 14 * MS_PER_MIN);
	assert_int_equal(run.s.phase, RULE_IDLE);
	end(&run);
}

static void it_does_not_resolve_before_three_successes(void **state)
{
	struct run run = begin("error_rate > 90% over 10m, at least 1 failure", 0, 0);

	(void)state;
	feed(&run, "F");
	assert_int_equal(run.fired, 1);
	feed(&run, "GGGGGFGG"); /* 2 of 9 is well below 45 % */
	assert_int_equal(run.resolved, 1);
	end(&run);
	run = begin("error_rate > 90% over 10m, at least 1 failure", 0, 0);
	feed(&run, "FGGFGGFGGFGG");
	assert_int_equal(run.resolved, 0);
	feed(&run, "G");
	assert_int_equal(run.resolved, 1);
	assert_int_equal(run.last.edge.ms, T0 + 11 * MS_PER_MIN);
	end(&run);
}

static void time_alone_resolves_when_values_fall(void **state)
{
	struct run run = begin(plain, 0, MS_PER_MIN);

	(void)state;
	feed(&run, "GGGGGGGGGGFFFGGGGGGGGG");
	for (int i = 0; i < 40 && !run.resolved; i++)
		pass(&run, wake_ms(&run) - run.now);
	assert_int_equal(run.resolved, 1);
	assert_true(run.now < T0 + 30 * MS_PER_MIN);
	end(&run);
}

static void an_empty_window_is_unknown_and_at_last_unmeasurable(void **state)
{
	struct run run = begin(plain, 0, MS_PER_MIN);
	int64_t empty_at;

	(void)state;
	feed(&run, "GGGGGGGGGGFFF");
	pass(&run, 10 * MS_PER_MIN + 10 * MS_PER_S);
	empty_at = run.now;
	assert_int_equal(run.s.phase, RULE_FIRING);
	for (int i = 0; i < 400 && !run.unmeasurable; i++) {
		assert_true(wake_ms(&run) > run.now);
		pass(&run, wake_ms(&run) - run.now);
	}
	assert_int_equal(run.unmeasurable, 1);
	assert_int_equal(run.resolved, 0);
	assert_int_equal(run.now, empty_at + 30 * MS_PER_MIN);
	assert_int_equal(run.last.edge.ms, empty_at);
	end(&run);
}

static void a_gap_empties_the_window_and_ends_pending_not_firing(void **state)
{
	struct run run = begin(plain, 10 * MS_PER_MIN, MS_PER_MIN);

	(void)state;
	feed(&run, "GGGGGGGGGGFFF");
	assert_int_equal(run.s.phase, RULE_PENDING);
	run.now += MS_PER_H;
	rule_on_gap(&run.s, (struct wall){run.now});
	assert_int_equal(run.s.phase, RULE_IDLE);
	feed(&run, "FF");
	assert_int_equal(run.s.phase, RULE_IDLE); /* two, not five */
	end(&run);
	run = begin(plain, 0, MS_PER_MIN);
	feed(&run, "GGGGGGGGGGFFF");
	rule_on_gap(&run.s, (struct wall){run.now});
	assert_int_equal(run.s.phase, RULE_FIRING);
	feed(&run, "GGGG"); /* 4 of 10 minutes known: unknown holds */
	assert_int_equal(run.resolved, 0);
	feed(&run, "GG");
	assert_int_equal(run.resolved, 1);
	end(&run);
}

static void late_finishers_are_counted_where_they_started(void **state)
{
	struct run run = begin(plain, 0, MS_PER_MIN);
	struct wall earlier;

	(void)state;
	feed(&run, "GGGGGGGGGGFF");
	earlier.ms = run.now - 90 * MS_PER_S;
	sample(&run, earlier.ms, OUTCOME_RESET);
	assert_int_equal(run.last.change, RULE_FIRED);
	assert_int_equal(run.last.edge.ms, earlier.ms);
	end(&run);
}

static void a_clock_that_went_back_unnoticed_begins_a_new_window(void **state)
{
	struct run run = begin(plain, 0, MS_PER_MIN);

	(void)state;
	feed(&run, "GGGGGGGGGGFF");
	run.now -= 6 * MS_PER_H;
	feed(&run, "F");
	assert_int_equal(run.last.n, 1);
	assert_int_equal(run.fired, 0);
	end(&run);
}

static void the_widest_window_is_a_month(void **state)
{
	struct run run = begin("error_rate > 20% over 30d, at least 3 failures", 0, 0);

	(void)state;
	for (int i = 0; i < 40 * 24; i++) {
		run.now += 59 * MS_PER_MIN;
		feed(&run, i % 4 ? "G" : "F");
	}
	assert_int_equal(run.fired, 1);
	assert_true(run.last.n >= 30 * 24 && run.last.n <= 31 * 24);
	assert_in_range(100 * run.last.failed / run.last.n, 24, 25);
	end(&run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(it_fires_at_the_third_failure_back_dated_to_the_first),
	    cmocka_unit_test(a_share_at_the_limit_is_not_above_it),
	    cmocka_unit_test(what_falls_out_of_the_window_no_longer_counts),
	    cmocka_unit_test(while_less_than_half_is_covered_it_may_fire_and_not_say_no),
	    cmocka_unit_test(too_few_samples_are_unknown_and_hold),
	    cmocka_unit_test(for_is_counted_from_the_first_true_evaluation),
	    cmocka_unit_test(one_false_evaluation_ends_pending),
	    cmocka_unit_test(time_completes_a_for_and_never_starts_one),
	    cmocka_unit_test(
		it_resolves_below_half_the_limit_back_dated_to_the_first_success),
	    cmocka_unit_test(it_does_not_resolve_before_three_successes),
	    cmocka_unit_test(time_alone_resolves_when_values_fall),
	    cmocka_unit_test(an_empty_window_is_unknown_and_at_last_unmeasurable),
	    cmocka_unit_test(a_gap_empties_the_window_and_ends_pending_not_firing),
	    cmocka_unit_test(late_finishers_are_counted_where_they_started),
	    cmocka_unit_test(a_clock_that_went_back_unnoticed_begins_a_new_window),
	    cmocka_unit_test(the_widest_window_is_a_month),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
