/* SPDX-License-Identifier: MIT
 *
 * The retry time-table and the limiter's arithmetic.
 */
#include "alerts/retry.h"

#include <assert.h>
#include <math.h>

/* A token that is short by this much is whole: doubles do not add up exactly. */
#define TOKEN_SLACK 1e-6

static const int64_t waits_s[] = {1, 5, 15, 60, 120, 300};
#define N_WAITS ((int)(sizeof(waits_s) / sizeof(waits_s[0])))

int64_t retry_wait_ms(int attempts, struct rng *r)
{
	int row = attempts < 1 ? 0 : attempts > N_WAITS ? N_WAITS - 1 : attempts - 1;

	return rng_jitter(r, waits_s[row] * MS_PER_S, 0.2);
}

/* Tokens at `now`; a clock that went back gives none. */
static double tokens_at(
    const struct channel_status *s, const struct channel_kind *k, struct wall now)
{
	int64_t passed = wall_diff_ms(now, s->tokens_at);
	double tokens = s->tokens;

	if (passed > 0)
		tokens += (double)passed / (double)k->pace_ms;
	return tokens > k->burst ? k->burst : tokens;
}

void limiter_fill(struct channel_status *s, const struct channel_kind *k)
{
	s->tokens = k->burst;
}

struct wall limiter_ready_at(const struct channel_status *s, const struct channel_kind *k)
{
	double missing = 1.0 - TOKEN_SLACK - s->tokens;

	if (missing <= 0)
		return s->tokens_at;
	return wall_add_ms(s->tokens_at, (int64_t)ceil(missing * (double)k->pace_ms));
}

void limiter_take(struct channel_status *s, const struct channel_kind *k, struct wall now)
{
	double tokens = tokens_at(s, k, now) - 1.0;

	assert(tokens > -2 * TOKEN_SLACK);
	s->tokens = tokens < 0 ? 0 : tokens;
	s->tokens_at = now;
}
