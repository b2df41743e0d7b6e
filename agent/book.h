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
/* What a channel was told last of an incident that is here (copied). */
void book_note(struct book *b, const struct delivery *d);
/* Everything that is kept: each incident, then what was told of it. */
struct book_reader {
	void (*on_incident)(void *arg, const struct incident *in);
	void (*on_told)(void *arg, const struct delivery *d);
};
void book_each(const struct book *b, const struct book_reader *r, void *arg);
/* Forgets closed incidents that no delivery needs: not in the outbox, and `held` (of the
 * caller) says no either. */
void book_sweep(struct book *b, const struct outbox *o,
    bool (*held)(void *arg, const struct ulid *id), void *arg);

#endif
