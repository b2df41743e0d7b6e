/* SPDX-License-Identifier: MIT
 *
 * Rules that watch the same world: `auto` as shipped (the C judge, asked through its
 * simulator) beside the default rules of others, as their documentation describes them.
 * A rule is asked when it wants to be and says whether it is alarmed.
 */
#ifndef DIMWATCH_TESTS_VERDICT_RULES_H
#define DIMWATCH_TESTS_VERDICT_RULES_H

#include "tests/unit/alerts/sim_world.h"

/* Whether an ask at a time fails: a pure function of both, so that whoever asks at the
 * same time sees the same. */
struct verdict_world {
	uint64_t seed;
	double base;                  /* share of failures in peace */
	double from_s, until_s, rate; /* ... and between these */
};
bool verdict_fails(const struct verdict_world *w, double at_s);
double verdict_unit(uint64_t seed); /* [0, 1), a pure function */

#define PLAYER_RING 16

struct player {
	const struct verdict_rule *rule; /* borrowed */
	double next_s;                   /* when it asks next */
	double phase;                    /* [0, 1): of its own timers */
	uint64_t asks;
	bool alarm;     /* now */
	int n_alarms;   /* how often it became so */
	double extra_s; /* what passes between its alarm and its message */
	int run;        /* failures in a row */
	struct {
		double at_s;
		bool failed;
	} ring[PLAYER_RING]; /* oldest first */
	int n_ring;
	struct sim *sim; /* owned; NULL: not ours */
};

struct verdict_rule {
	const char *name;
	double interval_s;
	/* Sees one outcome, sets alarm and extra_s, returns the wait for the next ask.
	 * NULL: the C judge. */
	double (*fold)(struct player *p, double at_s, bool failed);
	/* What the specification's simulator found for it (docs/detection.md); for ours,
	 * of as many outages as ours are. */
	double invented[3]; /* a target-year at 0.1, 1, 3 % */
	double blips;       /* alarms a year at four a day */
	struct {
		double median_s, p95_s, missed; /* HUGE_VAL: not within the hour */
	} delay[4];                             /* at 100, 50, 25, 10 % */
	double asks;                            /* a day, at 1 %; 0: not bounded */
};
/* The outages a rate and the blips behind the figures for ours. */
#define VERDICT_MODEL_RUNS  5000
#define VERDICT_MODEL_BLIPS 100000

/* Row i; NULL behind the last. */
const struct verdict_rule *verdict_rule_at(int i);

/* The first ask is at first_s. */
void player_init(
    struct player *p, const struct verdict_rule *r, double first_s, double phase);
void player_fini(struct player *p);
void player_ask(struct player *p, const struct verdict_world *w);
/* Nothing of the past hangs over it. */
bool player_is_idle(const struct player *p);

#endif
