/* SPDX-License-Identifier: MIT
 *
 * Any config: targets of three providers, in two regions, alone and together, a ladder, a
 * gateway, two ways out, rules of every kind, maintenance; and any reload of it. All that
 * random histories leave to chance about what is watched is here.
 */
#ifndef DIMWATCH_TESTS_ANY_WORLD_H
#define DIMWATCH_TESTS_ANY_WORLD_H

#include "agent/base/rng.h"
#include "alerts/judge.h"

#define ANY_TARGETS  6
#define ANY_RULES    3
#define ANY_CONTROLS 2
#define ANY_T0       INT64_C(1767225600000)

struct any_world {
	struct judge_target all[ANY_TARGETS];
	bool there[ANY_TARGETS]; /* in the config now */
	struct rule rules[ANY_RULES];
	size_t n_rules;
	struct judge_way ways[2];
	size_t n_ways;
	struct maintenance maintenance;
	const char *maintained[1];
	bool announced;
	/* As the judge is told. */
	struct judge_target targets[ANY_TARGETS];
	struct judge_config config;
};

/* plain: nothing that only that time could know (witnesses, maintenance). */
void any_world_init(struct any_world *w, struct rng *r, bool plain);
/* Something in it is another: one that comes, goes, changes, or has another name. */
void any_world_reload(struct any_world *w, struct rng *r, struct wall now);
/* Every target is there, nothing is announced. */
void any_world_settle(struct any_world *w);
/* A series of the config, of all it ever had; 0: there is none. */
uint32_t any_world_series(const struct any_world *w, struct rng *r);

#endif
