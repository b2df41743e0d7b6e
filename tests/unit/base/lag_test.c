/* SPDX-License-Identifier: MIT
 *
 * The record of our own lateness.
 */
#include "agent/base/lag.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct mono at(int64_t second)
{
	return (struct mono){second * US_PER_S + 7};
}

static void the_worst_since_a_mark_counts_its_own_second(void **state)
{
	struct lag g = {0};

	(void)state;
	lag_note(&g, at(1000), 300);
	lag_note(&g, at(1000), 200);
	lag_note(&g, at(1005), 100);
	assert_int_equal(lag_worst_us(&g, at(1000), at(1005)), 300);
	assert_int_equal(lag_worst_us(&g, at(1001), at(1005)), 100);
	assert_int_equal(lag_worst_us(&g, at(1006), at(1006)), 0);
	assert_int_equal(g.worst_us, 300);
}

static void two_minutes_later_it_is_forgotten_but_for_the_worst_ever(void **state)
{
	struct lag g = {0};

	(void)state;
	lag_note(&g, at(1000), 300);
	assert_int_equal(lag_worst_us(&g, at(1000), at(1119)), 300);
	assert_int_equal(lag_worst_us(&g, at(1000), at(1120)), 0);
	lag_note(&g, at(1120), 5); /* the same cell */
	assert_int_equal(lag_worst_us(&g, at(900), at(1120)), 5);
	assert_int_equal(g.worst_us, 300);
}

static void being_early_is_no_lateness(void **state)
{
	struct lag g = {0};

	(void)state;
	lag_note(&g, at(1), -500);
	assert_int_equal(lag_worst_us(&g, at(0), at(1)), 0);
	assert_int_equal(g.worst_us, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_worst_since_a_mark_counts_its_own_second),
	    cmocka_unit_test(two_minutes_later_it_is_forgotten_but_for_the_worst_ever),
	    cmocka_unit_test(being_early_is_no_lateness),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
