/* SPDX-License-Identifier: MIT
 *
 * What a target remembers of its evidence, and what an incident is told of it.
 */
#include "alerts/trail.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const struct wall forever = {INT64_MAX};

static void add(struct trail *t, int64_t at_ms, enum outcome o)
{
	struct sample s;

	sample_init(&s, 1, (struct wall){at_ms});
	s.outcome = o;
	snprintf(s.request_id, sizeof(s.request_id), "r%d", (int)at_ms);
	snprintf(s.message, sizeof(s.message), "\xff words of %d", (int)at_ms);
	trail_add(t, &s);
}

static struct incident told(const struct trail *t, uint64_t first, int64_t from)
{
	struct incident in = {0};

	trail_tell(t, first, (struct wall){from}, forever, &in);
	return in;
}

static void everything_since_the_start_is_told(void **state)
{
	struct trail t = {0};
	struct incident in;

	(void)state;
	add(&t, 10, OUTCOME_STALLED);
	add(&t, 20, OUTCOME_OVERLOADED);
	add(&t, 30, OUTCOME_OK);
	add(&t, 40, OUTCOME_DNS);
	in = told(&t, 0, 20);
	assert_int_equal(in.samples, 3);
	assert_int_equal(in.failures, 2);
	assert_int_equal(in.outcomes[OUTCOME_STALLED], 0);
	assert_int_equal(in.outcomes[OUTCOME_DNS], 1);
	assert_string_equal(in.first_error.request_id, "r20");
	assert_string_equal(in.last_error.request_id, "r40");
	trail_fini(&t);
}

static void numbers_tell_what_came_after_without_looking_at_times(void **state)
{
	struct trail t = {0};

	(void)state;
	add(&t, 30, OUTCOME_OK);
	add(&t, 10, OUTCOME_DNS); /* an overlapping ask that took longer */
	assert_int_equal(told(&t, 1, 0).samples, 1);
	assert_int_equal(told(&t, 1, 0).failures, 1);
	assert_int_equal(told(&t, t.n, 0).samples, 0);
	trail_fini(&t);
}

static void only_the_latest_are_remembered(void **state)
{
	struct trail t = {0};
	struct incident in;

	(void)state;
	for (int i = 1; i <= 1000; i++)
		add(&t, i, i % 10 ? OUTCOME_OK : OUTCOME_EMPTY);
	in = told(&t, 0, 0);
	assert_int_equal(in.samples, TRAIL_SAMPLES);
	assert_string_equal(in.first_error.request_id, "r10"); /* since it was calm */
	assert_string_equal(in.last_error.request_id, "r1000");
	trail_calm(&t);
	assert_string_equal(told(&t, 0, 0).first_error.request_id, "r980");
	for (int i = 1001; i <= 1040; i++)
		add(&t, i, OUTCOME_EMPTY);
	assert_string_equal(told(&t, 0, 1001).first_error.request_id, "r1001");
	assert_string_equal(told(&t, 0, 1001).last_error.request_id, "r1040");
	trail_fini(&t);
}

static void a_restored_trail_tells_the_same(void **state)
{
	struct trail t = {0};

	(void)state;
	for (int i = 0; i < 120; i++) {
		struct trail back;
		struct incident a, b;
		json_t *v = trail_dump(&t);

		assert_true(trail_restore(&back, v));
		json_decref(v);
		a = told(&t, 3, 7);
		b = told(&back, 3, 7);
		assert_int_equal(a.samples, b.samples);
		assert_memory_equal(a.outcomes, b.outcomes, sizeof(a.outcomes));
		assert_string_equal(a.first_error.request_id, b.first_error.request_id);
		assert_string_equal(a.last_error.request_id, b.last_error.request_id);
		assert_int_equal(t.n, back.n);
		add(&t, i, i % 3 ? OUTCOME_OK : OUTCOME_RESET);
		trail_fini(&back);
	}
	trail_fini(&t);
}

static void garbage_is_not_restored(void **state)
{
	static const char *const bad[] = {"{}", "null",
	    "{\"n\":-1,\"last\":[],\"errors\":[]}", "{\"n\":5,\"last\":[],\"errors\":[]}",
	    "{\"n\":1,\"last\":[[1,\"no such\"]],\"errors\":[]}",
	    "{\"n\":1,\"last\":[[1,\"ok\"],[2,\"ok\"]],\"errors\":[]}",
	    "{\"n\":1,\"last\":[[1,\"ok\"]],\"errors\":[{}]}"};
	struct trail t = {0};

	(void)state;
	add(&t, 5, OUTCOME_OK);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		json_t *v = json_loads(bad[i], JSON_DECODE_ANY, NULL);

		assert_non_null(v);
		assert_false(trail_restore(&t, v));
		json_decref(v);
	}
	assert_int_equal(t.n, 1);
	trail_fini(&t);
}

static void no_time_lies_ahead_after_the_clock_went_back(void **state)
{
	struct trail t = {0};

	(void)state;
	add(&t, 1000, OUTCOME_DNS);
	trail_on_clock_back(&t, (struct wall){600});
	assert_int_equal(told(&t, 0, 500).samples, 1);
	assert_int_equal(told(&t, 0, 500).first_error.at.ms, 600);
	assert_int_equal(told(&t, 0, 700).samples, 0);
	trail_fini(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(everything_since_the_start_is_told),
	    cmocka_unit_test(numbers_tell_what_came_after_without_looking_at_times),
	    cmocka_unit_test(only_the_latest_are_remembered),
	    cmocka_unit_test(a_restored_trail_tells_the_same),
	    cmocka_unit_test(garbage_is_not_restored),
	    cmocka_unit_test(no_time_lies_ahead_after_the_clock_went_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
