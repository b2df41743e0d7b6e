/* SPDX-License-Identifier: MIT
 *
 * User rules as values, their text form, and their judgement (docs/rules.md): conditions
 * joined by `and`, half-open windows, guards, three-valued logic, `for`, `resolve`. A
 * rule judges a pool: one target, or with `by` the targets of one group, whose counts are
 * added up; the first of the pool carries the phase.
 */
#ifndef DIMWATCH_ALERTS_RULE_H
#define DIMWATCH_ALERTS_RULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/base/err.h"
#include "agent/base/str.h"
#include "agent/base/tick.h"
#include "alerts/health.h"
#include "probes/outcome.h"

#define RULE_CONDITIONS 32 /* of `when` and `resolve` together */
#define RULE_LAST       64 /* of `K of last N` */

enum condition_kind {
	CONDITION_SHARE,    /* error_rate, outcome(...) over W */
	CONDITION_COUNT,    /* failures, successes over W */
	CONDITION_RUN,      /* ... in a row */
	CONDITION_OF_LAST,  /* K of last N failed, ok */
	CONDITION_QUANTILE, /* p95(first_token) over W */
	CONDITION_BURN,     /* burn_rate(99.5%) over L and M */
	CONDITION_NO_DATA,
	CONDITION_HEALTH,
	CONDITION_KIND_COUNT
};

enum compare { COMPARE_GT, COMPARE_GE, COMPARE_LT, COMPARE_LE, COMPARE_COUNT };

enum rule_metric {
	METRIC_DNS,
	METRIC_CONNECT,
	METRIC_TLS,
	METRIC_FIRST_BYTE,
	METRIC_FIRST_TOKEN,
	METRIC_GAP,
	METRIC_TOTAL,
	METRIC_COUNT
};

struct condition {
	enum condition_kind kind;
	enum compare compare;
	bool good;         /* successes, ok */
	uint64_t outcomes; /* named ones: bits; 0: failures (successes, if good) */
	double limit;      /* SHARE, BURN's target: 0..1 */
	double factor; /* BURN: of the budget; QUANTILE: of the baseline, 0: limit_ms */
	int64_t limit_ms; /* QUANTILE */
	int count, of;    /* COUNT, RUN: N; OF_LAST: K of N */
	int percentile;   /* place among 50 75 90 95 99 */
	enum rule_metric metric;
	enum health health;
	bool slow;                   /* HEALTH: `slow` instead */
	int64_t window_ms, short_ms; /* 10 s .. 30 d; short: BURN's second */
	int min_failures; /* of the named outcomes; that are above. 0 = no such guard */
	int min_samples;
	int ring, short_ring; /* its windows among the rule's; -1: none */
};

enum rule_by { BY_TARGET, BY_PROVIDER, BY_REGION, BY_MODEL, BY_ALL, BY_COUNT };
const char *rule_by_code(enum rule_by by);
bool rule_by_parse(const char *code, enum rule_by *ret);

struct rule {
	const char *name;
	const char *text;         /* `when` as written */
	const char *resolve_text; /* NULL: by kind */
	/* `when`, behind it `resolve`. */
	struct condition conditions[RULE_CONDITIONS];
	int n_when, n_resolve, n_rings;
	int64_t for_ms;
	int64_t resolve_for_ms; /* default max(for, 60 s) */
	enum severity severity;
	enum rule_by by;
	/* Names of the targets it judges; NULL: all. No part of what it means: a target
	 * more is no other rule. */
	const char *const *targets;
	size_t n_targets;
	int line, column;
};

/* Parses `when`, and behind it `resolve`. e->msg is "what is wrong, and the cure";
 * *ret_offset is the byte offset inside `text` where it is wrong. ret is then
 * untouched. */
bool rule_parse(
    const char *text, struct rule *ret, size_t *ret_offset, struct err *e) MUST_CHECK;
bool rule_parse_resolve(
    const char *text, struct rule *ret, size_t *ret_offset, struct err *e) MUST_CHECK;
/* The condition that looks at one target only, as a sentence about `by`; NULL: none. */
const char *rule_not_by(const struct rule *r);
bool rule_has_kind(const struct rule *r, enum condition_kind kind);
bool rule_needs_habits(const struct rule *r);
/* Is that outcome, which is no evidence, named by a condition? */
bool rule_names(const struct rule *r, enum outcome o);

/* What the hardest of its conditions needs at this pace. */
struct rule_need {
	enum condition_kind kind;
	double share;      /* of the samples, 0..1; above 1: it can never fire */
	double samples;    /* that its window holds; RUN, OF_LAST: that it looks at */
	int64_t window_ms; /* 0: it has none */
	int guard;         /* samples that must be there */
	double tail;       /* QUANTILE: share that may be slower; else 0 */
	double least;      /* ... samples, so that the tail can hold its guard */
};
void rule_need(const struct rule *r, int64_t interval_ms, struct rule_need *ret);

/* Same verdicts from the same samples: everything but name, place and targets. */
bool rule_same(const struct rule *a, const struct rule *b);
uint64_t rule_hash(const struct rule *r);
#endif
