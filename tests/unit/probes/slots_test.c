/* SPDX-License-Identifier: MIT
 *
 * The arithmetic of one target's slots.
 */
#include "probes/slots.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/base/tick.h"

#define MIN ((int64_t)60 * US_PER_S)

/* Looked at once; the next slot is t.regular. */
static struct slots looked(int64_t epoch)
{
	struct slots t;

	slots_init(&t, "name", MIN, epoch, epoch);
	(void)slots_use(&t, t.regular);
	return t;
}

static void plan_is_the_same_however_late_the_asks_are(void **state)
{
	struct slots on_time = looked(0), late = looked(0);

	(void)state;
	for (int i = 0; i < 1000; i++) {
		assert_int_equal(slots_use(&on_time, on_time.regular), 0);
		assert_int_equal(slots_use(&late, late.regular + i * MIN / 2001), 0);
		assert_int_equal(on_time.regular, late.regular);
	}
}

static void missed_slots_are_counted_and_not_made_up_for(void **state)
{
	struct slots t = looked(0);
	int64_t slot = t.regular;

	(void)state;
	assert_int_equal(slots_use(&t, slot + 10 * MIN), 10);
	assert_int_equal(t.regular, slot + 11 * MIN);
	assert_int_equal(slots_skip(&t, t.regular), 1);
	assert_int_equal(t.regular, slot + 12 * MIN);
	assert_int_equal(slots_skip(&t, slot + 20 * MIN + 1), 9);
	assert_int_equal(t.regular, slot + 21 * MIN);
}

static void grid_reaches_back_before_its_epoch(void **state)
{
	struct slots t = looked(1000 * MIN);

	(void)state;
	assert_true(t.regular > 1000 * MIN);
	slots_init(&t, "name", MIN, 1000 * MIN, 0);
	(void)slots_use(&t, t.regular);
	assert_in_range(t.regular, MIN / 2, 2 * MIN);
	assert_int_equal((looked(1000 * MIN).regular - t.regular) % MIN, 0);
}

static void stretched_slots_count_from_the_one_before(void **state)
{
	struct slots t = looked(0);
	int64_t slot = t.regular;

	(void)state;
	(void)slots_use(&t, slot);
	slots_set_pace(&t, MIN + 7, slot + 1);
	assert_true(slots_is_stretched(&t));
	assert_int_equal(t.regular, slot + MIN + 7);
	(void)slots_use(&t, t.regular + 5);
	assert_int_equal(t.regular, slot + 2 * (MIN + 7));
	slots_set_pace(&t, 0, t.last + 5);
	assert_false(slots_is_stretched(&t));
	assert_int_equal((t.regular - slot) % MIN, 0);
}

static void change_of_pace_never_makes_an_ask_overdue(void **state)
{
	struct slots t = looked(0);
	int64_t slot = t.regular, now;

	(void)state;
	(void)slots_use(&t, slot);
	slots_set_pace(&t, 1000 * MIN, slot + 1);
	now = slot + 500 * MIN + 3;
	slots_set_pace(&t, 0, now);
	assert_in_range(t.regular, now, now + MIN);
}

static void change_of_pace_leaves_an_overdue_ask_overdue(void **state)
{
	struct slots t = looked(0);
	int64_t slot = t.regular, now = slot + 5 * MIN;

	(void)state;
	slots_set_pace(&t, MIN + 1, now);
	assert_int_equal(t.regular, slot);
	slots_set_interval(&t, 2 * MIN, now);
	assert_true(t.regular <= now);
}

static void due_is_the_earlier_of_slot_and_wish(void **state)
{
	struct slots t = looked(0);

	(void)state;
	assert_int_equal(slots_due(&t), t.regular);
	assert_true(slots_wish(&t, t.regular + 5, 0));
	assert_int_equal(slots_due(&t), t.regular);
	assert_true(slots_wish(&t, t.regular - 5, 0));
	assert_int_equal(slots_due(&t), t.regular - 5);
	assert_true(slots_wish(&t, t.regular, 0));
	assert_int_equal(slots_due(&t), t.regular - 5);
}

static void hold_for_ever_does_not_overflow(void **state)
{
	struct slots t = looked(0);

	(void)state;
	slots_hold(&t, INT64_MAX);
	assert_true(t.regular > 1000000 * MIN);
	slots_set_pace(&t, 24 * 60 * MIN, MIN);
	slots_set_pace(&t, 0, MIN);
	assert_true(t.regular > 1000000 * MIN);
	assert_false(slots_wish(&t, MIN, MIN));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(plan_is_the_same_however_late_the_asks_are),
	    cmocka_unit_test(missed_slots_are_counted_and_not_made_up_for),
	    cmocka_unit_test(grid_reaches_back_before_its_epoch),
	    cmocka_unit_test(stretched_slots_count_from_the_one_before),
	    cmocka_unit_test(change_of_pace_never_makes_an_ask_overdue),
	    cmocka_unit_test(change_of_pace_leaves_an_overdue_ask_overdue),
	    cmocka_unit_test(due_is_the_earlier_of_slot_and_wish),
	    cmocka_unit_test(hold_for_ever_does_not_overflow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
