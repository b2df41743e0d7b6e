/* SPDX-License-Identifier: MIT
 *
 * What is remembered for a rule: its windows against a naive count, its stored form.
 */
#include "alerts/rule_state.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "agent/base/rng.h"
#include "tests/unit/alerts/rule_run.h"

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
		int64_t w = run.r.conditions[0].window_ms;
		int64_t whole = (w + widths[k] - 1) / widths[k] * widths[k];

		for (int i = 0; i < 800; i++) {
			uint32_t least = 0, most = 0;

			run.now += (int64_t)rng_below(&rng, (uint64_t)w / 10);
			at[i] = run.now;
			sample(&run, run.now, OUTCOME_OK);
			for (int j = 0; j <= i; j++) {
				least += at[j] > run.now - w;
				most += at[j] > run.now - whole - widths[k];
			}
			assert_in_range(run.last.n, least, most);
		}
		end(&run);
	}
}

static void a_restored_state_decides_the_same(void **state)
{
	struct rng rng;

	(void)state;
	rng_init(&rng, 3);
	for (int history = 0; history < 20; history++) {
		struct run a = begin(plain, 2 * MS_PER_MIN, 3 * MS_PER_MIN);
		struct run b = begin(plain, 2 * MS_PER_MIN, 3 * MS_PER_MIN);

		for (int i = 0; i < 200; i++) {
			bool bad = (i / 40) % 2;
			const char *one = rng_below(&rng, 10) < (bad ? 6 : 1) ? "F" : "G";
			json_t *v = rule_dump(&b.s);

			rule_state_fini(&b.s);
			rule_state_init(&b.r, &b.s, (struct wall){7});
			assert_true(rule_restore(&b.r, &b.s, v));
			json_decref(v);
			feed(&a, one);
			feed(&b, one);
			assert_int_equal(a.last.change, b.last.change);
			assert_int_equal(a.last.edge.ms, b.last.edge.ms);
			assert_int_equal(wake_ms(&a), wake_ms(&b));
			assert_int_equal(a.last.n, b.last.n);
		}
		assert_true(a.fired > 0);
		assert_int_equal(a.fired, b.fired);
		end(&a);
		end(&b);
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
			json_t *after;

			json_object_set_new(
			    v, key, json_loads(bad[i], JSON_DECODE_ANY, NULL));
			assert_false(rule_restore(&run.r, &run.s, v));
			after = rule_dump(&run.s);
			assert_true(json_equal(good, after));
			json_decref(after);
			json_decref(v);
		}
	}
	json_decref(good);
	end(&run);
}

static void same_rules_have_the_same_hash(void **state)
{
	struct run a = begin(plain, 0, MS_PER_MIN);
	struct rule b = a.r;

	(void)state;
	b.name = "another";
	assert_true(rule_same(&a.r, &b));
	b.for_ms = 1;
	assert_false(rule_same(&a.r, &b));
	b = a.r;
	b.severity = SEVERITY_CRITICAL;
	assert_false(rule_same(&a.r, &b));
	b = a.r;
	b.by = BY_PROVIDER;
	assert_false(rule_same(&a.r, &b));
	end(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_ring_agrees_with_a_naive_window),
	    cmocka_unit_test(a_restored_state_decides_the_same),
	    cmocka_unit_test(garbage_is_not_restored),
	    cmocka_unit_test(same_rules_have_the_same_hash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
