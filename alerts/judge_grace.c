/* SPDX-License-Identifier: MIT
 *
 * Grace: a server of one's own that loads a model, or whose queue is full for a moment,
 * is not down at once. While no incident is open, what looks so is no evidence until it
 * has lasted for the target's grace; the first good answer ends it.
 */
#include "alerts/judge_parts.h"

/* How loading and a full queue look: 503 "Loading model", "server busy"; or nothing at
 * all before the model is in memory. A refused connection is neither. */
static bool looks_busy(enum outcome o)
{
	static const enum outcome busy[] = {OUTCOME_OVERLOADED,
	    OUTCOME_TIMEOUT_FIRST_BYTE, OUTCOME_TIMEOUT_FIRST_TOKEN,
	    OUTCOME_TIMEOUT_TOTAL};

	for (size_t i = 0; i < sizeof(busy) / sizeof(busy[0]); i++) {
		if (busy[i] == o)
			return true;
	}
	return false;
}

enum judged grace_on_sample(
    struct step *st, struct watched *t, const struct sample *s, enum judged judged)
{
	char human[32];

	if (judged != JUDGED_COUNTED)
		return judged;
	if (s->outcome == OUTCOME_OK)
		t->grace_since.ms = 0;
	if (t->open || t->conf.grace_ms <= 0 || !looks_busy(s->outcome))
		return judged;
	if (t->grace_since.ms == 0) {
		t->grace_since = s->at;
		news_trace(st, t->conf.name, "grace", "%s: %s at most",
		    outcome_code(s->outcome),
		    duration_human(t->conf.grace_ms, human, sizeof(human)));
	}
	if (wall_diff_ms(s->at, t->grace_since) < t->conf.grace_ms)
		return JUDGED_EXCLUDED;
	return judged;
}
