/* SPDX-License-Identifier: MIT
 *
 * When to try again: the back-off of one delivery and the token bucket of one channel.
 */
#ifndef DIMWATCH_ALERTS_RETRY_H
#define DIMWATCH_ALERTS_RETRY_H

#include "alerts/outbox.h"

#define RETRY_LONGEST_MS ((int64_t)6 * 60 * 1000) /* 5 min and its jitter */

/* Wait after the n-th failed attempt (n >= 1): 1 s, 5 s, 15 s, 1, 2, 5 min, then every
 * 5 min, each +-20 %. */
int64_t retry_wait_ms(int attempts, struct rng *r);

/* The bucket holds up to k->burst tokens and gains one per k->pace_ms; an attempt takes
 * one. It lives in the channel's status, so it survives a restart. */
void limiter_fill(struct channel_status *s, const struct channel_kind *k);
/* When a token is there: possibly long ago. */
struct wall limiter_ready_at(
    const struct channel_status *s, const struct channel_kind *k);
void limiter_take(
    struct channel_status *s, const struct channel_kind *k, struct wall now);

#endif
