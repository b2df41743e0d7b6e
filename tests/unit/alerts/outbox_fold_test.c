/* SPDX-License-Identifier: MIT
 *
 * Which waiting rows another row tells too.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "agent/base/str.h"
#include "tests/unit/alerts/incident_fixture.h"
#include "tests/unit/alerts/outbox_stage.h"

static void opened_that_never_left_is_folded_into_its_resolved(void **state)
{
	struct stage s;
	struct ulid opened, resolved;

	(void)state;
	stage_init(&s);
	opened = stage_put(&s, 1, MESSAGE_OPENED, 1);
	assert_true(stage_next(&s));
	stage_verdict(&s, VERDICT_LATER);
	stage_pass(&s, 60000);
	resolved = stage_put(&s, 1, MESSAGE_RESOLVED, 2);
	assert_true(stage_next_is(&s, &resolved));
	assert_true(s.a.both);
	assert_int_equal(stage_updated(&s, &opened)->state, DELIVERY_FOLDED);
	stage_verdict(&s, VERDICT_LATER);
	stage_sleep(&s);
	assert_true(stage_next_is(&s, &resolved));
	assert_true(s.a.both); /* the retry says the same */
	stage_fini(&s);
}

static void opened_that_may_have_arrived_is_not_told_twice(void **state)
{
	struct stage s;
	struct ulid opened, resolved;

	(void)state;
	stage_init(&s);
	opened = stage_put(&s, 1, MESSAGE_OPENED, 1);
	assert_true(stage_next(&s));
	stage_answer(&s, (struct channel_verdict){.kind = VERDICT_LATER, .maybe = true});
	stage_pass(&s, 60000);
	resolved = stage_put(&s, 1, MESSAGE_RESOLVED, 2);
	assert_true(stage_next_is(&s, &resolved));
	assert_false(s.a.both); /* no claim that it was never told */
	assert_int_equal(stage_updated(&s, &opened)->state, DELIVERY_FOLDED);
	stage_fini(&s);
}

static void opened_tried_before_a_restart_may_have_arrived(void **state)
{
	struct stage s;
	struct delivery opened;
	struct ulid resolved;

	(void)state;
	stage_init(&s);
	opened = stage_row(&s, "slack", 1, MESSAGE_OPENED, 1);
	opened.attempts = 2;
	outbox_put(s.o, &opened);
	resolved = stage_put(&s, 1, MESSAGE_RESOLVED, 2);
	assert_true(stage_next_is(&s, &resolved));
	assert_false(s.a.both);
	stage_fini(&s);
}

static void opened_of_a_run_that_was_killed_may_have_arrived(void **state)
{
	struct stage s;
	struct delivery opened;
	struct ulid resolved;

	(void)state;
	stage_init(&s);
	opened = stage_row(&s, "slack", 1, MESSAGE_OPENED, 1);
	outbox_restore(s.o, &opened); /* no attempt was answered, one may have left */
	resolved = stage_put(&s, 1, MESSAGE_RESOLVED, 2);
	assert_true(stage_next_is(&s, &resolved));
	assert_false(s.a.both);
	stage_fini(&s);
}

static void opened_in_flight_is_not_folded(void **state)
{
	struct stage s;
	struct ulid opened, resolved;

	(void)state;
	stage_init(&s);
	opened = stage_put(&s, 1, MESSAGE_OPENED, 1);
	assert_true(stage_next(&s));
	resolved = stage_put(&s, 1, MESSAGE_RESOLVED, 2);
	assert_false(stage_next(&s));
	stage_verdict(&s, VERDICT_ACCEPTED);
	assert_int_equal(stage_updated(&s, &opened)->state, DELIVERY_SENT);
	assert_true(stage_next_is(&s, &resolved));
	assert_false(s.a.both);
	stage_fini(&s);
}

static void heir_of_a_waiting_head_waits_as_long(void **state)
{
	struct stage s;
	struct ulid resolved;

	(void)state;
	stage_init(&s);
	stage_put(&s, 1, MESSAGE_OPENED, 1);
	for (int i = 0; i < 5; i++) {
		assert_true(stage_next(&s));
		stage_verdict(&s, VERDICT_LATER);
		if (i < 4)
			stage_sleep(&s);
	}
	resolved = stage_put(&s, 1, MESSAGE_RESOLVED, 2);
	assert_false(stage_next(&s));
	assert_in_range(stage_sleep(&s), 90000, 144000);
	assert_true(stage_next_is(&s, &resolved));
	stage_fini(&s);
}

static void order_between_incidents_is_kept_when_one_folds(void **state)
{
	struct stage s;
	struct ulid other, resolved;

	(void)state;
	stage_init(&s);
	stage_put(&s, 1, MESSAGE_OPENED, 1);
	stage_pass(&s, 1);
	other = stage_put(&s, 2, MESSAGE_OPENED, 1);
	stage_pass(&s, 1);
	resolved = stage_put(&s, 1, MESSAGE_RESOLVED, 2);
	assert_true(stage_next_is(&s, &other));
	assert_int_equal(s.up.n, 1);
	stage_verdict(&s, VERDICT_ACCEPTED);
	assert_true(stage_next_is(&s, &resolved));
	assert_true(s.a.both);
	stage_fini(&s);
}

static void notice_that_is_over_is_told_once(void **state)
{
	struct stage s;
	struct ulid cleared;

	(void)state;
	stage_init(&s);
	stage_put(&s, 1, MESSAGE_NOTICE_RAISED, 1);
	cleared = stage_put(&s, 1, MESSAGE_NOTICE_CLEARED, 2);
	assert_true(stage_next_is(&s, &cleared));
	assert_true(s.a.both);
	stage_fini(&s);
}

static void relapse_swallows_what_waits_before_it(void **state)
{
	struct stage s;
	struct ulid reopened, resolved;

	(void)state;
	stage_init(&s);
	stage_put(&s, 1, MESSAGE_OPENED, 1);
	stage_put(&s, 1, MESSAGE_RESOLVED, 2);
	reopened = stage_put(&s, 1, MESSAGE_REOPENED, 3);
	assert_true(stage_next_is(&s, &reopened));
	assert_false(s.a.both);
	assert_int_equal(s.up.n, 2);
	stage_verdict(&s, VERDICT_LATER);
	/* Its opening was never told: whoever tells the end tells both. */
	resolved = stage_put(&s, 1, MESSAGE_RESOLVED, 4);
	stage_pass(&s, 60000);
	assert_true(stage_next_is(&s, &resolved));
	assert_true(s.a.both);
	stage_fini(&s);
}

static void newer_change_swallows_the_older(void **state)
{
	struct stage s;
	struct ulid older, newer;

	(void)state;
	stage_init(&s);
	older = stage_put(&s, 1, MESSAGE_CHANGED, 2);
	newer = stage_put(&s, 1, MESSAGE_CHANGED, 3);
	assert_true(stage_next_is(&s, &newer));
	assert_int_equal(stage_updated(&s, &older)->state, DELIVERY_FOLDED);
	assert_false(s.a.both);
	stage_fini(&s);
}

static void change_that_a_late_opened_told_needs_no_message(void **state)
{
	struct stage s;
	struct ulid opened, changed, later;

	(void)state;
	stage_init(&s);
	opened = stage_put(&s, 1, MESSAGE_OPENED, 1);
	assert_true(stage_next(&s));
	stage_verdict(&s, VERDICT_LATER);
	stage_pass(&s, 5000);
	changed = stage_put(&s, 1, MESSAGE_CHANGED, 2);
	assert_true(stage_next_is(&s, &opened)); /* rendered as things stand now */
	later = stage_put(&s, 1, MESSAGE_CHANGED, 3);
	stage_verdict(&s, VERDICT_ACCEPTED);
	assert_int_equal(stage_updated(&s, &changed)->state, DELIVERY_FOLDED);
	assert_true(stage_next_is(&s, &later)); /* that one it could not know */
	stage_fini(&s);
}

static void resolved_is_sent_although_its_opened_died(void **state)
{
	struct stage s;
	struct ulid resolved;

	(void)state;
	stage_init(&s);
	stage_put(&s, 1, MESSAGE_OPENED, 1);
	for (int i = 0; i < 2; i++) {
		assert_true(stage_next(&s));
		stage_verdict(&s, VERDICT_UNWANTED);
	}
	resolved = stage_put(&s, 1, MESSAGE_RESOLVED, 2);
	assert_true(stage_next_is(&s, &resolved));
	stage_fini(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(opened_that_never_left_is_folded_into_its_resolved),
	    cmocka_unit_test(opened_that_may_have_arrived_is_not_told_twice),
	    cmocka_unit_test(opened_tried_before_a_restart_may_have_arrived),
	    cmocka_unit_test(opened_of_a_run_that_was_killed_may_have_arrived),
	    cmocka_unit_test(opened_in_flight_is_not_folded),
	    cmocka_unit_test(heir_of_a_waiting_head_waits_as_long),
	    cmocka_unit_test(order_between_incidents_is_kept_when_one_folds),
	    cmocka_unit_test(notice_that_is_over_is_told_once),
	    cmocka_unit_test(relapse_swallows_what_waits_before_it),
	    cmocka_unit_test(newer_change_swallows_the_older),
	    cmocka_unit_test(change_that_a_late_opened_told_needs_no_message),
	    cmocka_unit_test(resolved_is_sent_although_its_opened_died),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
