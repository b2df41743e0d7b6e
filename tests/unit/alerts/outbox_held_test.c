/* SPDX-License-Identifier: MIT
 *
 * Quiet hours in the outbox: what is held waits for its time, holds nobody else up, and
 * is told as it stands then.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/alerts/outbox_stage.h"

#define NIGHT_MS (9 * MS_PER_H)

static struct delivery held_row(
    const struct stage *s, int incident, enum message_kind k, uint32_t seq)
{
	struct delivery d = stage_row(s, "slack", incident, k, seq);

	d.held_until = wall_add_ms(s->now, NIGHT_MS);
	d.not_before = d.held_until;
	return d;
}

static void what_is_held_waits_and_lets_others_pass(void **state)
{
	struct stage s;
	struct delivery held;
	struct ulid urgent;

	(void)state;
	stage_init(&s);
	held = held_row(&s, 1, MESSAGE_OPENED, 1);
	outbox_put(s.o, &held);
	assert_false(stage_next(&s));
	assert_int_equal(stage_sleep(&s), NIGHT_MS);
	stage_pass(&s, -NIGHT_MS / 2);
	urgent = stage_put(&s, 2, MESSAGE_OPENED, 1);
	assert_true(stage_next_is(&s, &urgent));
	stage_verdict(&s, VERDICT_ACCEPTED);
	assert_false(stage_next(&s));
	stage_pass(&s, NIGHT_MS / 2);
	assert_true(stage_next_is(&s, &held.id));
	stage_fini(&s);
}

static void a_night_s_story_is_one_message_in_the_morning(void **state)
{
	struct stage s;
	struct delivery opened, resolved;

	(void)state;
	stage_init(&s);
	opened = held_row(&s, 1, MESSAGE_OPENED, 1);
	outbox_put(s.o, &opened);
	stage_pass(&s, MS_PER_H);
	resolved = stage_row(&s, "slack", 1, MESSAGE_RESOLVED, 2);
	resolved.held_until = resolved.not_before = opened.held_until;
	outbox_put(s.o, &resolved);
	assert_false(stage_next(&s));
	assert_int_equal(stage_updated(&s, &opened.id)->state, DELIVERY_FOLDED);
	stage_pass(&s, NIGHT_MS - MS_PER_H);
	assert_true(stage_next_is(&s, &resolved.id));
	assert_true(s.a.both);
	stage_verdict(&s, VERDICT_ACCEPTED);
	assert_false(stage_next(&s));
	stage_fini(&s);
}

static void what_becomes_urgent_takes_its_story_along(void **state)
{
	struct stage s;
	struct delivery held, other;
	struct ulid changed;

	(void)state;
	stage_init(&s);
	held = held_row(&s, 1, MESSAGE_OPENED, 1);
	other = held_row(&s, 2, MESSAGE_OPENED, 1);
	outbox_put(s.o, &held);
	outbox_put(s.o, &other);
	stage_pass(&s, MS_PER_MIN);
	changed = stage_put(&s, 1, MESSAGE_CHANGED, 2);
	/* Rendered from the present, the opened says all: the change is folded into it.
	 */
	assert_true(stage_next_is(&s, &held.id));
	stage_verdict(&s, VERDICT_ACCEPTED);
	assert_int_equal(stage_updated(&s, &changed)->state, DELIVERY_FOLDED);
	assert_false(stage_next(&s));
	stage_fini(&s);
}

/* The channel may be away in the morning: the day counts from there. */
static void a_day_to_deliver_begins_when_the_quiet_time_ends(void **state)
{
	struct stage s;
	struct delivery held;

	(void)state;
	stage_init(&s);
	held = stage_row(&s, "slack", 1, MESSAGE_OPENED, 1);
	held.held_until = held.not_before = wall_add_ms(s.now, 2 * MS_PER_DAY);
	outbox_put(s.o, &held);
	stage_pass(&s, 2 * MS_PER_DAY - 1);
	assert_false(stage_next(&s));
	stage_pass(&s, 1);
	assert_true(stage_next_is(&s, &held.id));
	stage_verdict(&s, VERDICT_LATER);
	stage_pass(&s, OUTBOX_GIVE_UP_MS - MS_PER_H);
	assert_true(stage_next_is(&s, &held.id));
	stage_verdict(&s, VERDICT_LATER);
	stage_pass(&s, MS_PER_H);
	assert_false(stage_next(&s));
	assert_int_equal(stage_updated(&s, &held.id)->state, DELIVERY_DEAD);
	stage_fini(&s);
}

/* In flight is not stored, but what is held was not in flight. */
static void a_restart_in_the_night_forgets_nothing(void **state)
{
	struct stage s;
	struct delivery opened, resolved;

	(void)state;
	stage_init(&s);
	opened = held_row(&s, 1, MESSAGE_OPENED, 1);
	outbox_restore(s.o, &opened);
	assert_false(stage_next(&s));
	stage_pass(&s, MS_PER_H);
	resolved = stage_row(&s, "slack", 1, MESSAGE_RESOLVED, 2);
	resolved.held_until = resolved.not_before = opened.held_until;
	outbox_put(s.o, &resolved);
	stage_pass(&s, NIGHT_MS - MS_PER_H);
	assert_true(stage_next_is(&s, &resolved.id));
	assert_true(s.a.both);
	stage_fini(&s);
}

static void a_clock_that_was_years_ahead_holds_nothing_for_years(void **state)
{
	struct stage s;
	struct delivery held;

	(void)state;
	stage_init(&s);
	held = stage_row(&s, "slack", 1, MESSAGE_OPENED, 1);
	held.held_until = held.not_before = wall_add_ms(s.now, 400 * MS_PER_DAY);
	outbox_put(s.o, &held);
	assert_false(stage_next(&s)); /* a retry's longest wait, and it goes */
	stage_pass(&s, 10 * MS_PER_MIN);
	assert_true(stage_next_is(&s, &held.id));
	stage_fini(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_held_waits_and_lets_others_pass),
	    cmocka_unit_test(a_night_s_story_is_one_message_in_the_morning),
	    cmocka_unit_test(what_becomes_urgent_takes_its_story_along),
	    cmocka_unit_test(a_day_to_deliver_begins_when_the_quiet_time_ends),
	    cmocka_unit_test(a_restart_in_the_night_forgets_nothing),
	    cmocka_unit_test(a_clock_that_was_years_ahead_holds_nothing_for_years),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
