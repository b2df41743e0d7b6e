/* SPDX-License-Identifier: MIT
 *
 * The generator repeats itself for a seed and is fair enough for jitter.
 */
#include "agent/base/rng.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* The published outputs of splitmix64 for seed 0, and of xoshiro256** seeded with them.
 */
static void a_seed_gives_the_reference_stream(void **state)
{
	struct rng r;

	(void)state;
	rng_init(&r, 0);
	assert_true(r.s[0] == UINT64_C(0xe220a8397b1dcdaf));
	assert_true(r.s[1] == UINT64_C(0x6e789e6aa1b965f4));
	assert_true(r.s[2] == UINT64_C(0x06c45d188009454f));
	assert_true(r.s[3] == UINT64_C(0xf88bb8a8724c81ec));
	assert_true(rng_next(&r) == UINT64_C(0x99ec5f36cb75f2b4));
	assert_true(rng_next(&r) == UINT64_C(0xbf6e1f784956452a));
}

static void below_is_in_range_and_even(void **state)
{
	int seen[7] = {0};
	struct rng r;

	(void)state;
	rng_init(&r, 1);
	for (int i = 0; i < 70000; i++) {
		uint64_t x = rng_below(&r, 7);

		assert_true(x < 7);
		seen[x]++;
	}
	for (int i = 0; i < 7; i++)
		assert_in_range(seen[i], 9600, 10400);
	assert_int_equal(rng_below(&r, 1), 0);
	assert_true(rng_below(&r, UINT64_MAX) < UINT64_MAX);
}

static void unit_stays_below_one(void **state)
{
	double sum = 0.0;
	struct rng r;

	(void)state;
	rng_init(&r, 2);
	for (int i = 0; i < 10000; i++) {
		double x = rng_unit(&r);

		assert_true(x >= 0.0 && x < 1.0);
		sum += x;
	}
	assert_true(fabs(sum / 10000 - 0.5) < 0.02);
}

static void jitter_stays_within_its_share(void **state)
{
	int64_t least = INT64_MAX, most = 0;
	struct rng r;

	(void)state;
	rng_init(&r, 5);
	for (int i = 0; i < 10000; i++) {
		int64_t x = rng_jitter(&r, 60000, 0.1);

		assert_true(x >= 54000 && x <= 66000);
		least = x < least ? x : least;
		most = x > most ? x : most;
	}
	assert_true(least < 54200 && most > 65800);
	assert_int_equal(rng_jitter(&r, 1234, 0.0), 1234);
}

static void hash_is_stable_and_spreads(void **state)
{
	int buckets[64] = {0};

	(void)state;
	assert_true(hash64("abc", 3) == hash64("abcd", 3));
	assert_true(hash64("abc", 3) != hash64("abd", 3));
	assert_true(hash64(NULL, 0) == UINT64_C(0xc3817c016ba4ff30));
	for (uint32_t i = 0; i < 6400; i++)
		buckets[hash64(&i, sizeof(i)) % 64]++;
	for (int i = 0; i < 64; i++)
		assert_in_range(buckets[i], 50, 150);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_seed_gives_the_reference_stream),
	    cmocka_unit_test(below_is_in_range_and_even),
	    cmocka_unit_test(unit_stays_below_one),
	    cmocka_unit_test(jitter_stays_within_its_share),
	    cmocka_unit_test(hash_is_stable_and_spreads),
	};

	return cmocka_run_group_tests_name("rng", tests, NULL, NULL);
}
