/* SPDX-License-Identifier: MIT
 *
 * The latency detector alone: what it learns, what it says, what it keeps quiet about.
 */
#include "alerts/detect_latency.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "agent/base/rng.h"

#define T0 INT64_C(1767225600000)

struct run {
	struct detect_latency d;
	struct detect_pace pace;
	struct latency_step last;
	struct rng rng;
	int64_t now_ms;
	int alarms, overs, normals;
};

static struct run fresh(void)
{
	struct run r = {
	    .pace = {60, SENSITIVITY_NORMAL},
              .now_ms = T0
        };

	detect_latency_init(&r.d);
	rng_init(&r.rng, 5);
	return r;
}

static void one(struct run *r, double ms)
{
	r->now_ms += 60000;
	detect_latency_on_good(&r->d, &r->pace, (struct wall){r->now_ms}, ms, &r->last);
	r->alarms += r->last.change == DETECT_ALARM;
	r->overs += r->last.change == DETECT_OVER;
	r->normals += r->last.change == DETECT_NORMAL;
}

/* Between 0.8 and 1.25 times ms. */
static void many(struct run *r, int n, double ms)
{
	for (int i = 0; i < n; i++)
		one(r, ms * exp2((rng_unit(&r->rng) - 0.5) * 0.64));
}

static void silent_before_a_hundred_samples(void **state)
{
	struct run r = fresh();

	(void)state;
	many(&r, 50, 500);
	many(&r, 49, 5000);
	assert_int_equal(r.alarms, 0);
	assert_true(detect_latency_usual_ms(&r.d, (struct wall){r.now_ms}) <= 0);
}

static void the_usual_is_learned_and_an_outlier_does_not_drag_it(void **state)
{
	struct run r = fresh();
	double usual;

	(void)state;
	many(&r, 3000, 500);
	usual = detect_latency_usual_ms(&r.d, (struct wall){r.now_ms});
	assert_true(usual > 450 && usual < 550);
	assert_true(detect_latency_p99_ms(&r.d, (struct wall){r.now_ms}) > usual);
	one(&r, 1e6);
	assert_true(
	    fabs(detect_latency_usual_ms(&r.d, (struct wall){r.now_ms}) - usual) < 10);
	assert_int_equal(r.alarms, 0);
}

/* From 600 ms at 02:00 to 1200 ms at 14:00 and back: each hour has its own median. */
static void the_hours_have_their_own_habits(void **state)
{
	struct run r = fresh();
	double night, noon;

	(void)state;
	for (int i = 0; i < 12 * 1440; i++) {
		double swing = sin(6.283185307179586 * (i / 60.0 - 8) / 24);

		many(&r, 1, 850 * exp2(0.5 * swing));
	}
	night = detect_latency_usual_ms(&r.d, (struct wall){T0 + 2 * MS_PER_H});
	noon = detect_latency_usual_ms(&r.d, (struct wall){T0 + 14 * MS_PER_H});
	assert_true(night > 540 && night < 680);
	assert_true(noon > 1060 && noon < 1350);
	assert_int_equal(r.alarms, 0);
}

static void three_times_slower_is_told_within_a_quarter_of_an_hour(void **state)
{
	struct run r = fresh();
	int64_t began;

	(void)state;
	many(&r, 6000, 600);
	began = r.now_ms;
	for (int i = 0; i < 15 && !r.alarms; i++)
		many(&r, 1, 1800);
	assert_int_equal(r.alarms, 1);
	assert_int_equal(r.last.edge.ms, began + 60000);
	assert_int_equal(detect_latency_severity(&r.d), SEVERITY_MINOR);
	assert_true(r.now_ms - began >= (int64_t)DETECT_LAT_SPAN_S * 1000);
}

static void five_times_slower_is_major(void **state)
{
	struct run r = fresh();

	(void)state;
	many(&r, 6000, 600);
	many(&r, 15, 3600);
	assert_int_equal(r.alarms, 1);
	assert_int_equal(detect_latency_severity(&r.d), SEVERITY_MAJOR);
}

/* "before three days: mean ratio >= 3" */
static void in_the_first_days_only_three_times_slower_counts(void **state)
{
	struct run r = fresh();

	(void)state;
	many(&r, 2000, 600);
	many(&r, 60, 1400);
	assert_int_equal(r.alarms, 0);
	many(&r, 200, 600);
	many(&r, 60, 2400);
	assert_int_equal(r.alarms, 1);
}

static void less_than_half_more_or_300_ms_never_adds_up(void **state)
{
	struct run r = fresh();

	(void)state;
	many(&r, 6000, 2000);
	many(&r, 1000, 2500);
	assert_int_equal(r.alarms, 0);
	r = fresh();
	many(&r, 6000, 50);
	many(&r, 300, 250);
	assert_int_equal(r.alarms, 0);
}

static void calm_waits_for_twice_as_slow(void **state)
{
	struct run a = fresh(), b;

	(void)state;
	many(&a, 6000, 800);
	b = a;
	b.pace.sensitivity = SENSITIVITY_CALM;
	many(&a, 60, 1450);
	many(&b, 60, 1450);
	assert_int_equal(a.alarms, 1);
	assert_int_equal(b.alarms, 0);
}

static void it_ends_with_the_first_fast_answer_of_the_run(void **state)
{
	struct run r = fresh();
	int64_t ended;

	(void)state;
	many(&r, 6000, 600);
	many(&r, 30, 2400);
	assert_int_equal(r.alarms, 1);
	ended = r.now_ms;
	for (int i = 0; i < 30 && !r.overs; i++)
		many(&r, 1, 560);
	assert_int_equal(r.overs, 1);
	assert_true(r.last.edge.ms - ended <= 3 * 60000);
	assert_true(detect_latency_usual_ms(&r.d, (struct wall){r.now_ms}) < 700);
}

static void a_day_of_slowness_is_the_new_normal(void **state)
{
	struct run r = fresh();

	(void)state;
	many(&r, 6000, 600);
	many(&r, 1460, 2400);
	assert_int_equal(r.alarms, 1);
	assert_int_equal(r.normals, 1);
	many(&r, 6000, 2400);
	assert_int_equal(r.alarms, 1);
	assert_true(detect_latency_usual_ms(&r.d, (struct wall){r.now_ms}) > 2000);
}

static void a_gap_forgets_suspicion_and_not_the_habits(void **state)
{
	struct run r = fresh();

	(void)state;
	many(&r, 6000, 600);
	for (int i = 0; i < 10; i++) {
		many(&r, 3, 2400);
		detect_latency_on_gap(&r.d);
	}
	assert_int_equal(r.alarms, 0);
	assert_true(detect_latency_usual_ms(&r.d, (struct wall){r.now_ms}) < 700);
}

static void an_adopted_slowness_without_habits_is_no_longer_measurable(void **state)
{
	struct run r = fresh();

	(void)state;
	detect_latency_adopt(&r.d, (struct wall){T0});
	one(&r, 500);
	assert_int_equal(r.normals, 1);
	assert_int_equal(r.d.since_ms, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(silent_before_a_hundred_samples),
	    cmocka_unit_test(the_usual_is_learned_and_an_outlier_does_not_drag_it),
	    cmocka_unit_test(the_hours_have_their_own_habits),
	    cmocka_unit_test(three_times_slower_is_told_within_a_quarter_of_an_hour),
	    cmocka_unit_test(five_times_slower_is_major),
	    cmocka_unit_test(in_the_first_days_only_three_times_slower_counts),
	    cmocka_unit_test(less_than_half_more_or_300_ms_never_adds_up),
	    cmocka_unit_test(calm_waits_for_twice_as_slow),
	    cmocka_unit_test(it_ends_with_the_first_fast_answer_of_the_run),
	    cmocka_unit_test(a_day_of_slowness_is_the_new_normal),
	    cmocka_unit_test(a_gap_forgets_suspicion_and_not_the_habits),
	    cmocka_unit_test(an_adopted_slowness_without_habits_is_no_longer_measurable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
