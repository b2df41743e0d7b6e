/* SPDX-License-Identifier: MIT
 *
 * A rule that is fed one sample a minute.
 */
#ifndef DIMWATCH_TESTS_RULE_RUN_H
#define DIMWATCH_TESTS_RULE_RUN_H

#include "alerts/rule_state.h"

#define T0 INT64_C(1767225600000)

struct run {
	struct rule r;
	struct rule_state s;
	struct rule_step last;
	int64_t now;
	int fired, resolved, unmeasurable;
};

static inline struct run begin(const char *when, int64_t for_ms, int64_t resolve_for_ms)
{
	struct run run = {.now = T0};
	struct err e;
	size_t offset;

	assert_true(rule_parse(when, &run.r, &offset, &e));
	run.r.for_ms = for_ms;
	run.r.resolve_for_ms = resolve_for_ms;
	run.r.severity = SEVERITY_MAJOR;
	rule_state_init(&run.r, &run.s, (struct wall){T0});
	return run;
}

static inline void end(struct run *run)
{
	rule_state_fini(&run->s);
}

static inline void note(struct run *run)
{
	run->fired += run->last.change == RULE_FIRED;
	run->resolved += run->last.change == RULE_RESOLVED;
	run->unmeasurable += run->last.change == RULE_UNMEASURABLE;
}

static inline void sample(struct run *run, int64_t at_ms, enum outcome o)
{
	struct rule_state *state = &run->s;
	const struct rule_pool pool = {&state, 1};
	struct sample s;

	sample_init(&s, 1, (struct wall){at_ms});
	s.outcome = o;
	rule_count(&run->r, state, &(struct rule_evidence){&s, MS_PER_MIN, NULL});
	rule_judge(&run->r, &pool, &(struct rule_now){.at = s.at}, true, &run->last);
	note(run);
}

static inline void feed(struct run *run, const char *samples)
{
	for (; *samples; samples++) {
		run->now += MS_PER_MIN;
		sample(run, run->now, *samples == 'F' ? OUTCOME_HTTP_5XX : OUTCOME_OK);
	}
}

static inline int64_t wake_ms(struct run *run)
{
	struct rule_state *state = &run->s;
	const struct rule_pool pool = {&state, 1};

	return rule_wake_at(&run->r, &pool, (struct wall){run->now}).ms;
}

static inline void pass(struct run *run, int64_t ms)
{
	struct rule_state *state = &run->s;
	const struct rule_pool pool = {&state, 1};

	run->now += ms;
	rule_judge(
	    &run->r, &pool, &(struct rule_now){.at = {run->now}}, false, &run->last);
	note(run);
}

static const char plain[] = "error_rate > 20% over 10m, at least 3 failures";

#endif
