/* SPDX-License-Identifier: MIT
 *
 * What people do about an incident, and what happens when they do nothing.
 *
 * A hush keeps its news back. When it is over and the incident is not, everybody hears of
 * it once: who was not told yet of its beginning, who was of how it stands now. An
 * incident that nobody acknowledged within a route's `escalate.after` is told to
 * `escalate.to` as well, once: the deliveries themselves say, also after a restart, who
 * was told.
 */
#include <stdio.h>
#include <string.h>

#include "agent/base/str.h"
#include "alerts/hush.h"
#include "alerts/tell_parts.h"

/* --- hushes ----------------------------------------------------------------------- */

void tell_hushes(struct tell *t, const struct hush *all, size_t n)
{
	struct arena *a = arena_new();

	t->hushes = arena_alloc(a, (n + 1) * sizeof(*t->hushes));
	t->n_hushes = n;
	for (size_t i = 0; i < n; i++)
		t->hushes[i] = hush_copy(a, &all[i]);
	arena_free(t->hush_arena);
	t->hush_arena = a;
}

/* Maintenance of all that it affects keeps it back as a silence does. */
static const struct hush *maintenance(
    const struct tell *t, struct told *k, struct wall at)
{
	struct wall_span s;
	char until[32];

	if (!maintenance_mutes(&t->maintenance, &k->in, at, &s))
		return NULL;
	(void)snprintf(k->maintained_words, sizeof(k->maintained_words),
	    "maintenance until %s", wall_rfc3339(s.until, until, sizeof(until)));
	k->maintained =
	    (struct hush){.from = s.from, .until = s.until, .why = k->maintained_words};
	return &k->maintained;
}

const struct hush *told_hush(const struct tell *t, struct told *k)
{
	const struct hush *h = hush_find(t->hushes, t->n_hushes, &k->in, t->now);

	if (!h)
		h = maintenance(t, k, t->now);
	if (h)
		k->hush_until_ms = h->until.ms;
	return h;
}

void told_unmute(
    const struct tell *t, struct told *k, struct wall now, struct tell_update *up)
{
	struct map *muted = k->muted;
	const char *channel;
	struct wall at = now;

	if ((!map_count(k->muted) && !k->hushed) || told_hush(t, k))
		return;
	/* Created when it was due: the same facts give the same ids. */
	if (k->hush_until_ms && k->hush_until_ms < now.ms)
		at.ms = k->hush_until_ms;
	k->hush_until_ms = 0;
	if (k->hushed)
		owe_all(t, up, k, MESSAGE_CHANGED, at);
	k->muted = map_new();
	for (size_t i = 0; i < map_count(muted); i++) {
		map_at(muted, i, &channel);
		owe_name(t, up, k, channel, told_beginning(k), at);
	}
	map_free(muted);
	k->known = k->now;
	k->known_seq = k->seq;
	told_plan(t, k);
}

/* --- escalation ------------------------------------------------------------------- */

static bool all_are_told(const struct told *k, const struct route *r)
{
	for (size_t i = 0; i < r->n_escalate_to; i++) {
		if (!map_find(k->owed, r->escalate_to[i]))
			return false;
	}
	return true;
}

int64_t told_escalation_ms(const struct tell *t, const struct told *k)
{
	const struct route *r = route_find(t->routes, t->n_routes, &k->in);

	if (!r || !r->escalate_after_ms || k->in.acked.ms || !k->began_ms ||
	    all_are_told(k, r))
		return NEVER_MS;
	return k->began_ms + r->escalate_after_ms;
}

void told_escalate(
    const struct tell *t, struct told *k, struct wall now, struct tell_update *up)
{
	const struct route *r = route_find(t->routes, t->n_routes, &k->in);

	if (k->escalate_at_ms > now.ms || !r || told_hush(t, k))
		return;
	/* What is told of a relapse is that it is open: they have not heard of it. */
	for (size_t i = 0; i < r->n_escalate_to; i++)
		owe_name(t, up, k, r->escalate_to[i],
		    k->in.class == CLASS_NOTICE ? MESSAGE_NOTICE_RAISED : MESSAGE_OPENED,
		    (struct wall){k->escalate_at_ms});
	told_plan(t, k);
	k->escalate_at_ms = NEVER_MS; /* also when one of them is its subject */
}

int64_t told_hand_wake_ms(const struct told *k, struct wall now)
{
	bool waits = map_count(k->muted) || k->hushed;

	if (waits || k->escalate_at_ms <= now.ms)
		return k->hush_until_ms ? k->hush_until_ms : NEVER_MS;
	return k->escalate_at_ms;
}
