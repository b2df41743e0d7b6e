/* SPDX-License-Identifier: MIT
 *
 * When many become one, who is inside, and what becomes of them.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "agent/base/str.h"
#include "tests/unit/alerts/outbox_stage.h"

static void init(struct stage *s)
{
	stage_init(s);
	outbox_bundles(s->o, true);
}

/* What put and next changed is on disk. */
static bool next(struct stage *s)
{
	bool more = stage_next(s);

	if (s->up.bundled)
		outbox_committed(s->o);
	return more || (s->up.bundled && outbox_next(s->o, s->now, &s->a, &s->up));
}

static void put_many(struct stage *s, int from, int n, enum message_kind k, uint32_t seq)
{
	for (int i = 0; i < n; i++)
		stage_put(s, from + i, k, seq);
}

struct members {
	int n, both;
	uint32_t seqs;
};

static void count_member(void *arg, const struct delivery *d, bool both, bool maybe)
{
	struct members *m = arg;

	(void)maybe;
	m->n++;
	m->both += both;
	m->seqs += d->seq;
}

static struct members members_of(struct stage *s)
{
	struct members m = {0};

	outbox_each_member(s->o, &s->a.delivery.id, count_member, &m);
	return m;
}

static int states(const struct stage *s, enum delivery_state state)
{
	int n = 0;

	for (size_t i = 0; i < s->up.n; i++)
		n += s->up.deliveries[i].state == state;
	return n;
}

/* The burst of three goes out, then everything gathers. */
static void start_storm(struct stage *s, int n)
{
	put_many(s, 1, n, MESSAGE_OPENED, 1);
	assert_false(next(s));
	stage_sleep(s);
	assert_true(next(s));
	assert_int_equal(s->a.delivery.kind, MESSAGE_SUMMARY);
}

static void a_handful_is_told_one_by_one(void **state)
{
	struct stage s;

	(void)state;
	init(&s);
	put_many(&s, 1, OUTBOX_HANDFUL, MESSAGE_OPENED, 1);
	for (int i = 0; i < OUTBOX_HANDFUL; i++) {
		if (!next(&s)) {
			stage_sleep(&s);
			assert_true(next(&s));
		}
		assert_int_equal(s.a.delivery.kind, MESSAGE_OPENED);
		stage_verdict(&s, VERDICT_ACCEPTED);
	}
	stage_fini(&s);
}

static void more_than_a_handful_gather_five_seconds_and_become_one(void **state)
{
	struct stage s;

	(void)state;
	init(&s);
	put_many(&s, 1, OUTBOX_HANDFUL + 1, MESSAGE_OPENED, 1);
	assert_false(next(&s));
	stage_pass(&s, 3000);
	put_many(&s, 100, 194, MESSAGE_OPENED, 1);
	assert_false(next(&s));
	assert_int_equal(stage_sleep(&s), OUTBOX_GATHER_MS - 3000);
	assert_true(next(&s));
	assert_int_equal(s.a.delivery.kind, MESSAGE_SUMMARY);
	assert_int_equal(members_of(&s).n, 200);
	stage_verdict(&s, VERDICT_ACCEPTED);
	assert_int_equal(states(&s, DELIVERY_SENT), 1);
	assert_int_equal(states(&s, DELIVERY_FOLDED), 200);
	for (size_t i = 0; i < s.up.n; i++) {
		const struct delivery *d = &s.up.deliveries[i];

		assert_int_equal(d->sent.ms, s.now.ms);
		assert_true(
		    d->kind == MESSAGE_SUMMARY || ulid_eq(&d->into, &s.a.delivery.id));
	}
	assert_int_equal(outbox_stats(s.o).pending, 0);
	stage_fini(&s);
}

static void it_does_not_leave_before_its_members_are_on_disk(void **state)
{
	struct stage s;

	(void)state;
	init(&s);
	put_many(&s, 1, 10, MESSAGE_OPENED, 1);
	assert_false(stage_next(&s));
	assert_true(s.up.bundled);
	assert_int_equal(s.up.n, 11);
	stage_pass(&s, 60000);
	assert_false(stage_next(&s));
	assert_int_equal(outbox_wake_at(s.o).ms > s.now.ms, true);
	outbox_committed(s.o);
	assert_true(stage_next(&s));
	stage_fini(&s);
}

/* The end of one of them waits for its group and tells it too: a crash that forgets that
 * would send more under the same key. */
static void it_does_not_leave_before_what_left_it_is_on_disk(void **state)
{
	struct stage s;
	struct delivery end;

	(void)state;
	init(&s);
	put_many(&s, 1, 10, MESSAGE_OPENED, 1);
	assert_false(next(&s));
	stage_pass(&s, 4990);
	end = stage_row(&s, "slack", 3, MESSAGE_RESOLVED, 2);
	str_copy(end.group, sizeof(end.group), "all");
	end.not_before = wall_add_ms(s.now, MS_PER_MIN);
	outbox_put(s.o, &end);
	assert_false(stage_next(&s));
	assert_true(s.up.bundled);
	stage_pass(&s, 10);
	assert_false(stage_next(&s));
	outbox_committed(s.o);
	assert_true(stage_next(&s));
	assert_int_equal(members_of(&s).n, 9);
	stage_fini(&s);
}

static void after_a_crash_it_tells_the_same_under_the_same_key(void **state)
{
	struct stage s;
	struct outbox_update kept;
	struct ulid key;

	(void)state;
	init(&s);
	put_many(&s, 1, 10, MESSAGE_OPENED, 1);
	assert_false(stage_next(&s));
	kept = s.up;
	outbox_update_init(&s.up);
	outbox_committed(s.o);
	stage_sleep(&s);
	assert_true(next(&s));
	key = s.a.delivery.id;
	outbox_free(s.o); /* kill -9 while it is under way */
	s.o = outbox_new(2);
	outbox_bundles(s.o, true);
	for (size_t i = 0; i < kept.n; i++)
		outbox_restore(s.o, &kept.deliveries[i]);
	outbox_put_channel(s.o, "slack", &stage_kind, s.now);
	put_many(&s, 50, 10, MESSAGE_OPENED, 1); /* new ones find their own */
	assert_true(next(&s));
	assert_true(ulid_eq(&s.a.delivery.id, &key));
	assert_int_equal(members_of(&s).n, 10);
	stage_verdict(&s, VERDICT_ACCEPTED);
	stage_sleep(&s);
	assert_true(next(&s));
	assert_false(ulid_eq(&s.a.delivery.id, &key));
	assert_int_equal(members_of(&s).n, 10);
	outbox_update_fini(&kept);
	stage_fini(&s);
}

static void what_may_have_arrived_by_itself_joins_nobody(void **state)
{
	struct stage s;
	struct ulid first;

	(void)state;
	init(&s);
	first = stage_put(&s, 1, MESSAGE_OPENED, 1);
	assert_true(next(&s));
	stage_answer(&s, (struct channel_verdict){.kind = VERDICT_LATER, .maybe = true});
	put_many(&s, 2, 10, MESSAGE_OPENED, 1);
	assert_false(next(&s));
	stage_sleep(&s);
	assert_true(next(&s));
	assert_true(ulid_eq(&s.a.delivery.id, &first));
	stage_verdict(&s, VERDICT_ACCEPTED);
	stage_pass(&s, OUTBOX_GATHER_MS);
	assert_true(next(&s));
	assert_int_equal(members_of(&s).n, 10);
	stage_fini(&s);
}

static void a_summary_that_was_refused_takes_newcomers_along(void **state)
{
	struct stage s;
	struct ulid key;

	(void)state;
	init(&s);
	start_storm(&s, 10);
	key = s.a.delivery.id;
	stage_verdict(&s, VERDICT_LATER); /* a 500: surely not taken */
	put_many(&s, 50, 3, MESSAGE_OPENED, 1);
	assert_false(next(&s));
	stage_sleep(&s);
	assert_true(next(&s));
	assert_true(ulid_eq(&s.a.delivery.id, &key));
	assert_int_equal(members_of(&s).n, 13);
	stage_fini(&s);
}

static void a_summary_that_may_have_arrived_stays_as_it_was(void **state)
{
	struct stage s;

	(void)state;
	init(&s);
	start_storm(&s, 10);
	stage_answer(&s, (struct channel_verdict){.kind = VERDICT_LATER, .maybe = true});
	put_many(&s, 1, 4, MESSAGE_RESOLVED, 2);
	assert_false(next(&s));
	stage_sleep(&s);
	assert_true(next(&s));
	assert_int_equal(members_of(&s).n, 10);
	assert_int_equal(members_of(&s).seqs, 10);
	stage_verdict(&s, VERDICT_ACCEPTED);
	stage_pass(&s, OUTBOX_GATHER_MS);
	assert_true(next(&s)); /* then the ends, as one */
	assert_int_equal(members_of(&s).n, 4);
	assert_int_equal(members_of(&s).both, 0);
	stage_fini(&s);
}

static void what_ends_before_it_was_told_is_told_as_both(void **state)
{
	struct stage s;
	struct members m;

	(void)state;
	init(&s);
	put_many(&s, 1, 10, MESSAGE_OPENED, 1);
	assert_false(next(&s));
	stage_pass(&s, 1000);
	put_many(&s, 1, 4, MESSAGE_RESOLVED, 2);
	assert_false(next(&s));
	assert_int_equal(states(&s, DELIVERY_FOLDED), 4);
	stage_pass(&s, OUTBOX_GATHER_MS);
	assert_true(next(&s));
	m = members_of(&s);
	assert_int_equal(m.n, 10);
	assert_int_equal(m.both, 4);
	assert_int_equal(m.seqs, 6 * 1 + 4 * 2);
	stage_fini(&s);
}

static void while_the_storm_lasts_two_are_enough(void **state)
{
	struct stage s;

	(void)state;
	init(&s);
	start_storm(&s, 10);
	stage_verdict(&s, VERDICT_ACCEPTED);
	put_many(&s, 50, 2, MESSAGE_OPENED, 1);
	assert_false(next(&s));
	stage_sleep(&s);
	assert_true(next(&s));
	assert_int_equal(members_of(&s).n, 2);
	stage_verdict(&s, VERDICT_ACCEPTED);
	stage_pass(&s, OUTBOX_STORM_MS); /* over */
	put_many(&s, 60, 2, MESSAGE_OPENED, 1);
	assert_true(next(&s));
	assert_int_equal(s.a.delivery.kind, MESSAGE_OPENED);
	stage_fini(&s);
}

static void refused_twice_its_members_speak_for_themselves(void **state)
{
	struct stage s;

	(void)state;
	init(&s);
	start_storm(&s, 10);
	stage_verdict(&s, VERDICT_UNWANTED);
	if (!next(&s)) {
		stage_sleep(&s);
		assert_true(next(&s));
	}
	assert_true(s.a.delivery.plain);
	stage_verdict(&s, VERDICT_UNWANTED);
	assert_int_equal(states(&s, DELIVERY_DEAD), 1);
	for (int i = 0; i < 10; i++) {
		if (!next(&s)) {
			stage_sleep(&s);
			assert_true(next(&s));
		}
		assert_int_equal(s.a.delivery.kind, MESSAGE_OPENED);
		stage_verdict(&s, VERDICT_ACCEPTED);
	}
	assert_int_equal(outbox_stats(s.o).pending, 0);
	stage_fini(&s);
}

static const struct channel_kind threads = {.name = "t",
    .does = DOES_THREAD | DOES_EDIT,
    .pace_ms = 1000,
    .burst = 3,
    .timeout_ms = 15000};

static void later_news_stand_under_the_summary_and_never_change_it(void **state)
{
	struct stage s;

	(void)state;
	init(&s);
	outbox_put_channel(s.o, "slack", &threads, s.now);
	start_storm(&s, 10);
	assert_string_equal(s.a.thread, "");
	stage_answer(
	    &s, (struct channel_verdict){.kind = VERDICT_ACCEPTED, .handle = "C1/17.5"});
	assert_string_equal(s.up.deliveries[3].handle, "C1/17.5");
	stage_pass(&s, OUTBOX_STORM_MS);
	stage_put(&s, 4, MESSAGE_RESOLVED, 2);
	assert_true(next(&s));
	assert_string_equal(s.a.thread, "C1/17.5");
	assert_false(s.a.edit);
	stage_fini(&s);
}

static const struct channel_kind pager = {
    .name = "p", .apart = true, .pace_ms = 1000, .burst = 3, .timeout_ms = 15000};

static void where_each_incident_is_an_alert_nothing_is_folded(void **state)
{
	struct stage s;

	(void)state;
	init(&s);
	outbox_put_channel(s.o, "slack", &pager, s.now);
	put_many(&s, 1, 20, MESSAGE_OPENED, 1);
	assert_true(next(&s));
	assert_int_equal(s.a.delivery.kind, MESSAGE_OPENED);
	stage_fini(&s);
}

/* CPU time of twenty looks at so many incidents that wait behind a far side that hangs.
 */
static double looks_ms(int n)
{
	struct stage s;
	clock_t began;
	double ms;

	init(&s);
	stage_put(&s, 0, MESSAGE_OPENED, 1);
	assert_true(next(&s));
	put_many(&s, 1, n, MESSAGE_OPENED, 1);
	began = clock();
	for (int i = 0; i < 20; i++) {
		stage_pass(&s, 10);
		assert_false(next(&s));
	}
	ms = (double)(clock() - began) * 1000 / CLOCKS_PER_SEC;
	stage_fini(&s);
	return ms;
}

/* Eight times as many may cost eight times as much; were each compared with each, it
 * would be sixty-four. */
static void a_look_at_thousands_costs_no_more_than_their_number(void **state)
{
	double few = 1e9, many = 1e9;

	(void)state;
	for (int i = 0; i < 3; i++) {
		few = fmin(few, looks_ms(250));
		many = fmin(many, looks_ms(2000));
	}
	print_message(
	    "# evidence looks at an outbox: 8 times as many rows cost %.1f times "
	    "as much\n",
	    many / few);
	assert_true(many < 24 * few);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_handful_is_told_one_by_one),
	    cmocka_unit_test(more_than_a_handful_gather_five_seconds_and_become_one),
	    cmocka_unit_test(it_does_not_leave_before_its_members_are_on_disk),
	    cmocka_unit_test(it_does_not_leave_before_what_left_it_is_on_disk),
	    cmocka_unit_test(after_a_crash_it_tells_the_same_under_the_same_key),
	    cmocka_unit_test(what_may_have_arrived_by_itself_joins_nobody),
	    cmocka_unit_test(a_summary_that_was_refused_takes_newcomers_along),
	    cmocka_unit_test(a_summary_that_may_have_arrived_stays_as_it_was),
	    cmocka_unit_test(what_ends_before_it_was_told_is_told_as_both),
	    cmocka_unit_test(while_the_storm_lasts_two_are_enough),
	    cmocka_unit_test(refused_twice_its_members_speak_for_themselves),
	    cmocka_unit_test(later_news_stand_under_the_summary_and_never_change_it),
	    cmocka_unit_test(where_each_incident_is_an_alert_nothing_is_folded),
	    cmocka_unit_test(a_look_at_thousands_costs_no_more_than_their_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
