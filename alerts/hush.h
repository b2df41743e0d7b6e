/* SPDX-License-Identifier: MIT
 *
 * A time in which somebody wants no messages about something: what `dimwatch silence`
 * makes. Pure values; the teller asks them before it owes anything.
 *
 * A hush covers an incident that is about its subject, or of which every affected target
 * is one of its targets: who silenced one model still hears that a second one fails.
 */
#ifndef DIMWATCH_ALERTS_HUSH_H
#define DIMWATCH_ALERTS_HUSH_H

#include "agent/base/arena.h"
#include "alerts/incident.h"

struct hush {
	struct wall from, until;
	const char *subject; /* as `subject_text` says it; "": only targets count */
	const char *const *targets;
	size_t n_targets;
	const char *why; /* for the log of deliveries: "silenced until ...: note" */
};

bool hush_covers(const struct hush *h, const struct incident *in);
/* Of those that cover it at that time the one that lasts longest; NULL: none. */
const struct hush *hush_find(
    const struct hush *all, size_t n, const struct incident *in, struct wall at);
/* With its texts. */
struct hush hush_copy(struct arena *a, const struct hush *from);

#endif
