/* SPDX-License-Identifier: MIT
 *
 * When a target is asked: first look, phase, lateness, wishes.
 */
#include "probes/schedule.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/unit/probes/schedule_world.h"

/* --- first look, phase --- */

static void first_look_comes_within_ten_seconds_of_start(void **state)
{
	struct world w;
	char name[16];

	(void)state;
	world_open(&w, NO_LIMITS, 500);
	for (uint32_t i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "target-%u", i);
		world_put(&w, i, name, "p", S(60));
	}
	world_run(&w, S(10));
	for (uint32_t i = 0; i < 100; i++) {
		assert_true(world_nth(&w, i, 0)->first_look);
		assert_false(world_nth(&w, i, 0)->reask);
	}
	world_close(&w);
}

static void names_spread_over_the_first_ten_seconds(void **state)
{
	struct world w;
	char name[16];
	int per_second[10] = {0};

	(void)state;
	world_open(&w, NO_LIMITS, 500);
	for (uint32_t i = 0; i < 300; i++) {
		snprintf(name, sizeof(name), "target-%u", i);
		world_put(&w, i, name, "p", S(600));
	}
	world_run(&w, S(10));
	for (uint32_t i = 0; i < 300; i++)
		per_second[world_nth(&w, i, 0)->due_ms / 1000]++;
	for (int i = 0; i < 10; i++)
		assert_in_range(per_second[i], 12, 52);
	world_close(&w);
}

static void same_name_same_offset_whoever_else_is_there(void **state)
{
	struct world alone, crowd;

	(void)state;
	world_open(&alone, NO_LIMITS, 500);
	world_put(&alone, 7, "deepseek", "deepseek", S(60));
	world_run(&alone, S(3600));
	world_open(&crowd, NO_LIMITS, 500);
	world_put(&crowd, 1, "a", "p", S(60));
	world_put(&crowd, 2, "b", "q", S(30));
	world_put(&crowd, 99, "deepseek", "deepseek", S(60));
	world_put(&crowd, 3, "c", "q", S(45));
	world_run(&crowd, S(3600));
	assert_int_equal(world_count(&alone, 7), world_count(&crowd, 99));
	for (size_t i = 0; i < world_count(&alone, 7); i++)
		assert_int_equal(
		    world_nth(&alone, 7, i)->due_ms, world_nth(&crowd, 99, i)->due_ms);
	world_close(&alone);
	world_close(&crowd);
}

static void first_regular_slot_is_half_an_interval_or_more_after_the_first_look(
    void **state)
{
	(void)state;
	for (int i = 0; i < 50; i++) {
		struct world w;
		char name[16];
		int64_t gap;

		snprintf(name, sizeof(name), "n%d", i);
		world_open(&w, NO_LIMITS, 500);
		world_put(&w, 1, name, "p", S(60));
		world_run(&w, S(120));
		gap = world_nth(&w, 1, 1)->due_ms - world_nth(&w, 1, 0)->due_ms;
		assert_in_range(gap, S(30) - 1, S(90));
		world_close(&w);
	}
}

static void slots_stay_an_interval_apart_all_day(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, NO_LIMITS, 1234);
	world_put(&w, 1, "x", "p", S(60));
	world_run(&w, S(86400));
	assert_in_range(world_count(&w, 1), 1440, 1441);
	for (size_t i = 2; i < world_count(&w, 1); i++)
		assert_int_equal(
		    world_nth(&w, 1, i)->due_ms - world_nth(&w, 1, i - 1)->due_ms, S(60));
	assert_int_equal(schedule_stats(w.s).skipped_slots, 0);
	world_close(&w);
}

static void late_start_does_not_move_the_phase(void **state)
{
	struct world w;
	int64_t slot;

	(void)state;
	world_open(&w, NO_LIMITS, 100);
	world_put(&w, 1, "x", "p", S(60));
	world_run(&w, S(300));
	slot = world_last(&w, 1)->due_ms + S(60);
	w.now_ms = slot + S(20); /* the loop slept over it */
	world_run(&w, w.now_ms);
	assert_int_equal(world_last(&w, 1)->at_ms, slot + S(20));
	assert_int_equal(world_last(&w, 1)->due_ms, slot);
	assert_in_range(schedule_stats(w.s).worst_late_us, S(19.9) * 1000, S(20) * 1000);
	world_run(&w, slot + S(61));
	assert_int_equal(world_last(&w, 1)->due_ms, slot + S(60));
	world_close(&w);
}

static void after_an_hour_of_suspend_one_ask_and_then_the_old_phase(void **state)
{
	struct world w;
	int64_t slot;
	size_t before;

	(void)state;
	world_open(&w, NO_LIMITS, 100);
	world_put(&w, 1, "x", "p", S(60));
	world_run(&w, S(300));
	slot = world_last(&w, 1)->due_ms;
	before = world_count(&w, 1);
	w.now_ms = slot + S(3600) + S(10);
	world_run(&w, w.now_ms);
	assert_int_equal(world_count(&w, 1), before + 1);
	world_run(&w, slot + S(3600) + S(59));
	assert_int_equal(world_count(&w, 1), before + 1);
	world_run(&w, slot + S(3600) + S(61));
	assert_int_equal(world_count(&w, 1), before + 2);
	assert_int_equal(world_last(&w, 1)->due_ms, slot + S(3600) + S(60));
	assert_int_equal(schedule_stats(w.s).skipped_slots, 59);
	world_close(&w);
}

static void ask_that_is_late_by_most_of_its_interval_is_not_doubled(void **state)
{
	struct world w;
	int64_t slot;

	(void)state;
	world_open(&w, NO_LIMITS, 100);
	world_put(&w, 1, "x", "p", S(60));
	world_run(&w, S(300));
	slot = world_last(&w, 1)->due_ms + S(60);
	w.now_ms = slot + S(59);
	world_run(&w, slot + S(119));
	assert_int_equal(world_last(&w, 1)->at_ms, slot + S(59));
	world_run(&w, slot + S(121));
	assert_int_equal(world_last(&w, 1)->due_ms, slot + S(120));
	world_close(&w);
}

/* --- in flight --- */

static void slot_that_comes_while_in_flight_is_skipped_not_queued(void **state)
{
	struct world w;
	int64_t first;

	(void)state;
	world_open(&w, NO_LIMITS, S(100));
	world_put(&w, 1, "slow", "p", S(60));
	world_run(&w, S(600));
	first = world_nth(&w, 1, 1)->due_ms;
	/* 100 s of exchange on slots of 60 s: every second slot. */
	for (size_t i = 2; i < world_count(&w, 1); i++) {
		assert_int_equal(
		    world_nth(&w, 1, i)->due_ms, first + (int64_t)(i - 1) * S(120));
		assert_in_range(
		    world_nth(&w, 1, i)->at_ms - world_nth(&w, 1, i)->due_ms, 0, 1);
	}
	assert_true(schedule_stats(w.s).skipped_slots >= 4);
	world_close(&w);
}

static void up_to_three_reasks_overlap_and_a_fourth_is_refused(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, NO_LIMITS, -1);
	world_put(&w, 1, "x", "p", S(600));
	world_run(&w, S(10));
	for (int i = 0; i < 2; i++) {
		assert_true(schedule_wish(w.s, 1, S(5), at(w.now_ms)));
		world_run(&w, w.now_ms + S(6));
	}
	assert_int_equal(schedule_stats(w.s).in_flight, 3);
	assert_false(schedule_wish(w.s, 1, S(5), at(w.now_ms)));
	assert_int_equal(schedule_stats(w.s).refused_wishes, 1);
	schedule_done(w.s, 1, at(w.now_ms));
	assert_true(schedule_wish(w.s, 1, S(5), at(w.now_ms)));
	world_run(&w, w.now_ms + S(6));
	assert_int_equal(world_count(&w, 1), 4);
	assert_true(world_last(&w, 1)->reask);
	assert_false(world_last(&w, 1)->first_look);
	world_close(&w);
}

/* --- wishes --- */

static void earliest_wish_wins(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, NO_LIMITS, 100);
	world_put(&w, 1, "x", "p", S(3600));
	world_run(&w, S(20));
	assert_true(schedule_wish(w.s, 1, S(30), at(w.now_ms)));
	assert_true(schedule_wish(w.s, 1, S(15), at(w.now_ms)));
	assert_true(schedule_wish(w.s, 1, S(60), at(w.now_ms)));
	world_run(&w, S(600));
	assert_int_equal(world_count(&w, 1), 2);
	assert_int_equal(world_last(&w, 1)->at_ms, S(35));
	world_close(&w);
}

static void wish_does_not_move_the_regular_slots(void **state)
{
	struct world w;
	int64_t slot;

	(void)state;
	world_open(&w, NO_LIMITS, 100);
	world_put(&w, 1, "x", "p", S(60));
	world_run(&w, S(200));
	slot = world_last(&w, 1)->due_ms + S(60);
	w.now_ms = slot - S(5);
	assert_true(schedule_wish(w.s, 1, S(1), at(w.now_ms)));
	world_run(&w, slot + S(1));
	assert_int_equal(world_last(&w, 1)->due_ms, slot);
	assert_false(world_last(&w, 1)->reask);
	assert_int_equal(world_nth(&w, 1, world_count(&w, 1) - 2)->at_ms, slot - S(4));
	assert_true(world_nth(&w, 1, world_count(&w, 1) - 2)->reask);
	world_run(&w, slot + S(61));
	assert_int_equal(world_last(&w, 1)->due_ms, slot + S(60));
	world_close(&w);
}

static void one_ask_serves_a_slot_and_a_wish_that_are_both_due(void **state)
{
	struct world w;
	int64_t slot;
	size_t before;

	(void)state;
	world_open(&w, NO_LIMITS, 100);
	world_put(&w, 1, "x", "p", S(60));
	world_run(&w, S(200));
	slot = world_last(&w, 1)->due_ms + S(60);
	before = world_count(&w, 1);
	w.now_ms = slot - S(5);
	assert_true(schedule_wish(w.s, 1, S(3), at(w.now_ms)));
	w.now_ms = slot + S(1);
	world_run(&w, slot + S(50));
	assert_int_equal(world_count(&w, 1), before + 1);
	world_close(&w);
}

/* A wish is counted from an ask that started some milliseconds behind its slot. */
static void a_wish_just_behind_a_slot_is_served_by_it_and_a_later_one_is_not(void **state)
{
	static const struct {
		int64_t behind_ms;
		size_t asks;
	} rows[] = {
	    {1,   1},
            {400, 1},
            {600, 2}
        };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct world w;
		int64_t slot;
		size_t before;

		world_open(&w, NO_LIMITS, 100);
		world_put(&w, 1, "x", "p", S(60));
		world_run(&w, S(200));
		slot = world_last(&w, 1)->due_ms + S(60);
		before = world_count(&w, 1);
		w.now_ms = slot - S(5);
		assert_true(
		    schedule_wish(w.s, 1, S(5) + rows[i].behind_ms, at(w.now_ms)));
		w.now_ms = slot;
		world_run(&w, slot + S(50));
		assert_int_equal(world_count(&w, 1), before + rows[i].asks);
		world_close(&w);
	}
}

static void wishes_are_refused_when_unknown_stretched_or_held(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, NO_LIMITS, 100);
	assert_false(schedule_wish(w.s, 1, S(1), at(0)));
	world_put(&w, 1, "x", "p", S(60));
	world_run(&w, S(20));
	schedule_set_pace(w.s, 1, S(61), at(w.now_ms));
	assert_false(schedule_wish(w.s, 1, S(1), at(w.now_ms)));
	schedule_set_pace(w.s, 1, 0, at(w.now_ms));
	assert_true(schedule_wish(w.s, 1, S(10), at(w.now_ms)));
	schedule_hold(w.s, 1, at(S(30) + 1));
	assert_false(schedule_wish(w.s, 1, S(25), at(w.now_ms)));
	assert_int_equal(schedule_stats(w.s).refused_wishes, 3);
	world_run(&w, S(40)); /* the hold has dropped the pending one */
	assert_int_equal(world_count(&w, 1), 1);
	assert_true(schedule_wish(w.s, 1, S(0), at(w.now_ms)));
	world_close(&w);
}

static void stretching_drops_a_pending_wish(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, NO_LIMITS, 100);
	world_put(&w, 1, "x", "p", S(600));
	world_run(&w, S(20));
	assert_true(schedule_wish(w.s, 1, S(10), at(w.now_ms)));
	schedule_set_pace(w.s, 1, S(1200), at(w.now_ms));
	world_run(&w, S(100));
	assert_int_equal(world_count(&w, 1), 1);
	world_close(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(first_look_comes_within_ten_seconds_of_start),
	    cmocka_unit_test(names_spread_over_the_first_ten_seconds),
	    cmocka_unit_test(same_name_same_offset_whoever_else_is_there),
	    cmocka_unit_test(
		first_regular_slot_is_half_an_interval_or_more_after_the_first_look),
	    cmocka_unit_test(slots_stay_an_interval_apart_all_day),
	    cmocka_unit_test(late_start_does_not_move_the_phase),
	    cmocka_unit_test(after_an_hour_of_suspend_one_ask_and_then_the_old_phase),
	    cmocka_unit_test(ask_that_is_late_by_most_of_its_interval_is_not_doubled),
	    cmocka_unit_test(slot_that_comes_while_in_flight_is_skipped_not_queued),
	    cmocka_unit_test(up_to_three_reasks_overlap_and_a_fourth_is_refused),
	    cmocka_unit_test(earliest_wish_wins),
	    cmocka_unit_test(wish_does_not_move_the_regular_slots),
	    cmocka_unit_test(one_ask_serves_a_slot_and_a_wish_that_are_both_due),
	    cmocka_unit_test(
		a_wish_just_behind_a_slot_is_served_by_it_and_a_later_one_is_not),
	    cmocka_unit_test(wishes_are_refused_when_unknown_stretched_or_held),
	    cmocka_unit_test(stretching_drops_a_pending_wish),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
