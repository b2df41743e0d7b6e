/* SPDX-License-Identifier: MIT
 *
 * The question a probe asks: real, small and different each time (a sum of two small
 * numbers), so that no cache answers for the model and gateways that ban "probe requests"
 * see none. Or the target's own prompt.
 */
#ifndef DIMWATCH_PROBES_QUESTION_H
#define DIMWATCH_PROBES_QUESTION_H

#include "agent/base/rng.h"
#include "probes/target.h"

struct question {
	char text[4096];   /* UTF-8; a target's prompt is at most that long */
	char expected[32]; /* built-in sum: the right answer; "" for an own prompt */
};

void question_make(struct question *q, const struct target *t, struct rng *r);
/* OUTCOME_OK or OUTCOME_WRONG_ANSWER (only with `expect`); sets *ret_odd when the
 * built-in sum was answered wrongly. `answer` is the visible text. "contains" overlooks
 * ASCII case, "equals" the blanks around the answer. */
enum outcome question_check(
    const struct question *q, const struct target *t, struct span answer, bool *ret_odd);

#endif
