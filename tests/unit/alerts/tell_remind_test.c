/* SPDX-License-Identifier: MIT
 *
 * Reminders while an incident lasts, as timelines in virtual time.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/alerts/incident_fixture.h"
#include "tests/unit/alerts/tell_stage.h"

static const char *const slack_only[] = {"slack"}, *const pager_only[] = {"pager"};
static const struct route hourly[] = {
    {.to = slack_only, .n_to = 1, .repeat_ms = MS_PER_H}
};
static const struct route by_severity[] = {
    {.severities = 1u << SEVERITY_CRITICAL,
     .to = pager_only,
     .n_to = 1,
     .repeat_ms = 10 * MS_PER_MIN},
    {.to = slack_only,				     .n_to = 1, .repeat_ms = MS_PER_H},
};

static void it_reminds_once_an_hour_until_it_is_over(void **state)
{
	struct tell_stage s;

	(void)state;
	tell_stage_init(&s, hourly, 1);
	tell_stage_fact(&s, 0, FACT_OPENED, MAJOR);
	assert_int_equal(tell_stage_wake_s(&s), 3600);
	assert_string_equal(tell_stage_time(&s, 3599), "");
	assert_string_equal(tell_stage_time(&s, 3600), "slack reminder 1");
	assert_string_equal(tell_stage_time(&s, 7199), "");
	assert_string_equal(tell_stage_time(&s, 7200), "slack reminder 1");
	assert_string_equal(
	    tell_stage_fact(&s, 7300, FACT_CLOSED, MAJOR), "slack resolved 2");
	assert_int_equal(tell_stage_wake_s(&s), -1);
	tell_stage_fini(&s);
}

static void what_was_told_meanwhile_puts_the_reminder_off(void **state)
{
	struct tell_stage s;

	(void)state;
	tell_stage_init(&s, hourly, 1);
	tell_stage_fact(&s, 0, FACT_OPENED, MAJOR);
	tell_stage_fact(&s, 3000, FACT_CHANGED, CRITICAL);
	assert_int_equal(tell_stage_wake_s(&s), 6600);
	tell_stage_fini(&s);
}

static void many_missed_reminders_are_one(void **state)
{
	struct tell_stage s;

	(void)state;
	tell_stage_init(&s, hourly, 1);
	tell_stage_fact(&s, 0, FACT_OPENED, MAJOR);
	assert_string_equal(tell_stage_time(&s, 9 * 3600 + 60), "slack reminder 1");
	assert_int_equal(tell_stage_wake_s(&s), 10 * 3600);
	tell_stage_fini(&s);
}

static void the_route_that_holds_now_says_how_often(void **state)
{
	struct tell_stage s;

	(void)state;
	tell_stage_init(&s, by_severity, 2);
	tell_stage_fact(&s, 0, FACT_OPENED, MAJOR);
	assert_int_equal(tell_stage_wake_s(&s), 3600);
	assert_string_equal(tell_stage_fact(&s, 60, FACT_CHANGED, CRITICAL),
	    "slack changed 2, pager opened 2");
	assert_int_equal(tell_stage_wake_s(&s), 660);
	assert_string_equal(
	    tell_stage_time(&s, 660), "slack reminder 2, pager reminder 2");
	tell_stage_fini(&s);
}

static void each_reminder_is_a_message_of_its_own(void **state)
{
	struct tell_stage s;
	struct ulid first;

	(void)state;
	tell_stage_init(&s, hourly, 1);
	tell_stage_fact(&s, 0, FACT_OPENED, MAJOR);
	tell_stage_time(&s, 3600);
	first = s.up.deliveries[0].id;
	tell_stage_time(&s, 7200);
	assert_false(ulid_eq(&first, &s.up.deliveries[0].id));
	tell_stage_fini(&s);
}

static void a_restart_neither_forgets_nor_hurries_a_reminder(void **state)
{
	struct tell_stage before, after;

	(void)state;
	tell_stage_init(&before, hourly, 1);
	tell_stage_fact(&before, 0, FACT_OPENED, MAJOR);
	tell_stage_init(&after, hourly, 1);
	after.in = before.in;
	tell_restore(after.t, &before.in, &before.up.deliveries[0]);
	assert_string_equal(tell_stage_time(&after, 3599), "");
	assert_int_equal(tell_stage_wake_s(&after), 3600);
	assert_string_equal(tell_stage_time(&after, 3600), "slack reminder 1");
	tell_stage_fini(&before);
	tell_stage_fini(&after);
}

static void a_reload_that_adds_repeat_reminds_of_what_is_open(void **state)
{
	static const struct route silent[] = {
	    {.to = slack_only, .n_to = 1}
        };
	struct tell_stage s;

	(void)state;
	tell_stage_init(&s, silent, 1);
	tell_stage_fact(&s, 0, FACT_OPENED, MAJOR);
	assert_int_equal(tell_stage_wake_s(&s), -1);
	tell_stage_routes(&s, hourly, 1);
	assert_int_equal(tell_stage_wake_s(&s), 3600);
	tell_stage_routes(&s, silent, 1);
	assert_int_equal(tell_stage_wake_s(&s), -1);
	tell_stage_fini(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(it_reminds_once_an_hour_until_it_is_over),
	    cmocka_unit_test(what_was_told_meanwhile_puts_the_reminder_off),
	    cmocka_unit_test(many_missed_reminders_are_one),
	    cmocka_unit_test(the_route_that_holds_now_says_how_often),
	    cmocka_unit_test(each_reminder_is_a_message_of_its_own),
	    cmocka_unit_test(a_restart_neither_forgets_nor_hurries_a_reminder),
	    cmocka_unit_test(a_reload_that_adds_repeat_reminds_of_what_is_open),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
