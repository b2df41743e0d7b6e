/* SPDX-License-Identifier: MIT
 *
 * The policy of sending: who may try now. Order is kept per channel, so only the head of
 * a channel is ever tried. What an answer changes is in outbox_result.c.
 */
#include "alerts/outbox.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/str.h"
#include "agent/base/xalloc.h"
#include "alerts/outbox_rows.h"
#include "alerts/retry.h"

#define NEVER ((struct wall){INT64_MAX})

static const char *const state_codes[] = {
    [CHANNEL_OPEN] = "open",
    [CHANNEL_PAUSED] = "paused",
    [CHANNEL_SHUT] = "shut",
};

const char *channel_state_code(enum channel_state s)
{
	assert(s <= CHANNEL_SHUT);
	return state_codes[s];
}

struct outbox *outbox_new(uint64_t seed)
{
	struct outbox *o = xcalloc(1, sizeof(*o));

	TAILQ_INIT(&o->channels);
	rng_init(&o->rng, seed);
	return o;
}

void outbox_free(struct outbox *o)
{
	struct outbox_channel *c;

	if (!o)
		return;
	while ((c = TAILQ_FIRST(&o->channels)))
		outbox_drop_channel(o, c);
	free(o);
}

/* --- channels and rows ------------------------------------------------------------ */

static struct outbox_channel *find_channel(const struct outbox *o, const char *name)
{
	struct outbox_channel *c;

	TAILQ_FOREACH(c, &o->channels, link)
	{
		if (strcmp(c->status.name, name) == 0)
			return c;
	}
	return NULL;
}

static struct outbox_channel *get_channel(struct outbox *o, const char *name)
{
	struct outbox_channel *c = find_channel(o, name);

	if (!c) {
		c = outbox_channel_new(name);
		TAILQ_INSERT_TAIL(&o->channels, c, link);
	}
	return c;
}

void outbox_put_channel(
    struct outbox *o, const char *name, const struct channel_kind *k, struct wall now)
{
	struct outbox_channel *c = get_channel(o, name);
	struct outbox_row *row;

	if (!c->kind && !c->status.tokens_at.ms)
		limiter_fill(&c->status, k);
	c->kind = k;
	c->removed = false;
	if (!c->status.since.ms)
		c->status.since = now;
	if (c->status.state != CHANNEL_SHUT)
		return;
	c->status.for_good = false;
	c->status.until = now;
	TAILQ_FOREACH(row, &c->rows, link)
	{
		if (row->d.not_before.ms > now.ms && !row->held && !row->grouped)
			row->d.not_before = now;
	}
}

void outbox_remove_channel(
    struct outbox *o, const char *name, struct wall now, struct outbox_update *ret)
{
	struct outbox_channel *c = find_channel(o, name);
	struct outbox_row *row, *next;

	(void)now;
	if (!c)
		return;
	TAILQ_FOREACH_SAFE(row, &c->rows, link, next)
	{
		if (row != c->flying)
			outbox_row_end(
			    c, row, DELIVERY_DEAD, "the channel left the config", ret);
	}
	c->removed = true;
	if (!c->flying)
		outbox_drop_channel(o, c);
}

void outbox_restore_channel(struct outbox *o, const struct channel_status *s)
{
	struct outbox_channel *c = get_channel(o, s->name);

	c->status = *s;
}

/* An id says when its delivery was created, so the search ends early. */
static bool has_row(const struct outbox_channel *c, const struct delivery *d)
{
	const struct outbox_row *row;

	TAILQ_FOREACH_REVERSE(row, &c->rows, outbox_row_list, link)
	{
		if (row->d.created.ms < d->created.ms)
			break;
		if (ulid_eq(&row->d.id, &d->id))
			return true;
	}
	return false;
}

/* Room for one more: the oldest that is not doomed yet dies at the next call. */
static void make_room(struct outbox_channel *c)
{
	struct outbox_row *row;

	if (c->n_rows < OUTBOX_MAX_ROWS)
		return;
	TAILQ_FOREACH(row, &c->rows, link)
	{
		if (!row->doomed && row != c->flying) {
			row->doomed = true;
			return;
		}
	}
}

static struct outbox_row *put(struct outbox *o, const struct delivery *d)
{
	struct outbox_channel *c = get_channel(o, d->channel);
	struct outbox_row *row;

	if (d->state != DELIVERY_PENDING || has_row(c, d))
		return NULL;
	make_room(c);
	row = outbox_row_put(c, d);
	row->order = ++o->order;
	row->held = row->d.held_until.ms && !row->d.attempts;
	row->grouped = row->gathers =
	    o->bundles && row->d.group[0] && !row->d.attempts && !outbox_is_member(row);
	if (row->grouped && row->d.not_before.ms < c->groups_at.ms)
		c->groups_at = row->d.not_before;
	/* A summary bears the name of its first member, and is no news of it. */
	if (!row->held && row->d.kind != MESSAGE_SUMMARY)
		outbox_take_along(c, row);
	return row;
}

void outbox_put(struct outbox *o, const struct delivery *d)
{
	(void)put(o, d);
}

void outbox_restore(struct outbox *o, const struct delivery *d)
{
	struct outbox_row *row = put(o, d);

	/* In flight is not stored: a first attempt leaves no trace before its answer. */
	if (row)
		row->maybe = get_channel(o, d->channel)->unchecked = true;
}

void outbox_restore_thread(struct outbox *o, const char *channel,
    const struct ulid *incident, const char *handle)
{
	if (handle[0])
		outbox_thread_keep(get_channel(o, channel), incident, handle);
}

bool outbox_hold(struct outbox *o, const char *name)
{
	struct outbox_channel *c = find_channel(o, name);

	if (!c || c->flying || c->removed || c->status.state != CHANNEL_OPEN)
		return false;
	c->held = true;
	return true;
}

void outbox_release(struct outbox *o, const char *name)
{
	struct outbox_channel *c = find_channel(o, name);

	if (c)
		c->held = false;
}

/* --- the next attempt ------------------------------------------------------------- */

static void expire_rows(
    struct outbox_channel *c, struct wall now, struct outbox_update *up)
{
	struct outbox_row *row, *next;

	TAILQ_FOREACH_SAFE(row, &c->rows, link, next)
	{
		if (row == c->flying)
			continue;
		if (row->doomed)
			outbox_row_end(
			    c, row, DELIVERY_DEAD, "too many messages waited", up);
		else if (outbox_is_expired(row, now))
			outbox_row_end(
			    c, row, DELIVERY_DEAD, "not delivered within 24 h", up);
		else if (!row->d.retried.ms && !row->d.held_until.ms)
			break; /* the rest is younger */
	}
}

/* Quiet hours; no longer than the calendar can say, should the clock have stepped back.
 * What is held was never tried. */
static void hold_back(struct outbox_channel *c, struct wall now)
{
	struct outbox_row *row;

	TAILQ_FOREACH(row, &c->rows, link)
	{
		if (!row->d.held_until.ms || row->d.attempts)
			continue;
		row->held = row->d.held_until.ms > now.ms && !row->d.retried.ms &&
			    wall_diff_ms(row->d.held_until, now) <= OUTBOX_MAX_HELD_MS;
		row->maybe = row->maybe && !row->held;
		if (!row->held && row->d.not_before.ms > row->d.held_until.ms)
			row->d.not_before = row->d.held_until;
	}
}

/* A wall clock that stepped back must not freeze a channel: no wait is longer than the
 * longest that we would have set. */
static void trust_clock(struct outbox_channel *c, struct wall now)
{
	struct outbox_row *head = outbox_turn(c);
	struct wall latest = wall_add_ms(now, OUTBOX_MAX_PAUSE_MS);

	if (c->status.tokens_at.ms > now.ms)
		c->status.tokens_at = now;
	if (c->status.state != CHANNEL_OPEN && c->status.until.ms > latest.ms)
		c->status.until = latest;
	if (c->status.state == CHANNEL_OPEN)
		latest = wall_add_ms(now, RETRY_LONGEST_MS);
	if (head && !head->held && head->d.not_before.ms > latest.ms)
		head->d.not_before = latest;
}

/* Earlier news of its incident are in a summary, which stands further behind. */
static bool would_overtake(const struct outbox_channel *c, const struct outbox_row *row)
{
	const struct outbox_row *r;

	if (row->d.kind == MESSAGE_SUMMARY)
		return false;
	TAILQ_FOREACH(r, &c->rows, link)
	{
		if (r == row)
			return false;
		if (outbox_is_member(r) && ulid_eq(&r->d.incident, &row->d.incident))
			return true;
	}
	return false;
}

/* Members speak through their summary, groups leave by outbox_group.c. Who gathers or is
 * held back may be overtaken by whom it is not about: those of one incident gather in
 * order. */
struct outbox_row *outbox_turn(const struct outbox_channel *c)
{
	struct outbox_row *row, *best = NULL;

	TAILQ_FOREACH(row, &c->rows, link)
	{
		if (outbox_is_member(row) || row->grouped)
			continue;
		bool waits = row->gathers || row->held;
		bool better = !best || row->d.not_before.ms < best->d.not_before.ms;

		if ((better || !waits) && would_overtake(c, row))
			continue;
		if (better)
			best = row;
		if (!waits)
			break;
	}
	return best;
}

/* When the head may be tried; NEVER: not as things stand. */
static struct wall ready_at(const struct outbox_channel *c)
{
	const struct outbox_row *head = outbox_turn(c);
	struct wall t, token;

	if (!head || !c->kind || c->removed || c->held || c->flying ||
	    c->status.for_good || head->fresh)
		return NEVER;
	t = head->d.not_before;
	token = limiter_ready_at(&c->status, c->kind);
	if (token.ms > t.ms)
		t = token;
	if (c->status.state != CHANNEL_OPEN && c->status.until.ms > t.ms)
		t = c->status.until;
	return t;
}

static void take_off(struct outbox *o, struct outbox_channel *c, struct wall now,
    struct outbox_attempt *ret)
{
	struct outbox_row *row = outbox_turn(c);

	row->gathers = row->grouped = false;
	limiter_take(&c->status, c->kind, now);
	if (c->status.state == CHANNEL_PAUSED)
		outbox_set_state(c, CHANNEL_OPEN, (struct wall){0}, now);
	row->d.attempts++;
	if (!row->d.first_try.ms)
		row->d.first_try = now;
	c->flying = row;
	c->flying_order = ++o->order;
	ret->delivery = row->d;
	ret->maybe = row->maybe;
	str_copy(ret->thread, sizeof(ret->thread), outbox_thread_for(c, row));
	ret->edit = c->flying_edit = outbox_wants_edit(c, row);
	ret->both = row->untold && row->d.kind != MESSAGE_REOPENED;
	/* The others first next time. */
	TAILQ_REMOVE(&o->channels, c, link);
	TAILQ_INSERT_TAIL(&o->channels, c, link);
}

bool outbox_next(struct outbox *o, struct wall now, struct outbox_attempt *ret,
    struct outbox_update *ret_up)
{
	struct outbox_channel *c;

	TAILQ_FOREACH(c, &o->channels, link)
	{
		expire_rows(c, now, ret_up);
		if (!c->kind)
			continue;
		hold_back(c, now);
		outbox_bundle(o, c, now, ret_up);
		if (c->flying)
			continue;
		outbox_fold_head(c, ret_up);
		trust_clock(c, now);
		if (ready_at(c).ms <= now.ms) {
			take_off(o, c, now, ret);
			return true;
		}
	}
	return false;
}

struct wall outbox_wake_at(const struct outbox *o)
{
	const struct outbox_channel *c;
	struct wall wake = NEVER, t;

	TAILQ_FOREACH(c, &o->channels, link)
	{
		const struct outbox_row *row = TAILQ_FIRST(&c->rows);

		t = ready_at(c);
		if (t.ms < wake.ms)
			wake = t;
		if (c->kind && !c->removed && c->groups_at.ms < wake.ms)
			wake = c->groups_at;
		if (row && row == c->flying)
			row = TAILQ_NEXT(row, link);
		if (!row)
			continue;
		t = row->doomed ? (struct wall){0} : outbox_ends_at(row);
		if (t.ms < wake.ms)
			wake = t;
	}
	return wake;
}

/* --- the present picture ---------------------------------------------------------- */

struct outbox_stats outbox_stats(const struct outbox *o)
{
	struct outbox_stats s = {0};
	const struct outbox_channel *c;

	TAILQ_FOREACH(c, &o->channels, link)
	{
		const struct outbox_row *head = TAILQ_FIRST(&c->rows);

		s.pending += c->n_rows;
		s.in_flight += c->flying != NULL;
		s.channels_shut += c->status.state == CHANNEL_SHUT;
		s.channels_paused += c->status.state == CHANNEL_PAUSED;
		if (head && (!s.oldest.ms || head->d.created.ms < s.oldest.ms))
			s.oldest = head->d.created;
	}
	return s;
}

bool outbox_channel(const struct outbox *o, const char *name, struct channel_status *ret)
{
	const struct outbox_channel *c = find_channel(o, name);

	if (c)
		*ret = c->status;
	return c != NULL;
}

void outbox_each(
    const struct outbox *o, void (*fn)(void *arg, const struct delivery *d), void *arg)
{
	const struct outbox_channel *c;
	const struct outbox_row *row;

	TAILQ_FOREACH(c, &o->channels, link)
	{
		TAILQ_FOREACH(row, &c->rows, link)
		fn(arg, &row->d);
	}
}
