/* SPDX-License-Identifier: MIT
 *
 * The evidence behind a verdict as a short story that a tired person understands: what
 * was seen, since when, in whose words, what does not count and why, and what would
 * change it. Pure: who reads the history and which clock people use is elsewhere.
 */
#ifndef DIMWATCH_AGENT_WHY_H
#define DIMWATCH_AGENT_WHY_H

#include "agent/base/str.h"
#include "alerts/explain.h"
#include "alerts/silence.h"

/* What was seen in a stretch of time, of one target or several. */
struct why_seen {
	struct wall from;
	uint32_t asks;
	uint32_t good, failed;                         /* of those that count */
	uint32_t excluded;                             /* of those that do not, by why: */
	uint32_t of[OUTCOME_COUNT];                    /* yours and nobody's */
	uint32_t path, late, maintenance;              /* judged so, whatever came */
	uint32_t failures[OUTCOME_COUNT];              /* that count */
	struct incident_error first_error, last_error; /* that count; at 0: none */
};
/* Counts one in. */
void why_see(struct why_seen *w, const struct sample *s, enum judged judged);

/* How people read a time: "14:02:07", with the date when it is another day. */
struct why_clock {
	char *(*text)(const void *arg, struct wall t, char *buf, size_t size);
	const void *arg;
	const char *zone; /* "UTC+08:00" */
};

struct why_target {
	const char *name;
	struct wall now;
	bool running; /* dimwatch is; else what follows is from last_alive */
	struct wall last_alive;
	const struct explain *explain;
	const struct incident *open, *notice, *last; /* each may be NULL; last: over */
	struct why_seen seen; /* since the open incident began, else in the last hour */
	const struct pause *paused; /* NULL: it is asked */
	struct wall maintained;     /* nothing counts until then; 0: it does */
	const char *class;          /* of rivals that can stand in for it; NULL: none */
};
void why_tell_target(
    const struct why_target *w, const struct why_clock *clock, struct str *out);

struct why_incident {
	const struct incident *in;
	struct wall now;
	struct why_seen seen; /* while it lasted */
};
void why_tell_incident(
    const struct why_incident *w, const struct why_clock *clock, struct str *out);

#endif
