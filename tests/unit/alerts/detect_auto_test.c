/* SPDX-License-Identifier: MIT
 *
 * The detector fed with strings: F a failure, G a good answer, | a gap; one sample every
 * ten seconds, the first at 10 s.
 */
#include "alerts/detect_auto.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "agent/base/rng.h"

struct run {
	struct detect_auto d;
	struct detect_step last;
	int64_t now_ms;
	int alarms, overs;
};

static void feed(struct run *r, const char *samples)
{
	for (; *samples; samples++) {
		if (*samples == '|') {
			detect_auto_on_gap(&r->d);
			continue;
		}
		r->now_ms += 10000;
		detect_auto_on_sample(
		    &r->d, (struct wall){r->now_ms}, *samples == 'F', &r->last);
		r->alarms += r->last.change == DETECT_ALARM;
		r->overs += r->last.change == DETECT_OVER;
	}
}

static struct run fed(const char *samples)
{
	struct run r = {0};

	detect_auto_init(&r.d);
	feed(&r, samples);
	return r;
}

static enum health health_after(const char *samples)
{
	struct run r = fed(samples);

	return detect_auto_health(&r.d);
}

static void alarm_after_the_third_failure_not_the_second(void **state)
{
	struct run r = fed("GGFF");

	(void)state;
	assert_int_equal(r.alarms, 0);
	assert_int_equal(detect_auto_health(&r.d), HEALTH_SUSPECT);
	feed(&r, "F");
	assert_int_equal(r.alarms, 1);
	assert_int_equal(r.last.edge.ms, 30000); /* the first of them */
	assert_int_equal(detect_auto_health(&r.d), HEALTH_DOWN);
	assert_int_equal(detect_auto_severity(&r.d), SEVERITY_CRITICAL);
}

static void the_first_three_samples_may_alarm(void **state)
{
	(void)state;
	assert_int_equal(health_after("FFF"), HEALTH_DOWN);
}

static void three_of_five_with_answers_between_is_degraded(void **state)
{
	struct run r = fed("FGFGF");

	(void)state;
	assert_int_equal(r.alarms, 1);
	assert_int_equal(r.last.edge.ms, 10000);
	assert_int_equal(detect_auto_health(&r.d), HEALTH_DEGRADED);
	assert_int_equal(detect_auto_severity(&r.d), SEVERITY_MAJOR);
}

static void three_of_six_is_no_alarm(void **state)
{
	(void)state;
	assert_int_equal(fed("FGGFGGFGGF").alarms, 0);
	assert_int_equal(fed("FGGGFGGGFF").alarms, 0);
}

static void suspicion_dies_when_none_of_the_last_five_failed(void **state)
{
	struct run r = fed("GF");

	(void)state;
	assert_string_equal(detect_auto_wish(&r.d), "suspect");
	feed(&r, "GGGG");
	assert_int_equal(detect_auto_health(&r.d), HEALTH_SUSPECT);
	feed(&r, "G");
	assert_int_equal(detect_auto_health(&r.d), HEALTH_UP);
	assert_null(detect_auto_wish(&r.d));
}

static void over_after_three_good_in_a_row_back_dated_to_the_first(void **state)
{
	struct run r = fed("FFFFGG");

	(void)state;
	assert_int_equal(r.overs, 0);
	assert_int_equal(detect_auto_health(&r.d), HEALTH_RECOVERING);
	assert_string_equal(detect_auto_wish(&r.d), "recovering");
	feed(&r, "G");
	assert_int_equal(r.overs, 1);
	assert_int_equal(r.last.edge.ms, 50000);
	assert_int_equal(detect_auto_health(&r.d), HEALTH_UP);
}

static void what_failed_before_the_end_does_not_open_again(void **state)
{
	struct run r = fed("FFFGGGF");

	(void)state;
	assert_int_equal(r.alarms, 1);
	assert_int_equal(detect_auto_health(&r.d), HEALTH_SUSPECT);
	feed(&r, "F");
	assert_int_equal(r.alarms, 1);
	feed(&r, "F");
	assert_int_equal(r.alarms, 2);
	assert_int_equal(r.last.edge.ms, 70000);
}

static void one_good_answer_is_no_recovery_and_a_failure_is_a_relapse(void **state)
{
	(void)state;
	assert_int_equal(health_after("FFFG"), HEALTH_DOWN);
	assert_int_equal(health_after("FFFGG"), HEALTH_RECOVERING);
	assert_int_equal(health_after("FFFGGF"), HEALTH_DEGRADED);
	assert_int_equal(fed("FFFGGFGGFGG").overs, 0);
}

static void degraded_becomes_down_after_three_in_a_row(void **state)
{
	(void)state;
	assert_int_equal(health_after("FGFGFF"), HEALTH_DEGRADED);
	assert_int_equal(health_after("FGFGFFF"), HEALTH_DOWN);
}

static void down_becomes_degraded_when_one_of_the_last_three_failed(void **state)
{
	(void)state;
	assert_int_equal(health_after("FFFFGF"), HEALTH_DOWN);
	assert_int_equal(health_after("FFFFGFG"), HEALTH_DEGRADED);
}

static void severity_does_not_move_while_recovering(void **state)
{
	struct run r = fed("FFFFGG");

	(void)state;
	assert_int_equal(detect_auto_severity(&r.d), SEVERITY_CRITICAL);
}

static void a_gap_forgets_the_register_and_not_the_alarm(void **state)
{
	struct run r = fed("FF|F");

	(void)state;
	assert_int_equal(r.alarms, 0);
	r = fed("FFFGG|G");
	assert_int_equal(r.overs, 0);
	assert_int_equal(detect_auto_health(&r.d), HEALTH_DOWN);
	feed(&r, "GG");
	assert_int_equal(r.overs, 1);
	assert_int_equal(r.last.edge.ms, 60000); /* the first behind the gap */
}

static void an_adopted_alarm_ends_like_any_other(void **state)
{
	struct run r = fed("");

	(void)state;
	detect_auto_adopt(&r.d, (struct wall){5000}, true);
	assert_int_equal(detect_auto_health(&r.d), HEALTH_DOWN);
	feed(&r, "GGG");
	assert_int_equal(r.overs, 1);
}

static void overlapping_asks_are_back_dated_to_the_earliest_start(void **state)
{
	struct detect_auto d;
	struct detect_step step;

	(void)state;
	detect_auto_init(&d);
	detect_auto_on_sample(&d, (struct wall){30}, true, &step);
	detect_auto_on_sample(&d, (struct wall){10}, true, &step);
	detect_auto_on_sample(&d, (struct wall){20}, true, &step);
	assert_int_equal(step.change, DETECT_ALARM);
	assert_int_equal(step.edge.ms, 10);
}

static void words_say_what_it_saw(void **state)
{
	struct run r = fed("FGF");
	char buf[64];

	(void)state;
	assert_string_equal(
	    detect_auto_words(&r.d, buf, sizeof(buf)), "2 of last 3 failed");
}

/* Dumped and restored behind every sample of many random histories: the same verdicts. */
static void a_restored_state_decides_the_same(void **state)
{
	struct rng rng;

	(void)state;
	rng_init(&rng, 7);
	for (int history = 0; history < 50; history++) {
		struct run a = fed(""), b = fed("");

		for (int i = 0; i < 60; i++) {
			uint64_t dice = rng_below(&rng, 20);
			const char *one = dice == 0 ? "|" : dice < 9 ? "F" : "G";
			json_t *v = detect_auto_dump(&b.d);
			struct detect_auto back;

			memset(&back, 0xa5, sizeof(back));
			assert_true(detect_auto_restore(&back, v));
			json_decref(v);
			b.d = back;
			feed(&a, one);
			feed(&b, one);
			assert_int_equal(
			    detect_auto_health(&a.d), detect_auto_health(&b.d));
			assert_int_equal(a.last.change, b.last.change);
			assert_int_equal(a.last.edge.ms, b.last.edge.ms);
		}
	}
}

static void garbage_is_not_restored(void **state)
{
	static const char *const bad[] = {"{}", "[]", "null",
	    "{\"last\":[[1]],\"since\":0,\"first_good\":0,\"good_run\":0}",
	    "{\"last\":[[-1,true]],\"since\":0,\"first_good\":0,\"good_run\":0}",
	    "{\"last\":[],\"since\":0,\"first_good\":0,\"good_run\":99}",
	    "{\"last\":[],\"since\":1e99,\"first_good\":0,\"good_run\":0}",
	    "{\"last\":[[1,true],[1,true],[1,true],[1,true],[1,true],[1,true]],"
	    "\"since\":0,\"first_good\":0,\"good_run\":0}"};
	struct run r = fed("FF");

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		json_t *v = json_loads(bad[i], JSON_DECODE_ANY, NULL);

		assert_non_null(v);
		assert_false(detect_auto_restore(&r.d, v));
		json_decref(v);
	}
	assert_int_equal(detect_auto_health(&r.d), HEALTH_SUSPECT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(alarm_after_the_third_failure_not_the_second),
	    cmocka_unit_test(the_first_three_samples_may_alarm),
	    cmocka_unit_test(three_of_five_with_answers_between_is_degraded),
	    cmocka_unit_test(three_of_six_is_no_alarm),
	    cmocka_unit_test(suspicion_dies_when_none_of_the_last_five_failed),
	    cmocka_unit_test(over_after_three_good_in_a_row_back_dated_to_the_first),
	    cmocka_unit_test(what_failed_before_the_end_does_not_open_again),
	    cmocka_unit_test(one_good_answer_is_no_recovery_and_a_failure_is_a_relapse),
	    cmocka_unit_test(degraded_becomes_down_after_three_in_a_row),
	    cmocka_unit_test(down_becomes_degraded_when_one_of_the_last_three_failed),
	    cmocka_unit_test(severity_does_not_move_while_recovering),
	    cmocka_unit_test(a_gap_forgets_the_register_and_not_the_alarm),
	    cmocka_unit_test(an_adopted_alarm_ends_like_any_other),
	    cmocka_unit_test(overlapping_asks_are_back_dated_to_the_earliest_start),
	    cmocka_unit_test(words_say_what_it_saw),
	    cmocka_unit_test(a_restored_state_decides_the_same),
	    cmocka_unit_test(garbage_is_not_restored),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
