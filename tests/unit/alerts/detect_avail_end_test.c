/* SPDX-License-Identifier: MIT
 *
 * The availability detector inside an incident: severity, the end, flapping, chronic
 * targets, gaps and clocks.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/alerts/avail_run.h"

static void degraded_is_down_at_nine_of_ten_and_degraded_again_at_six(void **state)
{
	struct run r = fed("GGGFGFGFGF");

	(void)state;
	feed(&r, "FFFFFF");
	assert_int_equal(r.d.health, HEALTH_DEGRADED);
	feed(&r, "F");
	assert_int_equal(r.d.health, HEALTH_DOWN);
	assert_int_equal(detect_avail_severity(&r.d), SEVERITY_CRITICAL);
	feed(&r, "GFGF");
	assert_int_equal(r.d.health, HEALTH_DOWN);
	feed(&r, "GFGF");
	assert_int_equal(r.d.health, HEALTH_DEGRADED);
}

static void a_hard_outage_is_over_after_four_good_answers_in_sixty_seconds(void **state)
{
	struct run r = fed("GFFFF");

	(void)state;
	r.step_s = 20;
	feed(&r, "GG");
	assert_int_equal(r.d.health, HEALTH_RECOVERING);
	assert_int_equal(detect_avail_severity(&r.d), SEVERITY_CRITICAL);
	assert_true(fabs(r.last.ask_s - 20) < 1e-9);
	feed(&r, "G");
	assert_int_equal(r.overs, 0);
	feed(&r, "G");
	assert_int_equal(r.overs, 1);
	assert_int_equal(r.last.edge.ms, r.now_ms - 60000);
	assert_int_equal(r.d.health, HEALTH_UP);
}

/* A slow answer begins before the first failure and ends behind the last. */
static void an_older_good_answer_never_ends_it_before_it_began(void **state)
{
	struct run r = fed("GGGG");
	int64_t slow_ms = r.now_ms + 30000;

	(void)state;
	many(&r, 8, true);
	assert_int_equal(r.alarms, 1);
	detect_avail_on_sample(&r.d, &r.pace, (struct wall){slow_ms}, false, &r.last);
	while (!r.overs && r.now_ms < T0 + MS_PER_H)
		one(&r, 60, false);
	assert_int_equal(r.overs, 1);
	assert_int_equal(r.last.edge.ms, T0 + 5 * MS_PER_MIN); /* where it began */
}

static void one_lucky_answer_is_no_recovery_and_a_failure_is_a_relapse(void **state)
{
	struct run r = fed("GFFFFG");

	(void)state;
	assert_int_equal(r.d.health, HEALTH_DOWN);
	feed(&r, "G");
	assert_int_equal(r.d.health, HEALTH_RECOVERING);
	feed(&r, "FF");
	assert_int_equal(r.d.health, HEALTH_DOWN);
	assert_int_equal(r.overs, 0);
}

static void opening_again_soon_makes_the_dwell_four_times_longer(void **state)
{
	struct run r = fed("GFFFGGGG");

	(void)state;
	assert_int_equal(r.overs, 1);
	feed(&r, "GGFFF");
	assert_int_equal(r.alarms, 2);
	feed(&r, "GGGG"); /* 180 s */
	assert_int_equal(r.overs, 1);
	feed(&r, "G"); /* 240 s */
	assert_int_equal(r.overs, 2);
	many(&r, 500, false); /* more than six hours of peace */
	feed(&r, "FFFGGGG");
	assert_int_equal(r.overs, 3);
}

static void the_third_opening_of_half_a_day_is_chronic(void **state)
{
	struct run r = fed("G");

	(void)state;
	for (int i = 0; i < 2; i++) {
		feed(&r, "FFFGGGGG");
		assert_int_equal(r.overs, i + 1);
	}
	feed(&r, "FFF");
	assert_false(r.d.chronic); /* 1 + 2 x a little less than 1 */
	many(&r, 20, false);
	assert_int_equal(r.overs, 3);
	feed(&r, "FFF");
	assert_true(r.d.chronic);
	many(&r, 300, false);
	assert_int_equal(r.overs, 3);
	many(&r, 100, false);
	assert_int_equal(r.overs, 4);
}

static void a_gap_forgets_suspicion_and_neither_alarm_nor_base(void **state)
{
	struct run r = fed("GGFF|F");
	double base;

	(void)state;
	assert_int_equal(r.alarms, 0);
	r = fed("GGFFFGG");
	base = r.d.base_n;
	assert_int_equal(r.d.health, HEALTH_RECOVERING);
	feed(&r, "|");
	assert_int_equal(r.d.health, HEALTH_DOWN);
	assert_true(fabs(r.d.base_n - base) < 1e-9);
	feed(&r, "GGG");
	assert_int_equal(r.overs, 0);
	feed(&r, "G");
	assert_int_equal(r.overs, 1);
}

static void an_adopted_alarm_ends_like_any_other(void **state)
{
	struct run r = fed("");

	(void)state;
	detect_avail_adopt(&r.d, (struct wall){T0}, true);
	assert_int_equal(r.d.health, HEALTH_DOWN);
	feed(&r, "GGGG");
	assert_int_equal(r.overs, 1);
}

static void a_clock_that_steps_back_leaves_no_time_ahead(void **state)
{
	struct run r = fed("GFFFG");
	struct wall now = {T0 + 1000};

	(void)state;
	detect_avail_on_clock_back(&r.d, now);
	assert_true(r.d.evidence_ms <= now.ms && r.d.since_ms <= now.ms);
	assert_true(r.d.end_onset_ms <= now.ms && r.d.first_fail_ms <= now.ms);
	r.now_ms = now.ms;
	feed(&r, "GGGG");
	assert_int_equal(r.overs, 1);
}

/* "time shifted by a constant shifts only times" */
static void a_shift_of_time_changes_nothing_else(void **state)
{
	static const char story[] = "GGFGGFFGFFFFFFGFGGGGGGGGGFFFGGGG";
	struct run a = fed(""), b = fed("");

	(void)state;
	b.now_ms += 123456789;
	for (const char *p = story; *p; p++) {
		char text[2] = {*p, 0};

		feed(&a, text);
		feed(&b, text);
		assert_int_equal(a.d.health, b.d.health);
		assert_int_equal(a.last.change, b.last.change);
		assert_memory_equal(a.d.sum, b.d.sum, sizeof(a.d.sum));
		if (a.last.change != DETECT_SAME)
			assert_int_equal(b.last.edge.ms - a.last.edge.ms, 123456789);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(degraded_is_down_at_nine_of_ten_and_degraded_again_at_six),
	    cmocka_unit_test(
		a_hard_outage_is_over_after_four_good_answers_in_sixty_seconds),
	    cmocka_unit_test(an_older_good_answer_never_ends_it_before_it_began),
	    cmocka_unit_test(one_lucky_answer_is_no_recovery_and_a_failure_is_a_relapse),
	    cmocka_unit_test(opening_again_soon_makes_the_dwell_four_times_longer),
	    cmocka_unit_test(the_third_opening_of_half_a_day_is_chronic),
	    cmocka_unit_test(a_gap_forgets_suspicion_and_neither_alarm_nor_base),
	    cmocka_unit_test(an_adopted_alarm_ends_like_any_other),
	    cmocka_unit_test(a_clock_that_steps_back_leaves_no_time_ahead),
	    cmocka_unit_test(a_shift_of_time_changes_nothing_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
