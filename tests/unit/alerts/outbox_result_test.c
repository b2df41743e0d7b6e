/* SPDX-License-Identifier: MIT
 *
 * What each verdict makes of a delivery and of its channel.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "agent/base/str.h"
#include "tests/unit/alerts/incident_fixture.h"
#include "tests/unit/alerts/outbox_stage.h"

static void accepted_is_sent_and_gone(void **state)
{
	struct stage s;
	struct ulid id;

	(void)state;
	stage_init(&s);
	id = stage_put(&s, 1, MESSAGE_OPENED, 1);
	assert_true(stage_next_is(&s, &id));
	assert_int_equal(s.a.delivery.attempts, 1);
	assert_int_equal(s.a.delivery.first_try.ms, s.now.ms);
	assert_false(s.a.both);
	stage_pass(&s, 120);
	stage_answer(
	    &s, (struct channel_verdict){.kind = VERDICT_ACCEPTED, .handle = "h-1"});
	assert_int_equal(stage_updated(&s, &id)->state, DELIVERY_SENT);
	assert_int_equal(stage_updated(&s, &id)->sent.ms, s.now.ms);
	assert_int_equal(stage_updated(&s, &id)->verdict, VERDICT_ACCEPTED);
	assert_string_equal(stage_updated(&s, &id)->handle, "h-1");
	assert_string_equal(stage_updated(&s, &id)->last_error, "");
	assert_true(s.up.channel_changed);
	assert_int_equal(s.up.channel.last_sent.ms, s.now.ms);
	assert_false(stage_next(&s));
	assert_int_equal(outbox_wake_at(s.o).ms, INT64_MAX);
	assert_int_equal(outbox_stats(s.o).pending, 0);
	stage_fini(&s);
}

static void done_already_is_sent(void **state)
{
	struct stage s;
	struct ulid id;

	(void)state;
	stage_init(&s);
	id = stage_put(&s, 1, MESSAGE_OPENED, 1);
	assert_true(stage_next(&s));
	stage_verdict(&s, VERDICT_DONE_ALREADY);
	assert_int_equal(stage_updated(&s, &id)->state, DELIVERY_SENT);
	stage_fini(&s);
}

static void later_backs_off_by_the_time_table_until_24_hours(void **state)
{
	static const int64_t table_s[] = {1, 5, 15, 60, 120, 300, 300};
	struct stage s;
	struct ulid id;
	int tries = 0;

	(void)state;
	stage_init(&s);
	id = stage_put(&s, 1, MESSAGE_OPENED, 1);
	while (stage_next(&s)) {
		stage_verdict(&s, VERDICT_LATER);
		tries++;
		assert_int_equal(stage_updated(&s, &id)->attempts, tries);
		if (stage_updated(&s, &id)->state == DELIVERY_DEAD)
			break;
		assert_string_equal(stage_updated(&s, &id)->last_error, "their words");
		if (tries <= 7)
			assert_in_range(
			    wall_diff_ms(stage_updated(&s, &id)->not_before, s.now),
			    table_s[tries - 1] * 800, table_s[tries - 1] * 1200);
		stage_sleep(&s);
	}
	/* The last sleep ended at the 24th hour: it died without another try. */
	assert_int_equal(wall_diff_ms(s.now, fixture_at(14, 0)), OUTBOX_GIVE_UP_MS);
	assert_in_range(tries, 250, 330);
	assert_int_equal(stage_updated(&s, &id)->state, DELIVERY_DEAD);
	assert_string_equal(stage_updated(&s, &id)->last_error, "their words");
	assert_int_equal(outbox_wake_at(s.o).ms, INT64_MAX);
	stage_fini(&s);
}

static void slow_down_pauses_the_channel_for_the_time_given(void **state)
{
	struct stage s;
	struct ulid id;

	(void)state;
	stage_init(&s);
	id = stage_put(&s, 1, MESSAGE_OPENED, 1);
	stage_put(&s, 2, MESSAGE_OPENED, 1);
	assert_true(stage_next(&s));
	stage_answer(
	    &s, (struct channel_verdict){.kind = VERDICT_SLOW_DOWN, .wait_ms = 17000});
	assert_int_equal(stage_updated(&s, &id)->state, DELIVERY_PENDING);
	assert_int_equal(stage_state_of(&s, "slack"), CHANNEL_PAUSED);
	assert_int_equal(outbox_stats(s.o).channels_paused, 1);
	stage_pass(&s, 16999);
	assert_false(stage_next(&s));
	stage_pass(&s, 1);
	assert_true(stage_next_is(&s, &id));
	stage_verdict(&s, VERDICT_ACCEPTED);
	assert_int_equal(stage_state_of(&s, "slack"), CHANNEL_OPEN);
	stage_fini(&s);
}

static void slow_down_without_a_number_takes_the_kinds(void **state)
{
	struct stage s;

	(void)state;
	stage_init(&s);
	stage_put(&s, 1, MESSAGE_OPENED, 1);
	assert_true(stage_next(&s));
	stage_verdict(&s, VERDICT_SLOW_DOWN);
	assert_int_equal(stage_sleep(&s), 30000);
	stage_fini(&s);
}

static void unwanted_is_sent_once_more_as_plain_then_dies(void **state)
{
	struct stage s;
	struct ulid id, after;

	(void)state;
	stage_init(&s);
	id = stage_put(&s, 1, MESSAGE_OPENED, 1);
	after = stage_put(&s, 2, MESSAGE_OPENED, 1);
	assert_true(stage_next_is(&s, &id));
	assert_false(s.a.delivery.plain);
	stage_verdict(&s, VERDICT_UNWANTED);
	assert_true(stage_updated(&s, &id)->plain);
	assert_int_equal(stage_updated(&s, &id)->state, DELIVERY_PENDING);
	assert_true(stage_next_is(&s, &id));
	assert_true(s.a.delivery.plain);
	stage_verdict(&s, VERDICT_UNWANTED);
	assert_int_equal(stage_updated(&s, &id)->state, DELIVERY_DEAD);
	assert_string_equal(stage_updated(&s, &id)->last_error, "their words");
	assert_true(stage_next_is(&s, &after));
	assert_false(s.a.delivery.plain);
	stage_fini(&s);
}

static void stale_handle_is_forgotten_and_sent_anew(void **state)
{
	struct stage s;
	struct delivery d;

	(void)state;
	stage_init(&s);
	d = stage_row(&s, "slack", 1, MESSAGE_CHANGED, 2);
	str_copy(d.handle, sizeof(d.handle), "old");
	outbox_put(s.o, &d);
	assert_true(stage_next(&s));
	stage_verdict(&s, VERDICT_STALE_HANDLE);
	assert_string_equal(stage_updated(&s, &d.id)->handle, "");
	assert_int_equal(stage_updated(&s, &d.id)->state, DELIVERY_PENDING);
	assert_in_range(stage_sleep(&s), 800, 1200);
	assert_true(stage_next_is(&s, &d.id));
	stage_fini(&s);
}

static void shut_channel_is_parked_and_tried_once_an_hour(void **state)
{
	struct stage s;
	struct ulid first, second;

	(void)state;
	stage_init(&s);
	first = stage_put(&s, 1, MESSAGE_OPENED, 1);
	second = stage_put(&s, 2, MESSAGE_OPENED, 1);
	assert_true(stage_next(&s));
	stage_verdict(&s, VERDICT_SHUT);
	assert_true(s.up.became_shut);
	assert_int_equal(s.up.channel.state, CHANNEL_SHUT);
	assert_string_equal(s.up.channel.words, "their words");
	assert_int_equal(stage_updated(&s, &first)->state, DELIVERY_PENDING);
	for (int hour = 0; hour < 3; hour++) {
		assert_int_equal(stage_sleep(&s), MS_PER_H);
		assert_true(stage_next_is(&s, &first)); /* the oldest */
		stage_verdict(&s, hour == 1 ? VERDICT_LATER : VERDICT_SHUT);
		assert_false(s.up.became_shut); /* an edge, told once */
		assert_int_equal(stage_state_of(&s, "slack"), CHANNEL_SHUT);
	}
	assert_int_equal(stage_sleep(&s), MS_PER_H);
	assert_true(stage_next_is(&s, &first));
	stage_verdict(&s, VERDICT_ACCEPTED);
	assert_true(s.up.reopened);
	assert_int_equal(s.up.channel.state, CHANNEL_OPEN);
	assert_true(stage_next_is(&s, &second));
	stage_fini(&s);
}

static void shut_channel_parks_whoever_comes_to_its_head(void **state)
{
	struct stage s;
	struct delivery old;

	(void)state;
	stage_init(&s);
	old = stage_row(&s, "slack", 1, MESSAGE_OPENED, 1);
	stage_pass(&s, 1000);
	stage_put(&s, 2, MESSAGE_OPENED, 1);
	assert_true(stage_next(&s));
	stage_verdict(&s, VERDICT_SHUT);
	outbox_put(s.o, &old);
	assert_false(stage_next(&s));
	assert_int_equal(stage_sleep(&s), MS_PER_H);
	assert_true(stage_next_is(&s, &old.id));
	stage_fini(&s);
}

static void rows_of_a_shut_channel_die_after_24_hours(void **state)
{
	struct stage s;
	struct ulid id;

	(void)state;
	stage_init(&s);
	id = stage_put(&s, 1, MESSAGE_OPENED, 1);
	for (int hour = 0; hour < 24; hour++) {
		assert_true(stage_next(&s));
		stage_verdict(&s, VERDICT_SHUT);
		stage_sleep(&s);
	}
	assert_false(stage_next(&s));
	assert_int_equal(stage_updated(&s, &id)->state, DELIVERY_DEAD);
	assert_int_equal(outbox_stats(s.o).pending, 0);
	stage_fini(&s);
}

static void channel_gone_for_good_is_not_tried_before_a_reload(void **state)
{
	struct stage s;
	struct ulid id;

	(void)state;
	stage_init(&s);
	id = stage_put(&s, 1, MESSAGE_OPENED, 1);
	assert_true(stage_next(&s));
	stage_answer(
	    &s, (struct channel_verdict){.kind = VERDICT_SHUT, .for_good = true});
	assert_true(s.up.channel.for_good);
	stage_pass(&s, 5 * MS_PER_H);
	assert_false(stage_next(&s));
	outbox_put_channel(s.o, "slack", &stage_kind, s.now);
	assert_true(stage_next_is(&s, &id));
	stage_verdict(&s, VERDICT_ACCEPTED);
	assert_true(s.up.reopened);
	assert_false(s.up.channel.for_good);
	stage_fini(&s);
}

static void reload_gives_a_shut_channel_a_fresh_try(void **state)
{
	struct stage s;

	(void)state;
	stage_init(&s);
	stage_put(&s, 1, MESSAGE_OPENED, 1);
	assert_true(stage_next(&s));
	stage_verdict(&s, VERDICT_SHUT);
	assert_false(stage_next(&s));
	stage_pass(&s, 60000);
	outbox_put_channel(s.o, "slack", &stage_kind, s.now);
	assert_true(stage_next(&s));
	stage_fini(&s);
}

static void unwanted_proves_that_a_shut_channel_works(void **state)
{
	struct stage s;

	(void)state;
	stage_init(&s);
	stage_put(&s, 1, MESSAGE_OPENED, 1);
	assert_true(stage_next(&s));
	stage_verdict(&s, VERDICT_SHUT);
	stage_pass(&s, MS_PER_H);
	assert_true(stage_next(&s));
	stage_verdict(&s, VERDICT_UNWANTED);
	assert_true(s.up.reopened);
	assert_true(stage_next(&s)); /* the plain one, at once */
	stage_fini(&s);
}

static void result_of_nobodys_attempt_is_ignored(void **state)
{
	struct stage s;
	struct ulid id = {"01KAR4K8RG0000000000000000"};
	struct channel_verdict v = {.kind = VERDICT_ACCEPTED};

	(void)state;
	stage_init(&s);
	outbox_update_reset(&s.up);
	outbox_result(s.o, &id, &v, s.now, &s.up);
	assert_int_equal(s.up.n, 0);
	assert_false(s.up.channel_changed);
	id = stage_put(&s, 1, MESSAGE_OPENED, 1); /* waits, but is not in flight */
	outbox_update_reset(&s.up);
	outbox_result(s.o, &id, &v, s.now, &s.up);
	assert_int_equal(s.up.n, 0);
	assert_int_equal(outbox_stats(s.o).pending, 1);
	stage_fini(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(accepted_is_sent_and_gone),
	    cmocka_unit_test(done_already_is_sent),
	    cmocka_unit_test(later_backs_off_by_the_time_table_until_24_hours),
	    cmocka_unit_test(slow_down_pauses_the_channel_for_the_time_given),
	    cmocka_unit_test(slow_down_without_a_number_takes_the_kinds),
	    cmocka_unit_test(unwanted_is_sent_once_more_as_plain_then_dies),
	    cmocka_unit_test(stale_handle_is_forgotten_and_sent_anew),
	    cmocka_unit_test(shut_channel_is_parked_and_tried_once_an_hour),
	    cmocka_unit_test(shut_channel_parks_whoever_comes_to_its_head),
	    cmocka_unit_test(rows_of_a_shut_channel_die_after_24_hours),
	    cmocka_unit_test(channel_gone_for_good_is_not_tried_before_a_reload),
	    cmocka_unit_test(reload_gives_a_shut_channel_a_fresh_try),
	    cmocka_unit_test(unwanted_proves_that_a_shut_channel_works),
	    cmocka_unit_test(result_of_nobodys_attempt_is_ignored),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
