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
	uint64_t padding;  /* seed of a heavy question's words */
};

void question_make(struct question *q, const struct target *t, struct rng *r);
/* Appends what is sent: the text, behind target->heavy_tokens words of about a token each
 * when it is a heavy one. They follow from the question alone, and differ from the first
 * word on, so that no cache of prefixes answers. */
void question_text(const struct question *q, const struct target *t, struct str *out);
/* OUTCOME_OK or OUTCOME_WRONG_ANSWER (only with `expect`); sets *ret_odd when the
 * built-in sum was answered wrongly. `answer` is the visible text (probes/expect.h). */
enum outcome question_check(
    const struct question *q, const struct target *t, struct span answer, bool *ret_odd);

#endif
