/* SPDX-License-Identifier: MIT
 *
 * What a replay decided beside what really happened: incidents of the same subject whose
 * times overlap are one story.
 */
#ifndef DIMWATCH_AGENT_REPLAY_COMPARE_H
#define DIMWATCH_AGENT_REPLAY_COMPARE_H

#include "alerts/incident.h"

/* The part of an incident that is compared. */
struct story {
	struct subject subject;
	char short_id[5];
	struct wall started, opened, ended; /* ended 0: open */
};
struct story story_of(const struct incident *in);

enum likeness {
	LIKE_SAME,    /* began, was decided and ended within 2 s of each other */
	LIKE_OTHER,   /* the same trouble, seen at other times */
	LIKE_NEW,     /* only the replay has it */
	LIKE_MISSING, /* it really happened; the replay has not */
	LIKE_COUNT
};
const char *likeness_code(enum likeness l); /* "same" "other" "new" "missing" */

struct likening {
	enum likeness likeness;
	const struct story *replayed, *stored; /* borrowed; one may be NULL */
	int64_t decided_ms; /* later (> 0) or sooner than really; both are there */
	int64_t ended_ms;   /* the same of the end; 0 while one of them is open */
};
/* In order of time; *ret_n of them, free() it. */
struct likening *stories_compare(const struct story *replayed, size_t n_replayed,
    const struct story *stored, size_t n_stored, size_t *ret_n);

#endif
