/* SPDX-License-Identifier: MIT
 *
 * What a target remembers of its latest evidence: the outcomes of the last 48 samples,
 * and with their words the first failure since it was calm and the last 3. An incident is
 * opened after the fact; this is what its record knows of the time before.
 */
#ifndef DIMWATCH_ALERTS_TRAIL_H
#define DIMWATCH_ALERTS_TRAIL_H

#include <jansson.h>

#include "agent/base/err.h"
#include "alerts/incident.h"

#define TRAIL_SAMPLES 48
#define TRAIL_ERRORS  3

/* Large, and most targets never have any. */
struct trail_errors {
	struct incident_error first;              /* at.ms 0: none since it was calm */
	struct incident_error last[TRAIL_ERRORS]; /* the latest: ring, as below */
};

struct trail {
	/* Start in ms x 256 + outcome; ring: number i lies in i % TRAIL_SAMPLES. Owned;
	 * grows with its samples to that size, because most of many targets wait for
	 * hours. */
	int64_t *last;
	size_t room;
	uint64_t n;                  /* evidence samples ever */
	struct trail_errors *errors; /* owned; NULL: nothing failed yet */
	uint64_t n_errors;
};

void trail_fini(struct trail *t);

void trail_add(struct trail *t, const struct sample *s);
/* The next failure is the first of another story. */
void trail_calm(struct trail *t);
/* Counts in what is remembered with number >= first and from <= start < until. */
void trail_tell(const struct trail *t, uint64_t first, struct wall from,
    struct wall until, struct incident *in);
/* The same, in numbers alone. */
void trail_count(const struct trail *t, uint64_t first, struct wall from,
    struct wall until, struct incident_share *s);
/* How many of what is remembered failed since then. */
int trail_failures_since(const struct trail *t, struct wall from);
/* Adds what is remembered since then: asked, and silent of these. */
void trail_silence_since(
    const struct trail *t, struct wall from, int *asked, int *silent);
/* Silent failures from then on are nobody's evidence any more; each is said. */
typedef void (*trail_said_fn)(void *arg, struct wall at, enum outcome o);
void trail_forget_silent(
    struct trail *t, struct wall from, trail_said_fn said, void *arg);
/* The clock stepped back: no time may lie ahead of now. */
void trail_on_clock_back(struct trail *t, struct wall now);

json_t *trail_dump(const struct trail *t);
/* Overwrites t, which holds nothing; false: t is left alone. */
bool trail_restore(struct trail *t, const json_t *v) MUST_CHECK;

#endif
