/* SPDX-License-Identifier: MIT
 *
 * A judge with targets, a clock and short words for what happens to it.
 */
#ifndef DIMWATCH_TESTS_JUDGE_FIXTURE_H
#define DIMWATCH_TESTS_JUDGE_FIXTURE_H

#include "alerts/judge.h"

#define FIXTURE_T0      INT64_C(1767225600000)
#define FIXTURE_TARGETS 4

struct bench {
	struct judge *j;
	struct judge_update up;
	struct wall now;
	struct judge_target
	    targets[FIXTURE_TARGETS]; /* series 1.., "t1".., provider "p1".. */
	size_t n_targets;
	struct judge_way way; /* the direct one, without controls */
	struct rule rules[4];
	size_t n_rules;
	struct incident closed[32]; /* less than 30 minutes ago, as storage has them */
	size_t n_closed;
};

/* n targets at 60 s, no rules, configured at FIXTURE_T0. */
void bench_init(struct bench *b, size_t n_targets);
void bench_fini(struct bench *b);
void bench_step(struct bench *b, struct judge_event ev);
void bench_config(struct bench *b);
void bench_pass(struct bench *b, int64_t ms);
/* A sample that starts and ends now. */
void bench_sample(struct bench *b, uint32_t series, enum outcome o, uint32_t flags);
/* One sample a minute for series 1: F http_5xx, G ok, Q quota, L local. */
void bench_feed(struct bench *b, const char *samples);
/* A good answer of series 1, a minute later, that begins so late. */
void bench_answer(struct bench *b, int first_token_ms);
void bench_time(struct bench *b);
void bench_rule(struct bench *b, const char *name, const char *when);
/* Ends the judge and makes a new one from what storage would hold. */
void bench_restart(struct bench *b);
/* The only fact of the last step of that kind; NULL: none. */
const struct fact *bench_fact(const struct bench *b, enum fact_kind kind);
const struct incident *bench_open(
    const struct bench *b, enum subject_kind kind, const char *id);
enum health bench_health(const struct bench *b, uint32_t series);

#endif
