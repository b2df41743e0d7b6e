/* SPDX-License-Identifier: MIT */
#include "agent/room.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "agent/base/xalloc.h"

static const struct provider provider = {.id = "p", .name = "P"};

/* n targets without budgets. */
static struct schedule_limits room(size_t n, int64_t interval_ms, int64_t asks_a_day)
{
	struct conf c = {.n_targets = n, .rates = *rates_default()};
	struct schedule_limits l;

	c.targets = xcalloc(n, sizeof(*c.targets));
	for (size_t i = 0; i < n; i++)
		c.targets[i] = (struct target){
		    .name = "t",
		    .provider = &provider,
		    .interval_ms = interval_ms,
		    .max_asks_per_day = asks_a_day,
		    .budget = {.nano = -1},
		    .price = { "", -1, -1}
                };
	l = room_for(&c);
	free(c.targets);
	return l;
}

static void usual_config_has_room_for_256(void **state)
{
	(void)state;
	assert_int_equal(room(3, 60000, 0).in_flight, 256);
	assert_int_equal(room(3, 60000, 0).per_provider, 64);
}

/* 10,000 targets every minute whose answers take 3 s have 500 in flight: with 256 places
 * half of their slots were left out. */
static void ten_thousand_targets_have_room_for_all_their_slots(void **state)
{
	(void)state;
	assert_in_range(room(10000, 60000, 0).in_flight, 999, 1001);
	assert_in_range(room(10000, 60000, 0).per_provider, 249, 251);
}

static void budgets_that_stretch_the_pace_count(void **state)
{
	(void)state;
	assert_int_equal(room(10000, 60000, 100).in_flight, 256);
}

static void room_is_bounded(void **state)
{
	(void)state;
	assert_int_equal(room(10000, 1000, 0).in_flight, 2048);
	assert_int_equal(room(10000, 1000, 0).per_provider, 512);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(usual_config_has_room_for_256),
	    cmocka_unit_test(ten_thousand_targets_have_room_for_all_their_slots),
	    cmocka_unit_test(budgets_that_stretch_the_pace_count),
	    cmocka_unit_test(room_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
