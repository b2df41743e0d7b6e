/* SPDX-License-Identifier: MIT
 *
 * What a target remembers of its latest evidence: the outcomes of the last 48 samples and
 * the last 5 failures with their words. An incident is opened after the fact; this is
 * what its record knows of the time before.
 */
#ifndef DIMWATCH_ALERTS_TRAIL_H
#define DIMWATCH_ALERTS_TRAIL_H

#include <jansson.h>

#include "agent/base/err.h"
#include "alerts/incident.h"

#define TRAIL_SAMPLES 48
#define TRAIL_ERRORS  5

struct trail {
	struct {
		int64_t at_ms;
		enum outcome outcome;
	} last[TRAIL_SAMPLES]; /* ring: number i lies in i % TRAIL_SAMPLES */
	uint64_t n;            /* evidence samples ever */
	struct incident_error errors[TRAIL_ERRORS]; /* ring, as above */
	uint64_t n_errors;
};

void trail_add(struct trail *t, const struct sample *s);
/* Counts in what is remembered with number >= first and from <= start < until. */
void trail_tell(const struct trail *t, uint64_t first, struct wall from,
    struct wall until, struct incident *in);
/* The clock stepped back: no time may lie ahead of now. */
void trail_on_clock_back(struct trail *t, struct wall now);

json_t *trail_dump(const struct trail *t);
bool trail_restore(struct trail *t, const json_t *v) MUST_CHECK;

#endif
