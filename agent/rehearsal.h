/* SPDX-License-Identifier: MIT
 *
 * A class of rivals through all questions: what it will cost, who is ready to take over,
 * how fast, how dear, and what would break. Pure: who asks hands in the samples.
 */
#ifndef DIMWATCH_AGENT_REHEARSAL_H
#define DIMWATCH_AGENT_REHEARSAL_H

#include <jansson.h>

#include "agent/conf.h"
#include "probes/rehearsal.h"

struct rehearsal_question {
	const struct target *target; /* NULL: not offered */
	enum exam_result result;     /* NOT_ASKED until the answer is there */
	char why[600];               /* what would break; "" nothing */
	struct sample sample;        /* valid when asked */
};

enum rehearsal_ready { READY_NO, READY_PARTLY, READY_YES, READY_COUNT };
const char *rehearsal_ready_word(enum rehearsal_ready r); /* "no", "partly", "yes" */

struct rehearsal_rival {
	const struct target *target; /* of the config */
	struct rehearsal_question questions[EXAM_COUNT];
	enum exam_id next; /* EXAM_COUNT: through */
};

struct rehearsal {
	const char *name;               /* of the class */
	const struct rates *rates;      /* of the config */
	struct rehearsal_rival *rivals; /* in the arena; in order of preference */
	size_t n;
};

void rehearsal_make(struct rehearsal *r, const struct failover *f,
    const struct rates *rates, int long_tokens, struct arena *arena);

/* At most, of all rivals together in USD; *ret_unknown: rivals whose price nobody knows,
 * which are not in it. */
int64_t rehearsal_forecast(const struct rehearsal *r, size_t *ret_unknown);
/* Of one rival in its own currency; -1 unknown. */
int64_t rehearsal_rival_forecast(const struct rehearsal_rival *v);
size_t rehearsal_questions(const struct rehearsal *r);

/* What to ask this rival next; NULL: it is through. */
const struct target *rehearsal_next(struct rehearsal_rival *v);
/* The answer to what rehearsal_next gave. */
void rehearsal_take(struct rehearsal_rival *v, const struct sample *s);
struct rehearsal_rival *rehearsal_find(struct rehearsal *r, const struct target *asked);

enum rehearsal_ready rehearsal_ready(const struct rehearsal_rival *v);
/* Spent so far; -1 when an answer's cost is unknown. */
int64_t rehearsal_spent(const struct rehearsal_rival *v);
/* The first in order of preference that is ready; else the first that is in part; NULL:
 * nobody. */
const struct rehearsal_rival *rehearsal_best(const struct rehearsal *r);

/* The stable shape of `rehearse --json`; a new reference. */
json_t *rehearsal_json(const struct rehearsal *r);

#endif
