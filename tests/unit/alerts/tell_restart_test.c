/* SPDX-License-Identifier: MIT
 *
 * What the teller knows again after a restart: who is owed what.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/alerts/incident_fixture.h"
#include "tests/unit/alerts/tell_stage.h"

static const char *const pager_and_slack[] = {"pager", "slack"};
static const struct route catch_all[] = {
    {.to = pager_and_slack, .n_to = 2}
};

static struct delivery told(const struct incident *in, const char *channel,
    enum message_kind kind, uint32_t seq, enum delivery_state state)
{
	struct delivery d = {
	    .incident = in->id, .seq = seq, .kind = kind, .state = state};

	str_copy(d.channel, sizeof(d.channel), channel);
	return d;
}

static void restart_knows_who_is_owed_the_end(void **state)
{
	struct delivery d;
	struct tell_stage s;

	(void)state;
	tell_stage_init(&s, catch_all, 1);
	s.in.seq = 1;
	/* Sent, pending and dead alike: all were owed the beginning. */
	d = told(&s.in, "slack", MESSAGE_OPENED, 1, DELIVERY_SENT);
	tell_restore(s.t, &s.in, &d);
	d = told(&s.in, "hook", MESSAGE_OPENED, 1, DELIVERY_DEAD);
	tell_restore(s.t, &s.in, &d);
	assert_string_equal(tell_stage_time(&s, 3600), "");
	assert_string_equal(tell_stage_fact(&s, 4000, FACT_CLOSED, CRITICAL),
	    "slack resolved 2, hook resolved 2");
	tell_stage_fini(&s);
}

static void restart_forgets_who_was_told_the_end_before_a_relapse(void **state)
{
	struct delivery d;
	struct tell_stage s;

	(void)state;
	tell_stage_init(&s, catch_all, 1);
	s.in.seq = 3;
	d = told(&s.in, "pager", MESSAGE_OPENED, 1, DELIVERY_SENT);
	tell_restore(s.t, &s.in, &d);
	d = told(&s.in, "pager", MESSAGE_RESOLVED, 2, DELIVERY_SENT);
	tell_restore(s.t, &s.in, &d);
	d = told(&s.in, "slack", MESSAGE_REOPENED, 3, DELIVERY_SENT);
	tell_restore(s.t, &s.in, &d);
	assert_string_equal(
	    tell_stage_fact(&s, 10, FACT_CLOSED, CRITICAL), "slack resolved 4");
	tell_stage_fini(&s);
}

/* The pager would have heard of what began under a silence; the relapse behind it is not
 * its business, as it was not before the restart. */
static void restart_forgets_who_was_silenced_before_a_relapse(void **state)
{
	struct delivery d;
	struct tell_stage s;

	(void)state;
	tell_stage_init(&s, catch_all, 1);
	s.in.seq = 3;
	s.in.reopened = 1;
	d = told(&s.in, "pager", MESSAGE_OPENED, 1, DELIVERY_MUTED);
	tell_restore(s.t, &s.in, &d);
	d = told(&s.in, "slack", MESSAGE_REOPENED, 3, DELIVERY_SENT);
	tell_restore(s.t, &s.in, &d);
	assert_string_equal(tell_stage_time(&s, 3600), "");
	tell_stage_fini(&s);
}

static void restart_in_the_wait_waits_anew(void **state)
{
	struct delivery d;
	struct tell_stage s;

	(void)state;
	tell_stage_init(&s, catch_all, 1);
	s.in.seq = 2; /* entry 2 of the log, an easing, was told to nobody */
	s.in.severity_now = SEVERITY_MAJOR;
	d = told(&s.in, "slack", MESSAGE_OPENED, 1, DELIVERY_SENT);
	tell_restore(s.t, &s.in, &d);
	assert_string_equal(tell_stage_time(&s, 100), "");
	assert_int_equal(tell_stage_wake_s(&s), 1300);
	assert_string_equal(tell_stage_time(&s, 1300), "slack changed 2");
	tell_stage_fini(&s);
}

static void restart_in_the_wait_then_a_rise_tells_nothing(void **state)
{
	struct delivery d;
	struct tell_stage s;

	(void)state;
	tell_stage_init(&s, catch_all, 1);
	s.in.seq = 2;
	s.in.severity_now = SEVERITY_MAJOR;
	d = told(&s.in, "slack", MESSAGE_OPENED, 1, DELIVERY_SENT);
	tell_restore(s.t, &s.in, &d);
	d = told(&s.in, "pager", MESSAGE_OPENED, 1, DELIVERY_SENT);
	tell_restore(s.t, &s.in, &d);
	assert_string_equal(
	    tell_stage_fact(&s, 100, FACT_CHANGED, SEVERITY_CRITICAL), "");
	assert_int_equal(tell_stage_wake_s(&s), -1);
	tell_stage_fini(&s);
}

static void restart_does_not_repeat_a_told_easing(void **state)
{
	struct delivery d;
	struct tell_stage s;

	(void)state;
	tell_stage_init(&s, catch_all, 1);
	s.in.seq = 2;
	s.in.severity_now = SEVERITY_MAJOR;
	d = told(&s.in, "slack", MESSAGE_OPENED, 1, DELIVERY_SENT);
	tell_restore(s.t, &s.in, &d);
	d = told(&s.in, "slack", MESSAGE_CHANGED, 2, DELIVERY_SENT);
	tell_restore(s.t, &s.in, &d);
	assert_string_equal(tell_stage_time(&s, 3600), "");
	assert_string_equal(tell_stage_fact(&s, 3700, FACT_CHANGED, CRITICAL),
	    "slack changed 3, pager opened 3");
	tell_stage_fini(&s);
}

static void restart_ignores_incidents_that_are_over(void **state)
{
	struct delivery d;
	struct tell_stage s;

	(void)state;
	tell_stage_init(&s, catch_all, 1);
	s.in = fixture_recovered();
	d = told(&s.in, "slack", MESSAGE_OPENED, 1, DELIVERY_SENT);
	tell_restore(s.t, &s.in, &d);
	assert_string_equal(tell_stage_fact(&s, 10, FACT_CLOSED, CRITICAL), "");
	tell_stage_fini(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(restart_knows_who_is_owed_the_end),
	    cmocka_unit_test(restart_forgets_who_was_told_the_end_before_a_relapse),
	    cmocka_unit_test(restart_forgets_who_was_silenced_before_a_relapse),
	    cmocka_unit_test(restart_in_the_wait_waits_anew),
	    cmocka_unit_test(restart_in_the_wait_then_a_rise_tells_nothing),
	    cmocka_unit_test(restart_does_not_repeat_a_told_easing),
	    cmocka_unit_test(restart_ignores_incidents_that_are_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
