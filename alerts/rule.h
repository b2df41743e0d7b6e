/* SPDX-License-Identifier: MIT
 *
 * User rules as values, their text form, and their evaluation over a ring of buckets
 * (detection.md's meaning: windows are half-open, guards, three-valued logic, `for`,
 * default resolve). This version knows one condition:
 *   error_rate > R% over W[, at least N failures][, at least N samples]
 */
#ifndef DIMWATCH_ALERTS_RULE_H
#define DIMWATCH_ALERTS_RULE_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "agent/base/err.h"
#include "agent/base/str.h"
#include "agent/base/tick.h"
#include "alerts/health.h"

struct rule {
	const char *name;
	const char *text;  /* `when` as written */
	double limit;      /* 0..1 */
	bool or_equal;     /* ">=" */
	int64_t window_ms; /* 10 s .. 30 d */
	int min_failures;  /* default 5 unless a guard is written */
	int min_samples;   /* 0 = no such guard */
	int64_t for_ms;
	int64_t resolve_for_ms; /* default max(for, 60 s) */
	enum severity severity;
	int line, column;
};

/* Parses `when`. e->msg is "what is wrong, and the cure"; *ret_offset is the byte offset
 * inside `text` where it is wrong. Fills limit, or_equal, window and guards only. */
bool rule_parse(
    const char *text, struct rule *ret, size_t *ret_offset, struct err *e) MUST_CHECK;
/* The share of failures it really needs at this pace (guards included), 0..1; above 1:
 * it can never fire (the window holds too few samples). */
double rule_needed_share(const struct rule *r, int64_t interval_ms);
/* Samples that the window holds at this pace. */
double rule_samples(const struct rule *r, int64_t interval_ms);

#define RULE_SLOTS 61

enum rule_phase { RULE_IDLE, RULE_PENDING, RULE_FIRING };
enum truth { TRUTH_FALSE, TRUTH_TRUE, TRUTH_UNKNOWN };

/* State of one rule on one target: constant memory. */
struct rule_state {
	uint32_t n[RULE_SLOTS], failed[RULE_SLOTS];
	int64_t first_fail_ms[RULE_SLOTS]; /* earliest failure of the slot; 0 none */
	int64_t newest;                    /* slot number of the newest slot; -1 empty */
	int64_t covered_from_ms; /* knowledge begins here (start, or after a gap) */
	enum rule_phase phase;
	int64_t pending_since_ms, resolving_since_ms, unknown_since_ms;
	int64_t start_ms;      /* back-dated start of the firing */
	int64_t first_good_ms; /* first success since the last failure */
	int ok_since_fail;
};

enum rule_change { RULE_SAME, RULE_FIRED, RULE_RESOLVED, RULE_UNMEASURABLE };

struct rule_step {
	enum rule_change change;
	struct wall
	    edge; /* FIRED: back-dated start; RESOLVED: first success of that stretch */
	struct wall wake_at; /* ms INT64_MAX: none */
	double share;        /* for the words */
	uint32_t n, failed;
};

void rule_state_init(struct rule_state *s, struct wall known_from);
/* One evidence sample (never an excluded one). */
void rule_on_sample(const struct rule *r, struct rule_state *s, struct wall at,
    bool failed, struct rule_step *ret);
/* Time passes: may resolve, freeze, complete a `for`; never starts to fire a rate rule.
 */
void rule_on_time(
    const struct rule *r, struct rule_state *s, struct wall now, struct rule_step *ret);
void rule_on_gap(struct rule_state *s, struct wall until);
/* The wall clock stepped: forward moves the timers along, backward forgets the window. */
void rule_on_jump(struct rule_state *s, int64_t jump_ms, struct wall now);
/* An incident of storage says that the rule fires since `start`. */
void rule_adopt(struct rule_state *s, struct wall start);
/* When rule_on_time would have something to do, always after `now`; INT64_MAX: never. */
struct wall rule_wake_at(
    const struct rule *r, const struct rule_state *s, struct wall now);
/* Same verdicts from the same samples: everything but name and place. */
bool rule_same(const struct rule *a, const struct rule *b);
uint64_t rule_hash(const struct rule *r);
/* State as JSON and back; restore leaves s alone when it returns false. */
json_t *rule_dump(const struct rule_state *s);
bool rule_restore(struct rule_state *s, const json_t *v) MUST_CHECK;

#endif
