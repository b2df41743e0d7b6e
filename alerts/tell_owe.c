/* SPDX-License-Identifier: MIT
 *
 * Deliveries: one row for each channel that is told, or that would be told were it not
 * for a hush. Such a row is muted, and says why.
 */
#include <stdlib.h>
#include <string.h>

#include "agent/base/str.h"
#include "agent/base/xalloc.h"
#include "alerts/group.h"
#include "alerts/hush.h"
#include "alerts/quiet.h"
#include "alerts/tell_parts.h"

enum message_kind told_beginning(const struct told *k)
{
	if (k->in.class == CLASS_NOTICE)
		return MESSAGE_NOTICE_RAISED;
	return k->in.reopened ? MESSAGE_REOPENED : MESSAGE_OPENED;
}

static struct delivery *add(struct tell_update *up, const struct told *k,
    const char *channel, enum message_kind kind, struct wall at)
{
	struct delivery d = {
	    .incident = k->incident,
	    .seq = k->seq,
	    .kind = kind,
	    .created = at,
	    .not_before = at,
	    .state = DELIVERY_PENDING,
	};

	str_copy(d.channel, sizeof(d.channel), channel);
	d.id = delivery_id(&d.incident, d.seq, d.channel, kind, at);
	if (up->n == up->cap) {
		up->cap = up->cap ? 2 * up->cap : 8;
		up->deliveries =
		    xreallocarray(up->deliveries, up->cap, sizeof(*up->deliveries));
	}
	up->deliveries[up->n] = d;
	return &up->deliveries[up->n++];
}

void owe(const struct tell *t, struct tell_update *up, struct told *k,
    const char *channel, enum message_kind kind, struct wall at)
{
	struct delivery *d = add(up, k, channel, kind, at);
	int64_t wait = group_wait_ms(
	    t->routes, t->n_routes, &k->in, channel, d->group, sizeof(d->group));

	d->not_before = wall_add_ms(at, wait);
	/* The hours of now: what was due before may be owed only now. */
	d->held_until = quiet_until(t->routes, t->n_routes, &k->in, channel, t->now);
	if (d->held_until.ms)
		d->not_before = d->held_until;
	k->told_at_ms = at.ms;
}

static void mute(struct tell_update *up, const struct told *k, const char *channel,
    enum message_kind kind, struct wall at, const struct hush *h)
{
	struct delivery *d = add(up, k, channel, kind, at);

	d->state = DELIVERY_MUTED;
	str_copy(d->last_error, sizeof(d->last_error), h->why);
}

/* One model, its region, its provider. */
static int width(enum subject_kind kind)
{
	return kind == SUBJECT_TARGET     ? 1
	       : kind == SUBJECT_REGION   ? 2
	       : kind == SUBJECT_PROVIDER ? 3
					  : 0;
}

bool told_widens(const struct told *k, const struct incident *now)
{
	int was = width(k->in.subject.kind);

	return k->in.subject.id[0] && was > 0 && width(now->subject.kind) > was;
}

void owe_all(const struct tell *t, struct tell_update *up, struct told *k,
    enum message_kind kind, struct wall at)
{
	/* Whoever was told of a beginning is told of its end, and who silences it says
	 * so where it was told. */
	const struct hush *h = message_kind_is_end(kind) || kind == MESSAGE_SILENCED
				   ? NULL
				   : told_hush(t, k);
	const char *channel;

	for (size_t i = 0; i < map_count(k->owed); i++) {
		map_at(k->owed, i, &channel);
		if (h)
			mute(up, k, channel, kind, at, h);
		else
			owe(t, up, k, channel, kind, at);
	}
	k->ease_at_ms = NEVER_MS;
	k->hushed = h && map_count(k->owed) > 0;
	if (h)
		return;
	k->known = k->now;
	k->known_seq = k->seq;
}

static bool is_about_channel(const struct incident *in)
{
	return in->subject.kind == SUBJECT_SELF &&
	       strncmp(in->subject.id, "channel ", 8) == 0;
}

/* "Told through every other channel": is the subject this very channel? */
static bool is_own_trouble(const struct incident *in, const char *channel)
{
	return is_about_channel(in) && strcmp(in->subject.id + 8, channel) == 0;
}

void owe_name(const struct tell *t, struct tell_update *up, struct told *k,
    const char *channel, enum message_kind kind, struct wall at)
{
	const struct hush *h = told_hush(t, k);

	if (map_find(k->owed, channel) || is_own_trouble(&k->in, channel) ||
	    (h && map_find(k->muted, channel)))
		return;
	if (h) {
		map_put(k->muted, channel, k);
		mute(up, k, channel, kind, at, h);
		return;
	}
	(void)map_remove(k->muted, channel);
	map_put(k->owed, channel, k);
	owe(t, up, k, channel, kind, at);
	if (!k->began_ms)
		k->began_ms = at.ms;
}

static void owe_route(const struct tell *t, struct tell_update *up, struct told *k,
    const struct route *r, enum message_kind kind, struct wall at)
{
	for (size_t i = 0; r && i < r->n_to; i++)
		owe_name(t, up, k, r->to[i], kind, at);
}

void owe_beginning(const struct tell *t, struct tell_update *up, struct told *k,
    enum message_kind kind, struct wall at)
{
	if (!is_about_channel(&k->in)) {
		owe_route(t, up, k, route_find(t->routes, t->n_routes, &k->in), kind, at);
		return;
	}
	for (size_t i = 0; i < t->n_routes; i++)
		owe_route(t, up, k, &t->routes[i], kind, at);
}
