/* SPDX-License-Identifier: MIT
 *
 * What people do about an incident, as timelines in virtual time: acknowledged, silenced,
 * left alone until it escalates; and the same over a restart.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/alerts/incident_fixture.h"
#include "tests/unit/alerts/tell_stage.h"

#define QUARTER (15 * MS_PER_MIN)

static const char *const slack_only[] = {"slack"}, *const pager_only[] = {"pager"};
static const char *const deepseek[] = {"deepseek"};
static const struct route plain[] = {
    {.to = slack_only, .n_to = 1}
};
static const struct route climbing[] = {
    {.to = slack_only,
     .n_to = 1,
     .escalate_after_ms = QUARTER,
     .escalate_to = pager_only,
     .n_escalate_to = 1,
     .repeat_ms = MS_PER_H}
};

/* --- acknowledged ----------------------------------------------------------------- */

static const char *acknowledge(struct tell_stage *s, int64_t second)
{
	s->in.acked = wall_add_ms(fixture_at(14, 0), second * MS_PER_S);
	return tell_stage_fact(s, second, FACT_ACKNOWLEDGED, s->in.severity_now);
}

static void everybody_who_knows_of_it_hears_that_somebody_has_it(void **state)
{
	struct tell_stage s;

	(void)state;
	tell_stage_init(&s, climbing, 1);
	assert_string_equal(tell_stage_fact(&s, 0, FACT_OPENED, MAJOR), "slack opened 1");
	assert_int_equal(tell_stage_wake_s(&s), 900);
	assert_string_equal(acknowledge(&s, 600), "slack acknowledged 2");
	/* No escalation, no reminder; but it grows worse and ends. */
	assert_int_equal(tell_stage_wake_s(&s), -1);
	assert_string_equal(tell_stage_time(&s, 20000), "");
	assert_string_equal(
	    tell_stage_fact(&s, 20001, FACT_CHANGED, CRITICAL), "slack changed 3");
	assert_string_equal(
	    tell_stage_fact(&s, 20002, FACT_CLOSED, CRITICAL), "slack resolved 4");
	tell_stage_fini(&s);
}

static void a_relapse_is_another_call(void **state)
{
	struct tell_stage s;

	(void)state;
	tell_stage_init(&s, climbing, 1);
	tell_stage_fact(&s, 0, FACT_OPENED, MAJOR);
	(void)acknowledge(&s, 10);
	tell_stage_fact(&s, 100, FACT_CLOSED, MAJOR);
	s.in.acked.ms = 0; /* the judge's doing */
	s.in.reopened = 1;
	assert_string_equal(
	    tell_stage_fact(&s, 200, FACT_REOPENED, MAJOR), "slack reopened 4");
	assert_int_equal(tell_stage_wake_s(&s), 1100);
	assert_string_equal(tell_stage_time(&s, 1100), "pager opened 4");
	tell_stage_fini(&s);
}

/* --- left alone ------------------------------------------------------------------- */

/* What passed is what counts, whatever the wall clock shows. */
static void a_clock_that_is_set_puts_nothing_off_and_hurries_nothing(void **state)
{
	struct tell_stage s;

	(void)state;
	tell_stage_init(&s, climbing, 1);
	tell_stage_fact(&s, 0, FACT_OPENED, MAJOR);
	tell_clock(s.t, 20 * MS_PER_MIN);
	assert_string_equal(tell_stage_time(&s, 1200 + 60), "");
	assert_int_equal(tell_stage_wake_s(&s), 1200 + 900);
	tell_clock(s.t, -MS_PER_DAY);
	assert_string_equal(tell_stage_time(&s, 1200 + 899 - 86400), "");
	assert_string_equal(tell_stage_time(&s, 1200 + 900 - 86400), "pager opened 1");
	/* An hour behind what was told last. */
	assert_int_equal(tell_stage_wake_s(&s), 1200 + 900 + 3600 - 86400);
	tell_stage_fini(&s);
}

static void after_a_quarter_of_an_hour_the_pager_is_told_once(void **state)
{
	struct tell_stage s;

	(void)state;
	tell_stage_init(&s, climbing, 1);
	tell_stage_fact(&s, 0, FACT_OPENED, MAJOR);
	assert_string_equal(tell_stage_time(&s, 899), "");
	assert_string_equal(tell_stage_time(&s, 900), "pager opened 1");
	assert_string_equal(tell_stage_time(&s, 1000), "");
	/* What follows goes there too. */
	assert_string_equal(tell_stage_fact(&s, 1001, FACT_CHANGED, CRITICAL),
	    "slack changed 2, pager changed 2");
	assert_string_equal(
	    acknowledge(&s, 1002), "slack acknowledged 3, pager acknowledged 3");
	assert_string_equal(tell_stage_fact(&s, 1003, FACT_CLOSED, CRITICAL),
	    "slack resolved 4, pager resolved 4");
	assert_int_equal(tell_stage_wake_s(&s), -1);
	tell_stage_fini(&s);
}

static void an_end_before_that_tells_the_pager_nothing(void **state)
{
	struct tell_stage s;

	(void)state;
	tell_stage_init(&s, climbing, 1);
	tell_stage_fact(&s, 0, FACT_OPENED, MAJOR);
	assert_string_equal(
	    tell_stage_fact(&s, 800, FACT_CLOSED, MAJOR), "slack resolved 2");
	assert_int_equal(tell_stage_wake_s(&s), -1);
	tell_stage_fini(&s);
}

static void remember(struct tell_stage *s, const char *channel, enum message_kind kind,
    int64_t second, enum delivery_state state)
{
	struct delivery d = {.incident = s->in.id,
	    .seq = s->in.seq,
	    .kind = kind,
	    .state = state,
	    .created = wall_add_ms(fixture_at(14, 0), second * MS_PER_S)};

	str_copy(d.channel, sizeof(d.channel), channel);
	tell_restore(s->t, &s->in, &d);
}

static void a_restart_neither_loses_nor_repeats_it(void **state)
{
	struct tell_stage s;

	(void)state;
	tell_stage_init(&s, climbing, 1);
	s.in.seq = 1;
	remember(&s, "slack", MESSAGE_OPENED, 0, DELIVERY_SENT);
	/* It was due while nobody was there. */
	assert_string_equal(tell_stage_time(&s, 1500), "pager opened 1");
	tell_stage_fini(&s);

	tell_stage_init(&s, climbing, 1);
	s.in.seq = 1;
	remember(&s, "slack", MESSAGE_OPENED, 0, DELIVERY_SENT);
	remember(&s, "pager", MESSAGE_OPENED, 900, DELIVERY_PENDING);
	assert_string_equal(tell_stage_time(&s, 1500), "");
	assert_string_equal(tell_stage_fact(&s, 1600, FACT_CLOSED, MAJOR),
	    "slack resolved 2, pager resolved 2");
	tell_stage_fini(&s);
}

/* A relapse that a restart meets begins its own quarter of an hour. */
static void a_restart_counts_from_the_relapse(void **state)
{
	struct tell_stage s;

	(void)state;
	tell_stage_init(&s, climbing, 1);
	s.in.seq = 3;
	s.in.reopened = 1;
	remember(&s, "slack", MESSAGE_OPENED, 0, DELIVERY_SENT);
	remember(&s, "slack", MESSAGE_RESOLVED, 500, DELIVERY_SENT);
	remember(&s, "slack", MESSAGE_REOPENED, 1000, DELIVERY_SENT);
	assert_string_equal(tell_stage_time(&s, 1899), "");
	assert_string_equal(tell_stage_time(&s, 1900), "pager opened 3");
	tell_stage_fini(&s);
}

/* --- silenced --------------------------------------------------------------------- */

static struct hush hush(int64_t from, int64_t until)
{
	return (struct hush){.from = wall_add_ms(fixture_at(14, 0), from * MS_PER_S),
	    .until = wall_add_ms(fixture_at(14, 0), until * MS_PER_S),
	    .subject = "",
	    .targets = deepseek,
	    .n_targets = 1,
	    .why = "silenced until then: they know"};
}

static void what_opens_in_a_silence_is_told_when_it_ends(void **state)
{
	struct hush h = hush(0, 3600);
	struct tell_stage s;

	(void)state;
	tell_stage_init(&s, plain, 1);
	tell_hushes(s.t, &h, 1);
	assert_string_equal(
	    tell_stage_fact(&s, 10, FACT_OPENED, MAJOR), "slack opened 1 muted");
	assert_string_equal(
	    s.up.deliveries[0].last_error, "silenced until then: they know");
	assert_int_equal(tell_stage_wake_s(&s), 3600);
	assert_string_equal(tell_stage_fact(&s, 20, FACT_CHANGED, CRITICAL), "");
	assert_string_equal(tell_stage_time(&s, 3599), "");
	assert_string_equal(tell_stage_time(&s, 3600), "slack opened 2");
	assert_int_equal(tell_stage_wake_s(&s), -1);
	assert_string_equal(
	    tell_stage_fact(&s, 3700, FACT_CLOSED, CRITICAL), "slack resolved 3");
	tell_stage_fini(&s);
}

static void what_ends_within_a_silence_is_never_told(void **state)
{
	struct hush h = hush(0, 3600);
	struct tell_stage s;

	(void)state;
	tell_stage_init(&s, plain, 1);
	tell_hushes(s.t, &h, 1);
	tell_stage_fact(&s, 10, FACT_OPENED, MAJOR);
	assert_string_equal(tell_stage_fact(&s, 20, FACT_CLOSED, MAJOR), "");
	assert_string_equal(tell_stage_time(&s, 4000), "");
	tell_stage_fini(&s);
}

static void who_was_told_before_hears_of_the_silence_and_of_the_end(void **state)
{
	struct hush h = hush(100, 3600);
	struct tell_stage s;

	(void)state;
	tell_stage_init(&s, climbing, 1);
	tell_stage_fact(&s, 0, FACT_OPENED, MAJOR);
	tell_hushes(s.t, &h, 1);
	assert_string_equal(
	    tell_stage_fact(&s, 100, FACT_SILENCED, MAJOR), "slack silenced 2");
	assert_string_equal(
	    tell_stage_fact(&s, 200, FACT_CHANGED, CRITICAL), "slack changed 3 muted");
	/* Neither reminder nor escalation. */
	assert_string_equal(tell_stage_time(&s, 3000), "");
	assert_string_equal(
	    tell_stage_fact(&s, 3100, FACT_CLOSED, CRITICAL), "slack resolved 4");
	tell_stage_fini(&s);
}

static void a_change_within_is_told_behind_it_and_then_it_escalates(void **state)
{
	struct hush h = hush(100, 3600);
	struct tell_stage s;

	(void)state;
	tell_stage_init(&s, climbing, 1);
	tell_stage_fact(&s, 0, FACT_OPENED, MAJOR);
	tell_hushes(s.t, &h, 1);
	tell_stage_fact(&s, 200, FACT_CHANGED, CRITICAL);
	assert_string_equal(tell_stage_time(&s, 3600), "slack changed 2, pager opened 2");
	tell_stage_fini(&s);
}

static void a_silence_that_is_ended_by_hand_is_over_at_once(void **state)
{
	struct hush h = hush(0, 3600);
	struct tell_stage s;

	(void)state;
	tell_stage_init(&s, plain, 1);
	tell_hushes(s.t, &h, 1);
	tell_stage_fact(&s, 10, FACT_OPENED, MAJOR);
	tell_hushes(s.t, NULL, 0);
	assert_string_equal(tell_stage_time(&s, 60), "slack opened 1");
	assert_string_equal(tell_stage_time(&s, 61), "");
	tell_stage_fini(&s);
}

static void a_restart_knows_what_was_kept_back(void **state)
{
	struct hush h = hush(0, 3600);
	struct tell_stage s;

	(void)state;
	tell_stage_init(&s, plain, 1);
	tell_hushes(s.t, &h, 1);
	s.in.seq = 1;
	remember(&s, "slack", MESSAGE_OPENED, 10, DELIVERY_MUTED);
	assert_string_equal(tell_stage_time(&s, 1000), "");
	assert_int_equal(tell_stage_wake_s(&s), 3600);
	assert_string_equal(tell_stage_time(&s, 3600), "slack opened 1");
	tell_stage_fini(&s);

	/* Told since: nothing is left to tell. */
	tell_stage_init(&s, plain, 1);
	s.in.seq = 1;
	remember(&s, "slack", MESSAGE_OPENED, 10, DELIVERY_MUTED);
	remember(&s, "slack", MESSAGE_OPENED, 3600, DELIVERY_SENT);
	assert_string_equal(tell_stage_time(&s, 4000), "");
	tell_stage_fini(&s);

	/* It was over while dimwatch was off. */
	tell_stage_init(&s, plain, 1);
	s.in.seq = 2;
	remember(&s, "slack", MESSAGE_OPENED, 0, DELIVERY_SENT);
	remember(&s, "slack", MESSAGE_CHANGED, 10, DELIVERY_MUTED);
	assert_string_equal(tell_stage_time(&s, 4000), "slack changed 2");
	assert_string_equal(tell_stage_time(&s, 4001), "");
	tell_stage_fini(&s);
}

/* --- whom a hush covers ----------------------------------------------------------- */

static void all_targets_of_an_incident_must_be_silenced(void **state)
{
	static const char *const both[] = {"deepseek", "deepseek-2"};
	struct incident in = fixture_outage();
	struct hush h = hush(0, 10);

	(void)state;
	in.n_targets = 0;
	incident_add_target(&in, "deepseek");
	assert_true(hush_covers(&h, &in));
	incident_add_target(&in, "deepseek-2");
	assert_false(hush_covers(&h, &in));
	h.targets = both;
	h.n_targets = 2;
	assert_true(hush_covers(&h, &in));
	in = fixture_self("disk");
	in.n_targets = 0;
	assert_false(hush_covers(&h, &in));
	h.subject = "self disk";
	assert_true(hush_covers(&h, &in));
}

static void of_two_the_longer_one_counts(void **state)
{
	struct hush all[2];
	struct incident in = fixture_outage();

	(void)state;
	in.n_targets = 0;
	incident_add_target(&in, "deepseek");
	all[0] = hush(0, 20);
	all[1] = hush(5, 10);
	assert_ptr_equal(hush_find(all, 2, &in, fixture_at(14, 0)), &all[0]);
	all[1] = hush(5, 30);
	assert_ptr_equal(
	    hush_find(all, 2, &in, wall_add_ms(fixture_at(14, 0), 6000)), &all[1]);
	assert_null(hush_find(all, 2, &in, wall_add_ms(fixture_at(14, 0), 30000)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(everybody_who_knows_of_it_hears_that_somebody_has_it),
	    cmocka_unit_test(a_relapse_is_another_call),
	    cmocka_unit_test(a_clock_that_is_set_puts_nothing_off_and_hurries_nothing),
	    cmocka_unit_test(after_a_quarter_of_an_hour_the_pager_is_told_once),
	    cmocka_unit_test(an_end_before_that_tells_the_pager_nothing),
	    cmocka_unit_test(a_restart_neither_loses_nor_repeats_it),
	    cmocka_unit_test(a_restart_counts_from_the_relapse),
	    cmocka_unit_test(what_opens_in_a_silence_is_told_when_it_ends),
	    cmocka_unit_test(what_ends_within_a_silence_is_never_told),
	    cmocka_unit_test(who_was_told_before_hears_of_the_silence_and_of_the_end),
	    cmocka_unit_test(a_change_within_is_told_behind_it_and_then_it_escalates),
	    cmocka_unit_test(a_silence_that_is_ended_by_hand_is_over_at_once),
	    cmocka_unit_test(a_restart_knows_what_was_kept_back),
	    cmocka_unit_test(all_targets_of_an_incident_must_be_silenced),
	    cmocka_unit_test(of_two_the_longer_one_counts),
	};

	return cmocka_run_group_tests_name("tell hand", tests, NULL, NULL);
}
