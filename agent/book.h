/* SPDX-License-Identifier: MIT
 *
 * The incidents that somebody may still have to read about: open ones, and closed ones
 * with deliveries on their way. Messages are rendered from here at each attempt, so a
 * delayed message tells the present. Pure.
 */
#ifndef DIMWATCH_AGENT_BOOK_H
#define DIMWATCH_AGENT_BOOK_H

#include "alerts/incident.h"
#include "alerts/outbox.h"

struct book; /* opaque */

struct book *book_new(void);
void book_free(struct book *b);
/* Keeps the newest record of an incident (copied). */
void book_put(struct book *b, const struct incident *in);
const struct incident *book_find(const struct book *b, const struct ulid *id);
size_t book_count(const struct book *b);
/* Forgets closed incidents that no delivery needs: not in the outbox, and `held` (of the
 * caller) says no either. */
void book_sweep(struct book *b, const struct outbox *o,
    bool (*held)(void *arg, const struct ulid *id), void *arg);

#endif
