/* SPDX-License-Identifier: MIT
 *
 * Which rival is recommended.
 */
#include "alerts/rival.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define NOW INT64_C(1767225600000)

static const char *named(const struct rival *all, size_t n)
{
	return rival_best(all, n, (struct wall){NOW});
}

#define UP                                                                               \
	{                                                                                \
		.health = HEALTH_UP                                                      \
	}

static void the_first_healthy_one_that_does_not_fail_with_it_is_named(void **state)
{
	const struct rival all[] = {
	    {"deepseek-pro", .state = UP, .barred = true},
	    {"kimi",              .state = {.health = HEALTH_SUSPECT}                   },
	    {"qwen",              .state = UP},
	    {"gpt",              .state = UP                    },
	};

	(void)state;
	assert_string_equal(named(all, 4), "qwen");
	assert_string_equal(named(all + 3, 1), "gpt");
	assert_null(named(all, 2));
}

static void nobody_is_named_when_nobody_is_up(void **state)
{
	static const enum health no[] = {HEALTH_UNKNOWN, HEALTH_SUSPECT, HEALTH_DEGRADED,
	    HEALTH_DOWN, HEALTH_RECOVERING};

	(void)state;
	for (size_t i = 0; i < sizeof(no) / sizeof(*no); i++) {
		const struct rival kimi = {"kimi", .state = {.health = no[i]}};

		assert_null(named(&kimi, 1));
	}
	assert_null(named(NULL, 0));
}

static void who_is_slow_or_came_back_just_now_is_named_behind_the_others(void **state)
{
	const struct rival all[] = {
	    {"slow",    .state = {.health = HEALTH_UP, .slow = true}},
	    {"gateway", .state = UP,                                  .near = true},
	    {"back",         .state = {.health = HEALTH_UP, .recovered = {NOW - 1000}}                                               },
	    {"well",         .state = UP},
	};

	(void)state;
	assert_string_equal(named(all, 4), "well");
	assert_string_equal(named(all, 3), "back");
	assert_string_equal(named(all, 2), "gateway");
	assert_string_equal(named(all, 1), "slow");
	assert_true(rival_is_perfect(&all[3], (struct wall){NOW}));
	for (int i = 0; i < 3; i++)
		assert_false(rival_is_perfect(&all[i], (struct wall){NOW}));
}

static size_t best(const struct rival_state *all, size_t n)
{
	size_t order[8];

	assert_true(n <= 8);
	rival_order(all, n, (struct wall){NOW}, order);
	return order[0];
}

static void healthy_comes_before_degraded_before_unknown_before_down(void **state)
{
	const struct rival_state all[] = {
	    {.health = HEALTH_DOWN    },
	    {.health = HEALTH_UNKNOWN },
	    {.health = HEALTH_DEGRADED},
	    {.health = HEALTH_UP,       .slow = true},
	    {.health = HEALTH_RECOVERING                        },
	    {.health = HEALTH_UP},
	    {.health = HEALTH_UP                        },
	};
	static const size_t expected[] = {5, 6, 2, 3, 4, 1, 0};
	size_t order[7];

	(void)state;
	rival_order(all, 7, (struct wall){NOW}, order);
	assert_memory_equal(order, expected, sizeof(order));
}

static void one_lost_request_moves_no_traffic(void **state)
{
	const struct rival_state all[] = {
	    {.health = HEALTH_SUSPECT}, {.health = HEALTH_UP}};

	(void)state;
	assert_int_equal(best(all, 2), 0);
}

static void who_comes_back_is_preferred_only_when_it_was_well_for_a_while(void **state)
{
	struct rival_state all[] = {
	    {.health = HEALTH_UP, .recovered = {NOW - RIVAL_SETTLE_MS + 1}},
	    {.health = HEALTH_UP                  }
        };

	(void)state;
	assert_int_equal(best(all, 2), 1);
	all[0].recovered.ms = NOW - RIVAL_SETTLE_MS;
	assert_int_equal(best(all, 2), 0);
	all[0].recovered.ms = NOW - 1; /* still better than nobody */
	all[1].health = HEALTH_DEGRADED;
	assert_int_equal(best(all, 2), 0);
}

static void when_all_came_back_just_now_the_first_to_do_so_keeps_the_traffic(void **state)
{
	const struct rival_state all[] = {
	    {.health = HEALTH_UP, .recovered = {NOW - 60000} },
	    {.health = HEALTH_UP, .recovered = {NOW - 120000}},
	    {.health = HEALTH_UP, .recovered = {NOW - 30000} },
	};

	(void)state;
	assert_int_equal(best(all, 3), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(healthy_comes_before_degraded_before_unknown_before_down),
	    cmocka_unit_test(one_lost_request_moves_no_traffic),
	    cmocka_unit_test(
		who_comes_back_is_preferred_only_when_it_was_well_for_a_while),
	    cmocka_unit_test(
		when_all_came_back_just_now_the_first_to_do_so_keeps_the_traffic),
	    cmocka_unit_test(the_first_healthy_one_that_does_not_fail_with_it_is_named),
	    cmocka_unit_test(nobody_is_named_when_nobody_is_up),
	    cmocka_unit_test(
		who_is_slow_or_came_back_just_now_is_named_behind_the_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
