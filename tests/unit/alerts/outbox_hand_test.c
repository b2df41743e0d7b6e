/* SPDX-License-Identifier: MIT
 *
 * What a person may do to the outbox: retry, a channel at once, drop.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "alerts/outbox.h"
#include "tests/unit/alerts/outbox_stage.h"

static void a_retry_does_not_wait_for_the_back_off(void **state)
{
	struct stage s;
	struct ulid id;

	(void)state;
	stage_init(&s);
	id = stage_put(&s, 1, MESSAGE_OPENED, 1);
	assert_true(stage_next_is(&s, &id));
	stage_verdict(&s, VERDICT_LATER);
	assert_false(stage_next(&s));
	assert_int_equal(outbox_retry(s.o, &id, s.now, &s.up), OUTBOX_HAND_DONE);
	assert_int_equal(stage_updated(&s, &id)->retried.ms, s.now.ms);
	assert_true(stage_next_is(&s, &id));
	assert_int_equal(outbox_retry(s.o, &id, s.now, &s.up), OUTBOX_HAND_UNDER_WAY);
	stage_fini(&s);
}

static void a_retried_message_lives_a_day_longer(void **state)
{
	struct stage s;
	struct ulid id;

	(void)state;
	stage_init(&s);
	id = stage_put(&s, 1, MESSAGE_OPENED, 1);
	stage_pass(&s, OUTBOX_GIVE_UP_MS - MS_PER_H);
	assert_int_equal(outbox_retry(s.o, &id, s.now, &s.up), OUTBOX_HAND_DONE);
	stage_pass(&s, OUTBOX_GIVE_UP_MS - MS_PER_H);
	assert_true(stage_next_is(&s, &id));
	stage_verdict(&s, VERDICT_LATER);
	stage_pass(&s, 2 * MS_PER_H);
	assert_false(stage_next(&s));
	assert_int_equal(stage_updated(&s, &id)->state, DELIVERY_DEAD);
	stage_fini(&s);
}

static void a_shut_channel_is_tried_at_once_and_opens_when_it_accepts(void **state)
{
	struct channel_verdict gone = {.kind = VERDICT_SHUT, .for_good = true};
	struct stage s;
	struct ulid id;
	size_t n = 0;

	(void)state;
	stage_init(&s);
	id = stage_put(&s, 1, MESSAGE_OPENED, 1);
	assert_true(stage_next_is(&s, &id));
	stage_answer(&s, gone);
	stage_pass(&s, 2 * MS_PER_H);
	assert_false(stage_next(&s)); /* gone for good: not even the hourly try */
	assert_true(outbox_retry_channel(s.o, "slack", s.now, &n, &s.up));
	assert_int_equal(n, 1);
	assert_true(s.up.channel_changed);
	assert_int_equal(stage_state_of(&s, "slack"), CHANNEL_SHUT); /* no proof yet */
	assert_true(stage_next_is(&s, &id));
	stage_verdict(&s, VERDICT_ACCEPTED);
	assert_true(s.up.reopened);
	assert_int_equal(stage_state_of(&s, "slack"), CHANNEL_OPEN);
	assert_false(outbox_retry_channel(s.o, "nobody", s.now, &n, &s.up));
	stage_fini(&s);
}

static void a_pause_of_the_far_side_is_obeyed(void **state)
{
	struct stage s;
	struct ulid id;

	(void)state;
	stage_init(&s);
	id = stage_put(&s, 1, MESSAGE_OPENED, 1);
	assert_true(stage_next_is(&s, &id));
	stage_verdict(&s, VERDICT_SLOW_DOWN);
	assert_int_equal(outbox_retry(s.o, &id, s.now, &s.up), OUTBOX_HAND_DONE);
	assert_false(stage_next(&s));
	stage_pass(&s, stage_kind.slow_down_ms);
	assert_true(stage_next_is(&s, &id));
	stage_fini(&s);
}

static void a_dropped_message_is_dead_and_says_why_and_what_was_said_before(void **state)
{
	struct stage s;
	struct ulid id, other;

	(void)state;
	stage_init(&s);
	id = stage_put(&s, 1, MESSAGE_OPENED, 1);
	other = stage_put(&s, 2, MESSAGE_OPENED, 1);
	assert_true(stage_next_is(&s, &id));
	assert_int_equal(
	    outbox_drop(s.o, &id, "dropped by hand", &s.up), OUTBOX_HAND_UNDER_WAY);
	stage_verdict(&s, VERDICT_LATER);
	assert_int_equal(
	    outbox_drop(s.o, &id, "dropped by hand", &s.up), OUTBOX_HAND_DONE);
	assert_int_equal(s.up.deliveries[s.up.n - 1].state, DELIVERY_DEAD);
	assert_string_equal(s.up.deliveries[s.up.n - 1].last_error,
	    "dropped by hand; before: their words");
	assert_int_equal(
	    outbox_drop(s.o, &id, "dropped by hand", &s.up), OUTBOX_HAND_UNKNOWN);
	assert_true(stage_next_is(&s, &other));
	stage_fini(&s);
}

/* --- in a summary ------------------------------------------------------------------ */

#define MANY (OUTBOX_HANDFUL + 1)

/* What put and next changed is on disk. */
static bool next(struct stage *s)
{
	bool more = stage_next(s);

	if (s->up.bundled)
		outbox_committed(s->o);
	return more || (s->up.bundled && outbox_next(s->o, s->now, &s->a, &s->up));
}

/* So many that they gather for a summary. */
static void gather(struct stage *s, struct ulid *ids)
{
	stage_init(s);
	outbox_bundles(s->o, true);
	for (int i = 0; i < MANY; i++)
		ids[i] = stage_put(s, i + 1, MESSAGE_OPENED, 1);
	assert_false(next(s));
	outbox_update_reset(&s->up);
}

static void a_member_that_is_retried_takes_its_summary_along(void **state)
{
	struct stage s;
	struct ulid ids[MANY];

	(void)state;
	gather(&s, ids);
	assert_int_equal(outbox_retry(s.o, &ids[0], s.now, &s.up), OUTBOX_HAND_DONE);
	assert_true(next(&s));
	assert_int_equal(s.a.delivery.kind, MESSAGE_SUMMARY);
	assert_int_equal(outbox_retry(s.o, &ids[0], s.now, &s.up), OUTBOX_HAND_UNDER_WAY);
	assert_int_equal(
	    outbox_drop(s.o, &ids[0], "dropped", &s.up), OUTBOX_HAND_UNDER_WAY);
	stage_fini(&s);
}

static void count_member(void *arg, const struct delivery *d, bool both, bool maybe)
{
	(void)d;
	(void)both;
	(void)maybe;
	++*(int *)arg;
}

static void a_member_that_is_dropped_is_not_told_and_a_summary_of_nobody_neither(
    void **state)
{
	struct stage s;
	struct ulid ids[MANY];
	int n = 0;

	(void)state;
	gather(&s, ids);
	assert_int_equal(outbox_drop(s.o, &ids[0], "dropped", &s.up), OUTBOX_HAND_DONE);
	assert_int_equal(stage_updated(&s, &ids[0])->state, DELIVERY_DEAD);
	assert_false(stage_updated(&s, &ids[0])->into.text[0]);
	stage_pass(&s, OUTBOX_GATHER_MS);
	assert_false(stage_next(&s)); /* that it is out is not on disk yet */
	outbox_committed(s.o);
	assert_true(next(&s));
	outbox_each_member(s.o, &s.a.delivery.id, count_member, &n);
	assert_int_equal(n, MANY - 1);
	stage_fini(&s);

	gather(&s, ids);
	for (int i = 0; i < MANY; i++)
		assert_int_equal(
		    outbox_drop(s.o, &ids[i], "dropped", &s.up), OUTBOX_HAND_DONE);
	assert_int_equal(outbox_stats(s.o).pending, 0);
	stage_fini(&s);
}

static void a_summary_that_is_dropped_takes_its_members_along(void **state)
{
	struct stage s;
	struct ulid ids[MANY];

	(void)state;
	gather(&s, ids);
	stage_pass(&s, OUTBOX_GATHER_MS);
	assert_true(next(&s));
	stage_verdict(&s, VERDICT_LATER);
	assert_int_equal(
	    outbox_drop(s.o, &s.a.delivery.id, "dropped", &s.up), OUTBOX_HAND_DONE);
	assert_int_equal(stage_updated(&s, &ids[0])->state, DELIVERY_DEAD);
	assert_int_equal(outbox_stats(s.o).pending, 0);
	stage_fini(&s);
}

static void what_quiet_hours_keep_back_stays_so_unless_it_is_named(void **state)
{
	struct stage s;
	struct delivery held;
	struct ulid id;
	size_t n = 0;

	(void)state;
	stage_init(&s);
	held = stage_row(&s, "slack", 1, MESSAGE_OPENED, 1);
	held.held_until = held.not_before = wall_add_ms(s.now, 8 * MS_PER_H);
	outbox_put(s.o, &held);
	id = stage_put(&s, 2, MESSAGE_OPENED, 1);
	assert_true(stage_next_is(&s, &id));
	stage_verdict(&s, VERDICT_LATER);
	assert_int_equal(outbox_retry(s.o, &id, s.now, &s.up), OUTBOX_HAND_DONE);
	assert_true(stage_next_is(&s, &id));
	stage_verdict(&s, VERDICT_ACCEPTED);
	assert_true(outbox_retry_channel(s.o, "slack", s.now, &n, &s.up));
	assert_int_equal(n, 0);
	assert_false(stage_next(&s));
	assert_int_equal(outbox_retry(s.o, &held.id, s.now, &s.up), OUTBOX_HAND_DONE);
	assert_true(stage_next_is(&s, &held.id));
	stage_fini(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_retry_does_not_wait_for_the_back_off),
	    cmocka_unit_test(a_retried_message_lives_a_day_longer),
	    cmocka_unit_test(a_shut_channel_is_tried_at_once_and_opens_when_it_accepts),
	    cmocka_unit_test(a_pause_of_the_far_side_is_obeyed),
	    cmocka_unit_test(
		a_dropped_message_is_dead_and_says_why_and_what_was_said_before),
	    cmocka_unit_test(a_member_that_is_retried_takes_its_summary_along),
	    cmocka_unit_test(
		a_member_that_is_dropped_is_not_told_and_a_summary_of_nobody_neither),
	    cmocka_unit_test(a_summary_that_is_dropped_takes_its_members_along),
	    cmocka_unit_test(what_quiet_hours_keep_back_stays_so_unless_it_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
