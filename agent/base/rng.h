/* SPDX-License-Identifier: MIT
 *
 * Seeded generator for jitter, questions and ids: xoshiro256**. The seed comes from the
 * edge (getrandom in agent/, a constant in tests), so every pure user repeats itself.
 */
#ifndef DIMWATCH_BASE_RNG_H
#define DIMWATCH_BASE_RNG_H

#include <stdint.h>

struct rng {
	uint64_t s[4];
};

void rng_init(struct rng *r, uint64_t seed);
uint64_t rng_next(struct rng *r);
uint64_t rng_below(struct rng *r, uint64_t n); /* 0 .. n-1, unbiased; n > 0 */
double rng_unit(struct rng *r);                /* [0, 1) */
/* x scaled by a factor in [1 - share, 1 + share]. */
int64_t rng_jitter(struct rng *r, int64_t x, double share);
/* Stable 64-bit hash of bytes (FNV-1a finished by splitmix): spreads and seeds. */
uint64_t hash64(const void *p, uint64_t n);

#endif
