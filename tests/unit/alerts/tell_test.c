/* SPDX-License-Identifier: MIT
 *
 * Which change owes which delivery to whom, as timelines in virtual time.
 */
#include "alerts/tell.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/alerts/incident_fixture.h"
#include "tests/unit/alerts/tell_stage.h"

static const char *const pager_and_slack[] = {"pager", "slack"};
static const char *const slack_only[] = {"slack"}, *const hook_only[] = {"hook"};
static const struct route catch_all[] = {
    {.to = pager_and_slack, .n_to = 2}
};
static const struct route by_severity[] = {
    {.severities = 1u << SEVERITY_CRITICAL, .to = pager_and_slack, .n_to = 2},
    {.to = slack_only,				     .n_to = 1					  },
};
static const struct route critical_only[] = {
    {.severities = 1u << SEVERITY_CRITICAL, .to = pager_and_slack, .n_to = 2}
};
static const struct route to_hook[] = {
    {.to = hook_only, .n_to = 1}
};

static void opened_and_resolved_go_to_the_channels_of_the_route(void **state)
{
	struct tell_stage s;

	(void)state;
	tell_stage_init(&s, catch_all, 1);
	assert_string_equal(tell_stage_fact(&s, 0, FACT_OPENED, CRITICAL),
	    "pager opened 1, slack opened 1");
	assert_int_equal(tell_stage_wake_s(&s), -1);
	assert_string_equal(tell_stage_fact(&s, 60, FACT_CLOSED, CRITICAL),
	    "pager resolved 2, slack resolved 2");
	tell_stage_fini(&s);
}

static void end_is_told_only_to_whom_the_beginning_was_owed(void **state)
{
	struct tell_stage s;

	(void)state;
	tell_stage_init(&s, critical_only, 1);
	assert_string_equal(tell_stage_fact(&s, 0, FACT_OPENED, MINOR), "");
	assert_string_equal(tell_stage_fact(&s, 60, FACT_CLOSED, MINOR), "");
	/* New routes apply to what happens from then on. */
	tell_stage_fini(&s);
	tell_stage_init(&s, by_severity, 2);
	assert_string_equal(tell_stage_fact(&s, 0, FACT_OPENED, MINOR), "slack opened 1");
	tell_stage_routes(&s, to_hook, 1);
	assert_string_equal(
	    tell_stage_fact(&s, 60, FACT_CLOSED, MINOR), "slack resolved 2");
	tell_stage_fini(&s);
}

static void health_without_an_incident_owes_nothing(void **state)
{
	static const enum fact_kind kinds[] = {
	    FACT_UP, FACT_SUSPECT, FACT_UNKNOWN, FACT_RECOVERING, FACT_RELAPSE, FACT_GAP};
	struct tell_stage s;

	(void)state;
	tell_stage_init(&s, catch_all, 1);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		assert_string_equal(
		    tell_stage_fact(&s, (int64_t)i, kinds[i], CRITICAL), "");
	tell_stage_fini(&s);
}

static void upward_change_is_told_at_once(void **state)
{
	struct tell_stage s;

	(void)state;
	tell_stage_init(&s, catch_all, 1);
	tell_stage_fact(&s, 0, FACT_OPENED, MAJOR);
	assert_string_equal(tell_stage_fact(&s, 5, FACT_CHANGED, CRITICAL),
	    "pager changed 2, slack changed 2");
	tell_stage_fini(&s);
}

static void change_that_moves_no_severity_is_not_told(void **state)
{
	struct tell_stage s;

	(void)state;
	tell_stage_init(&s, catch_all, 1);
	tell_stage_fact(&s, 0, FACT_OPENED, CRITICAL);
	assert_string_equal(tell_stage_fact(&s, 5, FACT_CHANGED, CRITICAL), "");
	assert_int_equal(tell_stage_wake_s(&s), -1);
	tell_stage_fini(&s);
}

static void rise_into_another_route_opens_for_who_was_not_told(void **state)
{
	struct tell_stage s;

	(void)state;
	tell_stage_init(&s, by_severity, 2);
	assert_string_equal(tell_stage_fact(&s, 0, FACT_OPENED, MAJOR), "slack opened 1");
	assert_string_equal(tell_stage_fact(&s, 5, FACT_CHANGED, CRITICAL),
	    "slack changed 2, pager opened 2");
	assert_string_equal(tell_stage_fact(&s, 9, FACT_CLOSED, CRITICAL),
	    "slack resolved 3, pager resolved 3");
	tell_stage_fini(&s);
}

static void rise_opens_even_when_nobody_was_told_before(void **state)
{
	struct tell_stage s;

	(void)state;
	tell_stage_init(&s, critical_only, 1);
	assert_string_equal(tell_stage_fact(&s, 0, FACT_OPENED, MAJOR), "");
	assert_string_equal(tell_stage_fact(&s, 5, FACT_CHANGED, CRITICAL),
	    "pager opened 2, slack opened 2");
	tell_stage_fini(&s);
}

static void what_fails_less_is_told_after_twenty_minutes_not_before(void **state)
{
	struct tell_stage s;

	(void)state;
	tell_stage_init(&s, catch_all, 1);
	tell_stage_fact(&s, 0, FACT_OPENED, CRITICAL);
	assert_string_equal(tell_stage_fact(&s, 10, FACT_CHANGED, MAJOR), "");
	assert_int_equal(tell_stage_wake_s(&s), 1210);
	assert_string_equal(tell_stage_time(&s, 1209), "");
	assert_int_equal(tell_stage_wake_s(&s), 1210);
	assert_string_equal(
	    tell_stage_time(&s, 1210), "pager changed 2, slack changed 2");
	assert_int_equal(tell_stage_wake_s(&s), -1);
	assert_string_equal(tell_stage_time(&s, 1800), "");
	tell_stage_fini(&s);
}

static void what_answers_again_is_told_after_five_minutes_not_before(void **state)
{
	struct tell_stage s;

	(void)state;
	tell_stage_init(&s, catch_all, 1);
	tell_stage_fact(&s, 0, FACT_OPENED, CRITICAL);
	s.in.health = HEALTH_UP; /* slow is all it is */
	assert_string_equal(tell_stage_fact(&s, 10, FACT_CHANGED, MINOR), "");
	assert_int_equal(tell_stage_wake_s(&s), 310);
	assert_string_equal(tell_stage_time(&s, 309), "");
	assert_string_equal(tell_stage_time(&s, 310), "pager changed 2, slack changed 2");
	assert_int_equal(tell_stage_wake_s(&s), -1);
	tell_stage_fini(&s);
}

static void an_easing_that_did_not_last_makes_the_next_wait_longer(void **state)
{
	struct tell_stage s;

	(void)state;
	tell_stage_init(&s, catch_all, 1);
	tell_stage_fact(&s, 0, FACT_OPENED, CRITICAL);
	tell_stage_fact(&s, 10, FACT_CHANGED, MAJOR);
	tell_stage_fact(&s, 100, FACT_CHANGED, CRITICAL);
	tell_stage_fact(&s, 200, FACT_CHANGED, MAJOR);
	assert_int_equal(tell_stage_wake_s(&s), 200 + 4800);
	tell_stage_fact(&s, 300, FACT_CHANGED, CRITICAL);
	tell_stage_fact(&s, 400, FACT_CHANGED, MAJOR);
	assert_int_equal(tell_stage_wake_s(&s), 400 + 4800);
	/* That it answers again is another matter, and waits by its own relapses. */
	s.in.health = HEALTH_UP;
	tell_stage_fact(&s, 500, FACT_CHANGED, MINOR);
	assert_int_equal(tell_stage_wake_s(&s), 500 + 300);
	s.in.health = HEALTH_DOWN;
	tell_stage_fact(&s, 600, FACT_CHANGED, CRITICAL);
	s.in.health = HEALTH_UP;
	tell_stage_fact(&s, 700, FACT_CHANGED, MINOR);
	assert_int_equal(tell_stage_wake_s(&s), 700 + 1200);
	tell_stage_fini(&s);
}

static void downward_change_is_not_told_if_it_rose_again(void **state)
{
	struct tell_stage s;

	(void)state;
	tell_stage_init(&s, catch_all, 1);
	tell_stage_fact(&s, 0, FACT_OPENED, CRITICAL);
	tell_stage_fact(&s, 10, FACT_CHANGED, MAJOR);
	assert_string_equal(tell_stage_fact(&s, 200, FACT_CHANGED, CRITICAL), "");
	assert_int_equal(tell_stage_wake_s(&s), -1);
	assert_string_equal(tell_stage_time(&s, 3600), "");
	tell_stage_fini(&s);
}

static void each_lower_level_must_last_by_itself(void **state)
{
	struct tell_stage s;

	(void)state;
	tell_stage_init(&s, catch_all, 1);
	tell_stage_fact(&s, 0, FACT_OPENED, CRITICAL);
	tell_stage_fact(&s, 10, FACT_CHANGED, MAJOR);
	assert_string_equal(tell_stage_fact(&s, 200, FACT_CHANGED, MINOR), "");
	assert_int_equal(tell_stage_wake_s(&s), 1400);
	/* A change of something else does not prolong the wait. */
	assert_string_equal(tell_stage_fact(&s, 300, FACT_CHANGED, MINOR), "");
	assert_int_equal(tell_stage_wake_s(&s), 1400);
	assert_string_equal(
	    tell_stage_time(&s, 1400), "pager changed 4, slack changed 4");
	tell_stage_fini(&s);
}

static void an_end_in_time_swallows_the_easing(void **state)
{
	struct tell_stage s;

	(void)state;
	tell_stage_init(&s, catch_all, 1);
	tell_stage_fact(&s, 0, FACT_OPENED, CRITICAL);
	tell_stage_fact(&s, 10, FACT_CHANGED, MAJOR);
	assert_string_equal(tell_stage_fact(&s, 100, FACT_CLOSED, MAJOR),
	    "pager resolved 3, slack resolved 3");
	assert_int_equal(tell_stage_wake_s(&s), -1);
	assert_string_equal(tell_stage_time(&s, 3600), "");
	tell_stage_fini(&s);
}

static void rise_after_a_told_easing_is_told_again(void **state)
{
	struct tell_stage s;

	(void)state;
	tell_stage_init(&s, catch_all, 1);
	tell_stage_fact(&s, 0, FACT_OPENED, CRITICAL);
	tell_stage_fact(&s, 10, FACT_CHANGED, MAJOR);
	tell_stage_time(&s, 1210);
	assert_string_equal(tell_stage_fact(&s, 1300, FACT_CHANGED, CRITICAL),
	    "pager changed 3, slack changed 3");
	tell_stage_fini(&s);
}

static void reopened_goes_to_the_route_and_its_end_to_the_same(void **state)
{
	struct tell_stage s;

	(void)state;
	tell_stage_init(&s, by_severity, 2);
	tell_stage_fact(&s, 0, FACT_OPENED, CRITICAL);
	tell_stage_fact(&s, 60, FACT_CLOSED, CRITICAL);
	assert_string_equal(
	    tell_stage_fact(&s, 120, FACT_REOPENED, MAJOR), "slack reopened 3");
	assert_string_equal(
	    tell_stage_fact(&s, 180, FACT_CLOSED, MAJOR), "slack resolved 4");
	tell_stage_fini(&s);
}

static void retracted_goes_to_whom_the_beginning_was_owed(void **state)
{
	struct tell_stage s;

	(void)state;
	tell_stage_init(&s, by_severity, 2);
	tell_stage_fact(&s, 0, FACT_OPENED, MAJOR);
	assert_string_equal(
	    tell_stage_fact(&s, 60, FACT_RETRACTED, MAJOR), "slack retracted 2");
	assert_string_equal(tell_stage_fact(&s, 61, FACT_CLOSED, MAJOR), "");
	tell_stage_fini(&s);
}

static void notice_is_raised_and_cleared(void **state)
{
	struct tell_stage s;

	(void)state;
	tell_stage_init(&s, by_severity, 2);
	s.in = fixture_notice();
	s.in.seq = 0;
	assert_string_equal(
	    tell_stage_fact(&s, 0, FACT_NOTICE, MINOR), "slack notice_raised 1");
	assert_string_equal(
	    tell_stage_fact(&s, 60, FACT_CLEARED, MINOR), "slack notice_cleared 2");
	tell_stage_fini(&s);
}

static void trouble_of_a_channel_is_told_to_every_other_one(void **state)
{
	static const struct route two[] = {
	    {.severities = 1u << SEVERITY_CRITICAL, .to = pager_and_slack, .n_to = 2},
	    {.to = hook_only,				     .n_to = 1					   },
	};
	struct tell_stage s;

	(void)state;
	tell_stage_init(&s, two, 2);
	s.in = fixture_self("channel slack");
	s.in.seq = 0;
	assert_string_equal(
	    tell_stage_fact(&s, 0, FACT_OPENED, MAJOR), "pager opened 1, hook opened 1");
	assert_string_equal(tell_stage_fact(&s, 60, FACT_CLOSED, MAJOR),
	    "pager resolved 2, hook resolved 2");
	/* Other trouble of our own takes the way of everything else. */
	s.in = fixture_self("disk");
	s.in.seq = 0;
	assert_string_equal(tell_stage_fact(&s, 70, FACT_OPENED, MAJOR), "hook opened 1");
	tell_stage_fini(&s);
}

static void channel_named_twice_is_told_once(void **state)
{
	static const char *const twice[] = {"slack", "slack"};
	static const struct route routes[] = {
	    {.to = twice, .n_to = 2}
        };
	struct tell_stage s;

	(void)state;
	tell_stage_init(&s, routes, 1);
	assert_string_equal(tell_stage_fact(&s, 0, FACT_OPENED, MAJOR), "slack opened 1");
	tell_stage_fini(&s);
}

static void same_facts_give_the_same_ids_whenever_they_are_folded(void **state)
{
	struct ulid first[4], second[4];
	struct tell_stage s;

	(void)state;
	for (int round = 0; round < 2; round++) {
		struct ulid *ids = round ? second : first;

		tell_stage_init(&s, catch_all, 1);
		tell_stage_fact(&s, 0, FACT_OPENED, CRITICAL);
		ids[0] = s.up.deliveries[0].id;
		ids[1] = s.up.deliveries[1].id;
		tell_stage_fact(&s, 10, FACT_CHANGED, MAJOR);
		tell_stage_time(&s, round ? 1210 : 1230); /* a late wake-up */
		assert_int_equal(s.up.n, 2);
		ids[2] = s.up.deliveries[0].id;
		tell_stage_fact(&s, 1400, FACT_CLOSED, MAJOR);
		ids[3] = s.up.deliveries[0].id;
		tell_stage_fini(&s);
	}
	for (int i = 0; i < 4; i++) {
		assert_true(ulid_eq(&first[i], &second[i]));
		for (int k = 0; k < i; k++)
			assert_false(ulid_eq(&first[i], &first[k]));
	}
}

static void two_incidents_do_not_mix(void **state)
{
	struct tell_stage s;
	struct incident other = fixture_notice();

	(void)state;
	tell_stage_init(&s, catch_all, 1);
	tell_stage_fact(&s, 0, FACT_OPENED, CRITICAL);
	tell_stage_fact(&s, 10, FACT_CHANGED, MAJOR);
	other.seq = 0;
	s.in = other;
	assert_string_equal(tell_stage_fact(&s, 20, FACT_NOTICE, MINOR),
	    "pager notice_raised 1, slack notice_raised 1");
	assert_int_equal(tell_stage_wake_s(&s), 1210);
	tell_stage_fini(&s);
}

static void without_routes_nobody_is_told(void **state)
{
	struct tell *t = tell_new();
	struct tell_update up;
	struct fact f = {
	    .kind = FACT_OPENED, .at = fixture_at(14, 3), .incident = fixture_outage()};
	struct tell_event ev = {TELL_FACT, fixture_at(14, 3), &f, NULL};

	(void)state;
	tell_update_init(&up);
	tell_step(t, &ev, &up);
	assert_int_equal(up.n, 0);
	tell_update_fini(&up);
	tell_free(t);
	tell_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(opened_and_resolved_go_to_the_channels_of_the_route),
	    cmocka_unit_test(end_is_told_only_to_whom_the_beginning_was_owed),
	    cmocka_unit_test(health_without_an_incident_owes_nothing),
	    cmocka_unit_test(upward_change_is_told_at_once),
	    cmocka_unit_test(change_that_moves_no_severity_is_not_told),
	    cmocka_unit_test(rise_into_another_route_opens_for_who_was_not_told),
	    cmocka_unit_test(rise_opens_even_when_nobody_was_told_before),
	    cmocka_unit_test(what_fails_less_is_told_after_twenty_minutes_not_before),
	    cmocka_unit_test(what_answers_again_is_told_after_five_minutes_not_before),
	    cmocka_unit_test(an_easing_that_did_not_last_makes_the_next_wait_longer),
	    cmocka_unit_test(downward_change_is_not_told_if_it_rose_again),
	    cmocka_unit_test(each_lower_level_must_last_by_itself),
	    cmocka_unit_test(an_end_in_time_swallows_the_easing),
	    cmocka_unit_test(rise_after_a_told_easing_is_told_again),
	    cmocka_unit_test(reopened_goes_to_the_route_and_its_end_to_the_same),
	    cmocka_unit_test(retracted_goes_to_whom_the_beginning_was_owed),
	    cmocka_unit_test(notice_is_raised_and_cleared),
	    cmocka_unit_test(trouble_of_a_channel_is_told_to_every_other_one),
	    cmocka_unit_test(channel_named_twice_is_told_once),
	    cmocka_unit_test(same_facts_give_the_same_ids_whenever_they_are_folded),
	    cmocka_unit_test(two_incidents_do_not_mix),
	    cmocka_unit_test(without_routes_nobody_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
