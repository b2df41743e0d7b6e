/* SPDX-License-Identifier: MIT
 *
 * The built-in detector of one target: availability (detect_avail.h) and latency
 * (detect_latency.h) side by side, and the one bucket from which both wish sooner asks.
 * It sees only evidence and knows neither incidents nor rules; the judge composes. Its
 * whole state is one JSON value (detect_state.c).
 */
#ifndef DIMWATCH_ALERTS_DETECT_AUTO_H
#define DIMWATCH_ALERTS_DETECT_AUTO_H

#include <jansson.h>

#include "agent/base/err.h"
#include "alerts/detect_latency.h"

struct detect_auto {
	struct detect_avail avail;
	struct detect_latency latency;
};

/* One evidence sample (never an excluded one). */
struct detect_evidence {
	struct wall at; /* start */
	bool failed;
	double latency_ms; /* of a good answer; below 0: none */
};

struct detect_step {
	struct avail_step avail;
	struct latency_step latency;
	double ask_s;    /* wishes the next ask so long after this one's start ... */
	const char *why; /* ... because; NULL: the pace will do. Static. */
};

void detect_auto_init(struct detect_auto *d);
/* In the order they finish. */
void detect_auto_on_sample(struct detect_auto *d, const struct detect_pace *p,
    const struct detect_evidence *s, struct detect_step *ret);
/* An ask that was wished does not end: wishes another, if the bucket allows. */
bool detect_auto_ask_again(struct detect_auto *d);
void detect_auto_on_gap(struct detect_auto *d);
void detect_auto_on_clock_back(struct detect_auto *d, struct wall now);

/* UNKNOWN UP SUSPECT DEGRADED DOWN RECOVERING */
enum health detect_auto_health(const struct detect_auto *d);
/* What it saw, for people: "5 of the last 7 failed"; returns buf. */
char *detect_auto_words(const struct detect_auto *d, char *buf, size_t size);
/* "first tokens take 3.1 times as long as usual"; returns buf. */
char *detect_auto_slow_words(const struct detect_auto *d, char *buf, size_t size);
/* The numbers behind a decision, for the trace: "sum=11.0/10.5 arm=0.50 base=0.99%". */
char *detect_auto_numbers(
    const struct detect_auto *d, const struct detect_pace *p, char *buf, size_t size);

json_t *detect_auto_dump(const struct detect_auto *d);
/* False: not a state of this detector; d is left alone. */
bool detect_auto_restore(struct detect_auto *d, const json_t *v) MUST_CHECK;

#endif
