/* SPDX-License-Identifier: MIT
 *
 * A short walk: order in the config is the order of preference. Stickiness needs no
 * memory: who was away must be well for a while before it comes before those who were
 * not.
 */
#include "alerts/rival.h"

#include <string.h>

const char *rival_best(const struct rival *all, size_t n, const char *provider)
{
	for (size_t i = 0; i < n; i++) {
		if (all[i].health == HEALTH_UP && strcmp(all[i].provider, provider) != 0)
			return all[i].name;
	}
	return NULL;
}

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
