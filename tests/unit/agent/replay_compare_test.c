/* SPDX-License-Identifier: MIT */
#include "agent/replay_compare.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/base/str.h"

#define S MS_PER_S

static struct story story(
    const char *target, int64_t started, int64_t opened, int64_t ended)
{
	struct story s = {.started = {started}, .opened = {opened}, .ended = {ended}};
	(void)str_copy(s.subject.id, sizeof s.subject.id, target);
	return s;
}

static struct likening *only(const struct story *a, const struct story *b)
{
	static struct likening one;
	size_t n;
	struct likening *all = stories_compare(a, a ? 1 : 0, b, b ? 1 : 0, &n);
	assert_int_equal(n, 1);
	one = all[0];
	free(all);
	return &one;
}

static void within_two_seconds_is_the_same(void **state)
{
	struct story a = story("a", 100 * S, 150 * S, 900 * S),
		     b = story("a", 101 * S, 148 * S, 901 * S);
	(void)state;
	assert_int_equal(only(&a, &b)->likeness, LIKE_SAME);
	b.opened.ms -= S;
	assert_int_equal(only(&a, &b)->likeness, LIKE_OTHER);
	assert_int_equal(only(&a, &b)->decided_ms, 3 * S);
	assert_int_equal(only(&a, &b)->ended_ms, -S);
}

static void open_and_over_are_not_the_same(void **state)
{
	struct story a = story("a", 100 * S, 150 * S, 0),
		     b = story("a", 100 * S, 150 * S, 900 * S);
	(void)state;
	assert_int_equal(only(&a, &b)->likeness, LIKE_OTHER);
	b.ended.ms = 0;
	assert_int_equal(only(&a, &b)->likeness, LIKE_SAME);
}

static void what_only_one_has_is_new_or_missing(void **state)
{
	struct story a = story("a", 100 * S, 150 * S, 900 * S);
	(void)state;
	assert_int_equal(only(&a, NULL)->likeness, LIKE_NEW);
	assert_int_equal(only(NULL, &a)->likeness, LIKE_MISSING);
}

static void another_target_or_another_time_is_another_story(void **state)
{
	struct story a[2] = {
	    story("a", 100 * S, 150 * S, 900 * S), story("b", 100 * S, 150 * S, 0)};
	struct story b[2] = {
	    story("a", 901 * S, 950 * S, 0), story("c", 100 * S, 150 * S, 900 * S)};
	size_t n;
	struct likening *all = stories_compare(a, 2, b, 2, &n);
	int count[LIKE_COUNT] = {0};
	(void)state;
	assert_int_equal(n, 4);
	for (size_t i = 0; i < n; i++) {
		count[all[i].likeness]++;
		if (i) {
			const struct story *x =
			    all[i - 1].replayed ? all[i - 1].replayed : all[i - 1].stored;
			const struct story *y =
			    all[i].replayed ? all[i].replayed : all[i].stored;
			assert_true(x->opened.ms <= y->opened.ms);
		}
	}
	assert_int_equal(count[LIKE_NEW], 2);
	assert_int_equal(count[LIKE_MISSING], 2);
	free(all);
}

static void each_stored_one_is_taken_once(void **state)
{
	struct story a[2] = {
	    story("a", 100 * S, 150 * S, 500 * S), story("a", 600 * S, 650 * S, 900 * S)};
	struct story b[1] = {story("a", 100 * S, 150 * S, 900 * S)};
	size_t n;
	struct likening *all = stories_compare(a, 2, b, 1, &n);
	(void)state;
	assert_int_equal(n, 2);
	assert_int_equal(all[0].likeness, LIKE_OTHER);
	assert_int_equal(all[1].likeness, LIKE_NEW);
	free(all);
}

static void nothing_beside_nothing_is_nothing(void **state)
{
	size_t n = 7;
	(void)state;
	free(stories_compare(NULL, 0, NULL, 0, &n));
	assert_int_equal(n, 0);
	assert_string_equal(likeness_code(LIKE_MISSING), "missing");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(within_two_seconds_is_the_same),
	    cmocka_unit_test(open_and_over_are_not_the_same),
	    cmocka_unit_test(what_only_one_has_is_new_or_missing),
	    cmocka_unit_test(another_target_or_another_time_is_another_story),
	    cmocka_unit_test(each_stored_one_is_taken_once),
	    cmocka_unit_test(nothing_beside_nothing_is_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
