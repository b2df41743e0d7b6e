/* SPDX-License-Identifier: MIT
 *
 * What the judge must know of a generation: the same for `run` and `replay`.
 */
#ifndef DIMWATCH_AGENT_CONF_JUDGE_H
#define DIMWATCH_AGENT_CONF_JUDGE_H

#include "agent/conf.h"
#include "alerts/judge.h"
#include "alerts/way.h"

/* The ways out of this machine that targets take, in order of appearance, each with its
 * proxy (NULL: directly). Borrowed from the generation. */
struct conf_ways {
	size_t n;
	struct judge_way judge[WAY_MAX];
	const struct secret *proxy[WAY_MAX];
};
void conf_ways(const struct conf *c, struct conf_ways *ret);

/* One a target, in their order, with their series; free() it. */
struct judge_target *conf_judge_targets(const struct conf *c);

#endif
