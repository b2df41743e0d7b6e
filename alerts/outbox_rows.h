/* SPDX-License-Identifier: MIT
 *
 * Between the files of the outbox: its channels, their rows in order, and the record of
 * what changed. Others include alerts/outbox.h.
 *
 * Invariants: a channel's rows stand in order of creation; all are pending; at most one
 * (flying) is in flight; an id stands at most once.
 */
#ifndef DIMWATCH_ALERTS_OUTBOX_ROWS_H
#define DIMWATCH_ALERTS_OUTBOX_ROWS_H

#include "agent/base/map.h"
#include "agent/base/queue.h"
#include "alerts/outbox.h"

struct outbox_row {
	struct delivery d;
	uint64_t order; /* of puts and attempts, for "was there when the attempt began" */
	bool maybe;     /* an attempt got no answer: it may have arrived */
	bool untold;  /* the opening of its incident was folded into it and never told */
	bool doomed;  /* dies at the next call: too many wait */
	bool edited;  /* the head of its thread shows this news already */
	bool held;    /* quiet hours: others may pass it */
	bool gathers; /* not tried yet, waits for company: others may pass it */
	bool alone;   /* joins no summary any more: one that it was in was refused */
	bool fresh;   /* its present members, or its time, are not on disk yet */
	bool grouped; /* waits for more of its group, never flies so; gathers too */
	bool hurried; /* news of its incident came that do not wait: nor may it */
	bool company; /* a summary of a group: no storm begins with it */
	TAILQ_ENTRY(outbox_row) link;
};
TAILQ_HEAD(outbox_row_list, outbox_row);

#define OUTBOX_MAX_THREADS 500 /* of one channel */

struct outbox_thread {
	struct ulid incident;
	char handle[128];
	bool shared; /* the head is a summary: it tells of others too */
	TAILQ_ENTRY(outbox_thread) link;
};
TAILQ_HEAD(outbox_thread_list, outbox_thread);

struct outbox_channel {
	struct channel_status status;
	const struct channel_kind *kind; /* NULL: not (yet) in the config */
	bool held;                       /* somebody else speaks to it at the moment */
	bool removed;                /* left the config; only the flying row is left */
	struct outbox_row_list rows; /* owned */
	size_t n_rows;
	struct outbox_row *flying; /* one of rows, or NULL */
	uint64_t flying_order;     /* when it took off */
	bool flying_edit;          /* the attempt changes the head of its thread */
	struct outbox_thread_list threads; /* owned; the newest stands last */
	size_t n_threads;
	struct wall bundled_at; /* many were folded last then; 0: never */
	struct wall groups_at;  /* a group is due then; INT64_MAX: none waits */
	bool unchecked;         /* rows were restored: are their summaries here? */
	TAILQ_ENTRY(outbox_channel) link;
};
TAILQ_HEAD(outbox_channel_list, outbox_channel);

struct outbox {
	struct outbox_channel_list channels; /* owned; the last served stands last */
	struct rng rng;
	uint64_t order; /* counts puts and attempts */
	bool bundles;   /* many become one */
};

#define OUTBOX_MAX_PAUSE_MS MS_PER_H
#define OUTBOX_MAX_HELD_MS  (9 * MS_PER_DAY) /* more than quiet hours can say */

struct outbox_channel *outbox_channel_new(const char *name);
void outbox_channel_free(struct outbox_channel *c);
void outbox_drop_channel(struct outbox *o, struct outbox_channel *c);
void outbox_set_state(struct outbox_channel *c, enum channel_state state,
    struct wall until, struct wall now);
/* When it is given up. */
struct wall outbox_ends_at(const struct outbox_row *row);
bool outbox_is_expired(const struct outbox_row *row, struct wall now);
/* In order of creation, an incident's rows in order of its log. */
struct outbox_row *outbox_row_put(struct outbox_channel *c, const struct delivery *d);
/* Takes the row out and frees it. */
void outbox_row_drop(struct outbox_channel *c, struct outbox_row *row);

void outbox_update_add(struct outbox_update *u, const struct delivery *d);
/* The row ends in `state`: reported, then dropped. why: for rows that got no answer. */
void outbox_row_end(struct outbox_channel *c, struct outbox_row *row,
    enum delivery_state state, const char *why, struct outbox_update *up);

/* outbox_thread.c. The head's handle, "" when there is none or the kind knows none. */
const char *outbox_thread(const struct outbox_channel *c, const struct ulid *incident);
/* The one that this row's message goes under: none under a summary that cannot take it.
 */
const char *outbox_thread_for(
    const struct outbox_channel *c, const struct outbox_row *row);
void outbox_thread_keep(
    struct outbox_channel *c, const struct ulid *incident, const char *handle);
void outbox_thread_forget(struct outbox_channel *c, const struct ulid *incident);
void outbox_threads_free(struct outbox_channel *c);
bool outbox_wants_edit(const struct outbox_channel *c, const struct outbox_row *row);
/* The answer to an edit; false: it failed like any attempt does. */
bool outbox_settle_edit(struct outbox_channel *c, struct outbox_row *row,
    const struct channel_verdict *v, struct wall now);

/* outbox.c. The row whose turn it is, now or next; NULL: nobody waits. */
struct outbox_row *outbox_turn(const struct outbox_channel *c);

/* outbox_bundle.c. Many become one; before every look at whose turn it is. */
void outbox_bundle(struct outbox *o, struct outbox_channel *c, struct wall now,
    struct outbox_update *up);
bool outbox_is_member(const struct outbox_row *row);
/* The summary `s` was accepted, or nobody took it: what becomes of its members. */
void outbox_bundle_told(
    struct outbox_channel *c, const struct delivery *s, struct outbox_update *up);
void outbox_bundle_dead(
    struct outbox_channel *c, const struct delivery *s, struct outbox_update *up);

/* For outbox_group.c. May this row stand in a summary? */
bool outbox_may_join(const struct outbox_channel *c, const struct outbox_row *row);
/* The newest summary, if its content may still change. */
struct outbox_row *outbox_open_summary(const struct outbox_channel *c);
size_t outbox_members(const struct outbox_channel *c, const struct outbox_row *s);
/* A new one, behind everything that waits; `first` will stand in it. */
struct outbox_row *outbox_summary_new(struct outbox *o, struct outbox_channel *c,
    const struct outbox_row *first, struct wall now);
void outbox_summary_take(
    struct outbox_row *s, struct outbox_row *row, struct outbox_update *up);
void outbox_summary_taken(struct outbox_row *s, struct outbox_update *up);

/* outbox_group.c. What is due of a group leaves together. */
void outbox_groups(struct outbox *o, struct outbox_channel *c, struct wall now,
    struct outbox_update *up);
/* What waits or is held back of its incident goes when `last` goes: order is kept. */
void outbox_take_along(struct outbox_channel *c, const struct outbox_row *last);

/* Incidents of which several rows wait, by id: only those can tell each other. Owned by
 * the caller. */
struct map *outbox_stories(const struct outbox_channel *c);
/* Folds the row if a later one tells its news too: returns that one. */
struct outbox_row *outbox_fold_row(
    struct outbox_channel *c, struct outbox_row *row, struct outbox_update *up);
/* outbox_fold.c. Folds the head as long as a later row tells its news too; nothing may be
 * in flight. */
void outbox_fold_head(struct outbox_channel *c, struct outbox_update *up);
/* `told` was accepted: the changes that its text told already need no message. */
void outbox_fold_told(
    struct outbox_channel *c, const struct delivery *told, struct outbox_update *up);

#endif
