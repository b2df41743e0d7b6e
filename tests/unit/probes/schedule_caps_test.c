/* SPDX-License-Identifier: MIT
 *
 * Who goes first when not all can: caps, hanging providers, ten thousand targets, and
 * invariants that hold whatever happens.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "agent/base/rng.h"
#include "probes/schedule.h"
#include "tests/unit/probes/schedule_world.h"

/* --- caps --- */

static void ten_thousand_first_looks_are_limited_by_the_cap_only(void **state)
{
	struct schedule *s = schedule_new((struct schedule_limits){256, 256}, START);
	struct schedule_due due;
	char name[16];
	int64_t t = 0;
	size_t asked = 0, in_flight = 0;

	(void)state;
	for (uint32_t i = 0; i < 10000; i++) {
		snprintf(name, sizeof(name), "t%u", i);
		schedule_put(s, &(struct schedule_target){i, name, "p", S(3600)}, START);
	}
	/* Every exchange takes exactly one turn of 100 ms: 256 a turn at most. */
	uint32_t flying[256];
	while (asked < 10000) {
		size_t started = 0;

		for (size_t i = 0; i < in_flight; i++)
			schedule_done(s, flying[i], at(t));
		while (schedule_next(s, at(t), &due)) {
			assert_true(started < 256);
			assert_true(due.first_look);
			flying[started++] = due.series;
		}
		/* Whenever somebody waits, the cap is full. */
		if (schedule_stats(s).waiting_for_cap > 0)
			assert_int_equal(started, 256);
		in_flight = started;
		asked += started;
		t += 100;
	}
	assert_in_range(t, S(10) - 200, S(10) + 200);
	schedule_free(s);
}

static void changed_limit_holds_from_then_on_and_lets_the_waiting_go(void **state)
{
	struct schedule *s = schedule_new((struct schedule_limits){2, 1}, START);
	struct schedule_due due;
	int started = 0;

	(void)state;
	for (uint32_t i = 0; i < 8; i++)
		schedule_put(s, &(struct schedule_target){i, "t", "p", S(3600)}, START);
	while (schedule_next(s, at(S(20)), &due))
		started++;
	assert_int_equal(started, 1); /* of one provider */
	schedule_set_limits(s, (struct schedule_limits){6, 5});
	while (schedule_next(s, at(S(20)), &due))
		started++;
	assert_int_equal(started, 5);
	schedule_set_limits(s, (struct schedule_limits){3, 3});
	schedule_done(s, due.series, at(S(20)));
	assert_false(schedule_next(s, at(S(20)), &due));
	schedule_free(s);
}

static void cap_in_all_holds_and_the_rest_follow_as_places_get_free(void **state)
{
	struct world w;
	char name[16];

	(void)state;
	world_open(&w, (struct schedule_limits){5, 100}, S(4));
	for (uint32_t i = 0; i < 20; i++) {
		snprintf(name, sizeof(name), "t%u", i);
		world_put(&w, i, name, name, S(600));
	}
	w.now_ms = S(10);
	world_start_due(&w);
	assert_int_equal(w.n, 5);
	assert_int_equal(schedule_stats(w.s).in_flight, 5);
	assert_int_equal(schedule_stats(w.s).waiting_for_cap, 15);
	assert_true(schedule_wake_at(w.s).us == INT64_MAX);
	world_run(&w, S(14));
	assert_int_equal(w.n, 10);
	world_run(&w, S(22));
	assert_int_equal(w.n, 20);
	for (uint32_t i = 0; i < 20; i++)
		assert_int_equal(world_count(&w, i), 1);
	world_close(&w);
}

static void provider_that_hangs_with_all_its_places_taken_delays_no_other(void **state)
{
	struct world w;
	char name[16];

	(void)state;
	world_open(&w, (struct schedule_limits){256, 4}, -1);
	for (uint32_t i = 0; i < 40; i++) {
		snprintf(name, sizeof(name), "hung-%u", i);
		world_put(&w, i, name, "hung", S(60));
	}
	world_put(&w, 100, "good", "good", S(60));
	w.now_ms = S(30);
	world_start_due(&w);
	assert_int_equal(world_count(&w, 100), 1);
	assert_int_equal(schedule_stats(w.s).in_flight, 5);
	for (int minute = 0; minute < 60; minute++) {
		schedule_done(w.s, 100, at(w.now_ms)); /* only the good one answers */
		world_run(&w, w.now_ms + S(60));
	}
	assert_in_range(world_count(&w, 100), 60, 62);
	for (size_t i = 0; i < world_count(&w, 100); i++)
		assert_true(
		    world_nth(&w, 100, i)->at_ms - world_nth(&w, 100, i)->due_ms <=
		    S(30));
	for (size_t i = 2; i < world_count(&w, 100); i++)
		assert_in_range(
		    world_nth(&w, 100, i)->at_ms - world_nth(&w, 100, i)->due_ms, 0, 1);
	assert_int_equal(schedule_stats(w.s).waiting_for_cap, 36);
	world_close(&w);
}

static void hung_target_delays_no_other(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, NO_LIMITS, -1);
	world_put(&w, 1, "hung", "p", S(30));
	world_put(&w, 2, "good", "p", S(30));
	for (int i = 0; i < 40; i++) {
		world_run(&w, w.now_ms + S(15));
		schedule_done(w.s, 2, at(w.now_ms));
	}
	assert_int_equal(world_count(&w, 1), 1);
	assert_in_range(world_count(&w, 2), 19, 21);
	world_close(&w);
}

static void longest_overdue_goes_first(void **state)
{
	struct world w;
	char name[16];
	int64_t before = -1;

	(void)state;
	world_open(&w, (struct schedule_limits){1, 1}, -1);
	for (uint32_t i = 0; i < 30; i++) {
		snprintf(name, sizeof(name), "t%u", i);
		world_put(&w, i, name, i % 2 ? "odd" : "even", S(600));
	}
	w.now_ms = S(20);
	for (size_t i = 0; i < 30; i++) {
		world_start_due(&w);
		assert_int_equal(w.n, i + 1);
		assert_true(w.asks[i].due_ms >= before);
		before = w.asks[i].due_ms;
		schedule_done(w.s, w.asks[i].series, at(w.now_ms));
	}
	world_close(&w);
}

/* --- everything at once --- */

#define CROWD     20
#define PROVIDERS 4

/* What the test knows of a schedule with 8 places, 3 of them a provider. */
struct crowd {
	struct schedule *s;
	struct rng *r;
	int64_t now_ms;
	bool known[CROWD];
	int flying[CROWD], per_provider[PROVIDERS], all;
	int64_t last_regular_ms[CROWD];
};

static void forget(struct crowd *c, uint32_t k)
{
	schedule_remove(c->s, k);
	c->all -= c->flying[k];
	c->per_provider[k % PROVIDERS] -= c->flying[k];
	c->flying[k] = 0;
	c->known[k] = false;
	c->last_regular_ms[k] = -S(1000000);
}

static void remember(struct crowd *c, uint32_t k)
{
	char name[8], provider[8];

	snprintf(name, sizeof(name), "n%u", k);
	snprintf(provider, sizeof(provider), "p%u", k % PROVIDERS);
	schedule_put(
	    c->s, &(struct schedule_target){k, name, provider, S(60)}, at(c->now_ms));
	c->known[k] = true;
}

/* The first from k on that has something in flight. */
static void answer(struct crowd *c, uint32_t k)
{
	for (int i = 0; i < CROWD && c->flying[k] == 0; i++)
		k = (k + 1) % CROWD;
	if (c->flying[k] == 0)
		return;
	schedule_done(c->s, k, at(c->now_ms));
	c->flying[k]--;
	c->per_provider[k % PROVIDERS]--;
	c->all--;
}

static void act(struct crowd *c)
{
	uint32_t k = (uint32_t)rng_below(c->r, CROWD);
	int64_t ms = (int64_t)rng_below(c->r, 20000);

	switch (rng_below(c->r, 8)) {
	case 0:
		remember(c, k);
		break;
	case 1:
		if (rng_below(c->r, 20) == 0)
			forget(c, k);
		break;
	case 2:
		schedule_wish(c->s, k, ms, at(c->now_ms));
		break;
	case 3:
		schedule_set_pace(c->s, k, ms * 6, at(c->now_ms));
		break;
	case 4:
		schedule_hold(c->s, k, at(c->now_ms + ms));
		break;
	default:
		answer(c, k);
		break;
	}
}

static void start_and_look(struct crowd *c)
{
	struct schedule_due due;

	while (schedule_next(c->s, at(c->now_ms), &due)) {
		uint32_t k = due.series;

		assert_true(c->known[k]);
		assert_true(due.due.us <= at(c->now_ms).us);
		c->all++;
		assert_true(++c->per_provider[k % PROVIDERS] <= 3);
		assert_true(++c->flying[k] <= SCHEDULE_MAX_PER_TARGET);
		if (due.reask)
			continue;
		assert_int_equal(c->flying[k], 1);
		assert_true(c->now_ms - c->last_regular_ms[k] >= S(30));
		c->last_regular_ms[k] = c->now_ms;
	}
	assert_true(c->all <= 8);
	assert_int_equal(schedule_stats(c->s).in_flight, c->all);
	assert_true(schedule_wake_at(c->s).us > at(c->now_ms).us);
}

static void random_days_keep_every_invariant(void **state)
{
	struct rng r;

	(void)state;
	rng_init(&r, 20261123);
	for (int day = 0; day < 20; day++) {
		struct crowd c = {.r = &r};

		c.s = schedule_new((struct schedule_limits){8, 3}, START);
		for (int i = 0; i < CROWD; i++)
			c.last_regular_ms[i] = -S(1000000);
		for (int step = 0; step < 3000; step++) {
			c.now_ms += (int64_t)rng_below(&r, 4000);
			act(&c);
			start_and_look(&c);
		}
		assert_true(schedule_stats(c.s).started > 500);
		schedule_free(c.s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(ten_thousand_first_looks_are_limited_by_the_cap_only),
	    cmocka_unit_test(changed_limit_holds_from_then_on_and_lets_the_waiting_go),
	    cmocka_unit_test(cap_in_all_holds_and_the_rest_follow_as_places_get_free),
	    cmocka_unit_test(
		provider_that_hangs_with_all_its_places_taken_delays_no_other),
	    cmocka_unit_test(hung_target_delays_no_other),
	    cmocka_unit_test(longest_overdue_goes_first),
	    cmocka_unit_test(random_days_keep_every_invariant),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
