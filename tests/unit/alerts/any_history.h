/* SPDX-License-Identifier: MIT
 *
 * One random history, an event at a time: a judge, a world around it, and what storage
 * would hold. Everything comes from one seed. What must hold is asserted behind every
 * step.
 */
#ifndef DIMWATCH_TESTS_ANY_HISTORY_H
#define DIMWATCH_TESTS_ANY_HISTORY_H

#include "tests/unit/alerts/any_store.h"
#include "tests/unit/alerts/any_world.h"

#define ANY_ASKS      64
#define ANY_PROVIDERS 3
#define USUAL_MS      400 /* to the first token */

struct any_history {
	struct any_world w;
	struct any_store store;
	struct judge *j;
	struct judge_update up;
	struct wall now;
	struct rng rng;
	int weather[ANY_ROWS]; /* failures in 100 asks, by series */
	int slow[ANY_ROWS];    /* times slower */
	bool silent;           /* our own network is down */
	int control_weather;   /* failures of controls in 100 */
	struct control_ask asks[ANY_ASKS];
	int n_asks;
	struct opinion_held pages[ANY_PROVIDERS]; /* as last said */
	bool folding;
	bool no_crashes; /* nor clocks that go back: which of two closed incidents
			    may open again then, a start knows less well */
	int crashes;
	struct str story; /* everything that was traced, wished, asked and remarked */
	bool tells;       /* ... is written down */
};

void any_history_begin(struct any_history *h, uint64_t seed);
void any_history_end(struct any_history *h);
/* So many events: few mostly, hundreds sometimes. */
int any_history_length(struct any_history *h);
/* Something happens, and somebody is asked. */
void any_history_event(struct any_history *h);
/* A clean end and a start, in no time. */
void any_history_restart(struct any_history *h);
/* All is well, and everybody is asked: after hours of it everything is over. */
void any_history_heal(struct any_history *h);

/* For the files of this room: any_history.c, any_start.c, any_heal.c. */
bool any_one_in(struct any_history *h, uint64_t n);
void any_step(struct any_history *h, struct judge_event ev);
void any_configure(struct any_history *h);
/* Time passes with its wake-ups. */
void any_pass(struct any_history *h, int64_t ms);
void any_answer_controls(struct any_history *h);
/* What it says still, of which of the providers. */
void any_say_page(struct any_history *h, int i);
void any_on_crash(struct any_history *h);

#endif
