/* SPDX-License-Identifier: MIT
 *
 * The map against a naive model of arrays; order of insertion is part of the promise.
 */
#include "agent/base/map.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "agent/base/rng.h"

static char values[2][300];

static void walk_is_in_order_of_insertion(void **state)
{
	static const char *const words[] = {"zeta", "alpha", "mid", "", "beta"};
	struct map *m = map_new();
	const char *key = NULL;

	(void)state;
	for (size_t i = 0; i < 5; i++)
		assert_null(map_put(m, words[i], &values[0][i]));
	for (size_t i = 0; i < 5; i++) {
		assert_ptr_equal(map_at(m, i, &key), &values[0][i]);
		assert_string_equal(key, words[i]);
	}
	assert_ptr_equal(map_remove(m, "alpha"), &values[0][1]);
	assert_int_equal(map_count(m), 4);
	assert_ptr_equal(map_at(m, 1, NULL), &values[0][2]);
	map_free(m);
}

static void putting_again_replaces_in_place(void **state)
{
	struct map *m = map_new();

	(void)state;
	assert_null(map_put(m, "a", &values[0][0]));
	assert_null(map_put(m, "b", &values[0][1]));
	assert_ptr_equal(map_put(m, "a", &values[1][0]), &values[0][0]);
	assert_int_equal(map_count(m), 2);
	assert_ptr_equal(map_at(m, 0, NULL), &values[1][0]);
	map_free(m);
}

static void keys_are_copied(void **state)
{
	struct map *m = map_new();
	char key[] = "key";

	(void)state;
	map_put(m, key, &values[0][0]);
	key[0] = 'x';
	assert_non_null(map_find(m, "key"));
	assert_null(map_find(m, "xey"));
	map_free(m);
}

static void an_empty_map_finds_nothing(void **state)
{
	struct map *m = map_new();

	(void)state;
	assert_null(map_find(m, "a"));
	assert_null(map_remove(m, "a"));
	assert_int_equal(map_count(m), 0);
	map_free(m);
	map_free(NULL);
}

static void random_operations_agree_with_a_naive_model(void **state)
{
	struct map *m = map_new();
	void *model[300] = {NULL};
	size_t count = 0;
	struct rng r;

	(void)state;
	rng_init(&r, 11);
	for (int step = 0; step < 20000; step++) {
		size_t i = rng_below(&r, 300);
		char key[16];
		void *value = &values[rng_below(&r, 2)][i];

		snprintf(key, sizeof(key), "k%zu", i);
		if (rng_below(&r, 3)) {
			assert_ptr_equal(map_put(m, key, value), model[i]);
			count += model[i] == NULL;
			model[i] = value;
		} else {
			assert_ptr_equal(map_remove(m, key), model[i]);
			count -= model[i] != NULL;
			model[i] = NULL;
		}
		assert_ptr_equal(map_find(m, key), model[i]);
		assert_int_equal(map_count(m), count);
	}
	for (size_t i = 0; i < 300; i++) {
		char key[16];

		snprintf(key, sizeof(key), "k%zu", i);
		assert_ptr_equal(map_find(m, key), model[i]);
	}
	map_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(walk_is_in_order_of_insertion),
	    cmocka_unit_test(putting_again_replaces_in_place),
	    cmocka_unit_test(keys_are_copied),
	    cmocka_unit_test(an_empty_map_finds_nothing),
	    cmocka_unit_test(random_operations_agree_with_a_naive_model),
	};

	return cmocka_run_group_tests_name("map", tests, NULL, NULL);
}
