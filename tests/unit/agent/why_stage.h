/* SPDX-License-Identifier: MIT
 *
 * Stories for the tests of `why`: a few targets of one provider are fed a letter a
 * minute, a real judge sees it, and what it knows is told.
 */
#ifndef DIMWATCH_TESTS_WHY_STAGE_H
#define DIMWATCH_TESTS_WHY_STAGE_H

#include "agent/replay.h"
#include "agent/why.h"

#define STAGE_TARGETS 5

struct stage {
	struct replay *replay;
	struct judge_target targets[STAGE_TARGETS];
	struct rule rule;
	struct judge_config config;
	int64_t at_ms;
	struct why_seen seen; /* of the first target */
	struct str told;
	/* How the target stands beside what was seen. */
	bool stopped;
	struct pause pause;
	int64_t maintained_ms;
	const char *class;
};

/* The targets are m1, m2...; `deepseek` where there is one. when: of a rule, or NULL. */
void stage_init(struct stage *s, int n_targets, const char *when);
void stage_fini(struct stage *s);
/* The config is what was set in s->targets since; before anything is fed. */
void stage_open(struct stage *s);
/* One a minute for each target that is named by its letters (NULL: none): G good, S good
 * and slow, O overloaded, T no token, R our rate limit, K our key, P our own network,
 * L measured late, M in maintenance. */
void stage_feed(struct stage *s, const char *first, const char *second);
void stage_feed_times(struct stage *s, int times, const char *first);
/* What was seen begins here: a story tells of the incident, or of the last hour. */
void stage_forget(struct stage *s);

/* The newest that is open, or over; of a notice, or of anything else. */
const struct incident *stage_record(
    const struct stage *s, enum incident_state state, bool notice);
/* Eight seconds later: the story of the first target; of an incident. */
void stage_tell_target(struct stage *s);
void stage_tell_incident(struct stage *s, const struct incident *in);

#endif
