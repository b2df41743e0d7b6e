/* SPDX-License-Identifier: MIT
 *
 * Rows that wait for company: who leaves with whom, and what does not wait. Storms and
 * crashes with groups in them are in outbox_storm_test.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "agent/base/str.h"
#include "tests/unit/alerts/outbox_stage.h"

#define WAIT_MS (30 * MS_PER_S)

static void init(struct stage *s)
{
	stage_init(s);
	outbox_bundles(s->o, true);
}

static struct delivery grouped_row(
    const struct stage *s, const char *group, int i, enum message_kind k, uint32_t seq)
{
	struct delivery d = stage_row(s, "slack", i, k, seq);

	d.not_before = wall_add_ms(s->now, WAIT_MS);
	str_copy(d.group, sizeof(d.group), group);
	return d;
}

static struct ulid put(
    struct stage *s, const char *group, int i, enum message_kind k, uint32_t seq)
{
	struct delivery d = grouped_row(s, group, i, k, seq);

	outbox_put(s->o, &d);
	return d.id;
}

/* What put and next changed is on disk. */
static bool next(struct stage *s)
{
	bool more = stage_next(s);

	if (s->up.bundled)
		outbox_committed(s->o);
	return more || (s->up.bundled && outbox_next(s->o, s->now, &s->a, &s->up));
}

static void count_member(void *arg, const struct delivery *d, bool both, bool maybe)
{
	(void)d;
	(void)both;
	(void)maybe;
	++*(int *)arg;
}

static int members_of(const struct stage *s)
{
	int n = 0;

	outbox_each_member(s->o, &s->a.delivery.id, count_member, &n);
	return n;
}

static void assert_summary_of(const struct stage *s, int n)
{
	assert_int_equal(s->a.delivery.kind, MESSAGE_SUMMARY);
	assert_int_equal(members_of(s), n);
}

static void alone_it_waits_its_time_and_goes_as_it_is(void **state)
{
	struct stage s;
	struct ulid id;

	(void)state;
	init(&s);
	id = put(&s, "all", 1, MESSAGE_OPENED, 1);
	assert_false(next(&s));
	assert_int_equal(stage_sleep(&s), WAIT_MS);
	assert_true(next(&s));
	assert_true(ulid_eq(&s.a.delivery.id, &id));
	stage_verdict(&s, VERDICT_ACCEPTED);
	assert_int_equal(outbox_stats(s.o).pending, 0);
	stage_fini(&s);
}

static void the_group_leaves_as_one_when_its_first_is_due(void **state)
{
	struct stage s;

	(void)state;
	init(&s);
	put(&s, "all", 1, MESSAGE_OPENED, 1);
	assert_false(next(&s));
	stage_pass(&s, 20 * MS_PER_S);
	for (int i = 2; i < 10; i++)
		put(&s, "all", i, MESSAGE_OPENED, 1);
	assert_false(next(&s)); /* more than a handful, and still it waits */
	assert_int_equal(stage_sleep(&s), 10 * MS_PER_S);
	assert_true(next(&s));
	assert_summary_of(&s, 9);
	stage_verdict(&s, VERDICT_ACCEPTED);
	assert_int_equal(outbox_stats(s.o).pending, 0);
	stage_fini(&s);
}

static void it_does_not_leave_before_its_members_are_on_disk(void **state)
{
	struct stage s;

	(void)state;
	init(&s);
	put(&s, "all", 1, MESSAGE_OPENED, 1);
	put(&s, "all", 2, MESSAGE_OPENED, 1);
	stage_pass(&s, WAIT_MS);
	assert_false(stage_next(&s));
	assert_true(s.up.bundled);
	assert_int_equal(s.up.n, 3);
	outbox_committed(s.o);
	assert_true(stage_next(&s));
	assert_summary_of(&s, 2);
	stage_fini(&s);
}

static void each_group_is_a_message_of_its_own(void **state)
{
	struct stage s;

	(void)state;
	init(&s);
	put(&s, "provider a", 1, MESSAGE_OPENED, 1);
	put(&s, "provider b", 2, MESSAGE_OPENED, 1);
	put(&s, "provider a", 3, MESSAGE_OPENED, 1);
	put(&s, "provider b", 4, MESSAGE_OPENED, 1);
	put(&s, "provider a", 5, MESSAGE_OPENED, 1);
	stage_pass(&s, WAIT_MS);
	assert_true(next(&s));
	assert_summary_of(&s, 3);
	stage_verdict(&s, VERDICT_ACCEPTED);
	assert_true(next(&s));
	assert_summary_of(&s, 2);
	stage_verdict(&s, VERDICT_ACCEPTED);
	assert_int_equal(outbox_stats(s.o).pending, 0);
	stage_fini(&s);
}

static void more_than_a_handful_of_groups_become_one(void **state)
{
	struct stage s;
	char group[20];

	(void)state;
	init(&s);
	for (int i = 0; i <= OUTBOX_HANDFUL; i++) {
		snprintf(group, sizeof(group), "provider %d", i);
		put(&s, group, i, MESSAGE_OPENED, 1);
	}
	assert_false(next(&s));
	assert_int_equal(stage_sleep(&s), OUTBOX_GATHER_MS);
	assert_true(next(&s));
	assert_summary_of(&s, OUTBOX_HANDFUL + 1);
	stage_fini(&s);
}

static void what_does_not_wait_passes_it(void **state)
{
	struct stage s;
	struct ulid id;

	(void)state;
	init(&s);
	put(&s, "all", 1, MESSAGE_OPENED, 1);
	put(&s, "all", 2, MESSAGE_OPENED, 1);
	id = stage_put(&s, 3, MESSAGE_OPENED, 1);
	assert_true(next(&s));
	assert_true(ulid_eq(&s.a.delivery.id, &id));
	stage_verdict(&s, VERDICT_ACCEPTED);
	stage_pass(&s, WAIT_MS);
	assert_true(next(&s));
	assert_summary_of(&s, 2);
	stage_fini(&s);
}

static void what_does_not_wait_takes_its_own_story_along(void **state)
{
	struct stage s;
	struct ulid opened, changed;

	(void)state;
	init(&s);
	opened = put(&s, "all", 1, MESSAGE_OPENED, 1);
	put(&s, "all", 2, MESSAGE_OPENED, 1);
	stage_pass(&s, MS_PER_S);
	changed = stage_put(&s, 1, MESSAGE_CHANGED, 2);
	assert_false(stage_next(&s)); /* that it may leave is not on disk yet */
	assert_true(s.up.bundled);
	assert_int_equal(stage_updated(&s, &opened)->not_before.ms, s.now.ms);
	outbox_committed(s.o);
	assert_true(stage_next_is(&s, &opened));
	stage_verdict(&s, VERDICT_ACCEPTED);
	assert_int_equal(stage_updated(&s, &changed)->state, DELIVERY_FOLDED);
	assert_int_equal(outbox_stats(s.o).pending, 1); /* 2 waits on */
	stage_fini(&s);
}

/* Read after a restart: what was due, what did not wait, what waits for its group. The
 * last must not bring the first back to waiting, or the second would overtake it. */
static void what_was_hurried_waits_no_more_whatever_comes_behind(void **state)
{
	struct stage s;
	struct delivery first, second, third;

	(void)state;
	init(&s);
	put(&s, "other", 2, MESSAGE_OPENED, 1);
	put(&s, "other", 3, MESSAGE_OPENED, 1);
	first = grouped_row(&s, "all", 1, MESSAGE_OPENED, 1);
	second = stage_row(&s, "slack", 1, MESSAGE_ACKNOWLEDGED, 2);
	stage_pass(&s, WAIT_MS);
	third = grouped_row(&s, "all", 1, MESSAGE_CHANGED, 3);
	outbox_restore(s.o, &first);
	outbox_restore(s.o, &second);
	outbox_restore(s.o, &third);
	assert_true(next(&s));
	assert_true(ulid_eq(&s.a.delivery.id, &first.id));
	stage_verdict(&s, VERDICT_ACCEPTED);
	assert_true(next(&s));
	assert_true(ulid_eq(&s.a.delivery.id, &second.id));
	stage_fini(&s);
}

static void a_summary_that_is_read_again_hurries_nothing(void **state)
{
	struct stage s;
	struct delivery first, second, summary;

	(void)state;
	init(&s);
	first = stage_row(&s, "slack", 1, MESSAGE_OPENED, 1);
	second = grouped_row(&s, "all", 1, MESSAGE_ACKNOWLEDGED, 2);
	stage_pass(&s, MS_PER_S);
	summary = stage_row(&s, "slack", 1, MESSAGE_SUMMARY, 1);
	summary.not_before = wall_add_ms(s.now, 3 * MS_PER_S);
	first.into = summary.id;
	outbox_restore(s.o, &first);
	outbox_restore(s.o, &second);
	outbox_restore(s.o, &summary);
	assert_false(next(&s));
	stage_pass(&s, 3 * MS_PER_S);
	assert_true(next(&s));
	assert_summary_of(&s, 1);
	stage_fini(&s);
}

static void what_ends_while_it_waits_is_one_message_that_says_both(void **state)
{
	struct stage s;
	struct ulid end;

	(void)state;
	init(&s);
	put(&s, "all", 1, MESSAGE_OPENED, 1);
	stage_pass(&s, 20 * MS_PER_S);
	end = put(&s, "all", 1, MESSAGE_RESOLVED, 2);
	assert_false(next(&s));
	assert_int_equal(stage_sleep(&s), 10 * MS_PER_S);
	assert_true(next(&s));
	assert_true(ulid_eq(&s.a.delivery.id, &end));
	assert_true(s.a.both);
	stage_fini(&s);
}

static void a_summary_of_a_group_begins_no_storm(void **state)
{
	struct stage s;
	struct ulid id;

	(void)state;
	init(&s);
	put(&s, "all", 1, MESSAGE_OPENED, 1);
	put(&s, "all", 2, MESSAGE_OPENED, 1);
	stage_pass(&s, WAIT_MS);
	assert_true(next(&s));
	stage_verdict(&s, VERDICT_ACCEPTED);
	stage_pass(&s, MS_PER_S);
	id = stage_put(&s, 3, MESSAGE_OPENED, 1);
	stage_put(&s, 4, MESSAGE_OPENED, 1);
	assert_true(next(&s)); /* at once, and not gathered */
	assert_true(ulid_eq(&s.a.delivery.id, &id));
	stage_fini(&s);
}

static void while_the_channel_is_down_later_groups_join_what_waits(void **state)
{
	struct stage s;
	struct ulid key;

	(void)state;
	init(&s);
	put(&s, "all", 1, MESSAGE_OPENED, 1);
	put(&s, "all", 2, MESSAGE_OPENED, 1);
	stage_pass(&s, WAIT_MS);
	assert_true(next(&s));
	key = s.a.delivery.id;
	stage_answer(&s, (struct channel_verdict){
			     .kind = VERDICT_SLOW_DOWN, .wait_ms = 10 * MS_PER_MIN});
	put(&s, "all", 3, MESSAGE_OPENED, 1);
	put(&s, "all", 4, MESSAGE_OPENED, 1);
	stage_pass(&s, WAIT_MS);
	assert_false(next(&s));
	stage_sleep(&s);
	assert_true(next(&s));
	assert_true(ulid_eq(&s.a.delivery.id, &key));
	assert_summary_of(&s, 4);
	stage_fini(&s);
}

static void a_restart_changes_nothing(void **state)
{
	struct stage s;
	struct delivery rows[3];

	(void)state;
	init(&s);
	for (int i = 0; i < 3; i++)
		rows[i] = grouped_row(&s, "all", i, MESSAGE_OPENED, 1);
	stage_pass(&s, 20 * MS_PER_S);
	for (int i = 0; i < 3; i++)
		outbox_restore(s.o, &rows[i]);
	assert_false(next(&s));
	assert_int_equal(stage_sleep(&s), 10 * MS_PER_S);
	assert_true(next(&s));
	assert_summary_of(&s, 3);
	stage_fini(&s);
}

static void what_was_due_before_the_restart_may_have_been_told_and_goes_alone(
    void **state)
{
	struct stage s;
	struct delivery rows[2];

	(void)state;
	init(&s);
	for (int i = 0; i < 2; i++)
		rows[i] = grouped_row(&s, "all", i, MESSAGE_OPENED, 1);
	stage_pass(&s, WAIT_MS);
	for (int i = 0; i < 2; i++)
		outbox_restore(s.o, &rows[i]);
	for (int i = 0; i < 2; i++) {
		assert_true(next(&s));
		assert_true(ulid_eq(&s.a.delivery.id, &rows[i].id));
		stage_verdict(&s, VERDICT_ACCEPTED);
	}
	stage_fini(&s);
}

static void where_each_incident_is_an_alert_nothing_waits(void **state)
{
	struct stage s;
	struct channel_kind apart = stage_kind;
	struct ulid id;

	(void)state;
	init(&s);
	apart.apart = true;
	outbox_put_channel(s.o, "slack", &apart, s.now);
	id = put(&s, "all", 1, MESSAGE_OPENED, 1);
	put(&s, "all", 2, MESSAGE_OPENED, 1);
	assert_true(next(&s));
	assert_true(ulid_eq(&s.a.delivery.id, &id));
	stage_fini(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(alone_it_waits_its_time_and_goes_as_it_is),
	    cmocka_unit_test(the_group_leaves_as_one_when_its_first_is_due),
	    cmocka_unit_test(it_does_not_leave_before_its_members_are_on_disk),
	    cmocka_unit_test(each_group_is_a_message_of_its_own),
	    cmocka_unit_test(more_than_a_handful_of_groups_become_one),
	    cmocka_unit_test(what_does_not_wait_passes_it),
	    cmocka_unit_test(what_does_not_wait_takes_its_own_story_along),
	    cmocka_unit_test(what_was_hurried_waits_no_more_whatever_comes_behind),
	    cmocka_unit_test(a_summary_that_is_read_again_hurries_nothing),
	    cmocka_unit_test(what_ends_while_it_waits_is_one_message_that_says_both),
	    cmocka_unit_test(a_summary_of_a_group_begins_no_storm),
	    cmocka_unit_test(while_the_channel_is_down_later_groups_join_what_waits),
	    cmocka_unit_test(a_restart_changes_nothing),
	    cmocka_unit_test(
		what_was_due_before_the_restart_may_have_been_told_and_goes_alone),
	    cmocka_unit_test(where_each_incident_is_an_alert_nothing_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
