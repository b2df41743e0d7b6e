/* SPDX-License-Identifier: MIT
 *
 * A short walk: order in the config is the order of preference. Stickiness needs no
 * memory: who was away must be well for a while before it comes before those who were
 * not.
 */
#include "alerts/rival.h"

#include <string.h>

enum rival_rank rival_rank(const struct rival_state *r, struct wall now)
{
	switch (r->health) {
	case HEALTH_UP:
	case HEALTH_SUSPECT:
		if (r->slow)
			return RIVAL_WEAK;
		if (r->recovered.ms && wall_diff_ms(now, r->recovered) < RIVAL_SETTLE_MS)
			return RIVAL_WELL_AGAIN;
		return RIVAL_WELL;
	case HEALTH_DEGRADED:
	case HEALTH_RECOVERING:
		return RIVAL_WEAK;
	case HEALTH_UNKNOWN:
		return RIVAL_UNKNOWN;
	case HEALTH_DOWN:
	case HEALTH_COUNT:
		break;
	}
	return RIVAL_DOWN;
}

static bool is_better(
    const struct rival_state *a, const struct rival_state *b, struct wall now)
{
	enum rival_rank x = rival_rank(a, now), y = rival_rank(b, now);

	if (x != y)
		return x < y;
	return x == RIVAL_WELL_AGAIN && a->recovered.ms < b->recovered.ms;
}

void rival_order(
    const struct rival_state *all, size_t n, struct wall now, size_t *ret_order)
{
	for (size_t i = 0; i < n; i++) {
		size_t k = i;

		for (; k > 0 && is_better(&all[i], &all[ret_order[k - 1]], now); k--)
			ret_order[k] = ret_order[k - 1];
		ret_order[k] = i;
	}
}

/* --- in messages ------------------------------------------------------------------ */

bool rival_is_perfect(const struct rival *r, struct wall now)
{
	return !r->barred && !r->near && r->state.health == HEALTH_UP &&
	       rival_rank(&r->state, now) == RIVAL_WELL;
}

static bool comes_before(const struct rival *a, const struct rival *b, struct wall now)
{
	bool slow_a = rival_rank(&a->state, now) == RIVAL_WEAK;
	bool slow_b = rival_rank(&b->state, now) == RIVAL_WEAK;

	if (slow_a != slow_b)
		return slow_b;
	if (a->near != b->near)
		return b->near;
	return is_better(&a->state, &b->state, now);
}

const char *rival_best(const struct rival *all, size_t n, struct wall now)
{
	const struct rival *best = NULL;

	for (size_t i = 0; i < n; i++) {
		const struct rival *r = &all[i];

		if (r->barred || r->state.health != HEALTH_UP)
			continue;
		if (!best || comes_before(r, best, now))
			best = r;
	}
	return best ? best->name : NULL;
}
