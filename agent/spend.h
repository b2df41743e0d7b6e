/* SPDX-License-Identifier: MIT
 *
 * The purse: what every target and all of them together have spent today (UTC), and the
 * pace that the budgets still allow. Pure. "No surprise bill" is enforced here: the pace
 * stretches so that what is left lasts until midnight, and an empty purse holds until
 * then.
 */
#ifndef DIMWATCH_AGENT_SPEND_H
#define DIMWATCH_AGENT_SPEND_H

#include "probes/cost.h"
#include "probes/target.h"

struct spend; /* opaque */

struct spend *spend_new(void);
void spend_free(struct spend *s);
/* Targets, budgets and rates of a generation; what was spent today stays known. */
void spend_config(struct spend *s, const struct target *targets, size_t n,
    const struct budget *total, const struct rates *rates);
/* The pace a target can keep for a whole day: interval, own budget, max_asks. */
int64_t spend_own_pace_ms(const struct target *t, const struct rates *rates);
/* What storage remembers of today. */
void spend_restore(struct spend *s, uint32_t series, const char *currency, int64_t nano,
    int64_t asks, struct wall now);
/* An ask of this series began; its sample ends it. Until then it counts against the
 * budget of all with what it costs at most. */
void spend_started(struct spend *s, uint32_t series);
void spend_sample(struct spend *s, const struct sample *sm, struct wall now);

struct spend_pace {
	int64_t pace_ms; /* >= the target's interval */
	bool hold;       /* nothing left: no ask before hold_until (next UTC midnight) */
	struct wall hold_until;
};
/* asks_in_flight count as spent: they will be. */
struct spend_pace spend_pace(
    const struct spend *s, uint32_t series, struct wall now, int asks_in_flight);
/* Today's sum in the total budget's currency (USD without one); -1 when a part is
 * unknown. */
int64_t spend_today(const struct spend *s, struct wall now, char currency[4]);

#endif
