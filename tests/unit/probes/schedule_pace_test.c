/* SPDX-License-Identifier: MIT
 *
 * What changes the plan: budgets that stretch the pace, holds, reloads.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "probes/schedule.h"
#include "tests/unit/probes/schedule_world.h"

/* --- pace and hold --- */

static void stretched_pace_is_kept_exactly(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, NO_LIMITS, 100);
	world_put(&w, 1, "x", "p", S(60));
	world_run(&w, S(200));
	schedule_set_pace(w.s, 1, S(67), at(w.now_ms));
	assert_int_equal(schedule_pace_ms(w.s, 1), S(67));
	world_run(&w, S(10000));
	for (size_t i = world_count(&w, 1) - 100; i < world_count(&w, 1); i++)
		assert_int_equal(
		    world_nth(&w, 1, i)->due_ms - world_nth(&w, 1, i - 1)->due_ms, S(67));
	world_close(&w);
}

static void pace_that_relaxes_returns_to_the_old_phase_without_a_burst(void **state)
{
	struct world w;
	int64_t slot, since;

	(void)state;
	world_open(&w, NO_LIMITS, 100);
	world_put(&w, 1, "x", "p", S(60));
	world_run(&w, S(200));
	slot = world_last(&w, 1)->due_ms;
	schedule_set_pace(w.s, 1, S(7200), at(w.now_ms));
	world_run(&w, S(3600));
	assert_int_equal(world_last(&w, 1)->due_ms, slot);
	schedule_set_pace(w.s, 1, 0, at(w.now_ms));
	assert_int_equal(schedule_pace_ms(w.s, 1), S(60));
	world_run(&w, S(3600) + S(60));
	since = world_last(&w, 1)->due_ms;
	assert_in_range(since, S(3600), S(3660));
	assert_int_equal((since - slot) % S(60), 0);
	world_run(&w, S(3600) + S(120));
	assert_int_equal(world_last(&w, 1)->due_ms, since + S(60));
	world_close(&w);
}

static void setting_the_same_pace_again_changes_nothing(void **state)
{
	struct world a, b;

	(void)state;
	world_open(&a, NO_LIMITS, 100);
	world_open(&b, NO_LIMITS, 100);
	world_put(&a, 1, "x", "p", S(60));
	world_put(&b, 1, "x", "p", S(60));
	for (int i = 0; i < 1000; i++) {
		world_run(&a, (i + 1) * S(3));
		world_run(&b, (i + 1) * S(3));
		schedule_set_pace(b.s, 1, i < 500 ? 0 : S(60), at(b.now_ms));
	}
	assert_int_equal(a.n, b.n);
	for (size_t i = 0; i < a.n; i++)
		assert_int_equal(a.asks[i].at_ms, b.asks[i].at_ms);
	world_close(&a);
	world_close(&b);
}

static void pace_below_the_interval_is_the_interval(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, NO_LIMITS, 100);
	world_put(&w, 1, "x", "p", S(60));
	schedule_set_pace(w.s, 1, S(5), at(0));
	assert_int_equal(schedule_pace_ms(w.s, 1), S(60));
	assert_int_equal(schedule_pace_ms(w.s, 2), 0);
	world_close(&w);
}

static void nothing_is_asked_before_a_hold_is_over(void **state)
{
	struct world w;
	int64_t slot;

	(void)state;
	world_open(&w, NO_LIMITS, 100);
	world_put(&w, 1, "x", "p", S(60));
	world_run(&w, S(200));
	slot = world_last(&w, 1)->due_ms;
	schedule_hold(w.s, 1, at(S(500)));
	schedule_hold(w.s, 1, at(S(300))); /* the later one stays */
	world_run(&w, S(500) - 1);
	assert_int_equal(world_last(&w, 1)->due_ms, slot);
	world_run(&w, S(560));
	assert_in_range(world_last(&w, 1)->due_ms, S(500), S(560));
	assert_int_equal((world_last(&w, 1)->due_ms - slot) % S(60), 0);
	world_close(&w);
}

static void hold_before_the_first_look_postpones_it_to_its_end(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, NO_LIMITS, 100);
	world_put(&w, 1, "x", "p", S(60));
	schedule_hold(w.s, 1, at(S(42)));
	world_run(&w, S(50));
	assert_int_equal(world_nth(&w, 1, 0)->at_ms, S(42));
	assert_true(world_nth(&w, 1, 0)->first_look);
	schedule_hold(w.s, 1, (struct mono){INT64_MAX});
	world_run(&w, S(86400));
	assert_int_equal(world_count(&w, 1), 1);
	world_close(&w);
}

/* --- reload --- */

static void reload_keeps_the_phase_of_known_targets(void **state)
{
	struct world a, b;

	(void)state;
	world_open(&a, NO_LIMITS, 100);
	world_open(&b, NO_LIMITS, 100);
	world_put(&a, 1, "x", "p", S(60));
	world_put(&b, 1, "x", "p", S(60));
	for (int i = 1; i < 200; i++) {
		world_run(&a, i * S(7));
		world_run(&b, i * S(7));
		world_put(&b, 1, "x", "p", S(60));
	}
	assert_int_equal(a.n, b.n);
	for (size_t i = 0; i < a.n; i++)
		assert_int_equal(a.asks[i].due_ms, b.asks[i].due_ms);
	world_close(&a);
	world_close(&b);
}

static void changed_interval_takes_effect_without_a_second_first_look(void **state)
{
	struct world w;
	int64_t before;

	(void)state;
	world_open(&w, NO_LIMITS, 100);
	world_put(&w, 1, "x", "p", S(600));
	world_run(&w, S(1000));
	before = world_last(&w, 1)->due_ms;
	world_put(&w, 1, "x", "p", S(30));
	assert_int_equal(schedule_pace_ms(w.s, 1), S(30));
	world_run(&w, S(1000) + S(29));
	assert_true(world_last(&w, 1)->due_ms > before);
	assert_false(world_last(&w, 1)->first_look);
	before = world_last(&w, 1)->due_ms;
	world_run(&w, before + S(30) + 1);
	assert_int_equal(world_last(&w, 1)->due_ms, before + S(30));
	world_close(&w);
}

static void changed_interval_keeps_a_budget_that_stretches_more(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, NO_LIMITS, 100);
	world_put(&w, 1, "x", "p", S(60));
	schedule_set_pace(w.s, 1, S(100), at(0));
	world_put(&w, 1, "x", "p", S(30));
	assert_int_equal(schedule_pace_ms(w.s, 1), S(100));
	world_put(&w, 1, "x", "p", S(200));
	assert_int_equal(schedule_pace_ms(w.s, 1), S(200));
	world_close(&w);
}

static void target_that_comes_with_a_reload_gets_its_first_look_soon(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, NO_LIMITS, 100);
	world_run(&w, S(5000));
	world_put(&w, 1, "x", "p", S(60));
	world_run(&w, S(5010));
	assert_int_equal(world_count(&w, 1), 1);
	assert_true(world_last(&w, 1)->first_look);
	world_close(&w);
}

static void removal_with_an_ask_in_flight_is_safe(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, (struct schedule_limits){1, 1}, -1);
	world_put(&w, 1, "x", "p", S(60));
	world_put(&w, 2, "y", "p", S(60));
	w.now_ms = S(11);
	world_start_due(&w);
	assert_int_equal(w.n, 1);
	schedule_remove(w.s, w.asks[0].series);
	assert_int_equal(schedule_stats(w.s).in_flight, 0);
	world_start_due(&w); /* the other one gets the place */
	assert_int_equal(w.n, 2);
	schedule_done(w.s, w.asks[0].series, at(w.now_ms));
	assert_int_equal(schedule_stats(w.s).in_flight, 1);
	schedule_remove(w.s, w.asks[1].series);
	schedule_remove(w.s, 77);
	schedule_done(w.s, 77, at(w.now_ms));
	assert_int_equal(schedule_stats(w.s).targets, 0);
	assert_true(schedule_wake_at(w.s).us == INT64_MAX);
	world_close(&w);
}

static void removal_of_one_that_waits_for_a_place_is_safe(void **state)
{
	struct world w;
	char name[16];

	(void)state;
	world_open(&w, (struct schedule_limits){10, 1}, -1);
	for (uint32_t i = 0; i < 8; i++) {
		snprintf(name, sizeof(name), "t%u", i);
		world_put(&w, i, name, "p", S(60));
	}
	w.now_ms = S(11);
	world_start_due(&w);
	assert_int_equal(schedule_stats(w.s).waiting_for_cap, 7);
	for (uint32_t i = 0; i < 8; i++)
		schedule_remove(w.s, i);
	assert_int_equal(schedule_stats(w.s).waiting_for_cap, 0);
	assert_int_equal(schedule_stats(w.s).in_flight, 0);
	world_put(&w, 3, "t3", "p", S(60));
	world_run(&w, S(22));
	assert_int_equal(world_last(&w, 3)->first_look, true);
	world_close(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(stretched_pace_is_kept_exactly),
	    cmocka_unit_test(pace_that_relaxes_returns_to_the_old_phase_without_a_burst),
	    cmocka_unit_test(setting_the_same_pace_again_changes_nothing),
	    cmocka_unit_test(pace_below_the_interval_is_the_interval),
	    cmocka_unit_test(nothing_is_asked_before_a_hold_is_over),
	    cmocka_unit_test(hold_before_the_first_look_postpones_it_to_its_end),
	    cmocka_unit_test(reload_keeps_the_phase_of_known_targets),
	    cmocka_unit_test(changed_interval_takes_effect_without_a_second_first_look),
	    cmocka_unit_test(changed_interval_keeps_a_budget_that_stretches_more),
	    cmocka_unit_test(target_that_comes_with_a_reload_gets_its_first_look_soon),
	    cmocka_unit_test(removal_with_an_ask_in_flight_is_safe),
	    cmocka_unit_test(removal_of_one_that_waits_for_a_place_is_safe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
