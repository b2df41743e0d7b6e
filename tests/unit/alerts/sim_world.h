/* SPDX-License-Identifier: MIT
 *
 * Targets that are asked in virtual time: at their slots, and sooner when the judge
 * wishes it. Answers come at once; what they are is the caller's affair.
 */
#ifndef DIMWATCH_TESTS_SIM_WORLD_H
#define DIMWATCH_TESTS_SIM_WORLD_H

#include "agent/base/rng.h"
#include "alerts/judge.h"

#define SIM_TARGETS 128
#define SIM_EPOCH   INT64_C(1767225600000)

struct sim {
	struct judge *judge;
	struct judge_update up;
	double interval_s, now_s;
	double slot_s[SIM_TARGETS], wish_s[SIM_TARGETS]; /* next; INFINITY: none */
	int n;
	uint64_t asks;
	bool opened; /* by the last ask */
	int n_opened;
	enum health health; /* of the target asked last */
};

/* The first target's first ask is at first_s, the others are spread over the pace. */
void sim_init(struct sim *w, int n, double interval_s, double first_s);
/* The same target, its state taken through JSON. One target only. */
void sim_copy(struct sim *w, const struct sim *from);
void sim_fini(struct sim *w);
/* When the next ask is. */
double sim_next(const struct sim *w);
/* Asks then. latency_ms 0: none is known. */
void sim_ask(struct sim *w, bool failed, double latency_ms);

/* First-token times: log-normal, heavy tail, daily swing, slow correlated load. */
struct latency_world {
	struct rng rng;
	double load, at_s;
};
void latency_world_init(struct latency_world *w, uint64_t seed);
double latency_draw(struct latency_world *w, double at_s, double times);

#endif
