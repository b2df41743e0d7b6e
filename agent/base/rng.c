/* SPDX-License-Identifier: MIT
 *
 * xoshiro256** (Blackman and Vigna, public domain), seeded through splitmix64 so that
 * neighbouring seeds give unrelated streams.
 */
#include "agent/base/rng.h"

#include <assert.h>

static uint64_t mix(uint64_t z)
{
	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static uint64_t rotl(uint64_t x, int k)
{
	return (x << k) | (x >> (64 - k));
}

void rng_init(struct rng *r, uint64_t seed)
{
	for (int i = 0; i < 4; i++) {
		seed += UINT64_C(0x9e3779b97f4a7c15);
		r->s[i] = mix(seed);
	}
}

uint64_t rng_next(struct rng *r)
{
	uint64_t *s = r->s;
	uint64_t result = rotl(s[1] * 5, 7) * 9;
	uint64_t t = s[1] << 17;

	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = rotl(s[3], 45);
	return result;
}

uint64_t rng_below(struct rng *r, uint64_t n)
{
	uint64_t floor, x;

	assert(n > 0);
	/* The lowest 2^64 mod n values would come once too often. */
	floor = (0 - n) % n;
	do {
		x = rng_next(r);
	} while (x < floor);
	return x % n;
}

double rng_unit(struct rng *r)
{
	return (double)(rng_next(r) >> 11) * 0x1.0p-53;
}

int64_t rng_jitter(struct rng *r, int64_t x, double share)
{
	double factor = 1.0 + share * (2.0 * rng_unit(r) - 1.0);

	return (int64_t)((double)x * factor);
}

uint64_t hash64(const void *p, uint64_t n)
{
	const uint8_t *b = p;
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (uint64_t i = 0; i < n; i++)
		h = (h ^ b[i]) * UINT64_C(0x100000001b3);
	return mix(h + UINT64_C(0x9e3779b97f4a7c15));
}
