/* SPDX-License-Identifier: MIT
 *
 * The availability detector until it alarms: the vector of the specification and each of
 * its rules.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/alerts/avail_run.h"

/* detection.md 10.3: p0 = 1 %, H = 10.5, pace 60 s. */
static void the_vector_of_the_specification(void **state)
{
	static const struct {
		int at_s;
		bool failed;
		double sum[DETECT_ARMS];
		bool alarm;
		double ask_s;
	} rows[] = {
	    {0,   false, {0, 0, 0, 0},                       false, 60},
	    {60,  true,  {4.4998, 3.9120, 3.2189, 2.3026},   false, 10},
	    {70,  false, {2.2073, 3.2289, 2.9412, 2.2073},   false, 10},
	    {80,  false, {0.0000, 2.5458, 2.6636, 2.1120},   false, 10},
	    {90,  true,  {4.4998, 6.4579, 5.8825, 4.4145},   false, 10},
	    {100, true,  {6.0745, 7.5919, 6.5918, 4.7418},   false, 10},
	    {110, true,  {7.6491, 8.7259, 7.3011, 5.0691},   false, 10},
	    {120, true,  {9.2238, 9.8599, 8.0104, 5.3964},   false, 10},
	    {130, true,  {10.7984, 10.9939, 8.7197, 5.7237}, true,  60},
	};
	struct run r = fed("");

	(void)state;
	r.d.base_n = 199; /* the first good sample is learned: exactly 1 % after it */
	r.d.base_f = 2;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		r.now_ms = T0 + rows[i].at_s * 1000;
		one(&r, 0, rows[i].failed);
		assert_int_equal(r.last.change == DETECT_ALARM, rows[i].alarm);
		assert_true(fabs(r.last.ask_s - rows[i].ask_s) < 1e-9);
		for (int k = 0; k < DETECT_ARMS; k++)
			assert_true(fabs(r.d.sum[k] - rows[i].sum[k]) < 1e-4);
	}
	assert_int_equal(r.last.edge.ms, T0 + 90000); /* where the 0.90 sum left zero: */
	assert_int_equal(r.d.health, HEALTH_DOWN);    /* the last four all failed */
}

static void the_threshold_keeps_its_budget_a_year_at_any_pace(void **state)
{
	static const struct {
		double interval_s, nats;
	} rows[] = {
	    {60,  10.5   },
            {30,  11.1931},
            {15,  11.8863},
            {1,   12.5   },
            {120, 9.8069 },
	    {600, 9.5    }
        };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct detect_pace p = {rows[i].interval_s, SENSITIVITY_NORMAL};

		assert_true(fabs(detect_avail_threshold(&p) - rows[i].nats) < 1e-4);
		p.sensitivity = SENSITIVITY_CALM;
		assert_true(fabs(detect_avail_threshold(&p) - rows[i].nats - 1) < 1e-4);
		p.sensitivity = SENSITIVITY_KEEN;
		assert_true(fabs(detect_avail_threshold(&p) - rows[i].nats + 1) < 1e-4);
	}
}

static void three_failures_a_minute_apart_are_an_outage_and_two_are_not(void **state)
{
	struct run r = fed("GGFF");

	(void)state;
	assert_int_equal(r.alarms, 0);
	assert_int_equal(r.d.health, HEALTH_SUSPECT);
	feed(&r, "F");
	assert_int_equal(r.alarms, 1);
	assert_int_equal(r.last.edge.ms, T0 + 180000);
	assert_int_equal(r.d.health, HEALTH_DOWN);
}

static void a_blip_of_twenty_five_seconds_is_no_outage(void **state)
{
	struct run r = fed("GGG");

	(void)state;
	r.step_s = 5;
	feed(&r, "FFFFFF");
	assert_int_equal(r.alarms, 0);
	r.step_s = 10;
	many(&r, 40, false);
	assert_int_equal(r.d.health, HEALTH_UP);
}

/* "what is over within 30 s": however sure the sums are. */
static void nothing_is_certain_before_thirty_seconds(void **state)
{
	struct run r = fed_at(15, "GF");

	(void)state;
	r.pace.interval_s = 15;
	one(&r, 14, true);
	one(&r, 15, true);
	r.d.sum[0] = 20;
	assert_int_equal(r.alarms, 0);
	one(&r, 0.9, true);
	assert_int_equal(r.alarms, 0);
	one(&r, 0.1, true);
	assert_int_equal(r.alarms, 1);
}

static void at_a_pace_of_a_second_five_paces_are_enough(void **state)
{
	struct run r = fed_at(1, "");

	(void)state;
	r.pace.interval_s = 1;
	feed(&r, "GGGGGFFFFFFF");
	assert_int_equal(r.alarms, 0);
	feed(&r, "F");
	assert_int_equal(r.alarms, 1);
	feed(&r, "GGGGGGGGGG");
	assert_int_equal(r.overs, 0); /* ten paces from the first to the last */
	feed(&r, "G");
	assert_int_equal(r.overs, 1);
}

static void an_alarm_only_at_a_failing_sample(void **state)
{
	struct run r = fed("GF");

	(void)state;
	r.d.sum[3] = 20;
	r.d.n_fail = 5;
	feed(&r, "G");
	assert_int_equal(r.alarms, 0);
	feed(&r, "F");
	assert_int_equal(r.alarms, 1);
}

static void half_of_the_requests_failing_is_degraded_and_major(void **state)
{
	struct run r = fed("GGGFGFGFGF");

	(void)state;
	assert_int_equal(r.alarms, 1);
	assert_int_equal(r.d.health, HEALTH_DEGRADED);
	assert_int_equal(detect_avail_severity(&r.d), SEVERITY_MAJOR);
	assert_int_equal(r.last.edge.ms, T0 + 240000);
}

static void one_in_five_is_minor(void **state)
{
	struct run r = fed("GGG");

	(void)state;
	for (int i = 0; i < 30 && !r.alarms; i++)
		feed(&r, "FGGGG");
	assert_int_equal(r.alarms, 1);
	assert_int_equal(r.d.health, HEALTH_DEGRADED);
	assert_int_equal(detect_avail_severity(&r.d), SEVERITY_MINOR);
}

static void the_base_rate_is_learned_only_when_the_suspicion_has_died(void **state)
{
	struct run r = fed("F");

	(void)state;
	assert_true(fabs(r.d.base_n - 200) < 1e-9);
	for (int i = 0; i < 60; i++)
		feed(&r, "G");
	assert_true(r.d.base_n > 230);
	assert_true(fabs(r.d.base_f - 3) < 1e-9);
	feed(&r, "FFF");
	assert_int_equal(r.alarms, 1);
	many(&r, 10, true);
	assert_true(fabs(r.d.base_f - 3) < 1e-9); /* an incident teaches nothing */
}

static void the_base_rate_keeps_its_bounds_and_half_its_memory(void **state)
{
	struct run r = fed("");

	(void)state;
	many(&r, 30000, false);
	assert_true(r.d.base_n <= DETECT_BASE_MEMORY);
	assert_true(fabs(detect_avail_base(&r.d) - DETECT_BASE_MIN) < 1e-12);
	r.d.base_f = 0.5 * r.d.base_n;
	assert_true(fabs(detect_avail_base(&r.d) - DETECT_BASE_MAX) < 1e-12);
}

static void after_a_failure_six_asks_at_ten_seconds_then_fifteen(void **state)
{
	struct run r = fed("GGF");

	(void)state;
	for (int i = 0; i < 2; i++) {
		assert_true(fabs(r.last.ask_s - 10) < 1e-9);
		one(&r, 10, false);
	}
	one(&r, 10, true);
	for (int i = 0; i < 6; i++) {
		assert_true(fabs(r.last.ask_s - 10) < 1e-9);
		one(&r, 10, false);
	}
	assert_true(fabs(r.last.ask_s - 15) < 1e-9); /* still a quarter of the alarm */
	while (r.d.health == HEALTH_SUSPECT)
		one(&r, 15, false);
	assert_true(fabs(r.last.ask_s - 60) < 1e-9);
}

static void the_bucket_ends_sooner_asks_and_fills_with_the_pace(void **state)
{
	struct run r = fed("G");
	int sooner = 0;

	(void)state;
	r.d.tokens = 2;
	for (int i = 0; i < 4; i++) {
		one(&r, 1, false);
		one(&r, 1, i == 0);
		sooner += r.last.ask_s < 60;
	}
	assert_in_range(sooner, 1, 2);
	many(&r, 300, false);
	assert_true(fabs(r.d.tokens - DETECT_BUCKET) < 1e-9);
}

static void overlapping_asks_are_back_dated_to_the_earliest_start(void **state)
{
	struct run r = fed("GGF");
	int64_t first = r.now_ms - 10000;

	(void)state;
	one(&r, -10, true); /* started before, ended later */
	one(&r, 70, true);
	one(&r, 60, true);
	assert_int_equal(r.alarms, 1);
	assert_int_equal(r.last.edge.ms, first);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_vector_of_the_specification),
	    cmocka_unit_test(the_threshold_keeps_its_budget_a_year_at_any_pace),
	    cmocka_unit_test(three_failures_a_minute_apart_are_an_outage_and_two_are_not),
	    cmocka_unit_test(a_blip_of_twenty_five_seconds_is_no_outage),
	    cmocka_unit_test(nothing_is_certain_before_thirty_seconds),
	    cmocka_unit_test(at_a_pace_of_a_second_five_paces_are_enough),
	    cmocka_unit_test(an_alarm_only_at_a_failing_sample),
	    cmocka_unit_test(half_of_the_requests_failing_is_degraded_and_major),
	    cmocka_unit_test(one_in_five_is_minor),
	    cmocka_unit_test(the_base_rate_is_learned_only_when_the_suspicion_has_died),
	    cmocka_unit_test(the_base_rate_keeps_its_bounds_and_half_its_memory),
	    cmocka_unit_test(after_a_failure_six_asks_at_ten_seconds_then_fifteen),
	    cmocka_unit_test(the_bucket_ends_sooner_asks_and_fills_with_the_pace),
	    cmocka_unit_test(overlapping_asks_are_back_dated_to_the_earliest_start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
