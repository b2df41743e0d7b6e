/* SPDX-License-Identifier: MIT
 *
 * Takes committed deliveries, sends them through the one http client, reports back. The
 * policy (when, in which order, again or never) is the outbox's; the words are rendered
 * here, at each attempt, from the incident as it stands now.
 */
#ifndef DIMWATCH_AGENT_DELIVER_H
#define DIMWATCH_AGENT_DELIVER_H

#include "agent/book.h"
#include "agent/conf.h"
#include "alerts/outbox.h"
#include "probes/http.h"

struct deliver; /* opaque */

/* What the sender needs from the hallway. */
struct deliver_handler {
	/* Rows that changed: to be committed. Borrowed until the call returns. */
	void (*on_update)(void *arg, const struct outbox_update *u);
	/* Best healthy rival for an incident, NULL if none. */
	const char *(*alternative)(void *arg, const struct incident *in);
	/* The text of a digest. */
	void (*digest)(
	    void *arg, const struct delivery *row, enum language l, struct message *ret);
};

struct deliver *deliver_new(struct loop *l, struct http *h, struct book *b, uint64_t seed,
    const struct deliver_handler *on, void *arg);
void deliver_free(struct deliver *d); /* attempts in flight end unanswered */
void deliver_config(struct deliver *d, struct conf *c);
struct outbox *deliver_outbox(struct deliver *d);
/* Something was put or time has passed. */
void deliver_poke(struct deliver *d);
void deliver_nudge(struct deliver *d); /* the same, in the next turn of the loop */
/* No new attempts (shutdown); those in flight may still finish. */
void deliver_stop(struct deliver *d);
/* Programs that still run are killed; their rows stay pending. With the http client. */
void deliver_end(struct deliver *d);
size_t deliver_in_flight(const struct deliver *d);

#endif
