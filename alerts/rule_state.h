/* SPDX-License-Identifier: MIT
 *
 * The judgement of one rule: a state for each target, the evidence that goes into it, the
 * phases idle, pending, firing. Time comes with every call.
 */
#ifndef DIMWATCH_ALERTS_RULE_STATE_H
#define DIMWATCH_ALERTS_RULE_STATE_H

#include <jansson.h>

#include "alerts/rule.h"
#include "probes/sample.h"

enum rule_phase { RULE_IDLE, RULE_PENDING, RULE_FIRING };
enum truth { TRUTH_FALSE, TRUTH_TRUE, TRUTH_UNKNOWN };

struct rule_ring;
struct rule_last;

/* State of one rule on one target: constant memory. */
struct rule_state {
	struct rule_ring *rings; /* owned; one a window */
	int n_rings;
	struct rule_last *last; /* owned; NULL: no condition looks at it */
	int failed_run, ok_run;
	int64_t failed_since_ms; /* the run's first */
	int64_t first_good_ms;   /* since the last sample that counted against it */
	int64_t last_ms;         /* latest evidence; before it: knowledge begins */
	int64_t covered_from_ms; /* knowledge begins here (start, or after a gap) */
	bool against;            /* one counted so since the last judgement */
	bool on;                 /* the rule judges this target */
	int group;               /* of the judge; -1: by target */
	/* Of the first of a pool. */
	enum rule_phase phase;
	bool spent; /* it was over; nothing new since, and not yet false */
	int64_t pending_since_ms, resolving_since_ms, unknown_since_ms;
	int64_t start_ms;  /* back-dated start of the firing */
	int64_t looked_ms; /* latest judgement: what came due since then is still owed */
};

/* What is usual for a target now. */
struct rule_habits {
	double median_ms, quantile_ms[5]; /* 50 75 90 95 99 */
};

/* One evidence sample, or one of blame us that a condition names. */
struct rule_evidence {
	const struct sample *sample;
	int64_t pace_ms;
	const struct rule_habits *habits; /* NULL: not known */
};

struct rule_now {
	struct wall at;
	enum health health; /* without what rules say */
	bool slow;
};

enum rule_change { RULE_SAME, RULE_FIRED, RULE_RESOLVED, RULE_UNMEASURABLE };

struct rule_step {
	enum rule_change change;
	struct wall
	    edge; /* FIRED: back-dated start; else first success of that stretch */
	uint32_t n, failed; /* in its first window */
};

/* Of one rule: the states of a target, or of a group's targets. */
struct rule_pool {
	struct rule_state *const *states;
	size_t n;
};

void rule_state_init(const struct rule *r, struct rule_state *s, struct wall known_from);
void rule_state_fini(struct rule_state *s);
void rule_count(
    const struct rule *r, struct rule_state *s, const struct rule_evidence *ev);
/* by_sample: time alone may resolve, freeze, complete a `for` or fire for absence; it
 * never starts to fire a rate rule. */
void rule_judge(const struct rule *r, const struct rule_pool *pool,
    const struct rule_now *now, bool by_sample, struct rule_step *ret);
/* When rule_judge would have something to do, always after `now`; INT64_MAX: never. */
struct wall rule_wake_at(
    const struct rule *r, const struct rule_pool *pool, struct wall now);
void rule_on_gap(struct rule_state *s, struct wall until);
/* Nobody asked until then, and rightly so: no absence of data. */
void rule_hold_off(struct rule_state *s, struct wall until);
/* The wall clock stepped: forward moves the timers along, backward forgets the window. */
void rule_on_jump(struct rule_state *s, int64_t jump_ms, struct wall now);
/* An incident of storage says that the rule fires since `start`. */
void rule_adopt(struct rule_state *s, struct wall start);
/* What its conditions see: "3 of 11 failed (27 %) and health is degraded". */
char *rule_words(const struct rule *r, const struct rule_pool *pool, struct wall now,
    char *buf, size_t size);
/* State as JSON and back; restore leaves s, which was init'ed for the rule, alone when it
 * returns false. */
json_t *rule_dump(const struct rule_state *s);
bool rule_restore(const struct rule *r, struct rule_state *s, const json_t *v) MUST_CHECK;

#endif
