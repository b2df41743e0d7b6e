/* SPDX-License-Identifier: MIT
 *
 * Who may try when: order, limiter, restart, reload, limits. Random interleavings are in
 * outbox_random_test.c.
 */
#include "alerts/outbox.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "agent/base/str.h"
#include "tests/unit/alerts/incident_fixture.h"
#include "tests/unit/alerts/outbox_stage.h"

static void one_in_flight_per_channel_and_in_order_of_creation(void **state)
{
	struct stage s;
	struct ulid ids[3];

	(void)state;
	stage_init(&s);
	for (int i = 0; i < 3; i++, stage_pass(&s, 1))
		ids[i] = stage_put(&s, i, MESSAGE_OPENED, 1);
	for (int i = 0; i < 3; i++) {
		assert_true(stage_next_is(&s, &ids[i]));
		assert_false(stage_next(&s));
		assert_int_equal(outbox_stats(s.o).in_flight, 1);
		stage_verdict(&s, VERDICT_ACCEPTED);
	}
	stage_fini(&s);
}

static void later_put_of_an_older_delivery_goes_first(void **state)
{
	struct stage s;
	struct delivery old;
	struct ulid id;

	(void)state;
	stage_init(&s);
	old = stage_row(&s, "slack", 1, MESSAGE_OPENED, 1);
	stage_pass(&s, 10);
	id = stage_put(&s, 2, MESSAGE_OPENED, 1);
	outbox_put(s.o, &old);
	assert_true(stage_next_is(&s, &old.id));
	stage_verdict(&s, VERDICT_ACCEPTED);
	assert_true(stage_next_is(&s, &id));
	stage_fini(&s);
}

static void news_of_one_millisecond_keep_the_order_of_their_log(void **state)
{
	struct stage s;
	struct delivery changed, other, opened;

	(void)state;
	stage_init(&s);
	changed = stage_row(&s, "slack", 1, MESSAGE_CHANGED, 2);
	other = stage_row(&s, "slack", 2, MESSAGE_OPENED, 1);
	opened = stage_row(&s, "slack", 1, MESSAGE_OPENED, 1);
	outbox_put(s.o, &changed);
	outbox_put(s.o, &other);
	outbox_put(s.o, &opened);
	assert_true(stage_next_is(&s, &opened.id));
	stage_fini(&s);
}

static void same_id_twice_and_finished_rows_are_ignored(void **state)
{
	struct stage s;
	struct delivery d;

	(void)state;
	stage_init(&s);
	d = stage_row(&s, "slack", 1, MESSAGE_OPENED, 1);
	outbox_put(s.o, &d);
	outbox_put(s.o, &d);
	assert_int_equal(outbox_stats(s.o).pending, 1);
	assert_true(stage_next(&s));
	outbox_put(s.o, &d);
	assert_int_equal(outbox_stats(s.o).pending, 1);
	d = stage_row(&s, "slack", 2, MESSAGE_OPENED, 1);
	d.state = DELIVERY_SENT;
	outbox_put(s.o, &d);
	assert_int_equal(outbox_stats(s.o).pending, 1);
	stage_fini(&s);
}

static void waiting_head_holds_back_its_own_channel_only(void **state)
{
	struct stage s;
	struct ulid first, other;

	(void)state;
	stage_init(&s);
	outbox_put_channel(s.o, "hook", &stage_kind, s.now);
	first = stage_put(&s, 1, MESSAGE_OPENED, 1);
	stage_put(&s, 2, MESSAGE_OPENED, 1);
	assert_true(stage_next_is(&s, &first));
	stage_verdict(&s, VERDICT_LATER);
	assert_false(stage_next(&s));
	other = stage_put_on(&s, "hook", 2, MESSAGE_OPENED, 1);
	assert_true(stage_next_is(&s, &other));
	stage_fini(&s);
}

static void hanging_channel_delays_no_other(void **state)
{
	struct stage s;

	(void)state;
	stage_init(&s);
	outbox_put_channel(s.o, "hook", &stage_kind, s.now);
	stage_put(&s, 1, MESSAGE_OPENED, 1);
	assert_true(stage_next(&s)); /* and never a result */
	for (int i = 0; i < 100; i++, stage_pass(&s, 1000)) {
		struct ulid id = stage_put_on(&s, "hook", i, MESSAGE_OPENED, 1);

		assert_true(stage_next_is(&s, &id));
		stage_verdict(&s, VERDICT_ACCEPTED);
	}
	stage_fini(&s);
}

static void limiter_lets_a_burst_out_then_one_per_second(void **state)
{
	struct stage s;
	int sent = 0;

	(void)state;
	stage_init(&s);
	for (int i = 0; i < 20; i++)
		stage_put(&s, i, MESSAGE_OPENED, 1);
	while (stage_next(&s)) {
		stage_verdict(&s, VERDICT_ACCEPTED);
		sent++;
	}
	assert_int_equal(sent, 3);
	for (; sent < 20; sent++) {
		assert_in_range(stage_sleep(&s), 999, 1001);
		assert_true(stage_next(&s));
		stage_verdict(&s, VERDICT_ACCEPTED);
		assert_false(stage_next(&s));
	}
	stage_fini(&s);
}

static void limiter_survives_a_restart(void **state)
{
	struct stage s;
	struct channel_status status;

	(void)state;
	stage_init(&s);
	for (int i = 0; i < 3; i++) {
		stage_put(&s, i, MESSAGE_OPENED, 1);
		assert_true(stage_next(&s));
		stage_verdict(&s, VERDICT_ACCEPTED);
	}
	status = s.up.channel;
	outbox_free(s.o);
	s.o = outbox_new(2);
	outbox_restore_channel(s.o, &status);
	outbox_put_channel(s.o, "slack", &stage_kind, s.now);
	stage_put(&s, 9, MESSAGE_OPENED, 1);
	assert_false(stage_next(&s));
	assert_in_range(stage_sleep(&s), 999, 1001);
	assert_true(stage_next(&s));
	stage_fini(&s);
}

static void crash_in_flight_leaves_a_row_that_is_tried_again_with_its_id(void **state)
{
	struct stage s;
	struct delivery d;

	(void)state;
	stage_init(&s);
	d = stage_row(&s, "slack", 1, MESSAGE_OPENED, 1);
	outbox_put(s.o, &d);
	assert_true(stage_next(&s));
	outbox_free(s.o); /* kill -9 */
	s.o = outbox_new(3);
	outbox_put(s.o, &d);
	outbox_put_channel(s.o, "slack", &stage_kind, s.now);
	assert_true(stage_next_is(&s, &d.id));
	stage_fini(&s);
}

static void rows_wait_for_their_channel_to_be_put(void **state)
{
	struct stage s;
	struct ulid id;

	(void)state;
	stage_init(&s);
	id = stage_put_on(&s, "hook", 1, MESSAGE_OPENED, 1);
	assert_false(stage_next(&s));
	assert_int_equal(wall_diff_ms(outbox_wake_at(s.o), s.now), OUTBOX_GIVE_UP_MS);
	outbox_put_channel(s.o, "hook", &stage_kind, s.now);
	assert_true(stage_next_is(&s, &id));
	stage_fini(&s);
}

static void removed_channels_rows_die_but_the_one_in_flight(void **state)
{
	struct stage s;
	struct ulid flying, waiting;
	struct channel_status c;

	(void)state;
	stage_init(&s);
	flying = stage_put(&s, 1, MESSAGE_OPENED, 1);
	waiting = stage_put(&s, 2, MESSAGE_OPENED, 1);
	assert_true(stage_next_is(&s, &flying));
	outbox_update_reset(&s.up);
	outbox_remove_channel(s.o, "slack", s.now, &s.up);
	assert_int_equal(s.up.n, 1);
	assert_int_equal(stage_updated(&s, &waiting)->state, DELIVERY_DEAD);
	assert_string_equal(
	    stage_updated(&s, &waiting)->last_error, "the channel left the config");
	stage_verdict(&s, VERDICT_ACCEPTED);
	assert_int_equal(stage_updated(&s, &flying)->state, DELIVERY_SENT);
	assert_false(outbox_channel(s.o, "slack", &c));
	outbox_update_reset(&s.up);
	outbox_remove_channel(s.o, "slack", s.now, &s.up);
	assert_int_equal(s.up.n, 0);
	stage_fini(&s);
}

static void removed_channels_failed_flight_dies(void **state)
{
	struct stage s;
	struct ulid flying;

	(void)state;
	stage_init(&s);
	flying = stage_put(&s, 1, MESSAGE_OPENED, 1);
	assert_true(stage_next(&s));
	outbox_update_reset(&s.up);
	outbox_remove_channel(s.o, "slack", s.now, &s.up);
	stage_verdict(&s, VERDICT_LATER);
	assert_int_equal(stage_updated(&s, &flying)->state, DELIVERY_DEAD);
	assert_int_equal(outbox_wake_at(s.o).ms, INT64_MAX);
	stage_fini(&s);
}

static void clock_that_steps_back_freezes_nothing(void **state)
{
	struct stage s;
	struct ulid id;

	(void)state;
	stage_init(&s);
	for (int i = 0; i < 3; i++) {
		stage_put(&s, i, MESSAGE_OPENED, 1);
		assert_true(stage_next(&s));
		stage_verdict(&s, VERDICT_ACCEPTED);
	}
	id = stage_put(&s, 9, MESSAGE_OPENED, 1);
	stage_pass(&s, 2000);
	assert_true(stage_next_is(&s, &id));
	stage_answer(
	    &s, (struct channel_verdict){.kind = VERDICT_SLOW_DOWN, .wait_ms = 5000});
	stage_pass(&s, -MS_PER_DAY);
	assert_false(stage_next(&s));
	assert_in_range(stage_sleep(&s), 1, MS_PER_H);
	assert_true(stage_next_is(&s, &id));
	stage_fini(&s);
}

static void oldest_dies_when_too_many_wait(void **state)
{
	struct stage s;
	struct ulid first;

	(void)state;
	stage_init(&s);
	first = stage_put(&s, 0, MESSAGE_OPENED, 1);
	for (int i = 1; i <= OUTBOX_MAX_ROWS; i++) {
		stage_pass(&s, 1);
		stage_put(&s, i, MESSAGE_OPENED, 1);
	}
	assert_true(outbox_wake_at(s.o).ms <= s.now.ms);
	assert_true(stage_next(&s));
	assert_int_equal(stage_updated(&s, &first)->state, DELIVERY_DEAD);
	assert_string_equal(
	    stage_updated(&s, &first)->last_error, "too many messages waited");
	assert_int_equal(outbox_stats(s.o).pending, OUTBOX_MAX_ROWS);
	stage_fini(&s);
}

static void count_row(void *n, const struct delivery *d)
{
	(void)d;
	++*(int *)n;
}

static int rows_of(const struct stage *s)
{
	int n = 0;

	outbox_each(s->o, count_row, &n);
	return n;
}

static void a_row_is_there_until_it_was_accepted(void **state)
{
	struct stage s;
	struct delivery d;

	(void)state;
	stage_init(&s);
	d = stage_row(&s, "slack", 1, MESSAGE_OPENED, 1);
	assert_int_equal(rows_of(&s), 0);
	outbox_put(s.o, &d);
	assert_int_equal(rows_of(&s), 1);
	assert_int_equal(outbox_stats(s.o).oldest.ms, d.created.ms);
	assert_true(stage_next(&s));
	assert_int_equal(rows_of(&s), 1);
	stage_verdict(&s, VERDICT_ACCEPTED);
	assert_int_equal(rows_of(&s), 0);
	assert_int_equal(outbox_stats(s.o).oldest.ms, 0);
	stage_fini(&s);
}

static void update_adds_up_until_it_is_reset(void **state)
{
	struct stage s;
	struct outbox_attempt a;

	(void)state;
	stage_init(&s);
	outbox_put_channel(s.o, "hook", &stage_kind, s.now);
	stage_put(&s, 1, MESSAGE_OPENED, 1);
	stage_put(&s, 1, MESSAGE_RESOLVED, 2);
	stage_put_on(&s, "hook", 1, MESSAGE_OPENED, 1);
	stage_put_on(&s, "hook", 1, MESSAGE_RESOLVED, 2);
	while (outbox_next(s.o, s.now, &a, &s.up))
		assert_true(a.both);
	assert_int_equal(s.up.n, 2); /* both foldings, of two calls */
	outbox_update_reset(&s.up);
	assert_int_equal(s.up.n, 0);
	stage_fini(&s);
}

static void states_have_stable_codes(void **state)
{
	(void)state;
	assert_string_equal(channel_state_code(CHANNEL_OPEN), "open");
	assert_string_equal(channel_state_code(CHANNEL_PAUSED), "paused");
	assert_string_equal(channel_state_code(CHANNEL_SHUT), "shut");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(one_in_flight_per_channel_and_in_order_of_creation),
	    cmocka_unit_test(later_put_of_an_older_delivery_goes_first),
	    cmocka_unit_test(news_of_one_millisecond_keep_the_order_of_their_log),
	    cmocka_unit_test(same_id_twice_and_finished_rows_are_ignored),
	    cmocka_unit_test(waiting_head_holds_back_its_own_channel_only),
	    cmocka_unit_test(hanging_channel_delays_no_other),
	    cmocka_unit_test(limiter_lets_a_burst_out_then_one_per_second),
	    cmocka_unit_test(limiter_survives_a_restart),
	    cmocka_unit_test(
		crash_in_flight_leaves_a_row_that_is_tried_again_with_its_id),
	    cmocka_unit_test(rows_wait_for_their_channel_to_be_put),
	    cmocka_unit_test(removed_channels_rows_die_but_the_one_in_flight),
	    cmocka_unit_test(removed_channels_failed_flight_dies),
	    cmocka_unit_test(clock_that_steps_back_freezes_nothing),
	    cmocka_unit_test(oldest_dies_when_too_many_wait),
	    cmocka_unit_test(a_row_is_there_until_it_was_accepted),
	    cmocka_unit_test(update_adds_up_until_it_is_reset),
	    cmocka_unit_test(states_have_stable_codes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
