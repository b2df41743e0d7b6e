/* SPDX-License-Identifier: MIT
 *
 * Rows that wait for company (`group:` of a route). When the first of a group is due, all
 * of it leaves as one SUMMARY (outbox_bundle.c); of one incident alone, as it is. Group
 * and time are stored with the row, so a restart changes nothing: what leaves earlier
 * than it should is on disk first, and what should still wait was surely never tried.
 */
#include <string.h>

#include "agent/base/str.h"
#include "alerts/outbox_rows.h"
#include "alerts/retry.h"

static bool waits(const struct outbox_row *row)
{
	return row->grouped && !row->held;
}

static bool is_of(const struct outbox_row *row, const char *group)
{
	return waits(row) && strcmp(row->d.group, group) == 0;
}

/* By itself, and at once. */
static void let_go(struct outbox_row *row, struct wall now, struct outbox_update *up)
{
	row->grouped = row->gathers = row->hurried = false;
	if (row->d.not_before.ms <= now.ms)
		return;
	row->d.not_before = now;
	row->d.group[0] = '\0';
	row->fresh = true;
	outbox_update_add(up, &row->d);
	up->bundled = true;
}

/* With all that gathers of its incident before it: they would be overtaken, also by it
 * if they joined a summary that it may not join. */
static void let_story_go(struct outbox_channel *c, struct outbox_row *last,
    struct wall now, struct outbox_update *up)
{
	bool alone = !outbox_may_join(c, last);
	struct outbox_row *row;

	TAILQ_FOREACH(row, &c->rows, link)
	{
		if (row == last)
			break;
		if (!row->gathers || outbox_is_member(row) ||
		    row->d.kind == MESSAGE_SUMMARY ||
		    !ulid_eq(&row->d.incident, &last->d.incident))
			continue;
		row->alone = row->alone || alone;
		let_go(row, now, up);
	}
	let_go(last, now, up);
}

void outbox_take_along(struct outbox_channel *c, const struct outbox_row *last)
{
	struct outbox_row *row;

	TAILQ_FOREACH(row, &c->rows, link)
	{
		if (row == last)
			return;
		if ((!row->held && !row->grouped) ||
		    !ulid_eq(&row->d.incident, &last->d.incident))
			continue;
		if (row->held) {
			row->held = false;
			row->d.held_until.ms = 0;
			row->d.not_before = last->d.not_before;
		}
		str_copy(row->d.group, sizeof(row->d.group), last->d.group);
		/* Once hurried it stays so, whoever comes behind what hurried it. */
		row->hurried = row->hurried || (row->grouped && !last->grouped);
		row->grouped = row->gathers = row->grouped || last->grouped;
	}
}

/* --- a group that is due ---------------------------------------------------------- */

/* Does news of its incident stand behind it in the group? */
static bool is_followed(const struct outbox_row *row, const char *group)
{
	const struct outbox_row *r = row;

	while ((r = TAILQ_NEXT(r, link))) {
		if (is_of(r, group) && ulid_eq(&r->d.incident, &row->d.incident))
			return true;
	}
	return false;
}

/* What gathers for a storm and would be overtaken by the group leaves with it. */
static void pull_in(struct outbox_channel *c, const char *group)
{
	struct outbox_row *row;

	TAILQ_FOREACH(row, &c->rows, link)
	{
		if (!row->gathers || row->grouped || !outbox_may_join(c, row) ||
		    !is_followed(row, group))
			continue;
		row->grouped = true;
		str_copy(row->d.group, sizeof(row->d.group), group);
	}
}

static void fold_stories(
    struct outbox_channel *c, const char *group, struct outbox_update *up)
{
	struct outbox_row *row, *next;
	struct map *stories = outbox_stories(c);

	TAILQ_FOREACH_SAFE(row, &c->rows, link, next)
	{
		if (is_of(row, group) && map_find(stories, row->d.incident.text))
			(void)outbox_fold_row(c, row, up);
	}
	map_free(stories);
}

/* How many there are; *ret_first: one of them; *ret_many: of several incidents. */
static size_t count(struct outbox_channel *c, const char *group,
    struct outbox_row **ret_first, bool *ret_many)
{
	struct outbox_row *row;
	size_t n = 0;

	*ret_first = NULL;
	*ret_many = false;
	TAILQ_FOREACH(row, &c->rows, link)
	{
		if (!is_of(row, group))
			continue;
		if (!n++)
			*ret_first = row;
		*ret_many |= !ulid_eq(&row->d.incident, &(*ret_first)->d.incident);
	}
	return n;
}

static void let_all_go(struct outbox_channel *c, const char *group, bool joiners,
    struct wall now, struct outbox_update *up)
{
	struct outbox_row *row;

	TAILQ_FOREACH(row, &c->rows, link)
	{
		if (is_of(row, group) && (joiners || !outbox_may_join(c, row)))
			let_story_go(c, row, now, up);
	}
}

static void leave(struct outbox *o, struct outbox_channel *c, const char *group,
    struct wall now, struct outbox_update *up)
{
	struct outbox_row *row, *first, *s;
	bool many;
	size_t n;

	let_all_go(c, group, false, now, up);
	pull_in(c, group);
	fold_stories(c, group, up);
	n = count(c, group, &first, &many);
	if (!many) {
		let_all_go(c, group, true, now, up);
		return;
	}
	s = outbox_open_summary(c);
	if (!s || outbox_members(c, s) + n > OUTBOX_MAX_BUNDLE) {
		s = outbox_summary_new(o, c, first, now);
		s->d.not_before = now;
		s->gathers = false;
		s->company = true;
	}
	n = 0;
	TAILQ_FOREACH(row, &c->rows, link)
	{
		if (is_of(row, group) && n++ < OUTBOX_MAX_BUNDLE)
			outbox_summary_take(s, row, up);
	}
	outbox_summary_taken(s, up);
}

/* --- all groups of a channel ------------------------------------------------------ */

static bool is_among(const char *name, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(names[i], name) == 0)
			return true;
	}
	return false;
}

/* More than a handful of messages, if each group were one. */
static bool is_crowd(const struct outbox_channel *c)
{
	const char *groups[OUTBOX_HANDFUL];
	const struct outbox_row *row;
	size_t n = 0;

	TAILQ_FOREACH(row, &c->rows, link)
	{
		if (!waits(row) || is_among(row->d.group, groups, n))
			continue;
		if (n == OUTBOX_HANDFUL)
			return true;
		groups[n++] = row->d.group;
	}
	return false;
}

/* They are no groups any more, and gather like everything that is many. */
static void disband(struct outbox_channel *c, struct wall now, struct outbox_update *up)
{
	struct outbox_row *row;

	TAILQ_FOREACH(row, &c->rows, link)
	{
		if (!waits(row))
			continue;
		if (outbox_may_join(c, row))
			row->grouped = false;
		else
			let_story_go(c, row, now, up);
	}
}

/* Should the clock have stepped back, nobody waits longer than a route can say. */
static bool is_due(const struct outbox_row *row, struct wall now)
{
	return row->d.not_before.ms <= now.ms ||
	       wall_diff_ms(row->d.not_before, now) > RETRY_LONGEST_MS;
}

static const struct outbox_row *due_row(const struct outbox_channel *c, struct wall now)
{
	const struct outbox_row *row;

	TAILQ_FOREACH(row, &c->rows, link)
	{
		if (waits(row) && is_due(row, now))
			return row;
	}
	return NULL;
}

/* A summary is on its way: whoever is due leaves behind it. */
static bool is_busy(const struct outbox_channel *c, struct wall now)
{
	const struct outbox_row *s = outbox_open_summary(c);

	return s && s->d.not_before.ms <= now.ms;
}

static struct wall next_due(const struct outbox_channel *c, struct wall now)
{
	const struct outbox_row *row;
	struct wall next = {INT64_MAX};

	TAILQ_FOREACH(row, &c->rows, link)
	{
		if (row->grouped && row->d.not_before.ms > now.ms &&
		    row->d.not_before.ms < next.ms)
			next = row->d.not_before;
	}
	return next;
}

void outbox_groups(
    struct outbox *o, struct outbox_channel *c, struct wall now, struct outbox_update *up)
{
	char group[sizeof(((struct delivery *)0)->group)];
	const struct outbox_row *due;
	struct outbox_row *row;

	TAILQ_FOREACH(row, &c->rows, link)
	{
		if (!waits(row))
			continue;
		if (!is_due(row, now) && !row->hurried) /* nor before a restart */
			row->maybe = false;
		if (row->hurried || c->kind->apart)
			let_story_go(c, row, now, up);
	}
	if (is_crowd(c))
		disband(c, now, up);
	while (!is_busy(c, now) && (due = due_row(c, now))) {
		str_copy(group, sizeof(group), due->d.group);
		leave(o, c, group, now, up);
	}
	c->groups_at = next_due(c, now);
}
