/* SPDX-License-Identifier: MIT
 *
 * The queue between the loop and the writer, as a value without locks: txns in order,
 * with numbers. Beyond its limits it drops droppable ones, oldest first, and counts their
 * samples; if only precious ones are left it strips those of what is not precious. If
 * that is still too much they are summed up as one (the last word of each incident and
 * delivery stays), and when even that is more than half of the limit its oldest rows are
 * dropped and counted: the limit of bytes holds in any case.
 */
#ifndef DIMWATCH_STORAGE_BACKLOG_H
#define DIMWATCH_STORAGE_BACKLOG_H

#include <sys/queue.h>

#include "storage/txn.h"

struct backlog_item {
	TAILQ_ENTRY(backlog_item) link;
	struct txn *txn; /* owned */
	uint64_t number;
	size_t samples, bytes;
	bool stripped;
};
TAILQ_HEAD(backlog_list, backlog_item);

struct backlog {
	struct backlog_list items;
	size_t max_samples, max_bytes;
	size_t n, n_precious, samples, bytes;
	uint64_t posted; /* number of the last post */
	uint64_t dropped_samples, dropped_changes;
};

void backlog_init(struct backlog *b, size_t max_samples, size_t max_bytes);
void backlog_fini(struct backlog *b);
/* Takes the txn over; returns its number: 1, 2, ... */
uint64_t backlog_post(struct backlog *b, struct txn *t);
/* Moves the oldest ones into `into` (at its end) as long as they hold at most max_samples
 * samples together, at least one. Whoever takes an item frees it. */
void backlog_take(struct backlog *b, struct backlog_list *into, size_t max_samples);
void backlog_item_free(struct backlog_item *it);

#endif
