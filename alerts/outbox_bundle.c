/* SPDX-License-Identifier: MIT
 *
 * Folding many: what waits for a channel in numbers becomes one SUMMARY, a delivery of
 * its own with its own key, which its members wait behind (`into`). Who is inside is on
 * disk before the summary leaves, and from its departure on nobody joins until it was
 * surely refused; so the same key always tells the same, also after a crash. What may
 * have been sent under its own key already stays out: it would be told twice.
 */
#include <string.h>

#include "agent/base/str.h"
#include "alerts/outbox_rows.h"
#include "alerts/retry.h"

/* --- the members ------------------------------------------------------------------ */

bool outbox_is_member(const struct outbox_row *row)
{
	return row->d.into.text[0] != '\0';
}

static bool is_summary(const struct outbox_row *row)
{
	return row->d.kind == MESSAGE_SUMMARY;
}

static struct outbox_row *find_row(const struct outbox_channel *c, const struct ulid *id)
{
	struct outbox_row *row;

	TAILQ_FOREACH_REVERSE(row, &c->rows, outbox_row_list, link)
	{
		if (ulid_eq(&row->d.id, id))
			return row;
	}
	return NULL;
}

size_t outbox_members(const struct outbox_channel *c, const struct outbox_row *s)
{
	const struct outbox_row *row;
	size_t n = 0;

	TAILQ_FOREACH(row, &c->rows, link)
	n += ulid_eq(&row->d.into, &s->d.id);
	return n;
}

/* May its content still change? Not once it may have arrived as it was. */
static bool is_open(const struct outbox_channel *c, const struct outbox_row *s)
{
	return is_summary(s) && s != c->flying && !s->maybe && !s->d.plain;
}

bool outbox_may_join(const struct outbox_channel *c, const struct outbox_row *row)
{
	return !outbox_is_member(row) && row != c->flying && !is_summary(row) &&
	       !row->held && row->d.kind != MESSAGE_TEST &&
	       row->d.kind != MESSAGE_DIGEST && !row->maybe && !row->alone &&
	       !row->doomed && !row->edited && !row->d.plain &&
	       !outbox_wants_edit(c, row);
}

static bool is_free(const struct outbox_channel *c, const struct outbox_row *row)
{
	return outbox_may_join(c, row) && !row->grouped;
}

void outbox_each_member(
    const struct outbox *o, const struct ulid *summary, outbox_member_fn fn, void *arg)
{
	const struct outbox_channel *c;
	const struct outbox_row *row;

	TAILQ_FOREACH(c, &o->channels, link)
	{
		if (!find_row(c, summary))
			continue;
		TAILQ_FOREACH(row, &c->rows, link)
		{
			if (ulid_eq(&row->d.into, summary))
				fn(arg, &row->d, row->untold, row->maybe);
		}
		return;
	}
}

/* --- its end ---------------------------------------------------------------------- */

void outbox_bundle_told(
    struct outbox_channel *c, const struct delivery *s, struct outbox_update *up)
{
	struct outbox_row *row, *next;

	TAILQ_FOREACH_SAFE(row, &c->rows, link, next)
	{
		struct delivery told = row->d;

		if (!ulid_eq(&row->d.into, &s->id))
			continue;
		row->d.sent = told.sent = s->sent;
		if (s->handle[0] && !outbox_thread(c, &told.incident)[0])
			outbox_thread_keep(c, &told.incident, s->handle);
		str_copy(row->d.handle, sizeof(row->d.handle),
		    outbox_thread(c, &told.incident));
		outbox_row_end(c, row, DELIVERY_FOLDED, "", up);
		outbox_fold_told(c, &told, up);
		next = TAILQ_FIRST(&c->rows); /* more than one row may be gone */
	}
}

void outbox_bundle_dead(
    struct outbox_channel *c, const struct delivery *s, struct outbox_update *up)
{
	struct outbox_row *row;

	TAILQ_FOREACH(row, &c->rows, link)
	{
		if (!ulid_eq(&row->d.into, &s->id))
			continue;
		row->d.into = (struct ulid){0};
		row->alone = true;
		outbox_update_add(up, &row->d);
	}
}

/* --- its birth -------------------------------------------------------------------- */

struct outbox_row *outbox_open_summary(const struct outbox_channel *c)
{
	struct outbox_row *row;

	TAILQ_FOREACH_REVERSE(row, &c->rows, outbox_row_list, link)
	{
		if (is_summary(row)) /* the newest, or what joins might be overtaken */
			return is_open(c, row) ? row : NULL;
	}
	return NULL;
}

static size_t count_free(const struct outbox_channel *c)
{
	const struct outbox_row *row;
	size_t n = 0;

	TAILQ_FOREACH(row, &c->rows, link)
	n += is_free(c, row);
	return n;
}

/* Stands behind everything that waits: what its members wait for comes first. */
struct outbox_row *outbox_summary_new(struct outbox *o, struct outbox_channel *c,
    const struct outbox_row *first, struct wall now)
{
	const struct outbox_row *last = TAILQ_LAST(&c->rows, outbox_row_list);
	struct delivery d = {.kind = MESSAGE_SUMMARY};
	struct outbox_row *row;

	str_copy(d.channel, sizeof(d.channel), c->status.name);
	d.incident = first->d.incident;
	d.seq = first->d.seq;
	/* Later than all of them, not at the same time: a restart sorts by it. */
	d.created = last->d.created.ms < now.ms ? now : wall_add_ms(last->d.created, 1);
	/* Of its first member: by then the handful would have been told one by one. */
	d.not_before = wall_add_ms(first->d.created, OUTBOX_GATHER_MS);
	d.id = delivery_id(&d.incident, d.seq, d.channel, d.kind, d.created);
	row = outbox_row_put(c, &d);
	row->order = ++o->order;
	row->gathers = true;
	return row;
}

static struct outbox_row *give_birth(
    struct outbox *o, struct outbox_channel *c, struct wall now)
{
	const struct outbox_row *first = TAILQ_FIRST(&c->rows);

	while (!is_free(c, first))
		first = TAILQ_NEXT(first, link);
	c->bundled_at = now;
	return outbox_summary_new(o, c, first, now);
}

void outbox_summary_take(
    struct outbox_row *s, struct outbox_row *row, struct outbox_update *up)
{
	/* What made it wait makes its summary wait. */
	if (!row->gathers && row->d.not_before.ms > s->d.not_before.ms)
		s->d.not_before = row->d.not_before;
	row->d.into = s->d.id;
	row->gathers = row->grouped = false;
	outbox_update_add(up, &row->d);
}

void outbox_summary_taken(struct outbox_row *s, struct outbox_update *up)
{
	s->fresh = true;
	outbox_update_add(up, &s->d);
	up->bundled = true;
}

static void join(struct outbox_channel *c, struct outbox_row *s, struct outbox_update *up)
{
	struct outbox_row *row;
	size_t n = outbox_members(c, s), before = n;

	TAILQ_FOREACH(row, &c->rows, link)
	{
		if (!is_free(c, row) || n == OUTBOX_MAX_BUNDLE)
			continue;
		outbox_summary_take(s, row, up);
		n++;
	}
	if (n > before)
		outbox_summary_taken(s, up);
}

/* Within one incident the later news tell the earlier ones (outbox_fold.c): of each
 * incident one is enough. A summary that leaves keeps what it has, and one that loses a
 * member waits until that is on disk: under one key it says one thing, whatever dies. */
static void fold_stories(struct outbox_channel *c, struct outbox_row *s, bool leaving,
    struct outbox_update *up)
{
	struct outbox_row *row, *next, *heir, *last = NULL;
	struct map *stories = outbox_stories(c);

	TAILQ_FOREACH_SAFE(row, &c->rows, link, next)
	{
		struct wall not_before = row->d.not_before;
		bool member = outbox_is_member(row);
		bool waits = !row->gathers && !member;

		if (map_count(stories) == 0)
			break;
		if (!map_find(stories, row->d.incident.text) ||
		    (!is_free(c, row) &&
			(!s || leaving || !ulid_eq(&row->d.into, &s->d.id))))
			continue;
		heir = outbox_fold_row(c, row, up);
		if (heir && member)
			outbox_summary_taken(s, up);
		if (heir && waits && heir->d.not_before.ms < not_before.ms)
			heir->d.not_before = not_before;
		last = heir ? heir : last;
	}
	map_free(stories);
	if (s && last && outbox_members(c, s) == 0) {
		s->d.into = last->d.id;
		outbox_row_end(c, s, DELIVERY_FOLDED, "", up);
	}
}

/* While a storm is on, what comes waits a moment for more. */
static void let_gather(struct outbox_channel *c)
{
	struct outbox_row *row;

	TAILQ_FOREACH(row, &c->rows, link)
	{
		struct wall until = wall_add_ms(row->d.created, OUTBOX_GATHER_MS);

		if (!is_free(c, row) || row->gathers || row->d.attempts)
			continue;
		row->gathers = true;
		if (row->d.not_before.ms < until.ms)
			row->d.not_before = until;
	}
}

/* One of those that gathered must go now: take the others along. */
static bool is_due(const struct outbox_channel *c, struct wall now)
{
	const struct outbox_row *row;

	TAILQ_FOREACH(row, &c->rows, link)
	{
		if (is_free(c, row) && row->d.not_before.ms <= now.ms)
			return true;
	}
	return false;
}

/* A member without its summary (a row was lost) speaks for itself. */
static void check_members(struct outbox_channel *c)
{
	struct outbox_row *row;

	if (!c->unchecked)
		return;
	c->unchecked = false;
	TAILQ_FOREACH(row, &c->rows, link)
	{
		if (outbox_is_member(row) && !find_row(c, &row->d.into))
			row->d.into = (struct ulid){0};
	}
}

/* It leaves in this turn, or as soon as what joined is on disk: no more joins, or a storm
 * would keep it here for ever. */
static bool is_leaving(
    const struct outbox_channel *c, const struct outbox_row *s, struct wall now)
{
	return s->d.not_before.ms <= now.ms && !c->flying && !c->held &&
	       c->status.state == CHANNEL_OPEN && outbox_turn(c) == s &&
	       limiter_ready_at(&c->status, c->kind).ms <= now.ms;
}

void outbox_bundle(
    struct outbox *o, struct outbox_channel *c, struct wall now, struct outbox_update *up)
{
	int64_t since = wall_diff_ms(now, c->bundled_at);
	bool storm = c->bundled_at.ms && since >= 0 && since < OUTBOX_STORM_MS;
	struct outbox_row *s;
	size_t n;

	check_members(c);
	if (o->bundles && !c->removed)
		outbox_groups(o, c, now, up);
	if (!o->bundles || c->removed || c->kind->apart)
		return;
	s = outbox_open_summary(c);
	if (!s && !storm && count_free(c) <= OUTBOX_HANDFUL)
		return;
	fold_stories(c, s, s && is_leaving(c, s, now), up);
	s = outbox_open_summary(c);
	n = count_free(c);
	if (!s && storm)
		let_gather(c);
	if (s && is_leaving(c, s, now)) {
		if (!s->company)
			c->bundled_at = now; /* the storm lasts from here */
		return;
	}
	if (!s && (n > OUTBOX_HANDFUL || (storm && n > 1 && is_due(c, now))))
		s = give_birth(o, c, now);
	if (s && n)
		join(c, s, up);
}

void outbox_bundles(struct outbox *o, bool on)
{
	o->bundles = on;
}

void outbox_committed(struct outbox *o)
{
	struct outbox_channel *c;
	struct outbox_row *row;

	TAILQ_FOREACH(c, &o->channels, link)
	{
		TAILQ_FOREACH(row, &c->rows, link)
		row->fresh = false;
	}
}
