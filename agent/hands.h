/* SPDX-License-Identifier: MIT
 *
 * What people asked for that lasts: silences (no messages about something for a while)
 * and pauses (a target is not asked). Kept in memory as they are in the database; what
 * they mean for the present config is worked out from it at each generation. Pure.
 */
#ifndef DIMWATCH_AGENT_HANDS_H
#define DIMWATCH_AGENT_HANDS_H

#include "agent/conf.h"
#include "alerts/hush.h"
#include "alerts/silence.h"

struct hands; /* opaque */

#define HANDS_MAX_SILENCES 200 /* that are not over */

struct hands *hands_new(void);
void hands_free(struct hands *h);

/* Of the database, at a start. */
void hands_restore_silence(struct hands *h, const struct silence *s);
void hands_restore_pause(struct hands *h, const struct pause *p);

/* Is it a target, a provider or a trouble of our own ("channel NAME", "disk", "budget",
 * "heartbeat", "loop", "network"), as far as this config knows? */
bool hands_knows(const struct conf *c, const char *subject);
/* Fills the id in; NULL when too many are not over. */
const struct silence *hands_silence(
    struct hands *h, const struct silence *s, struct wall now);
/* NULL: there is none of that number, or it is over. */
const struct silence *hands_unsilence(struct hands *h, int64_t id, struct wall now);
/* False: it was so already. */
bool hands_pause(struct hands *h, const struct pause *p);
bool hands_resume(struct hands *h, const char *target);
const struct pause *hands_paused(const struct hands *h, const char *target);

/* All of them, oldest first; NULL at the end. */
const struct silence *hands_silence_at(const struct hands *h, size_t i);
const struct pause *hands_pause_at(const struct hands *h, size_t i);

/* What it is about, as it was written: "deepseek", "tier=primary team=chat". Returns buf.
 */
#define SILENCE_WHAT_BYTES 600
char *silence_what(const struct silence *s, char *buf, size_t size);

/* What the silences that are not over mean in this config; in the arena. */
struct hush *hands_hushes(const struct hands *h, const struct conf *c, struct wall now,
    struct arena *a, size_t *ret_n);

#endif
