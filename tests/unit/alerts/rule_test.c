/* SPDX-License-Identifier: MIT
 *
 * A rule on a stream of samples, one a minute unless a test says otherwise.
 */
#include "alerts/rule.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "agent/base/rng.h"

#define T0 INT64_C(1767225600000)

struct run {
	struct rule r;
	struct rule_state s;
	struct rule_step last;
	int64_t now;
	int fired, resolved, unmeasurable;
};

static struct run begin(const char *when, int64_t for_ms, int64_t resolve_for_ms)
{
	struct run run = {.now = T0};
	struct err e;
	size_t offset;

	assert_true(rule_parse(when, &run.r, &offset, &e));
	run.r.for_ms = for_ms;
	run.r.resolve_for_ms = resolve_for_ms;
	run.r.severity = SEVERITY_MAJOR;
	rule_state_init(&run.s, (struct wall){T0});
	return run;
}

static void note(struct run *run)
{
	run->fired += run->last.change == RULE_FIRED;
	run->resolved += run->last.change == RULE_RESOLVED;
	run->unmeasurable += run->last.change == RULE_UNMEASURABLE;
}

static void feed(struct run *run, const char *samples)
{
	for (; *samples; samples++) {
		run->now += MS_PER_MIN;
		rule_on_sample(&run->r, &run->s, (struct wall){run->now}, *samples == 'F',
		    &run->last);
		note(run);
	}
}

static void pass(struct run *run, int64_t ms)
{
	run->now += ms;
	rule_on_time(&run->r, &run->s, (struct wall){run->now}, &run->last);
	note(run);
}

static const char plain[] = "error_rate > 20% over 10m, at least 3 failures";

static void it_fires_at_the_third_failure_back_dated_to_the_first(void **state)
{
	struct run run = begin(plain, 0, MS_PER_MIN);

	(void)state;
	feed(&run, "GGGGGGGGFF");
	assert_int_equal(run.fired, 0);
	feed(&run, "F");
	assert_int_equal(run.fired, 1);
	assert_int_equal(run.last.edge.ms, T0 + 9 * MS_PER_MIN);
	assert_int_equal(run.last.failed, 3);
	assert_int_equal(run.last.n, 11); /* W to W plus one bucket long */
}

static void a_share_at_the_limit_is_not_above_it(void **state)
{
	struct run run = begin("error_rate > 50% over 10m, at least 1 failure", 0, 0);

	(void)state;
	feed(&run, "GF");
	assert_int_equal(run.fired, 0);
	run = begin("error_rate >= 50% over 10m, at least 1 failure", 0, 0);
	feed(&run, "GF");
	assert_int_equal(run.fired, 1);
}

static void what_falls_out_of_the_window_no_longer_counts(void **state)
{
	struct run run = begin(plain, 0, MS_PER_MIN);

	(void)state;
	feed(&run, "GGGGGFFGGGGGGGGGG"); /* the two failures are gone by now */
	feed(&run, "FF");
	assert_int_equal(run.fired, 0);
	feed(&run, "F");
	assert_int_equal(run.fired, 1);
}

static void while_less_than_half_is_covered_it_may_fire_and_not_say_no(void **state)
{
	/* True at once: the value is above the limit however little is covered. */
	struct run run = begin("error_rate > 20% over 10m, at least 2 failures", 0, 0);

	(void)state;
	feed(&run, "FF");
	assert_int_equal(run.fired, 1);
	/* A pending `for` is frozen, not ended, by a value that is unknown. */
	run = begin("error_rate > 60% over 1h, at least 2 failures", 10 * MS_PER_MIN, 0);
	feed(&run, "FF");
	assert_int_equal(run.s.phase, RULE_PENDING);
	feed(&run, "GGG"); /* 2 of 5: below, but 5 of 60 minutes are known */
	assert_int_equal(run.s.phase, RULE_PENDING);
	assert_int_equal(run.fired, 0);
}

static void too_few_samples_are_unknown_and_hold(void **state)
{
	struct run run =
	    begin("error_rate > 20% over 10m, at least 5 samples", 0, MS_PER_MIN);

	(void)state;
	feed(&run, "FFFF");
	assert_int_equal(run.fired, 0);
	assert_int_equal(run.s.phase, RULE_IDLE);
	feed(&run, "F");
	assert_int_equal(run.fired, 1);
}

static void for_is_counted_from_the_first_true_evaluation(void **state)
{
	struct run run = begin(plain, 5 * MS_PER_MIN, 5 * MS_PER_MIN);

	(void)state;
	feed(&run, "GGGGGGGGGGFFF");
	assert_int_equal(run.s.phase, RULE_PENDING);
	feed(&run, "FFFF");
	assert_int_equal(run.fired, 0);
	feed(&run, "F");
	assert_int_equal(run.fired, 1);
	assert_int_equal(run.last.edge.ms, T0 + 11 * MS_PER_MIN);
}

static void one_false_evaluation_ends_pending(void **state)
{
	struct run run = begin(plain, 15 * MS_PER_MIN, MS_PER_MIN);

	(void)state;
	feed(&run, "GGGGGGGGGGFFF");
	assert_int_equal(run.s.phase, RULE_PENDING);
	feed(&run, "GGGGGGGGGG");
	assert_int_equal(run.s.phase, RULE_IDLE);
	assert_int_equal(run.fired, 0);
}

static void time_completes_a_for_and_never_starts_one(void **state)
{
	struct run run = begin(plain, 90 * MS_PER_S, MS_PER_MIN);

	(void)state;
	feed(&run, "GGGGGGGGGGFFF");
	assert_int_equal(run.last.wake_at.ms, run.now + 10 * MS_PER_S); /* bucket edge */
	pass(&run, 89 * MS_PER_S);
	assert_int_equal(run.fired, 0);
	pass(&run, MS_PER_S);
	assert_int_equal(run.fired, 1);
	/* Idle rules sleep. */
	run = begin(plain, 0, MS_PER_MIN);
	feed(&run, "GGF");
	assert_true(run.last.wake_at.ms == INT64_MAX);
	pass(&run, MS_PER_MIN);
	assert_int_equal(run.fired, 0);
}

static void it_resolves_below_half_the_limit_back_dated_to_the_first_success(void **state)
{
	struct run run = begin(plain, 0, MS_PER_MIN);

	(void)state;
	feed(&run, "GGGGGGGGGGFFF");
	assert_int_equal(run.fired, 1);
	/* Below 10 % only when two of the three have fallen out. */
	feed(&run, "GGGGGGGGGG");
	assert_int_equal(run.resolved, 0);
	feed(&run, "G");
	assert_int_equal(run.resolved, 1);
	assert_int_equal(run.last.edge.ms, T0 + 14 * MS_PER_MIN);
	assert_int_equal(run.s.phase, RULE_IDLE);
}

static void it_does_not_resolve_before_three_successes(void **state)
{
	struct run run = begin("error_rate > 90% over 10m, at least 1 failure", 0, 0);

	(void)state;
	feed(&run, "F");
	assert_int_equal(run.fired, 1);
	feed(&run, "GGGGGFGG"); /* 2 of 9 is well below 45 % */
	assert_int_equal(run.resolved, 1);
	run = begin("error_rate > 90% over 10m, at least 1 failure", 0, 0);
	feed(&run, "FGGFGGFGGFGG");
	assert_int_equal(run.resolved, 0);
	feed(&run, "G");
	assert_int_equal(run.resolved, 1);
	assert_int_equal(run.last.edge.ms, T0 + 11 * MS_PER_MIN);
}

static void time_alone_resolves_when_values_fall(void **state)
{
	struct run run = begin(plain, 0, MS_PER_MIN);

	(void)state;
	feed(&run, "GGGGGGGGGGFFFGGGGGGGGG");
	for (int i = 0; i < 40 && !run.resolved; i++)
		pass(&run, run.last.wake_at.ms - run.now);
	assert_int_equal(run.resolved, 1);
	assert_true(run.now < T0 + 30 * MS_PER_MIN);
}

static void an_empty_window_is_unknown_and_at_last_unmeasurable(void **state)
{
	struct run run = begin(plain, 0, MS_PER_MIN);
	int64_t empty_at;

	(void)state;
	feed(&run, "GGGGGGGGGGFFF");
	pass(&run, 10 * MS_PER_MIN + 10 * MS_PER_S);
	empty_at = run.now;
	assert_int_equal(run.s.phase, RULE_FIRING);
	for (int i = 0; i < 400 && !run.unmeasurable; i++) {
		assert_true(run.last.wake_at.ms > run.now);
		pass(&run, run.last.wake_at.ms - run.now);
	}
	assert_int_equal(run.unmeasurable, 1);
	assert_int_equal(run.resolved, 0);
	assert_int_equal(run.now, empty_at + 30 * MS_PER_MIN);
	assert_int_equal(run.last.edge.ms, empty_at);
}

static void a_gap_empties_the_window_and_ends_pending_not_firing(void **state)
{
	struct run run = begin(plain, 10 * MS_PER_MIN, MS_PER_MIN);

	(void)state;
	feed(&run, "GGGGGGGGGGFFF");
	assert_int_equal(run.s.phase, RULE_PENDING);
	run.now += MS_PER_H;
	rule_on_gap(&run.s, (struct wall){run.now});
	assert_int_equal(run.s.phase, RULE_IDLE);
	feed(&run, "FF");
	assert_int_equal(run.s.phase, RULE_IDLE); /* two, not five */
	run = begin(plain, 0, MS_PER_MIN);
	feed(&run, "GGGGGGGGGGFFF");
	rule_on_gap(&run.s, (struct wall){run.now});
	assert_int_equal(run.s.phase, RULE_FIRING);
	feed(&run, "GGGG"); /* 4 of 10 minutes known: unknown holds */
	assert_int_equal(run.resolved, 0);
	feed(&run, "GG");
	assert_int_equal(run.resolved, 1);
}

static void late_finishers_are_counted_where_they_started(void **state)
{
	struct run run = begin(plain, 0, MS_PER_MIN);
	struct wall earlier;

	(void)state;
	feed(&run, "GGGGGGGGGGFF");
	earlier.ms = run.now - 90 * MS_PER_S;
	rule_on_sample(&run.r, &run.s, earlier, true, &run.last);
	assert_int_equal(run.last.change, RULE_FIRED);
	assert_int_equal(run.last.edge.ms, earlier.ms);
}

static void a_clock_that_went_back_unnoticed_begins_a_new_window(void **state)
{
	struct run run = begin(plain, 0, MS_PER_MIN);

	(void)state;
	feed(&run, "GGGGGGGGGGFF");
	run.now -= 6 * MS_PER_H;
	feed(&run, "F");
	assert_int_equal(run.last.n, 1);
	assert_int_equal(run.fired, 0);
}

static void the_widest_window_is_a_month(void **state)
{
	struct run run = begin("error_rate > 20% over 30d, at least 3 failures", 0, 0);

	(void)state;
	for (int i = 0; i < 40 * 24; i++) {
		run.now += 59 * MS_PER_MIN;
		feed(&run, i % 4 ? "G" : "F");
	}
	assert_int_equal(run.fired, 1);
	assert_true(run.last.n >= 30 * 24 && run.last.n <= 31 * 24);
	assert_true(run.last.share > 0.24 && run.last.share < 0.26);
}

/* The ring against the plain meaning: all samples newer than now - W count, none that is
 * older than W rounded up to whole buckets, and one bucket. */
static void the_ring_agrees_with_a_naive_window(void **state)
{
	static const char *const texts[] = {
	    "error_rate > 20% over 10s, at least 1 failure",
	    "error_rate > 20% over 7m, at least 1 failure",
	    "error_rate > 20% over 25h, at least 1 failure"};
	static const int64_t widths[] = {MS_PER_S, 8 * MS_PER_S, 1600 * MS_PER_S};
	struct rng rng;

	(void)state;
	rng_init(&rng, 11);
	for (size_t k = 0; k < 3; k++) {
		struct run run = begin(texts[k], 0, 0);
		int64_t at[800];
		int64_t w = run.r.window_ms;
		int64_t whole = (w + widths[k] - 1) / widths[k] * widths[k];

		for (int i = 0; i < 800; i++) {
			uint32_t least = 0, most = 0;

			run.now += (int64_t)rng_below(&rng, (uint64_t)w / 10);
			at[i] = run.now;
			rule_on_sample(
			    &run.r, &run.s, (struct wall){run.now}, false, &run.last);
			for (int j = 0; j <= i; j++) {
				least += at[j] > run.now - w;
				most += at[j] > run.now - whole - widths[k];
			}
			assert_in_range(run.last.n, least, most);
		}
	}
}

static void a_restored_state_decides_the_same(void **state)
{
	struct rng rng;

	(void)state;
	rng_init(&rng, 3);
	for (int history = 0; history < 20; history++) {
		struct run a = begin(plain, 2 * MS_PER_MIN, 3 * MS_PER_MIN), b = a;

		for (int i = 0; i < 200; i++) {
			bool bad = (i / 40) % 2;
			const char *one = rng_below(&rng, 10) < (bad ? 6 : 1) ? "F" : "G";
			json_t *v = rule_dump(&b.s);
			struct rule_state back;

			memset(&back, 0xa5, sizeof(back));
			assert_true(rule_restore(&back, v));
			json_decref(v);
			b.s = back;
			feed(&a, one);
			feed(&b, one);
			assert_int_equal(a.last.change, b.last.change);
			assert_int_equal(a.last.edge.ms, b.last.edge.ms);
			assert_int_equal(a.last.wake_at.ms, b.last.wake_at.ms);
			assert_int_equal(a.last.n, b.last.n);
		}
		assert_true(a.fired > 0);
		assert_int_equal(a.fired, b.fired);
	}
}

/* Each field of a good state replaced by something that is none. */
static void garbage_is_not_restored(void **state)
{
	struct run run = begin(plain, 0, MS_PER_MIN);
	json_t *good;
	const char *key;
	json_t *value;

	(void)state;
	feed(&run, "GGGF");
	good = rule_dump(&run.s);
	json_object_foreach(good, key, value)
	{
		static const char *const bad[] = {"null", "-5", "\"x\"", "9e18", "[[0]]",
		    "[[99,1,0,0]]", "[[1,1,2,0]]", "9223372036854775807"};

		for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
			json_t *v = json_deep_copy(good);
			struct rule_state before = run.s;

			json_object_set_new(
			    v, key, json_loads(bad[i], JSON_DECODE_ANY, NULL));
			assert_false(rule_restore(&run.s, v));
			assert_memory_equal(&before, &run.s, sizeof(before));
			json_decref(v);
		}
	}
	json_decref(good);
}

static void same_rules_have_the_same_hash(void **state)
{
	struct run a = begin(plain, 0, MS_PER_MIN), b = a;

	(void)state;
	b.r.name = "another";
	assert_true(rule_same(&a.r, &b.r));
	b.r.for_ms = 1;
	assert_false(rule_same(&a.r, &b.r));
	b.r = a.r;
	b.r.severity = SEVERITY_CRITICAL;
	assert_false(rule_same(&a.r, &b.r));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(it_fires_at_the_third_failure_back_dated_to_the_first),
	    cmocka_unit_test(a_share_at_the_limit_is_not_above_it),
	    cmocka_unit_test(what_falls_out_of_the_window_no_longer_counts),
	    cmocka_unit_test(while_less_than_half_is_covered_it_may_fire_and_not_say_no),
	    cmocka_unit_test(too_few_samples_are_unknown_and_hold),
	    cmocka_unit_test(for_is_counted_from_the_first_true_evaluation),
	    cmocka_unit_test(one_false_evaluation_ends_pending),
	    cmocka_unit_test(time_completes_a_for_and_never_starts_one),
	    cmocka_unit_test(
		it_resolves_below_half_the_limit_back_dated_to_the_first_success),
	    cmocka_unit_test(it_does_not_resolve_before_three_successes),
	    cmocka_unit_test(time_alone_resolves_when_values_fall),
	    cmocka_unit_test(an_empty_window_is_unknown_and_at_last_unmeasurable),
	    cmocka_unit_test(a_gap_empties_the_window_and_ends_pending_not_firing),
	    cmocka_unit_test(late_finishers_are_counted_where_they_started),
	    cmocka_unit_test(a_clock_that_went_back_unnoticed_begins_a_new_window),
	    cmocka_unit_test(the_widest_window_is_a_month),
	    cmocka_unit_test(the_ring_agrees_with_a_naive_window),
	    cmocka_unit_test(a_restored_state_decides_the_same),
	    cmocka_unit_test(garbage_is_not_restored),
	    cmocka_unit_test(same_rules_have_the_same_hash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
