/* SPDX-License-Identifier: MIT
 *
 * A drill: an incident that is played by hand through the real routes and channels, so
 * that people know what they would get before they need it. It is opened, grows (unless
 * it is minor) and is over; each step waits for the answers to the one before, so that
 * nothing is folded. Its subject is of the kind `drill`: the judge never sees it, it
 * counts in no uptime and no report, and every message of it begins with DRILL. One at a
 * time. What a dead run left open is ended at the next start.
 */
#ifndef DIMWATCH_AGENT_DRILL_H
#define DIMWATCH_AGENT_DRILL_H

#include "alerts/delivery.h"

struct drill; /* opaque */
struct pipeline;

#define DRILL_STEP_MS ((int64_t)20 * 1000) /* the longest wait for the answers of one */

struct drill *drill_new(struct pipeline *p);
void drill_free(struct drill *d);
/* A delivery is about to be owed. False: of the drill, and not for the wanted channel. */
bool drill_admits(struct drill *d, const struct delivery *dl);
/* A row of the outbox changed. */
void drill_on_delivery(struct drill *d, const struct delivery *dl);
/* The one that is being played; NULL: none. */
const struct incident *drill_playing(const struct drill *d);
/* Somebody has it in hand: what waits for them, an escalation say, ends as in earnest. */
void drill_ack(struct drill *d, const char *words);
/* At a start, after everything was read back. */
void drill_end_left(struct drill *d);

#endif
