/* SPDX-License-Identifier: MIT
 *
 * Dropping walks from the oldest end and remembers nothing: it happens only while the
 * disk fails.
 */
#include "storage/backlog.h"

#include <stdlib.h>

#include "agent/base/queue.h"
#include "agent/base/xalloc.h"

void backlog_init(struct backlog *b, size_t max_samples, size_t max_bytes)
{
	*b = (struct backlog){.max_samples = max_samples, .max_bytes = max_bytes};
	TAILQ_INIT(&b->items);
}

void backlog_item_free(struct backlog_item *it)
{
	txn_free(it->txn);
	free(it);
}

void backlog_fini(struct backlog *b)
{
	struct backlog_item *it = NULL, *next = NULL;

	TAILQ_FOREACH_SAFE(it, &b->items, link, next)
	backlog_item_free(it);
	TAILQ_INIT(&b->items);
}

static void unlink_item(struct backlog *b, struct backlog_item *it)
{
	TAILQ_REMOVE(&b->items, it, link);
	b->n--;
	b->n_precious -= !txn_is_droppable(it->txn);
	b->samples -= it->samples;
	b->bytes -= it->bytes;
}

static bool is_too_much(const struct backlog *b)
{
	return b->samples > b->max_samples || b->bytes > b->max_bytes;
}

static void drop_droppable(struct backlog *b)
{
	struct backlog_item *it = NULL, *next = NULL;

	TAILQ_FOREACH_SAFE(it, &b->items, link, next)
	{
		if (!is_too_much(b))
			return;
		if (!txn_is_droppable(it->txn))
			continue;
		b->dropped_samples += it->samples;
		unlink_item(b, it);
		backlog_item_free(it);
	}
}

static void strip_precious(struct backlog *b)
{
	struct backlog_item *it = NULL;

	TAILQ_FOREACH(it, &b->items, link)
	{
		if (!is_too_much(b))
			return;
		/* The analyzer does not follow TAILQ_REMOVE. */
		/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc) */
		if (it->stripped)
			continue;
		b->samples -= it->samples;
		b->bytes -= it->bytes;
		b->dropped_samples += txn_strip(it->txn);
		it->stripped = true;
		it->samples = 0;
		it->bytes = txn_bytes(it->txn) + sizeof(*it);
		b->bytes += it->bytes;
	}
}

/* Only precious ones are left, stripped: they become one, with the newest number. Half of
 * the limit is free afterwards, so that this is rare. */
static void sum_up(struct backlog *b)
{
	struct backlog_item *all = TAILQ_FIRST(&b->items), *it = NULL;

	while ((it = TAILQ_NEXT(all, link))) {
		TAILQ_REMOVE(&b->items, it, link);
		txn_append(all->txn, it->txn);
		all->number = it->number;
		free(it);
	}
	txn_settle(all->txn);
	b->dropped_changes += txn_thin(all->txn, b->max_bytes / 2);
	all->bytes = txn_bytes(all->txn) + sizeof(*all);
	b->n = 1;
	b->n_precious = !txn_is_droppable(all->txn);
	b->bytes = all->bytes;
}

uint64_t backlog_post(struct backlog *b, struct txn *t)
{
	struct backlog_item *it = xcalloc(1, sizeof(*it));

	it->txn = t;
	it->number = ++b->posted;
	it->samples = txn_samples(t);
	it->bytes = txn_bytes(t) + sizeof(*it);
	TAILQ_INSERT_TAIL(&b->items, it, link);
	b->n++;
	b->n_precious += !txn_is_droppable(t);
	b->samples += it->samples;
	b->bytes += it->bytes;
	if (is_too_much(b))
		drop_droppable(b);
	if (is_too_much(b))
		strip_precious(b);
	if (b->bytes > b->max_bytes)
		sum_up(b);
	return b->posted;
}

void backlog_take(struct backlog *b, struct backlog_list *into, size_t max_samples)
{
	struct backlog_item *it = NULL;
	size_t taken = 0;

	while ((it = TAILQ_FIRST(&b->items))) {
		if (taken && taken + it->samples > max_samples)
			return;
		unlink_item(b, it);
		TAILQ_INSERT_TAIL(into, it, link);
		taken += it->samples ? it->samples : 1;
	}
}
