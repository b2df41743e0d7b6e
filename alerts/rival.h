/* SPDX-License-Identifier: MIT
 *
 * Which rival to use meanwhile. In messages: one that is up and has nothing to do with
 * what fails; unknown or suspect is no recommendation. For a class of rivals (`best`):
 * somebody is always named. In both: healthy before slow before unknown, in order of
 * preference, and so that traffic is not thrown to and fro.
 */
#ifndef DIMWATCH_ALERTS_RIVAL_H
#define DIMWATCH_ALERTS_RIVAL_H

#include <stdbool.h>
#include <stddef.h>

#include "agent/base/tick.h"
#include "alerts/health.h"

/* Who comes back from an outage is not preferred again before it was well for so long. */
#define RIVAL_SETTLE_MS (10 * MS_PER_MIN)

enum rival_rank {
	RIVAL_WELL,       /* up; a lost request (suspect) moves no traffic */
	RIVAL_WELL_AGAIN, /* up, but its outage ended less than RIVAL_SETTLE_MS ago */
	RIVAL_WEAK,       /* slow, recovering or degraded */
	RIVAL_UNKNOWN,
	RIVAL_DOWN,
	RIVAL_RANK_COUNT
};
struct rival_state {
	enum health health;
	bool slow;             /* answers, but begins much later than usual */
	struct wall recovered; /* its last outage was decided to be over; 0: none known */
};
enum rival_rank rival_rank(const struct rival_state *r, struct wall now);
/* Places of all n, the best first; among those who are well again the one that has been
 * so the longest, else as they are given. */
void rival_order(
    const struct rival_state *all, size_t n, struct wall now, size_t *ret_order);

struct rival {
	const char *name; /* borrowed */
	struct rival_state state;
	bool barred; /* of a provider that fails, behind what fails, or asked by nobody */
	bool near;   /* behind a gateway with what fails: only if nobody else is up */
};
/* Nobody can come before it. */
bool rival_is_perfect(const struct rival *r, struct wall now);
/* NULL when nobody is up. */
const char *rival_best(const struct rival *all, size_t n, struct wall now);

#endif
