/* SPDX-License-Identifier: MIT
 *
 * The lists of the outbox and the update that says what changed in them.
 */
#include "alerts/outbox_rows.h"

#include <stdlib.h>
#include <string.h>

#include "agent/base/str.h"
#include "agent/base/xalloc.h"

struct outbox_channel *outbox_channel_new(const char *name)
{
	struct outbox_channel *c = xcalloc(1, sizeof(*c));

	str_copy(c->status.name, sizeof(c->status.name), name);
	c->groups_at.ms = INT64_MAX;
	TAILQ_INIT(&c->rows);
	TAILQ_INIT(&c->threads);
	return c;
}

void outbox_channel_free(struct outbox_channel *c)
{
	struct outbox_row *row, *next;

	TAILQ_FOREACH_SAFE(row, &c->rows, link, next)
	free(row);
	outbox_threads_free(c);
	free(c);
}

void outbox_drop_channel(struct outbox *o, struct outbox_channel *c)
{
	TAILQ_REMOVE(&o->channels, c, link);
	outbox_channel_free(c);
}

void outbox_set_state(struct outbox_channel *c, enum channel_state state,
    struct wall until, struct wall now)
{
	if (c->status.state != state)
		c->status.since = now;
	c->status.state = state;
	c->status.until = until;
}

struct wall outbox_ends_at(const struct outbox_row *row)
{
	struct wall from =
	    row->d.retried.ms > row->d.created.ms ? row->d.retried : row->d.created;

	if (row->d.held_until.ms > from.ms)
		from = row->d.held_until;
	return wall_add_ms(from, OUTBOX_GIVE_UP_MS);
}

bool outbox_is_expired(const struct outbox_row *row, struct wall now)
{
	return now.ms >= outbox_ends_at(row).ms;
}

/* The row before which d belongs; NULL: at the end. */
static struct outbox_row *place_of(struct outbox_channel *c, const struct delivery *d)
{
	struct outbox_row *row, *before = NULL;

	TAILQ_FOREACH_REVERSE(row, &c->rows, outbox_row_list, link)
	{
		if (row->d.created.ms < d->created.ms)
			break;
		/* Of the same millisecond: behind all but its own incident's later news.
		 */
		if (row->d.created.ms > d->created.ms ||
		    (row->d.seq > d->seq && ulid_eq(&row->d.incident, &d->incident)))
			before = row;
	}
	return before;
}

struct outbox_row *outbox_row_put(struct outbox_channel *c, const struct delivery *d)
{
	struct outbox_row *before = place_of(c, d), *row = xcalloc(1, sizeof(*row));

	row->d = *d;
	/* In flight is not stored: a row that was tried before the restart may have been
	 * under way when it came. */
	row->maybe = d->attempts > 0;
	if (before)
		TAILQ_INSERT_BEFORE(before, row, link);
	else
		TAILQ_INSERT_TAIL(&c->rows, row, link);
	c->n_rows++;
	return row;
}

void outbox_row_drop(struct outbox_channel *c, struct outbox_row *row)
{
	TAILQ_REMOVE(&c->rows, row, link);
	c->n_rows--;
	if (c->flying == row)
		c->flying = NULL;
	free(row);
}

void outbox_update_init(struct outbox_update *u)
{
	memset(u, 0, sizeof(*u));
}

void outbox_update_fini(struct outbox_update *u)
{
	if (!u)
		return;
	free(u->deliveries);
	memset(u, 0, sizeof(*u));
}

void outbox_update_reset(struct outbox_update *u)
{
	u->n = 0;
	u->channel_changed = u->became_shut = u->reopened = u->bundled = false;
}

void outbox_update_add(struct outbox_update *u, const struct delivery *d)
{
	if (u->n == u->cap) {
		u->cap = u->cap ? 2 * u->cap : 8;
		u->deliveries =
		    xreallocarray(u->deliveries, u->cap, sizeof(*u->deliveries));
	}
	u->deliveries[u->n++] = *d;
}

void outbox_row_end(struct outbox_channel *c, struct outbox_row *row,
    enum delivery_state state, const char *why, struct outbox_update *up)
{
	row->d.state = state;
	if (state == DELIVERY_DEAD && !row->d.last_error[0])
		str_copy(row->d.last_error, sizeof(row->d.last_error), why);
	if (state == DELIVERY_DEAD) /* no summary tells it */
		row->d.into = (struct ulid){0};
	outbox_update_add(up, &row->d);
	if (state == DELIVERY_DEAD && row->d.kind == MESSAGE_SUMMARY)
		outbox_bundle_dead(c, &row->d, up);
	outbox_row_drop(c, row);
}
